"""The checker's own `exact-then-cast`: terms of exact numbers, casts, invariants of memories, and replays of words.

Written from the definition

    Ĥ_t = cast( Σ_i cast(A(w_t) ⋯ A(w_{i+1}) B(w_i)) + cast(A(w_t) ⋯ A(w_1) H_0) ),

weights stored first. What does not hold raises `ValueError`, which the checker reports. Claims about all powers of a
word are checked by `cast_periods`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from expressivity.checker import reference, rounded

ORDER = "exact-then-cast"
_FIRST_BITS = 80


class CastSpelling:
    """An arithmetic of this order, taken apart; the attributes are those of the rounded checker's `Spelling`."""

    def __init__(self, text: str) -> None:
        formats, *rest = text.split("/")
        names = formats.split(":")
        if len(names) > 2 or not 1 <= len(rest) <= 2 or rest[0] != ORDER:
            raise ValueError(f"{text!r} is not weights:state/{ORDER}/rounding")
        self.weights, self.state, self.order = names[0], names[-1], ORDER
        self.rounding = rest[1] if len(rest) > 1 else "nearest-even"
        if self.rounding not in ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd"):
            raise ValueError(f"rounding {self.rounding!r} is no monotone function")
        self.inner, self.inner_rounding, self.chunk = self.state, self.rounding, 0
        self.layouts = {name: reference.layout(name) for name in {self.weights, self.state} - {"exact"}}
        if self.layouts[self.state].on_overflow == "wrap":
            raise ValueError("a wrapping format is no cast to the nearest value")


class CastLayer:
    """A layer of the checker with its weights stored, acting on exact terms.

    Arguments:
        exact: the checker's exact layer.
        spelling: the arithmetic.
        rationals: the field Q of the checker.
    """

    def __init__(self, exact: Any, spelling: CastSpelling, rationals: Any) -> None:
        self.exact, self.spelling = exact, spelling
        self.keeps = spelling.weights == "exact"
        self.field = exact.field if self.keeps else rationals
        self.reader = rounded.RoundedLayer(exact, spelling)
        self.form = spelling.layouts[spelling.state]
        self.size, self.symbols, self.delay = exact.size, exact.symbols, exact.delay
        self.start = tuple(self._weight(v) for v in exact.start)
        self._inputs: dict[int, Any] = {}
        self._rows: dict[int, Any] = {}
        self._casts: dict[Any, Any] = {}

    # Weights --------------------------------------------------------------------------------------------------------

    def _weight(self, value: Any) -> Any:
        if self.keeps:
            return value
        return _finite(self.reader._stored(value, self.spelling.weights))

    def inputs(self, letter: int) -> Any:
        """B(x) as stored."""
        if letter not in self._inputs:
            self._inputs[letter] = tuple(self._weight(v) for v in self.exact.inputs[letter])
        return self._inputs[letter]

    def rows(self, letter: int) -> Any:
        """A(x) on the flattened state by rows, as (column, value) pairs, from what is stored."""
        if letter not in self._rows:
            kind = self.exact.kind
            if self.keeps:
                self._rows[letter] = self.exact.rows(letter)
            elif kind in ("householder", "rwkv7"):
                matrix = self._householder(letter) if kind == "householder" else self._rwkv7(letter)
                columns = self.exact.columns
                self._rows[letter] = [
                    [(j * columns + column, value) for j, value in enumerate(row) if value]
                    for row in matrix
                    for column in range(columns)
                ]
            else:
                self._rows[letter] = [[(j, self._weight(v)) for j, v in row] for row in self.exact.rows(letter)]
        return self._rows[letter]

    def _householder(self, letter: int) -> list[list[Fraction]]:
        weights, field, width = self.exact.weights, self.exact.field, self.exact.width
        matrix = [[Fraction(int(i == j)) for j in range(width)] for i in range(width)]
        for key, value in zip(weights["keys"][letter], weights["betas"][letter], strict=True):
            beta = field.read(value)
            if beta == field.zero:
                continue
            unit = [_finite(k) for k in self.reader._unit_key(key)[0]]
            strength = self._weight(beta)
            inner = [sum(unit[i] * matrix[i][j] for i in range(width)) for j in range(width)]
            matrix = [[matrix[i][j] - strength * unit[i] * inner[j] for j in range(width)] for i in range(width)]
        if weights["gates"] is not None:
            gate = self._weight(field.read(weights["gates"][letter]))
            matrix = [[gate * v for v in row] for row in matrix]
        return matrix

    def _rwkv7(self, letter: int) -> list[list[Fraction]]:
        weights, field, width = self.exact.weights, self.exact.field, self.exact.width
        matrix = [[Fraction(0)] * width for _ in range(width)]
        first = 0
        for values in weights["keys"][letter]:
            at = range(first, first + len(values))
            key = [field.read(v) for v in values]
            rates = [field.read(weights["rates"][letter][i]) for i in at]
            if any(field.multiply(a, k) != field.zero for a, k in zip(rates, key, strict=True)):
                unit = [_finite(k) for k in self.reader._unit_key(values)[0]]
                for i, rate in zip(at, rates, strict=True):
                    for j in at:
                        matrix[i][j] = -self._weight(rate) * unit[i - first] * unit[j - first]
            for i in at:
                matrix[i][i] += self._weight(field.read(weights["decays"][letter][i]))
            first += len(values)
        return matrix

    # Terms and states -----------------------------------------------------------------------------------------------

    def advance(self, vector: Any, letter: int) -> Any:
        """A(x) applied to an exact vector."""
        field = self.field
        result = []
        for row in self.rows(letter):
            total = field.zero
            for j, value in row:
                total = field.add(total, field.multiply(value, vector[j]))
            result.append(total)
        return tuple(result)

    def add(self, first: Any, second: Any) -> Any:
        """Sum of exact vectors."""
        return tuple(self.field.add(a, b) for a, b in zip(first, second, strict=True))

    def cast(self, number: Any) -> Any:
        """One exact number cast: a fraction, or a float that is infinite or NaN."""
        if number not in self._casts:
            self._casts[number] = self._cast(number)
        return self._casts[number]

    def _cast(self, number: Any) -> Any:
        mode = self.spelling.rounding
        if self.field.degree == 1 or not any(number[1:]):
            value = number if self.field.degree == 1 else number[0]
            return _plain(reference.round_number(Fraction(value), self.form, mode))
        bits = _FIRST_BITS
        while True:
            ends = [_plain(reference.round_number(e, self.form, mode)) for e in self.field.enclosure(number, bits)]
            if same(ends[0], ends[1]):
                return ends[0]
            bits *= 2

    def cast_sum(self, total: Any) -> Any:
        """A sum of cast numbers, cast."""
        if isinstance(total, float):
            return total
        return _plain(reference.round_number(total, self.form, self.spelling.rounding))

    def representable(self, vector: Any) -> bool:
        """Whether the cast changes no coordinate of a vector."""
        for number in vector:
            rational = self.field.degree == 1 or not any(number[1:])
            value = number if self.field.degree == 1 else number[0]
            if not rational or isinstance(self.cast(number), float) or self.cast(number) != value:
                return False
        return True

    def answer(self, state: list[Any], letter: int) -> int:
        """dec(Ĥ, x); a block that meets a special value has code 0."""
        point = [str(v) if isinstance(v, float) else v for v in state]
        return int(self.reader.answer((point, point), letter))


