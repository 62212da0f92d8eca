"""A layer and an arithmetic → for each letter a straight-line program of rounded operations on the state.

The order of operations is the model, so it is stated here once. `w` are weights rounded to the weight format, `h` the
state before the step; every product and every sum is rounded as soon as it is formed.

`per-operation`
: *Rows* (dense, diagonal, complex-diagonal, permutation-diagonal): h'_i = (((w_i0·h_0) + (w_i1·h_1)) + …) + b_i, from
  left to right over the entries the form stores: all columns of a dense matrix, zeros included; the one entry of a
  diagonal; both entries of a complex pair's real form [[re, −im], [im, re]], each rounded as an entry of its own; of
  P·D the entries that P sends to the coordinate, by ascending column.
: *Householder*: first h ← α·h where there is a gate; then factor by factor, as the kernels do,
  c = ((k_0·h_0) + (k_1·h_1)) + …, c ← β·c, h_i ← h_i − (k_i·c); then h_i ← h_i + b_i. The key is k/√(kᵀk) rounded
  once from its exact value and not normalised again. A factor whose exact β is zero is not applied.
: *RWKV-7*, in each head: c = ((κ_0·h_0) + (κ_1·h_1)) + …, h_i ← ((w_i·h_i) − (m_i·c)) + b_i with κ the unit key rounded
  once and m_i = a_i·κ_i formed once from the rounded weights and rounded to nearest even.

`fused`
: h'_i is the exact Σ_j A_ij·h_j + b_i rounded once, A(x) being stored as a matrix: its exact entries, rounded to the
  weight format (only the diagonal, pair or one-hot entries where the form has no others).

`accumulate-fp32`
: the operations of `per-operation`, each rounded to nearest even in fp32, then h'_i rounded once to the state format.

A state with several columns is evolved column by column; b_i is always added, zero or not, except to an empty sum,
which is b_i itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64, Int64

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.operations import multiply
from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.errors import FormatError
from expressivity.networks.layer import Layer
from expressivity.networks.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.rwkv7 import Rwkv7Transition
from expressivity.networks.transition import (
    ComplexDiagonalTransition,
    DiagonalTransition,
    HouseholderTransition,
)
from expressivity.simulation.weights import round_exact, round_keys, unit_vector

MULTIPLY, ADD, SUBTRACT, SHIFT, SET, DOT, ROUND = range(7)
"""Operations: d ← const·a, a + b, a − b, const + a, const, Σ terms, a rounded to the state format."""

ONE = -1
"""The register of a term of `DOT` that stands for the number 1."""

ORDERS = ("per-operation", "fused", "accumulate-fp32")
"""The evaluation orders a network can be run in."""


@dataclass(frozen=True, eq=False)
class LayerProgram:
    """What a layer does with its state after each letter.

    Registers 0 … size − 1 hold the state before the step.

    Arguments:
        size: numbers in the state.
        registers: registers needed.
        start: start state, in the state format.
        program_of: program of each letter.
        bounds: where each program begins in `instructions`, and where the last one ends.
        result: register where each program leaves the new state.
        instructions: rows (operation, target, a, b); a is a position in `constants` where the operation has one, and
            the first position in the terms for `DOT` (b their number).
        constants: weights, in the weight format.
        term_constants: position of each term's factor in `constants`.
        term_registers: register of each term's other factor, or `ONE`.
    """

    size: int
    registers: int
    start: Float64[np.ndarray, " width"]
    program_of: Int64[np.ndarray, " letter"]
    bounds: Int64[np.ndarray, " bound"]
    result: Int64[np.ndarray, " program"]
    instructions: Int64[np.ndarray, "instruction 4"]
    constants: Float64[np.ndarray, " constant"]
    term_constants: Int64[np.ndarray, " term"]
    term_registers: Int64[np.ndarray, " term"]

    @property
    def programs(self) -> int:
        """Number of different programs."""
        return len(self.result)


def runnable(arithmetic: Arithmetic | str) -> Arithmetic:
    """The arithmetic, if networks can be run in it.

    Raises:
        FormatError: for an exact state or exact weights, and for an order that is not available.
    """
    model = parse_arithmetic(arithmetic) if isinstance(arithmetic, str) else arithmetic
    if model.order not in ORDERS:
        raise FormatError(
            f"arithmetic {str(model)!r}: networks are not run in the order {model.order}; expected one of "
            f"{', '.join(ORDERS)}"
        )
    if model.exact or model.weights.kind == "exact":
        raise FormatError(
            f"arithmetic {str(model)!r} does not round everything; give number formats for weights and state, or "
            "'exact' alone where exact states are decided"
        )
    return model


def operation_format(arithmetic: Arithmetic) -> tuple[Format, str]:
    """Format and rounding mode of every single operation."""
    if arithmetic.order == "accumulate-fp32":
        return parse_format("fp32"), "nearest-even"
    return arithmetic.state, arithmetic.rounding


@dataclass
class _Writer:
    """Programs under construction; equal constants are stored once."""

    rounds: bool  # whether new states are rounded once more
    instructions: list[tuple[int, int, int, int]] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    terms: list[tuple[int, int]] = field(default_factory=list)
    places: dict[bytes, int] = field(default_factory=dict)

    def constant(self, value: float) -> int:
        place = self.places.setdefault(np.float64(value).tobytes(), len(self.constants))
        if place == len(self.constants):
            self.constants.append(float(value))
        return place

    def write(self, operation: int, target: int, a: int, b: int = 0) -> None:
        self.instructions.append((operation, target, a, b))

    def sum_of_products(self, weights: list[float], registers: list[int], target: int, spare: int) -> None:
        """Target ← Σ weight·register, left to right."""
        for number, (weight, register) in enumerate(zip(weights, registers, strict=True)):
            place = spare if number else target
            self.write(MULTIPLY, place, self.constant(weight), register)
            if number:
                self.write(ADD, target, target, spare)

    def finish(self, target: int) -> None:
        if self.rounds:
            self.write(ROUND, target, target)


def layer_program(layer: Layer, arithmetic: Arithmetic) -> LayerProgram:
    """The programs of a layer; letters that do the same to the state share one."""
    inputs = round_exact(layer.inputs, arithmetic.weights).reshape(layer.letters, layer.width, layer.columns)
    operations, _ = operation_format(arithmetic)
    writer = _Writer(rounds=operations != arithmetic.state)
    transition = layer.transition
    source: _Rows | _Householder | _Rwkv7
    if arithmetic.order != "fused" and isinstance(transition, HouseholderTransition):
        source = _Householder(transition, arithmetic)
    elif arithmetic.order != "fused" and isinstance(transition, Rwkv7Transition):
        source = _Rwkv7(transition, arithmetic, operations)
    else:
        source = _Rows(layer, arithmetic)
    known: dict[tuple[bytes, ...], int] = {}
    program_of, bounds = np.empty(layer.letters, dtype=np.int64), [0]
    result: list[int] = []
    for letter in range(layer.letters):
        key = (*source.signature(letter), inputs[letter].tobytes())
        if key not in known:
            known[key] = len(result)
            result.append(source.write(writer, letter, inputs[letter]))
            bounds.append(len(writer.instructions))
        program_of[letter] = known[key]
    return LayerProgram(
        size=layer.size,
        registers=2 * layer.size + 2,
        start=round_exact(layer.start, arithmetic.state).reshape(layer.size),
        program_of=program_of,
        bounds=np.array(bounds, dtype=np.int64),
        result=np.array(result, dtype=np.int64),
        instructions=np.array(writer.instructions, dtype=np.int64).reshape(-1, 4),
        constants=np.array(writer.constants, dtype=np.float64),
        term_constants=np.array([c for c, _ in writer.terms], dtype=np.int64),
        term_registers=np.array([r for _, r in writer.terms], dtype=np.int64),
    )


class _Rows:
    """Transitions that are evaluated row by row; new states go to registers of their own."""

    def __init__(self, layer: Layer, arithmetic: Arithmetic) -> None:
        transition = layer.transition
        self.fused = arithmetic.order == "fused"
        self.size, self.columns = layer.size, layer.columns
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
        kept, weights = self.kept[letter], self.weights[letter]
        return repr(kept).encode(), np.array([w for row in weights for w in row], dtype=np.float64).tobytes()

    def write(self, writer: _Writer, letter: int, inputs: np.ndarray) -> int:
        spare = 2 * self.size
        for i, (weights, kept) in enumerate(zip(self.weights[letter], self.kept[letter], strict=True)):
            for column in range(self.columns):
                registers = [j * self.columns + column for j in kept]
                target = self.size + i * self.columns + column
                shift = writer.constant(inputs[i, column])
                if self.fused:
                    first = len(writer.terms)
                    writer.terms += [(writer.constant(w), r) for w, r in zip(weights, registers, strict=True)]
                    writer.terms.append((shift, ONE))
                    writer.write(DOT, target, first, len(writer.terms) - first)
                elif registers:
                    writer.sum_of_products(weights, registers, target, spare)
                    writer.write(SHIFT, target, shift, target)
                else:
                    writer.write(SET, target, shift)
                writer.finish(target)
        return self.size


def _one_hot_columns(index: list[int], width: int) -> list[list[int]]:
    """Columns of P·D that reach each row; a complex coordinate is a pair of both."""
    size = width // len(index) if index else 1
    kept: list[list[int]] = [[] for _ in range(width)]
    for j, target in enumerate(index):
        for part in range(size):
            kept[size * target + part] += [size * j + other for other in range(size)]
    return kept


class _Householder:
    """The kernels' own order, in place."""

    def __init__(self, transition: HouseholderTransition, arithmetic: Arithmetic) -> None:
        self.keys = round_keys(transition, arithmetic.weights)
        self.betas = round_exact(transition.betas, arithmetic.weights)
        self.active = np.any(transition.betas.numerators, axis=-1)
        self.gates = None if transition.gates is None else round_exact(transition.gates, arithmetic.weights)

    def signature(self, letter: int) -> tuple[bytes, ...]:
        gate = b"" if self.gates is None else self.gates[letter].tobytes()
        return self.keys[letter].tobytes(), self.betas[letter].tobytes(), self.active[letter].tobytes(), gate

    def write(self, writer: _Writer, letter: int, inputs: np.ndarray) -> int:
        width, columns = inputs.shape
        inner, spare = 2 * width * columns, 2 * width * columns + 1
        if self.gates is not None:
            gate = writer.constant(self.gates[letter])
            for register in range(width * columns):
                writer.write(MULTIPLY, register, gate, register)
        for factor in np.flatnonzero(self.active[letter]).tolist():
            key = self.keys[letter, factor].tolist()
            beta = writer.constant(self.betas[letter, factor])
            for column in range(columns):
                registers = [i * columns + column for i in range(width)]
                writer.sum_of_products(key, registers, inner, spare)
                writer.write(MULTIPLY, inner, beta, inner)
                for k, register in zip(key, registers, strict=True):
                    writer.write(MULTIPLY, spare, writer.constant(k), inner)
                    writer.write(SUBTRACT, register, register, spare)
        for register, shift in enumerate(inputs.reshape(-1).tolist()):
            writer.write(SHIFT, register, writer.constant(shift), register)
            writer.finish(register)
        return 0


