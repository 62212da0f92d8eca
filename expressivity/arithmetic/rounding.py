"""float64 arrays → float64 arrays whose every value is a number of a format, rounded exactly once.

Small arrays take a NumPy path, large ones a compiled path; the two agree bit for bit, NaN included.
"""

from __future__ import annotations

import sys
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding_plan import (
    ROUNDINGS,
    RoundingPlan,
    has_magic,
    is_selectable,
    magic_constants,
    resolve_format,
    rounding_plan,
    select_constants,
)
from expressivity.errors import FormatError

Engine = Literal["auto", "numpy", "compiled"]

_COMPILED_FROM = 300_000  # values from which loading the compiled kernels pays for itself
_COMPILED_FROM_LOADED = 2_000  # the same once they are loaded
_CHUNK = 1 << 14


def round_to(
    values: Float[np.ndarray, "*shape"],
    number_format: Format | str,
    rounding: str = "nearest-even",
    *,
    rng: np.random.Generator | None = None,
    out: Float64[np.ndarray, "*shape"] | None = None,
    engine: Engine = "auto",
) -> Float64[np.ndarray, "*shape"]:
    """Each value rounded once to a number format.

    Arguments:
        values: float64 values (float32 and float16 are converted, which is exact).
        number_format: a `Format` or its string.
        rounding: one of `ROUNDINGS`. `to-odd` takes, of the two neighbours of an inexact value, the one with odd
            significand. `stochastic` takes the neighbour farther from zero with a probability equal to the distance
            already gone (exact to 2^-53).
        rng: generator for `stochastic`; one uniform number is drawn per value, in C order, needed or not.
        out: array for the result; may be `values` itself.
        engine: `numpy` or `compiled` to force a path; both give the same bits.

    Returns:
        A float64 array of the same shape, `out` when given.

    Raises:
        FormatError: for an unknown format or mode, `stochastic` without rng, values that are not floats, an unusable
            `out`, and NaN (or an infinity) in a format that has no place for it.
    """
    form = resolve_format(number_format)
    values = as_float64(values, "values")
    result = np.empty(values.shape) if out is None else out
    if result.shape != values.shape or result.dtype != np.float64 or not result.flags.c_contiguous:
        raise FormatError(
            f"out has shape {result.shape} and type {result.dtype}; expected a C-contiguous float64 array of shape "
            f"{values.shape}"
        )
    if form.kind == "exact":
        np.copyto(result, values)
        return result
    plan = rounding_plan(form, rounding)
    flat, target = np.ascontiguousarray(values).reshape(-1), result.reshape(-1)
    if rounding == "stochastic":
        generator = require_generator(rng)
        _round_stochastic(flat, target, plan, generator, compiled=use_compiled(engine, flat.size))
    elif form.native:
        np.copyto(target, flat)
        target[np.isnan(target)] = np.nan
    elif use_compiled(engine, flat.size):
        _round_compiled(flat, np.empty(0), target, plan)
    else:
        for begin in range(0, flat.size, _CHUNK):
            piece = flat[begin : begin + _CHUNK]
            if has_magic(plan):
                _magic_addition(piece, target[begin : begin + _CHUNK], plan)
            else:
                target[begin : begin + _CHUNK] = round_pairs(piece, np.zeros_like(piece), None, plan)
    refuse_nan(target, form)
    return result


