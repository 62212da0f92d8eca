"""A group automaton → one layer in the faithful real representation that takes fewest reflections per letter."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions.permutation_actions import is_permutation_automaton
from expressivity.errors import GroupError
from expressivity.exact import ExactArray, concatenate, identity, rationals, stack, zeros
from expressivity.networks.forms.householder import padded_factors, with_extra_letter
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network

_MOST_ELEMENTS = 2_000
_MOST_LETTERS = 200
_SQUARE_FREE = (1, 2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 21, 30)
_STARTS = 60
_TRIED = 500  # normals tried for one letter


def representation(automaton: Automaton) -> Network | None:
    """One layer ρ(letter) with the least max-over-letters of rank(I − ρ(letter)) over all faithful representations.

    Every letter is written as rank(I − ρ(letter)) reflections whose normals have rational squared lengths, as a layer
    that normalises its keys exactly needs; there are many ways to write it, and those are tried.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network; None when some letter is not a permutation, when the group has more than two thousand elements or
        the automaton more than two hundred letters, or when no exact orthogonal matrices, no normals of rational
        squared length or no start vector that determines the state are found.

    Source: Grazzi et al. 2025, Theorem 3, with the representation chosen instead of permutations; the count is
    Scherk's (1950). S_4 and A_5 embed in SO(3): two reflections for every element.
    """
    from expressivity.algebra.groups.permutation_group import PermutationGroup
    from expressivity.algebra.representations.reflections import minimal_reflections

    if not is_permutation_automaton(automaton) or len(automaton.letters) > _MOST_LETTERS:
        return None
    group = PermutationGroup(automaton.table)
    if group.order() > _MOST_ELEMENTS:
        return None
    try:
        reflections = minimal_reflections(group, automaton.table.astype(np.int32), limit=_MOST_ELEMENTS)
        if not reflections.orthonormal:
            return None
        matrices = reflections.matrices
    except GroupError:
        return None
    two = rationals(2)
    pool = _directions(matrices.shape[1])
    known: dict[bytes, list[ExactArray] | None] = {}
    per_letter = []
    for x in range(len(automaton.letters)):
        key = automaton.table[x].tobytes()
        if key not in known:
            # Half-angles may take a field of twice the conductor.
            known[key] = _normals(matrices[x], pool, [_TRIED]) or _normals(
                matrices[x].embed(2 * matrices.conductor), pool, [_TRIED]
            )
        normals = known[key]
        if normals is None:
            return None
        per_letter.append([(normal, two) for normal in reversed(normals)])
    found = next(filter(None, (_reachable(automaton, matrices, start) for start in pool[:_STARTS])), None)
    if found is None:
        return None
    start, vectors, states = found
    letters, width = len(automaton.letters), start.shape[0]
    verdicts = automaton.accepting[states].astype(np.int64)
    transition = with_extra_letter(padded_factors(per_letter, width), start, rationals(1))
    layer = Layer(
        transition,
        concatenate([no_input(letters, width), start.reshape(1, width, 1)]),
        zeros(width, 1),
        single_block(vectors, np.tile(verdicts, (letters + 1, 1)), 2),
    )
    field = "Q" if vectors.is_rational and transition.keys.is_rational else f"Q(2cos 2π/{transition.keys.conductor})"
    about = f"representation of dimension {width} over {field}, at most {reflections.count} reflections per letter"
    return Network(automaton.letters, (layer,), bos=True, about=about)


def _directions(width: int) -> list[ExactArray]:
    """Integral vectors, the simplest first: unit vectors, sums and differences, then generic ones."""
    if width <= 4:
        rows = [row for row in product(range(-3, 4), repeat=width) if any(row)]
    else:
        eye = np.eye(width, dtype=np.int64)
        rows = [tuple(row) for row in eye.tolist()]
        rows += [tuple((a + sign * b).tolist()) for i, a in enumerate(eye) for b in eye[:i] for sign in (1, -1)]
        rows += [tuple(row) for row in np.random.default_rng(0).integers(-3, 4, (_STARTS, width)).tolist() if any(row)]
    leading = [row for row in dict.fromkeys(rows) if next(v for v in row if v) > 0]
    return [rationals(row) for row in sorted(leading, key=lambda row: sum(v * v for v in row))]


def _normals(matrix: ExactArray, pool: list[ExactArray], budget: list[int]) -> list[ExactArray] | None:
    """Normals v₁, …, v_k of rational squared length with A = r₁⋯r_k, k = rank(I − A); the last acts first.

    `budget` holds the number of normals that may still be tried.
    """
    from expressivity.algebra.representations.reflection_factors import reflection

    width = matrix.shape[0]
    if matrix.equals(identity(width)):
        return []
    tried: list[ExactArray] = []
    for normal in _moved(matrix, pool):
        if any(normal.equals(other) for other in tried):
            continue
        tried.append(normal)
        budget[0] -= 1
        # Reflecting along Ax − x brings Ax back to x, so that the rank falls by one whatever x is.
        rest = _normals(reflection(normal) @ matrix, pool, budget)
        if rest is not None:
            return [normal, *rest]
        if budget[0] <= 0:
            break
    return None


def _moved(matrix: ExactArray, pool: list[ExactArray]) -> Iterator[ExactArray]:
    """The vectors Ax − x that have a multiple of rational squared length, as that multiple."""
    width = matrix.shape[0]
    for x in pool:
        difference = ((matrix @ x.reshape(width, 1)) - x.reshape(width, 1)).reshape(width)
        if np.any(difference.numerators):
            scaled = rational_length(difference)
            if scaled is not None:
                yield scaled


def rational_length(vector: ExactArray) -> ExactArray | None:
    """A multiple of a non-zero vector whose squared length is rational, or None when none is found.

    λ·v has rational squared length when |v|² is a rational q times the square of 1/λ; square-free q up to 30 are tried.
    """
    from expressivity.algebra.representations.reflection_factors import primitive
    from expressivity.exact.linear import reciprocal, square_root

    vector = primitive(vector)
    width = vector.shape[0]
    square = (vector.reshape(1, width) @ vector.reshape(width, 1)).reshape()
    if square.is_rational:
        return vector.simplified()
    for q in _SQUARE_FREE:
        root = square_root(square.divided_by(Fraction(q)))
        if root is not None:
            return vector * reciprocal(root)
    return None


def _reachable(
    automaton: Automaton, matrices: ExactArray, start: ExactArray
) -> tuple[ExactArray, ExactArray, np.ndarray] | None:
    """The start vector with all vectors it can become and their states, or None when they do not determine states."""
    width = start.shape[0]
    wide = start.embed_rational(matrices.conductor)
    known: dict[tuple[int, ...], int] = {}
    queue: list[tuple[ExactArray, int]] = []

    def meet(vector: ExactArray, state: int) -> bool:
        key = (vector.denominator, *vector.numerators.reshape(-1).tolist())
        if key not in known:
            known[key] = state
            queue.append((vector, state))
        return known[key] == state

    meet(wide, automaton.start)
    for vector, state in queue:
        moved = matrices @ vector.reshape(width, 1)
        for x, target in enumerate(automaton.table[:, state].tolist()):
            if not meet(moved[x].reshape(width), target):
                return None
    return start, stack([vector for vector, _ in queue]).simplified(), np.array([state for _, state in queue])
