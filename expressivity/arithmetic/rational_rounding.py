"""Rationals → numbers of a format, each rounded once from its exact value, by integer arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding_plan import ROUNDINGS, RoundingPlan, rounding_plan


def round_fraction(value: Fraction | int, number_format: Format | str, rounding: str = "nearest-even") -> float:
    """An exact number rounded once to a number format, by the rules of `formats`.

    Arguments:
        value: any rational; what float64 could not hold is rounded without a detour.
        number_format: any format but `exact`, or its string.
        rounding: one of `ROUNDINGS` but `stochastic`.

    Returns:
        A number of the format, or what takes the place of a value out of its range.

    Raises:
        FormatError: for an unknown format or mode, and for `exact`.
    """
    plan = rounding_plan(number_format, rounding)
    numerator, denominator = abs(value.numerator), value.denominator
    negative = value < 0
    spacing = plan.finest
    if plan.floating and numerator:
        exponent = numerator.bit_length() - denominator.bit_length()
        exponent -= _shifted(numerator, -exponent) < _shifted(denominator, exponent)
        spacing = max(spacing, exponent - plan.precision + 1)
    divisor = _shifted(denominator, spacing)
    count, rest = divmod(_shifted(numerator, -spacing), divisor)
    if rest and _moves_away(count, 2 * rest - divisor, spacing, plan, negative=negative):
        count += 1
    magnitude = Fraction(_shifted(count, spacing), _shifted(1, -spacing))
    if magnitude == 0 or magnitude < plan.least:
        return -0.0 if negative and plan.negative_zero else 0.0
    result = -magnitude if negative else magnitude
    if plan.lowest <= result <= plan.largest:
        return float(result)
    if plan.modulus:
        lowest = Fraction(plan.lowest)
        return float((result - lowest) % Fraction(plan.modulus) + lowest)
    return plan.below if negative else plan.above


def round_enclosed(
    low: Fraction, high: Fraction, number_format: Format, rounding: str = "nearest-even"
) -> float | None:
    """What all numbers from one to another are rounded to; None where the ends do not tell.

    Two ends may wrap around to one number, or overflow to NaN on both sides, and other numbers lie between; not if they
    are closer together than the ends of the format are.

    Arguments:
        low: any rational.
        high: one that is not less.
        number_format: as in `round_fraction`.
        rounding: the same.
    """
    if high - low >= Fraction(number_format.largest) - Fraction(number_format.lowest):
        return None
    first, second = (round_fraction(end, number_format, rounding) for end in (low, high))
    return first if first == second or (math.isnan(first) and math.isnan(second)) else None


def exact_end(ball: object) -> Fraction:
    """The exact number that an `arb` of radius 0 is, such as an end of an enclosure."""
    significand, exponent = ball.man_exp()  # type: ignore[attr-defined]
    return Fraction(int(significand)) * Fraction(2) ** int(exponent)


def _shifted(number: int, places: int) -> int:
    """number·2^places where that is larger; of two opposite shifts one is the identity."""
    return number << places if places > 0 else number


def _moves_away(count: int, beyond_half: int, spacing: int, plan: RoundingPlan, *, negative: bool) -> bool:
    """Whether an inexact value takes the neighbour count + 1; `beyond_half` has the sign of its distance to the middle.

    With one significand bit the parity of the code is the parity of the binade.
    """
    rounding = ROUNDINGS[plan.mode]
    if rounding in ("up", "down"):
        return negative is (rounding == "down")
    odd = count % 2 == 1
    if plan.precision == 1 and plan.floating and count == 1:
        odd = (spacing - plan.quantum) % 2 == 0
    if rounding == "nearest-even":
        return beyond_half > 0 or (beyond_half == 0 and odd)
    if rounding == "nearest-away":
        return beyond_half >= 0
    if rounding == "to-odd":
        return not odd
    if rounding == "toward-zero":
        return False
    raise ValueError(f"{rounding!r} needs random numbers; round exact values in one of the other modes")
