"""Any automaton → one PD-SSM layer: one-hot states, the transition table itself as the column-one-hot matrix."""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.exact import rationals
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network


def pd_ssm(automaton: Automaton) -> Network:
    """One layer of width |Q|: H_0 = e_start, P(x) sends coordinate q to δ(q, x), D = I.

    The published parametrisation keeps |d| below 1; D = I is its closure, without which nothing is held for ever.

    Source: Terzić et al. 2025 (PD-SSM): an automaton of N states needs one layer of N coordinates.
    """
    states, letters = automaton.states, len(automaton.letters)
    one_hot = np.eye(states, dtype=np.int64)
    layer = Layer(
        PermutationDiagonalTransition(
            automaton.table.astype(np.int64), rationals(np.ones((letters, states), dtype=np.int64))
        ),
        no_input(letters, states),
        rationals(one_hot[:, [automaton.start]]),
        single_block(rationals(one_hot), np.tile(automaton.accepting.astype(np.int64), (letters, 1)), 2),
    )
    return Network(
        automaton.letters,
        (layer,),
        accepts_empty=bool(automaton.accepting[automaton.start]),
        about="one-hot states, the transition table as P",
    )
