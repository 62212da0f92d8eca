"""The ways to say which language is meant, and what happens when none fits."""

from pathlib import Path

import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA

import expressivity
from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages import from_regex, language, save_language, zoo_entry

EVEN = Automaton.from_table([[1, 0]], accepting=[0])


def test_all_ways_lead_to_the_same_language(tmp_path: Path) -> None:
    save_language(EVEN, tmp_path / "even.json")
    nfa = NFA.from_regex("(aa)*")
    dfa = DFA.from_nfa(nfa)
    for spec in (EVEN, "re:(aa)*", "re[a]:(aa)*", nfa, dfa, tmp_path / "even.json", str(tmp_path / "even.json")):
        assert EVEN.counterexample(language(spec)) is None
    assert expressivity.language is language
    assert language("parity") == zoo_entry("parity").automaton() == language("unary_modulus(2)")


def test_alphabets() -> None:
    assert language("re:(aa)*", alphabet="ba") == from_regex("(aa)*", "ba")
    assert language("re[ba]:(aa)*") == from_regex("(aa)*", "ba")
    assert language(r"re[a\]]:a").letters == ("a", "]")
    assert language("parity", alphabet="01").letters == ("0", "1")
    assert not language("parity", alphabet="01").accepts("0")
    assert language(EVEN, alphabet="a") is EVEN


def test_names_win_over_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_language(EVEN, "parity.json")
    assert language("parity").letters == ("1",)
    assert language("parity.json") == EVEN


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("parityy", "there is no language 'parityy'; did you mean parity"),
        ("zzzzzz", "there is no language 'zzzzzz'; give a name of the zoo"),
        ("", "the specification is empty; give a name"),
        ("re[]:a", r"the alphabet in 're\[\]:a' is empty"),
        ("re:a(", "malformed regular expression"),
        ("unary_modulus(3", "there is no language 'unary_modulus\\(3'; did you mean unary_modulus"),
        (3, "a int is no language; give a name of the zoo"),
        (None, "a NoneType is no language"),
    ],
)
def test_wrong_specifications(spec, message: str) -> None:
    from beartype.roar import BeartypeCallHintViolation
    from jaxtyping import TypeCheckError

    if isinstance(spec, str):
        with pytest.raises(LanguageError, match=message):
            language(spec)
    else:  # outside the tests, where types are not checked, this is a LanguageError with the message above
        with pytest.raises((LanguageError, TypeCheckError, BeartypeCallHintViolation)):
            language(spec)


def test_wrong_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_language(EVEN, tmp_path / "even.json")
    with pytest.raises(LanguageError, match=r"is a folder; give one file such as .*even.json"):
        language(tmp_path)
    with pytest.raises(LanguageError, match=r"there is no file .*evne.json; did you mean even.json\?"):
        language(tmp_path / "evne.json")
    with pytest.raises(LanguageError, match=r"there is no file .*; check the path"):
        language(str(tmp_path / "none" / "x.att"))
    (tmp_path / "even.txt").write_text("")
    with pytest.raises(LanguageError, match=r"does not end in a known suffix; expected one of .att, .jff, .dot, .json"):
        language(tmp_path / "even.txt")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LanguageError, match="does not end in a known suffix"):
        language("even.txt")


def test_wrong_alphabets() -> None:
    with pytest.raises(LanguageError, match="the alphabet is empty"):
        language("parity", alphabet="")
    with pytest.raises(LanguageError, match="brings its own alphabet; leave alphabet='ab' out"):
        language("re[ab]:a", alphabet="ab")
    with pytest.raises(LanguageError, match=r"letters \['1'\] would be lost"):
        language("parity", alphabet="ab")
