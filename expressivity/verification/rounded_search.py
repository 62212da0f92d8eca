"""Network × automaton in finite arithmetic: choose the search that decides, and write its proof down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from expressivity.arithmetic.spec import Arithmetic
from expressivity.automaton import Automaton
from expressivity.networks.network import Network
from expressivity.verification.box_invariant import prove_by_boxes
from expressivity.verification.budgets import NO_LIMITS, Limits
from expressivity.verification.cycles import Cycle, follow_letter
from expressivity.verification.layer_machines import LayerMachine, realise_layers
from expressivity.verification.product import explore_product
from expressivity.verification.reachability import INTERRUPTED, Closed, Differs, Exhausted, Progress, explore
from expressivity.verification.rounded_boxes import contracts, has_boxes, rounded_layers
from expressivity.verification.rounded_states import (
    RoundedMachine,
    explore_compiled,
    from_bits,
    number_to_certificate,
)

_FIRST_LOOK = 300  # pairs looked at before compiled kernels are worth loading
_LONG_PROGRAMS = 5_000  # instructions and terms of all programs from which on kernels pay for the first look already
_MOST_LAYER_STATES = 20_000
_MOST_BOXES = 20_000
_STEPS_PER_STATE = 1000  # a cycle is followed without storing states, so more steps than states are allowed


@dataclass(frozen=True, eq=False)
class RoundedSearch:
    """What a search found, and the proof when every pair agrees.

    Arguments:
        found: the outcome; None when boxes prove that all agree.
        invariant: labelled points or boxes as in a certificate, None without such a proof.
        boxes: what the invariant is made of, in words.
    """

    found: Closed | Differs | Exhausted | Cycle | None
    invariant: list[dict[str, Any]] | None = None
    boxes: str = "states"


def search(
    network: Network,
    minimal: Automaton,
    arithmetic: Arithmetic | str,
    *,
    max_states: int,
    limits: Limits = NO_LIMITS,
    progress: Progress | None,
) -> RoundedSearch:
    """Compare a network in finite arithmetic with a minimal automaton over the same letters, in the same order.

    Most networks are decided by a few states. Then over one letter the states are followed into their cycle; stacks are
    taken apart into layers, which are small even where the stack has many states; where layers contract, boxes of
    states are tried; and what is left is searched state by state.
    """
    machine = RoundedMachine(network, arithmetic)
    look = min(max_states, _FIRST_LOOK)
    first: Closed | Differs | Exhausted | None = None
    programs = [rounded.program for rounded in machine.rounded]
    if sum(len(p.instructions) + len(p.term_constants) for p in programs) > _LONG_PROGRAMS:
        first = explore_compiled(machine, minimal, look, limits, progress)
    if first is None:
        first = explore(machine, minimal, max_states=look, limits=limits, progress=progress)
    if isinstance(first, Closed):
        return RoundedSearch(first, machine.points(first))
    if isinstance(first, Differs) or max_states <= _FIRST_LOOK or first.budget != f"max_states={_FIRST_LOOK}":
        return RoundedSearch(first)
    try:
        return _search_further(machine, minimal, max_states, limits, progress)
    except KeyboardInterrupt:
        return RoundedSearch(Exhausted(first.proved_length, first.pairs, INTERRUPTED))


def _search_further(
    machine: RoundedMachine, minimal: Automaton, max_states: int, limits: Limits, progress: Progress | None
) -> RoundedSearch:
    network = machine.network
    if len(network.letters) == 1:
        return RoundedSearch(follow_letter(machine, minimal, _STEPS_PER_STATE * max_states, limits, progress))
    found: Closed | Differs | Exhausted | None = None
    if len(network.layers) > 1:
        most = min(max_states, _MOST_LAYER_STATES)
        machines = realise_layers(network, machine.layers, max_states=most, limits=limits)
        if machines is not None:
            _, empty_verdict = machine.start()
            found = explore_product(
                machines, minimal, empty_verdict, max_states=max_states, limits=limits, progress=progress
            )
            if isinstance(found, Closed):
                return RoundedSearch(found, _classes(machines, found))
            if isinstance(found, Differs) or found.budget == INTERRUPTED:
                return RoundedSearch(found)
    if has_boxes(machine.rounded) and contracts(machine.rounded):
        layers = partial(rounded_layers, machine.rounded)
        boxes = min(max_states, _MOST_BOXES)
        invariant = prove_by_boxes(network, minimal, layers=layers, max_boxes=boxes, limits=limits, progress=progress)
        if invariant is not None:
            return RoundedSearch(None, invariant, "boxes of states")
    if found is not None:
        return RoundedSearch(found)
    found = explore_compiled(machine, minimal, max_states, limits, progress)
    if found is None:
        found = explore(machine, minimal, max_states=max_states, limits=limits, progress=progress)
    return RoundedSearch(found, machine.points(found) if isinstance(found, Closed) else None)


def _classes(machines: list[LayerMachine], found: Closed) -> list[dict[str, Any]]:
    """The closed tuples of layers' states as the labelled points of a certificate."""
    parts = [
        [{"point": [number_to_certificate(v) for v in row]} for row in from_bits(m.lower).tolist()] for m in machines
    ]
    return [
        {
            "label": int(label),
            "layers": [part[c] for part, c in zip(parts, classes, strict=True)],
            "previous": [machine.previous[c] for machine, c in zip(machines, classes, strict=True)],
            "successors": successors,
        }
        for label, classes, successors in zip(
            found.labels.tolist(), found.rows.tolist(), found.successors.tolist(), strict=True
        )
    ]
