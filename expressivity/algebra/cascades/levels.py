"""The levels of a cascade: permutation–reset components side by side, and the letters passed down between levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from expressivity.automaton.maps import are_constant, are_identity, are_permutations


@dataclass(frozen=True, eq=False)
class Component:
    """A permutation–reset automaton: each of its maps is a permutation of its states or a constant.

    Arguments:
        maps: `maps[map, state]` is the next state; every row is a permutation or constant.
        start: start state.
    """

    maps: Int[np.ndarray, "map state"]
    start: int

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.maps.shape[1])

    @cached_property
    def still(self) -> Bool[np.ndarray, " map"]:
        """Which maps are the identity."""
        return are_identity(self.maps)

    @cached_property
    def resets(self) -> Bool[np.ndarray, " map"]:
        """Which maps are constant; with one state all are."""
        return are_constant(self.maps)

    @cached_property
    def turns(self) -> Bool[np.ndarray, " map"]:
        """Which maps are permutations other than the identity."""
        return np.asarray(~(self.still | self.resets))


@dataclass(frozen=True, eq=False)
class Level:
    """Components that run side by side: all read the level's letter, at most one is read to emit the next letter.

    Arguments:
        components: the components of the level.
        action: which of its maps each component applies on each letter of the level.
        active: the component whose state *before* the step is read on each letter; −1 when none is needed.
        emit: the letter handed to the next level, by the active component's state before the step (column 0 when
            none is active); −1 where that state cannot occur. The last level emits the automaton's state *after* the
            step.
    """

    components: tuple[Component, ...]
    action: Int[np.ndarray, "letter component"]
    active: Int[np.ndarray, " letter"]
    emit: Int[np.ndarray, "letter state"]

    @property
    def letters(self) -> int:
        """Number of letters of the level."""
        return int(self.active.shape[0])


def moving_maps(level: Level) -> list[list[tuple[int, list[int]]]]:
    """For each letter of a level the components it moves, with the map as a list; identities are left out."""
    rows = [component.maps.tolist() for component in level.components]
    still = [component.still.tolist() for component in level.components]
    return [[(c, rows[c][m]) for c, m in enumerate(chosen) if not still[c][m]] for chosen in level.action.tolist()]


def merge_letters(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Merge level letters that act and emit alike, from the last level upwards, and drop letters that never occur.

    A letter whose emission does not depend on the state it reads stops reading it. The letters of the first level,
    which are the automaton's, stay as they are.
    """
    merged = list(levels)
    renamed: np.ndarray | None = None
    for index in range(len(merged) - 1, -1, -1):
        level = _without_idle_maps(merged[index])  # equal maps have to have equal numbers to be recognised
        emit = level.emit if renamed is None else np.where(level.emit >= 0, renamed[level.emit], -1)
        active, emit = _without_idle_reading(level.active, emit)
        action = level.action
        if index > 0:
            used = np.unique(merged[index - 1].emit)
            used = used[used >= 0]
            rows = np.hstack([action, active[:, None], emit])[used]
            first, inverse = _distinct_rows(rows)
            renamed = np.full(level.letters, -1, dtype=np.int32)
            renamed[used] = inverse
            kept = used[first]
            action, active, emit = action[kept], active[kept], emit[kept]
        merged[index] = _without_idle_maps(Level(level.components, action, active, emit))
    return tuple(merged)


