"""A layer in exact arithmetic on integer rows.

Every state is a vector over one field Q(2cos 2π/N). Writing each coordinate by its rational coefficients (restriction
of scalars) turns the layer into an affine map of integer vectors. A row holds the numerators over a fixed scale, the
common denominator of all weights, and last the least e such that e·scale is a denominator of the state: 1 wherever the
denominators of the weights close. Arithmetic is int64 while a checked bound rules out overflow, else Python integers.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Int, Int64, Shaped

from expressivity.exact import ExactArray
from expressivity.networks.exchange import layer_conductor, number_to_json
from expressivity.networks.layer import Layer
from expressivity.simulation.decoding import answers, block_codes, half_squares, nearest_point

_SAFE = 2**62
_FLOAT_SAFE = 2**53


def _peak(array: np.ndarray) -> int:
    return 0 if array.size == 0 else max(abs(int(array.max())), abs(int(array.min())))


def _narrow(array: np.ndarray) -> np.ndarray:
    """The same integers in int64 where they fit."""
    return array.astype(np.int64) if array.dtype == object and _peak(array) < _SAFE else array


class ExactLayer:
    """A layer of exact numbers; see `machine.StateLayer`.

    Arguments:
        layer: the layer.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.conductor = layer_conductor(layer)
        matrices = layer.flat_matrices.embed(self.conductor)
        inputs = layer.inputs.reshape(layer.letters, layer.size).embed(self.conductor)
        start = layer.start.reshape(layer.size).embed(self.conductor)
        self.degree = matrices.degree
        self.matrices = matrices.over_rationals()
        self.denominator = matrices.denominator
        self.scale = math.lcm(start.denominator, inputs.denominator, matrices.denominator)
        self.writes = inputs.scaled_numerators(self.scale).reshape(layer.letters, -1)
        self.start = np.append(start.scaled_numerators(self.scale).reshape(-1), 1)
        self.blocks = [
            _ExactBlock(block.coordinates, block.points.embed(self.conductor), self.scale)
            for block in layer.readout.blocks
        ]
        self._peaks = (_peak(self.matrices), _peak(self.writes))
        # Letters with the same A and B move the state alike; only their answers may differ.
        maps = [(self.matrices[x].tobytes(), self.writes[x].tobytes()) for x in range(layer.letters)]
        if self.matrices.dtype == object or self.writes.dtype == object:
            maps = [(repr(self.matrices[x].tolist()), repr(self.writes[x].tolist())) for x in range(layer.letters)]
        number: dict[object, int] = {}
        self.kinds = np.array([number.setdefault(key, len(number)) for key in maps])
        self.representatives = np.array([int(np.argmax(self.kinds == kind)) for kind in range(len(number))])

    def advance(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """Rows after one letter each."""
        rows = _narrow(rows)
        numbers, factors = rows[:, :-1], rows[:, -1]
        common = self.denominator
        bound = (self._peaks[0] * _peak(numbers) * numbers.shape[1]) + self._peaks[1] * common * _peak(factors)
        small = max(bound, common * _peak(factors)) < _SAFE and rows.dtype != object and self.matrices.dtype != object
        kind: Any = np.int64 if small else object
        # Sums of products of integers below 2^53 are exact in float64, where products of matrices are fast.
        through: Any = np.float64 if small and bound < _FLOAT_SAFE else kind
        moved = np.empty(rows.shape, dtype=kind)
        source, scales = numbers.astype(through), factors.astype(kind, copy=False)[:, None] * common
        maps = self.kinds[letters]
        for number in np.unique(maps):
            chosen = np.flatnonzero(maps == number)
            letter = self.representatives[number]
            product = source[chosen] @ self.matrices[letter].astype(through).T
            moved[chosen, :-1] = product.astype(kind, copy=False) + self.writes[letter].astype(kind) * scales[chosen]
        moved[:, -1:] = scales
        return _lowest(moved, common)

    def codes(self, rows: Shaped[np.ndarray, "row entry"]) -> Int64[np.ndarray, "row block"]:
        """Codes of every block for each row."""
        return block_codes(self.blocks, rows)

    def answers(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """dec(H, x) for each row and the letter that led to it."""
        return answers(self.layer.readout, self.blocks, rows, letters)

    def vectors(self, rows: Shaped[np.ndarray, "row entry"]) -> ExactArray:
        """The states that rows stand for, shape (row, width)."""
        common = math.lcm(*np.unique(rows[:, -1]).tolist())
        numbers = rows[:, :-1]
        if common != 1:
            numbers = _narrow(numbers.astype(object) * (common // rows[:, -1:].astype(object)))
        return ExactArray(numbers.reshape(len(rows), -1, self.degree), self.scale * common, self.conductor)

    def affine(self, letter: int) -> tuple[np.ndarray, np.ndarray] | None:
        """A and B as fractions; None over fields larger than Q."""
        if self.degree > 1:
            return None
        unit, write = Fraction(1, self.denominator), Fraction(1, self.scale)
        return self.matrices[letter].astype(object) * unit, self.writes[letter].astype(object) * write

    def parts(self, rows: Shaped[np.ndarray, "row entry"]) -> list[dict[str, Any]]:
        """What a certificate says of this layer in each row."""
        return [
            {"point": [number_to_json(value, self.scale * row[-1]) for value in self._shaped(row[:-1])]}
            for row in rows.tolist()
        ]

    def _shaped(self, numbers: list[int]) -> list[list[int]]:
        return [numbers[i : i + self.degree] for i in range(0, len(numbers), self.degree)]

    def words(self, rows: Shaped[np.ndarray, "row entry"]) -> int:
        """Machine words beyond one that the numbers of some rows fill."""
        if rows.dtype != object:
            return 0
        return sum(int(value).bit_length() // 64 for row in rows.tolist() for value in row)


def _lowest(rows: np.ndarray, common: int) -> np.ndarray:
    """Rows whose factors are multiples of an integer, in lowest terms."""
    numbers = rows[:, :-1]
    if (rows[:, -1] == common).all():
        if common == 1:
            return _narrow(rows)
        power_of_two = common & (common - 1) == 0 and rows.dtype != object
        rest = np.bitwise_or.reduce(numbers, axis=None) & (common - 1) if power_of_two else (numbers % common).any()
        if not rest:
            rows //= common
            return _narrow(rows)
    divisors = np.gcd.reduce(rows, axis=1)
    return _narrow(rows // divisors[:, None])


class _ExactBlock:
    """Nearest code point, decided exactly; a state equal to a code point needs no distance."""

    def __init__(self, coordinates: np.ndarray, points: ExactArray, scale: int) -> None:
        self.points, self.halves, self.scale = points, half_squares(points), scale
        degree = points.degree
        self.columns = (coordinates[:, None] * degree + np.arange(degree)).reshape(-1)
        self.known: dict[tuple[int, ...], int] = {}
        for code, row in enumerate(points.numerators.reshape(len(points), -1).tolist()):
            self.known[_key([value * scale for value in row], points.denominator)] = code

    def decode(self, rows: np.ndarray) -> np.ndarray:
        """Codes of the rows of the layer."""
        part = rows[:, self.columns].tolist()
        keys = [_key(row, factor) for row, factor in zip(part, rows[:, -1].tolist(), strict=True)]
        codes = np.empty(len(rows), dtype=np.int64)
        for position, key in enumerate(keys):
            code = self.known.get(key)
            if code is None:
                numbers = np.array(key[:-1], dtype=object).reshape(-1, self.points.degree)
                state = ExactArray(numbers, self.scale * key[-1], self.points.conductor)
                code = self.known[key] = nearest_point(self.points, self.halves, state)
            codes[position] = code
        return codes


def _key(numbers: list[int], factor: int) -> tuple[int, ...]:
    """Numerators over factor·scale in lowest terms, the factor last."""
    if factor != 1:
        divisor = math.gcd(factor, *numbers)
        return (*(value // divisor for value in numbers), factor // divisor)
    return (*numbers, 1)
