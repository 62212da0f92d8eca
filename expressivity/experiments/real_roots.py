"""Rational matrix → whether all its eigenvalues are non-negative real numbers, decided in rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise


def only_non_negative_real_eigenvalues(matrix: Sequence[Sequence[Fraction]]) -> bool:
    """Whether every eigenvalue is real and at least 0.

    A polynomial of degree n has only real roots if and only if its square-free part has as many real roots as its
    degree says (Sturm); then the roots are non-negative exactly when the coefficients of x^n, x^(n−1), … alternate in
    sign, zeros allowed.

    Arguments:
        matrix: rows of a square matrix.
    """
    from flint import fmpq, fmpq_mat, fmpq_poly

    size = len(matrix)
    entries = [fmpq(x.numerator, x.denominator) for row in matrix for x in row]
    polynomial = fmpq_poly(fmpq_mat(size, size, entries).charpoly().coeffs())
    signed = [coefficient * (-1) ** (size - power) for power, coefficient in enumerate(polynomial.coeffs())]
    if any(coefficient < 0 for coefficient in signed):
        return False
    if size == 0:
        return True
    free = polynomial / polynomial.gcd(polynomial.derivative())
    chain = [free, free.derivative()]
    while chain[-1].degree() > 0:
        rest = -(chain[-2] % chain[-1])
        if not rest:
            break
        chain.append(rest)
    changes = []
    for direction in (-1, 1):
        signs = [leading(part) * direction ** part.degree() for part in chain if part]
        changes.append(sum(a * b < 0 for a, b in pairwise(signs)))
    return bool(changes[0] - changes[1] == free.degree())


def leading(polynomial: object) -> int:
    """Sign of the leading coefficient of a polynomial."""
    coefficient = polynomial.coeffs()[-1]  # type: ignore[attr-defined]
    return 1 if coefficient > 0 else -1
