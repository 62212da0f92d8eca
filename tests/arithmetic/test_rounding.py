from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.rounding import as_float64, round_to
from expressivity.arithmetic.rounding_plan import ROUNDINGS, rounding_plan
from expressivity.checker import reference
from expressivity.errors import FormatError
from oracles.rounding import CUSTOM, FIXED, FLOATS, critical_values, same_bits, scalar_oracle

ALL = ("fp64", *FLOATS, *CUSTOM, *FIXED)
DETERMINISTIC = [mode for mode in ROUNDINGS if mode != "stochastic"]


@pytest.mark.parametrize("name", ALL)
def test_both_paths_agree_with_the_reference(name: str) -> None:
    form = parse_format(name)
    rng = np.random.default_rng(2)
    values = critical_values(form, rng, count=60)
    values = np.concatenate([values[-3:], rng.choice(values, 400)])
    for rounding in ROUNDINGS:
        uniforms = np.random.default_rng(5).random(values.size)
        expected = scalar_oracle(reference.round_number, (values,), name, rounding, uniforms)
        for engine in ("numpy", "compiled"):
            found = round_to(values, name, rounding, rng=np.random.default_rng(5), engine=engine)
            same_bits(found, expected, values)
            assert form.contains(found).all()


@pytest.mark.parametrize("name", ALL)
def test_the_compiled_path_gives_the_bits_of_the_numpy_path(name: str) -> None:
    values = critical_values(parse_format(name), np.random.default_rng(9), count=2_000)
    for rounding in ROUNDINGS:
        slow = round_to(values, name, rounding, rng=np.random.default_rng(4), engine="numpy")
        fast = round_to(values, name, rounding, rng=np.random.default_rng(4), engine="compiled")
        assert np.array_equal(slow.view(np.int64), fast.view(np.int64)), rounding  # NaN included


@given(st.floats(), st.sampled_from(ALL), st.sampled_from(ROUNDINGS), st.integers(0, 2**53 - 1))
def test_any_float_rounds_as_the_reference_does(value: float, name: str, rounding: str, draw: int) -> None:
    form = parse_format(name)
    uniform = draw * 2.0**-53

    class Drawn(np.random.Generator):
        def random(self, size: int) -> np.ndarray:
            return np.full(size, uniform)

    rng = Drawn(np.random.PCG64(0))
    if (np.isnan(value) and not form.nan) or (np.isinf(value) and form.modulus):
        with pytest.raises(FormatError, match=f"{name.split('+')[0]}.* has no place for them"):
            round_to(np.array([value]), name, rounding, rng=rng)
        return
    expected = np.array([reference.round_number(value, name, rounding, uniform)])
    for engine in ("numpy", "compiled"):
        same_bits(round_to(np.array([value]), name, rounding, rng=rng, engine=engine), expected, np.array([value]))


@given(st.sampled_from(("bf16", "fp8_e4m3fn", "q3.4", "e5m2+nosub")), st.sampled_from(DETERMINISTIC), st.data())
def test_rounding_is_monotone_and_idempotent(name: str, rounding: str, data: st.DataObject) -> None:
    bound = parse_format(name).largest
    values = np.sort(data.draw(st.lists(st.floats(-bound, bound), min_size=2, max_size=20)))
    rounded = round_to(values, name, rounding)
    assert np.all(np.diff(rounded) >= 0)
    same_bits(round_to(rounded, name, rounding), rounded, rounded)


def test_rounding_back_a_wider_odd_rounding_is_no_double_rounding() -> None:
    values = critical_values(parse_format("fp16"), np.random.default_rng(3), count=500)
    for rounding in ("nearest-even", "nearest-away", "toward-zero", "up", "down"):
        twice = round_to(round_to(values, "e9m40", "to-odd"), "fp16", rounding)
        within = np.isnan(values) | np.isinf(values) | (np.abs(values) < 2.0**200) & (np.abs(values) > 2.0**-200)
        same_bits(twice[within], round_to(values, "fp16", rounding)[within], values[within])


# Overflow, NaN, zeros, subnormals: the rules stated in `formats` ----------------------------------------------------


