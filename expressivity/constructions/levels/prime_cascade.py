"""A cascade → one whose components are flip-flops and cyclic counters with resets, where its groups are solvable.

A component whose permutations do more than count is replaced by levels of counters: first the orbit of its state under
the permutations, then for each orbit the counters of `counter_chain`, side by side for different orbits. A letter
carries downwards the element that the counters before it have left over, and the digits read so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.levels import Component, Level, reached_states, without_idle_parts
from expressivity.constructions.levels.counter_chains import CounterChain, Permutation, counter_chain


def refine_to_counters(cascade: Cascade, *, moduli: str, max_order: int = 5_000) -> Cascade | None:
    """A cascade for the same automaton in which every component is a flip-flop or a counter, both with resets.

    A flip-flop has identity and constant maps only; the permutations of a counter with m states are k ↦ k + s mod m.

    Arguments:
        cascade: the cascade to refine.
        moduli: "two" to allow counters modulo 2 only, "any" for any cyclic ones.
        max_order: largest group of a component to enumerate.

    Returns:
        The cascade, or None when a component's group is not solvable ("any") or not a 2-group ("two").

    Raises:
        CannotCompile: when a group is larger than `max_order`.

    Source: Krohn & Rhodes 1965; Kaloujnine & Krasner 1951. Where a subgroup that fixes the base point is reached the
    chain of subgroups stops, so that a group need not be made regular first.
    """
    levels: list[Level] = []
    for level in cascade.levels:
        for single in _at_most_one_read(level):
            plans = [_refined(component, moduli, max_order) for component in single.components]
            if any(plan is None for plan in plans):
                return None
            levels += _sublevels(single, [plan for plan in plans if plan is not None])
    kind = f"{cascade.kind}, refined to counters"
    return Cascade(cascade.automaton, without_idle_parts(levels) if levels else (), kind)


@dataclass(frozen=True, eq=False)
class _Orbit:
    """An orbit of a component's states under its permutations, with the counters that follow the position in it.

    A flip-flop is one orbit without chain.
    """

    states: list[int]
    chain: CounterChain | None

    @property
    def sizes(self) -> list[int]:
        return [len(self.states)] if self.chain is None else [counter.modulus for counter in self.chain.counters]

    def digits(self, state: int) -> tuple[int, ...]:
        place = self.states.index(state)
        return (place,) if self.chain is None else self.chain.digits[place]

    def state(self, digits: tuple[int, ...]) -> int:
        return self.states[digits[0] if self.chain is None else self.chain.point(digits)]

    def restricted(self, moved: list[int]) -> Permutation:
        return tuple(self.states.index(moved[state]) for state in self.states)


_Plan = list[_Orbit]


def _refined(component: Component, moduli: str, max_order: int) -> _Plan | None:
    """Orbits and counters of a component, or None when its group does not allow them."""
    reached = reached_states(component).tolist()
    moving = component.maps[component.turns].tolist()
    if not moving:
        return [_Orbit(list(range(component.states)), None)]
    orbits: _Plan = []
    left = set(reached)
    while left:
        states = [min(left)]
        for state in states:
            states += sorted({row[state] for row in moving} - set(states))
        left -= set(states)
        bare = _Orbit(states, None)
        generators = [bare.restricted(row) for row in moving]
        chain = counter_chain(generators, len(states), moduli=moduli, max_order=max_order)
        if chain is None:
            return None
        orbits.append(_Orbit(states, chain))
    return orbits


def _at_most_one_read(level: Level) -> list[Level]:
    """The level itself when no letter has to read one component and permute another, else its components in turn."""
    needed = []
    for letter in range(level.letters):
        reads = {int(level.active[letter])} - {-1}
        for c, component in enumerate(level.components):
            if component.turns[level.action[letter, c]]:
                reads.add(c)
        needed.append(len(reads))
    if max(needed, default=0) <= 1 or len(level.components) == 1:
        return [level]
    single: list[Level] = []
    # A letter of the levels that replace this one is its letter with the state read so far, −1 before it is read.
    letters = [(letter, -1) for letter in range(level.letters)]
    for c, component in enumerate(level.components):
        numbers: dict[tuple[int, int], int] = {}
        emit = np.full((len(letters), component.states), -1, dtype=np.int32)
        active = np.full(len(letters), -1, dtype=np.int32)
        for row, (letter, state) in enumerate(letters):
            reading = level.active[letter] == c
            active[row] = 0 if reading else -1
            for column in range(component.states if reading else 1):
                emitted = (letter, column if reading else state)
                if c + 1 < len(level.components):
                    emit[row, column] = numbers.setdefault(emitted, len(numbers))
                else:
                    emit[row, column] = level.emit[letter, max(emitted[1], 0)]
        action = level.action[[letter for letter, _ in letters], c : c + 1]
        single.append(Level((component,), action, active, emit))
        letters = list(numbers)
    return single


_Letter = tuple[int, int, Permutation | None, tuple[int, ...]]
"""A level's letter, the orbit of the component it reads (−1: not known yet), the element to apply, the digits read."""


def _sublevels(level: Level, plans: list[_Plan]) -> list[Level]:
    """The levels that replace one level."""
    rows = [component.maps.tolist() for component in level.components]
    reads = []
    for letter in range(level.letters):
        reader = int(level.active[letter])
        for c, component in enumerate(level.components):
            counted = any(orbit.chain is not None for orbit in plans[c])
            if counted and component.turns[level.action[letter, c]]:
                reader = c
        reads.append(reader)
    letters: list[_Letter] = []
    for letter, reader in enumerate(reads):
        orbit = 0 if reader >= 0 and len(plans[reader]) == 1 else -1
        letters.append(_arrived(level, rows, plans, letter, reader, orbit))
    levels = []
    if any(len(plan) > 1 for plan in plans):
        made, letters = _orbit_level(level, rows, plans, reads, letters)
        levels.append(made)
    depth = max(len(orbit.sizes) for plan in plans for orbit in plan)
    for stage in range(depth):
        made, letters = _counter_level(level, rows, plans, reads, letters, stage, last=stage + 1 == depth)
        levels.append(made)
    return levels


