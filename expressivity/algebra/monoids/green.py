"""Transition monoid → Green's relations, 𝒟-classes with their groups, and egg-box pictures as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from expressivity.algebra.groups.stabiliser_chain import StabiliserChain
from expressivity.algebra.monoids.graphs import strong_components
from expressivity.algebra.monoids.monoid import TransitionMonoid
from expressivity.automaton.congruences import first_occurrence


@dataclass(frozen=True, eq=False)
class DClass:
    """One 𝒟-class: elements that generate the same two-sided ideal.

    Arguments:
        index: its number; the class of the identity is 0.
        elements: its elements, increasing.
        rank: size of their images, the same for all of them.
        r_classes: the ℛ-classes it consists of, the rows of its egg-box.
        l_classes: its ℒ-classes, the columns.
        h_size: number of elements in each box.
        idempotents: its idempotents; a box holds at most one, and is a group if it does.
    """

    index: int
    elements: Int[np.ndarray, " element"]
    rank: int
    r_classes: Int[np.ndarray, " row"]
    l_classes: Int[np.ndarray, " column"]
    h_size: int
    idempotents: Int[np.ndarray, " idempotent"]

    @property
    def regular(self) -> bool:
        """Whether the class contains an idempotent (then every row and every column does)."""
        return len(self.idempotents) > 0


@dataclass(frozen=True, eq=False)
class EggBox:
    """The egg-box picture of one 𝒟-class: rows are ℛ-classes, columns ℒ-classes, boxes ℋ-classes.

    Arguments:
        rank: size of the images.
        boxes: elements in each box.
        is_group: which boxes contain an idempotent.
        words: for each box the first word of its first element (that of its idempotent, if there is one).
    """

    rank: int
    boxes: Int[np.ndarray, "row column member"]
    is_group: Bool[np.ndarray, "row column"]
    words: tuple[tuple[tuple[str, ...], ...], ...]

    def to_json(self) -> dict[str, Any]:
        """The same as plain lists: `rank`, `h_size`, `is_group` and `words` by row and column."""
        return {
            "rank": self.rank,
            "h_size": int(self.boxes.shape[2]),
            "is_group": self.is_group.tolist(),
            "words": [[list(word) for word in row] for row in self.words],
        }


@dataclass(frozen=True, eq=False)
class GreensRelations:
    """Green's relations of an enumerated monoid, as one class number per element.

    Arguments:
        monoid: the monoid.
        r: ℛ-class of each element (same right ideal), numbered by first elements.
        l: ℒ-class of each element (same left ideal).
        h: ℋ-class of each element (same ℛ- and ℒ-class).
        d: 𝒟-class of each element (same two-sided ideal; 𝒟 = 𝒥 in a finite monoid).
    """

    monoid: TransitionMonoid
    r: Int[np.ndarray, " element"]
    l: Int[np.ndarray, " element"]  # noqa: E741 (the name of the relation)
    h: Int[np.ndarray, " element"]
    d: Int[np.ndarray, " element"]

    @cached_property
    def d_classes(self) -> tuple[DClass, ...]:
        """All 𝒟-classes, that of the identity first."""
        order = np.argsort(self.d, kind="stable")
        pieces = np.split(order, np.cumsum(np.bincount(self.d))[:-1])
        idempotent = self.monoid.idempotent
        found = []
        for index, elements in enumerate(pieces):
            rows, columns = np.unique(self.r[elements]), np.unique(self.l[elements])
            found.append(
                DClass(
                    index=index,
                    elements=elements,
                    rank=int(self.monoid.ranks[elements[0]]),
                    r_classes=rows,
                    l_classes=columns,
                    h_size=len(elements) // (len(rows) * len(columns)),
                    idempotents=elements[idempotent[elements]],
                )
            )
        return tuple(found)

    def covers(self) -> tuple[tuple[int, int], ...]:
        """Hasse diagram of the 𝒟-classes: pairs (upper, lower) of ideals with none strictly between."""
        both = np.hstack([self.monoid.right, self.monoid.left])
        upper = np.repeat(self.d, both.shape[1])
        pairs = np.unique(np.stack([upper, self.d[both.reshape(-1)]], axis=1), axis=0)
        below: list[set[int]] = [set() for _ in self.d_classes]
        for high, low in pairs.tolist():
            if high != low:
                below[high].add(low)
        # Components come numbered with everything below a class before it.
        number = strong_components(both)
        order = sorted(range(len(below)), key=lambda d: int(number[self.d_classes[d].elements[0]]))
        mask = [0] * len(below)
        hasse = []
        for high in order:
            for low in below[high]:
                mask[high] |= mask[low] | 1 << low
            hasse += [
                (high, low)
                for low in below[high]
                if not any(mask[between] >> low & 1 for between in below[high] if between != low)
            ]
        return tuple(sorted(hasse))

    def group(self, d_class: DClass) -> tuple[Int[np.ndarray, "generator point"], int]:
        """Maximal subgroup of a regular 𝒟-class as a permutation group on the image of its first idempotent.

        Returns:
            Generators, as permutations of 0 … rank − 1 (the image's states in increasing order), none of them
            generated by those before it; and the order of the group.

        Raises:
            ValueError: when the class is not regular.
        """
        if not d_class.regular:
            raise ValueError(
                f"𝒟-class {d_class.index} contains no idempotent, so it has no subgroup; pass a regular one"
            )
        identity = int(d_class.idempotents[0])
        maps = self.monoid.elements
        points = np.flatnonzero(maps[identity] == np.arange(maps.shape[1]))
        place = np.full(maps.shape[1], -1, dtype=np.intp)
        place[points] = np.arange(len(points))
        members = d_class.elements[self.h[d_class.elements] == self.h[identity]]
        chain = StabiliserChain(place[maps[members][:, points]])
        return chain.generators, chain.order()

    def egg_box(self, d_class: DClass) -> EggBox:
        """The egg-box picture of a 𝒟-class."""
        rows = np.searchsorted(d_class.r_classes, self.r[d_class.elements])
        columns = np.searchsorted(d_class.l_classes, self.l[d_class.elements])
        shape = (len(d_class.r_classes), len(d_class.l_classes), d_class.h_size)
        boxes = d_class.elements[np.lexsort((d_class.elements, columns, rows))].reshape(shape)
        idempotent = self.monoid.idempotent[boxes]
        # argmax gives the idempotent where there is one, else the first element.
        chosen = np.take_along_axis(boxes, idempotent.argmax(axis=2)[:, :, None], axis=2)[:, :, 0]
        words = tuple(tuple(self.monoid.word(int(element)) for element in row) for row in chosen)
        return EggBox(d_class.rank, boxes, idempotent.any(axis=2), words)


def greens_relations(monoid: TransitionMonoid) -> GreensRelations:
    """Compute Green's relations of a completely enumerated monoid.

    ℛ-, ℒ- and 𝒥-classes are the strong components of the right, the left and the joint Cayley graph.

    Raises:
        ValueError: when the enumeration is incomplete.

    Source: Froidure & Pin 1997, section 4.
    """
    if not monoid.complete:
        raise ValueError(
            f"the monoid has more than {len(monoid):,} elements; Green's relations need all of them "
            "(raise `limit` in `transition_monoid`)"
        )
    right = first_occurrence(strong_components(monoid.right))
    left = first_occurrence(strong_components(monoid.left))
    joint = first_occurrence(strong_components(np.hstack([monoid.right, monoid.left])))
    boxes = first_occurrence(right * (int(left.max()) + 1) + left)
    return GreensRelations(monoid, right, left, boxes, joint)
