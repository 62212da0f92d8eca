"""Runs letter by letter: which word is run, how it is typed, and how the run is laid out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.exact import rationals
from expressivity.playground.app import questions, runs
from oracles.effort import some


@given(st.data(), st.lists(st.text("ab(1),", min_size=1, max_size=4), min_size=1, unique=True))
def test_a_word_is_read_as_it_is_typed(data: st.DataObject, names: list[str]) -> None:
    letters = tuple(names)
    word = tuple(data.draw(st.lists(st.sampled_from(letters))))
    assert runs.read_word(f" {'  '.join(word)} ", letters) == word
    if all(len(letter) == 1 for letter in letters):
        assert runs.read_word("".join(word), letters) == word


def test_what_is_no_letter_is_named() -> None:
    with pytest.raises(ex.LanguageError, match="'2' is no letter of this language; type letters out of 0 1, one after"):
        runs.read_word("012", ("0", "1"))
    with pytest.raises(ex.LanguageError, match="separated by blanks"):
        runs.read_word("(12)(123)", ("(12)", "(123)"))


def test_what_is_typed_comes_before_the_other_word() -> None:
    network, parity = ex.compile("parity", "deltanet-signed"), ex.language("parity")
    assert runs.run_typed(network, parity, " 11 ", ("1",), "exact").run.word == ("1", "1")
    assert runs.run_typed(network, parity, "  ", ("1",) * 3, "bf16").run.word == ("1",) * 3


def test_a_word_too_long_to_show_is_refused() -> None:
    network, parity = ex.compile("parity", "deltanet-signed"), ex.language("parity")
    with pytest.raises(ex.LanguageError, match="2,001 letters"):
        runs.run_typed(network, parity, "1" * 2001, (), "exact")


def test_the_first_word_is_the_failing_one_and_what_is_run_is_told() -> None:
    mod5 = questions.read_typed("mod5")
    network = questions.build(mod5, "deltaproduct").network
    assert network is not None
    failing = questions.decide(network, mod5, "fp8_e4m3fn")
    assert runs.first_word(mod5, failing) == ("1",) * 11
    assert "the failing word of the verdict, `11111111111`." in runs.words_told("", mod5, failing)
    assert runs.words_told("1", mod5, failing) == "Letters: `1`, one after the other."
    assert runs.first_word(mod5, None) == ("1",) * 10
    assert "a short word, `1111111111`." in runs.words_told("", mod5, None)
    symmetric = questions.read_typed("S5-transpositions")
    assert runs.first_word(questions.read_typed("S3"), None) == ("e", "e")
    assert "separated by blanks" in runs.words_told("", symmetric, None)
    assert runs.first_word(None, None) == ()
    assert runs.words_told("", None, None) == ""


def test_a_network_wrong_on_the_empty_word_is_run_on_it() -> None:
    parity = questions.read_typed("parity")
    odd = ex.compile(parity.complement(), "deltanet-signed")
    decision = questions.decide(odd, parity, "exact")
    assert runs.first_word(parity, decision) == ()
    assert "the failing word of the verdict, the empty word." in runs.words_told("", parity, decision)


def test_a_planted_wrong_weight_shows_as_wrong_in_the_run() -> None:
    network, parity = ex.compile("parity", "deltanet-signed"), ex.language("parity")
    layer = network.layers[0]
    wrong = replace(layer, transition=replace(layer.transition, betas=rationals(np.array([[1.5]]))))
    rows = runs.trace_rows(runs.run_typed(replace(network, layers=(wrong,)), parity, "1" * 8, (), "exact").run, parity)
    assert "✗ wrong" in [row[""] for row in rows]
    assert [row[""] for row in runs.trace_rows(runs.run_typed(network, parity, "1" * 8, (), "exact").run, parity)] == [
        "✓"
    ] * 9


@given(st.integers(0, 120), st.sampled_from(["exact", "fp8_e4m3fn", "bf16/fused"]))
@some
def test_a_long_run_shows_its_ends_and_its_first_error(length: int, arithmetic: str) -> None:
    network, mod5 = ex.compile("mod5", "deltaproduct"), ex.language("mod5")
    run = runs.run_typed(network, mod5, "1" * length, (), arithmetic).run
    rows = runs.trace_rows(run, mod5)
    steps = [int(str(row["t"])) for row in rows]
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, length)
    assert len(rows) <= 24
    error = runs.first_error(run, mod5)
    assert error == (11 if arithmetic == "fp8_e4m3fn" and length >= 11 else None)
    assert error is None or rows[steps.index(error)][""] == "✗ wrong"
    for row in rows:
        assert row["language"] == ("in" if int(str(row["t"])) % 5 == 0 else "not in")


def test_figures_mark_the_first_error() -> None:
    pytest.importorskip("matplotlib", reason="figures need Matplotlib")
    mod5 = questions.read_typed("mod5")
    network = questions.build(mod5, "deltaproduct").network
    assert network is not None
    run = runs.run_typed(network, mod5, "1" * 12, (), "fp8_e4m3fn")
    texts = [text.get_text() for axes in runs.run_figure(run, mod5).axes for text in axes.texts]
    assert any("t = 11" in text for text in texts)
    assert runs.run_figure(None, mod5) is None
