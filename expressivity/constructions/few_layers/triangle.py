"""Symmetries of a triangle → two layers of single swaps, with weights that hardware can hold.

The scheme is `dihedral.dihedral_reflections`, in which layer 1 keeps the parity of the number of turns and layer 2
answers every letter by one reflection. The six symmetries of a triangle are also the permutations of its three corners,
and its reflections are swaps: so the plane, whose cosines are irrational, can be left for three coordinates.
"""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions.permutation_actions import is_permutation_automaton
from expressivity.constructions.few_layers.dihedral import Polygon, polygon, turn_parity
from expressivity.exact import ExactArray, concatenate, rationals, zeros
from expressivity.networks.forms.householder import padded_factors, with_extra_letter
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network

_TURN = (1, 2, 0)  # where a turn takes each corner
_FLIP = (1, 0, 2)


def triangle_swaps(automaton: Automaton) -> Network | None:
    """Layer 1 keeps the parity of the number of turns; layer 2 answers every letter by one swap of three coordinates.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network; None when the letters do not generate the symmetries of a triangle, or its turns.

    Source: Siems et al. 2025 (dihedral groups in two layers), in a representation of our choice.
    """
    group = polygon(automaton) or _turns_only(automaton)
    if group is None or group.m != 3:
        return None
    corners = np.arange(6)
    direct = automaton.accepting[group.states].astype(np.int64)
    mirrored = direct[(1 - corners) % 6]
    turns = (group.letters % 2 == 0) & (group.letters > 0)
    if not np.any(turns):
        return None  # swaps alone are what `permutation` makes
    two = rationals(2)
    after = [
        [(_key(_element((1 + sign * (code - code % 2)) % 6)), two)] if code else []
        for sign in (1, -1)
        for code in group.letters.tolist()
    ]
    letters = len(group.letters)
    table = np.concatenate([np.tile(direct, (letters, 1)), np.tile(mirrored, (letters, 1)), direct[None]])
    start = rationals([1, 2, 3])
    store = Layer(
        with_extra_letter(padded_factors(after, 3), start, rationals(1)),
        concatenate([no_input(len(after), 3), start.reshape(1, 3, 1)]),
        zeros(3, 1),
        single_block(rationals([_moved(_element(code)) for code in range(6)]), table, 2),
    )
    about = "two layers of swaps for the corners of a triangle"
    return Network(automaton.letters, (turn_parity(turns), store), bos=True, about=about)


def _turns_only(automaton: Automaton) -> Polygon | None:
    """Addition modulo three as the turns of a triangle; states of flips do not matter."""
    if not is_permutation_automaton(automaton) or automaton.states != 3:
        return None
    table = automaton.table.tolist()
    turn = next((row for row in table if row != [0, 1, 2]), None)
    if turn is None or any(row[q] == q for row in table for q in range(3) if row != [0, 1, 2]):
        return None
    elements = {(0, 1, 2): 0, tuple(turn): 2, tuple(turn[q] for q in turn): 4}
    if any(tuple(row) not in elements for row in table):
        return None
    states = np.full(6, automaton.start, dtype=np.int64)
    for element, code in elements.items():
        states[code] = element[automaton.start]
    return Polygon(3, np.array([elements[tuple(row)] for row in table], dtype=np.int64), states)


def _element(code: int) -> tuple[int, ...]:
    """Where symmetry number 2k + f takes each corner: the flip if f is 1, then k turns (see `dihedral.Polygon`)."""
    corners: tuple[int, ...] = _FLIP if code % 2 else (0, 1, 2)
    for _ in range(code // 2):
        corners = tuple(_TURN[c] for c in corners)
    return corners


def _moved(element: tuple[int, ...]) -> list[int]:
    """The start (1, 2, 3) with coordinate i moved to `element[i]`."""
    result = [0, 0, 0]
    for source, target in enumerate(element):
        result[target] = source + 1
    return result


def _key(element: tuple[int, ...]) -> ExactArray:
    """The key of a swap."""
    first, second = (i for i in range(3) if element[i] != i)
    key = [0, 0, 0]
    key[first], key[second] = 1, -1
    return rationals(key)