def round_pairs(
    hi: Float64[np.ndarray, " batch"],
    lo: Float64[np.ndarray, " batch"],
    uniforms: Float64[np.ndarray, " batch"] | None,
    plan: RoundingPlan,
) -> Float64[np.ndarray, " batch"]:
    """The exact sums hi + lo rounded once, in any mode (NumPy twin of `rounding_kernels.round_pair`).

    Arguments:
        hi: leading parts of any magnitude; for fp64, normal and not about to overflow wherever lo is not 0.
        lo: tails, at most one unit in the last place of hi.
        uniforms: numbers in [0, 1) for `stochastic`.
        plan: format and mode.
    """
    negative = np.signbit(hi)
    magnitude = np.abs(hi)
    tail = np.where(negative, -lo, lo)
    ordinary = np.isfinite(magnitude) & (magnitude > 0)
    magnitude = np.where(ordinary, magnitude, 1.0)
    tail = np.where(ordinary, tail, 0.0)
    if plan.modulus > 0:
        # One modulus is kept so that the sign, which directed modes look at, survives a negative tail.
        wide = magnitude >= plan.modulus
        magnitude = np.where(wide, np.fmod(magnitude, plan.modulus) + plan.modulus, magnitude)
    elif plan.precision < 53:
        # Beyond these bounds a format tells nothing apart, and scaling stays inside float64.
        tiny = 2.0 ** (plan.finest - 200)
        tail = np.where((magnitude > 2.0**600) | (magnitude < tiny), 0.0, tail)
        magnitude = np.clip(magnitude, tiny, 2.0**600)
    mantissa, exponent = np.frexp(magnitude)
    # A negative tail puts the sum below a power of two, where neighbours are closer.
    exponent = exponent - 1 - ((tail < 0) & (mantissa == 0.5))
    spacing = np.full_like(exponent, plan.finest)
    if plan.floating:
        spacing = np.maximum(spacing, exponent - plan.precision + 1)
    scaled = np.ldexp(magnitude, -spacing)
    # A tail too small to scale still decides directions; 2^-300 spacings are less than anything it is compared with.
    tail = np.where(tail == 0, 0.0, np.copysign(np.maximum(np.abs(np.ldexp(tail, -spacing)), 2.0**-300), tail))
    count = np.floor(scaled)
    rest = scaled - count
    borrow = (rest == 0) & (tail < 0)
    count -= borrow
    rest = np.where(borrow, 1.0, rest)
    count += ((rest != 0) | (tail != 0)) & _moves_away(count, rest, tail, negative, uniforms, spacing, plan)
    with np.errstate(over="ignore"):
        result = np.ldexp(count, spacing)
    result = np.where(result < plan.least, 0.0, result)
    result = np.where(negative, -result, result)
    if plan.modulus > 0:
        result = np.fmod(result, plan.modulus)
        result = result - plan.modulus * (result > plan.largest) + plan.modulus * (result < plan.lowest)
    else:
        result = np.where(result > plan.largest, plan.above, np.where(result < plan.lowest, plan.below, result))
    special = np.where(negative, plan.minus_infinity, plan.plus_infinity)
    special = np.where(np.isinf(hi), special, np.where(np.isnan(hi), np.nan, hi))
    result = np.where(ordinary, result, special)
    return result if plan.negative_zero else result + 0.0


def _moves_away(
    count: np.ndarray,
    rest: np.ndarray,
    tail: np.ndarray,
    negative: np.ndarray,
    uniforms: np.ndarray | None,
    spacing: np.ndarray,
    plan: RoundingPlan,
) -> np.ndarray:
    """Whether count + rest + tail (inexact, in spacings) rounds to count + 1."""
    rounding = ROUNDINGS[plan.mode]
    if rounding == "toward-zero":
        return np.zeros_like(negative)
    if rounding in ("up", "down"):
        return negative if rounding == "down" else ~negative
    if rounding == "stochastic":
        assert uniforms is not None
        # uniform < rest + tail, decided exactly: the difference is the sum of s, t and −tail.
        s, t = two_sum(uniforms, -rest)
        a, b = two_sum(s, -tail)
        below: np.ndarray = a + (b + t) < 0
        return below
    odd: np.ndarray = np.fmod(count, 2.0) != 0
    if plan.precision == 1 and plan.floating:
        # One significand bit: the parity of the code is the parity of the binade.
        odd = np.where(count == 1, (spacing - plan.quantum) % 2 == 0, odd)
    if rounding == "to-odd":
        return ~odd
    beyond_half = (rest - 0.5) + tail
    if rounding == "nearest-even":
        away: np.ndarray = (beyond_half > 0) | ((beyond_half == 0) & odd)
        return away
    return np.asarray(beyond_half >= 0)


def two_sum(
    first: Float64[np.ndarray, "*shape"], second: Float64[np.ndarray, "*shape"]
) -> tuple[Float64[np.ndarray, "*shape"], Float64[np.ndarray, "*shape"]]:
    """The rounded sum and its exact error (no overflow assumed).

    Source: Knuth, The Art of Computer Programming, volume 2, §4.2.2, Theorem B.
    """
    total = first + second
    back = total - first
    return total, (first - (total - back)) + (second - back)


