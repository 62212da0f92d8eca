"""Network × ultimately periodic word u·wω, in the order `exact-then-cast` → its verdicts for all time, proved.

Layer by layer: the letters a layer reads are periodic from some time on. Grouping the letters of q periods into one
product M, each term's cast settles (see `orbits`), so the sum of cast terms grows linearly from then on, in exact
arithmetic, and its own cast settles too: the answers are periodic with q times the period, from an explicit time on.
With real eigenvalues q divides 2, so the period on 1^k divides 2^L after L layers.

Source: Grazzi et al. 2025, Theorem 2 (the induction over layers); explicit bounds ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.automaton import Automaton, Word, encode_word
from expressivity.errors import FormatError
from expressivity.exact import rationals
from expressivity.exact.spectra import spectrum
from expressivity.networks.network import Network
from expressivity.simulation.exact_then_cast import ORDER, CastLayer, Value, Vector, add_values
from expressivity.simulation.machine import machine
from expressivity.verification.answers import BaseAnswer, Told, describe_lengths
from expressivity.verification.exploration.budgets import UNLIMITED, Budget
from expressivity.verification.repeats.orbits import (
    Matrix,
    Orbit,
    OutOfBudget,
    Unsettled,
    beyond,
    constant_between,
    demand,
)

_MOST_GROUPS = 60


@dataclass(frozen=True)
class LayerPeriod:
    """What one layer does from some time on.

    Arguments:
        begin: letters after which the letters it reads are periodic.
        period: their period.
        group: periods grouped into one product.
        settled: groups after which every term's cast is constant.
        constant: groups after which the cast state is periodic.
    """

    begin: int
    period: int
    group: int
    settled: int
    constant: int


@dataclass(frozen=True)
class EventualPeriod(BaseAnswer):
    """The verdicts on all prefixes of an ultimately periodic word.

    Arguments:
        preperiod: from this number of letters on the verdicts are periodic.
        period: their least period.
        eventual: verdicts after `preperiod`, `preperiod` + 1, … letters, one period of them.
        verdicts: verdicts after 0, 1, 2, … letters; all of the preperiod, or as many as the limit allows.
        layers: per layer what was proved.
    """

    holds = True

    preperiod: int
    period: int
    eventual: tuple[bool, ...]
    verdicts: tuple[bool, ...]
    layers: tuple[LayerPeriod, ...]

    def verdict(self, letters: int) -> bool | None:
        """The verdict after a number of letters; None in a part of the preperiod that was not computed."""
        if letters >= self.preperiod:
            return self.eventual[(letters - self.preperiod) % self.period]
        return self.verdicts[letters] if letters < len(self.verdicts) else None

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "answer": "periodic",
            "preperiod": self.preperiod,
            "period": self.period,
            "eventual": list(self.eventual),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        says = ", ".join("accepts" if verdict else "rejects" for verdict in self.eventual)
        begin = describe_lengths((self.preperiod,))[0]
        return Told(f"PERIODIC: from length {begin} on the verdicts have period {self.period}", (f"there it {says}",))


def language_verdicts(minimal: Automaton, prefix: Sequence[int], loop: Sequence[int]) -> EventualPeriod:
    """What an automaton says on all prefixes of u·w·w·w·…

    Arguments:
        minimal: the automaton.
        prefix: letter numbers of u.
        loop: letter numbers of w, not empty.
    """
    states = [int(minimal.start)]
    for letter in prefix:
        states.append(int(minimal.table[letter, states[-1]]))
    seen: dict[int, int] = {}
    while states[-1] not in seen:
        seen[states[-1]] = len(states) - 1
        for letter in loop:
            states.append(int(minimal.table[letter, states[-1]]))
    begin = seen[states.pop()]
    flags = tuple(bool(minimal.accepting[state]) for state in states)
    return EventualPeriod(begin, len(flags) - begin, flags[begin:], flags, ())


def first_difference(network: EventualPeriod, language: EventualPeriod) -> tuple[int | None, int]:
    """The least length at which verdicts differ, as far as they were computed; and how many lengths were compared.

    As many as `settled_length` gives decide all lengths.
    """
    length = 0
    while length < settled_length(network, language) and (says := network.verdict(length)) is not None:
        if says != language.verdict(length):
            return length, length
        length += 1
    return None, length


def settled_length(network: EventualPeriod, language: EventualPeriod) -> int:
    """The number of letters from which on nothing new happens to two eventual periods together."""
    return max(network.preperiod, language.preperiod) + math.lcm(network.period, language.period)


def far_difference(network: EventualPeriod, language: EventualPeriod) -> tuple[int, ...]:
    """Lengths far out at which the verdicts differ for ever.

    Returns:
        Two lengths that the network gives the same verdict and the language does not; one length where the language has
        the network's period and says something else all along; () where they agree from some length on.
    """
    far = range(max(network.preperiod, language.preperiod), settled_length(network, language))
    pairs = ((n, n + network.period) for n in far if language.verdict(n) != language.verdict(n + network.period))
    return next(pairs, next(((n,) for n in far if language.verdict(n) != network.verdict(n)), ()))


@dataclass(frozen=True)
class NotDecided(BaseAnswer):
    """No period was proved.

    Arguments:
        reason: why not, in words.
        layer: number of the layer that resisted.
    """

    holds = None

    reason: str
    layer: int

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {"answer": "undecided", "because": self.reason, "layer": self.layer}

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        return Told("UNDECIDED: no period was proved", (f"{self.reason} (layer {self.layer})",))


def eventual_period(
    network: Network,
    loop: Word,
    *,
    prefix: Word = (),
    arithmetic: Arithmetic | str = "bf16/exact-then-cast",
    limit: int = 4096,
    budget: Budget = UNLIMITED,
) -> EventualPeriod | NotDecided:
    """Decide what a network says on all prefixes of u·w·w·w·…

    Arguments:
        network: the network.
        loop: w, not empty.
        prefix: u.
        arithmetic: an arithmetic of the order `exact-then-cast`.
        limit: most powers of a period, and most letters, to compute one by one.
        budget: seconds, looked at between powers and letters.

    Returns:
        The verdicts for all time with the bounds that prove them, or `NotDecided` with a reason.

    Raises:
        FormatError: for an arithmetic of another order.
        LanguageError: naming a letter outside the alphabet.
    """
    model = parse_arithmetic(arithmetic) if isinstance(arithmetic, str) else arithmetic
    layers = machine(network, model).memories
    if layers is None:
        raise FormatError(f"arithmetic {str(model)!r} rounds at every step; give one such as bf16/{ORDER}")
    begin, turn = encode_word(prefix, network.letters), encode_word(loop, network.letters)
    if not len(turn):
        raise FormatError("the loop is the empty word; give one of at least one letter")
    symbols = [len(network.letters)] * int(network.bos) + begin.tolist() + turn.tolist()
    stream = _Stream(symbols, len(symbols) - len(turn), len(turn), None)
    periods: list[LayerPeriod] = []
    for number, layer in enumerate(layers):
        if stream.eventual is not None:
            return NotDecided(f"its letters are periodic only after {stream.begin} letters; raise limit=", number)
        try:
            stream, proved = layer_period(layer.cast, stream, limit, budget)
        except (Unsettled, OutOfBudget) as why:
            return NotDecided(str(why), number)
        periods.append(proved)
    return _verdicts(network, stream, periods)


@dataclass(frozen=True)
class _Stream:
    """Symbols: a list that repeats its end; or `eventual` instead of the end where the list does not reach it."""

    symbols: Sequence[int]
    begin: int
    period: int
    eventual: tuple[int, ...] | None


def _verdicts(network: Network, stream: _Stream, periods: list[LayerPeriod]) -> EventualPeriod:
    flags = [symbol == 1 for symbol in stream.symbols]
    if stream.eventual is None:
        flags = flags[: stream.begin + stream.period]
    begin = stream.begin
    if network.bos:
        verdicts, begin = flags, begin - 1
    else:
        verdicts = [network.accepts_empty, *flags]
    # Symbol number t (from 1) comes after t letters; the periodic part begins with symbol begin + 1.
    if stream.eventual is not None:
        end = tuple(symbol == 1 for symbol in stream.eventual)
    else:
        end = tuple(flags[stream.begin :])
    preperiod = begin + 1
    period = least_period(end)
    end = end[:period]
    if stream.eventual is None:
        while preperiod > 0 and verdicts[preperiod - 1] == end[-1]:
            preperiod, end = preperiod - 1, (end[-1], *end[:-1])
    return EventualPeriod(preperiod, period, end, tuple(verdicts[: max(preperiod + period, 0)]), tuple(periods))


def least_period(values: Sequence[Any]) -> int:
    """The least divisor of the length that is a period of the values."""
    return next(
        d
        for d in range(1, len(values) + 1)
        if len(values) % d == 0 and all(values[k] == values[k % d] for k in range(len(values)))
    )


def layer_period(layer: CastLayer, stream: _Stream, limit: int, budget: Budget) -> tuple[_Stream, LayerPeriod]:
    """What a layer answers to an ultimately periodic stream of symbols.

    Raises:
        Unsettled: when no period was proved.
        OutOfBudget: when the seconds were over before.
    """
    begin, period = stream.begin, stream.period
    symbols = list(stream.symbols[: begin + period])
    if layer.layer.delay:
        begin += 1
        symbols.append(symbols[begin - 1])
        count = layer.layer.symbols
        before = [count, *symbols[:-1]]
        symbols = [symbol + count * past for symbol, past in zip(symbols, before, strict=True)]
    answers, terms = _prefix(layer, symbols[:begin], budget)
    loop = symbols[begin:]
    reasons = []
    for group in _groups(layer, loop, limit, budget):
        try:
            phases = [_Phase(layer, loop * group, r, terms, limit, budget) for r in range(1, len(loop) * group + 1)]
            break
        except Unsettled as why:
            reasons.append(str(why))
    else:
        raise Unsettled(reasons[0])
    settled = max(phase.settled for phase in phases)
    growth = [phase.growth(settled) for phase in phases]
    constant = settled + 1 + max(steps for _, _, steps in growth)
    proved = LayerPeriod(begin, period, group, settled, constant)
    long = len(phases)
    reads = loop * group
    last = begin + constant * long
    shown = min(constant, settled + 1 + limit // long)
    for j in range(shown + 1 if shown == constant else shown):
        demand(budget)
        answers += [layer.answer(phase.state(j, settled), read) for phase, read in zip(phases, reads, strict=True)]
    eventual = tuple(
        layer.answer(phase.state(constant, settled), read) for phase, read in zip(phases, reads, strict=True)
    )
    if shown < constant:
        return _Stream(answers, last, long, eventual), proved
    short = least_period(eventual)
    while last > 0 and answers[last - 1] == answers[last - 1 + short]:
        last -= 1
    return _Stream(answers[: last + short], last, short, None), proved


def _prefix(layer: CastLayer, reads: list[int], budget: Budget) -> tuple[list[int], dict[Vector, int]]:
    """Answers to the letters before the period, and the exact terms after them with their multiplicities."""
    terms: dict[Vector, int] = {layer.start: 1} if any(layer.start) else {}
    answers = []
    for read in reads:
        demand(budget)
        moved: dict[Vector, int] = {}
        for vector, count in [*((layer.advance(v, read), c) for v, c in terms.items()), (layer.inputs[read], 1)]:
            if any(vector):
                moved[vector] = moved.get(vector, 0) + count
        terms = moved
        state: list[Value] = [0] * layer.layer.size
        for vector, count in terms.items():
            state = [add_values(s, count * v) for s, v in zip(state, layer.cast(vector), strict=True)]
        answers.append(layer.answer([layer.cast_sum(s) for s in state], read))
    return answers, terms


def _multiply(first: Matrix, second: Matrix) -> Matrix:
    """Product of dense matrices of exact numbers."""
    columns = list(zip(*second, strict=True))
    return [
        [sum((a * b for a, b in zip(row, column, strict=True) if a and b), 0) for column in columns] for row in first
    ]


def _dense(layer: CastLayer, letter: int) -> Matrix:
    size = len(layer.start)
    matrix: Matrix = [[0] * size for _ in range(size)]
    for row, entries in zip(matrix, layer.rows[letter], strict=True):
        for j, value in entries:
            row[j] = value
    return matrix


def _identity(size: int) -> Matrix:
    return [[int(i == j) for j in range(size)] for i in range(size)]


def _groups(layer: CastLayer, loop: list[int], limit: int, budget: Budget) -> list[int]:
    """Numbers of periods whose product has, as far as one can see, only non-negative eigenvalues; small ones first."""
    period = _identity(len(layer.start))
    for letter in loop:
        period = _multiply(_dense(layer, letter), period)
    found, power = [], _identity(len(layer.start))
    for group in range(1, min(_MOST_GROUPS, limit) + 1):
        demand(budget)
        power = _multiply(period, power)
        if spectrum(rationals(np.array([[Fraction(v) for v in row] for row in power], dtype=object))).nonnegative:
            found.append(group)
            break
    return found + [group for group in (1, 2) if group not in found]


class _Phase:
    """The state after the r-th letter of a group: which terms it consists of, and when they settle."""

    def __init__(
        self,
        layer: CastLayer,
        letters: list[int],
        place: int,
        terms: dict[Vector, int],
        limit: int,
        budget: Budget,
    ) -> None:
        self.layer, self.budget = layer, budget

        def onwards(vector: Vector, reads: list[int]) -> Vector:
            for read in reads:
                vector = layer.advance(vector, read)
            return vector

        matrix = _identity(len(layer.start))
        for letter in letters[place:] + letters[:place]:
            matrix = _multiply(_dense(layer, letter), matrix)
        self.once = [(Orbit(layer, matrix, onwards(v, letters[:place]), limit, budget), c) for v, c in terms.items()]
        self.early, self.late = [], []
        for birth, letter in enumerate(letters, start=1):
            if not any(layer.inputs[letter]):
                continue
            if birth <= place:
                vector = onwards(layer.inputs[letter], letters[birth:place])
                self.early.append(Orbit(layer, matrix, vector, limit, budget))
            else:
                vector = onwards(layer.inputs[letter], letters[birth:] + letters[:place])
                self.late.append(Orbit(layer, matrix, vector, limit, budget))
        orbits = [*(orbit for orbit, _ in self.once), *self.early, *self.late]
        self.settled = max([0, *(orbit.settled() for orbit in orbits)])
        self._sums: list[list[Value]] = []

    def _born(self, j: int) -> list[Value]:
        """Sum of the casts of all terms born in the period, j groups after it began; kept, because it only grows."""
        while len(self._sums) <= j:
            demand(self.budget)
            k = len(self._sums)
            total = self._sums[-1] if k else [0] * self.layer.layer.size
            new = [orbit.cast(k) for orbit in self.early] + [orbit.cast(k - 1) for orbit in self.late if k]
            for part in new:
                total = [add_values(a, b) for a, b in zip(total, part, strict=True)]
            self._sums.append(total)
        return self._sums[j]

    def _sum(self, j: int) -> list[Value]:
        total = self._born(j)
        for orbit, count in self.once:
            total = [add_values(a, count * b) for a, b in zip(total, orbit.cast(j), strict=True)]
        return total

    def growth(self, settled: int) -> tuple[list[Value], list[Value], int]:
        """Sum after `settled` + 1 groups, what each further group adds, and groups until the cast of it is constant."""
        total = self._sum(settled + 1)
        step: list[Value] = [0] * self.layer.layer.size
        for orbit in [*self.early, *self.late]:
            step = [add_values(a, b) for a, b in zip(step, orbit.cast(settled), strict=True)]
        self.line = total, step
        return total, step, max([0, *(self._constant(a, b) for a, b in zip(total, step, strict=True))])

    def _constant(self, total: Value, step: Value) -> int:
        """The least n from which on the cast of total + n·step is proved to be constant."""
        if isinstance(total, float) or isinstance(step, float) or step == 0:
            return 0
        bound: int = int(beyond(self.layer) / self.layer.unit)
        high: int = max(0, -(-(bound - total) // step) if step > 0 else -(-(bound + total) // -step))
        far = (total + high * step) * self.layer.unit
        low = -1
        while high - low > 1:
            middle = (low + high) // 2
            if constant_between(self.layer, (total + middle * step) * self.layer.unit, far):
                high = middle
            else:
                low = middle
        return high

    def state(self, j: int, settled: int) -> list[Value]:
        """The cast state j groups after the period began."""
        if j <= settled:
            return [self.layer.cast_sum(v) for v in self._sum(j)]
        total, step = self.line
        n = j - settled - 1
        return [self.layer.cast_sum(a if isinstance(a, float) else a + n * b) for a, b in zip(total, step, strict=True)]
