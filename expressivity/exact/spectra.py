"""Matrix → exact facts about its eigenvalues: real, non-negative, inside the unit disk; and whether its norm exceeds 1.

Every fact is decided by the characteristic polynomial and Sturm's theorem over the field of the entries, with exact
signs; no eigenvalue is ever computed. `enclosed_spectrum` treats matrices that are known only up to an error: there a
fact may be undecidable, and the answer is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float64

from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, concatenate, identity, rationals
from expressivity.exact.ordered_polynomials import (
    Polynomial,
    RealRoots,
    all_in_unit_disk,
    all_inside_unit_circle,
    divide,
    greatest_common_divisor,
    numbers_of,
    sign_of,
    square_free_parts,
)
from expressivity.exact.ordered_polynomials import derivative as derivative_of


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Facts about the eigenvalues of an exact matrix, each decided when it is first asked for.

    Arguments:
        matrix: shape (width, width).
        polynomial: coefficients of its characteristic polynomial, constant term first; monic.
    """

    matrix: ExactArray
    polynomial: Polynomial

    @cached_property
    def distinct(self) -> Polynomial:
        """The monic polynomial that has every eigenvalue as a simple root."""
        common = greatest_common_divisor(self.polynomial, derivative_of(self.polynomial))
        return divide(self.polynomial, common)[0] if common else self.polynomial

    @cached_property
    def _roots(self) -> RealRoots:
        return RealRoots(self.distinct)

    @cached_property
    def real(self) -> bool:
        """Whether all eigenvalues are real."""
        return self._roots.count == self._roots.degree

    @cached_property
    def multiplicities(self) -> tuple[int, ...]:
        """Algebraic multiplicities of the different complex eigenvalues, in ascending order."""
        return tuple(m for part, m in square_free_parts(self.polynomial) for _ in part[1:])

    @property
    def real_count(self) -> int:
        """Number of real eigenvalues, counted with multiplicity."""
        return sum(m * RealRoots(part).count for part, m in square_free_parts(self.polynomial))

    @cached_property
    def nonnegative(self) -> bool:
        """Whether all eigenvalues are real and at least 0."""
        # With such roots the coefficients alternate once the roots at 0 are taken out: most matrices fail already here.
        signs = [sign_of(c) * (-1) ** k for k, c in enumerate(self.polynomial)]
        while signs[0] == 0:
            signs.pop(0)
        if any(s != signs[-1] for s in signs):
            return False
        return self.real and self._roots.below(0) == 0

    @cached_property
    def in_signed_unit_interval(self) -> bool:
        """Whether all eigenvalues are real and in [−1, 1]."""
        return self.real and self._roots.up_to(1) - self._roots.below(-1) == self._roots.degree

    @property
    def in_unit_interval(self) -> bool:
        """Whether all eigenvalues are real and in [0, 1]."""
        return self.nonnegative and self.in_signed_unit_interval

    @cached_property
    def radius_at_most_one(self) -> bool:
        """Whether every eigenvalue has modulus at most 1."""
        return all_in_unit_disk(self.distinct)

    @cached_property
    def radius_below_one(self) -> bool:
        """Whether every eigenvalue has modulus below 1."""
        return all_inside_unit_circle(self.distinct)

    @cached_property
    def norm_at_most_one(self) -> bool:
        """Whether |A h| ≤ |h| for every h: I − AᵀA is positive semidefinite."""
        gram = identity(self.matrix.shape[0]) - self.matrix.transposed @ self.matrix
        # A symmetric matrix has real eigenvalues; they are non-negative exactly when the coefficients alternate weakly.
        coefficients = characteristic_polynomial(gram)
        return all(sign_of(c) * (-1) ** (len(coefficients) - 1 - k) >= 0 for k, c in enumerate(coefficients))

    @cached_property
    def diagonalisable(self) -> bool:
        """Whether the matrix is diagonalisable over the complex numbers: its distinct polynomial annihilates it."""
        coefficients = _exact_polynomial(self.matrix, self.distinct)
        width = self.matrix.shape[0]
        value = coefficients[-1] * identity(width)
        for coefficient in reversed(coefficients[:-1]):
            value = value @ self.matrix + coefficient * identity(width)
        return not np.any(value.numerators)


