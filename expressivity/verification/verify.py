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
from expressivity.verification.exact_states import ExactLayer, ExactMachine
from expressivity.verification.layer_machines import LayerMachine, realise_layers
from expressivity.verification.product import explore_product
from expressivity.verification.reachability import INTERRUPTED, Closed, Differs, Exhausted, Progress, explore

_FIRST_LOOK = 500  # pairs searched before a network is taken apart into layers


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
    machine, layers, found = _search(network, minimal, max_states, progress)
    if isinstance(found, Differs):
        word = tuple(network.letters[x] for x in found.word)
        data = _header(network, minimal, arithmetic, "counterexample") | {"word": list(word)}
        return Counterexample(word, found.network_accepts, arithmetic, Certificate(data))
    if isinstance(found, Exhausted):
        return Undecided(found.proved_length, found.pairs, found.budget, arithmetic)
    invariant = _points(machine, found) if layers is None else _boxes(machine, layers, found)
    certificate = Certificate(_header(network, minimal, arithmetic, "equivalent") | {"invariant": invariant})
    fields = {layer.conductor for layer in machine.layers if layer.degree > 1}
    where = "".join(f" in Q(2cos 2π/{n})" for n in sorted(fields))
    proper = any("lower" in part for entry in invariant for part in entry["layers"])
    return Equivalent(
        certificate,
        len(found.labels),
        arithmetic,
        f"{len(found.labels)} {'boxes of exact states' if proper else 'exact states'}{where} are closed under "
        f"{len(network.letters)} letters and decode onto the {minimal.states} states of the minimal automaton",
    )


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


def _search(
    network: Network, minimal: Automaton, max_states: int, progress: Progress | None
) -> tuple[ExactMachine, list[LayerMachine] | None, Closed | Differs | Exhausted]:
    """The cheapest search that decides: whole states for a while, then layer by layer, then whole states to the end.

    Most wrong networks fail on a short word and most right ones have few states; stacks with many reachable states
    are small layer by layer; and a layer that does not close under every input may close under the inputs it gets.
    """
    machine = ExactMachine(network)
    found = explore(machine, minimal, max_states=min(max_states, _FIRST_LOOK), progress=progress)
    if not isinstance(found, Exhausted) or found.budget == INTERRUPTED or max_states <= _FIRST_LOOK:
        return machine, None, found
    machine = ExactMachine(network)
    layers = realise_layers(network, machine.layers, max_states=max_states)
    if layers is not None:
        _, empty_verdict = ExactMachine(network).start()
        product = explore_product(layers, minimal, empty_verdict, max_states=max_states, progress=progress)
        return machine, layers, product
    machine = ExactMachine(network)
    return machine, None, explore(machine, minimal, max_states=max_states, progress=progress)


def _points(machine: ExactMachine, found: Closed) -> list[dict[str, Any]]:
    """The closed pairs as labelled boxes, each a point."""
    parts = []
    for number, layer in enumerate(machine.layers):
        rows = found.rows[:, machine.borders[number] : machine.borders[number + 1]]
        parts.append([{"point": numbers} for numbers in _numbers(layer, rows)])
    previous = np.zeros((len(found.labels), len(machine.layers)), dtype=np.int64)
    for place, number in enumerate(machine.delays):
        previous[:, number] = found.rows[:, machine.borders[-1] + place]
    delayed = [bool(layer.layer.delay) for layer in machine.layers]
    return [
        {
            "label": int(label),
            "layers": [part[pair] for part in parts],
            "previous": [[int(p)] if d else [] for p, d in zip(previous[pair], delayed, strict=True)],
            "successors": found.successors[pair].tolist(),
        }
        for pair, label in enumerate(found.labels)
    ]


def _boxes(machine: ExactMachine, layers: list[LayerMachine], found: Closed) -> list[dict[str, Any]]:
    """The closed tuples of classes as labelled boxes."""
    parts: list[list[dict[str, Any]]] = []
    for layer, exact in zip(layers, machine.layers, strict=True):
        lower, upper = _numbers(exact, layer.lower), _numbers(exact, layer.upper)
        parts.append(
            [
                {"point": low} if low == high else {"lower": low, "upper": high}
                for low, high in zip(lower, upper, strict=True)
            ]
        )
    return [
        {
            "label": int(label),
            "layers": [part[c] for part, c in zip(parts, classes, strict=True)],
            "previous": [layer.previous[c] for layer, c in zip(layers, classes, strict=True)],
            "successors": successors,
        }
        for label, classes, successors in zip(
            found.labels.tolist(), found.rows.tolist(), found.successors.tolist(), strict=True
        )
    ]


def _numbers(layer: ExactLayer, rows: np.ndarray) -> list[list[Any]]:
    """Integer rows over a layer's scale as JSON numbers."""
    shaped = rows.reshape(len(rows), -1, layer.degree).tolist()
    return [[number_to_json(value, layer.scale) for value in row] for row in shaped]
