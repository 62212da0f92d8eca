"""A group automaton → the cheapest action of its letters on blocks of states that still determines the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.automaton.congruences import on_blocks
from expressivity.constructions.actions.permutation_actions import block_systems, reflection_counts

_MOST_CODES = 50_000


@dataclass(frozen=True, eq=False)
class Action:
    """The letters as permutations of some points, a start vector, and the automaton state of every reachable vector.

    Arguments:
        permutations: shape (letter, point).
        start: shape (point,), integers.
        vectors: reachable vectors, shape (code, point).
        states: automaton state of each reachable vector, shape (code,).
    """

    permutations: np.ndarray
    start: np.ndarray
    vectors: np.ndarray
    states: np.ndarray


def best_action(automaton: Automaton) -> Action:
    """The cheapest action on blocks that still determines the state, by reflections, then width.

    Up to three block systems stand side by side; only up to two when there are more than 60 systems.
    """
    systems = [
        (on_blocks(automaton.table, partition), int(partition[automaton.start]))
        for partition in block_systems(automaton)
    ]
    counts = [reflection_counts(table) for table, _ in systems]
    widths = [table.shape[1] for table, _ in systems]
    most = 3 if len(systems) <= 60 else 2
    candidates = [
        (int(np.sum([counts[i] for i in chosen], axis=0).max()), sum(widths[i] for i in chosen), chosen)
        for size in range(1, most + 1)
        for chosen in combinations(range(len(systems)), size)
    ]
    for _, _, chosen in sorted(candidates):
        for start_of in (_one_hot, _all_different):
            action = _explore(automaton, tuple(systems[i] for i in chosen), start_of)
            if action is not None:
                return action
    raise AssertionError("equality is a block system, and it determines the state")


StartOf = Callable[[int, int], np.ndarray]
Quotient = tuple[np.ndarray, int]  # letters as permutations of the blocks, and the block of the start state


def _one_hot(points: int, start: int) -> np.ndarray:
    vector = np.zeros(points, dtype=np.int64)
    vector[start] = 1
    return vector


def _all_different(points: int, start: int) -> np.ndarray:
    return np.arange(1, points + 1)


def _explore(automaton: Automaton, chosen: tuple[Quotient, ...], start_of: StartOf) -> Action | None:
    """The reachable vectors with their states, or None when a vector does not determine the state."""
    offsets = np.cumsum([0, *(table.shape[1] for table, _ in chosen)])
    permutations = np.concatenate([table + offsets[i] for i, (table, _) in enumerate(chosen)], axis=1)
    start = np.concatenate([start_of(table.shape[1], at) for table, at in chosen])
    inverse = np.argsort(permutations, axis=1)
    known = {tuple(start.tolist()): automaton.start}
    queue = [(start, automaton.start)]
    for vector, state in queue:
        for x, moved_to in enumerate(automaton.table[:, state].tolist()):
            moved = vector[inverse[x]]
            key = tuple(moved.tolist())
            before = known.setdefault(key, moved_to)
            if before != moved_to:
                return None
            if len(known) > len(queue):
                queue.append((moved, moved_to))
        if len(known) > _MOST_CODES:
            return None
    return Action(permutations, start, np.array([v for v, _ in queue]), np.array([q for _, q in queue]))