def _arrived(level: Level, rows: list[list[list[int]]], plans: list[_Plan], letter: int, c: int, orbit: int) -> _Letter:
    """A letter once the orbit of the component it reads is known."""
    if c < 0 or orbit < 0 or plans[c][orbit].chain is None:
        return letter, orbit, None, ()
    chosen = level.action[letter, c]
    element = plans[c][orbit].restricted(rows[c][chosen]) if level.components[c].turns[chosen] else None
    return letter, orbit, element, ()


def _orbit_level(
    level: Level, rows: list[list[list[int]]], plans: list[_Plan], reads: list[int], letters: list[_Letter]
) -> tuple[Level, list[_Letter]]:
    """The level that holds the orbit of each component."""
    components: list[Component] = []
    moves: list[list[int]] = []
    for component, plan in zip(level.components, plans, strict=True):
        size = len(plan)
        constants = np.repeat(np.arange(size)[:, None], size, axis=1)
        start = next(o for o, orbit in enumerate(plan) if component.start in orbit.states)
        components.append(Component(np.vstack([np.arange(size), constants]).astype(np.int32), start))
    for letter, _, _, _ in letters:
        moves.append([])
        for c, plan in enumerate(plans):
            chosen = level.action[letter, c]
            row = rows[c][chosen]
            if level.components[c].resets[chosen] and len(plan) > 1:
                moves[-1].append(1 + next(o for o, orbit in enumerate(plan) if row[0] in orbit.states))
            else:
                moves[-1].append(0)
    emitted = []
    for letter, orbit, element, digits in letters:
        reader = reads[letter]
        if reader >= 0 and orbit < 0:
            emitted.append([_arrived(level, rows, plans, letter, reader, o) for o in range(len(plans[reader]))])
        else:
            emitted.append([(letter, orbit, element, digits)])
    active = [reads[letter] if reads[letter] >= 0 and orbit < 0 else -1 for letter, orbit, _, _ in letters]
    return _assembled(components, moves, active, emitted)


def _counter_level(
    level: Level,
    rows: list[list[list[int]]],
    plans: list[_Plan],
    reads: list[int],
    letters: list[_Letter],
    stage: int,
    *,
    last: bool,
) -> tuple[Level, list[_Letter]]:
    """The level of the counters with one index in their chains; the last one emits what the original level did."""
    slots = [(c, o) for c, plan in enumerate(plans) for o, orbit in enumerate(plan) if stage < len(orbit.sizes)]
    place = {slot: s for s, slot in enumerate(slots)}
    components = []
    for c, o in slots:
        orbit, start = plans[c][o], level.components[c].start
        size = orbit.sizes[stage]
        # Maps: size shifts (of which a flip-flop needs only the identity), then size constants.
        shifts = (np.arange(size)[None, :] + np.arange(size)[:, None]) % size
        constants = np.repeat(np.arange(size)[:, None], size, axis=1)
        begin = orbit.digits(start)[stage] if start in orbit.states else 0
        components.append(Component(np.vstack([shifts, constants]).astype(np.int32), begin))
    moves, active, emitted = [], [], []
    for letter, o, element, digits in letters:
        reader = reads[letter]
        action = [0] * len(slots)
        for c, plan in enumerate(plans):
            chosen = level.action[letter, c]
            row = rows[c][chosen]
            if level.components[c].resets[chosen]:
                target = next(t for t, orbit in enumerate(plan) if row[0] in orbit.states)
                if (c, target) in place:
                    size = plan[target].sizes[stage]
                    action[place[c, target]] = size + plan[target].digits(row[0])[stage]
        slot = place.get((reader, o), -1)
        chain = plans[reader][o].chain if slot >= 0 else None
        if element is not None and chain is not None:
            action[slot] = chain.counters[stage].shift[element]
        moves.append(action)
        active.append(slot)
        options: list[_Letter] = []
        for digit in range(components[slot].states if slot >= 0 else 1):
            left = chain.counters[stage].carry(digit, element) if element is not None and chain is not None else element
            options.append((letter, o, left, (*digits, digit) if slot >= 0 else digits))
        emitted.append(options)
    if not last:
        return _assembled(components, moves, active, emitted)
    final = []
    for options in emitted:
        values = []
        for letter, o, _, digits in options:
            reader = int(level.active[letter])
            state = plans[reader][o].state(digits) if reader >= 0 else 0
            values.append(int(level.emit[letter, state]))
        final.append(values)
    return _level(components, moves, active, final), []


def _assembled(
    components: list[Component], moves: list[list[int]], active: list[int], emitted: list[list[_Letter]]
) -> tuple[Level, list[_Letter]]:
    """A level that emits letters of the next one, which are numbered on the way."""
    numbers: dict[_Letter, int] = {}
    values = [[numbers.setdefault(letter, len(numbers)) for letter in options] for options in emitted]
    return _level(components, moves, active, values), list(numbers)


def _level(components: list[Component], moves: list[list[int]], active: list[int], values: list[list[int]]) -> Level:
    emit = np.full((len(values), max(component.states for component in components)), -1, dtype=np.int32)
    for row, options in enumerate(values):
        emit[row, : len(options)] = options
    return Level(tuple(components), np.array(moves, dtype=np.int32), np.array(active, dtype=np.int32), emit)
