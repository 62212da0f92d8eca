"""A word run again from scratch: one scalar operation after the other over `checker.reference`, nothing batched.

Written from the definition of the orders of evaluation in `simulation.programs`, and sharing no code with the
simulation, the search or the certificate checker: what it confirms has been computed three times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.checker import reference
from expressivity.errors import FormatError
from expressivity.exact import ExactArray, rationals, sign
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Block, Layer
from expressivity.networks.network import Network

ORDERS = ("per-operation", "fused", "accumulate-fp32")
"""The evaluation orders the loop knows."""

_FIRST_BITS = 128
Step = Callable[[list[float]], list[float]]


@dataclass(frozen=True)
class ScalarRun:
    """What a run left behind.

    Arguments:
        verdict: the network's verdict on the word.
        states: the state of every layer after the word.
    """

    verdict: bool
    states: tuple[tuple[float, ...], ...]


def replay(network: Network, word: Sequence[str], arithmetic: str) -> ScalarRun:
    """A word run by a plain loop over scalar operations.

    Arguments:
        network: the network.
        word: letters of the word.
        arithmetic: as `parse_arithmetic` reads it; its order must be one of `ORDERS`, its rounding deterministic.

    Raises:
        FormatError: for an arithmetic or a form of A(x) that this loop does not know.
    """
    model = parse_arithmetic(arithmetic)
    if model.order not in ORDERS or model.rounding == "stochastic" or model.exact:
        raise FormatError(
            f"arithmetic {arithmetic!r} is unknown to the scalar loop; expected one of the orders {', '.join(ORDERS)}"
        )
    if unknown := {layer.transition.kind for layer in network.layers if not layer.transition.in_checker}:
        raise FormatError(f"the scalar loop does not state the form {', '.join(sorted(unknown))} of A(x)")
    letters = [network.letters.index(letter) for letter in word]
    if network.bos:
        letters.insert(0, len(network.letters))
    layers = [_ScalarLayer(layer, model) for layer in network.layers]
    verdict = network.accepts_empty
    for position, letter in enumerate(letters):
        symbol = letter
        for depth, layer in enumerate(layers):
            # The last layer is decoded once: only its final answer is the verdict.
            wanted = depth + 1 < len(layers) or position + 1 == len(letters)
            symbol = layer.step(symbol, answer=wanted)
        verdict = symbol == 1
    return ScalarRun(verdict, tuple(tuple(layer.state) for layer in layers))


class _Scalars:
    """Rounded scalar operations of an arithmetic, and exact numbers rounded once to its weight format."""

    def __init__(self, model: Arithmetic) -> None:
        self.order = model.order
        self.weights = reference.layout(model.weights.name)
        self.state = reference.layout(model.state.name)
        self.mode = model.rounding
        in_fp32 = model.order == "accumulate-fp32"
        self.inner = reference.layout("fp32") if in_fp32 else self.state
        self.inner_mode = "nearest-even" if in_fp32 else model.rounding

    def times(self, x: float, y: float) -> float:
        return float(reference.multiply(x, y, self.inner, self.inner_mode))

    def plus(self, x: float, y: float) -> float:
        return float(reference.add(x, y, self.inner, self.inner_mode))

    def inner_product(self, weights: list[float], values: list[float]) -> float:
        total = self.times(weights[0], values[0])
        for weight, value in zip(weights[1:], values[1:], strict=True):
            total = self.plus(total, self.times(weight, value))
        return total

    def finish(self, values: list[float]) -> list[float]:
        if self.order != "accumulate-fp32":
            return values
        return [float(reference.round_number(value, self.state, self.mode)) for value in values]

    def weight(self, value: ExactArray, square: Fraction = Fraction(1)) -> float:
        return _round_quotient(value, square, self.weights)


def _round_quotient(value: ExactArray, square: Fraction, form: reference.Layout) -> float:
    """value/√square rounded once to nearest even; `value` has shape ()."""
    squared = (value * value).simplified()
    if squared.is_rational:
        ratio = Fraction(squared.fractions().item()) / square
        product = ratio.numerator * ratio.denominator
        root = math.isqrt(product)
        if root * root == product:
            direction = sign(value.numerators.tolist(), value.conductor)
            return float(reference.round_number(direction * Fraction(root, ratio.denominator), form))
    bits = _FIRST_BITS
    while True:
        low, high = _enclose(value, square, bits)
        ends = [reference.round_number(end, form) for end in (low, high)]
        if ends[0] == ends[1]:
            return float(ends[0])
        bits *= 2


def _enclose(value: ExactArray, square: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """Rationals below and above value/√square, by interval arithmetic with a number of bits."""
    from mpmath.ctx_iv import MPIntervalContext

    context = MPIntervalContext()
    context.prec = bits
    c = 2 * context.cos(2 * context.pi / value.conductor)
    total = context.mpf(0)
    for coefficient in reversed(value.numerators.tolist()):
        total = total * c + int(coefficient)
    root = context.sqrt(context.mpf(square.numerator) / square.denominator)
    total = total / value.denominator / root
    low, high = (_fraction(end) for end in total._mpi_)
    return low, high


def _fraction(end: Any) -> Fraction:
    """An end of an interval, as mpmath stores it, as a fraction."""
    negative, significand, exponent, _ = end
    magnitude = Fraction(int(significand)) * Fraction(2) ** int(exponent)
    return -magnitude if negative else magnitude


class _ScalarLayer:
    """One layer with its state, advanced letter by letter."""

    def __init__(self, layer: Layer, model: Arithmetic) -> None:
        self.layer, self.scalars = layer, _Scalars(model)
        flat = layer.start.reshape(layer.size)
        self.state = [_round_quotient(flat[i], Fraction(1), self.scalars.state) for i in range(layer.size)]
        self.previous = layer.symbols
        self.decoders = [_ScalarDecoder(block) for block in layer.readout.blocks]
        self._steps: dict[int, Step] = {}

    def step(self, symbol: int, *, answer: bool) -> int:
        letter = symbol
        if self.layer.delay:
            letter = symbol + self.layer.symbols * self.previous
            self.previous = symbol
        if letter not in self._steps:
            self._steps[letter] = self._make_step(letter)
        self.state = self._steps[letter](self.state)
        return self._answer(letter) if answer else -1

    def _answer(self, letter: int) -> int:
        readout = self.layer.readout
        code = 0
        for read, number in enumerate(readout.select[letter].tolist()):
            if number >= 0:
                code += readout.radix**read * self.decoders[number].code(self.state)
        return int(readout.table[letter, code])

    def _make_step(self, letter: int) -> Step:
        scalars, transition = self.scalars, self.layer.transition
        inputs = self.layer.inputs.reshape(self.layer.letters, self.layer.size)
        shifts = [scalars.weight(inputs[letter, i]) for i in range(self.layer.size)]
        if scalars.order == "fused":
            return self._fused(self._rows(letter), shifts)
        if isinstance(transition, HouseholderTransition):
            return self._householder(transition, letter, shifts)
        if isinstance(transition, Rwkv7Transition):
            return self._rwkv7(transition, letter, shifts)
        return self._by_rows(self._rows(letter), shifts)

    def _rows(self, letter: int) -> list[list[tuple[int, float]]]:
        """For every number of the state the stored entries of its row of A(x), as (place, weight)."""
        transition, width, columns = self.layer.transition, self.layer.width, self.layer.columns
        matrix = transition.matrices[letter]
        rows = []
        for i in range(width):
            stored = list(range(width))
            if isinstance(transition, DiagonalTransition):
                stored = [i]
            elif isinstance(transition, ComplexDiagonalTransition):
                stored = [2 * (i // 2), 2 * (i // 2) + 1]
            elif isinstance(transition, Rwkv7Transition):
                side = transition.keys.shape[-1]
                stored = list(range(i - i % side, i - i % side + side))
            elif isinstance(transition, PermutationDiagonalTransition):
                targets = transition.index[letter].tolist()
                part = width // len(targets)
                stored = [part * j + k for j, target in enumerate(targets) if target == i // part for k in range(part)]
            weights = [(j, self.scalars.weight(matrix[i, j])) for j in stored]
            rows += [[(j * columns + column, weight) for j, weight in weights] for column in range(columns)]
        return rows

    def _fused(self, rows: list[list[tuple[int, float]]], shifts: list[float]) -> Step:
        scalars = self.scalars

        def step(state: list[float]) -> list[float]:
            return [
                float(
                    reference.dot(
                        [*(weight for _, weight in row), shift],
                        [*(state[place] for place, _ in row), 1.0],
                        scalars.state,
                        scalars.mode,
                    )
                )
                for row, shift in zip(rows, shifts, strict=True)
            ]

        return step

    def _by_rows(self, rows: list[list[tuple[int, float]]], shifts: list[float]) -> Step:
        scalars = self.scalars

        def step(state: list[float]) -> list[float]:
            moved = []
            for row, shift in zip(rows, shifts, strict=True):
                if row:
                    weights, values = [weight for _, weight in row], [state[place] for place, _ in row]
                    moved.append(scalars.plus(scalars.inner_product(weights, values), shift))
                else:
                    moved.append(float(reference.round_number(shift, scalars.inner, scalars.inner_mode)))
            return scalars.finish(moved)

        return step

    def _unit(self, key: ExactArray) -> list[float]:
        square = Fraction((key * key).simplified().fractions().sum()) if key.is_rational else _square(key)
        return [self.scalars.weight(key[i], square) for i in range(key.shape[0])]

    def _householder(self, transition: HouseholderTransition, letter: int, shifts: list[float]) -> Step:
        scalars, columns = self.scalars, self.layer.columns
        gate = None if transition.gates is None else scalars.weight(transition.gates[letter])
        factors = [
            (self._unit(transition.keys[letter, j]), scalars.weight(transition.betas[letter, j]))
            for j in range(transition.factors)
            if np.any(transition.betas.numerators[letter, j])
        ]

        def step(state: list[float]) -> list[float]:
            h = list(state) if gate is None else [scalars.times(gate, value) for value in state]
            for key, beta in factors:
                for column in range(columns):
                    c = scalars.times(beta, scalars.inner_product(key, h[column::columns]))
                    for i, k in enumerate(key):
                        place = i * columns + column
                        h[place] = scalars.plus(h[place], -scalars.times(k, c))
            return scalars.finish([scalars.plus(value, shift) for value, shift in zip(h, shifts, strict=True)])

        return step

    def _rwkv7(self, transition: Rwkv7Transition, letter: int, shifts: list[float]) -> Step:
        scalars, columns = self.scalars, self.layer.columns
        _, count, channels = transition.keys.shape
        decays = [scalars.weight(transition.decays[letter, i]) for i in range(count * channels)]
        heads: list[tuple[list[float], list[float]]] = []
        for head in range(count):
            key = transition.keys[letter, head]
            rates = transition.rates[letter, head * channels : (head + 1) * channels]
            if np.any((rates * key).numerators):
                unit = self._unit(key)
                removals = [
                    float(reference.multiply(scalars.weight(rates[i]), unit[i], scalars.inner)) for i in range(channels)
                ]
                heads.append((unit, removals))
            else:
                heads.append(([], []))

        def step(state: list[float]) -> list[float]:
            moved = list(state)
            for head, (unit, removals) in enumerate(heads):
                for column in range(columns):
                    places = [(head * channels + i) * columns + column for i in range(channels)]
                    c = scalars.inner_product(unit, [state[place] for place in places]) if unit else 0.0
                    for i, place in enumerate(places):
                        value = scalars.times(decays[head * channels + i], state[place])
                        if unit:
                            value = scalars.plus(value, -scalars.times(removals[i], c))
                        moved[place] = scalars.plus(value, shifts[place])
            return scalars.finish(moved)

        return step


def _square(key: ExactArray) -> Fraction:
    """kᵀk of a key with irrational entries; a transition's invariant makes it rational."""
    row = key.reshape(1, -1)
    return Fraction((row @ row.transposed).simplified().fractions().item())


class _ScalarDecoder:
    """Number of the code point nearest to some coordinates; ties go to the lower number, NaN and infinity to 0."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.coordinates = block.coordinates.tolist()
        self._known: dict[tuple[float, ...], int] = {}

    def code(self, state: list[float]) -> int:
        part = tuple(state[c] for c in self.coordinates)
        if not all(math.isfinite(value) for value in part):
            return 0
        if part not in self._known:
            here = rationals(np.array([Fraction(value) for value in part], dtype=object))
            distances = [self._distance(code, here) for code in range(len(self.block.points))]
            best = 0
            for code, distance in enumerate(distances):
                gap = distances[best] - distance
                if sign(gap.numerators.tolist(), gap.conductor) > 0:
                    best = code
            self._known[part] = best
        return self._known[part]

    def _distance(self, code: int, here: ExactArray) -> ExactArray:
        """|p|² − 2 p·h, the squared distance up to a term common to all code points."""
        point = self.block.points[code].reshape(1, -1)
        total = point @ (point - here.reshape(1, -1) - here.reshape(1, -1)).transposed
        return total.reshape()
