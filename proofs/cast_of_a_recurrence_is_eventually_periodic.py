"""A linear recurrence with real roots, cast to finitely many numbers, ends in one value, or in two that take turns.

Statement:
    Let a_k = Σ_i c_i C(k, m_i) λ_i^(k − m_i) with real c_i and λ_i, and let cast be a monotone map of the reals onto
    finitely many numbers. Then cast(a_2k) and cast(a_2k+1) are constant from some k on. If all λ_i ≥ 0, cast(a_k) is.
    There is an explicit K: see Derivation.

Source:
    Grazzi et al. 2025, Lemma 1, where cast is the nearest point of a finite set. Two differences. The published proof
    sorts the terms by growth, λ first and m second, but states the inequality the wrong way round: the term that
    decides is the *greatest*, and `test_the_published_order_is_found_to_be_false` keeps the instance that shows it. And
    the published proof gives no bound; ours does, and the library's decision procedure runs on it.

Hypotheses:
    - real bases: a pair of complex ones turns for ever.
    - non-negative bases, for one value instead of two: powers of −1 take turns.
    - finitely many values: counting up to infinity meets every integer.
    - a monotone cast: wrapping around is a cast to finitely many numbers too, and it counts.

Derivation:
    Let λ ≥ 0 first. With E the shift, (E − λ) takes C(k, m)λ^(k−m) to C(k, m−1)λ^(k−m+1): Pascal's rule. So the
    differences d = (E − 1)a obey a recurrence with roots 0 < μ_1 ≤ … ≤ μ_r (after finitely many steps, which is where
    roots 0 die out), and d, (E − μ_1)d, (E − μ_2)(E − μ_1)d, … ends in a multiple of μ_r^k, which has one sign. Each
    of these sequences, divided by μ_j^k, has the following one as its differences, up to a positive factor. So if all
    of them have the same strict sign at K, all of them keep it for ever: a is monotone from K on, and the condition,
    once true, stays true. It does become true, since the greatest root decides every sign in the end. A monotone
    sequence has a limit, finite or not, on each side of which a monotone cast is constant for a while: q.e.d. Where
    some λ are negative, λ² is not: take every other term.

Checked:
    Every a with c_i in {−1, 0, 1} on λ in {½, 1}, m in {0, 1}, and λ = 2, that is 3⁵ = 243 sequences, under three
    monotone casts each, 729 cases; every a with c_i in {−1, 0, 1} on λ in {−1, −½, ½, 1} and on λ = −1, m = 1,
    3⁵ = 243 sequences, two parities each, 486 cases. In every case the K of the derivation is computed exactly and the
    next 40 casts are compared with the one at K.

Open:
    Nothing for real bases. For complex ones inside the unit circle the limit decides unless it is a number at which the
    cast jumps; for those on the circle whose angle is no rational part of a turn, neither periodicity nor its absence
    is decided here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import comb

import numpy as np

from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.exact import rationals
from expressivity.experiments.verdicts.theorem_runs import refused
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.exact_then_cast import CastLayer
from expressivity.verification.repeats.orbits import Orbit, shortest_recurrence

Term = tuple[Fraction, int]
POSITIVE: list[Term] = [(Fraction(v), m) for v in ("1/2", "1") for m in (0, 1)] + [(Fraction(2), 0)]
SIGNED: list[Term] = [(Fraction(v), 0) for v in ("-1", "-1/2", "1/2", "1")] + [(Fraction(-1), 1)]
CASTS = ("exact:fp4_e2m1/exact-then-cast", "exact:q2.1/exact-then-cast/up", "exact:int4+sat/exact-then-cast/down")


def value(terms: list[Term], weights: tuple[int, ...], k: int) -> Fraction:
    """a_k from its closed form."""
    return sum(
        (c * comb(k, m) * base ** (k - m) for (base, m), c in zip(terms, weights, strict=True) if k >= m), Fraction(0)
    )


def caster(arithmetic: str) -> CastLayer:
    """A layer of width one that does nothing; what matters is its cast."""
    readout = single_block(rationals([[0]]), np.array([[0]]), 2)
    layer = Layer(DenseTransition(rationals([[[1]]])), rationals([[[0]]]), rationals([[0]]), readout)
    return CastLayer(layer, parse_arithmetic(arithmetic))


def settles(cast: CastLayer, sequence: Callable[[int], Fraction], order: int) -> int:
    """The explicit K of the derivation, for a sequence given by its closed form and a bound on its order."""
    first = [sequence(k) for k in range(2 * order + 4)]
    recurrence = shortest_recurrence(first)
    width = max(1, len(recurrence) - 1)
    matrix = [[int(j == i + 1) for j in range(width)] for i in range(width)]
    matrix[-1] = [-c for c in recurrence[:-1]] or [0]
    return Orbit(cast, matrix, tuple(first[:width]), 4096).settled()


def constant_from(cast: CastLayer, sequence: Callable[[int], Fraction], begin: int, length: int = 40) -> bool:
    """Whether the next casts are all the same, NaN included."""
    here, *later = [cast.cast_number((sequence(begin + k),)) for k in range(length)]
    return all(value == here or (value != value and here != here) for value in later)


def test_derives_that_the_shift_lowers_a_term() -> None:
    """(E − λ) C(k, m)λ^(k−m) = C(k, m−1)λ^(k−m+1), for m = 1 … 5 as an identity of polynomials in k."""
    import sympy

    k, base = sympy.symbols("k lambda", positive=True)
    for m in range(1, 6):
        now, following, lower = (sympy.expand_func(sympy.binomial(a, b)) for a, b in ((k, m), (k + 1, m), (k, m - 1)))
        assert sympy.simplify((following - now - lower).rewrite(sympy.gamma).gammasimp()) == 0
        assert sympy.simplify(base ** (k + 1 - m) - base * base ** (k - m)) == 0
    print("(E − λ) C(k, m) λ^(k−m) = C(k, m−1) λ^(k−m+1)")


def test_derives_that_the_greatest_term_outgrows_the_others() -> None:
    """The quotient of a lesser term by a greater one tends to zero, for all pairs of the twelve terms listed."""
    import sympy

    k = sympy.Symbol("k", positive=True)
    terms = [(sympy.Rational(v), m) for v in ("1/2", "1", "3/2", "2") for m in range(3)]
    pairs = 0
    for (low, m), (high, n) in itertools.combinations(terms, 2):
        polynomial = sympy.expand_func(sympy.binomial(k, m)) / sympy.expand_func(sympy.binomial(k, n))
        assert sympy.limit(polynomial.rewrite(sympy.gamma).gammasimp() * (low / high) ** k, k, sympy.oo) == 0
        pairs += 1
    assert pairs == 66


def test_holds_for_non_negative_bases() -> None:
    cases = 0
    for arithmetic in CASTS:
        cast = caster(arithmetic)
        for weights in itertools.product((-1, 0, 1), repeat=5):

            def sequence(k: int, weights: tuple[int, ...] = weights) -> Fraction:
                return value(POSITIVE, weights, k)

            assert constant_from(cast, sequence, settles(cast, sequence, 5))
            cases += 1
    assert cases == 729


def test_holds_for_each_parity_when_bases_are_negative() -> None:
    cast, cases = caster(CASTS[0]), 0
    for weights in itertools.product((-1, 0, 1), repeat=5):
        for parity in (0, 1):

            def sequence(k: int, weights: tuple[int, ...] = weights, parity: int = parity) -> Fraction:
                return value(SIGNED, weights, 2 * k + parity)

            assert constant_from(cast, sequence, settles(cast, sequence, 5))
            cases += 1
    assert cases == 486


def counterexamples(deciding: Callable[[list[Term]], Term]) -> Iterator[tuple[Term, Term, int, int]]:
    """Two-term sequences whose sign in the end is not the sign of the weight of the term that is said to decide."""
    terms = [(Fraction(v), m) for v in ("1/2", "1", "2") for m in (0, 1)]
    for first, second in itertools.combinations(terms, 2):
        for c, d in itertools.product((-1, 1), repeat=2):
            pair = [first, second]
            weight = (c, d)[pair.index(deciding(pair))]
            last = value(pair, (c, d), 60)
            # Beyond 60 no sign of these sequences changes: the greater term is already more than twice the other.
            if (last > 0) != (weight > 0):
                yield first, second, c, d


def test_holds_that_the_greatest_term_decides() -> None:
    assert list(counterexamples(max)) == []


def test_the_published_order_is_found_to_be_false() -> None:
    """With the inequality as published the least term would decide: it is refuted by 30 of the 60 sequences."""
    found = list(counterexamples(min))
    assert len(found) == 30
    first, second, c, d = found[0]
    assert c != d
    assert first < second


def test_needs_finitely_many_values() -> None:
    """With all integers to cast to, a_k = k is never the same again."""
    casts = [round(value([(Fraction(1), 1)], (1,), k)) for k in range(200)]
    assert casts == list(range(200))
    # Bounded by 7 the same sequence is constant from k = 7 on, and K says so.
    cast = caster("exact:int4+sat/exact-then-cast")
    assert settles(cast, lambda k: Fraction(k), 2) == 7


def test_needs_real_bases() -> None:
    """The real part of i^k is 1, 0, −1, 0, …: on even k it takes turns for ever, and no K is found."""
    from expressivity.verification.repeats.orbits import Unsettled

    turn = [Fraction(v) for v in (1, 0, -1, 0)]
    with refused(Unsettled, "negative or not real"):
        settles(caster(CASTS[0]), lambda k: turn[k % 4], 2)
    assert [turn[(2 * k) % 4] for k in range(6)] == [1, -1] * 3


def test_needs_non_negative_bases_for_a_single_value() -> None:
    casts = [caster(CASTS[0]).cast_number((Fraction(-1) ** k,)) for k in range(8)]
    assert casts == [2, -2] * 4  # in halves, the finest spacing of fp4


def test_needs_a_monotone_cast() -> None:
    """Wrapping around modulo 4 keeps finitely many numbers and still counts: k mod 4 on even k is 0, 2, 0, 2, …"""
    from expressivity.checker.reference import round_number

    casts = [round_number(k, "uint2") for k in range(0, 16, 2)]
    assert casts == [0, 2] * 4
