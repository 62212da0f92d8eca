"""Orbit of a term under one matrix → from when on its cast never changes again, with the reason (Lemma 1, made exact).

Let a_k be a coordinate of M^k v and d_k = a_{k+1} − a_k. Where the recurrence of d has only roots μ_1 ≤ … ≤ μ_r in
(0, ∞), d keeps its sign from K on as soon as d and its transforms (E − μ_1)d, (E − μ_2)(E − μ_1)d, … have one strict
sign at K: the last of them is a multiple of μ_r^k, and each of them is, divided by μ_j^k, a sum of the one after it.
So a is monotone from K on and tends to a limit, which is rational, or to ±∞. The cast of a is then constant from K on
when the cast is constant between a_K and a number just beside that limit. A monotone cast is, when it takes one value
at both. Whether it is monotone depends on the format: where overflow gives NaN it is not, because NaN lies on both
sides of the finite numbers; two numbers out of range then count as alike only on one side (`constant_between`). Where
roots are negative or not real but all inside the unit circle, a power of the companion matrix halves what is left, and
the cast is constant once that is less than the distance from the limit to the nearest place where the cast jumps.

Source: Grazzi et al. 2025, Lemma 1; the criterion with an explicit K is ours.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from expressivity.exact.ordered_polynomials import (
    RealRoots,
    all_inside_unit_circle,
    derivative,
    divide,
    greatest_common_divisor,
)
from expressivity.simulation.exact_then_cast import CastLayer, Value, Vector
from expressivity.verification.exploration.budgets import UNLIMITED, Budget

Matrix = list[list[Any]]

_MOST_PRECISION = 1 << 13
_MOST_DOUBLINGS = 12
_MOST_BITS = 1 << 14  # of a numerator or denominator: beyond, powers cost seconds each


class Unsettled(Exception):  # noqa: N818 (it is an answer)
    """It was not decided whether the cast of an orbit is constant from some point on; the text says why."""


class OutOfBudget(Exception):  # noqa: N818 (it is an answer)
    """The budget was spent before it was decided; the text says which limit."""


def demand(budget: Budget) -> None:
    """Go on while the budget allows it.

    Raises:
        OutOfBudget: naming the limit that is reached.
    """
    if (spent := budget.spent()) is not None:
        raise OutOfBudget(str(spent))


class Orbit:
    """v, Mv, M²v, … with their casts, computed as far as somebody asks.

    Arguments:
        layer: the layer, for its cast.
        matrix: M, acting on vectors as the layer has them.
        vector: v.
        limit: most powers to look at.
        budget: seconds, looked at before every power.
    """

    def __init__(
        self, layer: CastLayer, matrix: Matrix, vector: Vector, limit: int, budget: Budget = UNLIMITED
    ) -> None:
        self.layer, self.matrix, self.limit, self.budget = layer, matrix, limit, budget
        self.rows = [[(j, w) for j, w in enumerate(row) if w] for row in matrix]
        self.vectors = [vector]

    def vector(self, k: int) -> Vector:
        """M^k v."""
        if k > self.limit:
            raise Unsettled(f"the cast of a term does not settle within {self.limit} periods; raise limit=")
        while len(self.vectors) <= k:
            demand(self.budget)
            last = self.vectors[-1]
            if max(_bits(value) for value in last) > _MOST_BITS:
                raise Unsettled(f"a term has numbers of {_MOST_BITS} bits after {len(self.vectors)} periods")
            self.vectors.append(tuple(sum(w * last[j] for j, w in row) for row in self.rows))
        return self.vectors[k]

    def cast(self, k: int) -> list[Value]:
        """The cast of M^k v."""
        return self.layer.cast(tuple(self.vector(k)))

    def settled(self) -> int:
        """A K such that the cast of M^k v is the same for all k ≥ K, proved; the least one this criterion gives.

        Raises:
            Unsettled: saying why it was not decided.
        """
        size = len(self.matrix)
        for k in range(size + 2):
            if k > self.limit:
                break
            if self.vector(k + 1 if k < self.limit else k) == self.vector(k):
                return k
        if self.layer.degree > 1:
            raise Unsettled("the orbit of a term with irrational entries does not close under the period")
        terms = [self.vector(k) for k in range(2 * size + 4)]
        return max(self._coordinate([t[i] for t in terms], i) for i in range(size))

    def _coordinate(self, terms: list[Any], place: int) -> int:
        differences = [Fraction(b) - Fraction(a) for a, b in itertools.pairwise(terms)]
        if not any(differences):
            return 0
        recurrence = shortest_recurrence(differences)
        delay = 0
        while recurrence[0] == 0:
            recurrence, delay = recurrence[1:], delay + 1
        if len(recurrence) == 1:
            return delay
        flint = to_flint(recurrence)
        common = greatest_common_divisor(flint, derivative(flint))
        distinct = divide(flint, common)[0]
        roots = RealRoots(distinct)
        if roots.count == roots.degree and roots.up_to(0) == 0:
            grows = roots.below(1) < roots.degree
            return self._first(delay, lambda k: self._monotone(recurrence, k, place, grows))
        if all_inside_unit_circle(distinct):
            return self._contracting(recurrence, delay, place)
        raise Unsettled(
            "a term is governed by eigenvalues that are negative or not real, no tried power of which is a "
            "non-negative real number, and that do not all lie inside the unit circle"
        )

    def _number(self, k: int, place: int) -> Fraction:
        return Fraction(self.vector(k)[place])

    def _first(self, low: int, holds: Any) -> int:
        """The least k ≥ low with a property that stays once it holds."""
        if holds(low):
            return low
        step = 1
        while not holds(low + step):
            step *= 2
            if low + step > self.limit:
                if step > 2 and holds(self.limit - len(self.matrix) - 2):
                    step = self.limit - len(self.matrix) - 2 - low
                    break
                raise Unsettled(f"the cast of a term does not settle within {self.limit} periods; raise limit=")
        below, above = low + step // 2, low + step
        while above - below > 1:
            middle = (below + above) // 2
            below, above = (below, middle) if holds(middle) else (middle, above)
        return above

    def _monotone(self, recurrence: list[Fraction], k: int, place: int, grows: bool) -> bool:
        """Whether a is certainly monotone from k on and its cast at k is the one beside its limit."""
        order = len(recurrence) - 1
        numbers = [self._number(k + i, place) for i in range(order + 1)]
        direction = common_sign(recurrence, [b - a for a, b in itertools.pairwise(numbers)])
        if direction == 0:
            return False
        if grows:
            return constant_between(self.layer, numbers[0], direction * beyond(self.layer))
        limit = limit_of(recurrence, numbers)
        return constant_between(self.layer, numbers[0], beside(self.layer, limit, -direction))

    def _contracting(self, recurrence: list[Fraction], delay: int, place: int) -> int:
        order = len(recurrence) - 1
        limit = limit_of(recurrence, [self._number(delay + i, place) for i in range(order + 1)])
        sides = [beside(self.layer, limit, side) for side in (-1, 1)]
        if not constant_between(self.layer, *sides):
            raise Unsettled("a term oscillates around a number at which the cast jumps")
        # The sides are halfway to the nearest place where the cast may jump.
        room = min(abs(side - limit) for side in sides)
        steps = halving_time(recurrence)

        def holds(k: int) -> bool:
            return all(abs(self._number(k + i, place) - limit) <= room for i in range(steps + order))

        k = delay
        while not holds(k):
            k += 1
        return k


def _bits(value: int | Fraction) -> int:
    """Bits of a rational number's numerator or denominator, whichever has more."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _tidy(value: Fraction) -> Any:
    return value.numerator if value.denominator == 1 else value


