"""The scalar loop against the batched simulation, and planted disagreements it must find."""

from __future__ import annotations

import numpy as np
import pytest

from expressivity.constructions.compiler import compile as compile_network
from expressivity.errors import DefectError, FormatError
from expressivity.experiments.horizons import decision
from expressivity.experiments.horizons.jobs import Job, subject
from expressivity.experiments.horizons.read_outs import per_coordinate
from expressivity.experiments.horizons.replay import ScalarRun, replay
from expressivity.languages import language as read_language
from expressivity.simulation.simulate import final_states, simulate

NETWORKS = [
    ("parity", "deltanet-signed", {}),
    ("mod5", "deltaproduct", {}),
    ("mod3", "complex-diagonal", {}),
    ("S3-transpositions", "deltanet-signed", {}),
    ("S3-transpositions", "deltanet-signed", {"key": "dyadic"}),
    ("mod3-with-reset", "gated-deltanet", {}),
    ("mod3-with-reset", "pd-ssm", {}),
    ("tomita-5", "mamba-signed", {}),
    ("tomita-5", "rwkv7-signed", {}),
    ("tomita-4", "rwkv7", {}),
    ("tomita-4", "deltanet", {}),
    ("tomita-4", "dense", {}),
]
ARITHMETICS = [
    "fp8_e4m3fn/per-operation",
    "fp8_e5m2/fused",
    "bf16/accumulate-fp32",
    "bf16:fp32/per-operation",
    "fp6_e3m2/per-operation/toward-zero",
    "fp4_e2m1/accumulate-fp32/up",
]


@pytest.mark.parametrize(("language", "family", "options"), NETWORKS)
def test_the_loop_agrees_with_the_simulation_bit_for_bit(language, family, options) -> None:
    network = compile_network(language, family, **options)
    words = np.random.default_rng(1).integers(len(network.letters), size=(len(ARITHMETICS), 12))
    for word, arithmetic in zip(words, ARITHMETICS, strict=True):
        done = replay(network, [network.letters[x] for x in word], arithmetic)
        assert done.verdict == simulate(network, word[None], arithmetic, engine="compiled")[0, -1], arithmetic
        states = final_states(network, word[None], arithmetic, engine="compiled")
        assert np.array_equal(np.concatenate(done.states), np.concatenate(states, axis=1)[0]), arithmetic


def test_the_loop_knows_other_read_outs_and_the_empty_word() -> None:
    network = per_coordinate(compile_network("S3-transpositions", "deltanet-signed"))
    words = np.random.default_rng(2).integers(2, size=(4, 9))
    for arithmetic in ("fp8_e4m3fn", "bf16:fp32"):
        verdicts = simulate(network, words, arithmetic, engine="compiled")
        for word, row in zip(words.tolist(), verdicts.tolist(), strict=True):
            assert replay(network, [network.letters[x] for x in word], arithmetic).verdict == row[-1]
    assert replay(network, [], "bf16").verdict
    odd = read_language("parity").complement()
    assert not replay(compile_network(odd, "dense"), [], "bf16").verdict


def test_the_loop_refuses_what_it_does_not_know() -> None:
    network = compile_network("parity", "dense")
    for arithmetic in ("exact", "bf16/chunked:4", "bf16/exact-then-cast", "bf16/fused/stochastic"):
        with pytest.raises(FormatError, match="unknown to the scalar loop"):
            replay(network, ["1"], arithmetic)


def test_a_word_that_the_loop_does_not_confirm_is_an_error(monkeypatch) -> None:
    job = Job(subject("mod5", "deltaproduct"), "fp8_e4m3fn", "per-operation")
    assert decision.find_horizon(job).horizon == 11
    monkeypatch.setattr(decision, "replay", lambda *_: ScalarRun(False, ()))
    with pytest.raises(DefectError, match="the scalar loop finds network and language in agreement"):
        decision.find_horizon(job)
