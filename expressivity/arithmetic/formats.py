"""Number formats as records: which reals a machine can hold, and what happens to the ones it cannot.

Every format except `exact` is a finite set of float64 values, so float64 arrays carry them all. The rules that hold
for every format, in every rounding mode:

- *Overflow.* A value is first rounded as if the exponent had no upper bound. If the result is out of range, then
  - a **saturating** format returns its nearest finite bound, for infinities too;
  - otherwise a *finite* value returns the bound where the mode points back into the range (toward-zero and to-odd;
    down above the range, up below it), and else infinity, or NaN in a format without infinities;
  - an *infinite* value stays infinite, or becomes NaN in a format without infinities;
  - a **wrapping** format returns the value congruent to it modulo the number of codes times the spacing; infinities
    have no such value and raise.
- *NaN* stays NaN (always the one quiet, positive NaN of float64); a format without NaN raises instead.
- *Ties and to-odd* look at the last bit of the significand of the lower neighbour; with one significand bit at the
  last bit of its code, which counts binades (the one below the smallest normal has code 0, also with `nosub`).
- *Signed zero.* A zero, or a value that rounds to zero, keeps its sign; a format without −0 returns +0.
- *Subnormals.* With gradual underflow values below the smallest normal lie on a grid of constant spacing. With the
  switch `nosub` a value is rounded with an exponent unbounded below, and a result below the smallest normal becomes a
  zero of its sign in every mode: what hardware calls flush to zero.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float64

from expressivity.errors import FormatError

Kind = Literal["float", "fixed", "exact"]
Overflow = Literal["infinity", "nan", "saturate", "wrap"]

MAX_EXPONENT_BITS = 9
MAX_FRACTION_BITS = 50
MAX_FIXED_BITS = 48
_RANGE = 480  # |log2| of every finite value but fp64's: products stay exact in pairs of float64 numbers
_LISTABLE = 1 << 20


@dataclass(frozen=True)
class Format:
    """A number format; build one with `parse_format`, `float_format` or `fixed_format`.

    Arguments:
        name: the string that `parse_format` reads back.
        kind: `float`, `fixed` (constant spacing; integers included) or `exact` (no rounding at all).
        precision: significand bits with the leading one, for floats; total bits for fixed point.
        quantum: log2 of the spacing around zero.
        lowest: least finite value (0 for unsigned formats).
        largest: greatest finite value.
        infinities: whether ±∞ belong to it.
        nan: whether NaN belongs to it.
        negative_zero: whether −0 differs from +0.
        subnormals: gradual underflow if true, flush to zero if false.
        overflow: what takes the place of a value out of range; see the rules of this module.
    """

    name: str
    kind: Kind
    precision: int
    quantum: int
    lowest: float
    largest: float
    infinities: bool
    nan: bool
    negative_zero: bool
    subnormals: bool
    overflow: Overflow

    def __str__(self) -> str:
        return self.name

    @property
    def native(self) -> bool:
        """Whether this is float64 itself."""
        return self.kind == "float" and self.precision == 53

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number of full precision (for fixed point: the spacing)."""
        return 2.0 ** (self.quantum + self.precision - 1) if self.kind == "float" else 2.0**self.quantum

    @property
    def smallest_subnormal(self) -> float | None:
        """The smallest positive number below the normal ones, None where there is none."""
        has_any = self.kind == "float" and self.subnormals and self.precision > 1
        return 2.0**self.quantum if has_any else None

    @property
    def smallest_positive(self) -> float:
        """The smallest positive number."""
        return self.smallest_subnormal or self.smallest_normal

    @property
    def modulus(self) -> float:
        """Number of codes times spacing for a wrapping format, 0 for the others."""
        return self.largest - self.lowest + 2.0**self.quantum if self.overflow == "wrap" else 0.0

    def values(self) -> Float64[np.ndarray, " value"]:
        """All finite values in ascending order, zero once.

        Raises:
            FormatError: when there are more than 2^20 of them.
        """
        if self.kind == "exact" or self._finite_count() > _LISTABLE:
            raise FormatError(f"{self.name} has too many values to list; at most 2^20 = {_LISTABLE} are")
        spacing = 2.0**self.quantum
        if self.kind == "fixed":
            return np.arange(round(self.lowest / spacing), round(self.largest / spacing) + 1) * spacing
        half = 1 << (self.precision - 1)
        pieces = [np.arange(1, half) * spacing if self.subnormals else np.zeros(0)]
        while spacing * half <= self.largest:
            pieces.append(np.arange(half, 2 * half) * spacing)
            spacing *= 2
        positive = np.concatenate(pieces)
        positive = positive[positive <= self.largest]
        negative = -positive[::-1] if self.lowest < 0 else np.zeros(0)
        return np.concatenate([negative, [0.0], positive])

    def contains(self, values: Float[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
        """Which values are numbers of this format: NaN, infinities and −0 only where the format has them."""
        x = np.asarray(values, dtype=np.float64)
        if self.kind == "exact" or self.native:
            return np.ones_like(x, dtype=np.bool_) if self.native else ~np.isnan(x) & ~np.isinf(x)
        finite = np.isfinite(x)
        kept = np.where(finite, x, 0.0)
        mantissa, exponent = np.frexp(kept)
        lowest_bit = np.full_like(exponent, self.quantum)
        if self.kind == "float":
            lowest_bit = np.maximum(lowest_bit, exponent - self.precision)
        significand = np.ldexp(mantissa, exponent - lowest_bit)
        inside = (kept >= self.lowest) & (kept <= self.largest) & (significand == np.floor(significand))
        if not self.subnormals:
            inside &= (kept == 0) | (np.abs(kept) >= self.smallest_normal)
        if not self.negative_zero:
            inside &= ~((kept == 0) & np.signbit(kept))
        infinite = np.isposinf(x) | (np.isneginf(x) & np.bool_(self.lowest < 0))
        found: np.ndarray = np.where(finite, inside, np.where(np.isnan(x), self.nan, infinite & self.infinities))
        return found

    def _finite_count(self) -> float:
        """An upper bound on the number of finite values, cheap to compute."""
        if self.kind == "fixed":
            return 2.0**self.precision
        binades = max(0.0, float(np.log2(self.largest)) - self.quantum) - self.precision + 3
        return 2.0**self.precision * max(1.0, binades)


EXACT = Format("exact", "exact", 53, -1074, -np.inf, np.inf, False, False, True, True, "infinity")
"""No rounding at all: float64 carries the values, and an operation whose result it cannot carry raises."""

FP64 = Format("fp64", "float", 53, -1074, -sys.float_info.max, sys.float_info.max, True, True, True, True, "infinity")
"""IEEE 754 binary64, the machine's own."""


def float_format(
    exponent_bits: int,
    fraction_bits: int,
    *,
    name: str | None = None,
    bias: int | None = None,
    reserved: int | None = None,
    infinities: bool = True,
    nan: bool = True,
    negative_zero: bool = True,
    subnormals: bool = True,
    saturate: bool = False,
    signed: bool = True,
) -> Format:
    """A binary floating-point format from its layout.

    Arguments:
        exponent_bits: width of the exponent field, 1 … 9.
        fraction_bits: stored significand bits, 0 … 50.
        name: what to call it; a description of the layout by default.
        bias: exponent bias; 2^(exponent_bits−1) − 1 by default. The smallest normal is 2^(1−bias).
        reserved: how many of the highest codes of each sign are not finite numbers; by default the whole top
            binade (IEEE 754) when there are infinities, one code when there is only NaN, else none.
        infinities: whether overflow has infinities to go to.
        nan: whether there is a NaN.
        negative_zero: whether −0 is a number of the format.
        subnormals: gradual underflow, or flush to zero.
        saturate: whether values out of range become the largest finite number.
        signed: whether there are negative numbers.

    Raises:
        FormatError: naming everything that is out of bounds.
    """
    shown = name or f"e{exponent_bits}m{fraction_bits}"
    problems = []
    if not 1 <= exponent_bits <= MAX_EXPONENT_BITS:
        problems.append(f"{exponent_bits} exponent bits, expected 1 … {MAX_EXPONENT_BITS}")
    if not 0 <= fraction_bits <= MAX_FRACTION_BITS:
        problems.append(f"{fraction_bits} fraction bits, expected 0 … {MAX_FRACTION_BITS}")
    if problems:
        raise FormatError(f"{shown} is out of bounds: {'; '.join(problems)}; the only wider format is fp64")
    if bias is None:
        bias = 2 ** (exponent_bits - 1) - 1
    if reserved is None:
        reserved = 2**fraction_bits if infinities else int(nan and negative_zero)
    quantum = 1 - bias - fraction_bits
    field, fraction = divmod(2 ** (exponent_bits + fraction_bits) - 1 - reserved, 2**fraction_bits)
    top = quantum + max(field - 1, 0) + fraction_bits
    if field < 0 or (field == 0 and (fraction == 0 or not subnormals)):
        problems.append("every code is reserved, so no positive finite number is left; give it more bits")
    if quantum < -_RANGE or top >= _RANGE:
        problems.append(
            f"values from 2^{quantum} to 2^{top} do not fit between 2^-{_RANGE} and 2^{_RANGE}; move the bias"
        )
    if not saturate and not infinities and not nan:
        problems.append("overflow has neither infinity nor NaN to go to; let it saturate")
    if not signed and not saturate and not nan:
        problems.append("negative values have no NaN to go to; let it saturate")
    if problems:
        raise FormatError(f"{shown} is impossible: {'; '.join(problems)}")
    significand = fraction if field == 0 else 2**fraction_bits + fraction
    largest = significand * 2.0 ** (quantum + max(field - 1, 0))
    overflow: Overflow = "saturate" if saturate else "infinity" if infinities else "nan"
    return Format(
        shown,
        "float",
        fraction_bits + 1,
        quantum,
        -largest if signed else 0.0,
        largest,
        infinities,
        nan,
        negative_zero and signed,
        subnormals,
        overflow,
    )


def fixed_format(
    integer_bits: int, fraction_bits: int, *, name: str | None = None, signed: bool = True, wrap: bool = False
) -> Format:
    """A two's-complement or unsigned fixed-point format with spacing 2^−fraction_bits.

    Arguments:
        integer_bits: bits before the point, without the sign bit.
        fraction_bits: bits after the point.
        name: what to call it; the string `parse_format` reads by default.
        signed: range [−2^integer_bits, 2^integer_bits) if true, [0, 2^integer_bits) if false.
        wrap: wrap around (machine integers) instead of saturating.

    Raises:
        FormatError: when it has no bits or more than 48.
    """
    total = integer_bits + fraction_bits + int(signed)
    shown = name or f"{'' if signed else 'u'}q{integer_bits}.{fraction_bits}{'+wrap' if wrap else ''}"
    if min(integer_bits, fraction_bits) < 0 or not 1 <= total <= MAX_FIXED_BITS:
        raise FormatError(f"{shown} has {total} bits, expected 1 … {MAX_FIXED_BITS} (the sign bit counted)")
    spacing = 2.0**-fraction_bits
    bound = 2.0**integer_bits
    overflow: Overflow = "wrap" if wrap else "saturate"
    return Format(
        shown,
        "fixed",
        total,
        -fraction_bits,
        -bound if signed else 0.0,
        bound - spacing,
        False,
        False,
        False,
        True,
        overflow,
    )
