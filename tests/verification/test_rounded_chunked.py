"""Chunk-parallel evaluation is decided like any other order: certificates, refutations, planted errors."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity import checker
from expressivity.simulation.machine import machine
from expressivity.simulation.simulate import simulate
from expressivity.verification.exploration.breadth_first import explore
from expressivity.verification.exploration.budgets import Budget
from expressivity.verification.exploration.compiled import explore_compiled
from expressivity.verification.exploration.outcomes import Closed, Differs
from expressivity.verification.realise import realise
from expressivity.verification.verify import check_certificate

STACKS = [
    ("S3", "deltaproduct"),
    ("mod3-with-reset", "gated-deltaproduct"),
    ("mod5", "complex-diagonal"),
    ("mod3-with-reset", "pd-ssm"),
    ("dyck-1-depth-2", "mamba"),
    ("flip-flop", "rwkv7"),
]


@pytest.mark.parametrize(
    "arithmetic",
    ["bf16/chunked:2", "fp8_e4m3fn/chunked:3", pytest.param("bf16:fp16/chunked:2/down", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(("name", "family"), STACKS)
def test_every_chunked_answer_is_confirmed_by_the_checker(name: str, family: str, arithmetic: str) -> None:
    network = ex.compile(name, family)
    answer = ex.verify(network, name, arithmetic=arithmetic, max_states=400)
    assert answer.arithmetic == arithmetic
    if not isinstance(answer, ex.Undecided):
        check_certificate(answer.certificate, network=network, language=name)
    if isinstance(answer, ex.Counterexample):
        encoded = np.array([[network.letters.index(x) for x in answer.word]])
        assert simulate(network, encoded, arithmetic)[0, -1] == answer.network_accepts


@pytest.mark.parametrize(("name", "family"), [("S3", "pd-ssm"), ("dyck-1-depth-2", "mamba")])
def test_the_realised_automaton_is_the_language(name: str, family: str) -> None:
    found = realise(ex.compile(name, family), "bf16/chunked:3")
    assert isinstance(found, ex.Automaton)
    assert found.minimal().counterexample(ex.language(name)) is None


def test_the_compiled_search_finds_what_the_plain_one_does_in_chunks() -> None:
    network = ex.compile("S3", "deltaproduct")
    minimal = ex.language("S3").with_letters(network.letters).minimal()
    for arithmetic in ("bf16/chunked:4", "fp8_e4m3fn/chunked:3", "fp8_e5m2/chunked:2/up"):
        made = machine(network, arithmetic)
        compiled = explore_compiled(made, minimal, Budget(2_000), None)
        plain = explore(made, minimal, Budget(2_000))
        assert type(compiled) is type(plain)
        if isinstance(plain, Closed):
            assert np.array_equal(compiled.rows, plain.rows)
            assert np.array_equal(compiled.successors, plain.successors)
        elif isinstance(plain, Differs):
            assert len(compiled.word) == len(plain.word)


@pytest.mark.parametrize(
    ("name", "family", "form", "right", "wrong", "length"),
    [
        ("mod3", "complex-diagonal", "bf16", "per-operation", "chunked:2", 744),
        ("S3", "deltaproduct", "fp8_e4m3fn", "per-operation", "chunked:1", 4),
        ("mod5", "deltaproduct", "bf16", "chunked:1", "per-operation", 256),
        ("mod3-with-reset", "gated-deltaproduct", "fp6_e2m3", "chunked:2", "chunked:1", 22),
    ],
)
def test_the_order_alone_decides(name: str, family: str, form: str, right: str, wrong: str, length: int) -> None:
    """The same rounded weights are right for ever in one order and fail in another, either way round."""
    network = ex.compile(name, family)
    ex.assert_verified(network, name, arithmetic=f"{form}/{right}")
    lost = ex.verify(network, name, arithmetic=f"{form}/{wrong}")
    assert isinstance(lost, ex.Counterexample)
    assert len(lost.word) == length
    check_certificate(lost.certificate, network=network)


def test_dyadic_keys_survive_any_order() -> None:
    """Reflections with dyadic entries lose nothing in fp8: products of transitions are as exact as states."""
    for name in ("S3", "S5"):
        network = ex.compile(name, "deltaproduct", key="dyadic")
        words = np.random.default_rng(0).integers(0, len(network.letters), (8, 40))
        for arithmetic in ("fp8_e4m3fn/chunked:7", "bf16/chunked:16", "bf16/chunked:1"):
            assert np.array_equal(simulate(network, words, arithmetic), network.run(words))


def certificate() -> dict[str, Any]:
    network = ex.compile("mod3-with-reset", "gated-deltaproduct")
    answer = ex.verify(network, "mod3-with-reset", arithmetic="bf16/chunked:3")
    assert isinstance(answer, ex.Equivalent)
    data: dict[str, Any] = answer.certificate.data
    assert checker.check(data)
    return data


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(0, 5, id="the state that is read"),
        pytest.param(-2, "1/3", id="a product that is no float"),
        pytest.param(-2, 7, id="the product of transitions"),
        pytest.param(-1, 0, id="the position"),
        pytest.param(-1, 3, id="a position beyond the block"),
        pytest.param(-1, "1/2", id="half a position"),
        pytest.param(-1, "nan", id="no position"),
    ],
)
def test_errors_planted_in_a_chunked_point_are_found(place: int, value: Any) -> None:
    data = copy.deepcopy(certificate())
    point = next(p for p in (e["layers"][0]["point"] for e in data["invariant"]) if p[-1] == 2)
    assert point[place] != value
    point[place] = value
    with pytest.raises(checker.Rejected):
        checker.check(data)


@pytest.mark.parametrize(
    "arithmetic",
    ["bf16/chunked:2", "bf16/chunked:4", "bf16", "bf16/chunked:0", "bf16/chunked", "bf16/chunked:x", "bf16/chunked:³"],
)
def test_a_certificate_of_another_chunk_length_is_rejected(arithmetic: str) -> None:
    data = copy.deepcopy(certificate())
    data["arithmetic"] = arithmetic
    with pytest.raises(checker.Rejected):
        checker.check(data)