def test_overflow_of_a_format_with_infinities() -> None:
    x = np.array([65519.99, 65520.0, 1e9, np.inf, -65519.99, -65520.0, -1e9, -np.inf])
    inf, top = np.inf, 65504.0
    expected = {
        "nearest-even": [top, inf, inf, inf, -top, -inf, -inf, -inf],
        "nearest-away": [top, inf, inf, inf, -top, -inf, -inf, -inf],
        "toward-zero": [top, top, top, inf, -top, -top, -top, -inf],
        "to-odd": [top, top, top, inf, -top, -top, -top, -inf],
        "up": [inf, inf, inf, inf, -top, -top, -top, -inf],
        "down": [top, top, top, inf, -inf, -inf, -inf, -inf],
    }
    for rounding, row in expected.items():
        assert round_to(x, "fp16", rounding).tolist() == row, rounding
        assert np.all(np.abs(round_to(x, "fp16+sat", rounding)) == top), rounding


def test_overflow_of_a_format_with_nan_only() -> None:
    x = np.array([464.0, 464.1, -500.0, np.inf, np.nan])
    assert round_to(x, "fp8_e4m3fn")[0] == 448
    assert np.isnan(round_to(x, "fp8_e4m3fn")[1:]).all()
    assert round_to(x, "fp8_e4m3fn", "toward-zero")[:3].tolist() == [448, 448, -448]
    assert np.isnan(round_to(x, "fp8_e4m3fn", "toward-zero")[3:]).all()
    assert round_to(x, "fp8_e4m3fn+sat")[:4].tolist() == [448, 448, -448, 448]
    assert np.isnan(round_to(x, "fp8_e4m3fn+sat")[4])


def test_finite_formats_saturate_and_refuse_nan() -> None:
    assert round_to(np.array([7.0, -100.0, np.inf]), "fp4_e2m1").tolist() == [6, -6, 6]
    with pytest.raises(
        FormatError, match=r"1 of 2 values are NaN or infinite \(the first at position 1\) and fp4_e2m1"
    ):
        round_to(np.array([1.0, np.nan]), "fp4_e2m1")


def test_integers_wrap_around_and_fixed_point_saturates() -> None:
    x = np.array([127.5, 128.0, -129.0, 300.0, -0.4, 1e20])
    assert round_to(x, "int8").tolist() == [-128, -128, 127, 44, 0, 0]
    assert round_to(x[:5], "uint8").tolist() == [128, 128, 127, 44, 0]
    assert round_to(x, "int8+sat").tolist() == [127, 127, -128, 127, 0, 127]
    assert round_to(np.array([7.99, -9.0, 0.03125]), "q3.4").tolist() == [7.9375, -8.0, 0.0]
    assert round_to(np.array([8.0, -8.0625]), "q3.4+wrap").tolist() == [-8.0, 7.9375]
    with pytest.raises(FormatError, match="uint8 has no place for them"):
        round_to(np.array([np.inf]), "uint8")


def test_the_sign_of_zero_survives_in_every_mode_where_there_is_one() -> None:
    x = np.array([-0.0, 0.0, -1e-300])
    for rounding in ("nearest-even", "nearest-away", "toward-zero", "up"):
        assert np.signbit(round_to(x, "bf16", rounding)).tolist() == [True, False, True]
    for rounding in DETERMINISTIC:
        for name in ("fp8_e4m3fnuz", "q3.4", "int8"):
            zeros = round_to(x, name, rounding)
            assert not np.signbit(zeros[zeros == 0]).any()


def test_gradual_underflow_and_flush_to_zero() -> None:
    normal = 2.0**-14
    x = np.array([normal * 0.75, normal * (1 - 2.0**-12), -normal / 2, normal])
    assert round_to(x, "fp16").tolist() == [normal * 0.75, normal, -normal / 2, normal]
    assert round_to(x, "fp16+nosub").tolist() == [0.0, normal, 0.0, normal]
    assert np.signbit(round_to(x, "fp16+nosub")[2])
    for rounding in ("up", "down", "to-odd"):
        assert round_to(x[[0, 2]], "fp16+nosub", rounding).tolist() == [0.0, 0.0]


def test_nan_is_always_the_same_nan() -> None:
    bits = np.array([0x7FF0000000000001, -1, 0x7FF8000000000123], dtype=np.int64)
    for name in ("fp64", "bf16", "fp8_e4m3fn", "fp8_e4m3fnuz", "e5m2+sat"):
        for rounding in DETERMINISTIC:
            for engine in ("numpy", "compiled"):
                found = round_to(bits.view(np.float64), name, rounding, engine=engine).view(np.int64)
                assert (found == 0x7FF8000000000000).all()


