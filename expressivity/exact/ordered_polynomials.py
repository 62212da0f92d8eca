"""Polynomials over Q or Q(2cos 2π/N): greatest common divisors and Sturm's count of real roots, with exact signs.

A polynomial is the list of its coefficients, constant term first, without zeros at the end. Coefficients are flint
rationals, or `Element`s of a real field; both add, multiply, divide and have a sign.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from expressivity.exact import ExactArray, cosine_polynomial, sign

Coefficient = Any  # flint.fmpq or Element
Polynomial = list[Any]


class Element:
    """A number of Q(2cos 2π/N) as a polynomial in c = 2cos 2π/N, with its sign in the real embedding c > 0.

    Arguments:
        value: flint polynomial in c.
        conductor: N.
    """

    def __init__(self, value: Any, conductor: int) -> None:
        from flint import fmpq_poly

        self.conductor = conductor
        self.value = fmpq_poly(value) % fmpq_poly(list(cosine_polynomial(conductor)))

    def _of(self, other: Any) -> Any:
        return other.value if isinstance(other, Element) else other

    def __add__(self, other: Any) -> Element:
        return Element(self.value + self._of(other), self.conductor)

    def __sub__(self, other: Any) -> Element:
        return Element(self.value - self._of(other), self.conductor)

    def __neg__(self) -> Element:
        return Element(-self.value, self.conductor)

    def __mul__(self, other: Any) -> Element:
        return Element(self.value * self._of(other), self.conductor)

    def __truediv__(self, other: Any) -> Element:
        from flint import fmpq_poly

        if not isinstance(other, Element):
            return Element(self.value / other, self.conductor)
        _, inverse, _ = other.value.xgcd(fmpq_poly(list(cosine_polynomial(self.conductor))))
        return Element(self.value * inverse, self.conductor)

    @property
    def sign(self) -> int:
        """-1, 0 or 1."""
        # The denominator of a flint polynomial is positive.
        return sign([int(c) for c in self.value.numer().coeffs()], self.conductor)


def sign_of(number: Coefficient) -> int:
    """Sign of a coefficient: -1, 0 or 1."""
    if isinstance(number, Element):
        return number.sign
    return int(number > 0) - int(number < 0)


def numbers_of(array: ExactArray) -> list[Coefficient]:
    """The entries of a one-dimensional exact array as coefficients."""
    from flint import fmpq, fmpq_poly

    rows = array.numerators.tolist()
    if array.degree == 1:
        return [fmpq(int(row[0]), array.denominator) for row in rows]
    return [Element(fmpq_poly([int(v) for v in row]) / array.denominator, array.conductor) for row in rows]


def trim(polynomial: Polynomial) -> Polynomial:
    """Without zero coefficients at the end."""
    end = len(polynomial)
    while end and sign_of(polynomial[end - 1]) == 0:
        end -= 1
    return polynomial[:end]


def derivative(polynomial: Polynomial) -> Polynomial:
    """The derivative."""
    return [coefficient * k for k, coefficient in enumerate(polynomial)][1:]


def divide(polynomial: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Quotient and remainder."""
    rest = list(polynomial)
    quotient: Polynomial = []
    while len(rest) >= len(divisor):
        factor = rest[-1] / divisor[-1]
        quotient.append(factor)
        shift = len(rest) - len(divisor)
        for k, coefficient in enumerate(divisor):
            rest[shift + k] = rest[shift + k] - factor * coefficient
        rest.pop()
    return quotient[::-1], trim(rest)


def greatest_common_divisor(first: Polynomial, second: Polynomial) -> Polynomial:
    """A greatest common divisor, monic; empty when both are zero."""
    while second:
        first, second = second, divide(first, second)[1]
    return [coefficient / first[-1] for coefficient in first] if first else first


def square_free_parts(polynomial: Polynomial) -> list[tuple[Polynomial, int]]:
    """Pairwise coprime square-free factors, of degree at least one, with their multiplicities (Yun's algorithm)."""
    parts = []
    common = greatest_common_divisor(polynomial, derivative(polynomial))
    rest, multiplicity = divide(polynomial, common)[0], 0
    while len(rest) > 1:
        multiplicity += 1
        inner = greatest_common_divisor(rest, common)
        factor = divide(rest, inner)[0]
        if len(factor) > 1:
            parts.append((factor, multiplicity))
        common = divide(common, inner)[0]
        rest = inner
    return parts