def _finite(value: float) -> Fraction:
    if not math.isfinite(value):
        raise ValueError("a weight overflows in the weight format")
    return Fraction(value)


def _plain(value: float) -> Any:
    return Fraction(value) if math.isfinite(value) else value


def same(first: Any, second: Any) -> bool:
    """Whether two cast numbers are the same, NaN included."""
    return bool(first == second or (first != first and second != second))


def plus(first: Any, second: Any) -> Any:
    """Sum of cast numbers: specials prevail, opposite infinities give NaN."""
    special = [v for v in (first, second) if isinstance(v, float)]
    if len(special) == 2:
        return special[0] + special[1]
    return special[0] if special else first + second


class CastMachine:
    """The whole stack in this order.

    Arguments:
        data: the network as JSON values.
        layers: the checker's exact layers.
        arithmetic: its name.
        rationals: the field Q of the checker.
    """

    def __init__(self, data: dict[str, Any], layers: list[Any], arithmetic: str, rationals: Any) -> None:
        spelling = CastSpelling(arithmetic)
        self.letters: list[str] = data["letters"]
        self.bos, self.accepts_empty = data["bos"], data["accepts_empty"]
        self.layers = [CastLayer(layer, spelling, rationals) for layer in layers]
        self.steady: list[set[Any]] = [set() for _ in layers]

    def trust(self, steady: list[list[Any]]) -> None:
        """Accept vectors as steady, after checking that letters keep them among themselves and casts change nothing."""
        for number, (layer, vectors) in enumerate(zip(self.layers, steady, strict=True)):
            known = {tuple(layer.field.read(v) for v in vector) for vector in vectors}
            for vector in known:
                if len(vector) != layer.size or not layer.representable(vector):
                    raise ValueError(f"layer {number}: a vector called steady is not made of numbers of the format")
                for letter in range(len(layer.exact.inputs)):
                    if layer.advance(vector, letter) not in known:
                        raise ValueError(f"layer {number}: letter {letter} takes a steady vector out of their set")
            self.steady[number] = known

    def start(self) -> tuple[list[Any], list[int], bool]:
        """Memories (sum, terms) and previous symbols before the first letter, and the verdict on the empty word."""
        memories = []
        for layer, steady in zip(self.layers, self.steady, strict=True):
            blank = (layer.field.zero,) * layer.size
            terms: dict[Any, int] = {}
            memories.append((self._keep(layer, steady, blank, terms, layer.start), terms))
        previous = [layer.symbols if layer.delay else 0 for layer in self.layers]
        if not self.bos:
            return memories, previous, self.accepts_empty
        memories, previous, symbol = self.step(memories, previous, len(self.letters))
        return memories, previous, symbol == 1

    def _keep(self, layer: CastLayer, steady: set[Any], total: Any, terms: dict[Any, int], vector: Any) -> Any:
        if vector in steady:
            return layer.add(total, vector)
        if any(v != layer.field.zero for v in vector):
            terms[vector] = terms.get(vector, 0) + 1
        return total

    def step(self, memories: list[Any], previous: list[int], letter: int) -> tuple[list[Any], list[int], int]:
        """Memories, previous symbols and the last answer after one letter."""
        symbol, following, past = letter, [], []
        for layer, steady, (total, terms), before in zip(self.layers, self.steady, memories, previous, strict=True):
            read = symbol + layer.symbols * before if layer.delay else symbol
            past.append(symbol if layer.delay else 0)
            moved: dict[Any, int] = {}
            for vector, count in terms.items():
                image = layer.advance(vector, read)
                if any(v != layer.field.zero for v in image):
                    moved[image] = moved.get(image, 0) + count
            sums = self._keep(layer, steady, layer.advance(total, read), moved, layer.inputs(read))
            # Steady terms are numbers of the format, so their sum is the sum of their casts; it is rational.
            state = [Fraction(v if layer.field.degree == 1 else v[0]) for v in sums]
            for vector, count in moved.items():
                state = [plus(s, count * layer.cast(v)) for s, v in zip(state, vector, strict=True)]
            symbol = layer.answer([layer.cast_sum(s) for s in state], read)
            following.append((sums, moved))
        if symbol not in (0, 1):
            raise ValueError(f"the last layer answers {symbol}; expected 0 or 1")
        return following, past, symbol


