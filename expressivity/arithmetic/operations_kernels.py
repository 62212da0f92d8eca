"""Compiled operations with one rounding: the twin of `exact_sums`, and scalar bodies for other kernels.

The scalar bodies take operands that are zero or between 2^-480 and 2^480 in magnitude (numbers of any format but fp64),
infinite or NaN. They follow the same rules as `operations`, except that wrapping formats are left to `operations`.
"""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

from expressivity.arithmetic.rounding_kernels import round_pair, selected_bits
from expressivity.compiled import compiled

_SPLITTER = 134217729.0
_SMALLEST = 2.0**-480
_LARGEST = 2.0**480


@compiled(forceinline=True)
def two_sum(first, second):
    """The rounded sum and its exact error."""
    total = first + second
    back = total - first
    return total, (first - (total - back)) + (second - back)


@compiled(forceinline=True)
def two_product(first, second):
    """The rounded product and its exact error."""
    product = first * second
    scaled = _SPLITTER * first
    first_high = scaled - (scaled - first)
    first_low = first - first_high
    scaled = _SPLITTER * second
    second_high = scaled - (scaled - second)
    second_low = second - second_high
    error = (first_high * second_high - product) + first_high * second_low + first_low * second_high
    return product, error + first_low * second_low


@compiled(forceinline=True)
def odd_sum(first, second):
    """The sum rounded to odd."""
    total, error = two_sum(first, second)
    bits = np.float64(total).view(np.int64)
    step = np.int64(1) if (error > 0.0) == (total > 0.0) else np.int64(-1)
    return np.int64(bits + (step if (error != 0.0) & ((bits & 1) == 0) else np.int64(0))).view(np.float64)


@compiled(forceinline=True)
def add_term(s, e, f, term):
    """Add a number to the three-part sum s + e + f; the last result is what did not fit."""
    s, left = two_sum(s, term)
    if left != 0.0:  # rarely so in small formats
        e, left = two_sum(e, left)
        f, left = two_sum(f, left)
    return s, e, f, left


@compiled()
def as_pair(s, e, f):
    """A three-part sum as hi, lo (rounded to odd) and whether lo is small enough for `round_pair`."""
    if e == 0.0 and f == 0.0:
        return s, 0.0, True
    for _ in range(3):
        s, e = two_sum(s, e)
        e, f = two_sum(e, f)
    tail = odd_sum(e, f)
    return s, tail, s + tail == s


@compiled(forceinline=True)
def in_range(value):
    """Whether the error-free product is proved for a value: zero, or between 2^-480 and 2^480 in magnitude."""
    magnitude = abs(value)
    return (magnitude == 0.0) | ((magnitude >= _SMALLEST) & (magnitude <= _LARGEST))


@compiled()
def exact_rows(first, second, hi, lo, certain):
    """Exact dot products of rows as pairs; `certain` is false where they are not (see `exact_sums`)."""
    batch, width = first.shape
    for row in range(batch):
        s, e, f = 0.0, 0.0, 0.0
        exact = True
        for column in range(width):
            x, y = first[row, column], second[row, column]
            exact &= in_range(x) and in_range(y)
            product, error = two_product(x, y)
            s, e, f, left = add_term(s, e, f, product)
            exact &= left == 0.0
            if error != 0.0:
                s, e, f, left = add_term(s, e, f, error)
                exact &= left == 0.0
        hi[row], lo[row], small = as_pair(s, e, f)
        certain[row] = exact and small


@compiled()
def multiply(x, y, uniform, plan):
    """The exact product x·y rounded once."""
    product = x * y
    if product == 0.0 or not math.isfinite(product):
        return round_pair(product, 0.0, uniform, plan)
    product, error = two_product(x, y)
    return round_pair(product, error, uniform, plan)


@compiled()
def add(x, y, uniform, plan):
    """The exact sum x + y rounded once; a zero sum is −0 in mode down unless both operands are +0."""
    total = x + y
    if not math.isfinite(total):
        return round_pair(total, 0.0, uniform, plan)
    if total == 0.0:
        if plan.mode == 4 and (np.float64(x).view(np.int64) < 0 or np.float64(y).view(np.int64) < 0):
            total = -0.0
        return round_pair(total, 0.0, uniform, plan)
    total, error = two_sum(x, y)
    return round_pair(total, error, uniform, plan)


