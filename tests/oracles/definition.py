"""Networks run from the definition: Python fractions and nothing of the library, read from the JSON of a certificate.

Written from the docstrings of `simulation.programs`, `simulation.exact_then_cast` and `arithmetic.formats`, with a
rounding of its own, so that it is a third opinion beside the simulation and the checker. It takes its time.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import mpmath

NAN = math.nan
Number = Fraction | float
"""A fraction, or one of the floats ±∞ and `NAN`; zeros have no sign, which no other number depends on."""

_BITS = 400
_NAMED = {
    "fp64": (11, 52, "ieee"),
    "fp32": (8, 23, "ieee"),
    "tf32": (8, 10, "ieee"),
    "fp16": (5, 10, "ieee"),
    "bf16": (8, 7, "ieee"),
    "fp8_e5m2": (5, 2, "ieee"),
    "fp8_e4m3fn": (4, 3, "fn"),
    "fp8_e4m3fnuz": (4, 3, "fnuz"),
    "fp8_e5m2fnuz": (5, 2, "fnuz"),
    "fp6_e2m3": (2, 3, "finite"),
    "fp6_e3m2": (3, 2, "finite"),
    "fp4_e2m1": (2, 1, "finite"),
}
_MODES = ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd")


class UnreadableError(ValueError):
    """What was given is no network, number or arithmetic of this oracle, or a number has no place in its format."""


class Grid:
    """A number format: the numbers it has, and what becomes of the others."""

    def __init__(self, name: str) -> None:
        head, *switches = name.split("+")
        self.name, self.digits = name, 0
        self.infinite = self.has_nan = self.flushes = self.wraps = self.saturates = False
        known = {"sat", "nosub", "fn", "fnuz", "finite", "wrap"} | {s for s in switches if s.startswith("bias")}
        if set(switches) - known:
            raise UnreadableError(f"{name} has a switch that is not known")
        unsigned = head.removeprefix("u")
        if head in _NAMED or (head[:1] == "e" and "m" in head):
            exponents, stored, style = _NAMED.get(head) or (*map(int, head[1:].split("m")), "ieee")
            style = next((s for s in switches if s in ("fn", "fnuz", "finite")), style)
            bias = 2 ** (exponents - 1) - (style != "fnuz")
            bias = next((int(s[4:]) for s in switches if s.startswith("bias")), bias)
            codes = 2 ** (exponents + stored) - {"ieee": 2**stored, "fn": 1, "fnuz": 0, "finite": 0}[style]
            self.digits, self.finest = stored + 1, Fraction(2) ** (1 - bias - stored)
            self.high = self._value(codes - 1, stored)
            self.low = -self.high
            self.infinite, self.has_nan = style == "ieee", style != "finite"
            self.saturates = "sat" in switches or style == "finite"
            self.flushes = "nosub" in switches
        elif unsigned[:1] == "q" or unsigned[:3] == "int":
            whole, after = map(int, unsigned[1:].split(".")) if unsigned[0] == "q" else (int(unsigned[3:]), 0)
            whole -= int(unsigned[0] == "i" and head == unsigned)
            self.finest = Fraction(1, 2**after)
            self.high = 2**whole - self.finest
            self.low = Fraction(0) if head != unsigned else Fraction(-(2**whole))
            self.wraps = "wrap" in switches or (unsigned[0] == "i" and "sat" not in switches)
            self.saturates = not self.wraps
        else:
            raise UnreadableError(f"{name!r} is no format")

    def _value(self, code: int, stored: int) -> Fraction:
        """The number of a code without sign: the significand in its low bits, the exponent above."""
        exponent, fraction = divmod(code, 2**stored)
        return self.finest * (fraction if exponent == 0 else (2**stored + fraction) * 2 ** (exponent - 1))

    def round(self, x: Number, mode: str = "nearest-even") -> Number:
        """The number of the format that `x` becomes."""
        if isinstance(x, float):
            if x != x or (not self.infinite and not self.saturates):
                return self._nan()
            return (self.high if x > 0 else self.low) if self.saturates else x
        size, below = abs(x), Fraction(0)
        spacing = self.finest
        if self.digits and size:
            exponent = 0
            while Fraction(2) ** (exponent + 1) <= size:
                exponent += max(1, (size / Fraction(2) ** (exponent + 1)).numerator.bit_length() // 4)
                while Fraction(2) ** exponent > size:
                    exponent -= 1
            while Fraction(2) ** exponent > size:
                exponent -= 1
            spacing = Fraction(2) ** (exponent - self.digits + 1)
            if not self.flushes:
                spacing = max(spacing, self.finest)
        below = size // spacing * spacing
        if below != size:
            last = below / spacing % 2
            if self.digits == 1 and below:
                # The exponent is all there is of a code.
                last = Fraction(_log2(below / self.finest) + 1) % 2
            middle = below + spacing / 2
            away = {
                "nearest-even": size > middle or (size == middle and last == 1),
                "nearest-away": size >= middle,
                "toward-zero": False,
                "up": x > 0,
                "down": x < 0,
                "to-odd": last == 0,
            }[mode]
            below += spacing if away else 0
        if self.flushes and below < self.finest * 2 ** (self.digits - 1):
            below = Fraction(0)
        value = below if x > 0 else -below
        if self.low <= value <= self.high:
            return value
        if self.wraps:
            codes = self.high - self.low + self.finest
            return (value - self.low) % codes + self.low
        bound = self.high if value > 0 else self.low
        if self.saturates or mode in ("toward-zero", "to-odd", "down" if value > 0 else "up"):
            return bound
        return math.copysign(math.inf, value) if self.infinite else self._nan()

    def _nan(self) -> float:
        if not self.has_nan:
            raise UnreadableError(f"a NaN or an infinity has no place in {self.name}")
        return NAN


def _log2(power: Fraction) -> int:
    return power.numerator.bit_length() - power.denominator.bit_length()


def _times(x: Number, y: Number) -> Number:
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x * y
    found = _sign(x) * _sign(y)
    return NAN if found != found or found == 0 else math.copysign(math.inf, found)


def _sign(x: Number) -> float:
    return x if x != x else float(x > 0) - float(x < 0)


def _plus(x: Number, y: Number) -> Number:
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x + y
    total = (0.0 if isinstance(x, Fraction) else x) + (0.0 if isinstance(y, Fraction) else y)
    return NAN if total != total else total


class Arithmetic:
    """An arithmetic's name taken apart: formats (None for exact), order, rounding mode, letters per chunk."""

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise UnreadableError(f"{name!r} is no arithmetic")
        formats, *rest = name.split("/")
        names = formats.split(":")
        if len(names) > 2 or len(rest) > 2:
            raise UnreadableError(f"{name!r} is no arithmetic")
        self.exact = names[-1] == "exact"
        self.weights = None if names[0] == "exact" else Grid(names[0])
        self.state = None if self.exact else Grid(names[-1])
        self.order, self.mode = (*rest, *("per-operation", "nearest-even")[len(rest) :])
        self.chunk = int(self.order[8:]) if self.order.startswith("chunked:") else 0
        orders = ("per-operation", "fused", "accumulate-fp32", "exact-then-cast")
        if (not self.chunk and self.order not in orders) or self.mode not in _MODES or (self.exact and rest):
            raise UnreadableError(f"{name!r} is no arithmetic that decides anything")
        cast = self.order == "exact-then-cast"
        if not self.exact and ((self.weights is None and not cast) or (cast and self.state.wraps)):
            raise UnreadableError(f"{name!r} keeps weights that it cannot compute with, or casts by wrapping around")
        wide = self.order == "accumulate-fp32"
        self.inner, self.inner_mode = (Grid("fp32"), "nearest-even") if wide else (self.state, self.mode)

    def stored(self, x: Fraction) -> Number:
        """A weight as it is stored."""
        return x if self.weights is None else self.weights.round(x)

    def times(self, x: Number, y: Number) -> Number:
        """A product, rounded."""
        return _times(x, y) if self.inner is None else self.inner.round(_times(x, y), self.inner_mode)

    def plus(self, x: Number, y: Number) -> Number:
        """A sum, rounded."""
        return _plus(x, y) if self.inner is None else self.inner.round(_plus(x, y), self.inner_mode)

    def last(self, x: Number) -> Number:
        """A new number of the state, rounded once more where operations are wider."""
        return x if self.inner is self.state or self.state is None else self.state.round(x, self.mode)


