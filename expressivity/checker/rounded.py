"""A layer in finite arithmetic: the orders of evaluation, one rounded operation after the other, on integers.

Nothing is shared with `expressivity.simulation`; what the orders mean is written down here a second time. A coordinate
is an int counting units of 2^−bits, a float where it is infinite or NaN, and in a box the pair of its ends. Results of
operations are kept in tables that fill as they occur: a certified network moves on few values. The same steps are taken
by points and by boxes, only the tables differ, because every rounded operation is monotone in each operand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from expressivity.checker.cones import Cone
from expressivity.checker.errors import Rejected
from expressivity.checker.fields import Number
from expressivity.checker.formats import Arithmetic, layout
from expressivity.checker.layers import Box, ReadOut, matrix
from expressivity.checker.reading import integer, items, rational
from expressivity.checker.records import LayerRecord, removes
from expressivity.checker.rounding import Rounding, Value, product, same, total
from expressivity.checker.storing import stored, unit_key

_MOST_NUMBERS = 200_000
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
Step = Callable[[list[Any], Sequence[Value] | None], list[Any]]


class Table(dict[Any, Any]):
    """Values of a function, computed when they are first asked for; all are forgotten when they are too many."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, key: Any) -> Any:
        if len(self) >= _MOST_NUMBERS:
            self.clear()
        value = self[key] = self.function(key)
        return value


class Operations:
    """The rounded operations of an arithmetic.

    Arguments:
        inner: how single operations are rounded.
        state: how what a step leaves is rounded.
    """

    def __init__(self, inner: Rounding, state: Rounding) -> None:
        self.inner, self.state, self.bits = inner, state, inner.bits
        self.sums = Table(lambda pair: self.add(*pair))
        self.pairs = Table(lambda pair: self.multiply(*pair))
        self.kept = Table(lambda value: self.rounded(value, inner))
        self.finished = Table(lambda value: self.rounded(value, state))
        self._products: dict[Value, Table] = {}
        self._removals: dict[Value, Table] = {}

    def products(self, weight: Value) -> Table:
        """Rounded products with a weight."""
        if weight not in self._products:
            self._products[weight] = Table(lambda value: self.multiply(weight, value))
        return self._products[weight]

    def removals(self, weight: Value) -> Table:
        """Rounded products with a weight, with the sign changed."""
        if weight not in self._removals:
            self._removals[weight] = Table(lambda value: self.negative(self.multiply(weight, value)))
        return self._removals[weight]

    def dots(self, weights: Sequence[Value], shift: Value) -> Table:
        """Exact Σ weight·value + shift, rounded once."""
        return Table(lambda values: self.dot(weights, values, shift))

    def rounded(self, value: Any, rounding: Rounding) -> Any:
        """A number rounded."""
        return rounding.special(value) if type(value) is float else rounding(value)

    def negative(self, value: Any) -> Any:
        """−value; NaN stays the one object that it is."""
        return value if value != value else -value

    def add(self, x: Any, y: Any) -> Any:
        """A rounded sum."""
        if type(x) is int and type(y) is int:
            return self.inner(x + y)
        return self.inner.special(total(x, y))

    def multiply(self, x: Any, y: Any) -> Any:
        """A rounded product."""
        if type(x) is int and type(y) is int:
            return self.inner(x * y, self.bits)
        return self.inner.special(product(x, y))

    def dot(self, weights: Sequence[Value], values: Sequence[Any], shift: Value) -> Any:
        """One entry of `dots`."""
        pairs = list(zip([*weights, shift], [*values, 1 << self.bits], strict=True))
        special = [product(w, v) for w, v in pairs if type(w) is float or type(v) is float]
        if special:
            return self.state.special(sum(special))
        exact = sum(w * v for w, v in pairs)
        return self.state(int(exact), self.bits)


