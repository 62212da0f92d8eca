"""One layer of a linear RNN: an affine recurrence indexed by letters, and a read-out that decodes its state.

    H_t = A(x_t) H_{t−1} + B(x_t),   y_t = dec(H_t, x_t)

with H of shape (width, column). `dec` finds, in each block of coordinates, the code point nearest to the state, and
looks the answer up in a finite table. (Grazzi et al. 2025, equation 1, on a finite alphabet.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, zeros
from expressivity.networks.forms.form import Transition


@dataclass(frozen=True, eq=False)
class Block:
    """Some coordinates of the flattened state, decoded to the number of the nearest code point.

    Ties go to the lowest number.

    Arguments:
        coordinates: indices into the state flattened row by row, i.e. row·columns + column.
        points: code points, shape (code, len(coordinates)), pairwise different.
    """

    coordinates: Int[np.ndarray, " coordinate"]
    points: ExactArray

    def __post_init__(self) -> None:
        if len(self.points.shape) != 2 or self.points.shape[1] != len(self.coordinates) or len(self.points) == 0:
            raise NetworkError(
                f"code points have shape {self.points.shape}; expected (code, {len(self.coordinates)}) with a code"
            )
        rows = {tuple(row) for row in self.points.numerators.reshape(len(self.points), -1).tolist()}
        if len(rows) != len(self.points):
            raise NetworkError("two code points of a block are equal; code points must be pairwise different")


@dataclass(frozen=True, eq=False)
class Readout:
    """dec: for each letter the blocks that are read, and the answer for each combination of their codes.

    Arguments:
        blocks: the blocks of the state.
        select: shape (letter, read); the blocks read after each letter, −1 for none (its code counts as 0).
        table: shape (letter, code); the answer y, where code = Σ code_r · radix^r over the reads and radix is the
            largest number of points of any block.
        outputs: number of different answers; entries of `table` lie in [0, outputs).
    """

    blocks: tuple[Block, ...]
    select: Int[np.ndarray, "letter read"]
    table: Int[np.ndarray, "letter code"]
    outputs: int

    def __post_init__(self) -> None:
        problems = []
        if self.select.shape[0] != self.table.shape[0]:
            problems.append(f"select has {self.select.shape[0]} letters and table {self.table.shape[0]}")
        if self.select.size and not -1 <= self.select.min() <= self.select.max() < len(self.blocks):
            problems.append(f"select names a block outside -1 to {len(self.blocks) - 1}")
        if self.table.shape[1] != self.radix ** self.select.shape[1]:
            problems.append(f"table has {self.table.shape[1]} codes; expected {self.radix}^{self.select.shape[1]}")
        if self.table.size and not 0 <= self.table.min() <= self.table.max() < self.outputs:
            problems.append(f"table holds an answer outside 0 to {self.outputs - 1}")
        if problems:
            raise NetworkError("not a read-out: " + "; ".join(problems))
        self.select.setflags(write=False)
        self.table.setflags(write=False)

    @property
    def radix(self) -> int:
        """Base in which codes of several reads are combined."""
        return max((len(block.points) for block in self.blocks), default=1)


def single_block(points: ExactArray, table: Int[np.ndarray, "letter code"], outputs: int) -> Readout:
    """A read-out that decodes the whole state by one list of code points, after every letter.

    Arguments:
        points: shape (code, width·columns).
        table: answers, shape (letter, code).
        outputs: number of different answers.
    """
    block = Block(np.arange(points.shape[1]), points)
    select = np.zeros((table.shape[0], 1), dtype=np.int64)
    return Readout((block,), select, table.astype(np.int64), outputs)


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer.

    Arguments:
        transition: A(x).
        inputs: B(x), shape (letter, width, column).
        start: H_0, shape (width, column).
        readout: dec.
        delay: 0 for the bare recurrence; 1 when the layer also reads its previous input (a short convolution of
            width two). With K symbols coming from below, the letter is then `present + K·previous`, where
            `previous` is K before the first step, so the layer has K·(K+1) letters.
    """

    transition: Transition
    inputs: ExactArray
    start: ExactArray
    readout: Readout
    delay: int = 0

    def __post_init__(self) -> None:
        problems = []
        letters, width = self.transition.letters, self.transition.width
        if len(self.start.shape) != 2 or self.start.shape[0] != width:
            problems.append(f"start has shape {self.start.shape}; expected (width={width}, column)")
        elif self.inputs.shape != (letters, *self.start.shape):
            problems.append(f"inputs have shape {self.inputs.shape}; expected {(letters, *self.start.shape)}")
        if self.readout.table.shape[0] != letters:
            problems.append(f"the read-out knows {self.readout.table.shape[0]} letters, the transition {letters}")
        size = int(np.prod(self.start.shape))
        for number, block in enumerate(self.readout.blocks):
            if block.coordinates.size and not 0 <= block.coordinates.min() <= block.coordinates.max() < size:
                problems.append(f"block {number} reads coordinates outside 0 to {size - 1}")
        if self.delay not in (0, 1):
            problems.append(f"delay is {self.delay}; expected 0 or 1")
        if problems:
            raise NetworkError("not a layer: " + "; ".join(problems))

    @property
    def letters(self) -> int:
        """Number of letters the layer distinguishes (with the previous input counted in when delay is 1)."""
        return self.transition.letters

    @property
    def symbols(self) -> int:
        """Number K of symbols that come from below."""
        if self.delay == 0:
            return self.letters
        return int((np.sqrt(4 * self.letters + 1) - 1) // 2)

    @property
    def width(self) -> int:
        """Rows of the state."""
        return self.start.shape[0]

    @property
    def columns(self) -> int:
        """Columns of the state."""
        return self.start.shape[1]

    @property
    def size(self) -> int:
        """Numbers in the state: width · columns."""
        return self.width * self.columns

    @cached_property
    def flat_matrices(self) -> ExactArray:
        """A(x) acting on the state flattened row by row: A ⊗ I, shape (letter, size, size)."""
        return column_by_column(self.transition.matrices, self.columns)


def column_by_column(matrices: ExactArray, columns: int) -> ExactArray:
    """A ⊗ I: matrices that act on a state of several columns, flattened row by row.

    Arguments:
        matrices: shape (letter, width, width).
        columns: number of columns.
    """
    if columns == 1:
        return matrices
    letters, size = matrices.shape[0], matrices.shape[1] * columns
    eye = np.eye(columns, dtype=np.int64)
    big = matrices.numerators[:, :, None, :, None, :] * eye[None, None, :, None, :, None]
    return ExactArray(big.reshape(letters, size, size, matrices.degree), matrices.denominator, matrices.conductor)


def no_input(letters: int, width: int) -> ExactArray:
    """B = 0 for a one-column state."""
    return zeros(letters, width, 1)
