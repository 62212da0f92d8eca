"""Reflections with dyadic unit keys track permutations without any rounding, in every format of 4 bits or more.

Statement:
    For n = 3, …, 8 there are unit vectors with entries in {0, ±½, ±1} whose reflections are the swaps of neighbours of
    n points, and a start vector, such that h ← h − 2k(kᵀh) is exact on every state that occurs, operation by operation,
    in every format with 4 or more bits of significand: fp8_e4m3fn, bf16, fp16, tf32, fp32, fp64.

Source:
    Ours. Real kernels divide a key by its length; the textbook key (e_i − e_j)/√2 is no binary fraction.

Hypotheses:
    - dyadic unit keys: length exactly 1, entries binary fractions.
    - four bits of significand.

Derivation:
    2k is integral of squared length 4. With n − 1 such vectors v_i, v_i·v_{i+1} = −2 and v_i·v_j = 0 otherwise, the
    reflections satisfy s_i² = 1, (s_i s_{i+1})³ = 1, s_i s_j = s_j s_i: the relations of S_n. States stay on a lattice
    of few short binary fractions, and so do the products and partial sums.

Checked:
    n = 3 … 8: the relations, in integers; all n! states (6, 24, 120, 720, 5,040, 40,320) under all n − 1 letters, every
    operation carried out in fp8_e4m3fn, and for n ≤ 6 in each of the six formats: equal to exact arithmetic.
    n = 3, 4, 5: networks certified for all lengths in fp8_e4m3fn, bf16 and fp16, per operation.

Open:
    Whether 3 bits of significand are ever enough for n ≥ 3 (fp8_e5m2).
"""

from __future__ import annotations

import math

import numpy as np

import expressivity as ex
from expressivity.algebra.representations.reflection_factors import reflection
from expressivity.arithmetic.operations import add, multiply
from expressivity.automaton import Automaton
from expressivity.constructions.actions.letter_subgroups import letter_action
from expressivity.constructions.one_layer.dyadic import bits_needed, dyadic, dyadic_action, rounded_keys
from expressivity.constructions.one_layer.root_systems import root_systems
from expressivity.exact import rationals
from expressivity.exact.linear import is_identity
from expressivity.languages.groups import word_problem
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.network import Network

FORMATS = ("fp8_e4m3fn", "bf16", "fp16", "tf32", "fp32", "fp64")


def neighbours(points: int) -> Automaton:
    """The word problem of S_n over the swaps of neighbours."""
    rows = np.tile(np.arange(points), (points - 1, 1))
    for i, row in enumerate(rows):
        row[[i, i + 1]] = i + 1, i
    return word_problem(rows)


