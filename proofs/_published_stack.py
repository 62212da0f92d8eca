"""Cascade → the stack as published in the proof of Theorem 4, kept to show where it goes wrong."""

from __future__ import annotations

from itertools import product

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.levels import Level
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.networks.network import Network


def published_stack(cascade: Cascade) -> Network:
    """The published construction on a cascade with one component per level.

    One-hot states; a permutation letter multiplies by its matrix, a reset letter has A = 0 and B = e_r. Every layer
    hands upwards its input and the states after the step of all layers so far; the last one applies the covering map.

    Arguments:
        cascade: a cascade with one component per level and at least one level.

    Source: Grazzi et al. 2025, proof of Theorem 4; `constructions.cascade_stack` is the repaired one.
    """
    automaton = cascade.automaton
    covering = cascade.covering_map()
    histories: list[tuple[int, ...]] = [(x,) for x in range(len(automaton.letters))]
    layers = []
    for number, level in enumerate(cascade.levels):
        (part,) = level.components
        size = part.states
        rows = [part.maps[level.action[_level_letter(cascade.levels[:number], history)][0]] for history in histories]
        matrices = np.zeros((len(rows), size, size), dtype=np.int64)
        writes = np.zeros((len(rows), size, 1), dtype=np.int64)
        for i, row in enumerate(rows):
            if len(set(row.tolist())) == size:
                matrices[i, row, np.arange(size)] = 1
            else:
                writes[i, row[0], 0] = 1
        following = [(*history, state) for history, state in product(histories, range(size))]
        if number == len(cascade.levels) - 1:
            answers = [
                int(automaton.accepting[covering[history[1:]]]) if history[1:] in covering else 0
                for history in following
            ]
        else:
            answers = list(range(len(following)))
        eye = np.eye(size, dtype=np.int64)
        layers.append(
            Layer(
                DenseTransition(rationals(matrices)),
                rationals(writes),
                rationals(eye[:, [part.start]]),
                single_block(rationals(eye), np.array(answers).reshape(-1, size), max(2, max(answers) + 1)),
            )
        )
        histories = following
    return Network(automaton.letters, tuple(layers), bool(automaton.accepting[automaton.start]))


def _level_letter(levels: tuple[Level, ...], history: tuple[int, ...]) -> int:
    """The letter that a level reads when the states before the step are taken to be those after it."""
    letter = history[0]
    for level, state in zip(levels, history[1:], strict=True):
        emitted = int(level.emit[letter][state if level.active[letter] >= 0 else 0])
        # Some states cannot occur before this letter, although they occur after it.
        letter = emitted if emitted >= 0 else int(level.emit[letter].max())
    return letter
