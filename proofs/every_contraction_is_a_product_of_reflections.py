"""Every matrix of norm at most 1 is a product of few generalised Householder factors.

Statement:
    Let M be real, n × n.
    (a) If ‖M‖ ≤ 1, M is a product of at most 3n factors I − β v vᵀ, ‖v‖ = 1, β in [0, 2].
    (b) If M is orthogonal, n reflections (β = 2) suffice. (c) If M is a permutation matrix, n − 1 suffice.

Source:
    Grazzi et al. 2025, Proposition 1, part 2 (singular values; Cartan–Dieudonné). In the published count for
    permutations the product runs to k − 1 while k swaps are listed; with k points displaced, k − 1 swaps are right.

Hypotheses:
    - norm at most 1: no product of factors expands.
    - orthogonal, for reflections alone.
    - a permutation, for one reflection less than n.

Derivation:
    (b) For x with Mx ≠ x the reflection along Mx − x takes Mx to x and fixes what M fixes: one dimension more is fixed
    after each reflection. (a) M = U Σ Vᵀ with U and V orthogonal, n reflections each, and
    Σ = ∏_i (I − (1 − σ_i) e_i e_iᵀ) with 0 ≤ σ_i ≤ 1. (c) A cycle of length c is a product of
    c − 1 swaps; a permutation has at least one cycle.

Checked:
    (a) All 16 · 16 · 9 = 2,304 products UΣVᵀ of the plane with U, V from the 8 signed permutations, turned by the
    angle of the triangle 3-4-5 or not, and σ in {0, ½, 1}²: at most 6 factors, whose product is M exactly. (b) All
    8 + 48 signed permutation matrices of 2 and 3 coordinates: at most n reflections. (c) All 33 permutations of up to
    4 points: at most n − 1.

Open:
    The least number of factors for a contraction that is not orthogonal; 3n is not claimed to be least.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np

from _small_matrices import contractions, householder_factors
from expressivity.algebra.representations.reflection_factors import reflection, reflection_factors
from expressivity.exact import ExactArray, identity, rationals
from expressivity.exact.linear import is_identity, rank


def signed_permutations(width: int) -> list[ExactArray]:
    """All matrices with one entry ±1 in each row and column."""
    eye = np.eye(width, dtype=np.int64)
    return [
        rationals(eye[list(order)] * np.array(signs))
        for order in permutations(range(width))
        for signs in product((1, -1), repeat=width)
    ]


def multiplied(normals: ExactArray, width: int) -> ExactArray:
    """The product of the reflections along some normals."""
    result = identity(width)
    for normal in normals:
        result = result @ reflection(normal)
    return result


def test_derives_the_reflection_that_undoes_one_vector() -> None:
    """The reflection along y − x takes y to x when both have the same length; in three dimensions, symbolically."""
    import sympy

    x, y = sympy.Matrix(sympy.symbols("x1:4")), sympy.Matrix(sympy.symbols("y1:4"))
    v = y - x
    image = y * v.dot(v) - 2 * v * v.dot(y)
    # |y|² = |x|², solved for the square of the last coordinate of y.
    same_length = {y[2] ** 2: x.dot(x) - y[0] ** 2 - y[1] ** 2}
    rest = [
        sympy.expand(sympy.expand(entry).subs(y[2] ** 3, y[2] * same_length[y[2] ** 2]).subs(same_length))
        for entry in image - x * v.dot(v)
    ]
    assert rest == [0, 0, 0]
    print("(I − 2vvᵀ/vᵀv) y = x for v = y − x, whenever |x| = |y|")


def test_holds_for_contractions_of_the_plane() -> None:
    """Each factor list multiplies to M, and has at most 3n = 6 factors."""
    turn = rationals(np.array([[Fraction(3, 5), Fraction(-4, 5)], [Fraction(4, 5), Fraction(3, 5)]], dtype=object))
    orthogonal = [m for s in signed_permutations(2) for m in (s, turn @ s)]
    values = list(product((Fraction(0), Fraction(1, 2), Fraction(1)), repeat=2))
    # Each side as its number of reflections and their product; each Σ as its factors along the axes, likewise.
    sides = [(len(normals), multiplied(normals, 2)) for normals in map(reflection_factors, orthogonal)]
    axes = np.eye(2, dtype=np.int64)
    count, most = 0, 0
    for s in values:
        squeezed = [householder_factors(axes[[i]], [1 - s[i]])[0] for i in range(2) if s[i] != 1]
        middle = identity(2)
        for factor in squeezed:
            middle = middle @ factor
        for (left, u), first in zip(sides, orthogonal, strict=True):
            for (right, v), second in zip(sides, orthogonal, strict=True):
                assert (u @ middle @ v).equals(first @ rationals(np.diag(s)) @ second)
                count, most = count + 1, max(most, left + len(squeezed) + right)
    assert count == 2304
    assert most <= 6
    print(f"{count:,} contractions of width 2: at most {most} of 3n = 6 factors")


def test_holds_for_signed_permutations() -> None:
    """At most n reflections, and their product is the matrix."""
    count = 0
    for width in (2, 3):
        for matrix in signed_permutations(width):
            normals = reflection_factors(matrix)
            assert len(normals) <= width
            assert multiplied(normals, width).equals(matrix)
            count += 1
    assert count == 8 + 48
    print(f"{count} orthogonal matrices of widths 2 and 3: at most n reflections each")


def test_holds_for_permutations() -> None:
    """At most n − 1 reflections."""
    count = 0
    for width in range(1, 5):
        for order in permutations(range(width)):
            matrix = rationals(np.eye(width, dtype=np.int64)[list(order)])
            normals = reflection_factors(matrix)
            assert len(normals) <= width - 1
            assert multiplied(normals, width).equals(matrix)
            count += 1
    assert count == 33
    print(f"{count} permutations of up to 4 points: at most n − 1 reflections each")


def test_needs_norm_at_most_1() -> None:
    """A dense one-hot layer merges two states by a matrix of norm √2, which no product of factors is."""
    merge = rationals(np.array([[[1, 1], [0, 0]]]))
    assert not contractions(merge).any()
    print("[[1, 1], [0, 0]] has norm √2; products of factors have norm ≤ 1")


def test_needs_orthogonal_for_reflections() -> None:
    """A product of reflections is orthogonal; diag(½, 1) is a contraction and is not."""
    squeeze = rationals(np.array([[Fraction(1, 2), 0], [0, 1]], dtype=object))
    assert contractions(squeeze.reshape(1, 2, 2)).all()
    assert not is_identity(squeeze.transposed @ squeeze)
    print("diag(½, 1): norm 1, one factor with β = ½, and no product of reflections")


def test_needs_a_permutation_for_one_less() -> None:
    """−I moves every vector, so that n reflections are needed: each leaves a hyperplane alone."""
    for width in (1, 2, 3):
        minus = -identity(width)
        assert rank(minus - identity(width)) == width == len(reflection_factors(minus))
    print("−I of width n takes n reflections, not n − 1, for n = 1, 2, 3")
