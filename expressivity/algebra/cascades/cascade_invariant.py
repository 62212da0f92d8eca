"""Inductive proof that a cascade covers an automaton: polynomial, and sound for all words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from expressivity.algebra.cascades.levels import Level, reached_states
from expressivity.automaton import Automaton


def covers_by_induction(levels: Sequence[Level], automaton: Automaton) -> bool:
    """Whether one step of induction over component states proves that a cascade covers an automaton.

    Write D_x(c) for the state that the cascade emits on letter x at component states c. The cascade covers the
    automaton when D_x(start) = start·x for all x, and D_x(c·y) = D_y(c)·x for all letters x, y and all tuples c of
    states that each component can reach by itself: induction on the length of the word. The second condition is
    checked level by level, without enumerating tuples, over the pairs (level letter read on y at c, level letter read
    on x at c·y) that occur for each x.

    Returns:
        True proves that the cascade covers the automaton. False proves nothing: tuples that no word reaches may break
        the condition.
    """
    reached = [[reached_states(component) for component in level.components] for level in levels]
    return _start_is_right(levels, automaton) and _step_is_right(levels, reached, automaton)


def _start_is_right(levels: Sequence[Level], automaton: Automaton) -> bool:
    letters = np.arange(automaton.table.shape[0])
    for level in levels:
        starts = np.array([*(component.start for component in level.components), 0])
        letters = level.emit[letters, starts[level.active[letters]]]
        if (letters < 0).any():
            return False
    return not levels or bool((letters == automaton.table[:, automaton.start]).all())


def _step_is_right(levels: Sequence[Level], reached: list[list[np.ndarray]], automaton: Automaton) -> bool:
    if not levels:
        return True
    count = automaton.table.shape[0]
    # Rows: the letter x, the level letter on y before the step, the level letter on x after it.
    x, y = np.indices((count, count)).reshape(2, -1)
    triples = np.stack([x, y, x], axis=1)
    for level, states in zip(levels, reached, strict=True):
        followers = _followers(level, states, triples)
        if followers is None:
            return False
        triples = _distinct(followers)
    letter, before, after = triples.T
    return bool((automaton.table[letter, before] == after).all())


def _followers(level: Level, reached: list[np.ndarray], triples: np.ndarray) -> np.ndarray | None:
    """Triples at the next level, or None when a letter that emits nothing is met."""
    parts = []
    readers = level.active[triples[:, 1:]].astype(np.int64)
    kinds = readers[:, 0] * (len(reached) + 1) + readers[:, 1]
    for kind in np.unique(kinds):
        rows = triples[kinds == kind]
        first, second = (int(c) for c in level.active[rows[0, 1:]])
        old = reached[first] if first >= 0 else np.zeros(1, dtype=np.int64)
        x, a, b = (np.repeat(column, len(old)) for column in rows.T)
        old = np.tile(old, len(rows))
        emitted = level.emit[a, old]
        if second < 0:
            parts.append(np.stack([x, emitted, level.emit[b, 0]], axis=1))
            continue
        maps = level.components[second].maps
        actions = level.action[a, second]
        constant = level.components[second].resets[actions]
        known = constant | (first == second)
        new = maps[actions, np.where(constant, 0, old if first == second else 0)]
        parts.append(np.stack([x, emitted, level.emit[b, new]], axis=1)[known])
        # A component that is permuted but not read before the step may be in any of its states after it.
        if not known.all():
            some = _distinct(np.stack([x, emitted, b], axis=1)[~known])
            after = np.tile(reached[second], len(some))
            x, emitted, b = np.repeat(some, len(reached[second]), axis=0).T
            parts.append(np.stack([x, emitted, level.emit[b, after]], axis=1))
    found = np.concatenate(parts)
    return None if (found < 0).any() else found


def _distinct(triples: np.ndarray) -> np.ndarray:
    """The different rows of a three-column table of letters, which may hold −1."""
    if not len(triples):
        return triples
    shifted = triples.astype(np.int64) + 1
    base = int(shifted.max()) + 1
    code = np.unique((shifted[:, 0] * base + shifted[:, 1]) * base + shifted[:, 2])
    return np.stack([code // base**2, code // base % base, code % base], axis=1) - 1
