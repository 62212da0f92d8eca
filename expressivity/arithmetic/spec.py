"""Arithmetic strings → `Arithmetic`: `format[/order[/rounding]]`, with `weights:state` where two formats are meant.

Examples: `bf16`, `bf16/fused`, `fp8_e4m3fn/per-operation/toward-zero`, `bf16:fp32/accumulate-fp32`, `fp16/chunked:64`,
`uint8`, `exact`. Formats are written as in `format_names`, roundings as in `rounding_plan.ROUNDINGS`. Orders:

- `per-operation` (the default): every multiplication and every addition is rounded;
- `fused`: a dot product is exact and rounded once;
- `accumulate-fp32`: products and sums in fp32, one final rounding to the state's format;
- `chunked:<c>`: products of the transitions of c letters are formed first, then applied;
- `exact-then-cast`: everything exact, states cast to the format when they are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding_plan import ROUNDINGS
from expressivity.errors import FormatError

ORDERS = ("per-operation", "fused", "accumulate-fp32", "chunked", "exact-then-cast")
"""The evaluation orders; `chunked` is written with its chunk length, `chunked:64`."""

_SYNTAX = "format[/order[/rounding]], such as bf16, bf16:fp32/fused or fp16/per-operation/toward-zero"


@dataclass(frozen=True)
class Arithmetic:
    """How a network is evaluated; build one with `parse_arithmetic`.

    Arguments:
        weights: format the weights are stored in.
        state: format every result of an operation, and the state, is rounded to.
        order: one of `ORDERS`.
        rounding: one of `ROUNDINGS`.
        chunk: letters per chunk for the order `chunked`, else None.
    """

    weights: Format
    state: Format
    order: str = "per-operation"
    rounding: str = "nearest-even"
    chunk: int | None = None

    @property
    def exact(self) -> bool:
        """Whether nothing is rounded while the network runs."""
        return self.state.kind == "exact"

    def __str__(self) -> str:
        """The shortest string that `parse_arithmetic` reads back as this arithmetic."""
        same = self.weights == self.state
        parts = [self.state.name if same else f"{self.weights.name}:{self.state.name}"]
        order = self.order if self.chunk is None else f"{self.order}:{self.chunk}"
        if order != "per-operation" or self.rounding != "nearest-even":
            parts.append(order)
        if self.rounding != "nearest-even":
            parts.append(self.rounding)
        return "/".join(parts)


@lru_cache(maxsize=256)
def parse_arithmetic(text: str) -> Arithmetic:
    """The arithmetic that a string names; the syntax is at the top of this module.

    Raises:
        FormatError: with everything that is wrong with the string.
    """
    parts = text.split("/")
    problems: list[str] = []
    if len(parts) > 3:
        problems.append(f"it has {len(parts)} parts, expected {_SYNTAX}")
    names = parts[0].split(":")
    formats: list[Format] = []
    if len(names) > 2:
        problems.append(f"{parts[0]!r} names {len(names)} formats, expected format or weights:state")
    for name in names[:2]:
        try:
            formats.append(parse_format(name))
        except FormatError as error:
            problems.append(str(error))
    order, chunk = "per-operation", None
    if len(parts) > 1:
        order, chunk, wrong = _parse_order(parts[1])
        problems += wrong
    rounding = parts[2] if len(parts) > 2 else "nearest-even"
    if rounding not in ROUNDINGS:
        problems.append(f"unknown rounding {rounding!r}; expected one of {', '.join(ROUNDINGS)}")
    if len(parts) > 1 and formats and formats[-1].kind == "exact":
        problems.append("an exact state is never rounded; leave out order and rounding")
    if problems:
        raise FormatError(f"arithmetic {text!r}: {'; '.join(problems)}")
    return Arithmetic(formats[0], formats[-1], order, rounding, chunk)


def _parse_order(text: str) -> tuple[str, int | None, list[str]]:
    """An order with its chunk length, and what is wrong with it."""
    match = re.fullmatch(r"chunked:([0-9]+)", text)
    if match and int(match[1]) >= 1:
        return "chunked", int(match[1]), []
    if text.split(":")[0] == "chunked":
        return "chunked", None, [f"order {text!r} needs a chunk length of at least 1, as in chunked:64"]
    if text in ORDERS:
        return text, None, []
    hint = f"; write the rounding third: per-operation/{text}" if text in ROUNDINGS else ""
    known = ", ".join(name if name != "chunked" else "chunked:<c>" for name in ORDERS)
    return text, None, [f"unknown order {text!r}; expected one of {known}{hint}"]
