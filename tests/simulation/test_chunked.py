"""The order in which products of transitions are formed first, against a loop that keeps whole matrices."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.simulate import final_states, simulate
from oracles.effort import single
from oracles.networks import FORMS, random_network
from oracles.scalar_simulator import ChunkedMachine

FORMATS = ["bf16", "fp8_e4m3fn", "bf16:fp32", "fp32:fp16", "fp16", "fp8_e5m2", "uint8", "q3.4", "int6", "q0.7", "fp64"]
ROUNDINGS = ["nearest-even", "toward-zero", "up", "down", "nearest-away", "to-odd"]


def bits(states: list[np.ndarray]) -> list[list[int]]:
    return [np.where(np.isnan(part), np.nan, part).view(np.int64).tolist() for part in states]


def oracle(network: ex.Network, word: list[int], arithmetic: str) -> tuple[list[bool], list[list[float]]]:
    model = parse_arithmetic(arithmetic)
    assert model.chunk is not None
    return ChunkedMachine(network, model.weights.name, model.state.name, model.chunk, model.rounding).run(word)


@pytest.mark.parametrize("kind", FORMS)
@single
@given(
    seed=st.integers(0, 2**20),
    form=st.sampled_from(FORMATS),
    chunk=st.integers(1, 4),
    rounding=st.sampled_from(ROUNDINGS),
    columns=st.integers(1, 2),
    delay=st.integers(0, 1),
    bos=st.booleans(),
)
@example(seed=1, form="fp8_e5m2", chunk=3, rounding="nearest-even", columns=1, delay=0, bos=False)
def test_a_loop_over_whole_matrices_gives_the_same_bits(
    kind: str, seed: int, form: str, chunk: int, rounding: str, columns: int, delay: int, bos: bool
) -> None:
    network = random_network(seed, kind, width=2, columns=columns, delay=delay, bos=bos)
    arithmetic = f"{form}/chunked:{chunk}/{rounding}"
    words = np.random.default_rng(seed).integers(0, 2, (3, 7))
    words[1, 4:] = -1
    words[2, :] = -1
    flags = simulate(network, words, arithmetic, engine="numpy")
    states = final_states(network, words, arithmetic, engine="numpy")
    for row, word in enumerate(words):
        letters = word[word >= 0].tolist()
        wanted, ends = oracle(network, letters, arithmetic)
        assert flags[row, : len(letters)].tolist() == wanted
        assert not flags[row, len(letters) :].any()
        assert bits([part[row] for part in states]) == bits([np.array(end) for end in ends])


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("form", ["fp8_e4m3fn", "fp16:fp32", "uint8", "fp64"])
def test_compiled_and_plain_chunks_agree(form: str, kind: str) -> None:
    network = random_network(6, kind, width=2, delay=1)
    words = np.random.default_rng(1).integers(0, 2, (150, 7))
    words[3, 5:] = -1
    arithmetic = f"{form}/chunked:4"
    plain, compiled = (simulate(network, words, arithmetic, engine=e) for e in ("numpy", "compiled"))
    assert np.array_equal(plain, compiled)
    ends = [final_states(network, words, arithmetic, engine=e) for e in ("numpy", "compiled")]
    assert bits(ends[0]) == bits(ends[1])


def test_overflow_in_a_product_of_transitions_reaches_the_state() -> None:
    """16·16·… leaves fp8_e5m2 before the state, zero, would have felt it: inf·0 is NaN."""
    layer = Layer(
        DenseTransition(rationals([[[16]]])),
        rationals([[[0]]]),
        rationals([[0]]),
        single_block(rationals([[-1], [1]]), np.array([[0, 1]]), 2),
    )
    network = ex.Network(("a",), (layer,))
    assert final_states(network, ["aaaaaa"], "fp8_e5m2")[0].tolist() == [[0.0]]
    assert np.isnan(final_states(network, ["aaaa"], "fp8_e5m2/chunked:8")[0]).all()
    assert final_states(network, ["aaaaaa"], "fp8_e5m2/chunked:2")[0].tolist() == [[0.0]]


def test_chunks_of_one_letter_are_not_per_operation() -> None:
    """A textbook reflection: its matrix is rounded once more before it meets the state."""
    found = {}
    for seed in range(20):
        network = random_network(seed, "householder")
        for order in ("per-operation", "chunked:1"):
            found[order] = final_states(network, ["abab"], f"fp8_e4m3fn/{order}")[0]
        if not np.array_equal(found["per-operation"], found["chunked:1"]):
            return
    raise AssertionError("the orders never differed")


def test_stochastic_chunks_repeat_with_the_seed_and_have_the_right_mean() -> None:
    network = random_network(3, "householder")
    words = np.zeros((4, 20), dtype=np.int64)
    arithmetic = "bf16/chunked:3/stochastic"
    with pytest.raises(ex.ExpressivityError, match="rounds at random and got rng=None"):
        simulate(network, words, arithmetic)
    first, again, other = (final_states(network, words, arithmetic, rng=np.random.default_rng(s)) for s in (7, 7, 8))
    assert bits(first) == bits(again)
    assert bits(first) != bits(other)
    # One letter, a = 1 + 2^-9: P is 1 or 1 + 2^-7, the latter a quarter of the times.
    layer = Layer(
        DenseTransition(rationals([[[1 + Fraction(1, 2**9)]]])),
        rationals([[[0]]]),
        rationals([[1]]),
        single_block(rationals([[-1], [1]]), np.array([[0, 1]]), 2),
    )
    runs = final_states(
        ex.Network(("a",), (layer,)),
        np.zeros((20_000, 1), dtype=np.int64),
        "fp32:bf16/chunked:5/stochastic",
        rng=np.random.default_rng(0),
    )[0]
    assert set(np.unique(runs)) == {1.0, 1 + 2.0**-7}
    assert abs((runs == 1.0).mean() - 0.75) < 0.02
