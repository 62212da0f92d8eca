"""Shapes of orbits where they are known, equal moduli that floats cannot tell, and distances that fall as they must."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.spectral.ellipse import distances, limit_ellipse
from expressivity.spectral.exact_recurrence import exact_recurrence
from expressivity.spectral.long_run import long_run, matrix_long_run


def of_coefficients(*coefficients: Fraction | int) -> list[Fraction]:
    """Enough terms of a recurrence started with 0, …, 0, 1, which makes every root take part."""
    order = len(coefficients)
    terms = [Fraction(0)] * (order - 1) + [Fraction(1)]
    while len(terms) < 2 * order + 2:
        terms.append(sum((c * terms[-k] for k, c in enumerate(coefficients, start=1)), Fraction(0)))
    return terms


@pytest.mark.parametrize(
    ("terms", "shape", "growth", "degree"),
    [
        (of_coefficients(1), "point", "bounded", 0),
        (of_coefficients(-1), "two points", "bounded", 0),
        (of_coefficients(0, 1), "two points", "bounded", 0),
        (of_coefficients(2, -1), "point", "polynomial", 1),
        (of_coefficients(1, 1), "point", "exponential", 0),
        (of_coefficients(Fraction(1, 2)), "point", "vanishes", 0),
        # x² − (6/5) x + 1: the angle arccos(3/5) is no rational multiple of π, the modulus exactly 1.
        (of_coefficients(Fraction(6, 5), -1), "ellipse", "bounded", 0),
        (of_coefficients(-1, -1), "ellipse", "bounded", 0),
        # (x² − (6/5) x + 1)(x − 1): an ellipse around another centre.
        (of_coefficients(Fraction(11, 5), Fraction(-11, 5), 1), "ellipse", "bounded", 0),
        # (x² − (6/5) x + 1)(x + 1) alternates between two ellipses.
        (of_coefficients(Fraction(1, 5), Fraction(1, 5), -1), "several", "bounded", 0),
        # (x² + x + 1)²
        (of_coefficients(-2, -3, -2, -1), "ellipse", "polynomial", 1),
        (of_coefficients(0, 2), "two points", "exponential", 0),
        ([7, 0, 0, 0], "nothing", "vanishes", 0),
    ],
)
def test_shapes_that_are_known(terms: list, shape: str, growth: str, degree: int) -> None:
    found = long_run(exact_recurrence(terms))
    assert (found.shape, found.growth, found.degree) == (shape, growth, degree)
    assert str(found)


def test_moduli_that_floats_cannot_tell_apart() -> None:
    # (x² − 2)(x² − 2 + 10⁻³⁰): moduli √2 and √2 − 4·10⁻³¹. The product is told apart, and ±√2 is known to be equal.
    near = Fraction(2) - Fraction(1, 10**30)
    found = long_run(exact_recurrence(of_coefficients(0, 2 + near, 0, -2 * near)))
    assert found.shape == "two points"
    assert len(found.dominant) == 2
    assert found.growth == "exponential"
    # A radius that differs from 1 by 10⁻⁴⁰ is not 1.
    assert long_run(exact_recurrence(of_coefficients(1 - Fraction(1, 10**40)))).growth == "vanishes"
    assert long_run(exact_recurrence(of_coefficients(1 + Fraction(1, 10**40)))).growth == "exponential"


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5))
def test_the_radius_is_that_of_the_companion_matrix(coefficients: list[int]) -> None:
    assume(coefficients[-1] != 0)
    recurrence = exact_recurrence(of_coefficients(*coefficients))
    assert recurrence.order == len(coefficients)
    found = long_run(recurrence)
    roots = np.roots([1, *[-c for c in coefficients]])
    assert abs(found.radius - np.abs(roots).max()) < 1e-3
    assert all(abs(abs(value) - found.radius) <= 1e-9 for value in found.dominant)


def test_random_matrices_are_classified_as_their_dominant_eigenvalue_says() -> None:
    shapes = []
    for seed in range(60):
        matrix = np.random.default_rng(seed).standard_normal((10, 10))
        found = matrix_long_run(matrix)
        values = np.linalg.eigvals(matrix)
        top = values[np.argmax(np.abs(values))]
        wanted = "ellipse" if abs(top.imag) > 1e-9 else "point" if top.real > 0 else "two points"
        assert found.shape == wanted
        assert abs(found.radius - abs(top)) < 1e-10
        shapes.append(found.shape)
    # The published property promises an ellipse almost surely; about half of the orbits end otherwise.
    assert 0.3 < np.mean(np.array(shapes) == "ellipse") < 0.7


def test_orbits_approach_their_ellipse() -> None:
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    matrix = np.zeros((3, 3))
    matrix[:2, :2], matrix[2, 2] = 2 * turn, 1.0
    start = np.array([3.0, 0.0, 5.0])
    ellipse = limit_ellipse(matrix, start)
    assert np.allclose(ellipse.semi_axes, (3, 3))
    assert abs(abs(ellipse.angular_frequency) - np.arccos(0.6)) < 1e-14
    assert abs(ellipse.radius - 2) < 1e-14
    found = distances(matrix, start, 30)
    # What is left is 5 / 2^t.
    assert np.allclose(found, 5 / 2.0 ** np.arange(30), atol=1e-9)
    stretched = np.diag([2.0, 1.0, 1.0]) @ matrix @ np.diag([0.5, 1.0, 1.0])
    assert np.allclose(limit_ellipse(stretched, np.array([6.0, 0.0, 0.0])).semi_axes, (6, 3))
    with pytest.raises(ex.SeriesError, match="no part along the dominant eigenvector"):
        limit_ellipse(matrix, np.array([0.0, 0.0, 1.0]))


def test_what_cannot_be_decided_is_said() -> None:
    with pytest.raises(ex.SeriesError, match="do not isolate the eigenvalues"):
        matrix_long_run(np.eye(2))
    turned = matrix_long_run(np.array([[0.0, -1.0], [1.0, 0.0]]))
    assert (turned.shape, turned.growth) == ("ellipse", "undecided")
    with pytest.raises(ex.SeriesError, match="not finite"):
        matrix_long_run(np.array([[np.nan]]))
    with pytest.raises(ex.SeriesError, match="order 30 exceeds 24"):
        long_run(exact_recurrence([0] * 29 + [1] + [0] * 31))
