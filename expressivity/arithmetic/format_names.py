"""Format strings → `Format`: named formats, `e<E>m<M>`, `q<I>.<F>`, `int<k>`, and their switches.

| string | format |
|---|---|
| `fp64` `fp32` `tf32` `fp16` `bf16` | IEEE 754 layouts: infinities, NaN, −0, gradual underflow |
| `fp8_e5m2` | IEEE-style 8 bits |
| `fp8_e4m3fn` | no infinities, one NaN code per sign: overflow gives NaN |
| `fp8_e4m3fnuz` `fp8_e5m2fnuz` | no infinities, no −0 (its code is the only NaN), bias one higher: overflow gives NaN |
| `fp6_e2m3` `fp6_e3m2` `fp4_e2m1` | finite numbers only: overflow saturates, NaN raises |
| `e<E>m<M>` | any layout, IEEE-style unless switches say otherwise |
| `q<I>.<F>` `uq<I>.<F>` | fixed point, I bits before and F after the point (sign bit not counted): saturates |
| `int<k>` `uint<k>` | k-bit integers: wrap around |
| `exact` | no rounding |

Switches follow after `+`, in any order: `sat` (saturate), `nosub` (flush to zero instead of subnormals); for `e<E>m<M>`
also one of `fn`, `fnuz`, `finite` (as in the table's `fp8_e4m3fn`, `fp8_e4m3fnuz`, `fp4_e2m1`) and `bias<k>`
(`e4m3+fn+bias11+sat`); for fixed point `wrap` or `sat`.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from expressivity.arithmetic.formats import EXACT, FP64, Format, fixed_format, float_format
from expressivity.errors import FormatError

_FLOATS: dict[str, tuple[int, int, str]] = {
    "fp32": (8, 23, "ieee"),
    "tf32": (8, 10, "ieee"),
    "fp16": (5, 10, "ieee"),
    "bf16": (8, 7, "ieee"),
    "fp8_e4m3fn": (4, 3, "fn"),
    "fp8_e5m2": (5, 2, "ieee"),
    "fp8_e4m3fnuz": (4, 3, "fnuz"),
    "fp8_e5m2fnuz": (5, 2, "fnuz"),
    "fp6_e2m3": (2, 3, "finite"),
    "fp6_e3m2": (3, 2, "finite"),
    "fp4_e2m1": (2, 1, "finite"),
}

FORMAT_NAMES = ("fp64", *_FLOATS, "exact")
"""The formats that have a name of their own, widest first."""

_ALIASES = {
    "float64": "fp64",
    "double": "fp64",
    "float32": "fp32",
    "float": "fp32",
    "float16": "fp16",
    "half": "fp16",
    "bfloat16": "bf16",
    "float8_e4m3fn": "fp8_e4m3fn",
    "e4m3fn": "fp8_e4m3fn",
    "fp8": "fp8_e4m3fn",
    "float8_e5m2": "fp8_e5m2",
    "float8_e4m3fnuz": "fp8_e4m3fnuz",
    "float8_e5m2fnuz": "fp8_e5m2fnuz",
    "fp6": "fp6_e2m3",
    "fp4": "fp4_e2m1",
    "int": "int8",
    "uint": "uint8",
    "rational": "exact",
}
# A number has one spelling, so that a format has one name: no leading zeros, and the digits of ASCII.
_NUMBER = "(0|[1-9][0-9]*)"
_CUSTOM = re.compile(f"e{_NUMBER}m{_NUMBER}")
_FIXED = re.compile(rf"(u?)q{_NUMBER}\.{_NUMBER}")
_INTEGER = re.compile(f"(u?)int{_NUMBER}")
_BIAS = re.compile(r"bias(-?(?:0|[1-9][0-9]*))")


@lru_cache(maxsize=256)
def parse_format(text: str) -> Format:
    """The format that a string names; the syntax is at the top of this module.

    Raises:
        FormatError: for an unknown name (with the nearest known ones), an unknown, contradictory or repeated switch,
            or sizes out of bounds.
    """
    base, *switches = text.split("+")
    allowed: tuple[str, ...]
    if base in ("fp64", "exact"):
        allowed = ()
    elif base in _FLOATS:
        allowed = ("sat", "nosub")
    elif _CUSTOM.fullmatch(base):
        allowed = ("fn", "fnuz", "finite", "bias<k>", "sat", "nosub")
    elif _FIXED.fullmatch(base) or _INTEGER.fullmatch(base):
        allowed = ("sat", "wrap")
    else:
        raise FormatError(_unknown(base))
    _check_switches(text, base, switches, allowed)
    if base in ("fp64", "exact"):
        return FP64 if base == "fp64" else EXACT
    name = "+".join([base, *sorted(switches)])
    if match := _FIXED.fullmatch(base):
        unsigned, integer, fraction = match.groups()
        return fixed_format(int(integer), int(fraction), name=name, signed=not unsigned, wrap="wrap" in switches)
    if match := _INTEGER.fullmatch(base):
        unsigned, bits = match.groups()
        integer_bits = int(bits) - (0 if unsigned else 1)
        return fixed_format(integer_bits, 0, name=name, signed=not unsigned, wrap="sat" not in switches)
    return _float(name, base, switches)


def _float(name: str, base: str, switches: list[str]) -> Format:
    """A named or custom float with its switches, which are known to be valid."""
    if base in _FLOATS:
        exponent_bits, fraction_bits, style = _FLOATS[base]
    else:
        match = _CUSTOM.fullmatch(base)
        assert match is not None
        exponent_bits, fraction_bits = int(match[1]), int(match[2])
        style = next((s for s in switches if s in ("fn", "fnuz", "finite")), "ieee")
    given = [int(match[1]) for s in switches if (match := _BIAS.fullmatch(s))]
    bias = given[0] if given else None
    if bias is None and style == "fnuz" and 1 <= exponent_bits <= 64:
        bias = 2 ** (exponent_bits - 1)
    return float_format(
        exponent_bits,
        fraction_bits,
        name=name,
        bias=bias,
        infinities=style == "ieee",
        nan=style != "finite",
        negative_zero=style != "fnuz",
        subnormals="nosub" not in switches,
        saturate="sat" in switches or style == "finite",
    )


def _check_switches(text: str, base: str, switches: list[str], allowed: tuple[str, ...]) -> None:
    """Raise one error with everything that is wrong with the switches of a format string."""
    problems = []
    kinds = ["bias<k>" if _BIAS.fullmatch(s) else s for s in switches]
    for switch, kind in zip(switches, kinds, strict=True):
        if kind not in allowed:
            choice = f"expected one of {', '.join(allowed)}" if allowed else f"{base} takes none"
            problems.append(f"unknown switch {switch!r}, {choice}")
    problems += [f"switch {kind!r} is given twice" for kind in dict.fromkeys(kinds) if kinds.count(kind) > 1]
    for group in (("fn", "fnuz", "finite"), ("sat", "wrap")):
        chosen = [kind for kind in group if kind in kinds]
        if len(chosen) > 1:
            problems.append(f"switches {' and '.join(chosen)} contradict each other; keep one")
    if problems:
        raise FormatError(f"format {text!r}: {'; '.join(problems)}")


def _unknown(base: str) -> str:
    """The error text for a name nobody knows, with the nearest ones."""
    lowered = base.lower()
    near = list(dict.fromkeys(_ALIASES.get(n, n) for n in _near(lowered)))
    hint = f"did you mean {' or '.join(near)}?" if near else f"the named formats are {', '.join(FORMAT_NAMES)}"
    return f"unknown number format {base!r}; {hint} (custom ones are written e<E>m<M>, q<I>.<F>, int<k> or uint<k>)"


def _near(lowered: str) -> list[str]:
    """Known names close to a lower-case string, the best first."""
    known = [*FORMAT_NAMES, *_ALIASES]
    return [lowered] if lowered in known else difflib.get_close_matches(lowered, known, n=3, cutoff=0.6)
