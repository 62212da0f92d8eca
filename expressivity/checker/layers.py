"""One layer in exact arithmetic: A(x) from its form, steps on points and boxes, and the read-out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from expressivity.checker import cones
from expressivity.checker.cones import Cone
from expressivity.checker.errors import Rejected
from expressivity.checker.fields import Field, Number, tidy

Box = tuple[list[Number], list[Number]] | Cone  # lower and upper ends; the very same list twice for a point


class Layer:
    """One layer re-read from JSON: sparse rows of A(x) on the flattened state, B(x), blocks and answers."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.field = field = Field(data["conductor"])
        self.width, self.columns = data["width"], data["columns"]
        self.size = self.width * self.columns
        self.delay, self.symbols = data["delay"], data["symbols"]
        self.kind, self.weights = data["kind"], data["weights"]
        self.inputs = [[field.read(v) for v in row] for row in data["inputs"]]
        self.start = [field.read(v) for v in data["start"]]
        self.blocks = [
            (block["coordinates"], [tuple(field.read(v) for v in point) for point in block["points"]])
            for block in data["blocks"]
        ]
        self.codes = [{point: code for code, point in enumerate(points)} for _, points in self.blocks]
        self.select, self.table = data["select"], data["table"]
        self.radix = max((len(points) for _, points in self.blocks), default=1)
        self._rows: dict[int, list[list[tuple[int, Number]]]] = {}

    def rows(self, letter: int) -> list[list[tuple[int, Number]]]:
        """A(x) ⊗ I by rows, as (column, value) pairs without zeros."""
        if letter not in self._rows:
            matrix = self._matrix(letter)
            self._rows[letter] = [
                [(j * self.columns + column, value) for j, value in sorted(matrix[i].items())]
                for i in range(self.width)
                for column in range(self.columns)
            ]
        return self._rows[letter]

    def _matrix(self, letter: int) -> list[dict[int, Number]]:
        field, weights = self.field, self.weights
        rows: list[dict[int, Number]] = [{} for _ in range(self.width)]
        if self.kind == "dense":
            for i, j, value in weights["matrices"][letter]:
                rows[i][j] = field.read(value)
        elif self.kind == "diagonal":
            for i, value in enumerate(weights["diagonal"][letter]):
                number = field.read(value)
                if number != field.zero:
                    rows[i][i] = number
        elif self.kind == "complex-diagonal":
            for pair, (real, imaginary) in enumerate(
                zip(weights["real"][letter], weights["imaginary"][letter], strict=True)
            ):
                re, im = field.read(real), field.read(imaginary)
                for i, j, number in ((0, 0, re), (0, 1, field.scale(im, -1)), (1, 0, im), (1, 1, re)):
                    if number != field.zero:
                        rows[2 * pair + i][2 * pair + j] = number
        elif self.kind == "rwkv7":
            self._decay_and_removal(letter, rows)
        elif self.kind == "permutation-diagonal":
            index, real, imaginary = weights["index"][letter], weights["real"][letter], weights["imaginary"]
            parts = [None] * len(real) if imaginary is None else imaginary[letter]
            for j, (target, first, second) in enumerate(zip(index, real, parts, strict=True)):
                if type(target) is not int or not 0 <= target < len(real):
                    raise Rejected(f"column {j} of P has its 1 in row {target!r}; expected 0 to {len(real) - 1}")
                re = field.read(first)
                entries = [(0, 0, re)]
                if imaginary is not None:
                    im = field.read(second)
                    entries = [(0, 0, re), (0, 1, field.scale(im, -1)), (1, 0, im), (1, 1, re)]
                size = 1 if imaginary is None else 2
                for i, k, number in entries:
                    if number != field.zero:
                        rows[size * target + i][size * j + k] = number
        elif self.kind == "householder":
            keys = [[field.read(v) for v in key] for key in weights["keys"][letter]]
            betas = [field.read(v) for v in weights["betas"][letter]]
            gate = field.one if weights["gates"] is None else field.read(weights["gates"][letter])
            for j in range(self.width):
                column = [field.one if i == j else field.zero for i in range(self.width)]
                for key, beta in zip(keys, betas, strict=True):
                    column = self._reflect(column, key, beta)
                for i, value in enumerate(column):
                    number = field.multiply(gate, value)
                    if number != field.zero:
                        rows[i][j] = number
        else:
            raise Rejected(f"transition form {self.kind!r} is unknown to this checker")
        return rows

    def _decay_and_removal(self, letter: int, rows: list[dict[int, Number]]) -> None:
        """Diag(w) − (a ⊙ κ) κᵀ / κᵀκ of every head; the squared length of a key in use must be rational."""
        field, weights = self.field, self.weights
        decays = [field.read(v) for v in weights["decays"][letter]]
        rates = [field.read(v) for v in weights["rates"][letter]]
        first = 0
        for values in weights["keys"][letter]:
            key = [field.read(v) for v in values]
            square = field.zero
            for k in key:
                square = field.add(square, field.multiply(k, k))
            length = square if field.degree == 1 else square[0]
            for i, k in enumerate(key):
                removed = field.multiply(rates[first + i], k)
                entries = [field.zero] * len(key)
                if removed != field.zero:
                    if length == 0 or (field.degree > 1 and any(square[1:])):
                        raise Rejected("a key has a squared length that is zero or irrational")
                    scaled = field.scale(removed, Fraction(-1) / length)
                    entries = [field.multiply(scaled, other) for other in key]
                entries[i] = field.add(entries[i], decays[first + i])
                rows[first + i] = {first + j: v for j, v in enumerate(entries) if v != field.zero}
            first += len(key)
        if not first == self.width == len(decays) == len(rates):
            raise Rejected(f"w, a and the keys of the heads do not have the layer's {self.width} coordinates each")

    def _reflect(self, vector: list[Number], key: list[Number], beta: Number) -> list[Number]:
        """(I − β k kᵀ / kᵀk) v; the squared length of a key must be rational."""
        field = self.field
        if beta == field.zero:
            return vector
        square, inner = field.zero, field.zero
        for k, v in zip(key, vector, strict=True):
            square = field.add(square, field.multiply(k, k))
            inner = field.add(inner, field.multiply(k, v))
        length = square if field.degree == 1 else square[0]
        if length == 0 or (field.degree > 1 and any(square[1:])):
            raise Rejected("a key has a squared length that is zero or irrational")
        factor = field.scale(field.multiply(beta, inner), Fraction(-1) / length)
        return [field.add(v, field.multiply(factor, k)) for k, v in zip(key, vector, strict=True)]

    def image(self, box: Box, letter: int) -> Box:
        """A(x)·box + B(x): exact on points and cones, the smallest enclosing box otherwise."""
        field, write = self.field, self.inputs[letter]
        if isinstance(box, Cone):
            return cones.image(field, self.rows(letter), write, box)
        lower, upper = box
        if lower is upper:
            point = []
            for row, shift in zip(self.rows(letter), write, strict=True):
                total = shift
                if field.degree > 1:
                    for j, value in row:
                        total = field.add(total, field.multiply(value, lower[j]))
                    point.append(total)
                    continue
                for j, value in row:
                    if lower[j]:  # most coordinates of one-hot states are zero
                        total += value * lower[j]
                point.append(total if type(total) is int else tidy(total))
            return point, point
        if field.degree > 1:
            raise Rejected("a box that is not a point needs rational weights")
        low, high = [], []
        for row, shift in zip(self.rows(letter), write, strict=True):
            bottom = top = shift
            for j, value in row:
                bottom += value * (lower[j] if value > 0 else upper[j])
                top += value * (upper[j] if value > 0 else lower[j])
            low.append(tidy(bottom))
            high.append(tidy(top))
        return low, high

    def answer(self, box: Box, letter: int) -> int:
        """The read-out's answer, which must be the same all over the box."""
        code = 0
        for read, number in enumerate(self.select[letter]):
            if number >= 0:
                code += self.radix**read * self._code(box, number)
        answer = self.table[letter][code]
        if not isinstance(answer, int):
            raise Rejected(f"the read-out's answer {answer!r} is not an integer")
        return answer

    def _code(self, box: Box, number: int) -> int:
        coordinates, points = self.blocks[number]
        if isinstance(box, Cone):
            return cones.nearest(self.field, coordinates, points, box)
        lower = tuple(box[0][c] for c in coordinates)
        if box[0] is box[1] and lower in self.codes[number]:
            return self.codes[number][lower]
        upper = tuple(box[1][c] for c in coordinates)
        for code in range(len(points)):
            if all(self._closer(points, code, other, lower, upper) for other in range(len(points)) if other != code):
                return code
        raise Rejected("the nearest code point is not the same all over a box")

    def _closer(self, points: list[tuple[Number, ...]], code: int, other: int, lower: Any, upper: Any) -> bool:
        """Whether every state of the box is nearer to one point than to another (ties go to the lower code)."""
        field = self.field
        # |h − p|² ≤ |h − q|²  ⇔  2(q − p)·h ≤ |q|² − |p|²; the left side is largest at a corner of the box.
        gap = field.zero
        for p, q, low, high in zip(points[code], points[other], lower, upper, strict=True):
            slope = field.scale(field.add(q, field.scale(p, -1)), 2)
            corner = low if field.degree > 1 or slope < 0 else high
            gap = field.add(gap, field.multiply(slope, corner))
            gap = field.add(gap, field.add(field.multiply(p, p), field.scale(field.multiply(q, q), -1)))
        return field.sign(gap) < 0 or (field.sign(gap) == 0 and code < other)