class BoxOperations(Operations):
    """The same on intervals, pairs of ends: each operation is monotone in each operand as long as nothing wraps around.

    Nothing is said about infinities and NaN inside a box: an end that is no finite number is refused.
    """

    def __init__(self, points: Operations) -> None:
        super().__init__(points.inner, points.state)
        self.points = points

    def rounded(self, value: Any, rounding: Rounding) -> Any:
        """An interval rounded."""
        return _interval(*(self.points.rounded(end, rounding) for end in _ends(value)))

    def negative(self, value: Any) -> Any:
        """−value."""
        return -value[1], -value[0]

    def add(self, x: Any, y: Any) -> Any:
        """The rounded sums of two intervals."""
        sums = self.points.sums
        return _interval(*(sums[pair] for pair in zip(_ends(x), _ends(y), strict=True)))

    def multiply(self, x: Any, y: Any) -> Any:
        """The rounded products of a weight and an interval."""
        if type(x) is float:
            # Infinity times the interval's ends may saturate to numbers, and times a zero between them is NaN.
            raise ValueError("a weight is no finite number")
        products = self.points.products(x)
        ends = [products[end] for end in _ends(y)]
        return _interval(*(ends if x >= 0 else reversed(ends)))

    def dot(self, weights: Sequence[Value], values: Sequence[Any], shift: Value) -> Any:
        """One entry of `dots`."""
        if any(type(weight) is float for weight in weights):
            raise ValueError("a weight is no finite number")
        ends = []
        for low in (True, False):
            corner = [_ends(v)[0 if (w >= 0) is low else 1] for w, v in zip(weights, values, strict=True)]
            ends.append(self.points.dot(weights, corner, shift))
        return _interval(*ends)


def _ends(value: Any) -> tuple[Any, Any]:
    return value if type(value) is tuple else (value, value)


def _interval(low: Any, high: Any) -> tuple[int, int]:
    if type(low) is not int or type(high) is not int:
        raise ValueError("a box reaches beyond the finite numbers")
    return low, high


