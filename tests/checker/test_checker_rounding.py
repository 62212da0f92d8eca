"""The checker's rounding on integers, against its definition on fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.arithmetic.format_names import parse_format
from expressivity.checker import reference
from expressivity.checker.formats import MODES, layout
from expressivity.checker.rounding import Rounding, same

FORMATS = (
    *("fp64", "fp32", "fp16", "bf16", "fp8_e4m3fn", "fp8_e5m2", "fp8_e4m3fnuz", "fp6_e2m3", "fp4_e2m1"),
    *("e2m0", "e2m0+nosub", "e3m0+sat", "e5m2+nosub", "e4m3+fn+sat", "e4m3+fn+bias11", "bf16+sat", "e4m3+bias-9+fn"),
    *("int8", "uint8", "int8+sat", "uint8+sat", "q3.4", "uq2.3", "q3.4+wrap", "uq0.8+wrap"),
)
SMALL = (
    "fp8_e4m3fn",
    "fp8_e5m2",
    "fp8_e4m3fnuz",
    "fp6_e2m3",
    "e2m0+nosub",
    "e3m0",
    "e3m2+nosub",
    "q2.2",
    "int4",
    "uint3",
)


def as_float(value: int | float, bits: int) -> float:
    return value if isinstance(value, float) else float(Fraction(value, 2**bits))


@given(
    st.sampled_from(FORMATS),
    st.sampled_from(MODES),
    st.fractions(max_denominator=10**6),
    st.integers(-1100, 1100) | st.integers(-12, 12),
    st.integers(0, 30),
)
def test_any_rational_is_rounded_by_the_definition(name, mode, part, exponent, more) -> None:
    value = part * Fraction(2) ** exponent
    bits = layout(name).bits + more
    assert same(as_float(Rounding(layout(name), mode, bits).of(value), bits), reference.round_number(value, name, mode))


@pytest.mark.parametrize("name", SMALL)
def test_numbers_midpoints_and_their_neighbours_are_rounded_by_the_definition(name) -> None:
    values = [Fraction(v) for v in parse_format(name).values().tolist()]
    tiny = layout(name).finest / 1024
    bits, extra = layout(name).bits, 11
    tried = [*values, *((a + b) / 2 for a, b in pairwise(values)), 3 * values[-1], -3 * values[-1]]
    tried += [v + step for v in tried for step in (tiny, -tiny)] + [k * layout(name).finest / 8 for k in range(-20, 20)]
    for mode in MODES:
        rounding = Rounding(layout(name), mode, bits)
        for value in tried:
            wanted = reference.round_number(value, name, mode)
            assert same(as_float(rounding.of(value), bits), wanted), (value, mode)
            scaled = value * 2 ** (bits + extra)
            if scaled.denominator == 1:
                assert same(as_float(rounding(int(scaled), extra), bits), wanted), (value, mode)


@pytest.mark.parametrize("name", SMALL)
def test_what_is_called_constant_between_two_numbers_is(name) -> None:
    """Monotone or not follows from the format, overflow included: no place on a fine grid may differ."""
    if layout(name).on_overflow == "wrap":
        assert not Rounding(layout(name), "down", layout(name).bits).constant_between(Fraction(0), Fraction(0))
        return
    top = max(abs(layout(name).low), layout(name).high)
    steps = {k * layout(name).finest / (8 if k * k < 40 else 2) for k in range(-12, 13)}
    places = sorted({*steps, *(top * Fraction(k, 16) for k in range(-40, 41)), 4 * top, -4 * top})
    for mode in MODES:
        rounding = Rounding(layout(name), mode, layout(name).bits)
        values = [str(rounding.of(place)) for place in places]
        for i in range(len(places)):
            for j in range(i, len(places)):
                alike = len(set(values[i : j + 1])) == 1
                assert rounding.constant_between(places[i], places[j]) == alike, (mode, places[i], places[j])


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize(
    "name", [name for name in FORMATS if not name.endswith("wrap") and name not in ("int8", "uint8")]
)
def test_specials_go_where_the_definition_puts_them(name, value) -> None:
    rounding = Rounding(layout(name), "nearest-even", layout(name).bits)
    try:
        wanted = reference.round_number(value, name)
    except ValueError:
        with pytest.raises(ValueError, match="has no place in a format without NaN"):
            rounding.special(value)
        return
    if name != "fp64" or not math.isinf(value):
        assert same(as_float(rounding.special(value), layout(name).bits), wanted)


def test_formats_are_read_as_the_library_reads_them() -> None:
    """Every combination of a base and up to two switches: both readers take it and agree, or both refuse it."""
    bases = ["fp64", "fp32", "bf16", "fp8_e4m3fn", "fp4_e2m1", "e4m3", "e1m0", "e2m0", "e10m3", "e5m51", "e9m3", "e0m3"]
    bases += [
        "int8",
        "uint1",
        "int0",
        "int49",
        "q3.4",
        "uq0.0",
        "uq0.1",
        "q30.20",
        "exact",
        "bf17",
        "",
        "e4",
        "int",
        "q3",
    ]
    switches = ["sat", "nosub", "fn", "fnuz", "finite", "bias3", "bias-900", "bias999", "wrap", "zzz", ""]
    taken = 0
    for base in bases:
        for first in (None, *switches):
            for second in (None, *switches) if first is not None else (None,):
                name = "+".join(part for part in (base, first, second) if part is not None)
                try:
                    ours = parse_format(name)
                except ValueError:
                    ours = None
                try:
                    form = layout(name)
                except ValueError:
                    form = None
                if name == "exact":
                    continue
                assert (ours is None) == (form is None), name
                if ours is None or form is None:
                    continue
                taken += 1
                edges = (float(form.low), float(form.high), float(form.finest))
                assert edges == (ours.lowest, ours.largest, 2.0**ours.quantum), name
                kinds = (form.has_infinity, form.has_nan, form.has_minus_zero, form.flushes)
                assert kinds == (ours.infinities, ours.nan, ours.negative_zero, not ours.subnormals), name
                saturates = (form.on_overflow == "saturate", form.on_overflow == "wrap")
                assert saturates == (ours.overflow == "saturate", ours.overflow == "wrap"), name
    assert taken > 60


def test_storing_a_nan_weight_is_recognised_as_settled() -> None:
    """An irrational weight beyond a format without infinities: both ends of its enclosure are NaN, and NaN ≠ NaN."""
    from expressivity.checker.fields import Field
    from expressivity.checker.storing import stored

    assert np.isnan(stored(Field(8), (0, 1000), "fp8_e4m3fn"))
