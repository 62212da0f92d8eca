"""A transition and a letter → rounded operations that apply it to the columns of a matrix, and add the inputs.

The orders of operations are stated in `programs`. A source writes for any number of columns: the state's own, or
columns that are products of transitions. Only the first columns have inputs; the others are moved and nothing is added.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.operations import multiply
from expressivity.arithmetic.reference import layout
from expressivity.arithmetic.spec import Arithmetic
from expressivity.networks.layer import Layer
from expressivity.networks.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.rwkv7 import Rwkv7Transition
from expressivity.networks.transition import (
    ComplexDiagonalTransition,
    DiagonalTransition,
    HouseholderTransition,
)
from expressivity.simulation.instructions import DOT, MULTIPLY, ONE, SET, SHIFT, SUBTRACT, Bank, Writer
from expressivity.simulation.weights import round_exact, round_keys, unit_vector


def program_source(layer: Layer, arithmetic: Arithmetic, operations: Format) -> Rows | Householder | Rwkv7:
    """The writer of a layer's transitions.

    Arguments:
        layer: the layer.
        arithmetic: the arithmetic.
        operations: format of single operations.
    """
    if arithmetic.order != "fused" and isinstance(layer.transition, HouseholderTransition):
        return Householder(layer.transition, arithmetic)
    if arithmetic.order != "fused" and isinstance(layer.transition, Rwkv7Transition):
        return Rwkv7(layer.transition, arithmetic, operations)
    return Rows(layer, arithmetic)


def block_size(layer: Layer) -> int:
    """Side of the diagonal blocks outside of which every A(x) of a form is zero; the width where there are none."""
    if isinstance(layer.transition, DiagonalTransition):
        return 1
    if isinstance(layer.transition, ComplexDiagonalTransition):
        return 2
    if isinstance(layer.transition, Rwkv7Transition):
        return int(layer.transition.keys.shape[-1])
    return layer.width


class Rows:
    """Transitions that are evaluated row by row; new entries go to registers of their own.

    Arguments:
        layer: the layer.
        arithmetic: the arithmetic.
    """

    def __init__(self, layer: Layer, arithmetic: Arithmetic) -> None:
        transition = layer.transition
        self.fused = arithmetic.order == "fused"
        width = layer.width
        everything = [list(range(width))] * width
        self.kept: list[list[list[int]]] = [everything] * layer.letters
        if isinstance(transition, DiagonalTransition):
            self.kept = [[[i] for i in range(width)]] * layer.letters
            diagonal = round_exact(transition.diagonal, arithmetic.weights)
            self.weights = [[[value] for value in row] for row in diagonal.tolist()]
            return
        matrices = round_exact(transition.matrices, arithmetic.weights)
        if isinstance(transition, ComplexDiagonalTransition):
            self.kept = [[[i - i % 2, i - i % 2 + 1] for i in range(width)]] * layer.letters
        elif isinstance(transition, PermutationDiagonalTransition):
            self.kept = [_one_hot_columns(row, width) for row in transition.index.tolist()]
        self.weights = [
            [[matrices[letter, i, j] for j in columns] for i, columns in enumerate(rows)]
            for letter, rows in enumerate(self.kept)
        ]

    def signature(self, letter: int) -> tuple[bytes, ...]:
        """What the letter's transition is made of: equal for letters that do the same."""
        kept, weights = self.kept[letter], self.weights[letter]
        return repr(kept).encode(), np.array([w for row in weights for w in row], dtype=np.float64).tobytes()

    def write(self, writer: Writer, letter: int, bank: Bank, inputs: Float64[np.ndarray, "width column"]) -> int:
        """Write the operations; returns the register where the new matrix begins."""
        spare = bank.free + len(inputs) * bank.columns
        for i, (weights, kept) in enumerate(zip(self.weights[letter], self.kept[letter], strict=True)):
            for column in range(bank.columns):
                registers = [bank.at(j, column) for j in kept]
                target = bank.free + i * bank.columns + column
                has_input = column < inputs.shape[1]
                shift = writer.constant(inputs[i, column] if has_input else 0.0)
                if self.fused:
                    first = len(writer.terms)
                    writer.terms += [(writer.constant(w), r) for w, r in zip(weights, registers, strict=True)]
                    writer.terms.append((shift, ONE))
                    writer.write(DOT, target, first, len(writer.terms) - first)
                elif registers:
                    writer.sum_of_products(weights, registers, target, spare)
                    if has_input:
                        writer.write(SHIFT, target, shift, target)
                else:
                    writer.write(SET, target, shift)
                writer.finish(target)
        return bank.free


