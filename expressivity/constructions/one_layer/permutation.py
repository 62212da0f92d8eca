"""A group automaton → one layer of reflections that permute coordinates, as few as the action allows."""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions.letter_subgroups import cheapest_action
from expressivity.constructions.actions.permutation_actions import is_permutation_automaton, swaps
from expressivity.exact import concatenate, rationals, zeros
from expressivity.networks.forms.householder import padded_factors, with_extra_letter
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network


def permutation(automaton: Automaton) -> Network | None:
    """One layer whose letters act as permutation matrices, each a product of `points − cycles` reflections.

    The points are the blocks of one or more block systems of the action on states, chosen so that the largest number
    of reflections, then the width, is least. The start vector is written by the beginning-of-sequence letter.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when some letter is not a permutation.

    Source: Grazzi et al. 2025, Theorem 3. Where the paper counts displaced points less one, we use the least number
    of reflections, points minus cycles (Scherk 1950): (12)(34) takes 2 instead of 3.
    """
    if not is_permutation_automaton(automaton):
        return None
    action = cheapest_action(automaton)
    letters, points = action.permutations.shape
    two = rationals(2)
    per_letter = []
    for moved in action.permutations.tolist():
        keys = np.zeros((len(pairs := swaps(moved)), points), dtype=np.int64)
        for row, (i, j) in zip(keys, pairs, strict=True):
            row[i], row[j] = 1, -1
        per_letter.append([(rationals(key), two) for key in keys])
    start = rationals(action.start)
    transition = with_extra_letter(padded_factors(per_letter, points), start, rationals(1))
    verdicts = automaton.accepting[action.states].astype(np.int64)
    layer = Layer(
        transition,
        concatenate([no_input(letters, points), start.reshape(1, points, 1)]),
        zeros(points, 1),
        single_block(rationals(action.vectors), np.tile(verdicts, (letters + 1, 1)), 2),
    )
    return Network(automaton.letters, (layer,), bos=True, about=f"permutations of {points} coordinates")
