"""What the app says: every kind of answer in words that carry its numbers, and nothing that markup could spoil."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.automaton import Automaton
from expressivity.networks.families import FAMILIES
from expressivity.playground.app import questions
from expressivity.playground.app.controls import FORMATS, ORDERS, ROUNDINGS, arithmetic_of
from expressivity.playground.app.sentences import (
    algebra_rows,
    arithmetic_sentence,
    commands,
    family_sentence,
    shortest_words,
    tell_answer,
    tell_error,
    tell_refusal,
    tell_search,
    tell_theorem,
)
from expressivity.playground.app.worker import TookTooLong
from expressivity.strategies import automata
from expressivity.verification.answers import Answer


def decided(language: str, family: str, arithmetic: str, **budget: int) -> Answer:
    automaton = questions.read_typed(language)
    network = questions.build(automaton, family).network
    assert network is not None
    return questions.decide(network, automaton, arithmetic, **budget)


def test_a_proof_says_that_the_checker_accepts_it() -> None:
    told = tell_answer(decided("parity", "deltanet-signed", "bf16"))
    assert told.kind == "success"
    assert told.text.startswith("**EQUIVALENT for all lengths, in bf16 arithmetic**")
    assert "the certificate passed the independent checker" in told.text


def test_a_failure_says_where_and_how() -> None:
    told = tell_answer(decided("mod5", "deltaproduct", "fp8_e4m3fn"))
    assert told.kind == "danger"
    assert "by a shortest word, of length 11" in told.text
    assert "11111111111\n\nthe network accepts it, but it is not in the language" in told.text


def test_an_exhausted_budget_claims_nothing_more() -> None:
    told = tell_answer(decided("S5-transpositions", "deltanet-signed", "bf16", max_states=500))
    assert told.kind == "warn"
    assert "UNDECIDED: the budget ended (max&#95;states=500)" in told.text


def test_refusals_tell_theorems_from_gaps() -> None:
    parity, s3 = questions.read_typed("parity"), questions.read_typed("S3")
    theorem = tell_refusal(questions.build(parity, "mamba"), "mamba")
    assert theorem.kind == "danger"
    assert "that is a theorem" in theorem.text
    gap = tell_refusal(questions.build(s3, "rwkv7-signed"), "rwkv7-signed")
    assert gap.kind == "warn"
    assert "no theorem here forbids one" in gap.text
    assert "flip-flops" in gap.details


def test_a_theorem_lists_its_hypotheses_and_its_words() -> None:
    found = ex.refute("mamba", "parity", arithmetic="bf16")
    assert isinstance(found, ex.Impossible)
    told = tell_theorem(found)
    assert told.details.count("\n- ") == len(found.hypotheses) == 6
    assert "told apart by the language: the empty word &#124; 1" in told.details


def test_a_search_is_told_in_all_three_ways() -> None:
    parity = questions.read_typed("parity")
    assert tell_search(questions.search(parity, "deltanet", "bf16")[0]).kind == "success"
    assert tell_search(questions.search(parity, "deltanet", "exact")[0]).kind == "danger"
    assert tell_search(questions.search(questions.read_typed("mod3"), "deltanet", "uint8")[0]).kind == "warn"


def test_errors_become_sentences() -> None:
    assert "allow more time" in tell_error(TookTooLong("no answer within 2 seconds, so the work was ended")).text
    told = tell_error(ex.LanguageError("'<b>*' is no letter"))
    assert told.kind == "warn"
    assert "<b>" not in told.text


@given(automata(letters="ab"), st.integers(1, 6))
def test_the_words_shown_are_the_first_of_the_language(automaton: Automaton, count: int) -> None:
    words = shortest_words(automaton, count)
    assert all(automaton.accepts(word) for word in words)
    every = [
        word
        for length in range(6)
        for number in range(2**length)
        if automaton.accepts(
            word := tuple("ab"[int(bit)] for bit in f"{number:0{length}b}"[: length or None] if length)
        )
    ]
    shorter = [word for word in words if len(word) < 6]
    assert shorter == every[: len(shorter)]
    assert len(shorter) == min(count, len(every)) or len(shorter) == len(words) == count


def test_a_language_without_words_shows_none() -> None:
    assert shortest_words(Automaton.from_table(np.zeros((1, 1), dtype=np.int32), accepting=[]), 3) == []


def test_the_algebra_of_parity_and_of_a_star_free_language() -> None:
    facts = {str(row["fact"]): row["here"] for row in algebra_rows(ex.describe("parity"))}
    assert facts["groups in it"] == "C2"
    assert facts["star-free (no groups)"] == "no"
    facts = {str(row["fact"]): row["here"] for row in algebra_rows(ex.describe("tomita-7"))}
    assert facts["groups in it"] == "none but trivial ones"
    assert facts["star-free (no groups)"] == "yes"


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_has_its_sentence(family: str) -> None:
    assert family_sentence(family).startswith(f"**{family}**: A(x) is ")


def test_every_arithmetic_offered_is_one_and_has_its_sentence() -> None:
    for number_format, order, rounding in product(FORMATS, ORDERS, ROUNDINGS):
        arithmetic = arithmetic_of(number_format, order, rounding)
        ex.parse_arithmetic(arithmetic)
        sentence = arithmetic_sentence(arithmetic)
        assert sentence.endswith(".")
        assert number_format == "exact" or rounding in sentence


def test_the_commands_shown_ask_the_same_question() -> None:
    network = ex.compile("parity", "deltanet-signed")
    text = commands("re:(a b)*", "mamba", "bf16", options={"key": "dyadic", "factors": None}, network=network)
    assert text.splitlines() == [
        "expressivity compile 're:(a b)*' --into mamba --key dyadic -o network.safetensors",
        "expressivity verify network.safetensors 're:(a b)*' --arithmetic bf16 -o certificate.json",
    ]
    assert commands("parity", "mamba", "exact", options={}, network=None) == (
        "expressivity refute mamba parity --arithmetic exact"
    )
