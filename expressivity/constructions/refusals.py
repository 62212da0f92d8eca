"""A family, a language and an arithmetic → why no network of the family recognises the language there, by theorem.

The model is this library's: finitely many layers of any width over letters, read-outs that decode to the nearest of
finitely many code points, layers that may also read their previous input. A *bound* below is a theorem as data: which
families and arithmetics its hypotheses hold in, and what of a language it excludes. A refusal is a bound with every
hypothesis discharged for one language: by exact facts about the arithmetic, and by words that show the excluded
structure in the language's minimal automaton.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from expressivity.algebra.witness_words import Cycle, UnsolvableSubgroup, find_cycle, find_unsolvable
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.automaton import Automaton

Evidence = Cycle | UnsolvableSubgroup


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
        arithmetic: hypotheses on the arithmetic, discharged in words; None when one of them fails.
        excludes: the structure a language must not have: "cycle" (a word that moves states round), "odd-cycle"
            (an odd prime number of states), "letter-cycle" (one letter does so), "unsolvable" (a subgroup).
        assumes: what is assumed of the network beyond the family, or "".
    """

    name: str
    statement: str
    source: str
    proof: str
    families: tuple[str, ...]
    form: str
    arithmetic: Callable[[Arithmetic], str | None]
    excludes: str
    assumes: str = ""


@dataclass(frozen=True)
class Refusal:
    """A bound with its hypotheses discharged for one language.

    Arguments:
        bound: the theorem.
        family: name of the family.
        arithmetic: the arithmetic, as `parse_arithmetic` reads it.
        hypotheses: each hypothesis and why it holds, one sentence each.
        evidence: words that show the excluded structure.
        reason: all of it in one sentence.
    """

    bound: Bound
    family: str
    arithmetic: str
    hypotheses: tuple[str, ...]
    evidence: Evidence
    reason: str


def refuse(family: str, automaton: Automaton, *, arithmetic: str = "exact") -> Refusal | None:
    """Find a theorem that forbids every network of a family, of any depth and width, to recognise a language.

    Arguments:
        family: name of the family.
        automaton: a minimal automaton.
        arithmetic: as `parse_arithmetic` reads it.

    Returns:
        The refusal; None when no theorem here applies, or when the excluded structure was not found within the limits
        of `find_cycle` and `find_unsolvable`.

    Raises:
        FormatError: for an arithmetic that cannot be read.
    """
    model = parse_arithmetic(arithmetic)
    for bound in BOUNDS:
        if family not in bound.families:
            continue
        discharged = bound.arithmetic(model)
        if discharged is None:
            continue
        evidence = _evidence(automaton, bound.excludes)
        if evidence is None:
            continue
        shown, subgroup = _shown(automaton, evidence, bound.excludes)
        assumed = (f"assumed of the network: {bound.assumes}",) if bound.assumes else ()
        hypotheses = (f"every A(x) of {family!r} is {bound.form}", discharged, shown, *assumed)
        condition = f" that is such that {bound.assumes}" if bound.assumes else ""
        reason = f"{subgroup}, but {bound.statement}{condition}, in {_name(model)} ({bound.source})"
        return Refusal(bound, family, str(model), hypotheses, evidence, reason)
    return None


def _name(model: Arithmetic) -> str:
    if model.exact and model.weights.kind == "exact":
        return "exact arithmetic with nearest-point read-outs"
    return f"{model} arithmetic"


def _evidence(automaton: Automaton, excludes: str) -> Evidence | None:
    if excludes == "unsolvable":
        return find_unsolvable(automaton)
    return find_cycle(automaton, odd=excludes == "odd-cycle", single_letter=excludes == "letter-cycle")


def _shown(automaton: Automaton, evidence: Evidence, excludes: str) -> tuple[str, str]:
    """The evidence as a hypothesis discharged, and as the beginning of a reason."""

    def word(letters: tuple[int, ...]) -> str:
        return "".join(f"[{automaton.letters[x]}]" if len(automaton.letters[x]) > 1 else automaton.letters[x]
                       for x in letters) or "ε"  # fmt: skip

    if isinstance(evidence, Cycle):
        p, name = evidence.period, f"the subgroup C{evidence.period}"
        if excludes == "letter-cycle":
            letter = automaton.letters[evidence.word[0]]
            begin = f"the letter {letter!r} alone moves states round in a cycle, which is {name}"
        elif excludes == "odd-cycle":
            begin = f"the syntactic monoid has {name}, which is no 2-group"
        else:
            begin = f"the syntactic monoid has {name}"
        return (
            f"whether {word(evidence.prefix)}·({word(evidence.word)})ᵏ·{word(evidence.suffix)} is in the language has "
            f"period {p} in k and no smaller one, so the syntactic monoid has {name}"
        ), begin
    orders = evidence.orders
    return (
        f"the words x = {word(evidence.first)} and y = {word(evidence.second)} permute {len(evidence.points)} states, "
        f"and x, y, xy have the pairwise coprime orders {orders[0]}, {orders[1]}, {orders[2]}, which no solvable group "
        "allows (Thompson 1968)"
    ), "the syntactic monoid has a subgroup that is not solvable"


# Hypotheses on the arithmetic ---------------------------------------------------------------------------------------


def _is_exact(model: Arithmetic) -> str | None:
    if model.exact and model.weights.kind == "exact":
        return "nothing is rounded, and read-outs decode to the nearest of finitely many code points"
    return None


def _cast_after_exact(model: Arithmetic) -> str | None:
    """Products are exact and every value is cast to a finite set by a monotone map, once."""
    if model.order != "exact-then-cast" or model.rounding == "stochastic" or model.state.modulus:
        return None
    if not _keeps_sign(model.weights):
        return None
    return (
        f"matrix products are exact, and each term is cast once, monotonically, to the finite set {model.state.name} "
        "(order exact-then-cast)"
    )


