"""How the letters of an automaton act when all of them are permutations: cycles, block systems, cyclic structure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from expressivity.automaton import Automaton
from expressivity.automaton.congruences import generated_blocks, on_blocks
from expressivity.automaton.maps import are_permutations


def is_permutation_automaton(automaton: Automaton) -> bool:
    """Whether every letter permutes the states."""
    return bool(are_permutations(automaton.table).all())


def cycles(permutation: Sequence[int]) -> list[list[int]]:
    """Cycles of length at least two, each from its smallest element on."""
    seen, found = set(), []
    for first in range(len(permutation)):
        if first in seen:
            continue
        cycle, at = [], first
        while at not in seen:
            seen.add(at)
            cycle.append(at)
            at = int(permutation[at])
        if len(cycle) > 1:
            found.append(cycle)
    return found


def reflection_counts(permutations: Int[np.ndarray, "letter point"]) -> Int[np.ndarray, " letter"]:
    """Least number of reflections whose product is each permutation matrix: points minus cycles.

    Source: Scherk 1950: rank(I − A) reflections are needed and suffice for an orthogonal A.
    """
    points = np.arange(permutations.shape[1])
    smallest, power = np.tile(points, (len(permutations), 1)), permutations
    # After k rounds every point knows the smallest of the next 2^k points of its cycle.
    for _ in range(len(points).bit_length()):
        smallest = np.minimum(smallest, np.take_along_axis(smallest, power, axis=1))
        power = np.take_along_axis(power, power, axis=1)
    counts: np.ndarray = len(points) - np.sum(smallest == points, axis=1)
    return counts


def swaps(permutation: Sequence[int]) -> list[tuple[int, int]]:
    """As few transpositions as possible, in order of application, whose product is the permutation."""
    return [
        (cycle[place], cycle[place + 1]) for cycle in cycles(permutation) for place in range(len(cycle) - 2, -1, -1)
    ]


def block_systems(automaton: Automaton, *, limit: int = 2_000) -> list[Int[np.ndarray, " state"]]:
    """Congruences of a permutation automaton, as block numbers of the states, coarse ones first.

    All joins of principal congruences (those that identify the start state with one other state), the equality
    included and the one-block congruence left out. For a transitive action these are all its block systems. When more
    than `limit` arise the list is cut short.
    """
    # Few letters usually generate the others: a partition they all respect is tested against the rest afterwards.
    rows = _connecting_letters(automaton)
    while True:
        found = _joins(automaton.table[rows], automaton.start, limit)
        broken = next(
            (x for p in found for x in range(len(automaton.letters)) if not _respects(automaton.table[x], p)), None
        )
        if broken is None:
            return found
        rows.append(broken)


def _connecting_letters(automaton: Automaton) -> list[int]:
    """Letters, each taken because it enlarges what the start state reaches; in a regular action they generate it."""
    rows: list[int] = []
    reached = {automaton.start}
    for x, letter in enumerate(automaton.table.tolist()):
        if any(letter[q] not in reached for q in reached):
            rows.append(x)
            chosen = automaton.table[rows].T.tolist()
            queue = list(reached)
            for q in queue:
                fresh = [target for target in chosen[q] if target not in reached]
                reached.update(fresh)
                queue.extend(fresh)
    return rows


def _respects(letter: np.ndarray, partition: np.ndarray) -> bool:
    """Whether a letter maps blocks into blocks."""
    return bool(np.array_equal(on_blocks(letter[None], partition)[0, partition], partition[letter]))


def _joins(table: np.ndarray, start: int, limit: int) -> list[np.ndarray]:
    """All joins of congruences that identify `start` with another state, without the one-block congruence.

    Above a congruence, the next ones are generated in its quotient, which is smaller the further up one gets.
    """
    equality = tuple(range(table.shape[1]))
    found = {equality: None} if table.shape[1] > 1 else {}
    queue = list(found)
    for known in queue:
        columns = on_blocks(table, np.array(known)).T.tolist()
        for other in range(len(columns)):
            if other == known[start]:
                continue
            merged = generated_blocks(columns, [(known[start], other)])
            if max(merged) == 0:
                continue
            number: dict[int, int] = {}
            joined = tuple(number.setdefault(merged[block], len(number)) for block in known)
            if joined not in found and len(found) < limit:
                found[joined] = None
                queue.append(joined)
    return [np.array(p) for p in sorted(found or {equality: None}, key=max)]


def cyclic_shifts(automaton: Automaton) -> tuple[Int[np.ndarray, " state"], Int[np.ndarray, " letter"]] | None:
    """For an automaton that adds modulo its number of states: the residue of each state and of each letter.

    Returns:
        Residues of states (the start state is 0) and of letters, such that reading letter x in state q leads to the
        state of residue(q) + residue(x); None when the automaton does not add modulo |Q|.
    """
    if not is_permutation_automaton(automaton):
        return None
    table, m = automaton.table, automaton.states
    if any(not np.array_equal(a[b], b[a]) for a in table for b in table):
        return None
    # Commuting letters that reach every state act regularly: each state q is the start state moved by one translation.
    translation = {automaton.start: np.arange(m)}
    queue = [automaton.start]
    for q in queue:
        for letter in table:
            target = int(letter[q])
            if target not in translation:
                translation[target] = letter[translation[q]]
                queue.append(target)
    if len(translation) < m:
        return None
    for generator in translation.values():
        residue = np.full(m, -1)
        at = automaton.start
        for power in range(m):
            residue[at] = power
            at = int(generator[at])
        if residue.min() >= 0:
            return residue, residue[table[:, automaton.start]]
    return None
