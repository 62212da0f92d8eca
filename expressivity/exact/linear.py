"""Linear algebra over Q and Q(2cos 2π/N) that `ExactArray` itself does not do: inverses, ranks, square roots."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from functools import cache

import numpy as np

from expressivity.exact import ExactArray, cosine_coefficients, cosine_polynomial, identity

_SIGN_PATTERNS = 2**12


def _rational_matrix(matrix: ExactArray) -> object:
    from flint import fmpq_mat, fmpz_mat

    rows = matrix.over_rationals().tolist()
    return fmpq_mat(fmpz_mat([[int(v) for v in row] for row in rows])) / matrix.denominator


def inverse(matrix: ExactArray) -> ExactArray:
    """Inverse of a square matrix, exactly.

    Raises:
        ZeroDivisionError: when the matrix is singular.
    """
    width, degree = matrix.shape[0], matrix.degree
    inverted = _rational_matrix(matrix).inv()  # type: ignore[attr-defined]
    # Column 0 of each block is the image of 1, that is, the entry itself as coefficients.
    entries = np.empty((width, width, degree), dtype=object)
    for i, j, k in itertools.product(range(width), range(width), range(degree)):
        value = inverted[i * degree + k, j * degree]
        entries[i, j, k] = Fraction(int(value.p), int(value.q))
    denominator = math.lcm(*(f.denominator for f in entries.reshape(-1)))
    numerators = np.array([int(f * denominator) for f in entries.reshape(-1)], dtype=object)
    return ExactArray(numerators.reshape(width, width, degree), denominator, matrix.conductor)


def rank(matrix: ExactArray) -> int:
    """Rank over the field of the entries."""
    return int(_rational_matrix(matrix).rank()) // matrix.degree  # type: ignore[attr-defined]


def reciprocal(scalar: ExactArray) -> ExactArray:
    """1/x for one non-zero element x, shape () to shape ()."""
    return inverse(scalar.reshape(1, 1)).reshape()


def is_zero(array: ExactArray) -> bool:
    """Whether every entry vanishes."""
    return not np.any(array.numerators)


def is_identity(matrix: ExactArray) -> bool:
    """Whether a square matrix is the identity."""
    return matrix.equals(identity(matrix.shape[0]))


def square_root_field(number: int) -> int:
    """Least N with √number in Q(2cos 2π/N), for a positive integer: the conductor of Q(√number)."""
    squarefree = 1
    divisor = 2
    while divisor * divisor <= number:
        power = 0
        while number % divisor == 0:
            number //= divisor
            power += 1
        squarefree *= divisor ** (power % 2)
        divisor += 1
    squarefree *= number
    return squarefree if squarefree % 4 == 1 else 4 * squarefree


def square_root(scalar: ExactArray) -> ExactArray | None:
    """A square root inside the field of the scalar, or None when there is none or it was not found.

    The embeddings of a root are the signed roots of the embeddings of x. Every pattern of signs is tried in floating
    point, rounded to the ring of integers Z[2cos 2π/N], and accepted only if its square is x exactly.

    Arguments:
        scalar: one element, shape ().

    Returns:
        The positive root. None proves that there is no root only where the field is Q: irrational elements of fields
        of degree above 13 are not tried.
    """
    if scalar.is_rational:
        return _root_of_rational(Fraction(int(scalar.numerators[0]), scalar.denominator), scalar.conductor)
    return _root_by_embeddings([int(v) for v in scalar.numerators.tolist()], scalar.denominator, scalar)


def _root_of_rational(value: Fraction, conductor: int) -> ExactArray | None:
    """√(p/q) = √(pq)/q in Q(2cos 2π/N), or None when it is not there."""
    if value < 0:
        return None
    product = value.numerator * value.denominator
    smallest = square_root_field(product) if product else 1
    if conductor % smallest:
        return None
    root = math.isqrt(product)
    if root * root == product:
        return ExactArray(np.array([root], dtype=object), value.denominator).embed(conductor)
    inner = ExactArray(np.array([product], dtype=object)).embed_rational(smallest)
    found = _root_by_embeddings([int(v) for v in inner.numerators.tolist()], 1, inner)
    return None if found is None else found.divided_by(value.denominator).embed(conductor)


def _root_by_embeddings(numerators: list[int], denominator: int, scalar: ExactArray) -> ExactArray | None:
    degree = scalar.degree
    if 2 ** (degree - 1) > _SIGN_PATTERNS:
        return None
    # √(n/d) = √(n·d)/d, and n·d is an algebraic integer, so its root has integral coefficients.
    integral = np.array([v * denominator for v in numerators], dtype=np.float64)
    vandermonde, solver = _embeddings(scalar.conductor)
    values = vandermonde @ integral
    if np.any(values < -1e-6 * (1 + np.abs(values).max())):
        return None
    roots = np.sqrt(np.maximum(values, 0))
    patterns = _signs(degree)
    coefficients = (patterns * roots) @ solver.T
    rounded = np.rint(coefficients)
    for row in rounded[np.abs(coefficients - rounded).max(axis=1) < 1e-3]:
        candidate = ExactArray(np.array([int(v) for v in row], dtype=object), denominator, scalar.conductor)
        if (candidate * candidate).equals(scalar):
            return candidate if float(candidate.to_float()) > 0 else -candidate
    return None


@cache
def _embeddings(conductor: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrix that evaluates coefficients at all conjugates of 2cos 2π/N, the identical one first; and its inverse."""
    degree = len(cosine_polynomial(conductor)) - 1
    units = [k for k in range(1, conductor // 2 + 1) if math.gcd(k, conductor) == 1][:degree]
    conjugates = 2 * np.cos(2 * np.pi * np.array(units) / conductor)
    vandermonde = np.vander(conjugates, degree, increasing=True)
    return vandermonde, np.linalg.inv(vandermonde)


@cache
def _signs(degree: int) -> np.ndarray:
    """All patterns of signs with the first one positive."""
    return np.array([(1, *rest) for rest in itertools.product((1, -1), repeat=degree - 1)], dtype=np.float64)


def in_subfield(value: ExactArray, conductor: int) -> ExactArray | None:
    """The same numbers with a smaller conductor that divides the present one, or None when they do not lie there."""
    if conductor == value.conductor:
        return value
    if value.is_rational:
        return value.simplified().embed_rational(conductor)
    from flint import fmpq_mat, fmpz_mat

    small, large = len(cosine_polynomial(conductor)) - 1, value.degree
    generator = ExactArray(
        np.array(cosine_coefficients(value.conductor // conductor, value.conductor), dtype=object), 1, value.conductor
    )
    power = ExactArray(np.array([1] + [0] * (large - 1), dtype=object), 1, value.conductor)
    columns = []
    for _ in range(small):
        columns.append([int(v) for v in (power.numerators * power.denominator).tolist()])
        power = power * generator
    basis = fmpq_mat(fmpz_mat(columns)).transpose()
    gram = basis.transpose() * basis
    targets = fmpq_mat(fmpz_mat([[int(v) for v in row] for row in value.numerators.reshape(-1, large).tolist()]))
    solution = gram.inv() * (basis.transpose() * targets.transpose())
    if basis * solution != targets.transpose():
        return None
    entries = [
        [Fraction(int(solution[k, i].p), int(solution[k, i].q)) for k in range(small)] for i in range(solution.ncols())
    ]
    denominator = math.lcm(1, *(f.denominator for row in entries for f in row))
    numerators = np.array([[int(f * denominator) for f in row] for row in entries], dtype=object)
    return ExactArray(numerators.reshape(*value.shape, small), denominator * value.denominator, conductor)
