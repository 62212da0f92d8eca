"""Counting modulo m needs an eigenvalue that is not real, unless m is a power of two, if products are cast once.

Statement:
    Take a linear RNN with L layers whose products are exact and cast once (as in `parity_needs_a_negative_eigenvalue`).
    If for every layer i the products of 2^(i−1) of its matrices A(x) have real eigenvalues only, then the verdicts on
    1, 11, 111, … are periodic from some length on, with a period that divides 2^L. So the network does not recognise
    (1^m)* unless m is a power of two; and 2^L is attained for every L.

Source:
    Grazzi et al. 2025, Theorem 2; the period is read from its proof.

Hypotheses:
    - real eigenvalues of the products, not only of each matrix: two reflections make a rotation.
    - m is not a power of two.
    - exact products, cast once.
    - the weights as they are stored.

Derivation:
    The first layer reads one letter: its state is a sum of casts of A^j b and of A^j h_0. With real eigenvalues every
    cast settles on even j and on odd j (`cast_of_a_recurrence_is_eventually_periodic`), so the sum grows by one amount
    on even and another on odd steps, and its cast settles for both: period 2. By induction the letters of layer i have
    a period that divides 2^(i−1) from some length on. Group that many: one product of matrices, with real eigenvalues
    by assumption, applied again and again; the same argument doubles the period once more. So 2^L after L layers, and
    (1^m)* has the least period m, which must divide it.

    Attained: layer 1 flips a bit at every letter (a = −1, b = 1) and passes on whether it went from 1 to 0; every
    further layer flips its own bit when it is told so: a binary counter of L bits.

Checked:
    One layer: all 5 · 3 · 3 = 45 scalar layers with a in {−1, −½, 0, ½, 1}, b and h_0 in {−1, 0, 1}. Two layers: all
    1,152 stacks listed in `two_layers`. The period, of the cast *states*, divides 2^L in every case, and none of them
    has the period 6 that a claim "mod 6 from real eigenvalues" needs. Attained: the counters of 1 … 5 layers have
    period exactly 2, 4, 8, 16, 32, each recognised and certified.

Open:
    Nothing for exact products. Under rounding at every step the theorem is false (`test_needs_exact_products`).
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

import expressivity as ex
from expressivity.exact import rationals
from expressivity.exact.spectra import spectrum
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, no_input, single_block

ARITHMETIC = "exact:fp4_e2m1/exact-then-cast"


def scalar(moves: list[tuple[Fraction, int]], answers: list[list[int]], start: int = 0, outputs: int = 2) -> Layer:
    """A layer of width one from (a, b) for each letter; code points 0 and 1."""
    return Layer(
        DiagonalTransition(rationals(np.array([[a] for a, _ in moves], dtype=object))),
        rationals([[[b]] for _, b in moves]),
        rationals([[start]]),
        single_block(rationals([[0], [1]]), np.array(answers), outputs),
    )


def one_letter(*layers: Layer) -> ex.Network:
    """A stack over the letter 1."""
    return ex.Network(("1",), layers, accepts_empty=True)


def two_layers() -> list[ex.Network]:
    """Stacks of two scalars: 8 first layers that can have two different answers, 144 pairs of moves above them."""
    below = [(Fraction(a), b) for a, b in (("-1", 1), ("-1", 0), ("-1/2", 1), ("1/2", 1))]
    above = [(Fraction(a), b) for a in ("-1", "-1/2", "1/2", "1") for b in (-1, 0, 1)]
    return [
        one_letter(scalar([move], [answer], start=1), scalar([first, second], [[1, 0], [0, 1]], start=1))
        for move in below
        for answer in ([0, 1], [1, 0])
        for first, second in itertools.product(above, repeat=2)
    ]


def binary_counter(bits: int) -> ex.Network:
    """Layer i keeps bit i; its letter says whether to flip it; it passes on whether its bit went from 1 to 0.

    Whether the whole counter stands at 0 is known to the last layer when its bit is 0 and it has just been carried into
    by all: the verdict is the carry out of the last layer.
    """
    flip, keep = (Fraction(-1), 1), (Fraction(1), 0)
    layers = [scalar([flip], [[1, 0]])]
    layers += [scalar([keep, flip], [[0, 0], [1, 0]]) for _ in range(bits - 1)]
    return one_letter(*layers)


def certified(network: ex.Network, language: str, arithmetic: str) -> bool:
    """Whether the network is proved equivalent for all lengths, by a certificate the independent checker accepts."""
    answer = ex.verify(network, language, arithmetic=arithmetic)
    return isinstance(answer, ex.Equivalent) and answer.checked.by != ""


def state_period(network: ex.Network) -> int:
    """A proved period of the states of all layers."""
    found = ex.eventual_period(network, "1", arithmetic=ARITHMETIC)
    assert isinstance(found, ex.EventualPeriod)
    return found.layers[-1].period * found.layers[-1].group


def test_derives_that_powers_of_real_numbers_settle_on_every_other_step() -> None:
    """Here λ^(2k) = (λ²)^k with λ² ≥ 0 for a real λ; squaring a third root of 1 again and again never makes it real."""
    import sympy

    base, k = sympy.Symbol("lambda", real=True), sympy.Symbol("k", integer=True)
    assert sympy.simplify(base ** (2 * k) - (base**2) ** k) == 0
    assert (base**2).is_nonnegative
    third = sympy.exp(2 * sympy.pi * sympy.I / 3)
    assert all(sympy.im(sympy.expand_complex(third ** (2**j))) != 0 for j in range(1, 8))


def test_holds_for_every_small_scalar_layer() -> None:
    cases = 0
    for a, b, start in itertools.product(("-1", "-1/2", "0", "1/2", "1"), (-1, 0, 1), (-1, 0, 1)):
        assert 2 % state_period(one_letter(scalar([(Fraction(a), b)], [[0, 1]], start=start))) == 0
        cases += 1
    assert cases == 45


def test_holds_for_every_small_stack_of_two() -> None:
    stacks = two_layers()
    assert len(stacks) == 1152
    periods = {state_period(network) for network in stacks}
    assert periods == {1, 2, 4}


def test_holds_that_the_bound_is_attained() -> None:
    for bits in range(1, 6):
        network = binary_counter(bits)
        assert all(spectrum(m).real for layer in network.layers for m in layer.transition.matrices)
        found = ex.eventual_period(network, "1", arithmetic=ARITHMETIC)
        assert isinstance(found, ex.EventualPeriod)
        assert found.period == 2**bits
        assert certified(network, f"re:({'1' * 2**bits})*", "bf16/exact-then-cast")


def mod_six_from_real_eigenvalues(network: ex.Network) -> str | None:
    """The planted claim, tried on one network: None where it recognises (1⁶)*, else why it does not."""
    if certified(network, "mod6", ARITHMETIC):
        return None
    refutation = ex.refute_network(network, "mod6", arithmetic=ARITHMETIC)
    if refutation is None:
        return "not decided"
    ex.check_certificate(refutation.certificate, network=network, language="mod6")
    return refutation.reason


def test_the_claim_of_mod_6_from_real_eigenvalues_is_found_to_be_false() -> None:
    """Stated as a theorem about the stacks above it fails for each of them, with a certificate; the reason is named."""
    stacks = two_layers()[::8]
    assert len(stacks) == 144
    reasons = [mod_six_from_real_eigenvalues(network) for network in stacks]
    assert None not in reasons
    assert "not decided" not in reasons
    assert any("Theorem 2: the period divides 4" in str(reason) for reason in reasons)
    # The machinery does not refuse everything: a turn by a sixth does recognise it.
    turn = DenseTransition(rationals([[[0, -1], [1, 1]]]))
    wheel = rationals([[1, 0], [0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1]])
    layer = Layer(turn, no_input(1, 2), rationals([[1], [0]]), single_block(wheel, np.array([[1, 0, 0, 0, 0, 0]]), 2))
    assert mod_six_from_real_eigenvalues(one_letter(layer)) is None


def test_needs_real_eigenvalues() -> None:
    """[[0, −1], [1, −1]] is a turn by a third in integers: not real, and it counts modulo 3 in every format."""
    matrix = rationals([[[0, -1], [1, -1]]])
    assert not spectrum(matrix[0]).real
    readout = single_block(rationals([[1, 0], [0, 1], [-1, -1]]), np.array([[1, 0, 0]]), 2)
    layer = Layer(DenseTransition(matrix), no_input(1, 2), rationals([[1], [0]]), readout)
    assert certified(one_letter(layer), "mod3", "bf16/exact-then-cast")
    assert certified(one_letter(layer), "mod3", "fp4_e2m1/exact-then-cast")


def test_needs_real_eigenvalues_of_products() -> None:
    """Reflections have the eigenvalues ±1; two layers of single ones count modulo 3, because two make a rotation."""
    network = ex.compile("mod3", "deltanet-signed")
    assert len(network.layers) == 2
    second = network.layers[1].transition.matrices
    assert all(spectrum(m).real for layer in network.layers for m in layer.transition.matrices)
    products = [second[x] @ second[y] for x in range(len(second)) for y in range(len(second))]
    assert not all(spectrum(product).real for product in products)
    assert certified(network, "mod3", "exact:bf16/exact-then-cast")


def test_needs_a_modulus_that_is_no_power_of_two() -> None:
    """Modulo 4 two layers of signed scalars are enough."""
    network = ex.compile("mod4", "mamba-signed")
    assert all(spectrum(m).real for layer in network.layers for m in layer.transition.matrices)
    assert certified(network, "mod4", "bf16/exact-then-cast")


def test_needs_exact_products() -> None:
    """Rounded to integers after every step, a matrix with two positive eigenvalues has an orbit of length three."""
    matrix = np.array([[Fraction(-9, 8), Fraction(11, 8)], [Fraction(-15, 8), Fraction(35, 16)]], dtype=object)
    facts = spectrum(rationals(matrix))
    assert facts.nonnegative
    state, orbit = (0, 1), []
    while state not in orbit:
        orbit.append(state)
        state = tuple(max(-8, min(7, round(sum(a * h for a, h in zip(row, state, strict=True))))) for row in matrix)
    assert state == (0, 1)
    assert len(orbit) == 3
    readout = single_block(rationals(orbit), np.array([[1, 0, 0]]), 2)
    layer = Layer(DenseTransition(rationals(matrix[None])), no_input(1, 2), rationals([[0], [1]]), readout)
    assert certified(one_letter(layer), "mod3", "q7.8:int8+sat/fused")
    refutation = ex.refute_network(one_letter(layer), "mod3", arithmetic="exact:int8+sat/exact-then-cast")
    assert refutation is not None
    assert refutation.period == 1


def test_needs_the_eigenvalues_of_the_weights_as_stored() -> None:
    """[[−¼, −¾], [¾, 5/4]] has the eigenvalue ½ twice; fp4 stores [[0, −1], [1, 1]], a turn by a sixth: modulo 6."""
    matrix = rationals(np.array([[[Fraction(-1, 4), Fraction(-3, 4)], [Fraction(3, 4), Fraction(5, 4)]]], dtype=object))
    assert spectrum(matrix[0]).in_unit_interval
    wheel = rationals([[1, 0], [0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1]])
    readout = single_block(wheel, np.array([[1, 0, 0, 0, 0, 0]]), 2)
    layer = Layer(DenseTransition(matrix), no_input(1, 2), rationals([[1], [0]]), readout)
    assert certified(one_letter(layer), "mod6", "fp4_e2m1/exact-then-cast")
    assert mod_six_from_real_eigenvalues(one_letter(layer)) is not None
