"""Exact weights → float64 arrays of numbers of a format, each rounded once, to nearest even, from its exact value.

Weights are stored before a network runs, so the rounding mode of the run does not apply to them. A weight out of the
format's range becomes what the format's own overflow rule says (see `arithmetic.formats`).
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from jaxtyping import Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.reference import Layout, layout, round_number
from expressivity.arithmetic.rounding import round_to
from expressivity.exact import ExactArray, sign
from expressivity.networks.transition import HouseholderTransition

_EXACT_INTEGERS = 2**53
_FIRST_PRECISION = 96


def round_exact(array: ExactArray, number_format: Format) -> Float64[np.ndarray, ...]:
    """Every entry rounded once to a number format.

    Arguments:
        array: exact numbers, algebraic ones included.
        number_format: any format but `exact`.
    """
    array = array.simplified()
    power_of_two = array.denominator & (array.denominator - 1) == 0
    if array.degree == 1 and power_of_two and array.denominator < 2**900 and _small(array.numerators):
        return round_to(array.to_float(), number_format, engine="numpy")
    rows = array.numerators.reshape(-1, array.degree).tolist()
    form = layout(number_format.name)
    known: dict[tuple[int, ...], float] = {}
    result = np.empty(len(rows))
    for position, row in enumerate(rows):
        key = tuple(row)
        if key not in known:
            if any(row[1:]):
                known[key] = _round_enclosed(row, array.denominator, array.conductor, Fraction(1), form)
            else:
                known[key] = round_number(Fraction(row[0], array.denominator), form)
        result[position] = known[key]
    return result.reshape(array.shape)


def round_keys(transition: HouseholderTransition, number_format: Format) -> Float64[np.ndarray, "letter factor width"]:
    """The unit keys k/√(kᵀk), every entry rounded once; zeros where β is zero.

    Arguments:
        transition: the factors; `kᵀk` is rational wherever β is not zero.
        number_format: any format but `exact`.
    """
    keys, squares = transition.keys, transition.squared_lengths
    form = layout(number_format.name)
    result = np.zeros(keys.shape)
    active = np.any(transition.betas.numerators, axis=-1)
    known: dict[tuple[object, ...], list[float]] = {}
    for letter, factor in zip(*np.nonzero(active), strict=True):
        key = keys[letter, factor]
        square = Fraction(squares[letter, factor].fractions().item())
        name = (key.numerators.tobytes() if key.numerators.dtype != object else repr(key), key.denominator, square)
        if name not in known:
            known[name] = unit_vector(key, square, form)
        result[letter, factor] = known[name]
    return result


def unit_vector(key: ExactArray, square: Fraction, form: Layout) -> list[float]:
    """The entries of k/√square, each rounded once.

    Arguments:
        key: shape (width,).
        square: kᵀk, positive.
        form: layout of the format, as the arithmetic's reference knows it.
    """
    squares = (key * key).simplified()
    entries = []
    for position, row in enumerate(key.numerators.tolist()):
        of_square = squares.numerators[position].tolist()
        if any(of_square[1:]):
            # k² is irrational, so k/√s is too.
            entries.append(_round_enclosed(row, key.denominator, key.conductor, square, form))
            continue
        ratio = Fraction(int(of_square[0]), squares.denominator) / square
        negative = sign(row, key.conductor) < 0
        entries.append(_round_root(ratio, negative=negative, form=form))
    return entries


def _small(numerators: np.ndarray) -> bool:
    if numerators.dtype == object or numerators.size == 0:
        return bool(numerators.size == 0)
    return bool(np.abs(numerators).max() < _EXACT_INTEGERS)


def _round_root(ratio: Fraction, *, negative: bool, form: Layout) -> float:
    """±√ratio rounded once."""
    product = ratio.numerator * ratio.denominator
    root = math.isqrt(product)
    direction = -1 if negative else 1
    if root * root == product:
        return round_number(direction * Fraction(root, ratio.denominator), form)
    bits = _FIRST_PRECISION
    while True:
        root = math.isqrt(product << (2 * bits))
        ends = [direction * Fraction(root + step, ratio.denominator << bits) for step in (0, 1)]
        rounded = [round_number(end, form) for end in ends]
        if rounded[0] == rounded[1]:
            return rounded[0]
        bits *= 2


def _round_enclosed(row: list[int], denominator: int, conductor: int, square: Fraction, form: Layout) -> float:
    """An irrational Σ row[j]·(2cos 2π/N)^j / (denominator·√square), rounded once from ever finer enclosures."""
    from flint import arb, ctx, fmpq

    precision = ctx.prec
    try:
        ctx.prec = _FIRST_PRECISION
        while True:
            c = 2 * arb.cos_pi_fmpq(fmpq(2, conductor))
            value = arb(0)
            for coefficient in reversed(row):
                value = value * c + int(coefficient)
            value = value / denominator / arb(fmpq(square.numerator, square.denominator)).sqrt()
            ends = [round_number(_fraction(end), form) for end in (value.lower(), value.upper())]
            if ends[0] == ends[1]:
                return ends[0]
            ctx.prec *= 2
    finally:
        ctx.prec = precision


def _fraction(ball: object) -> Fraction:
    """An exact ball as a fraction."""
    significand, exponent = ball.man_exp()  # type: ignore[attr-defined]
    return Fraction(int(significand)) * Fraction(2) ** int(exponent)
