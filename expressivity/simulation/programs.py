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
  weight format (only the diagonal, pair, head or one-hot entries where the form has no others).

`accumulate-fp32`
: the operations of `per-operation`, each rounded to nearest even in fp32, then h'_i rounded once to the state format.

`chunked:<c>`
: products of transitions are formed first, then applied, as chunk-parallel kernels do. The letters a layer reads are
  taken in blocks of c (a beginning-of-sequence letter is the first). Beside the state S at the start of the block the
  layer keeps the product P of the block's transitions and the state q that its inputs alone give; P = I (1 rounded to
  the state format), q = 0 where a block begins. Each letter advances q by the operations of `per-operation`, and the
  columns of P by the same operations without adding inputs (an empty sum is 0). What is read out is
  h_i = (((P_i0·S_0) + (P_i1·S_1)) + …) + q_i; after the last letter of a block S ← h. Of P only the diagonal blocks
  exist outside of which every A(x) of the form is zero: single entries (diagonal), pairs (complex-diagonal), heads
  (RWKV-7). `chunked:1` is not `per-operation`: the rounded A(x)·I is applied to S as a matrix.

A state with several columns is evolved column by column; b_i is always added, zero or not, except to an empty sum,
which is b_i itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.errors import FormatError
from expressivity.networks.forms.instructions import Bank, Writer
from expressivity.networks.forms.opcodes_kernels import ADD, MOVE, PRODUCT, SET
from expressivity.networks.forms.rows import Rows
from expressivity.networks.forms.weights import round_exact
from expressivity.networks.layer import Layer

ORDERS = ("per-operation", "fused", "accumulate-fp32", "chunked")
"""The evaluation orders a network can be run in."""


@dataclass(frozen=True, eq=False)
class LayerProgram:
    """What a layer does with its row of numbers after each letter.

    A row is the layer's state h; in the order `chunked` it is (h, S, the matrix [q P] by rows, letters of the block
    read so far). Registers 0 … size − 1 hold the row before the step. The last number of a chunked row is counted by
    whoever runs the programs, without rounding.

    Arguments:
        size: numbers in the row.
        registers: registers needed.
        start: row before the first letter, in the state format.
        chunk: letters per block in the order `chunked`, else 0.
        program_of: program of each letter; in the order `chunked` once more for letters that end a block.
        bounds: where each program begins in `instructions`, and where the last one ends.
        result: register where each program leaves the new row.
        instructions: rows (operation, target, a, b); a is a position in `constants` where the operation has one, and
            the first position in the terms for `DOT` (b their number).
        constants: weights, in the weight format.
        term_constants: position of each term's factor in `constants`.
        term_registers: register of each term's other factor, or `ONE`.
        by_rows: whether A(x) is applied row by row, so that what happens to a coordinate depends on its row alone.
    """

    size: int
    registers: int
    start: Float64[np.ndarray, " number"]
    chunk: int
    program_of: Int64[np.ndarray, " letter"]
    bounds: Int64[np.ndarray, " bound"]
    result: Int64[np.ndarray, " program"]
    instructions: Int64[np.ndarray, "instruction 4"]
    constants: Float64[np.ndarray, " constant"]
    term_constants: Int64[np.ndarray, " term"]
    term_registers: Int64[np.ndarray, " term"]
    by_rows: bool

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


def layer_program(layer: Layer, arithmetic: Arithmetic) -> LayerProgram:
    """The programs of a layer; letters that do the same to the state share one."""
    inputs = round_exact(layer.inputs, arithmetic.weights).reshape(layer.letters, layer.width, layer.columns)
    start = round_exact(layer.start, arithmetic.state).reshape(layer.size)
    operations, _ = operation_format(arithmetic)
    writer = Writer(rounds=operations != arithmetic.state)
    own = None if arithmetic.order == "fused" else layer.transition.step_program(arithmetic, operations)
    source = own or Rows(layer.transition.rows(arithmetic.weights), fused=arithmetic.order == "fused")
    chunk = arithmetic.chunk or 0
    bank = Bank(0, layer.columns, layer.size)
    block = _Block(layer, arithmetic.state)
    if chunk:
        bank = block.bank
        start = np.concatenate([start, start, block.nothing.reshape(-1), [0.0]])
    known: dict[tuple[bytes, ...], int] = {}
    program_of: list[int] = []
    bounds, result = [0], list[int]()
    for ends_block in (False, True) if chunk else (False,):
        for letter in range(layer.letters):
            key = (*source.signature(letter), inputs[letter].tobytes(), repr(ends_block).encode())
            if key not in known:
                known[key] = len(result)
                place = source.write(writer, letter, bank, inputs[letter])
                result.append(block.write(writer, place, ends_block=ends_block) if chunk else place)
                bounds.append(len(writer.instructions))
            program_of.append(known[key])
    return LayerProgram(
        size=len(start),
        registers=bank.free + layer.width * bank.columns + 2,
        start=start,
        chunk=chunk,
        program_of=np.array(program_of, dtype=np.int64),
        bounds=np.array(bounds, dtype=np.int64),
        result=np.array(result, dtype=np.int64),
        instructions=np.array(writer.instructions, dtype=np.int64).reshape(-1, 4),
        constants=np.array(writer.constants, dtype=np.float64),
        term_constants=np.array([c for c, _ in writer.terms], dtype=np.int64),
        term_registers=np.array([r for _, r in writer.terms], dtype=np.int64),
        by_rows=own is None,
    )


class _Block:
    """The row (h, S, [q P], letters read) of a chunked layer: what follows after [q P] has been advanced."""

    def __init__(self, layer: Layer, state: Format) -> None:
        self.size, self.columns = layer.size, layer.columns
        self.side = layer.transition.block_side
        self.nothing = np.zeros((layer.width, layer.columns + self.side))
        one = round_to(np.ones(1), state, engine="numpy").item()
        for i in range(layer.width):
            self.nothing[i, layer.columns + i % self.side] = one
        self.bank = Bank(2 * layer.size, layer.columns + self.side, 2 * layer.size + self.nothing.size + 1)

    def write(self, writer: Writer, place: int, *, ends_block: bool) -> int:
        """H ← P·S + q with [q P] at `place`, then what the next letter finds; returns where the new row begins."""
        width, every = self.nothing.shape
        spare = self.bank.free + self.nothing.size
        for i in range(width):
            row = place + i * every
            first = i - i % self.side
            for column in range(self.columns):
                target = i * self.columns + column
                for k in range(self.side):
                    state = self.size + (first + k) * self.columns + column
                    writer.write(PRODUCT, spare if k else target, row + self.columns + k, state)
                    if k:
                        writer.write(ADD, target, target, spare)
                writer.write(ADD, target, target, row + column)
        if ends_block:
            for number in range(self.size):
                writer.write(MOVE, self.size + number, number)
            for number, value in enumerate(self.nothing.reshape(-1).tolist()):
                writer.write(SET, self.bank.first + number, writer.constant(value))
        elif place != self.bank.first:
            for number in range(self.nothing.size):
                writer.write(MOVE, self.bank.first + number, place + number)
        return 0
