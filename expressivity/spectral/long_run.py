"""What an orbit does in the long run, decided from its dominant eigenvalues: exactly, or in certified enclosures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from expressivity.errors import SeriesError
from expressivity.spectral.exact_recurrence import ExactRecurrence

_PRECISIONS = (64, 128, 256, 512, 1024, 2048)
_RADIUS_BITS = 256
_MOST_EXACT_ORDER = 24


@dataclass(frozen=True)
class LongRun:
    """The shape an orbit takes once the dominant eigenvalues alone remain, and its size.

    Arguments:
        shape: "nothing" (every eigenvalue is 0), "point", "two points", "ellipse", or "several" (more than one
            angle; the orbit divided by its growth stays on a product of ellipses and points).
        growth: "vanishes", "bounded", "polynomial" or "exponential"; of a matrix also "undecided", when 256 bits do
            not tell the radius from 1.
        radius: largest modulus of an eigenvalue.
        degree: the orbit grows like radius^t · t^degree; one less than the largest block of that modulus.
        dominant: the eigenvalues of that modulus and block size, imaginary part not negative.
        error: every number above lies within this distance of the true one.
    """

    shape: str
    growth: str
    radius: float
    degree: int
    dominant: tuple[complex, ...]
    error: float

    def __str__(self) -> str:
        if self.shape == "nothing":
            return "0 after finitely many steps"
        size = {
            "vanishes": f"shrinking like {self.radius:.6g}^t",
            "bounded": "of constant size",
            "undecided": "of a size that cannot be told from constant",
            "polynomial": f"growing like t^{self.degree}",
            "exponential": f"growing like {self.radius:.6g}^t",
        }[self.growth]
        where = {"several": "several ellipses or points at once"}.get(self.shape, self.shape)
        return f"{where}, {size}" + (f" · t^{self.degree}" if self.degree and self.growth != "polynomial" else "")


@contextmanager
def _precision() -> Iterator[Any]:
    from flint import ctx

    before = ctx.prec
    try:
        yield ctx
    finally:
        ctx.prec = before


def long_run(recurrence: ExactRecurrence) -> LongRun:
    """Classify the orbit of an exact recurrence.

    The recurrence is of least order, so each root of its characteristic polynomial takes part. Roots are isolated in
    balls of growing precision; whether two moduli are equal, and whether one is 1, is decided by algebra: squared
    moduli are roots of the polynomial whose roots are all products of two roots.

    Arguments:
        recurrence: a recurrence of order at most 24.

    Raises:
        SeriesError: when the order is larger, or 2048 bits do not separate the roots.
    """
    from flint import acb, arb, fmpq_poly

    if recurrence.order > _MOST_EXACT_ORDER:
        raise SeriesError(f"order {recurrence.order} exceeds {_MOST_EXACT_ORDER}; use `matrix_long_run` instead")
    _, factors = recurrence.characteristic.factor()
    nonzero = [(f, m) for f, m in factors if not (f.degree() == 1 and f[0] == 0)]
    if not nonzero:
        return LongRun("nothing", "vanishes", 0.0, 0, (), 0.0)
    squarefree = fmpq_poly([1])
    for factor, _ in nonzero:
        squarefree *= factor
    products = _products_of_roots(squarefree)
    with _precision() as ctx:
        for ctx.prec in _PRECISIONS:
            roots = [(root, m) for factor, m in nonzero for root, _ in factor.numer().complex_roots()]
            targets = [root for root, _ in products.numer().complex_roots()]
            named = []
            for root, multiplicity in roots:
                square = root.real * root.real + root.imag * root.imag
                near = [i for i, target in enumerate(targets) if target.overlaps(acb(square))]
                if len(near) != 1 or not (root.imag == 0 or root.imag > 0 or root.imag < 0):
                    break
                named.append((root, multiplicity, near[0], square))
            else:
                # Squares with the same number are equal; others are separate roots, told apart by their balls.
                tops = [n for n in named if not any(n[3] < other[3] for other in named)]
                if len({n[2] for n in tops}) == 1:
                    one_is_a_product = products(1) == 0
                    largest = tops[0][3]
                    contains_one = bool(targets[tops[0][2]].contains(1))
                    if contains_one and not one_is_a_product:
                        continue
                    if not contains_one and not (largest < 1 or largest > 1):
                        continue
                    degree = max(n[1] for n in tops) - 1
                    dominant = [n[0] for n in tops if n[1] == degree + 1 and not n[0].imag < 0]
                    if contains_one:
                        growth = "polynomial" if degree else "bounded"
                        radius = arb(1)
                    else:
                        growth = "exponential" if largest > 1 else "vanishes"
                        radius = largest.sqrt()
                    return _result(dominant, radius, degree, growth)
    raise SeriesError(f"{_PRECISIONS[-1]} bits do not separate the roots of {recurrence.characteristic}")


def _products_of_roots(polynomial: Any) -> Any:
    """The squarefree polynomial whose roots are all λ μ for roots λ, μ: its power sums are squares of power sums."""
    from flint import fmpq, fmpq_poly

    degree = polynomial.degree()
    size = degree * degree
    lead = fmpq(1) * polynomial[degree]
    elementary = [polynomial[degree - k] / lead for k in range(degree + 1)]
    sums = [fmpq(degree)]
    for k in range(1, size + 1):
        value = -k * elementary[k] if k <= degree else fmpq(0)
        for i in range(1, min(k - 1, degree) + 1):
            value -= elementary[i] * sums[k - i]
        sums.append(value)
    coefficients = [fmpq(1)]
    for k in range(1, size + 1):
        total = fmpq(0)
        for i in range(1, k + 1):
            total -= sums[i] * sums[i] * coefficients[k - i]
        coefficients.append(total / k)
    product = fmpq_poly(coefficients[::-1])
    common = product.gcd(product.derivative())
    return product // common


def matrix_long_run(matrix: Float64[np.ndarray, "unit unit"]) -> LongRun:
    """Classify the orbits of x(t+1) = A x(t) from almost every start, for a matrix with simple eigenvalues.

    The entries are taken as the exact dyadic numbers they are, and all eigenvalues are isolated in certified balls.

    Arguments:
        matrix: A.

    Raises:
        SeriesError: when the matrix is not finite, or 2048 bits do not isolate its eigenvalues or do not tell which
            is largest: some may be multiple, or of equal modulus without being conjugate.
    """
    from flint import acb_mat

    if not np.isfinite(matrix).all():
        raise SeriesError("the matrix holds a value that is not finite")
    with _precision() as ctx:
        for ctx.prec in _PRECISIONS:
            try:
                values = acb_mat(matrix.tolist()).eig()
            except ValueError:
                continue
            # The conjugate of a ball around one eigenvalue holds an eigenvalue; if it meets no other ball, its own.
            real = [
                v.imag.contains(0) and not any(v.conjugate().overlaps(w) for j, w in enumerate(values) if j != i)
                for i, v in enumerate(values)
            ]
            kept = [v for v, is_real in zip(values, real, strict=True) if is_real or v.imag > 0]
            squares = [v.real * v.real + (0 if v.imag.contains(0) else v.imag * v.imag) for v in kept]
            tops = [i for i, s in enumerate(squares) if not any(s < other for other in squares)]
            if len(tops) != 1:
                continue
            top = kept[tops[0]]
            radius = squares[tops[0]].sqrt()
            growth = "exponential" if radius > 1 else "vanishes" if radius < 1 else "undecided"
            if growth == "undecided" and ctx.prec < _RADIUS_BITS:
                continue
            return _result([top.real if top.imag.contains(0) else top], radius, 0, growth)
    raise SeriesError(
        f"{_PRECISIONS[-1]} bits do not isolate the eigenvalues or tell which is largest; the matrix may have "
        "multiple eigenvalues, or several of equal modulus"
    )


def _result(dominant: Sequence[Any], radius: Any, degree: int, growth: str) -> LongRun:
    """The class from the enclosures of the dominant eigenvalues."""
    from flint import acb

    balls = [acb(value) for value in dominant]
    real = [ball for ball in balls if ball.imag == 0]
    pairs = len(balls) - len(real)
    signs = {1 if ball.real > 0 else -1 for ball in real}
    if pairs == 0:
        shape = "point" if signs == {1} else "two points"
    else:
        shape = "ellipse" if pairs == 1 and -1 not in signs else "several"
    shown = tuple(complex(float(ball.real.mid()), float(ball.imag.mid())) for ball in balls)
    error = max(float(part.rad()) for part in (radius, *(p for ball in balls for p in (ball.real, ball.imag))))
    return LongRun(shape, growth, float(radius.mid()), degree, shown, error + 2**-52 * (1 + float(radius.mid())))
