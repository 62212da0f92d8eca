"""Network × automaton: a proof by sign cells, which stay right although states come as near to a limit as they like.

A sign cell holds all states of a layer whose coordinates lie below, at or above those of a centre in a given way. Exact
states that shrink or grow for ever have no finitely many closed boxes that tell them apart, and yet their signs may
repeat: a multiplier of −5/11 changes a sign at every step, for all time. Where every letter takes each cell into one
cell, on which the read-out decides alike, finitely many cells are a proof. Only coordinates that may take infinitely
many values are followed by signs, around the point that a letter leaves fixed; the others by their value, which is a
centre and the sign 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from expressivity.automaton import Automaton
from expressivity.exact import ExactArray
from expressivity.networks.exchange import layer_conductor, number_to_json
from expressivity.networks.layer import Block, Layer
from expressivity.networks.network import Network

State = tuple[tuple[Fraction, int], ...]
"""For each coordinate a centre and a sign."""


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
    for everywhere in (False, True):
        layers = [_Layer(layer, everywhere=everywhere) for layer in network.layers]
        if everywhere or any(any(layer.by_sign) for layer in layers):
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
    """One layer on states, some coordinates by their sign and some by their value.

    Arguments:
        layer: the layer.
        everywhere: whether all coordinates go by their sign.
    """

    def __init__(self, layer: Layer, *, everywhere: bool) -> None:
        self.layer, self.delay, self.symbols = layer, layer.delay, layer.symbols
        matrices = _numbers(layer.flat_matrices)
        self._rows = [[[(j, v) for j, v in enumerate(row) if v] for row in matrix] for matrix in matrices]
        self._inputs = _numbers(layer.inputs.reshape(layer.letters, layer.size))
        self._points = [_numbers(block.points) for block in layer.readout.blocks]
        self.by_sign = [True] * layer.size if everywhere else self._unsettled()
        self._centres = [self._fixed(i) if signed else Fraction(0) for i, signed in enumerate(self.by_sign)]
        start = _numbers(layer.start.reshape(layer.size))
        self.start: State = tuple(self._placed(i, value, set()) for i, value in enumerate(start))
        self.step: Callable[[State, int], State] = cache(self._step)
        self.answer: Callable[[State, int], int] = cache(self._answer)

    def part(self, state: State) -> dict[str, Any]:
        """A state as a part of a certificate."""
        centre = [number_to_json([value.numerator], value.denominator) for value, _ in state]
        signs = [sign for _, sign in state]
        return {"centre": centre, "signs": signs} if any(self.by_sign) else {"point": centre}

    def _unsettled(self) -> list[bool]:
        """Coordinates with a multiplier that is not −1, 0 or 1, and those that depend on one."""
        found = [
            any(value not in (-1, 0, 1) for rows in self._rows for _, value in rows[i]) for i in range(self.layer.size)
        ]
        changed = True
        while changed:
            depends = [
                found[i] or any(found[j] for rows in self._rows for j, _ in rows[i]) for i in range(self.layer.size)
            ]
            changed, found = depends != found, depends
        return found

    def _fixed(self, i: int) -> Fraction:
        """Where a letter that scales a coordinate alone leaves it; 0 where none does."""
        for rows, shift in zip(self._rows, self._inputs, strict=True):
            if len(rows[i]) == 1 and rows[i][0][0] == i and rows[i][0][1] != 1:
                fixed: Fraction = Fraction(shift[i]) / (1 - rows[i][0][1])
                return fixed
        return Fraction(0)

    def _placed(self, i: int, value: Fraction, slopes: set[int]) -> tuple[Fraction, int]:
        """A coordinate of a cell from its value at the cell's centre, and the signs of what is added to it."""
        if self.by_sign[i]:
            return self._centres[i], _only({_sign(value - self._centres[i]), *slopes})
        if slopes:
            raise _Unclear
        return Fraction(value), 0

    def _step(self, state: State, letter: int) -> State:
        after = []
        for i, (row, shift) in enumerate(zip(self._rows[letter], self._inputs[letter], strict=True)):
            value = shift + sum(weight * state[j][0] for j, weight in row)
            after.append(self._placed(i, value, {_sign(weight) * state[j][1] for j, weight in row} - {0}))
        return tuple(after)

    def _answer(self, state: State, letter: int) -> int:
        readout, code = self.layer.readout, 0
        for read, number in enumerate(readout.select[letter].tolist()):
            if number >= 0:
                code += readout.radix**read * self._code(state, readout.blocks[number], self._points[number])
        return int(readout.table[letter, code])

    def _code(self, state: State, block: Block, points: list[list[Fraction]]) -> int:
        """The nearest code point: p beats q where |h − p|² − |h − q|² is negative, or 0 and p comes first."""
        read, best = [state[c] for c in block.coordinates.tolist()], 0
        for other in range(1, len(points)):
            value, slopes = Fraction(0), set[int]()
            for p, q, (centre, sign) in zip(points[best], points[other], read, strict=True):
                value += p * p - q * q + 2 * (q - p) * centre
                slopes.add(_sign(q - p) * sign)
            if _only({_sign(value), *slopes}) > 0:
                best = other
        return best


def _only(signs: Iterable[int]) -> int:
    """The sign of a sum of terms with such signs."""
    found = set(signs) - {0}
    if len(found) > 1:
        raise _Unclear
    return max(found, default=0)


def _numbers(array: ExactArray) -> Any:
    return array.fractions().tolist()


def _sign(value: Any) -> int:
    return int(value > 0) - int(value < 0)
