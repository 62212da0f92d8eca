"""Small grids of factors and exact decisions about batches, against sympy; planted errors are found."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy
from hypothesis import given
from hypothesis import strategies as st

from _small_matrices import (
    all_products,
    contractions,
    householder_factors,
    keys_on_grid,
    positive_semidefinite,
)
from expressivity.exact import rationals


def test_keys_are_pairwise_not_proportional() -> None:
    keys = keys_on_grid(3, (-2, -1, 0, 1, 2))
    directions = {tuple(sympy.Matrix(row.tolist()).normalized()) for row in keys}
    assert len(keys) == len(directions) == 49


def test_factors_are_what_they_are_called() -> None:
    factors = householder_factors(np.array([[1, 1], [0, 2]]), [0, Fraction(1, 2), 2])
    assert factors.shape == (5, 2, 2)
    assert factors[1].fractions().tolist() == [[0, -1], [-1, 0]]
    assert factors[2].fractions().tolist() == [[1, 0], [0, Fraction(1, 2)]]
    assert factors[4].fractions().tolist() == [[1, 0], [0, 1]]
    products = all_products(factors, 2)
    assert products.shape == (25, 2, 2)
    assert products[7].equals(factors[1] @ factors[2])


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.integers(1, 4))
def test_semidefiniteness_against_eigenvalues(entries: list[int], scale: int) -> None:
    a, b, c, d, e, f = (Fraction(entry, scale) for entry in entries)
    rows = [[a, b, c], [b, d, e], [c, e, f]]
    found = positive_semidefinite(rationals(np.array([rows], dtype=object)))[0]
    # Of a symmetric matrix all roots are real; none is negative exactly when the coefficients alternate.
    coefficients = sympy.Matrix(rows).charpoly().all_coeffs()
    assert found == all(c * (-1) ** k >= 0 for k, c in enumerate(coefficients))


def test_an_expansion_is_found_among_contractions() -> None:
    shear = [[[1, 0], [0, -1]], [[0, 1], [0, 1]], [[0, 1], [1, 0]]]
    assert contractions(rationals(np.array(shear))).tolist() == [True, False, True]
