"""Integer or rational sequences → the shortest linear recurrence they follow, over Q."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from expressivity.errors import SeriesError
from expressivity.spectral.rational_matrices import as_fractions


@dataclass(frozen=True)
class ExactRecurrence:
    """f(t) = c_1 f(t − 1) + … + c_r f(t − r) for t ≥ r, exactly.

    Arguments:
        coefficients: c_1, …, c_r.
        start: f(0), …, f(r − 1).
        terms_given: number of terms it was found from.
    """

    coefficients: tuple[Fraction, ...]
    start: tuple[Fraction, ...]
    terms_given: int

    @property
    def order(self) -> int:
        """r, the rank of the sequence's Hankel matrix."""
        return len(self.coefficients)

    @property
    def spare(self) -> int:
        """Terms beyond the 2r that fix the recurrence, each of which confirmed it; negative when terms are missing."""
        return self.terms_given - 2 * self.order

    @property
    def determined(self) -> bool:
        """Whether no other recurrence of this order or less fits the terms given."""
        return self.spare >= 0

    def terms(self, count: int) -> list[Fraction]:
        """f(0), …, f(count − 1)."""
        values = list(self.start[:count])
        while len(values) < count:
            recent = values[-1 : -self.order - 1 : -1]
            values.append(sum((c * f for c, f in zip(self.coefficients, recent, strict=True)), Fraction(0)))
        return values

    @cached_property
    def characteristic(self) -> Any:
        """x^r − c_1 x^(r−1) − … − c_r as an `fmpq_poly`; its roots are the eigenvalues."""
        from flint import fmpq, fmpq_poly

        coefficients = [-fmpq(c.numerator, c.denominator) for c in reversed(self.coefficients)]
        return fmpq_poly([*coefficients, 1])

    def __str__(self) -> str:
        if self.order == 0:
            return "f(t) = 0"
        parts = [(c, f"f(t−{k})") for k, c in enumerate(self.coefficients, start=1) if c]
        text = ""
        for c, name in parts:
            sign = ("−" if c < 0 else "") if not text else (" − " if c < 0 else " + ")
            text += sign + ("" if abs(c) == 1 else f"{abs(c)}·") + name
        return f"f(t) = {text or 0}" + (f" for t ≥ {self.order}" if self.coefficients[-1] == 0 else "")


def exact_recurrence(values: Sequence[Any], *, most_order: int | None = None) -> ExactRecurrence:
    """The shortest recurrence of a rational sequence.

    Arguments:
        values: integers or fractions, at least one.
        most_order: give up beyond this order, which saves time on long sequences that follow none.

    Returns:
        The recurrence of least order that all terms satisfy. When 2r terms are there it is the only one of order at
        most r; with fewer it is one of many, which `determined` tells.

    Raises:
        SeriesError: for no terms, terms that are not integers or fractions, or an order beyond `most_order`.

    Source: Berlekamp 1968; Massey 1969, over Q.
    """
    try:
        exact = as_fractions(list(values))
    except TypeError as error:
        raise SeriesError(f"{error}; an exact recurrence needs integers or fractions") from None
    if exact is None or exact.ndim != 1:
        raise SeriesError(
            "the terms are floats or nested; an exact recurrence needs a sequence of integers or fractions "
            "(Fraction('0.1') reads a decimal exactly)"
        )
    if len(exact) == 0:
        raise SeriesError("there are no terms; give at least one")
    terms: list[Fraction] = exact.tolist()
    connection = _berlekamp_massey(terms, len(terms) if most_order is None else most_order)
    order = len(connection)
    return ExactRecurrence(tuple(connection), tuple(terms[:order]), len(terms))


def _berlekamp_massey(terms: list[Fraction], most_order: int) -> list[Fraction]:
    """Coefficients c_1 … c_r of the shortest recurrence."""
    from flint import fmpq

    values = [fmpq(v.numerator, v.denominator) for v in terms]
    current, previous = [fmpq(1)], [fmpq(1)]
    order, gap, last = 0, 1, fmpq(1)
    for t in range(len(values)):
        discrepancy = values[t]
        for i in range(1, min(order, len(current) - 1) + 1):
            discrepancy += current[i] * values[t - i]
        if discrepancy == 0:
            gap += 1
            continue
        factor = discrepancy / last
        shifted = [fmpq(0)] * gap + [factor * c for c in previous]
        length = max(len(current), len(shifted))
        updated = [
            (current[i] if i < len(current) else fmpq(0)) - (shifted[i] if i < len(shifted) else fmpq(0))
            for i in range(length)
        ]
        if 2 * order <= t:
            previous, last, order, gap = current, discrepancy, t + 1 - order, 1
        else:
            gap += 1
        if order > most_order:
            raise SeriesError(f"the first {t + 1} terms follow no recurrence of order {most_order} or less")
        current = updated
    padded = [*current, *[fmpq(0)] * (order + 1 - len(current))]
    return [-Fraction(int(c.p), int(c.q)) for c in padded[1 : order + 1]]
