"""Arrays of exact real numbers: rationals, and elements of the real cyclotomic fields Q(2cos 2π/N).

An element of Q(2cos 2π/N) is a polynomial in c = 2cos(2π/N) with rational coefficients, reduced modulo the minimal
polynomial of c (monic, integral, of degree φ(N)/2). Two elements are equal exactly when their reduced coefficients
are, so equality never needs a floating-point comparison. Rationals are the case N = 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float64

_INT64_SAFE = 2**62


@cache
def cosine_polynomial(conductor: int) -> tuple[int, ...]:
    """Coefficients, constant term first, of the minimal polynomial of 2cos(2π/N); it is monic."""
    if conductor < 1:
        raise ValueError(f"conductor {conductor} is not positive; Q(2cos 2π/N) needs N ≥ 1")
    from flint import fmpz_poly

    return tuple(int(c) for c in fmpz_poly.cos_minpoly(conductor).coeffs())


@cache
def _powers(conductor: int) -> tuple[tuple[int, ...], ...]:
    """c⁰, c¹, …, c^(2d−2) reduced modulo the minimal polynomial, as coefficient rows."""
    polynomial = cosine_polynomial(conductor)
    degree = len(polynomial) - 1
    rows = []
    row = [1] + [0] * (degree - 1)
    for _ in range(2 * degree - 1):
        rows.append(tuple(row))
        top = row[-1]
        row = [0, *row[:-1]]
        row = [value - top * coefficient for value, coefficient in zip(row, polynomial[:-1], strict=True)]
    return tuple(rows)


@cache
def multiplication_tensor(conductor: int) -> np.ndarray:
    """Integers `T[i, j, k]` with cⁱ·cʲ = Σ_k T[i, j, k] cᵏ; shape (degree, degree, degree), Python ints."""
    powers = _powers(conductor)
    degree = len(powers[0])
    tensor = np.empty((degree, degree, degree), dtype=object)
    for i in range(degree):
        for j in range(degree):
            tensor[i, j] = powers[i + j]
    return tensor


def cosine_coefficients(k: int, conductor: int) -> list[int]:
    """2cos(2πk/N) in powers of c = 2cos(2π/N), by D₀ = 2, D₁ = c, D_{k+1} = c·D_k − D_{k−1}."""
    polynomial = cosine_polynomial(conductor)
    degree = len(polynomial) - 1
    k = k % conductor
    k = min(k, conductor - k)

    def times_c(row: list[int]) -> list[int]:
        top = row[-1]
        shifted = [0, *row[:-1]]
        return [value - top * coefficient for value, coefficient in zip(shifted, polynomial[:-1], strict=True)]

    before, now = [2] + [0] * (degree - 1), times_c([1] + [0] * (degree - 1))
    if k == 0:
        return before
    for _ in range(k - 1):
        before, now = now, [a - b for a, b in zip(times_c(now), before, strict=True)]
    return now


def _shrink(numerators: np.ndarray) -> np.ndarray:
    """The same integers as int64 where they fit with room to spare, else as Python ints."""
    if numerators.dtype == np.int64:
        return numerators
    if numerators.size == 0 or max(abs(int(numerators.max())), abs(int(numerators.min()))) < _INT64_SAFE:
        return numerators.astype(np.int64)
    return numerators.astype(object)


def _largest(numerators: np.ndarray) -> int:
    return 0 if numerators.size == 0 else max(abs(int(numerators.max())), abs(int(numerators.min())))


@dataclass(frozen=True, eq=False)
class ExactArray:
    """An array of exact numbers over one common denominator.

    Arguments:
        numerators: integers (int64, or Python ints as objects), shape `(*shape, degree)`: coefficients of powers of c.
        denominator: the common denominator, positive.
        conductor: N of the field Q(2cos 2π/N); 1 for rationals (degree 1).
    """

    numerators: np.ndarray
    denominator: int = 1
    conductor: int = 1

    def __post_init__(self) -> None:
        if self.denominator > 1 and self.numerators.size:
            common = int(np.gcd.reduce(self.numerators, axis=None))
            divisor = math.gcd(self.denominator, common)
            if common == 0:  # the divisor is the denominator, which may not fit the numerators' type
                object.__setattr__(self, "denominator", 1)
            elif divisor > 1:
                object.__setattr__(self, "numerators", self.numerators // divisor)
                object.__setattr__(self, "denominator", self.denominator // divisor)
        object.__setattr__(self, "numerators", _shrink(self.numerators))
        self.numerators.setflags(write=False)

    # Shape ----------------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array, without the coefficient axis."""
        return self.numerators.shape[:-1]

    @property
    def degree(self) -> int:
        """Degree of the field over Q."""
        return int(self.numerators.shape[-1])

    @property
    def is_rational(self) -> bool:
        """Whether every entry is rational."""
        return not np.any(self.numerators[..., 1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> ExactArray:
        index = index if isinstance(index, tuple) else (index,)
        index = index if Ellipsis in [i for i in index if i is Ellipsis] else (*index, Ellipsis)
        return ExactArray(self.numerators[(*index, slice(None))], self.denominator, self.conductor)

    def reshape(self, *shape: int) -> ExactArray:
        """The same entries in another shape."""
        return ExactArray(self.numerators.reshape(*shape, self.degree), self.denominator, self.conductor)

    @property
    def transposed(self) -> ExactArray:
        """The last two axes exchanged."""
        return ExactArray(np.swapaxes(self.numerators, -3, -2), self.denominator, self.conductor)

    def __repr__(self) -> str:
        field = "Q" if self.conductor == 1 else f"Q(2cos 2π/{self.conductor})"
        return f"ExactArray(shape={self.shape}, {field}, denominator={self.denominator})"

    # Field and denominator ------------------------------------------------------------------------------------------

    def embed(self, conductor: int) -> ExactArray:
        """The same numbers inside Q(2cos 2π/N) for a multiple N of the present conductor."""
        if conductor == self.conductor:
            return self
        if conductor % self.conductor:
            raise ValueError(f"Q(2cos 2π/{self.conductor}) does not embed by index into conductor {conductor}")
        degree = len(cosine_polynomial(conductor)) - 1
        image = ExactArray(
            np.array([cosine_coefficients(conductor // self.conductor, conductor)], dtype=object), 1, conductor
        )
        power = rationals([1]).embed_rational(conductor)
        total = np.zeros((*self.shape, degree), dtype=object)
        for k in range(self.degree):
            total = total + self.numerators[..., k : k + 1].astype(object) * power.numerators.astype(object)[0]
            power = power * image
        return ExactArray(total, self.denominator, conductor)

    def embed_rational(self, conductor: int) -> ExactArray:
        """Rationals written with the coefficients of a larger field."""
        degree = len(cosine_polynomial(conductor)) - 1
        wide = np.zeros((*self.shape, degree), dtype=self.numerators.dtype)
        wide[..., 0] = self.numerators[..., 0]
        return ExactArray(wide, self.denominator, conductor)

    def simplified(self) -> ExactArray:
        """Over Q when every entry is rational, else unchanged."""
        if self.conductor != 1 and self.is_rational:
            return ExactArray(self.numerators[..., :1], self.denominator, 1)
        return self

    def scaled_numerators(self, denominator: int) -> np.ndarray:
        """Integer numerators over a given multiple of the denominator."""
        factor = denominator // self.denominator
        if factor == 1:
            return self.numerators
        # The factor by itself may be too wide, over numerators that are all zero.
        if max(_largest(self.numerators), 1) * factor < _INT64_SAFE:
            return self.numerators * factor
        return self.numerators.astype(object) * factor

    # Arithmetic -----------------------------------------------------------------------------------------------------

    def __neg__(self) -> ExactArray:
        return ExactArray(-self.numerators, self.denominator, self.conductor)

    def __add__(self, other: ExactArray) -> ExactArray:
        first, second = common_field(self, other)
        denominator = math.lcm(first.denominator, second.denominator)
        total = first.scaled_numerators(denominator).astype(object) + second.scaled_numerators(denominator)
        return ExactArray(total, denominator, first.conductor)

    def __sub__(self, other: ExactArray) -> ExactArray:
        return self + (-other)

    def __mul__(self, other: ExactArray) -> ExactArray:
        """Entrywise product with broadcasting."""
        first, second = common_field(self, other)
        a, b = first.numerators.astype(object), second.numerators.astype(object)
        if first.degree == 1:
            return ExactArray(a * b, first.denominator * second.denominator)
        outer = a[..., :, None] * b[..., None, :]
        product = np.tensordot(outer, multiplication_tensor(first.conductor), axes=2)
        return ExactArray(product, first.denominator * second.denominator, first.conductor)

    def __matmul__(self, other: ExactArray) -> ExactArray:
        """Matrix product over the last two axes, with broadcasting of the others."""
        first, second = common_field(self, other)
        bound = _largest(first.numerators) * _largest(second.numerators) * max(first.shape[-1], 1)
        if first.degree == 1:
            a, b = first.numerators[..., 0], second.numerators[..., 0]
            if bound >= _INT64_SAFE or a.dtype == object or b.dtype == object:
                a, b = a.astype(object), b.astype(object)
            return ExactArray((a @ b)[..., None], first.denominator * second.denominator)
        product = np.zeros((), dtype=object)
        tensor = multiplication_tensor(first.conductor)
        for i in range(first.degree):
            for j in range(first.degree):
                part = first.numerators[..., i].astype(object) @ second.numerators[..., j].astype(object)
                product = product + part[..., None] * tensor[i, j]
        return ExactArray(product, first.denominator * second.denominator, first.conductor)

    def divided_by(self, scalar: Fraction | int) -> ExactArray:
        """Every entry divided by one non-zero rational."""
        fraction = Fraction(scalar)
        sign = -1 if fraction < 0 else 1
        return ExactArray(
            self.numerators.astype(object) * (sign * fraction.denominator),
            self.denominator * abs(fraction.numerator),
            self.conductor,
        )

    # Reading --------------------------------------------------------------------------------------------------------

    def equals(self, other: ExactArray) -> bool:
        """Exact equality of shape and of every entry."""
        if self.shape != other.shape:
            return False
        first, second = common_field(self, other)
        return first.denominator == second.denominator and bool(np.array_equal(first.numerators, second.numerators))

    def fractions(self) -> np.ndarray:
        """The entries as an object array of `Fraction`.

        Raises:
            ValueError: when an entry is irrational.
        """
        if not self.is_rational:
            raise ValueError(f"an entry of {self!r} is irrational; ask for coefficients instead")
        result = np.empty(self.shape, dtype=object)
        flat = self.numerators[..., 0].reshape(-1).tolist()
        result.reshape(-1)[:] = [Fraction(int(v), self.denominator) for v in flat]
        return result

    def to_float(self) -> Float64[np.ndarray, ...]:
        """The entries as float64, each correctly rounded."""
        if self.degree == 1 or self.is_rational:
            flat = self.numerators[..., 0].reshape(-1)
            if self.denominator == 1 and flat.dtype == np.int64 and _largest(flat) <= 2**53:
                return flat.astype(np.float64).reshape(self.shape)
            return np.array([int(v) / self.denominator for v in flat.tolist()], dtype=np.float64).reshape(self.shape)
        import mpmath

        rows = self.numerators.reshape(-1, self.degree).tolist()
        with mpmath.workprec(256 + 2 * _largest(self.numerators).bit_length()):
            c = 2 * mpmath.cospi(mpmath.mpf(2) / self.conductor)
            values = [float(mpmath.polyval(row[::-1], c) / self.denominator) for row in rows]
        return np.array(values, dtype=np.float64).reshape(self.shape)

    def over_rationals(self) -> np.ndarray:
        """Restriction of scalars: the integer matrices that act on coefficient vectors.

        For a matrix of shape (…, n, m) over a field of degree d this is an integer array of shape (…, n·d, m·d), to
        be divided by `denominator`, such that coefficients of A·h are this matrix times the coefficients of h.
        """
        if self.degree == 1:
            return self.numerators[..., 0]
        tensor = multiplication_tensor(self.conductor)
        blocks = np.einsum("...nmi,ijk->...nkmj", self.numerators.astype(object), tensor)
        *lead, n, d, m, _ = blocks.shape
        return _shrink(blocks.reshape(*lead, n * d, m * d))


def common_field(first: ExactArray, second: ExactArray) -> tuple[ExactArray, ExactArray]:
    """Two arrays over the smallest common field of the form Q(2cos 2π/N)."""
    if first.conductor == second.conductor:
        return first, second
    conductor = math.lcm(first.conductor, second.conductor)
    return first.embed(conductor), second.embed(conductor)


def rationals(values: Any) -> ExactArray:
    """Exact rationals from nested integers, `Fraction`s or finite floats (a float is the dyadic rational it is).

    Raises:
        ValueError: naming a value that is not a finite rational number.
    """
    array = np.asarray(values) if not isinstance(values, np.ndarray) else values
    if array.dtype == bool or np.issubdtype(array.dtype, np.integer):
        return ExactArray(array.astype(np.int64)[..., None])
    if np.issubdtype(array.dtype, np.floating) and array.size and np.all(np.isfinite(array)):
        whole = np.rint(array)
        if np.array_equal(whole, array) and np.abs(array).max() < 2**53:
            return ExactArray(array.astype(np.int64)[..., None])
    fractions = []
    for value in array.reshape(-1).tolist():
        try:
            fractions.append(Fraction(value))
        except (ValueError, OverflowError, TypeError):
            raise ValueError(f"{value!r} is not a finite rational number; give integers, fractions or floats") from None
    denominator = math.lcm(*(f.denominator for f in fractions)) if fractions else 1
    numerators = np.empty(len(fractions), dtype=object)
    numerators[:] = [f.numerator * (denominator // f.denominator) for f in fractions]
    return ExactArray(numerators.reshape(*array.shape, 1), denominator)


def cosines(multiples: Sequence[int], parts: int) -> ExactArray:
    """cos(2πk/N) for each k, exactly, in Q(2cos 2π/N).

    Arguments:
        multiples: the integers k.
        parts: N, at least 1.

    Returns:
        An array of shape (len(multiples),), over Q when the field is Q.
    """
    rows = np.array([cosine_coefficients(k, parts) for k in multiples], dtype=object)
    degree = rows.shape[-1]
    return ExactArray(rows, 2, parts if degree > 1 else 1)


def stack(arrays: Sequence[ExactArray]) -> ExactArray:
    """Arrays of equal shape along a new first axis."""
    return concatenate([ExactArray(a.numerators[None], a.denominator, a.conductor) for a in arrays])


def concatenate(arrays: Sequence[ExactArray], axis: int = 0) -> ExactArray:
    """Arrays joined along an axis (counted without the coefficient axis, non-negative)."""
    conductor = math.lcm(*(a.conductor for a in arrays))
    embedded = [a.embed(conductor) for a in arrays]
    denominator = math.lcm(*(a.denominator for a in embedded))
    return ExactArray(
        np.concatenate([a.scaled_numerators(denominator) for a in embedded], axis=axis), denominator, conductor
    )


def zeros(*shape: int) -> ExactArray:
    """Zeros of a shape."""
    return ExactArray(np.zeros((*shape, 1), dtype=np.int64))


def identity(width: int) -> ExactArray:
    """The identity matrix."""
    return ExactArray(np.eye(width, dtype=np.int64)[..., None])


def sign(numerators: Sequence[int], conductor: int) -> int:
    """Sign of Σ_k numerators[k]·(2cos 2π/N)^k, decided by intervals of growing precision after the exact test for 0."""
    if not any(numerators):
        return 0
    if len(numerators) == 1:
        return 1 if numerators[0] > 0 else -1
    from flint import arb, ctx

    precision = ctx.prec
    try:
        ctx.prec = 64
        while True:
            c = 2 * arb.cos_pi(arb(2) / conductor)
            value = arb(0)
            for coefficient in reversed(numerators):
                value = value * c + int(coefficient)
            if value > 0:
                return 1
            if value < 0:
                return -1
            ctx.prec *= 2
    finally:
        ctx.prec = precision
