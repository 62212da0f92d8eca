"""Congruences of an automaton: partitions of its states that letters respect, and the quotients they give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Int

from expressivity.algebra.monoids.graphs import first_occurrence
from expressivity.automaton import Automaton


def congruence(table: Int[np.ndarray, "letter state"], pairs: Iterable[tuple[int, int]]) -> Int[np.ndarray, " state"]:
    """The smallest congruence that identifies some pairs of states, as block numbers in order of first occurrence."""
    columns = table.T.tolist()
    parent = list(range(len(columns)))

    def find(q: int) -> int:
        while parent[q] != q:
            parent[q] = parent[parent[q]]
            q = parent[q]
        return q

    pending = list(pairs)
    while pending:
        p, q = pending.pop()
        root_p, root_q = find(p), find(q)
        if root_p != root_q:
            parent[root_p] = root_q
            pending.extend(zip(columns[p], columns[q], strict=True))
    return first_occurrence(np.array([find(q) for q in range(len(columns))]))


def principal_congruences(table: Int[np.ndarray, "letter state"]) -> list[Int[np.ndarray, " state"]]:
    """The congruences that one pair of states generates, each once, fewest blocks first; not the one-block one."""
    found: dict[bytes, np.ndarray] = {}
    for pair in combinations(range(table.shape[1]), 2):
        blocks = congruence(table, [pair])
        if blocks.max() > 0:
            found.setdefault(blocks.tobytes(), blocks)
    return sorted(found.values(), key=lambda blocks: int(blocks.max()))


def independent_pair(
    table: Int[np.ndarray, "letter state"], *, seeds: int = 12
) -> tuple[Int[np.ndarray, " state"], Int[np.ndarray, " state"]] | None:
    """Two congruences that identify no pair of different states in common, grown greedily to few blocks; or None.

    Some such pair is found whenever there is one with a principal congruence among the `seeds` coarsest; the one with
    fewest blocks in all need not be.

    Arguments:
        table: transition table.
        seeds: how many principal congruences to start from, coarsest first.
    """
    principal = [(blocks, _identified(blocks)) for blocks in principal_congruences(table)]
    best: tuple[np.ndarray, np.ndarray] | None = None
    for seed, pairs in principal[:seeds]:
        second = _grown(table, None, pairs, principal)
        if second is not None:
            first = _grown(table, seed, _identified(second), principal)
            if first is not None and (best is None or _blocks(first, second) < _blocks(*best)):
                best = (first, second)
    return best


def _grown(
    table: np.ndarray, blocks: np.ndarray | None, forbidden: int, principal: Sequence[tuple[np.ndarray, int]]
) -> np.ndarray | None:
    """A congruence joined with principal ones as long as it identifies no forbidden pair; None when there are none."""
    grown = blocks
    held = 0 if blocks is None else _identified(blocks)
    for other, pairs in principal:
        if pairs & forbidden or not pairs & ~held:
            continue
        joined = other if grown is None else congruence(table, [*_links(grown), *_links(other)])
        together = _identified(joined)
        if not together & forbidden:
            grown, held = joined, together
    return grown


def _blocks(first: np.ndarray, second: np.ndarray) -> int:
    return int(first.max()) + int(second.max()) + 2


def quotient(automaton: Automaton, blocks: Int[np.ndarray, " state"]) -> Automaton:
    """The automaton on the blocks of a congruence; a block accepts when all its states do."""
    count = int(blocks.max()) + 1
    representative = np.zeros(count, dtype=np.int64)
    representative[blocks] = np.arange(len(blocks))
    accepting = np.ones(count, dtype=bool)
    accepting[blocks[~automaton.accepting]] = False
    table = blocks[automaton.table[:, representative]].astype(np.int32)
    return Automaton(table, int(blocks[automaton.start]), accepting, automaton.letters)


def _links(blocks: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of states that generate a partition: each state with the first one of its block."""
    first: dict[int, int] = {}
    pairs = [(first.setdefault(block, q), q) for q, block in enumerate(blocks.tolist())]
    return [(p, q) for p, q in pairs if p != q]


def _identified(blocks: np.ndarray) -> int:
    """The pairs of different states that a partition identifies, as a bit mask."""
    together = np.triu(blocks[:, None] == blocks[None, :], k=1)
    return int.from_bytes(np.packbits(together).tobytes(), "big")
