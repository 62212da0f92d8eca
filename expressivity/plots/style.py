"""What all figures share: colours that survive every colour vision and grey, how letters are written, and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from expressivity.errors import ExperimentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
"""File types that figures are saved as."""

INK, BLUE, ORANGE, PALE, SHADE = "#1f2933", "#0b5fa5", "#c4541a", "#f5f7fa", "#c8dcf0"
"""Text and lines; what is right or exact; what is wrong or rounded; background of a box; what is singled out."""

COLOURS = ("#0b5fa5", "#c4541a", "#1b8a63", "#7a3b8f", "#8a6d00", "#444444")
"""Colours of series, always together with different marks, so that nothing rests on colour alone."""

MARKS = ("o", "s", "^", "D", "v", "P")
"""Marks of series."""


def need_matplotlib() -> None:
    """Say how to get Matplotlib where it is missing.

    Raises:
        ExperimentError: when it is not installed.
    """
    try:
        import matplotlib  # noqa: F401 (asks only whether it is there)
    except ImportError:
        raise ExperimentError("figures need Matplotlib; run pip install 'expressivity[playground]'") from None


def shown_letters(letters: Sequence[str], *, most: int = 3) -> str:
    """Some letters in a few characters: the first ones, and how many there are."""
    if len(letters) <= most:
        return ", ".join(letters)
    return f"{', '.join(letters[: most - 1])}, … ({len(letters)} letters)"


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG (200 dots per inch), SVG or PDF, by the file's ending; same figure, same bytes.

    Raises:
        ExperimentError: when the file cannot be written or has another ending.
    """
    if problems := check_plot_file(path):
        raise ExperimentError("; ".join(problems))
    import matplotlib

    # Neither a date nor names drawn at random go into the file.
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(Path(path).suffix.lower(), {})
    try:
        with matplotlib.rc_context({"svg.hashsalt": "expressivity"}):
            figure.savefig(path, dpi=200, metadata=undated)
    except OSError as error:
        raise ExperimentError(
            f"plot {path} cannot be written ({error.strerror}); choose an existing, writable folder"
        ) from None


def check_plot_file(path: str | Path) -> list[str]:
    """Why no figure can be written there, as far as can be told before there is one."""
    problems = []
    if Path(path).suffix.lower() not in ENDINGS:
        problems.append(f"plot {path} has an ending that is not known; expected one of {', '.join(ENDINGS)}")
    try:
        need_matplotlib()
    except ExperimentError as error:
        problems.append(str(error))
    return problems
