"""A(x) as real diagonal matrices: Mamba, S4D-real, GLA and their kin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import NetworkError
from expressivity.exact import ExactArray
from expressivity.networks.forms.family import Family, outside, stored_as
from expressivity.networks.forms.form import StepProgram, StoredRows
from expressivity.networks.forms.notation import number_texts, vector_text
from expressivity.networks.forms.weights import round_exact, store
from expressivity.networks.layer import Layer


@dataclass(frozen=True, eq=False)
class DiagonalTransition:
    """A(x) = Diag(d(x)).

    Arguments:
        diagonal: shape (letter, width).
    """

    kind: ClassVar[str] = "diagonal"
    in_checker: ClassVar[bool] = True

    diagonal: ExactArray

    def __post_init__(self) -> None:
        if len(self.diagonal.shape) != 2:
            raise NetworkError(f"diagonal has shape {self.diagonal.shape}; expected (letter, width)")

    @property
    def letters(self) -> int:
        """Number of letters."""
        return self.diagonal.shape[0]

    @property
    def width(self) -> int:
        """Number of state coordinates."""
        return self.diagonal.shape[1]

    @cached_property
    def matrices(self) -> ExactArray:
        """The diagonal matrices, shape (letter, width, width)."""
        return _on_the_diagonal(self.diagonal)

    @property
    def block_side(self) -> int:
        """No two coordinates interact."""
        return 1

    @property
    def factors(self) -> int | None:
        """It is not made of factors."""
        return None

    def rows(self, number_format: Format) -> StoredRows:
        """The one entry of each row."""
        diagonal = round_exact(self.diagonal, number_format)
        return [[[(i, value)] for i, value in enumerate(row)] for row in diagonal.tolist()]

    def stored(self, number_format: Format) -> ExactArray:
        """Every entry stored."""
        return _on_the_diagonal(store(self.diagonal, number_format))

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        """Row by row."""
        return None

    def numbers(self) -> Iterator[ExactArray | None]:
        """The entries."""
        yield self.diagonal

    def shown(self, letter: int) -> str:
        """The diagonal."""
        return f"Diag{vector_text(number_texts(self.diagonal[letter]))}"


def _on_the_diagonal(entries: ExactArray) -> ExactArray:
    eye = np.eye(entries.shape[1], dtype=np.int64)[None, :, :, None]
    return ExactArray(entries.numerators[:, None, :, :] * eye, entries.denominator, entries.conductor)


def entries_within(low: int, high: int) -> Callable[[Layer], Iterator[str]]:
    """The membership test of diagonals whose entries lie in an interval."""

    def rule(layer: Layer, transition: DiagonalTransition) -> Iterator[str]:
        yield from outside(transition.diagonal, low, high, "entry {1} of the diagonal of letter {0}")

    return stored_as(DiagonalTransition, rule)


FAMILIES = (
    Family(
        "mamba",
        "Diag(s(x))",
        "[0, 1]",
        "Mamba, S4D-real, mLSTM, RetNet, GLA, HGRN with real diagonals",
        entries_within(0, 1),
    ),
    Family("mamba-signed", "Diag(2s(x) − 1)", "[−1, 1]", "Grazzi et al. 2025", entries_within(-1, 1)),
)
"""The families that store A(x) so."""