class _Rwkv7:
    """Diag(w) − (a ⊙ κ) κᵀ head by head, in place."""

    def __init__(self, transition: Rwkv7Transition, arithmetic: Arithmetic, operations: Format) -> None:
        letters, heads, channels = transition.keys.shape
        self.heads, self.channels = heads, channels
        self.decays = round_exact(transition.decays, arithmetic.weights)
        rates = round_exact(transition.rates, arithmetic.weights)
        self.keys = np.zeros((letters, heads, channels))
        from expressivity.arithmetic.reference import layout

        form = layout(arithmetic.weights.name)
        removes = transition.rates.reshape(letters, heads, channels) * transition.keys
        self.active = np.any(removes.numerators, axis=(-2, -1))
        for letter, head in zip(*np.nonzero(self.active), strict=True):
            square = transition.squared_lengths[letter, head].fractions().item()
            self.keys[letter, head] = unit_vector(transition.keys[letter, head], square, form)
        flat = self.keys.reshape(letters, heads * channels)
        self.removals = multiply(rates, flat, operations, engine="numpy")

    def signature(self, letter: int) -> tuple[bytes, ...]:
        parts = (self.decays, self.keys, self.removals, self.active)
        return tuple(part[letter].tobytes() for part in parts)

    def write(self, writer: _Writer, letter: int, inputs: np.ndarray) -> int:
        width, columns = inputs.shape
        inner, spare = 2 * width * columns, 2 * width * columns + 1
        for head in range(self.heads):
            rows = range(head * self.channels, (head + 1) * self.channels)
            for column in range(columns):
                if self.active[letter, head]:
                    registers = [i * columns + column for i in rows]
                    writer.sum_of_products(self.keys[letter, head].tolist(), registers, inner, spare)
                for i in rows:
                    register = i * columns + column
                    writer.write(MULTIPLY, register, writer.constant(self.decays[letter, i]), register)
                    if self.active[letter, head]:
                        writer.write(MULTIPLY, spare, writer.constant(self.removals[letter, i]), inner)
                        writer.write(SUBTRACT, register, register, spare)
                    writer.write(SHIFT, register, writer.constant(inputs[i, column]), register)
                    writer.finish(register)
        return 0
