"""One layer in exact arithmetic: A(x) from its form, steps on points and boxes, and the read-out."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

from expressivity.checker import cones
from expressivity.checker.cones import Cone
from expressivity.checker.decoding import Decoder
from expressivity.checker.errors import Rejected
from expressivity.checker.fields import Field, Number, tidy
from expressivity.checker.reading import integers, items
from expressivity.checker.records import LayerRecord, removes

Box = tuple[list[Any], list[Any]] | Cone  # lower and upper ends; the very same list twice for a point

_MOST_CODES = 100_000
_BITS = 96  # of enclosures of irrational states


class ReadOut:
    """The answers of a layer to states given as integers: what the table says over all codes a box may have.

    Arguments:
        record: the layer.
    """

    def __init__(self, record: LayerRecord) -> None:
        self.select, self.table = record.select, record.table
        self.decoders = [Decoder(record.field, block) for block in record.blocks]
        self.radix = max((len(block.points) for block in record.blocks), default=1)

    def answers(self, letter: int, codes_of: Any) -> set[int]:
        """All answers after a letter.

        Arguments:
            letter: number of the letter.
            codes_of: the codes that a block may have, from its number.
        """
        row, places = self.table[letter], []
        known = 0
        for read, number in enumerate(self.select[letter]):
            if number < 0:
                continue
            codes, weight = codes_of(number), self.radix**read
            if len(codes) == 1:
                known += weight * codes[0]
            else:
                places.append([weight * code for code in codes])
        if not places:
            return {row[known]}
        if math.prod(map(len, places)) > _MOST_CODES:
            raise Rejected(f"a box leaves more than {_MOST_CODES} combinations of codes open")
        return {row[known + sum(parts)] for parts in product(*places)}


class Layer:
    """A layer evaluated exactly.

    Arguments:
        record: the layer.
    """

    def __init__(self, record: LayerRecord) -> None:
        self.record, self.field = record, record.field
        self.size, self.symbols, self.delay = record.size, record.symbols, record.delay
        self.start = list(record.start)
        self.readout = ReadOut(record)
        for decoder in self.readout.decoders:
            decoder.known.update({point: code for code, point in enumerate(decoder.points)})
        self._rows: dict[int, list[list[tuple[int, Number]]]] = {}

    # States in certificates -------------------------------------------------------------------------------------------

    def read_box(self, part: dict[str, Any], where: str) -> Box:
        """A point, a box by its ends, or a sign cell, from JSON."""
        vectors = {
            name: [self.field.read(v) for v in items(value, where, self.size)]
            for name, value in part.items()
            if name != "signs"
        }
        if "point" in vectors:
            return vectors["point"], vectors["point"]
        if "signs" in part:
            signs = integers(part["signs"], f"{where}: the signs", -1, 1, self.size)
            return cones.sign_cell(self.field, vectors["centre"], signs)
        if self.field.degree > 1:
            raise Rejected("a box that is not a point needs rational weights")
        return vectors["lower"], vectors["upper"]

    # Steps ------------------------------------------------------------------------------------------------------------

    def rows(self, letter: int) -> list[list[tuple[int, Number]]]:
        """A(x) ⊗ I by rows, as (column, value) pairs without zeros."""
        if letter not in self._rows:
            columns, zero = self.record.columns, self.field.zero
            self._rows[letter] = [
                [(j * columns + column, value) for j, value in sorted(row.items()) if value != zero]
                for row in matrix(self.record, letter)
                for column in range(columns)
            ]
        return self._rows[letter]

    def image(self, box: Box, letter: int) -> Box:
        """A(x)·box + B(x): exact on points and cones, the smallest enclosing box otherwise."""
        field, write = self.field, self.record.inputs[letter]
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
        low, high = [], []
        for row, shift in zip(self.rows(letter), write, strict=True):
            bottom = top = shift
            for j, value in row:
                bottom += value * (lower[j] if value > 0 else upper[j])
                top += value * (upper[j] if value > 0 else lower[j])
            low.append(tidy(bottom))
            high.append(tidy(top))
        return low, high

    def answers(self, box: Box, letter: int, hint: Any = None) -> set[int]:
        """The read-out's answers to the states of a box: all there are, and perhaps more."""
        if isinstance(box, Cone):
            return self.readout.answers(letter, lambda number: cones.codes(self.field, self.record.blocks[number], box))
        lower, upper = box

        def codes(number: int) -> list[int]:
            decoder = self.readout.decoders[number]
            low = tuple(lower[c] for c in decoder.coordinates)
            if lower is not upper:
                high = tuple(upper[c] for c in decoder.coordinates)
                scale = math.lcm(*(Fraction(v).denominator for v in (*low, *high)))
                return decoder.codes([int(v * scale) for v in low], [int(v * scale) for v in high], scale)
            if low not in decoder.known:
                decoder.known[low] = self._code(decoder, low, hint)
            return [decoder.known[low]]

        return self.readout.answers(letter, codes)

    def _code(self, decoder: Decoder, point: tuple[Number, ...], hint: Any) -> int:
        rationals = [self.field.as_rational(v) for v in point]
        if None not in rationals:
            scale = math.lcm(*(Fraction(v).denominator for v in rationals))
            return decoder.code([int(v * scale) for v in rationals], scale, hint)
        ends = [self.field.scaled(v, _BITS) for v in point]
        return decoder.settle(decoder.codes([low for low, _ in ends], [high for _, high in ends], 1 << _BITS), point)


