"""Spectral facts against matrices whose Jordan form is known by construction, and against sympy and mpmath."""

from __future__ import annotations

import cmath
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, cosines, rationals, stack, zeros
from expressivity.exact.ordered_polynomials import RealRoots, sign_of
from expressivity.exact.spectra import Spectrum, enclosed_spectrum, spectrum

FACTS = (
    "real",
    "nonnegative",
    "in_signed_unit_interval",
    "in_unit_interval",
    "radius_at_most_one",
    "radius_below_one",
    "diagonalisable",
)
REAL = [Fraction(v) for v in ("0", "1", "-1", "1/2", "-1/2", "3/4", "2", "-3", "1/7", "0", "1")]
# Pairs a ± bi with a rational modulus or not, on the unit circle, inside it and outside.
PAIRS = [(Fraction(a), Fraction(b)) for a, b in (("0", "1"), ("3/5", "4/5"), ("1/2", "1/2"), ("1", "1"), ("0", "1/3"))]


def unimodular(rng: np.random.Generator, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A random integer matrix with an integer inverse, and that inverse."""
    matrix = np.array([[Fraction(int(i == j)) for j in range(width)] for i in range(width)], dtype=object)
    inverse = matrix.copy()
    for _ in range(2 * width):
        i, j = (int(v) for v in rng.choice(width, 2, replace=False))
        factor = int(rng.integers(-2, 3))
        matrix[i] += factor * matrix[j]
        inverse[:, j] -= factor * inverse[:, i]
    return matrix, inverse


def with_known_spectrum(rng: np.random.Generator, width: int) -> tuple[ExactArray, dict[str, object]]:
    """A matrix similar to a random real Jordan form, and the truth about it, read from that form."""
    form = np.array([[Fraction(0)] * width for _ in range(width)], dtype=object)
    eigenvalues: list[tuple[Fraction, Fraction]] = []
    chains: dict[tuple[Fraction, Fraction], bool] = {}
    place = 0
    only_real = rng.random() < 0.6
    while place < width:
        pair = not only_real and width - place >= 2 and rng.random() < 0.4
        size = 2 if pair else 1
        longest = (width - place) // size
        length = int(rng.integers(1, min(3, longest) + 1)) if rng.random() < 0.4 else 1
        value = PAIRS[rng.integers(len(PAIRS))] if pair else (REAL[rng.integers(len(REAL))], Fraction(0))
        for block in range(length):
            at = place + size * block
            form[at, at] = value[0]
            if pair:
                form[at + 1, at + 1] = value[0]
                form[at, at + 1], form[at + 1, at] = -value[1], value[1]
            if block:
                for k in range(size):
                    form[at - size + k, at + k] = Fraction(1)
            eigenvalues += [value, (value[0], -value[1])] if pair else [value]
        chains[value] = chains.get(value, False) or length > 1
        place += size * length
    matrix, inverse = unimodular(rng, width)
    real = all(im == 0 for _, im in eigenvalues)
    squares = [re * re + im * im for re, im in eigenvalues]
    counts: dict[tuple[Fraction, Fraction], int] = {}
    for value in eigenvalues:
        counts[value] = counts.get(value, 0) + 1
    truth: dict[str, object] = {
        "real": real,
        "nonnegative": real and min(re for re, _ in eigenvalues) >= 0,
        "in_signed_unit_interval": real and max(squares) <= 1,
        "in_unit_interval": real and max(squares) <= 1 and min(re for re, _ in eigenvalues) >= 0,
        "radius_at_most_one": max(squares) <= 1,
        "radius_below_one": max(squares) < 1,
        "diagonalisable": not any(chains.values()),
        "multiplicities": tuple(sorted(counts.values())),
        "real_count": sum(im == 0 for _, im in eigenvalues),
    }
    return rationals(matrix.dot(form).dot(inverse)), truth


@pytest.mark.parametrize("width", [*range(2, 7), *(pytest.param(width, marks=pytest.mark.slow) for width in (7, 8))])
def test_facts_agree_with_500_constructed_spectra(width: int) -> None:
    rng = np.random.default_rng(width)
    seen: dict[str, set[object]] = {name: set() for name in FACTS}
    for _ in range(500):
        matrix, truth = with_known_spectrum(rng, width)
        found = spectrum(matrix)
        for name, value in truth.items():
            assert getattr(found, name) == value, (name, matrix.fractions())
            if name in seen:
                seen[name].add(value)
    assert all(values == {True, False} for values in seen.values())


@pytest.mark.parametrize("width", range(2, 9))
def test_norm_at_most_one(width: int) -> None:
    """Norms are known for D·Q with Q a product of rational reflections: the largest |d|."""
    rng = np.random.default_rng(width)
    for _ in range(200):
        diagonal = [Fraction(int(n), 4) for n in rng.integers(-4, 5, width)]
        if rng.random() < 0.5:
            diagonal[int(rng.integers(width))] = Fraction(int(rng.integers(5, 9)), 4)
        matrix = np.diag(np.array(diagonal, dtype=object)) + Fraction(0)
        for _ in range(2):
            key = np.array([Fraction(int(n)) for n in rng.integers(-3, 4, width)], dtype=object)
            if any(key):
                matrix = matrix - np.outer(matrix.dot(key), key) * (2 / Fraction(key.dot(key)))
        assert spectrum(rationals(matrix)).norm_at_most_one == (max(abs(d) for d in diagonal) <= 1)


@pytest.mark.parametrize("width", range(2, 9))
def test_sympy_and_mpmath_agree_on_dense_random_matrices(width: int) -> None:
    """Matrices drawn without a plan; sympy counts real roots exactly, mpmath gives them to forty digits."""
    rng = np.random.default_rng(100 + width)
    x = sympy.Symbol("x")
    for _ in range(20):
        rows = [[Fraction(int(v), 4) for v in row] for row in rng.integers(-6, 7, (width, width))]
        if rng.random() < 0.5:
            rows = [[(rows[i][j] + rows[j][i]) / 2 for j in range(width)] for i in range(width)]
        found = spectrum(rationals(np.array(rows, dtype=object)))
        polynomial = sympy.Poly([sympy.Rational(int(c.p), int(c.q)) for c in found.polynomial[::-1]], x)
        assert found.real_count == sum(m * sympy.Poly(f, x).count_roots() for f, m in sympy.sqf_list(polynomial)[1])
        with mpmath.workdps(40):
            values = mpmath.eig(mpmath.matrix([[mpmath.mpf(v.numerator) / v.denominator for v in r] for r in rows]))[0]
            moduli = [abs(v) for v in values]
            if all(abs(m - 1) > 1e-15 for m in moduli):
                assert found.radius_below_one == (max(moduli) < 1) == found.radius_at_most_one


def in_field(rows: list[list[ExactArray]]) -> ExactArray:
    return stack([stack(row) for row in rows])


def test_exact_in_a_cyclotomic_field() -> None:
    """Companion blocks of x² − 2cos(2πk/N)·s·x + s²: roots s·exp(±2πik/N)."""
    cases = 0
    for parts in (5, 7, 8, 9, 12):
        for k in range(1, parts // 2 + 1):
            for s in (Fraction(1, 2), Fraction(1), Fraction(-1), Fraction(3, 2)):
                double = cosines([k], parts)[0]
                double = (double + double) * rationals([s])[0]
                square = rationals([-s * s])[0]
                matrix = in_field([[double, square], [rationals([1])[0], zeros()]])
                found = spectrum(matrix)
                root = complex(s) * cmath.exp(2j * cmath.pi * k / parts)
                assert found.real == (abs(root.imag) < 1e-9)
                assert found.radius_at_most_one == (abs(s) <= 1)
                assert found.radius_below_one == (abs(s) < 1)
                assert found.nonnegative == (found.real and root.real > 0)
                cases += 1
    assert cases == 4 * (2 + 3 + 4 + 4 + 6)


def test_signs_belong_to_the_real_embedding_and_not_to_its_conjugates() -> None:
    """2cos(2π/5) is positive and below 1; its conjugate 2cos(4π/5) is neither."""
    golden = cosines([1], 5)[0] + cosines([1], 5)[0]
    found = spectrum(in_field([[golden, rationals([1])[0]], [zeros(), golden]]))
    assert found.in_unit_interval
    assert found.radius_below_one
    assert not found.diagonalisable
    assert found.multiplicities == (2,)
    assert not found.norm_at_most_one
    assert spectrum(in_field([[golden]])).norm_at_most_one
    other = cosines([2], 5)[0] + cosines([2], 5)[0]
    assert not spectrum(in_field([[other]])).nonnegative


def test_enclosures_answer_none_where_they_cannot_tell() -> None:
    certain = enclosed_spectrum(np.array([[0.5, 0.1], [0.0, 0.25]]), 1e-9)
    assert certain.in_unit_interval
    assert certain.radius_below_one
    turning = enclosed_spectrum(np.array([[0.0, -1.0], [1.0, 0.0]]), 1e-3)
    assert turning.real is False
    assert turning.radius_below_one is None
    repeated = enclosed_spectrum(np.array([[1.0, 1.0], [0.0, 1.0]]), 0.0)
    assert repeated.real is None
    at_the_edge = enclosed_spectrum(np.array([[1.0, 0.0], [0.0, 0.5]]), 1e-6)
    assert at_the_edge.real is True
    assert at_the_edge.nonnegative is True
    assert at_the_edge.in_unit_interval is None
    outside = enclosed_spectrum(np.array([[1.5, 0.0], [0.0, -0.5]]), 1e-6)
    assert outside.nonnegative is False
    assert outside.radius_below_one is False


def test_planted_wrong_polynomials_give_wrong_answers_that_the_comparison_finds() -> None:
    """One coefficient changed by a millionth: x² − 2x + 1 gains a non-real pair, or a second real root."""
    matrix = rationals([[1, 1], [0, 1]])
    right = spectrum(matrix)
    assert right.real
    step = right.polynomial[2] / 1_000_000
    up = Spectrum(matrix, [right.polynomial[0] + step, *right.polynomial[1:]])
    down = Spectrum(matrix, [right.polynomial[0] - step, *right.polynomial[1:]])
    assert not up.real
    assert down.real
    assert not down.in_unit_interval
    assert down.multiplicities == (1, 1) != right.multiplicities


def test_a_broken_chain_is_found_by_the_count() -> None:
    """Sturm's chain with one sign turned over counts roots that are not there."""
    polynomial = spectrum(rationals([[1, 0, 0], [0, 2, 0], [0, 0, 3]])).polynomial
    roots = RealRoots(polynomial)
    assert roots.count == 3
    roots.chain[2] = [-c for c in roots.chain[2]]
    assert roots.count != 3
    assert sign_of(polynomial[0]) == -1


def test_what_has_no_eigenvalues() -> None:
    with pytest.raises(NetworkError, match=r"shape \(2, 3\) has no eigenvalues"):
        spectrum(zeros(2, 3))
