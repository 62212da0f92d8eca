"""The verdict table as a picture: families across, languages and arithmetics down, one mark for each answer.

Needs Matplotlib (`pip install "expressivity[playground]"`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from expressivity.errors import ExperimentError
from expressivity.plots import need_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CELL = 0.3  # inches
_GAP = 0.35  # between languages, in cells
_STYLES: dict[str, tuple[str, dict[str, Any], str]] = {
    # answer: mark, look of the cell, colour of the mark
    "yes": ("✓", {"facecolor": "#1f5a96", "edgecolor": "white"}, "white"),
    "no": ("✗", {"facecolor": "#f6c26b", "edgecolor": "white"}, "black"),
    "open": ("", {"facecolor": "white", "edgecolor": "0.75", "hatch": "////"}, "black"),
}
_NAMES = {
    "yes": "yes: a network, certified for all lengths",
    "no": "no: impossible by a theorem, hypotheses discharged",
    "open": "open",
}


def verdict_map(answers: Mapping[tuple[str, str, str], str]) -> Figure:
    """A map of verdicts that reads in grey and with any colour vision.

    Arguments:
        answers: "yes", "no" or "open" for (language, family, arithmetic), in the order to be shown.

    Returns:
        A figure that belongs to no window; save it with `plots.save_figure`.

    Raises:
        ExperimentError: when there is nothing to draw, an answer is unknown, or Matplotlib is not installed.
    """
    if not answers:
        raise ExperimentError("there is no verdict to draw; give at least one")
    unknown = sorted(set(answers.values()) - set(_STYLES))
    if unknown:
        raise ExperimentError(f"answers {', '.join(map(repr, unknown))} are not known; expected yes, no or open")
    need_matplotlib()
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle

    languages = list(dict.fromkeys(language for language, _, _ in answers))
    families = list(dict.fromkeys(family for _, family, _ in answers))
    places: dict[tuple[str, str], float] = {}
    middles: dict[str, float] = {}
    top = 0.0
    for language in languages:
        mine = dict.fromkeys(arithmetic for other, _, arithmetic in answers if other == language)
        middles[language] = top + len(mine) / 2
        for arithmetic in mine:
            places[language, arithmetic] = top
            top += 1
        top += _GAP
    height = top - _GAP
    figure = Figure(figsize=(_CELL * len(families) + 4.6, _CELL * height + 2.0), layout="constrained")
    axes = figure.subplots()
    for (language, family, arithmetic), answer in answers.items():
        mark, look, ink = _STYLES[answer]
        x, y = families.index(family), places[language, arithmetic]
        axes.add_patch(Rectangle((x + 0.03, y + 0.03), 0.94, 0.94, linewidth=0.6, **look))
        axes.text(x + 0.5, y + 0.52, mark, ha="center", va="center", fontsize=9, color=ink)
    axes.set_xlim(0, len(families))
    axes.set_ylim(height, 0)
    axes.set_aspect("equal")
    axes.set_xticks([x + 0.5 for x in range(len(families))], families, rotation=50, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.set_yticks([y + 0.5 for y in places.values()], [arithmetic for _, arithmetic in places], fontsize=7)
    for language, middle in middles.items():
        axes.text(
            -0.5 - _LABEL * max(len(arithmetic) for _, arithmetic in places),
            middle,
            _shown(language),
            ha="right",
            va="center",
            fontsize=9,
        )
    axes.tick_params(length=0, labelsize=8)
    axes.tick_params(axis="y", labelsize=7)
    axes.spines[:].set_visible(False)
    present = [answer for answer in _STYLES if answer in answers.values()]
    figure.legend(
        handles=[Patch(label=_NAMES[answer], **_STYLES[answer][1]) for answer in present],
        loc="outside lower center",
        ncols=len(present),
        fontsize=8,
        frameon=False,
    )
    return figure


_LABEL = 0.165  # width of a letter of an arithmetic, in cells


def _shown(language: str) -> str:
    """Groups and moduli as mathematics writes them."""
    language = re.sub(r"^([ACDS])(\d+)$", r"$\1_{\2}$", language)
    return re.sub(r"^mod(\d+)$", r"mod \1", language).replace("-", " ")
