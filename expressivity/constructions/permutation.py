"""A group automaton → one layer of reflections that permute coordinates, as few as the action allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions import block_systems, is_permutation_automaton, reflection_counts, swaps
from expressivity.exact import concatenate, rationals, zeros
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network
from expressivity.networks.transition import padded_factors, with_extra_letter

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


def permutation(automaton: Automaton) -> Network | None:
    """One layer whose letters act as permutation matrices, each a product of `points − cycles` reflections.

    The points are the blocks of one or more block systems of the action on states, chosen so that the largest number
    of reflections, then the width, is least. The start vector is written by the beginning-of-sequence letter.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when some letter is not a permutation.

    Source: Grazzi et al. 2025, Theorem 3. Where the paper counts displaced points less one, we use the least number
    of reflections, points minus cycles (Scherk 1950): (12)(34) takes 2 instead of 3.
    """
    if not is_permutation_automaton(automaton):
        return None
    action = best_action(automaton)
    letters, points = action.permutations.shape
    two = rationals(2)
    per_letter = []
    for moved in action.permutations.tolist():
        keys = np.zeros((len(pairs := swaps(moved)), points), dtype=np.int64)
        for row, (i, j) in zip(keys, pairs, strict=True):
            row[i], row[j] = 1, -1
        per_letter.append([(rationals(key), two) for key in keys])
    start = rationals(action.start)
    transition = with_extra_letter(padded_factors(per_letter, points), start, rationals(1))
    verdicts = automaton.accepting[action.states].astype(np.int64)
    layer = Layer(
        transition,
        concatenate([no_input(letters, points), start.reshape(1, points, 1)]),
        zeros(points, 1),
        single_block(rationals(action.vectors), np.tile(verdicts, (letters + 1, 1)), 2),
    )
    return Network(automaton.letters, (layer,), bos=True, about=f"permutations of {points} coordinates")


def best_action(automaton: Automaton) -> Action:
    """The cheapest action on blocks that still determines the state, by reflections, then width.

    Up to three block systems stand side by side; only up to two when there are more than 60 systems.
    """
    systems = [_quotient(automaton, partition) for partition in block_systems(automaton)]
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


def _quotient(automaton: Automaton, partition: np.ndarray) -> Quotient:
    blocks = int(partition.max()) + 1
    table = np.empty((len(automaton.letters), blocks), dtype=np.int64)
    table[:, partition] = partition[automaton.table]
    return table, int(partition[automaton.start])


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
