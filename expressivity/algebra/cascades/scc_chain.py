"""Automaton → cascade that passes through its strongly connected components one after the other."""

from __future__ import annotations

from typing import Literal

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.levels import Component, Level, merge_letters
from expressivity.algebra.monoids.graphs import strong_components
from expressivity.automaton import Automaton

_STAY_OR_SET = np.array([[0, 1], [1, 1]], dtype=np.int32)


def component_chain(automaton: Automaton, *, groups: Literal["any", "preserved"] = "any") -> Cascade | None:
    """One level per strongly connected component of several states, and one flip-flop between consecutive components.

    Components are ordered so that letters lead only forwards. While the automaton is in a component, that component's
    level holds its state; on each letter the states that stay inside have to be moved injectively or to one state, so
    that the letter extends to a permutation or a constant. The flip-flop that follows tells whether the component has
    been left; letters of the levels below are the automaton's letters as long as all components so far have been left,
    and the automaton's state after the step from then on.

    Arguments:
        automaton: the automaton to cover.
        groups: with "preserved" a letter that is not constant inside a component has to permute all of it, or to fix
            the states that stay, so that no new group comes in; with "any" every injective extension is taken.

    Returns:
        The cascade, or None when the automaton has one state or some component does not allow it.
    """
    if automaton.states == 1:
        return None
    parts = _components_in_order(automaton)
    inner = [_extended(automaton.table, part, groups) if len(part) > 1 else None for part in parts]
    if any(maps is None and len(part) > 1 for maps, part in zip(inner, parts, strict=True)):
        return None
    chain = _Chain(automaton)
    for index, (part, maps) in enumerate(zip(parts, inner, strict=True)):
        if maps is not None:
            chain.hold(part, maps)
        if index + 1 < len(parts):
            chain.leave(part)
    kind = "R-trivial chain" if len(parts) == automaton.states else "chain of strongly connected components"
    return Cascade(automaton, merge_letters(chain.finished(parts[-1])), kind)


def _components_in_order(automaton: Automaton) -> list[list[int]]:
    """States of each strongly connected component, components that are reached later listed later."""
    number = strong_components(automaton.table.T.astype(np.int64))
    return [np.flatnonzero(number == c).tolist() for c in range(int(number.max()), -1, -1)]


def _extended(table: np.ndarray, part: list[int], groups: str) -> np.ndarray | None:
    """What each letter does inside a component, extended to a permutation or constant; None where that fails."""
    place = {q: i for i, q in enumerate(part)}
    rows = []
    for row in table.tolist():
        staying = {i: place[row[q]] for i, q in enumerate(part) if row[q] in place}
        targets = set(staying.values())
        if all(i == j for i, j in staying.items()):
            extended = list(range(len(part)))
        elif len(targets) == 1:
            extended = [*targets] * len(part)
        elif len(targets) < len(staying) or (groups == "preserved" and len(staying) < len(part)):
            return None
        else:
            free = [j for j in range(len(part)) if j not in targets]
            extended = [staying[i] if i in staying else free.pop(0) for i in range(len(part))]
        rows.append(extended)
    return np.array(rows, dtype=np.int32)


class _Chain:
    """Levels of the cascade as they are added from the top."""

    def __init__(self, automaton: Automaton) -> None:
        self.table = automaton.table.tolist()
        self.start = automaton.start
        self.levels: list[Level] = []
        self.left: set[int] = set()
        # A letter is (x, s): the automaton's letter x with s the state held above, −1 when there is none yet;
        # or (−1, q): the step leads to the state q.
        self.letters: list[tuple[int, int]] = [(x, -1) for x in range(len(self.table))]

    def hold(self, part: list[int], maps: np.ndarray) -> None:
        """Add the level that holds the state inside a component."""
        size = len(part)
        rows = np.vstack([maps, np.arange(size), np.repeat(np.arange(size)[:, None], size, axis=1)]).astype(np.int32)
        stay, enter = len(maps), len(maps) + 1
        action, active, emitted = [], [], []
        for x, q in self.letters:
            if x >= 0:
                action.append(x)
                emitted.append([(x, s) for s in part])
            else:
                action.append(enter + part.index(q) if q in part else stay)
                emitted.append([(-1, q)])
            active.append(0 if x >= 0 else -1)
        start = part.index(self.start) if self.start in part else 0
        self._add(Component(rows, start), action, active, emitted)

    def leave(self, part: list[int]) -> None:
        """Add the flip-flop that tells whether a component has been left."""
        self.left.update(part)
        action, active, emitted = [], [], []
        for x, q in self.letters:
            if x >= 0:
                target = self.table[x][q if q >= 0 else part[0]]
                emitted.append([(-1, target), (x, -1)])
            else:
                target = q
                emitted.append([(-1, q)])
            action.append(int(target not in self.left))
            active.append(0 if x >= 0 else -1)
        self._add(Component(_STAY_OR_SET, int(self.start not in self.left)), action, active, emitted)

    def finished(self, last: list[int]) -> list[Level]:
        """The levels, the last one emitting the automaton's state after the step."""
        states = [q if x < 0 else self.table[x][q if q >= 0 else last[0]] for x, q in self.letters]
        level = self.levels[-1]
        emit = np.where(level.emit >= 0, np.array(states, dtype=np.int32)[level.emit], -1).astype(np.int32)
        return [*self.levels[:-1], Level(level.components, level.action, level.active, emit)]

    def _add(
        self, component: Component, action: list[int], active: list[int], emitted: list[list[tuple[int, int]]]
    ) -> None:
        numbers: dict[tuple[int, int], int] = {}
        emit = np.full((len(emitted), component.states), -1, dtype=np.int32)
        for row, letters in enumerate(emitted):
            for column, letter in enumerate(letters):
                emit[row, column] = numbers.setdefault(letter, len(numbers))
        self.levels.append(
            Level((component,), np.array(action, dtype=np.int32)[:, None], np.array(active, dtype=np.int32), emit)
        )
        self.letters = list(numbers)
