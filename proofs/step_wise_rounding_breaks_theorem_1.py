"""Rounding inside the recurrence lets non-negative real eigenvalues count.

Statement
    Theorem 1 of Grazzi et al. (parity needs an eigenvalue that is not a non-negative real number) and Theorem 2
    (counting modulo m needs a non-real one unless m is a power of two) are about states that are computed exactly and
    rounded once. They are false when the state is rounded after every step. What stays true: if A(1) is lower or upper
    triangular with a non-negative diagonal, x ← round(A x + b) reaches a fixed point from every state, in every order
    of evaluation and every monotone rounding that does not wrap, so no such layer alone decides parity.

Source
    The witnesses and their certificates are ours. The step-wise model is Nowak, Cotterell & Boumasmoud 2026, whose
    theorem on non-negative diagonals is the diagonal case of the positive part.

Hypotheses
    Theorem 1 is about one repeated letter and non-negative real eigenvalues; both are kept here. What breaks it:
    - rounding outside the recurrence: the state is computed exactly and rounded once.
    The positive part, with rounding inside the recurrence:
    - a triangular matrix.
    - a non-negative diagonal.
    - monotone rounding.
    - no wrapping: numbers out of range saturate or become infinite.

Derivation
    Positive part. The first coordinate of a lower triangular A follows x ← round(a x + b) with a ≥ 0, a non-decreasing
    map of a finite chain into itself (overflow is an end of the chain, NaN is absorbing); from any start such a map
    moves monotonically, so it stops. From then on the second coordinate follows such a map, with a constant added; and
    so on. Adding the terms one by one keeps each map monotone in its own coordinate.
    Negative part. A = [[13/8, −9/8], [7/4, −19/16]] has trace 7/16 and determinant 5/128, hence eigenvalues 5/16 and
    1/8, and A^k → 0; but rounding each entry of A x to an integer sends (1,1) → (0,1) → (−1,−1) → (0,−1) → (1,1).

Checked
    The eigenvalues symbolically; the orbit in rationals; 960 triangular matrices over fp4, all those with a
    non-negative diagonal, from all 225 states in three orders; every stored witness of `witnesses/` is certified for
    all lengths by a checker that shares no code with the search (`expressivity hunt --witnesses`).

Open
    Single factors of width 3 in bf16 per operation: periods 2 and 4 were found, no other in 744,967 random
    candidates; no argument says why. Whether a single factor of width 2 can have a period other than 2.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from expressivity.errors import CertificateError
from expressivity.experiments.counting.counters import Counter, certify, orbit
from expressivity.experiments.counting.exhaust import exhaust
from expressivity.experiments.counting.witnesses import load_witness, verify_witness
from expressivity.experiments.verdicts.theorem_runs import refused

F = Fraction
MATRIX = ((F(13, 8), F(-9, 8)), (F(7, 4), F(-19, 16)))
ORBIT = [(1, 1), (0, 1), (-1, -1), (0, -1)]


def test_holds_the_eigenvalues_are_five_sixteenths_and_one_eighth() -> None:
    import sympy

    matrix = sympy.Matrix([[sympy.Rational(x.numerator, x.denominator) for x in row] for row in MATRIX])
    assert matrix.eigenvals() == {sympy.Rational(5, 16): 1, sympy.Rational(1, 8): 1}


def test_holds_triangular_matrices_with_a_non_negative_diagonal_reach_fixed_points() -> None:
    for order in ("fused", "per-operation", "accumulate-fp32"):
        sweep = exhaust(f"fp4_e2m1/{order}", "triangular")
        assert (sweep.candidates, sweep.states) == (960, 225)
        assert sweep.periods == {}


def test_needs_rounding_outside_the_recurrence() -> None:
    for state, following in pairwise([*ORBIT, ORBIT[0]]):
        exact = [row[0] * state[0] + row[1] * state[1] for row in MATRIX]
        assert tuple(round(x) for x in exact) == following
    certify(Counter("bf16:q7.0/fused", 4, "dense", (F(1), F(1)), matrix=MATRIX))


def test_needs_rounding_outside_the_recurrence_in_ieee_formats() -> None:
    for name, spacing in (("bf16", -133), ("fp16", -24), ("fp32", -149), ("fp64", -1074)):
        certify(Counter(f"{name}/fused", 4, "dense", (F(2) ** spacing,) * 2, matrix=MATRIX))
        print(f"{name}, fused: the same matrix counts modulo 4 in steps of 2^{spacing}, certified")


def test_needs_rounding_outside_the_recurrence_for_deltanet_too() -> None:
    for name in ("bf16", "fp16", "fp8_e4m3fn"):
        verify_witness(f"{name}-per-operation-one-factor-mod-2")
        print(f"{name}, per operation: one factor with β in [0, 1] decides parity, certified")


def test_needs_rounding_outside_the_recurrence_for_every_modulus() -> None:
    for modulus in range(2, 13):
        verify_witness(f"bf16-per-operation-one-factor-mod-{modulus}")
    print("bf16, per operation: one factor with β in [0, 1] counts modulo 2, 3, …, 12, certified")


def test_needs_a_triangular_matrix() -> None:
    sweep = exhaust("fp4_e2m1/per-operation", "dense")
    assert sweep.candidates == 6432
    assert set(sweep.counters) == {2, 3, 4, 6, 7, 8, 10, 12, 14, 16, 18}


def test_needs_a_non_negative_diagonal() -> None:
    counter = Counter("fp4_e2m1/fused", 2, "dense", (F(1), F(0)), matrix=((F(-1), F(0)), (F(0), F(1))))
    assert orbit(counter) == [(1, 0), (-1, 0)]
    with refused(CertificateError, "no non-negative real number"):
        certify(counter)


def test_needs_no_wrapping() -> None:
    # Doubling and adding modulo 4: eigenvalue 1, diagonal non-negative, and the unsigned integers wrap.
    counter = Counter("uint2/fused", 4, "dense", (F(1), F(0)), matrix=((F(1), F(0)), (F(1), F(1))))
    assert len(orbit(counter)) == 4
    certify(counter)


def test_needs_monotone_rounding() -> None:
    # An even-odd flip is a rounding to a neighbour that is not monotone: x = 1/2 over the grid {0, 1}.
    def flip(x: Fraction) -> int:
        return 1 if x == F(1, 4) else 0 if x == F(3, 4) else round(x)

    states, state = [], 0
    for _ in range(4):
        states.append(state)
        state = flip(F(1, 2) * state + F(1, 4))
    assert states == [0, 1, 0, 1]


def test_a_planted_falsehood_is_found() -> None:
    with refused(CertificateError, "does not recognise"):
        certify(replace(load_witness("bf16-per-operation-one-factor-mod-3"), modulus=6))
