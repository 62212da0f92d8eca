"""A run written from scratch on single numbers: nothing but the arithmetic's reference and Python fractions."""

from __future__ import annotations

import math
from fractions import Fraction

from expressivity.arithmetic import reference
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network
from expressivity.networks.transition import DiagonalTransition, HouseholderTransition


class Machine:
    """Rounded weights and one step, for one-column layers with rational weights."""

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
        b = [self.weight(v) for v in _flat(layer.inputs[x])]
        transition = layer.transition
        if self.order == "fused":
            if isinstance(transition, DiagonalTransition):
                d = [self.weight(v) for v in transition.diagonal[x].fractions().tolist()]
                return [reference.dot([w, s], [v, 1.0], self.state, self.mode) for w, v, s in zip(d, h, b, strict=True)]
            rows = [[self.weight(v) for v in row] for row in transition.matrices[x].fractions().tolist()]
            return [reference.dot([*row, s], [*h, 1.0], self.state, self.mode) for row, s in zip(rows, b, strict=True)]
        if isinstance(transition, HouseholderTransition):
            h = list(h)
            if transition.gates is not None:
                gate = self.weight(transition.gates[x].fractions().item())
                h = [self.times(gate, v) for v in h]
            for j in range(transition.factors):
                exact = transition.betas[x, j].fractions().item()
                if exact == 0:
                    continue
                key = transition.keys[x, j].fractions().tolist()
                length = sum(k * k for k in key)
                unit = [nearest_root(k, length, self.weights) for k in key]
                inner = self.times(unit[0], h[0])
                for k, v in zip(unit[1:], h[1:], strict=True):
                    inner = self.plus(inner, self.times(k, v))
                inner = self.times(self.weight(exact), inner)
                h = [self.plus(v, -self.times(k, inner)) for k, v in zip(unit, h, strict=True)]
            h = [self.plus(v, s) for v, s in zip(h, b, strict=True)]
        elif isinstance(transition, DiagonalTransition):
            d = [self.weight(v) for v in transition.diagonal[x].fractions().tolist()]
            h = [self.plus(self.times(w, v), s) for w, v, s in zip(d, h, b, strict=True)]
        else:
            after = []
            for row, s in zip(transition.matrices[x].fractions().tolist(), b, strict=True):
                total = self.times(self.weight(row[0]), h[0])
                for w, v in zip(row[1:], h[1:], strict=True):
                    total = self.plus(total, self.times(self.weight(w), v))
                after.append(self.plus(total, s))
            h = after
        if self.order == "accumulate-fp32":
            h = [reference.round_number(v, self.state, self.mode) for v in h]
        return h


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
