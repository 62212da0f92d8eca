"""Minimising and comparing small automata in plain Python, for when loading the compiled kernels would take longer.

The results are those of the kernels of the same names, up to the numbering of blocks.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int


def hopcroft(
    table: Int[np.ndarray, "letter state"], accepting: Bool[np.ndarray, " state"]
) -> Int[np.ndarray, " state"]:
    """Block numbers of the coarsest congruence that respects the accepting states, by Hopcroft's algorithm on sets."""
    states = len(accepting)
    sources: list[list[list[int]]] = []
    for row in table.tolist():
        before: list[list[int]] = [[] for _ in range(states)]
        for state, target in enumerate(row):
            before[target].append(state)
        sources.append(before)
    block = accepting.astype(np.int64).tolist()
    blocks = [set(np.flatnonzero(~accepting).tolist()), set(np.flatnonzero(accepting).tolist())]
    if not blocks[0] or not blocks[1]:
        return np.zeros(states, dtype=np.int64)
    waiting = {0 if len(blocks[0]) <= len(blocks[1]) else 1}
    while waiting:
        splitter = list(blocks[waiting.pop()])
        for before in sources:
            hit: dict[int, set[int]] = {}
            for target in splitter:
                for state in before[target]:
                    hit.setdefault(block[state], set()).add(state)
            for home, part in hit.items():
                rest = len(blocks[home]) - len(part)
                if rest == 0:
                    continue
                smaller = part if len(part) <= rest else blocks[home] - part
                blocks[home] -= smaller
                # The smaller half gets the new number and waits; the larger one waits if the whole block did.
                waiting.add(len(blocks))
                for state in smaller:
                    block[state] = len(blocks)
                blocks.append(smaller)
    return np.array(block, dtype=np.int64)


def hopcroft_karp(
    first: Int[np.ndarray, "letter state_1"],
    first_start: int,
    first_accepting: Bool[np.ndarray, " state_1"],
    second: Int[np.ndarray, "letter state_2"],
    second_start: int,
    second_accepting: Bool[np.ndarray, " state_2"],
) -> list[int] | None:
    """Letter numbers of a shortest distinguishing word, or None; union–find over the disjoint union of states."""
    offset = first.shape[1]
    columns = first.T.tolist() + (second + offset).T.tolist()
    accepting = first_accepting.tolist() + second_accepting.tolist()
    parent = list(range(len(columns)))

    def find(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    queue = [(first_start, second_start + offset, -1, -1)]
    parent[find(first_start)] = find(second_start + offset)
    for index, (p, q, _, _) in enumerate(queue):
        if accepting[p] != accepting[q]:
            word: list[int] = []
            while index > 0:
                _, _, index, letter = queue[index]
                word.append(letter)
            return word[::-1]
        for letter, (p_next, q_next) in enumerate(zip(columns[p], columns[q], strict=True)):
            root_p, root_q = find(p_next), find(q_next)
            if root_p != root_q:
                parent[root_p] = root_q
                queue.append((p_next, q_next, index, letter))
    return None
