"""Automaton → cascade of |Q| − 1 permutation–reset levels, by following the state with one that it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.levels import Component, Level, merge_letters, reached_states
from expressivity.automaton import Automaton
from expressivity.automaton.maps import are_permutations
from expressivity.errors import CannotCompile

_MOST_ENTRIES = 20_000_000  # letters × states² of a level, which bounds the memory of a step to about half a gigabyte


def subset_cover(automaton: Automaton, *, max_letters: int = 50_000) -> Cascade:
    """The linear-depth cascade: levels of |Q|, |Q| − 1, …, 2 states, one component each.

    An m-state automaton is covered by an m-state head and an (m − 1)-state tail. The head's state is a state that the
    automaton is *not* in: a permutation letter moves it along, any other letter misses some state and resets the head
    to it. The tail follows the position among the other m − 1 states; its letters are the maps that this induces,
    together with the states of the automaton that the positions stand for after the step. Letters of a level that
    induce the same map are one letter. Which missed state a reset takes and how positions are numbered is free; at
    each level the choice that gives the next level fewest letters, then most resets, is taken.

    The components may contain groups that the automaton's monoid does not; see `holonomy` for a cascade that does not.

    Arguments:
        automaton: the automaton to cover; with one state the cascade has no levels.
        max_letters: the largest alphabet of a level; alphabets can grow exponentially with the number of states.

    Raises:
        CannotCompile: when a level needs more letters, or tables too large for memory.

    Source: the repair and sharpening of Grazzi et al. 2025, Theorem 4 (theirs has up to 2^|Q| levels).
    """
    table = automaton.table.astype(np.int32)
    task = _Task(table, table, automaton.start)
    levels: list[Level] = []
    while task.maps.shape[1] > 1:
        letters, size = task.maps.shape
        if letters > max_letters or letters * size * size > _MOST_ENTRIES:
            raise CannotCompile(
                f"level {len(levels) + 1} of the subset cover of an automaton with {automaton.states} states has "
                f"{letters} letters on {size} states, more than max_letters={max_letters} or than {_MOST_ENTRIES} "
                "table entries allow; use `holonomy` or `best_cascade`"
            )
        options = [
            _split(task, positions, missed)
            for positions in _numberings(task.maps)
            for missed in _missed_states(task.maps)
        ]
        level, task = min(
            options, key=lambda option: (len(option[1].maps), int(are_permutations(option[1].maps).sum()))
        )
        levels.append(level)
    return Cascade(automaton, merge_letters(levels), "subset cover")


@dataclass(frozen=True, eq=False)
class _Task:
    """An automaton whose letters also name, for each state before the step, the covered automaton's state after it."""

    maps: np.ndarray
    outputs: np.ndarray
    start: int


def _split(task: _Task, positions: np.ndarray, missed: np.ndarray) -> tuple[Level, _Task]:
    """The head of a task as a level, and what is left to do for the tail.

    `positions[s]` lists the states other than s in the order of their positions; `missed` gives for each letter the
    head state that a reset takes.
    """
    letters, size = task.maps.shape
    resets = ~are_permutations(task.maps)
    heads = np.where(resets[:, None], missed[:, None], task.maps)
    constants = missed[resets]
    outside = constants[constants != task.start]
    start = int(outside[0]) if outside.size else (1 if task.start == 0 else 0)
    head = Component(heads.astype(np.int32), start)
    reached = reached_states(head)

    number = np.full((size, size), -1, dtype=np.int32)
    np.put_along_axis(number, positions, np.arange(size - 1, dtype=np.int32)[None, :], axis=1)
    before = positions[reached]
    inside = task.maps[:, before]
    after = heads[:, reached]
    induced = number[after[:, :, None], inside]
    outputs = task.outputs[:, before]
    rows = np.concatenate([induced, outputs], axis=2).reshape(letters * len(reached), 2 * (size - 1))
    kept, inverse = np.unique(rows, axis=0, return_inverse=True)

    emit = np.full((letters, size), -1, dtype=np.int32)
    # With two states the tail has one position, so that the state after the step is known without it.
    emit[:, reached] = outputs[:, :, 0] if size == 2 else inverse.reshape(letters, len(reached))
    action = np.arange(letters, dtype=np.int32)[:, None]
    level = Level((head,), action, np.zeros(letters, dtype=np.int32), emit)
    tail = _Task(kept[:, : size - 1], kept[:, size - 1 :], int(number[start, task.start]))
    return level, tail


def _numberings(maps: np.ndarray) -> list[np.ndarray]:
    """Ways to number the states other than s, as rows.

    In order; in order with the last one in the place of s; and carried along by permutations, so that the letters by
    which a permutation takes one s to the next induce the identity. In a group only stabilisers then reach the tail,
    where the other numberings let its alphabets grow exponentially.
    """
    size = maps.shape[1]
    ordered = np.array([[q for q in range(size) if q != s] for s in range(size)], dtype=np.int32)
    replaced = np.tile(np.arange(size - 1, dtype=np.int32), (size, 1))
    replaced[np.arange(size - 1), np.arange(size - 1)] = size - 1
    if size <= 2:
        return [ordered]
    permutations = maps[are_permutations(maps)]
    return [ordered, replaced, _carried(ordered, permutations)] if len(permutations) else [ordered, replaced]


def _carried(ordered: np.ndarray, permutations: np.ndarray) -> np.ndarray:
    """Numberings that agree along a spanning forest of the permutations' action; roots are numbered in order."""
    positions = ordered.copy()
    done = np.zeros(len(ordered), dtype=bool)
    for root in range(len(ordered)):
        if done[root]:
            continue
        done[root] = True
        queue = [root]
        for state in queue:
            targets, letters = np.unique(permutations[:, state], return_index=True)
            for target, letter in zip(targets.tolist(), letters.tolist(), strict=True):
                if not done[target]:
                    done[target] = True
                    positions[target] = permutations[letter][positions[state]]
                    queue.append(target)
    return positions


def _missed_states(maps: np.ndarray) -> list[np.ndarray]:
    """Ways to choose for each letter a state outside its image: first, last, and as few different ones as possible."""
    letters, size = maps.shape
    missing = np.ones((letters, size), dtype=bool)
    np.put_along_axis(missing, maps, False, axis=1)
    resets = missing.any(axis=1)
    fewest = np.zeros(letters, dtype=np.int32)
    left = resets.copy()
    while left.any():
        common = int(missing[left].sum(axis=0).argmax())
        fewest[left & missing[:, common]] = common
        left &= ~missing[:, common]
    first = missing.argmax(axis=1).astype(np.int32)
    last = (size - 1 - missing[:, ::-1].argmax(axis=1)).astype(np.int32)
    choices = [fewest]
    choices += [choice for choice in (first, last) if (choice != fewest)[resets].any()]
    return choices
