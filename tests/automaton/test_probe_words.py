from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.automaton import Automaton
from expressivity.automaton.probe_words import access_words, all_words, characterising_set, count_words, random_words
from expressivity.strategies import automata
from expressivity.testing import RecognitionError, assert_recognises


def test_all_words_are_all_and_in_order() -> None:
    listed = [tuple(row) for group in all_words(3, range(7)) for row in group.tolist()]
    assert listed == [w for n in range(7) for w in itertools.product(range(3), repeat=n)]
    assert count_words(3, 6) == len(listed)
    assert [group.shape for group in all_words(3, range(8, 9))] == [(4096, 8), (3**8 - 4096, 8)]


@given(automata(), st.integers(0, 200), st.integers(0, 9), st.integers(1, 40))
def test_random_words_are_as_many_and_as_long_as_asked(automaton, count, shortest, longest) -> None:
    groups = list(random_words(automaton, count, shortest, longest, np.random.default_rng(0)))
    assert sum(map(len, groups)) == count
    for group in groups:
        assert min(shortest + 1, longest) <= group.shape[1] <= longest
        assert group.min() >= 0
        assert group.max() < len(automaton.letters)


@given(automata(states=(1, 8)))
def test_access_words_reach_every_state_once(automaton) -> None:
    trimmed = automaton.reachable()
    ends = [int(trimmed.run(np.array(word, dtype=np.int64))[-1]) for word in access_words(trimmed)]
    assert ends == list(range(trimmed.states))


def only_w_method(recogniser, language, extra_states):
    return assert_recognises(recogniser, language, exhaustive_length=0, random_words=0, extra_states=extra_states)


def all_automata(states: int, letters: int):
    for table in itertools.product(range(states), repeat=states * letters):
        for accepting in range(2**states):
            mask = np.array([accepting >> q & 1 for q in range(states)], dtype=bool)
            yield Automaton.from_table(np.array(table).reshape(letters, states), accepting=mask)


def passes(recogniser, language, extra_states) -> bool:
    try:
        only_w_method(recogniser, language, extra_states)
    except RecognitionError:
        return False
    return True


@pytest.mark.parametrize("extra", [0, 1])
def test_w_method_is_complete_for_as_many_states_as_it_says(extra) -> None:
    """Every automaton of |Q| + k states over two letters against every minimal one of |Q| = 2 − k … states."""
    recognisers = list(all_automata(2, 2))
    languages = {automaton.minimal() for automaton in recognisers}
    checked = 0
    for language in languages:
        if language.states + extra != 2:
            continue
        for recogniser in recognisers[:: 1 if extra else 3]:
            checked += 1
            assert passes(recogniser, language, extra) == (recogniser.counterexample(language) is None)
    assert checked == {0: 24 * 22, 1: 2 * 64}[extra]


def test_w_method_is_complete_for_extra_states_over_one_letter() -> None:
    recognisers = list(all_automata(3, 1))[::2]
    for language in {automaton.minimal() for automaton in all_automata(2, 1)}:
        extra = 3 - language.states
        for recogniser in recognisers:
            assert passes(recogniser, language, extra) == (recogniser.counterexample(language) is None)


def test_w_method_needs_its_bound_on_states() -> None:
    """A recogniser with one state more than promised slips through, one extra state finds it."""
    accept_all = Automaton.from_table([[0]], accepting=[0])
    late = {k: Automaton.from_table([[*range(1, k + 2), k + 1]], accepting=range(k + 1)) for k in range(4)}
    for k, recogniser in late.items():
        # k + 2 states, and the first word it rejects has k + 1 letters.
        assert recogniser.counterexample(accept_all) == ("a",) * (k + 1)
        assert not passes(recogniser, accept_all, k + 1)
        assert not passes(recogniser, accept_all, k)
        assert k == 0 or passes(recogniser, accept_all, k - 1)


@given(automata(states=(1, 8)))
def test_characterising_sets_tell_all_states_apart(automaton) -> None:
    minimal = automaton.minimal()
    words = characterising_set(minimal)
    assert () in words
    assert len(words) <= max(1, minimal.states - 1)
    columns = []
    for state in range(minimal.states):
        from_here = Automaton(minimal.table, state, minimal.accepting, minimal.letters)
        columns.append(tuple(from_here.accepts([minimal.letters[x] for x in word]) for word in words))
    assert len(set(columns)) == minimal.states


@given(st.data())
def test_one_changed_transition_is_always_found(data) -> None:
    automaton = data.draw(automata(states=(1, 7), letters=(1, 3)))
    table = automaton.table.copy()
    letter = data.draw(st.integers(0, len(automaton.letters) - 1))
    state = data.draw(st.integers(0, automaton.states - 1))
    table[letter, state] = data.draw(st.integers(0, automaton.states - 1))
    changed = Automaton(table, automaton.start, automaton.accepting, automaton.letters)
    extra = max(0, changed.minimal().states - automaton.minimal().states)
    shortest = changed.counterexample(automaton)
    if extra > 2:
        return
    assert passes(changed, automaton, extra) == (shortest is None)
    if shortest is not None:
        with pytest.raises(RecognitionError) as caught:
            assert_recognises(changed, automaton, random_words=60)
        assert len(caught.value.word) >= len(shortest)
        assert changed.accepts(caught.value.word) != automaton.accepts(caught.value.word)


def test_large_automata_do_without_the_w_method_unless_asked() -> None:
    rng = np.random.default_rng(0)
    large = Automaton.from_table(rng.integers(400, size=(20, 400)), accepting=np.arange(400) % 2 == 0)
    report = assert_recognises(large, large, random_words=50)
    assert report.extra_states is None
    assert "agreement is certain on words of up to 2 letters" in str(report)
