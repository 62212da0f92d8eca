"""A family, a language and an arithmetic → why no network of the family recognises the language there, by theorem.

The model is this library's: finitely many layers of any width over letters, read-outs that decode to the nearest of
finitely many code points, layers that may also read their previous input. A *bound* below is a theorem as data: the
families and the hypotheses on the arithmetic under which it is true, and what of a language it excludes. A refusal is a
bound with every hypothesis discharged for one language: by facts computed from the format records, and by words that
show the excluded structure in the language's minimal automaton.

A bound speaks of all networks of its families, unless it is *given* a property of the network (`GIVEN`); such a bound
is used only when it is asked for by that name, and its refusals say so first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from expressivity.algebra.monoids.witness_words import Cycle, UnsolvableSubgroup, find_cycle, find_unsolvable
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.errors import ExpressivityError

Evidence = Cycle | UnsolvableSubgroup

GIVEN = {
    "margin": (
        "whose read-outs keep a margin (some ε > 0 by which every state that is reached may move without another code)"
    ),
    "finitely-many-states": "that reaches finitely many states",
}
"""Properties of a network that a bound may be given, each as a clause about it."""


@dataclass(frozen=True)
class Hypothesis:
    """What a bound asks of the arithmetic.

    Arguments:
        name: its name, also in the independent checker.
        text: the same as a clause, with {weights}, {state}, {order} and {rounding} to be filled in.
        holds: whether an arithmetic has it, decided from its format records.
    """

    name: str
    text: str
    holds: Callable[[Arithmetic], bool]

    def told(self, model: Arithmetic) -> str:
        """The clause about one arithmetic."""
        order = model.order if model.chunk is None else f"{model.order}:{model.chunk}"
        return self.text.format(
            weights=model.weights.name, state=model.state.name, order=order, rounding=model.rounding
        )


@lru_cache(maxsize=1024)
def _stored(value: float, form: Format) -> float:
    """What a weight format makes of a number."""
    return float(round_to(np.array([value]), form, engine="numpy")[0])


def _stays_non_negative(form: Format) -> bool:
    """Rounding keeps the order and 0; only wrapping around makes a negative number of one of [0, 1]."""
    return not form.modulus or form.lowest >= 0 or form.largest >= 1


def _whole(form: Format) -> bool:
    return form.kind == "fixed" and form.quantum == 0


def _same_parity(form: Format) -> bool:
    """Numbers of [−1, 1] are rounded to −1, 0 or 1, and their negatives to the negatives; what is left is the range."""
    return _whole(form) and (_stored(1.0, form) + _stored(-1.0, form)) % 2 == 0


NOTHING_ROUNDED = Hypothesis(
    "nothing-is-rounded",
    "states and weights are exact, so nothing is rounded",
    lambda model: model.exact and model.weights.kind == "exact",
)
CAST_ONCE = Hypothesis(
    "cast-once",
    "the order {order} is exact-then-cast: products are exact, each term is cast to {state}, and so is their exact sum",
    lambda model: not model.exact and model.order == "exact-then-cast",
)
ROUNDED_STEPS = Hypothesis(
    "rounded-steps",
    "the order {order} is one of per-operation, fused and accumulate-fp32: a letter always does the same operations, "
    "each exact and then rounded, and the states are numbers of {state}",
    lambda model: not model.exact and model.order in ("per-operation", "fused", "accumulate-fp32"),
)
NO_CHANCE = Hypothesis(
    "no-chance", "rounding {rounding} does not depend on chance", lambda model: model.rounding != "stochastic"
)
NO_WRAPPING = Hypothesis(
    "no-wrapping",
    "{state} does not wrap around: what is out of range becomes the end of the range, ±∞ or NaN, so rounding keeps the "
    "order of all numbers that stay numbers",
    lambda model: not model.state.modulus,
)
NON_NEGATIVE = Hypothesis(
    "non-negative-weights",
    "no number of [0, 1] is stored as a negative one in {weights}",
    lambda model: _stays_non_negative(model.weights),
)
EXACT_WEIGHTS = Hypothesis(
    "exact-weights",
    "weights are stored exactly and not in {weights}: a rounded key can be longer than one",
    lambda model: model.weights.kind == "exact",
)
RING_ORDER = Hypothesis(
    "ring-order",
    "the order {order} is per-operation or fused on {state}",
    lambda model: not model.exact and model.order in ("per-operation", "fused"),
)
WRAPPING = Hypothesis("wrapping", "{state} wraps around", lambda model: bool(model.state.modulus))
WHOLE_NUMBERS = Hypothesis(
    "whole-numbers",
    "{state} and {weights} hold whole numbers, so nothing is ever lost but multiples of a power of two",
    lambda model: _whole(model.state) and _whole(model.weights),
)
SAME_PARITY = Hypothesis(
    "same-parity",
    "the numbers of [−1, 1] are stored in {weights} with the parity of their negatives, so that modulo two a stored "
    "[[re, −im], [im, re]] is symmetric",
    lambda model: _same_parity(model.weights),
)

_EXACT = (NOTHING_ROUNDED,)
_CAST = (CAST_ONCE, NO_CHANCE, NO_WRAPPING)
_STEPS = (ROUNDED_STEPS, NO_CHANCE, NO_WRAPPING)
_RING = (RING_ORDER, WRAPPING, WHOLE_NUMBERS)


@dataclass(frozen=True)
class Bound:
    """An impossibility theorem as data.

    Arguments:
        name: its name, also in certificates.
        statement: what holds of every network of the families, in one sentence.
        source: where it is proved.
        proof: the file of `proofs/` about it, or "".
        families: families whose every layer satisfies the hypotheses on A(x).
        form: what these layers have in common, in words.
        models: the hypotheses on the arithmetic, any one of these lists of them.
        excludes: the structure a language must not have: "cycle" (a word that moves states round), "odd-cycle"
            (an odd prime number of states), "letter-cycle" (one letter does so), "unsolvable" (a subgroup).
        given: properties of the network, any one of which is needed besides; () for a bound on all networks.
    """

    name: str
    statement: str
    source: str
    proof: str
    families: tuple[str, ...]
    form: str
    models: tuple[tuple[Hypothesis, ...], ...]
    excludes: str
    given: tuple[str, ...] = ()

    def model(self, arithmetic: Arithmetic) -> tuple[Hypothesis, ...] | None:
        """The first list of hypotheses that an arithmetic satisfies."""
        return next((listed for listed in self.models if all(h.holds(arithmetic) for h in listed)), None)


@dataclass(frozen=True)
class Refusal:
    """A bound with its hypotheses discharged for one language.

    Arguments:
        bound: the theorem.
        family: name of the family.
        arithmetic: the arithmetic, as `parse_arithmetic` reads it.
        hypotheses: each hypothesis and why it holds, one sentence each.
        evidence: words that show the excluded structure.
        reason: which networks are excluded, in the first sentence, and why, in the second.
        given: the property of the network that the bound is given, or "".
    """

    bound: Bound
    family: str
    arithmetic: str
    hypotheses: tuple[str, ...]
    evidence: Evidence
    reason: str
    given: str


def refuse(family: str, automaton: Automaton, *, arithmetic: str = "exact", given: str | None = None) -> Refusal | None:
    """Find a theorem that forbids every network of a family, of any depth and width, to recognise a language.

    Arguments:
        family: name of the family.
        automaton: a minimal automaton.
        arithmetic: as `parse_arithmetic` reads it.
        given: a property in `GIVEN`, to ask about the networks that have it only.

    Returns:
        The refusal; None when no theorem here applies, or when the excluded structure was not found within the limits
        of `find_cycle` and `find_unsolvable`.

    Raises:
        FormatError: for an arithmetic that cannot be read.
        ExpressivityError: for an unknown property.
    """
    model = parse_arithmetic(arithmetic)
    _check_given(given)
    for bound in sorted(BOUNDS, key=lambda bound: bool(bound.given)):
        listed = bound.model(model)
        if family not in bound.families or listed is None or (bound.given and given not in bound.given):
            continue
        evidence = _evidence(automaton, bound.excludes)
        if evidence is None:
            continue
        used = given if bound.given and given is not None else ""
        shown, subgroup = _shown(automaton, evidence, bound.excludes)
        assumed = (f"the network is one {GIVEN[used]}",) if used else ()
        hypotheses = (
            f"every A(x) of {family!r} is {bound.form}",
            *(hypothesis.told(model) for hypothesis in listed),
            shown,
            *assumed,
        )
        reason = f"{_excluded(family, model, used)}. {subgroup}, but {bound.statement} ({bound.source})"
        return Refusal(bound, family, str(model), hypotheses, evidence, reason, used)
    return None


def unmet(family: str, automaton: Automaton, *, arithmetic: str = "exact", given: str | None = None) -> tuple[str, ...]:
    """What each bound about a family asks for and does not get, one sentence each; arguments as in `refuse`.

    Raises:
        FormatError: for an arithmetic that cannot be read.
        ExpressivityError: for an unknown property.
    """
    model = parse_arithmetic(arithmetic)
    _check_given(given)
    told = []
    for bound in BOUNDS:
        if family not in bound.families:
            continue
        if _evidence(automaton, bound.excludes) is None:
            missing = [f"{_STRUCTURE[bound.excludes]} is shown in the language, and none was found"]
        else:
            lists = [[h.told(model) for h in listed if not h.holds(model)] for listed in bound.models]
            missing = min(lists, key=len)
            if bound.given and given not in bound.given:
                properties = " or ".join(f"{GIVEN[name]} (given={name!r})" for name in bound.given)
                missing.append(f"the network is one {properties}")
        if missing:
            told.append(f"{bound.name} would need that {', and that '.join(missing)}")
    return tuple(told) or (f"no theorem here is about the family {family!r}",)


_STRUCTURE = {
    "cycle": "a word that moves states round",
    "odd-cycle": "a word that moves an odd prime number of states round",
    "letter-cycle": "a letter that moves states round",
    "unsolvable": "a subgroup that is not solvable",
}


def _check_given(given: str | None) -> None:
    if given is not None and given not in GIVEN:
        raise ExpressivityError(
            f"given={given!r} is not a property of networks that a theorem here knows; expected {' or '.join(GIVEN)}"
        )


def _excluded(family: str, model: Arithmetic, given: str) -> str:
    """Which networks a refusal is about, as a sentence."""
    which = f" {GIVEN[given]}" if given else ""
    where = f"{model} arithmetic"
    if NOTHING_ROUNDED.holds(model):
        where = "exact arithmetic with nearest-point read-outs"
    return f"No network of {family!r}{which} recognises the language in {where}, whatever its depth and width"


def _evidence(automaton: Automaton, excludes: str) -> Evidence | None:
    if excludes == "unsolvable":
        return find_unsolvable(automaton)
    return find_cycle(automaton, odd=excludes == "odd-cycle", single_letter=excludes == "letter-cycle")


def _shown(automaton: Automaton, evidence: Evidence, excludes: str) -> tuple[str, str]:
    """The evidence as a hypothesis discharged, and as the beginning of a sentence."""

    def word(letters: tuple[int, ...]) -> str:
        return "".join(f"[{automaton.letters[x]}]" if len(automaton.letters[x]) > 1 else automaton.letters[x]
                       for x in letters) or "ε"  # fmt: skip

    if isinstance(evidence, Cycle):
        p, name = evidence.period, f"the subgroup C{evidence.period}"
        if excludes == "letter-cycle":
            letter = automaton.letters[evidence.word[0]]
            begin = f"The letter {letter!r} alone moves states round in a cycle, which is {name}"
        elif excludes == "odd-cycle":
            begin = f"The syntactic monoid has {name}, which is no 2-group"
        else:
            begin = f"The syntactic monoid has {name}"
        return (
            f"whether {word(evidence.prefix)}·({word(evidence.word)})ᵏ·{word(evidence.suffix)} is in the language has "
            f"period {p} in k and no smaller one, so the syntactic monoid has {name}"
        ), begin
    orders = evidence.orders
    return (
        f"the words x = {word(evidence.first)} and y = {word(evidence.second)} permute {len(evidence.points)} states, "
        f"and x, y, xy have the pairwise coprime orders {orders[0]}, {orders[1]}, {orders[2]}, which no solvable group "
        "allows (Thompson 1968)"
    ), "The syntactic monoid has a subgroup that is not solvable"


BOUNDS = (
    Bound(
        "constant-along-powers",
        "along the powers of a word the answers of every stack of non-negative diagonal layers become constant",
        "Sarrof, Veitsman & Hahn 2024; Grazzi et al. 2025, Theorem 1",
        "parity_needs_a_negative_eigenvalue",
        ("mamba",),
        "diagonal with entries in [0, 1], and so is every product of them",
        (_EXACT, (*_CAST, NON_NEGATIVE)),
        "cycle",
    ),
    Bound(
        "constant-along-a-letter",
        "along the powers of one letter the answers of every stack of factors I − βkkᵀ, β in [0, 1], become constant",
        "Grazzi et al. 2025, Theorem 1",
        "parity_needs_a_negative_eigenvalue",
        ("deltanet",),
        "symmetric with eigenvalues in [0, 1]: one factor I − βkkᵀ with ‖k‖ = 1 and β in [0, 1]",
        (_EXACT, (*_CAST, EXACT_WEIGHTS)),
        "letter-cycle",
    ),
    Bound(
        "power-of-two-along-powers",
        "along the powers of a word the answers of every stack of real diagonal layers have a power of two as period",
        "Grazzi et al. 2025, Theorem 2",
        "modular_counting_needs_a_complex_eigenvalue",
        ("mamba-signed",),
        "diagonal with entries in [−1, 1], and so is every product of them",
        (_EXACT, _CAST),
        "odd-cycle",
    ),
    Bound(
        "margins-settle-along-a-letter",
        "with a ≤ 1 every A(x) has real eigenvalues above −0.46, so that under a repeated letter whatever a read-out "
        "compares converges, to a number or to ±∞, and answers with a margin become constant, layer by layer (no exact "
        "reflection; into='rwkv7-signed' allows a ≤ 2)",
        "Peng et al. 2025 for the range of w; the argument is ours",
        "a_margin_makes_small_negative_eigenvalues_settle",
        ("rwkv7",),
        "similar to a symmetric matrix with eigenvalues in [−0.4548, 1], with uncoupled coordinates scaled by w",
        (_EXACT,),
        "letter-cycle",
        ("margin", "finitely-many-states"),
    ),
    Bound(
        "solvable-subgroups-only",
        "a stack of diagonal layers with finitely many states has solvable subgroups only (diagonal affine maps that "
        "permute finitely many points form solvable groups, and cascades make no new simple group)",
        "Krohn & Rhodes 1965",
        "",
        ("complex-diagonal",),
        "diagonal",
        (_EXACT,),
        "unsolvable",
        ("finitely-many-states",),
    ),
    Bound(
        "monotone-maps-are-aperiodic",
        "maps of a chain that preserve order generate aperiodic monoids, and so do stacks of them: non-negative "
        "diagonal layers with monotone rounding recognise star-free languages only",
        "Nowak, Cotterell & Boumasmoud 2026",
        "order_preserving_float_maps_are_aperiodic",
        ("mamba",),
        "diagonal with entries in [0, 1]",
        ((*_STEPS, NON_NEGATIVE),),
        "cycle",
    ),
    Bound(
        "monotone-or-reversing-maps-make-2-groups",
        "maps of a chain that preserve or reverse order have subgroups of order at most two, and stacks of them have "
        "2-groups only: real diagonal layers with monotone rounding recognise languages whose subgroups are 2-groups",
        "Nowak, Cotterell & Boumasmoud 2026",
        "order_preserving_float_maps_are_aperiodic",
        ("mamba-signed",),
        "diagonal with entries in [−1, 1]",
        (_STEPS,),
        "odd-cycle",
    ),
    Bound(
        "wrapping-diagonals-make-2-groups",
        "over integers modulo a power of two the invertible affine maps of one coordinate form a 2-group, every other "
        "one forgets when it is repeated, and stacks of diagonal layers have 2-groups only",
        "Nowak, Cotterell & Boumasmoud 2026",
        "unsigned_wrap_around_counts_modulo_powers_of_two",
        ("mamba", "mamba-signed"),
        "diagonal with real entries",
        (_RING,),
        "odd-cycle",
    ),
    Bound(
        "wrapping-complex-diagonals-make-2-groups",
        "over integers modulo a power of two the invertible affine maps of a pair with a matrix [[a, b], [c, a]], "
        "b + c even, make 2-groups, every other one forgets when it is repeated, and stacks of complex diagonal layers "
        "have 2-groups only",
        "our argument, after Nowak, Cotterell & Boumasmoud 2026",
        "complex_diagonals_that_wrap_around_make_2_groups",
        ("complex-diagonal",),
        "diagonal with complex entries in the unit disk, a pair of real coordinates each",
        ((*_RING, SAME_PARITY),),
        "odd-cycle",
    ),
)
"""The impossibility theorems, each for the families and arithmetics in which its hypotheses hold."""
