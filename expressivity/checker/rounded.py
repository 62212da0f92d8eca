"""The checker's own finite arithmetic: a layer evaluated on Python fractions, one rounded operation after the other.

Nothing is shared with `expressivity.simulation`, whose orders of
evaluation are written down here a second time. What does not hold raises `ValueError`, which the checker reports.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

from expressivity.checker import intervals, reference

_FIRST_BITS = 80
_MOST_NUMBERS = 500_000


class Spelling:
    """An arithmetic's name, taken apart: weight format, state format, order, rounding."""

    def __init__(self, text: str) -> None:
        formats, *rest = text.split("/")
        names = formats.split(":")
        if len(names) > 2 or len(rest) > 2:
            raise ValueError(f"{text!r} is not weights:state/order/rounding")
        self.weights, self.state = names[0], names[-1]
        self.order = rest[0] if rest else "per-operation"
        self.rounding = rest[1] if len(rest) > 1 else "nearest-even"
        self.chunk = 0
        if self.order.startswith("chunked:"):
            self.order, count = "chunked", self.order.removeprefix("chunked:")
            if not (count.isascii() and count.isdigit() and int(count) >= 1):
                raise ValueError(f"{text!r} has no chunk length of at least 1")
            self.chunk = int(count)
        elif self.order == "chunked":
            raise ValueError(f"{text!r} has no chunk length of at least 1")
        if self.order not in ("per-operation", "fused", "accumulate-fp32", "chunked") or self.rounding == "stochastic":
            raise ValueError(f"arithmetic {text!r} is unknown to this checker")
        self.inner = "fp32" if self.order == "accumulate-fp32" else self.state
        self.inner_rounding = "nearest-even" if self.order == "accumulate-fp32" else self.rounding
        self.layouts = {name: reference.layout(name) for name in {self.weights, self.state, self.inner}}


class PointField:
    """How states are read: rationals, and words for what is no number, which only points may hold."""

    degree = 1

    def read(self, value: Any) -> Any:
        """A coordinate from JSON."""
        if value in ("nan", "inf", "-inf"):
            return value
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(f"{value!r} is not an exact rational; expected an integer or a string p/q")
        return Fraction(value)


