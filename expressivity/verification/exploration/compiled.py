"""The breadth-first search of a network in finite arithmetic, in compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from expressivity.automaton import Automaton
from expressivity.simulation.bit_layers import from_bits, to_bits
from expressivity.simulation.machine import Machine
from expressivity.simulation.packed import PackedLayers
from expressivity.simulation.simulate import SettledCodes
from expressivity.verification.exploration.budgets import INTERRUPTED, Budget, Limit, Spent
from expressivity.verification.exploration.counters_kernels import DONE, KNOWN, LETTER, SOURCE, VERDICT
from expressivity.verification.exploration.outcomes import Closed, Differs, Exhausted, Progress

_SLICE = 1 << 17  # pairs settled between two looks at the clock and the keyboard
_ROOM = 1 << 14
_MOST = (1 << 31) - 1  # pairs are numbered by 32-bit integers


class Aim(NamedTuple):
    """What verdicts are compared with.

    Arguments:
        table: the automaton's, shape (letter, state).
        accepting: the automaton's.
        compares: whether there is an automaton at all; else states are labelled by the network's own verdict.
    """

    table: np.ndarray
    accepting: np.ndarray
    compares: bool


class Pairs(NamedTuple):
    """(state, label) pairs; every array has room for more at the end.

    Arguments:
        rows: states of all layers side by side.
        pasts: previous symbols, none where no layer has a delay.
        labels: the labels.
        sources: pair from which each pair was reached first.
        depths: number of letters after which each was.
        successors: shape (pair, letter).
        slots: hash table, see `compiled_kernels.rehash`.
    """

    rows: np.ndarray
    pasts: np.ndarray
    labels: np.ndarray
    sources: np.ndarray
    depths: np.ndarray
    successors: np.ndarray
    slots: np.ndarray


def aim_at(automaton: Automaton | None, letters: int) -> Aim:
    """An automaton for the compiled loops, or nothing to compare with."""
    if automaton is None:
        return Aim(np.zeros((letters, 1), dtype=np.int32), np.ones(1, dtype=np.bool_), compares=False)
    return Aim(np.array(automaton.table), np.array(automaton.accepting), compares=True)


def numbers_of(machine: Machine, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of bit patterns as states in float64, and a column of previous symbols for every layer."""
    return from_bits(rows[:, : machine.borders[-1]]), machine.previous(rows)


def explore_compiled(
    machine: Machine, automaton: Automaton | None, budget: Budget, progress: Progress | None
) -> Closed | Differs | Exhausted | None:
    """As `breadth_first.explore`, with the compiled loops; None where they do not cover the arithmetic.

    Arguments:
        machine: the network.
        automaton: the language; None to label states by the network's own verdict, and compare with nothing.
        budget: states, seconds and bytes.
        progress: called now and then with one line.
    """
    packed = machine.packed
    return None if packed is None else CompiledSearch(machine, packed, automaton, budget).run(progress)


