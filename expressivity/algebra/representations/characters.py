"""Conjugacy classes of a group → its complex irreducible characters, exactly.

Source: Dixon 1967, with Schneider's simultaneous splitting of eigenspaces: characters are computed modulo a prime
p ≡ 1 modulo the exponent with p > 2√|G|, where they determine the true characters, and are lifted to multiplicities
of eigenvalues, which are integers between 0 and the degree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from expressivity.algebra.groups.conjugacy import ConjugacyClasses
from expressivity.algebra.groups.permutations import inverses
from expressivity.algebra.groups.simple_groups import prime_factors
from expressivity.errors import GroupError

_CLASS_LIMIT = 400


@dataclass(frozen=True, eq=False)
class CharacterTable:
    """The irreducible characters of a group, degrees ascending, the trivial one first.

    Arguments:
        classes: the conjugacy classes.
        degrees: χ(1) of each character.
        multiplicities: for each class the integers `[character, k]`: how often ζᵏ, ζ = exp(2πi/o), is an eigenvalue
            of an element of that class, o being its order.
        indicators: Frobenius–Schur indicators: 1 real, 0 complex, −1 quaternionic.
        conjugate: number of the complex conjugate of each character.
    """

    classes: ConjugacyClasses
    degrees: Int[np.ndarray, " character"]
    multiplicities: tuple[Int[np.ndarray, "character _"], ...]
    indicators: Int[np.ndarray, " character"]
    conjugate: Int[np.ndarray, " character"]

    def values(self) -> np.ndarray:
        """The table as complex128, shape (character, class), for looking at; the multiplicities are exact."""
        columns = []
        for table in self.multiplicities:
            order = table.shape[1]
            columns.append(table @ np.exp(2j * np.pi * np.arange(order) / order))
        return np.array(columns).T


def character_table(classes: ConjugacyClasses) -> CharacterTable:
    """The irreducible characters.

    Raises:
        GroupError: when there are more than 400 conjugacy classes.
    """
    order = len(classes.elements)
    count = len(classes.representatives)
    if count > _CLASS_LIMIT:
        raise GroupError(f"the group has {count} conjugacy classes; character tables go up to {_CLASS_LIMIT}")
    p = _dixon_prime(classes.exponent, order)
    modular, degrees = _modular_characters(classes, p)
    indicators = _signed(
        modular[:, classes.power_map[2 % classes.exponent]] @ classes.sizes % p * pow(order % p, -1, p) % p, p
    )
    sequence = sorted(
        range(count), key=lambda i: (degrees[i], np.any(modular[i] != 1), *(-_signed(modular[i], p)).tolist())
    )
    modular, degrees, indicators = modular[sequence], degrees[sequence], indicators[sequence]
    rows = {row.tobytes(): i for i, row in enumerate(modular)}
    conjugate = np.array([rows[np.ascontiguousarray(row[classes.inverse]).tobytes()] for row in modular])
    return CharacterTable(classes, degrees, _lift(classes, modular, p), indicators, conjugate)


def _dixon_prime(exponent: int, order: int) -> int:
    """Least prime above 2√|G| that is 1 modulo the exponent."""
    p = exponent + 1
    while p <= 2 * math.isqrt(order) + 2 or len(prime_factors(p)) != 1:
        p += exponent
    return p


def _signed(residues: np.ndarray, p: int) -> np.ndarray:
    residues = residues % p
    return np.where(residues > p // 2, residues - p, residues)


def class_matrix(classes: ConjugacyClasses, number: int) -> Int[np.ndarray, "class class"]:
    """M[s, t] = number of ways to write the representative of class t as x·y, x in the given class and y in class s."""
    count = len(classes.representatives)
    matrix = np.zeros((count, count), dtype=np.int64)
    back = inverses(classes.members(number))
    for t, representative in enumerate(classes.elements[classes.representatives]):
        others = classes.class_of[classes.chain.rank(back[:, representative])]
        matrix[:, t] = np.bincount(others, minlength=count)
    return matrix


def _modular_characters(classes: ConjugacyClasses, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Characters modulo p, shape (character, class), and their degrees."""
    count = len(classes.representatives)
    order = len(classes.elements)
    spaces = [np.eye(count, dtype=np.int64)]
    for number in np.argsort(classes.sizes, kind="stable")[1:]:
        if all(len(space) == 1 for space in spaces):
            break
        # A central character ω(C) = |C|·χ(C)/χ(1) satisfies M·ω = ω(class of M)·ω.
        matrix = class_matrix(classes, int(number)).T % p
        spaces = [part for space in spaces for part in _split(space, matrix, p)]
    central = np.concatenate(spaces)
    central = central * np.array([pow(int(v), -1, p) for v in central[:, 0]])[:, None] % p
    inverse_sizes = np.array([pow(int(size), -1, p) for size in classes.sizes])
    norms = (central * central[:, classes.inverse] % p * inverse_sizes % p).sum(axis=1) % p
    squares = {d * d % p: d for d in range(1, math.isqrt(order) + 1) if order % d == 0}
    degrees = np.array([squares[order * pow(int(norm), -1, p) % p] for norm in norms], dtype=np.int64)
    return central * inverse_sizes % p * degrees[:, None] % p, degrees


