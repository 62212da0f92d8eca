"""Addition modulo m → one layer of plane rotations, each a product of two reflections."""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions.permutation_actions import cyclic_shifts
from expressivity.exact import ExactArray, concatenate, cosines, rationals, stack, zeros
from expressivity.networks.forms.householder import padded_factors, with_extra_letter
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network


def directions(multiples: list[int], parts: int) -> ExactArray:
    """Unit vectors (cos, sin) at the angles 2πk/(4·parts), exactly in Q(2cos 2π/4·parts); shape (len(multiples), 2)."""
    whole = 4 * parts
    return stack([cosines([k, k - parts], whole) for k in multiples]).simplified()


def rotation(automaton: Automaton) -> Network | None:
    """One layer of width 2: H_0 = (1, 0) and letter x rotates by 2π·residue(x)/m, as two reflections.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when the automaton does not add modulo its number of states.

    Source: Grazzi et al. 2025, Theorem 3 (cyclic groups). Entries are exact elements of Q(2cos 2π/4m).
    """
    shifts = cyclic_shifts(automaton)
    if shifts is None:
        return None
    residues, moves = shifts
    m, letters = automaton.states, len(moves)
    # Reflections with normals at angles 0 and φ, in this order, rotate by 2φ.
    first, two = directions([0], m)[0], rationals(2)
    per_letter = []
    for move in moves.tolist():
        second = directions([2 * move], m)[0]
        per_letter.append([(first, two), (second, two)] if move else [])
    transition = with_extra_letter(padded_factors(per_letter, 2), rationals([1, 0]), rationals(1))
    points = directions([4 * r for r in range(m)], m)
    verdicts = np.empty(m, dtype=np.int64)
    verdicts[residues] = automaton.accepting
    layer = Layer(
        transition,
        concatenate([no_input(letters, 2), rationals([[[1], [0]]])]),
        zeros(2, 1),
        single_block(points, np.tile(verdicts, (letters + 1, 1)), 2),
    )
    return Network(automaton.letters, (layer,), bos=True, about=f"rotations by multiples of 2π/{m}")
