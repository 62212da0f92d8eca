"""A network in finite arithmetic is a finite automaton: its reachable rounded states, explored breadth first.

States are told apart by their bits, with two exceptions that no later state, verdict or bit of a value that is not
zero depends on: −0 counts as +0, and there is one NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float64, Int

from expressivity.arithmetic.spec import Arithmetic
from expressivity.automaton import Automaton
from expressivity.errors import FormatError
from expressivity.networks.exchange import number_to_json
from expressivity.networks.network import Network
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.packed import PackedLayers, pack
from expressivity.simulation.programs import operation_format, runnable
from expressivity.simulation.simulate import SettledCodes, row_borders, start_rows, step_rows
from expressivity.verification.budgets import NO_LIMITS, Limits
from expressivity.verification.reachability import INTERRUPTED, Closed, Differs, Exhausted, Progress

_SLICE = 1 << 17  # pairs settled between two looks at the clock and the keyboard
_ROOM = 1 << 14
_MOST = (1 << 31) - 1  # pairs are numbered by 32-bit integers


class BitLayer:
    """A rounded layer on rows of bit patterns, with the interface of `exact_states.ExactLayer`.

    Bits stand for themselves: there is no scale, and no box but a point.
    """

    scale = 1
    degree = 2  # boxes between bit patterns mean nothing, just as over fields larger than Q

    def __init__(self, rounded: RoundedLayer) -> None:
        self.rounded = rounded
        self.layer = rounded.layer
        self.start = to_bits(rounded.program.start)
        # Letters that end a block do alike where letters within one do.
        self.kinds = rounded.program.program_of[: rounded.layer.letters]
        self.representatives = np.unique(self.kinds, return_index=True)[1]

    def advance(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, int]:
        """Rows after one letter each; the factor is always 1."""
        return to_bits(self.rounded.advance(from_bits(rows), letters)), 1

    def answers(self, rows: np.ndarray, letters: np.ndarray, scale: int) -> np.ndarray:
        """Answers for rows and the letters that led to them."""
        return self.rounded.answers(from_bits(rows), letters)

    def codes(self, rows: np.ndarray) -> np.ndarray:
        """Codes of every block for each row."""
        return self.rounded.codes(from_bits(rows))

    def answers_by_code(self, codes: np.ndarray, rows: np.ndarray, letters: np.ndarray) -> np.ndarray:
        """Answers for states given by row number, and the letters that led to them."""
        readout = self.layer.readout
        total = np.zeros(rows.shape, dtype=np.int64)
        for read in range(readout.select.shape[1]):
            chosen = np.broadcast_to(readout.select[letters, read], rows.shape)
            total += readout.radix**read * np.where(chosen >= 0, codes[rows, np.maximum(chosen, 0)], 0)
        answers: np.ndarray = readout.table[np.broadcast_to(letters, rows.shape), total]
        return answers


class RoundedMachine:
    """A whole stack on rows of bit patterns, with the interface of `exact_states.ExactMachine`.

    Arguments:
        network: the network.
        arithmetic: a deterministic finite arithmetic.
    """

    def __init__(self, network: Network, arithmetic: Arithmetic | str) -> None:
        self.arithmetic = runnable(arithmetic)
        if self.arithmetic.rounding == "stochastic":
            raise FormatError(
                f"arithmetic {str(self.arithmetic)!r} rounds at random, so the network is no automaton; choose a "
                "deterministic rounding, or look at runs with `simulate`"
            )
        self.network = network
        self.rounded = [RoundedLayer(layer, self.arithmetic) for layer in network.layers]
        lost = [number for number, rounded in enumerate(self.rounded) if not _weights_fit(rounded)]
        if lost:
            weights, state = self.arithmetic.weights.name, self.arithmetic.state.name
            raise FormatError(
                f"arithmetic {str(self.arithmetic)!r}: {weights} cannot hold a weight of layers {lost}, which becomes "
                f"infinite or NaN, and {state} has no place for what it makes; store the weights in {state} too, or in "
                "a wider or saturating format"
            )
        self.layers = [BitLayer(rounded) for rounded in self.rounded]
        self.delays = [number for number, layer in enumerate(network.layers) if layer.delay]
        self.borders = row_borders(self.rounded)

    def start(self) -> tuple[np.ndarray, bool]:
        """The row before the first letter (after any beginning-of-sequence letter); the verdict on the empty word."""
        states, previous = start_rows(self.network, self.rounded, 1)
        verdict = self.network.accepts_empty
        if self.network.bos:
            first = np.array([len(self.network.letters)])
            states, previous, answers = step_rows(self.rounded, states, previous, first)
            verdict = bool(answers[0] == 1)
        return self._join(states, previous), verdict

    def step(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """Rows after one letter each, verdicts, and factors that are always 1."""
        states, previous, answers = step_rows(self.rounded, *self.separate(rows), letters)
        return self._join(states, previous), np.equal(answers, 1), [1] * len(self.layers)

    def separate(self, rows: np.ndarray) -> tuple[Float64[np.ndarray, "pair width"], Int[np.ndarray, "pair layer"]]:
        """States as numbers, and a column of previous symbols for every layer."""
        previous = np.zeros((len(rows), len(self.layers)), dtype=np.int64)
        previous[:, self.delays] = rows[:, self.borders[-1] :]
        return from_bits(rows[:, : self.borders[-1]]), previous

    def _join(self, states: np.ndarray, previous: np.ndarray) -> np.ndarray:
        return np.concatenate([to_bits(states), previous[:, self.delays]], axis=1)

    def scales(self) -> list[int]:
        """Bit patterns have no denominators."""
        return [1] * len(self.layers)

    def enlarge(self, factors: Sequence[int]) -> None:
        """Nothing to do: factors are always 1."""

    def grow(self, rows: np.ndarray, factors: Sequence[int]) -> np.ndarray:
        """Rows stay as they are."""
        return rows

    def points(self, found: Closed) -> list[dict[str, Any]]:
        """The closed pairs as the labelled points of a certificate."""
        states, previous = self.separate(found.rows)
        values = [[number_to_certificate(value) for value in row] for row in states.tolist()]
        delayed = [bool(layer.layer.delay) for layer in self.layers]
        borders = self.borders
        return [
            {
                "label": int(label),
                "layers": [{"point": row[low:high]} for low, high in pairwise(borders)],
                "previous": [[p] if d else [] for p, d in zip(past, delayed, strict=True)],
                "successors": successors,
            }
            for label, row, past, successors in zip(
                found.labels.tolist(), values, previous.tolist(), found.successors.tolist(), strict=True
            )
        ]


def explore_compiled(
    machine: RoundedMachine, minimal: Automaton | None, max_states: int, limits: Limits, progress: Progress | None
) -> Closed | Differs | Exhausted | None:
    """Search with the compiled loops; None where they do not cover the arithmetic.

    Arguments:
        machine: the network.
        minimal: the language; None to label states by the network's own verdict, and compare with nothing.
        max_states: most pairs.
        limits: seconds and bytes.
        progress: called now and then with one line.
    """
    packed = pack(machine.rounded)
    return None if packed is None else _Compiled(machine, packed, minimal, max_states, limits).run(progress)


class _Compiled:
    """The arrays of a compiled search, and what happens between its slices."""

    def __init__(
        self,
        machine: RoundedMachine,
        packed: PackedLayers,
        minimal: Automaton | None,
        max_states: int,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self.machine, self.packed, self.minimal = machine, packed, minimal
        self.max_states, self.limits = max_states, limits
        self.letters = len(machine.network.letters)
        row, self.verdict = machine.start()
        states, previous = machine.separate(row)
        # Where no layer has a delay, no previous symbol ever changes.
        self.rows, self.pasts = states, previous if machine.delays else previous[:, :0]
        self.labels = np.array([int(self.verdict) if minimal is None else minimal.start], dtype=np.int32)
        self.sources, self.depths = np.full(1, -1, dtype=np.int32), np.zeros(1, dtype=np.int32)
        self.successors = np.zeros((1, self.letters), dtype=np.int32)
        self.counters = np.array([1, 0, 0, 0, 0], dtype=np.int64)
        self.slots = np.zeros(0, dtype=np.int64)
        # Row and previous symbols; successors, label, source and depth; up to four slots of the hash table.
        self.pair_bytes = 8 * (states.shape[1] + self.pasts.shape[1] + 4) + 4 * (self.letters + 3)

    def _make_room(self, room: int) -> str | None:
        """Make room for so many pairs, older arrays living on while they are copied; or name the budget against it."""
        spent = self.limits.spent((room + int(self.counters[0])) * self.pair_bytes)
        if spent is not None:
            return spent
        if room > _MOST:
            return f"the {_MOST} states a search can number"
        from expressivity.verification import rounded_states_kernels as kernels

        for name in ("rows", "pasts", "labels", "sources", "depths", "successors"):
            old = getattr(self, name)
            new = np.empty((room, *old.shape[1:]), dtype=old.dtype)
            new[: self.counters[0]] = old[: self.counters[0]]
            setattr(self, name, new)
        slots = np.full(1 << (2 * room - 1).bit_length(), kernels.EMPTY)
        if self.slots.size:
            kernels.rehash(self.slots, slots)
        else:
            tag = np.zeros(1, dtype=np.int64)
            bits, label = to_bits(self.rows[:1]), self.labels[:1].astype(np.int64)
            kernels.tag_lanes(bits.T.copy(), self.pasts[:1].T.copy(), label, 1, tag)
            slots[tag & (slots.size - 1)] = tag << 32
        self.slots = slots
        return None

    def run(self, progress: Progress | None) -> Closed | Differs | Exhausted | None:
        """The outcome; None where an exact sum is too wide for the compiled loops."""
        from expressivity.verification import rounded_states_kernels as kernels

        if self.minimal is not None and self.verdict != bool(self.minimal.accepting[self.minimal.start]):
            return Differs((), self.verdict)
        spent = self._make_room(_ROOM)
        settled = SettledCodes(self.machine.rounded, self.packed)
        trouble, trouble_row = np.zeros(2, dtype=np.int64), np.zeros(self.rows.shape[1])
        if self.minimal is None:
            table, accepting = np.zeros((self.letters, 1), dtype=np.int32), np.ones(1, dtype=np.bool_)
        else:
            table, accepting = np.array(self.minimal.table), np.array(self.minimal.accepting)
        try:
            while spent is None:
                status = kernels.explore(
                    self.packed,
                    table,
                    accepting,
                    self.minimal is None,
                    self.rows,
                    self.pasts,
                    self.labels,
                    self.sources,
                    self.depths,
                    self.successors,
                    self.slots,
                    self.counters,
                    settled.parts,
                    settled.codes,
                    trouble,
                    trouble_row,
                    self.max_states,
                    _SLICE,
                )
                if status == kernels.CLOSED:
                    return self._closed()
                if status == kernels.DIFFERS:
                    word = [*self._word(int(self.counters[2])), int(self.counters[3])]
                    return Differs(tuple(word), bool(self.counters[4]))
                if status == kernels.BUDGET:
                    return self._exhausted(f"max_states={self.max_states}")
                if status == kernels.SUM:
                    return None
                if status == kernels.GROW:
                    spent = self._make_room(max(2 * len(self.labels), len(self.labels) + 256 * self.letters))
                elif status == kernels.CODE:
                    settled.settle(trouble_row, int(trouble[0]), int(trouble[1]))
                else:
                    spent = self.limits.spent()
                    if progress is not None:
                        progress(f"length {self.depths[self.counters[1]]}: {self.counters[0]} states")
            return self._exhausted(spent)
        except KeyboardInterrupt:
            return self._exhausted(INTERRUPTED)

    def _closed(self) -> Closed:
        count = int(self.counters[0])
        bits = to_bits(self.rows[:count])
        rows = np.concatenate([bits, self.pasts[:count][:, self.machine.delays]], axis=1)
        return Closed(rows, self.labels[:count].astype(np.int64), self.successors[:count].astype(np.int64))

    def _exhausted(self, budget: str) -> Exhausted:
        return Exhausted(int(self.depths[self.counters[1]]), int(self.counters[0]), budget)

    def _word(self, number: int) -> list[int]:
        word = []
        while number > 0:
            source = int(self.sources[number])
            word.append(int(np.flatnonzero(self.successors[source] == number)[0]))
            number = source
        return word[::-1]


def _weights_fit(rounded: RoundedLayer) -> bool:
    """Whether what the weights make has a place in the format of the operations."""
    operations, _ = operation_format(rounded.arithmetic)
    return operations.nan or bool(np.isfinite(rounded.program.constants).all())


def to_bits(states: np.ndarray) -> np.ndarray:
    """Bit patterns of float64 values, with one zero and one NaN."""
    tidy = np.where(np.isnan(states), np.nan, states + 0.0)
    return np.ascontiguousarray(tidy).view(np.int64)


def from_bits(rows: np.ndarray) -> np.ndarray:
    """The float64 values of bit patterns."""
    return np.ascontiguousarray(rows.astype(np.int64, copy=False)).view(np.float64)


def number_to_certificate(value: float) -> Any:
    """A float as an exact JSON number; what is no number as a word."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    numerator, denominator = value.as_integer_ratio()
    return number_to_json([numerator], denominator)
