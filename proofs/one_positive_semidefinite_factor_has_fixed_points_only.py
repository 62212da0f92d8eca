"""One symmetric positive semidefinite matrix, rounded once per step, cannot count.

Statement
    Let A be symmetric and positive semidefinite, f a componentwise non-decreasing rounding with finitely many values,
    and x(t+1) = f(A x(t) + b) with one rounding of the exact sum. Then every orbit ends in a fixed point. Hence a
    DeltaNet layer with β ∈ [0, 1] whose matrix is stored symmetric and positive semidefinite does not decide parity
    under `fused` rounding.

Source
    The Lyapunov function is that of Goles & Olivos 1981 for symmetric threshold networks; that positive
    semidefiniteness leaves no cycle of length two, and the use for DeltaNet, is ours.

Hypotheses
    - symmetry of A.
    - positive semidefiniteness of A.
    - one rounding per coordinate and step, of the exact sum.
    - monotone rounding.

Derivation
    On a cycle let d = x(t+1) − x(t−1). Symmetry gives the identity
    Σ_t d(t)ᵀ(A x(t) + b) = Σ_t [x(t+1)ᵀA x(t) − x(t−1)ᵀA x(t)] + bᵀΣ_t d(t) = 0 around the cycle.
    Let G_i be convex with f_i a selection of the subgradient of its conjugate: f(u) maximises x_i u_i − G_i(x_i) over
    the values of the format. With V(t) = Σ_i [G_i(x_i(t)) + G_i(x_i(t−1))] − x(t)ᵀA x(t−1) − bᵀ(x(t) + x(t−1)),
    V(t+1) − V(t) = [G(x(t+1)) − x(t+1)ᵀu] − [G(x(t−1)) − x(t−1)ᵀu] ≤ 0 for u = A x(t) + b, because x(t+1) = f(u)
    minimises G(x) − xᵀu. (Ties: let G have a kink wherever u is on a tie; the finitely many u of one orbit can be
    separated by moving breakpoints without changing f on them, so the minimiser is unique and equality means
    x(t+1) = x(t−1).) So periods divide 2. If x → y → x, monotone f gives (x − y)_i·(A(y − x))_i ≥ 0 for every i;
    summing, −(x − y)ᵀA(x − y) ≥ 0, so A(x − y) = 0 by positive semidefiniteness, A x + b = A y + b and x = y.

Checked
    The two identities symbolically in width 3. All 553 symmetric positive semidefinite 2×2 matrices with entries j/4,
    |j| ≤ 8, from all 49 states of {−3, …, 3}² for 16 inputs b; all 241 of size 3×3 with entries j/2, |j| ≤ 2, from all
    125 states of {−2, …, 2}³ for 8 inputs; each in nearest-even and downward rounding with saturation: 1,349,104
    orbits, no cycle. Every single factor of width 2 over fp4 (5), fp6_e2m3 (65) and fp6_e3m2 (146) under `fused`, from
    every state.

Open
    Several different letters: products of different rounded maps are not covered by V. Under `accumulate-fp32` the
    sum is not exact, so the argument does not apply; 374,683 random bf16 candidates of width 4 had fixed points only.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import numpy as np

from expressivity.experiments.counting.counters import Counter, certify
from expressivity.experiments.counting.exhaust import exhaust
from expressivity.experiments.counting.witnesses import verify_witness

F = Fraction


def test_holds_the_identities_of_the_derivation() -> None:
    import sympy

    a = sympy.Matrix(3, 3, lambda i, j: sympy.Symbol(f"a{min(i, j)}{max(i, j)}"))
    x, y, z, b = (sympy.Matrix(sympy.symbols(f"{name}0:3")) for name in "xyzb")
    gx, gy, gz = sympy.symbols("Gx Gy Gz")

    def lyapunov(now: tuple, before: tuple) -> sympy.Expr:
        (state, g), (old, h) = now, before
        return g + h - (state.T * a * old)[0] - (b.T * (state + old))[0]

    u = a * y + b
    change = lyapunov((z, gz), (y, gy)) - lyapunov((y, gy), (x, gx))
    assert sympy.expand(change - ((gz - (z.T * u)[0]) - (gx - (x.T * u)[0]))) == 0
    gap = ((x - y).T * (a * (y - x)))[0] + ((x - y).T * a * (x - y))[0]
    assert sympy.expand(gap) == 0


def cycles(matrices: np.ndarray, inputs: list[int], reach: int, rounding: Callable, scale: int) -> tuple[int, int]:
    """(orbits followed, states on cycles of length over 1) for x ← clip(round((A x + b)/scale)), all b and states."""
    width = matrices.shape[1]
    states = np.array(list(product(range(-reach, reach + 1), repeat=width)))
    powers = (2 * reach + 1) ** np.arange(width)[::-1]
    followed = moving = 0
    for matrix in matrices:
        for shift in product(inputs, repeat=width):
            image = np.clip(rounding(states @ matrix.T + np.array(shift), scale), -reach, reach)
            step = (image + reach) @ powers
            power = step
            for _ in range(len(states).bit_length()):
                power = power[power]
            moving += int((step[power] != power).sum())
            followed += len(states)
    return followed, moving


def nearest_even(numerators: np.ndarray, scale: int) -> np.ndarray:
    return np.rint(numerators / scale).astype(np.int64)  # small integers over a power of two: exact


def down(numerators: np.ndarray, scale: int) -> np.ndarray:
    return numerators // scale


def semidefinite(width: int, bound: int) -> np.ndarray:
    """All symmetric positive semidefinite integer matrices with entries up to a bound, by their principal minors."""
    places = [(i, j) for i in range(width) for j in range(i, width)]
    found = []
    for values in product(range(-bound, bound + 1), repeat=len(places)):
        matrix = np.zeros((width, width), dtype=np.int64)
        for (i, j), value in zip(places, values, strict=True):
            matrix[i, j] = matrix[j, i] = value
        if all(
            round(np.linalg.det(matrix[np.ix_(kept, kept)])) >= 0
            for size in range(1, width + 1)
            for kept in combinations_of(width, size)
        ):
            found.append(matrix)
    return np.array(found)


def combinations_of(width: int, size: int) -> list[list[int]]:
    return [[i for i in range(width) if bits >> i & 1] for bits in range(1 << width) if bits.bit_count() == size]


def test_holds_on_every_small_grid() -> None:
    pairs, triples = semidefinite(2, 8), semidefinite(3, 2)
    for rounding in (nearest_even, down):
        assert cycles(pairs, [-1, 0, 1, 2], 3, rounding, 4) == (len(pairs) * 16 * 49, 0)
        assert cycles(triples, [0, 1], 2, rounding, 2) == (len(triples) * 8 * 125, 0)
    assert (len(pairs), len(triples)) == (553, 241)


def test_holds_for_every_single_factor_of_small_formats() -> None:
    for name, count in (("fp4_e2m1", 5), ("fp6_e2m3", 65), ("fp6_e3m2", 146)):
        sweep = exhaust(f"{name}/fused")
        assert sweep.candidates == count
        assert sweep.periods == {}


def test_needs_symmetry() -> None:
    matrix = ((F(13, 8), F(-9, 8)), (F(7, 4), F(-19, 16)))
    certify(Counter("bf16:q7.0/fused", 4, "dense", (F(1), F(1)), matrix=matrix))


def test_needs_positive_semidefiniteness() -> None:
    assert cycles(np.array([[[0, 1], [1, 0]]]), [0], 1, nearest_even, 1)[1] > 0  # a swap, eigenvalues 1 and −1
    assert cycles(np.array([[[-1]]]), [0], 1, nearest_even, 1)[1] > 0


def test_needs_one_rounding() -> None:
    sweep = exhaust("fp6_e3m2/per-operation")
    assert sweep.periods == {2: 9}
    verify_witness("bf16-per-operation-one-factor-mod-2")


def test_needs_monotone_rounding() -> None:
    def stray(numerators: np.ndarray, scale: int) -> np.ndarray:
        rounded = nearest_even(numerators, scale)
        # 1/4 goes up and 3/4 goes down: each to a neighbour, but in the wrong order.
        rounded[numerators * 4 == scale] = 1
        rounded[numerators * 4 == 3 * scale] = 0
        return rounded

    assert cycles(np.array([[[2]]]), [1], 1, stray, 4)[1] == 3  # −1 → 0 → 1 → 0
