"""A NaN in a format without NaN: every way to run a network refuses it alike, and never reads a NaN out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import expressivity as ex
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Block, Layer, Readout, no_input, single_block


def one_coordinate(weight: int, given: int) -> ex.Network:
    """H ← weight·h + given under a, h ← h under b, from 1; accepted where h is nearer to 1 than to −1."""
    readout = single_block(rationals([[1], [-1]]), np.array([[1, 0]] * 2), 2)
    transition = DiagonalTransition(rationals([[weight], [1]]))
    layer = Layer(transition, rationals([[[given]], [[0]]]), rationals([[1]]), readout)
    return ex.Network(("a", "b"), (layer,), accepts_empty=True)


WAYS: dict[str, Callable[[ex.Network, str], object]] = {
    "numpy": lambda network, arithmetic: ex.simulate(network, ["abab"], arithmetic, engine="numpy"),
    "compiled": lambda network, arithmetic: ex.simulate(network, ["abab"], arithmetic, engine="compiled"),
    "final states": lambda network, arithmetic: ex.final_states(network, ["abab"], arithmetic, engine="compiled"),
    "trace": lambda network, arithmetic: ex.trace(network, "abab", arithmetic),
    "verify": lambda network, arithmetic: ex.verify(network, "re[ab]:(a|b)*", arithmetic=arithmetic),
    "realise": lambda network, arithmetic: ex.realise(network, arithmetic),
    "period": lambda network, arithmetic: ex.period(network, "a", arithmetic),
}

REFUSED = [
    ("fp8_e4m3fn:fp4_e2m1", 10**5, 0),
    ("fp8_e4m3fn:fp4_e2m1/fused", 10**5, 0),
    ("fp8_e4m3fn:fp4_e2m1/chunked:2", 10**5, 0),
    ("fp8_e4m3fnuz:int8+sat", 10**5, 0),
    ("fp32:q3.4/accumulate-fp32", 10**50, -(10**50)),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("arithmetic", "weight", "given"), REFUSED)
def test_every_engine_refuses_a_nan_that_has_no_place(arithmetic: str, weight: int, given: int, way: str) -> None:
    """Story: `engine="compiled"` gave NaN states and verdicts where `engine="numpy"` raised; so did `period`."""
    with pytest.raises(ex.FormatError, match="no place"):
        WAYS[way](one_coordinate(weight, given), arithmetic)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", ["fp4_e2m1", "q3.4"])
def test_a_nan_of_the_wide_operations_has_no_place_in_the_state(state: str, way: str) -> None:
    """No weight is out of range here: ∞ − ∞ arises in fp32, from finite weights and states."""
    large = 3 * 10**38
    transition = DenseTransition(rationals([[[large, -large], [0, 1]], [[1, 0], [0, 1]]]))
    readout = single_block(rationals([[6, 6], [-6, 6]]), np.array([[1, 0]] * 2), 2)
    layer = Layer(transition, no_input(2, 2), rationals([[6], [6]]), readout)
    network = ex.Network(("a", "b"), (layer,), accepts_empty=True)
    with pytest.raises(ex.FormatError, match="no place"):
        WAYS[way](network, f"fp32:{state}/accumulate-fp32")


@pytest.mark.parametrize("arithmetic", ["fp16:fp4_e2m1", "fp16:int8+sat", "fp16:fp6_e2m3/fused"])
def test_infinities_that_saturate_are_no_nan(arithmetic: str) -> None:
    network = one_coordinate(10**6, 0)
    words = np.zeros((3, 5), dtype=np.int64)
    plain, compiled = (ex.final_states(network, words, arithmetic, engine=e) for e in ("numpy", "compiled"))
    assert np.array_equal(plain[0], compiled[0])
    assert np.all(np.isfinite(plain[0]))


def two_heads() -> ex.Network:
    """RWKV-7, two heads of one channel: the first overflows for ever, the second is a flip-flop that is read."""
    decays = rationals([[1, 1], [1, 0], [1, 0]])
    keys = rationals(np.ones((3, 2, 1), dtype=np.int64))
    rates = rationals(np.zeros((3, 2), dtype=np.int64))
    inputs = rationals([[[0], [0]], [[400], [0]], [[-400], [1]]])
    second = Block(np.array([1]), rationals([[0], [1]]))
    readout = Readout((second,), np.zeros((3, 1), dtype=np.int64), np.array([[0, 1]] * 3), 2)
    transition = Rwkv7Transition(decays, keys, rates)
    return ex.Network(("0", "a", "b"), (Layer(transition, inputs, rationals([[0], [0]]), readout),))


@pytest.mark.parametrize("order", ["per-operation", "fused", "chunked:1"])
def test_a_head_that_overflows_leaves_the_other_heads_alone(order: str) -> None:
    """Story: under `fused` the rows of a stored RWKV-7 matrix were summed over all heads, and 0·NaN is NaN.

    A head's matrix reads its own channels only, in every order, in the simulation as in the checker.
    """
    network, arithmetic = two_heads(), f"fp8_e4m3fn/{order}"
    states = ex.final_states(network, ["aaab"], arithmetic)[0]
    assert np.isnan(states[0, 0])
    assert states[0, 1] == 1
    ex.assert_verified(network, "re[0ab]:(0|a|b)*b0*", arithmetic=arithmetic)
