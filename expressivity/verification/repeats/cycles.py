"""One word repeated for ever → where the states begin to repeat, by Brent's method, which keeps two states.

A network over a finite format is a finite automaton, so u·w^k reaches a cycle. For a language over one letter that
decides everything: the states on the way are all the states there are. Exact states and memories of cast terms need not
repeat; where terms are cast, the verdicts do all the same (see `periods`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool

from expressivity.arithmetic.spec import Arithmetic
from expressivity.automaton import Automaton, Word, encode_word
from expressivity.errors import LanguageError
from expressivity.networks.network import Network
from expressivity.simulation.machine import Machine, machine
from expressivity.simulation.packed import PackedLayers
from expressivity.simulation.simulate import SettledCodes
from expressivity.verification.answers import BaseAnswer, Told, Undecided
from expressivity.verification.exploration.budgets import INTERRUPTED, Budget, Limit, Seconds, Spent, start_budget
from expressivity.verification.exploration.compiled import aim_at, numbers_of
from expressivity.verification.exploration.counters_kernels import LENGTH, REPETITIONS, VERDICT
from expressivity.verification.exploration.outcomes import Differs, Exhausted, Progress
from expressivity.verification.repeats.periods import EventualPeriod, eventual_period

_SLICE = 1 << 20  # repetitions between two looks at the clock and the keyboard
_PLAIN_SLICE = 1 << 8
_MOST_STEPS, _MOST_EXACT_STEPS = 200_000_000, 20_000
_MOST_WORDS = 250  # machine words of one exact state
_MOST_MEMORIES = 500  # repetitions followed before the verdicts alone are asked for
_MOST_POWERS = 4_096  # of a repeated word, in the search for the period of its verdicts


class Path(NamedTuple):
    """The letters of a search for a cycle.

    Arguments:
        word: letters that are repeated.
        suffix: letters read, from a copy of the state, after each number of repetitions.
    """

    word: np.ndarray
    suffix: np.ndarray


class Runner(NamedTuple):
    """A state on its way, changed in place.

    Arguments:
        state: states of all layers side by side.
        past: previous symbols.
        label: its label, alone in an array.
    """

    state: np.ndarray
    past: np.ndarray
    label: np.ndarray

    def copy(self) -> Runner:
        """Another one in the same place."""
        return Runner(self.state.copy(), self.past.copy(), self.label.copy())


@dataclass(frozen=True)
class Cycle:
    """States repeat: the one after `preperiod` repetitions comes again after `period` more, and no earlier.

    Arguments:
        preperiod: repetitions before the cycle.
        period: repetitions of the cycle.
        verdicts: verdict after each number of repetitions up to their sum; empty when they were not asked for. The last
            one need not be the one after `preperiod`: a verdict depends on the last letter too, and where a layer has a
            delay on the one before, and the cycle may be entered by other letters than its own.
    """

    preperiod: int
    period: int
    verdicts: Bool[np.ndarray, " repetition"]


@dataclass(frozen=True, eq=False)
class Periodicity(BaseAnswer):
    """What a network does on prefix · word^k · suffix, for all k.

    Arguments:
        preperiod: the states after k ≥ preperiod repetitions come again and again; the least such number.
        period: after this many repetitions; the least such number. In the order `exact-then-cast` the terms behind a
            state may never come again: then both numbers are those of the verdicts.
        verdicts: verdict on prefix · word^k · suffix for k below preperiod + period, and one more where the
            letters that lead to the state after `preperiod` repetitions first have another verdict than those that lead
            there again; the last `period` of them repeat from there on.
        verdict_preperiod: least number from which on the verdicts alone are periodic.
        verdict_period: least period of the verdicts.
        arithmetic: the arithmetic.
    """

    holds = True

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

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "answer": "periodic",
            "arithmetic": self.arithmetic,
            "preperiod": self.preperiod,
            "period": self.period,
            "verdict_preperiod": self.verdict_preperiod,
            "verdict_period": self.verdict_period,
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        return Told(
            f"PERIODIC in {self.arithmetic} arithmetic: after {self.preperiod} repetitions the states repeat every "
            f"{self.period}",
            (f"the verdicts have period {self.verdict_period} from {self.verdict_preperiod} repetitions on",),
        )


def period(
    network: Network,
    word: Word,
    arithmetic: Arithmetic | str,
    *,
    prefix: Word = (),
    suffix: Word = (),
    max_steps: int | None = None,
    max_seconds: Seconds | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Periodicity | Undecided:
    """Where the states of a network repeat on prefix · word^k, and its verdicts on prefix · word^k · suffix for all k.

    Arguments:
        network: the network.
        word: the word that is repeated, not empty.
        arithmetic: as `parse_arithmetic` reads it, such as "exact"; rounding must not be stochastic.
        prefix: letters before the repetitions.
        suffix: letters after them.
        max_steps: budget: most repetitions until a state has been seen twice; nothing is stored but one byte each for
            the verdicts. None for 200,000,000 where every operation is rounded, and 20,000 where numbers are exact and
            states need not repeat.
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
    made = machine(network, arithmetic)
    if max_steps is None:
        max_steps = _MOST_EXACT_STEPS if made.rounded is None else _MOST_STEPS
    budget = start_budget(max_states=max_steps, max_seconds=max_seconds, max_memory=max_memory)
    turn, before, after = (encode_word(part, network.letters).tolist() for part in (word, prefix, suffix))
    if not turn:
        raise LanguageError("the empty word repeated is the empty word; give a word of at least one letter")
    spelled = str(made.arithmetic)
    first = budget if made.memories is None else budget.at_most(_MOST_MEMORIES)
    found = _Search(made, None, turn, before, after).run(first, progress)
    if made.memories is not None and not after and isinstance(found, Exhausted) and not found.spent.final:
        decided = eventual_period(
            network, word, prefix=prefix, arithmetic=arithmetic, limit=min(max_steps, _MOST_POWERS), budget=budget
        )
        if isinstance(decided, EventualPeriod):
            return _of_verdicts(decided, len(before), len(turn), found, spelled)
        found = Exhausted(found.proved_length, found.pairs, budget.spent() or Spent(Limit.METHOD, decided.reason))
    if isinstance(found, Exhausted):
        return Undecided(found.proved_length, found.pairs, str(found.spent), spelled, compared=False)
    assert isinstance(found, Cycle)
    verdicts = found.verdicts
    if verdicts[found.preperiod] == verdicts[-1]:
        verdicts = verdicts[:-1]
    least, begin = _least_period(verdicts, len(verdicts) - found.period, found.period)
    return Periodicity(found.preperiod, found.period, verdicts, begin, least, spelled)