@compiled()
def fma(x, y, z, uniform, plan):
    """The exact x·y + z rounded once."""
    product = x * y
    if not (math.isfinite(product) and math.isfinite(z)):
        return round_pair(product + z, 0.0, uniform, plan)
    if product == 0.0:
        return add(product, z, uniform, plan)
    product, error = two_product(x, y)
    s, e, f, _ = add_term(product, error, 0.0, z)
    hi, lo, _ = as_pair(s, e, f)
    if hi == 0.0:
        hi = -0.0 if plan.mode == 4 else 0.0
    return round_pair(hi, lo, uniform, plan)


# Deterministic modes without a branch. The exact result is first rounded to odd at 53 bits, which keeps every later
# rounding to at most 51 bits right (Boldo & Melquiond 2008); `choice` is a `rounding_plan.SelectConstants`.


@compiled(forceinline=True)
def round_odd_pair(hi, lo, choice):
    """The exact sum hi + lo, |lo| at most half a unit in the last place of hi, rounded once."""
    b = np.float64(hi).view(np.int64)
    step = np.int64(1) if (lo > 0.0) == (hi > 0.0) else np.int64(-1)
    inexact = (lo != 0.0) & ((b & 1) == 0) & (abs(hi) < math.inf)
    b = b + (step if inexact else np.int64(0))
    even_threshold = choice.plus_even if b >= 0 else choice.minus_even
    odd_threshold = choice.plus_odd if b >= 0 else choice.minus_odd
    return np.int64(selected_bits(b, even_threshold, odd_threshold, choice)).view(np.float64)


@compiled(forceinline=True)
def signed_zero(total, x, y, choice):
    """A sum x + y with the sign that mode down gives to zero."""
    minus = (np.float64(x).view(np.int64) | np.float64(y).view(np.int64)) < 0
    return -0.0 if (total == 0.0) & choice.down & minus else total


@compiled(forceinline=True)
def add_selected(x, y, choice):
    """The exact sum rounded once in a deterministic mode."""
    total, error = two_sum(x, y)
    return round_odd_pair(signed_zero(total, x, y, choice), error, choice)


@compiled(forceinline=True)
def multiply_selected(x, y, choice):
    """The exact product rounded once in a deterministic mode."""
    product, error = two_product(x, y)
    return round_odd_pair(product, error, choice)


@compiled(forceinline=True)
def fma_selected(x, y, z, choice):
    """The exact x·y + z rounded once in a deterministic mode."""
    product, error = two_product(x, y)
    high, low = two_sum(z, error)
    high, middle = two_sum(high, product)
    hi, lo = two_sum(high, odd_sum(middle, low))
    # A sum that is exactly zero has product = −z and no error, so the plain sum has the sign of nearest modes.
    hi = signed_zero(product + z if hi == 0.0 else hi, product, z, choice)
    return round_odd_pair(hi, lo, choice)


@compiled()
def add_arrays(x, y, out, choice):
    """Sums rounded once, and whether every operand was in range (otherwise `out` is not to be used)."""
    inside = True
    for i in range(x.size):
        inside &= in_range(x[i]) & in_range(y[i])
        out[i] = add_selected(x[i], y[i], choice)
    return inside


@compiled()
def multiply_arrays(x, y, out, choice):
    """Products rounded once, and whether every operand was in range."""
    inside = True
    for i in range(x.size):
        inside &= in_range(x[i]) & in_range(y[i])
        out[i] = multiply_selected(x[i], y[i], choice)
    return inside


@compiled()
def fma_arrays(x, y, z, out, choice):
    """Fused multiply-adds rounded once, and whether every operand was in range."""
    inside = True
    for i in range(x.size):
        inside &= in_range(x[i]) & in_range(y[i]) & in_range(z[i])
        out[i] = fma_selected(x[i], y[i], z[i], choice)
    return inside
