"""The app's controls: what they mean, how a run is laid out, how weights are written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.exact import rationals
from expressivity.playground.app import controls, questions
from expressivity.playground.app.weights import hidden_rows, symbol_names, weight_rows
from expressivity.playground.app.worker import Worker


@dataclass
class File:
    name: str
    contents: bytes


def test_the_language_in_front_counts() -> None:
    files = [File("old.att", b""), File("my language.json", b"{}")]
    assert controls.language_choice(controls.ZOO, "mod3", "(ab)*", files).spec == "mod3"
    assert controls.language_choice(controls.TYPED, "mod3", "(ab)*", files).spec == "re:(ab)*"
    uploaded = controls.language_choice(controls.FILE, "mod3", "(ab)*", files)
    assert (uploaded.spec, uploaded.stem) == ("my language.json", "my-language")
    assert controls.language_choice("", None, "", []).spec == "parity"


def test_a_missing_file_is_asked_for() -> None:
    with pytest.raises(ex.LanguageError, match="no file is chosen yet"):
        controls.read_choice(controls.language_choice(controls.FILE, None, "", []))


@given(st.text(max_size=60))
def test_names_of_files_are_harmless(text: str) -> None:
    stem = controls.LanguageChoice(controls.TYPED, text).stem
    assert stem
    assert len(stem) <= 40
    assert not set(stem) & set("/\\:*?\"<>| .'")


def test_a_desk_gives_answers_or_reasons_and_passes_over_what_is_missing() -> None:
    with Worker() as worker:
        desk = controls.Desk(worker, 60)
        automaton, problem = desk.ask(questions.read_typed, "(ab)*")
        assert problem is None
        assert automaton.states == 3
        nothing, problem = desk.ask(questions.read_typed, "(ab")
        assert nothing is None
        assert problem is not None
        assert "never closed" in problem.text
        assert desk.ask(questions.build, None, "mamba") == (None, None)


def test_the_first_problem_is_told() -> None:
    problems = [None, controls.Callout("warn", "first"), controls.Callout("warn", "second")]
    told = controls.told_of(problems, None, "mamba", None)
    assert told.text == "first"
    assert controls.told_of([], None, "mamba", None).kind == "neutral"


WRITTEN = {
    ("parity", "deltanet-signed"): "β = 2, k ∝ (1)",
    ("parity", "mamba-signed"): "Diag(−1)",
    ("mod3", "complex-diagonal"): "Diag(−1/2 + ≈0.866i)",
    ("parity", "dense"): "rows (0, 1) (1, 0)",
    ("parity", "pd-ssm"): "Diag(1, 1), then coordinates to (1, 0)",
    ("parity", "rwkv7-signed"): "w = (1), κ ∝ (1), a = (2)",
}


@pytest.mark.parametrize(("language", "family"), sorted(WRITTEN))
def test_weights_are_written_in_the_notation_of_the_family(language: str, family: str) -> None:
    network = ex.compile(language, family)
    assert network.layers[0].transition.shown(0) == WRITTEN[language, family]


@pytest.mark.parametrize("family", sorted(ex.FAMILIES))
def test_every_form_of_weights_has_a_row_per_letter(family: str) -> None:
    network = ex.compile("flip-flop", family)
    rows = weight_rows(network, most=10_000)
    assert len(rows) == sum(layer.letters for layer in network.layers)
    assert hidden_rows(network, most=10_000) == 0
    few = weight_rows(network, most=1)
    assert len(few) + hidden_rows(network, most=1) == len(rows)
    for number, layer in enumerate(network.layers):
        assert len(symbol_names(network, number)) == layer.letters


def test_fractions_stay_fractions() -> None:
    network = ex.compile("parity", "deltanet-signed")
    layer = network.layers[0]
    third = replace(layer.transition, betas=rationals(np.array([[Fraction(1, 3)]], dtype=object)))
    assert third.shown(0) == "β = 1/3, k ∝ (1)"


def test_a_picture_that_is_missing_is_accounted_for() -> None:
    problem = controls.Callout("warn", "no answer within 5 seconds")
    assert controls.boxes_told(None, problem) == controls.realised_told(None, problem) == problem.text
    assert "more than 500 elements" in controls.boxes_told(500, None)
    assert controls.automata(questions.read_typed("mod5"), None, None) is None
