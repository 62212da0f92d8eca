"""A cascade → a cascade whose letters cost one factor: one component per level, and mirrorings instead of rotations."""

from __future__ import annotations

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade, Component, Level, merge_letters
from expressivity.constructions.levels.component_encodings import polygon


def single_factor_cascade(cascade: Cascade, *, gated: bool) -> Cascade:
    """The same cascade with components one below the other, and with mirrorings in the place of rotations.

    Maps that are neither resets, rotations nor mirrorings of a polygon, nor transpositions, stay as they are.

    Arguments:
        cascade: any cascade.
        gated: whether a gate can reset a polygon; without one, resets are taken out of the components that rotate.

    Returns:
        A cascade over the same automaton: a level of k components becomes k levels, a component that rotates two, of
        which the upper one has two states, and one that rotates and is reset, without a gate, three.
    """
    levels = merge_letters([single for level in cascade.levels for single in one_below_the_other(level)])
    if not gated:
        levels = merge_letters([part for level in levels for part in without_resets(level)])
    mirrored = merge_letters([part for level in levels for part in without_rotations(level)])
    return Cascade(cascade.automaton, mirrored, f"{cascade.kind}, one factor per letter")


def one_below_the_other(level: Level) -> list[Level]:
    """A level as levels of one component each, which read and emit the same.

    Below the component that a letter reads, the letter carries what is to be emitted.
    """
    last = len(level.components) - 1
    pairs = [
        (x, row[0] if reader < 0 else -1)
        for x, (reader, row) in enumerate(zip(level.active.tolist(), level.emit.tolist(), strict=True))
    ]
    found = []
    for c, component in enumerate(level.components):
        following = _Numbers()
        reads = [int(level.active[x]) == c for x, _ in pairs]
        emit = np.full((len(pairs), component.states), -1, dtype=np.int32)
        for row, (x, known) in enumerate(pairs):
            values = level.emit[x, : component.states].tolist() if reads[row] else [known]
            for column, value in enumerate(values):
                if reads[row] and value < 0:
                    continue
                emit[row, column] = value if c == last else following((x, value))
        action = np.array([[level.action[x, c]] for x, _ in pairs], dtype=np.int32)
        active = np.where(reads, 0, -1).astype(np.int32)
        found.append(Level((component,), action, active, emit))
        pairs = following.keys
    return found


def without_resets(level: Level) -> list[Level]:
    """A level of one component that rotates and is reset as a rotation that never is, and a register below it.

    The register holds the state less the rotation, modulo the number of states: rotations do not change it, and a reset
    sets it, which takes one factor, to what depends on the rotation alone.
    """
    (component,) = level.components
    m = component.states
    rows: list[list[int]] = component.maps.tolist()
    residues = _rotated(component)
    if residues is None or m == 2 or not component.resets.any():
        return [level]
    place = np.argsort(residues).tolist()
    shifts = [
        -1 if reset else (residues[row[place[0]]] - residues[place[0]]) % m
        for row, reset in zip(rows, component.resets.tolist(), strict=True)
    ]
    actions = level.action[:, 0].tolist()
    letters = np.arange(level.letters, dtype=np.int32)
    counter = Level(
        (Component(np.array([[(k + max(s, 0)) % m for k in range(m)] for s in shifts], dtype=np.int32), 0),),
        level.action,
        np.zeros_like(letters),
        letters[:, None] * m + np.arange(m, dtype=np.int32),
    )
    maps, active, emit = [], [], []
    for x, action in enumerate(actions):
        for count in range(m):
            target = (residues[rows[action][0]] - count) % m
            maps.append([target] * m if shifts[action] < 0 else list(range(m)))
            active.append(int(level.active[x]))
            states = [place[(count + held) % m] for held in range(m)]
            emitted = level.emit[x].tolist()
            emit.append([emitted[state] for state in states] if level.active[x] >= 0 else emitted[:1] * m)
    register = Level(
        (Component(np.array(maps, dtype=np.int32), residues[component.start]),),
        np.arange(len(maps), dtype=np.int32)[:, None],
        np.array(active, dtype=np.int32),
        np.array(emit, dtype=np.int32),
    )
    return [counter, register]


def _rotated(component: Component) -> list[int] | None:
    """Places of the states on a circle when all permutations among the maps rotate it and some move it, else None."""
    permutations: list[list[int]] = component.maps[component.turns].tolist()
    residues = polygon(permutations) if permutations else None
    return residues if residues is not None and all(_rotates(row, residues) for row in permutations) else None


def without_rotations(level: Level) -> list[Level]:
    """A level of one component as two in which no letter rotates a polygon, where the component is a polygon.

    The upper level counts rotations modulo 2; while the count is odd, the lower one holds the mirror image of the
    state. A rotation then acts as a mirroring, and a mirroring still does.

    Source: Grazzi et al. 2025, Theorem 6, and Siems et al. 2025 (dihedral groups in two layers), with resets.
    """
    (component,) = level.components
    m = component.states
    rows: list[list[int]] = component.maps.tolist()
    permutations: list[list[int]] = component.maps[component.turns].tolist()
    residues = polygon(permutations) if m >= 3 and permutations else None
    if residues is None:
        return [level]
    turning = [turns and _rotates(row, residues) for row, turns in zip(rows, component.turns.tolist(), strict=True)]
    if not any(turning):
        return [level]
    # States of the lower level are places on the circle, so that its maps are seen to be mirrorings.
    place = np.argsort(residues).tolist()
    opposite = [-residue % m for residue in range(m)]
    actions = level.action[:, 0].tolist()
    # Upper letters are the level's; lower letters are (letter, count before it), numbered 2·letter + count.
    letters = np.arange(level.letters, dtype=np.int32)
    parity = Level(
        (Component(np.array([[0, 1], [1, 0]], dtype=np.int32), 0),),
        np.array([[int(turning[action])] for action in actions], dtype=np.int32),
        np.zeros_like(letters),
        np.stack([2 * letters, 2 * letters + 1], axis=1),
    )
    maps, active, emit = [], [], []
    for x, action in enumerate(actions):
        for odd in (False, True):
            odd_after = odd != turning[action]
            states = [place[residue] for residue in (opposite if odd else range(m))]
            after = [residues[rows[action][state]] for state in states]
            maps.append([opposite[residue] for residue in after] if odd_after else after)
            reader = int(level.active[x])
            active.append(reader)
            emitted = level.emit[x].tolist()
            emit.append([emitted[state] for state in states] if reader >= 0 else emitted[:1] * m)
    lower = Level(
        (Component(np.array(maps, dtype=np.int32), residues[component.start]),),
        np.arange(len(maps), dtype=np.int32)[:, None],
        np.array(active, dtype=np.int32),
        np.array(emit, dtype=np.int32),
    )
    return [parity, lower]


def _rotates(row: list[int], residues: list[int]) -> bool:
    """Whether a permutation of a polygon that is not the identity keeps the direction around it."""
    m = len(row)
    place = np.argsort(residues).tolist()
    return bool((residues[row[place[1]]] - residues[row[place[0]]]) % m == 1)


class _Numbers:
    """Numbers for keys in order of first use."""

    def __init__(self) -> None:
        self.keys: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}

    def __call__(self, key: tuple[int, int]) -> int:
        if key not in self._known:
            self._known[key] = len(self.keys)
            self.keys.append(key)
        return self._known[key]
