"""A network in exact arithmetic as a machine on integer vectors.

Every layer's state is a vector over one field Q(2cos 2π/N). Writing each coordinate by its rational coefficients
(restriction of scalars) turns the layer into an affine map of integer vectors over one common scale; the scale grows
when a step produces a new denominator. Arithmetic is int64 while a checked bound rules out overflow, Python integers
beyond.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from expressivity.exact import ExactArray, sign
from expressivity.networks.exchange import layer_conductor
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network

_SAFE = 2**62


def _peak(array: np.ndarray) -> int:
    return 0 if array.size == 0 else max(abs(int(array.max())), abs(int(array.min())))


class ExactLayer:
    """One layer acting on integer rows; `scale` is the common denominator of all states in use."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.conductor = layer_conductor(layer)
        matrices = layer.flat_matrices.embed(self.conductor)
        inputs = layer.inputs.reshape(layer.letters, layer.size).embed(self.conductor)
        start = layer.start.reshape(layer.size).embed(self.conductor)
        self.degree = matrices.degree
        self.matrices = matrices.over_rationals()
        self.matrix_denominator = matrices.denominator
        self.inputs = inputs.numerators.reshape(layer.letters, -1)
        self.input_denominator = inputs.denominator
        self.scale = math.lcm(start.denominator, inputs.denominator)
        self.start = start.scaled_numerators(self.scale).reshape(-1)
        self.blocks = [
            ExactBlock(block.coordinates, block.points.embed(self.conductor)) for block in layer.readout.blocks
        ]
        self._peaks = (_peak(self.matrices), _peak(self.inputs))
        # Letters with the same A and B move the state alike; only their answers may differ.
        maps = [(self.matrices[x].tobytes(), self.inputs[x].tobytes()) for x in range(layer.letters)]
        if self.matrices.dtype == object or self.inputs.dtype == object:
            maps = [(repr(self.matrices[x].tolist()), repr(self.inputs[x].tolist())) for x in range(layer.letters)]
        number: dict[object, int] = {}
        self.kinds = np.array([number.setdefault(key, len(number)) for key in maps])
        self.representatives = np.array([int(np.argmax(self.kinds == kind)) for kind in range(len(number))])

    @property
    def length(self) -> int:
        """Integers per state."""
        return len(self.start)

    def advance(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, int]:
        """States after one letter each, and the factor by which the scale of *all* states must be multiplied.

        The rows returned are over the enlarged scale.
        """
        denominator = self.matrix_denominator * self.input_denominator
        shift = self.scale * self.matrix_denominator
        bound = (
            self._peaks[0] * _peak(rows) * self.length * self.input_denominator + self._peaks[1] * shift
        ) * denominator
        small = bound < _SAFE and rows.dtype != object and self.matrices.dtype != object
        kind = np.int64 if small else object
        rows = rows.astype(kind, copy=False)
        result = np.empty((len(rows), self.length), dtype=kind)
        maps = self.kinds[letters]
        for number in np.unique(maps):
            chosen = np.flatnonzero(maps == number)
            letter = self.representatives[number]
            matrix = self.matrices[letter].astype(kind, copy=False)
            write = self.inputs[letter].astype(kind, copy=False) * shift
            result[chosen] = (rows[chosen] @ matrix.T) * self.input_denominator + write
        if denominator == 1:
            return result, 1
        common = math.gcd(denominator, int(np.gcd.reduce(result, axis=None)))
        factor = denominator // common
        return result // common, factor

    def answers(self, rows: np.ndarray, letters: np.ndarray, scale: int) -> np.ndarray:
        """dec(H, x) for each row (integers over `scale`) and its letter."""
        readout = self.layer.readout
        codes = np.zeros(len(rows), dtype=np.int64)
        for read in range(readout.select.shape[1]):
            chosen = readout.select[letters, read]
            for number in np.unique(chosen[chosen >= 0]):
                mask = chosen == number
                codes[mask] += readout.radix**read * self.blocks[number].decode(rows[mask], scale)
        answers: np.ndarray = readout.table[letters, codes]
        return answers

    def codes(self, rows: np.ndarray) -> np.ndarray:
        """Codes of every block for each row (integers over the present scale), shape (row, block)."""
        columns = [block.decode(rows, self.scale) for block in self.blocks]
        return np.stack(columns, axis=1) if columns else np.zeros((len(rows), 1), dtype=np.int64)

    def answers_by_code(self, codes: np.ndarray, rows: np.ndarray, letters: np.ndarray) -> np.ndarray:
        """Answers for states given by row number, shape (state, *letters.shape) like `rows`, and the letters read."""
        readout = self.layer.readout
        total = np.zeros(rows.shape, dtype=np.int64)
        for read in range(readout.select.shape[1]):
            chosen = np.broadcast_to(readout.select[letters, read], rows.shape)
            total += readout.radix**read * np.where(chosen >= 0, codes[rows, np.maximum(chosen, 0)], 0)
        answers: np.ndarray = readout.table[np.broadcast_to(letters, rows.shape), total]
        return answers

    def image_box(self, lower: np.ndarray, upper: np.ndarray, letter: int) -> tuple[np.ndarray, np.ndarray]:
        """The smallest box around A·box + B, as exact rationals over the present scale; rational layers only."""
        matrix = self.matrices[letter].astype(object)
        positive, negative = np.maximum(matrix, 0), np.minimum(matrix, 0)
        low, high = lower.astype(object), upper.astype(object)
        write = self.inputs[letter].astype(object) * Fraction(self.scale, self.input_denominator)
        scale = Fraction(1, self.matrix_denominator)
        return (positive @ low + negative @ high) * scale + write, (positive @ high + negative @ low) * scale + write

    def decodes_alike(self, lower: np.ndarray, upper: np.ndarray, letters: np.ndarray) -> bool:
        """Whether every block read after one of the letters has one nearest code point all over the box."""
        read = np.unique(self.layer.readout.select[letters])
        return all(self.blocks[number].decodes_alike(lower, upper, self.scale) for number in read[read >= 0])


