from __future__ import annotations

import itertools
import sys
import types

import numpy as np
import pytest
from hypothesis import given

import expressivity as ex
from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.strategies import automata
from expressivity.testing import RecognitionError, assert_recognises

PARITY = Automaton.from_table([[1, 0]], accepting=[0], letters="1")
CONTAINS_AAB = Automaton.from_table([[1, 2, 2, 3], [0, 0, 3, 3]], accepting=[3])
BRACKETS = Automaton.from_table([[1, 2, 3, 3], [3, 0, 1, 3]], accepting=[0], letters="()")


class Runner:
    """A recogniser with the interface of a network, made of an automaton and a planted error."""

    def __init__(self, automaton, spoil=lambda words, flags: flags) -> None:
        self.automaton, self.spoil, self.calls = automaton, spoil, 0

    def run(self, words):
        self.calls += 1
        assert len({len(word) for word in words}) == 1
        assert len(words[0]) > 0
        return self.spoil(
            words, np.array([self.automaton.accepting[self.automaton.run(self.automaton.encode(w))[1:]] for w in words])
        )


class EmptyToo(Runner):
    def accepts(self, words):
        return [self.automaton.accepts(word) for word in words]


@given(automata())
def test_every_form_of_a_right_recogniser_passes(automaton) -> None:
    options = {"exhaustive_length": 2, "random_words": 12, "random_length": 20, "extra_states": 0}
    plain = assert_recognises(automaton.accepts, automaton, **options)
    assert assert_recognises(automaton, automaton, **options) == plain
    batch = assert_recognises(lambda words: [automaton.accepts(w) for w in words], automaton, batched=True, **options)
    assert batch == plain
    assert assert_recognises(EmptyToo(automaton), automaton, **options) == plain
    without_empty = assert_recognises(Runner(automaton), automaton, **options)
    assert not without_empty.empty_word
    assert without_empty.exhaustive_words == plain.exhaustive_words - 1


def test_the_report_counts_what_was_tried() -> None:
    asked = []
    report = assert_recognises(lambda w: asked.append(w) or CONTAINS_AAB.accepts(w), CONTAINS_AAB, random_words=100)
    assert report.exhaustive_length == 9
    assert report.exhaustive_words == 2**10 - 1
    assert report.random_words == 100
    assert set(asked[:1023]) == {"".join(w) for n in range(10) for w in itertools.product("ab", repeat=n)}
    assert max(map(len, asked)) == 300
    assert len(asked) == report.exhaustive_words + report.random_words + report.w_method_words
    assert report.extra_states == 7
    assert str(report) == (
        "agreed on all 1,023 words of up to 9 letters, 100 random words of up to 300 letters, "
        f"{report.w_method_words:,} longer W-method words for 7 extra states. This tests and does not prove: agreement "
        "is certain if the recogniser is a deterministic automaton of at most 11 states; use expressivity.verify to "
        "decide for words of all lengths."
    )


def test_a_planted_short_error_is_named_first_in_order() -> None:
    with pytest.raises(RecognitionError) as caught:
        assert_recognises(lambda word: CONTAINS_AAB.accepts(word) and word != "baab", CONTAINS_AAB)
    assert (caught.value.word, caught.value.expected, caught.value.observed) == ("baab", True, False)
    assert str(caught.value) == (
        "the recogniser disagrees with the language on 'baab' (4 letters; every shorter word was tried and none fails)"
        ": expected accept, observed reject.\nTried until then: 25 words in order of length.\n"
        "This tests and does not prove; use expressivity.verify to decide for words of all lengths."
    )


def test_a_planted_error_beyond_200_letters_is_found_and_shortened_to_its_boundary() -> None:
    for recogniser, batched in (
        (lambda word: PARITY.accepts(word) and len(word) < 201, False),
        (lambda words: [PARITY.accepts(word) and len(word) < 201 for word in words], True),
        (EmptyToo(PARITY, lambda words, flags: flags & (np.arange(flags.shape[1]) < 200)), False),
    ):
        with pytest.raises(RecognitionError, match="shortened from 300; no word of up to ") as caught:
            assert_recognises(recogniser, PARITY, exhaustive_length=10, batched=batched)
        assert caught.value.word == "1" * 202


def test_deep_brackets_need_walks_that_stay_open() -> None:
    """Fails after 41 opening brackets in all: independent letters reach the sink long before."""
    with pytest.raises(RecognitionError) as caught:
        assert_recognises(lambda word: BRACKETS.accepts(word) and word.count("(") <= 40, BRACKETS, extra_states=0)
    assert len(caught.value.word) == 82


def test_a_letter_order_makes_the_failing_word_canonical() -> None:
    with pytest.raises(RecognitionError) as caught:
        assert_recognises(lambda word: False, CONTAINS_AAB.complement(), exhaustive_length=0)
    assert caught.value.word == ""
    assert (
        "on '' (0 letters; no word is shorter): expected accept, observed reject.\nTried until then: 1 word in"
        in str(caught.value)
    )
    late = Automaton.from_table([[0], [0], [0]], accepting=[0])
    with pytest.raises(RecognitionError) as caught:
        assert_recognises(lambda word: not (len(word) > 15 and "c" in word), late)
    assert caught.value.word == "a" * 15 + "c" or sorted(caught.value.word) == ["a"] * 15 + ["c"]


