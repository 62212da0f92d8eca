"""Network × automaton: breadth-first search over reachable (exact state, automaton state) pairs.

Either the pairs close, and then every word is settled, or the first pair on which the verdicts differ gives a
shortest counterexample, or the budget ends first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from expressivity.automaton import Automaton
from expressivity.verification.budgets import NO_LIMITS, Limits

Progress = Callable[[str], None]

INTERRUPTED = "interrupted"

_PAIR_BYTES, _NUMBER_BYTES = 400, 48  # roughly, what a pair costs as Python objects, and each of its integers
_CHUNK = 1 << 15  # transitions per batched step: bounds memory, and keeps an interrupt responsive


@runtime_checkable
class StateMachine(Protocol):
    """A network on rows of integers, in some arithmetic; see `exact_states.ExactMachine`."""

    borders: list[int]

    def start(self) -> tuple[np.ndarray, bool]:
        """The row before the first letter, and the verdict on the empty word."""
        ...

    def step(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """Rows after one letter each, verdicts, and factors by which the scales must grow."""
        ...

    def scales(self) -> list[int]:
        """The scale of each layer."""
        ...

    def enlarge(self, factors: Sequence[int]) -> None:
        """Multiply the scale of each layer by its factor."""
        ...

    def grow(self, rows: np.ndarray, factors: Sequence[int]) -> np.ndarray:
        """Older rows over the enlarged scales."""
        ...


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
    """Numbers of the pairs met so far, in order of arrival, and how each was reached.

    A pair is known by its row in lowest terms once scales have begun to grow, so that rows met earlier, over smaller
    scales, need not be rewritten.
    """

    def __init__(self, machine: StateMachine) -> None:
        self.machine = machine
        self.scales = machine.scales()
        self.lowest_terms = False
        self.blocks: list[tuple[np.ndarray, list[int]]] = []
        self.labels: list[int] = []
        self.parents: list[int] = []
        self.letters: list[int] = []
        self.numbers: dict[object, int] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def keys(self, rows: np.ndarray, scales: list[int]) -> list[tuple[int, ...]]:
        if not self.lowest_terms:
            return [tuple(row) for row in rows.tolist()]
        borders = self.machine.borders
        keys = []
        for row in rows.tolist():
            key: list[int] = row[borders[-1] :]
            for begin, end, scale in zip(borders, borders[1:], scales, strict=False):
                divisor = math.gcd(scale, *row[begin:end])
                key += [value // divisor for value in row[begin:end]]
                key.append(scale // divisor)
            keys.append(tuple(key))
        return keys

    def notice_scales(self) -> None:
        """Switch to lowest terms when the machine's scales have grown for the first time."""
        self.scales = self.machine.scales()
        if not self.lowest_terms and any(scales != self.scales for _, scales in self.blocks):
            self.lowest_terms = True
            known = (key for rows, scales in self.blocks for key in self.keys(rows, scales))
            self.numbers = {(*key, label): i for i, (key, label) in enumerate(zip(known, self.labels, strict=True))}

    def add(
        self, rows: np.ndarray, labels: list[int], parents: list[int], letters: list[int]
    ) -> tuple[list[int], np.ndarray]:
        """Numbers of the pairs, and the rows of those that are new."""
        numbers, fresh = [], []
        for position, (key, label) in enumerate(zip(self.keys(rows, self.scales), labels, strict=True)):
            number = self.numbers.setdefault((*key, label), len(self.labels))
            if number == len(self.labels):
                self.labels.append(label)
                self.parents.append(parents[position])
                self.letters.append(letters[position])
                fresh.append(position)
            numbers.append(number)
        if fresh:
            self.blocks.append((rows[fresh], self.scales))
        return numbers, rows[fresh]

    def all_rows(self) -> np.ndarray:
        """Every row over the present scales."""
        grown = [
            self.machine.grow(rows, [now // then for now, then in zip(self.scales, scales, strict=True)])
            for rows, scales in self.blocks
        ]
        return np.concatenate(grown)

    def word(self, number: int) -> tuple[int, ...]:
        letters = []
        while number > 0:
            letters.append(self.letters[number])
            number = self.parents[number]
        return tuple(reversed(letters))


def explore(
    machine: StateMachine,
    automaton: Automaton,
    *,
    max_states: int,
    limits: Limits = NO_LIMITS,
    progress: Progress | None = None,
) -> Closed | Differs | Exhausted:
    """Explore the product of a network and an automaton over the same letters, in the same order.

    Arguments:
        machine: the network in some arithmetic.
        automaton: the language.
        max_states: most (state, automaton state) pairs to keep.
        limits: seconds and bytes; looked at before every batch of at most 2^15 steps.
        progress: called with one line per finished level.

    Returns:
        `Closed`, `Differs` or `Exhausted`; an interrupt (Ctrl-C) ends the search as `Exhausted`.
    """
    frontier, empty_verdict = machine.start()
    if empty_verdict != bool(automaton.accepting[automaton.start]):
        return Differs((), empty_verdict)
    visited = _Visited(machine)
    visited.add(frontier, [automaton.start], [-1], [-1])
    letters = len(automaton.letters)
    successors: list[int] = []
    begin, length = 0, 0
    step = max(1, _CHUNK // letters)
    pair_bytes = _PAIR_BYTES + _NUMBER_BYTES * frontier.shape[1] + _NUMBER_BYTES * letters
    try:
        while len(frontier):
            following_frontier: list[np.ndarray] = []
            for low in range(0, len(frontier), step):
                part = frontier[low : low + step]
                spent = limits.spent((len(visited) + len(part) * letters) * pair_bytes)
                if spent is not None:
                    return Exhausted(length, len(visited), spent)
                rows = np.repeat(part, letters, axis=0)
                read = np.tile(np.arange(letters), len(part))
                parents = np.repeat(np.arange(begin + low, begin + low + len(part)), letters)
                labels = automaton.table[
                    read, np.repeat(visited.labels[begin + low : begin + low + len(part)], letters)
                ]
                following, flags, factors = machine.step(rows, read)
                wrong = np.flatnonzero(flags != automaton.accepting[labels])
                if wrong.size:
                    first = int(wrong[0])
                    word = (*visited.word(int(parents[first])), int(read[first]))
                    return Differs(word, bool(flags[first]))
                if max(factors) > 1:
                    machine.enlarge(factors)
                    frontier = machine.grow(frontier, factors)
                    following_frontier = [machine.grow(earlier, factors) for earlier in following_frontier]
                    visited.notice_scales()
                numbers, fresh = visited.add(following, labels.tolist(), parents.tolist(), read.tolist())
                successors += numbers
                following_frontier.append(fresh)
                if len(visited) > max_states:
                    return Exhausted(length, len(visited), f"max_states={max_states}")
            begin, length = begin + len(frontier), length + 1
            frontier = np.concatenate(following_frontier)
            if progress is not None:
                progress(f"length {length}: {len(visited)} states")
    except KeyboardInterrupt:
        return Exhausted(length, len(visited), INTERRUPTED)
    table = np.array(successors, dtype=np.int64).reshape(-1, letters)
    return Closed(visited.all_rows(), np.array(visited.labels), table)
