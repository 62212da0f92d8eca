"""Permutation group of moderate order → all its elements, their conjugacy classes and power maps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from expressivity.algebra.groups.permutations import inverses, orbits, orders, then
from expressivity.algebra.groups.stabiliser_chain import StabiliserChain


@dataclass(frozen=True, eq=False)
class ConjugacyClasses:
    """The elements of a group, numbered as its stabiliser chain numbers them, sorted into conjugacy classes.

    Arguments:
        chain: the group.
        elements: its elements, the identity first; shape (element, point).
        class_of: number of the class of each element; class 0 holds the identity only.
        representatives: element number of one member of each class.
    """

    chain: StabiliserChain
    elements: Int[np.ndarray, "element point"]
    class_of: Int[np.ndarray, " element"]
    representatives: Int[np.ndarray, " class"]

    @cached_property
    def sizes(self) -> Int[np.ndarray, " class"]:
        """Number of elements of each class."""
        return np.bincount(self.class_of).astype(np.int64)

    @cached_property
    def orders(self) -> Int[np.ndarray, " class"]:
        """Order of the elements of each class."""
        return orders(self.elements[self.representatives])

    @property
    def exponent(self) -> int:
        """Least common multiple of the orders of the elements."""
        return math.lcm(*self.orders.tolist())

    @cached_property
    def inverse(self) -> Int[np.ndarray, " class"]:
        """The class of the inverses of each class."""
        found: np.ndarray = self.class_of[self.chain.rank(inverses(self.elements[self.representatives]))]
        return found

    @cached_property
    def power_map(self) -> Int[np.ndarray, "exponent class"]:
        """`power_map[k, c]` is the class of the k-th powers of class c, for 0 ≤ k < exponent of the group."""
        rows = self.elements[self.representatives]
        table = np.zeros((self.exponent, len(rows)), dtype=np.int64)
        largest = int(self.orders.max())
        power = rows
        for k in range(1, largest):
            table[k] = self.class_of[self.chain.rank(power)]
            power = then(power, rows)
        # Beyond the largest order of an element, powers repeat with the order of the class.
        exponents = np.arange(self.exponent)[:, None] % self.orders[None, :]
        repeated: np.ndarray = table[exponents, np.arange(len(rows))]
        return repeated

    def members(self, number: int) -> Int[np.ndarray, "member point"]:
        """The elements of one class."""
        rows: np.ndarray = self.elements[self.class_of == number]
        return rows


def conjugacy_classes(chain: StabiliserChain, *, limit: int) -> ConjugacyClasses:
    """Enumerate a group and sort its elements into classes.

    Arguments:
        chain: the group.
        limit: largest order that is enumerated.

    Raises:
        GroupError: when the group is larger.
    """
    elements = chain.elements(limit=limit)
    generators = chain.generators
    moves = np.empty((len(generators), len(elements)), dtype=np.int64)
    for i, (row, back) in enumerate(zip(generators, inverses(generators), strict=True)):
        moves[i] = chain.rank(row[elements[:, back]])
    classes = orbits(moves, len(elements))
    class_of = np.empty(len(elements), dtype=np.int64)
    for number, members in enumerate(classes):
        class_of[members] = number
    return ConjugacyClasses(chain, elements, class_of, np.array([members[0] for members in classes]))