class ExactBlock:
    """Nearest code point, decided exactly; a state equal to a code point needs no distance."""

    def __init__(self, coordinates: np.ndarray, points: ExactArray) -> None:
        self.points = points
        degree = points.degree
        self.columns = (coordinates[:, None] * degree + np.arange(degree)).reshape(-1)
        self.known: dict[tuple[int, ...], int] = {}
        self.scale = 0

    def decode(self, rows: np.ndarray, scale: int) -> np.ndarray:
        """Codes of the rows, which are integers over `scale`."""
        part = np.ascontiguousarray(rows[:, self.columns])
        if scale != self.scale:
            self._learn_points(scale)
        keys = [tuple(row) for row in part.tolist()]
        codes = np.empty(len(rows), dtype=np.int64)
        for position, key in enumerate(keys):
            code = self.known.get(key)
            if code is None:
                code = self.known[key] = self._nearest(key, scale)
            codes[position] = code
        return codes

    def decodes_alike(self, lower: np.ndarray, upper: np.ndarray, scale: int) -> bool:
        """Whether one code point is nearest all over the box (ties to the lower code); rational points only."""
        low, high = lower[self.columns], upper[self.columns]
        points = self.points.fractions() * scale
        middle = (low + high) * Fraction(1, 2)
        code = min(range(len(points)), key=lambda c: (sum((points[c] - middle) ** 2), c))
        for other in range(len(points)):
            if other != code:
                # |h − p|² ≤ |h − q|² ⇔ 2(q − p)·h ≤ |q|² − |p|²; the left side is largest at a corner.
                slope = 2 * (points[other] - points[code])
                worst = sum(np.where(slope > 0, slope * high, slope * low))
                gap = sum(points[other] ** 2) - sum(points[code] ** 2) - worst
                if gap < 0 or (gap == 0 and other < code):
                    return False
        return True

    def _learn_points(self, scale: int) -> None:
        self.known, self.scale = {}, scale
        flat = self.points.numerators.reshape(len(self.points), -1)
        for code, row in enumerate(flat.tolist()):
            scaled = [value * scale for value in row]
            if all(value % self.points.denominator == 0 for value in scaled):
                self.known[tuple(value // self.points.denominator for value in scaled)] = code

    def _nearest(self, key: Sequence[int], scale: int) -> int:
        """The point p with the largest p·h − |p|²/2, first on ties."""
        points, degree = self.points, self.points.degree
        state = ExactArray(np.array(key, dtype=object).reshape(-1, 1, degree), scale, points.conductor)
        squares = (points.reshape(len(points), 1, -1) @ points.reshape(len(points), -1, 1)).reshape(len(points))
        scores = (points @ state).reshape(len(points)) - squares.divided_by(2)
        rows = scores.numerators.tolist()
        best = 0
        for code in range(1, len(rows)):
            gap = [a - b for a, b in zip(rows[code], rows[best], strict=True)]
            if sign(gap, scores.conductor) > 0:
                best = code
        return best


class ExactMachine:
    """A whole stack on integer rows: the states of all layers side by side, then one previous symbol per delay."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers = [ExactLayer(layer) for layer in network.layers]
        self.delays = [number for number, layer in enumerate(network.layers) if layer.delay]
        self.borders = np.cumsum([0, *(layer.length for layer in self.layers)]).tolist()

    def start(self) -> tuple[np.ndarray, bool]:
        """The row before the first letter (after any beginning-of-sequence letter); the verdict on the empty word."""
        previous = [self.network.layers[number].symbols for number in self.delays]
        row = np.concatenate([*(layer.start for layer in self.layers), np.array(previous, dtype=np.int64)])[None]
        if not self.network.bos:
            return row, self.network.accepts_empty
        rows, flags, factors = self.step(row, np.array([len(self.network.letters)]))
        self.enlarge(factors)
        return rows, bool(flags[0])

    def step(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """Rows after one letter each, verdicts, and per layer the factor by which its scale must grow.

        The new rows are already over the enlarged scales; `grow` brings older rows there, `enlarge` the layers.
        """
        symbols = letters
        parts: list[np.ndarray] = []
        previous: list[np.ndarray] = []
        factors = []
        for number, layer in enumerate(self.layers):
            if layer.layer.delay:
                before = rows[:, self.borders[-1] + len(previous)].astype(np.int64)
                previous.append(symbols)
                symbols = symbols + layer.layer.symbols * before
            part, factor = layer.advance(rows[:, self.borders[number] : self.borders[number + 1]], symbols)
            symbols = layer.answers(part, symbols, layer.scale * factor)
            parts.append(part)
            factors.append(factor)
        columns = parts + [symbol[:, None] for symbol in previous]
        return np.concatenate(columns, axis=1), np.equal(symbols, 1), factors

    def scales(self) -> list[int]:
        """The scale of each layer."""
        return [layer.scale for layer in self.layers]

    def enlarge(self, factors: Sequence[int]) -> None:
        """Multiply the scale of each layer by its factor."""
        for layer, factor in zip(self.layers, factors, strict=True):
            layer.scale *= factor

    def grow(self, rows: np.ndarray, factors: Sequence[int]) -> np.ndarray:
        """Older rows over the enlarged scales."""
        multiplier = np.ones(rows.shape[1], dtype=object)
        for number, factor in enumerate(factors):
            multiplier[self.borders[number] : self.borders[number + 1]] = factor
        grown = rows.astype(object) * multiplier
        return grown if _peak(grown) >= _SAFE else grown.astype(np.int64)
