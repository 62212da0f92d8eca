"""An independent checker of certificates: standard library only, exact arithmetic on Python integers and fractions.

It shares no code with the search that made a certificate. It reads the network and the language from the certificate,
recomputes every step of every labelled box with its own arithmetic, and rejects at the first claim that does not
hold. `python -m expressivity.verification.checker certificate.json` checks a file on its own.

A certificate of equivalence is an inductive invariant. Boxes are products of closed intervals of network states (a
point is a box), each labelled with a state of a deterministic automaton. Checked, exactly:
  1. the network's start state lies in the first box, whose label is the automaton's start state, and the verdict on
     the empty word is right;
  2. for each box and each letter, the image of the box lies in the box named as its successor; that one's label is
     the automaton's next state; and the network's verdict, constant on the box, is the automaton's.
Over one letter the certificate may name a cycle instead: all verdicts until a state comes again are the automaton's.
In finite arithmetic boxes are evaluated by intervals (see `interval_checker`).
By induction over the length of a word the network is right on every word. Which language the automaton accepts is a
separate question, settled by `same_language`.
"""

from __future__ import annotations

import importlib
import json
import sys
from fractions import Fraction
from typing import Any

MOST_STEPS = 1_000_000
"""Steps of a cycle or of a repeated letter that are re-run; a step of a small layer takes some 10 to 100 µs."""

Number = Any  # int or Fraction over Q; a tuple of them, coefficients of powers of 2cos(2π/N), over a larger field


class Rejected(Exception):  # noqa: N818 (what a checker does)
    """A claim of the certificate does not hold, or the certificate is malformed; the text says which and where."""


class Field:
    """Q(2cos 2π/N) with its own minimal polynomial; Q when that has degree one."""

    def __init__(self, conductor: int) -> None:
        self.conductor = conductor
        self.polynomial = _cosine_polynomial(conductor)
        self.degree = len(self.polynomial) - 1
        self._roots: dict[int, tuple[Fraction, Fraction]] = {}
        self.zero: Number = 0 if self.degree == 1 else (0,) * self.degree
        self.one: Number = 1 if self.degree == 1 else (1,) + (0,) * (self.degree - 1)

    def read(self, value: Any) -> Number:
        """A number from JSON."""
        if self.degree == 1:
            return _rational(value[0] if isinstance(value, list) and len(value) == 1 else value)
        if not isinstance(value, list) or len(value) != self.degree:
            raise Rejected(f"number {value!r} does not have {self.degree} coefficients of Q(2cos 2π/{self.conductor})")
        return tuple(_rational(part) for part in value)

    def add(self, a: Number, b: Number) -> Number:
        """A + b."""
        return a + b if self.degree == 1 else tuple(x + y for x, y in zip(a, b, strict=True))

    def scale(self, a: Number, factor: Any) -> Number:
        """A times a rational."""
        return _tidy(a * factor) if self.degree == 1 else tuple(_tidy(x * factor) for x in a)

    def multiply(self, a: Number, b: Number) -> Number:
        """A · b, reduced by the minimal polynomial."""
        if self.degree == 1:
            return _tidy(a * b)
        if not any(a) or not any(b):
            return self.zero
        product: list[Any] = [0] * (2 * self.degree - 1)
        for i, x in enumerate(a):
            if x:
                for j, y in enumerate(b):
                    product[i + j] += x * y
        for k in range(len(product) - 1, self.degree - 1, -1):
            top = product.pop()
            if top:
                for j in range(self.degree):
                    product[k - self.degree + j] -= top * self.polynomial[j]
        return tuple(_tidy(x) for x in product)

    def sign(self, a: Number) -> int:
        """-1, 0 or 1, by bisecting the interval that isolates 2cos(2π/N), the largest root of its polynomial."""
        if self.degree == 1:
            return int(a > 0) - int(a < 0)
        if not any(a):
            return 0
        low, high = _isolate_largest_root(self.polynomial)
        while True:
            bottom, top = _range_of(a, low, high)
            if bottom > 0:
                return 1
            if top < 0:
                return -1
            middle = (low + high) / 2
            if _value(self.polynomial, middle) * _value(self.polynomial, high) <= 0:
                low = middle
            else:
                high = middle

    def enclosure(self, a: Number, bits: int) -> tuple[Fraction, Fraction]:
        """Rationals below and above a number, at most 2^-bits times a constant of the number apart."""
        if self.degree == 1:
            return Fraction(a), Fraction(a)
        if bits not in self._roots:
            low, high = _isolate_largest_root(self.polynomial)
            while high - low > Fraction(1, 2**bits):
                middle = (low + high) / 2
                if _value(self.polynomial, middle) * _value(self.polynomial, high) <= 0:
                    low = middle
                else:
                    high = middle
            self._roots[bits] = low, high
        return _range_of(a, *self._roots[bits])


