"""Operations against exact fractions (`reference`), in every format and mode.

`python benchmarks/check_operations.py` runs the same comparison on 10^5 cases per format and mode.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.arithmetic import exact_sums, operations
from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.rounding_plan import ROUNDINGS
from expressivity.checker import reference
from expressivity.errors import FormatError
from oracles.rounding import CUSTOM, FIXED, FLOATS, random_values, same_bits, scalar_oracle

ALL = ("fp64", *FLOATS, *CUSTOM, *FIXED)
CASES = 100


def operands(name: str, rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """Three columns of numbers of a format: over its whole range, near 1, equal up to sign, zeros, infinities."""
    form = parse_format(name)
    columns = []
    for _ in range(3):
        wide = random_values(form, rng, count)
        near = rng.standard_normal(count) * 2.0 ** rng.integers(-6, 6, count)
        column = np.where(rng.random(count) < 0.5, wide, near)
        column[rng.random(count) < 0.04] = 0.0
        column[rng.random(count) < 0.02] = -0.0
        columns.append(column)
    columns[1] = np.where(rng.random(count) < 0.05, -columns[0], columns[1])
    if form.infinities:
        columns[0][:3], columns[1][:3], columns[2][:3] = np.inf, [1.0, -np.inf, 0.0], [-np.inf, np.nan, 1.0]
    return [round_to(column, form, engine="numpy") for column in columns]


@pytest.mark.parametrize("name", ALL)
def test_operations_are_the_exact_result_rounded_once(name: str) -> None:
    rng = np.random.default_rng(6)
    x, y, z = operands(name, rng, CASES)
    for rounding in ROUNDINGS:
        uniforms = np.random.default_rng(5).random(CASES)
        for operation, columns in (("add", (x, y)), ("multiply", (x, y)), ("fma", (x, y, z))):
            expected = scalar_oracle(getattr(reference, operation), columns, name, rounding, uniforms)
            fast = getattr(operations, operation)
            for engine in ("numpy", "compiled"):
                seed = np.random.default_rng(5)
                same_bits(fast(*columns, name, rounding, rng=seed, engine=engine), expected, columns[1])
            if operation != "fma":
                seed = np.random.default_rng(5)
                same_bits(fast(*columns, name, rounding, operands=name, rng=seed), expected, columns[1])


@pytest.mark.parametrize("name", ALL)
def test_dot_products_are_exact_and_rounded_once(name: str) -> None:
    rng = np.random.default_rng(7)
    first = np.stack(operands(name, rng, CASES), axis=1)
    second = np.stack(operands(name, rng, CASES)[::-1], axis=1)
    for rounding in ROUNDINGS:
        uniforms = np.random.default_rng(5).random(CASES)
        expected = np.array(
            [
                reference.dot(a, b, name, rounding, u)
                for a, b, u in zip(first.tolist(), second.tolist(), uniforms.tolist(), strict=True)
            ]
        )
        for engine in ("numpy", "compiled"):
            found = operations.dot(first, second, name, rounding, rng=np.random.default_rng(5), engine=engine)
            same_bits(found, expected, first[:, 0])


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(st.tuples(FINITE, FINITE), max_size=6),
    st.sampled_from(("fp64", "bf16", "fp8_e4m3fn", "e9m50", "int8", "q3.4+wrap", "e3m0")),
    st.sampled_from(ROUNDINGS),
)
def test_any_floats_whatever_their_exponents(terms: list[tuple[float, float]], name: str, rounding: str) -> None:
    first, second = [x for x, _ in terms], [y for _, y in terms]
    expected = np.array([reference.dot(first, second, name, rounding, np.random.default_rng(3).random())])
    for engine in ("numpy", "compiled"):
        rows = np.array([first]).reshape(1, -1), np.array([second]).reshape(1, -1)
        found = operations.dot(*rows, name, rounding, rng=np.random.default_rng(3), engine=engine)
        same_bits(found, expected, np.zeros(1))


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=5), st.booleans())
def test_exact_sums_keep_the_value_or_say_so_in_the_last_bit(terms: list[tuple[float, float]], compiled: bool) -> None:
    first, second = np.array([[x for x, _ in terms]]), np.array([[y for _, y in terms]])
    found = exact_sums.exact_rows(first, second, compiled=compiled)
    exact = sum(Fraction(x) * Fraction(y) for x, y in terms)
    kept = (Fraction(found.hi[0]) + Fraction(found.lo[0])) * Fraction(2) ** int(found.shift[0])
    if kept != exact:
        assert abs(kept - exact) < abs(exact) * Fraction(2) ** -100
        # Rounded to odd: the last of its 53 bits, or of the 106 bits of hi and lo together, is set.
        last = int(found.lo[0]) if found.shift[0] else int(np.frexp(found.lo[0])[0] * 2.0**53)
        assert last % 2 == 1
    assert (exact > 0) == (found.hi[0] > 0)


def test_operands_need_not_be_numbers_of_the_result_format() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(500), rng.standard_normal(500) * 2.0 ** rng.integers(-300, 300, 500)
    for rounding in ("nearest-even", "up"):
        for operation in ("add", "multiply"):
            expected = scalar_oracle(getattr(reference, operation), (x, y), "fp8_e5m2", rounding)
            same_bits(getattr(operations, operation)(x, y, "fp8_e5m2", rounding), expected, x)


def test_the_shortcut_is_refused_where_it_is_not_proved() -> None:
    """bf16 operands, fp8 result: one float64 sum may land on an fp8 midpoint, so the exact path must be taken."""
    x, y = np.array([1 + 2.0**-4]), np.array([2.0**-60])
    assert operations.add(x, y, "fp8_e4m3fn", operands="bf16").tolist() == [1.125]
    assert round_to(x + y, "fp8_e4m3fn").tolist() == [1.0]


def test_a_zero_sum_has_the_sign_that_ieee_gives_it() -> None:
    plus, minus = np.array([0.0]), np.array([-0.0])
    for rounding in ("nearest-even", "toward-zero", "up", "down"):
        down = rounding == "down"
        assert np.signbit(operations.add(plus, minus, "fp16", rounding))[0] == down
        assert not np.signbit(operations.add(plus, plus, "fp16", rounding))[0]
        assert np.signbit(operations.add(minus, minus, "fp16", rounding))[0]
        assert np.signbit(operations.multiply(np.array([-1.0]), plus, "fp16", rounding))[0]
    assert operations.dot(np.empty((2, 0)), np.empty((2, 0)), "fp16").tolist() == [0.0, 0.0]


def test_integer_products_wrap_exactly_beyond_float64() -> None:
    rng = np.random.default_rng(2)
    x, y = (rng.integers(-(2**31), 2**31, 200) for _ in range(2))
    expected = [((int(a) * int(b) + 2**31) % 2**32) - 2**31 for a, b in zip(x, y, strict=True)]
    assert operations.multiply(x.astype(float), y.astype(float), "int32").tolist() == expected
    assert operations.add(np.array([250.0]), np.array([10.0]), "uint8").tolist() == [4.0]


def test_sums_wider_than_a_pair_of_floats_wrap_exactly() -> None:
    ones = np.ones((1, 3))
    for engine in ("numpy", "compiled"):
        for top in (2.0**120, -(2.0**200), 2.0**500):
            wide = np.array([[top, 2.0**60, 3.0]])
            assert operations.dot(wide, ones, "int8", engine=engine).tolist() == [3.0]
        wide = np.array([[2.0**120, 2.0**60, 0.5 + 2.0**-20]])
        assert operations.dot(wide, ones, "uint8", engine=engine).tolist() == [1.0]
        assert operations.dot(-wide, ones, "uint8", "toward-zero", engine=engine).tolist() == [0.0]
        assert operations.dot(-wide, ones, "uint8", "down", engine=engine).tolist() == [255.0]


def test_the_third_part_of_a_sum_decides() -> None:
    """1 + 2^-54 is exactly where the drawn number stops moving it; what lies 2^96 times lower tips the balance."""

    class Drawn(np.random.Generator):
        def random(self, size: int) -> np.ndarray:
            return np.full(size, 2.0**-4)

    ones = np.ones((1, 3))
    for engine in ("numpy", "compiled"):
        for last, expected in ((2.0**-150, 1 + 2.0**-50), (-(2.0**-150), 1.0), (0.0, 1.0)):
            row = np.array([[1.0, 2.0**-54, last]])
            rng = Drawn(np.random.PCG64(0))
            assert operations.dot(row, ones, "e9m50", "stochastic", rng=rng, engine=engine).tolist() == [expected]
        for last, expected in ((2.0**-150, 1 + 2.0**-52), (-(2.0**-150), 1.0)):
            row = np.array([[1.0, 2.0**-53, last]])
            assert operations.dot(row, ones, "fp64", engine=engine).tolist() == [expected]


def test_exact_operations_raise_where_float64_cannot_hold_the_result() -> None:
    one, third = np.array([1.0, 2.0]), np.array([2.0**-60, 0.5])
    assert operations.multiply(one, third, "exact").tolist() == [2.0**-60, 1.0]
    with pytest.raises(FormatError, match=r"1 of 2 exact results are no float64 numbers \(the first at position 0\)"):
        operations.add(one, third, "exact")
    with pytest.raises(FormatError, match="use exact integers or fractions"):
        operations.multiply(np.array([1e300]), np.array([1e300]), "exact")
    with pytest.raises(FormatError, match="exact results are no float64 numbers"):
        operations.multiply(np.array([np.inf]), np.array([1.0]), "exact")


def test_stochastic_operations_need_a_seed_and_have_the_right_expectation() -> None:
    with pytest.raises(FormatError, match="needs a seeded generator"):
        operations.add(np.ones(1), np.ones(1), "bf16", "stochastic")
    count = 200_000
    one, part = np.ones(count), np.full(count, 0.375 * 2.0**-7)
    found = operations.add(one, part, "bf16", "stochastic", rng=np.random.default_rng(1))
    assert abs(np.mean(found - 1) / 2.0**-7 - 0.375) < 5 * np.sqrt(0.375 * 0.625 / count)


def test_infinities_and_nan_go_through() -> None:
    inf, one = np.array([np.inf]), np.array([1.0])
    assert operations.add(inf, one, "bf16").tolist() == [np.inf]
    assert np.isnan(operations.add(inf, -inf, "bf16")).all()
    assert np.isnan(operations.multiply(inf, 0 * one, "bf16")).all()
    assert operations.fma(np.array([1e300]), np.array([1e300]), -inf, "bf16").tolist() == [-np.inf]
    with pytest.raises(FormatError, match="fp4_e2m1 has no place for them"):
        operations.add(inf, -inf, "fp4_e2m1")


def test_the_scalar_kernels_agree_with_the_array_operations() -> None:
    from expressivity.arithmetic import operations_kernels, rounding_kernels
    from expressivity.arithmetic.rounding_plan import magic_constants, rounding_plan, select_constants

    for name in ("bf16", "fp8_e4m3fnuz", "fp32", "q3.4"):
        x, y, z = operands(name, np.random.default_rng(1), 60)
        for rounding in ("nearest-even", "down", "to-odd"):
            plan = rounding_plan(name, rounding)
            for operation, columns in (("add", (x, y)), ("multiply", (x, y)), ("fma", (x, y, z))):
                body = getattr(operations_kernels, operation)
                expected = getattr(operations, operation)(*columns, name, rounding, engine="numpy")
                found = np.array([body(*row, 0.0, plan) for row in zip(*columns, strict=True)])
                same_bits(found, expected, columns[0])
                body = getattr(operations_kernels, f"{operation}_selected")
                found = np.array([body(*row, select_constants(plan)) for row in zip(*columns, strict=True)])
                same_bits(found, expected, columns[0])
    magic = magic_constants(rounding_plan("bf16"))
    rounded = np.array([rounding_kernels.nearest_even_number(value, magic) for value in x * 1.01])
    same_bits(rounded, round_to(x * 1.01, "bf16"), x)


def test_the_comparison_finds_a_planted_error() -> None:
    """Double rounding through fp32 of bf16 products is innocent, of bf16 directed sums it is not."""
    x, y, _ = operands("bf16", np.random.default_rng(3), 2_000)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    wrong = round_to(operations.add(x, y, "fp32"), "bf16", "up")
    with pytest.raises(AssertionError, match="differ"):
        same_bits(wrong, operations.add(x, y, "bf16", "up"), x)
