"""One word repeated for ever → where the rounded states begin to repeat, by Brent's method, which keeps two states.

A network over a finite format is a finite automaton, so u·w^k reaches a cycle. For a language over one letter that
decides everything: the states on the way are all the states there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from expressivity.arithmetic.spec import Arithmetic
from expressivity.automaton import Automaton, Word, encode_word
from expressivity.errors import LanguageError
from expressivity.networks.network import Network
from expressivity.simulation.packed import PackedLayers, pack
from expressivity.simulation.simulate import SettledCodes
from expressivity.verification.answers import Undecided
from expressivity.verification.budgets import NO_LIMITS, Limits, Seconds, start_limits
from expressivity.verification.reachability import INTERRUPTED, Differs, Exhausted, Progress
from expressivity.verification.rounded_states import RoundedMachine, to_bits

_SLICE = 1 << 20  # repetitions between two looks at the clock and the keyboard
_PLAIN_SLICE = 1 << 8


@dataclass(frozen=True)
class Cycle:
    """States repeat: the one after `preperiod` repetitions comes again after `period` more, and no earlier.

    Arguments:
        preperiod: repetitions before the cycle.
        period: repetitions of the cycle.
        verdicts: verdict after each number of repetitions below their sum; empty when they were not asked for.
    """

    preperiod: int
    period: int
    verdicts: Bool[np.ndarray, " repetition"]


@dataclass(frozen=True, eq=False)
class Periodicity:
    """What a network does on prefix · word^k · suffix, for all k.

    Arguments:
        preperiod: the states after k ≥ preperiod repetitions come again and again; the least such number.
        period: after this many repetitions; the least such number.
        verdicts: verdict on prefix · word^k · suffix for k below preperiod + period, and one more where the start is
            seen again and the empty word has a verdict of its own; the last `period` of them repeat from there on.
        verdict_preperiod: least number from which on the verdicts alone are periodic.
        verdict_period: least period of the verdicts.
        arithmetic: the arithmetic.
    """

    preperiod: int
    period: int
    verdicts: Bool[np.ndarray, " repetition"]
    verdict_preperiod: int
    verdict_period: int
    arithmetic: str

    def accepts(self, repetitions: int) -> bool:
        """The network's verdict on prefix · word^repetitions · suffix."""
        begin = len(self.verdicts) - self.period
        if repetitions >= begin:
            repetitions = begin + (repetitions - begin) % self.period
        return bool(self.verdicts[repetitions])