def integer(value: Any, low: int = 0, high: int | None = None) -> int:
    """A JSON integer in a range; 1.0, true and "1" are none."""
    if type(value) is not int or value < low or (high is not None and value > high):
        raise UnreadableError(f"{value!r} is no integer from {low} to {high}")
    return value


def flag(value: Any) -> bool:
    """A JSON truth value; 1 is none."""
    if type(value) is not bool:
        raise UnreadableError(f"{value!r} is neither true nor false")
    return value


class LayerDefinition:
    """One layer, read from JSON."""

    def __init__(self, data: dict[str, Any], arithmetic: Arithmetic) -> None:
        self.arithmetic, self.data = arithmetic, data
        self.root = _cosine(integer(data["conductor"], 1))
        self.width, self.columns = integer(data["width"]), integer(data["columns"])
        self.delay, self.symbols = integer(data["delay"], 0, 1), integer(data["symbols"])
        self.kind, self.weights = data["kind"], data["weights"]
        self.inputs = [[self.number(v) for v in row] for row in data["inputs"]]
        self.start = [self.number(v) for v in data["start"]]
        self.letters = self.symbols * (self.symbols + 1 if self.delay else 1)
        size = self.width * self.columns
        if len(self.start) != size or len(self.inputs) != self.letters or any(len(r) != size for r in self.inputs):
            raise UnreadableError("inputs or start do not have the layer's shape")
        self.blocks = [
            (
                [integer(c, 0, size - 1) for c in block["coordinates"]],
                [list(map(self.number, p)) for p in block["points"]],
            )
            for block in data["blocks"]
        ]
        for coordinates, points in self.blocks:
            if any(len(p) != len(coordinates) for p in points) or len({tuple(p) for p in points}) < len(points):
                raise UnreadableError("code points are equal or of the wrong length")
        self.select = [[integer(n, -1, len(self.blocks) - 1) for n in row] for row in data["select"]]
        self.table = [[integer(n) for n in row] for row in data["table"]]
        self.radix = max((len(points) for _, points in self.blocks), default=1)
        if len(self.select) != self.letters or len(self.table) != self.letters:
            raise UnreadableError("the read-out does not know the layer's letters")
        if any(len(r) != self.radix ** len(s) for r, s in zip(self.table, self.select, strict=True)):
            raise UnreadableError("the read-out's table does not have an answer for each code")
        self._exact: dict[int, list[list[Fraction]]] = {}
        self._programs: dict[int, Any] = {}
        self._codes: dict[Any, int] = {}

    def number(self, value: Any) -> Fraction:
        """A number, to some 400 bits where it is irrational."""
        if isinstance(value, list):
            parts = [self.number(v) for v in value]
            return sum((p * self.root**k for k, p in enumerate(parts)), Fraction(0))
        if type(value) is int or (type(value) is str and value.replace("/", "").lstrip("-").isdigit()):
            return Fraction(value)
        raise UnreadableError(f"{value!r} is no exact number")

    # A(x) -----------------------------------------------------------------------------------------------------------

    def letter(self, part: str, x: int) -> Any:
        """What a form stores for a letter."""
        rows = self.weights[part]
        if len(rows) != self.letters:
            raise UnreadableError(f"{part} do not have an entry for each letter")
        return rows[x]

    def numbers(self, part: str, x: int, count: int) -> list[Fraction]:
        """A row of so many numbers."""
        row = [self.number(v) for v in self.letter(part, x)]
        if len(row) != count:
            raise UnreadableError(f"{part} have {len(row)} entries; expected {count}")
        return row

    def entries(self, x: int) -> dict[tuple[int, int], Fraction]:
        """The exact entries of A(x) that its form stores, zeros included."""
        n, kind = self.width, self.kind
        if kind == "dense":
            every = dict.fromkeys(((i, j) for i in range(n) for j in range(n)), Fraction(0))
            for i, j, v in self.letter("matrices", x):
                every[integer(i, 0, n - 1), integer(j, 0, n - 1)] = self.number(v)
            return every
        if kind == "diagonal":
            return {(i, i): v for i, v in enumerate(self.numbers("diagonal", x, n))}
        if kind == "complex-diagonal":
            found = {}
            both = zip(self.numbers("real", x, n // 2), self.numbers("imaginary", x, n // 2), strict=True)
            for p, (re, im) in enumerate(both):
                i, j = 2 * p, 2 * p + 1
                found |= {(i, i): re, (i, j): -im, (j, i): im, (j, j): re}
            return found
        if kind == "permutation-diagonal":
            index = self.letter("index", x)
            size = 1 if self.weights["imaginary"] is None else 2
            real = self.numbers("real", x, len(index))
            imaginary = self.numbers("imaginary", x, len(index)) if size == 2 else []
            found = {}
            for k, target in enumerate(index):
                i, j = size * integer(target, 0, len(index) - 1), size * k
                if size == 1:
                    found[i, j] = real[k]
                else:
                    found |= {(i, j): real[k], (i, j + 1): -imaginary[k]}
                    found |= {(i + 1, j): imaginary[k], (i + 1, j + 1): real[k]}
            return found
        if kind == "householder":
            gate, factors = self.factors(x)
            rows = [[Fraction(i == j) for j in range(n)] for i in range(n)]
            for key, beta in factors:
                square = sum(k * k for k in key)
                inner = [sum(key[i] * rows[i][j] for i in range(n)) for j in range(n)]
                for i in range(n):
                    rows[i] = [v - beta * key[i] * c / square for v, c in zip(rows[i], inner, strict=True)]
            scale = Fraction(1) if gate is None else gate
            return {(i, j): scale * rows[i][j] for i in range(n) for j in range(n)}
        if kind == "rwkv7":
            found = {}
            for at, decays, key, rates, active in self.heads(x):
                square = sum(k * k for k in key)
                for a, i in enumerate(at):
                    for b, j in enumerate(at):
                        removed = rates[a] * key[a] * key[b] / square if active else Fraction(0)
                        found[i, j] = (decays[a] if a == b else Fraction(0)) - removed
            return found
        raise UnreadableError(f"{kind!r} is no form")

    def factors(self, x: int) -> tuple[Fraction | None, list[tuple[list[Fraction], Fraction]]]:
        """The gate of a product of generalised Householder factors, and the factors whose β is not zero."""
        gate = None if self.weights["gates"] is None else self.number(self.letter("gates", x))
        found = []
        for key, beta in zip(self.letter("keys", x), self.letter("betas", x), strict=True):
            if self.number(beta) != 0:
                found.append(([self.number(k) for k in key], self.number(beta)))
                if len(key) != self.width or not any(found[-1][0]):
                    raise UnreadableError("a key is zero or of the wrong length")
        return gate, found

    def heads(self, x: int) -> list[tuple[list[int], list[Fraction], list[Fraction], list[Fraction], bool]]:
        """Coordinates, w, κ and a of every head, and whether it removes anything."""
        decays, rates = self.numbers("decays", x, self.width), self.numbers("rates", x, self.width)
        found, first = [], 0
        for values in self.letter("keys", x):
            at = list(range(first, first + len(values)))
            key, a = [self.number(k) for k in values], rates[first : first + len(values)]
            active = any(r * k for r, k in zip(a, key, strict=True))
            found.append((at, decays[first : first + len(values)], key, a, active))
            first += len(values)
        return found

    def unit(self, key: list[Fraction]) -> list[Number]:
        """A key over its length, stored."""
        length = sum(k * k for k in key)
        stored = []
        for k in key:
            square = k * k / length
            product = square.numerator * square.denominator
            root = math.isqrt(product)
            exact = Fraction(root, square.denominator)
            if root * root != product:
                exact = Fraction(math.isqrt(product << (2 * _BITS)), square.denominator << _BITS)
            stored.append(self.arithmetic.stored(exact if k >= 0 else -exact))
        return stored

    # Steps ----------------------------------------------------------------------------------------------------------

    def rows(self, x: int) -> list[list[tuple[int, Number]]]:
        """A(x) as a stored matrix: in each row the entries that its form has."""
        rows: list[list[tuple[int, Number]]] = [[] for _ in range(self.width)]
        for (i, j), value in sorted(self.entries(x).items()):
            rows[i].append((j, self.arithmetic.stored(value)))
        return rows

    def program(self, x: int) -> Any:
        """What a letter's step is made of, rounded once."""
        if x not in self._programs:
            do = self.arithmetic
            if do.order != "fused" and not do.exact and self.kind == "householder":
                gate, factors = self.factors(x)
                rounded = [(self.unit(key), do.stored(beta)) for key, beta in factors]
                self._programs[x] = ("factors", None if gate is None else do.stored(gate), rounded)
            elif do.order != "fused" and not do.exact and self.kind == "rwkv7":
                heads = []
                for at, decays, key, rates, active in self.heads(x):
                    unit = self.unit(key) if active else []
                    products = [_times(do.stored(a), k) for a, k in zip(rates, unit, strict=False)]
                    removals = [do.inner.round(v) for v in products] if do.inner else products
                    heads.append((at, [do.stored(w) for w in decays], unit, removals))
                self._programs[x] = ("heads", heads)
            else:
                self._programs[x] = ("rows", self.rows(x))
        return self._programs[x]

    def column(self, h: list[Number], b: list[Number] | None, x: int) -> list[Number]:
        """A(x)·h + b, rounded in the stated order; without b nothing is added."""
        do, (kind, *parts) = self.arithmetic, self.program(x)
        if kind == "rows":
            return [self.row(row, h, None if b is None else b[i]) for i, row in enumerate(parts[0])]
        if kind == "factors":
            gate, factors = parts
            h = h if gate is None else [do.times(gate, v) for v in h]
            for key, beta in factors:
                inner = do.times(beta, self.inner(key, h))
                h = [do.plus(v, _minus(do.times(k, inner))) for k, v in zip(key, h, strict=True)]
        else:
            moved = list(h)
            for at, decays, unit, removals in parts[0]:
                inner = self.inner(unit, [h[i] for i in at]) if unit else None
                for place, i in enumerate(at):
                    moved[i] = do.times(decays[place], h[i])
                    if inner is not None:
                        moved[i] = do.plus(moved[i], _minus(do.times(removals[place], inner)))
            h = moved
        return [do.last(v if b is None else do.plus(v, b[i])) for i, v in enumerate(h)]

    def inner(self, key: list[Number], h: list[Number]) -> Number:
        """A dot product, every product and every sum rounded."""
        do = self.arithmetic
        total = do.times(key[0], h[0])
        for k, v in zip(key[1:], h[1:], strict=True):
            total = do.plus(total, do.times(k, v))
        return total

    def row(self, row: list[tuple[int, Number]], h: list[Number], b: Number | None) -> Number:
        """One entry of A(x)·h + b from a stored row."""
        do = self.arithmetic
        if do.order == "fused":
            total: Number = Fraction(0) if b is None else b
            for j, weight in row:
                total = _plus(total, _times(weight, h[j]))
            assert do.state is not None
            return do.state.round(total, do.mode)
        if not row:
            total = Fraction(0) if b is None else b
            return do.last(total if do.inner is None else do.inner.round(total, do.inner_mode))
        total = self.inner([weight for _, weight in row], [h[j] for j, _ in row])
        return do.last(total if b is None else do.plus(total, b))

    # States ---------------------------------------------------------------------------------------------------------

    def begin(self) -> Any:
        """The state before the first letter."""
        do = self.arithmetic
        if do.order == "exact-then-cast":
            start = tuple(do.stored(v) for v in self.start)
            return frozenset(Counter([start]).items())
        start = tuple(self.start if do.state is None else [do.state.round(v) for v in self.start])
        return (start, start, None, None, 0) if do.chunk else start

    def step(self, state: Any, x: int) -> tuple[Any, tuple[Number, ...]]:
        """State and what is read out after a letter."""
        do, c = self.arithmetic, self.columns
        b = [do.stored(v) for v in self.inputs[x]]
        if do.order == "exact-then-cast":
            return self.cast_step(state, x, b)
        if not do.chunk:
            after: list[Number] = list(state)
            for k in range(c):
                after[k::c] = self.column(list(state[k::c]), b[k::c], x)
            return tuple(after), tuple(after)
        _, start, q, product, count = state
        n, side = self.width, self.side()
        if count == 0:
            assert do.state is not None
            one = do.state.round(Fraction(1))
            q = [[Fraction(0)] * n for _ in range(c)]
            product = [[one if i % side == k else Fraction(0) for i in range(n)] for k in range(side)]
        q = [self.column(list(v), b[k::c], x) for k, v in enumerate(q)]
        product = [self.column(list(v), None, x) for v in product]
        read: list[Number] = [Fraction(0)] * (n * c)
        for i in range(n):
            for k in range(c):
                part = [start[(i - i % side + j) * c + k] for j in range(side)]
                read[i * c + k] = do.plus(self.inner([p[i] for p in product], part), q[k][i])
        count = (count + 1) % do.chunk
        if count == 0:
            return (tuple(read), tuple(read), None, None, 0), tuple(read)
        frozen = tuple(map(tuple, q)), tuple(map(tuple, product))
        return (tuple(read), start, *frozen, count), tuple(read)

    def side(self) -> int:
        """Side of the diagonal blocks outside of which every A(x) of the form is zero."""
        if self.kind == "rwkv7":
            return len(self.letter("keys", 0)[0])
        return {"diagonal": 1, "complex-diagonal": 2}.get(self.kind, self.width)

    def cast_matrix(self, x: int) -> list[list[Fraction]]:
        """A(x) as the exact product of what is stored."""
        if x not in self._exact:
            do, n = self.arithmetic, self.width
            rows = [[Fraction(0)] * n for _ in range(n)]
            if do.weights is None or self.kind not in ("householder", "rwkv7"):
                for (i, j), value in self.entries(x).items():
                    rows[i][j] = _finite(do.stored(value))
            elif self.kind == "householder":
                gate, factors = self.factors(x)
                rows = [[Fraction(i == j) for j in range(n)] for i in range(n)]
                for key, beta in factors:
                    unit, strength = [_finite(k) for k in self.unit(key)], _finite(do.stored(beta))
                    inner = [sum(unit[i] * rows[i][j] for i in range(n)) for j in range(n)]
                    for i in range(n):
                        rows[i] = [v - strength * unit[i] * k for v, k in zip(rows[i], inner, strict=True)]
                scale = Fraction(1) if gate is None else _finite(do.stored(gate))
                rows = [[scale * v for v in row] for row in rows]
            else:
                for at, decays, key, rates, active in self.heads(x):
                    unit = [_finite(k) for k in self.unit(key)] if active else [Fraction(0)] * len(at)
                    for a, i in enumerate(at):
                        for b, j in enumerate(at):
                            kept = _finite(do.stored(decays[a])) if a == b else Fraction(0)
                            rows[i][j] = kept - _finite(do.stored(rates[a])) * unit[a] * unit[b]
            self._exact[x] = rows
        return self._exact[x]

    def cast_step(self, state: Any, x: int, b: list[Number]) -> tuple[Any, tuple[Number, ...]]:
        """Terms after a letter, and the cast of the sum of their casts."""
        do, c, matrix = self.arithmetic, self.columns, self.cast_matrix(x)
        assert do.state is not None
        terms: Counter[tuple[Fraction, ...]] = Counter()
        for vector, count in state:
            moved = [
                sum((matrix[i][j] * vector[j * c + k] for j in range(self.width) if matrix[i][j]), Fraction(0))
                for i in range(self.width)
                for k in range(c)
            ]
            terms[tuple(moved)] += count
        terms[tuple(_finite(v) for v in b)] += 1
        nothing = (Fraction(0),) * len(b)
        terms.pop(nothing, None)
        total: list[Number] = list(nothing)
        for vector, count in terms.items():
            for place, value in enumerate(vector):
                total[place] = _plus(total[place], _times(Fraction(count), do.state.round(value, do.mode)))
        return frozenset(terms.items()), tuple(do.state.round(v, do.mode) for v in total)

    def answer(self, h: tuple[Number, ...], x: int) -> int:
        """dec(H, x)."""
        code = 0
        for read, number in enumerate(self.select[x]):
            if number >= 0:
                coordinates, points = self.blocks[number]
                part = tuple(h[i] for i in coordinates)
                if all(isinstance(v, Fraction) for v in part):
                    if (number, part) not in self._codes:
                        gaps = [sum((v - p) ** 2 for v, p in zip(part, point, strict=True)) for point in points]
                        self._codes[number, part] = gaps.index(min(gaps))
                    code += self.radix**read * self._codes[number, part]
        return self.table[x][code]


def _minus(x: Number) -> Number:
    return x if x != x else -x


def _finite(x: Number) -> Fraction:
    if not isinstance(x, Fraction):
        raise UnreadableError("a weight overflows, which has no exact value")
    return x


def _cosine(conductor: int) -> Fraction:
    """2cos(2π/N), exactly where it is rational and to some 400 bits where not."""
    known = {1: 2, 2: -2, 3: -1, 4: 0, 6: 1}
    if conductor in known:
        return Fraction(known[conductor])
    with mpmath.workprec(_BITS):
        significand, exponent = mpmath.frexp(2 * mpmath.cos(2 * mpmath.pi / conductor))
        return Fraction(int(mpmath.ldexp(significand, _BITS))) * Fraction(2) ** (int(exponent) - _BITS)


class NetworkDefinition:
    """A whole network; states are hashable, so that words that lead to one state can be looked at together.

    Arguments:
        data: the network's JSON, as `networks.exchange.network_to_json` writes it.
        arithmetic: name of the arithmetic.
    """

    def __init__(self, data: dict[str, Any], arithmetic: str) -> None:
        self.letters: list[str] = list(data["letters"])
        self.bos, self.accepts_empty = flag(data["bos"]), flag(data["accepts_empty"])
        self.layers = [LayerDefinition(layer, Arithmetic(arithmetic)) for layer in data["layers"]]
        if len(set(self.letters)) < len(self.letters) or any(type(x) is not str for x in self.letters):
            raise UnreadableError("letters are no different words")
        if not self.layers or self.layers[0].symbols != len(self.letters) + self.bos:
            raise UnreadableError("the first layer does not read the network's letters")

    def begin(self) -> tuple[Any, bool]:
        """State and verdict before the first letter of a word."""
        state = tuple((layer.begin(), layer.symbols if layer.delay else 0) for layer in self.layers)
        if not self.bos:
            return state, self.accepts_empty
        state, verdict, _ = self.step(state, len(self.letters))
        return state, verdict

    def step(self, state: Any, letter: int) -> tuple[Any, bool, list[tuple[Number, ...]]]:
        """State, verdict, and what every layer's read-out sees, after a letter."""
        symbol, following, seen = letter, [], []
        for layer, (part, past) in zip(self.layers, state, strict=True):
            if not 0 <= symbol < layer.symbols:
                raise UnreadableError("a layer's answer is no letter of the next one")
            read = symbol + layer.symbols * past if layer.delay else symbol
            moved, shown = layer.step(part, read)
            following.append((moved, symbol if layer.delay else 0))
            seen.append(shown)
            symbol = layer.answer(shown, read)
        if symbol not in (0, 1):
            raise UnreadableError("the last layer's answer is no verdict")
        return tuple(following), symbol == 1, seen

    def verdicts(self, word: list[int]) -> list[bool]:
        """The verdict on every prefix of a word, the empty one first."""
        state, verdict = self.begin()
        found = [verdict]
        for letter in word:
            state, verdict, _ = self.step(state, letter)
            found.append(verdict)
        return found


def first_difference(
    network: NetworkDefinition, automaton: dict[str, Any], length: int, most: int = 5_000
) -> tuple[tuple[int, ...] | None, int]:
    """A shortest word on which network and automaton differ, by looking at all words up to a length.

    Arguments:
        network: the network.
        automaton: letters (those of the network), table, start, accepting, as in a certificate.
        length: greatest length.
        most: most pairs (state of the network, state of the automaton) that are looked at.

    Returns:
        The word, or None; and the length up to which every word was looked at.
    """
    accepting = set(automaton["accepting"])
    state, verdict = network.begin()
    if verdict != (automaton["start"] in accepting):
        return (), 0
    level: dict[Any, tuple[int, ...]] = {(state, automaton["start"]): ()}
    seen = set(level)
    for depth in range(1, length + 1):
        following: dict[Any, tuple[int, ...]] = {}
        for (state, q), word in level.items():
            for letter in range(len(network.letters)):
                moved, verdict, _ = network.step(state, letter)
                target = automaton["table"][letter][q]
                if verdict != (target in accepting):
                    return (*word, letter), depth
                if (moved, target) not in seen:
                    seen.add((moved, target))
                    following[moved, target] = (*word, letter)
        if not following:
            return None, length
        if len(seen) > most and depth < length:
            return None, depth
        level = following
    return None, length
