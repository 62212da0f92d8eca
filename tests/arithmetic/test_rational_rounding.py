"""Rationals rounded by integer arithmetic, against the checker's reference, which is written from the definitions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.arithmetic.rational_rounding import round_fraction
from expressivity.arithmetic.rounding import round_to
from expressivity.checker import reference
from expressivity.errors import FormatError

MODES = ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd")
FORMATS = (
    *("fp64", "fp32", "fp16", "bf16", "fp8_e4m3fn", "fp8_e5m2", "fp8_e4m3fnuz", "fp6_e2m3", "fp4_e2m1"),
    *("e2m0", "e2m0+nosub", "e3m0+sat", "e5m2+nosub", "e4m3+fn+sat", "e4m3+fn+bias11", "bf16+sat"),
    *("int8", "uint8", "int8+sat", "uint8+sat", "q3.4", "uq2.3", "q3.4+wrap", "uq0.8+wrap"),
)


def same(first: float, second: float) -> bool:
    return (
        math.isnan(first) and math.isnan(second)
        if first != first
        else (first == second and math.copysign(1, first) == math.copysign(1, second))
    )


@given(
    st.sampled_from(FORMATS),
    st.sampled_from(MODES),
    st.fractions(max_denominator=10**6),
    st.integers(-1100, 1100) | st.integers(-12, 12),
)
def test_any_rational_is_rounded_as_the_reference_rounds_it(name, mode, part, exponent) -> None:
    value = part * Fraction(2) ** exponent
    assert same(round_fraction(value, name, mode), reference.round_number(value, name, mode))


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("fp64", "fp32")])
def test_neighbours_and_midpoints_are_rounded_as_the_reference_rounds_them(name) -> None:
    rng = np.random.default_rng(0)
    numbers = round_to(rng.standard_normal(60) * 2.0 ** rng.integers(-20, 20, 60), name).tolist()
    numbers += [-0.75, 0.75, 0.5, 1.5, 3.0, 1e9]
    for number in numbers:
        if not math.isfinite(number):
            continue
        for nudge in (0, Fraction(1, 2**90), -Fraction(1, 2**90)):
            for step in (Fraction(0), Fraction(1, 2), Fraction(1, 16), Fraction(1, 1024)):
                value = Fraction(number) * (1 + step) + nudge
                for mode in MODES:
                    assert same(round_fraction(value, name, mode), reference.round_number(value, name, mode)), value


def test_a_tie_below_the_smallest_normal_with_one_significand_bit() -> None:
    """Three quarters lies between 1/2, whose code would be even, and 1: the reference once took both for odd."""
    assert round_fraction(Fraction(3, 4), "e2m0+nosub") == 0
    assert reference.round_number(Fraction(3, 4), "e2m0+nosub") == 0
    assert round_to(np.array([0.75]), "e2m0+nosub")[0] == 0


def test_what_cannot_be_rounded_is_said() -> None:
    with pytest.raises(FormatError, match="the format exact does not round"):
        round_fraction(1, "exact")
    with pytest.raises(FormatError, match="unknown rounding 'sideways'"):
        round_fraction(1, "bf16", "sideways")
    with pytest.raises(ValueError, match="'stochastic' needs random numbers"):
        round_fraction(Fraction(1, 3), "bf16", "stochastic")
