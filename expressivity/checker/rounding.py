"""Rounding on integers: what `reference` defines on fractions, quick enough for a million states.

A number is an int that counts units of 2^−bits, one unit for all numbers of a layer; an infinity or NaN is a float.
The sign of a zero is not kept: it never reaches a value that is not zero, since nothing is divided.
"""

from __future__ import annotations

import math
from fractions import Fraction

from expressivity.checker.formats import Layout

Value = int | float
"""A count of units, or a float that is infinite or NaN."""


class Rounding:
    """Exact number → number of a format.

    Arguments:
        form: the format.
        mode: one of `formats.MODES`.
        bits: results count units of 2^−bits; at least the format's own bits.
    """

    def __init__(self, form: Layout, mode: str, bits: int) -> None:
        self.form, self.mode, self.bits = form, mode, bits
        self.finest = _units(form.finest, bits).bit_length() - 1
        self.low, self.high = _units(form.low, bits), _units(form.high, bits)
        self.smallest = 1 << (self.finest + (form.digits or 1) - 1) if form.flushes else 0

    def __call__(self, number: int, extra: int = 0) -> Value:
        """Round a number that counts units of 2^−(bits + extra)."""
        form, size = self.form, abs(number)
        drop = self.finest + extra
        if form.digits is not None:
            wider = size.bit_length() - form.digits
            if wider > drop or form.flushes:
                drop = wider
        if drop > 0:
            count = size >> drop
            rest = size - (count << drop)
            if rest:
                count += self._away(count, 2 * rest - (1 << drop), drop - extra, number < 0)
            size = count << drop
        if size < self.smallest << extra:
            return 0
        result = size >> extra if number > 0 else -(size >> extra)
        return result if self.low <= result <= self.high else self._out_of_range(result)

    def of(self, value: Fraction) -> Value:
        """Round any rational."""
        denominator = value.denominator
        if denominator & (denominator - 1) == 0:
            extra = max(denominator.bit_length() - 1 - self.bits, 0)
            return self((value.numerator << (self.bits + extra)) // denominator, extra)
        # Places where rounding jumps are multiples of an eighth of the finest spacing; between two of them any stand-in
        # will do, and the last bit here stands for all that follow.
        count, rest = divmod(abs(value.numerator) << (self.bits + 3), denominator)
        size = 2 * count + (rest > 0)
        return self(size if value > 0 else -size, 4)

    def special(self, value: float) -> Value:
        """NaN or an infinity on its way into the format.

        Raises:
            ValueError: when the format has no place for it.
        """
        if not math.isnan(value):
            if self.form.on_overflow == "saturate":
                return self.high if value > 0 else self.low
            if self.form.has_infinity:
                return math.inf if value > 0 else -math.inf
        if self.form.has_nan:
            return math.nan
        raise ValueError(f"{value} has no place in a format without NaN")

    def _away(self, count: int, beyond_half: int, exponent: int, negative: bool) -> bool:
        """Whether an inexact number takes the neighbour farther from zero."""
        mode = self.mode
        if mode in ("nearest-even", "to-odd"):
            odd = count & 1 == 1
            if self.form.digits == 1 and count == 1:
                # One significand bit: codes count binades, so the code's parity is the exponent's.
                odd = (exponent - self.finest) % 2 == 0
            return not odd if mode == "to-odd" else beyond_half > 0 or (beyond_half == 0 and odd)
        if mode == "nearest-away":
            return beyond_half >= 0
        return mode == ("down" if negative else "up")

    def _out_of_range(self, number: int) -> Value:
        form = self.form
        if form.on_overflow == "wrap":
            codes = self.high - self.low + (1 << self.finest)
            return (number - self.low) % codes + self.low
        inward = "down" if number > 0 else "up"
        if form.on_overflow == "saturate" or self.mode in ("toward-zero", "to-odd", inward):
            return self.high if number > 0 else self.low
        # Not by copysign, which makes a float of a count that may exceed all floats.
        return (math.inf if number > 0 else -math.inf) if form.has_infinity else math.nan

    def constant_between(self, first: Fraction, second: Fraction) -> bool:
        """Whether all numbers from one to another are rounded alike.

        Rounding to a neighbour is non-decreasing, saturation and infinities keep it so, and equal ends then settle it.
        A format whose overflow is NaN has NaN below its numbers and above them: two NaN of different signs enclose all
        finite numbers. A format that wraps around has no order at all.
        """
        ends = self.of(first), self.of(second)
        if self.form.on_overflow == "wrap" or not same(*ends):
            return False
        return ends[0] == ends[0] or (first > 0) == (second > 0)


def same(first: Value, second: Value) -> bool:
    """Whether two rounded numbers are the same, NaN included."""
    return first == second or (first != first and second != second)


def product(first: Value, second: Value) -> float:
    """A product with a factor that is infinite or NaN, as IEEE 754 has it."""
    return _sign(first) * _sign(second)


def total(first: Value, second: Value) -> float:
    """A sum with a term that is infinite or NaN."""
    return sum(term for term in (first, second) if type(term) is float)


def _sign(value: Value) -> float:
    return value if isinstance(value, float) else float((value > 0) - (value < 0))


def _units(value: Fraction, bits: int) -> int:
    scaled = value * 2**bits
    if scaled.denominator != 1:
        raise ValueError(f"{value} is no multiple of 2^-{bits}")
    return int(scaled)