def states_and_keys(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """All code points of the only layer, and the key of each letter."""
    (layer,) = network.layers
    assert isinstance(layer.transition, HouseholderTransition)
    return layer.readout.blocks[0].points.to_float(), layer.transition.keys.to_float()[:-1, 0]


def step(states: np.ndarray, key: np.ndarray, form: str) -> np.ndarray:
    """The state h − 2k(kᵀh), rounded after every product and every sum, in the order of the coordinates."""
    product = multiply(states, key[None], form)
    total = product[:, 0]
    for column in product.T[1:]:
        total = add(total, np.ascontiguousarray(column), form)
    strength = multiply(total, np.full_like(total, 2.0), form)
    return add(states, -multiply(np.ascontiguousarray(strength[:, None]), key[None], form), form)


def test_derives_the_relation_of_neighbours() -> None:
    """Two unit vectors at −½: the product of their reflections has order 3, symbolically."""
    import sympy

    t = sympy.Symbol("t")
    gram = sympy.Matrix([[1, t], [t, 1]])
    # Reflections written in the basis of the two keys themselves.
    first = sympy.eye(2) - 2 * sympy.Matrix([[1], [0]]) * gram[0, :]
    second = sympy.eye(2) - 2 * sympy.Matrix([[0], [1]]) * gram[1, :]
    turn = (first * second).subs(t, sympy.Rational(-1, 2))
    assert turn**3 == sympy.eye(2)
    assert turn != sympy.eye(2)
    assert ((first * second).subs(t, 0)) ** 2 == sympy.eye(2)
    print("k·k' = −½: (s s')³ = 1;  k·k' = 0: s s' = s' s")


def test_holds_for_the_relations_of_symmetric_groups() -> None:
    """Exactly, as matrices."""
    widths = []
    for n in range(3, 9):
        keys = root_systems(n)[0].simple[: n - 1]
        assert set(np.unique(np.abs(keys))) <= {0, 1, 2}
        gram = 4 * np.eye(n - 1, dtype=int) - 2 * np.eye(n - 1, k=1, dtype=int) - 2 * np.eye(n - 1, k=-1, dtype=int)
        assert np.array_equal(keys @ keys.T, gram)
        mirrors = [reflection(rationals(key)) for key in keys]
        for i, s in enumerate(mirrors):
            assert is_identity(s @ s)
            for j, other in enumerate(mirrors[:i]):
                turn = s @ other
                assert is_identity(turn @ turn @ turn if j == i - 1 else turn @ turn)
        widths.append(keys.shape[1])
    assert widths == [4, 4, 6, 6, 7, 7]
    print(f"S_3 … S_8 in {widths} dimensions: all relations hold")


def test_holds_for_every_state_and_letter() -> None:
    """One step from every state by every letter; exactness of all steps is exactness of all words."""
    for n in range(3, 9):
        language = neighbours(n)
        action = letter_action(language)
        assert action is not None
        network = dyadic_action(language, action, bits=4)
        assert network is not None
        assert not rounded_keys(network)
        states, keys = states_and_keys(network)
        assert (len(states), len(keys)) == (math.factorial(n), n - 1)
        assert bits_needed(states, [key[None] for key in keys]) <= 4
        formats = FORMATS if n <= 6 else FORMATS[:1]
        for key in keys:
            # Multiples of 1/64 below 2^10: float64 computes them without rounding.
            exact = states - 2 * (states @ key)[:, None] * key[None]
            for form in formats:
                assert np.array_equal(step(states, key, form), exact)
        print(f"S_{n}: {len(states):,} states × {len(keys)} letters, width {states.shape[1]}, in {', '.join(formats)}")


def test_holds_for_certified_networks() -> None:
    """All lengths, in three formats."""
    for n in (3, 4, 5):
        language = neighbours(n)
        network = dyadic(language)
        assert network is not None
        for form in ("fp8_e4m3fn", "bf16", "fp16"):
            ex.assert_verified(network, language, arithmetic=f"{form}/per-operation")
    print("S_3, S_4, S_5 in fp8_e4m3fn, bf16, fp16: certified")


def test_needs_dyadic_unit_keys() -> None:
    """The textbook keys, divided by √2 in fp8: S_5 errs. (S_3 does not, by luck: its rounded states close up.)"""
    network = ex.compile("S5-transpositions", "deltanet-signed", key="swap")
    assert rounded_keys(network)
    answer = ex.verify(network, "S5-transpositions", arithmetic="fp8_e4m3fn/per-operation")
    assert isinstance(answer, ex.Counterexample)
    print(f"S_5 by (e_i − e_j)/√2 in fp8_e4m3fn: wrong first on the word {' '.join(answer.word)}")
    three = ex.compile("S3", "deltaproduct", key="swap")
    lucky = ex.verify(three, "S3", arithmetic="fp8_e4m3fn/per-operation")
    assert isinstance(lucky, ex.Equivalent)
    print(f"S_3 by such keys: {lucky.boxes} rounded states where exact arithmetic has 6, right for all lengths")


def test_needs_four_bits_of_significand() -> None:
    """With 2 bits (fp4) the states of the same network are rounded, and it errs."""
    language = neighbours(3)
    network = dyadic(language)
    assert network is not None
    states, keys = states_and_keys(network)
    lost = sum(
        not np.array_equal(step(states, key, "fp4_e2m1"), states - 2 * (states @ key)[:, None] * key[None])
        for key in keys
    )
    assert lost
    answer = ex.verify(network, language, arithmetic="fp4_e2m1/per-operation")
    assert isinstance(answer, ex.Counterexample)
    print(f"fp4_e2m1: steps of {lost} letters are rounded; wrong first on a word of {len(answer.word)} letters")
