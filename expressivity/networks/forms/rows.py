"""A(x) stored as a matrix and applied row by row: the order `fused`, and the only one of forms without their own.

The orders of operations are stated in `simulation.programs`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from expressivity.arithmetic.formats import Format
from expressivity.exact import ExactArray
from expressivity.networks.forms.form import StoredRows
from expressivity.networks.forms.instructions import Bank, Writer
from expressivity.networks.forms.opcodes_kernels import DOT, ONE, SET, SHIFT
from expressivity.networks.forms.weights import round_exact


def matrix_rows(
    matrices: ExactArray, number_format: Format, pattern: Sequence[Sequence[Sequence[int]]] | None = None
) -> StoredRows:
    """The entries of matrices, each rounded to a number format.

    Arguments:
        matrices: shape (letter, width, width).
        number_format: any format but `exact`.
        pattern: for each letter and row the columns of the entries that are stored; None for all of them.
    """
    letters, width = matrices.shape[:2]
    if pattern is None:
        pattern = [[range(width)] * width] * letters
    rounded = round_exact(matrices, number_format)
    return [
        [[(j, rounded[letter, i, j]) for j in columns] for i, columns in enumerate(rows)]
        for letter, rows in enumerate(pattern)
    ]


class Rows:
    """Transitions that are evaluated row by row; new entries go to registers of their own.

    Arguments:
        rows: the stored entries.
        fused: whether a row is one exact sum, rounded once.
    """

    def __init__(self, rows: StoredRows, *, fused: bool) -> None:
        self.fused = fused
        self.kept = [[[j for j, _ in row] for row in matrix] for matrix in rows]
        self.weights = [[[weight for _, weight in row] for row in matrix] for matrix in rows]

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
