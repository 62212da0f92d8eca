"""Weights as they are stored: each rounded once, to nearest even, from its exact value, roots included."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from expressivity.checker import reference
from expressivity.checker.fields import Field, Number
from expressivity.checker.formats import layout

_FIRST_BITS = 80


def stored(field: Field, value: Number, form: str, square: Any = 1) -> float:
    """value/√square rounded once to a format; √square·value need not be rational."""
    squared = field.as_rational(field.multiply(value, value))
    if squared is None:
        bits = _FIRST_BITS
        while True:
            low, high = field.enclosure(value, bits)
            corners = [end / root for end in (low, high) for root in _root_ends(Fraction(square), bits)]
            rounded = _rounded_alike(min(corners), max(corners), form)
            if rounded is not None:
                return rounded
            bits *= 2
    ratio, sign = Fraction(squared) / square, field.sign(value)
    root = math.isqrt(ratio.numerator * ratio.denominator)
    if root * root == ratio.numerator * ratio.denominator:
        return reference.round_number(sign * Fraction(root, ratio.denominator), layout(form))
    bits = _FIRST_BITS
    while True:
        low, high = sorted(sign * end for end in _root_ends(ratio, bits))
        rounded = _rounded_alike(low, high, form)
        if rounded is not None:
            return rounded
        bits *= 2


def unit_key(field: Field, key: tuple[Number, ...], form: str) -> list[float]:
    """A key over its length, every entry rounded once."""
    square = field.squared_length(key)
    return [stored(field, k, form, square) for k in key]


def _root_ends(value: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """An interval of relative width 2^-bits or less around the square root of a positive rational."""
    numerator = value.numerator * value.denominator
    root = math.isqrt(numerator << (2 * bits))
    scale = value.denominator << bits
    return Fraction(root, scale), Fraction(root + 1, scale)


def _rounded_alike(low: Fraction, high: Fraction, form: str) -> float | None:
    """What all numbers from one to another are rounded to; None where the ends do not tell.

    Two ends may wrap around to one number, or overflow to NaN on both sides, and other numbers lie between; not if they
    are closer together than the ends of the format are.
    """
    known = layout(form)
    if high - low >= known.high - known.low:
        return None
    first, second = (reference.round_number(end, known) for end in (low, high))
    return first if first == second or (math.isnan(first) and math.isnan(second)) else None
