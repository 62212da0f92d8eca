"""Long words: what they find is the first failing prefix, and the same every time."""

from __future__ import annotations

import numpy as np

from expressivity.constructions.compiler import compile as compile_network
from expressivity.experiments.horizons.probes import automaton_verdicts, first_failure, probe_words
from expressivity.languages import language


def test_words_are_powers_and_seeded_random_words() -> None:
    words = probe_words(2, length=50, seed=3)
    assert words.shape == (4 + 4, 50)
    assert {tuple(row[:4]) for row in words[:4].tolist()} == {(0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 0, 1), (1, 0, 1, 0)}
    assert np.array_equal(words, probe_words(2, length=50, seed=3))
    assert not np.array_equal(words, probe_words(2, length=50, seed=4))
    assert np.array_equal(words[:4], probe_words(2, length=50, seed=4)[:4])
    assert probe_words(1, length=5, seed=0).tolist() == [[0] * 5]
    assert len(probe_words(120, length=5, seed=0)) == 40


def test_the_verdicts_are_the_automaton_s() -> None:
    automaton = language("S3-transpositions").minimal()
    words = probe_words(2, length=20, seed=0)
    verdicts = automaton_verdicts(automaton, words)
    for word, row in zip(words, verdicts, strict=True):
        for length in (1, 2, 7, 20):
            assert row[length - 1] == automaton.accepts_encoded(word[:length])


def test_the_first_failing_prefix_is_found() -> None:
    network = compile_network("mod5", "deltaproduct")
    automaton = language("mod5").minimal()
    # The breadth-first search says 11 as well (see the README).
    assert first_failure(network, automaton, "fp8_e4m3fn", length=200, seed=0) == ("1",) * 11
    assert first_failure(network, automaton, "fp8_e4m3fn", length=10, seed=0) is None
    # A planted wrong language: the empty word apart, the first letter tells.
    other = language("mod5").complement().minimal()
    assert first_failure(network, other.with_letters(network.letters), "bf16", length=9, seed=0) == ("1",)
