"""Exact weights → float64 arrays of numbers of a format, each rounded once, to nearest even, from its exact value.

Weights are stored before a network runs, so the rounding mode of the run does not apply to them. A weight out of the
format's range becomes what the format's own overflow rule says (see `arithmetic.formats`).
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from jaxtyping import Bool, Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rational_rounding import exact_end, round_enclosed, round_fraction
from expressivity.arithmetic.rounding import round_to
from expressivity.errors import FormatError
from expressivity.exact import ExactArray, rationals, sign

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
    known: dict[tuple[int, ...], float] = {}
    result = np.empty(len(rows))
    for position, row in enumerate(rows):
        key = tuple(row)
        if key not in known:
            if any(row[1:]):
                known[key] = _round_enclosed(row, array.denominator, array.conductor, Fraction(1), number_format)
            else:
                known[key] = round_fraction(Fraction(row[0], array.denominator), number_format)
        result[position] = known[key]
    return result.reshape(array.shape)


def store(array: ExactArray, number_format: Format) -> ExactArray:
    """The exact numbers that a number format makes of exact weights.

    Raises:
        FormatError: when a weight becomes infinite or NaN.
    """
    return finite(round_exact(array, number_format), number_format)


def finite(values: Float64[np.ndarray, ...], number_format: Format) -> ExactArray:
    """Stored weights as exact numbers.

    Raises:
        FormatError: when a weight is infinite or NaN.
    """
    if not np.all(np.isfinite(values)):
        raise FormatError(
            f"a weight overflows in {number_format.name} and has no exact value there; store the weights in a wider "
            "format, as in exact:bf16/exact-then-cast"
        )
    return rationals(values)


def round_unit_keys(
    keys: ExactArray, squares: ExactArray, used: Bool[np.ndarray, "letter key"], number_format: Format
) -> Float64[np.ndarray, "letter key coordinate"]:
    """The unit keys k/√(kᵀk), every entry rounded once; zeros where a key is not used.

    Arguments:
        keys: shape (letter, key, coordinate).
        squares: kᵀk, shape (letter, key); positive rationals where the key is used.
        used: which keys are used.
        number_format: any format but `exact`.
    """
    result = np.zeros(keys.shape)
    known: dict[tuple[object, ...], list[float]] = {}
    for letter, number in zip(*np.nonzero(used), strict=True):
        key = keys[letter, number]
        square = Fraction(squares[letter, number].fractions().item())
        name = (key.numerators.tobytes() if key.numerators.dtype != object else repr(key), key.denominator, square)
        if name not in known:
            known[name] = _unit_vector(key, square, number_format)
        result[letter, number] = known[name]
    return result


def exact_unit_keys(keys: ExactArray, squares: ExactArray, used: Bool[np.ndarray, "letter key"]) -> ExactArray | None:
    """Keys divided by their lengths, 0 where not used; None when one of them has no rational length.

    Arguments: as for `round_unit_keys`.
    """
    inverse = np.zeros((*used.shape, 1), dtype=object)
    for index in zip(*np.nonzero(used), strict=True):
        square = squares[tuple(int(i) for i in index)]
        if not square.is_rational:
            return None
        value = square.fractions().item()
        if value == 0:
            continue
        top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if top * top != value.numerator or bottom * bottom != value.denominator:
            return None
        inverse[index] = type(value)(bottom, top)
    return keys * rationals(inverse)


def _unit_vector(key: ExactArray, square: Fraction, form: Format) -> list[float]:
    """The entries of k/√square, each rounded once.

    Arguments:
        key: shape (width,).
        square: kᵀk, positive.
        form: any format but `exact`.
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


def _round_root(ratio: Fraction, *, negative: bool, form: Format) -> float:
    """±√ratio rounded once."""
    product = ratio.numerator * ratio.denominator
    root = math.isqrt(product)
    direction = -1 if negative else 1
    if root * root == product:
        return round_fraction(direction * Fraction(root, ratio.denominator), form)
    bits = _FIRST_PRECISION
    while True:
        root = math.isqrt(product << (2 * bits))
        low, high = sorted(direction * Fraction(root + step, ratio.denominator << bits) for step in (0, 1))
        rounded = round_enclosed(low, high, form)
        if rounded is not None:
            return rounded
        bits *= 2


def _round_enclosed(row: list[int], denominator: int, conductor: int, square: Fraction, form: Format) -> float:
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
            rounded = round_enclosed(exact_end(value.lower()), exact_end(value.upper()), form)
            if rounded is not None:
                return rounded
            ctx.prec *= 2
    finally:
        ctx.prec = precision