class RoundedLayer:
    """A layer of the checker, with its weights rounded and its steps rounded.

    Arguments:
        exact: the checker's exact layer.
        spelling: the arithmetic, a `Spelling` or one with its attributes.
    """

    def __init__(self, exact: Any, spelling: Any) -> None:
        self.exact, self.spelling = exact, spelling
        self.field = PointField()
        self.size, self.symbols, self.delay = exact.size, exact.symbols, exact.delay
        self.start = [_state_value(self._stored(value, spelling.state)) for value in exact.start]
        self._memory: dict[Any, Any] = {}
        self._numbers: dict[Any, float] = {}
        if spelling.chunk:
            # A point is then the state that is read, the state S at the start of the block, by rows the matrix of
            # what the block's inputs alone give beside the product P of its transitions, and the letters read of it.
            self.block = self._block_size()
            self.nothing = self._nothing()
            self.start = (
                self.start + self.start + [_state_value(v) for row in self.nothing for v in row] + [Fraction(0)]
            )
            self.size = len(self.start)

    # Numbers --------------------------------------------------------------------------------------------------------

    def _stored(self, value: Any, name: str, square: Fraction = Fraction(1)) -> float:
        """value/√square rounded once, to nearest even, to a format."""
        field, form = self.exact.field, self.spelling.layouts[name]
        squared = field.multiply(value, value)
        if field.degree > 1 and any(squared[1:]):
            bits = _FIRST_BITS
            while True:
                low, high = field.enclosure(value, bits)
                corners = [end / root for end in (low, high) for root in _root_ends(square, bits)]
                ends = [reference.round_number(end, form) for end in (min(corners), max(corners))]
                if ends[0] == ends[1]:
                    return float(ends[0])
                bits *= 2
        ratio = Fraction(squared if field.degree == 1 else squared[0]) / square
        sign = field.sign(value)
        root = math.isqrt(ratio.numerator * ratio.denominator)
        if root * root == ratio.numerator * ratio.denominator:
            return float(reference.round_number(sign * Fraction(root, ratio.denominator), form))
        bits = _FIRST_BITS
        while True:
            ends = [reference.round_number(sign * end, form) for end in _root_ends(ratio, bits)]
            if ends[0] == ends[1]:
                return float(ends[0])
            bits *= 2

    def _weight(self, value: Any) -> float:
        return self._known(("w", value), lambda: self._stored(value, self.spelling.weights))

    def _multiply(self, x: Any, y: Any) -> Any:
        spelling = self.spelling
        if isinstance(y, intervals.Interval):
            return y.map(lambda end: self._multiply(x, end))
        form, rounding = spelling.layouts[spelling.inner], spelling.inner_rounding
        return self._known(("×", x, y), lambda: reference.multiply(x, y, form, rounding))

    def _add(self, x: Any, y: Any) -> Any:
        spelling = self.spelling
        if isinstance(x, intervals.Interval) or isinstance(y, intervals.Interval):
            return intervals.added(x, y, self._add)
        form, rounding = spelling.layouts[spelling.inner], spelling.inner_rounding
        return self._known(("+", x, y), lambda: reference.add(x, y, form, rounding))

    def _known(self, key: Any, compute: Any) -> float:
        """A number computed once: certified networks move on few values, and the reference is slow on purpose.

        Equal keys can differ in the signs of zeros only, which never reach a value that is not zero.
        """
        if len(self._numbers) > _MOST_NUMBERS:
            self._numbers.clear()
        value = self._numbers.get(key)
        if value is None:
            value = self._numbers[key] = float(compute())
        return value

    def _finish(self, values: list[Any]) -> list[Any]:
        spelling = self.spelling
        if spelling.inner == spelling.state:
            return values
        form = spelling.layouts[spelling.state]

        def last(value: Any) -> Any:
            if isinstance(value, intervals.Interval):
                return value.map(last)
            return float(reference.round_number(value, form, spelling.rounding))

        return [last(value) for value in values]

    # Steps ----------------------------------------------------------------------------------------------------------

    def image(self, box: Any, letter: int) -> Any:
        """The state after a letter; for a box, an interval around every coordinate's values."""
        lower, upper = box
        state: list[Any] = [_float(value) for value in lower]
        if lower is not upper:
            if self.spelling.chunk:
                raise ValueError("a box that is not a point means nothing in the order chunked")
            formats = (self.spelling.layouts[name] for name in (self.spelling.state, self.spelling.inner))
            if any(form.on_overflow == "wrap" for form in formats):
                raise ValueError("a box that is not a point means nothing where numbers wrap around")
            state = [intervals.Interval(low, _float(high)) for low, high in zip(state, upper, strict=True)]
        moved: list[Any]
        if self.spelling.chunk:
            moved = self._chunked(state, letter)
        else:
            columns, shifts = self.exact.columns, self._shifts(letter)
            moved = [0.0] * len(state)
            for column in range(columns):
                every = slice(column, None, columns)
                moved[every] = self._column(state[every], shifts[every], letter)
        if any(isinstance(value, intervals.Interval) for value in moved):
            pairs = [
                value if isinstance(value, intervals.Interval) else intervals.Interval(value, value) for value in moved
            ]
            return [Fraction(pair.low) for pair in pairs], [Fraction(pair.high) for pair in pairs]
        point = [_state_value(value) for value in moved]
        return point, point

    def _column(self, column: list[Any], shifts: list[float] | None, letter: int) -> list[Any]:
        """A(x)·column + shifts; without shifts nothing is added."""
        if self.spelling.order == "fused":
            return self._fused(column, shifts or [0.0] * len(column), letter)
        if self.exact.kind == "householder":
            moved = self._householder(column, letter)
        elif self.exact.kind == "rwkv7":
            moved = self._rwkv7(column, letter)
        else:
            moved, shifts = self._by_rows(column, shifts, letter), None
        if shifts is not None:
            moved = [self._add(shift, h) for shift, h in zip(shifts, moved, strict=True)]
        return self._finish(moved)

    def _block_size(self) -> int:
        """Side of the diagonal blocks that are all there is of P."""
        kind = self.exact.kind
        if kind == "rwkv7":
            return len(self.exact.weights["keys"][0][0])
        return {"diagonal": 1, "complex-diagonal": 2}.get(kind, int(self.exact.width))

    def _nothing(self) -> list[list[float]]:
        """The matrix where a block begins: no inputs yet, and the identity."""
        one = float(reference.round_number(1, self.spelling.layouts[self.spelling.state]))
        identity = [[one if i % self.block == k else 0.0 for k in range(self.block)] for i in range(self.exact.width)]
        return [[0.0] * self.exact.columns + row for row in identity]

    def _chunked(self, point: list[float], letter: int) -> list[float]:
        """The order in which products of transitions are formed first: a whole point after a letter."""
        size, columns, width = self.exact.size, self.exact.columns, self.exact.width
        before, matrix, position = point[size : 2 * size], point[2 * size : -1], point[-1]
        if position not in range(self.spelling.chunk):
            raise ValueError(f"{position} letters of a block of {self.spelling.chunk} are read")
        every = columns + self.block
        shifts = self._shifts(letter)
        for column in range(every):
            place = slice(column, None, every)
            added = shifts[column::columns] if column < columns else None
            matrix[place] = self._column(matrix[place], added, letter)
        read = []
        for i in range(width):
            row = matrix[i * every : (i + 1) * every]
            top = i // self.block * self.block
            for column in range(columns):
                total = self._multiply(row[columns], before[top * columns + column])
                for k in range(1, self.block):
                    term = self._multiply(row[columns + k], before[(top + k) * columns + column])
                    total = self._add(total, term)
                read.append(self._add(total, row[column]))
        if position + 1 < self.spelling.chunk:
            return [*read, *before, *matrix, position + 1]
        return [*read, *read, *(v for row in self.nothing for v in row), 0.0]

    def _remembered(self, key: Any, make: Any) -> Any:
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]

    def _shifts(self, letter: int) -> list[float]:
        shifts: list[float] = self._remembered(
            ("inputs", letter), lambda: [self._weight(value) for value in self.exact.inputs[letter]]
        )
        return shifts

    def _row_weights(self, letter: int) -> list[list[tuple[int, float]]]:
        """The stored entries of every row of A(x), as (column, weight)."""

        def make() -> list[list[tuple[int, float]]]:
            matrix = [dict(row) for row in self.exact._matrix(letter)]
            return [
                [(j, self._weight(matrix[i].get(j, self.exact.field.zero))) for j in self._stored_columns(letter, i)]
                for i in range(self.exact.width)
            ]

        rows: list[list[tuple[int, float]]] = self._remembered(("rows", letter), make)
        return rows

    def _useful_weights(self, state: list[Any], letter: int) -> list[list[tuple[int, float]]]:
        """The entries of every row that can matter: a zero times a finite number adds nothing but the sign of a zero.

        Signs of zeros never reach a value that is not zero, and points are compared as numbers. A row keeps at least
        one entry.
        """
        if not all(type(value) is float and math.isfinite(value) for value in state):
            return self._row_weights(letter)

        def make() -> list[list[tuple[int, float]]]:
            return [[entry for entry in row if entry[1] != 0] or row[:1] for row in self._row_weights(letter)]

        rows: list[list[tuple[int, float]]] = self._remembered(("useful rows", letter), make)
        return rows

    def _stored_columns(self, letter: int, row: int) -> list[int]:
        kind, width = self.exact.kind, self.exact.width
        if kind == "diagonal":
            return [row]
        if kind == "complex-diagonal":
            return [row - row % 2, row - row % 2 + 1]
        if kind == "permutation-diagonal":
            index = self.exact.weights["index"][letter]
            size = width // len(index)
            return [size * j + part for j, target in enumerate(index) if target == row // size for part in range(size)]
        if kind == "rwkv7":
            side = len(self.exact.weights["keys"][letter][0])
            return list(range(row - row % side, row - row % side + side))
        return list(range(width))

    def _by_rows(self, state: list[Any], shifts: list[float] | None, letter: int) -> list[Any]:
        result = []
        for i, row in enumerate(self._useful_weights(state, letter)):
            if not row:
                spelling, shift = self.spelling, 0.0 if shifts is None else shifts[i]
                form = spelling.layouts[spelling.inner]
                result.append(float(reference.round_number(shift, form, spelling.inner_rounding)))
                continue
            total = self._multiply(row[0][1], state[row[0][0]])
            for j, weight in row[1:]:
                total = self._add(total, self._multiply(weight, state[j]))
            result.append(total if shifts is None else self._add(shifts[i], total))
        return result

    def _fused(self, state: list[Any], shifts: list[float], letter: int) -> list[Any]:
        spelling = self.spelling
        form = spelling.layouts[spelling.state]
        result: list[Any] = []
        for row, shift in zip(self._useful_weights(state, letter), shifts, strict=True):
            first = [weight for _, weight in row] + [shift]
            second = [*(state[j] for j, _ in row), 1.0]
            if any(isinstance(value, intervals.Interval) for value in second):
                ends = intervals.corners(first, second)
                sums = [float(reference.dot(first, end, form, spelling.rounding)) for end in ends]
                result.append(intervals.Interval(*sums))
                continue
            key = ("·", tuple(first), tuple(second))
            result.append(self._known(key, partial(reference.dot, first, second, form, spelling.rounding)))
        return result

    def _unit_key(self, values: list[Any]) -> tuple[list[float], bool]:
        """A key over its length, every entry rounded once; and whether it has a length."""
        field = self.exact.field
        key = [field.read(v) for v in values]
        square = field.zero
        for k in key:
            square = field.add(square, field.multiply(k, k))
        length = square if field.degree == 1 else square[0]
        if length == 0 or (field.degree > 1 and any(square[1:])):
            raise ValueError("a key has a squared length that is zero or irrational")
        return [self._stored(k, self.spelling.weights, Fraction(length)) for k in key], True

    def _householder(self, state: list[Any], letter: int) -> list[Any]:
        field, weights = self.exact.field, self.exact.weights

        def make() -> tuple[float | None, list[tuple[list[float], float]]]:
            factors = []
            for key, value in zip(weights["keys"][letter], weights["betas"][letter], strict=True):
                beta = field.read(value)
                if beta != field.zero:
                    factors.append((self._unit_key(key)[0], self._weight(beta)))
            gate = None if weights["gates"] is None else self._weight(field.read(weights["gates"][letter]))
            return gate, factors

        gate, factors = self._remembered(("factors", letter), make)
        if gate is not None:
            state = [self._multiply(gate, h) for h in state]
        for key, beta in factors:
            inner = self._multiply(key[0], state[0])
            for k, h in zip(key[1:], state[1:], strict=True):
                inner = self._add(inner, self._multiply(k, h))
            inner = self._multiply(beta, inner)
            state = [self._add(h, -self._multiply(k, inner)) for k, h in zip(key, state, strict=True)]
        return state

    def _rwkv7(self, state: list[Any], letter: int) -> list[Any]:
        field, weights = self.exact.field, self.exact.weights
        inner_form = self.spelling.layouts[self.spelling.inner]

        def make() -> list[tuple[list[float], list[float], list[float]]]:
            heads, first = [], 0
            for values in weights["keys"][letter]:
                at = range(first, first + len(values))
                decays = [self._weight(field.read(weights["decays"][letter][i])) for i in at]
                rates = [field.read(weights["rates"][letter][i]) for i in at]
                key = [field.read(v) for v in values]
                active = any(field.multiply(a, k) != field.zero for a, k in zip(rates, key, strict=True))
                unit = self._unit_key(values)[0] if active else []
                removals = [
                    float(reference.multiply(self._weight(a), k, inner_form))
                    for a, k in zip(rates, unit or [0.0] * len(rates), strict=True)
                ]
                heads.append((decays, unit, removals))
                first += len(values)
            return heads

        result: list[Any] = []
        for decays, unit, removals in self._remembered(("heads", letter), make):
            head = state[len(result) : len(result) + len(decays)]
            kept = [self._multiply(decay, h) for decay, h in zip(decays, head, strict=True)]
            if unit:
                inner = self._multiply(unit[0], head[0])
                for k, h in zip(unit[1:], head[1:], strict=True):
                    inner = self._add(inner, self._multiply(k, h))
                kept = [self._add(h, -self._multiply(m, inner)) for h, m in zip(kept, removals, strict=True)]
            result += kept
        return result

    # Read-out -------------------------------------------------------------------------------------------------------

    def answer(self, box: Any, letter: int) -> int:
        """The read-out's answer; a block that meets a NaN or an infinity has code 0.

        All over a box that is no point the nearest code point must be the same one.
        """
        exact, field = self.exact, self.exact.field
        point = box[0]
        if box[0] is not box[1]:
            if field.degree > 1:
                raise ValueError("a box that is not a point needs rational code points")
            return int(exact.answer(box, letter))
        code = 0
        for read, number in enumerate(exact.select[letter]):
            if number < 0:
                continue
            coordinates = exact.blocks[number][0]
            if any(isinstance(point[c], str) for c in coordinates):
                continue
            key = ("code", number, tuple(point[c] for c in coordinates))
            if key not in self._memory:
                filled = [0 if isinstance(v, str) else v for v in point]
                embedded = filled if field.degree == 1 else [(v,) + (0,) * (field.degree - 1) for v in filled]
                self._memory[key] = exact._code((embedded, embedded), number)
            code += exact.radix**read * self._memory[key]
        answer = exact.table[letter][code]
        if not isinstance(answer, int):
            raise ValueError(f"the read-out's answer {answer!r} is not an integer")
        return answer


def _root_ends(value: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """An interval of relative width 2^-bits or less around the square root of a positive rational."""
    numerator = value.numerator * value.denominator
    root = math.isqrt(numerator << (2 * bits))
    scale = value.denominator << bits
    return Fraction(root, scale), Fraction(root + 1, scale)


def _float(value: Any) -> float:
    """A coordinate of a point as the float it must be."""
    number = float(value)
    if not isinstance(value, str) and Fraction(number) != value:
        raise ValueError(f"{value} is no float64 number, let alone one of the state's format")
    return number


def _state_value(value: float) -> Any:
    """A float as a coordinate of a point: a rational, one zero, words for what is no number."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return Fraction(value)