def test_exact_changes_nothing() -> None:
    x = np.array([0.1, -0.0, 1e300])
    same_bits(round_to(x, "exact"), x, x)
    with pytest.raises(FormatError, match="exact does not round"):
        rounding_plan("exact")


# Stochastic rounding ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.25, 0.3, 1 / 3, 0.9])
def test_stochastic_rounding_has_the_right_expectation(part: float) -> None:
    count = 400_000
    for sign in (1.0, -1.0):
        x = sign * (1 + part * 2.0**-7)
        found = round_to(np.full(count, x), "bf16", "stochastic", rng=np.random.default_rng(1))
        assert set(found.tolist()) == {sign, sign * (1 + 2.0**-7)}
        away = np.mean(np.abs(found) > 1)
        assert abs(away - part) < 5 * np.sqrt(part * (1 - part) / count)


def test_stochastic_rounding_follows_its_numbers_one_per_value() -> None:
    x = np.tile([1.0, 1 + 2.0**-8, 5.0, -3e-41], 100)
    uniforms = np.random.default_rng(8).random(x.size)
    expected = scalar_oracle(reference.round_number, (x,), "bf16", "stochastic", uniforms)
    same_bits(round_to(x, "bf16", "stochastic", rng=np.random.default_rng(8)), expected, x)


def test_exact_values_are_never_moved_by_stochastic_rounding() -> None:
    values = parse_format("fp8_e4m3fn").values()
    for seed in range(20):
        same_bits(round_to(values, "fp8_e4m3fn", "stochastic", rng=np.random.default_rng(seed)), values, values)


def test_stochastic_rounding_without_a_seed_is_refused() -> None:
    with pytest.raises(
        FormatError, match=r"needs a seeded generator and got rng=None; pass rng=numpy\.random\.default"
    ):
        round_to(np.ones(1), "bf16", "stochastic")


# Arguments ----------------------------------------------------------------------------------------------------------


def test_out_receives_the_result_and_may_be_the_input() -> None:
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    expected = round_to(x, "fp8_e5m2")
    out = np.empty_like(x)
    assert round_to(x, "fp8_e5m2", out=out) is out
    same_bits(out.ravel(), expected.ravel(), x.ravel())
    for engine in ("numpy", "compiled"):
        for rounding in ("nearest-even", "down"):
            copy = x.copy()
            round_to(copy, "fp8_e5m2", rounding, out=copy, engine=engine)
            same_bits(copy.ravel(), round_to(x, "fp8_e5m2", rounding).ravel(), x.ravel())


def test_views_scalars_and_narrow_floats_are_accepted() -> None:
    x = np.linspace(-3, 3, 24).reshape(4, 6)
    same_bits(round_to(x.T[::2], "bf16").ravel(), round_to(x.T[::2].copy(), "bf16").ravel(), x.T[::2].ravel())
    assert round_to(np.array(1.01), "bf16").shape == ()
    assert round_to(np.float32([1.01]), "bf16").tolist() == [1.0078125]
    assert round_to(np.empty((0, 3)), "bf16").shape == (0, 3)


def test_unusable_arguments_are_named() -> None:
    with pytest.raises(FormatError, match="expected a C-contiguous float64 array of shape"):
        round_to(np.ones((2, 3)), "bf16", out=np.ones((3, 2)).T)
    with pytest.raises(FormatError, match="unknown rounding 'nearest'; expected one of nearest-even, nearest-away"):
        round_to(np.ones(1), "bf16", "nearest")
    with pytest.raises(FormatError, match="values have type int64; expected float64"):
        as_float64(np.ones(1, dtype=np.int64), "values")


def test_small_arrays_do_not_load_the_compiler() -> None:
    code = (
        "import sys, numpy as np; from expressivity.arithmetic.rounding import round_to\n"
        "from expressivity.arithmetic.operations import dot\n"
        "from expressivity.arithmetic.spec import parse_arithmetic\n"
        "round_to(np.ones(1000), 'bf16', 'up'); dot(np.ones((9, 3)), np.ones((9, 3)), 'bf16')\n"
        "parse_arithmetic('bf16:fp32/fused'); print([m for m in ('numba', 'scipy', 'sympy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
