"""Automaton → skeleton of its holonomy decomposition: image sets, their subduction classes, depths and tiles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from jaxtyping import Int

from expressivity.algebra.monoids.graphs import strong_components
from expressivity.errors import CannotCompile


class Skeleton:
    """The image sets Q·w of an automaton together with the singletons, ordered by subduction.

    Sets are bit masks in Python integers, numbered in the order in which they are found, Q first. P is subduced by R
    when P ⊆ R·w for some word w; sets that subduce each other form a class and are images of each other. The depth of
    a class is the length of the longest strictly descending subduction chain from Q to it; singletons, which need no
    further decomposition, lie below everything.

    Arguments:
        table: transition table of the automaton.
        max_sets: the largest number of sets to hold.

    Raises:
        CannotCompile: when there are more sets.

    Source: Egri-Nagy & Nehaniv 2015, "Computational holonomy decomposition of transformation semigroups".
    """

    def __init__(self, table: Int[np.ndarray, "letter state"], *, max_sets: int = 200_000) -> None:
        """Find the sets, their classes, and the depth of each class."""
        self.states = int(table.shape[1])
        self.table = table.tolist()
        self._chunks = [_chunk_images(row) for row in self.table]
        self.sets: list[int] = []
        self.number: dict[int, int] = {}
        successors = self._explore(max_sets)
        self.class_of: list[int] = strong_components(np.array(successors, dtype=np.int64)).tolist()
        self.members: list[list[int]] = [[] for _ in range(max(self.class_of) + 1)]
        for i, c in enumerate(self.class_of):
            self.members[c].append(i)
        self._carriers: dict[int, dict[int, list[int]]] = {}
        self._tiles: dict[int, list[int]] = {}
        self.class_depth = self._depths(successors)

    def image(self, mask: int, letter: int) -> int:
        """The set that a letter maps a set onto."""
        found = 0
        for images in self._chunks[letter]:
            found |= images[mask & 255]
            mask >>= 8
            if not mask:
                break
        return found

    def depth(self, mask: int) -> int:
        """Level of a set, 1 for Q; `height` + 1 for singletons."""
        return self.class_depth[self.class_of[self.number[mask]]]

    @property
    def height(self) -> int:
        """Number of levels: the greatest depth of a set that is no singleton."""
        return max(self.class_depth) - 1

    def representative(self, kind: int) -> int:
        """The set that stands for a class: the one found first."""
        return self.sets[self.members[kind][0]]

    def tiles(self, kind: int) -> list[int]:
        """The maximal sets strictly inside the representative of a class, largest first."""
        if kind not in self._tiles:
            self._tiles[kind] = self._maximal_inside(self.representative(kind))
        return self._tiles[kind]

    def carrier(self, mask: int) -> list[int]:
        """A bijection from the representative of the set's class onto the set, realised by a word; −1 elsewhere."""
        kind = self.class_of[self.number[mask]]
        if kind not in self._carriers:
            self._carriers[kind] = self._spanning_tree(kind)
        return self._carriers[kind][mask]

    def round_trips(self, kind: int) -> Iterator[list[int]]:
        """Permutations of the representative's points (−1 elsewhere) that generate all its round trips (Schreier)."""
        inside = {self.sets[i] for i in self.members[kind]}
        for mask in inside:
            carrier = self.carrier(mask)
            for x, row in enumerate(self.table):
                target = self.image(mask, x)
                if target in inside:
                    back = inverse(self.carrier(target))
                    yield [-1 if q < 0 else back[row[q]] for q in carrier]

    def _explore(self, max_sets: int) -> list[list[int]]:
        self._add((1 << self.states) - 1)
        successors: list[list[int]] = []
        pending = [1 << q for q in range(self.states)]
        while len(successors) < len(self.sets) or pending:
            if len(successors) == len(self.sets):
                self._add(pending.pop(0))
                continue
            mask = self.sets[len(successors)]
            successors.append([self._add(self.image(mask, x)) for x in range(len(self.table))])
            if len(self.sets) > max_sets:
                raise CannotCompile(
                    f"the holonomy decomposition of an automaton with {self.states} states has more than "
                    f"max_sets={max_sets} image sets; use `subset_cover`, or raise max_sets"
                )
        return successors

    def _add(self, mask: int) -> int:
        if mask not in self.number:
            self.number[mask] = len(self.sets)
            self.sets.append(mask)
        return self.number[mask]

    @cached_property
    def _packed(self) -> tuple[np.ndarray, np.ndarray]:
        """All sets by decreasing size as rows of 64-bit words, and their numbers."""
        order = sorted(range(len(self.sets)), key=lambda i: -self.sets[i].bit_count())
        words = -(-self.states // 64)
        data = b"".join(self.sets[i].to_bytes(8 * words, "little") for i in order)
        return np.frombuffer(data, dtype="<u8").reshape(-1, words), np.array(order, dtype=np.int64)

    def _maximal_inside(self, mask: int) -> list[int]:
        rows, order = self._packed
        outer = np.frombuffer(mask.to_bytes(8 * rows.shape[1], "little"), dtype="<u8")
        inside = order[((rows & ~outer) == 0).all(axis=1)]
        kept: list[int] = []
        for candidate in (self.sets[i] for i in inside.tolist()):
            if candidate != mask and all(candidate & ~tile for tile in kept):
                kept.append(candidate)
        return kept

    def _depths(self, successors: list[list[int]]) -> list[int]:
        size = [self.representative(kind).bit_count() for kind in range(len(self.members))]
        depth = [1] * len(size)
        # Letters and inclusion lead to smaller sets, or to sets of equal size in a class with a smaller number.
        for kind in sorted(range(len(size)), key=lambda k: (-size[k], -k)):
            if size[kind] == 1:
                continue
            below = {self.class_of[j] for i in self.members[kind] for j in successors[i]}
            below |= {self.class_of[self.number[tile]] for tile in self.tiles(kind)}
            for other in below - {kind}:
                depth[other] = max(depth[other], depth[kind] + 1)
        deepest = max((d for d, s in zip(depth, size, strict=True) if s > 1), default=0)
        return [d if s > 1 else deepest + 1 for d, s in zip(depth, size, strict=True)]

    def _spanning_tree(self, kind: int) -> dict[int, list[int]]:
        inside = {self.sets[i] for i in self.members[kind]}
        root = self.representative(kind)
        carriers = {root: [q if root >> q & 1 else -1 for q in range(self.states)]}
        queue = [root]
        for mask in queue:
            for x, row in enumerate(self.table):
                target = self.image(mask, x)
                if target in inside and target not in carriers:
                    carriers[target] = [-1 if q < 0 else row[q] for q in carriers[mask]]
                    queue.append(target)
        return carriers


def carried(mask: int, points: list[int]) -> int:
    """The set that a partial map of points, −1 where undefined, maps a set onto."""
    found = 0
    while mask:
        lowest = mask & -mask
        found |= 1 << points[lowest.bit_length() - 1]
        mask ^= lowest
    return found


def inverse(points: list[int]) -> list[int]:
    """The inverse of an injective partial map of points, −1 where undefined."""
    back = [-1] * len(points)
    for q, target in enumerate(points):
        if target >= 0:
            back[target] = q
    return back


def _chunk_images(row: list[int]) -> list[list[int]]:
    """Images of all subsets of each run of eight states, so that the image of a set takes one look-up per run."""
    chunks = []
    for first in range(0, len(row), 8):
        images = [0]
        for target in row[first : first + 8]:
            images += [known | 1 << target for known in images]
        chunks.append(images)
    return chunks
