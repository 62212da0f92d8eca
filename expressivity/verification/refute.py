"""Family × language × arithmetic → `Impossible`, with every hypothesis discharged, or `Open`; never a guess."""

from __future__ import annotations

from typing import Any

from expressivity.algebra.monoids.witness_words import Cycle, UnsolvableSubgroup, separating_word, word_to
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.constructions.refusals import GIVEN, Refusal, refuse, unmet
from expressivity.languages import language as read_language
from expressivity.networks.exchange import automaton_to_json
from expressivity.networks.families import family as find_family
from expressivity.verification.answers import CHECKER, Certificate, Check, Impossible, Open
from expressivity.verification.verify import check_certificate


def refute(family: str, language: Any, *, arithmetic: str = "exact", given: str | None = None) -> Impossible | Open:
    """Prove that no network of a family recognises a language, where a theorem of this library's does so.

    Arguments:
        family: name of the family.
        language: anything `expressivity.language` reads.
        arithmetic: as `parse_arithmetic` reads it; "exact" for real arithmetic with nearest-point read-outs.
        given: None to ask about all networks of the family; "margin" about those whose read-outs keep one, or
            "finitely-many-states" about those that reach no more (see `expressivity.constructions.refusals.GIVEN`).

    Returns:
        `Impossible`: the theorem with its hypotheses discharged and a certificate that passed the independent checker;
        or `Open` when no theorem at hand applies, with what each would need. That says nothing about whether a network
        exists.

    Raises:
        ExpressivityError: for an unknown family or property; FormatError for an arithmetic that cannot be read;
            LanguageError for a language that cannot.

    Source: each theorem names its own; see `expressivity.constructions.refusals.BOUNDS`.
    """
    find_family(family)
    model = parse_arithmetic(arithmetic)
    minimal = read_language(language).minimal()
    refusal = refuse(family, minimal, arithmetic=str(model), given=given)
    if refusal is None:
        statement = "No theorem here forbids all such networks, which says nothing about whether one is right"
        needed = unmet(family, minimal, arithmetic=str(model), given=given)
        return Open(family, str(model), given or "", statement, needed)
    certificate = Certificate(_to_json(refusal, minimal))
    said = check_certificate(certificate, language=minimal)
    pair, confuses = _confusable(refusal, minimal)
    return Impossible(
        family=family,
        arithmetic=refusal.arithmetic,
        theorem=refusal.bound.name,
        given=refusal.given,
        statement=refusal.reason,
        hypotheses=refusal.hypotheses,
        pair=pair,
        confuses=confuses,
        proof=refusal.bound.proof.replace("_", "-"),
        certificate=certificate,
        checked=Check(CHECKER, said),
    )


def _to_json(refusal: Refusal, minimal: Automaton) -> dict[str, Any]:
    evidence = refusal.evidence
    if isinstance(evidence, Cycle):
        shown: dict[str, Any] = {
            "prefix": list(evidence.prefix),
            "word": list(evidence.word),
            "suffix": list(evidence.suffix),
            "period": evidence.period,
        }
    else:
        shown = {"points": list(evidence.points), "first": list(evidence.first), "second": list(evidence.second)}
    return {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "impossible",
        "family": refusal.family,
        "arithmetic": refusal.arithmetic,
        "theorem": refusal.bound.name,
        "assumes": refusal.given,
        "automaton": automaton_to_json(minimal),
        "evidence": shown,
    }


def _confusable(refusal: Refusal, minimal: Automaton) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], str]:
    """A pair of words told apart by the language, and which such pairs a network confuses."""

    def spelled(letters: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(minimal.letters[x] for x in letters)

    evidence = refusal.evidence
    if isinstance(evidence, UnsolvableSubgroup):
        return _commutator_pair(evidence, minimal)
    told_apart = (
        k for k in range(evidence.period) if _member(minimal, evidence, k) != _member(minimal, evidence, k + 1)
    )
    powers = next(told_apart)
    pair = spelled(evidence.at(powers)), spelled(evidence.at(powers + 1))
    which = f"every network {GIVEN[refusal.given]}" if refusal.given else "every network"
    if refusal.bound.excludes == "odd-cycle":
        confuses = (
            f"for {which} there are K and a power of two m with the same verdict on u·wᵏ·v and u·w^(k+m)·v for "
            f"all k ≥ K, while the language has the odd period {evidence.period} in k"
        )
    else:
        confuses = (
            f"for {which} there is a K with the same verdict on u·wᵏ·v and u·w^(k+1)·v for all k ≥ K, while the "
            f"language has the period {evidence.period} in k"
        )
    return pair, confuses


def _commutator_pair(
    evidence: UnsolvableSubgroup, minimal: Automaton
) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], str]:
    """The identity and a commutator of x and y as words, inverses being powers, with a context that separates them."""
    x, y = evidence.first, evidence.second
    commutator = x * (evidence.orders[0] - 1) + y * (evidence.orders[1] - 1) + x + y
    moved = next(q for q in evidence.points if _run(minimal, q, commutator) != q)
    prefix = word_to(minimal, moved)
    suffix = separating_word(minimal, (moved, _run(minimal, moved, commutator)))
    words = prefix + suffix, prefix + commutator + suffix
    pair = tuple(minimal.letters[i] for i in words[0]), tuple(minimal.letters[i] for i in words[1])
    return pair, (
        "a network with finitely many reachable states has some derived length d, and confuses with the empty word "
        "every commutator nested d times; the language does not, for any d (shown: nested once)"
    )


def _run(minimal: Automaton, state: int, word: tuple[int, ...]) -> int:
    for letter in word:
        state = int(minimal.table[letter, state])
    return state


def _member(minimal: Automaton, cycle: Cycle, power: int) -> bool:
    return bool(minimal.accepting[_run(minimal, minimal.start, cycle.at(power))])
