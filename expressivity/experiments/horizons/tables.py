"""Cells → text: blocks for the terminal, one Markdown table, CSV with one line per cell, plain values for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from expressivity.experiments.horizons.jobs import FINITE, INFINITE, UNDECIDED, Horizon, Job, Subject
from expressivity.experiments.horizons.sweep import Cell
from expressivity.plots.horizons import at_most

LEGEND = (
    "∞ right on all words, by a certificate the independent checker accepts; "
    "n: length of a shortest failing word, replayed independently; "
    "> n: undecided within the budget, right on all words up to n letters; ≤ n: some word of at most n letters fails; "
    "–: not run"
)
"""What the entries of a table mean."""

COLUMNS = (
    "language",
    "family",
    "key",
    "construction",
    "read_out",
    "format",
    "order",
    "answer",
    "horizon",
    "proved_length",
    "upper_bound",
    "states",
    "max_states",
    "seconds",
    "network",
    "version",
    "confirmed_by",
    "because",
    "word",
)
"""Columns of the CSV; the word comes last, its letters separated by blanks."""


def entry(answer: Horizon) -> str:
    """A cell of a table, as `LEGEND` explains it."""
    if answer.answer == INFINITE:
        return "∞"
    if answer.answer == FINITE:
        return str(answer.horizon)
    if answer.answer == UNDECIDED:
        bound = "" if answer.upper_bound is None else f", ≤ {_at_most(answer.upper_bound)}"
        return f"> {answer.proved_length}{bound}"
    return "–"


def _at_most(length: int) -> str:
    return str(length) if length < 10**9 else at_most(length)


def terminal_table(cells: Sequence[Cell]) -> str:
    """One block for each subject, formats down and evaluation orders across, and the legend."""
    blocks = []
    for subject in _subjects(cells):
        mine = {(cell.job.format, cell.job.order): cell.answer for cell in cells if cell.job.subject == subject}
        formats = list(dict.fromkeys(form for form, _ in mine))
        orders = list(dict.fromkeys(order for _, order in mine))
        rows = [["", *orders]]
        rows += [
            [form, *(entry(mine[form, order]) if (form, order) in mine else "" for order in orders)] for form in formats
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  " + "  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        reasons = dict.fromkeys(answer.because for answer in mine.values() if entry(answer) == "–")
        about = next((answer.about for answer in mine.values() if answer.about), "")
        title = f"{subject.label}: {about}" if about else subject.label
        blocks.append("\n".join([title, *lines, *(f"  not run: {reason}" for reason in reasons)]))
    return "\n\n".join([*blocks, LEGEND])


def markdown_table(cells: Sequence[Cell]) -> str:
    """One table: a row for each subject and evaluation order, a column for each format, and the legend."""
    formats = list(dict.fromkeys(cell.job.format for cell in cells))
    known = {(cell.job.subject, cell.job.order, cell.job.format): entry(cell.answer) for cell in cells}
    lines = [
        "| " + " | ".join(["language", "network", "order", *formats]) + " |",
        "|" + "---|" * (3 + len(formats)),
    ]
    for subject in _subjects(cells):
        network = subject.label.removeprefix(f"{subject.language}, ")
        orders = dict.fromkeys(cell.job.order for cell in cells if cell.job.subject == subject)
        for order in orders:
            row = [known.get((subject, order, form), "") for form in formats]
            lines.append("| " + " | ".join([subject.language, network, order, *row]) + " |")
    return "\n".join([*lines, "", LEGEND + ".", ""])


def csv_table(cells: Sequence[Cell]) -> str:
    """One line for each cell, with the failing word."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for cell in cells:
        values = cell_json(cell.job, cell.answer)
        values["word"] = "" if values["word"] is None else " ".join(values["word"])
        values["confirmed_by"] = " and ".join(values["confirmed_by"])
        writer.writerow({column: values[column] for column in COLUMNS})
    return text.getvalue()


def cell_json(job: Job, answer: Horizon) -> dict[str, Any]:
    """A cell as plain values: the job's columns, then the answer's."""
    subject = job.subject
    return {
        "language": subject.language,
        "family": subject.family,
        "key": subject.key,
        "construction": subject.construction,
        "read_out": subject.read_out,
        "format": job.format,
        "order": job.order,
        "max_states": job.max_states,
        "seed": job.seed,
        **answer.to_json(),
    }


def _subjects(cells: Sequence[Cell]) -> list[Subject]:
    return list(dict.fromkeys(cell.job.subject for cell in cells))