def _magic_addition(values: np.ndarray, out: np.ndarray, plan: RoundingPlan) -> None:
    """NumPy twin of `rounding_kernels.nearest_even`."""
    constants = magic_constants(plan)
    magnitude = np.abs(values)
    bits = magnitude.view(np.int64)
    # Far out of range the magic number overflows; what it makes of such values is replaced below.
    with np.errstate(over="ignore", invalid="ignore"):
        magic = (bits & 0x7FF0000000000000).view(np.float64) * constants.scale
        np.maximum(magic, constants.least_magic, out=magic)
        rounded = magnitude + magic
        rounded -= magic
    if constants.least > 0:
        rounded[rounded < constants.least] = 0.0
    missing = np.isnan(values)
    rounded[magnitude > constants.limit] = plan.above
    np.copysign(rounded, values, out=rounded)
    if not plan.negative_zero:
        rounded += 0.0
    rounded[missing | np.isnan(rounded)] = np.nan
    out[...] = rounded


def _round_compiled(values: np.ndarray, uniforms: np.ndarray, out: np.ndarray, plan: RoundingPlan) -> None:
    """The fastest compiled loop that covers a plan."""
    from expressivity.arithmetic import rounding_kernels

    if has_magic(plan):
        rounding_kernels.nearest_even(values.view(np.int64), out.view(np.int64), magic_constants(plan))
    elif is_selectable(plan):
        choice = select_constants(plan)
        if uniforms.size:
            rounding_kernels.round_stochastic(values.view(np.int64), uniforms, out.view(np.int64), choice)
        else:
            rounding_kernels.round_selected(values.view(np.int64), out.view(np.int64), choice)
    else:
        rounding_kernels.round_array(values, uniforms, out, plan)


def _round_stochastic(
    values: np.ndarray, out: np.ndarray, plan: RoundingPlan, rng: np.random.Generator, *, compiled: bool
) -> None:
    for begin in range(0, values.size, _CHUNK):
        piece = values[begin : begin + _CHUNK]
        uniforms = rng.random(piece.size)
        if compiled:
            _round_compiled(piece, uniforms, out[begin : begin + _CHUNK], plan)
        else:
            out[begin : begin + _CHUNK] = round_pairs(piece, np.zeros_like(piece), uniforms, plan)


def require_generator(rng: np.random.Generator | None) -> np.random.Generator:
    """The generator that stochastic rounding needs, or a clear error."""
    if not isinstance(rng, np.random.Generator):
        raise FormatError(
            f"stochastic rounding needs a seeded generator and got rng={rng!r}; pass rng=numpy.random.default_rng(seed)"
        )
    return rng


def as_float64(values: Any, name: str) -> Float64[np.ndarray, "*shape"]:
    """An array of floats as float64, refusing types whose conversion could round."""
    array = np.asarray(values)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise FormatError(f"{name} have type {array.dtype}; expected float64 (convert exactly with .astype(float))")
    return array.astype(np.float64, copy=False)


def refuse_nan(result: Float64[np.ndarray, "*shape"], number_format: Format) -> None:
    """Raise when a result is NaN and the format has none: the value it came from has no place there."""
    if number_format.nan or number_format.kind == "exact":
        return
    missing = np.flatnonzero(np.isnan(result))
    if missing.size:
        raise FormatError(
            f"{missing.size} of {result.size} values are NaN or infinite (the first at position {missing[0]}) and "
            f"{number_format.name} has no place for them; clean the values or choose a format with NaN"
        )


def use_compiled(engine: Engine, size: int) -> bool:
    """Whether an array of this size is worth the compiled path; small work should not load a compiler."""
    if engine == "auto":
        loaded = "expressivity.arithmetic.rounding_kernels" in sys.modules
        return size >= (_COMPILED_FROM_LOADED if loaded else _COMPILED_FROM)
    if engine not in ("numpy", "compiled"):
        raise FormatError(f"unknown engine {engine!r}; expected auto, numpy or compiled")
    return engine == "compiled"
