"""Network × language → answer: prove equivalence for all lengths, or find a shortest word on which they differ."""

from __future__ import annotations

from typing import Any

from expressivity import checker
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.errors import CertificateError, LanguageError
from expressivity.languages import language as read_language
from expressivity.networks.exchange import (
    automaton_to_json,
    fingerprint,
    network_to_json,
)
from expressivity.networks.network import Network
from expressivity.simulation.exact_then_cast import ORDER, castable
from expressivity.simulation.programs import runnable
from expressivity.verification.answers import Answer, Certificate, Counterexample, Equivalent, Undecided
from expressivity.verification.budgets import Seconds, start_limits
from expressivity.verification.cast_search import CastProof, search_cast
from expressivity.verification.cycles import Cycle
from expressivity.verification.exact_search import Proof, search_exactly
from expressivity.verification.reachability import Differs, Exhausted, Progress
from expressivity.verification.rounded_search import search

_LONGEST_SPELLED = 100_000  # letters of a word that are listed one by one in a certificate


def verify(
    network: Network,
    language: Any,
    *,
    arithmetic: str = "exact",
    max_states: int = 200_000,
    max_seconds: Seconds | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Decide whether a network recognises a language.

    Arguments:
        network: the network; its alphabet must be the language's (in any order).
        language: anything `expressivity.language` reads.
        arithmetic: "exact": real arithmetic on the exact weights. Entries in Q(2cos 2π/m) are handled in that field;
            float64 weights are taken as the dyadic rationals they are. Else a finite arithmetic, such as
            "bf16/per-operation" (see `arithmetic.spec`, and `simulation.programs` for the orders of evaluation).
        max_states: budget: most (network state, automaton state) pairs to visit. Over one letter, where no states are
            stored, 1,000 times as many steps are taken in finite arithmetic.
        max_seconds: budget: seconds, looked at between batches of steps; None for no limit.
        max_memory: budget: bytes the states of the search may take, roughly, looked at before they are taken; None for
            no limit. What the process needs anyway is not counted.
        progress: called with one line per level of the search.

    Returns:
        `Equivalent` with a certificate, `Counterexample` with a shortest word, or `Undecided` when a budget ran out or
        Ctrl-C was pressed; it then says up to which length everything agreed.

    Raises:
        FormatError: for an unknown arithmetic, or one that networks are not run in.
        ExpressivityError: for budgets that are not positive.
        LanguageError: when the alphabets differ.

    Source: theory of finite automata; the invariant is the decoding map of Grazzi et al. 2025 (Definition of
    "implements"), made a certificate.
    """
    model = parse_arithmetic(arithmetic)
    if model.order == ORDER:
        model = castable(model)
    elif not (model.exact and model.weights.kind == "exact"):
        model = runnable(model)
    arithmetic = str(model)
    limits = start_limits(max_states=max_states, max_seconds=max_seconds, max_memory=max_memory)
    automaton = read_language(language)
    if set(automaton.letters) != set(network.letters):
        raise LanguageError(
            f"the network reads {list(network.letters)} and the language {list(automaton.letters)}; "
            "give the language over the network's alphabet (for a regex: alphabet=...)"
        )
    minimal = automaton.with_letters(network.letters).minimal()
    if model.order == ORDER:
        outcome: object = search_cast(network, minimal, model, max_states=max_states, limits=limits, progress=progress)
    elif model.exact:
        outcome = search_exactly(network, minimal, max_states=max_states, limits=limits, progress=progress)
    else:
        rounded = search(network, minimal, model, max_states=max_states, limits=limits, progress=progress)
        outcome = rounded.found
        if rounded.invariant is not None:
            outcome = Proof(rounded.invariant, f"{len(rounded.invariant)} {rounded.boxes} in {arithmetic} arithmetic")
    if isinstance(outcome, Differs):
        return _counterexample(network, minimal, arithmetic, outcome)
    if isinstance(outcome, Cycle):
        return _cycle(network, minimal, arithmetic, outcome)
    if isinstance(outcome, Exhausted):
        return Undecided(outcome.proved_length, outcome.pairs, outcome.budget, arithmetic)
    if isinstance(outcome, CastProof):
        fields = _header(network, minimal, arithmetic, "equivalent") | outcome.fields
        return Equivalent(Certificate(fields), outcome.parts, arithmetic, outcome.statement)
    assert isinstance(outcome, Proof)
    certificate = Certificate(_header(network, minimal, arithmetic, "equivalent") | {"invariant": outcome.invariant})
    statement = (
        f"{outcome.boxes} are closed under {len(network.letters)} letters and decode onto the {minimal.states} states "
        "of the minimal automaton"
    )
    return Equivalent(certificate, len(outcome.invariant), arithmetic, statement)


def _counterexample(network: Network, minimal: Automaton, arithmetic: str, found: Differs) -> Counterexample:
    """The answer for a failing word; a very long one, over one letter, is written down by its length."""
    length, letters = len(found.word), network.letters
    repeats = len(letters) == 1 and length > _LONGEST_SPELLED
    word = letters * length if len(letters) == 1 else tuple(letters[x] for x in found.word)
    spelled: Any = {"repeat": letters[0], "times": length} if repeats else list(word)
    data = _header(network, minimal, arithmetic, "counterexample") | {"word": spelled}
    return Counterexample(
        word, found.network_accepts, arithmetic, Certificate(data), checkable=length <= checker.MOST_STEPS
    )


def _cycle(network: Network, minimal: Automaton, arithmetic: str, found: Cycle) -> Equivalent:
    """The answer for states over one letter that all agree until they repeat."""
    steps = found.preperiod + found.period
    cycle = {"preperiod": found.preperiod, "period": found.period}
    statement = (
        f"in {arithmetic} arithmetic the state after {found.preperiod} letters comes again after {found.period} more, "
        f"and all {steps} verdicts on the way are the minimal automaton's"
    )
    checkable = steps <= checker.MOST_STEPS
    if not checkable:
        statement += (
            f"; the independent checker re-runs at most {checker.MOST_STEPS} steps, so this rests on the compiled run "
            "alone"
        )
    data = _header(network, minimal, arithmetic, "equivalent") | {"cycle": cycle}
    return Equivalent(Certificate(data), steps, arithmetic, statement, checkable=checkable)


def check_certificate(
    certificate: Certificate, *, network: Network | None = None, language: Any = None, arithmetic: str | None = None
) -> str:
    """Check a certificate independently, and that it is about the given network, language and arithmetic.

    Arguments:
        certificate: the certificate.
        network: when given, the certificate must be about exactly this network.
        language: when given (anything `expressivity.language` reads), the certificate's automaton must accept it.
        arithmetic: when given, the certificate must be about this arithmetic.

    Returns:
        What was proved, in a sentence.

    Raises:
        CertificateError: naming the first claim that does not hold.
    """
    try:
        statement = checker.check(certificate.data)
    except checker.Rejected as error:
        raise CertificateError(f"the certificate is rejected: {error}") from None
    data = certificate.data
    missing = [
        name
        for name, wanted in (("network", network), ("automaton", language), ("arithmetic", arithmetic))
        if wanted is not None and name not in data
    ]
    if missing:
        raise CertificateError(f"a certificate of the claim {data['claim']!r} names no {' and no '.join(missing)}")
    if arithmetic is not None and str(parse_arithmetic(arithmetic)) != data["arithmetic"]:
        raise CertificateError(f"the certificate is about {data['arithmetic']!r} arithmetic, not about {arithmetic!r}")
    if network is not None:
        written = network_to_json(network, arithmetic=data["arithmetic"])
        if fingerprint(written) != fingerprint(data["network"]):
            raise CertificateError("the certificate is about another network: its weights differ from the network's")
    if language is not None:
        automaton = automaton_to_json(read_language(language))
        if not checker.same_language(data["automaton"], automaton):
            raise CertificateError("the certificate is about another language: its automaton is not equivalent")
    return statement


def _header(network: Network, minimal: Automaton, arithmetic: str, claim: str) -> dict[str, Any]:
    return {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": claim,
        "arithmetic": arithmetic,
        "network": network_to_json(network, arithmetic=arithmetic),
        "automaton": automaton_to_json(minimal),
    }
