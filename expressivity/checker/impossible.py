"""An independent checker of impossibility certificates.

A certificate names a theorem, a family, an arithmetic and an automaton, and shows in the automaton what the theorem
excludes. Checked here: that the theorem is one of those written down below, that its hypotheses hold for that family
and that arithmetic, and that the words do in the automaton what is claimed. The theorems themselves are proved on
paper (see `constructions.refusals` for statements and sources, `proofs/` for the ones carried out there); this file
holds their hypotheses a second time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from expressivity.checker import reference
from expressivity.checker.errors import Rejected
from expressivity.checker.reading import Fields, integer, integers, text
from expressivity.checker.records import Automaton, read_automaton

ROUNDINGS = ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd", "stochastic")

GIVEN = {
    "margin": "whose read-outs keep a margin (some ε > 0 by which every state reached may move without another code)",
    "finitely-many-states": "that reaches finitely many states",
}
"""Properties of a network that a certificate may assume, each as a clause."""


class Model(NamedTuple):
    """An arithmetic as its string names it; a format is None where nothing is rounded."""

    weights: reference.Layout | None
    state: reference.Layout | None
    order: str
    rounding: str


class Theorem(NamedTuple):
    """A theorem: families, lists of hypotheses any one of which will do, what it excludes, properties it may assume."""

    families: tuple[str, ...]
    models: tuple[tuple[str, ...], ...]
    excludes: str
    given: tuple[str, ...] = ()


EXACT = ("nothing-is-rounded",)
CAST = ("cast-once", "no-chance", "no-wrapping")
STEPS = ("rounded-steps", "no-chance", "no-wrapping")
RING = ("ring-order", "wrapping", "whole-numbers")

THEOREMS: dict[str, Theorem] = {
    "constant-along-powers": Theorem(("mamba",), (EXACT, (*CAST, "non-negative-weights")), "cycle"),
    "constant-along-a-letter": Theorem(("deltanet",), (EXACT, (*CAST, "exact-weights")), "letter-cycle"),
    "power-of-two-along-powers": Theorem(("mamba-signed",), (EXACT, CAST), "odd-cycle"),
    "margins-settle-along-a-letter": Theorem(("rwkv7",), (EXACT,), "letter-cycle", ("margin", "finitely-many-states")),
    "solvable-subgroups-only": Theorem(("complex-diagonal",), (EXACT,), "unsolvable", ("finitely-many-states",)),
    "monotone-maps-are-aperiodic": Theorem(("mamba",), ((*STEPS, "non-negative-weights"),), "cycle"),
    "monotone-or-reversing-maps-make-2-groups": Theorem(("mamba-signed",), (STEPS,), "odd-cycle"),
    "wrapping-diagonals-make-2-groups": Theorem(("mamba", "mamba-signed"), (RING,), "odd-cycle"),
    "wrapping-complex-diagonals-make-2-groups": Theorem(("complex-diagonal",), ((*RING, "same-parity"),), "odd-cycle"),
}


@lru_cache(maxsize=256)
def _stored_non_negative(form: reference.Layout | None) -> bool:
    """Whether [0, 1] is stored without a negative number: tried at 1 and at the first number out of range."""
    if form is None:
        return True
    tried = [value for value in (Fraction(1, 2), Fraction(1), form.high + form.finest) if value <= 1]
    return not any(reference.round_number(value, form) < 0 for value in tried)


@lru_cache(maxsize=256)
def _stored_with_parity(form: reference.Layout | None) -> bool:
    """Whether numbers of [−1, 1] and their negatives are stored as whole numbers of one parity; quarters show it."""
    if form is None or form.digits is not None or form.finest != 1:
        return False
    quarters = [Fraction(k, 4) for k in range(5)]
    return all((reference.round_number(v, form) + reference.round_number(-v, form)) % 2 == 0 for v in quarters)


def _counts_in_ones(form: reference.Layout | None) -> bool:
    return form is not None and form.digits is None and form.finest == 1


HYPOTHESES: dict[str, Callable[[Model], bool]] = {
    "nothing-is-rounded": lambda model: model.weights is None and model.state is None,
    "cast-once": lambda model: model.state is not None and model.order == "exact-then-cast",
    "rounded-steps": lambda model: (
        model.state is not None and model.order in ("per-operation", "fused", "accumulate-fp32")
    ),
    "no-chance": lambda model: model.rounding != "stochastic",
    "no-wrapping": lambda model: model.state is None or model.state.on_overflow != "wrap",
    "non-negative-weights": lambda model: _stored_non_negative(model.weights),
    "exact-weights": lambda model: model.weights is None,
    "ring-order": lambda model: model.state is not None and model.order in ("per-operation", "fused"),
    "wrapping": lambda model: model.state is not None and model.state.on_overflow == "wrap",
    "whole-numbers": lambda model: _counts_in_ones(model.weights) and _counts_in_ones(model.state),
    "same-parity": lambda model: _stored_with_parity(model.weights),
}
"""Hypotheses on the arithmetic, each decided from the layouts of its formats by rounding numbers where it can be."""


def check(certificate: dict[str, Any]) -> str:
    """Check a certificate of the claim "impossible" and say what it proves.

    Arguments:
        certificate: the JSON object; its format and version are known to be right.

    Raises:
        Rejected: naming the first claim that does not hold.
    """
    fields = Fields(certificate, "the certificate")
    for part in ("format", "version", "claim"):
        fields.take(part)
    name, family, arithmetic = (text(fields.take(part), f"the {part}") for part in ("theorem", "family", "arithmetic"))
    given = text(fields.take("assumes"), "what is assumed")
    automaton, evidence = read_automaton(fields.take("automaton")), Fields(fields.take("evidence"), "the evidence")
    fields.done()
    if name not in THEOREMS:
        raise Rejected(f"theorem {name!r} is unknown to this checker")
    theorem = THEOREMS[name]
    if family not in theorem.families:
        raise Rejected(f"theorem {name!r} is about {', '.join(theorem.families)}, not about {family!r}")
    held = hypotheses(arithmetic)
    missing = [[needed for needed in listed if needed not in held] for listed in theorem.models]
    if all(missing):
        needs = " or ".join(" and ".join(names) for names in missing)
        raise Rejected(f"theorem {name!r} needs {needs} of the arithmetic; {arithmetic!r} has not")
    if given not in (theorem.given or ("",)):
        allowed = " or ".join(map(repr, theorem.given)) or "nothing"
        raise Rejected(f"theorem {name!r} assumes {allowed} of the network, not {given!r}")
    if theorem.excludes == "unsolvable":
        shown = _check_unsolvable(automaton, evidence)
    else:
        odd, letter = theorem.excludes == "odd-cycle", theorem.excludes == "letter-cycle"
        shown = _check_cycle(automaton, evidence, odd=odd, letter=letter)
    evidence.done()
    which = f" {GIVEN[given]}" if given else ""
    return f"proved: no network of {family!r}{which} recognises the language in {arithmetic} arithmetic; {shown}"


def hypotheses(name: str) -> frozenset[str]:
    """Names of the hypotheses, those of `HYPOTHESES`, that an arithmetic satisfies.

    Raises:
        Rejected: when the string names no arithmetic.
    """
    formats, *rest = name.split("/")
    names = formats.split(":")
    order, rounding = (*rest, *("per-operation", "nearest-even")[len(rest) :])[:2]
    if (
        len(rest) > 2
        or len(names) > 2
        or rounding not in ROUNDINGS
        or (rest and names[-1] == "exact")
        or formats == "exact:exact"
    ):
        raise Rejected(f"arithmetic {name!r} is unknown to this checker; expected format[/order[/rounding]]")
    read = [None if form == "exact" else reference.layout(form) for form in names]
    model = Model(read[0], read[-1], order, rounding)
    return frozenset(name for name, holds in HYPOTHESES.items() if holds(model))


def _word(automaton: Automaton, evidence: Fields, name: str) -> tuple[int, ...]:
    return integers(evidence.take(name), f"the word {name!r}", 0, len(automaton.letters) - 1)


def _images(automaton: Automaton, word: tuple[int, ...]) -> list[int]:
    """Where a word of letter numbers takes every state."""
    images = list(range(automaton.states))
    for letter in word:
        row = automaton.table[letter]
        images = [row[q] for q in images]
    return images


def _check_cycle(automaton: Automaton, evidence: Fields, *, odd: bool, letter: bool) -> str:
    words = [_word(automaton, evidence, part) for part in ("prefix", "word", "suffix")]
    prefix, word, suffix = (_images(automaton, letters) for letters in words)
    # The states of a cycle are different, so that its period is at most their number.
    period = integer(evidence.take("period"), "the period", 2, automaton.states)
    if any(period % d == 0 for d in range(2, math.isqrt(period) + 1)):
        raise Rejected(f"period {period!r} is no prime")
    if odd and period == 2:
        raise Rejected("the theorem allows period 2; an odd prime is needed")
    if letter and len(set(words[1])) != 1:
        raise Rejected("the theorem is about the powers of one letter; the word has several")
    states = [prefix[automaton.start]]
    for _ in range(period):
        states.append(word[states[-1]])
    if states[-1] != states[0]:
        raise Rejected(f"{period} repetitions of the word do not return to the state after the prefix")
    if len({suffix[q] in automaton.accepting for q in states}) == 1:
        raise Rejected("the suffix does not tell the states of the cycle apart")
    return f"membership of u·wᵏ·v has the least period {period} in k"


def _check_unsolvable(automaton: Automaton, evidence: Fields) -> str:
    points = integers(evidence.take("points"), "the states named", 0, automaton.states - 1)
    _check_points(automaton, points)
    first, second = (_images(automaton, _word(automaton, evidence, part)) for part in ("first", "second"))
    both = [second[q] for q in first]
    orders = []
    for images in (first, second, both):
        if sorted(images[q] for q in points) != sorted(set(points)):
            raise Rejected("a word does not permute the states named")
        orders.append(_order(images, points))
    apart = math.lcm(*orders) == math.prod(orders)
    if min(orders) < 2 or not apart:
        raise Rejected(f"the orders {orders} of x, y and xy are not pairwise coprime and above one")
    return f"x, y and xy permute {len(points)} states with the pairwise coprime orders {orders}"


def _check_points(automaton: Automaton, points: tuple[int, ...]) -> None:
    """Reject states that no word leads to, or that no word tells apart: they say nothing of the language."""
    table, states = automaton.table, automaton.states
    if not set(points) <= automaton.reached():
        raise Rejected("a state named is reached by no word")
    classes = [int(q in automaton.accepting) for q in range(states)]
    while True:
        futures = [(classes[q], *(classes[row[q]] for row in table)) for q in range(states)]
        numbers = {future: number for number, future in enumerate(sorted(set(futures)))}
        if len(numbers) == len(set(classes)):
            break
        classes = [numbers[future] for future in futures]
    if len({classes[q] for q in points}) < len(set(points)):
        raise Rejected("no word tells two of the states named apart")


def _order(images: list[int], points: tuple[int, ...]) -> int:
    order, seen = 1, set()
    for point in points:
        length, at = 0, point
        while at not in seen:
            seen.add(at)
            at, length = images[at], length + 1
        order = math.lcm(order, max(length, 1))
    return order