class CompiledSearch:
    """The arrays of a compiled search, and what happens between its slices.

    Arguments:
        machine: the network.
        packed: its layers for the compiled loops.
        automaton: as in `explore_compiled`.
        budget: states, seconds and bytes.
    """

    def __init__(self, machine: Machine, packed: PackedLayers, automaton: Automaton | None, budget: Budget) -> None:
        self.machine, self.packed, self.automaton, self.budget = machine, packed, automaton, budget
        letters = len(machine.network.letters)
        row, self.verdict = machine.start()
        states, previous = numbers_of(machine, row)
        label = int(self.verdict) if automaton is None else automaton.start
        self.pairs = Pairs(
            states,
            # Where no layer has a delay, no previous symbol ever changes.
            previous if machine.delays else previous[:, :0],
            np.array([label], dtype=np.int32),
            np.full(1, -1, dtype=np.int32),
            np.zeros(1, dtype=np.int32),
            np.zeros((1, letters), dtype=np.int32),
            np.zeros(0, dtype=np.int64),
        )
        self.counters = np.array([1, 0, 0, 0, 0], dtype=np.int64)
        # Row and previous symbols; successors, label, source and depth; up to four slots of the hash table.
        self.pair_bytes = 8 * (states.shape[1] + self.pairs.pasts.shape[1] + 4) + 4 * (letters + 3)

    def _make_room(self, room: int) -> Spent | None:
        """Make room for so many pairs, older arrays living on while they are copied; or name the limit against it."""
        known = int(self.counters[KNOWN])
        spent = self.budget.spent((room + known) * self.pair_bytes)
        if spent is not None:
            return spent
        if room > _MOST:
            return Spent(Limit.NUMBERING, f"the {_MOST} states a search can number")
        from expressivity.verification.exploration import compiled_kernels as kernels

        larger = {}
        for name, old in self.pairs._asdict().items():
            if name != "slots":
                larger[name] = np.empty((room, *old.shape[1:]), dtype=old.dtype)
                larger[name][:known] = old[:known]
        slots = np.full(1 << (2 * room - 1).bit_length(), kernels.EMPTY)
        pairs = self.pairs
        if pairs.slots.size:
            kernels.rehash(pairs.slots, slots)
        else:
            tag = np.zeros(1, dtype=np.int64)
            bits, label = to_bits(pairs.rows[:1]), pairs.labels[:1].astype(np.int64)
            kernels.tag_lanes(bits.T.copy(), pairs.pasts[:1].T.copy(), label, 1, tag)
            slots[tag & (slots.size - 1)] = tag << 32
        self.pairs = Pairs(**larger, slots=slots)
        return None

    def run(self, progress: Progress | None) -> Closed | Differs | Exhausted | None:
        """The outcome; None where an exact sum is too wide for the compiled loops."""
        from expressivity.verification.exploration import compiled_kernels as kernels

        automaton, counters = self.automaton, self.counters
        if automaton is not None and self.verdict != bool(automaton.accepting[automaton.start]):
            return Differs((), self.verdict)
        spent = self._make_room(_ROOM)
        assert self.machine.rounded is not None
        settled = SettledCodes(self.machine.rounded, self.packed)
        aim = aim_at(automaton, len(self.machine.network.letters))
        try:
            while spent is None:
                status = kernels.explore(
                    self.packed,
                    aim,
                    self.pairs,
                    counters,
                    settled.known,
                    settled.trouble,
                    self.budget.states,
                    _SLICE,
                )
                if status == kernels.CLOSED:
                    return self._closed()
                if status == kernels.DIFFERS:
                    word = [*self._word(int(counters[SOURCE])), int(counters[LETTER])]
                    return Differs(tuple(word), bool(counters[VERDICT]))
                if status == kernels.BUDGET:
                    return self._exhausted(self.budget.out_of_states())
                if status == kernels.SUM:
                    return None
                if status == kernels.GROW:
                    room = len(self.pairs.labels)
                    spent = self._make_room(max(2 * room, room + 256 * self.pairs.successors.shape[1]))
                elif status == kernels.CODE:
                    settled.settle()
                else:
                    spent = self.budget.spent()
                    if progress is not None:
                        progress(f"length {self.pairs.depths[counters[DONE]]}: {counters[KNOWN]} states")
            return self._exhausted(spent)
        except KeyboardInterrupt:
            return self._exhausted(INTERRUPTED)

    def _closed(self) -> Closed:
        count = int(self.counters[KNOWN])
        rows, pasts, labels, _, _, successors, _ = (array[:count] for array in self.pairs)
        whole = np.concatenate([to_bits(rows), pasts[:, self.machine.delays]], axis=1)
        return Closed(whole, labels.astype(np.int64), successors.astype(np.int64))

    def _exhausted(self, spent: Spent) -> Exhausted:
        return Exhausted(int(self.pairs.depths[self.counters[DONE]]), int(self.counters[KNOWN]), spent)

    def _word(self, number: int) -> list[int]:
        word = []
        while number > 0:
            source = int(self.pairs.sources[number])
            word.append(int(np.flatnonzero(self.pairs.successors[source] == number)[0]))
            number = source
        return word[::-1]
