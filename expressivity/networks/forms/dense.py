"""A(x) as plain matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import NetworkError
from expressivity.exact import ExactArray
from expressivity.networks.forms.family import Family
from expressivity.networks.forms.form import StepProgram, StoredRows
from expressivity.networks.forms.notation import MOST_NUMBERS, number_texts, vector_text
from expressivity.networks.forms.rows import matrix_rows
from expressivity.networks.forms.weights import store
from expressivity.networks.layer import Layer


@dataclass(frozen=True, eq=False)
class DenseTransition:
    """A(x) as plain matrices.

    Arguments:
        matrices: shape (letter, width, width).
    """

    kind: ClassVar[str] = "dense"
    in_checker: ClassVar[bool] = True

    matrices: ExactArray

    def __post_init__(self) -> None:
        shape = self.matrices.shape
        if len(shape) != 3 or shape[1] != shape[2]:
            raise NetworkError(f"matrices have shape {shape}; expected (letter, width, width) with square matrices")

    @property
    def letters(self) -> int:
        """Number of letters."""
        return self.matrices.shape[0]

    @property
    def width(self) -> int:
        """Number of state coordinates."""
        return self.matrices.shape[1]

    @property
    def block_side(self) -> int:
        """All coordinates interact."""
        return self.width

    @property
    def factors(self) -> int | None:
        """It is not made of factors."""
        return None

    def rows(self, number_format: Format) -> StoredRows:
        """All columns, zeros included."""
        return matrix_rows(self.matrices, number_format)

    def stored(self, number_format: Format) -> ExactArray:
        """Every entry stored."""
        return store(self.matrices, number_format)

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        """Row by row."""
        return None

    def numbers(self) -> Iterator[ExactArray | None]:
        """The entries."""
        yield self.matrices

    def shown(self, letter: int) -> str:
        """The rows."""
        matrix = self.matrices[letter]
        return "rows " + " ".join(vector_text(number_texts(matrix[i])) for i in range(min(self.width, MOST_NUMBERS)))


def _any_layer(layer: Layer) -> Iterator[str]:
    yield from ()


FAMILIES = (Family("dense", "any matrix", "anywhere", "one-layer baseline", _any_layer),)
"""The families that store A(x) so."""
