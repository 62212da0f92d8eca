"""The checker's own Lemma 1: that a network's verdicts on u·w·w·w·… are periodic from a stated length on.

A certificate states for each layer from when on its letters are periodic, how
many periods are grouped, after how many groups every term's cast is constant, and after how many the cast state is. All
of it is derived again, on fractions:

- letters: the answers of the layer below, or the word itself;
- terms: a coordinate a of M^k v from the stated k on. Its differences obey a shortest recurrence (Berlekamp–Massey),
  whose roots are counted by Sturm's theorem and isolated by bisection. All positive: the differences and their
  transforms by the roots in ascending order must share one strict sign, so a is monotone, and the cast at the stated k
  must be the one just beside its limit. All inside the unit circle: a power of the companion matrix must halve row
  sums, and what is left must be less than the distance to the nearest jump of the cast;
- sums: the sum grows linearly; its cast at the stated number of groups must be the one far away in its direction.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from expressivity.checker.cast import CastLayer, CastMachine, Vector, plus
from expressivity.checker.errors import Rejected
from expressivity.checker.reading import Fields, integer, integers, items, long_integer, text
from expressivity.checker.records import Automaton
from expressivity.checker.rounding import Value

_MOST_BITS = 1 << 13
_MOST_GROUPS = 20_000
_MOST_LETTERS = 20_000

Polynomial = list[Fraction]


# Polynomials ------------------------------------------------------------------------------------------------------


def _trim(p: Polynomial) -> Polynomial:
    while p and p[-1] == 0:
        p = p[:-1]
    return p


def _rest(p: Polynomial, q: Polynomial) -> Polynomial:
    p = list(p)
    while len(p) >= len(q):
        factor = p[-1] / q[-1]
        for k, c in enumerate(q):
            p[len(p) - len(q) + k] -= factor * c
        p.pop()
    return _trim(p)


def _quotient(p: Polynomial, q: Polynomial) -> Polynomial:
    p, result = list(p), []
    while len(p) >= len(q):
        factor = p[-1] / q[-1]
        result.append(factor)
        for k, c in enumerate(q):
            p[len(p) - len(q) + k] -= factor * c
        p.pop()
    return result[::-1]


def _gcd(p: Polynomial, q: Polynomial) -> Polynomial:
    while q:
        p, q = q, _rest(p, q)
        q = [c / q[-1] for c in q] if q else q
    return p


def _derivative(p: Polynomial) -> Polynomial:
    return [k * c for k, c in enumerate(p)][1:]


def _at(p: Polynomial, x: Fraction) -> Fraction:
    total = Fraction(0)
    for c in reversed(p):
        total = total * x + c
    return total


def _changes(values: list[Fraction]) -> int:
    signs = [v > 0 for v in values if v != 0]
    return sum(a != b for a, b in itertools.pairwise(signs))


class Roots:
    """The roots of a polynomial, if all of them are real and positive: intervals, refined on demand."""

    def __init__(self, polynomial: Polynomial) -> None:
        self.square_free = _quotient(polynomial, _gcd(polynomial, _derivative(polynomial)))
        chain = [self.square_free, _derivative(self.square_free)]
        while chain[-1]:
            chain.append([-c for c in _rest(chain[-2], chain[-1])])
        self.chain = chain[:-1]
        degree = len(self.square_free) - 1
        self.bound = 1 + max(abs(c / self.square_free[-1]) for c in self.square_free)
        self.positive = self.count(Fraction(0), self.bound) == degree
        self.above_one = self.count(Fraction(0), Fraction(1)) < degree or _at(self.square_free, Fraction(1)) == 0
        self.intervals: list[tuple[Fraction, Fraction]] = []
        if not self.positive:
            return
        queue = [(Fraction(0), self.bound)]
        while queue:
            low, high = queue.pop()
            inside = self.count(low, high)
            if inside == 1:
                self.intervals.append((low, high))
            elif inside > 1:
                middle = (low + high) / 2
                queue += [(low, middle), (middle, high)]
        self.intervals.sort()
        self.multiplicities = [self._multiplicity(polynomial, i) for i in self.intervals]

    def count(self, low: Fraction, high: Fraction) -> int:
        """Number of roots in (low, high]."""
        return _changes([_at(p, low) for p in self.chain]) - _changes([_at(p, high) for p in self.chain])

    def _multiplicity(self, polynomial: Polynomial, interval: tuple[Fraction, Fraction]) -> int:
        found, rest = 1, _gcd(polynomial, _derivative(polynomial))
        while len(rest) > 1:
            inner = Roots.__new__(Roots)
            inner.square_free = _quotient(rest, _gcd(rest, _derivative(rest)))
            inner.chain = [inner.square_free, _derivative(inner.square_free)]
            while inner.chain[-1]:
                inner.chain.append([-c for c in _rest(inner.chain[-2], inner.chain[-1])])
            inner.chain.pop()
            if inner.count(*interval) == 0:
                break
            found, rest = found + 1, _gcd(rest, _derivative(rest))
        return found

    def refine(self, bits: int) -> list[tuple[Fraction, Fraction]]:
        """Every root as an interval of width 2^-bits, repeated by its multiplicity, in ascending order."""
        result = []
        for place, (low, high) in enumerate(self.intervals):
            while high - low > Fraction(1, 2**bits):
                middle = (low + high) / 2
                low, high = (low, middle) if self.count(low, middle) else (middle, high)
            self.intervals[place] = (low, high)
            result += [(low, high)] * self.multiplicities[place]
        return result


def _recurrence(terms: list[Fraction]) -> Polynomial:
    """The monic polynomial of least degree that annihilates a sequence (Berlekamp–Massey), constant term first."""
    now, before, length, gap, last = [Fraction(1)], [Fraction(1)], 0, 1, Fraction(1)
    for n in range(len(terms)):
        error = sum((now[i] * terms[n - i] for i in range(min(len(now), n + 1))), Fraction(0))
        if error:
            longer = now + [Fraction(0)] * max(0, len(before) + gap - len(now))
            for i, value in enumerate(before):
                longer[i + gap] -= error / last * value
            if 2 * length <= n:
                length, before, last, gap = n + 1 - length, now, error, 0
            now = longer
        gap += 1
    return (now + [Fraction(0)] * (length + 1 - len(now)))[: length + 1][::-1]


# Terms ------------------------------------------------------------------------------------------------------------


def check_settled(layer: CastLayer, orbit: list[Vector]) -> None:
    """Check that casts never change along an orbit of which 2·(number of coordinates) + 4 vectors are given.

    Raises:
        Rejected: when that was not shown.
    """
    if orbit[0] == orbit[1]:
        return
    if layer.field.degree > 1:
        raise Rejected("a term with irrational entries is not constant")
    for place in range(len(orbit[0])):
        numbers = [Fraction(vector[place]) for vector in orbit]
        differences = [b - a for a, b in itertools.pairwise(numbers)]
        if not any(differences):
            continue
        polynomial = _recurrence(differences)
        if polynomial[0] == 0:
            raise Rejected("a term still has a part that dies out in finitely many steps")
        roots = Roots(polynomial)
        if roots.positive:
            _check_monotone(layer, polynomial, roots, numbers, differences)
        else:
            _check_contracting(layer, polynomial, numbers)


def _check_monotone(
    layer: CastLayer, polynomial: Polynomial, roots: Roots, numbers: list[Fraction], differences: list[Fraction]
) -> None:
    bits = 64
    while True:
        values = [(d, d) for d in differences[: len(polynomial) - 1]]
        signs = set()
        for low, high in roots.refine(bits):
            first = values[0]
            signs.add(1 if first[0] > 0 else -1 if first[1] < 0 else 0)
            # The roots are positive, so the products' ends are among these.
            values = [
                (b[0] - max(a[1] * low, a[1] * high), b[1] - min(a[0] * low, a[0] * high))
                for a, b in itertools.pairwise(values)
            ]
        if signs in ({1}, {-1}):
            break
        if signs >= {1, -1} or bits > _MOST_BITS:
            raise Rejected("a term is not shown to be monotone: its differences' transforms do not share a sign")
        bits *= 4
    direction = signs.pop()
    target = direction * _beyond(layer) if roots.above_one else _beside(layer, _limit(polynomial, numbers), -direction)
    if not layer.rounding.constant_between(numbers[0], target):
        raise Rejected("the cast of a term is not yet the one beside its limit")


def _beyond(layer: CastLayer) -> Fraction:
    """A number from which on, and below whose negative, every cast is out of range."""
    return 4 * max(abs(layer.form.low), abs(layer.form.high), layer.form.finest)


def _limit(polynomial: Polynomial, numbers: list[Fraction]) -> Fraction:
    total = sum((c * a for c, a in zip(polynomial, numbers, strict=False)), Fraction(0))
    return total / sum(polynomial)


def _beside(layer: CastLayer, number: Fraction, side: int) -> Fraction:
    """Halfway to the next multiple of an eighth of the finest spacing: no cast jumps before that."""
    grid = layer.form.finest / 8
    place = number / grid
    floor = place.numerator // place.denominator
    following = floor + 1 if side > 0 else floor - 1 if place == floor else floor
    return Fraction(number + following * grid) / 2


def _check_contracting(layer: CastLayer, polynomial: Polynomial, numbers: list[Fraction]) -> None:
    order = len(polynomial) - 1
    if sum(polynomial) == 0:
        raise Rejected("a term's differences do not die out")
    rows = [[Fraction(int(j == i + 1)) for j in range(order)] for i in range(order - 1)]
    rows.append([-c for c in polynomial[:-1]])
    power, steps = rows, 1
    while max(sum(abs(v) for v in row) for row in power) * 2 > 1:
        if steps > 4096:
            raise Rejected("a term is governed by eigenvalues that are not shown to lie inside the unit circle")
        columns = list(zip(*power, strict=True))
        power = [[sum((a * b for a, b in zip(row, c, strict=True)), Fraction(0)) for c in columns] for row in power]
        steps *= 2
    limit = _limit(polynomial, numbers)
    sides = [_beside(layer, limit, side) for side in (-1, 1)]
    room = min(abs(side - limit) for side in sides)
    rest = [a - limit for a in numbers[:order]]
    for _ in range(steps):
        rest.append(-sum((c * e for c, e in zip(polynomial[:-1], rest[-order:], strict=True)), Fraction(0)))
    if not layer.rounding.constant_between(*sides) or any(abs(e) > room for e in rest):
        raise Rejected("a term still moves across a jump of the cast")


# Layers -----------------------------------------------------------------------------------------------------------


class _Phase:
    """All terms after the r-th letter of a group, each as an orbit under the product of a whole group."""

    def __init__(
        self, layer: CastLayer, letters: list[int], place: int, terms: dict[Vector, int], settled: int
    ) -> None:
        self.layer, self.settled = layer, settled
        self.around = letters[place:] + letters[:place]

        def onwards(vector: Vector, reads: list[int]) -> Vector:
            for read in reads:
                vector = layer.advance(vector, read)
            return vector

        once = [(onwards(v, letters[:place]), count) for v, count in terms.items()]
        early: list[Vector] = []
        late: list[Vector] = []
        for birth, letter in enumerate(letters, start=1):
            write = layer.inputs(letter)
            if write != layer.blank:
                rest = letters[birth:place] if birth <= place else letters[birth:] + letters[:place]
                (early if birth <= place else late).append(onwards(write, rest))
        self.once = [(self._casts(v, onwards), count) for v, count in once]
        self.early = [self._casts(v, onwards) for v in early]
        self.late = [self._casts(v, onwards) for v in late]

    def _casts(self, vector: Vector, onwards: Callable[[Vector, list[int]], Vector]) -> list[list[Value]]:
        """Casts of M^k v up to k = settled, after which they are checked to be constant."""
        casts = []
        for _ in range(self.settled):
            casts.append([self.layer.cast(v) for v in vector])
            vector = onwards(vector, self.around)
        casts.append([self.layer.cast(v) for v in vector])
        orbit = [vector, onwards(vector, self.around)]
        if orbit[0] != orbit[1]:
            while len(orbit) < 2 * len(vector) + 4:
                orbit.append(onwards(orbit[-1], self.around))
        check_settled(self.layer, orbit)
        return casts

    def states(self, groups: int, constant: int) -> tuple[list[list[Value]], list[Value]]:
        """Cast states after 0, 1, … groups, as many as asked for, and the one after `constant` groups, checked."""
        layer, settled = self.layer, self.settled
        blank: list[Value] = [0] * layer.size
        total, sums = blank, []
        for j in range(settled + 2):
            new = [casts[min(j, settled)] for casts in self.early]
            new += [casts[min(j - 1, settled)] for casts in self.late if j]
            for part in new:
                total = [plus(a, b) for a, b in zip(total, part, strict=True)]
            now = total
            for casts, count in self.once:
                now = [plus(a, count * b) for a, b in zip(now, casts[min(j, settled)], strict=True)]
            sums.append(now)
        step = blank
        for casts in self.early + self.late:
            step = [plus(a, b) for a, b in zip(step, casts[settled], strict=True)]

        def after(j: int) -> list[Value]:
            if j <= settled + 1:
                return [layer.cast_sum(v) for v in sums[j]]
            line = zip(sums[settled + 1], step, strict=True)
            return [
                layer.cast_sum(a if isinstance(a, float) or isinstance(b, float) else a + (j - settled - 1) * b)
                for a, b in line
            ]

        if constant < settled + 1:
            raise Rejected("the cast state is called constant before the terms are")
        last = after(constant)
        far = _beyond(layer)
        for begin, slope in zip(sums[settled + 1], step, strict=True):
            if isinstance(begin, float) or isinstance(slope, float) or slope == 0:
                continue
            end = Fraction(begin + (constant - settled - 1) * slope, 1 << layer.rounding.bits)
            if not layer.rounding.constant_between(end, max(end, far) if slope > 0 else min(end, -far)):
                raise Rejected("the cast of a growing sum is not yet the last one")
        return [after(j) for j in range(groups)], last


class Bounds(NamedTuple):
    """What a certificate says of a layer: from when on its letters are periodic, and after how many groups of periods
    the casts of terms, and then of states, are constant."""

    begin: int
    period: int
    group: int
    settled: int
    constant: int


def _layer_answers(
    layer: CastLayer, symbols: list[int], begin: int, period: int, bounds: Bounds
) -> tuple[list[int], int, int, list[int], bool]:
    """Answers to symbols that are periodic after `begin`: a list, its begin and period, the last ones, completeness."""
    if layer.delay:
        symbols = [*symbols, symbols[begin]] if period == len(symbols) - begin else symbols
        before = [layer.symbols, *symbols[:-1]]
        symbols = [s + layer.symbols * b for s, b in zip(symbols, before, strict=True)]
        begin += 1
    stated_begin, stated_period, group, settled, constant = bounds
    if (stated_begin, stated_period) != (begin, period):
        raise Rejected(f"letters are said to be periodic from {stated_begin} on; derived: {begin}, {period}")
    terms: dict[Vector, int] = {layer.start: 1} if layer.start != layer.blank else {}
    answers = []
    for read in symbols[:begin]:
        moved: dict[Vector, int] = {}
        for vector, count in [*((layer.advance(v, read), c) for v, c in terms.items()), (layer.inputs(read), 1)]:
            if vector != layer.blank:
                moved[vector] = moved.get(vector, 0) + count
        terms = moved
        state: list[Value] = [0] * layer.size
        for vector, count in terms.items():
            state = [plus(s, count * layer.cast(v)) for s, v in zip(state, vector, strict=True)]
        answers.append(layer.answer([layer.cast_sum(s) for s in state], read))
    letters = symbols[begin : begin + period] * group
    # Where the answers are too many to list they are known from the end on, and before it as far as terms were cast.
    shown = constant + 1 if constant * len(letters) <= _MOST_LETTERS else settled + 2
    phases = [
        _Phase(layer, letters, place, terms, settled).states(shown, constant) for place in range(1, len(letters) + 1)
    ]
    for j in range(shown):
        answers += [layer.answer(states[j], read) for (states, _), read in zip(phases, letters, strict=True)]
    last = [layer.answer(state, read) for (_, state), read in zip(phases, letters, strict=True)]
    return answers, begin + constant * len(letters), len(letters), last, shown == constant + 1


def _shortest(values: list[int]) -> int:
    for d in range(1, len(values) + 1):
        if len(values) % d == 0 and values == values[:d] * (len(values) // d):
            return d
    return len(values)


class Claim(NamedTuple):
    """What a certificate says of the verdicts on the prefixes of u·w·w·…."""

    prefix: tuple[int, ...]
    loop: tuple[int, ...]
    layers: tuple[Bounds, ...]
    preperiod: int
    period: int
    eventual: tuple[int, ...]


def read_claim(machine: CastMachine, fields: Fields) -> Claim:
    """A claim from the fields of a certificate."""
    numbers = {name: number for number, name in enumerate(machine.letters)}

    def word(name: str) -> tuple[int, ...]:
        names = [text(letter, f"a letter of the {name}") for letter in items(fields.take(name), f"the {name}")]
        if any(letter not in numbers for letter in names):
            raise Rejected(f"the {name} has letters that are not in the alphabet")
        return tuple(numbers[letter] for letter in names)

    prefix, loop = word("prefix"), word("loop")
    if not loop:
        raise Rejected("the loop is empty")
    rows = items(fields.take("layers"), "the layers' bounds", len(machine.layers))
    period = integer(fields.take("period"), "the period", 1)
    preperiod = long_integer(fields.take("preperiod"), "the preperiod")
    eventual = integers(fields.take("eventual"), "the eventual verdicts", 0, 1, period)
    return Claim(prefix, loop, tuple(map(_bounds, rows)), preperiod, period, eventual)


def _bounds(value: Any) -> Bounds:
    begin, period, group, settled, constant = items(value, "a layer's bounds", 5)
    return Bounds(
        integer(begin, "where a layer's letters become periodic", 0),
        integer(period, "a layer's period", 1),
        integer(group, "periods in a group", 1, 100),
        integer(settled, "groups until terms are settled", 0, _MOST_GROUPS),
        long_integer(constant, "groups until the state is constant"),
    )


class Verdicts:
    """Verdicts on the prefixes of u·w·w·…, derived from a certificate's bounds.

    Arguments:
        machine: the network.
        claim: the certificate's claim.
    """

    def __init__(self, machine: CastMachine, claim: Claim) -> None:
        network = machine.network
        symbols = [len(machine.letters)] * network.bos + [*claim.prefix, *claim.loop]
        begin, period = len(symbols) - len(claim.loop), len(claim.loop)
        complete, last = True, symbols[begin:]
        for layer, bounds in zip(machine.layers, claim.layers, strict=True):
            if not complete:
                raise Rejected("a layer's letters are periodic only after more letters than this checker derives")
            symbols, begin, period, last, complete = _layer_answers(layer, symbols, begin, period, bounds)
            if complete:
                period = _shortest(last)
                while begin > 0 and symbols[begin - 1] == symbols[begin - 1 + period]:
                    begin -= 1
                symbols = symbols[: begin + period]
                last = symbols[begin:]
        flags = [symbol == 1 for symbol in symbols]
        self.known = flags if network.bos else [network.accepts_empty, *flags]
        self.begin = begin + (not network.bos)
        self.loop = [symbol == 1 for symbol in last]

    def at(self, length: int) -> bool | None:
        """The verdict after a number of letters; None where it was not derived."""
        if length < len(self.known):
            return self.known[length]
        if length < self.begin:
            return None
        return self.loop[(length - self.begin) % len(self.loop)]


def check_periods(machine: CastMachine, claim: Claim) -> Verdicts:
    """Check what is claimed of the verdicts for all time.

    Returns:
        The verdicts, of which the claim holds.
    """
    verdicts = Verdicts(machine, claim)
    # Both are periodic: agreeing on one common period from where both have begun is agreeing for ever.
    end = max(claim.preperiod, verdicts.begin) + math.lcm(claim.period, len(verdicts.loop))
    if claim.preperiod < verdicts.begin and verdicts.begin > len(verdicts.known):
        raise Rejected(f"verdicts are derived from {verdicts.begin} letters on, not from {claim.preperiod} on")
    for length in range(claim.preperiod, end):
        if verdicts.at(length) is not (claim.eventual[(length - claim.preperiod) % claim.period] == 1):
            raise Rejected(f"the verdict after {length} letters is not the stated one")
    return verdicts


def _automaton_states(automaton: Automaton, claim: Claim) -> tuple[list[int], int]:
    """States of the automaton along u·w·w·…, up to the end of their first period, and where that period begins."""
    state, states = automaton.start, [automaton.start]
    for letter in claim.prefix:
        state = automaton.table[letter][state]
        states.append(state)
    seen: dict[int, int] = {}
    while state not in seen:
        seen[state] = len(states) - 1
        for letter in claim.loop:
            state = automaton.table[letter][state]
            states.append(state)
    return states[:-1], seen[state]


def check_one_letter(machine: CastMachine, automaton: Automaton, claim: Claim) -> str:
    """Check equivalence on one letter."""
    if len(machine.letters) != 1 or claim.prefix or claim.loop != (0,):
        raise Rejected("equivalence by a period needs an alphabet of one letter, read again and again")
    verdicts = check_periods(machine, claim)
    states, begin = _automaton_states(automaton, claim)
    turn = len(states) - begin
    end = max(verdicts.begin, begin) + math.lcm(len(verdicts.loop), turn)
    for length in range(end):
        state = states[length if length < begin else begin + (length - begin) % turn]
        if verdicts.at(length) is not (state in automaton.accepting):
            raise Rejected(f"network and automaton differ, or are not known, at length {length}")
    return (
        f"proved for all lengths: the verdicts have period {claim.period} from length {claim.preperiod} on, and "
        f"agree with the automaton's up to length {end}, where both have begun to repeat"
    )


def check_refutation(machine: CastMachine, automaton: Automaton, claim: Claim, lengths: list[int]) -> str:
    """Check that network and automaton differ at a length, or at one of two lengths where the network says the same."""
    verdicts = check_periods(machine, claim)
    states, begin = _automaton_states(automaton, claim)
    turn = len(states) - begin
    says = [states[n if n < begin else begin + (n - begin) % turn] in automaton.accepting for n in lengths]
    if len(lengths) == 1:
        verdict = verdicts.at(lengths[0])
        if verdict is None or verdict is says[0]:
            raise Rejected(f"after {lengths[0]} letters the network says {verdict} and the automaton {says[0]}")
        return (
            f"the network says {verdict} and the automaton {says[0]} after {lengths[0]} letters of u·w·w·…, where the "
            f"network's verdicts have period {claim.period}"
        )
    if len(lengths) != 2 or not claim.preperiod <= lengths[0] < lengths[1] or (lengths[1] - lengths[0]) % claim.period:
        raise Rejected("the two lengths are not a multiple of the period apart, beyond the preperiod")
    first, second = lengths
    if says[0] is says[1]:
        raise Rejected(f"the automaton does not tell the prefixes of {first} and {second} letters apart")
    return (
        f"from length {claim.preperiod} on the network's verdicts on prefixes of u·w·w·… have period "
        f"{claim.period}, so it says the same after {first} and {second} letters, and the automaton does not"
    )