def _one_hot_columns(index: list[int], width: int) -> list[list[int]]:
    """Columns of P·D that reach each row; a complex coordinate is a pair of both."""
    size = width // len(index) if index else 1
    kept: list[list[int]] = [[] for _ in range(width)]
    for j, target in enumerate(index):
        for part in range(size):
            kept[size * target + part] += [size * j + other for other in range(size)]
    return kept


class Householder:
    """The kernels' own order, in place.

    Arguments:
        transition: the transitions.
        arithmetic: the arithmetic.
    """

    def __init__(self, transition: HouseholderTransition, arithmetic: Arithmetic) -> None:
        self.keys = round_keys(transition, arithmetic.weights)
        self.betas = round_exact(transition.betas, arithmetic.weights)
        self.active = np.any(transition.betas.numerators, axis=-1)
        self.gates = None if transition.gates is None else round_exact(transition.gates, arithmetic.weights)

    def signature(self, letter: int) -> tuple[bytes, ...]:
        """What the letter's transition is made of: equal for letters that do the same."""
        gate = b"" if self.gates is None else self.gates[letter].tobytes()
        return self.keys[letter].tobytes(), self.betas[letter].tobytes(), self.active[letter].tobytes(), gate

    def write(self, writer: Writer, letter: int, bank: Bank, inputs: Float64[np.ndarray, "width column"]) -> int:
        """Write the operations; returns the register where the new matrix begins."""
        width = len(inputs)
        inner, spare = bank.free, bank.free + 1
        if self.gates is not None:
            gate = writer.constant(self.gates[letter])
            for register in range(bank.first, bank.first + width * bank.columns):
                writer.write(MULTIPLY, register, gate, register)
        for factor in np.flatnonzero(self.active[letter]).tolist():
            key = self.keys[letter, factor].tolist()
            beta = writer.constant(self.betas[letter, factor])
            for column in range(bank.columns):
                registers = [bank.at(i, column) for i in range(width)]
                writer.sum_of_products(key, registers, inner, spare)
                writer.write(MULTIPLY, inner, beta, inner)
                for k, register in zip(key, registers, strict=True):
                    writer.write(MULTIPLY, spare, writer.constant(k), inner)
                    writer.write(SUBTRACT, register, register, spare)
        for i, row in enumerate(inputs.tolist()):
            for column, shift in enumerate(row):
                writer.write(SHIFT, bank.at(i, column), writer.constant(shift), bank.at(i, column))
                writer.finish(bank.at(i, column))
        return bank.first


class Rwkv7:
    """Diag(w) − (a ⊙ κ) κᵀ head by head, in place.

    Arguments:
        transition: the transitions.
        arithmetic: the arithmetic.
        operations: format of single operations.
    """

    def __init__(self, transition: Rwkv7Transition, arithmetic: Arithmetic, operations: Format) -> None:
        letters, heads, channels = transition.keys.shape
        self.heads, self.channels = heads, channels
        self.decays = round_exact(transition.decays, arithmetic.weights)
        rates = round_exact(transition.rates, arithmetic.weights)
        self.keys = np.zeros((letters, heads, channels))
        form = layout(arithmetic.weights.name)
        removes = transition.rates.reshape(letters, heads, channels) * transition.keys
        self.active = np.any(removes.numerators, axis=(-2, -1))
        for letter, head in zip(*np.nonzero(self.active), strict=True):
            square = transition.squared_lengths[letter, head].fractions().item()
            self.keys[letter, head] = unit_vector(transition.keys[letter, head], square, form)
        flat = self.keys.reshape(letters, heads * channels)
        self.removals = multiply(rates, flat, operations, engine="numpy")

    def signature(self, letter: int) -> tuple[bytes, ...]:
        """What the letter's transition is made of: equal for letters that do the same."""
        parts = (self.decays, self.keys, self.removals, self.active)
        return tuple(part[letter].tobytes() for part in parts)

    def write(self, writer: Writer, letter: int, bank: Bank, inputs: Float64[np.ndarray, "width column"]) -> int:
        """Write the operations; returns the register where the new matrix begins."""
        inner, spare = bank.free, bank.free + 1
        for head in range(self.heads):
            rows = range(head * self.channels, (head + 1) * self.channels)
            for column in range(bank.columns):
                if self.active[letter, head]:
                    registers = [bank.at(i, column) for i in rows]
                    writer.sum_of_products(self.keys[letter, head].tolist(), registers, inner, spare)
                for i in rows:
                    register = bank.at(i, column)
                    writer.write(MULTIPLY, register, writer.constant(self.decays[letter, i]), register)
                    if self.active[letter, head]:
                        writer.write(MULTIPLY, spare, writer.constant(self.removals[letter, i]), inner)
                        writer.write(SUBTRACT, register, register, spare)
                    if column < inputs.shape[1]:
                        writer.write(SHIFT, register, writer.constant(inputs[i, column]), register)
                        writer.finish(register)
        return bank.first