def _without_idle_reading(active: np.ndarray, emit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Emission tables in which a letter reads a component only when the answer matters."""
    emit = emit.astype(np.int32)
    active = active.astype(np.int32)
    highest = emit.max(axis=1)
    lowest = np.where(emit >= 0, emit, np.iinfo(np.int32).max).min(axis=1)
    idle = (active >= 0) & (highest >= 0) & (highest == lowest)
    active[idle] = -1
    emit[idle] = -1
    emit[idle, 0] = highest[idle]
    return active, emit


def _without_idle_maps(level: Level) -> Level:
    """The level without component maps that no letter applies, equal maps listed once."""
    action = np.empty(level.action.shape, dtype=np.int32)
    components = []
    for c, component in enumerate(level.components):
        first, inverse = _distinct_rows(component.maps[level.action[:, c]])
        components.append(Component(component.maps[level.action[first, c]].astype(np.int32), component.start))
        action[:, c] = inverse
    return Level(tuple(components), action, level.active.astype(np.int32), level.emit.astype(np.int32))


def _distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First occurrence of each distinct row, in order of appearance, and for every row the number of its twin."""
    numbers: dict[bytes, int] = {}
    first: list[int] = []
    inverse = np.empty(len(rows), dtype=np.int32)
    for i, row in enumerate(np.ascontiguousarray(rows)):
        number = numbers.setdefault(row.tobytes(), len(numbers))
        if number == len(first):
            first.append(i)
        inverse[i] = number
    return np.array(first, dtype=np.int64), inverse


def level_problems(levels: Sequence[Level], *, states: int, letters: int) -> list[str]:
    """Everything that keeps levels from being a cascade for an automaton of so many states and letters, in words."""
    problems = []
    if not levels and states > 1:
        problems.append(f"no levels for an automaton with {states} states; only 1 state needs none")
    for number, level in enumerate(levels, start=1):
        here = f"level {number}"
        sizes = [component.states for component in level.components]
        if not sizes:
            problems.append(f"{here} has no components")
            continue
        for c, component in enumerate(level.components):
            problems += [f"{here}, component {c}: {text}" for text in _component_problems(component)]
            used = level.action[:, c]
            if used.size and (used.min() < 0 or used.max() >= component.maps.shape[0]):
                problems.append(f"{here}, component {c}: an action lies outside its {component.maps.shape[0]} maps")
        if level.active.size and (level.active.min() < -1 or level.active.max() >= len(sizes)):
            problems.append(f"{here}: an active component lies outside −1 to {len(sizes) - 1}")
        elif level.emit.shape[1] < max((sizes[c] for c in level.active.tolist() if c >= 0), default=1):
            problems.append(f"{here}: emit has {level.emit.shape[1]} columns, fewer than an active component's states")
        expected = states if number == len(levels) else levels[number].letters
        meaning = "states of the automaton" if number == len(levels) else f"letters of level {number + 1}"
        if level.emit.size and level.emit.max() >= expected:
            problems.append(f"{here} emits {int(level.emit.max())}; there are {expected} {meaning}")
        if number == 1 and level.letters != letters:
            problems.append(f"{here} has {level.letters} letters; expected the automaton's {letters}")
    return problems


def _component_problems(component: Component) -> list[str]:
    """Everything that keeps a component from being a permutation–reset automaton, in words."""
    maps, states = component.maps, component.states
    if states == 0 or maps.shape[0] == 0 or maps.min() < 0 or maps.max() >= states:
        return [f"maps of shape {maps.shape} must hold states 0 to {states - 1}"]
    problems = []
    bad = np.flatnonzero(~(are_permutations(maps) | component.resets))
    if bad.size:
        problems.append(f"map {bad[0]} = {maps[bad[0]].tolist()} is neither a permutation nor constant")
    if not 0 <= component.start < states:
        problems.append(f"start state {component.start} is outside 0 to {states - 1}")
    return problems


def without_idle_parts(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Drop states that components never reach, components that no letter reads, and levels in which nothing is left.

    Letters that become alike are merged again.
    """
    kept = list(merge_letters([_without_unreached_states(level) for level in levels]))
    while True:
        size = [len(level.components) for level in kept]
        kept = [_without_idle_components(level) for level in kept]
        index = next((i for i, level in enumerate(kept) if (level.active < 0).all()), None)
        if index is not None and len(kept) > 1:
            kept = _without_level(kept, index)
        kept = list(merge_letters(kept))
        if [len(level.components) for level in kept] == size:
            return tuple(kept)


def reached_states(component: Component) -> Int[np.ndarray, " reached"]:
    """States that some word of maps reaches from the start state, in order."""
    seen = np.zeros(component.states, dtype=bool)
    seen[component.start] = True
    frontier = np.array([component.start])
    while frontier.size:
        found = np.unique(component.maps[:, frontier])
        frontier = found[~seen[found]]
        seen[frontier] = True
    return np.flatnonzero(seen)


def _without_unreached_states(level: Level) -> Level:
    """The level with each component cut down to the states that it can reach under any letters."""
    emit = np.full_like(level.emit, -1)
    emit[level.active < 0, 0] = level.emit[level.active < 0, 0]
    components = []
    for c, component in enumerate(level.components):
        reached = reached_states(component)
        number = np.full(component.states, -1, dtype=np.int32)
        number[reached] = np.arange(len(reached), dtype=np.int32)
        components.append(Component(number[component.maps[:, reached]], int(number[component.start])))
        reading = np.flatnonzero(level.active == c)
        emit[np.ix_(reading, np.arange(len(reached)))] = level.emit[np.ix_(reading, reached)]
    columns = max(component.states for component in components)
    return Level(tuple(components), level.action, level.active, emit[:, :columns])


def _without_idle_components(level: Level) -> Level:
    """The level with the components that some letter reads, or with its first one when there is none."""
    read = sorted(set(level.active.tolist()) - {-1}) or [0]
    slot = np.full(len(level.components) + 1, -1, dtype=np.int32)
    slot[read] = np.arange(len(read))
    components = tuple(level.components[c] for c in read)
    columns = max(component.states for component in components)
    return Level(components, level.action[:, read], slot[level.active], level.emit[:, :columns])


def _without_level(levels: list[Level], index: int) -> list[Level]:
    """The cascade without a level that reads nothing: its neighbour takes over what it emits."""
    passed = levels[index].emit[:, 0]
    if index + 1 < len(levels):
        below = levels[index + 1]
        renamed = Level(below.components, below.action[passed], below.active[passed], below.emit[passed])
        return [*levels[:index], renamed, *levels[index + 2 :]]
    above = levels[index - 1]
    emit = np.where(above.emit >= 0, passed[above.emit], -1).astype(np.int32)
    return [*levels[: index - 1], Level(above.components, above.action, above.active, emit)]
