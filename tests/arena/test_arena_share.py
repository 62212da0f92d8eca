"""A fast share of the arena (`benchmarks/arena.py`): forged certificates, drawn networks, victims of the theorems."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity.checker import Rejected, check
from expressivity.exact import rationals
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, single_block
from oracles import drawn, duels, forgeries
from oracles.definition import NetworkDefinition, first_difference

SEED = 20
BAD = ("false", "crash", "ill-formed", "unshown")


def attack(kind: str, mutants: int) -> None:
    """Mutants of a kind: each is rejected, or shown true by a route of its own."""
    for number in range(mutants):
        mutant, original = forgeries.forge(np.random.default_rng([SEED, number]), kind)
        found = forgeries.judge(mutant, original)
        assert found.outcome not in BAD, (found, mutant)


@pytest.mark.parametrize("kind", forgeries.ORIGINALS)
def test_forged_certificates_are_rejected_or_true(kind: str) -> None:
    for original in forgeries.originals(kind):
        check(copy.deepcopy(original))
    attack(kind, 25)


@pytest.mark.slow
@pytest.mark.parametrize("kind", forgeries.ORIGINALS)
def test_many_forged_certificates_are_rejected_or_true(kind: str) -> None:
    attack(kind, 400)


DUELS = {"runs": duels.run_duel, "verify": duels.verify_duel, "victims": duels.victim_duel}


def duel(name: str, number: int, family: str) -> duels.Tally:
    rng = np.random.default_rng([SEED, number, list(DUELS).index(name)])
    tally: duels.Tally = DUELS[name](rng, family, drawn.arithmetic(rng, exact=0.0))
    return tally


@pytest.mark.parametrize("name", DUELS)
def test_the_tool_agrees_with_the_oracles_on_drawn_networks(name: str) -> None:
    for number, family in enumerate(ex.FAMILIES):
        assert duel(name, number, family).faults == []


@pytest.mark.slow
@pytest.mark.parametrize("family", ex.FAMILIES)
@pytest.mark.parametrize("name", DUELS)
def test_the_tool_agrees_with_the_oracles_on_many_drawn_networks(name: str, family: str) -> None:
    for number in range(100, 112):
        assert duel(name, number, family).faults == []


# What must be found ---------------------------------------------------------------------------------------------------


def test_the_judge_finds_a_certificate_that_is_accepted_though_false(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checker that accepts everything is found out by every route: words, replays, hypotheses, refinement."""
    monkeypatch.setattr(forgeries, "check", lambda data: "proved")
    found = {forgeries.judge(forgery(kind), forgeries.originals(kind)[0]).outcome for kind in FORGERIES}
    assert found == {"false"}


def forgery(kind: str) -> dict[str, Any]:
    """A false certificate of a kind."""
    data = copy.deepcopy(forgeries.originals(kind)[0])
    FORGERIES[kind](data)
    return data


def _everything(data: dict[str, Any]) -> None:
    data["automaton"] |= {"table": [[0]] * len(data["automaton"]["letters"]), "start": 0, "accepting": [0]}


def _period(data: dict[str, Any]) -> None:
    data["lengths"] = [1]


def _cycle(data: dict[str, Any]) -> None:
    data["evidence"]["period"] = 3


def _family(data: dict[str, Any]) -> None:
    data["pairs"] = [[[0, 1], [1, 0]], [[0, 2], [2, 0]]]


FORGERIES = {
    "exact points": _everything,
    "boxes": _everything,
    "cones": _everything,
    "rounded points": _everything,
    "rounded boxes": _everything,
    "cycles": _everything,
    "cast": _everything,
    "period": _everything,
    "refuted by period": _period,
    "impossible": _cycle,
    "inseparable": _family,
}


def test_a_crash_and_an_ill_formed_certificate_are_no_rejections(monkeypatch: pytest.MonkeyPatch) -> None:
    original = forgeries.originals("exact points")[0]
    mutant = copy.deepcopy(original)
    mutant["network"]["bos"] = None
    monkeypatch.setattr(forgeries, "check", lambda data: "proved")
    assert forgeries.judge(mutant, original).outcome == "ill-formed"
    monkeypatch.setattr(forgeries, "check", lambda data: data["nothing"])
    assert forgeries.judge(mutant, original).outcome == "crash"


def test_a_run_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = ex.simulate
    monkeypatch.setattr(duels.ex, "simulate", lambda *given, **options: ~simulate(*given, **options))
    rng = np.random.default_rng(1)
    faults = duels.run_duel(rng, "mamba", "bf16").faults
    assert any("differs from the definition" in fault["what"] for fault in faults)


