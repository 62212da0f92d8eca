"""A table of published and reproduced values, with what is wrong with the published ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expressivity.errors import SeriesError

Progress = Callable[[str], None]
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Comparison:
    """One experiment.

    Arguments:
        title: what is compared, on what.
        columns: names; those of published values begin with "paper".
        rows: one cell per column; None where there is no value.
        flaws: what makes a published value incomparable or meaningless, one sentence each.
        findings: what the table shows, one sentence each.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    flaws: tuple[str, ...]
    findings: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The comparison as a JSON object, rows as objects by column."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "flaws": list(self.flaws), "findings": list(self.findings)}

    def table(self) -> str:
        """The comparison as text."""
        cells = [[_shown(cell) for cell in row] for row in self.rows]
        widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(self.columns)]
        numeric = [all(isinstance(row[i], int | float | None) for row in self.rows) for i in range(len(widths))]

        def line(row: list[str]) -> str:
            parts = [c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, widths, numeric, strict=True)]
            return "  ".join(parts).rstrip()

        text = [self.title, "", line(list(self.columns)), *(line(row) for row in cells)]
        for heading, sentences in (("flaws of the published values", self.flaws), ("what this shows", self.findings)):
            if sentences:
                text += ["", f"{heading}:", *(f"  - {sentence}" for sentence in sentences)]
        return "\n".join(text)


def _shown(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.5g}" if 1e-5 <= abs(cell) < 1e5 or cell == 0 else f"{cell:.2e}"
    return str(cell)


def data_folder(given: str | Path | None) -> Path:
    """The folder of the authors' data: the one given, or `shared/spectral` beside the checkout.

    Raises:
        SeriesError: when it does not exist.
    """
    beside = Path(__file__).resolve().parents[4] / "shared" / "spectral"
    folder = beside if given is None else Path(given)
    if not folder.is_dir():
        raise SeriesError(
            f"the folder {folder} with the authors' data does not exist; give it with --data (the files come from the "
            "repository OliverObst/decorating: mso8_signal*.csv, dax/*.csv, robocup_game*.npy, number_puzzles.csv and "
            "the tables paper_*.csv)"
        )
    return folder


def data_file(folder: Path, name: str) -> Path:
    """A file of the authors' data.

    Raises:
        SeriesError: when it is missing.
    """
    path = folder / name
    if not path.is_file():
        raise SeriesError(f"{path} is missing; --data must name the folder with the authors' data")
    return path
