"""A run written from scratch on single numbers: nothing but the arithmetic's reference and Python fractions."""

from __future__ import annotations

import math
from fractions import Fraction

from expressivity.checker import reference
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network


class Machine:
    """Rounded weights and one step, for layers with rational weights."""

    def __init__(self, network: Network, weights: str, state: str, order: str, mode: str = "nearest-even") -> None:
        self.network, self.weights, self.state, self.order, self.mode = network, weights, state, order, mode
        self.inner = ("fp32", "nearest-even") if order == "accumulate-fp32" else (state, mode)

    def run(self, word: list[int]) -> tuple[list[bool], list[list[float]]]:
        """Verdicts after each letter, and the last states."""
        network = self.network
        states = [[reference.round_number(v, self.state) for v in _flat(layer.start)] for layer in network.layers]
        past = [layer.symbols for layer in network.layers]
        verdicts = []
        letters = ([len(network.letters)] if network.bos else []) + word
        for letter in letters:
            symbol = letter
            for i, layer in enumerate(network.layers):
                read = symbol + (layer.symbols * past[i] if layer.delay else 0)
                past[i] = symbol
                states[i] = self.step(layer, states[i], read)
                symbol = answer(layer, states[i], read)
            verdicts.append(symbol == 1)
        return verdicts[1:] if network.bos else verdicts, states

    def times(self, x: float, y: float) -> float:
        return reference.multiply(x, y, *self.inner)

    def plus(self, x: float, y: float) -> float:
        return reference.add(x, y, *self.inner)

    def weight(self, value: Fraction) -> float:
        return reference.round_number(value, self.weights)

    def step(self, layer: Layer, h: list[float], x: int) -> list[float]:
        """The layer's state after a letter, column by column."""
        columns = layer.columns
        after = [0.0] * len(h)
        for c in range(columns):
            after[c::columns] = self.column(layer, h[c::columns], _flat(layer.inputs[x])[c::columns], x)
        return after

    def column(self, layer: Layer, h: list[float], inputs: list[Fraction] | None, x: int) -> list[float]:
        """One column after a letter; without inputs nothing is added."""
        transition = layer.transition
        b = None if inputs is None else [self.weight(v) for v in inputs]
        if self.order == "fused":
            assert b is not None
            rows = [[self.weight(v) for v in row] for row in transition.matrices[x].fractions().tolist()]
            kept = [stored_columns(transition, x, i) for i in range(len(h))]
            return [
                reference.dot([*(row[j] for j in some), s], [*(h[j] for j in some), 1.0], self.state, self.mode)
                for row, some, s in zip(rows, kept, b, strict=True)
            ]
        if isinstance(transition, HouseholderTransition):
            h = self.reflected(transition, h, x)
        elif isinstance(transition, Rwkv7Transition):
            h = self.removed(transition, h, x)
        else:
            after = []
            for i, row in enumerate(transition.matrices[x].fractions().tolist()):
                some = stored_columns(transition, x, i)
                if not some:
                    after.append(reference.round_number(b[i] if b else 0.0, *self.inner))
                    continue
                total = self.times(self.weight(row[some[0]]), h[some[0]])
                for j in some[1:]:
                    total = self.plus(total, self.times(self.weight(row[j]), h[j]))
                after.append(self.plus(total, b[i]) if b else total)
            h, b = after, None
        if b is not None:
            h = [self.plus(v, s) for v, s in zip(h, b, strict=True)]
        if self.order == "accumulate-fp32":
            h = [reference.round_number(v, self.state, self.mode) for v in h]
        return h

    def reflected(self, transition: HouseholderTransition, h: list[float], x: int) -> list[float]:
        """A gate and generalised Householder factors."""
        if transition.gates is not None:
            gate = self.weight(transition.gates[x].fractions().item())
            h = [self.times(gate, v) for v in h]
        for j in range(transition.factors):
            exact = transition.betas[x, j].fractions().item()
            if exact == 0:
                continue
            key = transition.keys[x, j].fractions().tolist()
            unit = [nearest_root(k, sum(k * k for k in key), self.weights) for k in key]
            inner = self.times(self.weight(exact), self.inner_product(unit, h))
            h = [self.plus(v, -self.times(k, inner)) for k, v in zip(unit, h, strict=True)]
        return h

    def removed(self, transition: Rwkv7Transition, h: list[float], x: int) -> list[float]:
        """Decay and removal, head by head."""
        after: list[float] = []
        for key in transition.keys[x].fractions().tolist():
            at = slice(len(after), len(after) + len(key))
            decays, rates = (part[x].fractions().tolist()[at] for part in (transition.decays, transition.rates))
            kept = [self.times(self.weight(w), v) for w, v in zip(decays, h[at], strict=True)]
            if any(a * k for a, k in zip(rates, key, strict=True)):
                unit = [nearest_root(k, sum(k * k for k in key), self.weights) for k in key]
                inner = self.inner_product(unit, h[at])
                removals = [
                    reference.multiply(self.weight(a), k, self.inner[0]) for a, k in zip(rates, unit, strict=True)
                ]
                kept = [self.plus(v, -self.times(m, inner)) for v, m in zip(kept, removals, strict=True)]
            after += kept
        return after

    def inner_product(self, key: list[float], h: list[float]) -> float:
        total = self.times(key[0], h[0])
        for k, v in zip(key[1:], h[1:], strict=True):
            total = self.plus(total, self.times(k, v))
        return total