def _exact_or_cast(model: Arithmetic) -> str | None:
    return _is_exact(model) or _cast_after_exact(model)


def _exact_weights(model: Arithmetic) -> str | None:
    """As `_exact_or_cast`, with weights that are not rounded: a rounded key can be longer than one."""
    return _exact_or_cast(model) if model.weights.kind == "exact" else None


def _monotone_steps(model: Arithmetic) -> str | None:
    """Every operation is exact and then rounded by a map that preserves order, in a fixed order without position."""
    if model.order not in ("per-operation", "fused", "accumulate-fp32") or model.rounding == "stochastic":
        return None
    if model.exact or model.state.modulus or not _keeps_sign(model.weights):
        return None
    return (
        f"every operation of the order {model.order} is followed by rounding {model.rounding} to {model.state.name}, "
        "which preserves order (overflow goes to the ends of the range, to ±∞ or to an absorbing NaN, never around), "
        f"and rounding weights to {model.weights.name} keeps their signs; so for a fixed letter each coordinate of a "
        "diagonal layer moves by a map of a finite chain that preserves order, or reverses it where its multiplier is "
        "negative"
    )


def _keeps_sign(form: Format) -> bool:
    """Whether numbers in [−1, 1], once stored, keep their sign or become zero."""
    return form.kind == "exact" or not form.modulus or (form.largest >= 1 and form.lowest <= -1)


def _wrapping_integers(model: Arithmetic) -> str | None:
    """Arithmetic of the ring of integers modulo a power of two."""
    if model.exact or model.order not in ("per-operation", "fused") or not model.state.modulus:
        return None
    if model.state.quantum != 0 or model.weights.kind != "fixed" or model.weights.quantum < 0:
        return None
    return (
        f"{model.state.name} holds integers modulo {int(model.state.modulus)} and weights are stored as integers, so "
        "nothing is lost but multiples of the modulus: a layer is affine over the ring of integers modulo a power of "
        "two"
    )


BOUNDS = (
    Bound(
        "constant-along-powers",
        "along the powers of a word the answers of every stack of non-negative diagonal layers become constant",
        "Sarrof, Veitsman & Hahn 2024; Grazzi et al. 2025, Theorem 1",
        "parity_needs_a_negative_eigenvalue",
        ("mamba",),
        "diagonal with entries in [0, 1], and so is every product of them",
        _exact_or_cast,
        "cycle",
    ),
    Bound(
        "constant-along-a-letter",
        "along the powers of one letter the answers of every stack of factors I − βkkᵀ, β in [0, 1], become constant",
        "Grazzi et al. 2025, Theorem 1",
        "parity_needs_a_negative_eigenvalue",
        ("deltanet",),
        "symmetric with eigenvalues in [0, 1]: one factor I − βkkᵀ with ‖k‖ = 1 and β in [0, 1]",
        _exact_weights,
        "letter-cycle",
    ),
    Bound(
        "power-of-two-along-powers",
        "along the powers of a word the answers of every stack of real diagonal layers have a power of two as period",
        "Grazzi et al. 2025, Theorem 2",
        "modular_counting_needs_a_complex_eigenvalue",
        ("mamba-signed",),
        "diagonal with entries in [−1, 1], and so is every product of them",
        _exact_or_cast,
        "odd-cycle",
    ),
    Bound(
        "boxes-become-constant-along-a-letter",
        "with a ≤ 1 every A(x) has real eigenvalues above −0.46, so that under a repeated letter a bounded state "
        "converges (no exact reflection; into='rwkv7-signed' allows a ≤ 2), which holds for every stack of such layers",
        "Peng et al. 2025 for the range of w; our argument",
        "",
        ("rwkv7",),
        "similar to a symmetric matrix with eigenvalues in [−0.4548, 1], with uncoupled coordinates scaled by w",
        _is_exact,
        "letter-cycle",
        "finitely many closed boxes certify its answers",
    ),
    Bound(
        "solvable-subgroups-only",
        "a stack of diagonal layers has solvable subgroups only (diagonal affine maps generate solvable groups, and "
        "cascades make no new simple group), which holds for every stack",
        "Krohn & Rhodes 1965",
        "",
        ("mamba", "mamba-signed", "complex-diagonal"),
        "diagonal",
        _is_exact,
        "unsolvable",
        "it has finitely many reachable states",
    ),
    Bound(
        "monotone-maps-are-aperiodic",
        "maps of a chain that preserve order generate aperiodic monoids, and so do stacks of them: non-negative "
        "diagonal layers with monotone rounding recognise star-free languages only",
        "Nowak, Cotterell & Boumasmoud 2026",
        "order_preserving_float_maps_are_aperiodic",
        ("mamba",),
        "diagonal with entries in [0, 1]",
        _monotone_steps,
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
        _monotone_steps,
        "odd-cycle",
    ),
    Bound(
        "wrapping-diagonals-make-2-groups",
        "over integers modulo a power of two the invertible affine maps of one (real or complex) coordinate form a "
        "2-group, idempotent ones are constant or the identity, and stacks of diagonal layers have 2-groups only",
        "Nowak, Cotterell & Boumasmoud 2026, for real diagonals; units of ℤ[i]/2ᵏ for complex ones",
        "unsigned_wrap_around_counts_modulo_powers_of_two",
        ("mamba", "mamba-signed", "complex-diagonal"),
        "diagonal, real or complex",
        _wrapping_integers,
        "odd-cycle",
    ),
)
"""The impossibility theorems, each for the families and arithmetics in which its hypotheses hold."""
