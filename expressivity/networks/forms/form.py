"""What a form of A(x) states: the interface through which files, simulation, searches and pictures meet it.

A form is a frozen dataclass whose fields are what it stores: exact arrays, integer arrays, integers, or None. All that
depends on the form is asked of it here, so that a new one is one file, entered in `forms.registry`. (The independent
checkers know the forms from their own statement, which shares no code with this one.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import NetworkError
from expressivity.exact import ExactArray
from expressivity.networks.forms.instructions import Bank, Writer

StoredRows = list[list[list[tuple[int, float]]]]
"""A(x) stored as a matrix: for each letter and row the entries that are there, as (column, weight)."""


@runtime_checkable
class StepProgram(Protocol):
    """The rounded operations by which a transition is applied, letter by letter."""

    def signature(self, letter: int) -> tuple[bytes, ...]:
        """What the letter's transition is made of: equal for letters that do the same."""
        ...

    def write(self, writer: Writer, letter: int, bank: Bank, inputs: Float64[np.ndarray, "width column"]) -> int:
        """Write the operations that apply A(x) to the columns of a matrix and add the inputs.

        Any operations of `forms.opcodes_kernels` but products of registers, by which chunks are put together.

        Arguments:
            writer: the program under construction.
            letter: number of the letter.
            bank: the registers that hold the matrix.
            inputs: B(x), for the first columns; the others are moved and nothing is added.

        Returns:
            The register where the new matrix begins.
        """
        ...


@runtime_checkable
class Transition(Protocol):
    """A table letter → state-transition matrix A(x), stored in some architecture's own form."""

    kind: ClassVar[str]
    """Name of the form in files and certificates."""

    in_checker: ClassVar[bool]
    """Whether the independent checkers state this form too.

    Else they get its matrices in exact arithmetic, where that means the same, and refuse it by its name in others.
    """

    @property
    def letters(self) -> int:
        """Number of letters."""
        ...

    @property
    def width(self) -> int:
        """Number n of state coordinates A(x) acts on."""
        ...

    @property
    def matrices(self) -> ExactArray:
        """The matrices A(x) themselves, shape (letter, width, width)."""
        ...

    @property
    def block_side(self) -> int:
        """Side of the diagonal blocks outside of which every A(x) is zero; the width where there are none."""
        ...

    @property
    def factors(self) -> int | None:
        """Generalised Householder factors spent on a letter; None for a form that is not made of them."""
        ...

    def rows(self, number_format: Format) -> StoredRows:
        """A(x) stored as a matrix in a number format: its entries rounded, those that are always zero left out."""
        ...

    def stored(self, number_format: Format) -> ExactArray:
        """The exact matrices that the form's own weights make once they are stored in a number format.

        Raises:
            FormatError: when a weight becomes infinite or NaN.
        """
        ...

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        """The form's own order of single operations; None where A(x) is applied row by row from `rows`.

        Arguments:
            arithmetic: the arithmetic; its order is not `fused`, in which every form is applied row by row.
            operations: format of single operations.
        """
        ...

    def numbers(self) -> Iterator[ExactArray | None]:
        """Every number that a format must hold to store the form exactly; None for one that is irrational."""
        ...

    def shown(self, letter: int) -> str:
        """A(x) of one letter in the field's notation, as Markdown."""
        ...


AnyForm = TypeVar("AnyForm")
"""Some form's class."""

if TYPE_CHECKING:
    FormClass = type[Transition]
else:
    # At run time `issubclass` knows no protocol that has attributes; that a class is a form is mypy's to check.
    FormClass = type


def in_form(transition: Transition, form: type[AnyForm]) -> AnyForm | None:
    """The transition where it is stored in a form, else None: for what is said of one form alone, such as a rewriting.

    What every form has an answer to is a member of `Transition`.
    """
    return transition if isinstance(transition, form) else None


def must_have_form(transition: Transition, form: type[AnyForm]) -> AnyForm:
    """The transition, which must be stored in a form.

    Raises:
        NetworkError: when it is stored in another one.
    """
    if not isinstance(transition, form):
        raise NetworkError(f"A is stored as {type(transition).__name__}; expected {form.__name__}")
    return transition


def weight_names(form: FormClass) -> list[str]:
    """Names of the weights a form stores."""
    return [field.name for field in fields(form)]  # type: ignore[arg-type]


def weights_of(transition: Transition) -> dict[str, ExactArray | np.ndarray | int]:
    """The stored weights by name; those that are None are left out."""
    values = {name: getattr(transition, name) for name in weight_names(type(transition))}
    return {name: value for name, value in values.items() if value is not None}
