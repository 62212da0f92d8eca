"""The transition of PD-SSM: a column-one-hot matrix times a diagonal one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, zeros
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.family import Family, outside, stored_as
from expressivity.networks.forms.form import StepProgram, StoredRows
from expressivity.networks.forms.notation import complex_texts, number_texts, vector_text
from expressivity.networks.forms.rows import matrix_rows
from expressivity.networks.forms.weights import store
from expressivity.networks.layer import Layer


@dataclass(frozen=True, eq=False)
class PermutationDiagonalTransition:
    """A(x) = P(x) D(x): D scales every coordinate, P sends coordinate j to `index[x, j]` and adds what meets there.

    P has one 1 in every column; it is a permutation matrix when the indices of a letter are all different. With
    imaginary parts every coordinate is a pair of real ones, as in `ComplexDiagonalTransition`.

    Arguments:
        index: row of the 1 in each column of P(x), shape (letter, coordinate).
        real: real parts of D(x), shape (letter, coordinate).
        imaginary: imaginary parts, shape (letter, coordinate), or None when D is real.

    Source: Terzić et al. 2025 (PD-SSM).
    """

    kind: ClassVar[str] = "permutation-diagonal"
    in_checker: ClassVar[bool] = True

    index: Int[np.ndarray, "letter coordinate"]
    real: ExactArray
    imaginary: ExactArray | None = None

    def __post_init__(self) -> None:
        problems = []
        for name, array in (("real", self.real), ("imaginary", self.imaginary)):
            if array is not None and array.shape != self.index.shape:
                problems.append(
                    f"{name} parts have shape {array.shape}; expected (letter, coordinate) = {self.index.shape}"
                )
        if self.index.size and not 0 <= self.index.min() <= self.index.max() < self.index.shape[1]:
            problems.append(f"index names a row outside 0 to {self.index.shape[1] - 1}")
        if problems:
            raise NetworkError("not a PD-SSM transition: " + "; ".join(problems))
        self.index.setflags(write=False)

    @property
    def letters(self) -> int:
        """Number of letters."""
        return int(self.index.shape[0])

    @property
    def width(self) -> int:
        """Number of real state coordinates: two for each coordinate when D is complex."""
        return int(self.index.shape[1]) * (1 if self.imaginary is None else 2)

    @cached_property
    def squared_moduli(self) -> ExactArray:
        """|d|² of every diagonal entry, shape (letter, coordinate)."""
        imaginary = zeros(*self.index.shape) if self.imaginary is None else self.imaginary
        return ComplexDiagonalTransition(self.real, imaginary).squared_moduli

    @cached_property
    def matrices(self) -> ExactArray:
        """The matrices themselves, shape (letter, width, width)."""
        letters, coordinates = self.index.shape
        at = np.arange(coordinates)
        if self.imaginary is None:
            values, size = self.real.numerators[..., None, None, :], 1
            denominator, conductor = self.real.denominator, self.real.conductor
        else:
            diagonal = ComplexDiagonalTransition(self.real, self.imaginary).matrices
            split = diagonal.numerators.reshape(letters, coordinates, 2, coordinates, 2, -1)
            values, size = split[:, at, :, at].swapaxes(0, 1), 2
            denominator, conductor = diagonal.denominator, diagonal.conductor
        placed = np.zeros((letters, coordinates, size, coordinates, size, values.shape[-1]), dtype=values.dtype)
        for letter in range(letters):
            placed[letter, self.index[letter], :, at] = values[letter]
        return ExactArray(placed.reshape(letters, self.width, self.width, -1), denominator, conductor)

    @property
    def block_side(self) -> int:
        """P may send any coordinate to any."""
        return self.width

    @property
    def factors(self) -> int | None:
        """It is not made of Householder factors."""
        return None

    def rows(self, number_format: Format) -> StoredRows:
        """The entries that P sends to the coordinate, by ascending column."""
        pattern = [_one_hot_columns(row, self.width) for row in self.index.tolist()]
        return matrix_rows(self.matrices, number_format, pattern)

    def stored(self, number_format: Format) -> ExactArray:
        """Every entry of the real form stored."""
        return store(self.matrices, number_format)

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        """Row by row."""
        return None

    def numbers(self) -> Iterator[ExactArray | None]:
        """Both parts of D."""
        yield self.real
        if self.imaginary is not None:
            yield self.imaginary

    def shown(self, letter: int) -> str:
        """D, and where P sends each coordinate."""
        values = number_texts(self.real[letter])
        if self.imaginary is not None:
            values = complex_texts(self.real[letter], self.imaginary[letter])
        return f"Diag{vector_text(values)}, then coordinates to {vector_text(self.index[letter].tolist())}"


def _one_hot_columns(index: list[int], width: int) -> list[list[int]]:
    """Columns of P·D that reach each row; a complex coordinate is a pair of both."""
    size = width // len(index) if index else 1
    kept: list[list[int]] = [[] for _ in range(width)]
    for j, target in enumerate(index):
        for part in range(size):
            kept[size * target + part] += [size * j + other for other in range(size)]
    return kept


def _moduli(layer: Layer, transition: PermutationDiagonalTransition) -> Iterator[str]:
    """P is column-one-hot by construction."""
    yield from outside(transition.squared_moduli, 0, 1, "squared modulus of entry {1} of D of letter {0}")


_in_the_disk = stored_as(PermutationDiagonalTransition, _moduli, expected="PermutationDiagonalTransition (P and D)")

FAMILIES = (
    Family(
        "pd-ssm",
        "P(x) Diag(d(x)), P column-one-hot, d complex",
        "unit disk",
        "Terzić et al. 2025 (PD-SSM), |d| ≤ 1, the closure of the published open range",
        _in_the_disk,
    ),
)
"""The families that store A(x) so."""