def check_word(machine: CastMachine, automaton: dict[str, Any], word: list[str]) -> str:
    """Replay a word on which network and automaton are said to disagree."""
    memories, previous, verdict = machine.start()
    state = automaton["start"]
    for name in word:
        letter = machine.letters.index(name)
        memories, previous, symbol = machine.step(memories, previous, letter)
        verdict = symbol == 1
        state = automaton["table"][letter][state]
    expected = state in automaton["accepting"]
    if verdict is expected:
        raise ValueError(f"network and automaton agree on the word: both say {verdict}")
    return f"the network says {verdict} and the automaton {expected} on a word of {len(word)} letters"


def check_invariant(machine: CastMachine, automaton: dict[str, Any], certificate: dict[str, Any]) -> str:
    """Check that labelled memories are closed under every letter, with the automaton's verdicts."""
    machine.trust(certificate["steady"])
    table, accepting = automaton["table"], set(automaton["accepting"])
    entries = []
    for entry in certificate["invariant"]:
        memories = []
        for layer, part in zip(machine.layers, entry["layers"], strict=True):
            total = tuple(layer.field.read(v) for v in part["sum"])
            terms = {tuple(layer.field.read(v) for v in vector): count for count, vector in part["terms"]}
            memories.append((total, terms))
        entries.append((memories, entry["previous"], entry["label"], entry["successors"]))
    if not entries:
        raise ValueError("the invariant has no memory")
    memories, previous, verdict = machine.start()
    if (memories, previous) != (entries[0][0], entries[0][1]):
        raise ValueError("the first memory is not the one before the first letter")
    if entries[0][2] != automaton["start"] or verdict is not (automaton["start"] in accepting):
        raise ValueError("the start is labelled wrongly, or the verdict on the empty word is wrong")
    for number, (memories, previous, label, successors) in enumerate(entries):
        if len(successors) != len(machine.letters):
            raise ValueError(f"memory {number} names {len(successors)} successors")
        for letter, successor in enumerate(successors):
            where = f"memory {number}, letter {machine.letters[letter]!r}"
            target = table[letter][label]
            moved, past, symbol = machine.step(memories, previous, letter)
            if not 0 <= successor < len(entries) or entries[successor][2] != target:
                raise ValueError(f"{where}: the successor does not exist or is not labelled {target}")
            if (symbol == 1) is not (target in accepting):
                raise ValueError(f"{where}: the network says {symbol == 1}, the automaton {target in accepting}")
            if (moved, past) != (entries[successor][0], entries[successor][1]):
                raise ValueError(f"{where}: the memory after it is not memory {successor}")
    return (
        f"proved for all lengths: {len(entries)} labelled memories of cast terms are closed under "
        f"{len(machine.letters)} letters and decode onto the automaton's {len(table[0])} states"
    )
