"""Mistakes that other rounding code was seen to make, one regression test each."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from expressivity.arithmetic import operations
from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.rounding import round_to
from expressivity.checker import reference
from oracles.rounding import random_values, same_bits, scalar_oracle


def test_trap_double_rounding_through_float32() -> None:
    """ml_dtypes takes float64 → float32 → bf16: just above a midpoint, the first step lands on it."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = np.array([1 + 2.0**-8 + 2.0**-40])
    assert float(x.astype(ml_dtypes.bfloat16)[0]) == 1.0
    assert round_to(x, "bf16").tolist() == [1 + 2.0**-7]
    rng = np.random.default_rng(0)
    many = rng.standard_normal(1_000_000)
    # Near midpoints of bf16 the trap is found for certain; among plain random numbers a few times in a million.
    twice = many.astype(np.float32).astype(ml_dtypes.bfloat16).astype(float)
    assert 0 < np.count_nonzero(twice != round_to(many, "bf16")) < 50


def test_trap_gfloat_ignores_that_there_are_no_subnormals() -> None:
    gfloat = pytest.importorskip("gfloat")
    from gfloat.formats import format_info_ocp_e8m0

    below = 2.0**-140
    assert float(gfloat.round_float(format_info_ocp_e8m0, below)) == below  # no number of that format
    assert round_to(np.array([2.0**-130, -(2.0**-130)]), "bf16+nosub").tolist() == [0.0, 0.0]
    assert not parse_format("bf16+nosub").contains(np.array([2.0**-130])).any()


def test_trap_480_is_not_a_number_of_e4m3fn() -> None:
    assert np.isnan(round_to(np.array([480.0]), "fp8_e4m3fn")).all()
    assert round_to(np.array([480.0]), "fp8_e4m3fn+sat").tolist() == [448.0]
    assert not parse_format("fp8_e4m3fn").contains(np.array([480.0])).any()


def test_trap_signed_zeros_in_directed_modes() -> None:
    for rounding in ("up", "down", "toward-zero"):
        assert np.signbit(round_to(np.array([-0.0, 0.0]), "fp16", rounding)).tolist() == [True, False]
    assert np.signbit(round_to(np.array([-1e-30]), "fp16", "up")).all()
    one = np.array([1.0])
    assert np.signbit(operations.add(one, -one, "fp16", "down")).all()
    assert not np.signbit(operations.add(one, -one, "fp16", "up")).any()
    assert not np.signbit(operations.add(one, -one, "fp16", "nearest-even")).any()


def test_trap_matmul_of_half_precision_arrays_does_not_round_per_operation() -> None:
    row = np.array([[2048.0, 1.0, 1.0]])
    per_operation = row[0, 0]
    for term in row[0, 1:]:
        per_operation = operations.add(np.array(per_operation), np.array(term), "fp16")
    assert float(per_operation) == 2048.0  # 2049 is a midpoint and goes back to the even neighbour, twice
    assert operations.dot(row, np.ones((1, 3)), "fp16").tolist() == [2050.0]


@pytest.mark.parametrize("rounding", ["up", "down", "toward-zero", "stochastic"])
def test_trap_naive_directed_and_stochastic_addition(rounding: str) -> None:
    """One float64 addition loses the residual that decides the direction."""
    form = parse_format("bf16")
    rng = np.random.default_rng(4)
    x, y = (round_to(random_values(form, rng, 20_000), form) for _ in range(2))
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    found = operations.add(x, y, "bf16", rounding, rng=np.random.default_rng(1))
    if rounding == "stochastic":
        # Sums just below a number of the format: the lost residual is the whole probability to stay there.
        tiny = np.full(1000, 2.0**-60)
        moved = operations.add(np.ones(1000), tiny, "bf16", rounding, rng=np.random.default_rng(1))
        assert (moved == 1.0).all()  # the probability of 2^-53 is below every number drawn here
        uniforms = np.random.default_rng(1).random(x.size)
    else:
        naive = round_to(x + y, form, rounding)
        assert np.count_nonzero(naive != found) > 1000
        uniforms = np.zeros(x.size)
    some = slice(0, 3000)
    expected = scalar_oracle(
        lambda a, b, *how: reference.round_number(Fraction(a) + Fraction(b), *how),
        (x[some], y[some]),
        "bf16",
        rounding,
        uniforms[some],
    )
    zero = x[some] + y[some] == 0
    same_bits(found[some][~zero], expected[~zero], x[some][~zero])


