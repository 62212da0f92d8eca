"""Network × automaton in the order `exact-then-cast`: breadth first over exact memories, and periods on one letter.

A memory is the exact sum of the steady terms and the multiset of all others. Finitely many of them, closed under every
letter, are a proof for all lengths. Over one letter most networks have infinitely many memories, and `cast_periods`
decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from expressivity.arithmetic.spec import Arithmetic
from expressivity.automaton import Automaton
from expressivity.networks.exchange import number_to_json
from expressivity.networks.network import Network
from expressivity.simulation.exact_then_cast import CastLayer, CastMachine, Memory, Vector
from expressivity.verification.budgets import NO_LIMITS, Limits
from expressivity.verification.cast_periods import EventualPeriod, eventual_period
from expressivity.verification.reachability import INTERRUPTED, Differs, Exhausted, Progress

_FIRST_LOOK = 200  # memories looked at before a one-letter network is asked for its period
_SECOND_LOOK = 1_000  # and where it has none that can be proved
_LONGEST = 4_096  # most letters and powers of a period computed one by one
_MOST_WORDS = 50_000  # 64-bit words that the denominators of all memories' terms fill together


@dataclass(frozen=True, eq=False)
class CastProof:
    """A proof for all lengths: the certificate's own fields, how many parts it has, and what they are."""

    fields: dict[str, Any]
    parts: int
    statement: str


def search_cast(
    network: Network,
    minimal: Automaton,
    arithmetic: Arithmetic,
    *,
    max_states: int,
    limits: Limits = NO_LIMITS,
    progress: Progress | None,
) -> CastProof | Differs | Exhausted:
    """Decide whether a network recognises a language in this order.

    Arguments:
        network: the network.
        minimal: the language over the network's letters, in the same order.
        arithmetic: an arithmetic of this order.
        max_states: most (memory, automaton state) pairs to keep.
        limits: seconds the breadth-first searches may take; their memory is bounded by the number of terms.
        progress: called with one line per level.
    """
    first = max_states if len(network.letters) > 1 else min(max_states, _FIRST_LOOK)
    found = _explore(CastMachine(network, arithmetic), minimal, first, limits, progress)
    ended = isinstance(found, Exhausted) and (found.budget == INTERRUPTED or limits.spent() is not None)
    if not isinstance(found, Exhausted) or ended or len(network.letters) > 1:
        return found
    periods = eventual_period(network, network.letters, arithmetic=arithmetic, limit=min(max_states, _LONGEST))
    if not isinstance(periods, EventualPeriod):
        found = _explore(CastMachine(network, arithmetic), minimal, min(max_states, _SECOND_LOOK), limits, progress)
        return Exhausted(found.proved_length, found.pairs, periods.reason) if isinstance(found, Exhausted) else found
    return compare(network, minimal, periods)


def compare(network: Network, minimal: Automaton, periods: EventualPeriod) -> CastProof | Differs | Exhausted:
    """One-letter verdicts for all time beside a one-letter automaton."""
    state = minimal.start
    flags: list[bool] = []
    seen: dict[int, int] = {}
    while state not in seen:
        seen[state] = len(flags)
        flags.append(bool(minimal.accepting[state]))
        state = int(minimal.table[0, state])
    tail, loop = seen[state], len(flags) - seen[state]
    end = max(periods.preperiod, tail) + math.lcm(periods.period, loop)
    for length in range(min(end, len(periods.verdicts) + math.lcm(periods.period, loop) + tail)):
        says = periods.verdict(length)
        if says is None:
            break
        if says != flags[length if length < tail else tail + (length - tail) % loop]:
            return Differs((0,) * length, says)
    else:
        fields = period_fields(network, (), network.letters, periods) | {"claim": "equivalent-by-period"}
        statement = (
            f"on one letter the verdicts have period {periods.period} from length {periods.preperiod} on, "
            f"and agree with the language's up to length {end}"
        )
        return CastProof(fields, end, statement)
    return Exhausted(length - 1, length, f"the verdicts have period {periods.period} only from length {end} on")


