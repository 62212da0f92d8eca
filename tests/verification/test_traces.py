"""Runs on a word: the same verdicts and states as the batched simulation, the search and the language itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.errors import FormatError, LanguageError
from expressivity.exact import ExactArray, rationals
from expressivity.simulation.simulate import final_states, simulate
from expressivity.verification.traces import trace
from oracles.effort import some

NETWORKS = {
    "parity": "deltanet-signed",
    "mod5": "deltaproduct",
    "tomita-7": "mamba",
    "tomita-5": "rwkv7-signed",
    "mod3": "complex-diagonal",
    "S3-transpositions": "deltanet-signed",
}
ARITHMETICS = ("bf16", "fp8_e4m3fn/fused", "bf16:fp32/accumulate-fp32", "fp16/chunked:3", "bf16/exact-then-cast")


@st.composite
def runs(draw: st.DrawFn) -> tuple[ex.Network, ex.Automaton, tuple[str, ...]]:
    name = draw(st.sampled_from(sorted(NETWORKS)))
    network, language = ex.compile(name, NETWORKS[name]), ex.language(name)
    return network, language, tuple(draw(st.lists(st.sampled_from(language.letters), max_size=12)))


@given(runs(), st.sampled_from(ARITHMETICS))
def test_every_prefix_is_what_the_batched_run_gives(
    run: tuple[ex.Network, ex.Automaton, tuple[str, ...]], arithmetic: str
) -> None:
    network, _, word = run
    found = trace(network, word, arithmetic)
    assert found.verdicts[1:].tolist() == simulate(network, [word], arithmetic)[0].tolist()
    expected = final_states(network, [word[:length] for length in range(len(word) + 1)], arithmetic)
    for layer, states in enumerate(expected):
        np.testing.assert_array_equal(found.floats(layer), states)


@given(runs())
def test_exact_verdicts_are_the_language_s(run: tuple[ex.Network, ex.Automaton, tuple[str, ...]]) -> None:
    network, language, word = run
    found = trace(network, word)
    assert [bool(flag) for flag in found.verdicts] == [language.accepts(word[:n]) for n in range(len(word) + 1)]


@given(runs())
@some
def test_exact_states_are_those_of_the_realisation(run: tuple[ex.Network, ex.Automaton, tuple[str, ...]]) -> None:
    network, _, word = run
    found, known = trace(network, word), ex.realisation(network)
    assert isinstance(known, ex.Realisation)
    way = known.automaton.run(known.automaton.encode(word))
    for states, listed in zip(found.states, known.states, strict=True):
        assert isinstance(states, ExactArray)
        assert isinstance(listed, ExactArray)
        assert states.equals(listed[np.asarray(way)])


def test_states_that_need_new_denominators_are_exact() -> None:
    network = ex.compile("parity", "deltanet-signed")
    layer = network.layers[0]
    halved = replace(layer, transition=replace(layer.transition, betas=rationals(np.array([[1.5]]))))
    states = trace(replace(network, layers=(halved,)), "1" * 70).states[0]
    assert isinstance(states, ExactArray)
    values = states.fractions()[:, 0]
    # h ↦ (1 − 3/2)h + B x from h₀: the exact affine orbit, far beyond float64's 53 bits.
    assert all(abs(b - c) * 2 == abs(a - b) for a, b, c in zip(values, values[1:], values[2:], strict=False))
    assert values[0] != values[1]


def test_a_planted_wrong_weight_shows_in_the_trace() -> None:
    network = ex.compile("parity", "deltanet-signed")
    layer = network.layers[0]
    wrong = replace(layer, transition=replace(layer.transition, betas=rationals(np.array([[1.5]]))))
    verdicts = trace(replace(network, layers=(wrong,)), "1111").verdicts
    assert verdicts.tolist() != [True, False, True, False, True]


def test_wrong_input_is_named() -> None:
    network = ex.compile("parity", "deltanet-signed")
    with pytest.raises(LanguageError, match="'2'"):
        trace(network, "12")
    with pytest.raises(FormatError, match="take another rounding"):
        trace(network, "1", "bf16/per-operation/stochastic")
