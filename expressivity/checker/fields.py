"""Exact numbers: Q(2cos 2π/N) on Python integers and fractions, with its own minimal polynomial and signs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from expressivity.checker.errors import Rejected
from expressivity.checker.reading import rational

_FIRST_BITS = 80
Number = Any  # int or Fraction over Q; a tuple of them, coefficients of powers of 2cos(2π/N), over a larger field


class Field:
    """Q(2cos 2π/N) with its own minimal polynomial; Q when that has degree one."""

    def __init__(self, conductor: int) -> None:
        self.conductor = conductor
        self.degree = max(sum(math.gcd(k, conductor) == 1 for k in range(conductor)) // 2, 1)
        self._roots: dict[int, tuple[Fraction, Fraction]] = {}
        self.zero: Number = 0 if self.degree == 1 else (0,) * self.degree
        self.one: Number = 1 if self.degree == 1 else (1,) + (0,) * (self.degree - 1)

    @cached_property
    def polynomial(self) -> list[int]:
        """The minimal polynomial, constant term first; made when numbers that have its degree are reckoned with."""
        return _cosine_polynomial(self.conductor)

    def read(self, value: Any) -> Number:
        """A number from JSON."""
        if self.degree == 1:
            return rational(value)
        if type(value) is not list or len(value) != self.degree:
            raise Rejected(f"number {value!r} does not have {self.degree} coefficients of Q(2cos 2π/{self.conductor})")
        return tuple(rational(part) for part in value)

    def add(self, a: Number, b: Number) -> Number:
        """A + b."""
        return a + b if self.degree == 1 else tuple(x + y for x, y in zip(a, b, strict=True))

    def scale(self, a: Number, factor: Any) -> Number:
        """A times a rational."""
        return tidy(a * factor) if self.degree == 1 else tuple(tidy(x * factor) for x in a)

    def multiply(self, a: Number, b: Number) -> Number:
        """A · b, reduced by the minimal polynomial."""
        if self.degree == 1:
            return tidy(a * b)
        if not any(a) or not any(b):
            return self.zero
        product: list[Any] = [0] * (2 * self.degree - 1)
        for i, x in enumerate(a):
            if x:
                for j, y in enumerate(b):
                    product[i + j] += x * y
        for k in range(len(product) - 1, self.degree - 1, -1):
            top = product.pop()
            if top:
                for j in range(self.degree):
                    product[k - self.degree + j] -= top * self.polynomial[j]
        return tuple(tidy(x) for x in product)

    def squared_length(self, vector: Sequence[Number]) -> Any:
        """Σ v², if that is rational, else None."""
        total = self.zero
        for v in vector:
            total = self.add(total, self.multiply(v, v))
        return self.as_rational(total)

    def as_rational(self, a: Number) -> Any:
        """A number of Q as such; None for another one."""
        return a if self.degree == 1 else None if any(a[1:]) else a[0]

    def embed(self, value: Any) -> Number:
        """A rational as a number of the field."""
        return value if self.degree == 1 else (value,) + (0,) * (self.degree - 1)

    def sign(self, a: Number) -> int:
        """-1, 0 or 1, by ever finer enclosures."""
        if self.degree == 1:
            return int(a > 0) - int(a < 0)
        if not any(a):
            return 0
        bits = _FIRST_BITS
        while True:
            bottom, top = self.enclosure(a, bits)
            if bottom > 0:
                return 1
            if top < 0:
                return -1
            bits *= 2

    def enclosure(self, a: Number, bits: int) -> tuple[Fraction, Fraction]:
        """Rationals below and above a number, at most 2^-bits times a constant of the number apart."""
        if self.degree == 1:
            return Fraction(a), Fraction(a)
        if bits not in self._roots:
            # The interval that isolates 2cos(2π/N), the largest root of its polynomial, is bisected.
            low, high = _isolate_largest_root(self.polynomial)
            while high - low > Fraction(1, 2**bits):
                middle = (low + high) / 2
                if _value(self.polynomial, middle) * _value(self.polynomial, high) <= 0:
                    low = middle
                else:
                    high = middle
            self._roots[bits] = low, high
        return _range_of(a, *self._roots[bits])

    def scaled(self, a: Number, bits: int) -> tuple[int, int]:
        """Integers below and above a number times 2^bits."""
        low, high = self.enclosure(a, bits)
        return math.floor(low * 2**bits), math.ceil(high * 2**bits)


def tidy(value: Any) -> Any:
    """Integers as int: far quicker than Fraction."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _divide(polynomial: list[int], divisor: list[int]) -> list[int]:
    """Exact quotient of integer polynomials, constant term first, by a monic divisor."""
    rest, quotient = list(polynomial), [0] * (len(polynomial) - len(divisor) + 1)
    for k in range(len(quotient) - 1, -1, -1):
        quotient[k] = rest[k + len(divisor) - 1]
        for j, coefficient in enumerate(divisor):
            rest[k + j] -= quotient[k] * coefficient
    return quotient


def _cosine_polynomial(conductor: int) -> list[int]:
    """Minimal polynomial of 2cos(2π/N), from the cyclotomic polynomial by substituting c for x + 1/x."""
    if conductor <= 2:
        return [-2, 1] if conductor == 1 else [2, 1]
    cyclotomic: dict[int, list[int]] = {}
    for n in range(1, conductor + 1):
        if conductor % n == 0:
            polynomial = [-1] + [0] * (n - 1) + [1]
            for m, known in cyclotomic.items():
                if n % m == 0:
                    polynomial = _divide(polynomial, known)
            cyclotomic[n] = polynomial
    coefficients = cyclotomic[conductor]
    half = (len(coefficients) - 1) // 2
    # x^(-half)·Φ(x) = Φ_half + Σ_k Φ_(half+k) (x^k + x^−k), and x^k + x^−k = D_k(c).
    dickson = [[2], [0, 1]]
    while len(dickson) <= half:
        row = [0, *dickson[-1]]
        for j, value in enumerate(dickson[-2]):
            row[j] -= value
        dickson.append(row)
    result = [0] * (half + 1)
    result[0] = coefficients[half]
    for k in range(1, half + 1):
        for j, value in enumerate(dickson[k]):
            result[j] += coefficients[half + k] * value
    return result


def _value(polynomial: list[int], x: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(polynomial):
        total = total * x + coefficient
    return total


def _isolate_largest_root(polynomial: list[int]) -> tuple[Fraction, Fraction]:
    """An interval holding the largest root and no other; all roots of a cosine polynomial are real and lie in [−2, 2].

    Above the largest root all derivatives of a real-rooted monic polynomial are positive, and above the second
    largest one its first derivative changes sign once: bisect for the largest root of the derivative, recursively.
    """
    derivative = [k * c for k, c in enumerate(polynomial)][1:]
    if len(derivative) == 1:
        root = -Fraction(polynomial[0], polynomial[1])
        return root, root
    low, high = _isolate_largest_root(derivative)
    # The largest root of the derivative lies strictly between the two largest roots: there the polynomial is negative.
    while _value(polynomial, high) >= 0:
        middle = (low + high) / 2
        if _value(derivative, middle) < 0:
            low = middle
        else:
            high = middle
    return high, Fraction(2)


def _range_of(coefficients: tuple[Any, ...], low: Fraction, high: Fraction) -> tuple[Any, Any]:
    """Bounds of a polynomial over an interval, by Horner's rule in interval arithmetic."""
    bottom = top = Fraction(0)
    for coefficient in reversed(coefficients):
        corners = (bottom * low, bottom * high, top * low, top * high)
        bottom, top = min(corners) + coefficient, max(corners) + coefficient
    return bottom, top
