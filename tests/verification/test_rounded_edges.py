"""What happens at the edges of a format, and what a user is told: defined behaviour, or an error that helps."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, single_block


def scaled(weight: Fraction | int, write: int = 0, start: int = 1) -> ex.Network:
    """H ← weight·h + write over one letter; accepts while h is nearer to 1 than to −1."""
    layer = Layer(
        DiagonalTransition(rationals([[weight]])),
        rationals([[[write]]]),
        rationals([[start]]),
        single_block(rationals([[-1], [1]]), np.array([[0, 1]]), 2),
    )
    return ex.Network(("a",), (layer,), accepts_empty=True)


ALWAYS = "re[a]:a*"


def settled(network: ex.Network, arithmetic: str) -> Any:
    """The answer about a*, which has passed the checker."""
    answer = ex.verify(network, ALWAYS, arithmetic=arithmetic)
    assert not isinstance(answer, ex.Undecided)
    assert ex.check_certificate(answer.certificate, network=network, language=ALWAYS)
    return answer


@pytest.mark.parametrize(
    ("arithmetic", "length"),
    [
        # The state overflows to infinity (or NaN), which is near to nothing: code 0, which rejects.
        ("fp8_e5m2", 2),
        ("fp8_e4m3fn", 2),
        ("fp8_e5m2/fused", 2),
        ("fp8_e5m2/accumulate-fp32", 2),
        ("bf16", 16),
        ("fp64", 125),
        # Saturating formats stay at their largest number for ever.
        ("fp4_e2m1", None),
        ("fp6_e3m2/fused", None),
        ("e4m3+fn+sat", None),
        ("q3.4", None),
        ("fp8_e5m2/per-operation/toward-zero", None),
        # 300 is 44 modulo 256, and 44^4 is 0: unsigned numbers reach the point between −1 and 1's halves.
        ("uint8", 4),
    ],
)
def test_growth_ends_as_the_format_says(arithmetic: str, length: int | None) -> None:
    answer = settled(scaled(300), arithmetic)
    if length is None:
        assert isinstance(answer, ex.Equivalent)
    else:
        assert isinstance(answer, ex.Counterexample)
        assert len(answer.word) == length
        flags = ex.simulate(scaled(300), [["a"] * length], arithmetic)
        assert flags[0].tolist() == [True] * (length - 1) + [False]


@pytest.mark.parametrize("arithmetic", ["fp8_e5m2", "fp16/fused", "bf16/accumulate-fp32"])
def test_not_a_number_is_one_state(arithmetic: str) -> None:
    """∞ − ∞: an infinite weight and a write that overflows the other way make NaN, and NaN stays."""
    network = scaled(Fraction(10) ** 60, -(10**60))
    answer = settled(network, arithmetic)
    assert isinstance(answer, ex.Counterexample)
    assert len(answer.word) == 1
    found = ex.realisation(network, arithmetic)
    assert not isinstance(found, ex.Undecided)
    assert np.isnan(found.states[0]).sum() == 1
    assert found.automaton.states == 2


@pytest.mark.parametrize("arithmetic", ["fp8_e4m3fn", "uint8", "q3.4", "bf16/fused"])
def test_weights_too_small_become_zero(arithmetic: str) -> None:
    answer = settled(scaled(Fraction(1, 10**60), 1), arithmetic)
    assert isinstance(answer, ex.Equivalent)
    assert answer.boxes == 1


@pytest.mark.parametrize("arithmetic", ["fp8_e5m2:uint8", "fp8_e4m3fn:q3.4", "fp16:int8/fused"])
def test_weights_without_a_place_are_named(arithmetic: str) -> None:
    """An infinite weight times a state that knows no infinity: there is nothing it could mean."""
    weights = arithmetic.split(":")[0]
    for call in (lambda: ex.verify(scaled(10**6), ALWAYS, arithmetic=arithmetic), lambda: realise(arithmetic)):
        with pytest.raises(ex.FormatError, match=rf"{weights} cannot hold a weight of layers \[0\].*store the weights"):
            call()


def realise(arithmetic: str) -> Any:
    return ex.realise(scaled(10**6), arithmetic)


@pytest.mark.parametrize(
    ("arithmetic", "text"),
    [
        ("bf17", "bf17"),
        ("bf16/sideways", "unknown order 'sideways'"),
        ("bf16/fused/sideways", "unknown rounding 'sideways'"),
        ("bf16/nearest-even", "write the rounding third: per-operation/nearest-even"),
        ("bf16/fused/up/down", "it has 4 parts"),
        ("", "unknown number format"),
        ("bf16:fp32:fp64", "names 3 formats"),
        ("exact/fused", "an exact state is never rounded"),
        ("bf16:exact", "does not round everything"),
        ("bf16/per-operation/stochastic", "rounds at random"),
    ],
)
def test_every_entrance_refuses_what_it_cannot_run(arithmetic: str, text: str) -> None:
    network = scaled(1)
    for call in (
        lambda: ex.verify(network, ALWAYS, arithmetic=arithmetic),
        lambda: ex.realise(network, arithmetic),
        lambda: ex.period(network, "a", arithmetic),
    ):
        with pytest.raises(ex.FormatError, match=text):
            call()


def test_stochastic_rounding_needs_a_generator() -> None:
    arithmetic = "bf16/per-operation/stochastic"
    with pytest.raises(ex.FormatError, match=r"pass rng=numpy\.random\.default_rng\(seed\)"):
        ex.simulate(scaled(Fraction(1, 3)), ["aa"], arithmetic)
    first, second = (
        ex.final_states(scaled(Fraction(1, 3)), ["aaa"], arithmetic, rng=np.random.default_rng(5)) for _ in range(2)
    )
    assert np.array_equal(first[0], second[0])
