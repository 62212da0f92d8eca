"""The order `exact-then-cast`: terms of exact numbers, casts, invariants of memories, and replays of words.

Written from the definition

    Ĥ_t = cast( Σ_i cast(A(w_t) ⋯ A(w_{i+1}) B(w_i)) + cast(A(w_t) ⋯ A(w_1) H_0) ),

weights stored first. Claims about all powers of a word are checked by `cast_periods`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from expressivity.checker.errors import Rejected
from expressivity.checker.fields import Field, Number, tidy
from expressivity.checker.formats import Arithmetic, layout
from expressivity.checker.invariants import disagreement, onto
from expressivity.checker.layers import ReadOut, matrix
from expressivity.checker.reading import Fields, integer, integers, items
from expressivity.checker.records import Automaton, LayerRecord, Network, removes
from expressivity.checker.rounding import Rounding, Value
from expressivity.checker.storing import stored, unit_key

_FIRST_BITS = 80
_RATIONALS = Field(1)
Vector = tuple[Number, ...]


class CastLayer:
    """A layer with its weights stored, acting on exact terms.

    Arguments:
        record: the layer.
        arithmetic: an arithmetic of this order.
    """

    def __init__(self, record: LayerRecord, arithmetic: Arithmetic) -> None:
        self.record, self.arithmetic = record, arithmetic
        self.keeps = arithmetic.weights == "exact"
        self.field = record.field if self.keeps else _RATIONALS
        self.form = layout(arithmetic.state)
        if self.form.on_overflow == "wrap":
            raise Rejected("a wrapping format is no cast to the nearest value")
        self.rounding = Rounding(self.form, arithmetic.rounding, self.form.bits)
        self.size, self.symbols, self.delay = record.size, record.symbols, record.delay
        self.start = tuple(self._weight(v) for v in record.start)
        self.blank: Vector = (self.field.zero,) * self.size
        self.readout = ReadOut(record)
        self._inputs: dict[int, Vector] = {}
        self._rows: dict[int, Any] = {}
        self._casts: dict[Number, Value] = {}

    # Weights ----------------------------------------------------------------------------------------------------------

    def _weight(self, value: Number) -> Number:
        return value if self.keeps else _finite(stored(self.record.field, value, self.arithmetic.weights))

    def inputs(self, letter: int) -> Vector:
        """B(x) as stored."""
        if letter not in self._inputs:
            self._inputs[letter] = tuple(self._weight(v) for v in self.record.inputs[letter])
        return self._inputs[letter]

    def rows(self, letter: int) -> Any:
        """A(x) on the flattened state by rows, as (column, value) pairs, from what is stored."""
        if letter not in self._rows:
            columns, zero = self.record.columns, self.field.zero
            if self.keeps:
                rows = matrix(self.record, letter)
            elif self.record.kind == "householder":
                rows = self._householder(letter)
            elif self.record.kind == "rwkv7":
                rows = self._rwkv7(letter)
            else:
                rows = [{j: self._weight(v) for j, v in row.items()} for row in matrix(self.record, letter)]
            self._rows[letter] = [
                [(j * columns + column, value) for j, value in sorted(row.items()) if value != zero]
                for row in rows
                for column in range(columns)
            ]
        return self._rows[letter]

    def _unit_key(self, key: Vector) -> list[Number]:
        return [_finite(k) for k in unit_key(self.record.field, key, self.arithmetic.weights)]

    def _householder(self, letter: int) -> list[dict[int, Number]]:
        weights, width = self.record.weights, self.record.width
        product = [[Fraction(int(i == j)) for j in range(width)] for i in range(width)]
        for key, beta in zip(weights["keys"][letter], weights["betas"][letter], strict=True):
            if beta == self.record.field.zero:
                continue
            unit, strength = self._unit_key(key), self._weight(beta)
            inner = [sum(unit[i] * product[i][j] for i in range(width)) for j in range(width)]
            product = [[product[i][j] - strength * unit[i] * inner[j] for j in range(width)] for i in range(width)]
        gate = 1 if weights["gates"] is None else self._weight(weights["gates"][letter])
        return [{j: tidy(gate * v) for j, v in enumerate(row)} for row in product]

    def _rwkv7(self, letter: int) -> list[dict[int, Number]]:
        weights = self.record.weights
        decays, rates = weights["decays"][letter], weights["rates"][letter]
        rows: list[dict[int, Number]] = []
        for key in weights["keys"][letter]:
            first, count = len(rows), len(key)
            unit = [0] * count
            if removes(self.record.field, key, rates[first : first + count]):
                unit = self._unit_key(key)
            for i in range(count):
                rate = self._weight(rates[first + i])
                row = {first + j: tidy(-rate * unit[i] * unit[j]) for j in range(count)}
                row[first + i] = tidy(row[first + i] + self._weight(decays[first + i]))
                rows.append(row)
        return rows

    # Terms and states -------------------------------------------------------------------------------------------------

    def advance(self, vector: Vector, letter: int) -> Vector:
        """A(x) applied to an exact vector."""
        field = self.field
        result = []
        for row in self.rows(letter):
            total = field.zero
            for j, value in row:
                total = field.add(total, field.multiply(value, vector[j]))
            result.append(total)
        return tuple(result)

    def add(self, first: Vector, second: Vector) -> Vector:
        """Sum of exact vectors."""
        return tuple(self.field.add(a, b) for a, b in zip(first, second, strict=True))

    def cast(self, number: Number) -> Value:
        """One exact number cast: a count of the format's finest spacing, or a float that is infinite or NaN."""
        if number not in self._casts:
            value = self.field.as_rational(number)
            self._casts[number] = self._enclosed(number) if value is None else self.rounding.of(Fraction(value))
        return self._casts[number]

    def _enclosed(self, number: Number) -> Value:
        """An irrational number cast: it is no place where the cast jumps, so fine enclosures are cast alike."""
        bits = _FIRST_BITS
        while True:
            ends = self.field.enclosure(number, bits)
            if self.rounding.constant_between(*ends):
                return self.rounding.of(ends[0])
            bits *= 2

    def cast_sum(self, total: Value) -> Value:
        """A sum of cast numbers, cast."""
        return self.rounding.special(total) if isinstance(total, float) else self.rounding(total)

    def units(self, number: Number) -> int:
        """A number of the format, or a sum of them, as a count of the finest spacing."""
        scaled = Fraction(self.field.as_rational(number)) * 2**self.rounding.bits
        if scaled.denominator != 1:
            raise Rejected(f"{number} is no sum of numbers of the format")
        return int(scaled)

    def representable(self, vector: Vector) -> bool:
        """Whether the cast changes no coordinate of a vector."""
        for number in vector:
            value, cast = self.field.as_rational(number), self.cast(number)
            if value is None or isinstance(cast, float) or cast != Fraction(value) * 2**self.rounding.bits:
                return False
        return True

    def answer(self, state: Sequence[Value], letter: int) -> int:
        """dec(Ĥ, x); a block that meets a special value has code 0."""

        def codes(number: int) -> list[int]:
            decoder = self.readout.decoders[number]
            point = tuple(state[c] for c in decoder.coordinates)
            if float in map(type, point):
                return [0]
            if point not in decoder.known:
                decoder.known[point] = decoder.code([int(v) for v in point], 1 << self.rounding.bits)
            return [decoder.known[point]]

        (answer,) = self.readout.answers(letter, codes)
        return answer


