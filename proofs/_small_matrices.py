"""Every generalised Householder factor on a small grid, and exact decisions about batches of small matrices."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations, product

import numpy as np
from jaxtyping import Bool, Int, Shaped

from expressivity.exact import ExactArray, identity, rationals
from expressivity.networks.forms.householder import HouseholderTransition


def keys_on_grid(width: int, entries: Sequence[int]) -> Int[np.ndarray, "key width"]:
    """All non-zero vectors with entries of a list, one of each pair ±v, multiples left out.

    Arguments:
        width: number of coordinates.
        entries: integers that a coordinate may be.
    """
    kept: dict[tuple[int, ...], None] = {}
    for row in product(entries, repeat=width):
        divisor = np.gcd.reduce(row)
        if divisor:
            lead = next(value for value in row if value)
            kept[tuple(value // (divisor * (1 if lead > 0 else -1)) for value in row)] = None
    return np.array(list(kept), dtype=np.int64).reshape(-1, width)


def householder_factors(keys: Int[np.ndarray, "key width"], betas: Sequence[Fraction | int]) -> ExactArray:
    """I − β v vᵀ/(vᵀv) for every key and every β ≠ 0, and the identity once, at the end.

    Arguments:
        keys: integer keys; they are normalised.
        betas: the strengths.

    Returns:
        Matrices, shape (keys · non-zero betas + 1, width, width).
    """
    used = [Fraction(beta) for beta in betas if beta != 0]
    rows = np.repeat(keys, len(used), axis=0)
    rows = np.concatenate([rows, rows[:1]])
    strengths = np.array([*(used * len(keys)), Fraction(0)], dtype=object)
    return HouseholderTransition(rationals(rows[:, None, :]), rationals(strengths[:, None])).matrices


def all_products(factors: ExactArray, count: int) -> ExactArray:
    """All products of `count` of the given matrices, shape (len(factors)^count, width, width)."""
    width = factors.shape[-1]
    found = factors
    for _ in range(count - 1):
        left = factors.reshape(len(factors), 1, width, width)
        found = (left @ found.reshape(1, len(found), width, width)).reshape(-1, width, width)
    return found


def minors(matrices: ExactArray, chosen: Sequence[int]) -> Shaped[np.ndarray, " batch"]:
    """Numerators of the principal minors of rational matrices on the chosen coordinates (signs are the minors' own)."""
    numerators = matrices.numerators[..., 0].astype(object)
    total = np.zeros(len(numerators), dtype=object)
    for order in permutations(range(len(chosen))):
        inversions = sum(order[i] > order[j] for i, j in combinations(range(len(order)), 2))
        term = np.full(len(numerators), -1 if inversions % 2 else 1, dtype=object)
        for row, column in enumerate(order):
            term = term * numerators[:, chosen[row], chosen[column]]
        total = total + term
    return total


def positive_semidefinite(matrices: ExactArray) -> Bool[np.ndarray, " batch"]:
    """Which symmetric rational matrices are positive semidefinite: all their principal minors are at least 0."""
    width = matrices.shape[-1]
    good = np.ones(len(matrices), dtype=bool)
    for size in range(1, width + 1):
        for chosen in combinations(range(width), size):
            good &= minors(matrices, chosen) >= 0
    return good


def contractions(matrices: ExactArray) -> Bool[np.ndarray, " batch"]:
    """Which rational matrices have norm at most 1: I − AᵀA is positive semidefinite."""
    return positive_semidefinite(identity(matrices.shape[-1]) - matrices.transposed @ matrices)
