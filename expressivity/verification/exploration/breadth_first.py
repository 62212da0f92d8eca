"""Machine × automaton: breadth-first search over reachable (row, automaton state) pairs.

Either the pairs close, and then every word is settled, or the first pair on which the verdicts differ gives a
shortest counterexample, or the budget ends first.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from expressivity.automaton import Automaton
from expressivity.verification.exploration.budgets import INTERRUPTED, Budget, Limit, Spent
from expressivity.verification.exploration.outcomes import Closed, Differs, Exhausted, Progress

_PAIR_BYTES, _ENTRY_BYTES = 400, 48  # roughly, what a pair costs as Python objects, and each of its entries


@runtime_checkable
class Steps(Protocol):
    """What can be explored: rows, and what a letter makes of them; a `simulation.machine.Machine`, or a part of one."""

    @property
    def letters(self) -> int:
        """Number of letters."""
        ...

    @property
    def chunk(self) -> int:
        """Most steps that are worth taking together."""
        ...

    @property
    def most_words(self) -> int | float:
        """Machine words of unbounded entries from which on a search has gone far enough."""
        ...

    def start(self) -> tuple[np.ndarray, bool]:
        """The row before the first letter, and the verdict on the empty word."""
        ...

    def step(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows after one letter each, and the verdicts."""
        ...

    def keys(self, rows: np.ndarray) -> Sequence[Hashable]:
        """One value for each row; rows with equal keys have equal futures."""
        ...

    def words(self, rows: np.ndarray) -> int:
        """Machine words that the entries of some rows fill beyond one each."""
        ...


class _Visited:
    """Pairs found so far, in order of arrival, and how each was reached."""

    def __init__(self, machine: Steps) -> None:
        self.machine = machine
        self.blocks: list[np.ndarray] = []
        self.labels: list[int] = []
        self.parents: list[int] = []
        self.letters: list[int] = []
        self.numbers: dict[object, int] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def add(
        self, rows: np.ndarray, labels: list[int], parents: list[int], letters: list[int]
    ) -> tuple[list[int], np.ndarray]:
        """Numbers of the pairs, and the rows of those that are new."""
        numbers, fresh = [], []
        for position, pair in enumerate(zip(self.machine.keys(rows), labels, strict=True)):
            number = self.numbers.setdefault(pair, len(self.labels))
            if number == len(self.labels):
                self.labels.append(pair[1])
                self.parents.append(parents[position])
                self.letters.append(letters[position])
                fresh.append(position)
            numbers.append(number)
        if fresh:
            self.blocks.append(rows[fresh])
        return numbers, rows[fresh]

    def word(self, number: int) -> tuple[int, ...]:
        letters = []
        while number > 0:
            letters.append(self.letters[number])
            number = self.parents[number]
        return tuple(reversed(letters))


def explore(
    machine: Steps, automaton: Automaton | None, budget: Budget, progress: Progress | None = None
) -> Closed | Differs | Exhausted:
    """Explore the product of a machine and an automaton over the same letters, in the same order.

    Arguments:
        machine: what is explored.
        automaton: the language; None to label rows by the machine's own verdicts (0 or 1) and compare with nothing.
        budget: states, seconds and bytes; looked at before every batch of steps.
        progress: called with one line per finished level.

    Returns:
        `Closed`, `Differs` or `Exhausted`; an interrupt (Ctrl-C) ends the search as `Exhausted`.
    """
    frontier, empty_verdict = machine.start()
    letters = machine.letters
    if automaton is not None and empty_verdict != bool(automaton.accepting[automaton.start]):
        return Differs((), empty_verdict)
    visited = _Visited(machine)
    visited.add(frontier, [int(empty_verdict) if automaton is None else int(automaton.start)], [-1], [-1])
    successors: list[int] = []
    begin, length, words = 0, 0, 0
    step = max(1, machine.chunk // letters)
    pair_bytes = _PAIR_BYTES + _ENTRY_BYTES * (frontier.shape[1] + letters)
    try:
        while len(frontier):
            following_frontier: list[np.ndarray] = []
            for low in range(0, len(frontier), step):
                part = frontier[low : low + step]
                spent = budget.spent((len(visited) + len(part) * letters) * pair_bytes + 8 * words)
                if words > machine.most_words:
                    spent = Spent(Limit.WORDS, f"{machine.most_words} words of exact numbers")
                if spent is not None:
                    return Exhausted(length, len(visited), spent)
                read = np.tile(np.arange(letters), len(part))
                parents = np.repeat(np.arange(begin + low, begin + low + len(part)), letters)
                following, flags = machine.step(np.repeat(part, letters, axis=0), read)
                if automaton is None:
                    labels = flags.astype(np.int64)
                else:
                    sources = visited.labels[begin + low : begin + low + len(part)]
                    labels = automaton.table[read, np.repeat(sources, letters)]
                    wrong = np.flatnonzero(flags != automaton.accepting[labels])
                    if wrong.size:
                        first = int(wrong[0])
                        word = (*visited.word(int(parents[first])), int(read[first]))
                        return Differs(word, bool(flags[first]))
                numbers, fresh = visited.add(following, labels.tolist(), parents.tolist(), read.tolist())
                successors += numbers
                following_frontier.append(fresh)
                words += machine.words(fresh)
                if len(visited) > budget.states:
                    return Exhausted(length, len(visited), budget.out_of_states())
            begin, length = begin + len(frontier), length + 1
            frontier = np.concatenate(following_frontier)
            if progress is not None:
                progress(f"length {length}: {len(visited)} states")
    except KeyboardInterrupt:
        return Exhausted(length, len(visited), INTERRUPTED)
    table = np.array(successors, dtype=np.int64).reshape(-1, letters)
    return Closed(np.concatenate(visited.blocks), np.array(visited.labels), table)
