"""Generalised Householder products against plain NumPy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.errors import NetworkError
from expressivity.exact import identity, rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.householder import HouseholderTransition

small = st.integers(-3, 3)


@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_products_apply_factor_zero_first(data: st.DataObject, letters: int, factors: int, width: int) -> None:
    keys = np.array(
        [[[data.draw(small) for _ in range(width - 1)] + [1] for _ in range(factors)] for _ in range(letters)]
    )
    betas = np.array([[data.draw(st.integers(0, 4)) for _ in range(factors)] for _ in range(letters)]) / 2
    gates = np.array([data.draw(st.sampled_from([0, 0.5, 1])) for _ in range(letters)])
    exact = HouseholderTransition(rationals(keys), rationals(betas), rationals(gates)).matrices.to_float()
    for x in range(letters):
        wanted = np.eye(width)
        for j in range(factors):
            k = keys[x, j] / np.linalg.norm(keys[x, j])
            wanted = (np.eye(width) - betas[x, j] * np.outer(k, k)) @ wanted
        assert exact[x] == pytest.approx(gates[x] * wanted, abs=1e-12)


@given(st.lists(small, min_size=2, max_size=5).filter(any))
def test_a_reflection_is_an_involution_exactly(key: list[int]) -> None:
    transition = HouseholderTransition(rationals([[key]]), rationals([[2]]))
    matrix = transition.matrices[0]
    assert (matrix @ matrix).equals(identity(len(key)))


def test_diagonals_become_matrices() -> None:
    matrices = DiagonalTransition(rationals([[1, Fraction(1, 2)], [0, -1]])).matrices
    assert matrices.fractions().tolist() == [[[1, 0], [0, Fraction(1, 2)]], [[0, 0], [0, -1]]]


def test_malformed_transitions_are_refused_with_every_problem() -> None:
    with pytest.raises(NetworkError, match="key of letter 0, factor 0 is zero"):
        HouseholderTransition(rationals([[[0, 0]]]), rationals([[1]]))
    with pytest.raises(NetworkError, match=r"betas have shape \(1, 2\).*; gates have shape \(3,\)"):
        HouseholderTransition(rationals([[[1, 0]]]), rationals([[1, 1]]), rationals([1, 1, 1]))
    with pytest.raises(NetworkError, match="square matrices"):
        DenseTransition(rationals([[[1, 0]]]))