def matrix(record: LayerRecord, letter: int) -> list[dict[int, Number]]:
    """The exact A(x) of a layer, by rows."""
    field, weights, width = record.field, record.weights, record.width
    rows: list[dict[int, Number]] = [{} for _ in range(width)]
    if record.kind == "dense":
        return list(weights["matrices"][letter])
    if record.kind == "diagonal":
        return [{i: value} for i, value in enumerate(weights["diagonal"][letter])]
    if record.kind == "complex-diagonal":
        for pair, (re, im) in enumerate(zip(weights["real"][letter], weights["imaginary"][letter], strict=True)):
            rows[2 * pair] = {2 * pair: re, 2 * pair + 1: field.scale(im, -1)}
            rows[2 * pair + 1] = {2 * pair: im, 2 * pair + 1: re}
    elif record.kind == "permutation-diagonal":
        index, real, imaginary = weights["index"][letter], weights["real"][letter], weights["imaginary"]
        for j, (target, re) in enumerate(zip(index, real, strict=True)):
            if imaginary is None:
                rows[target][j] = re
                continue
            im = imaginary[letter][j]
            rows[2 * target] |= {2 * j: re, 2 * j + 1: field.scale(im, -1)}
            rows[2 * target + 1] |= {2 * j: im, 2 * j + 1: re}
    elif record.kind == "rwkv7":
        _decay_and_removal(record, letter, rows)
    else:
        gate = field.one if weights["gates"] is None else weights["gates"][letter]
        for j in range(width):
            column = [field.one if i == j else field.zero for i in range(width)]
            for key, beta in zip(weights["keys"][letter], weights["betas"][letter], strict=True):
                column = _reflect(field, column, key, beta)
            for i, value in enumerate(column):
                rows[i][j] = field.multiply(gate, value)
    return rows


def _decay_and_removal(record: LayerRecord, letter: int, rows: list[dict[int, Number]]) -> None:
    """Diag(w) − (a ⊙ κ) κᵀ / κᵀκ of every head."""
    field, decays, rates = record.field, record.weights["decays"][letter], record.weights["rates"][letter]
    first = 0
    for key in record.weights["keys"][letter]:
        part = rates[first : first + len(key)]
        over = Fraction(-1) / field.squared_length(key) if removes(field, key, part) else Fraction(0)
        for i, k in enumerate(key):
            scaled = field.scale(field.multiply(part[i], k), over)
            entries = [field.multiply(scaled, other) for other in key]
            entries[i] = field.add(entries[i], decays[first + i])
            rows[first + i] = {first + j: value for j, value in enumerate(entries)}
        first += len(key)


def _reflect(field: Field, vector: list[Number], key: tuple[Number, ...], beta: Number) -> list[Number]:
    """(I − β k kᵀ / kᵀk) v."""
    if beta == field.zero:
        return vector
    inner = field.zero
    for k, v in zip(key, vector, strict=True):
        inner = field.add(inner, field.multiply(k, v))
    factor = field.scale(field.multiply(beta, inner), Fraction(-1) / field.squared_length(key))
    return [field.add(v, field.multiply(factor, k)) for k, v in zip(key, vector, strict=True)]