def constant_between(layer: CastLayer, first: Fraction, second: Fraction) -> bool:
    """Whether the cast takes one value on all numbers from one to another.

    A deterministic cast is monotone on the numbers that do not overflow, and one constant above them and below them.
    So equal values at the ends are equal values between them, unless the constants above and below are the same: where
    overflow gives NaN (a format with neither infinities nor saturation), the ends must lie on one side.
    """
    ends = [layer.cast_number((_tidy(Fraction(v)),)) for v in (first, second)]
    if all(end != end for end in ends):
        return (first > 0) == (second > 0)
    return bool(ends[0] == ends[1])


def to_flint(polynomial: list[Fraction]) -> list[Any]:
    """Fractions as flint rationals."""
    from flint import fmpq

    return [fmpq(c.numerator, c.denominator) for c in polynomial]


def shortest_recurrence(terms: list[Fraction]) -> list[Fraction]:
    """The monic polynomial p of least degree with p(E) a = 0, constant term first (Berlekamp–Massey).

    Arguments:
        terms: at least twice as many as the degree.
    """
    current, previous = [Fraction(1)], [Fraction(1)]
    length, gap, last = 0, 1, Fraction(1)
    for n, term in enumerate(terms):
        error = term + sum(
            (current[i] * terms[n - i] for i in range(1, min(length, len(current) - 1) + 1)), Fraction(0)
        )
        if error == 0:
            gap += 1
            continue
        saved = current
        current = current + [Fraction(0)] * max(0, len(previous) + gap - len(current))
        for i, value in enumerate(previous):
            current[i + gap] -= error / last * value
        if 2 * length <= n:
            length, previous, last, gap = n + 1 - length, saved, error, 1
        else:
            gap += 1
    current = current + [Fraction(0)] * (length + 1 - len(current))
    return current[: length + 1][::-1]


