"""Addition modulo m → two layers that spend one reflection per letter (Theorem 6)."""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions.permutation_actions import cyclic_shifts
from expressivity.constructions.one_layer.rotation import directions
from expressivity.exact import concatenate, rationals, stack, zeros
from expressivity.networks.forms.householder import HouseholderTransition, padded_factors, with_extra_letter
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network


def two_reflections(automaton: Automaton) -> Network | None:
    """Layer 1 counts positions modulo 2; layer 2 reflects the plane, by an angle chosen from letter and parity.

    Reflecting at θ/2 takes the vector at angle φ to θ − φ. With θ = (1 − 2i)π/m at odd positions and (1 + 2i)π/m at
    even ones, after letters of sum y the vector is at (1 − 2y)π/m or 2yπ/m: 2m different points.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when the automaton does not add modulo its number of states.

    Source: Grazzi et al. 2025, Theorem 6.
    """
    shifts = cyclic_shifts(automaton)
    if shifts is None:
        return None
    residues, moves = shifts
    m, letters = automaton.states, len(moves)
    verdict = np.empty(m, dtype=np.int64)
    verdict[residues] = automaton.accepting

    # Normal of the reflection at θ/2, θ = k·π/m: (−sin, cos) of kπ/2m, the direction k + m in quarter steps of 1/m.
    multiples = [1 - 2 * i for i in moves.tolist()] + [1 + 2 * i for i in moves.tolist()]
    two = rationals(2)
    keys = directions([k + m for k in multiples], m)
    reflections = padded_factors([[(keys[x], two)] for x in range(2 * letters)], 2)
    points = directions([4 * y for y in range(m)] + [2 - 4 * y for y in range(m)], m)
    layer = Layer(
        with_extra_letter(reflections, rationals([1, 0]), rationals(1)),
        concatenate([no_input(2 * letters, 2), rationals([[[1], [0]]])]),
        zeros(2, 1),
        single_block(points, np.tile(verdict, (2 * letters + 1, 2)), 2),
    )
    return Network(
        automaton.letters, (position_parity(letters), layer), bos=True, about=f"two layers of reflections, modulo {m}"
    )


def position_parity(letters: int) -> Layer:
    """Flip h between 0 and 1 on every letter; answer letter + letters·(0 at odd positions, 1 at even); BOS is last."""
    betas = np.full((letters + 1, 1), 2, dtype=np.int64)
    betas[letters] = 0
    table = np.empty((letters + 1, 2), dtype=np.int64)
    table[:letters, 1] = np.arange(letters)
    table[:letters, 0] = letters + np.arange(letters)
    table[letters] = 2 * letters
    writes = np.ones((letters + 1, 1, 1), dtype=np.int64)
    writes[letters] = 0
    return Layer(
        HouseholderTransition(stack([rationals([[1]])] * (letters + 1)), rationals(betas)),
        rationals(writes),
        zeros(1, 1),
        single_block(rationals(np.array([[0], [1]])), table, 2 * letters + 1),
    )
