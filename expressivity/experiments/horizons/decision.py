"""A job → its horizon: proved infinite, the length of a shortest failing word, or open within a stated budget.

Nothing leaves unconfirmed: an infinite horizon is a certificate that the independent checker accepts, a finite one a
word that the checker and the scalar loop of `replay` both find to fail.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from expressivity import __version__
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.errors import CannotCompile, DefectError, FormatError
from expressivity.experiments.horizons.jobs import FINITE, INFINITE, NOT_RUN, UNDECIDED, Horizon, Job
from expressivity.experiments.horizons.probes import first_failure
from expressivity.experiments.horizons.replay import ORDERS as REPLAYED
from expressivity.experiments.horizons.replay import replay
from expressivity.experiments.horizons.subject_networks import automaton_of, subject_network
from expressivity.networks.exchange import automaton_to_json, fingerprint, network_to_json
from expressivity.networks.network import Network
from expressivity.simulation.machine import machine
from expressivity.verification.answers import Certificate, Counterexample, Equivalent, Undecided
from expressivity.verification.exploration.budgets import INTERRUPTED
from expressivity.verification.verify import check_certificate, verify

_CHECKER = "certificate checker"


def find_horizon(job: Job) -> Horizon:
    """Answer a job; a pure function of the job, the time taken apart.

    Arguments:
        job: the question.

    Raises:
        KeyboardInterrupt: when the search was interrupted, so that half an answer is never kept.
        DefectError: when the search finds what the checker or the scalar loop does not confirm.
    """
    begun = time.perf_counter()
    answer = _answer(job)
    return replace(answer, seconds=round(time.perf_counter() - begun, 3), version=__version__)


def _answer(job: Job) -> Horizon:
    try:
        parse_arithmetic(job.arithmetic)
        network = subject_network(job.subject)
    except (CannotCompile, FormatError) as reason:
        return Horizon(NOT_RUN, because=str(reason))
    automaton = automaton_of(job.subject).with_letters(network.letters)
    known = Horizon(UNDECIDED, network=fingerprint(network_to_json(network)), about=network.about)
    try:
        found = verify(network, automaton, arithmetic=job.arithmetic, max_states=job.max_states)
    except FormatError as reason:
        # An arithmetic that networks are not run in, such as one that rounds at random.
        return replace(known, answer=NOT_RUN, because=str(reason))
    if isinstance(found, Equivalent | Counterexample) and not found.checked.by:
        # A horizon is stated only where somebody else confirms it.
        because = f"decided by following the states, but not checked independently: {found.checked.said}"
        length = found.lengths[-1] if isinstance(found, Counterexample) else None
        return replace(known, proved_length=0, upper_bound=length, budget="checker", because=because)
    if isinstance(found, Equivalent):
        return replace(known, answer=INFINITE, states=found.boxes, because=found.checked.said, confirmed_by=(_CHECKER,))
    if isinstance(found, Counterexample):
        return _wrong(job, network, automaton, known, found)
    if found.budget == str(INTERRUPTED):
        raise KeyboardInterrupt
    return _bounded(job, network, automaton, known, found)


def _wrong(job: Job, network: Network, automaton: Automaton, known: Horizon, found: Counterexample) -> Horizon:
    """The horizon of a network that is wrong: known where the word is a shortest one, bounded otherwise."""
    confirmed: tuple[str, ...] = (_CHECKER,)
    if found.word is not None:
        confirmed += _replayed(network, automaton, found.word, job.arithmetic)
    known = replace(
        known,
        proved_length=found.proved_length,
        word=found.word,
        because=found.checked.said,
        confirmed_by=confirmed,
    )
    if found.shortest:
        return replace(known, answer=FINITE, horizon=found.proved_length + 1)
    return replace(known, upper_bound=found.lengths[-1])


def _bounded(job: Job, network: Network, automaton: Automaton, known: Horizon, found: Undecided) -> Horizon:
    """What long words say where the search ended undecided."""
    known = replace(
        known,
        proved_length=found.proved_length,
        states=found.states,
        budget=found.budget,
        because=f"agreement up to length {found.proved_length} is proved; the budget ended ({found.budget})",
    )
    if not job.probe_letters or machine(network, job.arithmetic).rounded is None:
        return known  # exact numbers grow with every letter: long words are not run in them
    try:
        word = first_failure(network, automaton, job.arithmetic, length=job.probe_letters, seed=job.seed)
    except FormatError:
        # An arithmetic in which words are not run; the search alone has spoken.
        return known
    if word is None:
        return known
    said, confirmed = _confirm(network, automaton, word, job.arithmetic)
    if len(network.letters) == 1:
        # One word of each length, and the first verdict that is wrong: no shorter word fails.
        return replace(
            known,
            answer=FINITE,
            horizon=len(word),
            proved_length=len(word) - 1,
            word=word,
            because=said,
            confirmed_by=confirmed,
        )
    because = f"{known.because}; an upper bound: {said}"
    return replace(known, upper_bound=len(word), word=word, because=because, confirmed_by=confirmed)


def _confirm(
    network: Network, automaton: Automaton, word: Sequence[str], arithmetic: str
) -> tuple[str, tuple[str, ...]]:
    """What the checker says to a failing word, and who confirms it; an error where somebody does not."""
    model = parse_arithmetic(arithmetic)
    certificate: dict[str, Any] = {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "counterexample",
        "arithmetic": str(model),
        "network": network_to_json(network, arithmetic=str(model)),
        "automaton": automaton_to_json(automaton),
        "word": list(word),
    }
    statement = check_certificate(Certificate(certificate))
    return statement, (_CHECKER, *_replayed(network, automaton, word, arithmetic))


def _replayed(network: Network, automaton: Automaton, word: Sequence[str], arithmetic: str) -> tuple[str, ...]:
    """Who else replays a failing word: the scalar loop, in the orders that it runs; an error where it disagrees."""
    if machine(network, arithmetic).rounded is None or parse_arithmetic(arithmetic).order not in REPLAYED:
        return ()
    if replay(network, word, arithmetic).verdict == automaton.accepts(word):
        raise DefectError(
            f"the scalar loop finds network and language in agreement on the word {' '.join(word)!r} in {arithmetic}, "
            "which the search found to fail; this is a defect, please report it with this line"
        )
    return ("scalar loop",)
