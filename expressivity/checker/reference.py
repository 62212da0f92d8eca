"""Rounding by its definition, slowly: one number at a time, on fractions.

A format is a set of numbers, rounding picks one of the two neighbours. The rules on overflow, NaN, zeros and subnormals
are those stated in `arithmetic.formats`. The checker stores weights with it; the steps of a run are rounded by
`rounding`, which the tests hold to this file, as they do the library's own kernels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from expressivity.checker.formats import Layout as Layout
from expressivity.checker.formats import layout as layout

Number = int | float | Fraction


def round_number(
    value: Number, name: str | Layout, rounding: str = "nearest-even", uniform: Number | None = None
) -> float:
    """A number rounded once to a format.

    Arguments:
        value: exact number, or a float that may be NaN, infinite or −0.
        name: format string or `Layout`.
        rounding: nearest-even, nearest-away, toward-zero, up, down, to-odd or stochastic.
        uniform: for `stochastic`, a number in [0, 1): the value moves away from zero when this is less than the
            distance already gone, in units of the spacing.

    Raises:
        ValueError: when the format has no place for the value (NaN, or an infinity that cannot wrap).
    """
    if isinstance(value, float) and name == "fp64":
        return math.nan if math.isnan(value) else value
    form = layout(name) if isinstance(name, str) else name
    minus_zero = isinstance(value, float) and value == 0 and math.copysign(1, value) < 0
    if isinstance(value, float) and not math.isfinite(value):
        return _special(value, form)
    exact = Fraction(value)
    negative = exact < 0 or minus_zero
    magnitude = abs(exact)
    spacing = _spacing(magnitude, form)
    count = magnitude // spacing
    rest = magnitude / spacing - count
    if _moves_away(int(count), rest, negative, rounding, uniform, form, spacing):
        count += 1
    result = count * spacing
    if form.flushes and form.digits is not None and result < form.finest * 2 ** (form.digits - 1):
        result = Fraction(0)
    if result == 0:
        return -0.0 if negative and form.has_minus_zero else 0.0
    signed = -result if negative else result
    if form.low <= signed <= form.high:
        return float(signed)
    return _out_of_range(signed, form, rounding)


def _spacing(magnitude: Fraction, form: Layout) -> Fraction:
    """Distance between neighbours just above a magnitude, the exponent unbounded above (and below when flushing)."""
    if form.digits is None or magnitude == 0:
        return form.finest
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if Fraction(2) ** exponent > magnitude:
        exponent -= 1
    spacing = Fraction(2) ** (exponent - form.digits + 1)
    return spacing if form.flushes else max(spacing, form.finest)


def _moves_away(
    count: int, rest: Fraction, negative: bool, rounding: str, uniform: Number | None, form: Layout, spacing: Fraction
) -> bool:
    """Whether rounding takes the neighbour farther from zero; `rest` in [0, 1) is the part between the neighbours."""
    odd = count % 2 == 1
    if form.digits == 1 and count == 1:
        # One significand bit: codes count binades, so the code's parity is the exponent's; the spacing may be finer.
        binades = spacing / form.finest
        odd = (binades.numerator.bit_length() - binades.denominator.bit_length()) % 2 == 0
    if rest == 0:
        return False
    half = Fraction(1, 2)
    if rounding == "stochastic":
        if uniform is None:
            raise ValueError("stochastic rounding needs `uniform`")
        return Fraction(uniform) < rest
    return {
        "nearest-even": rest > half or (rest == half and odd),
        "nearest-away": rest >= half,
        "toward-zero": False,
        "up": not negative,
        "down": negative,
        "to-odd": not odd,
    }[rounding]


def _special(value: float, form: Layout) -> float:
    """NaN and infinities on their way into a format."""
    if not math.isnan(value):
        if form.on_overflow == "saturate":
            return float(form.high if value > 0 else form.low)
        if form.has_infinity:
            return value
    if form.has_nan:
        return math.nan
    raise ValueError(f"{value} has no place in a format without NaN")


def _out_of_range(signed: Fraction, form: Layout, rounding: str) -> float:
    """What a finite number out of range becomes."""
    bound = form.high if signed > 0 else form.low
    inward = "down" if signed > 0 else "up"
    if form.on_overflow == "wrap":
        codes = form.high - form.low + form.finest
        return float((signed - form.low) % codes + form.low)
    if form.on_overflow == "saturate" or rounding in ("toward-zero", "to-odd", inward):
        return float(bound)
    return (math.inf if signed > 0 else -math.inf) if form.has_infinity else math.nan


def add(x: float, y: float, name: str | Layout, rounding: str = "nearest-even", uniform: Number | None = None) -> float:
    """The exact sum x + y, rounded once."""
    return dot([x, y], [1.0, 1.0], name, rounding, uniform)


def multiply(
    x: float, y: float, name: str | Layout, rounding: str = "nearest-even", uniform: Number | None = None
) -> float:
    """The exact product x · y, rounded once."""
    return dot([x], [y], name, rounding, uniform)


def fma(
    x: float, y: float, z: float, name: str | Layout, rounding: str = "nearest-even", uniform: Number | None = None
) -> float:
    """The exact x · y + z, rounded once."""
    return dot([x, z], [y, 1.0], name, rounding, uniform)


def dot(
    first: Sequence[float],
    second: Sequence[float],
    name: str | Layout,
    rounding: str = "nearest-even",
    uniform: Number | None = None,
) -> float:
    """The exact Σ first·second, rounded once.

    A sum that is exactly zero is +0, or −0 when every product is −0; in mode `down` it is −0 unless every product is
    +0 (IEEE 754-2019 §6.3). Infinities and NaN combine as in IEEE 754.
    """
    total = Fraction(0)
    signs: set[float] = set()
    special: float | None = None
    for x, y in zip(first, second, strict=True):
        if math.isfinite(x) and math.isfinite(y):
            product = Fraction(x) * Fraction(y)
            total += product
            # The sign of a product survives even where the product is zero.
            signs.add(math.copysign(1, x) * math.copysign(1, y))
        else:
            special = x * y if special is None else special + x * y
    if special is not None:
        return round_number(special, name, rounding, uniform)
    if total == 0:
        only_minus = signs == {-1.0} or (rounding == "down" and signs != {1.0} and len(signs) > 0)
        return round_number(-0.0 if only_minus else 0.0, name, rounding, uniform)
    return round_number(total, name, rounding, uniform)
