"""Number of points → unit vectors with entries in {0, ±½, ±1} whose reflections swap the points, in few dimensions.

A transposition (i j) is a reflection, and all of them together are the root system of type A: unit vectors k_ij with
k_ij = −k_ji, k_ij + k_jl = k_il, hence k_ij·k_jl = −½. The vectors 2k_ij are integral of squared length 4, so each is
±2 at one place or ±1 at four: what is sought is the lattice √2·A_{n−1} inside the integers Z^d, d as small as can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, product

import numpy as np
from jaxtyping import Int

from expressivity.exact import ExactArray, rationals

_SEARCHED = 12  # points up to which a smaller system than the pairs is looked for
_NODES = 2_000


@dataclass(frozen=True, eq=False)
class RootSystem:
    """Unit keys for all transpositions of some labels.

    Arguments:
        simple: twice the keys of (0 1), (1 2), …, shape (root, width), integers.
    """

    simple: Int[np.ndarray, "root width"]

    @property
    def labels(self) -> int:
        """Number of labels that are swapped; there may be more than asked for."""
        return len(self.simple) + 1

    @property
    def width(self) -> int:
        """Dimension d."""
        return int(self.simple.shape[1])

    def doubled_key(self, i: int, j: int) -> Int[np.ndarray, " width"]:
        """Twice the unit key of the transposition (i j): the sum of the simple roots between them, i ≠ j."""
        low, high = min(i, j), max(i, j)
        total: np.ndarray = self.simple[low:high].sum(axis=0)
        return total if i < j else -total

    @cached_property
    def places(self) -> ExactArray:
        """Vectors p_i with 2k_ij · Σ c_l p_l = c_i − c_j: numbers c sit at the places and the keys swap them.

        Shape (label, width). They span the roots; a system of pairs also has the sum of all of them, which every key
        leaves alone.
        """
        from flint import fmpq_mat

        if self.width == self.labels:
            # ½(b_i) for the orthogonal vectors b_i of length √2 whose differences the roots are.
            return rationals(_pairs(self.labels)).divided_by(2)
        simple = fmpq_mat(len(self.simple), self.width, self.simple.reshape(-1).tolist())
        dual = (simple * simple.transpose()).inv() * simple
        rows = np.array([[f"{v.p}/{v.q}" for v in row] for row in dual.table()], dtype=object)
        fundamental = rationals(_fractions(rows))
        # c_0 − c_1 times the first fundamental weight, and so on: p_l is the difference of two neighbours.
        steps = np.eye(self.labels, len(self.simple), dtype=np.int64)
        steps -= np.eye(self.labels, len(self.simple), k=-1, dtype=np.int64)
        return rationals(steps) @ fundamental


def _fractions(rows: np.ndarray) -> np.ndarray:
    from fractions import Fraction

    result = np.empty(rows.shape, dtype=object)
    result.reshape(-1)[:] = [Fraction(text) for text in rows.reshape(-1).tolist()]
    return result


@lru_cache(maxsize=64)
def root_systems(points: int) -> tuple[RootSystem, ...]:
    """Systems that swap at least so many points, the narrowest first; the last one is a system of pairs.

    The first has the least dimension possible whenever its width equals `least_width(points)`, which holds up to
    twelve points: 1, 4, 4, 6, 6, 7, 7, 8, 10, 10, 12, 12 dimensions for 2, 3, …, 12 points (and 1 for none).

    Arguments:
        points: at least 1.
    """
    if points <= 2:
        return (RootSystem(np.array([[2]])),)
    pairs = RootSystem(-np.diff(_pairs(points + points % 2), axis=0))
    systems = [pairs]
    for width in range(least_width(points), pairs.width) if points <= _SEARCHED else ():
        # Where there is room for one more point, the system of that point holds this one.
        labels = points + 1 if width >= least_width(points + 1) else points
        found = _search(labels, width)
        if found is not None:
            systems.insert(0, RootSystem(found))
            break
    return tuple(systems)


def least_width(points: int) -> int:
    """A lower bound on the dimension of √2·A_{n−1} inside the integers, n = `points` at least 2.

    Dimension n − 1 makes the index of a sublattice of Z^{n−1} the root of the determinant 2^{n−1}·n, which must
    therefore be a square. For odd n, dimension n leaves one vector w orthogonal to the roots, with w² = n times a
    square for the determinant; comparing Hasse invariants with those of the pairs, √2·A_{n−1} ⊕ ⟨2n⟩ ≅ Z^{n−1} ⊕ ⟨2⟩
    over Q, leaves the condition that the Hilbert symbols (n, 2)_p be 1: no prime ±3 mod 8 divides n an odd number of
    times.

    Source: our own derivation from the theory of rational quadratic forms (Serre, A Course in Arithmetic, chapter IV).
    """
    square_free = points << (points - 1) % 2
    for factor in range(2, points + 1):
        while square_free % (factor * factor) == 0:
            square_free //= factor * factor
    if square_free == 1:
        return points - 1
    if points % 2 == 0:
        return points
    primes = [p for p in range(3, square_free + 1, 2) if square_free % p == 0 and all(p % q for q in range(3, p, 2))]
    return points if all(p % 8 in (1, 7) for p in primes) else points + 1


def _pairs(labels: int) -> Int[np.ndarray, "label width"]:
    """(1, 1) and (1, −1) in coordinates 0 and 1, then in 2 and 3, …: orthogonal, of squared length 2."""
    result: np.ndarray = np.kron(np.eye(labels // 2, dtype=np.int64), np.array([[1, 1], [1, -1]]))
    return result


def _search(labels: int, width: int) -> np.ndarray | None:
    """A chain of integral vectors of squared length 4 with neighbours at −2 and all others at 0, by backtracking."""
    vectors = _length_two(width)
    nodes = 0

    def extend(chain: list[int], free: np.ndarray) -> list[int] | None:
        nonlocal nodes
        nodes += 1
        if len(chain) == labels - 1:
            return chain
        products = vectors @ vectors[chain[-1]]
        for candidate in np.flatnonzero(free & (products == -2)).tolist():
            if nodes > _NODES:
                return None
            found = extend([*chain, candidate], free & (products == 0))
            if found is not None:
                return found
        return None

    # Up to signs and order of the coordinates there are two first vectors; a system that has one ±2 may start there.
    for first in (0, 2 * width):
        if first < len(vectors):
            found = extend([first], np.ones(len(vectors), dtype=bool))
            if found is not None:
                chosen: np.ndarray = vectors[found]
                return chosen
    return None


def _length_two(width: int) -> Int[np.ndarray, "vector width"]:
    """All integral vectors of squared length 4, those with a single entry first."""
    single = np.concatenate([2 * np.eye(width, dtype=np.int64), -2 * np.eye(width, dtype=np.int64)])
    signs = np.array(list(product((1, -1), repeat=4)))
    four = [np.zeros((0, width), dtype=np.int64)]
    for places in combinations(range(width), 4):
        rows = np.zeros((len(signs), width), dtype=np.int64)
        rows[:, places] = signs
        four.append(rows)
    return np.concatenate([single, *four])
