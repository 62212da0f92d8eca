"""Network × language → answer: prove equivalence for all lengths, or find a shortest word on which they differ.

No answer leaves without having passed the independent checker, or else without saying why it has not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from expressivity import checker
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.errors import CertificateError, DefectError, LanguageError
from expressivity.languages import language as read_language
from expressivity.networks.exchange import (
    automaton_to_json,
    fingerprint,
    network_to_json,
    unstated_forms,
)
from expressivity.networks.network import Network, require_network
from expressivity.simulation.machine import machine
from expressivity.verification.answers import (
    CHECKER,
    Answer,
    Certificate,
    Check,
    Counterexample,
    Equivalent,
    NetworkRefutation,
    Undecided,
)
from expressivity.verification.exploration.budgets import Budget, Limit, Seconds, start_budget
from expressivity.verification.exploration.outcomes import Differs, Exhausted, Progress
from expressivity.verification.refute_network import confront, refute_network
from expressivity.verification.search.strategies import MOST_POWERS, DiffersByPeriod, Outcome, search

_MOST_POWERS_EXPLAINED = 1_024  # of a letter, computed one by one, where a word is known to fail
_LONGEST_SPELLED = 100_000  # letters of a word that are listed one by one in a certificate


def verify(
    network: Network,
    language: Any,
    *,
    arithmetic: str = "exact",
    max_states: int = 200_000,
    max_seconds: Seconds | None = None,
    max_memory: int | None = None,
    check: bool = True,
    progress: Progress | None = None,
) -> Answer:
    """Decide whether a network recognises a language, and have the answer checked independently.

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
        check: whether the independent checker is to re-check what the search found; it may take longer than the
            search, and the budgets are not its own. Ctrl-C ends it alone: the answer then says so.
        progress: called with one line per level of the search.

    Returns:
        `Equivalent` with a certificate, `Counterexample` with a shortest word (in the order `exact-then-cast` perhaps
        with lengths alone, and with a reason), or `Undecided` when a budget ran out, the exact numbers of all states
        fill more than a million machine words, or Ctrl-C was pressed; it then says up to which length everything
        agreed. `checked` says who checked the certificate, or why nobody did.

    Raises:
        DefectError: when the independent checker rejects what the search found.
        NetworkError: when `network` is none, but a file's name, say.
        FormatError: for an unknown arithmetic, or one that networks are not run in.
        ExpressivityError: for budgets that are not positive.
        LanguageError: when the alphabets differ.

    Source: theory of finite automata; the invariant is the decoding map of Grazzi et al. 2025 (Definition of
    "implements"), made a certificate.
    """
    require_network(network)
    model = parse_arithmetic(arithmetic)
    budget = start_budget(max_states=max_states, max_seconds=max_seconds, max_memory=max_memory)
    automaton = read_language(language)
    if set(automaton.letters) != set(network.letters):
        raise LanguageError(
            f"the network reads {list(network.letters)} and the language {list(automaton.letters)}; "
            "give the language over the network's alphabet (for a regex: alphabet=...)"
        )
    minimal = automaton.with_letters(network.letters).minimal()
    made = machine(network, model)
    outcome = search(made, minimal, budget, progress)
    answer = _answer(network, minimal, str(made.arithmetic), outcome)
    ended = isinstance(outcome, Exhausted) and (outcome.spent.final or budget.spent() is not None)
    # Over one letter, a search that ends for want of a method has asked for the period already, with as many powers.
    one_letter = len(network.letters) == 1 and budget.states >= MOST_POWERS
    ended |= one_letter and isinstance(outcome, Exhausted) and outcome.spent.limit is Limit.METHOD
    if made.memories is not None and isinstance(outcome, Differs | Exhausted) and not ended:
        answer = _by_period(network, minimal, answer, budget)
    return _checked(answer, network, automaton) if check else answer


def _answer(network: Network, minimal: Automaton, arithmetic: str, outcome: Outcome) -> Answer:
    """What a search found, as an answer with its certificate."""
    if isinstance(outcome, Differs):
        return _counterexample(network, minimal, arithmetic, outcome)
    if isinstance(outcome, DiffersByPeriod):
        found = confront(network, minimal, (), network.letters, outcome.periods, arithmetic)
        assert found is not None
        return Counterexample(None, found.verdict, arithmetic, found.certificate, outcome.proved_length, found)
    if isinstance(outcome, Exhausted):
        return Undecided(outcome.proved_length, outcome.pairs, str(outcome.spent), arithmetic)
    certificate = Certificate(_header(network, minimal, arithmetic, "equivalent") | outcome.fields)
    return Equivalent(certificate, outcome.parts, arithmetic, outcome.statement)


def _counterexample(network: Network, minimal: Automaton, arithmetic: str, found: Differs) -> Counterexample:
    """The answer for a failing word; a very long one, over one letter, is written down by its length."""
    length, letters = len(found.word), network.letters
    repeats = len(letters) == 1 and length > _LONGEST_SPELLED
    word = letters * length if len(letters) == 1 else tuple(letters[x] for x in found.word)
    spelled: Any = {"repeat": letters[0], "times": length} if repeats else list(word)
    data = _header(network, minimal, arithmetic, "counterexample") | {"word": spelled}
    return Counterexample(word, found.network_accepts, arithmetic, Certificate(data), length - 1)


def _by_period(network: Network, minimal: Automaton, answer: Answer, budget: Budget) -> Answer:
    """Decide what a search left open, or explain what it found, by the periods of powers of letters."""
    # A word proves by itself that the network is wrong: little time is spent on also saying why.
    limit = _MOST_POWERS_EXPLAINED if isinstance(answer, Counterexample) else MOST_POWERS
    try:
        found: NetworkRefutation | None = refute_network(
            network, minimal, arithmetic=answer.arithmetic, limit=limit, budget=budget
        )
    except KeyboardInterrupt:
        return answer
    if found is None or isinstance(answer, Equivalent):
        return answer
    if isinstance(answer, Counterexample):
        return replace(answer, refutation=found)
    arithmetic = answer.arithmetic
    if found.word is None:
        return Counterexample(None, found.verdict, arithmetic, found.certificate, answer.proved_length, found)
    data = _header(network, minimal, arithmetic, "counterexample") | {"word": list(found.word)}
    accepts = not minimal.accepts(found.word)
    # Over one letter there is one word of each length, and all shorter ones were looked at.
    proved = len(found.word) - 1 if len(network.letters) == 1 else answer.proved_length
    return Counterexample(found.word, accepts, arithmetic, Certificate(data), proved, found)


def _checked(answer: Answer, network: Network, language: Automaton) -> Answer:
    """The answer with what the independent checker says about it."""
    if isinstance(answer, Undecided):
        return answer
    if unstated := unstated_forms(network, arithmetic=answer.arithmetic):
        said = f"it does not state the order of operations of the form {' or '.join(unstated)} of A(x)"
        return replace(answer, checked=Check("", f"{said}; so this rests on the search alone"))
    steps = _replayed(answer)
    if steps > checker.MOST_STEPS:
        said = f"the run has {steps} steps, and it re-runs at most {checker.MOST_STEPS}"
        return replace(answer, checked=Check("", f"{said}; so this rests on the compiled run alone"))
    certificates = [answer.certificate]
    if isinstance(answer, Counterexample) and answer.word is not None and answer.refutation is not None:
        certificates.append(answer.refutation.certificate)
    try:
        statements = [check_certificate(each, language=language, arithmetic=answer.arithmetic) for each in certificates]
    except CertificateError as error:
        raise DefectError(
            f"{CHECKER} does not accept what the search found: {error}; that is a defect of this library, and so no "
            f"answer is given: please report it with the network, the language and arithmetic={answer.arithmetic!r}"
        ) from error
    except KeyboardInterrupt:
        return replace(answer, checked=Check("", "it was interrupted by Ctrl-C"))
    return replace(answer, checked=Check(CHECKER, statements[0]))


def _replayed(answer: Equivalent | Counterexample) -> int:
    """Steps of a run that a checker has to repeat one by one; 0 for other evidence."""
    if isinstance(answer, Counterexample):
        return 0 if answer.word is None else len(answer.word)
    return answer.boxes if "cycle" in answer.certificate.data else 0


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
