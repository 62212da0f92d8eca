"""An independent checker of impossibility certificates.

A certificate names a theorem, a family, an arithmetic and an automaton, and shows in the automaton what the theorem
excludes. Checked here: that the theorem is one of those written down below, that its hypotheses hold for that family
and that arithmetic, and that the words do in the automaton what is claimed. The theorems themselves are proved on
paper (see `constructions.refusals` for statements and sources, `proofs/` for the ones carried out there); this file
holds their hypotheses a second time.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from expressivity.checker import reference

STEPWISE = ("per-operation", "fused", "accumulate-fp32")

THEOREMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str, str]] = {
    # name: families, kinds of arithmetic, what the language must not have, what is assumed of the network
    "constant-along-powers": (("mamba",), ("exact", "cast"), "cycle", ""),
    "constant-along-a-letter": (("deltanet",), ("exact", "cast-exact-weights"), "letter-cycle", ""),
    "power-of-two-along-powers": (("mamba-signed",), ("exact", "cast"), "odd-cycle", ""),
    "boxes-become-constant-along-a-letter": (
        ("rwkv7",),
        ("exact",),
        "letter-cycle",
        "finitely many closed boxes certify its answers",
    ),
    "solvable-subgroups-only": (
        ("mamba", "mamba-signed", "complex-diagonal"),
        ("exact",),
        "unsolvable",
        "it has finitely many reachable states",
    ),
    "monotone-maps-are-aperiodic": (("mamba",), ("monotone",), "cycle", ""),
    "monotone-or-reversing-maps-make-2-groups": (("mamba-signed",), ("monotone",), "odd-cycle", ""),
    "wrapping-diagonals-make-2-groups": (
        ("mamba", "mamba-signed", "complex-diagonal"),
        ("wrapping",),
        "odd-cycle",
        "",
    ),
}


def check(certificate: dict[str, Any]) -> str:
    """Check a certificate of the claim "impossible" and say what it proves.

    Arguments:
        certificate: the JSON object, its automaton already known to be well formed.

    Raises:
        ValueError: naming the first claim that does not hold.
    """
    name, family, arithmetic = certificate["theorem"], certificate["family"], certificate["arithmetic"]
    if name not in THEOREMS:
        raise ValueError(f"theorem {name!r} is unknown to this checker")
    families, kinds, excluded, assumes = THEOREMS[name]
    if family not in families:
        raise ValueError(f"theorem {name!r} is about {', '.join(families)}, not about {family!r}")
    held = arithmetic_kinds(arithmetic)
    if not held & set(kinds):
        raise ValueError(f"theorem {name!r} needs {' or '.join(kinds)} arithmetic; {arithmetic!r} is not")
    if certificate["assumes"] != assumes:
        raise ValueError(f"theorem {name!r} assumes {assumes!r} of the network, not {certificate['assumes']!r}")
    automaton, evidence = certificate["automaton"], certificate["evidence"]
    if excluded == "unsolvable":
        shown = _check_unsolvable(automaton, evidence)
    else:
        shown = _check_cycle(automaton, evidence, odd=excluded == "odd-cycle", letter=excluded == "letter-cycle")
    condition = f" such that {assumes}" if assumes else ""
    return f"proved: no network of {family!r}{condition} recognises the language in {arithmetic} arithmetic; {shown}"


def arithmetic_kinds(text: str) -> set[str]:
    """Which kinds of arithmetic, in the sense of `THEOREMS`, a string names."""
    if text == "exact":
        return {"exact"}
    formats, *rest = text.split("/")
    names = formats.split(":")
    order = rest[0] if rest else "per-operation"
    rounding = rest[1] if len(rest) > 1 else "nearest-even"
    if rounding not in ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd") or names[-1] == "exact":
        return set()
    state = reference.layout(names[-1])
    weights = None if names[0] == "exact" else reference.layout(names[0])
    wraps = state.on_overflow == "wrap"
    keeps_sign = weights is None or weights.on_overflow != "wrap" or (weights.high >= 1 and weights.low <= -1)
    kinds = set()
    if order == "exact-then-cast" and not wraps and keeps_sign:
        kinds.add("cast")
        if weights is None:
            kinds.add("cast-exact-weights")
    if order in STEPWISE and not wraps and keeps_sign and weights is not None:
        kinds.add("monotone")
    if order in ("per-operation", "fused") and wraps and weights is not None:
        integers = weights.digits is None and weights.finest == int(weights.finest) == Fraction(weights.finest)
        if state.finest == 1 and integers:
            kinds.add("wrapping")
    return kinds


def _images(automaton: dict[str, Any], word: list[int]) -> list[int]:
    """Where a word of letter numbers takes every state."""
    table = automaton["table"]
    images = list(range(len(table[0])))
    for letter in word:
        if type(letter) is not int or not 0 <= letter < len(table):
            raise ValueError(f"letter number {letter!r} is not one of 0 to {len(table) - 1}")
        images = [table[letter][q] for q in images]
    return images


def _check_cycle(automaton: dict[str, Any], evidence: dict[str, Any], *, odd: bool, letter: bool) -> str:
    prefix, word, suffix = (_images(automaton, evidence[part]) for part in ("prefix", "word", "suffix"))
    period, accepting = evidence["period"], set(automaton["accepting"])
    if type(period) is not int or period < 2 or any(period % d == 0 for d in range(2, math.isqrt(period) + 1)):
        raise ValueError(f"period {period!r} is no prime")
    if odd and period == 2:
        raise ValueError("the theorem allows period 2; an odd prime is needed")
    if letter and len(set(evidence["word"])) != 1:
        raise ValueError("the theorem is about the powers of one letter; the word has several")
    states = [prefix[automaton["start"]]]
    for _ in range(period):
        states.append(word[states[-1]])
    if states[-1] != states[0]:
        raise ValueError(f"{period} repetitions of the word do not return to the state after the prefix")
    if len({suffix[q] in accepting for q in states}) == 1:
        raise ValueError("the suffix does not tell the states of the cycle apart")
    return f"membership of u·wᵏ·v has the least period {period} in k"


def _check_unsolvable(automaton: dict[str, Any], evidence: dict[str, Any]) -> str:
    points = evidence["points"]
    first, second = _images(automaton, evidence["first"]), _images(automaton, evidence["second"])
    both = [second[q] for q in first]
    orders = []
    for images in (first, second, both):
        if sorted(images[q] for q in points) != sorted(set(points)):
            raise ValueError("a word does not permute the states named")
        orders.append(_order(images, points))
    apart = math.lcm(*orders) == math.prod(orders)
    if min(orders) < 2 or not apart:
        raise ValueError(f"the orders {orders} of x, y and xy are not pairwise coprime and above one")
    return f"x, y and xy permute {len(points)} states with the pairwise coprime orders {orders}"


def _order(images: list[int], points: list[int]) -> int:
    order, seen = 1, set()
    for point in points:
        length, at = 0, point
        while at not in seen:
            seen.add(at)
            at, length = images[at], length + 1
        order = math.lcm(order, max(length, 1))
    return order