def evaluate(polynomial: Polynomial, point: Coefficient) -> Coefficient:
    """Value at a point."""
    value = polynomial[-1]
    for coefficient in reversed(polynomial[:-1]):
        value = value * point + coefficient
    return value


class RealRoots:
    """Counts the real roots of a square-free polynomial in intervals.

    Arguments:
        polynomial: square-free, of degree at least zero.

    Source: Sturm 1829; the chain is normalised by positive factors, which changes no sign.
    """

    def __init__(self, polynomial: Polynomial) -> None:
        self.degree = len(polynomial) - 1
        chain = [polynomial, derivative(polynomial)]
        while chain[-1]:
            chain.append([-c for c in divide(chain[-2], chain[-1])[1]])
            if chain[-1]:
                top = chain[-1][-1] * sign_of(chain[-1][-1])
                chain[-1] = [c / top for c in chain[-1]]
        self.chain = chain[:-1]

    def _variations(self, signs: list[int]) -> int:
        kept = [s for s in signs if s]
        return sum(a != b for a, b in pairwise(kept))

    @property
    def at_minus_infinity(self) -> int:
        """Sign changes of the chain far to the left."""
        return self._variations([sign_of(p[-1]) * (-1) ** (len(p) - 1) for p in self.chain])

    @property
    def at_infinity(self) -> int:
        """Sign changes of the chain far to the right."""
        return self._variations([sign_of(p[-1]) for p in self.chain])

    def up_to(self, point: int) -> int:
        """Number of roots in (−∞, point]."""
        return self.at_minus_infinity - self._variations([sign_of(evaluate(p, point)) for p in self.chain])

    def below(self, point: int) -> int:
        """Number of roots in (−∞, point)."""
        return self.up_to(point) - (sign_of(evaluate(self.chain[0], point)) == 0)

    @property
    def count(self) -> int:
        """Number of real roots."""
        return self.at_minus_infinity - self.at_infinity


def all_inside_unit_circle(polynomial: Polynomial) -> bool:
    """Whether all complex roots have modulus below one, by the recursion of Schur and Cohn.

    A step divides by no number that may vanish: where the outer coefficients have equal modulus, the product of the
    roots has modulus one, and the answer is no.
    """
    while len(polynomial) > 1:
        first, last = polynomial[0], polynomial[-1]
        if sign_of(last * last - first * first) <= 0:
            return False
        reversed_ = polynomial[::-1]
        polynomial = [last * a - first * b for a, b in zip(polynomial, reversed_, strict=True)][1:]
        top = polynomial[-1] * sign_of(polynomial[-1])
        polynomial = [c / top for c in polynomial]
    return True


def all_in_unit_disk(polynomial: Polynomial) -> bool:
    """Whether all complex roots of a square-free polynomial have modulus at most one.

    Roots on the circle are among the common roots of p and its reversal. What is left of those after ±1 is
    z^k·r(z + 1/z), and a root of it lies on the circle exactly when z + 1/z is real and in (−2, 2).
    """
    while len(polynomial) > 1 and sign_of(polynomial[0]) == 0:
        polynomial = polynomial[1:]
    paired = greatest_common_divisor(polynomial, polynomial[::-1])
    if not all_inside_unit_circle(divide(polynomial, paired)[0]):
        return False
    for root in (1, -1):
        linear = [paired[-1] * 0 - root, paired[-1] * 0 + 1]
        quotient, rest = divide(paired, linear)
        if not rest:
            paired = quotient
    half = (len(paired) - 1) // 2
    # z^k·r(z + 1/z) has coefficient Σ over the Dickson polynomials D_j(y) = z^j + z^−j.
    dickson: list[list[int]] = [[2], [0, 1]]
    while len(dickson) <= half:
        row = [0, *dickson[-1]]
        for j, value in enumerate(dickson[-2]):
            row[j] -= value
        dickson.append(row)
    reduced: Polynomial = [paired[half] * int(k == 0) for k in range(half + 1)]
    for j in range(1, half + 1):
        for k, value in enumerate(dickson[j]):
            reduced[k] = reduced[k] + paired[half + j] * value
    roots = RealRoots(trim(reduced))
    return roots.below(2) - roots.up_to(-2) == half
