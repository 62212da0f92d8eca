from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.strategies import (
    _cascade_rows,
    aperiodic_automata,
    automata,
    permutation_automata,
    permutation_reset_automata,
    words,
)

EVERY = [automata, permutation_automata, permutation_reset_automata, aperiodic_automata]
SEARCH = settings(max_examples=3_000, database=None, derandomize=True, deadline=None, phases=(Phase.generate,))
SHRINK = settings(max_examples=2_000, database=None, derandomize=True, deadline=None)


def monoid(automaton: Automaton, *, limit: int = 5_000) -> set[tuple[int, ...]]:
    """All maps of states that words make, by plain enumeration."""
    letters = [tuple(row) for row in automaton.table.tolist()]
    found = {tuple(range(automaton.states))}
    queue = list(found)
    for element in queue:
        for letter in letters:
            product = tuple(letter[q] for q in element)
            if product not in found:
                found.add(product)
                queue.append(product)
                assert len(found) <= limit
    return found


def is_aperiodic(automaton: Automaton) -> bool:
    """No element permutes two or more states cyclically: m^n = m^(n+1) for n = |Q|, straight from the definition."""
    for element in monoid(automaton):
        power = element
        for _ in range(automaton.states):
            power = tuple(element[q] for q in power)
        if tuple(element[q] for q in power) != power:
            return False
    return True


@pytest.mark.parametrize("strategy", EVERY)
@given(data=st.data())
def test_sizes_are_respected(strategy, data) -> None:
    drawn = data.draw(strategy(states=(2, 4), letters=(2, 3)))
    assert 2 <= drawn.states <= 4
    assert 2 <= len(drawn.letters) <= 3
    fixed = data.draw(strategy(states=3, letters=["up", "down"]))
    assert (fixed.states, fixed.letters) == (3, ("up", "down"))
    assert data.draw(strategy(letters="01")).letters == ("0", "1")


@given(permutation_automata())
def test_permutation_automata_permute(automaton) -> None:
    assert all(sorted(row) == list(range(automaton.states)) for row in automaton.table.tolist())


@given(permutation_reset_automata())
def test_permutation_reset_automata_permute_or_reset(automaton) -> None:
    for row in automaton.table.tolist():
        assert len(set(row)) in (1, automaton.states)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(aperiodic_automata(states=(1, 5)))
def test_aperiodic_automata_are_aperiodic(automaton) -> None:
    assert is_aperiodic(automaton)


def test_the_aperiodicity_oracle_finds_a_cycle() -> None:
    assert not is_aperiodic(Automaton.from_table([[1, 0]], accepting=[0]))
    assert not is_aperiodic(Automaton.from_table([[1, 2, 0], [0, 0, 0]], accepting=[0]))
    assert is_aperiodic(Automaton.from_table([[1, 1], [0, 0], [0, 1]], accepting=[0]))


@pytest.mark.parametrize("strategy", [permutation_automata, permutation_reset_automata, automata])
def test_the_other_strategies_do_draw_groups(strategy) -> None:
    found = find(strategy(states=2, letters=1), lambda a: not is_aperiodic(a), settings=SEARCH)
    assert found.table.tolist() == [[1, 0]]


STAR_FREE = {
    "last letter is a": [[1, 1], [0, 0]],
    "first letter is a": [[1, 1, 2], [2, 1, 2]],
    "last two letters are aa": [[1, 2, 2], [0, 0, 0]],
    "contains aa": [[1, 2, 2], [0, 0, 2]],
    "(ab)*": [[1, 2, 2], [2, 0, 2]],
}


