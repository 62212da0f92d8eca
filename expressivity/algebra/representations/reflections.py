"""Permutation group and letters → the faithful real representation in which every letter takes fewest reflections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64, Int

from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.algebra.representations.irreducible import RealCharacters, RealIrreducible, real_irreducibles
from expressivity.algebra.representations.matrices import Frame, matrices_of
from expressivity.algebra.representations.reflection_factors import reflection_factors
from expressivity.algebra.representations.representation_check import RepresentationCertificate, check_representation
from expressivity.errors import GroupError
from expressivity.exact import ExactArray, concatenate, zeros
from expressivity.exact.enclosures import orthogonal_enclosures

_NODES = 500_000


@dataclass(frozen=True, eq=False)
class Reflections:
    """A faithful real representation with the least n_h = max over letters of rank(I − ρ(letter)).

    n_h and the dimension are decided by characters, exactly and exhaustively; matrices are made when asked for.

    Arguments:
        group: the group.
        letters: the elements asked about, shape (letter, point).
        count: n_h, the least number of reflections per letter.
        dimension: the least dimension of a faithful representation with that n_h.
        chosen: numbers, in `characters`, of the irreducible summands.
        ranks: rank(I − ρ(letter)) of each letter.
        characters: the irreducible real representations of the group.
    """

    group: PermutationGroup
    letters: Int[np.ndarray, "letter point"]
    count: int
    dimension: int
    chosen: tuple[int, ...]
    ranks: Int[np.ndarray, " letter"]
    characters: RealCharacters

    @property
    def irreducibles(self) -> tuple[RealIrreducible, ...]:
        """The summands."""
        return tuple(self.characters.irreducibles[i] for i in self.chosen)

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """An exact basis of each summand.

        Raises:
            GroupError: when no exact matrices of a summand were found.
        """
        return tuple(matrices_of(self.characters.classes, irreducible) for irreducible in self.irreducibles)

    @property
    def orthonormal(self) -> bool:
        """Whether the matrices are orthogonal for the dot product; otherwise they preserve `form`."""
        return all(frame.orthonormal for frame in self.frames)

    @property
    def how(self) -> tuple[str, ...]:
        """How the basis of each summand was found, in words."""
        return tuple(frame.how for frame in self.frames)

    @cached_property
    def form(self) -> ExactArray:
        """The inner product that all matrices preserve, shape (width, width); the identity when orthonormal."""
        return _block_diagonal([frame.form.reshape(1, *frame.form.shape) for frame in self.frames])[0]

    @cached_property
    def matrices(self) -> ExactArray:
        """ρ of each letter, exactly, shape (letter, width, width)."""
        return self.at(self.letters)

    def at(self, elements: Int[np.ndarray, "batch point"]) -> ExactArray:
        """ρ of some elements of the group, exactly, shape (batch, width, width)."""
        rows = _over_moved_points(self.group, elements)
        return _block_diagonal([frame.matrices(self.characters.classes, rows) for frame in self.frames])

    def normals(self, letter: int) -> ExactArray:
        """Normals v₁, …, v_k with ρ(letter) = r₁·r₂⋯r_k, k = rank(I − ρ(letter)), shape (k, width).

        In a network the rightmost reflection r_k is applied first.
        """
        return reflection_factors(self.matrices[letter], form=None if self.orthonormal else self.form)

    def enclosures(self) -> tuple[Float64[np.ndarray, "letter width width"], float]:
        """Orthogonal matrices of the letters in floating point, and a rigorous bound on the error of every entry.

        They enclose C·ρ·C⁻¹ with CᵀC the form, exactly a faithful orthogonal representation.
        """
        return orthogonal_enclosures(self.matrices, self.form)

    @cached_property
    def certificate(self) -> RepresentationCertificate:
        """Exact proof that ρ is a faithful representation and takes the letters to `matrices`.

        Raises:
            CertificateError: when it does not hold, which would be a defect of this library.
        """
        generators = np.unique(self.group.generators, axis=0)
        return check_representation(
            generators, self.at(generators), self.form, letters=self.letters, letter_matrices=self.matrices
        )


def minimal_reflections(
    group: PermutationGroup, letters: Int[np.ndarray, "letter point"] | None = None, *, limit: int = 50_000
) -> Reflections:
    """Over all faithful real representations, the least max-over-letters of rank(I − ρ(letter)), then least dimension.

    rank(I − ρ(g)) = dim ρ − dim Fix ρ(g) is read off the character, and an inner product that ρ preserves always
    exists, so it is the number of reflections that ρ(g) needs (Scherk). The search is exhaustive, hence a proof:
    every representation is a sum of irreducible ones, ranks and dimensions add up over the sum, and the kernel is the
    intersection of the kernels. Dropping a repeated summand, or one without which the intersection of kernels is the
    same, changes no kernel and increases no rank, so only irredundant sums without repetition need be tried; in such a
    sum, taken in any order, each summand makes the kernel strictly smaller.

    Ties are broken by the total of the ranks over all letters, then by the order of the irreducibles.

    Arguments:
        group: the group.
        letters: elements of the group; its generators by default.
        limit: largest order that is enumerated.

    Raises:
        GroupError: when a letter is outside the group, the group is too large, or the search exceeds its budget.
    """
    rows = group.generators if letters is None else letters
    outside = [i for i, row in enumerate(rows) if not group.contains(row)]
    if outside:
        raise GroupError(
            f"letters {outside[:10]} are not elements of the group; pass elements, as rows over its points"
        )
    characters = real_irreducibles(group, limit=limit)
    classes = characters.classes
    of_letter = classes.class_of[classes.chain.rank(_over_moved_points(group, rows))]
    present, weights = np.unique(of_letter, return_counts=True)
    count, dimension, chosen = least_sum(characters, present.tolist(), weights.tolist())
    ranks = np.array([characters.irreducibles[i].ranks[of_letter] for i in chosen], dtype=np.int64).sum(axis=0)
    return Reflections(group, rows, count, dimension, chosen, ranks, characters)


def least_sum(
    characters: RealCharacters, present: Sequence[int], weights: Sequence[int]
) -> tuple[int, int, tuple[int, ...]]:
    """The faithful sum of irreducibles with least (max rank over some classes, dimension, total of the ranks).

    Arguments:
        characters: the irreducibles.
        present: the classes of the letters.
        weights: number of letters in each.

    Returns:
        The least maximum, the dimension, and the numbers of the summands.

    Raises:
        GroupError: when the search exceeds half a million sums.
    """
    irreducibles = characters.irreducibles
    everything = (1 << len(characters.classes.representatives)) - 1
    kernels = [sum(1 << int(c) for c in np.flatnonzero(i.kernel)) for i in irreducibles]
    if everything == 1:
        return 0, 1, (0,)
    ranks = [tuple(int(i.ranks[c]) for c in present) for i in irreducibles]
    totals = [sum(r * w for r, w in zip(row, weights, strict=True)) for row in ranks]
    best: tuple[int, int, tuple[int, ...]] | None = None
    nodes = 0

    def search(
        start: int, kernel: int, used: tuple[int, ...], dimension: int, total: int, chosen: tuple[int, ...]
    ) -> None:
        nonlocal best, nodes
        nodes += 1
        if nodes > _NODES:
            raise GroupError(
                f"the search for faithful sums of {len(irreducibles)} irreducible representations exceeded "
                f"{_NODES} sums; the group is too close to an abelian group of high rank"
            )
        if kernel == 1:
            if best is None or (dimension, total) < best[:2]:
                best = (dimension, total, chosen)
            return
        for i in range(start, len(irreducibles)):
            if kernel & kernels[i] == kernel or (best is not None and dimension + irreducibles[i].dimension > best[0]):
                continue
            raised = tuple(a + b for a, b in zip(used, ranks[i], strict=True))
            if max(raised, default=0) <= bound:
                search(
                    i + 1,
                    kernel & kernels[i],
                    raised,
                    dimension + irreducibles[i].dimension,
                    total + totals[i],
                    (*chosen, i),
                )

    bound = 0
    while best is None:
        search(0, everything, (0,) * len(ranks[0]), 0, 0, ())
        bound += best is None
    return bound, best[0], best[2]


def _over_moved_points(group: PermutationGroup, rows: np.ndarray) -> np.ndarray:
    """Elements of the group as rows over the points that its chain acts on."""
    moved = np.flatnonzero(np.any(group.generators != np.arange(group.generators.shape[1]), axis=0))
    return np.searchsorted(moved, rows[:, moved]).astype(np.int32).reshape(len(rows), len(moved))


def _block_diagonal(blocks: Sequence[ExactArray]) -> ExactArray:
    """Batches of square matrices, shape (batch, width, width) each, along the diagonal."""
    count = blocks[0].shape[0]
    total = sum(block.shape[1] for block in blocks)
    bands = []
    before = 0
    for block in blocks:
        width = block.shape[1]
        parts = [zeros(count, width, before), block, zeros(count, width, total - before - width)]
        bands.append(concatenate([part for part in parts if part.shape[2]], axis=2))
        before += width
    return concatenate(bands, axis=1)
