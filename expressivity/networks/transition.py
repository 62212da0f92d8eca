"""What A(x) may be: transitions indexed by letters, each in the form its architecture stores it in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, concatenate, identity, rationals, stack, zeros


@runtime_checkable
class Transition(Protocol):
    """A table letter → state-transition matrix A(x), stored in some architecture's own form."""

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


@dataclass(frozen=True, eq=False)
class DenseTransition:
    """A(x) as plain matrices.

    Arguments:
        matrices: shape (letter, width, width).
    """

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


@dataclass(frozen=True, eq=False)
class DiagonalTransition:
    """A(x) = Diag(d(x)).

    Arguments:
        diagonal: shape (letter, width).
    """

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
        eye = np.eye(self.width, dtype=np.int64)[None, :, :, None]
        return ExactArray(
            self.diagonal.numerators[:, None, :, :] * eye, self.diagonal.denominator, self.diagonal.conductor
        )


@dataclass(frozen=True, eq=False)
class ComplexDiagonalTransition:
    """A(x) = Diag(d(x)) with complex entries, in real form.

    Complex coordinate p is the pair of real coordinates (2p, 2p + 1), real part first; its entry acts on the pair as
    the block [[re, −im], [im, re]]. The width is therefore twice the number of entries.

    Arguments:
        real: real parts, shape (letter, pair).
        imaginary: imaginary parts, shape (letter, pair).
    """

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


@dataclass(frozen=True, eq=False)
class HouseholderTransition:
    """A(x) = α(x) · C_k ⋯ C_1 with generalised Householder factors C_j = I − β_j k_j k_jᵀ / (k_jᵀ k_j).

    Keys are normalised by the layer, as real kernels do, so an exact key need not have length one; its squared length
    must be a positive rational wherever β is not zero. Factor 0 is applied first. A letter that needs fewer factors
    has β = 0 in the rest.

    Arguments:
        keys: shape (letter, factor, width).
        betas: shape (letter, factor).
        gates: shape (letter,), or None for α = 1.

    Source: Grazzi et al. 2025, Section 4 (M_k^n); Siems et al. 2025 (DeltaProduct).
    """

    keys: ExactArray
    betas: ExactArray
    gates: ExactArray | None = None

    def __post_init__(self) -> None:
        problems = []
        if len(self.keys.shape) != 3:
            problems.append(f"keys have shape {self.keys.shape}; expected (letter, factor, width)")
        elif self.betas.shape != self.keys.shape[:2]:
            problems.append(f"betas have shape {self.betas.shape}; expected (letter, factor) = {self.keys.shape[:2]}")
        if self.gates is not None and self.gates.shape != self.keys.shape[:1]:
            problems.append(f"gates have shape {self.gates.shape}; expected (letter,) = {self.keys.shape[:1]}")
        if not problems:
            squares = self.squared_lengths
            for letter, factor in zip(*np.nonzero(np.any(self.betas.numerators, axis=-1)), strict=True):
                square = squares[letter, factor]
                if not square.is_rational:
                    problems.append(f"key of letter {letter}, factor {factor} has an irrational squared length")
                elif not np.any(square.numerators):
                    problems.append(f"key of letter {letter}, factor {factor} is zero; a factor with β ≠ 0 needs a key")
        if problems:
            raise NetworkError("not a product of generalised Householder factors: " + "; ".join(problems))

    @property
    def letters(self) -> int:
        """Number of letters."""
        return self.keys.shape[0]

    @property
    def factors(self) -> int:
        """Factors per letter."""
        return self.keys.shape[1]

    @property
    def width(self) -> int:
        """Number of state coordinates."""
        return self.keys.shape[2]

    @cached_property
    def squared_lengths(self) -> ExactArray:
        """k_jᵀ k_j, shape (letter, factor)."""
        letters, factors, width = self.keys.shape
        row = self.keys.reshape(letters, factors, 1, width)
        return (row @ row.transposed).reshape(letters, factors)

    def factor_strengths(self) -> ExactArray:
        """β_j / (k_jᵀ k_j), shape (letter, factor); 0 where β is 0."""
        active = np.any(self.betas.numerators, axis=-1)
        inverse = np.zeros(active.shape, dtype=object)
        for index in zip(*np.nonzero(active), strict=True):
            inverse[index] = 1 / Fraction(self.squared_lengths[index].fractions().item())
        return self.betas * rationals(inverse)

    def apply_factor(self, factor: int, vectors: ExactArray) -> ExactArray:
        """C_j applied for every letter to columns of shape (letter, width, column)."""
        letters = self.letters
        key = self.keys[:, factor].reshape(letters, self.width, 1)
        strength = self.factor_strengths()[:, factor].reshape(letters, 1, 1)
        return vectors - strength * (key @ (key.transposed @ vectors))

    @cached_property
    def matrices(self) -> ExactArray:
        """The products themselves, shape (letter, width, width)."""
        product = stack([identity(self.width)] * self.letters)
        for factor in range(self.factors):
            product = self.apply_factor(factor, product)
        if self.gates is not None:
            product = self.gates.reshape(self.letters, 1, 1) * product
        return product.simplified()


def padded_factors(per_letter: list[list[tuple[ExactArray, ExactArray]]], width: int) -> HouseholderTransition:
    """A Householder transition from a list of (key, β) for each letter, padded with β = 0 to equal length.

    Arguments:
        per_letter: for each letter its factors in order of application; keys of shape (width,), β of shape ().
        width: number of state coordinates.
    """
    count = max([1, *(len(factors) for factors in per_letter)])
    keys, betas = [], []
    blank_key, blank_beta = zeros(width), zeros()
    for factors in per_letter:
        rest = count - len(factors)
        keys.append(stack([key for key, _ in factors] + [blank_key] * rest))
        betas.append(stack([beta for _, beta in factors] + [blank_beta] * rest))
    return HouseholderTransition(stack(keys).simplified(), stack(betas).simplified())


def with_extra_letter(transition: HouseholderTransition, key: ExactArray, beta: ExactArray) -> HouseholderTransition:
    """The same transition with one more letter at the end, whose only factor is (key, β)."""
    _, factors, width = transition.keys.shape
    keys = concatenate([key.reshape(1, 1, width), zeros(1, factors - 1, width)], axis=1)
    betas = concatenate([beta.reshape(1, 1), zeros(1, factors - 1)], axis=1)
    gates = None if transition.gates is None else concatenate([transition.gates, rationals([1])])
    return HouseholderTransition(concatenate([transition.keys, keys]), concatenate([transition.betas, betas]), gates)
