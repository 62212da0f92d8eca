"""What rounding and wrap-around do to diagonal layers: counters with integers, never a group with floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.algebra.monoids.orbits import is_aperiodic
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, Readout, single_block
from oracles.effort import some
from oracles.networks import MOD4, limit_cycle, unsigned_counter

FLOATS = ["fp4_e2m1", "fp6_e2m3", "fp6_e3m2", "fp8_e4m3fn", "fp8_e5m2", "bf16"]
ORDERS = ["fused", "per-operation", "accumulate-fp32"]


@pytest.mark.parametrize("bits", range(1, 9))
def test_unsigned_bytes_count_modulo_every_power_of_two(bits: int) -> None:
    """A non-negative diagonal, which in floats counts nothing, is Z_(2^k) in `uint8` by wrapping around."""
    table = [list(range(2**bits)), [(q + 1) % 2**bits for q in range(2**bits)]]
    language = ex.Automaton.from_table(table, accepting=[0], letters=("0", "1"))
    network = unsigned_counter(bits)
    answer = ex.verify(network, language, arithmetic="uint8")
    assert isinstance(answer, ex.Equivalent)
    assert answer.boxes == 2**bits
    ex.check_certificate(answer.certificate, network=network, language=language)
    found = ex.realisation(network, "uint8")
    assert not isinstance(found, ex.Undecided)
    assert sorted(found.states[0].reshape(-1).tolist()) == [2 ** (8 - bits) * q for q in range(2**bits)]
    facts = ex.describe(found.minimal())
    assert facts.group
    assert facts.monoid_order == 2**bits


def test_the_integer_grid_has_a_cycle_of_four_under_positive_eigenvalues() -> None:
    """(1, 1) → (0, 1) → (−1, −1) → (0, −1) → (1, 1): theory says the reals shrink it to zero, and so they do."""
    eigenvalues = np.linalg.eigvals(limit_cycle().layers[0].transition.matrices.to_float()[1])
    assert np.allclose(np.sort(eigenvalues), [1 / 8, 5 / 16])
    found = ex.realisation(limit_cycle(), "q7.8:int8/fused")
    assert not isinstance(found, ex.Undecided)
    assert found.states[0].tolist() == [[1, 1], [0, 1], [-1, -1], [0, -1]]
    assert ex.describe(found.minimal()).group
    assert found.minimal().counterexample(ex.language(MOD4).minimal()) is None
    answer = ex.verify(limit_cycle(), MOD4, arithmetic="q7.8:int8/fused")
    assert isinstance(answer, ex.Equivalent)
    ex.check_certificate(answer.certificate, network=limit_cycle(), language=MOD4)


def non_negative_layer(rng: np.random.Generator, *, letters: int, outputs: int, small: bool) -> Layer:
    """A random non-negative diagonal with a random read-out, of width two where the format is small."""
    width = int(rng.integers(1, 3)) if small else 1
    diagonal = [[Fraction(int(n), 8) for n in row] for row in rng.integers(0, 24 if small else 8, (letters, width))]
    inputs = [[[Fraction(int(n), 8)] for n in row] for row in rng.integers(-16, 17, (letters, width))]
    start = [[Fraction(int(n), 8)] for n in rng.integers(-16, 17, width)]
    points = np.unique(rng.integers(-4, 5, (3, width)), axis=0)
    table = rng.integers(0, outputs, (letters, len(points)))
    readout = single_block(rationals(points), table, outputs)
    assert isinstance(readout, Readout)
    return Layer(DiagonalTransition(rationals(diagonal)), rationals(inputs), rationals(start), readout)


@some
@given(st.integers(0, 2**40), st.sampled_from(FLOATS), st.sampled_from(ORDERS), st.integers(1, 2))
def test_non_negative_diagonals_in_floats_never_realise_a_group(
    seed: int, number_format: str, order: str, layers: int
) -> None:
    """Steps are monotone maps of a finite chain, and a stack's monoid divides a wreath product of its layers'."""
    rng = np.random.default_rng(seed)
    small = number_format.startswith(("fp4", "fp6"))
    stack = [non_negative_layer(rng, letters=2, outputs=2, small=small) for _ in range(layers)]
    network = ex.Network(("a", "b"), tuple(stack), accepts_empty=bool(rng.integers(2)))
    machine = ex.realise(network, f"{number_format}/{order}", max_states=300)
    assume(isinstance(machine, ex.Automaton))
    assert isinstance(machine, ex.Automaton)
    assert is_aperiodic(machine.minimal(), limit=3_000) is not False


def test_a_negative_entry_would_have_been_found() -> None:
    """The property can fail: one sign makes a group of two in every float format."""
    layer = Layer(
        DiagonalTransition(rationals([[1], [-1]])),
        rationals([[[0]], [[0]]]),
        rationals([[1]]),
        single_block(rationals([[1], [-1]]), np.array([[1, 0]] * 2), 2),
    )
    for number_format in FLOATS:
        for order in ORDERS:
            machine = ex.realise(ex.Network(("a", "b"), (layer,), accepts_empty=True), f"{number_format}/{order}")
            assert isinstance(machine, ex.Automaton)
            assert is_aperiodic(machine.minimal()) is False
