"""Values as users hold them → checked arrays of shape (time, output), one per series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from expressivity.errors import SeriesError

Series = list[Float64[np.ndarray, "_time output"]]
"""Several series of the same outputs; their lengths may differ."""

FEWEST = 3
"""Values a series must have: two are explained by a recurrence of order one whatever they are."""


def as_series(values: Any) -> Series:
    """Check values and bring them to one shape.

    Arguments:
        values: one series of shape (time,) or (time, output), or a list of such arrays, one per series.

    Returns:
        One float64 array of shape (time, output) per series.

    Raises:
        SeriesError: listing everything that is wrong: values that are no finite numbers, with their places; fewer
            than three values; a shape that is no series; a series that never changes; different numbers of outputs.
    """
    several = isinstance(values, list | tuple) and len(values) > 0 and not _is_number(values[0])
    found: Series = []
    problems = []
    for number, one in enumerate(values if several else [values]):
        name = f"series {number}: " if several else ""
        array, problem = _one_series(one)
        if problem:
            problems.append(name + problem)
        elif array is not None:
            found.append(array)
    widths = sorted({array.shape[1] for array in found})
    if len(widths) > 1:
        problems.append(f"the series have {widths} outputs; every series needs the same outputs")
    if problems:
        raise SeriesError("; ".join(problems))
    return found


def _is_number(value: Any) -> bool:
    return np.isscalar(value) or (isinstance(value, np.ndarray) and value.ndim == 0) or value is None


def _one_series(values: Any) -> tuple[Float64[np.ndarray, "time output"] | None, str]:
    """The array, or what is wrong with it."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        return None, f"the values are not numbers ({error}); give numbers of shape (time,) or (time, output)"
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        return None, f"the values have shape {array.shape}; expected (time,) or (time, output)"
    if len(array) < FEWEST:
        return None, f"{len(array)} values determine no recurrence; give at least {FEWEST}"
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        places = ", ".join(str(int(t)) for t in wrong[:5, 0]) + (", …" if len(wrong) > 5 else "")
        return None, (
            f"{len(wrong)} of {array.size} values are not finite (time {places}); "
            "remove or fill them first, a recurrence has no value for a gap"
        )
    if np.all(array == array[0]):
        return None, (
            f"every value is {array[0, 0]:g}; a constant series follows x(t+1) = x(t) and leaves nothing to learn"
        )
    return array, ""


def read_csv(
    path: str | Path, *, columns: Sequence[str] | None = None
) -> tuple[Float64[np.ndarray, "time output"], tuple[str, ...]]:
    """Read the numeric columns of a CSV file.

    A first row with a cell that is no number is the header. Columns whose cells are all no numbers (dates, names) are
    left out unless they are asked for.

    Arguments:
        path: the file; one row per time. A file of a single row is read as one series.
        columns: names (or numbers, from 0) of the columns to read; all numeric ones when left out.

    Returns:
        The values, shape (time, output), and the names of the columns.

    Raises:
        SeriesError: when the file cannot be read, rows differ in length, a chosen cell is no number (its line is
            named), or a column is unknown.
    """
    import csv

    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SeriesError(f"cannot read {path}: {error.strerror}; expected a CSV file") from None
    except UnicodeDecodeError:
        raise SeriesError(f"{path} is not text; expected a CSV file in UTF-8") from None
    lines = [(number, row) for number, row in enumerate(csv.reader(text.splitlines()), start=1) if any(row)]
    if not lines:
        raise SeriesError(f"{path} is empty; expected a CSV file with one row per time")
    first = [cell.strip() for cell in lines[0][1]]
    has_header = not all(_number(cell) is not None for cell in first if cell)
    names = tuple(first) if has_header else tuple(str(i) for i in range(len(first)))
    body = lines[1:] if has_header else lines
    ragged = [number for number, row in body if len(row) != len(names)]
    if ragged:
        raise SeriesError(f"{path}: line {ragged[0]} has not {len(names)} cells as the first; every row needs the same")
    if not body:
        raise SeriesError(f"{path} holds a header and no values; expected one row per time")
    cells = [[_number(cell.strip()) for cell in row] for _, row in body]
    chosen = _chosen_columns(path, names, cells, columns)
    problems = [
        f"line {body[t][0]}, column {names[i]!r}: {body[t][1][i]!r} is not a number"
        for t in range(len(body))
        for i in chosen
        if cells[t][i] is None
    ]
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise SeriesError(f"{path}: " + "; ".join(problems[:3]) + more)
    values = np.array([[row[i] for i in chosen] for row in cells], dtype=np.float64)
    if len(values) == 1 and not has_header:
        return values.T.copy(), ("values",)
    return values, tuple(names[i] for i in chosen)


def _chosen_columns(
    path: str | Path, names: tuple[str, ...], cells: list[list[float | None]], columns: Sequence[str] | None
) -> list[int]:
    """Numbers of the columns to read."""
    if columns is None:
        numeric = [i for i in range(len(names)) if any(row[i] is not None for row in cells)]
        if not numeric:
            raise SeriesError(f"{path} has no column of numbers; expected one row per time, cells separated by commas")
        return numeric
    chosen = []
    unknown = []
    for column in columns:
        if column in names:
            chosen.append(names.index(column))
        elif column.isdecimal() and int(column) < len(names):
            chosen.append(int(column))
        else:
            unknown.append(column)
    if unknown:
        raise SeriesError(f"{path} has no column {unknown}; its columns are {list(names)}")
    return chosen


def _number(cell: str) -> float | None:
    """The number in a cell; an empty cell or `nan` is read as not-a-number, which `as_series` reports with its time."""
    if cell == "":
        return float("nan")
    try:
        return float(cell)
    except ValueError:
        return None