def _of_verdicts(
    decided: EventualPeriod, before: int, turn: int, followed: Exhausted, arithmetic: str
) -> Periodicity | Undecided:
    """Repetitions of a word, from the verdicts on all prefixes."""
    begin = max(0, -((before - decided.preperiod) // turn))
    length = decided.period // math.gcd(decided.period, turn)
    if decided.preperiod > len(decided.verdicts):
        reason = f"the verdicts have period {decided.period} only from length {decided.preperiod} on"
        return Undecided(followed.proved_length, followed.pairs, reason, arithmetic, compared=False)
    verdicts = np.array([decided.verdict(before + k * turn) for k in range(begin + length)])
    least, first = _least_period(verdicts, begin, length)
    return Periodicity(first, least, verdicts[: first + least], first, least, arithmetic)


def follow_letter(
    made: Machine, minimal: Automaton, budget: Budget, progress: Progress | None
) -> Cycle | Differs | Exhausted:
    """Decide a language over one letter: the states close into a cycle, or a shortest word fails.

    Arguments:
        made: the network, over one letter.
        minimal: the language.
        budget: its states are letters here; seconds and bytes.
        progress: called now and then with one line.
    """
    return _Search(made, minimal, [0], [], []).run(budget, progress)


class _Search:
    """Brent's method on (row, label); compiled where that covers the arithmetic."""

    def __init__(
        self,
        made: Machine,
        minimal: Automaton | None,
        word: Sequence[int],
        prefix: Sequence[int],
        suffix: Sequence[int],
    ) -> None:
        self.machine, self.minimal = made, minimal
        self.path = Path(np.array(word, dtype=np.int64), np.array(suffix, dtype=np.int64))
        self.aim = aim_at(minimal, len(made.network.letters))
        self.label = 0 if minimal is None else int(minimal.start)
        self.row, self.verdict = made.start()
        for letter in prefix:
            self.row, self.verdict = self._plain_step(self.row, letter)
        # The verdict without any repetition.
        row, self.first = self.row, self.verdict
        for letter in suffix:
            row, self.first = self._plain_step(row, letter)
        self.done = 0

    def run(self, budget: Budget, progress: Progress | None = None) -> _Outcome:
        """The cycle, a shortest failing word, or the budget that ran out."""
        if self.minimal is not None and self.verdict != bool(self.aim.accepting[self.label]):
            return Differs((), self.verdict)
        packed = self.machine.packed
        self.done = 0
        try:
            found = None if packed is None else self._compiled(packed, budget, progress)
            return self._plain(budget, progress) if found is None else found
        except KeyboardInterrupt:
            return self._exhausted(INTERRUPTED)

    def _exhausted(self, spent: Spent) -> Exhausted:
        return Exhausted(self.done * len(self.path.word), self.done, spent)

    def _cut(self, verdicts: list[np.ndarray], preperiod: int, length: int) -> Cycle:
        whole = np.concatenate([np.array([self.first], dtype=np.bool_), *verdicts])[: preperiod + length + 1]
        return Cycle(preperiod, length, whole if self.minimal is None else np.zeros(0, dtype=np.bool_))

    def _spent(self, budget: Budget, memory: int) -> Spent | None:
        if self.done >= budget.states:
            return Spent(Limit.STEPS, f"max_steps={budget.states}")
        return budget.spent(memory)

    def _compiled(self, packed: PackedLayers, budget: Budget, progress: Progress | None) -> _Outcome | None:
        """None where an exact sum is too wide for the compiled loops."""
        from expressivity.verification.exploration.compiled_kernels import CLOSED, CODE, DIFFERS, SUM
        from expressivity.verification.repeats import cycles_kernels as kernels

        states, previous = numbers_of(self.machine, self.row)
        # An entry that stands for no zero with a sign and no second NaN, as the loops keep it.
        begin = Runner(states[0], previous[0], np.array([self.label]))
        hare, tortoise = begin.copy(), begin.copy()
        counters = np.array([1, 0, 0, 0, 0], dtype=np.int64)
        assert self.machine.rounded is not None
        settled = SettledCodes(self.machine.rounded, packed)
        verdicts: list[np.ndarray] = []
        while True:
            room = 0 if self.minimal is not None else _SLICE
            if (spent := self._spent(budget, self.done + room if room else 0)) is not None:
                return self._exhausted(spent)
            part = np.zeros(room, dtype=np.int64)
            status = kernels.find_cycle(
                packed,
                self.path,
                self.aim,
                hare,
                tortoise,
                counters,
                part,
                settled.known,
                settled.trouble,
                min(_SLICE, budget.states - self.done),
            )
            verdicts.append(part[: int(counters[REPETITIONS]) - self.done] == 1)
            self.done = int(counters[REPETITIONS])
            if status == DIFFERS:
                return Differs((0,) * (self.done + 1), bool(counters[VERDICT] == 1))
            if status == CLOSED:
                break
            if status == SUM:
                return None
            if status == CODE:
                settled.settle()
            elif progress is not None:
                progress(f"{self.done} repetitions without a repeated state")
        length = int(counters[LENGTH])
        first, second = begin.copy(), begin.copy()
        phase = np.zeros(5, dtype=np.int64)
        arguments = (packed, self.path, self.aim, first, second, phase)
        known = (settled.known, settled.trouble)
        while phase[REPETITIONS] < length:
            if (spent := budget.spent()) is not None:
                return self._exhausted(spent)
            kernels.walk(*arguments, False, *known, min(_SLICE, length - int(phase[REPETITIONS])))
        phase[REPETITIONS] = 0
        while kernels.walk(*arguments, True, *known, _SLICE) != CLOSED:
            if (spent := budget.spent()) is not None:
                return self._exhausted(spent)
        return self._cut(verdicts, int(phase[REPETITIONS]), length)

    def _plain_step(self, row: np.ndarray, letter: int) -> tuple[np.ndarray, bool]:
        moved, verdicts = self.machine.step(row, np.array([letter]))
        return moved, bool(verdicts[0])

    def _repeat(self, row: np.ndarray, label: int) -> tuple[np.ndarray, int, bool, bool]:
        """State, label and verdict after the word; whether a verdict on the way was wrong."""
        verdict = False
        for letter in self.path.word.tolist():
            row, verdict = self._plain_step(row, letter)
            label = int(self.aim.table[letter, label])
            if self.minimal is not None and verdict != bool(self.aim.accepting[label]):
                return row, label, verdict, True
        return row, label, verdict, False

    def _plain(self, budget: Budget, progress: Progress | None) -> _Outcome:
        """The same in NumPy, one state at a time."""
        hare, label = self.row, self.label
        tortoise, waiting, power, length = hare, label, 1, 0
        verdicts: list[np.ndarray] = []
        self.done = 0
        while True:
            spent = (
                self._spent(budget, self.done) if self.done % _PLAIN_SLICE == 0 or self.done >= budget.states else None
            )
            if self.machine.rounded is None and self.machine.words(hare) > _MOST_WORDS:
                spent = Spent(Limit.WORDS, f"{_MOST_WORDS} words of one exact state")
            if spent is not None:
                return self._exhausted(spent)
            if progress is not None and self.done % _PLAIN_SLICE == 0:
                progress(f"{self.done} repetitions without a repeated state")
            if power == length:
                tortoise, waiting, power, length = hare, label, 2 * power, 0
            hare, label, verdict, wrong = self._repeat(hare, label)
            if wrong:
                return Differs((0,) * (self.done + 1), verdict)
            end = hare
            for letter in self.path.suffix.tolist():
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
