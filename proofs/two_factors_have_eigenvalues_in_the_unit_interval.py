"""Two factors with β in [0, 1] have eigenvalues in [0, 1]; three may already turn, or flip a sign.

Statement:
    Let N = C_1 ⋯ C_k, C_i = I − β_i v_i v_iᵀ, ‖v_i‖ = 1.
    (a) If all β_i lie in [0, 2), every eigenvalue of N is 1 or has modulus below 1.
    (b) If all β_i lie in [0, 1] and k ≤ 2, every eigenvalue is real and lies in [0, 1].

Source:
    Grazzi et al. 2025, Proposition 1, part 3, whose proof is loose about normalising v_1 and v_2. That k = 2 is the
    limit, with rational keys that show it, is ours.

Hypotheses:
    - at most two factors, for (b).
    - strength at most 1, for (b): 1 − β is not negative.
    - strength below 2, for (a): no factor is a reflection.

Derivation:
    (a) ‖Cx‖² = ‖x‖² − β(2 − β)⟨v, x⟩². If Nx = λx with |λ| = 1, no factor shortens what it is given, so each either
    has β = 0 or is given a vector orthogonal to its key, and fixes it: Nx = x, λ = 1.
    (b) C_1 and C_2 are symmetric and positive semidefinite, and C_1 C_2 has the eigenvalues of √C_1 C_2 √C_1, which
    is so too. In the plane, with a = 1 − β_1, b = 1 − β_2 and t = ⟨v_1, v_2⟩²: the trace is
    a + b + (1 − a)(1 − b)t, the determinant ab, so the discriminant is at least (a + b)² − 4ab = (a − b)² ≥ 0.

Checked:
    (b) All 33² = 1,089 products of two factors of the plane, keys in {−2, …, 2}², β in {0, ¼, ½, ¾, 1}; all 27² = 729
    of space, keys in {−1, 0, 1}³, β in {0, ½, 1}. (a) All 13³ = 2,197 products of three factors of the plane, keys in
    {−1, 0, 1}², β in {0, ½, 1, 3/2}, by the criterion of Schur and Cohn. Sharpness: of all 33³ = 35,937 products of
    three factors, the number with a negative and with a non-real eigenvalue is counted.

Open:
    Which eigenvalues k ≥ 3 factors with β in [0, 1] can reach, exactly.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from _small_matrices import all_products, householder_factors, keys_on_grid
from expressivity.exact import ExactArray

FACTORS = 2
QUARTERS = [Fraction(n, 4) for n in range(5)]


def plane_facts(matrices: ExactArray) -> tuple[np.ndarray, np.ndarray, int]:
    """Trace and determinant of 2 × 2 matrices as integers over d and d², and d."""
    entries = matrices.numerators[..., 0].astype(object)
    trace = entries[:, 0, 0] + entries[:, 1, 1]
    determinant = entries[:, 0, 0] * entries[:, 1, 1] - entries[:, 0, 1] * entries[:, 1, 0]
    return trace, determinant, matrices.denominator


def in_unit_interval(trace: np.ndarray, determinant: np.ndarray, d: int) -> np.ndarray:
    """Whether both roots of λ² − (t/d)λ + (e/d²) are real and in [0, 1]."""
    real = trace * trace - 4 * determinant >= 0
    return real & (trace >= 0) & (determinant >= 0) & (d * d - d * trace + determinant >= 0) & (trace <= 2 * d)


def test_derives_the_discriminant() -> None:
    """For unit keys at any angle in the plane."""
    import sympy

    a, b, angle = sympy.symbols("a b phi", real=True)
    v = sympy.Matrix([1, 0])
    w = sympy.Matrix([sympy.cos(angle), sympy.sin(angle)])
    product = (sympy.eye(2) - (1 - a) * v * v.T) * (sympy.eye(2) - (1 - b) * w * w.T)
    t = sympy.cos(angle) ** 2
    assert sympy.simplify(product.trace() - (a + b + (1 - a) * (1 - b) * t)) == 0
    assert sympy.simplify(product.det() - a * b) == 0
    assert sympy.factor((a + b) ** 2 - 4 * a * b) == (a - b) ** 2
    value_at_1 = sympy.expand(1 - (a + b + (1 - a) * (1 - b) * sympy.Symbol("t")) + a * b)
    assert sympy.expand(value_at_1 - (1 - a) * (1 - b) * (1 - sympy.Symbol("t"))) == 0
    print("trace = a + b + (1 − a)(1 − b)cos²φ, determinant = ab, discriminant ≥ (a − b)²")
    print("the characteristic polynomial at 1 is (1 − a)(1 − b)(1 − cos²φ) ≥ 0: no eigenvalue beyond 1")


def test_holds_for_few_factors_in_the_plane() -> None:
    """Both eigenvalues of every product are real and in [0, 1]."""
    factors = householder_factors(keys_on_grid(2, range(-2, 3)), QUARTERS)
    products = all_products(factors, FACTORS)
    assert len(products) == 33**FACTORS
    assert in_unit_interval(*plane_facts(products)).all()
    print(f"{len(products):,} products of {FACTORS} factors of width 2: eigenvalues in [0, 1]")


def test_holds_for_two_factors_in_space() -> None:
    """What is orthogonal to both keys stays, so one eigenvalue is 1; the other two are roots of a quadratic."""
    products = all_products(householder_factors(keys_on_grid(3, (-1, 0, 1)), [0, Fraction(1, 2), 1]), 2)
    assert len(products) == 27**2
    m, d = products.numerators[..., 0].astype(object), products.denominator
    trace = m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2] - d
    squares = sum(m[:, i, j] * m[:, j, i] for i in range(3) for j in range(3))
    second = ((trace + d) ** 2 - squares) // 2
    # The sum of products of pairs is λ₂λ₃ + λ₂ + λ₃ when λ₁ = 1.
    assert in_unit_interval(trace, second - d * trace, d).all()
    print(f"{len(products)} products of 2 factors of width 3: eigenvalues in [0, 1]")


def test_holds_for_factors_short_of_reflections() -> None:
    """Schur–Cohn: both roots lie inside the circle when |e| < 1 and |t| < 1 + e; else 1 is a root and e the other."""
    products = all_products(householder_factors(keys_on_grid(2, (-1, 0, 1)), [0, Fraction(1, 2), 1, Fraction(3, 2)]), 3)
    assert len(products) == 13**3
    trace, determinant, d = plane_facts(products)
    inside = (abs(determinant) < d * d) & (abs(trace) * d < d * d + determinant)
    one = (d * d - d * trace + determinant == 0) & ((abs(determinant) < d * d) | (determinant == d * d))
    assert (inside | one).all()
    print(f"{len(products):,} products: {int(inside.sum()):,} inside the circle, {int(one.sum())} with eigenvalue 1")


def test_needs_at_most_two_factors() -> None:
    """Three projections flip a sign; three factors turn. Smallest examples, then the counts on the whole grid."""
    keys = keys_on_grid(2, range(-2, 3))
    flip = all_products(householder_factors(np.array([[1, 0], [1, 2], [-1, 2]]), [1]), 1)
    trace, determinant, _ = plane_facts((flip[0] @ flip[1] @ flip[2]).reshape(1, 2, 2))
    assert (trace < 0).all()
    assert (determinant == 0).all()
    print("β = 1 along (1, 0), (1, 2), (−1, 2): eigenvalues 0 and a negative number")
    factors = householder_factors(keys, QUARTERS)
    products = all_products(factors, 3)
    assert len(products) == 35_937
    trace, determinant, d = plane_facts(products)
    non_real = trace * trace - 4 * determinant < 0
    # Roots are real here; their product is not negative, so a negative one shows in the trace.
    negative = ~non_real & (trace < 0)
    assert not (determinant < 0).any()
    assert non_real.any()
    assert negative.any()
    first = int(np.flatnonzero(non_real)[0])
    shown = [[str(v) for v in row] for row in products[first].fractions().tolist()]
    print(f"a turn: {shown}, discriminant {Fraction(int(trace[first] ** 2 - 4 * determinant[first]), d * d)}")
    print(f"of {len(products):,} products of 3: {int(negative.sum())} with a negative, {int(non_real.sum())} non-real")


def test_needs_strength_at_most_1() -> None:
    """Two reflections along (1, 0) and (1, 1) are a quarter turn, with eigenvalues ±i."""
    mirrors = householder_factors(np.array([[1, 0], [1, 1]]), [2])
    turn = mirrors[0] @ mirrors[1]
    assert (turn @ turn).fractions().tolist() == [[-1, 0], [0, -1]]
    print("β = 2 twice: N² = −I, a quarter turn, period 4")


def test_needs_strength_below_2() -> None:
    """A reflection has the eigenvalue −1, of modulus 1."""
    trace, determinant, d = plane_facts(householder_factors(np.array([[1, 0]]), [2])[:1])
    assert (int(trace[0]), int(determinant[0]), d) == (0, -1, 1)
    print("β = 2: eigenvalues 1 and −1")
