"""A product of generalised Householder factors with 1 − β in [−1, 1] never expands.

Statement:
    Let N = C_1 ⋯ C_k with C_i = I − β_i v_i v_iᵀ, ‖v_i‖ = 1 and β_i in [0, 2]. Then ‖N‖ ≤ 1, for every k and every
    width: no vector becomes longer.

Source:
    Grazzi et al. 2025, Proposition 1, part 1.

Hypotheses:
    - bounded strength: 0 ≤ β ≤ 2, that is, the one eigenvalue 1 − β that may differ from 1 lies in [−1, 1].
    - unit keys: ‖v_i‖ = 1; kernels see to it by dividing each key by its length.

Derivation:
    For one factor and any x, with s = ⟨v, x⟩,
        ‖Cx‖² = ‖x‖² − 2βs² + β²s²‖v‖² = ‖x‖² − β(2 − β)s²   as ‖v‖ = 1,
    and β(2 − β) ≥ 0 exactly when β lies in [0, 2]. A product of maps that lengthen nothing lengthens nothing.

Checked:
    All 17³ = 4,913 products of three factors of the plane with keys in {−1, 0, 1}² and β in {0, ½, 1, 3/2, 2}, and all
    53² = 2,809 products of two factors of space with keys in {−1, 0, 1}³: I − NᵀN is positive semidefinite (all its
    principal minors are at least 0, in integers).

Open:
    Nothing. In floating point a key has length 1 only up to rounding, so that a reflection as run may expand by the
    last digit at each step; what that does to a network is decided network by network, with `verify`.
"""

from __future__ import annotations

from fractions import Fraction

from _small_matrices import all_products, contractions, householder_factors, keys_on_grid
from expressivity.exact import rationals

STRENGTHS = [Fraction(n, 2) for n in range(5)]


def test_derives_the_length_after_one_factor() -> None:
    """‖Cx‖² − ‖x‖² as a polynomial in the entries of v and x, factored, in four dimensions."""
    import sympy

    v, x = sympy.symbols("v1:5", real=True), sympy.symbols("x1:5", real=True)
    beta = sympy.Symbol("beta", real=True)
    dot = sum(a * b for a, b in zip(v, x, strict=True))
    image = [b - beta * dot * a for a, b in zip(v, x, strict=True)]
    change = sympy.expand(sum(c**2 for c in image) - sum(b**2 for b in x))
    length = sum(a**2 for a in v)
    assert sympy.expand(change - dot**2 * beta * (beta * length - 2)) == 0
    on_sphere = sympy.factor((dot**2 * beta * (beta * length - 2)).subs(v[3] ** 2, 1 - sum(a**2 for a in v[:3])))
    assert sympy.expand(on_sphere + beta * (2 - beta) * dot**2) == 0
    print("‖Cx‖² − ‖x‖² = β(β‖v‖² − 2)⟨v, x⟩², which is −β(2 − β)⟨v, x⟩² for a unit key")


def test_derives_where_the_change_is_never_positive() -> None:
    """β(2 − β) ≥ 0 is solved over the reals."""
    import sympy

    beta = sympy.Symbol("beta", real=True)
    solution = sympy.solveset(beta * (2 - beta) >= 0, beta, sympy.S.Reals)
    assert solution == sympy.Interval(0, 2)
    print(f"β(2 − β) ≥ 0 exactly for β in {solution}")


def test_holds_for_three_factors_in_the_plane() -> None:
    """Every product of three factors on the grid has norm at most 1."""
    factors = householder_factors(keys_on_grid(2, (-1, 0, 1)), STRENGTHS)
    products = all_products(factors, 3)
    assert (len(factors), len(products)) == (17, 4913)
    assert contractions(products).all()
    print(f"{len(products):,} products of 3 factors of width 2: all of norm ≤ 1")


def test_holds_for_two_factors_in_space() -> None:
    """Every product of two factors on the grid has norm at most 1."""
    factors = householder_factors(keys_on_grid(3, (-1, 0, 1)), STRENGTHS)
    products = all_products(factors, 2)
    assert (len(factors), len(products)) == (53, 2809)
    assert contractions(products).all()
    print(f"{len(products):,} products of 2 factors of width 3: all of norm ≤ 1")


def test_needs_bounded_strength() -> None:
    """β = 5/2 and β = −½ both lengthen the key, to 3/2 of its length."""
    for beta in (Fraction(5, 2), Fraction(-1, 2)):
        factor = householder_factors(keys_on_grid(2, (0, 1))[:1], [beta])[:1]
        assert not contractions(factor).any()
        key = keys_on_grid(2, (0, 1))[0]
        image = (factor[0] @ rationals(key[:, None])).fractions()[:, 0]
        assert sum(value * value for value in image) == (1 - beta) ** 2 == Fraction(9, 4)
        print(f"β = {beta}: the unit key {key.tolist()} becomes {[str(value) for value in image]}")


def test_needs_unit_keys() -> None:
    """Without division by the length, the key (2, 0) with β = 1 triples the first coordinate."""
    unnormalised = rationals([[[1 - 2 * 2, 0], [0, 1]]])
    assert not contractions(unnormalised).any()
    print("v = (2, 0), β = 1: I − v vᵀ = diag(−3, 1), of norm 3")