class RoundedLayer:
    """A layer with its weights rounded and its steps rounded.

    Arguments:
        record: the layer.
        arithmetic: formats, order and rounding.
    """

    def __init__(self, record: LayerRecord, arithmetic: Arithmetic) -> None:
        self.record, self.arithmetic = record, arithmetic
        self.symbols, self.delay = record.symbols, record.delay
        names = (arithmetic.weights, arithmetic.state, arithmetic.inner)
        self.bits = max(layout(name).bits for name in names)
        self.state = Rounding(layout(arithmetic.state), arithmetic.rounding, self.bits)
        self.inner = Rounding(layout(arithmetic.inner), arithmetic.inner_rounding, self.bits)
        self.points = Operations(self.inner, self.state)
        self.boxes = BoxOperations(self.points)
        self.readout = ReadOut(record)
        # Where operations leave numbers of the state's own format, adding zero changes nothing.
        self.same = arithmetic.inner == arithmetic.state
        self._steps: dict[tuple[int, bool], Step] = {}
        self._shifts: dict[int, list[Value]] = {}
        self._weights: dict[Any, Value] = {}
        self._read = Table(self._coordinate)
        self.start: list[Any] = [self._units(stored(record.field, v, arithmetic.state)) for v in record.start]
        if arithmetic.chunk:
            # A point is then the state that is read, the state S at the start of the block, by rows the matrix of
            # what the block's inputs alone give beside the product P of its transitions, and the letters read of it.
            self.block = self._block_size()
            self.nothing = self._nothing()
            self.start = [*self.start, *self.start, *self.nothing, 0]
        self.size = len(self.start)

    # States in certificates -------------------------------------------------------------------------------------------

    def read_box(self, part: dict[str, Any], where: str) -> Box:
        """A point, or a box by its ends, from JSON."""
        if "lower" in part:
            low, high = ([self._finite(v) for v in items(part[side], where, self.size)] for side in ("lower", "upper"))
            return low, high
        if "signs" in part:
            raise Rejected(f"{where}: a sign cell needs exact arithmetic")
        found = items(part["point"], where, self.size)
        if self.arithmetic.chunk:
            place = integer(found[-1], f"{where}: letters read of a block", 0, self.arithmetic.chunk - 1)
            values = [*self._numbers(found[:-1]), place]
        else:
            values = self._numbers(found)
        return values, values

    def _numbers(self, values: list[Any]) -> list[Any]:
        if not all(type(v) is str or type(v) is int for v in values):
            raise Rejected(f"a point holds {next(v for v in values if type(v) not in (str, int))!r}")
        read = self._read
        return [read[v] for v in values]

    def _finite(self, value: Any) -> int:
        (number,) = self._numbers([value])
        if type(number) is not int:
            raise Rejected(f"a box ends in {value!r}, which is no number")
        return number

    def _coordinate(self, value: Any) -> Value:
        if value in _SPECIAL:
            special = self.state.special(_SPECIAL[value])
            if not same(special, _SPECIAL[value]):
                raise Rejected(f"the format {self.arithmetic.state} has no {value}")
            return special
        scaled = Fraction(rational(value)) * 2**self.bits
        if scaled.denominator != 1 or self.state(scaled.numerator) != scaled.numerator:
            raise Rejected(f"{value} is no number of the format {self.arithmetic.state}")
        return int(scaled)

    # Weights ----------------------------------------------------------------------------------------------------------

    def _units(self, value: float) -> Value:
        """A number of a format in units; infinities and NaN stay what they are."""
        if math.isfinite(value):
            return int(Fraction(value) * 2**self.bits)
        return math.nan if math.isnan(value) else value

    def _weight(self, value: Number) -> Value:
        if value not in self._weights:
            self._weights[value] = self._units(stored(self.record.field, value, self.arithmetic.weights))
        return self._weights[value]

    def _unit_key(self, key: tuple[Number, ...]) -> list[Value]:
        return [self._units(k) for k in unit_key(self.record.field, key, self.arithmetic.weights)]

    def _rows(self, letter: int) -> list[list[tuple[int, Value]]]:
        """The stored entries of every row of A(x), as (column, weight)."""
        zero = self.record.field.zero
        return [
            [(j, self._weight(row.get(j, zero))) for j in self._stored_columns(letter, i)]
            for i, row in enumerate(matrix(self.record, letter))
        ]

    def _stored_columns(self, letter: int, row: int) -> Sequence[int]:
        kind, width = self.record.kind, self.record.width
        if kind == "diagonal":
            return [row]
        if kind == "complex-diagonal":
            return [row - row % 2, row - row % 2 + 1]
        if kind == "permutation-diagonal":
            index = self.record.weights["index"][letter]
            size = width // len(index)
            return [size * j + part for j, target in enumerate(index) if target == row // size for part in range(size)]
        if kind == "rwkv7":
            side = len(self.record.weights["keys"][letter][0])
            return range(row - row % side, row - row % side + side)
        return range(width)

    # Steps ------------------------------------------------------------------------------------------------------------

    def image(self, box: Box, letter: int) -> Box:
        """The state after a letter; for a box, an interval around every coordinate's values."""
        assert not isinstance(box, Cone)
        lower, upper = box
        if lower is upper:
            moved = self._chunked(lower, letter) if self.arithmetic.chunk else self._moved(lower, letter, self.points)
            return moved, moved
        if self.arithmetic.chunk:
            raise ValueError("a box that is not a point means nothing in the order chunked")
        if "wrap" in (self.state.form.on_overflow, self.inner.form.on_overflow):
            raise ValueError("a box that is not a point means nothing where numbers wrap around")
        pairs = [_ends(v) for v in self._moved(list(zip(lower, upper, strict=True)), letter, self.boxes)]
        return [low for low, _ in pairs], [high for _, high in pairs]

    def _moved(self, state: list[Any], letter: int, operations: Operations) -> list[Any]:
        step, shifts, columns = self._step(letter, operations), self._inputs(letter), self.record.columns
        if columns == 1:
            return step(state, shifts)
        moved = [None] * len(state)
        for column in range(columns):
            every = slice(column, None, columns)
            moved[every] = step(state[every], shifts[every])
        return moved

    def _inputs(self, letter: int) -> list[Value]:
        if letter not in self._shifts:
            self._shifts[letter] = [self._weight(value) for value in self.record.inputs[letter]]
        return self._shifts[letter]

    def _step(self, letter: int, operations: Operations) -> Step:
        """A(x)·column + shifts; without shifts nothing is added."""
        key = letter, operations is self.points
        if key not in self._steps:
            if self.arithmetic.order == "fused":
                step = self._fused(letter, operations)
            elif self.record.kind == "householder":
                step = self._householder(letter, operations)
            elif self.record.kind == "rwkv7":
                step = self._rwkv7(letter, operations)
            else:
                step = self._by_rows(letter, operations)
            self._steps[key] = step
        return self._steps[key]

    def _added(self, moved: list[Any], shifts: Sequence[Value] | None, operations: Operations) -> list[Any]:
        """Inputs added and the result rounded to the state's format."""
        sums = operations.sums
        if shifts is not None:
            moved = [h if shift == 0 and self.same else sums[shift, h] for shift, h in zip(shifts, moved, strict=True)]
        return moved if self.same else [operations.finished[h] for h in moved]

    def _by_rows(self, letter: int, operations: Operations) -> Step:
        # A zero times a finite number adds nothing; a row keeps at least one entry.
        tables = [[(j, w, operations.products(w)) for j, w in row] for row in self._rows(letter)]
        every = [[(j, table) for j, _, table in row] for row in tables]
        useful = [[(j, table) for j, w, table in row if w != 0] or every[i][:1] for i, row in enumerate(tables)]
        sums, kept, finished = operations.sums, operations.kept, operations.finished

        def step(state: list[Any], shifts: Sequence[Value] | None) -> list[Any]:
            result = []
            for i, row in enumerate(every if _has_special(state) else useful):
                if not row:
                    result.append(kept[0 if shifts is None else shifts[i]])
                    continue
                j, table = row[0]
                entry = table[state[j]]
                for j, table in row[1:]:
                    entry = sums[entry, table[state[j]]]
                if shifts is not None and shifts[i] != 0:
                    entry = sums[shifts[i], entry]
                result.append(entry)
            return result if self.same else [finished[h] for h in result]

        return step

    def _fused(self, letter: int, operations: Operations) -> Step:
        shifts = self._inputs(letter)
        columns = self.record.columns
        rows = self._rows(letter)
        made: dict[tuple[bool, int, Value], tuple[list[int], Table]] = {}

        def row_of(special: bool, i: int, shift: Value) -> tuple[list[int], Table]:
            key = special, i, shift
            if key not in made:
                row = rows[i] if special else [entry for entry in rows[i] if entry[1] != 0] or rows[i][:1]
                made[key] = [j for j, _ in row], operations.dots([w for _, w in row], shift)
            return made[key]

        def step(state: list[Any], added: Sequence[Value] | None) -> list[Any]:
            special = _has_special(state)
            result = []
            for i, shift in enumerate([0] * len(state) if added is None else added):
                reads, table = row_of(special, i, shift)
                result.append(table[tuple([state[j] for j in reads])])
            return result

        assert len(shifts) == columns * len(rows)
        return step

    def _householder(self, letter: int, operations: Operations) -> Step:
        field, weights = self.record.field, self.record.weights
        gate = None if weights["gates"] is None else operations.products(self._weight(weights["gates"][letter]))
        factors = []
        for key, beta in zip(weights["keys"][letter], weights["betas"][letter], strict=True):
            if beta == field.zero:
                continue
            unit = self._unit_key(key)
            reads = [(i, operations.products(k)) for i, k in enumerate(unit)]
            removals = [(i, operations.removals(k)) for i, k in enumerate(unit)]
            # A zero times a finite number adds nothing.
            used = [i for i, k in enumerate(unit) if k != 0]
            some_reads = [reads[i] for i in used] or reads[:1]
            some_removals = [removals[i] for i in used] if self.same else removals
            factors.append((reads, some_reads, operations.products(self._weight(beta)), removals, some_removals))
        sums = operations.sums

        def step(state: list[Any], shifts: Sequence[Value] | None) -> list[Any]:
            state = list(state) if gate is None else [gate[h] for h in state]
            for reads, some_reads, beta, removals, some_removals in factors:
                special = _has_special(state)
                inner = None
                for i, table in reads if special else some_reads:
                    inner = table[state[i]] if inner is None else sums[inner, table[state[i]]]
                inner = beta[inner]
                for i, table in removals if special or type(inner) is float else some_removals:
                    state[i] = sums[state[i], table[inner]]
            return self._added(state, shifts, operations)

        return step

    def _rwkv7(self, letter: int, operations: Operations) -> Step:
        field, weights = self.record.field, self.record.weights
        nearest = Rounding(self.inner.form, "nearest-even", self.bits)
        strengths = Operations(nearest, nearest)
        heads, first = [], 0
        for key in weights["keys"][letter]:
            at = slice(first, first + len(key))
            decays = [operations.products(self._weight(v)) for v in weights["decays"][letter][at]]
            rates = weights["rates"][letter][at]
            reads, removals = [], []
            if removes(field, key, rates):
                unit = self._unit_key(key)
                reads = [operations.products(k) for k in unit]
                removals = [
                    operations.removals(strengths.multiply(self._weight(a), k))
                    for a, k in zip(rates, unit, strict=True)
                ]
            heads.append((at, decays, reads, removals))
            first += len(key)
        sums = operations.sums

        def step(state: list[Any], shifts: Sequence[Value] | None) -> list[Any]:
            result: list[Any] = []
            for at, decays, reads, removals in heads:
                head = state[at]
                kept = [decay[h] for decay, h in zip(decays, head, strict=True)]
                if reads:
                    inner = reads[0][head[0]]
                    for table, h in zip(reads[1:], head[1:], strict=True):
                        inner = sums[inner, table[h]]
                    kept = [sums[h, table[inner]] for h, table in zip(kept, removals, strict=True)]
                result += kept
            return self._added(result, shifts, operations)

        return step

    # The order chunked ------------------------------------------------------------------------------------------------

    def _block_size(self) -> int:
        """Side of the diagonal blocks that are all there is of P."""
        kind = self.record.kind
        if kind == "rwkv7":
            return len(self.record.weights["keys"][0][0])
        return {"diagonal": 1, "complex-diagonal": 2}.get(kind, self.record.width)

    def _nothing(self) -> list[Value]:
        """The matrix where a block begins, by rows: no inputs yet, and the identity."""
        one = Rounding(self.state.form, "nearest-even", self.bits).of(Fraction(1))
        matrix: list[Value] = []
        for i in range(self.record.width):
            identity = [one if i % self.block == k else 0 for k in range(self.block)]
            matrix += [*([0] * self.record.columns), *identity]
        return matrix

    def _chunked(self, point: list[Any], letter: int) -> list[Any]:
        """The order in which products of transitions are formed first: a whole point after a letter."""
        size, columns, width = self.record.size, self.record.columns, self.record.width
        before, products, position = point[size : 2 * size], point[2 * size : -1], point[-1]
        every = columns + self.block
        step, shifts = self._step(letter, self.points), self._inputs(letter)
        for column in range(every):
            place = slice(column, None, every)
            products[place] = step(products[place], shifts[column::columns] if column < columns else None)
        pairs, sums, read = self.points.pairs, self.points.sums, []
        for i in range(width):
            row = products[i * every : (i + 1) * every]
            top = i // self.block * self.block
            for column in range(columns):
                entry = pairs[row[columns], before[top * columns + column]]
                for k in range(1, self.block):
                    entry = sums[entry, pairs[row[columns + k], before[(top + k) * columns + column]]]
                read.append(sums[entry, row[column]])
        if position + 1 < self.arithmetic.chunk:
            return [*read, *before, *products, position + 1]
        return [*read, *read, *self.nothing, 0]

    # Read-out ---------------------------------------------------------------------------------------------------------

    def answers(self, box: Box, letter: int, hint: Any = None) -> set[int]:
        """The read-out's answers to the states of a box; a block that meets a NaN or an infinity has code 0."""
        assert not isinstance(box, Cone)
        lower, upper = box

        def codes(number: int) -> list[int]:
            decoder = self.readout.decoders[number]
            low = tuple([lower[c] for c in decoder.coordinates])
            if lower is not upper:
                return decoder.codes(low, [upper[c] for c in decoder.coordinates], 1 << self.bits)
            code = decoder.known.get(low)
            if code is None:
                if len(decoder.known) >= _MOST_NUMBERS:
                    decoder.known.clear()
                code = 0 if _has_special(low) else decoder.code(low, 1 << self.bits, hint)
                decoder.known[low] = code
            return [code]

        return self.readout.answers(letter, codes)


def _has_special(values: Sequence[Any]) -> bool:
    return float in map(type, values)