def shape(table: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    """A name of the transition structure that forgets the names of states and letters."""
    states = len(table[0])
    names = []
    for rename in itertools.permutations(range(states)):
        back = sorted(range(states), key=rename.__getitem__)
        names.append(tuple(sorted(tuple(rename[row[q]] for q in back) for row in table)))
    return min(names)


@pytest.mark.parametrize("name", STAR_FREE)
def test_aperiodic_automata_are_broad(name) -> None:
    """Transition structures from unlike corners of the star-free languages are all drawn."""
    wanted = shape(STAR_FREE[name])
    strategy = aperiodic_automata(states=len(STAR_FREE[name][0]), letters=2)
    find(strategy, lambda automaton: shape(automaton.table.tolist()) == wanted, settings=SEARCH)


def test_cascades_with_a_sink_draw_shallow_brackets() -> None:
    """Brackets nested to depth 3 need five states: beyond the enumerated range, so by the tree construction alone."""
    wanted = shape([[1, 2, 3, 4, 4], [4, 0, 1, 2, 4]])
    moves = [True, [1, 1, 1]]
    # depth 2 from three gaps: all leaves part at level 1; at level 2 every block is one leaf.
    for images, dropped in (([1, 2, 3, 3], 3), ([0, 0, 1, 2], 0)):
        moves += [True, *images]
        for leaf, image in enumerate(images):
            moves.append(leaf == dropped)
            if leaf != dropped:
                moves += [True] if leaf == image else []
                moves += [0, False]
    replay = iter(moves)
    assert shape(_cascade_rows(lambda strategy: next(replay), 5, 2)) == wanted
    assert next(replay, None) is None


@pytest.mark.parametrize("strategy", EVERY)
def test_shrinks_to_one_state_and_one_letter(strategy) -> None:
    simplest = find(strategy(), lambda automaton: True, settings=SHRINK)
    assert (simplest.states, len(simplest.letters), simplest.start) == (1, 1, 0)


@pytest.mark.parametrize("strategy", EVERY)
def test_shrinks_a_condition_on_states_to_its_boundary(strategy) -> None:
    found = find(strategy(), lambda automaton: automaton.states >= 4, settings=SHRINK)
    assert (found.states, len(found.letters)) == (4, 1)
    if strategy is not automata and strategy is not permutation_reset_automata:
        assert found.table.tolist() == [[0, 1, 2, 3]]


@pytest.mark.parametrize("strategy", EVERY)
def test_ranges_that_are_none_are_all_reported(strategy) -> None:
    with pytest.raises(LanguageError) as caught:
        strategy(states=(3, 2), letters=0)
    assert str(caught.value) == (
        "states=(3, 2) is not a number or a pair (smallest, largest) with 1 ≤ smallest ≤ largest; "
        "letters=0 is not a number or a pair (smallest, largest) with 1 ≤ smallest ≤ largest"
    )
    with pytest.raises(LanguageError, match=r"letters=\['a', 'a'\] has a name twice"):
        strategy(letters="aa")


@pytest.mark.parametrize("profile", ["short", "long", "runs", "periodic", "noise", "mixed"])
@given(data=st.data())
def test_words_belong_to_the_alphabet(profile, data) -> None:
    automaton = data.draw(automata())
    word = data.draw(words(automaton, profile=profile))
    assert isinstance(word, str)
    assert len(word) <= (8 if profile == "short" else 1_000)
    automaton.accepts(word)
    assert len(data.draw(words(automaton, profile=profile, max_length=3))) <= 3


@given(st.data())
def test_words_over_long_names_are_tuples(data) -> None:
    automaton = Automaton.from_table([[0], [0]], accepting=[0], letters=["push", "p"])
    word = data.draw(words(automaton))
    assert isinstance(word, tuple)
    assert automaton.accepts(word)


def test_short_words_can_be_made_longer() -> None:
    automaton = Automaton.from_table([[0]], accepting=[0])
    assert find(words(automaton, profile="short", max_length=20), lambda w: len(w) > 12, settings=SHRINK) == "a" * 13


@pytest.mark.parametrize("profile", ["long", "runs", "periodic", "noise", "mixed"])
def test_long_profiles_reach_hundreds_of_letters_and_shrink(profile) -> None:
    automaton = Automaton.from_table([[0], [0]], accepting=[0])
    found = find(words(automaton, profile=profile), lambda w: len(w) >= 100, settings=SHRINK)
    assert 100 <= len(found) <= 105


def test_word_options_are_checked() -> None:
    automaton = Automaton.from_table([[0]], accepting=[0])
    with pytest.raises(LanguageError, match="max_length=-1 is negative"):
        words(automaton, max_length=-1)
