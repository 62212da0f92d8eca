"""A layer in the order `exact-then-cast` on rows of one entry: its memory, what it has to know of the letters so far.

A memory is the exact sum of the steady terms, on which the cast changes nothing for ever, and the multiset of the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64, Int, Int64, Shaped

from expressivity.arithmetic.spec import Arithmetic
from expressivity.networks.exchange import number_to_json
from expressivity.networks.layer import Layer
from expressivity.simulation.decoding import block_codes
from expressivity.simulation.exact_then_cast import CastLayer, Value, Vector, add_values, tidy


@dataclass(frozen=True)
class Memory:
    """What a layer has to know: the steady terms' exact sum, and every other term with its multiplicity.

    Arguments:
        sum: exact sum of the terms on which the cast changes nothing.
        terms: the others.
        state: the cast state that all of them make.
    """

    sum: Vector
    terms: frozenset[tuple[Vector, int]]
    state: tuple[Value, ...] = field(compare=False)


class MemoryLayer:
    """A layer of the order `exact-then-cast` on rows of one memory; see `machine.StateLayer`.

    Arguments:
        layer: the layer.
        arithmetic: an arithmetic of this order.
    """

    def __init__(self, layer: Layer, arithmetic: Arithmetic) -> None:
        self.layer = layer
        self.cast = CastLayer(layer, arithmetic)
        terms: dict[Vector, int] = {}
        total = self._remember(self.cast.zero, terms, self.cast.start)
        self.start = _column([self._memory(total, terms)])[0]
        self.kinds = np.arange(layer.letters)
        self.representatives = self.kinds

    def _memory(self, total: Vector, terms: dict[Vector, int]) -> Memory:
        cast = self.cast
        state: list[Value] = [int(v / cast.unit) for v in total[:: cast.degree]]
        for vector, count in terms.items():
            state = [add_values(s, count * v) for s, v in zip(state, cast.cast(vector), strict=True)]
        return Memory(total, frozenset(terms.items()), tuple(cast.cast_sum(s) for s in state))

    def _remember(self, total: Vector, terms: dict[Vector, int], vector: Vector) -> Vector:
        """One more term: added to the sum, which is returned, where the cast changes nothing, else to the terms."""
        if self.cast.steady(vector):
            return tuple(tidy(a + b) for a, b in zip(total, vector, strict=True))
        terms[vector] = terms.get(vector, 0) + 1
        return total

    def advance(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """Rows after one letter each."""
        return _column([self._moved(memory, x) for memory, x in zip(rows[:, 0], letters.tolist(), strict=True)])

    def _moved(self, memory: Memory, letter: int) -> Memory:
        moved: dict[Vector, int] = {}
        for vector, count in memory.terms:
            image = self.cast.advance(vector, letter)
            if any(image):
                moved[image] = moved.get(image, 0) + count
        total = self._remember(self.cast.advance(memory.sum, letter), moved, self.cast.inputs[letter])
        return self._memory(total, moved)

    def affine(self, letter: int) -> None:
        """None: boxes of states mean nothing here."""

    def codes(self, rows: Shaped[np.ndarray, "row entry"]) -> Int64[np.ndarray, "row block"]:
        """Codes of every block for each row."""
        return block_codes(self.cast.decoders, self.vectors(rows))

    def answers(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """dec(Ĥ, x) for each row and the letter that led to it."""
        pairs = zip(rows[:, 0], letters.tolist(), strict=True)
        return np.array([self.cast.answer(memory.state, letter) for memory, letter in pairs], dtype=np.int64)

    def vectors(self, rows: Shaped[np.ndarray, "row entry"]) -> Float64[np.ndarray, "row width"]:
        """The cast states that rows stand for."""
        return np.array([self.cast.floats(memory.state) for memory in rows[:, 0]]).reshape(len(rows), self.layer.size)

    def parts(self, rows: Shaped[np.ndarray, "row entry"]) -> list[dict[str, Any]]:
        """What a certificate says of this layer in each row."""
        return [
            {
                "sum": self._numbers(memory.sum),
                "terms": [[count, self._numbers(vector)] for vector, count in memory.terms],
            }
            for memory in rows[:, 0]
        ]

    def steady(self) -> list[list[Any]]:
        """The vectors on which the cast was found to change nothing, as JSON numbers."""
        return [self._numbers(vector) for vector in self.cast.steady_vectors()]

    def words(self, rows: Shaped[np.ndarray, "row entry"]) -> int:
        """Machine words that the denominators of the memories' terms fill, at least one each."""
        return sum(
            1 + sum(int(value.denominator).bit_length() for value in vector) // 64
            for memory in rows[:, 0]
            for vector, _ in memory.terms
        )

    def _numbers(self, vector: Vector) -> list[Any]:
        """A vector as JSON numbers."""
        result = []
        for i in range(0, len(vector), self.cast.degree):
            row = [Fraction(v) for v in vector[i : i + self.cast.degree]]
            denominator = math.lcm(*(v.denominator for v in row))
            result.append(number_to_json([int(v * denominator) for v in row], denominator))
        return result


def _column(memories: list[Memory]) -> np.ndarray:
    """Rows of one memory each."""
    rows = np.empty((len(memories), 1), dtype=object)
    rows[:, 0] = memories
    return rows
