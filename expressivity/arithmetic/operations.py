"""Addition, multiplication, fused multiply-add and fused dot product: exact result, one rounding, any format and mode.

Operands are any float64 numbers, not only numbers of the result's format. Rules beyond those of `formats`:
a sum that is exactly zero is +0, or −0 when every term is −0; in mode `down` it is −0 unless every term is +0
(IEEE 754-2019 §6.3, read for any number of terms). Infinities and NaN combine as in IEEE 754 and are then rounded.
Under `exact` a result that float64 cannot hold raises instead of being rounded.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

from expressivity.arithmetic.exact_sums import ExactSum, exact_rows, reduced_rows
from expressivity.arithmetic.formats import EXACT, Format
from expressivity.arithmetic.rounding import (
    Engine,
    as_float64,
    refuse_nan,
    require_generator,
    round_pairs,
    round_to,
    two_sum,
    use_compiled,
)
from expressivity.arithmetic.rounding_plan import (
    RoundingPlan,
    is_selectable,
    resolve_format,
    rounding_plan,
    select_constants,
)
from expressivity.errors import FormatError

_NEAREST = ("nearest-even", "nearest-away")


def add(
    x: Float[np.ndarray, "*#shape"],
    y: Float[np.ndarray, "*#shape"],
    number_format: Format | str,
    rounding: str = "nearest-even",
    *,
    operands: Format | str | None = None,
    rng: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> Float64[np.ndarray, "*result"]:
    """The exact sums x + y rounded once.

    Arguments:
        x: any float64 values.
        y: any float64 values, of a shape that broadcasts with x.
        number_format: format of the result.
        rounding: one of `ROUNDINGS`.
        operands: a format that is known, and not checked, to hold every operand; lets the sum be taken by one float64
            addition where that is proved to give the same bits (see `_sum_is_innocuous`).
        rng: generator for `stochastic`, one number per result in C order.
        engine: as in `round_to`.

    Raises:
        FormatError: as `round_to`.
    """
    form = resolve_format(number_format)
    x, y = np.broadcast_arrays(as_float64(x, "x"), as_float64(y, "y"))
    if _sum_is_innocuous(_known(operands), form, rounding):
        return round_to(_native(np.add, x, y), form, rounding, rng=rng, engine=engine)
    found = _elementwise("add_arrays", (x, y), form, rounding, engine)
    if found is not None:
        return found
    ones = np.ones_like(x)
    return _dot(np.stack([x, y], axis=-1), np.stack([ones, ones], axis=-1), form, rounding, rng, engine)


def multiply(
    x: Float[np.ndarray, "*#shape"],
    y: Float[np.ndarray, "*#shape"],
    number_format: Format | str,
    rounding: str = "nearest-even",
    *,
    operands: Format | str | None = None,
    rng: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> Float64[np.ndarray, "*result"]:
    """The exact products x·y rounded once; arguments and errors as in `add`."""
    form = resolve_format(number_format)
    x, y = np.broadcast_arrays(as_float64(x, "x"), as_float64(y, "y"))
    if _product_is_innocuous(_known(operands), form, rounding):
        return round_to(_native(np.multiply, x, y), form, rounding, rng=rng, engine=engine)
    found = _elementwise("multiply_arrays", (x, y), form, rounding, engine)
    if found is not None:
        return found
    return _dot(x[..., None], y[..., None], form, rounding, rng, engine)


def fma(
    x: Float[np.ndarray, "*#shape"],
    y: Float[np.ndarray, "*#shape"],
    z: Float[np.ndarray, "*#shape"],
    number_format: Format | str,
    rounding: str = "nearest-even",
    *,
    rng: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> Float64[np.ndarray, "*result"]:
    """The exact x·y + z rounded once; arguments and errors as in `add`."""
    form = resolve_format(number_format)
    x, y, z = np.broadcast_arrays(as_float64(x, "x"), as_float64(y, "y"), as_float64(z, "z"))
    found = _elementwise("fma_arrays", (x, y, z), form, rounding, engine)
    if found is not None:
        return found
    first, second = np.stack([x, z], axis=-1), np.stack([y, np.ones_like(y)], axis=-1)
    return _dot(first, second, form, rounding, rng, engine)


def dot(
    first: Float[np.ndarray, "*#batch #width"],
    second: Float[np.ndarray, "*#batch #width"],
    number_format: Format | str,
    rounding: str = "nearest-even",
    *,
    rng: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> Float64[np.ndarray, "*result"]:
    """The exact dot products over the last axis, rounded once (`fused` evaluation).

    Arguments:
        first: any float64 values.
        second: any float64 values, of a shape that broadcasts with first.
        number_format: format of the result.
        rounding: one of `ROUNDINGS`.
        rng: generator for `stochastic`, one number per result in C order.
        engine: as in `round_to`.

    Raises:
        FormatError: as `round_to`; under `exact` when float64 cannot hold a result.
    """
    first, second = np.broadcast_arrays(as_float64(first, "first"), as_float64(second, "second"))
    return _dot(first, second, resolve_format(number_format), rounding, rng, engine)


def _elementwise(
    kernel: str, columns: tuple[np.ndarray, ...], form: Format, rounding: str, engine: Engine
) -> np.ndarray | None:
    """An operation by its compiled loop, or None where the loop does not cover it."""
    if form.kind == "exact" or rounding == "stochastic" or not use_compiled(engine, columns[0].size):
        return None
    plan = rounding_plan(form, rounding)
    if not is_selectable(plan):
        return None
    from expressivity.arithmetic import operations_kernels

    out = np.empty(columns[0].size)
    flat = [np.ascontiguousarray(column).reshape(-1) for column in columns]
    if not getattr(operations_kernels, kernel)(*flat, out, select_constants(plan)):
        return None
    refuse_nan(out, form)
    return out.reshape(columns[0].shape)


def _dot(
    first: np.ndarray,
    second: np.ndarray,
    form: Format,
    rounding: str,
    rng: np.random.Generator | None,
    engine: Engine,
) -> np.ndarray:
    """Dot products over the last axis of two arrays of one shape, rounded once."""
    shape, width = first.shape[:-1], first.shape[-1]
    rows = int(np.prod(shape, dtype=np.int64))
    first, second = first.reshape(rows, width), second.reshape(rows, width)
    compiled = use_compiled(engine, first.size)
    uniforms = require_generator(rng).random(rows) if rounding == "stochastic" and form.kind != "exact" else None
    whole = np.isfinite(first).all(axis=1) & np.isfinite(second).all(axis=1)
    special = None
    if not whole.all():
        # Where something is infinite or NaN, the finite terms no longer matter.
        finite = np.isfinite(first) & np.isfinite(second)
        with np.errstate(invalid="ignore", over="ignore"):
            special = np.where(finite, 0.0, first * second).sum(axis=1)
        first, second = (np.where(whole[:, None], part, 0.0) for part in (first, second))
    sums = exact_rows(first, second, compiled=compiled)
    if form.modulus:
        # A pair resolves 2^-106 of its magnitude; deterministic modes need a quarter of the spacing, uniform numbers
        # are compared at 2^-53 of it.
        safe = 2.0 ** (form.quantum + (52 if uniforms is not None else 104))
        sums = reduced_rows(sums, first, second, form.quantum + form.precision, safe)
    hi = sums.hi
    zero = np.flatnonzero(hi == 0)
    if zero.size:
        minus = np.signbit(first[zero]) ^ np.signbit(second[zero])
        minus_zero = minus.any(axis=1) if rounding == "down" else (minus.all(axis=1) & (width > 0))
        hi[zero] = np.where(minus_zero, -0.0, 0.0)
    hi = hi if special is None else np.where(whole, hi, special)
    sums = ExactSum(hi, sums.lo, sums.shift)
    if form.kind == "exact":
        return _unrounded(sums).reshape(shape)
    result = _round_sums(sums, uniforms, rounding_plan(form, rounding), compiled=compiled)
    refuse_nan(result, form)
    return result.reshape(shape)


def _round_sums(
    sums: ExactSum, uniforms: np.ndarray | None, plan: RoundingPlan, *, compiled: bool
) -> Float64[np.ndarray, " batch"]:
    """Exact sums rounded once, scaled ones included."""
    if plan.modulus > 0:
        sums = _reduce(sums, plan.modulus)
    result = _round_group(sums.hi, sums.lo, uniforms, plan, compiled=compiled)
    if not sums.shift.any():
        return result
    for row in np.flatnonzero(sums.shift):
        one = slice(row, row + 1)
        scale = int(np.frexp(sums.hi[row])[1] + sums.shift[row])
        wanted, by = max(-700, min(scale, 700)), 0  # beyond these only fp64 tells values apart
        if plan.precision == 53:
            # fp64 scaled by a power of two is again a format, so its extremes are rounded in the middle of the range.
            wanted = max(-1200, min(scale, 1100))
            by = 0 if abs(wanted) <= 700 else (400 if wanted < 0 else -400)
        power = int(sums.shift[row]) + (wanted - scale) + by
        numbers = None if uniforms is None else uniforms[one]
        hi, lo = np.ldexp(sums.hi[one], power), np.ldexp(sums.lo[one], power)
        result[one] = np.ldexp(_round_group(hi, lo, numbers, _scaled(plan, by), compiled=False), -by)
    return result


def _round_group(
    hi: np.ndarray, lo: np.ndarray, uniforms: np.ndarray | None, plan: RoundingPlan, *, compiled: bool
) -> np.ndarray:
    """Pairs rounded by the NumPy or the compiled twin."""
    if not compiled:
        return round_pairs(hi, lo, uniforms, plan)
    from expressivity.arithmetic import rounding_kernels

    out = np.empty_like(hi)
    rounding_kernels.round_pairs(hi, lo, np.empty(0) if uniforms is None else uniforms, out, plan)
    return out


def _scaled(plan: RoundingPlan, by: int) -> RoundingPlan:
    """The plan of the format whose numbers are all multiplied by 2^by (bounds beyond float64 become infinite)."""

    def times(value: float) -> float:
        with np.errstate(over="ignore"):
            return float(np.ldexp(value, by))

    return plan._replace(
        quantum=plan.quantum + by,
        finest=plan.finest + by,
        least=times(plan.least),
        lowest=times(plan.lowest),
        largest=times(plan.largest),
        above=times(plan.above),
        below=times(plan.below),
        plus_infinity=times(plan.plus_infinity),
        minus_infinity=times(plan.minus_infinity),
    )


def _reduce(sums: ExactSum, modulus: float) -> ExactSum:
    """Sums brought near the range of a wrapping format by a multiple of its modulus, signs kept.

    A sum of at least one modulus keeps one of them, so that its sign still decides the direction of rounding.
    """
    hi, lo = np.ldexp(sums.hi, sums.shift), np.ldexp(sums.lo, sums.shift)
    hi = np.where((hi == 0) & (sums.hi != 0), np.copysign(2.0**-800, sums.hi), hi)
    wide = np.isfinite(hi) & (np.abs(hi) >= modulus)
    near = np.fmod(np.where(wide, hi, 0.0), modulus) + np.copysign(modulus, hi)
    total, error = two_sum(near, np.fmod(lo, modulus))
    return ExactSum(np.where(wide, total, hi), np.where(wide, error, lo), np.zeros_like(sums.shift))


def _unrounded(sums: ExactSum) -> Float64[np.ndarray, " batch"]:
    """Exact sums as float64 values, or an error where one is not a float64 value."""
    with np.errstate(over="ignore", under="ignore"):
        result: np.ndarray = np.ldexp(sums.hi, sums.shift)
        held: np.ndarray = np.isfinite(result) & (sums.lo == 0) & (np.ldexp(result, -sums.shift) == sums.hi)
    lost = np.flatnonzero(~held)
    if lost.size:
        raise FormatError(
            f"{lost.size} of {held.size} exact results are no float64 numbers (the first at position {lost[0]}); "
            "use exact integers or fractions for them, or round to a format such as fp64"
        )
    return result


def single_operations_suffice(operands: Format | str | None, result: Format, rounding: str) -> bool:
    """Whether sums of results, and products of known operands, may be taken by rounding one float64 operation."""
    known = _known(operands)
    return _sum_is_innocuous(result, result, rounding) and _product_is_innocuous(known, result, rounding)


def _known(operands: Format | str | None) -> Format:
    """The format that holds the operands; `exact` when nothing is known."""
    return EXACT if operands is None else resolve_format(operands)


def _native(operation: np.ufunc, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """One float64 operation without warnings: what overflows or has no value is dealt with by the rounding."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return np.asarray(operation(x, y), dtype=np.float64)


