"""Congruences of an automaton: partitions of its states that letters respect, and the quotients they give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Int

from expressivity.automaton.automaton import Automaton


def least_congruence(
    table: Int[np.ndarray, "letter state"],
    pairs: Iterable[tuple[int, int]],
    *,
    above: Int[np.ndarray, " state"] | None = None,
) -> Int[np.ndarray, " state"]:
    """The smallest congruence that identifies some pairs of states, as block numbers in order of first occurrence.

    Arguments:
        table: transition table, or the generators of a permutation group, whose block systems congruences are.
        pairs: states to identify.
        above: a congruence that it has to contain; equality by default.
    """
    if above is None:
        return np.array(generated_blocks(table.T.tolist(), pairs))
    columns = on_blocks(table, above).T.tolist()
    merged = generated_blocks(columns, [(int(above[p]), int(above[q])) for p, q in pairs])
    return np.asarray(np.array(merged)[above])


def generated_blocks(columns: Sequence[Sequence[int]], pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The blocks of `least_congruence` for a table given by its columns, `columns[state][letter]`.

    Source: Atkinson 1975 for permutations; Hopcroft & Karp 1971.
    """
    # Blocks are merged by relabelling the smaller one: n log n in all, and no search for a representative.
    root = list(range(len(columns)))
    members = [[state] for state in root]
    stack = list(pairs)
    while stack:
        p, q = stack.pop()
        kept, lost = root[p], root[q]
        if kept == lost:
            continue
        if len(members[kept]) < len(members[lost]):
            kept, lost = lost, kept
        for state in members[lost]:
            root[state] = kept
        members[kept] += members[lost]
        stack.extend(zip(columns[p], columns[q], strict=True))
    number: dict[int, int] = {}
    return [number.setdefault(block, len(number)) for block in root]


def on_blocks(maps: Int[np.ndarray, "map state"], blocks: Int[np.ndarray, " state"]) -> Int[np.ndarray, "map block"]:
    """What maps that respect a partition do to its blocks."""
    moved = np.empty((len(maps), int(blocks.max()) + 1), dtype=maps.dtype)
    moved[:, blocks] = blocks[maps]
    return moved


def first_occurrence(labels: Int[np.ndarray, " state"]) -> Int[np.ndarray, " state"]:
    """The same partition with its blocks renumbered in the order in which they first occur."""
    _, first, block = np.unique(labels, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return np.asarray(number[block.reshape(-1)])


def principal_congruences(table: Int[np.ndarray, "letter state"]) -> list[Int[np.ndarray, " state"]]:
    """The congruences that one pair of states generates, each once, fewest blocks first; not the one-block one."""
    found: dict[bytes, np.ndarray] = {}
    for pair in combinations(range(table.shape[1]), 2):
        blocks = least_congruence(table, [pair])
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
        joined = other if grown is None else least_congruence(table, _links(other), above=grown)
        together = _identified(joined)
        if not together & forbidden:
            grown, held = joined, together
    return grown


def _blocks(first: np.ndarray, second: np.ndarray) -> int:
    return int(first.max()) + int(second.max()) + 2


def quotient(automaton: Automaton, blocks: Int[np.ndarray, " state"]) -> Automaton:
    """The automaton on the blocks of a congruence; a block accepts when all its states do."""
    accepting = np.ones(int(blocks.max()) + 1, dtype=bool)
    accepting[blocks[~automaton.accepting]] = False
    return Automaton(on_blocks(automaton.table, blocks), int(blocks[automaton.start]), accepting, automaton.letters)


def _links(blocks: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of states that generate a partition: each state with the first one of its block."""
    first: dict[int, int] = {}
    pairs = [(first.setdefault(block, q), q) for q, block in enumerate(blocks.tolist())]
    return [(p, q) for p, q in pairs if p != q]


def _identified(blocks: np.ndarray) -> int:
    """The pairs of different states that a partition identifies, as a bit mask."""
    together = np.triu(blocks[:, None] == blocks[None, :], k=1)
    return int.from_bytes(np.packbits(together).tobytes(), "big")
