from __future__ import annotations

import numpy as np
import pytest

from expressivity.arithmetic.format_names import FORMAT_NAMES, parse_format
from expressivity.arithmetic.formats import EXACT, FP64, fixed_format, float_format
from expressivity.errors import FormatError

# name: largest, smallest normal, smallest subnormal, finite values (zero once); from the formats' public definitions.
FACTS = {
    "fp64": (1.7976931348623157e308, 2.2250738585072014e-308, 5e-324, None),
    "fp32": (3.4028234663852886e38, 1.1754943508222875e-38, 1.401298464324817e-45, None),
    "tf32": ((2 - 2**-10) * 2.0**127, 2.0**-126, 2.0**-136, 2 * (254 * 1024 + 1023) + 1),
    "fp16": (65504.0, 2.0**-14, 2.0**-24, 2 * 31743 + 1),
    "bf16": (3.3895313892515355e38, 2.0**-126, 2.0**-133, 2 * 32639 + 1),
    "fp8_e4m3fn": (448.0, 2.0**-6, 2.0**-9, 2 * 126 + 1),
    "fp8_e5m2": (57344.0, 2.0**-14, 2.0**-16, 2 * 123 + 1),
    "fp8_e4m3fnuz": (240.0, 2.0**-7, 2.0**-10, 2 * 127 + 1),
    "fp8_e5m2fnuz": (57344.0, 2.0**-15, 2.0**-17, 2 * 127 + 1),
    "fp6_e2m3": (7.5, 1.0, 0.125, 63),
    "fp6_e3m2": (28.0, 0.25, 0.0625, 63),
    "fp4_e2m1": (6.0, 1.0, 0.5, 15),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts_of_the_named_formats(name: str) -> None:
    form = parse_format(name)
    largest, normal, subnormal, count = FACTS[name]
    assert (form.largest, form.lowest) == (largest, -largest)
    assert (form.smallest_normal, form.smallest_subnormal, form.smallest_positive) == (normal, subnormal, subnormal)
    if count is not None:
        values = form.values()
        assert len(values) == count
        assert np.all(np.diff(values) > 0)
        assert form.contains(values).all()
        assert not form.contains(values[:-1] / 2 + values[1:] / 2)[values[:-1] != -values[1:]].any()


def test_every_named_format_has_its_facts_tested() -> None:
    assert set(FORMAT_NAMES) == {*FACTS, "exact"}


def test_special_values_of_the_named_formats() -> None:
    def specials(name: str) -> list[bool]:
        return parse_format(name).contains(np.array([np.inf, -np.inf, np.nan, -0.0])).tolist()

    for name in ("fp64", "fp32", "tf32", "fp16", "bf16", "fp8_e5m2"):
        assert specials(name) == [True, True, True, True], name
    assert specials("fp8_e4m3fn") == [False, False, True, True]
    for name in ("fp8_e4m3fnuz", "fp8_e5m2fnuz"):
        assert specials(name) == [False, False, True, False], name
    for name in ("fp6_e2m3", "fp6_e3m2", "fp4_e2m1"):
        assert specials(name) == [False, False, False, True], name
    for name in ("int8", "uint8", "q2.3", "q2.3+wrap"):
        assert specials(name) == [False, False, False, False], name
    assert specials("exact") == [False, False, False, True]


def test_the_fp4_values() -> None:
    assert parse_format("fp4_e2m1").values().tolist()[7:] == [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]


def test_fixed_point_and_integers() -> None:
    q = parse_format("q3.4")
    assert (q.lowest, q.largest, q.smallest_positive, q.overflow) == (-8.0, 8 - 1 / 16, 1 / 16, "saturate")
    assert (q.smallest_subnormal, q.smallest_normal, len(q.values())) == (None, 1 / 16, 256)
    u = parse_format("uq2.3")
    assert (u.lowest, u.largest, len(u.values())) == (0.0, 3.875, 32)
    i, b = parse_format("int8"), parse_format("uint8")
    assert (i.lowest, i.largest, i.modulus, b.lowest, b.largest, b.modulus) == (-128, 127, 256, 0, 255, 256)
    assert parse_format("int8+sat").modulus == 0
    assert parse_format("int1").values().tolist() == [-1.0, 0.0]
    assert parse_format("q3.4+wrap").modulus == 16
    assert i.contains(np.array([0.5, 127.0, 128.0, -128.0])).tolist() == [False, True, False, True]


def test_switches() -> None:
    assert parse_format("e4m3").overflow == "infinity"
    assert parse_format("e4m3").largest == 240
    fn = parse_format("e4m3+fn")
    assert (fn.largest, fn.overflow, fn.infinities) == (448.0, "nan", False)
    assert parse_format("e4m3+fn+sat").overflow == "saturate"
    assert parse_format("e2m1+finite").values().tolist() == parse_format("fp4_e2m1").values().tolist()
    assert parse_format("e4m3+fnuz").largest == 240
    assert parse_format("e4m3+fn+bias11").largest == 448 / 16
    assert parse_format("e4m3+fn+bias-1").largest == 448 * 256
    flush = parse_format("fp16+nosub")
    assert (flush.smallest_subnormal, flush.smallest_positive) == (None, 2.0**-14)
    assert flush.contains(np.array([2.0**-14, 2.0**-15, 0.0])).tolist() == [True, False, True]
    assert len(parse_format("e5m2+nosub").values()) == 2 * 120 + 1
    assert parse_format("fp8_e4m3fn+sat+nosub") == parse_format("fp8_e4m3fn+nosub+sat")


def test_the_name_of_a_format_reads_back() -> None:
    for name in (*FORMAT_NAMES, "e4m3+fn+bias-3+sat", "q2.5+wrap", "uq4.4", "int12", "uint3+sat", "bf16+nosub"):
        assert parse_format(parse_format(name).name) == parse_format(name)
    assert fixed_format(2, 5, wrap=True) == parse_format("q2.5+wrap")
    assert float_format(5, 2) == parse_format("e5m2")
    assert str(parse_format("bf16")) == "bf16"


def test_fp64_and_exact_have_too_many_values_to_list() -> None:
    assert FP64.native
    assert not EXACT.native
    for name in ("fp64", "fp32", "exact", "int32"):
        with pytest.raises(FormatError, match="too many values to list; at most 2"):
            parse_format(name).values()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("float16", "unknown number format 'float16'; did you mean fp16?"),
        ("bfloat16", "did you mean bf16?"),
        ("BF16", "did you mean bf16?"),
        ("fp8_e4m3", "did you mean fp8_e4m3fn"),
        ("xyzzy", "the named formats are fp64, fp32, tf32"),
        ("", "the named formats are"),
        ("fp64+sat", "unknown switch 'sat', fp64 takes none"),
        ("bf16+fn", "unknown switch 'fn', expected one of sat, nosub"),
        ("e4m3+fn+finite", "switches fn and finite contradict each other"),
        ("int8+sat+wrap", "switches sat and wrap contradict each other"),
        ("e4m3+sat+sat", "switch 'sat' is given twice"),
        ("e4m3+bias1+bias2", "switch 'bias<k>' is given twice"),
        ("e4m3+foo+bar", "unknown switch 'foo'.*unknown switch 'bar'"),
        ("e11m52", "11 exponent bits, expected 1 … 9; 52 fraction bits, expected 0 … 50.*only wider format is fp64"),
        ("e0m3", "0 exponent bits, expected 1 … 9"),
        ("e99999m3+fnuz", "99999 exponent bits"),
        ("e1m0", "every code is reserved"),
        ("e5m2+bias600", "do not fit between 2\\^-480 and 2\\^480; move the bias"),
        ("q40.20", "q40.20 has 61 bits, expected 1 … 48"),
        ("int64", "int64 has 64 bits, expected 1 … 48"),
        ("int0", "int0 has 0 bits"),
    ],
)
def test_what_is_wrong_with_a_format_is_said(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_format(text)


def test_builders_say_what_has_nowhere_to_go() -> None:
    with pytest.raises(FormatError, match="overflow has neither infinity nor NaN to go to; let it saturate"):
        float_format(4, 3, infinities=False, nan=False)
    with pytest.raises(FormatError, match="negative values have no NaN to go to; let it saturate"):
        float_format(4, 3, nan=False, signed=False)
