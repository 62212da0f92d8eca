"""Generators of a permutation group → its base and strong generating set (Schreier–Sims)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from expressivity.algebra.groups.permutations import (
    identity_row,
    inverses,
    random_elements,
    then,
)
from expressivity.automaton.maps import are_identity
from expressivity.errors import GroupError

_PATIENCE = 15  # random elements in a row that must add nothing before the proof of completeness starts
_BATCH_ENTRIES = 4_000_000  # entries of one batch of Schreier generators: tens of megabytes at most


@dataclass(eq=False)
class _Level:
    """One stabiliser G^(i): its base point, the strong generators that fix the earlier base points, its orbit."""

    point: int
    generators: list[np.ndarray]
    orbit: np.ndarray
    position: np.ndarray
    transversal: np.ndarray
    inverse: np.ndarray


class StabiliserChain:
    """A base with strong generators; membership, order, stabilisers and elements follow from it.

    Random elements fill the chain first, which is only a matter of speed: the chain is then completed and proved by
    sifting every Schreier generator of every level, so the result never depends on chance.

    Arguments:
        generators: permutations, shape (generator, point).
        base: points to use as base points first, in this order; points that are redundant stay in the base.
        bound: an order that the group is known not to exceed; reaching it proves the chain complete.

    Source: Sims 1970; Seress, Permutation Group Algorithms, chapter 4.
    """

    def __init__(
        self, generators: Int[np.ndarray, "generator point"], *, base: Sequence[int] = (), bound: int | None = None
    ) -> None:
        self.points = int(generators.shape[1])
        self._dtype = np.dtype(np.int32)
        self._levels: list[_Level] = []
        self._bound = bound
        self._generators: list[np.ndarray] = []
        for point in base:
            self._append_level(int(point))
        self.extend(generators)

    # Reading --------------------------------------------------------------------------------------------------------

    @property
    def generators(self) -> Int[np.ndarray, "generator point"]:
        """The generators that enlarged the group when they were given, in order."""
        return _rows(self._generators, self.points)

    @property
    def base(self) -> tuple[int, ...]:
        """The base points."""
        return tuple(level.point for level in self._levels)

    def order(self) -> int:
        """Order of the group: the product of the orbit lengths."""
        return math.prod(len(level.orbit) for level in self._levels)

    def stabiliser_generators(self, depth: int) -> Int[np.ndarray, "generator point"]:
        """Generators of the pointwise stabiliser of the first `depth` base points."""
        return _rows(self._levels[depth].generators if depth < len(self._levels) else [], self.points)

    def mover(self, target: int) -> Int[np.ndarray, " point"]:
        """An element that takes the first base point to a point of its orbit."""
        found: np.ndarray = self._levels[0].transversal[self._levels[0].position[target]]
        return found

    def contains(self, rows: Int[np.ndarray, "batch point"]) -> Bool[np.ndarray, " batch"]:
        """Which permutations belong to the group."""
        residues, level = self._sift(rows.astype(self._dtype), 0)
        members: np.ndarray = (level == len(self._levels)) & are_identity(residues)
        return members

    def elements(self, *, limit: int) -> Int[np.ndarray, "element point"]:
        """All elements, the identity first.

        Raises:
            GroupError: when there are more than `limit`.
        """
        if self.order() > limit:
            raise GroupError(f"the group has {self.order()} elements, more than the limit {limit}; raise `limit`")
        rows = identity_row(self.points)[None, :]
        for level in reversed(self._levels):
            # An element is (one that fixes the base point) then a transversal element.
            rows = level.transversal[:, rows].reshape(-1, self.points)
        return rows

    def rank(self, rows: Int[np.ndarray, "batch point"]) -> Int[np.ndarray, " batch"]:
        """Where each element of the group stands in the list that `elements` returns."""
        rows = rows.astype(self._dtype)
        total = np.zeros(len(rows), dtype=np.int64)
        for level in self._levels:
            index = level.position[rows[:, level.point]]
            rows = level.inverse[index[:, None], rows]
            total = total * len(level.orbit) + index
        return total

    # Building -------------------------------------------------------------------------------------------------------

    def extend(self, generators: Int[np.ndarray, "generator point"]) -> None:
        """Enlarge the group by further generators."""
        added = False
        for row in generators.astype(self._dtype):
            if not self.contains(row[None])[0]:
                self._generators.append(row)
                self._insert(row, 0)
                added = True
        if not added:
            return
        if len(self._generators) > 1:
            self._fill()
        if self.order() != self._bound:
            self._complete()

    def _append_level(self, point: int) -> None:
        position = np.full(self.points, -1, dtype=np.int64)
        position[point] = 0
        one = identity_row(self.points)[None, :]
        self._levels.append(_Level(point, [], np.array([point]), position, one, one))

    def _insert(self, row: np.ndarray, start: int) -> int:
        """Add a non-trivial strong generator that fixes the base points before `start`; the last level it joins."""
        depth = start
        while True:
            if depth == len(self._levels):
                self._append_level(int(np.flatnonzero(row != np.arange(self.points))[0]))
            self._levels[depth].generators.append(row)
            self._grow(self._levels[depth])
            if row[self._levels[depth].point] != self._levels[depth].point:
                return depth
            depth += 1

    def _grow(self, level: _Level) -> None:
        """Close the orbit of a level under its generators, newest last."""
        frontier, transversal = level.orbit, level.transversal
        rows = [level.generators[-1]]  # the old orbit is closed under the older generators
        points, movers = [level.orbit], [level.transversal]
        count = len(level.orbit)
        while True:
            new_points: list[np.ndarray] = []
            new_rows: list[np.ndarray] = []
            for row in rows:
                images = row[frontier]
                unseen = np.flatnonzero(level.position[images] < 0)
                if unseen.size:
                    targets, first = np.unique(images[unseen], return_index=True)
                    level.position[targets] = count + np.arange(len(targets))
                    count += len(targets)
                    new_points.append(targets)
                    new_rows.append(row[transversal[unseen[first]]])
            if not new_points:
                break
            frontier, transversal = np.concatenate(new_points), np.concatenate(new_rows)
            points.append(frontier)
            movers.append(transversal)
            rows = level.generators
        if count > len(level.orbit):
            level.orbit = np.concatenate(points)
            level.transversal = np.concatenate(movers)
            level.inverse = np.concatenate([level.inverse, *map(inverses, movers[1:])])

    def _sift(self, rows: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
        """Residues of sifting from a level on, and the level where each one stopped (the depth when it passed all)."""
        residues = rows.copy()
        stopped = np.full(len(rows), len(self._levels))
        alive = np.arange(len(rows))
        for depth in range(start, len(self._levels)):
            level = self._levels[depth]
            index = level.position[rows[:, level.point]]
            inside = index >= 0
            if not inside.all():
                residues[alive[~inside]] = rows[~inside]
                stopped[alive[~inside]] = depth
                alive, index, rows = alive[inside], index[inside], rows[inside]
                if not alive.size:
                    break
            if len(level.orbit) > 1:
                rows = level.inverse[index[:, None], rows]
        residues[alive] = rows
        return residues, stopped

    def _fill(self) -> None:
        """Sift random elements until many in a row add nothing, or the bound is reached."""
        supply = random_elements(self.generators, seed=0)
        quiet = 0
        while quiet < _PATIENCE and self.order() != self._bound:
            residues, level = self._sift(next(supply)[None], 0)
            if level[0] < len(self._levels) or not are_identity(residues)[0]:
                self._insert(residues[0], 0)
                quiet = 0
            else:
                quiet += 1

    def _complete(self) -> None:
        """Sift every Schreier generator of every level, deepest level first, until all sift to the identity."""
        depth = len(self._levels) - 1
        while depth >= 0:
            residue = self._failing_residue(depth)
            # A residue lies in the stabiliser below: it joins the levels from there to where it moves a base point.
            depth = depth - 1 if residue is None else self._insert(residue, depth + 1)

    def _failing_residue(self, depth: int) -> np.ndarray | None:
        level = self._levels[depth]
        chunk = max(1, _BATCH_ENTRIES // max(self.points, 1))
        for row in level.generators:
            targets = level.position[row[level.orbit]]
            for begin in range(0, len(level.orbit), chunk):
                part = slice(begin, begin + chunk)
                schreier = then(row[level.transversal[part]], level.inverse[targets[part]])
                schreier = schreier[~are_identity(schreier)]
                if not len(schreier):
                    continue
                residues, stopped = self._sift(schreier, depth + 1)
                failing = np.flatnonzero((stopped < len(self._levels)) | ~are_identity(residues))
                if failing.size:
                    found: np.ndarray = residues[failing[0]]
                    return found
        return None


def _rows(rows: list[np.ndarray], points: int) -> np.ndarray:
    return np.array(rows, dtype=np.int32).reshape(len(rows), points)