def _split(space: np.ndarray, matrix: np.ndarray, p: int) -> list[np.ndarray]:
    """Eigenspaces of v ↦ v·M on an invariant space of row vectors in reduced echelon form."""
    if len(space) == 1:
        return [space]
    pivots = (space != 0).argmax(axis=1)
    action = space @ matrix % p
    action = action[:, pivots]  # coordinates in the echelon basis
    identity = np.eye(len(space), dtype=np.int64)
    kernels: dict[int, np.ndarray] = {}
    for vector in identity:
        for value in _eigenvalues(vector, action, p):
            if value not in kernels:
                kernels[value] = _left_kernel((action - value * identity) % p, p)
        if sum(map(len, kernels.values())) == len(space):  # class matrices are diagonalisable modulo p
            break
    return [_echelon(kernels[value] @ space % p, p) for value in sorted(kernels)]


def _eigenvalues(vector: np.ndarray, matrix: np.ndarray, p: int) -> list[int]:
    """Eigenvalues whose eigenspaces a row vector has a part in: the roots of its minimal polynomial."""
    from flint import nmod_poly

    krylov = [vector]
    for _ in range(len(matrix)):
        krylov.append(krylov[-1] @ matrix % p)
    polynomial = nmod_poly([], p)
    for relation in _left_kernel(np.array(krylov), p):
        polynomial = polynomial.gcd(nmod_poly(relation.tolist(), p))
    return [int(-factor[0] / factor[1]) for factor, _ in polynomial.factor()[1]]


def _echelon(rows: np.ndarray, p: int) -> np.ndarray:
    """Reduced echelon form modulo p without zero rows."""
    rows = rows.copy() % p
    rank = 0
    for column in range(rows.shape[1]):
        candidates = np.flatnonzero(rows[rank:, column])
        if not candidates.size:
            continue
        pivot = rank + candidates[0]
        rows[[rank, pivot]] = rows[[pivot, rank]]
        rows[rank] = rows[rank] * pow(int(rows[rank, column]), -1, p) % p
        others = rows[:, column].copy()
        others[rank] = 0
        rows = (rows - others[:, None] * rows[rank]) % p
        rank += 1
        if rank == len(rows):
            break
    return rows[:rank]


def _left_kernel(matrix: np.ndarray, p: int) -> np.ndarray:
    """Basis of the row vectors v with v·M = 0 modulo p."""
    count, width = matrix.shape
    wide = _echelon(np.concatenate([matrix, np.eye(count, dtype=np.int64)], axis=1), p)
    kernel: np.ndarray = wide[~np.any(wide[:, :width], axis=1)][:, width:]
    return kernel


def _lift(classes: ConjugacyClasses, modular: np.ndarray, p: int) -> tuple[np.ndarray, ...]:
    """Eigenvalue multiplicities from modular characters, by a discrete Fourier transform over each cyclic group."""
    exponent = classes.exponent
    generator = _primitive_root(p)
    tables = []
    for number, order in enumerate(classes.orders.tolist()):
        z = pow(generator, (p - 1) // order, p)
        powers = np.array([pow(z, -k % order, p) for k in range(order)])
        transform = powers[np.outer(np.arange(order), np.arange(order)) % order]
        along = modular[:, classes.power_map[np.arange(order) % exponent, number]]
        tables.append(along @ transform % p * pow(order, -1, p) % p)
    return tuple(tables)


def _primitive_root(p: int) -> int:
    factors = set(prime_factors(p - 1))
    return next(g for g in range(1, p) if all(pow(g, (p - 1) // q, p) != 1 for q in factors))
