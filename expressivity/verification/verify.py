"""Network × language → answer: prove equivalence for all lengths, or find a shortest word on which they differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.errors import CertificateError, ExpressivityError, LanguageError
from expressivity.languages import language as read_language
from expressivity.networks.exchange import (
    automaton_to_json,
    fingerprint,
    network_to_json,
    number_to_json,
)
from expressivity.networks.network import Network
from expressivity.verification import checker
from expressivity.verification.answers import Answer, Certificate, Counterexample, Equivalent, Undecided
from expressivity.verification.exact_states import ExactMachine
from expressivity.verification.reachability import Closed, Differs, Progress, explore


def verify(
    network: Network,
    language: Any,
    *,
    arithmetic: str = "exact",
    max_states: int = 200_000,
    progress: Progress | None = None,
) -> Answer:
    """Decide whether a network recognises a language.

    Arguments:
        network: the network; its alphabet must be the language's (in any order).
        language: anything `expressivity.language` reads.
        arithmetic: "exact": real arithmetic on the exact weights. Entries in Q(2cos 2π/m) are handled in that field;
            float64 weights are taken as the dyadic rationals they are.
        max_states: budget: most (network state, automaton state) pairs to visit.
        progress: called with one line per level of the search.

    Returns:
        `Equivalent` with a certificate, `Counterexample` with a shortest word, or `Undecided`.

    Raises:
        ExpressivityError: for an unknown arithmetic or a budget that is not positive.
        LanguageError: when the alphabets differ.

    Source: theory of finite automata; the invariant is the decoding map of Grazzi et al. 2025 (Definition of
    "implements"), made a certificate.
    """
    if arithmetic != "exact":
        raise ExpressivityError(f"arithmetic {arithmetic!r} is not available; this release decides 'exact'")
    if max_states < 1:
        raise ExpressivityError(f"max_states={max_states} allows no state at all; give a positive budget")
    automaton = read_language(language)
    if set(automaton.letters) != set(network.letters):
        raise LanguageError(
            f"the network reads {list(network.letters)} and the language {list(automaton.letters)}; "
            "give the language over the network's alphabet (for a regex: alphabet=...)"
        )
    minimal = automaton.with_letters(network.letters).minimal()
    machine = ExactMachine(network)
    found = explore(machine, minimal, max_states=max_states, progress=progress)
    if isinstance(found, Closed):
        certificate = Certificate(_header(network, minimal, arithmetic, "equivalent") | _invariant(machine, found))
        fields = {layer.conductor for layer in machine.layers if layer.degree > 1}
        where = "".join(f" in Q(2cos 2π/{n})" for n in sorted(fields))
        return Equivalent(
            certificate,
            len(found.labels),
            arithmetic,
            f"{len(found.labels)} exact states{where} are closed under {len(network.letters)} letters and decode onto "
            f"the {minimal.states} states of the minimal automaton",
        )
    if isinstance(found, Differs):
        word = tuple(network.letters[x] for x in found.word)
        data = _header(network, minimal, arithmetic, "counterexample") | {"word": list(word)}
        return Counterexample(word, found.network_accepts, arithmetic, Certificate(data))
    return Undecided(found.proved_length, found.pairs, found.budget, arithmetic)


def check_certificate(certificate: Certificate, *, network: Network | None = None, language: Any = None) -> str:
    """Check a certificate independently, and that it is about the given network and language.

    Arguments:
        certificate: the certificate.
        network: when given, the certificate must be about exactly this network.
        language: when given (anything `expressivity.language` reads), the certificate's automaton must accept it.

    Returns:
        What was proved, in a sentence.

    Raises:
        CertificateError: naming the first claim that does not hold.
    """
    try:
        statement = checker.check(certificate.data)
    except checker.Rejected as error:
        raise CertificateError(f"the certificate is rejected: {error}") from None
    if network is not None and fingerprint(network_to_json(network)) != fingerprint(certificate.data["network"]):
        raise CertificateError("the certificate is about another network: its weights differ from the network's")
    if language is not None:
        automaton = automaton_to_json(read_language(language))
        if not checker.same_language(certificate.data["automaton"], automaton):
            raise CertificateError("the certificate is about another language: its automaton is not equivalent")
    return statement


def _header(network: Network, minimal: Automaton, arithmetic: str, claim: str) -> dict[str, Any]:
    return {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": claim,
        "arithmetic": arithmetic,
        "network": network_to_json(network),
        "automaton": automaton_to_json(minimal),
    }


def _invariant(machine: ExactMachine, found: Closed) -> dict[str, Any]:
    """The closed pairs as labelled boxes, each a point."""
    layers = []
    for number, layer in enumerate(machine.layers):
        part = found.rows[:, machine.borders[number] : machine.borders[number + 1]]
        shaped = part.reshape(len(part), -1, layer.degree).tolist()
        layers.append([[number_to_json(value, layer.scale) for value in row] for row in shaped])
    previous = np.zeros((len(found.labels), len(machine.layers)), dtype=np.int64)
    for place, number in enumerate(machine.delays):
        previous[:, number] = found.rows[:, machine.borders[-1] + place]
    return {
        "invariant": [
            {
                "label": int(label),
                "layers": [{"point": points[pair]} for points in layers],
                "previous": previous[pair].tolist(),
                "successors": found.successors[pair].tolist(),
            }
            for pair, label in enumerate(found.labels)
        ]
    }
