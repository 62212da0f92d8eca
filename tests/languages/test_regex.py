"""Regular expressions against Python's `re`, against automata-lib, and their errors."""

import itertools
import re
import string

import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from hypothesis import given
from hypothesis import strategies as st

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.regex import from_regex
from oracles.effort import some

WORDS = ["".join(word) for length in range(7) for word in itertools.product("ab", repeat=length)]

REPETITIONS = st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,3}", "{2,}", "{0}", "{0,}", "{3}"])
PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "()", "[ab]", "[^a]", "."]),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})")
        | st.tuples(inner, REPETITIONS).map(lambda pair: f"({pair[0]}){pair[1]}")
    ),
    max_leaves=6,
)


def matched_by_re(pattern: str) -> set[str]:
    compiled = re.compile(pattern.replace("(", "(?:"))
    return {word for word in WORDS if compiled.fullmatch(word)}


def accepted(automaton: Automaton) -> set[str]:
    return {word for word in WORDS if automaton.accepts(word)}


@given(PATTERNS)
def test_agrees_with_re(pattern: str) -> None:
    automaton = from_regex(pattern, "ab")
    assert accepted(automaton) == matched_by_re(pattern)
    assert automaton.minimal() == automaton


def test_a_wrong_reading_would_be_noticed() -> None:
    """The bug that is worked around: automata-lib 9.2 reads a{0} as a|()."""
    wrong = DFA.from_nfa(NFA.from_regex("(a){0}b", input_symbols={"a", "b"}))
    assert {word for word in WORDS if wrong.accepts_input(word)} != matched_by_re("(a){0}b")
    assert accepted(from_regex("(a){0}b", "ab")) == matched_by_re("(a){0}b")


def interleavings(first: str, second: str) -> set[str]:
    if not first or not second:
        return {first + second}
    return {first[0] + rest for rest in interleavings(first[1:], second)} | {
        second[0] + rest for rest in interleavings(first, second[1:])
    }


@some
@given(PATTERNS, PATTERNS)
def test_intersection_and_shuffle(first: str, second: str) -> None:
    left, right = accepted(from_regex(first, "ab")), accepted(from_regex(second, "ab"))
    assert accepted(from_regex(f"({first})&({second})", "ab")) == left & right
    short = [[word for word in side if len(word) <= 4] for side in (left, right)]
    mixed = {word for u in short[0] for v in short[1] if len(u + v) <= 4 for word in interleavings(u, v)}
    shuffled = accepted(from_regex(f"({first})^({second})", "ab"))
    assert {word for word in shuffled if len(word) <= 4} == mixed


def test_alphabets() -> None:
    assert from_regex("a{2,3}").letters == ("a",)
    assert from_regex("ba").letters == ("a", "b")
    assert from_regex("a", "ba").letters == ("b", "a")
    assert from_regex("1{2}0").letters == ("0", "1")
    assert from_regex(r"\(a\)").letters == ("(", ")", "a")
    assert from_regex(r"\d").letters == tuple(string.digits)
    assert from_regex(r"\d", "01ab").accepts("1")
    assert not from_regex(r"\d", "01ab").accepts("a")
    assert from_regex("[a-c]").letters == ("a", "b", "c")
    assert from_regex("[a-c]", "ab").counterexample(from_regex("a|b")) is None
    assert from_regex("[a-]").letters == ("-", "a")
    assert from_regex(r"[\]\-a]").letters == ("-", "]", "a")
    assert from_regex(r"\n a").letters == ("\n", " ", "a")
    assert from_regex("(12)").letters == ("1", "2")


def test_odd_but_right() -> None:
    assert from_regex("[^ab]", "ab").states == 1
    assert not from_regex("[^ab]", "ab").accepts("")
    assert from_regex("", "a").accepts("")
    assert from_regex("()*", "a").accepts("")
    assert from_regex("a**").counterexample(from_regex("a*")) is None
    assert from_regex("a?{2}").counterexample(from_regex("a{0,2}")) is None
    assert from_regex("a{,2}").counterexample(from_regex("a{0,2}")) is None
    assert from_regex("ab{0}").counterexample(from_regex("a", "ab")) is None
    assert from_regex("(a|b){0}a").counterexample(from_regex("a", "ab")) is None
    assert from_regex("((a)b){0}").counterexample(from_regex("()", "ab")) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a(b", "position 2: '(' is never closed"),
        ("ab)", "position 3: ')' closes nothing"),
        ("*a", "position 1: nothing stands before '*'"),
        ("a|", "position 2: nothing follows '|'"),
        ("a||b", "position 3: nothing stands between '|' and '|'; write ()"),
        ("(|a)", "position 2: nothing stands before '|'"),
        ("(a|)", "position 4: nothing stands between '|' and ')'"),
        ("a|*", "position 3: '*' has nothing to repeat after '|'"),
        ("^a", "no anchor is needed"),
        ("a$", "leave '$' out"),
        ("a{x}", "position 2: '{x}' is no repetition"),
        ("a{}", "'{}' is no repetition"),
        ("a{-1}", "'{-1}' is no repetition"),
        ("a{3,2}", "bounds reversed"),
        ("a{2", "'{' is never closed"),
        ("a}", "'}' closes nothing; write '\\}'"),
        ("[ab", "position 1: '[' is never closed"),
        ("[]", "the class is empty"),
        ("[z-a]", "the range z-a runs backwards; write a-z"),
        ("[a-\\d]", "a range ends in a single letter"),
        ("a\\", "nothing follows the backslash"),
        ("\\bword", "the escape '\\b' is unknown"),
        ("(?:a)", "'(?' is not supported"),
    ],
)
def test_malformed_patterns(pattern: str, text: str) -> None:
    with pytest.raises(LanguageError) as caught:
        from_regex(pattern)
    assert text in str(caught.value)
    assert repr(pattern) in str(caught.value)


def test_alphabet_errors() -> None:
    with pytest.raises(
        LanguageError, match=r"'c' \(position 3\), 'd' \(position 4\); pass alphabet='abcd' to add them"
    ):
        from_regex("abcd", "ab")
    with pytest.raises(LanguageError, match="names no letter; pass alphabet="):
        from_regex(".*")
    with pytest.raises(LanguageError, match="the alphabet is empty"):
        from_regex("a", "")
    with pytest.raises(LanguageError, match=r"letters \['xy'\] are not single characters"):
        from_regex("a", ["a", "xy"])
    with pytest.raises(LanguageError, match=r"letters \['a'\] occur twice"):
        from_regex("a", "aa")
