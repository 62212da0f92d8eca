"""Names of number formats and arithmetics → records; a name the checker does not know whole is refused.

The syntax is the library's own (`arithmetic.format_names`, `arithmetic.spec`), written down a second time.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from expressivity.checker.errors import Rejected

MODES = ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd")
"""Roundings that are functions of the exact value, and non-decreasing ones."""
STEPWISE = ("per-operation", "fused", "accumulate-fp32", "chunked")
CAST = "exact-then-cast"


class Layout(NamedTuple):
    """A format: spacing, bounds and the places of the special values."""

    digits: int | None  # significand bits; None for constant spacing
    finest: Fraction  # spacing around zero, a power of two
    low: Fraction
    high: Fraction
    has_infinity: bool
    has_nan: bool
    has_minus_zero: bool
    flushes: bool  # numbers below the smallest normal become zero
    on_overflow: str  # "saturate", "wrap" or "special"

    @property
    def bits(self) -> int:
        """A k of at least 0 such that all numbers are multiples of 2^−k."""
        return self.finest.denominator.bit_length() - 1


class Arithmetic(NamedTuple):
    """How a network is evaluated: the formats of weights and state, the order of operations, the rounding."""

    name: str
    weights: str
    state: str
    order: str
    rounding: str
    chunk: int  # letters of a block in the order chunked, else 0

    @property
    def exact(self) -> bool:
        """Whether nothing is rounded at all."""
        return self.state == "exact"

    @property
    def inner(self) -> str:
        """The format of single operations."""
        return "fp32" if self.order == "accumulate-fp32" else self.state

    @property
    def inner_rounding(self) -> str:
        """The rounding of single operations."""
        return "nearest-even" if self.order == "accumulate-fp32" else self.rounding


_NAMED = {
    "fp64": "e11m52",
    "fp32": "e8m23",
    "tf32": "e8m10",
    "fp16": "e5m10",
    "bf16": "e8m7",
    "fp8_e4m3fn": "e4m3+fn",
    "fp8_e5m2": "e5m2",
    "fp8_e4m3fnuz": "e4m3+fnuz",
    "fp8_e5m2fnuz": "e5m2+fnuz",
    "fp6_e2m3": "e2m3+finite",
    "fp6_e3m2": "e3m2+finite",
    "fp4_e2m1": "e2m1+finite",
}
_FLOAT = re.compile(r"e([1-9][0-9]?)m(0|[1-9][0-9]?)")
_FIXED = re.compile(r"(u?)q(0|[1-9][0-9]?)\.(0|[1-9][0-9]?)")
_INTEGER = re.compile(r"(u?)int([1-9][0-9]?)")
_BIAS = re.compile(r"bias(-?(?:0|[1-9][0-9]{0,3}))")
_RANGE = 480  # |log2| of every finite value but fp64's


@lru_cache(maxsize=256)
def layout(name: str) -> Layout:
    """The layout that a format string names.

    Raises:
        ValueError: when the string is not the name of a rounding format, its switches included.
    """
    head, *switches = name.split("+")
    known = _NAMED.get(head, head).split("+")
    allowed = {"sat", "nosub"} if head in _NAMED else {"sat", "nosub", "fn", "fnuz", "finite", "bias"}
    kinds = ["bias" if _BIAS.fullmatch(switch) else switch for switch in switches]
    if match := _FLOAT.fullmatch(known[0]):
        kinds += known[1:]
        exclusive = {"fn", "fnuz", "finite"}
    elif (match := _FIXED.fullmatch(head)) or (match := _INTEGER.fullmatch(head)):
        allowed = exclusive = {"sat", "wrap"}
    else:
        raise ValueError(f"{name!r} is not a rounding number format")
    if head == "fp64":
        allowed = set()
    unknown = [s for s, kind in zip(switches, kinds, strict=False) if kind not in allowed]
    if unknown or len(set(kinds)) != len(kinds) or len(exclusive & set(kinds)) > 1:
        raise ValueError(f"{name!r} is not a rounding number format: its switches are unknown, repeated or at odds")
    if match.re is _FLOAT:
        bias = next((int(found[1]) for s in switches if (found := _BIAS.fullmatch(s))), None)
        return _float(name, int(match[1]), int(match[2]), set(kinds), bias)
    whole, after = (int(match[2]), int(match[3])) if match.re is _FIXED else (int(match[2]) - (not match[1]), 0)
    if not 1 <= whole + after + (not match[1]) <= 48:
        raise ValueError(f"{name!r} is not a rounding number format of 1 to 48 bits")
    wraps = "wrap" in kinds if match.re is _FIXED else "sat" not in kinds
    step = Fraction(1, 2**after)
    low = Fraction(0) if match[1] else Fraction(-(2**whole))
    return Layout(None, step, low, 2**whole - step, False, False, False, False, "wrap" if wraps else "saturate")


def _float(name: str, exponent_bits: int, stored_bits: int, switches: set[str], bias: int | None) -> Layout:
    """The layout of e<E>m<M> with its switches, counting codes from the top."""
    if bias is None:
        bias = 2 ** (exponent_bits - 1) - 1 + ("fnuz" in switches)
    ieee = not switches & {"fn", "fnuz", "finite"}
    last = 2 ** (exponent_bits + stored_bits) - 1
    last -= 2**stored_bits if ieee else 1 if "fn" in switches else 0
    finest = 1 - bias - stored_bits
    exponent, stored = last >> stored_bits, last & (2**stored_bits - 1)
    top = finest + max(exponent - 1, 0) + stored_bits
    if last < 1 or (name != "fp64" and (exponent_bits > 9 or stored_bits > 50 or finest < -_RANGE or top >= _RANGE)):
        raise ValueError(f"{name!r} is not a rounding number format: its sizes are out of bounds")
    spacing = Fraction(2) ** finest
    high = spacing * stored if exponent == 0 else spacing * (2**stored_bits + stored) * 2 ** (exponent - 1)
    if "nosub" in switches and exponent == 0:
        raise ValueError(f"{name!r} is not a rounding number format: it has no normal numbers, and no others")
    return Layout(
        digits=stored_bits + 1,
        finest=spacing,
        low=-high,
        high=high,
        has_infinity=ieee,
        has_nan="finite" not in switches,
        has_minus_zero="fnuz" not in switches,
        flushes="nosub" in switches,
        on_overflow="saturate" if switches & {"sat", "finite"} else "special",
    )


def read_arithmetic(name: str) -> Arithmetic:
    """The arithmetic that a string `weights:state/order/rounding` names.

    Raises:
        Rejected: when it is unknown, or nothing that a network's verdicts are a function of.
    """
    formats, *rest = name.split("/")
    names = formats.split(":")
    if name == "exact":
        return Arithmetic(name, "exact", "exact", "exact", "", 0)
    order = rest[0] if rest else "per-operation"
    rounding = rest[1] if len(rest) > 1 else "nearest-even"
    chunk = 0
    if match := re.fullmatch(r"chunked:([1-9][0-9]{0,6})", order):
        order, chunk = "chunked", int(match[1])
    weights, state = names[0], names[-1]
    problem = ""
    if len(names) > 2 or len(rest) > 2:
        problem = "it is not weights:state/order/rounding"
    elif order not in (*STEPWISE, CAST) or (order == "chunked") != bool(chunk):
        problem = f"the order {order!r} is unknown"
    elif rounding not in MODES:
        problem = f"the rounding {rounding!r} is unknown, or no function of the exact value"
    elif state == "exact" or (weights == "exact" and order != CAST):
        problem = "exact numbers do not go with rounded operations"
    if not problem:
        try:
            for form in {weights, state} - {"exact"}:
                layout(form)
        except ValueError as error:
            problem = str(error)
    if problem:
        raise Rejected(f"arithmetic {name!r} is unknown to this checker: {problem}")
    return Arithmetic(name, weights, state, order, rounding, chunk)
