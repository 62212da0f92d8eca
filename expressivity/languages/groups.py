"""Turns a group given by permutations into the automaton of its word problem."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations

import numpy as np
from jaxtyping import Int

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.permutations import Permutation, cycle_notation, read_permutations
from expressivity.languages.ranges import at_least


def permutation_automaton(
    generators: Sequence[Permutation] | np.ndarray,
    *,
    letters: Sequence[str] | None = None,
    start: int = 0,
    accepting: Sequence[int] = (0,),
) -> Automaton:
    """The automaton whose states are the points 0 … n−1 and whose letters permute them.

    Arguments:
        generators: one permutation per letter, as cycles over points from 1 or as images over points from 0.
        letters: letter names; the default is the permutations in cycle notation.
        start: start point, counted from 0.
        accepting: accepting points, counted from 0.

    Raises:
        LanguageError: when a generator is no permutation or a name is given twice.
    """
    rows = read_permutations(generators)
    return Automaton.from_table(rows, start, accepting=accepting, letters=_names(rows, letters))


def word_problem(
    generators: Sequence[Permutation] | np.ndarray, *, letters: Sequence[str] | None = None, limit: int = 100_000
) -> Automaton:
    """The automaton that accepts the words whose product is the identity; its states are the group's elements.

    A word x₁x₂… acts from left to right: first x₁, then x₂. The identity is state 0 and the start; the other elements
    are numbered breadth-first. The automaton is minimal.

    Arguments:
        generators: one permutation per letter, as for `permutation_automaton`.
        letters: letter names; the default is the permutations in cycle notation.
        limit: largest number of elements to enumerate.

    Raises:
        LanguageError: when the group has more elements than `limit`, or a generator is no permutation.
    """
    rows = read_permutations(generators)
    names = _names(rows, letters)
    small = rows.astype(np.uint16)
    identity = np.arange(rows.shape[1], dtype=np.uint16)
    elements = [identity]
    number = {identity.tobytes(): 0}
    targets = []
    for element in elements:
        products = small[:, element]
        row = []
        for product in products:
            key = product.tobytes()
            if key not in number:
                if len(elements) >= limit:
                    raise LanguageError(f"the group has more than {limit} elements; raise `limit` to go on")
                number[key] = len(elements)
                elements.append(product.copy())
            row.append(number[key])
        targets.append(row)
    table = np.array(targets, dtype=np.int32).T
    return Automaton.from_table(table, accepting=[0], letters=names)


def symmetric_group(n: int, *, letters: str = "all") -> Automaton:
    """The word problem of the symmetric group S_n, n ≥ 2.

    Arguments:
        n: number of points.
        letters: `all` (every element is a letter), `transpositions`, `adjacent` (transpositions of neighbours), or
            `generators` (one transposition and one n-cycle).

    Raises:
        LanguageError: when n is too small or the choice of letters is unknown.
    """
    at_least("n", n, 2)
    if letters == "all":
        rows = list(permutations(range(n)))
    elif letters == "transpositions":
        rows = [_cycle(n, pair) for pair in combinations(range(n), 2)]
    elif letters == "adjacent":
        rows = [_cycle(n, (i, i + 1)) for i in range(n - 1)]
    elif letters == "generators":
        rows = list(dict.fromkeys([_cycle(n, (0, 1)), _cycle(n, tuple(range(n)))]))
    else:
        raise _unknown_letters(letters, ("all", "transpositions", "adjacent", "generators"))
    return word_problem(rows)


def alternating_group(n: int, *, letters: str = "all") -> Automaton:
    """The word problem of the alternating group A_n, n ≥ 3.

    Arguments:
        n: number of points.
        letters: `all` (every element is a letter), `3-cycles` (all of them), or `generators` (the cycles (1 2 k)).

    Raises:
        LanguageError: when n is too small or the choice of letters is unknown.
    """
    at_least("n", n, 3)
    if letters == "all":
        rows = [row for row in permutations(range(n)) if _is_even(row)]
    elif letters == "3-cycles":
        rows = [_cycle(n, triple) for i, j, k in combinations(range(n), 3) for triple in ((i, j, k), (i, k, j))]
    elif letters == "generators":
        rows = [_cycle(n, (0, 1, k)) for k in range(2, n)]
    else:
        raise _unknown_letters(letters, ("all", "3-cycles", "generators"))
    return word_problem(rows)


def cyclic_group(n: int, *, letters: str = "all") -> Automaton:
    """The word problem of the cyclic group Z_n as rotations of n points, n ≥ 2.

    Arguments:
        n: order of the group.
        letters: `all` (every element is a letter, the identity first) or `generators` (the rotation by one).

    Raises:
        LanguageError: when n is too small or the choice of letters is unknown.
    """
    at_least("n", n, 2)
    shifts = {"all": range(n), "generators": range(1, 2)}
    if letters not in shifts:
        raise _unknown_letters(letters, tuple(shifts))
    return word_problem([tuple((p + k) % n for p in range(n)) for k in shifts[letters]])


def dihedral_group(n: int, *, letters: str = "all") -> Automaton:
    """The word problem of the dihedral group D_n of order 2n, the symmetries of an n-gon, n ≥ 3.

    Arguments:
        n: number of corners.
        letters: `all` (every element is a letter: rotations, then reflections), `reflections`, or `generators`
            (the rotation by one corner and one reflection).

    Raises:
        LanguageError: when n is too small or the choice of letters is unknown.
    """
    at_least("n", n, 3)
    rotations = [tuple((p + k) % n for p in range(n)) for k in range(n)]
    reflections = [tuple((k - p) % n for p in range(n)) for k in range(n)]
    chosen = {
        "all": rotations + reflections,
        "reflections": reflections,
        "generators": [rotations[1], reflections[0]],
    }
    if letters not in chosen:
        raise _unknown_letters(letters, tuple(chosen))
    return word_problem(chosen[letters])


def _names(rows: Int[np.ndarray, "letter point"], letters: Sequence[str] | None) -> list[str]:
    return [cycle_notation(row) for row in rows] if letters is None else list(letters)


def _cycle(n: int, points: tuple[int, ...]) -> tuple[int, ...]:
    row = list(range(n))
    for here, there in zip(points, points[1:] + points[:1], strict=True):
        row[here] = there
    return tuple(row)


def _is_even(row: tuple[int, ...]) -> bool:
    return sum(row[i] > row[j] for i, j in combinations(range(len(row)), 2)) % 2 == 0


def _unknown_letters(letters: str, known: tuple[str, ...]) -> LanguageError:
    return LanguageError(f"letters={letters!r} is unknown; choose one of {', '.join(known)}")