def _sum_is_innocuous(operands: Format, result: Format, rounding: str) -> bool:
    """Whether one float64 addition followed by rounding always equals one rounding of the exact sum.

    fp64 to nearest even is the machine's own addition. Fixed-point sums of at most 48 bits are exact. For floats
    with p ≤ 25 bits whose grid contains the operands, and any rounding to nearest: let |x| ≥ |y| and let e be the
    exponent of x. The sum spans the bits from the last one of y, e_y − p + 1 or higher, to e + 1. If it needs at least
    54 of them then e − e_y ≥ 53 − p, hence |y| < 2^(e−52+p) ≤ 2^(e−27). Midpoints of the result's format are at least
    2^(e−p−1) ≥ 2^(e−26) away from x, and x ± 2^(e−27) are float64 numbers, so the float64 sum stays strictly between x
    and the nearest midpoint, as the exact sum does: both round to x. If 53 bits suffice the float64 sum is exact.
    """
    if result.native:
        return rounding == "nearest-even"
    if operands.kind == "exact" or operands.native:
        return False
    if result.kind == "fixed" or operands.kind == "fixed":
        return operands.kind == "fixed" and (rounding != "down" or not result.negative_zero)
    inside = operands.precision <= result.precision <= 25 and operands.quantum >= result.quantum
    return inside and rounding in _NEAREST


def _product_is_innocuous(operands: Format, result: Format, rounding: str) -> bool:
    """Whether one float64 multiplication followed by rounding always equals one rounding of the exact product.

    Significands of at most 26 bits have products of at most 52, and magnitudes between 2^-480 and 2^480 keep them
    away from float64's limits, so the product is exact and every mode is right.
    """
    if result.native and rounding == "nearest-even":
        return True
    return operands.kind != "exact" and operands.precision <= 26
