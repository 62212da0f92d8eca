"""Words that show subgroups: they do what they claim, and are found exactly when the profile says so."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

import expressivity as ex
from expressivity.algebra.monoids.witness_words import Cycle, find_cycle, find_unsolvable
from expressivity.strategies import automata, permutation_automata


def shows(automaton: ex.Automaton, cycle: Cycle) -> bool:
    """Whether membership of u·wᵏ·v has the claimed least period, looked at over three periods."""
    words = [[automaton.letters[x] for x in cycle.at(k)] for k in range(3 * cycle.period)]
    bits = [bool(automaton.accepts(word)) for word in words]
    p = cycle.period
    return bits[p:] == bits[:-p] and len(set(bits[:p])) == 2 and all(p % d for d in range(2, p))


@given(automata(states=(1, 6)))
def test_cycles_are_found_exactly_where_there_are_groups(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    profile = ex.describe(minimal)
    for odd, absent in ((False, profile.aperiodic), (True, profile.subgroups_2_groups)):
        cycle = find_cycle(minimal, odd=odd)
        assert (cycle is None) == bool(absent)
        if cycle is not None:
            assert shows(minimal, cycle)
            assert cycle.period % 2 or not odd


@given(automata(states=(1, 6)))
def test_one_letter_is_asked_for_and_given(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    cycle = find_cycle(minimal, single_letter=True)
    turning = False
    for row in minimal.table.tolist():
        lasting = range(minimal.states)
        for _ in range(minimal.states):
            lasting = [row[q] for q in lasting]
        turning |= any(row[q] != q for q in lasting)
    assert (cycle is not None) == turning
    if cycle is not None:
        assert len(set(cycle.word)) == 1
        assert shows(minimal, cycle)


@pytest.mark.parametrize("name", ["A5", "S5", "S5-transpositions", "PSL-2-7", "A5-with-reset", "T5"])
def test_unsolvable_groups_show_three_coprime_orders(name: str) -> None:
    minimal = ex.language(name).minimal()
    found = find_unsolvable(minimal)
    assert found is not None
    assert math.lcm(*found.orders) == math.prod(found.orders)
    for word, order in zip((found.first, found.second, found.first + found.second), found.orders, strict=True):
        images = list(found.points)
        powers = 0
        while powers == 0 or images != list(found.points):
            images = [int(q) for q in images]
            for letter in word:
                images = minimal.table[letter, images].tolist()
            powers += 1
        assert powers == order


@given(permutation_automata(states=(1, 6)))
def test_solvable_groups_show_none(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    assert (find_unsolvable(minimal) is None) == bool(ex.describe(minimal).solvable)


def test_large_monoids_fall_back_to_image_sets() -> None:
    minimal = ex.language("binary-multiples-of-7").minimal()
    plain = find_cycle(minimal)
    assert plain is not None
    # Twelve states under a long cycle and a merge: far more maps than are looked at one by one.
    table = [[*range(1, 12), 0], [1, 0, *range(2, 12)], [0, 0, *range(2, 12)]]
    large = ex.Automaton.from_table(table, accepting=[0]).minimal()
    for odd in (False, True):
        cycle = find_cycle(large, odd=odd)
        assert cycle is not None
        assert shows(large, cycle)
