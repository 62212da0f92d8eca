"""With a margin RWKV-7 as published answers alike in the end when a letter is repeated; without one it need not.

Statement:
    Take a stack of RWKV-7 layers, A = Diag(w) − (a ⊙ κ̂)κ̂ᵀ with w in [e^(−e^(−1/2)), 1] and a in [0, 1], whose states
    are exact and whose read-outs decode to the nearest of finitely many code points with a margin: for some ε > 0 every
    state that is reached may move by ε without another code. Then for every letter x and all words u and v the verdict
    on u·xᵏ·v is constant from some k on. So no such network recognises (11)*.

Source:
    Peng et al. 2025 for the range of w and a; the argument is ours. An earlier release claimed this of every network.

Hypotheses:
    - a margin.
    - a at most one: a = 2 makes reflections.
    - exact states: rounding finds two neighbours that take turns.

Derivation:
    Coordinates with a_c = 0 are only scaled by w_c. On the others A is similar, by Diag(√a), to the symmetric matrix
    Diag(w) − uuᵀ with u = √a ⊙ κ̂, ‖u‖ ≤ 1. So all eigenvalues are real, at most 1, and at least w − 1 ≥ −0.4548. Along
    xᵏ every affine function of the state is then a sum of a constant and terms c·C(k, m)·λ^(k−m) with such λ; where
    |λ| < 1 they vanish, and what is left is a polynomial in k: the function converges, to a number or to ±∞. Take for
    it the difference of the squared distances to two code points p and q. Where p is decoded, moving by ε towards q
    leaves it non-positive, so it was −2ε‖p − q‖ or less; where q is, 2ε‖p − q‖ or more. A convergent sequence does not
    do both for ever. So the code is constant in the end, hence the letters of the next layer, and after v the same
    holds of the images of these states.

Checked:
    Eigenvalues: all 972 matrices of two channels with w in {6/11, 3/4, 1}, a in {0, ½, 1} and keys with entries from
    −2 to 2, up to sign: real, in [−5/11, 1], decided by traces and determinants. Answers: all 1,620 channels
    h ← (w − a)h + b on a grid of w, a, b, starts, thresholds and margins: from length 60 on no state has a margin on
    the other side of the threshold than the one before.

Open:
    Powers of words of several letters: products of such matrices may have eigenvalues that are not real.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

import expressivity as ex
from expressivity.constructions.refusals import refuse
from expressivity.exact import rationals
from expressivity.experiments.counting.rounded_parity import rounded_parity
from expressivity.networks.forms.rwkv7 import Rwkv7Transition

DECAYS = [Fraction(6, 11), Fraction(3, 4), Fraction(1)]
RATES = [Fraction(0), Fraction(1, 2), Fraction(1)]
LEAST = Fraction(-5, 11)


def keys() -> list[tuple[int, int]]:
    """Keys with entries from −2 to 2, one of each pair of opposite ones, none zero."""
    return [k for k in itertools.product(range(-2, 3), repeat=2) if k > (0, 0)]


def inside(trace: Fraction, determinant: Fraction) -> bool:
    """Whether both eigenvalues of a 2 × 2 matrix are real and in [−5/11, 1]."""
    real = trace * trace - 4 * determinant >= 0
    above = trace - 2 * LEAST >= 0 and determinant - LEAST * trace + LEAST**2 >= 0
    below = 2 - trace >= 0 and 1 - trace + determinant >= 0
    return real and above and below


def test_derives_the_similarity() -> None:
    """Diag(√a)⁻¹ (Diag(w) − (a ⊙ κ)κᵀ) Diag(√a) = Diag(w) − uuᵀ, for two channels as an identity."""
    import sympy

    roots = sympy.symbols("r s", positive=True)
    decays, key = sympy.symbols("w z"), sympy.Matrix(sympy.symbols("k l"))
    scale = sympy.diag(*roots)
    matrix = sympy.diag(*decays) - scale * scale * key * key.T
    unit = scale * key
    assert (scale.inv() * matrix * scale - (sympy.diag(*decays) - unit * unit.T)).expand() == sympy.zeros(2, 2)
    print("A is similar to Diag(w) − uuᵀ with u = √a ⊙ κ̂")


def test_derives_what_a_margin_keeps_away() -> None:
    """|h − p|² − |h − q|² is affine in h and grows by 2ε‖p − q‖ along a step of length ε from p towards q."""
    import sympy

    p, q, h = (sympy.Matrix(sympy.symbols(f"{name}:2", real=True)) for name in "pqh")
    step = sympy.Symbol("epsilon", positive=True)

    def gap(state: sympy.Matrix) -> sympy.Expr:
        return (state - p).dot(state - p) - (state - q).dot(state - q)

    moved = h + step * (q - p)  # a step of length ε·‖q − p‖
    assert sympy.expand(gap(moved) - gap(h) - 2 * step * (q - p).dot(q - p)) == 0
    print("a step of length ε from p towards q adds 2ε‖p − q‖ to |h − p|² − |h − q|²")


def test_holds_that_eigenvalues_are_real_and_above() -> None:
    """Exactly: by the trace, the determinant and the discriminant of A, A + 5/11 and 1 − A."""
    count = 0
    for w, a, key in itertools.product(itertools.product(DECAYS, repeat=2), itertools.product(RATES, repeat=2), keys()):
        square = sum(k * k for k in key)
        entries = [[w[i] * (i == j) - a[i] * key[i] * key[j] / square for j in range(2)] for i in range(2)]
        trace, determinant = (
            entries[0][0] + entries[1][1],
            entries[0][0] * entries[1][1] - entries[0][1] * entries[1][0],
        )
        assert inside(trace, determinant)
        if count % 50 == 0:
            form = Rwkv7Transition(rationals([list(w)]), rationals([[list(key)]]), rationals([list(a)]))
            assert form.matrices.fractions().tolist() == [entries]
        count += 1
    print(f"{count} matrices: real eigenvalues in [−5/11, 1]")
    assert count == 9 * 9 * 12


def test_holds_for_every_channel_of_a_grid() -> None:
    """States beyond a margin of a threshold stay on one side, exactly."""
    count = 0
    values = [Fraction(-1), Fraction(0), Fraction(1)]
    for w, a, b, start in itertools.product(DECAYS, RATES, values, [*values, Fraction(1, 3)]):
        state, states = start, []
        for k in range(80):
            if k >= 60:
                states.append(state)
            state = (w - a) * state + b
        for threshold, margin in itertools.product([Fraction(0), Fraction(11, 16), Fraction(2)], [1, 8, 64, 512, 4096]):
            sides = {h > threshold for h in states if abs(h - threshold) >= Fraction(1, margin)}
            assert len(sides) <= 1
            count += 1
    assert count == 3 * 3 * 3 * 4 * 15
    print(f"{count} channels with a threshold and a margin: one side from length 60 on")


def test_needs_a_margin() -> None:
    """The signs of the powers of −5/11: in the family, certified for all lengths, and nearer to 0 than any ε."""
    network = ex.compile("parity", "rwkv7")
    assert ex.FAMILIES["rwkv7"].problems(network) == ()
    ex.assert_verified(network, "parity")
    assert abs(LEAST) ** 1000 < Fraction(1, 10**300)
    minimal = ex.language("parity").minimal()
    assert refuse("rwkv7", minimal) is None
    assert refuse("rwkv7", minimal, given="margin") is not None
    print("w = 6/11, a = 1: parity by sign cells, without a margin")


def test_needs_a_at_most_one() -> None:
    """With a = 2 the multiplier is −1, and the states ±1 have a margin of 1."""
    network = ex.compile("parity", "rwkv7-signed")
    assert ex.FAMILIES["rwkv7"].problems(network) != ()
    ex.assert_verified(network, "parity")
    states = {float(np.abs(state)) for state in network.layers[0].readout.blocks[0].points.to_float().ravel()}
    assert states == {1.0}
    print("w = 1, a = 2: ±1 take turns")


def test_needs_exact_states() -> None:
    """In bf16 the same family ends in two neighbours that are rounded to each other; they are the code points."""
    network = rounded_parity("rwkv7", "bf16/fused")[0]
    assert ex.FAMILIES["rwkv7"].problems(network) == ()
    ex.assert_verified(network, "parity", arithmetic="bf16/fused")
    print("bf16: two neighbouring numbers take turns")
