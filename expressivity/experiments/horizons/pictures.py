"""Cells → the heat map of `plots`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from expressivity.experiments.horizons.jobs import FINITE, Horizon, Subject
from expressivity.experiments.horizons.sweep import Cell
from expressivity.plots import HorizonCell, HorizonPanel, horizon_heat_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def horizon_figure(cells: Sequence[Cell]) -> Figure:
    """The horizons as one heat map for each subject.

    Arguments:
        cells: the cells of a table; a combination that is missing shows as not run.

    Raises:
        ExperimentError: when there is no cell, or Matplotlib is not installed.
    """
    panels = []
    for subject in dict.fromkeys(cell.job.subject for cell in cells):
        mine = {(cell.job.format, cell.job.order): cell.answer for cell in cells if cell.job.subject == subject}
        formats = tuple(dict.fromkeys(form for form, _ in mine))
        orders = tuple(dict.fromkeys(order for _, order in mine))
        rows = tuple(tuple(_shown(mine.get((form, order))) for order in orders) for form in formats)
        names = tuple(order.replace("accumulate-", "accumulate\n") for order in orders)
        panels.append(HorizonPanel(_title(subject), formats, names, rows))
    return horizon_heat_map(panels)


def _shown(answer: Horizon | None) -> HorizonCell:
    if answer is None:
        return HorizonCell("not run")
    length = answer.horizon if answer.answer == FINITE else answer.proved_length
    return HorizonCell(answer.answer, length, answer.upper_bound)


def _title(subject: Subject) -> str:
    """Language on one line, network on the next; groups and moduli as mathematics writes them."""
    language = re.sub(r"^([ACDS])(\d+)", r"$\1_{\2}$", subject.language)
    language = re.sub(r"^mod(\d+)", r"mod \1", language).replace("-", " ")
    return f"{language}\n{subject.label.removeprefix(f'{subject.language}, ')}"
