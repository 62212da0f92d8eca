from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.arithmetic.format_names import FORMAT_NAMES
from expressivity.arithmetic.rounding_plan import ROUNDINGS
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.errors import FormatError


@pytest.mark.parametrize(
    ("text", "weights", "state", "order", "chunk", "rounding"),
    [
        ("bf16", "bf16", "bf16", "per-operation", None, "nearest-even"),
        ("bf16/fused", "bf16", "bf16", "fused", None, "nearest-even"),
        ("fp8_e4m3fn/fused/toward-zero", "fp8_e4m3fn", "fp8_e4m3fn", "fused", None, "toward-zero"),
        ("bf16:fp32/per-operation", "bf16", "fp32", "per-operation", None, "nearest-even"),
        ("fp16/chunked:64/stochastic", "fp16", "fp16", "chunked", 64, "stochastic"),
        ("bf16:exact", "bf16", "exact", "per-operation", None, "nearest-even"),
        ("uint8", "uint8", "uint8", "per-operation", None, "nearest-even"),
        ("e4m3+fn+sat/exact-then-cast", "e4m3+fn+sat", "e4m3+fn+sat", "exact-then-cast", None, "nearest-even"),
        ("bf16/accumulate-fp32", "bf16", "bf16", "accumulate-fp32", None, "nearest-even"),
    ],
)
def test_arithmetic_strings(text: str, weights: str, state: str, order: str, chunk: int | None, rounding: str) -> None:
    found = parse_arithmetic(text)
    assert (found.weights.name, found.state.name) == (weights, state)
    assert (found.order, found.chunk, found.rounding) == (order, chunk, rounding)
    assert found.exact == (state == "exact")


@given(
    st.sampled_from(FORMAT_NAMES),
    st.sampled_from(FORMAT_NAMES[:-1]),
    st.sampled_from(["per-operation", "fused", "accumulate-fp32", "chunked:7", "exact-then-cast"]),
    st.sampled_from(ROUNDINGS),
)
def test_an_arithmetic_reads_back_from_its_string(weights: str, state: str, order: str, rounding: str) -> None:
    found = parse_arithmetic(f"{weights}:{state}/{order}/{rounding}")
    assert parse_arithmetic(str(found)) == found


def test_the_string_is_the_shortest() -> None:
    assert str(parse_arithmetic("bf16:bf16/per-operation/nearest-even")) == "bf16"
    assert str(parse_arithmetic("bf16/per-operation/up")) == "bf16/per-operation/up"
    assert str(parse_arithmetic("bf16:fp32/chunked:8")) == "bf16:fp32/chunked:8"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("float16", "arithmetic 'float16': unknown number format 'float16'; did you mean fp16"),
        ("bf16/fuzed", "unknown order 'fuzed'; expected one of per-operation, fused, accumulate-fp32, chunked:<c>"),
        ("bf16/up", "unknown order 'up'.*write the rounding third: per-operation/up"),
        ("bf16/fused/sideways", "unknown rounding 'sideways'; expected one of nearest-even"),
        ("bf16/chunked", "order 'chunked' needs a chunk length of at least 1, as in chunked:64"),
        ("bf16/chunked:0", "order 'chunked:0' needs a chunk length"),
        ("bf16/chunked:-3", "order 'chunked:-3' needs a chunk length"),
        ("bf16/fused/up/extra", "it has 4 parts, expected format"),
        ("bf16:fp32:fp64", "names 3 formats, expected format or weights:state"),
        ("exact/fused", "an exact state is never rounded; leave out order and rounding"),
        ("float16:half/fuzed/sideways", "did you mean fp16.*did you mean fp16.*unknown order.*unknown rounding"),
    ],
)
def test_everything_wrong_with_an_arithmetic_is_said_at_once(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_arithmetic(text)