def _rational(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Rejected(f"{value!r} is not an exact rational; expected an integer or a string p/q")
    try:
        return _tidy(Fraction(value))
    except (ValueError, ZeroDivisionError):
        raise Rejected(f"{value!r} is not an exact rational; expected an integer or a string p/q") from None


def _tidy(value: Any) -> Any:
    """Integers as int: far quicker than Fraction."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _divide(polynomial: list[int], divisor: list[int]) -> list[int]:
    """Exact quotient of integer polynomials, constant term first, by a monic divisor."""
    rest, quotient = list(polynomial), [0] * (len(polynomial) - len(divisor) + 1)
    for k in range(len(quotient) - 1, -1, -1):
        quotient[k] = rest[k + len(divisor) - 1]
        for j, coefficient in enumerate(divisor):
            rest[k + j] -= quotient[k] * coefficient
    return quotient


def _cosine_polynomial(conductor: int) -> list[int]:
    """Minimal polynomial of 2cos(2π/N), from the cyclotomic polynomial by substituting c for x + 1/x."""
    if not isinstance(conductor, int) or not 1 <= conductor <= 10_000:
        raise Rejected(f"conductor {conductor!r} is not an integer from 1 to 10000")
    if conductor <= 2:
        return [-2, 1] if conductor == 1 else [2, 1]
    cyclotomic: dict[int, list[int]] = {}
    for n in range(1, conductor + 1):
        if conductor % n == 0:
            polynomial = [-1] + [0] * (n - 1) + [1]
            for m, known in cyclotomic.items():
                if n % m == 0:
                    polynomial = _divide(polynomial, known)
            cyclotomic[n] = polynomial
    coefficients = cyclotomic[conductor]
    half = (len(coefficients) - 1) // 2
    # x^(-half)·Φ(x) = Φ_half + Σ_k Φ_(half+k) (x^k + x^−k), and x^k + x^−k = D_k(c).
    dickson = [[2], [0, 1]]
    while len(dickson) <= half:
        row = [0, *dickson[-1]]
        for j, value in enumerate(dickson[-2]):
            row[j] -= value
        dickson.append(row)
    result = [0] * (half + 1)
    result[0] = coefficients[half]
    for k in range(1, half + 1):
        for j, value in enumerate(dickson[k]):
            result[j] += coefficients[half + k] * value
    return result


def _value(polynomial: list[int], x: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(polynomial):
        total = total * x + coefficient
    return total


def _isolate_largest_root(polynomial: list[int]) -> tuple[Fraction, Fraction]:
    """An interval holding the largest root and no other; all roots of a cosine polynomial are real and lie in [−2, 2].

    Above the largest root all derivatives of a real-rooted monic polynomial are positive, and above the second
    largest one its first derivative changes sign once: bisect for the largest root of the derivative, recursively.
    """
    derivative = [k * c for k, c in enumerate(polynomial)][1:]
    if len(derivative) == 1:
        root = -Fraction(polynomial[0], polynomial[1])
        return root, root
    low, high = _isolate_largest_root(derivative)
    # The largest root of the derivative lies strictly between the two largest roots: there the polynomial is negative.
    while _value(polynomial, high) >= 0:
        middle = (low + high) / 2
        if _value(derivative, middle) < 0:
            low = middle
        else:
            high = middle
    return high, Fraction(2)


def _range_of(coefficients: tuple[Any, ...], low: Fraction, high: Fraction) -> tuple[Any, Any]:
    """Bounds of a polynomial over an interval, by Horner's rule in interval arithmetic."""
    bottom = top = Fraction(0)
    for coefficient in reversed(coefficients):
        corners = (bottom * low, bottom * high, top * low, top * high)
        bottom, top = min(corners) + coefficient, max(corners) + coefficient
    return bottom, top


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
        """A(x)·box + B(x): exact on points, the smallest enclosing box otherwise."""
        field, write = self.field, self.inputs[letter]
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
                point.append(total if type(total) is int else _tidy(total))
            return point, point
        if field.degree > 1:
            raise Rejected("a box that is not a point needs rational weights")
        low, high = [], []
        for row, shift in zip(self.rows(letter), write, strict=True):
            bottom = top = shift
            for j, value in row:
                bottom += value * (lower[j] if value > 0 else upper[j])
                top += value * (upper[j] if value > 0 else lower[j])
            low.append(_tidy(bottom))
            high.append(_tidy(top))
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


Box = tuple[list[Number], list[Number]]  # lower and upper ends; the very same list twice for a point


class Machine:
    """The whole network on boxes; in finite arithmetic, on points."""

    def __init__(self, data: dict[str, Any], arithmetic: str = "exact") -> None:
        self.letters: list[str] = data["letters"]
        self.bos, self.accepts_empty = data["bos"], data["accepts_empty"]
        self.layers: list[Any] = [Layer(layer) for layer in data["layers"]]
        if arithmetic != "exact":
            # By name, because this file is held to the standard library; so is the one loaded.
            rounded = importlib.import_module("expressivity.verification.rounded_checker")
            try:
                spelling = rounded.Spelling(arithmetic)
            except (ValueError, AttributeError, IndexError) as error:
                raise Rejected(f"arithmetic {arithmetic!r} is unknown to this checker ({error})") from None
            self.layers = [rounded.RoundedLayer(layer, spelling) for layer in self.layers]

    def start(self) -> tuple[list[Box], list[list[int]], bool]:
        """Boxes and previous symbols before the first letter, and the verdict on the empty word."""
        boxes: list[Box] = [(layer.start, layer.start) for layer in self.layers]
        previous = [[layer.symbols] if layer.delay else [] for layer in self.layers]
        if not self.bos:
            return boxes, previous, self.accepts_empty
        return self.step(boxes, previous, len(self.letters))

    def step(self, boxes: list[Box], previous: list[list[int]], letter: int) -> tuple[list[Box], list[list[int]], bool]:
        """Boxes, previous symbols and verdict after one letter.

        A layer with delay has a list of symbols its previous input may have been; the answer must be the same for
        all of them, and the box afterwards encloses what becomes of all of them.
        """
        symbol, following, remembered = letter, [], []
        for layer, box, before in zip(self.layers, boxes, previous, strict=True):
            reads = [symbol + layer.symbols * past for past in before] if layer.delay else [symbol]
            moved = [layer.image(box, read) for read in reads]
            answers = {layer.answer(image, read) for image, read in zip(moved, reads, strict=True)}
            if len(answers) != 1:
                raise Rejected(f"a layer gives the answers {sorted(answers)} depending on what the box leaves open")
            remembered.append([symbol] if layer.delay else [])
            following.append(_enclose(layer, moved))
            symbol = answers.pop()
        if symbol not in (0, 1):
            raise Rejected(f"the last layer answers {symbol}; expected 0 or 1")
        return following, remembered, symbol == 1


def _enclose(layer: Layer, boxes: list[Box]) -> Box:
    """The smallest box around some boxes."""
    if all(low is high and low == boxes[0][0] for low, high in boxes):
        return boxes[0]
    if layer.field.degree > 1:
        raise Rejected("a box that is not a point needs rational weights")
    lower = [min(values) for values in zip(*(low for low, _ in boxes), strict=True)]
    upper = [max(values) for values in zip(*(high for _, high in boxes), strict=True)]
    return lower, upper


def _inside(machine: Machine, inner: list[Box], outer: list[Box]) -> bool:
    for layer, (low, high), (bottom, top) in zip(machine.layers, inner, outer, strict=True):
        if low is high and bottom is top:
            if low != bottom:
                return False
        elif layer.field.degree > 1:
            raise Rejected("a box that is not a point needs rational weights")
        elif any(b > l or h > t for l, h, b, t in zip(low, high, bottom, top, strict=True)):  # noqa: E741
            return False
    return True


def _read_boxes(machine: Machine, entry: dict[str, Any]) -> tuple[list[Box], list[list[int]]]:
    boxes: list[Box] = []
    if len(entry["layers"]) != len(machine.layers):
        raise Rejected(f"a box has {len(entry['layers'])} layers; the network has {len(machine.layers)}")
    for layer, part in zip(machine.layers, entry["layers"], strict=True):
        lower = [layer.field.read(v) for v in part["lower" if "lower" in part else "point"]]
        upper = [layer.field.read(v) for v in part["upper"]] if "lower" in part else lower
        if len(lower) != layer.size or len(upper) != layer.size:
            raise Rejected(f"a box has {len(lower)} numbers where the layer's state has {layer.size}")
        if lower is not upper:
            if layer.field.degree > 1:
                raise Rejected("a box that is not a point needs rational weights")
            if any(b > t for b, t in zip(lower, upper, strict=True)):
                raise Rejected("a box is empty: a lower end exceeds its upper end")
        boxes.append((lower, upper))
    previous = entry["previous"]
    for layer, past in zip(machine.layers, previous, strict=True):
        if any(type(symbol) is not int or not 0 <= symbol <= layer.symbols for symbol in past):
            raise Rejected(f"previous symbols {past!r} are not all integers from 0 to {layer.symbols}")
        if bool(past) != bool(layer.delay):
            raise Rejected("exactly the layers with a delay have previous symbols")
    return boxes, previous


def check(certificate: dict[str, Any]) -> str:
    """Check a certificate and say in one sentence what it proves.

    Arguments:
        certificate: the JSON object.

    Returns:
        The statement that was checked.

    Raises:
        Rejected: naming the first claim that does not hold.
    """
    try:
        if certificate["format"] != "expressivity-certificate" or certificate["version"] != 1:
            raise Rejected("not a certificate of version 1")
        if certificate["claim"] in CLAIMS_ELSEWHERE:
            return _check_elsewhere(certificate)
        arithmetic = certificate["arithmetic"]
        automaton = certificate["automaton"]
        _check_automaton(automaton)
        if "exact-then-cast" in arithmetic.split("/"):
            return _check_cast(certificate, automaton)
        machine = Machine(certificate["network"], arithmetic)
        if machine.letters != automaton["letters"]:
            raise Rejected(f"the network reads {machine.letters}, the automaton {automaton['letters']}")
        if certificate["claim"] == "equivalent":
            if "cycle" in certificate:
                return _check_cycle(machine, automaton, certificate["cycle"])
            return _check_equivalence(machine, automaton, certificate["invariant"])
        if certificate["claim"] == "counterexample":
            return _check_counterexample(machine, automaton, certificate["word"])
        raise Rejected(f"claim {certificate['claim']!r} is unknown to this checker")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Rejected(f"the certificate is malformed ({error!r})") from None


CLAIMS_ELSEWHERE = {"impossible": "expressivity.verification.impossible_checker"}
"""Claims with a checker of their own: the module whose `check` decides them, raising ValueError where one fails."""


def _check_elsewhere(certificate: dict[str, Any]) -> str:
    _check_automaton(certificate["automaton"])
    # By name, because this file is held to the standard library; so are the ones loaded.
    module = importlib.import_module(CLAIMS_ELSEWHERE[certificate["claim"]])
    try:
        return str(module.check(certificate))
    except ValueError as error:
        raise Rejected(str(error)) from None


def _check_cast(certificate: dict[str, Any], automaton: dict[str, Any]) -> str:
    """Claims about the order `exact-then-cast`, which has states of its own kind."""
    # By name, because this file is held to the standard library; so are the ones loaded.
    casts = importlib.import_module("expressivity.verification.cast_checker")
    data = certificate["network"]
    machine = casts.CastMachine(data, [Layer(layer) for layer in data["layers"]], certificate["arithmetic"], Field(1))
    if machine.letters != automaton["letters"]:
        raise Rejected(f"the network reads {machine.letters}, the automaton {automaton['letters']}")
    claim = certificate["claim"]
    try:
        if claim == "equivalent":
            return str(casts.check_invariant(machine, automaton, certificate))
        if claim == "counterexample":
            return str(casts.check_word(machine, automaton, certificate["word"]))
        if claim in ("equivalent-by-period", "refuted-by-period"):
            periods = importlib.import_module("expressivity.verification.cast_period_checker")
            return str(periods.check_periods(machine, automaton, certificate))
    except (ValueError, ZeroDivisionError) as error:
        raise Rejected(str(error)) from None
    raise Rejected(f"claim {claim!r} is unknown to this checker")


def _check_equivalence(machine: Machine, automaton: dict[str, Any], invariant: list[dict[str, Any]]) -> str:
    table, accepting = automaton["table"], set(automaton["accepting"])
    entries = [(*_read_boxes(machine, entry), entry["label"], entry["successors"]) for entry in invariant]
    if not entries:
        raise Rejected("the invariant has no box")
    boxes, previous, verdict = machine.start()
    if not _inside(machine, boxes, entries[0][0]) or not _among(previous, entries[0][1]):
        raise Rejected("the start state is outside the first box")
    if entries[0][2] != automaton["start"]:
        raise Rejected(f"the first box is labelled {entries[0][2]}; the automaton starts in {automaton['start']}")
    if verdict is not (automaton["start"] in accepting):
        raise Rejected("the verdict on the empty word is wrong")
    for number, (box, before, label, successors) in enumerate(entries):
        if len(successors) != len(machine.letters):
            raise Rejected(f"box {number} names {len(successors)} successors for {len(machine.letters)} letters")
        for letter, successor in enumerate(successors):
            where = f"box {number}, letter {machine.letters[letter]!r}"
            target = table[letter][label]
            moved, remembered, verdict = machine.step(box, before, letter)
            if not 0 <= successor < len(entries):
                raise Rejected(f"{where}: successor {successor} does not exist")
            if entries[successor][2] != target:
                raise Rejected(f"{where}: the successor is labelled {entries[successor][2]}, not {target}")
            if verdict is not (target in accepting):
                raise Rejected(f"{where}: the network says {verdict}, the automaton {target in accepting}")
            if not _inside(machine, moved, entries[successor][0]):
                raise Rejected(f"{where}: the image is not inside box {successor}")
            if not _among(remembered, entries[successor][1]):
                raise Rejected(f"{where}: the remembered symbols are not among those of box {successor}")
    return (
        f"proved for all lengths: {len(entries)} labelled boxes are closed under {len(machine.letters)} letters and "
        f"decode onto the automaton's {len(table[0])} states"
    )


def _check_cycle(machine: Machine, automaton: dict[str, Any], cycle: dict[str, Any]) -> str:
    """Over one letter: run until a state comes again, at a rate of some 10⁴ to 10⁵ steps of a small layer a second."""
    preperiod, period = cycle["preperiod"], cycle["period"]
    if len(machine.letters) != 1:
        raise Rejected(f"a cycle settles languages over one letter; the network reads {machine.letters}")
    if type(preperiod) is not int or type(period) is not int or preperiod < 0 or period < 1:
        raise Rejected(f"preperiod {preperiod!r} and period {period!r} are not integers of at least 0 and 1")
    if preperiod + period > MOST_STEPS:
        raise Rejected(f"the cycle closes after {preperiod + period} steps; this checker re-runs at most {MOST_STEPS}")
    accepting, row = set(automaton["accepting"]), automaton["table"][0]
    boxes, previous, verdict = machine.start()
    state, kept = automaton["start"], None
    for step in range(preperiod + period + 1):
        if verdict is not (state in accepting):
            raise Rejected(f"after {step} letters the network says {verdict}, the automaton {state in accepting}")
        if step == preperiod:
            kept = boxes, previous, state
        if step < preperiod + period:
            boxes, previous, verdict = machine.step(boxes, previous, 0)
            state = row[state]
    if kept is None or kept[1:] != (previous, state) or not _inside(machine, boxes, kept[0]):
        raise Rejected(f"the state after {preperiod} letters does not come again after {period} more")
    return f"proved for all lengths: after {preperiod} letters the states repeat every {period}, and all verdicts agree"


def _check_automaton(automaton: dict[str, Any]) -> None:
    table, letters = automaton["table"], automaton["letters"]
    states = range(len(table[0])) if table else range(0)
    if len(table) != len(letters) or any(len(row) != len(states) for row in table):
        raise Rejected(f"the automaton's table does not have a row of {len(states)} states for each letter")
    for state in [automaton["start"], *automaton["accepting"], *(target for row in table for target in row)]:
        if type(state) is not int or state not in states:
            raise Rejected(f"the automaton names state {state!r}; it has {len(states)} states")


def _among(remembered: list[list[int]], allowed: list[list[int]]) -> bool:
    """Whether every remembered symbol is one the box allows."""
    return all(set(past) <= set(options) for past, options in zip(remembered, allowed, strict=True))


def _check_counterexample(machine: Machine, automaton: dict[str, Any], word: Any) -> str:
    boxes, previous, verdict = machine.start()
    state = automaton["start"]
    if isinstance(word, dict):
        if type(word["times"]) is not int or word["times"] < 0:
            raise Rejected(f"a letter cannot be repeated {word['times']!r} times")
        if word["times"] > MOST_STEPS:
            raise Rejected(f"the word has {word['times']} letters; this checker replays at most {MOST_STEPS}")
        word = [word["repeat"]] * word["times"]
    for name in word:
        if name not in machine.letters:
            raise Rejected(f"letter {name!r} of the word is not in the alphabet")
        letter = machine.letters.index(name)
        boxes, previous, verdict = machine.step(boxes, previous, letter)
        state = automaton["table"][letter][state]
    expected = state in automaton["accepting"]
    if verdict is expected:
        raise Rejected(f"network and automaton agree on the word: both say {verdict}")
    return f"the network says {verdict} and the automaton {expected} on a word of {len(word)} letters"


def same_language(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether two automata over the same letters (in any order) accept the same words, by exploring their product."""
    if sorted(first["letters"]) != sorted(second["letters"]):
        return False
    order = [second["letters"].index(letter) for letter in first["letters"]]
    accepting = set(first["accepting"]), set(second["accepting"])
    seen = {(first["start"], second["start"])}
    queue = list(seen)
    for p, q in queue:
        if (p in accepting[0]) != (q in accepting[1]):
            return False
        for x, y in enumerate(order):
            pair = first["table"][x][p], second["table"][y][q]
            if pair not in seen:
                seen.add(pair)
                queue.append(pair)
    return True


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m expressivity.verification.checker CERTIFICATE.json")
    try:
        with open(sys.argv[1], encoding="utf-8") as stream:
            print(check(json.load(stream)))
    except (Rejected, OSError, ValueError) as problem:
        sys.exit(f"rejected: {problem}")