def test_trap_naive_fused_multiply_add() -> None:
    """Product and sum in float64, then a cast: the float64 sum of a long product lands on a midpoint."""
    x, y, z = np.array([1 + 2.0**-7]), np.array([2.0**-8]), np.array([2.0**40])
    odd = z * (1 + 2.0**-7) + 0.0
    half = np.array([2.0**32])
    assert float(round_to(x * y + odd, "bf16")[0]) == float(odd[0])
    assert float(operations.fma(x, y, odd, "bf16")[0]) == float(odd[0])
    # Exactly a midpoint plus 2^-30: one float64 sum forgets the excess, ties to even, and goes the wrong way.
    excess_x, excess_y = np.array([2.0**-15]), np.array([2.0**-15])
    midpoint = z + half  # no bf16 number, but a legal addend
    assert float(round_to(excess_x * excess_y + midpoint, "bf16")[0]) == float(z[0])
    assert float(operations.fma(excess_x, excess_y, midpoint, "bf16")[0]) == float(z[0] * (1 + 2.0**-7))


def test_trap_a_sum_just_below_a_power_of_two() -> None:
    """The spacing halves below a power of two, and the float64 sum is the power itself."""
    one, tiny = np.array([1.0]), np.array([-(2.0**-80)])
    assert operations.add(one, tiny, "bf16", "down").tolist() == [1 - 2.0**-8]
    assert operations.add(one, tiny, "bf16", "toward-zero").tolist() == [1 - 2.0**-8]
    assert operations.add(one, tiny, "fp64", "down").tolist() == [1 - 2.0**-53]
    assert operations.add(one, tiny, "bf16", "to-odd").tolist() == [1 - 2.0**-8]


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_trap_a_tail_so_small_that_scaling_loses_it(engine: str) -> None:
    """Our own: 2^447 − 2^-958 rounded as if exact, since the tail in units of the last place is no float64 number."""
    first, second = np.array([[2.0**447, -(2.0**-479)]]), np.array([[1.0, 2.0**-479]])
    for name, bits in (("fp64", 53), ("e9m50+bias40", 51)):
        below = 2.0**447 * (1 - 2.0**-bits)
        expected = {"nearest-even": 2.0**447, "toward-zero": below, "down": below, "to-odd": below, "up": 2.0**447}
        for rounding, value in expected.items():
            assert operations.dot(first, second, name, rounding, engine=engine).tolist() == [value], rounding
            mirrored = {"up": "down", "down": "up"}.get(rounding, rounding)
            assert operations.dot(-first, second, name, mirrored, engine=engine).tolist() == [-value], rounding


LARGEST, BEYOND = 2.0**127 * (2 - 2.0**-7), 2.0**128 - 2.0**104
SMALLEST, SUBNORMAL = 2.0**-133, 1.5 * 2.0**-130


@pytest.mark.parametrize(
    ("rounding", "value", "right", "pychop"),
    [
        ("nearest-even", 3.4e38, np.inf, BEYOND),
        ("nearest-even", -3.4e38, -np.inf, -BEYOND),
        ("nearest-even", -0.0, -0.0, 0.0),
        ("nearest-even", SUBNORMAL, SUBNORMAL, 0.0),
        ("nearest-even", 2.0**-1074, 0.0, np.nan),
        ("up", 3.395e38, np.inf, BEYOND),
        ("up", 2.0**-1074, SMALLEST, 0.0),
        ("up", SUBNORMAL, SUBNORMAL, 2.0**-126),
        ("down", 1e39, LARGEST, np.inf),
        ("down", -3.4e38, -np.inf, -BEYOND),
        ("down", -(2.0**-140), -SMALLEST, -(2.0**-126)),
        ("toward-zero", 1e39, LARGEST, np.inf),
        ("toward-zero", -(2.0**-140), -0.0, 0.0),
    ],
)
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_trap_pychop_at_the_ends_of_bf16(rounding: str, value: float, right: float, pychop: float, engine: str) -> None:
    """What pychop 0.6.2 answers there in its modes 1 to 4 (LightChop_(8, 7) or Chop_("b")), seen by running it.

    Overflow to a number that bf16 does not have, or to infinity where the mode forbids it; signs of zeros lost; NaN
    from the smallest float64 number; numbers of the format that are moved.
    """
    found = round_to(np.array([value]), "bf16", rounding, engine=engine)
    same_bits(found, np.array([right]), np.array([value]))
    assert reference.round_number(Fraction(value), "bf16", rounding, 0.0) == right
    with pytest.raises(AssertionError, match="1 of 1 differ"):
        same_bits(found, np.array([pychop]), np.array([value]))