def period_fields(
    network: Network, prefix: tuple[str, ...], loop: tuple[str, ...], periods: EventualPeriod
) -> dict[str, Any]:
    """What a certificate says about an eventual period."""
    return {
        "prefix": list(prefix),
        "loop": list(loop),
        "layers": [
            [p.begin, p.period, p.group, p.settled, str(p.constant) if p.constant >= 2**53 else p.constant]
            for p in periods.layers
        ],
        "preperiod": str(periods.preperiod) if periods.preperiod >= 2**53 else periods.preperiod,
        "period": periods.period,
        "eventual": [int(v) for v in periods.eventual],
    }


def _explore(
    machine: CastMachine, automaton: Automaton, max_states: int, limits: Limits, progress: Progress | None
) -> CastProof | Differs | Exhausted:
    memories, previous, empty, _ = machine.start()
    if empty != bool(automaton.accepting[automaton.start]):
        return Differs((), empty)
    first = (memories, previous, automaton.start)
    numbers = {first: 0}
    items = [first]
    parents: list[tuple[int, int]] = [(-1, -1)]
    successors: list[list[int]] = []
    length, end, weight = 0, 1, 0
    try:
        for number, (memories, previous, label) in enumerate(items):
            if number == end:
                length, end = length + 1, len(items)
                if progress is not None:
                    progress(f"length {length}: {len(items)} memories")
            row = []
            for letter in range(len(automaton.letters)):
                moved, past, answer, _ = machine.step(memories, previous, letter)
                target = int(automaton.table[letter, label])
                if (answer == 1) != bool(automaton.accepting[target]):
                    word = [letter]
                    while number > 0:
                        number, read = parents[number]
                        word.append(read)
                    return Differs(tuple(reversed(word)), answer == 1)
                item = (moved, past, target)
                if item not in numbers:
                    numbers[item] = len(items)
                    items.append(item)
                    parents.append((number, letter))
                    weight += sum(_words(vector) for memory in moved for vector, _ in memory.terms)
                row.append(numbers[item])
            successors.append(row)
            budget = limits.spent()
            if len(items) > max_states:
                budget = f"max_states={max_states}"
            elif weight > _MOST_WORDS:
                budget = f"{_MOST_WORDS} words of exact terms"
            if budget is not None:
                return Exhausted(length, len(items), budget)
    except KeyboardInterrupt:
        return Exhausted(length, len(items), INTERRUPTED)
    invariant = [
        {
            "label": label,
            "layers": [_memory(layer, memory) for layer, memory in zip(machine.layers, memories, strict=True)],
            "previous": list(previous),
            "successors": row,
        }
        for (memories, previous, label), row in zip(items, successors, strict=True)
    ]
    steady = [[_numbers(layer, v) for v in layer.steady_vectors()] for layer in machine.layers]
    fields = {"claim": "equivalent", "invariant": invariant, "steady": steady}
    letters = len(automaton.letters)
    statement = (
        f"{len(items)} memories of cast terms are closed under {letters} letters and decode onto the "
        f"{automaton.states} states of the minimal automaton"
    )
    return CastProof(fields, len(items), statement)


def _words(vector: Vector) -> int:
    """Machine words that the denominators of a vector fill, at least one."""
    return 1 + sum(int(value.denominator).bit_length() for value in vector) // 64


def _memory(layer: CastLayer, memory: Memory) -> dict[str, Any]:
    terms = [[count, _numbers(layer, vector)] for vector, count in memory.terms]
    return {"sum": _numbers(layer, memory.sum), "terms": terms}


def _numbers(layer: CastLayer, vector: Vector) -> list[Any]:
    """A vector as JSON numbers."""
    result = []
    for i in range(0, len(vector), layer.degree):
        row = [Fraction(v) for v in vector[i : i + layer.degree]]
        denominator = math.lcm(*(v.denominator for v in row))
        result.append(number_to_json([int(v * denominator) for v in row], denominator))
    return result
