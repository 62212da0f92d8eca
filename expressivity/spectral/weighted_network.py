"""Weighted automata with values 0 and 1 → automata, and networks as wide as the Hankel rank."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.errors import WeightedAutomatonError
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Block, Layer, Readout, no_input
from expressivity.networks.network import Network
from expressivity.spectral.rational_matrices import from_flint, to_flint


def characteristic_automaton(
    alpha: Any, matrices: list[Any], beta: Any, letters: Sequence[str], *, max_states: int
) -> Automaton:
    """Follow the row vectors α A_w of a minimal weighted automaton: its language's automaton, if all values are 0 or 1.

    In a minimal weighted automaton row vectors correspond one to one to rows of the Hankel matrix; a function with
    finitely many values has finitely many of these, so the search ends or meets another value.

    Arguments:
        alpha: start row (python-flint), and `matrices`, `beta` likewise; with fewest states.
        matrices: one per letter.
        beta: final column.
        letters: names of the letters.
        max_states: budget.

    Raises:
        WeightedAutomatonError: naming a shortest word whose value is neither 0 nor 1, or when the budget ends.
    """
    from flint import fmpq, fmpq_mat

    width = alpha.ncols()
    numbers: dict[tuple[Any, ...], int] = {}
    words: list[tuple[int, ...]] = []
    accepting: list[bool] = []
    table: list[list[int]] = []

    def number(row: tuple[Any, ...], word: tuple[int, ...]) -> int:
        if row not in numbers:
            if len(words) >= max_states:
                raise WeightedAutomatonError(
                    f"more than max_states={max_states} rows of the Hankel matrix differ; raise the budget"
                )
            value = sum((r * beta[j, 0] for j, r in enumerate(row)), start=fmpq(0))
            if value != 0 and value != 1:
                shown = "".join(letters[x] for x in word) or "the empty word"
                raise WeightedAutomatonError(
                    f"the value of {shown} is {value}; a finite read-out stands for the linear one only where every "
                    "value is 0 or 1"
                )
            numbers[row] = len(words)
            words.append(word)
            accepting.append(value == 1)
        return numbers[row]

    number(tuple(alpha.entries()), ())
    queue = [tuple(alpha.entries())]
    for row in queue:
        here = words[numbers[row]]
        vector = fmpq_mat(1, width, list(row))
        targets = []
        for x, matrix in enumerate(matrices):
            image = tuple((vector * matrix).entries())
            fresh = image not in numbers
            targets.append(number(image, (*here, x)))
            if fresh:
                queue.append(image)
        table.append(targets)
    return Automaton.from_table(np.array(table).T, 0, accepting=np.array(accepting), letters=letters)


def linear_readout_network(
    alpha: np.ndarray, matrices: list[np.ndarray], beta: np.ndarray, letters: Sequence[str]
) -> Network:
    """One dense layer whose first coordinate is f(w), decoded as 0 or 1.

    H_t = T A_xᵀ T⁻¹ H_{t−1} with H_0 = T αᵀ, where the first row of T is βᵀ.

    Arguments:
        alpha: start weights, fractions; β and the matrices likewise. The function takes only the values 0 and 1.
        matrices: one per letter.
        beta: final weights.
        letters: names of the letters.
    """
    if len(alpha) == 0:
        # The empty language: one coordinate that stays 0.
        zero = np.array([Fraction(0)], dtype=object)
        return linear_readout_network(zero, [zero[None]] * len(letters), np.array([Fraction(1)], dtype=object), letters)
    width = len(alpha)
    pivot = next(i for i, value in enumerate(beta) if value != 0)
    change = np.full((width, width), Fraction(0), dtype=object)
    change[0] = beta
    for row, column in enumerate([j for j in range(width) if j != pivot], start=1):
        change[row, column] = Fraction(1)
    forward = to_flint(change)
    back = forward.inv()
    turned = np.stack([from_flint(forward * to_flint(matrix.T) * back) for matrix in matrices])
    start = from_flint(forward * to_flint(alpha[:, None]))
    count = len(letters)
    readout = Readout(
        (Block(np.array([0]), rationals([[0], [1]])),),
        np.zeros((count, 1), dtype=np.int64),
        np.tile(np.array([0, 1]), (count, 1)),
        2,
    )
    layer = Layer(DenseTransition(rationals(turned)), no_input(count, width), rationals(start), readout)
    return Network(
        tuple(letters),
        (layer,),
        accepts_empty=bool(start[0, 0] == 1),
        family="dense",
        about="weighted automaton of least width, linear read-out decoded as 0 or 1",
    )
