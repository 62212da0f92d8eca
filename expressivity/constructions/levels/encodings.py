"""A permutation–reset component → vectors for its states, and the reflections and projections that move them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from jaxtyping import Int

from expressivity.exact import ExactArray, rationals


@dataclass(frozen=True, eq=False)
class Encoding:
    """Vectors that stand for the states of a component, in a space whose every direction a reset has to clear.

    Arguments:
        points: the vectors, called codes, shape (code, coordinate); several may stand for one state.
        states: the state of each code, shape (code,); every state has a code.
        span: pairwise orthogonal vectors that span the same space as the points, shape (direction, coordinate).
        normals: for each map of the component, normals of reflections, in order of application, whose product moves
            the codes as the map moves the states, each of shape (reflection, coordinate); none for a reset.
        preferred_reader: a vector u as in `reader`, or None to have one looked for.
    """

    points: ExactArray
    states: Int[np.ndarray, " code"]
    span: ExactArray
    normals: tuple[ExactArray, ...]
    preferred_reader: ExactArray | None = None

    @property
    def coordinates(self) -> int:
        """Numbers held per code."""
        return self.points.shape[1]

    @property
    def dimension(self) -> int:
        """Dimension of the space of the points: the number of projections that a reset takes."""
        return self.span.shape[0]

    @property
    def reflections(self) -> int:
        """Most reflections of any map."""
        return max(len(normals) for normals in self.normals)

    def code(self, state: int) -> int:
        """The code that a reset writes for a state."""
        return int(np.argmax(self.states == state))

    @cached_property
    def reader(self) -> ExactArray:
        """A vector u of the space whose inner products with codes of different states differ, shape (coordinate,)."""
        if self.preferred_reader is not None:
            return self.preferred_reader
        points, span = self.points.numerators[:, :, 0], self.span.numerators[:, :, 0]
        generator = np.random.default_rng(0)
        largest = 2 + len(points) // 4
        while True:
            for reader in generator.integers(-largest, largest, (50, len(span)), endpoint=True) @ span:
                known: dict[int, int] = {}
                products = zip((points @ reader).tolist(), self.states.tolist(), strict=True)
                if all(known.setdefault(product, state) == state for product, state in products):
                    return rationals(reader // max(1, int(np.gcd.reduce(reader))))
            largest *= 2

    @cached_property
    def reader_length(self) -> int:
        """The smallest integer t ≥ |u|."""
        return math.isqrt(math.ceil(self._reader_square) - 1) + 1

    @cached_property
    def _reader_square(self) -> Fraction:
        square: Fraction = (self.reader.reshape(1, -1) @ self.reader.reshape(-1, 1)).reshape(1).fractions()[0]
        return square

    @property
    def reader_beta(self) -> Fraction:
        """β = 1 + |u|²/t² of the factor with key (u, −t).

        That factor sends the number b beside a vector v to (u·v)/t, whatever b was, and leaves v in the space: it is
        the swap of b with the coordinate of v along u when t = |u|, and keeps β ≤ 2 when |u| is irrational.
        """
        return 1 + self._reader_square / self.reader_length**2

    @cached_property
    def kept(self) -> tuple[ExactArray, Int[np.ndarray, " number"]]:
        """The different numbers (u·v)/t of the codes, shape (number, 1), and the state that each stands for."""
        products = (self.points @ self.reader.reshape(-1, 1)).divided_by(self.reader_length)
        first: dict[tuple[int, ...], int] = {}
        for code, row in enumerate(products.numerators.reshape(len(products), -1).tolist()):
            first.setdefault(tuple(row), code)
        chosen = np.array(list(first.values()))
        return products[chosen], self.states[chosen]
