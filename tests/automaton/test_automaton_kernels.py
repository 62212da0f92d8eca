"""The compiled loops against the plain ones, and Hopcroft's result against its definition."""

import numpy as np
import pytest

from expressivity.automaton import automaton_kernels as kernels
from expressivity.automaton import automaton_loops as plain


def draw(rng: np.random.Generator, most: int = 40) -> tuple[np.ndarray, np.ndarray]:
    states, letters = int(rng.integers(1, most)), int(rng.integers(1, 4))
    return rng.integers(0, states, (letters, states)).astype(np.int32), rng.random(states) < rng.random()


def same_partition(first: np.ndarray, second: np.ndarray) -> bool:
    return len(set(zip(first.tolist(), second.tolist(), strict=True))) == len(set(first)) == len(set(second))


def refined_by_definition(table: np.ndarray, accepting: np.ndarray) -> np.ndarray:
    """Split blocks by the blocks of all successors until nothing changes."""
    block = accepting.astype(np.int64)
    while True:
        rows = np.vstack([block[None, :], block[table]]).T
        _, finer = np.unique(rows, axis=0, return_inverse=True)
        finer = finer.reshape(-1)
        if finer.max() == block.max() and same_partition(finer, block):
            return block
        block = finer


def test_hopcroft_by_definition() -> None:
    rng = np.random.default_rng(11)
    for _ in range(300):
        table, accepting = draw(rng)
        expected = refined_by_definition(table, accepting)
        for found in (kernels.hopcroft(table, accepting), plain.hopcroft(table, accepting)):
            assert same_partition(found, expected)
            assert set(found.tolist()) == set(range(len(set(found.tolist()))))


def test_a_wrong_partition_would_be_noticed() -> None:
    table, accepting = np.array([[1, 2, 3, 3]], dtype=np.int32), np.array([False, False, False, True])
    block = kernels.hopcroft(table, accepting)
    assert same_partition(block, refined_by_definition(table, accepting))
    block[0] = block[1]
    assert not same_partition(block, refined_by_definition(table, accepting))


@pytest.mark.parametrize("states", [1, 2, 3_000])
def test_hopcroft_on_chains(states: int) -> None:
    chain = np.minimum(np.arange(states) + 1, states - 1).astype(np.int32)[None, :]
    accepting = np.arange(states) == states - 1
    assert len(set(kernels.hopcroft(chain, accepting).tolist())) == states


def test_hopcroft_karp_agrees_with_the_plain_one() -> None:
    rng = np.random.default_rng(12)
    equal = 0
    for _ in range(500):
        table, accepting = draw(rng, 8)
        other = rng.integers(0, table.shape[1], table.shape).astype(np.int32)
        if rng.random() < 0.3:
            other = table.copy()
        found = kernels.hopcroft_karp(table, 0, accepting, other, 0, accepting)
        expected = plain.hopcroft_karp(table, 0, accepting, other, 0, accepting)
        assert (None if found is None else found.tolist()) == expected
        equal += expected is None
    assert 100 < equal < 500


def test_running_and_reaching() -> None:
    rng = np.random.default_rng(13)
    for _ in range(50):
        table, _ = draw(rng)
        word = rng.integers(0, table.shape[0], 200)
        visited = kernels.visited_states(table, 0, word)
        state = 0
        for t, letter in enumerate(word):
            assert visited[t] == state
            state = int(table[letter, state])
        assert visited[-1] == state == kernels.final_state(table, 0, word)
        moves = (table.T * table.shape[0]).astype(np.int64).ravel()
        numbers = np.append(np.arange(table.shape[0]), -1)
        assert kernels.final_state_of_codes(moves, table.shape[0], 0, word, numbers) == (state, -1)
        word[150] = 9
        assert kernels.final_state_of_codes(moves, table.shape[0], 0, word, numbers)[1] == 150
        order = kernels.reachable_order(table, 0).tolist()
        assert order[0] == 0
        assert len(set(order)) == len(order)
        assert set(table[:, order].ravel().tolist()) <= set(order)
