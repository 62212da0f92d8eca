"""The automaton type against automata-lib and against plain definitions."""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from hypothesis import given
from hypothesis import strategies as st

from expressivity.automaton import Automaton, default_letters, encode_word
from expressivity.automaton import automaton as automaton_module
from expressivity.errors import LanguageError
from expressivity.strategies import automata, words

ABC = automata(states=(1, 7), letters=("a", "b"))


def walk(automaton: Automaton, word: str) -> bool:
    """Acceptance by the definition, one letter at a time."""
    state = automaton.start
    for letter in word:
        state = int(automaton.table[automaton.letters.index(letter), state])
    return bool(automaton.accepting[state])


def test_import_automata_is_automata_lib() -> None:
    root = Path(__file__).resolve().parents[2]
    assert not (root / "automata" / "__init__.py").exists()
    code = "import automata, automata.fa.dfa as d; print(automata.__file__, d.DFA.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    file, name = done.stdout.split()
    assert name == "DFA"
    assert not Path(file).is_relative_to(root / "automata")


@given(ABC)
def test_automata_lib_round_trip(automaton: Automaton) -> None:
    dfa = automaton.to_dfa()
    assert Automaton.from_dfa(dfa) == automaton.reachable()


@given(ABC, st.data())
def test_words_agree_with_automata_lib(automaton: Automaton, data: st.DataObject) -> None:
    word = "".join(data.draw(words(automaton, profile="short")))
    assert automaton.accepts(word) == automaton.to_dfa().accepts_input(word) == walk(automaton, word)
    assert automaton.accepts_encoded(automaton.encode(word)) == automaton.accepts(word)


@given(ABC)
def test_minimal_agrees_with_automata_lib(automaton: Automaton) -> None:
    reference = automaton.to_dfa().minify(retain_names=False)
    minimal = automaton.minimal()
    assert minimal.states == len(reference.states)
    assert minimal.to_dfa() == reference
    assert minimal.minimal() == minimal


def breadth_first_difference(first: Automaton, second: Automaton) -> str | None:
    """The first word, shorter ones first, that tells two automata apart; found on the product automaton."""
    seen = {(first.start, second.start)}
    layer = [((first.start, second.start), "")]
    while layer:
        following = []
        for (p, q), word in layer:
            if first.accepting[p] != second.accepting[q]:
                return word
            for letter in first.letters:
                pair = (
                    int(first.table[first.letters.index(letter), p]),
                    int(second.table[second.letters.index(letter), q]),
                )
                if pair not in seen:
                    seen.add(pair)
                    following.append((pair, word + letter))
        layer = following
    return None


@given(ABC, automata(states=(1, 7), letters=("b", "a")))
def test_counterexamples_are_shortest(first: Automaton, second: Automaton) -> None:
    found = first.counterexample(second)
    expected = breadth_first_difference(first, second)
    assert (found is None) == (expected is None) == (first.to_dfa() == second.to_dfa())
    if found is not None and expected is not None:
        assert len(found) == len(expected)
        assert walk(first, "".join(found)) != walk(second, "".join(found))


@given(ABC, st.data())
def test_a_planted_error_is_found(automaton: Automaton, data: st.DataObject) -> None:
    minimal = automaton.minimal()
    flipped = minimal.accepting.copy()
    flipped[data.draw(st.integers(0, minimal.states - 1))] ^= True
    wrong = Automaton(minimal.table, minimal.start, flipped, minimal.letters)
    word = minimal.counterexample(wrong)
    assert word is not None
    assert minimal.accepts(word) != wrong.accepts(word)


def test_a_planted_transition_is_found() -> None:
    cycle = Automaton.from_table([[1, 2, 3, 4, 0]], accepting=[0], letters="1")
    broken = Automaton.from_table([[1, 2, 3, 4, 1]], accepting=[0], letters="1")
    assert cycle.counterexample(broken) == ("1",) * 5


@given(ABC)
def test_complement_and_reachable(automaton: Automaton) -> None:
    assert automaton.complement().complement() == automaton
    assert automaton.reachable().counterexample(automaton) is None
    assert automaton.counterexample(automaton.complement()) == ()


@given(automata(states=(1, 5), letters=("a", "b")))
def test_more_letters(automaton: Automaton) -> None:
    larger = automaton.with_letters(["c", "b", "a"])
    assert larger.letters == ("c", "b", "a")
    for length in range(4):
        for word in map("".join, itertools.product("abc", repeat=length)):
            assert larger.accepts(word) == ("c" not in word and automaton.accepts(word))


def test_partial_dfas_are_completed() -> None:
    dfa = DFA(
        states={"x", "y"},
        input_symbols={"a", "b"},
        transitions={"x": {"a": "y"}, "y": {}},
        initial_state="x",
        final_states={"y"},
        allow_partial=True,
    )
    automaton = Automaton.from_dfa(dfa)
    assert automaton.states == 3
    assert [automaton.accepts(word) for word in ("", "a", "ab", "aa", "b")] == [False, True, False, False, False]


def test_nfas_become_minimal() -> None:
    nfa = NFA.from_regex("(a|b)*a(a|b)", input_symbols={"a", "b"})
    assert Automaton.from_nfa(nfa).states == 4


