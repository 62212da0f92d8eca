"""The state before the step as a lower digit: infinitely many exact states, proved right by boxes."""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import expressivity as ex
from expressivity import checker
from expressivity.constructions.stacks.lower_digits import lower_digits
from expressivity.exact import rationals
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.strategies import aperiodic_automata
from expressivity.verification.boxes.invariant import prove_by_boxes
from oracles.effort import some

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "mlregtest"


def certificate(network: ex.Network, language: ex.Automaton, invariant: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "equivalent",
        "arithmetic": "exact",
        "network": network_to_json(network),
        "automaton": automaton_to_json(language),
        "invariant": invariant,
    }


def proved(network: ex.Network | None, language: ex.Automaton) -> list[dict[str, Any]]:
    assert network is not None
    assert FAMILIES["mamba"].problems(network) == ()
    assert not any(layer.delay for layer in network.layers)
    invariant = prove_by_boxes(network, language)
    assert invariant is not None
    assert "proved for all lengths" in checker.check(certificate(network, language, invariant))
    return invariant


@given(aperiodic_automata())
@some
def test_star_free_languages_need_no_convolution(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    proved(lower_digits(minimal), minimal)


@pytest.mark.parametrize("name", ["re[ab]:(a|b)*(ab|ba)", "dyck-1-depth-2", "dyck-1-depth-3", "repeat-01", "first"])
def test_known_languages(name: str) -> None:
    language = ex.language(name).minimal()
    proved(lower_digits(language), language)


def test_the_boxes_are_proper_and_points_do_not_close() -> None:
    language = ex.language("dyck-1-depth-3").minimal()
    network = lower_digits(language)
    assert network is not None
    assert any("lower" in part for entry in proved(network, language) for part in entry["layers"])
    states = {(Fraction(0),)}
    for layer in network.layers:
        transition = layer.transition
        assert isinstance(transition, DiagonalTransition)
        states |= {tuple(v) for v in transition.diagonal.fractions().tolist()}
    assert any(0 < value < 1 for row in states for value in row)


def test_a_dozen_languages_of_mlregtest() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared folder of languages is absent")
    names = [
        "04.03.TLT.2.1.0",
        "04.03.TLTT.2.3.1",
        "04.03.TSL.4.1.2",
        "04.04.LT.4.1.0",
        "04.04.PLT.2.2.0",
        "04.04.PT.2.1.1",
        "04.04.SF.0.0.1",
        "04.04.SL.4.1.1",
        "04.04.SP.2.1.1",
        "04.03.TSL.2.1.0",
        "04.04.SL.2.1.0",
        "04.04.PLT.2.2.1",
    ]
    for name in names:
        language = ex.language(str(SHARED / f"{name}.att")).minimal()
        proved(lower_digits(language), language)


def test_periodic_languages_are_left_alone() -> None:
    assert lower_digits(ex.language("parity").minimal()) is None


# Planted errors ------------------------------------------------------------------------------------------------------


def test_a_base_that_is_too_small_is_not_proved() -> None:
    """With h ← ¾h + r the intervals of the digits overlap."""
    language = ex.language("dyck-1-depth-3").minimal()
    network = lower_digits(language)
    assert network is not None
    layers = []
    for layer in network.layers:
        transition = layer.transition
        assert isinstance(transition, DiagonalTransition)
        entries = transition.diagonal.fractions()
        shrinking = np.vectorize(lambda v: 0 < v < 1)(entries)
        entries = np.where(shrinking, Fraction(3, 4), entries)
        layers.append(replace(layer, transition=DiagonalTransition(rationals(entries))))
    broken = replace(network, layers=tuple(layers))
    assert prove_by_boxes(broken, language) is None
    answer = ex.verify(broken, language, max_states=2_000)
    assert isinstance(answer, ex.Counterexample)


def test_a_shrunk_box_is_rejected_by_the_checker() -> None:
    language = ex.language("dyck-1-depth-3").minimal()
    network = lower_digits(language)
    assert network is not None
    data = certificate(network, language, proved(network, language))
    proper = [
        (number, place)
        for number, entry in enumerate(data["invariant"])
        for place, part in enumerate(entry["layers"])
        if "lower" in part
    ]
    for number, place in proper[:6]:
        broken = copy.deepcopy(data)
        box = broken["invariant"][number]["layers"][place]
        box["upper"] = list(box["lower"])
        with pytest.raises(checker.Rejected):
            checker.check(broken)
    assert proper
