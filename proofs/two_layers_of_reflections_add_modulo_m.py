"""Two layers that spend one reflection per letter add modulo any m.

Statement:
    Addition of letters modulo m, for every m ≥ 2, is recognised by two layers with one reflection per letter each:
    the first counts positions modulo 2, the second is of width 2.

Source:
    Grazzi et al. 2025, Theorem 6.

Hypotheses:
    - the position modulo 2, from the first layer.
    - a second dimension of the second layer.
    - full strength: β = 2.

Derivation:
    H(θ), the reflection at the line of angle θ/2, takes the vector at angle φ to the one at θ − φ. Letter i uses
    θ = (1 − 2i)π/m at odd positions and (1 + 2i)π/m at even ones. Starting from angle 0 the vector is at
    (1 − 2y)π/m after an odd number of letters of sum y, and at 2yπ/m after an even one: by induction,
    (1 + 2i) − (1 − 2y) = 2(y + i) and (1 − 2i) − 2y = 1 − 2(y + i). These are 2m different points of the circle.

Checked:
    All m from 2 to 12 with all m letters 0, …, m − 1: two layers, one factor per letter, in the family
    deltanet-signed, certified for all lengths in exact arithmetic over Q(2cos 2π/N).

Open:
    Nothing in exact arithmetic. In a finite format cos and sin are rounded, and each m and format is a question of its
    own, which `verify` decides.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import expressivity as ex
from expressivity.constructions.few_layers.two_reflections import two_reflections
from expressivity.exact import rationals
from expressivity.languages.counters import addition_modulo
from expressivity.networks.forms.householder import HouseholderTransition


def test_derives_what_a_reflection_does_to_an_angle() -> None:
    """H(θ)(cos φ, sin φ) = (cos(θ − φ), sin(θ − φ)), by the addition theorems."""
    import sympy

    t, f = sympy.symbols("theta phi", real=True)
    mirror = sympy.Matrix([[sympy.cos(t), sympy.sin(t)], [sympy.sin(t), -sympy.cos(t)]])
    image = mirror * sympy.Matrix([sympy.cos(f), sympy.sin(f)])
    wanted = sympy.Matrix([sympy.cos(t - f), sympy.sin(t - f)])
    assert sympy.simplify(image - wanted) == sympy.zeros(2, 1)
    normal = sympy.Matrix([-sympy.sin(t / 2), sympy.cos(t / 2)])
    assert sympy.simplify(sympy.eye(2) - 2 * normal * normal.T - mirror) == sympy.zeros(2, 2)
    print("H(θ) = I − 2vvᵀ with v = (−sin θ/2, cos θ/2) takes the angle φ to θ − φ")


def test_derives_the_two_cases_of_the_induction() -> None:
    """In units of π/m."""
    import sympy

    y, i = sympy.symbols("y i", integer=True)
    assert sympy.expand((1 + 2 * i) - (1 - 2 * y) - 2 * (y + i)) == 0
    assert sympy.expand((1 - 2 * i) - 2 * y - (1 - 2 * (y + i))) == 0
    for m in range(2, 13):
        angles = {2 * s % (2 * m) for s in range(m)} | {(1 - 2 * s) % (2 * m) for s in range(m)}
        assert len(angles) == 2 * m
    print("even position: 2y → odd: 1 − 2(y + i) → even: 2(y + i); 2m different angles for m = 2 … 12")


def test_holds_for_every_modulus_up_to_12() -> None:
    """All letters, all lengths."""
    for m in range(2, 13):
        language = addition_modulo(m)
        network = two_reflections(language.minimal())
        assert network is not None
        assert (len(network.layers), network.factors, network.widths) == (2, 1, (1, 2))
        assert not ex.FAMILIES["deltanet-signed"].problems(network)
        ex.assert_verified(network, language)
    print("m = 2 … 12, 77 letters in all: two layers of one reflection, certified")


def test_needs_the_position_modulo_2() -> None:
    """With both angles equal a letter is its own inverse, so that the letter 1 counts modulo 2 only."""
    language = addition_modulo(3)
    network = two_reflections(language.minimal())
    assert network is not None
    layer = network.layers[1]
    assert isinstance(layer.transition, HouseholderTransition)
    keys, half = layer.transition.keys, 3
    order = [*range(half), *range(half), 2 * half]
    blind = replace(layer, transition=HouseholderTransition(keys[order], layer.transition.betas))
    answer = ex.verify(replace(network, layers=(network.layers[0], blind)), language)
    assert isinstance(answer, ex.Counterexample)
    print(f"the same mirror at every position: wrong on {' '.join(answer.word)}")


def test_needs_a_second_dimension() -> None:
    """In one dimension the only factors are numbers in [−1, 1], of which ±1 alone do not forget: at most modulo 2."""
    signs = {int(1 - beta) for beta in (0, 2)}
    assert signs == {1, -1}
    orders = {sign: next(k for k in (1, 2, 3) if sign**k == 1) for sign in signs}
    assert max(orders.values()) == 2
    refused = None
    try:
        ex.compile("mod3", "mamba-signed")
    except ex.CannotCompile as error:
        refused = error
    assert refused is not None
    assert refused.proved
    print(f"±1 have the orders {sorted(orders.values())}; {refused}")


def test_needs_full_strength() -> None:
    """β = 1 projects onto the line instead of reflecting at it."""
    language = addition_modulo(3)
    network = two_reflections(language.minimal())
    assert network is not None
    layer = network.layers[1]
    assert isinstance(layer.transition, HouseholderTransition)
    ones = rationals(np.ones(layer.transition.betas.shape, dtype=np.int64))
    flat = replace(layer, transition=HouseholderTransition(layer.transition.keys, ones))
    answer = ex.verify(replace(network, layers=(network.layers[0], flat)), language, max_states=5_000)
    assert isinstance(answer, ex.Counterexample)
    print(f"β = 1: wrong on a word of {len(answer.word)} letters")
