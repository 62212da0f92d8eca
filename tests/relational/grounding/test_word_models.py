"""Words: templates of automata and of compiled networks against `Network.run`, letter for letter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.automaton import Automaton
from expressivity.errors import TemplateError
from expressivity.relational.grounding.word_models import automaton_template, network_template, run_template
from expressivity.relational.language.rules import exact_value
from expressivity.strategies import automata
from oracles.effort import few

pytest.importorskip("clingo", reason="grounding needs clingo")

COMPILED = [
    ("parity", "deltanet-signed", 1),
    ("S5-transpositions", "deltaproduct", 1),
    ("mod3-with-reset", "deltaproduct", 1),
    ("flip-flop", "mamba", 1),
    ("a-star-b-star", "mamba", 2),
    ("S4", "pd-ssm", 1),
    ("S3", "deltanet-signed", 2),
]


def some_words(letters, seed, *, count=6, longest=12):
    rng = np.random.default_rng(seed)
    return [[letters[i] for i in rng.integers(0, len(letters), size=rng.integers(0, longest))] for _ in range(count)]


@pytest.mark.parametrize(("language", "family", "layers"), COMPILED)
def test_a_compiled_network_is_a_template(language, family, layers) -> None:
    network = ex.compile(language, into=family)
    assert len(network.layers) == layers
    words = some_words(network.letters, 1, count=12)
    template = network_template(network)
    found = run_template(template, words, network.letters, bos=network.bos)
    assert np.array_equal(found, network.run(words))


@few
@given(automata(states=(1, 5)), st.integers(0, 10**6))
def test_an_automaton_is_a_template(automaton: Automaton, seed) -> None:
    words = some_words(automaton.letters, seed)
    found = run_template(automaton_template(automaton), words, automaton.letters)
    for word, flags in zip(words, found, strict=True):
        assert flags[: len(word)].tolist() == [automaton.accepts(word[: t + 1]) for t in range(len(word))]


def test_a_weight_that_differs_is_found() -> None:
    network = ex.compile("mod3-with-reset", into="deltaproduct")
    words = some_words(network.letters, 2)
    template = network_template(network)
    matrix = template.weights["A0_0"].value
    assert isinstance(matrix, tuple)
    faulty = template.with_weights({"A0_0": exact_value(np.eye(len(matrix), dtype=int).tolist())})
    assert not np.array_equal(run_template(faulty, words, network.letters, bos=network.bos), network.run(words))


def test_irrational_weights_are_refused() -> None:
    network = ex.compile("D5", into="deltaproduct")
    with pytest.raises(TemplateError, match="a weight is irrational; templates take rationals"):
        network_template(network)
