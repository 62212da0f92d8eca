"""Exact sums of products of float64 numbers, as pairs hi + lo that still round correctly in every mode.

A sum is kept as three float64 numbers through error-free transformations. Every error term that would leave the third
one is looked at: when all are zero the sum is exact, otherwise that row is summed again on Python integers. So no
result depends on how wide the exponents are spread, only the time does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int

from expressivity.arithmetic.rounding import two_sum

_SPLITTER = 134217729.0  # 2^27 + 1: halves a significand
_SMALLEST, _LARGEST = 2.0**-480, 2.0**480  # between these, products and their errors are exact


class ExactSum(NamedTuple):
    """Sums (hi + lo)·2^shift; lo is at most one unit in the last place of hi.

    Where an exact sum needs more than two float64 numbers, lo is rounded to odd, which no rounding to a format and no
    comparison with a multiple of 2^-53 of its spacing can notice.

    Arguments:
        hi: leading parts.
        lo: tails.
        shift: power of two that scales the sum; nonzero only where float64 could not hold hi and lo.
    """

    hi: Float64[np.ndarray, " batch"]
    lo: Float64[np.ndarray, " batch"]
    shift: Int[np.ndarray, " batch"]


def exact_rows(
    first: Float64[np.ndarray, "batch width"], second: Float64[np.ndarray, "batch width"], *, compiled: bool
) -> ExactSum:
    """The exact dot product of each pair of rows; all entries are finite.

    Arguments:
        first: finite values.
        second: finite values.
        compiled: whether to use the compiled twin (same result).
    """
    batch = first.shape[0]
    if compiled:
        from expressivity.arithmetic import operations_kernels

        hi, lo, certain = np.empty(batch), np.empty(batch), np.empty(batch, dtype=np.bool_)
        operations_kernels.exact_rows(first, second, hi, lo, certain)
    else:
        hi, lo, certain = _fast_rows(first, second)
    shift = np.zeros(batch, dtype=np.int64)
    for row in np.flatnonzero(~certain):
        hi[row], lo[row], shift[row] = integer_row(first[row].tolist(), second[row].tolist())
    return ExactSum(hi, lo, shift)


def _fast_rows(
    first: np.ndarray, second: np.ndarray
) -> tuple[Float64[np.ndarray, " batch"], Float64[np.ndarray, " batch"], Bool[np.ndarray, " batch"]]:
    """NumPy twin of `operations_kernels.exact_rows`: pairs and whether they are certainly exact."""
    certain = np.all(in_range(first) & in_range(second), axis=1)
    first, second = np.where(certain[:, None], first, 0.0), np.where(certain[:, None], second, 0.0)
    s = np.zeros(first.shape[0])
    e, f = np.zeros_like(s), np.zeros_like(s)
    for column in range(first.shape[1]):
        for term in two_product(first[:, column], second[:, column]):
            s, left = two_sum(s, term)
            e, left = two_sum(e, left)
            f, left = two_sum(f, left)
            certain &= left == 0
    for _ in range(3):
        s, e = two_sum(s, e)
        e, f = two_sum(e, f)
    tail = odd_sum(e, f)
    return s, tail, certain & (s + tail == s)


def two_product(
    first: Float64[np.ndarray, "*shape"], second: Float64[np.ndarray, "*shape"]
) -> tuple[Float64[np.ndarray, "*shape"], Float64[np.ndarray, "*shape"]]:
    """The rounded product and its exact error, for magnitudes zero or between 2^-480 and 2^480.

    Source: Dekker 1971, with Veltkamp's splitting.
    """
    product = first * second
    first_high, first_low = _split(first)
    second_high, second_low = _split(second)
    error = (first_high * second_high - product) + first_high * second_low + first_low * second_high
    return product, error + first_low * second_low


def _split(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each value as a sum of two with at most 26 significand bits."""
    scaled = _SPLITTER * values
    high = scaled - (scaled - values)
    return high, values - high


def odd_sum(
    first: Float64[np.ndarray, "*shape"], second: Float64[np.ndarray, "*shape"]
) -> Float64[np.ndarray, "*shape"]:
    """The sum rounded to odd: exact, or the one of the two neighbours with odd significand.

    Source: Boldo & Melquiond 2008.
    """
    total, error = two_sum(first, second)
    bits = total.view(np.int64)
    even = (bits & 1) == 0
    step = np.where((error > 0) == (total > 0), 1, -1)
    odd: np.ndarray = np.where((error != 0) & even, bits + step, bits).view(np.float64)
    return odd


def in_range(values: Float64[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
    """Which values the error-free product is proved for: zero, or between 2^-480 and 2^480 in magnitude."""
    magnitude = np.abs(values)
    inside: np.ndarray = (magnitude == 0) | ((magnitude >= _SMALLEST) & (magnitude <= _LARGEST))
    return inside


def reduced_rows(
    sums: ExactSum,
    first: Float64[np.ndarray, "batch width"],
    second: Float64[np.ndarray, "batch width"],
    log_modulus: int,
    safe: float,
) -> ExactSum:
    """Sums with those too wide for a pair to keep modulo 2^log_modulus replaced by congruent ones of the same sign.

    Arguments:
        sums: what `exact_rows` found for the same rows.
        first: finite values.
        second: finite values.
        log_modulus: log2 of the modulus.
        safe: magnitude below which a pair resolves all that matters.
    """
    hi, lo, shift = (part.copy() for part in sums)
    for row in np.flatnonzero((np.abs(hi) >= safe) | (shift != 0)):
        hi[row], lo[row], shift[row] = integer_row(first[row].tolist(), second[row].tolist(), log_modulus)
    return ExactSum(hi, lo, shift)


def integer_row(
    first: Sequence[float], second: Sequence[float], log_modulus: int | None = None
) -> tuple[float, float, int]:
    """One exact dot product on Python integers, as hi, lo and shift.

    With a modulus 2^log_modulus, sums of at least that magnitude keep their sign and one modulus and lose the others.
    """
    terms = []
    for x, y in zip(first, second, strict=True):
        (n, d), (m, c) = x.as_integer_ratio(), y.as_integer_ratio()
        # Denominators of floats are powers of two.
        terms.append((n * m, -(d.bit_length() + c.bit_length() - 2)))
    lowest = min((exponent for _, exponent in terms), default=0)
    total = sum(significand << (exponent - lowest) for significand, exponent in terms)
    magnitude = abs(total)
    if log_modulus is not None and magnitude:
        modulus = 1 << max(0, log_modulus - lowest)  # sums of multiples of the modulus are all congruent to it
        magnitude = magnitude if magnitude < modulus else magnitude % modulus + modulus
        lowest = min(lowest, log_modulus)
    excess = magnitude.bit_length() - 106
    if excess > 0:
        # 106 bits are kept; the last one records whether anything was cut off.
        lost = magnitude & ((1 << excess) - 1)
        magnitude = (magnitude >> excess) | (lost != 0)
        lowest += excess
    cut = max(0, magnitude.bit_length() - 53)
    high = magnitude >> cut << cut
    sign = -1.0 if total < 0 else 1.0
    return sign * float(high), sign * float(magnitude - high), lowest
