"""Orthogonal matrix → a product of rank(I − A) reflections, exactly (Cartan–Dieudonné with Scherk's count)."""

from __future__ import annotations

import math

import numpy as np

from expressivity.exact import ExactArray, identity, stack, zeros
from expressivity.exact.linear import is_zero, reciprocal


def reflection(normal: ExactArray, *, form: ExactArray | None = None) -> ExactArray:
    """The reflection x ↦ x − 2v⟨v, x⟩/⟨v, v⟩.

    Arguments:
        normal: v, non-zero, shape (width,).
        form: matrix of the inner product, shape (width, width); the dot product by default.
    """
    width = normal.shape[0]
    column, row = normal.reshape(width, 1), normal.reshape(1, width)
    weighted = row if form is None else row @ form
    length = (weighted @ column).reshape()
    return identity(width) - (column @ weighted) * (reciprocal(length) + reciprocal(length))


def reflection_factors(matrix: ExactArray, *, form: ExactArray | None = None) -> ExactArray:
    """Normals v₁, …, v_k with A = r₁·r₂⋯r_k, k = rank(I − A), the least number possible.

    For any x with Ax ≠ x the reflection r along v = Ax − x takes Ax to x. As v is orthogonal to every fixed vector of
    A, the product r·A fixes those and x besides, so the rank falls by one at each step and never needs more; a product
    of k reflections fixes the orthogonal complement of their normals, so fewer than rank(I − A) never do. Lengths of
    v are not zero because the inner product is definite.

    Arguments:
        matrix: orthogonal for the inner product, shape (width, width).
        form: matrix of the inner product; the dot product by default.

    Returns:
        Normals as rows, shape (k, width), each scaled so that its first non-zero entry is a positive rational and its
        coefficients are integers without common divisor. In a network the rightmost factor r_k is applied first.

    Raises:
        ValueError: when the matrix is not orthogonal.

    Source: Scherk 1950.
    """
    width = matrix.shape[0]
    weights = identity(width) if form is None else form
    if not (matrix.transposed @ weights @ matrix).equals(weights):
        raise ValueError("the matrix does not preserve the inner product; pass the form that it preserves as `form`")
    normals = []
    rest = matrix
    while True:
        moved = rest - identity(width)
        columns = [moved[:, j] for j in range(width)]
        columns = [column for column in columns if not is_zero(column)]
        if not columns:
            break
        # The column with the smallest coefficients keeps the normals simple; any would do.
        normal = primitive(min(columns, key=_size))
        normals.append(normal)
        rest = reflection(normal, form=form) @ rest
    return stack(normals) if normals else zeros(0, width)


def primitive(vector: ExactArray) -> ExactArray:
    """The multiple of a non-zero vector whose first non-zero entry is a positive rational, in lowest integral terms."""
    first = int(np.flatnonzero(np.any(vector.numerators != 0, axis=-1))[0])
    scaled = vector * reciprocal(vector[first].reshape())
    numerators = scaled.numerators
    divisor = math.gcd(*(int(v) for v in numerators.reshape(-1)))
    return ExactArray(numerators // divisor, 1, scaled.conductor)


def _size(vector: ExactArray) -> tuple[int, int]:
    """Number of non-zero coefficients, then their total: the simplest vector has the least."""
    numerators = primitive(vector).numerators
    return int(np.count_nonzero(numerators)), int(np.abs(numerators).sum())
