"""Runs in finite arithmetic: bit for bit what a scalar loop gives, on every path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.simulation.simulate import final_states, simulate
from oracles.effort import single
from oracles.networks import FORMS, limit_cycle, random_network
from oracles.scalar_simulator import Machine

ARITHMETICS = [
    "bf16",
    "fp8_e4m3fn",
    "fp8_e4m3fn/fused",
    "fp8_e5m2/accumulate-fp32",
    "bf16:fp32",
    "fp32:bf16",
    "fp16/per-operation/down",
    "bf16/fused/up",
    "fp16/accumulate-fp32/toward-zero",
    "fp64",
    "fp64/fused",
    "uint8",
    "q3.4/fused",
    "int6",
    "fp4_e2m1",
    "fp8_e5m2fnuz/fused/to-odd",
    "e5m3+nosub",
    "bf16:uint8",
]


def bits(states: list[np.ndarray]) -> list[list[int]]:
    return [np.where(np.isnan(part), np.nan, part).view(np.int64).tolist() for part in states]


def oracle(network: ex.Network, word: list[int], arithmetic: str) -> tuple[list[bool], list[list[float]]]:
    model = parse_arithmetic(arithmetic)
    return Machine(network, model.weights.name, model.state.name, model.order, model.rounding).run(word)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@single
@given(kind=st.sampled_from(FORMS), seed=st.integers(0, 2**20))
def test_a_scalar_loop_gives_the_same_bits(arithmetic: str, kind: str, seed: int) -> None:
    network = random_network(seed, kind)
    word = np.random.default_rng(seed).integers(0, 2, 7)
    flags = simulate(network, word[None], arithmetic, engine="numpy")
    states = final_states(network, word[None], arithmetic, engine="numpy")
    wanted, ends = oracle(network, word.tolist(), arithmetic)
    assert flags[0].tolist() == wanted
    assert bits([part[0] for part in states]) == bits([np.array(end) for end in ends])


@pytest.mark.parametrize("arithmetic", [a for a in ARITHMETICS if a not in ("fp64/fused", "bf16:uint8")])
@pytest.mark.parametrize("kind", FORMS)
def test_compiled_and_plain_runs_agree(arithmetic: str, kind: str) -> None:
    for seed in range(2):
        network = random_network(seed, kind)
        words = np.random.default_rng(seed).integers(0, 2, (9, 12))
        words[3, 5:] = -1
        words[4, 0:] = -1
        plain, compiled = (simulate(network, words, arithmetic, engine=e) for e in ("numpy", "compiled"))
        assert np.array_equal(plain, compiled)
        ends = [final_states(network, words, arithmetic, engine=e) for e in ("numpy", "compiled")]
        assert bits(ends[0]) == bits(ends[1])


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("mod3-with-reset", "gated-deltaproduct"),
        ("mod5", "deltaproduct"),
        ("mod3", "complex-diagonal"),
        ("mod3-with-reset", "pd-ssm"),
        ("dyck-1-depth-2", "mamba"),
        ("flip-flop", "rwkv7"),
    ],
)
def test_stacks_of_every_form_agree_on_both_paths(name: str, family: str) -> None:
    network = ex.compile(name, family)
    words = np.random.default_rng(0).integers(0, len(network.letters), (5, 12))
    for arithmetic in ("bf16", "fp8_e4m3fn/fused", "fp16/accumulate-fp32"):
        plain, compiled = (simulate(network, words, arithmetic, engine=e) for e in ("numpy", "compiled"))
        assert np.array_equal(plain, compiled)
        ends = [final_states(network, words, arithmetic, engine=e) for e in ("numpy", "compiled")]
        assert bits(ends[0]) == bits(ends[1])


def test_a_lattice_network_is_never_wrong() -> None:
    network = ex.compile("S3", "pd-ssm")
    words = np.random.default_rng(1).integers(0, len(network.letters), (3, 40))
    for arithmetic in ("fp8_e4m3fn", "uint8", "bf16/fused"):
        assert np.array_equal(simulate(network, words, arithmetic), network.run(words))


def test_words_may_be_text_of_different_lengths() -> None:
    flags = simulate(limit_cycle(), ["1111", "10", ""], "q7.8:int8/fused")
    assert flags.tolist() == [[False, False, False, True], [False] * 4, [False] * 4]


def test_infinities_and_nan_arise_and_are_decoded() -> None:
    network = random_network(5, "dense")
    words = np.zeros((1, 200), dtype=np.int64)
    words[0, ::3] = 1
    plain = final_states(network, words, "fp8_e5m2", engine="numpy")
    compiled = final_states(network, words, "fp8_e5m2", engine="compiled")
    assert bits(plain) == bits(compiled)
    assert not np.isfinite(plain[0]).all()
    flags, ends = oracle(network, words[0].tolist(), "fp8_e5m2")
    assert simulate(network, words, "fp8_e5m2")[0].tolist() == flags
    assert bits([part[0] for part in plain]) == bits([np.array(end) for end in ends])


def test_ties_between_code_points_go_to_the_lower_code_exactly() -> None:
    from fractions import Fraction

    from expressivity.exact import rationals
    from expressivity.networks.forms.diagonal import DiagonalTransition
    from expressivity.networks.layer import Layer, no_input, single_block

    for low in (Fraction(1, 3), Fraction(1, 4)):
        # h = 1/2 stays; the code points low and 1 − low are equally near, 1 − low − tiny is nearer.
        for tiny, wanted in ((Fraction(0), 0), (Fraction(1, 3**60), 1)):
            points = rationals([[low], [1 - low - tiny]])
            layer = Layer(
                DiagonalTransition(rationals([[1]])),
                no_input(1, 1),
                rationals([[Fraction(1, 2)]]),
                single_block(points, np.array([[0, 1]]), 2),
            )
            network = ex.Network(("a",), (layer,))
            for engine in ("numpy", "compiled"):
                assert simulate(network, ["aa"], "bf16", engine=engine).tolist() == [[wanted == 1] * 2]


def test_stochastic_runs_need_a_generator_and_repeat_with_its_seed() -> None:
    network = random_network(3, "householder")
    words = np.zeros((4, 20), dtype=np.int64)
    with pytest.raises(ex.ExpressivityError, match="rounds at random and got rng=None"):
        simulate(network, words, "bf16/per-operation/stochastic")
    first, again = (
        final_states(network, words, "bf16/per-operation/stochastic", rng=np.random.default_rng(7)) for _ in range(2)
    )
    assert bits(first) == bits(again)


@pytest.mark.parametrize(
    ("arithmetic", "complaint"),
    [
        ("bf16:exact", "does not round everything"),
        ("bf17", "unknown number format 'bf17'"),
    ],
)
def test_arithmetics_that_are_not_run_are_refused(arithmetic: str, complaint: str) -> None:
    with pytest.raises(ex.ExpressivityError, match=complaint):
        simulate(limit_cycle(), ["1"], arithmetic)


def test_wrong_words_are_refused() -> None:
    network = limit_cycle()
    with pytest.raises(ex.ExpressivityError, match="takes a list of words"):
        simulate(network, "11", "bf16")
    with pytest.raises(ex.ExpressivityError, match="a letter follows −1"):
        simulate(network, np.array([[0, -1, 1]]), "bf16")
    with pytest.raises(ex.ExpressivityError, match="letter numbers from 0 to 2"):
        simulate(network, np.array([[0, 2]]), "bf16")
    with pytest.raises(ex.ExpressivityError, match="has no compiled path"):
        simulate(network, ["1"], "fp64/fused", engine="compiled")
