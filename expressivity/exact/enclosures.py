"""Exact matrices that preserve a form → orthogonal matrices, each entry enclosed in an interval.

ρ preserves F = CᵀC exactly, so C·ρ(g)·C⁻¹ is exactly orthogonal and exactly a representation. Its entries need square
roots that may lie in no small field: what is returned is a rigorous enclosure of them, from ball arithmetic.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float64

from expressivity.exact import ExactArray

_PRECISION = 128
_MOST_PRECISION = 1 << 14


def orthogonal_enclosures(
    matrices: ExactArray, form: ExactArray
) -> tuple[Float64[np.ndarray, "batch width width"], float]:
    """Enclosures of C·ρ·C⁻¹ with C the Cholesky factor of the form, upper triangular with positive diagonal.

    Arguments:
        matrices: exact matrices that preserve the form, shape (batch, width, width).
        form: symmetric positive definite, shape (width, width).

    Returns:
        Midpoints, and a radius: every true entry lies within the radius of its midpoint.

    Raises:
        ValueError: when the form is not positive definite.
    """
    from flint import arb, arb_mat, ctx

    precision = ctx.prec
    try:
        factor = cholesky(form)
        if factor is None:
            raise ValueError("the form is not positive definite; pass the form that the matrices preserve")
        ctx.prec = _PRECISION
        upper = arb_mat(factor)
        back = upper.inv()
        middles = np.empty(matrices.shape)
        radius = 0.0
        for i in range(matrices.shape[0]):
            product = upper * arb_mat(_balls(matrices[i])) * back
            for j in range(matrices.shape[1]):
                for k in range(matrices.shape[2]):
                    middle = float(product[j, k].mid())
                    middles[i, j, k] = middle
                    error = float((product[j, k] - arb(middle)).abs_upper())
                    radius = max(radius, math.nextafter(error, math.inf))
        return middles, radius
    finally:
        ctx.prec = precision


def cholesky(form: ExactArray) -> list[list[Any]] | None:
    """Balls around the upper triangular C with CᵀC = F, or None when F is not positive definite.

    Precision grows until the sign of every pivot is decided; a semidefinite form counts as not positive definite once
    16384 bits do not separate a pivot from 0.
    """
    from flint import ctx

    precision = ctx.prec
    try:
        ctx.prec = _PRECISION
        while ctx.prec <= _MOST_PRECISION:
            factor: list[list[Any]] | bool | None = _cholesky(_balls(form))
            if isinstance(factor, list):
                return factor
            if factor is False:
                return None
            ctx.prec *= 2
        return None
    finally:
        ctx.prec = precision


def _balls(matrix: ExactArray) -> list[list[Any]]:
    """Entries of a matrix as balls at the present precision."""
    from flint import arb

    c = 2 * arb.cos_pi(arb(2) / matrix.conductor)
    rows = []
    for row in matrix.numerators.tolist():
        values = []
        for coefficients in row:
            value = arb(0)
            for coefficient in reversed(coefficients):
                value = value * c + int(coefficient)
            values.append(value / matrix.denominator)
        rows.append(values)
    return rows


def _cholesky(form: list[list[Any]]) -> Any:
    """Upper triangular factor; False when a pivot is negative, None when the precision does not tell."""
    from flint import arb

    width = len(form)
    upper = [[arb(0)] * width for _ in range(width)]
    for i in range(width):
        pivot = form[i][i] - sum((upper[k][i] * upper[k][i] for k in range(i)), arb(0))
        if not pivot > 0:
            return False if pivot < 0 else None
        upper[i][i] = pivot.sqrt()
        for j in range(i + 1, width):
            upper[i][j] = (form[i][j] - sum((upper[k][i] * upper[k][j] for k in range(i)), arb(0))) / upper[i][i]
    return upper
