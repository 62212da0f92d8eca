"""A(x) as complex diagonal matrices, in real form: S4D, LRU, Mamba-3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, stack
from expressivity.networks.forms.diagonal import DiagonalTransition, entries_within
from expressivity.networks.forms.family import Family, outside, stored_as
from expressivity.networks.forms.form import StepProgram, StoredRows, in_form
from expressivity.networks.forms.notation import complex_texts, vector_text
from expressivity.networks.forms.rows import matrix_rows
from expressivity.networks.forms.weights import store
from expressivity.networks.layer import Layer


@dataclass(frozen=True, eq=False)
class ComplexDiagonalTransition:
    """A(x) = Diag(d(x)) with complex entries, in real form.

    Complex coordinate p is the pair of real coordinates (2p, 2p + 1), real part first; its entry acts on the pair as
    the block [[re, −im], [im, re]]. The width is therefore twice the number of entries.

    Arguments:
        real: real parts, shape (letter, pair).
        imaginary: imaginary parts, shape (letter, pair).
    """

    kind: ClassVar[str] = "complex-diagonal"
    in_checker: ClassVar[bool] = True

    real: ExactArray
    imaginary: ExactArray

    def __post_init__(self) -> None:
        if len(self.real.shape) != 2 or self.imaginary.shape != self.real.shape:
            raise NetworkError(
                f"real parts have shape {self.real.shape} and imaginary parts {self.imaginary.shape}; "
                "expected (letter, pair) for both"
            )

    @property
    def letters(self) -> int:
        """Number of letters."""
        return self.real.shape[0]

    @property
    def width(self) -> int:
        """Number of real state coordinates: two for each entry."""
        return 2 * self.real.shape[1]

    @cached_property
    def squared_moduli(self) -> ExactArray:
        """re² + im² of every entry, shape (letter, pair)."""
        return (self.real * self.real + self.imaginary * self.imaginary).simplified()

    @cached_property
    def matrices(self) -> ExactArray:
        """The matrices in real form, shape (letter, width, width)."""
        parts = stack([self.real, self.imaginary]).simplified()
        real, imaginary = parts.numerators
        letters, pairs = self.real.shape
        blocks = np.zeros((letters, pairs, 2, pairs, 2, parts.degree), dtype=parts.numerators.dtype)
        every = np.arange(pairs)
        for row, column, values in ((0, 0, real), (1, 1, real), (1, 0, imaginary), (0, 1, -imaginary)):
            blocks[:, every, row, every, column] = values
        return ExactArray(blocks.reshape(letters, 2 * pairs, 2 * pairs, -1), parts.denominator, parts.conductor)

    @property
    def block_side(self) -> int:
        """The two parts of a complex coordinate interact."""
        return 2

    @property
    def factors(self) -> int | None:
        """It is not made of factors."""
        return None

    def rows(self, number_format: Format) -> StoredRows:
        """Both entries of a pair's real form, each rounded as an entry of its own."""
        pattern = [[i - i % 2, i - i % 2 + 1] for i in range(self.width)]
        return matrix_rows(self.matrices, number_format, [pattern] * self.letters)

    def stored(self, number_format: Format) -> ExactArray:
        """Every entry of the real form stored."""
        return store(self.matrices, number_format)

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        """Row by row."""
        return None

    def numbers(self) -> Iterator[ExactArray | None]:
        """Both parts."""
        yield self.real
        yield self.imaginary

    def shown(self, letter: int) -> str:
        """The complex diagonal."""
        return f"Diag{vector_text(complex_texts(self.real[letter], self.imaginary[letter]))}"


def _in_the_disk(layer: Layer) -> Iterator[str]:
    """Complex entries in the closed unit disk; a real diagonal is the case of imaginary parts 0."""
    if in_form(layer.transition, DiagonalTransition) is not None:
        yield from entries_within(-1, 1)(layer)
    else:
        yield from _complex_entries(layer)


def _moduli(layer: Layer, transition: ComplexDiagonalTransition) -> Iterator[str]:
    what = "squared modulus of entry {1} of the complex diagonal of letter {0}"
    yield from outside(transition.squared_moduli, 0, 1, what)


_complex_entries = stored_as(
    ComplexDiagonalTransition, _moduli, expected="ComplexDiagonalTransition (or DiagonalTransition)"
)

FAMILIES = (
    Family(
        "complex-diagonal",
        "Diag(d(x)), d complex",
        "unit disk",
        "S4D, LRU and Mamba-3 with complex diagonals, in real form (2×2 blocks)",
        _in_the_disk,
    ),
)
"""The families that store A(x) so."""