def test_compiled_and_plain_paths_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    made = []
    for _ in range(60):
        states, letters = int(rng.integers(1, 30)), int(rng.integers(1, 4))
        table = rng.integers(0, states, (letters, states))
        made.append(Automaton.from_table(table, accepting=rng.random(states) < rng.random()))
    plain = [each.minimal() for each in made]
    trimmed = [each.reachable() for each in made]
    word = "".join(rng.choice(["a", "b", "c"], 300))
    runs = [each.accepts("".join(x for x in word if x in each.letters)) for each in made]
    differences = [a.counterexample(b) for a, b in itertools.pairwise(made) if a.letters == b.letters]
    monkeypatch.setattr(automaton_module, "_COMPILED_FROM", 0)
    monkeypatch.setattr(automaton_module, "_COMPILED_ONCE_LOADED_FROM", 0)
    monkeypatch.setattr(automaton_module, "_COMPILED_WORDS_FROM", 1)
    assert [each.minimal() for each in made] == plain
    assert [each.reachable() for each in made] == trimmed
    assert [each.accepts("".join(x for x in word if x in each.letters)) for each in made] == runs
    assert [a.counterexample(b) for a, b in itertools.pairwise(made) if a.letters == b.letters] == differences


def test_long_words(monkeypatch: pytest.MonkeyPatch) -> None:
    parity = Automaton.from_table([[0, 1], [1, 0]], accepting=[0], letters="01")
    word = "01101" * 400
    encoded = encode_word(word, "01")
    np.testing.assert_array_equal(encoded, [int(x) for x in word])
    with monkeypatch.context() as patch:
        patch.setattr(automaton_module, "_COMPILED_WORDS_FROM", 1_000)
        assert not parity.accepts(word[:-2] + "0")
        assert parity.accepts(word[:-1] + "1")
        assert parity.accepts(list(word))
        assert parity.accepts_encoded(encoded.astype(np.int8))
        np.testing.assert_array_equal(parity.run(encoded)[:6], [0, 0, 1, 0, 0, 1])
        with pytest.raises(LanguageError, match=r"letter '2' is not in the alphabet \{0, 1\}"):
            parity.accepts(word + "2")
        with pytest.raises(LanguageError, match="letter '→' is not in the alphabet"):
            parity.accepts(word + "→")
        with pytest.raises(LanguageError, match="letter number 7 at position 3 is outside 0 to 1"):
            parity.accepts_encoded(np.array([0, 1, 0, 7] * 300))


def test_letters_beyond_ascii() -> None:
    automaton = Automaton.from_table([[1, 0], [0, 1]], accepting=[0], letters="α𝔞")
    for length in (3, 3_000):
        word = "α𝔞α"[:length] * (length // 3)
        np.testing.assert_array_equal(automaton.encode(word), [0, 1, 0] * (length // 3))
        assert automaton.accepts(word)
        with pytest.raises(LanguageError, match="letter 'β'"):
            automaton.encode(word + "β")


def test_long_ascii_words_over_a_larger_alphabet() -> None:
    """Their codes are bytes, while the alphabet's largest code is not one."""
    automaton = Automaton.from_table([[1, 0], [0, 1]], accepting=[0], letters="aα")
    assert automaton.accepts("a" * 2_000)
    with pytest.raises(LanguageError, match="letter 'b'"):
        automaton.accepts("a" * 2_000 + "b")


def test_long_letter_names() -> None:
    automaton = Automaton.from_table([[1, 0], [0, 1]], accepting=[0], letters=["(12)", "e"])
    assert automaton.accepts(["(12)", "e", "(12)"])
    with pytest.raises(LanguageError, match="write the word as a list of letter names"):
        automaton.accepts("(12)")
    with pytest.raises(LanguageError, match="write the word as a list of letter names"):
        automaton.accepts("(12)" * 500)


def test_all_inconsistencies_are_reported_at_once() -> None:
    with pytest.raises(LanguageError) as caught:
        Automaton(np.array([[0, 5]], dtype=np.int32), 7, np.array([True, False]), ("a", "a"))
    text = str(caught.value)
    assert "table holds values from 0 to 5; expected states 0 to 1" in text
    assert "start state 7 is outside 0 to 1" in text
    assert "2 letter names for 1 rows of the table" in text
    assert "letters ['a'] occur twice" in text


def test_error_texts() -> None:
    automaton = Automaton.from_table([[0]], accepting=[0], letters="a")
    with pytest.raises(LanguageError, match=r"entries of type float64; expected integers"):
        Automaton.from_table([[0.5]], accepting=[])
    with pytest.raises(LanguageError, match=r"accepting states \[3\] are outside 0 to 0"):
        Automaton.from_table([[0]], accepting=[3])
    with pytest.raises(LanguageError, match="the alphabets differ"):
        automaton.counterexample(Automaton.from_table([[0]], accepting=[0], letters="b"))
    with pytest.raises(LanguageError, match=r"letters \['a'\] would be lost"):
        automaton.with_letters("bc")
    with pytest.raises(LanguageError, match="the alphabet is empty"):
        Automaton(np.zeros((0, 1), dtype=np.int32), 0, np.array([True]), ())


def test_arrays_are_frozen_and_hashable() -> None:
    automaton = Automaton.from_table(np.array([[1, 0]], order="F"), accepting=np.array([True, False]))
    with pytest.raises(ValueError, match="read-only"):
        automaton.table[0, 0] = 0
    assert automaton.table.flags.c_contiguous
    assert hash(automaton) == hash(Automaton.from_table([[1, 0]], accepting=[0]))
    assert automaton != 3


def test_default_letters() -> None:
    assert default_letters(3) == ("a", "b", "c")
    assert default_letters(27)[-1] == "x26"
    assert repr(Automaton.from_table(np.zeros((8, 1), dtype=int), accepting=[])).endswith("…}, 0 accepting)")