def _finite(value: float) -> Number:
    if not math.isfinite(value):
        raise Rejected("a weight overflows in the weight format")
    return tidy(Fraction(value))


def plus(first: Value, second: Value) -> Value:
    """Sum of cast numbers: specials prevail, opposite infinities give NaN."""
    special = [v for v in (first, second) if isinstance(v, float)]
    if len(special) == 2:
        return special[0] + special[1]
    return special[0] if special else first + second


class Memory(NamedTuple):
    """What a layer knows: the sum of its steady terms, and how often each other term occurs."""

    sum: Vector
    terms: dict[Vector, int]


class CastMachine:
    """The whole stack in this order.

    Arguments:
        network: the network.
        arithmetic: an arithmetic of this order.
    """

    def __init__(self, network: Network, arithmetic: Arithmetic) -> None:
        self.network, self.letters = network, network.letters
        self.layers = [CastLayer(record, arithmetic) for record in network.layers]
        self.steady: list[set[Vector]] = [set() for _ in self.layers]

    def trust(self, steady: list[list[Vector]]) -> None:
        """Accept vectors as steady, after checking that letters keep them among themselves and casts change nothing."""
        for number, (layer, vectors) in enumerate(zip(self.layers, steady, strict=True)):
            known = set(vectors)
            for vector in known:
                if not layer.representable(vector):
                    raise Rejected(f"layer {number}: a vector called steady is not made of numbers of the format")
                for letter in range(len(layer.record.inputs)):
                    if layer.advance(vector, letter) not in known:
                        raise Rejected(f"layer {number}: letter {letter} takes a steady vector out of their set")
            self.steady[number] = known

    def start(self) -> tuple[list[Memory], list[int], bool]:
        """Memories and previous symbols before the first letter, and the verdict on the empty word."""
        memories = []
        for layer, steady in zip(self.layers, self.steady, strict=True):
            terms: dict[Vector, int] = {}
            memories.append(Memory(_keep(layer, steady, layer.blank, terms, layer.start), terms))
        previous = [layer.symbols if layer.delay else 0 for layer in self.layers]
        if not self.network.bos:
            return memories, previous, self.network.accepts_empty
        return self.step(memories, previous, len(self.letters))

    def step(self, memories: list[Memory], previous: list[int], letter: int) -> tuple[list[Memory], list[int], bool]:
        """Memories, previous symbols and the verdict after one letter."""
        symbol, following, past = letter, [], []
        for layer, steady, (total, terms), before in zip(self.layers, self.steady, memories, previous, strict=True):
            read = symbol + layer.symbols * before if layer.delay else symbol
            past.append(symbol if layer.delay else 0)
            moved: dict[Vector, int] = {}
            for vector, count in terms.items():
                image = layer.advance(vector, read)
                if image != layer.blank:
                    moved[image] = moved.get(image, 0) + count
            sums = _keep(layer, steady, layer.advance(total, read), moved, layer.inputs(read))
            # Steady terms are numbers of the format, so their sum is the sum of their casts; it is rational.
            state: list[Value] = [layer.units(v) for v in sums]
            for vector, count in moved.items():
                state = [plus(s, count * layer.cast(v)) for s, v in zip(state, vector, strict=True)]
            symbol = layer.answer([layer.cast_sum(s) for s in state], read)
            following.append(Memory(sums, moved))
        return following, past, symbol == 1


