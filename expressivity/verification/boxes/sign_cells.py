"""Network × automaton: a proof by sign cells, which stay right although states come as near to 0 as they like.

A sign cell holds all states of a layer whose coordinates are negative, zero or positive in a given way. Exact states
that shrink or grow for ever have no finite closed boxes that tell them apart, and yet their signs may repeat: a
multiplier of −5/11 changes a sign at every step, for all time. Where every letter takes each cell into one cell, on
which the read-out decides alike, finitely many cells are a proof. Each layer is followed either in sign cells or, where
it has few states, in points.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from expressivity.automaton import Automaton
from expressivity.exact import ExactArray
from expressivity.networks.exchange import layer_conductor, number_to_json
from expressivity.networks.layer import Block, Layer
from expressivity.networks.network import Network

_MOST_MIXED = 4  # layers up to which every choice of cells or points is tried

State = tuple[Any, ...]  # signs, or the numbers of a point


class _Unclear(Exception):  # noqa: N818
    """A step or an answer differs within a cell, or there are too many."""


def prove_by_signs(network: Network, automaton: Automaton, *, most: int = 2_000) -> list[dict[str, Any]] | None:
    """Prove that a network recognises an automaton's language in exact arithmetic, by sign cells.

    Arguments:
        network: the network; all numbers rational.
        automaton: minimal automaton over the network's letters, in the same order.
        most: most cells.

    Returns:
        The "invariant" of a certificate (see `expressivity.checker`); or None when no proof was found: the languages
        differ, a number is irrational, or a cell has more than one successor.
    """
    if any(layer_conductor(layer) > 1 for layer in network.layers):
        return None
    count = len(network.layers)
    choices: Iterable[Sequence[bool]] = [(True,) * count]
    if count <= _MOST_MIXED:
        mixed = itertools.product((True, False), repeat=count)
        choices = sorted((choice for choice in mixed if any(choice)), key=lambda choice: -sum(choice))
    for choice in choices:
        layers = [_Layer(layer, in_cells) for layer, in_cells in zip(network.layers, choice, strict=True)]
        try:
            return _explore(network, layers, automaton, most)
        except _Unclear:
            continue
    return None


def _explore(network: Network, layers: list[_Layer], automaton: Automaton, most: int) -> list[dict[str, Any]] | None:
    def step(states: Sequence[State], previous: Sequence[int], letter: int) -> tuple[list[State], list[int], bool]:
        symbol, after, past = letter, [], []
        for layer, state, before in zip(layers, states, previous, strict=True):
            read = symbol + layer.symbols * before if layer.delay else symbol
            past.append(symbol if layer.delay else 0)
            after.append(layer.step(state, read))
            symbol = layer.answer(after[-1], read)
        return after, past, symbol == 1

    states = [layer.start for layer in layers]
    previous = [layer.symbols if layer.delay else 0 for layer in layers]
    verdict = network.accepts_empty
    if network.bos:
        states, previous, verdict = step(states, previous, len(network.letters))
    table, accepting = automaton.table.tolist(), automaton.accepting.tolist()
    if verdict != accepting[automaton.start]:
        return None
    first = (automaton.start, tuple(states), tuple(previous))
    numbers, queue, successors = {first: 0}, [first], list[list[int]]()
    for label, here, before in queue:
        successors.append([])
        for letter in range(len(automaton.letters)):
            after, past, verdict = step(here, before, letter)
            target = table[letter][label]
            if verdict != accepting[target]:
                return None
            cell = (target, tuple(after), tuple(past))
            if cell not in numbers:
                if len(numbers) == most:
                    raise _Unclear
                numbers[cell] = len(numbers)
                queue.append(cell)
            successors[-1].append(numbers[cell])
    return [
        {
            "label": label,
            "layers": [layer.part(state) for layer, state in zip(layers, here, strict=True)],
            "previous": [[past] if layer.delay else [] for layer, past in zip(layers, before, strict=True)],
            "successors": following,
        }
        for (label, here, before), following in zip(queue, successors, strict=True)
    ]


class _Layer:
    """One layer on states, each the signs of a cell or the numbers of a point."""

    def __init__(self, layer: Layer, in_cells: bool) -> None:
        self.layer, self.in_cells = layer, in_cells
        self.delay, self.symbols = layer.delay, layer.symbols
        matrices = _numbers(layer.flat_matrices)
        self._rows = [[[(j, v) for j, v in enumerate(row) if v] for row in matrix] for matrix in matrices]
        self._inputs = _numbers(layer.inputs.reshape(layer.letters, layer.size))
        self._points = [_numbers(block.points) for block in layer.readout.blocks]
        start = _numbers(layer.start.reshape(layer.size))
        self.start: State = tuple(map(_sign, start)) if in_cells else tuple(start)
        self.step: Callable[[State, int], State] = cache(self._step)
        self.answer: Callable[[State, int], int] = cache(self._answer)

    def part(self, state: State) -> dict[str, Any]:
        """A state as a part of a certificate."""
        if self.in_cells:
            return {"centre": [0] * len(state), "signs": list(state)}
        return {"point": [number_to_json([v.numerator], v.denominator) for v in state]}

    def _value(self, constant: Fraction, terms: Iterable[tuple[Fraction, Any]]) -> Any:
        """An affine function of a state: its value at a point, its sign all over a cell."""
        if not self.in_cells:
            return constant + sum(slope * value for slope, value in terms)
        signs = {_sign(constant), *(_sign(slope) * sign for slope, sign in terms)} - {0}
        if len(signs) > 1:
            raise _Unclear
        return max(signs, default=0)

    def _step(self, state: State, letter: int) -> State:
        return tuple(
            self._value(shift, [(value, state[j]) for j, value in row])
            for row, shift in zip(self._rows[letter], self._inputs[letter], strict=True)
        )

    def _answer(self, state: State, letter: int) -> int:
        readout, code = self.layer.readout, 0
        for read, number in enumerate(readout.select[letter].tolist()):
            if number >= 0:
                code += readout.radix**read * self._code(state, readout.blocks[number], self._points[number])
        return int(readout.table[letter, code])

    def _code(self, state: State, block: Block, points: list[list[Fraction]]) -> int:
        """The nearest code point: p beats q where |h − p|² − |h − q|² is negative, or 0 and p comes first."""
        coordinates, best = block.coordinates.tolist(), 0
        for other in range(1, len(points)):
            p, q = points[best], points[other]
            constant = sum((a * a - b * b for a, b in zip(p, q, strict=True)), Fraction(0))
            terms = [(2 * (b - a), state[c]) for a, b, c in zip(p, q, coordinates, strict=True)]
            if self._value(constant, terms) > 0:
                best = other
        return best


def _numbers(array: ExactArray) -> Any:
    return array.fractions().tolist()


def _sign(value: Any) -> int:
    return int(value > 0) - int(value < 0)
