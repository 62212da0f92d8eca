"""Network × automaton in exact arithmetic: choose the search that decides, and write its proof down as boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.networks.exchange import number_to_json
from expressivity.networks.network import Network
from expressivity.verification.box_invariant import prove_by_boxes
from expressivity.verification.budgets import NO_LIMITS, Limits
from expressivity.verification.exact_states import ExactLayer, ExactMachine
from expressivity.verification.layer_machines import LayerMachine, realise_layers
from expressivity.verification.product import explore_product
from expressivity.verification.reachability import INTERRUPTED, Closed, Differs, Exhausted, Progress, explore
from expressivity.verification.sign_cells import prove_by_signs

_FIRST_LOOK = 500  # pairs searched before a network is taken apart into layers
_MOST_BOXES = 20_000


@dataclass(frozen=True, eq=False)
class Proof:
    """An inductive invariant: the boxes as JSON values, and what they are, in words."""

    invariant: list[dict[str, Any]]
    boxes: str


def search_exactly(
    network: Network,
    minimal: Automaton,
    *,
    max_states: int,
    limits: Limits = NO_LIMITS,
    progress: Progress | None,
) -> Proof | Differs | Exhausted:
    """The cheapest search that decides: states for a while, then signs, then layer by layer, boxes, then to the end.

    Most wrong networks fail on a short word and most right ones have few states; of others the signs of all numbers
    repeat; stacks with many reachable states are small layer by layer; contracting layers have infinitely many states
    that finitely many boxes hold; and a layer that does not close under every input may close under the inputs it gets.
    """
    machine = ExactMachine(network)
    first = explore(machine, minimal, max_states=min(max_states, _FIRST_LOOK), limits=limits, progress=progress)
    if isinstance(first, Closed):
        return _proof(machine, _points(machine, first))
    assert isinstance(first, Differs | Exhausted)
    if isinstance(first, Differs) or max_states <= _FIRST_LOOK or first.budget != f"max_states={_FIRST_LOOK}":
        return first
    try:
        return _search_further(network, minimal, max_states, limits, progress)
    except KeyboardInterrupt:
        return Exhausted(first.proved_length, first.pairs, INTERRUPTED)


def _search_further(
    network: Network, minimal: Automaton, max_states: int, limits: Limits, progress: Progress | None
) -> Proof | Differs | Exhausted:
    if (cells := prove_by_signs(network, minimal)) is not None:
        return Proof(cells, f"{len(cells)} sign cells of exact states")
    machine = ExactMachine(network)
    layers = realise_layers(network, machine.layers, max_states=max_states, limits=limits)
    if layers is not None:
        _, empty_verdict = ExactMachine(network).start()
        found = explore_product(layers, minimal, empty_verdict, max_states=max_states, limits=limits, progress=progress)
        if isinstance(found, Closed):
            return _proof(machine, _boxes(machine, layers, found))
        if isinstance(found, Differs) or found.budget == INTERRUPTED:
            return found
    rational = all(layer.degree == 1 for layer in machine.layers)
    invariant = None
    if rational:
        invariant = prove_by_boxes(network, minimal, max_boxes=_MOST_BOXES, limits=limits, progress=progress)
    if invariant is not None:
        return Proof(invariant, f"{len(invariant)} boxes of states")
    if layers is not None:
        assert isinstance(found, Exhausted)
        return found
    machine = ExactMachine(network)
    found = explore(machine, minimal, max_states=max_states, limits=limits, progress=progress)
    return _proof(machine, _points(machine, found)) if isinstance(found, Closed) else found


def _proof(machine: ExactMachine, invariant: list[dict[str, Any]]) -> Proof:
    fields = sorted({layer.conductor for layer in machine.layers if layer.degree > 1})
    where = "".join(f" in Q(2cos 2π/{n})" for n in fields)
    proper = any("lower" in part for entry in invariant for part in entry["layers"])
    return Proof(invariant, f"{len(invariant)} {'boxes of exact states' if proper else 'exact states'}{where}")


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
