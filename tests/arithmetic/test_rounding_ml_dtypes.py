"""Rounding of float32 values against ml_dtypes (which is right for float32 input; see `test_known_traps`)."""

from __future__ import annotations

import numpy as np
import pytest

from expressivity.arithmetic.rounding import round_to
from oracles.rounding import same_bits

ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is the oracle of this module")

TYPES = {
    "bf16": ml_dtypes.bfloat16,
    "fp16": np.float16,
    "fp8_e4m3fn": ml_dtypes.float8_e4m3fn,
    "fp8_e5m2": ml_dtypes.float8_e5m2,
    "fp8_e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
    "fp8_e5m2fnuz": ml_dtypes.float8_e5m2fnuz,
    "e3m4": ml_dtypes.float8_e3m4,
    "e4m3": ml_dtypes.float8_e4m3,
    "fp6_e2m3": ml_dtypes.float6_e2m3fn,
    "fp6_e3m2": ml_dtypes.float6_e3m2fn,
    "fp4_e2m1": ml_dtypes.float4_e2m1fn,
}
FINITE = ("fp6_e2m3", "fp6_e3m2", "fp4_e2m1")
RANDOM, CHUNK = 10_000_000, 1_000_000


def compare(name: str, single: np.ndarray) -> None:
    """Both roundings of float32 values, bit for bit."""
    if name in FINITE:
        single = single[np.isfinite(single)]
    with np.errstate(over="ignore", invalid="ignore"):
        expected = single.astype(TYPES[name]).astype(np.float64)
        values = single.astype(np.float64)
    same_bits(round_to(values, name, engine="compiled"), expected, values)


@pytest.mark.parametrize("name", TYPES)
def test_all_patterns_with_sixteen_leading_bits(name: str) -> None:
    patterns = np.arange(1 << 16, dtype=np.uint32) << np.uint32(16)
    compare(name, patterns.view(np.float32))
    compare(name, np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32))


@pytest.mark.parametrize("name", TYPES)
def test_ten_million_random_singles(name: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(RANDOM // CHUNK):
        compare(name, rng.integers(0, 1 << 32, CHUNK, dtype=np.uint32).view(np.float32))


def test_the_comparison_finds_one_wrong_bit() -> None:
    single = np.float32([1.0, 1.5])
    with pytest.raises(AssertionError, match="1 of 2 differ"):
        same_bits(np.array([1.0, 1.5 + 2**-7]), single.astype(TYPES["bf16"]).astype(np.float64), single)