def spectrum(matrix: ExactArray) -> Spectrum:
    """The spectrum of an exact square matrix.

    Arguments:
        matrix: shape (width, width), over Q or Q(2cos 2π/N).

    Raises:
        NetworkError: when the matrix is not square.

    Source: Sturm 1829; Schur 1917 and Cohn 1922 for the unit disk.
    """
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise NetworkError(f"a matrix of shape {matrix.shape} has no eigenvalues; give a square one of width 1 or more")
    matrix = matrix.simplified()
    return Spectrum(matrix, characteristic_polynomial(matrix))


def characteristic_polynomial(matrix: ExactArray) -> Polynomial:
    """det(x − A), constant term first: flint over Q, the recursion of Faddeev and LeVerrier over larger fields."""
    width = matrix.shape[0]
    if matrix.degree == 1:
        from flint import fmpq, fmpq_mat, fmpz_mat

        rows = [[int(v[0]) for v in row] for row in matrix.numerators.tolist()]
        found = (fmpq_mat(fmpz_mat(rows)) / matrix.denominator).charpoly()
        return [fmpq(found[k]) for k in range(width + 1)]
    coefficients = [rationals([1]).embed_rational(matrix.conductor)]
    product = matrix
    for k in range(1, width + 1):
        trace = ExactArray(np.trace(product.numerators, axis1=0, axis2=1), product.denominator, product.conductor)
        coefficient = -trace.divided_by(k)
        coefficients.append(coefficient.reshape(1))
        if k < width:
            product = matrix @ (product + coefficient * identity(width))
    return numbers_of(concatenate(coefficients[::-1]))


def _exact_polynomial(matrix: ExactArray, polynomial: Polynomial) -> list[ExactArray]:
    """Coefficients as exact scalars in the matrix's field."""
    scalars = []
    for coefficient in polynomial:
        value = getattr(coefficient, "value", None)
        row = [coefficient] if value is None else [value[k] for k in range(matrix.degree)]
        fractions = [Fraction(int(c.p), int(c.q)) for c in row]
        wide = rationals(np.array(fractions, dtype=object))
        scalars.append(ExactArray(wide.numerators[:, 0], wide.denominator, matrix.conductor))
    return scalars


@dataclass(frozen=True)
class EnclosedSpectrum:
    """Facts about the eigenvalues of every real matrix near a given one; None where they differ or cannot be told.

    Arguments:
        real: whether all eigenvalues are real.
        nonnegative: whether all are real and at least 0.
        in_signed_unit_interval: whether all are real and in [−1, 1].
        in_unit_interval: whether all are real and in [0, 1].
        radius_below_one: whether all have modulus below 1.
    """

    real: bool | None
    nonnegative: bool | None
    in_signed_unit_interval: bool | None
    in_unit_interval: bool | None
    radius_below_one: bool | None


def enclosed_spectrum(middles: Float64[np.ndarray, "width width"], radius: float) -> EnclosedSpectrum:
    """What is certain about the eigenvalues of every real matrix whose entries lie within a radius of given ones.

    Arguments:
        middles: the given entries.
        radius: non-negative.

    Returns:
        Facts from isolating balls; all None where the balls cannot be told apart (as for every repeated eigenvalue).
    """
    from flint import acb, acb_mat, arb

    error = arb(0, radius)
    matrix = acb_mat([[acb(arb(float(v)) + error) for v in row] for row in middles.tolist()])
    try:
        balls: list[Any] = matrix.eig()
    except ValueError:
        return EnclosedSpectrum(None, None, None, None, None)
    # Balls are disjoint and each holds one eigenvalue; the conjugate of one that meets no other ball stays in its own.
    real: list[bool | None] = []
    for number, ball in enumerate(balls):
        mirror = acb(ball.real, -ball.imag)
        if not ball.imag.contains(0):
            real.append(False)
        elif any(other.overlaps(mirror) for k, other in enumerate(balls) if k != number):
            real.append(None)
        else:
            real.append(True)

    def all_of(low: int | None, high: int | None) -> bool | None:
        answers: list[bool | None] = []
        for is_real, ball in zip(real, balls, strict=True):
            x = ball.real
            if is_real is False or (low is not None and x < low) or (high is not None and x > high):
                answers.append(False)
            else:
                inside = (low is None or bool(x >= low)) and (high is None or bool(x <= high))
                answers.append(True if is_real and inside else None)
        return False if False in answers else None if None in answers else True

    moduli = [abs(ball) for ball in balls]
    below = None
    if any(m >= 1 for m in moduli):
        below = False
    elif all(m < 1 for m in moduli):
        below = True
    return EnclosedSpectrum(all_of(None, None), all_of(0, None), all_of(-1, 1), all_of(0, 1), below)