def test_exceptions_are_reported_with_the_shortest_word() -> None:
    def overflow(word):
        if len(word) >= 17:
            raise OverflowError("state left the lattice")
        return CONTAINS_AAB.accepts(word)

    for recogniser, batched in ((overflow, False), (lambda words: [overflow(word) for word in words], True)):
        with pytest.raises(
            RecognitionError, match=r"but the recogniser failed with OverflowError: state left"
        ) as caught:
            assert_recognises(recogniser, CONTAINS_AAB, batched=batched)
        assert caught.value.word == "a" * 17
        assert isinstance(caught.value.__cause__, OverflowError)
        assert str(caught.value).startswith("the recogniser fails on 'aaaaaaaaaaaaaaaaa' (17 letters; shortened from ")


def test_a_batch_that_fails_only_as_a_batch_is_said_to() -> None:
    def accepts(words):
        if len(words) > 1:
            raise MemoryError("too many words")
        return [CONTAINS_AAB.accepts(word) for word in words]

    with pytest.raises(RecognitionError, match=r"in a batch of 2 words that begins with this one; alone it causes no"):
        assert_recognises(accepts, CONTAINS_AAB, batched=True)


@pytest.mark.parametrize("answer", [None, 0.7, "yes", [True, False], float("nan")])
def test_answers_that_are_no_verdicts_are_refused(answer) -> None:
    with pytest.raises(RecognitionError, match=r"ValueError: the answer (is|has shape) .*; expected"):
        assert_recognises(lambda word: answer, PARITY)


@pytest.mark.parametrize("convert", [bool, int, float, np.bool_, np.array, lambda v: np.array([v])])
def test_answers_of_many_types_are_understood(convert) -> None:
    assert_recognises(lambda word: convert(PARITY.accepts(word)), PARITY, random_words=0)
    with pytest.raises(RecognitionError):
        assert_recognises(lambda word: convert(not PARITY.accepts(word)), PARITY)


def test_every_flag_of_a_run_is_compared() -> None:
    """A run whose last verdict is right and whose earlier ones look ahead."""

    def look_ahead(words, flags):
        if flags.shape[1] >= 12:
            flags[:, 4] = flags[:, 11]
        return flags

    with pytest.raises(RecognitionError, match=r"as its verdict after the first 5 letters of this word") as caught:
        assert_recognises(EmptyToo(PARITY, look_ahead), PARITY)
    assert len(caught.value.word) == 12


def test_a_run_of_the_wrong_shape_is_reported() -> None:
    with pytest.raises(RecognitionError, match=r"ValueError: the answer has shape \(1, 2\); expected \(1, 1\)"):
        assert_recognises(
            Runner(PARITY, lambda words, flags: np.ones((len(words), flags.shape[1] + 1))), PARITY, exhaustive_length=2
        )


def test_a_run_without_verdict_on_the_empty_word_says_so() -> None:
    report = assert_recognises(Runner(PARITY), PARITY)
    assert "the empty word aside, about which it could not be asked" in str(report)


def test_words_over_long_names_are_tuples() -> None:
    language = Automaton.from_table([[0, 0], [1, 1]], accepting=[0], letters=["keep", "set"])
    with pytest.raises(RecognitionError, match=r"on \('set',\) \(1 letter;"):
        assert_recognises(lambda word: True, language)
    assert_recognises(lambda word: not word or word[-1] == "keep", language)


def test_the_same_seed_tries_the_same_words() -> None:
    def words(seed):
        asked = []
        assert_recognises(
            lambda w: asked.append(w) or CONTAINS_AAB.accepts(w),
            CONTAINS_AAB,
            seed=seed,
            extra_states=0,
            exhaustive_length=3,
        )
        return asked

    assert words(3) == words(3)
    assert words(3) != words(4)
    assert words(np.random.default_rng(3)) == words(3)


def test_all_wrong_options_are_reported_at_once() -> None:
    with pytest.raises(LanguageError) as caught:
        assert_recognises(3, PARITY, exhaustive_length=-1, random_words=-2, random_length=0, extra_states=-3)
    assert str(caught.value) == (
        "exhaustive_length=-1 is negative; random_words=-2 is negative; extra_states=-3 is negative; "
        "random_length=0 is less than 1; the recogniser is a int; expected a callable taking a word (or a list of "
        "words, with batched=True) or an object with run(words)"
    )


def test_other_languages_are_read_by_the_languages_station(monkeypatch) -> None:
    station = types.ModuleType("expressivity.languages")
    station.language = {"parity": PARITY}.__getitem__
    monkeypatch.setitem(sys.modules, "expressivity.languages", station)
    assert assert_recognises(PARITY, "parity").states == 2


def test_assert_verified_is_for_all_lengths_and_tells_the_answer() -> None:
    network = ex.compile("parity", "deltanet-signed")
    assert ex.assert_verified(network, "parity", arithmetic="bf16").arithmetic == "bf16"
    with pytest.raises(AssertionError, match=r"FALSIFIED in exact arithmetic by a shortest word, of length 2:\n  11\n"):
        ex.assert_verified(network, "mod3")
    with pytest.raises(AssertionError, match=r"UNDECIDED: the budget ended \(max_states=1\)"):
        ex.assert_verified(network, "parity", max_states=1)
    with pytest.raises(TypeError, match="no truth value"):
        assert ex.verify(network, "mod3")