def _keep(layer: CastLayer, steady: set[Vector], total: Vector, terms: dict[Vector, int], vector: Vector) -> Vector:
    """Enter a new term, into the sum where it is steady."""
    if vector in steady:
        return layer.add(total, vector)
    if vector != layer.blank:
        terms[vector] = terms.get(vector, 0) + 1
    return total


def check_word(machine: CastMachine, automaton: Automaton, word: list[int]) -> str:
    """Replay a word on which network and automaton are said to disagree."""
    memories, previous, verdict = machine.start()
    state = automaton.start
    for letter in word:
        memories, previous, verdict = machine.step(memories, previous, letter)
        state = automaton.table[letter][state]
    return disagreement(verdict, state in automaton.accepting, len(word))


class Entry(NamedTuple):
    """Labelled memories."""

    memories: list[Memory]
    previous: list[int]
    label: int
    successors: tuple[int, ...]


def read_entries(machine: CastMachine, automaton: Automaton, value: Any) -> list[Entry]:
    """The labelled memories of an invariant, from JSON."""
    written = items(value, "the invariant")
    if not written:
        raise Rejected("the invariant has no memory")
    layers, entries = machine.layers, []
    for number, data in enumerate(written):
        where = f"memory {number}"
        fields = Fields(data, where)
        parts = items(fields.take("layers"), where, len(layers))
        memories = [_memory(layer, part, where) for layer, part in zip(layers, parts, strict=True)]
        previous = items(fields.take("previous"), where, len(layers))
        for layer, past in zip(layers, previous, strict=True):
            integer(past, f"{where}: a previous symbol", 0, layer.symbols if layer.delay else 0)
        label = integer(fields.take("label"), f"{where}: the label", 0, automaton.states - 1)
        letters, last = len(machine.letters), len(written) - 1
        successors = integers(fields.take("successors"), f"{where}: successors", 0, last, letters)
        fields.done()
        entries.append(Entry(memories, previous, label, successors))
    return entries


def _memory(layer: CastLayer, value: Any, where: str) -> Memory:
    fields = Fields(value, where)
    total = read_vector(layer, fields.take("sum"), where)
    terms: dict[Vector, int] = {}
    for term in items(fields.take("terms"), where):
        count, vector = items(term, f"{where}: a term", 2)
        known = read_vector(layer, vector, where)
        if known in terms:
            raise Rejected(f"{where}: a term is given twice")
        terms[known] = integer(count, f"{where}: how often a term occurs", 1)
    fields.done()
    return Memory(total, terms)


def read_vector(layer: CastLayer, value: Any, where: str) -> Vector:
    """A vector of a layer's exact numbers, from JSON."""
    return tuple(layer.field.read(v) for v in items(value, where, layer.size))


def read_steady(machine: CastMachine, value: Any) -> list[list[Vector]]:
    """For each layer the vectors called steady, from JSON."""
    rows = items(value, "steady", len(machine.layers))
    return [
        [read_vector(layer, vector, "a steady vector") for vector in items(row, "steady")]
        for layer, row in zip(machine.layers, rows, strict=True)
    ]


def check_invariant(machine: CastMachine, automaton: Automaton, entries: list[Entry]) -> str:
    """Check that labelled memories are closed under every letter, with the automaton's verdicts."""
    memories, previous, verdict = machine.start()
    first, accepting = entries[0], automaton.accepting
    if (memories, previous) != (first.memories, first.previous):
        raise Rejected("the first memory is not the one before the first letter")
    if first.label != automaton.start or verdict is not (automaton.start in accepting):
        raise Rejected("the start is labelled wrongly, or the verdict on the empty word is wrong")
    for number, (memories, previous, label, successors) in enumerate(entries):
        for letter, successor in enumerate(successors):
            where = f"memory {number}, letter {machine.letters[letter]!r}"
            target, following = automaton.table[letter][label], entries[successor]
            moved, past, verdict = machine.step(memories, previous, letter)
            if following.label != target:
                raise Rejected(f"{where}: the successor is labelled {following.label}, not {target}")
            if verdict is not (target in accepting):
                raise Rejected(f"{where}: the network says {verdict}, the automaton {target in accepting}")
            if (moved, past) != (following.memories, following.previous):
                raise Rejected(f"{where}: the memory after it is not memory {successor}")
    return (
        f"proved for all lengths: {len(entries)} labelled memories of cast terms are closed under "
        f"{len(machine.letters)} letters and decode onto the automaton's {onto(automaton)}"
    )
