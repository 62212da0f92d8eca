"""Decisions: what holds is proved, what fails is refuted by a shortest word, and budgets are honest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.exact import rationals
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.strategies import automata, permutation_automata
from expressivity.verification import verify as verifying
from expressivity.verification.answers import CHECKER, UNCHECKED
from expressivity.verification.verify import check_certificate
from oracles.networks import contracting


@cache
def compiled(name: str) -> tuple[ex.Automaton, ex.Network]:
    """A language with its network: examples of one property share it."""
    language = ex.language(name)
    return language, ex.compile(language, "deltaproduct")


@given(automata())
def test_dense_networks_are_certified(automaton: ex.Automaton) -> None:
    answer = ex.verify(ex.compile(automaton, "dense"), automaton)
    assert isinstance(answer, ex.Equivalent)
    assert answer.boxes == automaton.minimal().states
    check_certificate(answer.certificate, language=automaton)


@given(permutation_automata())
def test_group_networks_are_certified(automaton: ex.Automaton) -> None:
    network = ex.compile(automaton, "deltaproduct")
    ex.assert_verified(network, automaton)


@given(automata(letters=(2, 2)), automata(letters=(2, 2)))
def test_the_word_is_a_shortest_one(first: ex.Automaton, second: ex.Automaton) -> None:
    answer = ex.verify(ex.compile(first, "dense"), second)
    wanted = first.counterexample(second)
    if wanted is None:
        assert isinstance(answer, ex.Equivalent)
    else:
        assert isinstance(answer, ex.Counterexample)
        assert len(answer.word) == len(wanted)
        assert first.accepts(answer.word) == answer.network_accepts != second.accepts(answer.word)
        assert "the network says" in check_certificate(answer.certificate)


@pytest.mark.parametrize("name", ["S3", "mod5", pytest.param("S5-transpositions", marks=pytest.mark.slow)])
@given(st.data())
def test_any_changed_weight_is_found_or_harmless(name: str, data: st.DataObject) -> None:
    """A changed β is reported by a word that a brute-force search over shorter words cannot beat."""
    language, network = compiled(name)
    layer = network.layers[0]
    assert isinstance(layer.transition, HouseholderTransition)
    betas = layer.transition.betas.fractions()
    at = data.draw(st.tuples(*(st.integers(0, n - 1) for n in betas.shape)))
    betas[at] = data.draw(st.sampled_from([0, 1, Fraction(3, 2), 2]))
    try:
        changed = replace(layer, transition=HouseholderTransition(layer.transition.keys, rationals(betas)))
    except ex.NetworkError:
        return  # β ≠ 0 on a padding key, which has no direction
    broken = replace(network, layers=(changed,))
    answer = ex.verify(broken, language, max_states=3_000)
    if isinstance(answer, ex.Counterexample):
        check_certificate(answer.certificate, network=broken, language=language)
        for length in range(min(len(answer.word), 5)):
            for word in islice(product(language.letters, repeat=length), 12):
                shorter = answer.certificate.data | {"word": list(word)}
                with pytest.raises(checker.Rejected, match="agree on the word"):
                    checker.check(shorter)
    elif isinstance(answer, ex.Equivalent):
        check_certificate(answer.certificate, network=broken, language=language)


def test_a_wrong_reflection_is_found_by_a_shortest_word() -> None:
    network = ex.compile("re:(aa)*", "deltanet-signed")
    layer = network.layers[0]
    assert isinstance(layer.transition, HouseholderTransition)
    weaker = replace(layer, transition=HouseholderTransition(layer.transition.keys, rationals([[Fraction(3, 2)]])))
    answer = ex.verify(replace(network, layers=(weaker,)), "re:(aa)*")
    assert isinstance(answer, ex.Counterexample)
    assert answer.word == ("a",) * 4  # 0, 1, 1/2 (a tie, decoded as 0), 3/4, 5/8: nearer to 1 when it should be 0
    wrong = ex.verify(network, "re:(aaa)*")
    assert isinstance(wrong, ex.Counterexample)
    assert wrong.word == ("a", "a")


def test_a_wrong_verdict_on_the_empty_word_is_found() -> None:
    network = replace(ex.compile("re:(aa)*", "deltanet-signed"), accepts_empty=False)
    answer = ex.verify(network, "re:(aa)*")
    assert isinstance(answer, ex.Counterexample)
    assert answer.word == ()


def test_float_rotations_are_not_mistaken_for_exact_ones() -> None:
    """Cos and sin rounded to float64 are other numbers: no closed set of states, no proof, and the tool says so."""
    exact = ex.compile("mod5", "deltaproduct")
    layer = exact.layers[0]
    assert isinstance(layer.transition, HouseholderTransition)
    keys = rationals(layer.transition.keys.to_float())
    rounded = replace(layer, transition=HouseholderTransition(keys, layer.transition.betas))
    answer = ex.verify(replace(exact, layers=(rounded,)), "mod5", max_states=200)
    assert isinstance(answer, ex.Undecided)
    assert answer.proved_length >= 190
    assert isinstance(ex.verify(exact, "mod5"), ex.Equivalent)


def test_running_out_of_budget_is_an_answer() -> None:
    answer = ex.verify(contracting(), "re[ab]:(a|b)*b", max_states=400)
    assert isinstance(answer, ex.Undecided)
    assert answer.proved_length == 8  # words up to length n reach 2ⁿ states, and 2⁹ > 400
    assert "max_states=400" in answer.budget


def test_boxes_prove_what_no_finite_set_of_points_can() -> None:
    answer = ex.verify(contracting(), "re[ab]:(a|b)*b")
    assert isinstance(answer, ex.Equivalent)
    assert "boxes of states" in answer.statement
    check_certificate(answer.certificate, network=contracting(), language="re[ab]:(a|b)*b")


def test_bad_questions_are_refused() -> None:
    network = ex.compile("parity", "dense")
    with pytest.raises(ex.ExpressivityError, match="max_states=0 allows no state"):
        ex.verify(network, "parity", max_states=0)
    with pytest.raises(ex.ExpressivityError, match="did you mean bf16"):
        ex.verify(network, "parity", arithmetic="bf17")
    with pytest.raises(ex.LanguageError, match=r"the network reads \['1'\] and the language \['a'\]"):
        ex.verify(network, "re:a*")


@pytest.mark.parametrize(
    "ask",
    [
        lambda network: ex.verify(network, "parity"),
        lambda network: ex.assert_verified(network, "parity"),
        lambda network: ex.realise(network),
        lambda network: ex.horizons("parity", network=network),
        lambda network: ex.period(network, "1", "exact"),
        lambda network: ex.trace(network, "1"),
        lambda network: ex.simulate(network, ["1"], "bf16/per-operation/stochastic"),
        lambda network: ex.simulate(network, ["1"], "bf16"),
    ],
)
def test_the_name_of_a_file_is_no_network(ask: Callable[[Any], Any], request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--shapes"):
        pytest.skip("the shape checks refuse what is no network before the library sees it")
    for name in ("net.safetensors", Path("net.safetensors")):
        with pytest.raises(ex.NetworkError, match=r"'net.safetensors' is a name.*ex.Network.load\('net.safetensors'\)"):
            ask(name)
    with pytest.raises(ex.NetworkError, match="3 is no network"):
        ask(3)


def test_letters_are_matched_by_name(tmp_path: Path) -> None:
    swapped = ex.language("re[ba]:a*b*")
    assert swapped.letters == ("b", "a")
    assert isinstance(ex.verify(ex.compile("re[ab]:a*b*", "dense"), swapped), ex.Equivalent)


def test_an_answer_says_who_checked_it() -> None:
    language, network = compiled("S3")
    answer = ex.verify(network, language)
    assert isinstance(answer, ex.Equivalent)
    assert answer.checked.by == CHECKER
    assert answer.checked.said == check_certificate(answer.certificate, network=network, language=language)
    assert answer.told().details[-1] == "the certificate passed the independent checker"
    unseen = ex.verify(network, language, check=False)
    assert unseen == replace(answer, checked=UNCHECKED)
    assert "check=False" in unseen.told().details[-1]
    assert unseen.to_json()["checked"] is False


def test_a_certificate_that_nobody_wanted_to_wait_for_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(checker, "check", interrupt)
    answer = ex.verify(compiled("S3")[1], "S3")
    assert isinstance(answer, ex.Equivalent)
    assert (answer.checked.by, answer.checked.said) == ("", "it was interrupted by Ctrl-C")


@pytest.mark.parametrize("language", ["S3", "re[ab]:(a|b)*b"])
def test_what_the_checker_rejects_is_no_answer_but_a_defect(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """Planted: a search that claims too small an invariant, or that finds a word which does not fail."""
    network = compiled(language)[1] if language == "S3" else contracting()
    asked = language if language == "S3" else "re[ab]:(a|b)*a"
    told = verifying._answer

    def lie(*found: object) -> object:
        answer = told(*found)
        data = dict(answer.certificate.data)
        if isinstance(answer, ex.Equivalent):
            data["invariant"] = data["invariant"][:-1]
        else:
            data["word"] = []
        return replace(answer, certificate=ex.Certificate(data))

    monkeypatch.setattr(verifying, "_answer", lie)
    with pytest.raises(ex.DefectError, match=r"does not accept what the search found.*please report it"):
        ex.verify(network, asked)
    assert not isinstance(ex.verify(network, asked, check=False), ex.Undecided)


def test_no_answer_has_a_truth_value() -> None:
    language, network = compiled("S3")
    wrong = ex.verify(network, language.complement())
    for answer in (ex.verify(network, language), wrong, ex.verify(network, language, max_states=2)):
        with pytest.raises(TypeError, match=r"this is \w+.*isinstance\(answer, ex.Equivalent\).*ex.assert_verified"):
            bool(answer)
    theorem = ex.refute("mamba", "parity")
    assert isinstance(theorem, ex.Impossible)
    with pytest.raises(TypeError, match=r"isinstance\(answer, ex.Impossible\)"):
        assert theorem
