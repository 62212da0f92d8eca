"""Any automaton → one layer with one-hot states and 0/1 matrices (the dense baseline)."""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.exact import ExactArray, rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network


def dense(automaton: Automaton) -> Network:
    """One layer of width |Q|: H_0 = e_start and A(x)[q', q] = 1 exactly when letter x leads from q to q'.

    Exact for every automaton, but ‖A(x)‖ is the square root of the largest preimage of a state under x, so it may
    exceed 1.

    Source: Grazzi et al. 2025, Section 4 (the baseline their constructions are compared with).
    """
    states, letters = automaton.states, len(automaton.letters)
    matrices = np.zeros((letters, states, states, 1), dtype=np.int64)
    matrices[np.arange(letters)[:, None], automaton.table, np.arange(states)[None, :], 0] = 1
    one_hot = np.eye(states, dtype=np.int64)
    layer = Layer(
        DenseTransition(ExactArray(matrices)),
        no_input(letters, states),
        rationals(one_hot[:, [automaton.start]]),
        single_block(rationals(one_hot), np.tile(automaton.accepting.astype(np.int64), (letters, 1)), 2),
    )
    return Network(
        automaton.letters,
        (layer,),
        accepts_empty=bool(automaton.accepting[automaton.start]),
        family="dense",
        about="one-hot states, 0/1 matrices",
    )