class ChunkedMachine(Machine):
    """Blocks of letters: the product of their transitions is a whole matrix here, its columns moved one by one."""

    def __init__(self, network: Network, weights: str, state: str, chunk: int, mode: str = "nearest-even") -> None:
        super().__init__(network, weights, state, "per-operation", mode)
        self.chunk = chunk
        self.read: dict[int, int] = {}
        self.blocks: dict[int, tuple[list[float], list[list[float]], list[list[float]]]] = {}

    def step(self, layer: Layer, h: list[float], x: int) -> list[float]:
        count, width, columns = self.read.get(id(layer), 0), layer.width, layer.columns
        if count % self.chunk == 0:
            one = reference.round_number(Fraction(1), self.state)
            identity = [[one if i == j else 0.0 for i in range(width)] for j in range(width)]
            self.blocks[id(layer)] = h, identity, [[0.0] * width for _ in range(columns)]
        start, product, inputs = self.blocks[id(layer)]
        given = _flat(layer.inputs[x])
        inputs = [self.column(layer, q, given[c::columns], x) for c, q in enumerate(inputs)]
        product = [self.column(layer, column, None, x) for column in product]
        self.blocks[id(layer)], self.read[id(layer)] = (start, product, inputs), count + 1
        after = []
        for i in range(width):
            some = block_columns(layer.transition, i)
            for c in range(columns):
                total = self.times(product[some[0]][i], start[some[0] * columns + c])
                for j in some[1:]:
                    total = self.plus(total, self.times(product[j][i], start[j * columns + c]))
                after.append(self.plus(total, inputs[c][i]))
        return after


def block_columns(transition: object, row: int) -> list[int]:
    """Columns that products of transitions of a form can have in a row."""
    if isinstance(transition, DiagonalTransition):
        return [row]
    if isinstance(transition, ComplexDiagonalTransition):
        return [row - row % 2, row - row % 2 + 1]
    if isinstance(transition, Rwkv7Transition):
        size = transition.keys.shape[2]
        return list(range(row // size * size, row // size * size + size))
    return list(range(transition.width))  # type: ignore[attr-defined]


def stored_columns(transition: object, letter: int, row: int) -> list[int]:
    """Columns in which one transition has an entry of its own in a row."""
    if isinstance(transition, PermutationDiagonalTransition):
        size = 1 if transition.imaginary is None else 2
        sent = [j for j, target in enumerate(transition.index[letter].tolist()) if target == row // size]
        return [size * j + part for j in sent for part in range(size)]
    return block_columns(transition, row)


def nearest_root(k: Fraction, length: Fraction, name: str) -> float:
    """k/√length rounded once, from 200 bits of the root."""
    if k == 0:
        return 0.0
    square = k * k / length
    scale = 1 << 200
    root = Fraction(math.isqrt(square.numerator * scale * scale // square.denominator), scale)
    return reference.round_number(root if k > 0 else -root, name)


def answer(layer: Layer, h: list[float], x: int) -> int:
    """The read-out, by distances in fractions."""
    code, scale = 0, 1
    for number in layer.readout.select[x].tolist():
        if number >= 0:
            block = layer.readout.blocks[number]
            part = [h[c] for c in block.coordinates.tolist()]
            if all(math.isfinite(v) for v in part):
                points = block.points.fractions().tolist()
                gaps = [sum((Fraction(v) - p) ** 2 for v, p in zip(part, point, strict=True)) for point in points]
                code += scale * gaps.index(min(gaps))
        scale *= layer.readout.radix
    return int(layer.readout.table[x, code])


def _flat(array: object) -> list[Fraction]:
    return array.fractions().reshape(-1).tolist()  # type: ignore[attr-defined]
