"""A two-state group automaton → one scalar layer h ← a(x) h + b(x) with a ∈ {1, −1} (parity)."""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions.permutation_actions import is_permutation_automaton
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.networks.network import Network


def scalar_parity(automaton: Automaton, *, diagonal: bool) -> Network | None:
    """The state is 0 in the start state and 1 in the other: a letter that swaps them has a = −1, b = 1.

    Arguments:
        automaton: minimal automaton.
        diagonal: store A as a diagonal (−1 is a signed Mamba gate) instead of one reflection (β = 2).

    Returns:
        The network, or None when the automaton is not two states permuted by every letter.

    Source: Grazzi et al. 2025, Section 4.2; Sarrof et al. 2024.
    """
    if automaton.states != 2 or not is_permutation_automaton(automaton):
        return None
    swapping = (automaton.table[:, automaton.start] != automaton.start).astype(np.int64)
    letters = len(swapping)
    transition: Transition
    if diagonal:
        transition = DiagonalTransition(rationals(1 - 2 * swapping[:, None]))
    else:
        transition = HouseholderTransition(
            rationals(np.ones((letters, 1, 1), dtype=np.int64)), rationals(2 * swapping[:, None])
        )
    verdicts = automaton.accepting[[automaton.start, 1 - automaton.start]].astype(np.int64)
    layer = Layer(
        transition,
        rationals(swapping[:, None, None]),
        rationals(np.zeros((1, 1), dtype=np.int64)),
        single_block(rationals(np.array([[0], [1]])), np.tile(verdicts, (letters, 1)), 2),
    )
    return Network(
        automaton.letters,
        (layer,),
        accepts_empty=bool(automaton.accepting[automaton.start]),
        about="scalar parity: eigenvalue −1",
    )
