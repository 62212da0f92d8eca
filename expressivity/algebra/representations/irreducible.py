"""Permutation group → its irreducible real representations: dimension, type, character, ranks of I − ρ.

Everything here is read off the character table and exact; matrices are made in `matrices.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from expressivity.algebra.groups.conjugacy import ConjugacyClasses
from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.algebra.representations.characters import CharacterTable, character_table
from expressivity.exact import ExactArray, concatenate, cosines, rationals
from expressivity.exact.linear import in_subfield

Kind = Literal["real", "complex", "quaternionic"]
COMMUTANT: dict[str, int] = {"real": 1, "complex": 2, "quaternionic": 4}
"""Real dimension of the commutant, the field R, C or H, of an irreducible real representation of each type."""


@dataclass(frozen=True, eq=False)
class RealIrreducible:
    """An irreducible real representation, known by its character.

    With a complex irreducible character χ its character ψ is χ (real type), χ + χ̄ (complex type) or 2χ (quaternionic
    type), after the Frobenius–Schur indicator of χ.

    Arguments:
        dimension: ψ(1), the real dimension.
        kind: the type.
        character: ψ on each conjugacy class, over Q or the least Q(2cos 2π/N) that holds all values.
        ranks: rank(I − ρ(g)) for g in each class: the dimension less that of the fixed space.
    """

    dimension: int
    kind: Kind
    character: ExactArray
    ranks: Int[np.ndarray, " class"]

    @property
    def kernel(self) -> Bool[np.ndarray, " class"]:
        """Which classes act as the identity."""
        inside: np.ndarray = self.ranks == 0
        return inside

    def __repr__(self) -> str:
        return f"RealIrreducible(dimension={self.dimension}, kind={self.kind!r})"


@dataclass(frozen=True, eq=False)
class RealCharacters:
    """All irreducible real representations of a group, dimensions ascending, the trivial one first."""

    classes: ConjugacyClasses
    irreducibles: tuple[RealIrreducible, ...]

    def faithful(self, chosen: Sequence[int]) -> bool:
        """Whether the sum of the chosen irreducibles is faithful: only the identity lies in all kernels."""
        kernel = np.ones(len(self.classes.representatives), dtype=bool)
        for number in chosen:
            kernel &= self.irreducibles[number].kernel
        return int(kernel.sum()) == 1


def real_irreducibles(group: PermutationGroup, *, limit: int = 50_000) -> RealCharacters:
    """The irreducible real representations of a permutation group.

    Arguments:
        group: the group.
        limit: largest order that is enumerated.

    Raises:
        GroupError: when the group has more elements, or more than 400 conjugacy classes.
    """
    table = character_table(group.conjugacy_classes(limit=limit))
    found = []
    for number, indicator in enumerate(table.indicators.tolist()):
        if indicator == 0 and table.conjugate[number] < number:
            continue
        kind: Kind = "real" if indicator == 1 else "complex" if indicator == 0 else "quaternionic"
        multiplicities = [_real_multiplicities(table, number, kind, c) for c in range(len(table.multiplicities))]
        dimension = int(multiplicities[0][0])
        ranks = np.array([dimension - row[0] for row in multiplicities], dtype=np.int64)
        found.append(RealIrreducible(dimension, kind, _character(multiplicities), ranks))
    found.sort(key=lambda irreducible: irreducible.dimension)
    return RealCharacters(table.classes, tuple(found))


def _real_multiplicities(table: CharacterTable, number: int, kind: Kind, conjugacy_class: int) -> np.ndarray:
    """How often each root of unity is an eigenvalue in the real representation that χ belongs to."""
    own: np.ndarray = table.multiplicities[conjugacy_class][number]
    if kind == "real":
        return own
    other: np.ndarray = table.multiplicities[conjugacy_class][table.conjugate[number]]
    together: np.ndarray = own + other
    return together


def _character(multiplicities: list[np.ndarray]) -> ExactArray:
    """Traces from multiplicities of eigenvalues, over the least common field."""
    values = [_trace(tuple(row.tolist())) for row in multiplicities]
    conductor = math.lcm(*(value.conductor for value in values))
    return concatenate([value.embed(conductor).reshape(1) for value in values])


@lru_cache(maxsize=4_096)
def _trace(multiplicities: tuple[int, ...]) -> ExactArray:
    """Σ_k m_k cos(2πk/o), over the least field of the form Q(2cos 2π/n), n a divisor of o."""
    order = len(multiplicities)
    roots = cosines(range(order), order)
    value = (rationals(np.array([multiplicities])) @ roots.reshape(order, 1)).reshape()
    for conductor in range(1, order + 1):
        if value.conductor % conductor == 0:
            smaller = in_subfield(value, conductor)
            if smaller is not None:
                return smaller
    return value
