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
            ends = [reference.round_number(end, layout(form)) for end in (min(corners), max(corners))]
            if _same(*ends):
                return ends[0]
            bits *= 2
    ratio, sign = Fraction(squared) / square, field.sign(value)
    root = math.isqrt(ratio.numerator * ratio.denominator)
    if root * root == ratio.numerator * ratio.denominator:
        return reference.round_number(sign * Fraction(root, ratio.denominator), layout(form))
    bits = _FIRST_BITS
    while True:
        ends = [reference.round_number(sign * end, layout(form)) for end in _root_ends(ratio, bits)]
        if _same(*ends):
            return ends[0]
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


def _same(first: float, second: float) -> bool:
    return first == second or (math.isnan(first) and math.isnan(second))
