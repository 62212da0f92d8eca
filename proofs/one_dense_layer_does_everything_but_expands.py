"""One dense layer recognises every regular language, but its matrices expand unless every letter is a permutation.

Statement:
    For every automaton, one layer of width |Q| with one-hot states, 0/1 matrices A(x), B = 0 recognises its language.
    ‖A(x)‖ is the square root of the largest number of states that letter x takes to one state. So ‖A(x)‖ ≤ 1 exactly
    when x permutes the states.

Source:
    Grazzi et al. 2025, Section 4 (the baseline); the norm is elementary.

Hypotheses:
    - one coordinate per state, one-hot.
    - letters that permute the states, for norm 1.

Derivation:
    A(x)A(x)ᵀ is diagonal: entry q counts the states that x takes to q, as different columns of A(x) with their 1 in
    different rows are orthogonal. The largest entry is ‖A(x)‖².

Checked:
    All 1 + 4 + 27 + 256 + 3,125 = 3,413 maps of up to 5 states: A Aᵀ is that diagonal, and the norm is at most 1
    exactly for the 153 permutations. All 24 + 1,028 languages of two letters with 2 or 3 states, up to exchange of
    letters and complement: certified for all lengths.

Open:
    Which automata have a single layer with all norms at most 1 in some other geometry of the states; for a given
    automaton that is a semidefinite feasibility problem.
"""

from __future__ import annotations

from itertools import product

import numpy as np

import expressivity as ex
from _small_automata import small_languages, up_to_symmetry
from _small_matrices import contractions
from expressivity.constructions.one_layer.dense import dense
from expressivity.exact import rationals


def one_hot(row: tuple[int, ...]) -> np.ndarray:
    """A with A[q', q] = 1 where q goes to q'."""
    matrix = np.zeros((len(row), len(row)), dtype=np.int64)
    matrix[list(row), range(len(row))] = 1
    return matrix


def test_derives_the_norm_of_a_merge() -> None:
    """Merging k states into one: the eigenvalues of A Aᵀ, for k up to 6."""
    import sympy

    x = sympy.Symbol("x")
    for k in range(1, 7):
        merge = sympy.zeros(k, k)
        merge[0, :] = sympy.ones(1, k)
        assert sympy.factor((merge * merge.T).charpoly(x).as_expr()) == x ** (k - 1) * (x - k)
    print("A Aᵀ of k merged states has the eigenvalues k and 0: norm √k, for k = 1 … 6")


def test_holds_for_maps_of_up_to_5_states() -> None:
    """A Aᵀ counts preimages; permutations are the contractions."""
    count, contracting = 0, 0
    for n in range(1, 6):
        rows = list(product(range(n), repeat=n))
        matrices = np.array([one_hot(row) for row in rows])
        grams = matrices @ matrices.transpose(0, 2, 1)
        preimages = np.array([np.bincount(row, minlength=n) for row in rows])
        assert np.array_equal(grams, preimages[:, :, None] * np.eye(n, dtype=np.int64))
        # The Gram matrix is diagonal, so its largest entry is the square of the norm.
        small = preimages.max(axis=1) <= 1
        assert small.tolist() == [len(set(row)) == n for row in rows]
        if n <= 4:
            assert contractions(rationals(matrices)).tolist() == small.tolist()
        count, contracting = count + len(rows), contracting + int(small.sum())
    assert (count, contracting) == (3413, 153)
    print(f"{count:,} maps of up to 5 states: norm² = largest preimage; at most 1 for {contracting} permutations")


def test_holds_for_every_language_of_up_to_3_states() -> None:
    """Certified for all lengths."""
    total = 0
    for states in (2, 3):
        for language, size in up_to_symmetry(small_languages(states, 2)):
            network = dense(language)
            ex.assert_verified(network, language)
            total += size
    assert total == 24 + 1028
    print(f"{total:,} languages of 2 and 3 states: one dense layer each, certified")


def test_needs_one_coordinate_per_state() -> None:
    """States as the numbers 0, 1, 2 in one coordinate: no affine map does 0 → 1, 1 → 0, 2 → 0."""
    wanted = {0: 1, 1: 0, 2: 0}
    slope, offset = wanted[1] - wanted[0], wanted[0]
    assert slope * 2 + offset != wanted[2]
    print("a·0 + b = 1, a·1 + b = 0 force a·2 + b = −1, not 0")


def test_needs_letters_that_permute_the_states() -> None:
    """The reset of a flip-flop merges two states."""
    layer = dense(ex.language("flip-flop").minimal()).layers[0]
    norms = contractions(layer.transition.matrices)
    assert not norms.all()
    merge = layer.transition.matrices.fractions()[int(np.flatnonzero(~norms)[0])].astype(int)
    assert (merge @ merge.T).max() == 2
    print(f"flip-flop: A = {merge.tolist()} has norm √2")