def period(
    network: Network,
    word: Word,
    arithmetic: Arithmetic | str,
    *,
    prefix: Word = (),
    suffix: Word = (),
    max_steps: int = 200_000_000,
    max_seconds: Seconds | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Periodicity | Undecided:
    """Where the states of a network repeat on prefix · word^k, and its verdicts on prefix · word^k · suffix for all k.

    Arguments:
        network: the network.
        word: the word that is repeated, not empty.
        arithmetic: as `parse_arithmetic` reads it; rounding must not be stochastic.
        prefix: letters before the repetitions.
        suffix: letters after them.
        max_steps: budget: most repetitions until a state has been seen twice; nothing is stored but one byte each for
            the verdicts.
        max_seconds: budget: seconds, None for no limit.
        max_memory: budget: bytes for the verdicts, None for no limit.
        progress: called now and then with one line.

    Returns:
        The periodicity; or `Undecided`, whose `proved_length` counts repetitions that were followed.

    Raises:
        LanguageError: for an empty word, or naming a letter outside the alphabet.
        FormatError: for an arithmetic that networks are not run in.
        ExpressivityError: for budgets that are not positive.

    Source: Brent 1980, An improved Monte Carlo factorization algorithm.
    """
    limits = start_limits(max_states=max_steps, max_seconds=max_seconds, max_memory=max_memory)
    parts = [encode_word(part, network.letters) for part in (word, prefix, suffix)]
    if not len(parts[0]):
        raise LanguageError("the empty word repeated is the empty word; give a word of at least one letter")
    machine = RoundedMachine(network, arithmetic)
    search = _Search(machine, None, [int(x) for x in parts[0]], [int(x) for x in parts[1]], [int(x) for x in parts[2]])
    found = search.run(max_steps, limits, progress)
    if isinstance(found, Exhausted):
        return Undecided(found.proved_length, found.pairs, found.budget, str(machine.arithmetic), compared=False)
    assert isinstance(found, Cycle)
    verdicts = found.verdicts
    if found.preperiod == 0 and not len(parts[1]) and not len(parts[2]):
        # The start is seen again, but its verdict before any letter is that on the empty word, which the network states
        # apart: later verdicts are those of a run that begins one repetition later.
        letters = [int(x) for x in parts[0]]
        later = _Search(machine, None, letters, letters, []).run(max_steps, limits, progress)
        if isinstance(later, Exhausted):
            return Undecided(later.proved_length, later.pairs, later.budget, str(machine.arithmetic), compared=False)
        assert isinstance(later, Cycle)
        verdicts = np.concatenate([verdicts[:1], later.verdicts])
    least, begin = _least_period(verdicts, len(verdicts) - found.period, found.period)
    return Periodicity(found.preperiod, found.period, verdicts, begin, least, str(machine.arithmetic))


def follow_letter(
    machine: RoundedMachine, minimal: Automaton, max_steps: int, limits: Limits, progress: Progress | None
) -> Cycle | Differs | Exhausted:
    """Decide a language over one letter: the states close into a cycle, or a shortest word fails.

    Arguments:
        machine: the network, over one letter.
        minimal: the language.
        max_steps: most letters.
        limits: seconds and bytes.
        progress: called now and then with one line.
    """
    return _Search(machine, minimal, [0], [], []).run(max_steps, limits, progress)


class _Search:
    """Brent's method on (states of all layers, previous symbols, label); compiled where that covers the arithmetic."""

    def __init__(
        self,
        machine: RoundedMachine,
        minimal: Automaton | None,
        word: Sequence[int],
        prefix: Sequence[int],
        suffix: Sequence[int],
    ) -> None:
        self.machine, self.minimal = machine, minimal
        self.word, self.suffix = list(word), list(suffix)
        letters = len(machine.network.letters)
        self.table = np.zeros((letters, 1), dtype=np.int32) if minimal is None else np.array(minimal.table)
        self.accepting = np.ones(1, dtype=np.bool_) if minimal is None else np.array(minimal.accepting)
        self.label = 0 if minimal is None else int(minimal.start)
        self.row, self.verdict = machine.start()
        for letter in prefix:
            self.row, self.verdict = self._plain_step(self.row, letter)
        # The verdict without any repetition.
        row, self.first = self.row, self.verdict
        for letter in self.suffix:
            row, self.first = self._plain_step(row, letter)

    def run(self, max_steps: int, limits: Limits = NO_LIMITS, progress: Progress | None = None) -> _Outcome:
        """The cycle, a shortest failing word, or the budget that ran out."""
        if self.minimal is not None and self.verdict != bool(self.accepting[self.label]):
            return Differs((), self.verdict)
        packed = pack(self.machine.rounded)
        self.done = 0
        try:
            found = None if packed is None else self._compiled(packed, max_steps, limits, progress)
            return self._plain(max_steps, limits, progress) if found is None else found
        except KeyboardInterrupt:
            return Exhausted(self.done * len(self.word), self.done, INTERRUPTED)

    def _exhausted(self, budget: str) -> Exhausted:
        return Exhausted(self.done * len(self.word), self.done, budget)

    def _cut(self, verdicts: list[np.ndarray], preperiod: int, length: int) -> Cycle:
        whole = np.concatenate([np.array([self.first], dtype=np.bool_), *verdicts])[: preperiod + length]
        return Cycle(preperiod, length, whole if self.minimal is None else np.zeros(0, dtype=np.bool_))

    def _compiled(
        self, packed: PackedLayers, max_steps: int, limits: Limits, progress: Progress | None
    ) -> _Outcome | None:
        """None where an exact sum is too wide for the compiled loops."""
        from expressivity.verification import cycles_kernels as kernels
        from expressivity.verification.rounded_states_kernels import CLOSED, CODE, DIFFERS, SUM

        states, previous = self.machine.separate(self.row)
        # An entry that stands for no zero with a sign and no second NaN, as the loops keep it.
        begin, begin_past = to_bits(states)[0].view(np.float64), previous[0]
        hare, hare_past, tortoise, tortoise_past = begin.copy(), begin_past.copy(), begin.copy(), begin_past.copy()
        counters = np.array([self.label, self.label, 1, 1, 0, 0], dtype=np.int64)
        counters[2:4] = 1, 0
        settled = SettledCodes(self.machine.rounded, packed)
        trouble, trouble_row = np.zeros(2, dtype=np.int64), np.zeros(len(begin))
        word, suffix = np.array(self.word, dtype=np.int64), np.array(self.suffix, dtype=np.int64)
        verdicts: list[np.ndarray] = []
        while True:
            room = 0 if self.minimal is not None else _SLICE
            spent = limits.spent(self.done + room if room else 0)
            if spent is None and self.done >= max_steps:
                spent = f"max_steps={max_steps}"
            if spent is not None:
                return self._exhausted(spent)
            part = np.zeros(room, dtype=np.int64)
            status = kernels.find_cycle(
                packed,
                word,
                suffix,
                self.table,
                self.accepting,
                self.minimal is not None,
                hare,
                hare_past,
                tortoise,
                tortoise_past,
                counters,
                part,
                settled.parts,
                settled.codes,
                trouble,
                trouble_row,
                min(_SLICE, max_steps - self.done),
            )
            verdicts.append(part[: int(counters[4]) - self.done] == 1)
            self.done = int(counters[4])
            if status == DIFFERS:
                return Differs((0,) * (self.done + 1), bool(counters[5] == 1))
            if status == CLOSED:
                break
            if status == SUM:
                return None
            if status == CODE:
                settled.settle(trouble_row, int(trouble[0]), int(trouble[1]))
            elif progress is not None:
                progress(f"{self.done} repetitions without a repeated state")
        length = int(counters[3])
        pair, pasts = np.stack([begin, begin]), np.stack([begin_past, begin_past])
        labels = np.array([self.label, self.label, 0], dtype=np.int64)
        arguments = (packed, word, self.table, pair, pasts, labels)
        while labels[2] < length:
            if (spent := limits.spent()) is not None:
                return self._exhausted(spent)
            kernels.walk(*arguments, False, settled.parts, settled.codes, min(_SLICE, length - int(labels[2])))
        labels[2] = 0
        while kernels.walk(*arguments, True, settled.parts, settled.codes, _SLICE) != CLOSED:
            if (spent := limits.spent()) is not None:
                return self._exhausted(spent)
        return self._cut(verdicts, int(labels[2]), length)

    def _plain_step(self, row: np.ndarray, letter: int) -> tuple[np.ndarray, bool]:
        moved, verdicts, _ = self.machine.step(row, np.array([letter]))
        return moved, bool(verdicts[0])

    def _repeat(self, row: np.ndarray, label: int) -> tuple[np.ndarray, int, bool, bool]:
        """State, label and verdict after the word; whether a verdict on the way was wrong."""
        verdict = False
        for letter in self.word:
            row, verdict = self._plain_step(row, letter)
            label = int(self.table[letter, label])
            if self.minimal is not None and verdict != bool(self.accepting[label]):
                return row, label, verdict, True
        return row, label, verdict, False

    def _plain(self, max_steps: int, limits: Limits, progress: Progress | None) -> _Outcome:
        """The same in NumPy, one state at a time."""
        hare, label = self.row, self.label
        tortoise, waiting, power, length = hare, label, 1, 0
        verdicts: list[np.ndarray] = []
        self.done = 0
        while True:
            if self.done % _PLAIN_SLICE == 0:
                spent = limits.spent(self.done)
                if spent is not None:
                    return self._exhausted(spent)
                if progress is not None:
                    progress(f"{self.done} repetitions without a repeated state")
            if self.done >= max_steps:
                return self._exhausted(f"max_steps={max_steps}")
            if power == length:
                tortoise, waiting, power, length = hare, label, 2 * power, 0
            hare, label, verdict, wrong = self._repeat(hare, label)
            if wrong:
                return Differs((0,) * (self.done + 1), verdict)
            end = hare
            for letter in self.suffix:
                end, verdict = self._plain_step(end, letter)
            if self.minimal is None:
                verdicts.append(np.array([verdict]))
            length, self.done = length + 1, self.done + 1
            if label == waiting and np.array_equal(hare, tortoise):
                break
        first, second = (self.row, self.label), (self.row, self.label)
        for _ in range(length):
            first = self._repeat(*first)[:2]
        preperiod = 0
        while first[1] != second[1] or not np.array_equal(first[0], second[0]):
            first, second = self._repeat(*first)[:2], self._repeat(*second)[:2]
            preperiod += 1
        return self._cut(verdicts, preperiod, length)


_Outcome = Cycle | Differs | Exhausted


def _least_period(verdicts: np.ndarray, preperiod: int, length: int) -> tuple[int, int]:
    """Least period of a sequence that repeats its last `length` entries, and the least number it holds from."""
    cycle = verdicts[preperiod:]
    least = length
    for prime in _primes(length):
        while least % prime == 0 and np.array_equal(cycle, np.roll(cycle, least // prime)):
            least //= prime
    begin = preperiod
    repeated = np.concatenate([verdicts[:preperiod], cycle[:least]])
    differ = np.flatnonzero(repeated[:preperiod] != repeated[least : preperiod + least])
    begin = int(differ[-1]) + 1 if differ.size else 0
    return least, begin


def _primes(number: int) -> list[int]:
    """The prime factors, each once."""
    found, factor = [], 2
    while factor * factor <= number:
        if number % factor == 0:
            found.append(factor)
            while number % factor == 0:
                number //= factor
        factor += 1
    return found + [number] * (number > 1)
