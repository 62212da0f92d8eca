"""A format and a rounding mode → the plain numbers that the rounding loops work with."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import Format
from expressivity.errors import FormatError

Rounding = Literal["nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd", "stochastic"]

ROUNDINGS: tuple[Rounding, ...] = (
    "nearest-even",
    "nearest-away",
    "toward-zero",
    "up",
    "down",
    "to-odd",
    "stochastic",
)
"""All rounding modes, in the order of their codes in a plan."""


class RoundingPlan(NamedTuple):
    """A format and a mode as plain numbers, for loops: outcomes of overflow are already looked up.

    Arguments:
        mode: position in `ROUNDINGS`.
        floating: whether spacing grows with magnitude.
        precision: significand bits.
        quantum: log2 of the spacing around zero.
        finest: log2 of the finest spacing to round to (one binade below the normals when flushing to zero).
        least: results below this become zero (0 with gradual underflow).
        lowest: least finite value.
        largest: greatest finite value.
        above: what a finite value above the range becomes.
        below: what a finite value below the range becomes.
        plus_infinity: what +∞ becomes.
        minus_infinity: what −∞ becomes.
        negative_zero: whether −0 exists.
        modulus: for wrapping formats, else 0.
    """

    mode: int
    floating: bool
    precision: int
    quantum: int
    finest: int
    least: float
    lowest: float
    largest: float
    above: float
    below: float
    plus_infinity: float
    minus_infinity: float
    negative_zero: bool
    modulus: float


def resolve_format(number_format: Format | str) -> Format:
    """A format given as record or as string."""
    return parse_format(number_format) if isinstance(number_format, str) else number_format


@lru_cache(maxsize=512)
def rounding_plan(number_format: Format | str, rounding: str = "nearest-even") -> RoundingPlan:
    """The plan that the rounding loops follow for a format and a mode.

    Raises:
        FormatError: for an unknown mode, or for `exact`, which does not round.
    """
    form = resolve_format(number_format)
    if rounding not in ROUNDINGS:
        raise FormatError(f"unknown rounding {rounding!r}; expected one of {', '.join(ROUNDINGS)}")
    if form.kind == "exact":
        raise FormatError("the format exact does not round; choose a number format such as fp64")
    saturates = form.overflow == "saturate"
    plus = form.largest if saturates else math.inf if form.infinities else math.nan
    minus = form.lowest if saturates else -math.inf if form.infinities and form.lowest < 0 else math.nan
    flushes = form.kind == "float" and not form.subnormals
    return RoundingPlan(
        mode=ROUNDINGS.index(rounding),
        floating=form.kind == "float",
        precision=form.precision,
        quantum=form.quantum,
        finest=form.quantum - 1 if flushes else form.quantum,
        least=form.smallest_normal if flushes else 0.0,
        lowest=form.lowest,
        largest=form.largest,
        above=form.largest if rounding in ("toward-zero", "to-odd", "down") else plus,
        below=form.lowest if rounding in ("toward-zero", "to-odd", "up") else minus,
        plus_infinity=plus,
        minus_infinity=minus,
        negative_zero=form.negative_zero,
        modulus=form.modulus,
    )


def has_magic(plan: RoundingPlan) -> bool:
    """Whether the magic addition covers this plan: nearest-even, a symmetric float of 2 … 51 bits."""
    return ROUNDINGS[plan.mode] == "nearest-even" and plan.floating and 2 <= plan.precision <= 51 and plan.lowest < 0


class MagicConstants(NamedTuple):
    """The constants of the magic addition; see `rounding_kernels.nearest_even_bits`.

    Arguments:
        scale: magic number for a value of exponent 0.
        least_magic: magic number at the bottom of the normal range.
        limit: greatest magnitude that does not overflow.
        above_bits: bit pattern of what overflow gives.
        above_sign: mask that lets the sign through to it (0 for NaN).
        zero_sign: mask that lets the sign through to zeros.
        least: results below this become zero.
    """

    scale: float
    least_magic: float
    limit: float
    above_bits: int
    above_sign: int
    zero_sign: int
    least: float


@lru_cache(maxsize=512)
def magic_constants(plan: RoundingPlan) -> MagicConstants:
    """Constants with which adding and subtracting rounds to nearest even."""
    scale = 1.5 * 2.0 ** (53 - plan.precision)
    top = math.frexp(plan.largest)[1]
    spacing = 2.0 ** max(top - plan.precision, plan.quantum)
    # The midpoint above the largest number belongs to it exactly when its significand is even.
    limit = plan.largest + spacing / 2
    if plan.largest / spacing % 2 == 1:
        limit = math.nextafter(limit, 0.0)
    return MagicConstants(
        scale=scale,
        least_magic=scale * 2.0 ** (plan.finest + plan.precision - 1),
        limit=limit,
        above_bits=int(np.float64(plan.above).view(np.int64)) if plan.above == plan.above else 0x7FF8000000000000,
        above_sign=-(2**63) if plan.above == plan.above else 0,
        zero_sign=-(2**63) if plan.negative_zero else 0,
        least=plan.least,
    )


class SelectConstants(NamedTuple):
    """The constants of the branch-free loop for every mode; see `rounding_kernels.selected_bits`.

    Arguments:
        plus_even: a positive value moves away from zero when the part between its neighbours, in spacings, exceeds
            this and the lower neighbour is even.
        plus_odd: the same over an odd neighbour.
        minus_even: the same for a negative value.
        minus_odd: the same for a negative value over an odd neighbour.
        relative: spacing of the numbers from 1 to 2 (0 for fixed point).
        finest: finest spacing.
        tiny: magnitudes below this one are rounded as this one.
        zero_sign: mask that lets the sign through to zeros.
        least: as in `RoundingPlan`.
        lowest: as in `RoundingPlan`.
        largest: as in `RoundingPlan`.
        above: as in `RoundingPlan`.
        below: as in `RoundingPlan`.
        plus_infinity: as in `RoundingPlan`.
        minus_infinity: as in `RoundingPlan`.
        down: whether the mode is down, in which zero sums are −0.
    """

    plus_even: float
    plus_odd: float
    minus_even: float
    minus_odd: float
    relative: float
    finest: float
    tiny: float
    zero_sign: int
    least: float
    lowest: float
    largest: float
    above: float
    below: float
    plus_infinity: float
    minus_infinity: float
    down: bool


def is_selectable(plan: RoundingPlan) -> bool:
    """Whether the branch-free loop covers a plan: 2 … 51 significand bits or fixed point, no wrapping."""
    return plan.modulus == 0 and (not plan.floating or 2 <= plan.precision <= 51)


@lru_cache(maxsize=512)
def select_constants(plan: RoundingPlan) -> SelectConstants:
    """Constants with which one comparison per value rounds in any mode."""
    always, never, below_half = 0.0, 1.0, math.nextafter(0.5, 0.0)
    thresholds = {
        "nearest-even": (0.5, below_half, 0.5, below_half),
        "nearest-away": (below_half,) * 4,
        "toward-zero": (never,) * 4,
        "up": (always, always, never, never),
        "down": (never, never, always, always),
        "to-odd": (always, never, always, never),
        "stochastic": (never,) * 4,  # replaced by the uniform numbers
    }[ROUNDINGS[plan.mode]]
    return SelectConstants(
        *thresholds,
        relative=2.0 ** (1 - plan.precision) if plan.floating else 0.0,
        finest=2.0**plan.finest,
        tiny=2.0 ** (plan.finest - 200),
        zero_sign=-(2**63) if plan.negative_zero else 0,
        least=plan.least,
        lowest=plan.lowest,
        largest=plan.largest,
        above=plan.above,
        below=plan.below,
        plus_infinity=plan.plus_infinity,
        minus_infinity=plan.minus_infinity,
        down=ROUNDINGS[plan.mode] == "down",
    )
