"""Every decision about a network answers in every arithmetic and order, and all of them tell of one machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity.exact import ExactArray

ORDERS = ("per-operation", "fused", "accumulate-fp32", "chunked:2", "exact-then-cast")
FORMATS = ("bf16", "fp8_e4m3fn", "bf16:fp16", "int8+sat", "e4m3+finite")
ARITHMETICS = (
    "exact",
    *(f"{form}/{order}" for form in FORMATS for order in ORDERS),
    "fp8_e5m2/per-operation/toward-zero",
    "bf16/fused/up",
    "bf16/exact-then-cast/down",
    "exact:bf16/exact-then-cast",
    "fp64",
    "q5.4",
    "uint8",
)
NETWORKS = (("parity", "deltanet-signed"), ("mod3-with-reset", "pd-ssm"), ("flip-flop", "mamba"))


def words(letters: tuple[str, ...], length: int) -> list[tuple[str, ...]]:
    """Every word up to a length, shortest first."""
    found: list[tuple[str, ...]] = [()]
    for word in found:
        if len(word) < length:
            found += [(*word, letter) for letter in letters]
    return found


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize(("name", "family"), NETWORKS)
def test_every_decision_answers_and_all_agree(name: str, family: str, arithmetic: str) -> None:
    network = ex.compile(name, family)
    language = ex.language(name).with_letters(network.letters)
    tried = words(network.letters, 4)
    flags = ex.simulate(network, tried, arithmetic)
    says = {word: bool(flags[i, len(word) - 1]) for i, word in enumerate(tried) if word}
    states = ex.final_states(network, tried, arithmetic)
    realised = ex.realisation(network, arithmetic, max_states=2_000)
    for i, word in enumerate(tried):
        trace = ex.trace(network, word, arithmetic)
        assert trace.verdicts[1:].tolist() == [says[word[:n]] for n in range(1, len(word) + 1)]
        says[()] = bool(trace.verdicts[0])
        for traced, final in zip(trace.states, states, strict=True):
            assert type(traced) is type(final)
            assert isinstance(traced, ExactArray) == (arithmetic == "exact")
            exact = (a.to_float() if isinstance(a, ExactArray) else a for a in (traced, final))
            first, last = exact
            np.testing.assert_array_equal(first[-1], last[i])
        if isinstance(realised, ex.Realisation):
            assert realised.automaton.accepts(word) == says[word]
    if isinstance(realised, ex.Realisation):
        automaton = ex.realise(network, arithmetic, max_states=2_000)
        assert isinstance(automaton, ex.Automaton)
        assert automaton.counterexample(realised.automaton) is None
        assert len(realised.previous) == realised.automaton.states
    answer = ex.verify(network, language, arithmetic=arithmetic, max_states=2_000)
    wrong = next((word for word in tried if says[word] != language.accepts(word)), None)
    if isinstance(answer, ex.Counterexample):
        assert (
            answer.word is None or len(answer.word) > 4 or answer.word == wrong or len(answer.word) == len(wrong or ())
        )
    else:
        assert wrong is None
    if isinstance(realised, ex.Realisation) and not isinstance(answer, ex.Undecided):
        assert (realised.automaton.counterexample(language) is None) == isinstance(answer, ex.Equivalent)
    repeated = ex.period(network, network.letters[-1], arithmetic, max_steps=3_000)
    if isinstance(repeated, ex.Periodicity):
        for count in range(5):
            assert repeated.accepts(count) == says[(network.letters[-1],) * count]


@pytest.mark.parametrize("order", ORDERS)
def test_random_rounding_is_refused_with_a_reason(order: str) -> None:
    network = ex.compile("parity", "deltanet-signed")
    arithmetic = f"bf16/{order}/stochastic"
    asked: list[Any] = [
        lambda: ex.verify(network, "parity", arithmetic=arithmetic),
        lambda: ex.trace(network, "1", arithmetic),
        lambda: ex.realise(network, arithmetic),
        lambda: ex.realisation(network, arithmetic),
        lambda: ex.period(network, "1", arithmetic),
        lambda: ex.simulate(network, ["1"], arithmetic),
        lambda: ex.final_states(network, ["1"], arithmetic),
    ]
    for ask in asked:
        with pytest.raises(ex.FormatError, match=r"rounds at random|a cast must be a function"):
            ask()


def test_horizons_of_a_network_of_ones_own_in_every_order_and_exactly() -> None:
    network = ex.compile("mod3", "dense")
    cells = ex.horizons("mod3", network=network, formats=["exact", "bf16", "fp8_e4m3fn"], orders=ORDERS)
    assert [cell.job.arithmetic for cell in cells] == [
        "exact",
        *(f"{form}/{order}" for form in ("bf16", "fp8_e4m3fn") for order in ORDERS),
    ]
    for cell in cells:
        answer = ex.verify(network, "mod3", arithmetic=cell.job.arithmetic)
        assert (cell.answer.answer == "infinite") == isinstance(answer, ex.Equivalent)
        if isinstance(answer, ex.Counterexample):
            assert cell.answer.horizon == len(answer.word or ())
    names = {cell.job.name for cell in cells}
    assert len(names) == len(cells)
    with pytest.raises(ex.ExpressivityError, match="say how a network is built, and one is given"):
        ex.horizons("mod3", "dense", network=network)
    with pytest.raises(ex.ExpressivityError, match="the network reads"):
        ex.horizons("flip-flop", network=network)


def test_what_never_repeats_is_undecided_and_not_a_hang() -> None:
    """1, 1/2, 1/4, … and 1, 2, 3, … in exact numbers; and where every term is cast, verdicts repeat all the same."""
    halving = ex.compile("tomita-4", "mamba", delay=0)
    found = ex.period(halving, halving.letters[0], "exact")
    assert isinstance(found, ex.Undecided | ex.Periodicity)
    cast = ex.period(halving, halving.letters[0], "bf16/exact-then-cast")
    assert isinstance(cast, ex.Periodicity)
    run = ex.simulate(halving, [(halving.letters[0],) * 40], "bf16/exact-then-cast")[0]
    assert [cast.accepts(k) for k in range(1, 41)] == run.tolist()
