"""Network × automaton: breadth-first search over reachable (exact state, automaton state) pairs.

Either the pairs close, and then every word is settled, or the first pair on which the verdicts differ gives a
shortest counterexample, or the budget ends first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from expressivity.automaton import Automaton
from expressivity.verification.exact_states import ExactMachine

Progress = Callable[[str], None]

_CHUNK = 1 << 15  # transitions per batched step: bounds memory, and keeps an interrupt responsive


@dataclass(frozen=True, eq=False)
class Closed:
    """All reachable pairs agree.

    Arguments:
        rows: exact states as integers, shape (pair, number); the start pair first.
        labels: automaton state of each pair.
        successors: shape (pair, letter), the pair after each letter.
    """

    rows: np.ndarray
    labels: np.ndarray
    successors: np.ndarray


@dataclass(frozen=True)
class Differs:
    """A shortest word (letter numbers) on which the verdicts differ."""

    word: tuple[int, ...]
    network_accepts: bool


@dataclass(frozen=True)
class Exhausted:
    """The budget ended; all words up to `proved_length` agree, `pairs` had been reached."""

    proved_length: int
    pairs: int
    budget: str


class _Visited:
    """Rows with their labels, numbered in order of arrival."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.labels: list[int] = []
        self.parents: list[int] = []
        self.letters: list[int] = []
        self.numbers: dict[object, int] = {}

    def __len__(self) -> int:
        return len(self.labels)

    @staticmethod
    def key(row: list[int], label: int) -> object:
        return (*row, label)

    def rows(self) -> np.ndarray:
        if len(self.blocks) > 1:
            self.blocks = [np.concatenate(self.blocks)]
        return self.blocks[0]

    def rescale(self, machine: ExactMachine, factors: list[int]) -> None:
        grown = machine.grow(self.rows(), factors)
        self.blocks = [grown]
        self.numbers = {
            self.key(row, label): number
            for number, (row, label) in enumerate(zip(grown.tolist(), self.labels, strict=True))
        }

    def add(self, rows: np.ndarray, labels: list[int], parents: list[int], letters: list[int]) -> list[int]:
        """Numbers of the pairs; new ones are appended."""
        numbers, fresh = [], []
        for position, (row, label) in enumerate(zip(rows.tolist(), labels, strict=True)):
            key = self.key(row, label)
            number = self.numbers.get(key)
            if number is None:
                number = self.numbers[key] = len(self.labels)
                self.labels.append(label)
                self.parents.append(parents[position])
                self.letters.append(letters[position])
                fresh.append(position)
            numbers.append(number)
        if fresh:
            self.blocks.append(rows[fresh])
        return numbers

    def word(self, number: int) -> tuple[int, ...]:
        letters = []
        while number > 0:
            letters.append(self.letters[number])
            number = self.parents[number]
        return tuple(reversed(letters))


def explore(
    machine: ExactMachine,
    automaton: Automaton,
    *,
    max_states: int,
    progress: Progress | None = None,
) -> Closed | Differs | Exhausted:
    """Explore the product of a network and an automaton over the same letters, in the same order.

    Arguments:
        machine: the network in exact arithmetic.
        automaton: the language.
        max_states: most (state, automaton state) pairs to keep.
        progress: called with one line per finished level.

    Returns:
        `Closed`, `Differs` or `Exhausted`; an interrupt (Ctrl-C) ends the search as `Exhausted`.
    """
    row, empty_verdict = machine.start()
    if empty_verdict != bool(automaton.accepting[automaton.start]):
        return Differs((), empty_verdict)
    visited = _Visited()
    visited.add(row, [automaton.start], [-1], [-1])
    letters = len(automaton.letters)
    successors: list[int] = []
    accepting = automaton.accepting
    begin, length = 0, 0
    try:
        while begin < len(visited):
            end = len(visited)
            step = max(1, _CHUNK // letters)
            for low in range(begin, end, step):
                high = min(low + step, end)
                rows = np.repeat(visited.rows()[low:high], letters, axis=0)
                read = np.tile(np.arange(letters), high - low)
                labels = automaton.table[read, np.repeat(visited.labels[low:high], letters)]
                parents = np.repeat(np.arange(low, high), letters)
                following, flags, factors = machine.step(rows, read)
                wrong = np.flatnonzero(flags != accepting[labels])
                if wrong.size:
                    first = int(wrong[0])
                    word = (*visited.word(int(parents[first])), int(read[first]))
                    return Differs(word, bool(flags[first]))
                if max(factors) > 1:
                    visited.rescale(machine, factors)
                    machine.enlarge(factors)
                successors += visited.add(following, labels.tolist(), parents.tolist(), read.tolist())
                if len(visited) > max_states:
                    return Exhausted(length, len(visited), f"max_states={max_states}")
            begin, length = end, length + 1
            if progress is not None:
                progress(f"length {length}: {len(visited)} states")
    except KeyboardInterrupt:
        return Exhausted(length, len(visited), "interrupted")
    table = np.array(successors, dtype=np.int64).reshape(-1, letters)
    return Closed(visited.rows(), np.array(visited.labels), table)
