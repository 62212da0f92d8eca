"""Exact rational matrices: fractions in NumPy arrays outside, python-flint inside."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.exact import ExactArray


def as_fractions(values: Any) -> np.ndarray | None:
    """The values as an object array of fractions; None when one of them is a float.

    Arguments:
        values: nested integers or fractions, an integer array, or an `ExactArray` of rationals.

    Raises:
        ValueError: for an irrational `ExactArray`; TypeError for what is no number.
    """
    if isinstance(values, ExactArray):
        return values.fractions()
    array = np.asarray(values, dtype=None if isinstance(values, np.ndarray) else object)
    if np.issubdtype(array.dtype, np.floating):
        return None
    result = np.empty(array.shape, dtype=object)
    flat = array.reshape(-1).tolist()
    if any(isinstance(value, float) for value in flat):
        return None
    for value in flat:
        if not isinstance(value, int | Fraction | np.integer):
            raise TypeError(f"{value!r} is not a rational number")
    result.reshape(-1)[:] = [value if type(value) is Fraction else Fraction(value) for value in flat]
    return result


def to_flint(matrix: np.ndarray) -> Any:
    """A two-dimensional array of fractions as an `fmpq_mat`."""
    from flint import fmpq_mat, fmpz_mat

    rows, columns = matrix.shape
    denominator = math.lcm(1, *(value.denominator for value in matrix.reshape(-1).tolist()))
    entries = [value.numerator * (denominator // value.denominator) for value in matrix.reshape(-1).tolist()]
    return fmpq_mat(fmpz_mat(rows, columns, entries)) / denominator


def from_flint(matrix: Any) -> np.ndarray:
    """An `fmpq_mat` as an array of fractions."""
    rows, columns = matrix.nrows(), matrix.ncols()
    result = np.empty((rows, columns), dtype=object)
    result.reshape(-1)[:] = [Fraction(int(value.p), int(value.q)) for value in matrix.entries()]
    return result


def independent_rows(matrix: Any) -> list[int]:
    """Numbers of the rows that do not depend on the rows before them."""
    if matrix.nrows() == 0 or matrix.ncols() == 0:
        return []
    reduced, rank = matrix.transpose().rref()
    pivots = []
    column = 0
    for row in range(rank):
        while reduced[row, column] == 0:
            column += 1
        pivots.append(column)
        column += 1
    return pivots


def chosen_rows(matrix: Any, rows: list[int]) -> Any:
    """Some rows of an `fmpq_mat`."""
    from flint import fmpq_mat

    width = matrix.ncols()
    return fmpq_mat(len(rows), width, [matrix[i, j] for i in rows for j in range(width)])


def stacked(first: Any, second: Any) -> Any:
    """The rows of one `fmpq_mat` above those of another."""
    from flint import fmpq_mat

    return fmpq_mat(first.nrows() + second.nrows(), first.ncols(), first.entries() + second.entries())


def coordinates(basis: Any) -> Callable[[Any], Any]:
    """The map that takes rows in the span of linearly independent basis rows to X with X · basis = rows."""
    pivots = independent_rows(basis.transpose())
    inverse = chosen_rows(basis.transpose(), pivots).transpose().inv()

    def expressed(rows: Any) -> Any:
        return chosen_rows(rows.transpose(), pivots).transpose() * inverse

    return expressed
