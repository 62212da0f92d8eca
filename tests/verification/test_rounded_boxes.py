"""Boxes of rounded states: no value escapes an image, contracting networks are certified, and wrong boxes are found."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.layers import RoundedLayer
from expressivity.verification.boxes.rounded_boxes import contracts, has_boxes, image_ends

ORDERS = ["per-operation", "fused", "accumulate-fp32", "per-operation/up", "fused/toward-zero", "per-operation/to-odd"]


def leaky(weight: Fraction | int = Fraction(1, 4), bound: Fraction = Fraction(1, 2)) -> ex.Network:
    """H ← weight·h + x for x in {0, 1}: the last letter decides which side of 1/2 the state is on."""
    points = rationals([[bound - 1], [bound + 1]])
    layer = Layer(
        DiagonalTransition(rationals([[weight], [weight]])),
        rationals([[[0]], [[1]]]),
        rationals([[0]]),
        single_block(points, np.array([[0, 1], [0, 1]]), 2),
    )
    return ex.Network(("0", "1"), (layer,))


LAST = "re:(0|1)*1"


@given(
    st.integers(0, 2**30),
    st.sampled_from(ORDERS),
    st.sampled_from(["bf16", "fp8_e4m3fn", "fp16", "q3.4", "e4m2+nosub"]),
)
def test_no_state_of_a_box_leaves_its_image(seed: int, order: str, form: str) -> None:
    """The oracle runs states drawn from the box through the layer itself."""
    rng = np.random.default_rng(seed)
    arithmetic = parse_arithmetic(f"{form}/{order}")
    matrix = rationals([[[Fraction(int(v), 8) for v in row] for row in rng.integers(-8, 9, (2, 2))]])
    shift = rationals([[[Fraction(int(v), 8)] for v in rng.integers(-8, 9, 2)]])
    readout = single_block(rationals([[0, 0], [1, 1]]), np.array([[0, 1]]), 2)
    rounded = RoundedLayer(Layer(DenseTransition(matrix), shift, rationals([[0], [0]]), readout), arithmetic)
    low = round_to(rng.normal(size=2), arithmetic.state)
    high = round_to(low + rng.exponential(size=2), arithmetic.state)
    ends = image_ends(rounded, 0, low, high)
    assert ends is not None
    states = np.clip(round_to(low + (high - low) * rng.random((200, 2)), arithmetic.state), low, high)
    states = np.concatenate([states, [low, high]])
    moved = rounded.advance(states, np.zeros(len(states), dtype=np.int64))
    assert np.all(moved >= ends[0])
    assert np.all(moved <= ends[1])


def test_infinities_inside_a_box_are_refused() -> None:
    rounded = RoundedLayer(leaky(16).layers[0], parse_arithmetic("fp8_e5m2"))
    assert image_ends(rounded, 0, np.array([-1.0]), np.array([1.0])) is not None
    assert image_ends(rounded, 0, np.array([-1.0]), np.array([57344.0])) is None


def test_where_numbers_wrap_around_there_are_no_boxes() -> None:
    assert not has_boxes([RoundedLayer(leaky().layers[0], parse_arithmetic("uint8"))])
    rounded = [RoundedLayer(leaky().layers[0], parse_arithmetic("bf16"))]
    assert has_boxes(rounded)
    assert contracts(rounded)
    assert not contracts([RoundedLayer(leaky(1).layers[0], parse_arithmetic("bf16"))])


@pytest.mark.parametrize("arithmetic", ["fp32", "fp64", "fp32/fused", "bf16:fp32/accumulate-fp32", "fp32/fused/down"])
def test_a_leaky_recurrence_is_right_for_all_lengths(arithmetic: str) -> None:
    """Its rounded states are far too many to list: two boxes hold them."""
    network = leaky()
    answer = ex.verify(network, LAST, arithmetic=arithmetic)
    assert isinstance(answer, ex.Equivalent)
    assert answer.boxes <= 6
    assert "boxes of states" in answer.statement
    ex.check_certificate(answer.certificate, network=network, language=LAST)


@pytest.mark.parametrize("arithmetic", ["bf16", "fp32"])
@pytest.mark.parametrize("name", ["flip-flop", "first", "tomita-2", "tomita-4", "dyck-1-depth-2"])
def test_star_free_languages_without_convolution(name: str, arithmetic: str) -> None:
    network = ex.compile(name, "mamba", delay=0)
    ex.assert_verified(network, name, arithmetic=arithmetic, max_states=1_200)


@pytest.mark.parametrize("arithmetic", ["fp32", "fp64", "bf16"])
def test_a_slower_leak_reaches_across_the_boundary(arithmetic: str) -> None:
    """With weight 3/4 the sum of the past outweighs the last letter: no boxes are claimed, and a word is found."""
    network = leaky(Fraction(3, 4))
    answer = ex.verify(network, LAST, arithmetic=arithmetic)
    assert isinstance(answer, ex.Counterexample)
    assert answer.word == ("1", "0")
    ex.check_certificate(answer.certificate, network=network, language=LAST)


def planted(data: dict[str, Any], change: str) -> dict[str, Any]:
    broken = copy.deepcopy(data)
    boxes = [part for entry in broken["invariant"] for part in entry["layers"] if "lower" in part]
    part = boxes[-1]
    if change == "too small":
        for part in boxes:
            middle = (Fraction(part["lower"][0]) + Fraction(part["upper"][0])) / 2
            part["upper"][0] = str(middle)
    elif change == "over the boundary":
        for part in boxes:
            part["lower"][0], part["upper"][0] = -4, 4
    elif change == "infinite":
        part["upper"][0] = "inf"
    elif change == "not a float":
        part["upper"][0] = "1/3"
    elif change == "empty":
        part["lower"], part["upper"] = part["upper"], part["lower"]
    elif change == "wraps":
        broken["arithmetic"] = "q7.24+wrap"
    elif change == "weight":
        broken["network"]["layers"][0]["weights"]["diagonal"] = [["3/4"], ["3/4"]]
    return broken


@pytest.mark.parametrize("arithmetic", ["fp64", "fp64/fused"])
@pytest.mark.parametrize(
    "change",
    ["too small", "over the boundary", "infinite", "not a float", "empty", "wraps", "weight"],
)
def test_wrong_boxes_are_found(change: str, arithmetic: str) -> None:
    answer = ex.verify(leaky(), LAST, arithmetic=arithmetic)
    assert isinstance(answer, ex.Equivalent)
    assert checker.check(answer.certificate.data)
    with pytest.raises(checker.Rejected):
        checker.check(planted(answer.certificate.data, change))
