"""The covering check: planted errors are found, by a shortest word, and its methods agree with each other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from expressivity.algebra.cascades import cascade_check
from expressivity.algebra.cascades.cascade import Cascade, Component, Level
from expressivity.algebra.cascades.cascade_invariant import covers_by_induction
from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.scc_chain import component_chain
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.automaton import Automaton


def random_automaton(rng: np.random.Generator, states: int, letters: int) -> Automaton:
    return Automaton.from_table(rng.integers(0, states, size=(letters, states)), accepting=[0])


def with_wrong_emission(cascade: Cascade, rng: np.random.Generator) -> Cascade:
    """The same cascade with one emission replaced by another letter, or another state at the last level."""
    index = int(rng.integers(cascade.depth))
    level = cascade.levels[index]
    choices = cascade.automaton.states if index + 1 == cascade.depth else cascade.levels[index + 1].letters
    emit = level.emit.copy()
    places = np.argwhere(emit >= 0)
    row, column = places[rng.integers(len(places))]
    emit[row, column] = (emit[row, column] + rng.integers(1, max(choices, 2))) % choices
    return replaced(cascade, index, Level(level.components, level.action, level.active, emit))


def with_wrong_map(cascade: Cascade, rng: np.random.Generator) -> Cascade:
    """The same cascade with one map of one component replaced by another permutation or constant."""
    index = int(rng.integers(cascade.depth))
    level = cascade.levels[index]
    c = int(rng.integers(len(level.components)))
    component = level.components[c]
    maps = component.maps.copy()
    row = rng.permutation(component.states) if rng.random() < 0.5 else rng.integers(component.states)
    maps[rng.integers(len(maps))] = row
    components = [*level.components[:c], Component(maps, component.start), *level.components[c + 1 :]]
    return replaced(cascade, index, Level(tuple(components), level.action, level.active, level.emit))


def replaced(cascade: Cascade, index: int, level: Level) -> Cascade:
    levels = (*cascade.levels[:index], level, *cascade.levels[index + 1 :])
    return Cascade(cascade.automaton, levels, "corrupted")


def shortest_by_brute_force(cascade: Cascade, length: int) -> int | None:
    """Length of the shortest word up to a length whose simulation differs from the automaton's run."""
    for n in range(1, length + 1):
        for word in product(range(cascade.automaton.table.shape[0]), repeat=n):
            letters = np.array(word)
            if not np.array_equal(cascade.simulate(letters), cascade.automaton.run(letters)):
                return n
    return None


@pytest.mark.parametrize("corrupt", [with_wrong_emission, with_wrong_map])
@pytest.mark.parametrize("make", [subset_cover, holonomy])
def test_planted_errors_are_found_by_a_shortest_word(make, corrupt):
    rng = np.random.default_rng(17)
    found = 0
    for _ in range(60):
        automaton = random_automaton(rng, int(rng.integers(3, 6)), 2)
        cascade = make(automaton)
        if not cascade.levels:
            continue
        wrong = corrupt(cascade, rng)
        word = wrong.covers()
        shortest = shortest_by_brute_force(wrong, 7)
        if word is None:
            assert shortest is None
            continue
        found += 1
        letters = automaton.encode(word)
        claimed, true = wrong.simulate(letters), automaton.run(letters)
        assert claimed[-1] != true[-1]
        assert np.array_equal(claimed[:-1], true[:-1])
        assert shortest == len(word) if len(word) <= 7 else shortest is None
    assert found >= 20


def test_the_methods_agree_on_sound_and_corrupted_cascades():
    rng = np.random.default_rng(5)
    verdicts = {True: 0, False: 0}
    for number in range(150):
        automaton = random_automaton(rng, int(rng.integers(2, 6)), int(rng.integers(1, 4)))
        cascade = (subset_cover, holonomy)[number % 2](automaton)
        if not cascade.levels:
            continue
        if number % 3:
            cascade = (with_wrong_emission, with_wrong_map)[number % 4 // 2](cascade, rng)
        machine = cascade_check._compose_levels(cascade.levels, automaton, limit=10**9)
        assert machine is not None
        composed = cascade_check._compare_machine(machine, automaton)
        explored = cascade_check._explore_lazily(cascade.levels, automaton, limit=None)
        assert (composed is None) == (explored is None)
        assert composed is None or explored is None or len(composed) == len(explored)
        if covers_by_induction(cascade.levels, automaton):
            assert composed is None
        verdicts[composed is None] += 1
    assert min(verdicts.values()) >= 30


def test_cascades_that_induction_cannot_prove_are_decided_all_the_same():
    """A flip-flop chain reads nonsense at component states that no word reaches, which defeats plain induction."""
    rng = np.random.default_rng(2)
    unproved = 0
    for _ in range(60):
        states = int(rng.integers(3, 8))
        table = [[int(rng.integers(q, states)) for q in range(states)] for _ in range(2)]
        cascade = component_chain(Automaton.from_table(table, accepting=[0]))
        assert cascade is not None
        unproved += not covers_by_induction(cascade.levels, cascade.automaton)
        assert cascade.covers() is None
        assert cascade_check._explore_lazily(cascade.levels, cascade.automaton, limit=None) is None
    assert unproved >= 10


def test_an_error_that_only_unreachable_component_states_show_is_none():
    automaton = Automaton.from_table([[0, 0], [0, 0]], accepting=[0])
    maps = np.array([[0, 1], [0, 0]], dtype=np.int32)
    level = Level((Component(maps, 0),), np.array([[0], [1]]), np.array([0, 0]), np.array([[0, 1], [0, 1]]))
    assert Cascade(automaton, (level,), "never there").covers() is None


def test_small_budgets_give_way_to_the_other_method(monkeypatch):
    rng = np.random.default_rng(9)
    automaton = random_automaton(rng, 5, 3)
    wrong = with_wrong_emission(holonomy(automaton), rng)
    expected = wrong.covers()
    assert expected is not None
    monkeypatch.setattr(cascade_check, "_TURNS", ((0, 1), (0, None)))
    again = wrong.covers()
    assert again is not None
    assert len(again) == len(expected)