def common_sign(recurrence: list[Fraction], terms: list[Fraction]) -> int:
    """The strict sign that a sequence and its transforms by its roots in ascending order share, or 0.

    Arguments:
        recurrence: monic, all of whose roots are positive.
        terms: as many terms of the sequence as its degree.
    """
    from flint import arb, ctx, fmpq, fmpq_poly

    polynomial: Any = fmpq_poly(to_flint(recurrence))
    precision = ctx.prec
    try:
        ctx.prec = 128
        while ctx.prec <= _MOST_PRECISION:
            balls: list[Any] = []
            for root, multiplicity in polynomial.complex_roots():
                balls += [root.real] * multiplicity
            balls.sort(key=lambda ball: float(ball.mid()))
            values = [arb(fmpq(t.numerator, t.denominator)) for t in terms]
            signs = set()
            for ball in balls:
                value = values[0]
                signs.add(1 if value > 0 else -1 if value < 0 else 0)
                values = [b - ball * a for a, b in itertools.pairwise(values)]
            if signs in ({1}, {-1}):
                return signs.pop()
            if signs == {1, -1}:
                return 0
            ctx.prec *= 4
        return 0
    finally:
        ctx.prec = precision


def limit_of(recurrence: list[Fraction], terms: list[Fraction]) -> Fraction:
    """The limit of a convergent sequence whose differences obey a recurrence without the root 1."""
    total = sum((c * t for c, t in zip(recurrence, terms, strict=True)), Fraction(0))
    return total / sum(recurrence)


def beyond(layer: CastLayer) -> Fraction:
    """A number from which on, and below whose negative, the cast is constant."""
    return 4 * max(Fraction(abs(layer.form.lowest)), Fraction(layer.form.largest), layer.unit)


def beside(layer: CastLayer, number: Fraction, side: int) -> Fraction:
    """A number on one side of another such that the cast jumps nowhere between them, the new number included.

    All places where a cast jumps are multiples of an eighth of the finest spacing.
    """
    grid = layer.unit / 8
    place = number / grid
    floor = place.numerator // place.denominator
    following = (floor + 1 if side > 0 else floor - (place == floor)) * grid
    return (number + following) / 2


def halving_time(recurrence: list[Fraction]) -> int:
    """An N such that the N-th power of the companion matrix has row sums of at most one half."""
    from flint import fmpq, fmpq_mat

    order = len(recurrence) - 1
    rows = [[fmpq(int(j == i + 1)) for j in range(order)] for i in range(order - 1)]
    rows.append([-c for c in to_flint(recurrence[:-1])])
    power, exponent = fmpq_mat(rows), 1
    for _ in range(_MOST_DOUBLINGS):
        sums = [sum((abs(power[i, j]) for j in range(order)), fmpq(0)) for i in range(order)]
        if max(sums) * 2 <= 1:
            return exponent
        power, exponent = power * power, 2 * exponent
    raise Unsettled(f"a contraction takes more than {exponent} periods to halve what is left")
