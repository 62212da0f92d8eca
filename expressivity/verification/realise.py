"""Network × arithmetic → the automaton that the network is, with the state vectors that its states stand for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float64, Int64

from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.exact import ExactArray
from expressivity.networks.network import Network
from expressivity.verification.answers import Undecided
from expressivity.verification.budgets import Limits, Seconds, start_limits
from expressivity.verification.exact_states import ExactMachine
from expressivity.verification.reachability import INTERRUPTED, Closed, Exhausted, Progress, StateMachine, explore
from expressivity.verification.rounded_states import RoundedMachine, explore_compiled

_FIRST_LOOK = 300  # states looked at before compiled kernels are worth loading


@dataclass(frozen=True, eq=False)
class Realisation:
    """A network in some arithmetic as the finite automaton it is, and what each state of the automaton stands for.

    A state is the states of all layers with the previous symbol of each layer that has a delay, and with the verdict
    that came with it (two words may lead to equal vectors with different verdicts, when the last letters differ).

    Arguments:
        automaton: not minimised; states in breadth-first order, the start first.
        states: for every layer the state vector of each of the automaton's states: float64 numbers of the state
            format, or exact numbers of shape (state, width).
        previous: for every layer the previous symbol in each state; −1 where a layer has no delay.
        arithmetic: the arithmetic.
    """

    automaton: Automaton
    states: tuple[Float64[np.ndarray, "state _"] | ExactArray, ...]
    previous: Int64[np.ndarray, "state layer"]
    arithmetic: str

    def minimal(self) -> Automaton:
        """The minimal automaton of the language that the network recognises in this arithmetic."""
        return self.automaton.minimal()


def realise(
    network: Network,
    arithmetic: Arithmetic | str = "exact",
    *,
    max_states: int = 1_000_000,
    max_seconds: Seconds | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Automaton | Undecided:
    """The automaton that a network is; `realisation` gives the state vectors too.

    Arguments:
        network: the network.
        arithmetic: as `parse_arithmetic` reads it; rounding must not be stochastic. Exact states close only where
            finitely many are reached.
        max_states: budget: most states, a state being the states of all layers with the last verdict.
        max_seconds: budget: seconds; None for no limit.
        max_memory: budget: bytes that the states may take, roughly; None for no limit.
        progress: called now and then with one line.

    Returns:
        The automaton, not minimised, states in breadth-first order; or `Undecided` when a budget runs out or Ctrl-C is
        pressed (its `proved_length` counts letters after which every state was still seen).

    Raises:
        FormatError: for an arithmetic that networks are not run in.
        ExpressivityError: for budgets that are not positive.
    """
    found = realisation(
        network,
        arithmetic,
        max_states=max_states,
        max_seconds=max_seconds,
        max_memory=max_memory,
        progress=progress,
    )
    return found.automaton if isinstance(found, Realisation) else found


def realisation(
    network: Network,
    arithmetic: Arithmetic | str = "exact",
    *,
    max_states: int = 1_000_000,
    max_seconds: Seconds | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Realisation | Undecided:
    """The automaton that a network is, with the state vectors of every state.

    Arguments:
        network: the network.
        arithmetic: as in `realise`.
        max_states: as in `realise`.
        max_seconds: as in `realise`.
        max_memory: as in `realise`.
        progress: as in `realise`.

    Returns:
        The realisation; or `Undecided`, as `realise` does.

    Raises:
        FormatError: for an arithmetic that networks are not run in.
        ExpressivityError: for budgets that are not positive.
    """
    model = parse_arithmetic(arithmetic) if isinstance(arithmetic, str) else arithmetic
    limits = start_limits(max_states=max_states, max_seconds=max_seconds, max_memory=max_memory)
    machine: ExactMachine | RoundedMachine
    exact = model.exact and model.weights.kind == "exact"
    machine = ExactMachine(network) if exact else RoundedMachine(network, model)
    found = _explore(machine, network, max_states, limits, progress)
    if isinstance(found, Exhausted):
        return Undecided(found.proved_length, found.pairs, found.budget, str(model), compared=False)
    automaton = Automaton.from_table(found.successors.T, accepting=found.labels == 1, letters=network.letters)
    border = machine.borders[-1]
    previous = np.full((len(found.rows), len(network.layers)), -1, dtype=np.int64)
    previous[:, machine.delays] = found.rows[:, border:]
    return Realisation(automaton, _vectors(machine, found.rows), previous, str(model))


def _vectors(
    machine: ExactMachine | RoundedMachine, rows: np.ndarray
) -> tuple[Float64[np.ndarray, "state _"] | ExactArray, ...]:
    """The state vectors of every layer."""
    if isinstance(machine, RoundedMachine):
        values, _ = machine.separate(rows)
        return tuple(np.ascontiguousarray(values[:, low:high]) for low, high in pairwise(machine.borders))
    return tuple(
        ExactArray(rows[:, low:high].reshape(len(rows), -1, layer.degree), layer.scale, layer.conductor)
        for layer, (low, high) in zip(machine.layers, pairwise(machine.borders), strict=True)
    )


def _explore(
    machine: ExactMachine | RoundedMachine,
    network: Network,
    max_states: int,
    limits: Limits,
    progress: Progress | None,
) -> Closed | Exhausted:
    """All reachable states, labelled by the verdicts that came with them; compiled where that pays."""
    letters = len(network.letters)
    everything = Automaton.from_table(np.zeros((letters, 1), dtype=np.int32), accepting=[0], letters=network.letters)
    compiles = isinstance(machine, RoundedMachine) and max_states > _FIRST_LOOK
    look = _FIRST_LOOK if compiles else max_states
    found = explore(_WithVerdict(machine), everything, max_states=look, limits=limits, progress=progress)
    if compiles and isinstance(found, Exhausted) and found.budget == f"max_states={look}":
        assert isinstance(machine, RoundedMachine)
        try:
            compiled = explore_compiled(machine, None, max_states, limits, progress)
        except KeyboardInterrupt:
            return Exhausted(found.proved_length, found.pairs, INTERRUPTED)
        if compiled is not None:
            assert isinstance(compiled, Closed | Exhausted)
            return compiled
        found = explore(_WithVerdict(machine), everything, max_states=max_states, limits=limits, progress=progress)
    assert isinstance(found, Closed | Exhausted)
    return Closed(found.rows[:, :-1], found.rows[:, -1], found.successors) if isinstance(found, Closed) else found


class _WithVerdict:
    """A machine whose rows end with the last verdict, and which then agrees with everything."""

    def __init__(self, machine: StateMachine) -> None:
        self.machine = machine
        self.borders = machine.borders
        self.scales, self.enlarge, self.grow = machine.scales, machine.enlarge, machine.grow

    def start(self) -> tuple[np.ndarray, bool]:
        rows, verdict = self.machine.start()
        return np.concatenate([rows, np.array([[int(verdict)]])], axis=1), True

    def step(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
        moved, verdicts, factors = self.machine.step(rows[:, :-1], letters)
        agreed = np.ones(len(rows), dtype=np.bool_)
        return np.concatenate([moved, verdicts[:, None].astype(np.int64)], axis=1), agreed, factors
