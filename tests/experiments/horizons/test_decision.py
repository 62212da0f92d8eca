"""Horizons: proved, falsified by confirmed words, or open with bounds; never a crash."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expressivity.automaton import Automaton
from expressivity.errors import FormatError
from expressivity.experiments.horizons import decision as module
from expressivity.experiments.horizons.decision import find_horizon
from expressivity.experiments.horizons.jobs import FINITE, INFINITE, NOT_RUN, UNDECIDED, Job, subject
from expressivity.experiments.horizons.probes import automaton_verdicts
from expressivity.experiments.horizons.subject_networks import automaton_of, subject_network
from expressivity.simulation.simulate import simulate
from expressivity.verification.answers import Check, Undecided
from expressivity.verification.verify import verify

BOTH = ("certificate checker", "scalar loop")


def answer(name, family, arithmetic, **options):
    form, _, order = arithmetic.partition("/")
    budget = {each: options.pop(each) for each in ("max_states", "probe_letters", "seed") if each in options}
    return find_horizon(Job(subject(name, family, **options), form, order or "per-operation", **budget))


@pytest.mark.parametrize("arithmetic", ["fp64", "bf16/fused", "fp4_e2m1/accumulate-fp32", "bf16:fp32"])
def test_parity_is_right_for_ever(arithmetic) -> None:
    found = answer("parity", "deltanet-signed", arithmetic)
    assert found.answer == INFINITE
    assert found.confirmed_by == ("certificate checker",)
    assert found.because.startswith("proved for all lengths")
    assert (found.horizon, found.word, found.states) == (None, None, 2)
    assert len(found.network) == 64


def test_dyadic_keys_never_fail_and_swap_keys_do() -> None:
    # Theory: swap keys with integers read coordinate by coordinate, fp8 throughout: wrong after 5 letters (S_3)
    # and 28 (S_5) of a random word; these are the shortest words.
    for group, measured in (("S3-transpositions", 5), ("S5-transpositions", 28)):
        swap = answer(group, "deltanet-signed", "fp8_e4m3fn", read_out="per-coordinate")
        assert swap.answer == FINITE
        assert swap.horizon is not None
        assert swap.horizon <= measured
        assert swap.confirmed_by == BOTH
        dyadic = answer(group, "deltanet-signed", "fp8_e4m3fn", key="dyadic")
        assert dyadic.answer == INFINITE


@pytest.mark.parametrize(
    ("group", "letters", "measured"),
    [
        ("S3-transpositions", ["(12)", "(23)"], 3263),
        ("S5-transpositions", ["(12)", "(23)", "(34)", "(45)"], 2641),
    ],
)
def test_random_words_fail_about_where_theory_measured(group, letters, measured) -> None:
    # Keys in bf16 and state in fp32, integers read coordinate by coordinate, neighbouring transpositions at random.
    network = subject_network(subject(group, "deltanet-signed", read_out="per-coordinate"))
    automaton = automaton_of(subject(group, "deltanet-signed")).with_letters(network.letters)
    numbers = np.array([network.letters.index(letter) for letter in letters])
    words = numbers[np.random.default_rng(0).integers(len(numbers), size=(20, 4000))]
    wrong = simulate(network, words, "bf16:fp32", engine="compiled") != automaton_verdicts(automaton, words)
    assert wrong.any(axis=1).all()
    first = wrong.argmax(axis=1) + 1
    assert 0.8 * measured < first.min() <= measured < first.max() < 1.5 * measured


def test_an_undecided_search_gets_an_upper_bound() -> None:
    # Theory: keys in bf16, state in fp32: first wrong after 2,641 letters of a random word.
    options = {"read_out": "per-coordinate", "max_states": 1000}
    found = answer("S5-transpositions", "deltanet-signed", "bf16:fp32", probe_letters=700, **options)
    assert found.answer == UNDECIDED
    assert found.horizon is None
    assert found.proved_length is not None
    assert found.upper_bound is not None
    assert found.proved_length < found.upper_bound <= 2641
    assert found.word is not None
    assert len(found.word) == found.upper_bound
    assert found.confirmed_by == BOTH
    assert found.budget == "max_states=1000"
    without = answer("S5-transpositions", "deltanet-signed", "bf16:fp32", probe_letters=0, **options)
    assert (without.answer, without.upper_bound, without.word) == (UNDECIDED, None, None)


def test_over_one_letter_a_long_word_decides() -> None:
    # Too small a budget for the search; the only word of each length is run instead.
    searched = answer("mod5", "deltaproduct", "fp8_e4m3fn")
    probed = answer("mod5", "deltaproduct", "fp8_e4m3fn", max_states=5, probe_letters=1000)
    assert searched.answer == probed.answer == FINITE
    assert searched.horizon == probed.horizon == 11
    assert searched.word == probed.word
    assert probed.confirmed_by == BOTH


def test_what_cannot_be_run_says_why() -> None:
    unknown = answer("parity", "deltanet-signed", "bf16/backwards")
    assert unknown.answer == NOT_RUN
    assert "unknown order 'backwards'" in unknown.because
    forbidden = answer("parity", "mamba", "bf16")
    assert forbidden.answer == NOT_RUN
    assert "he syntactic monoid has the subgroup C2" in forbidden.because
    uncovered = answer("mod3-with-reset", "gated-deltanet", "bf16", read_out="per-coordinate")
    assert "covers one layer" in uncovered.because
    misnamed = answer("mod3", "deltaproduct", "bf16", construction="scalar parity")
    assert "covers only two states permuted by every letter" in misnamed.because


def test_an_order_that_is_decided_but_not_run_never_crashes(monkeypatch) -> None:
    def refuse(*_, **__):
        raise FormatError("no such order here")

    monkeypatch.setattr(module, "first_failure", refuse)
    found = answer("S3-transpositions", "deltanet-signed", "bf16:fp32", max_states=50)
    assert (found.answer, found.upper_bound) == (UNDECIDED, None)
    monkeypatch.setattr(module, "verify", refuse)
    assert answer("parity", "deltanet-signed", "bf16").because == "no such order here"


def test_a_named_construction_is_the_one_built() -> None:
    assert "rotations" in subject_network(subject("mod3", "deltaproduct", construction="rotations")).about
    assert "permutations" in subject_network(subject("mod3", "deltaproduct", construction="permutations (T")).about
    limited = answer("mod3", "deltaproduct", "bf16", construction="rotations", factors=1)
    assert "needs 2 factors per letter" in limited.because
    limited = answer("mod3", "deltaproduct", "bf16", construction="two layers", layers=1)
    assert "needs 2 layers" in limited.because
    limited = answer("mod3", "deltaproduct", "bf16", construction="permutations by", key="swap")
    assert "has keys of kind dyadic" in limited.because


def test_a_job_is_a_pure_function() -> None:
    job = Job(subject("S3-transpositions", "deltanet-signed"), "bf16:fp32", "per-operation", 500, 2000, 7)
    assert find_horizon(job).without_time() == find_horizon(job).without_time()


def test_an_automaton_is_a_language_too() -> None:
    automaton = Automaton.from_table([[1, 2, 0]], accepting=[0])
    assert answer(automaton, "dense", "bf16").answer == INFINITE


def test_an_interrupted_search_leaves_no_answer(monkeypatch) -> None:
    monkeypatch.setattr(module, "verify", lambda *_, **__: Undecided(3, 10, "interrupted", "bf16"))
    with pytest.raises(KeyboardInterrupt):
        answer("parity", "deltanet-signed", "bf16")


def test_the_papers_own_order_has_horizons_too() -> None:
    right = answer("parity", "deltanet-signed", "bf16/exact-then-cast")
    assert (right.answer, right.confirmed_by) == (INFINITE, ("certificate checker",))
    wrong = answer("mod5", "deltaproduct", "fp8_e4m3fn/exact-then-cast", max_states=2_000)
    assert wrong.answer == FINITE
    assert wrong.confirmed_by == ("certificate checker",)
    chunked = answer("parity", "deltanet-signed", "bf16/chunked:3")
    assert chunked.answer == INFINITE


def test_what_the_checker_cannot_repeat_is_no_horizon(monkeypatch) -> None:
    long = Check("", "the run has 2000000 steps, and it re-runs at most 1000000")
    for name in ("parity", "mod3"):  # one right, one wrong
        network = subject_network(subject("parity", "deltanet-signed"))
        decided = verify(network, name, arithmetic="bf16")
        monkeypatch.setattr(module, "verify", lambda *_, found=decided, **__: replace(found, checked=long))
        found = answer("parity", "deltanet-signed", "bf16")
        assert (found.answer, found.horizon, found.confirmed_by) == (UNDECIDED, None, ())
        assert "not checked independently: the run has 2000000 steps" in found.because
