"""Cascades: simulation, covering map, merging of letters, and the texts of their errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.algebra.cascades.cascade import Cascade, Component, Level, merge_letters
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.automaton import Automaton
from expressivity.errors import NetworkError
from expressivity.strategies import automata


def one_level(table: list[list[int]]) -> tuple[Automaton, Level]:
    """A permutation–reset automaton and the level that is the automaton itself."""
    automaton = Automaton.from_table(table, accepting=[0])
    letters = np.arange(len(table), dtype=np.int32)
    level = Level((Component(automaton.table, 0),), letters[:, None], np.zeros_like(letters), automaton.table)
    return automaton, level


def test_a_single_level_goes_through_the_states_of_its_automaton():
    automaton, level = one_level([[1, 2, 0], [2, 2, 2]])
    cascade = Cascade(automaton, (level,), "itself")
    assert (cascade.depth, cascade.width, cascade.has_groups) == (1, 3, True)
    assert cascade.simulate(np.array([0, 0, 1, 0])).tolist() == [0, 1, 2, 2, 0]
    assert cascade.coordinates(np.array([0, 0])) == (2,)
    assert cascade.covering_map() == {(0,): 0, (1,): 1, (2,): 2}
    assert cascade.covers() is None
    assert (
        repr(cascade) == "Cascade(itself: 1 levels of sizes [3] over Automaton(3 states, letters {a, b}, 1 accepting))"
    )


def test_identity_and_constants_are_no_groups():
    automaton, level = one_level([[0, 1], [1, 1], [0, 0]])
    assert not Cascade(automaton, (level,), "flip-flop").has_groups


def test_one_state_needs_no_levels():
    automaton = Automaton.from_table([[0], [0]], accepting=[0])
    cascade = Cascade(automaton, (), "one state")
    assert cascade.simulate(np.array([0, 1, 1])).tolist() == [0, 0, 0, 0]
    assert cascade.simulate(np.array([], dtype=np.int64)).tolist() == [0]
    assert cascade.covers() is None
    assert cascade.coordinates(np.array([1])) == ()
    assert cascade.covering_map() == {(): 0}


def test_all_problems_are_reported_at_once():
    automaton, level = one_level([[1, 2, 0], [2, 2, 2]])
    bad = Level(
        (Component(np.array([[0, 0, 1]]), 7),),
        np.array([[0], [1], [0]]),
        np.array([0, 3, 0]),
        np.array([[0, 1, 9], [0, 1, 2], [0, 1, 2]]),
    )
    with pytest.raises(NetworkError) as caught:
        Cascade(automaton, (bad,), "bad")
    text = str(caught.value)
    for part in (
        "not a cascade: ",
        "level 1, component 0: map 0 = [0, 0, 1] is neither a permutation nor constant",
        "level 1, component 0: start state 7 is outside 0 to 2",
        "level 1, component 0: an action lies outside its 1 maps",
        "level 1: an active component lies outside −1 to 0",
        "level 1 emits 9; there are 3 states of the automaton",
        "level 1 has 3 letters; expected the automaton's 2",
    ):
        assert part in text
    with pytest.raises(NetworkError, match="no levels for an automaton with 3 states; only 1 state needs none"):
        Cascade(automaton, (), "empty")
    narrow = Level(level.components, level.action, level.active, level.emit[:, :2])
    with pytest.raises(NetworkError, match="emit has 2 columns, fewer than an active component's states"):
        Cascade(automaton, (narrow,), "narrow")
    with pytest.raises(NetworkError, match="level 1, component 0: maps of shape"):
        Cascade(automaton, (Level((Component(level.components[0].maps + 1, 0),), *_rest(level)),), "outside")
    with pytest.raises(NetworkError, match="level 1 has no components"):
        Cascade(automaton, (Level((), level.action[:, :0], level.active, level.emit),), "hollow")
    with pytest.raises(NetworkError, match="level 1 emits 2; there are 2 letters of level 2"):
        Cascade(automaton, (level, one_level([[1, 0], [0, 0]])[1]), "gap")


def _rest(level: Level) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return level.action, level.active, level.emit


def test_covers_refuses_other_alphabets_and_state_sets():
    automaton, level = one_level([[1, 2, 0], [2, 2, 2]])
    cascade = Cascade(automaton, (level,), "itself")
    other = Automaton.from_table([[1, 0], [0, 0]], accepting=[0], letters=["x", "y"])
    with pytest.raises(NetworkError, match=r"letters \['x', 'y'\] instead of \['a', 'b'\] and 2 states instead of 3"):
        cascade.covers(other)
    moved = Automaton(automaton.table, 1, automaton.accepting, automaton.letters)
    assert cascade.covers(moved) == ()
    different = Automaton.from_table([[1, 2, 1], [2, 2, 2]], accepting=[0])
    assert cascade.covers(different) == ("b", "a")


def test_covering_map_has_a_limit_and_notices_ambiguity():
    automaton, level = one_level([[1, 2, 0], [2, 2, 2]])
    with pytest.raises(NetworkError, match="more than 2 tuples of component states; pass a larger limit="):
        Cascade(automaton, (level,), "itself").covering_map(limit=2)
    emit = level.emit.copy()
    emit[1, 1] = 0
    wrong = Cascade(automaton, (Level(level.components, level.action, level.active, emit),), "wrong")
    with pytest.raises(NetworkError, match="stand for the states"):
        wrong.covering_map()


def test_a_missing_emission_ends_the_run():
    automaton, level = one_level([[1, 2, 0], [2, 2, 2]])
    emit = level.emit.copy()
    emit[0, 1] = -1
    cascade = Cascade(automaton, (Level(level.components, level.action, level.active, emit),), "gap")
    assert cascade.simulate(np.array([0, 0, 1, 0])).tolist() == [0, 1, -1, -1, -1]
    assert cascade.covers() == ("a", "a")


@given(automata(states=(2, 6), letters=(1, 3)), st.data())
def test_covering_map_agrees_with_runs(automaton: Automaton, data: st.DataObject):
    cascade = subset_cover(automaton)
    covering = cascade.covering_map()
    word = np.array(data.draw(st.lists(st.integers(0, automaton.table.shape[0] - 1), max_size=12)), dtype=np.int64)
    assert covering[cascade.coordinates(word)] == automaton.run(word)[-1]
    reachable = {int(q) for q in np.unique(list(covering.values()))}
    assert len(reachable) == automaton.reachable().states


def test_merging_identifies_letters_that_act_and_emit_alike():
    automaton = Automaton.from_table([[1, 0], [0, 0]], accepting=[0])
    # Four letters of the second level where two would do: 0 and 2 are twins, 3 never occurs, 1 ignores what it reads.
    first = Level(
        (Component(np.array([[0, 1], [1, 0], [0, 0]]), 0),),
        np.array([[1], [2]]),
        np.array([0, 0]),
        np.array([[0, 2], [1, 1]]),
    )
    second = Level(
        (Component(np.array([[1, 0], [1, 0], [0, 0]]), 0),),
        np.array([[0], [2], [1], [0]]),
        np.array([0, 0, 0, 0]),
        np.array([[1, 0], [0, 0], [1, 0], [1, 1]]),
    )
    before = Cascade(automaton, (first, second), "unmerged")
    merged = merge_letters(before.levels)
    after = Cascade(automaton, merged, "merged")
    assert [level.letters for level in merged] == [2, 2]
    assert merged[0].active.tolist() == [-1, -1]
    assert merged[0].emit.tolist() == [[0, -1], [1, -1]]
    assert merged[1].active.tolist() == [0, -1]
    assert [len(level.components[0].maps) for level in merged] == [2, 2]
    assert before.covers() is None
    assert after.covers() is None
