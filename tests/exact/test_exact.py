"""Exact numbers against Fraction, SymPy and mpmath."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from expressivity.exact import (
    ExactArray,
    concatenate,
    cosine_polynomial,
    cosines,
    identity,
    rationals,
    sign,
    stack,
    zeros,
)

fractions = st.fractions(min_value=-100, max_value=100, max_denominator=50)
huge = st.integers(min_value=-(2**80), max_value=2**80)


@given(st.lists(st.one_of(fractions, huge), min_size=1, max_size=6), st.lists(fractions, min_size=6, max_size=6))
def test_rational_arithmetic_is_fraction_arithmetic(left: list[Fraction], right: list[Fraction]) -> None:
    right = right[: len(left)]
    a, b = rationals(np.array(left, dtype=object)), rationals(np.array(right, dtype=object))
    pairs = list(zip(left, right, strict=True))
    assert (a + b).fractions().tolist() == [x + y for x, y in pairs]
    assert (a - b).fractions().tolist() == [x - y for x, y in pairs]
    assert (a * b).fractions().tolist() == [x * y for x, y in pairs]
    product = a.reshape(1, len(left)) @ b.reshape(len(left), 1)
    assert product.fractions().item() == sum(x * y for x, y in pairs)
    assert a.divided_by(Fraction(-2, 3)).fractions().tolist() == [Fraction(x) / Fraction(-2, 3) for x in left]
    assert a.to_float().tolist() == [float(Fraction(x)) for x in left]


@pytest.mark.parametrize("conductor", [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 20, 24, 28])
def test_minimal_polynomials_are_those_of_sympy(conductor: int) -> None:
    x = sympy.symbols("x")
    wanted = sympy.Poly(sympy.minimal_polynomial(2 * sympy.cos(2 * sympy.pi / conductor), x), x)
    assert list(cosine_polynomial(conductor)) == [int(c) for c in wanted.all_coeffs()[::-1]]


elements = st.tuples(st.sampled_from([5, 7, 8, 9, 12, 16, 20, 24]), st.data())


@given(elements)
def test_field_arithmetic_agrees_with_fifty_digits(case: tuple[int, st.DataObject]) -> None:
    conductor, data = case
    degree = len(cosine_polynomial(conductor)) - 1
    rows = [data.draw(st.lists(st.integers(-9, 9), min_size=degree, max_size=degree)) for _ in range(2)]
    a, b = (ExactArray(np.array([row], dtype=object), 3, conductor) for row in rows)
    with mpmath.workdps(50):
        c = 2 * mpmath.cospi(mpmath.mpf(2) / conductor)

        def value(array: ExactArray) -> mpmath.mpf:
            return mpmath.polyval([int(v) for v in array.numerators[0][::-1]], c) / array.denominator

        assert abs(value(a * b) - value(a) * value(b)) < mpmath.mpf(10) ** -40
        assert abs(value(a + b) - value(a) - value(b)) < mpmath.mpf(10) ** -40
        wide = a.embed(3 * conductor)
        assert abs(wide.to_float()[0] - float(value(a))) <= math.ulp(float(value(a)))
        assert a.to_float()[0] == float(value(a))
        assert sign(rows[0], conductor) == mpmath.sign(value(a))
    assert wide.equals(a)
    lifted = a.reshape(1, 1).over_rationals()
    acted = (lifted.astype(object) @ b.numerators[0].astype(object)).reshape(1, degree)
    assert ExactArray(acted, a.denominator * b.denominator, conductor).equals(a * b)


@pytest.mark.parametrize("m", [2, 3, 4, 5, 6, 7, 9, 12])
def test_rotation_by_a_full_turn_is_the_identity_and_not_before(m: int) -> None:
    parts = 4 * m
    cos, sin = cosines([4], parts), cosines([4 - m], parts)
    turn = stack([concatenate([cos, -sin]), concatenate([sin, cos])])
    power = identity(2)
    for step in range(1, m + 1):
        power = turn @ power
        assert power.equals(identity(2)) is (step == m)


def test_a_difference_below_float_precision_keeps_its_sign() -> None:
    # 2cos(2π/5) = 0.618… against continued-fraction neighbours (Fibonacci ratios) that float64 cannot tell apart.
    small, large = 1, 1
    for _ in range(60):
        small, large = large, small + large
    exact = [sign([-small, large], 5), sign([-large, small + large], 5)]
    assert sorted(exact) == [-1, 1]


def test_common_denominators_are_lowest() -> None:
    array = rationals([Fraction(1, 2), Fraction(3, 4)]) + rationals([Fraction(1, 2), Fraction(1, 4)])
    assert array.denominator == 1
    assert array.fractions().tolist() == [1, 1]


def test_floats_are_the_dyadic_rationals_they_are() -> None:
    assert rationals([0.1]).fractions()[0] == Fraction(0.1)
    with pytest.raises(ValueError, match="nan is not a finite rational number"):
        rationals([float("nan")])


def test_concatenation_brings_arrays_into_one_field() -> None:
    joined = concatenate([zeros(1), cosines([1], 5), rationals([Fraction(1, 3)])])
    assert joined.conductor == 5
    assert joined.to_float() == pytest.approx([0, math.cos(2 * math.pi / 5), 1 / 3], abs=1e-16)


def test_zeros_are_brought_to_a_denominator_beyond_64_bits() -> None:
    # Found where squares of fp64 subnormals, 2^-2148, are compared with their float64 images, which are zero.
    tiny = rationals([Fraction(1, 2**2148)])
    assert (tiny - zeros(1)).equals(tiny)
    assert rationals([Fraction(0), Fraction(1, 2**2148)])[:1].denominator == 1
