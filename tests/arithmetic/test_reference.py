"""The slow reference, checked by enumeration, so that it is more than a second opinion of the same author."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from expressivity.arithmetic.format_names import parse_format
from expressivity.checker import reference

SMALL = ("fp8_e4m3fn", "fp8_e5m2", "fp8_e4m3fnuz", "fp6_e2m3", "fp6_e3m2", "fp4_e2m1", "e3m0", "q3.4", "int8+sat")


@pytest.mark.parametrize("name", SMALL)
def test_rounding_picks_the_right_one_of_all_values(name: str) -> None:
    """Inside the range: nearest by distance, directed by order, ties by the parity of the position in the list."""
    values = [Fraction(v) for v in parse_format(name).values().tolist()]
    zero = values.index(Fraction(0))
    rng = np.random.default_rng(0)
    low, high = float(values[0]), float(values[-1])
    inputs = [Fraction(v) for v in rng.uniform(low, high, 300)] + [Fraction(v) for v in rng.uniform(-0.1, 0.1, 100)]
    inputs += [(a + b) / 2 for a, b in pairwise(values)] + [v for v in values if v]
    for x in inputs:
        below = max(i for i, v in enumerate(values) if v <= x)
        above = below if values[below] == x else below + 1
        nearer = sorted((below, above), key=lambda i: (abs(values[i] - x), (i - zero) % 2))
        farther = sorted((below, above), key=lambda i: (abs(values[i] - x), -abs(values[i])))
        inner, outer = sorted((below, above), key=lambda i: abs(values[i]))
        expected = {
            "nearest-even": nearer[0],
            "nearest-away": farther[0],
            "toward-zero": inner,
            "up": above,
            "down": below,
            "to-odd": inner if inner == outer or (inner - zero) % 2 else outer,
        }
        for rounding, position in expected.items():
            assert reference.round_number(x, name, rounding) == values[position], (x, rounding)
        if inner != outer:
            part = (abs(x) - abs(values[inner])) / (abs(values[outer]) - abs(values[inner]))
            just_below = part - Fraction(1, 2**70)
            assert reference.round_number(x, name, "stochastic", just_below) == values[outer]
            assert reference.round_number(x, name, "stochastic", part) == values[inner]


def test_the_layouts_are_those_of_the_library() -> None:
    for name in (
        *SMALL,
        "fp64",
        "fp32",
        "tf32",
        "fp16",
        "bf16",
        "fp8_e5m2fnuz",
        "e4m3+fn+bias-3+sat",
        "uint5",
        "uq2.3",
    ):
        ours, form = parse_format(name), reference.layout(name)
        assert (float(form.low), float(form.high), float(form.finest)) == (ours.lowest, ours.largest, 2.0**ours.quantum)
        assert (form.has_infinity, form.has_nan, form.has_minus_zero) == (ours.infinities, ours.nan, ours.negative_zero)


def test_fp64_arithmetic_is_the_machines() -> None:
    rng = np.random.default_rng(1)
    for x, y in rng.standard_normal((500, 2)) * 2.0 ** rng.integers(-40, 40, (500, 1)):
        assert reference.add(x, y, "fp64") == x + y
        assert reference.multiply(x, y, "fp64") == x * y
    assert reference.round_number(Fraction(1, 3), "fp32") == float(np.float32(1 / 3))
    assert math.isnan(reference.add(math.inf, -math.inf, "fp64"))


def test_what_the_reference_cannot_do_is_said() -> None:
    with pytest.raises(ValueError, match="'exact' is not a rounding number format"):
        reference.round_number(Fraction(1), "exact")
    with pytest.raises(ValueError, match="needs `uniform`"):
        reference.round_number(Fraction(1, 3), "bf16", "stochastic")
    with pytest.raises(ValueError, match="nan has no place in a format without NaN"):
        reference.round_number(math.nan, "fp4_e2m1")