def test_a_false_equivalence_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ex.verify(ex.compile("parity", into="deltanet-signed"), "parity")
    monkeypatch.setattr(duels.ex, "verify", lambda *given, **options: answer)
    faults = [f["what"] for k in range(6) for f in duels.verify_duel(np.random.default_rng(k), "mamba", "bf16").faults]
    assert "false Equivalent" in faults


def test_a_false_impossibility_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = ex.refute("mamba", "parity")
    monkeypatch.setattr(duels.ex, "refute", lambda *given, **options: refusal)
    faults = [f["what"] for k in range(6) for f in duels.victim_duel(np.random.default_rng(k), "mamba", "bf16").faults]
    assert "false Impossible" in faults


def test_brute_force_finds_the_shortest_word() -> None:
    network = ex.compile("parity", into="deltanet-signed")
    definition = NetworkDefinition(network_to_json(network), "bf16")
    automaton = automaton_to_json(ex.language("re[1]:1(11)*").with_letters(network.letters).minimal())
    assert first_difference(definition, automaton, 5) == ((), 0)
    assert first_difference(definition, automaton_to_json(ex.language("parity").minimal()), 5) == (None, 5)


# What the arena found -------------------------------------------------------------------------------------------------


def doubling(start: int) -> ex.Network:
    """Twice the state at each letter, told apart from its beginning when it is beyond 9."""
    readout = single_block(rationals([[0], [9 * start]]), np.array([[0, 1]]), 2)
    layer = Layer(DiagonalTransition(rationals([[2]])), rationals([[[0]]]), rationals([[start]]), readout)
    return ex.Network(("a",), (layer,))


@pytest.mark.parametrize("start", [1, -1])
@pytest.mark.parametrize("arithmetic", ["fp16", "bf16/fused", "fp64:fp16", "fp64", "fp64:fp8_e5m2/accumulate-fp32"])
def test_states_that_overflow_to_infinity_are_checked(arithmetic: str, start: int) -> None:
    """Story: the checker refused every point at −∞ ("the format fp16 has no -inf"), as `-math.inf is not -math.inf`;
    and with weights in fp64 it made a float of a whole number beyond all floats.
    """
    network = doubling(start)
    answer = ex.verify(network, ex.realise(network, arithmetic).minimal(), arithmetic=arithmetic)
    assert isinstance(answer, ex.Equivalent)
    assert answer.checked.by


def test_numbers_that_shrink_beyond_machine_integers_are_followed() -> None:
    """Story: (−1/2)ᵏ with inputs that are all zero ended in OverflowError, since only products were bounded."""
    readout = single_block(rationals([[1], [-1]]), np.array([[0, 1]]), 2)
    layer = Layer(DiagonalTransition(rationals([["-1/2"]])), rationals([[[0]]]), rationals([[1]]), readout)
    answer = ex.verify(ex.Network(("a",), (layer,)), "re[a]:a(aa)*", max_states=5_000)
    assert isinstance(answer, ex.Equivalent)


def test_boxes_of_numbers_beyond_machine_integers() -> None:
    """Story: maps with numerators beyond 64 bits were told apart by `numpy.unique`, which ends in a TypeError there."""
    tiny = Fraction(1, 10**39)
    form = DiagonalTransition(rationals(np.array([[Fraction(1, 3)], [tiny]], dtype=object)))
    inputs = rationals(np.array([[[tiny]], [[Fraction(1)]]], dtype=object))
    readout = single_block(rationals([["0"], ["3/2"]]), np.array([[0, 1]] * 2), 2)
    network = ex.Network(("a", "b"), (Layer(form, inputs, rationals([[0]]), readout),))
    answer = ex.verify(network, "re[ab]:(a|b)*b")
    assert isinstance(answer, ex.Equivalent)


@pytest.mark.parametrize(
    ("wrapping", "remedy"), [("int8", "int8+sat"), ("uint3+wrap", "uint3+sat"), ("q2.2+wrap", "q2.2")]
)
def test_the_cast_that_is_recommended_exists(wrapping: str, remedy: str) -> None:
    """Story: for `q2.2+wrap` the error recommended `q2.2+wrap+sat`, which is no format."""
    with pytest.raises(ex.FormatError, match=rf"such as {remedy.replace('+', '[+]')}$"):
        ex.simulate(doubling(1), ["a"], f"{wrapping}/exact-then-cast")
    assert ex.simulate(doubling(1), ["a"], f"{remedy}/exact-then-cast").shape == (1, 1)


def test_a_letter_without_a_name_is_no_letter() -> None:
    """Story: the checker accepted letters named "", which no language of the library has."""
    data = copy.deepcopy(forgeries.originals("impossible")[0])
    data["automaton"]["letters"] = [""]
    with pytest.raises(Rejected, match="without a name"):
        check(data)
