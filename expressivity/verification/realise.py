"""Network × arithmetic → the automaton that the network is, with the state vectors that its states stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.exact import ExactArray
from expressivity.networks.network import Network
from expressivity.simulation.machine import Machine, machine
from expressivity.verification.answers import BaseAnswer, Told, Undecided
from expressivity.verification.exploration.breadth_first import explore
from expressivity.verification.exploration.budgets import INTERRUPTED, Budget, Limit, Seconds, start_budget
from expressivity.verification.exploration.compiled import explore_compiled
from expressivity.verification.exploration.outcomes import Closed, Exhausted, Progress

_FIRST_LOOK = 300  # states looked at before compiled kernels are worth loading


@dataclass(frozen=True, eq=False)
class Realisation(BaseAnswer):
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

    holds = True

    automaton: Automaton
    states: tuple[Float64[np.ndarray, "state _"] | ExactArray, ...]
    previous: Int64[np.ndarray, "state layer"]
    arithmetic: str

    def minimal(self) -> Automaton:
        """The minimal automaton of the language that the network recognises in this arithmetic."""
        return self.automaton.minimal()

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "answer": "realised",
            "arithmetic": self.arithmetic,
            "states": self.automaton.states,
            "minimal_states": self.minimal().states,
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        return Told(
            f"in {self.arithmetic} arithmetic the network is a finite automaton:",
            (f"{self.automaton.states} reachable states, {self.minimal().states} after minimisation",),
        )


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
        The automaton, not minimised, states in breadth-first order; or `Undecided` when a budget runs out, the exact
        numbers of all states fill more than a million machine words, or Ctrl-C is pressed (its `proved_length` counts
        letters after which every state was still seen).

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
    budget = start_budget(max_states=max_states, max_seconds=max_seconds, max_memory=max_memory)
    made = machine(network, model)
    found = _explore(made, budget, progress)
    if isinstance(found, Exhausted):
        return Undecided(found.proved_length, found.pairs, str(found.spent), str(model), compared=False)
    automaton = Automaton.from_table(found.successors.T, accepting=found.labels == 1, letters=network.letters)
    return Realisation(automaton, made.vectors(found.rows), made.previous(found.rows), str(model))


def _explore(made: Machine, budget: Budget, progress: Progress | None) -> Closed | Exhausted:
    """All reachable states, labelled by the verdicts that came with them; compiled where that pays."""
    few = budget if made.packed is None else budget.at_most(_FIRST_LOOK)
    looked = explore(made, None, few, progress)
    assert isinstance(looked, Closed | Exhausted)
    if isinstance(looked, Closed) or looked.spent.limit is not Limit.STATES or few.states == budget.states:
        return looked
    try:
        found = explore_compiled(made, None, budget, progress)
    except KeyboardInterrupt:
        return Exhausted(looked.proved_length, looked.pairs, INTERRUPTED)
    found = found or explore(made, None, budget, progress)
    assert isinstance(found, Closed | Exhausted)
    return found
