"""Congruences and quotients, against their definitions on every partition of a few states."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from expressivity.automaton import Automaton
from expressivity.automaton.congruences import (
    first_occurrence,
    independent_pair,
    least_congruence,
    on_blocks,
    principal_congruences,
    quotient,
)
from expressivity.strategies import automata


def all_congruences(table: np.ndarray) -> list[np.ndarray]:
    """Every partition that the letters respect, by trying all labellings."""
    states = table.shape[1]
    found = {tuple(first_occurrence(np.array(labels)).tolist()) for labels in product(range(states), repeat=states)}
    return [np.array(blocks) for blocks in sorted(found) if respected(table, np.array(blocks))]


def respected(table: np.ndarray, blocks: np.ndarray) -> bool:
    return all(
        blocks[row[p]] == blocks[row[q]]
        for row in table
        for p in range(len(blocks))
        for q in range(len(blocks))
        if blocks[p] == blocks[q]
    )


def finer(first: np.ndarray, second: np.ndarray) -> bool:
    return all(len(set(second[first == block].tolist())) == 1 for block in set(first.tolist()))


@given(automata(states=(1, 4), letters=(1, 3)), st.data())
def test_the_least_congruence_lies_below_all_others(automaton: Automaton, data: st.DataObject) -> None:
    table, state = automaton.table, st.integers(0, automaton.states - 1)
    pairs = data.draw(st.lists(st.tuples(state, state), max_size=2))
    every = all_congruences(table)
    above = data.draw(st.sampled_from([None, *every]))
    least = least_congruence(table, pairs, above=above)
    wanted = [
        blocks
        for blocks in every
        if all(blocks[p] == blocks[q] for p, q in pairs) and (above is None or finer(above, blocks))
    ]
    assert any(np.array_equal(least, blocks) for blocks in wanted)
    assert all(finer(least, blocks) for blocks in wanted)
    assert np.array_equal(on_blocks(table, least)[:, least], least[table])


def test_a_partition_that_letters_break_is_no_congruence() -> None:
    table = np.array([[1, 2, 0]])
    assert [blocks.tolist() for blocks in all_congruences(table)] == [[0, 0, 0], [0, 1, 2]]
    assert least_congruence(table, [(0, 1)]).tolist() == [0, 0, 0]
    broken = np.array([0, 0, 1])
    assert not np.array_equal(on_blocks(table, broken)[:, broken], broken[table])


def test_first_occurrence_numbers_blocks_as_they_come():
    assert first_occurrence(np.array([7, 7, 3, 9, 3])).tolist() == [0, 0, 1, 2, 1]


@given(automata(states=(1, 6), letters=(1, 3)))
def test_congruences_are_congruences(automaton: Automaton):
    for blocks in principal_congruences(automaton.table):
        for row in automaton.table:
            images = blocks[row]
            assert all(len(set(images[blocks == b].tolist())) == 1 for b in range(int(blocks.max()) + 1))
        smaller = quotient(automaton, blocks)
        word = np.arange(20) % automaton.table.shape[0]
        assert np.array_equal(blocks[automaton.run(word)], smaller.run(word))


def test_congruences_of_identities_are_partitions():
    table = np.arange(6)[None, :]
    assert len(principal_congruences(table)) == 15
    assert least_congruence(table, [(1, 3), (3, 5)]).tolist() == [0, 1, 2, 1, 3, 1]
    pair = independent_pair(table)
    assert pair is not None
    assert len(np.unique(pair[0] * 6 + pair[1])) == 6


@given(automata(states=(1, 6), letters=(1, 3)))
def test_independent_pairs_tell_all_states_apart(automaton: Automaton):
    pair = independent_pair(automaton.table, seeds=100)
    every = principal_congruences(automaton.table)
    exists = any(len(np.unique(one * 6 + two)) == automaton.states for one in every for two in every)
    assert (pair is not None) == exists
    if pair is not None:
        assert len(np.unique(pair[0] * 6 + pair[1])) == automaton.states
