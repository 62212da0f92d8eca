"""Exact check that a cascade goes through the states of an automaton, for all words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from expressivity.algebra.cascades.cascade_invariant import covers_by_induction
from expressivity.algebra.cascades.levels import Level, moving_maps
from expressivity.automaton import Automaton
from expressivity.errors import NetworkError

# Table entries (of a level composed with the minimal machine below it) and nodes at which the two methods give way to
# each other; the last turn has no limit.
_TURNS = ((20_000, 5_000), (400_000, 100_000), (8_000_000, None))


class Stepper:
    """One step of a cascade on partly known component states, written −1 where unknown.

    Arguments:
        levels: the levels of the cascade.
    """

    def __init__(self, levels: Sequence[Level]) -> None:
        self.start = [component.start for level in levels for component in level.components]
        self._levels = []
        offset = 0
        for level in levels:
            moves = [
                [(offset + c, row, row[0] if row.count(row[0]) == len(row) else -1) for c, row in moved]
                for moved in moving_maps(level)
            ]
            readers = [offset + c if c >= 0 else -1 for c in level.active.tolist()]
            self._levels.append((readers, level.emit.tolist(), moves))
            offset += len(level.components)

    def step(self, known: list[int], letter: int) -> tuple[int, int, list[int]]:
        """Take a step.

        Returns:
            The component whose unknown state the step would have to read (else −1), the emitted state of the automaton
            (−1 when a level emits nothing), and the component states after the step.
        """
        after = known.copy()
        for readers, emit, moves in self._levels:
            reader = readers[letter]
            state = 0
            if reader >= 0:
                state = known[reader]
                if state < 0:
                    return reader, -1, after
            for component, row, constant in moves[letter]:
                if constant >= 0:
                    after[component] = constant
                elif known[component] >= 0:
                    after[component] = row[known[component]]
            letter = emit[letter][state]
            if letter < 0:
                return -1, -1, after
        return -1, letter if self._levels else 0, after


def counterexample(levels: Sequence[Level], automaton: Automaton) -> list[int] | None:
    """Letters of a shortest word on which a cascade and an automaton go through different states, or None.

    Induction proves almost every cascade that covers. Otherwise two exact searches take turns with growing budgets,
    because either can be exponentially slower than the other. (1) Compose the levels from the last one upwards and
    minimise the machine so far after each: this keeps it as small as what the levels above can observe, which is
    little for cascades built by "head, then tail" recursion. (2) Explore the reachable component states, knowing only
    those whose state will be read before it is overwritten, which is little where many components stand side by side.
    """
    if covers_by_induction(levels, automaton):
        return None
    for entries, nodes in _TURNS:
        machine = _compose_levels(levels, automaton, limit=entries)
        if machine is not None:
            return _compare_machine(machine, automaton)
        try:
            return _explore_lazily(levels, automaton, limit=nodes)
        except _OutOfTurnError:
            continue
    raise AssertionError("the last turn has no limit")


class _OutOfTurnError(Exception):
    """The exploration has met more nodes than its turn allows."""


def covering_map(levels: Sequence[Level], automaton: Automaton, *, limit: int) -> dict[tuple[int, ...], int]:
    """All reachable tuples of component states, each with the state of the automaton it stands for.

    Raises:
        NetworkError: when there are more than `limit`, or when one tuple would stand for two states.
    """
    stepper = Stepper(levels)
    covering = {tuple(stepper.start): automaton.start}
    queue = list(covering)
    for coordinates in queue:
        for letter in range(automaton.table.shape[0]):
            _, state, after = stepper.step(list(coordinates), letter)
            target = tuple(after)
            if target not in covering:
                covering[target] = state
                queue.append(target)
            if covering[target] != state:
                raise NetworkError(
                    f"component states {target} stand for the states {covering[target]} and {state}; the cascade does "
                    "not cover its automaton (`covers` gives a shortest word)"
                )
            if len(covering) > limit:
                raise NetworkError(
                    f"the cascade reaches more than {limit} tuples of component states; pass a larger limit="
                )
    return covering


# From the last level upwards ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Machine:
    """A Mealy machine: next state and output by (letter, state); output −1 where there is none."""

    table: np.ndarray
    output: np.ndarray
    start: int


def _compose_levels(levels: Sequence[Level], automaton: Automaton, *, limit: int) -> _Machine | None:
    """The minimal machine of a whole cascade over the automaton's letters, or None when it grows beyond a limit."""
    letters, states = automaton.table.shape
    if not levels:
        return _Machine(np.zeros((letters, 1), dtype=np.int64), np.zeros((letters, 1), dtype=np.int64), 0)
    machine = _Machine(np.zeros((states, 1), dtype=np.int64), np.arange(states)[:, None], 0)
    for level in reversed(levels):
        size = prod(component.states for component in level.components) * machine.table.shape[1]
        if size * level.letters > limit:
            return None
        machine = _minimal(_reachable(_on_top(level, machine)))
    return machine


def _on_top(level: Level, below: _Machine) -> _Machine:
    """The machine of a level that feeds its letters to the machine below."""
    sizes = [component.states for component in level.components]
    digits = np.indices(sizes).reshape(len(sizes), -1)
    weights = np.cumprod([1, *sizes[:0:-1]])[::-1]
    table = np.zeros((level.letters, digits.shape[1]), dtype=np.int64)
    read = np.zeros((level.letters, digits.shape[1]), dtype=np.int64)
    start = 0
    for c, component in enumerate(level.components):
        table += weights[c] * component.maps[level.action[:, c]][:, digits[c]].astype(np.int64)
        reading = level.active == c
        read[reading] = digits[c]
        start += int(weights[c]) * component.start
    emitted = np.take_along_axis(level.emit.astype(np.int64), read, axis=1)
    stays = np.arange(below.table.shape[1])
    # A missing letter ends the comparison at once, so what the machine below does with it is immaterial.
    lower = np.where(emitted[:, :, None] >= 0, below.table[emitted], stays)
    output = np.where(emitted[:, :, None] >= 0, below.output[emitted], -1)
    joint = table[:, :, None] * len(stays) + lower
    return _Machine(
        joint.reshape(level.letters, -1), output.reshape(level.letters, -1), start * len(stays) + below.start
    )


def _reachable(machine: _Machine) -> _Machine:
    """The part of a machine that its start state reaches."""
    seen = np.zeros(machine.table.shape[1], dtype=bool)
    seen[machine.start] = True
    frontier = np.array([machine.start])
    while frontier.size:
        found = np.unique(machine.table[:, frontier])
        frontier = found[~seen[found]]
        seen[frontier] = True
    if seen.all():
        return machine
    kept = np.flatnonzero(seen)
    number = np.cumsum(seen) - 1
    return _Machine(number[machine.table[:, kept]], machine.output[:, kept], int(number[machine.start]))


def _minimal(machine: _Machine) -> _Machine:
    """The machine with states merged that no word tells apart (Moore's refinement)."""
    # Equal rows of (table, output) are one letter; merging them makes the signatures short.
    rows = np.unique(np.hstack([machine.table, machine.output]), axis=0)
    table = rows[:, : machine.table.shape[1]]
    block = _blocks(rows[:, machine.table.shape[1] :])
    count = int(block.max()) + 1
    while True:
        refined = _blocks(np.vstack([block[None, :], block[table]]))
        if int(refined.max()) + 1 == count:
            break
        block, count = refined, int(refined.max()) + 1
    first = np.zeros(count, dtype=np.int64)
    first[block[::-1]] = np.arange(len(block))[::-1]
    return _Machine(block[machine.table[:, first]], machine.output[:, first], int(block[machine.start]))


def _blocks(signature: np.ndarray) -> np.ndarray:
    """Number equal columns alike."""
    numbers: dict[bytes, int] = {}
    columns = np.ascontiguousarray(signature.T)
    return np.array([numbers.setdefault(column.tobytes(), len(numbers)) for column in columns], dtype=np.int64)


def _compare_machine(machine: _Machine, automaton: Automaton) -> list[int] | None:
    """Letters of a shortest word on which the outputs are not the automaton's states, breadth first."""
    nexts, outputs, table = machine.table.tolist(), machine.output.tolist(), automaton.table.tolist()
    queue = [(machine.start, automaton.start)]
    arrivals = [(-1, -1)]
    seen = set(queue)
    for index, (state, target) in enumerate(queue):
        for letter, row in enumerate(table):
            if outputs[letter][state] != row[target]:
                return [*_word_to(index, arrivals), letter]
            pair = (nexts[letter][state], row[target])
            if pair not in seen:
                seen.add(pair)
                queue.append(pair)
                arrivals.append((index, letter))
    return None


def _word_to(index: int, arrivals: list[tuple[int, int]]) -> list[int]:
    """Letters on the path from the root of a breadth-first tree whose nodes list their parent and last letter."""
    word: list[int] = []
    while index > 0:
        index, letter = arrivals[index]
        word.append(letter)
    return word[::-1]


# Exploring what is needed -------------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Need:
    """A node of a decision tree over component states: a question about one component, or a leaf that is explored."""

    known: list[int]
    asks: int = -1
    answers: dict[int, _Need] = field(default_factory=dict)

    def answer(self, value: int) -> _Need:
        """The child for one value of the component asked about, made when it is first met."""
        if value not in self.answers:
            known = self.known.copy()
            known[self.asks] = value
            self.answers[value] = _Need(known)
        return self.answers[value]


def _explore_lazily(levels: Sequence[Level], automaton: Automaton, *, limit: int | None) -> list[int] | None:
    """Letters of a shortest failing word, by breadth-first search over component states known as far as needed.

    The automaton's state and the answers down a decision tree are a node of the search. When a step has to read a
    component that the node does not know, or leads to a question that it cannot answer, the node is split by that
    component and the search starts again; the search that needs no split is exact.
    """
    stepper = Stepper(levels)
    table = automaton.table.tolist()
    unknown = [-1] * len(stepper.start)
    trees = [_Need(unknown) for _ in range(automaton.states)]
    while True:
        split = False
        root = _descend(trees[automaton.start], stepper.start)[0]
        queue = [(root, automaton.start, stepper.start)]
        arrivals = [(-1, -1)]
        seen = {root}
        failure: list[int] | None = None
        for index, (visited, state, full) in enumerate(queue):
            node = visited
            for letter, row in enumerate(table):
                while True:
                    node = _descend(node, full)[0]
                    asked, emitted, after = stepper.step(node.known, letter)
                    if asked < 0 and emitted == row[state]:
                        target, asked = _descend(trees[emitted], after)
                    if asked < 0:
                        break
                    node.asks = asked
                    split = True
                if emitted != row[state]:
                    failure = [*_word_to(index, arrivals), letter]
                    break
                if target not in seen:
                    seen.add(target)
                    queue.append((target, emitted, stepper.step(full, letter)[2]))
                    arrivals.append((index, letter))
                    if limit is not None and len(queue) > limit:
                        raise _OutOfTurnError
            if failure is not None:
                break
        if not split:
            return failure


def _descend(node: _Need, known: list[int]) -> tuple[_Need, int]:
    """Follow the answers to a leaf; else stop at the question that the known states do not answer and name it."""
    while node.asks >= 0:
        value = known[node.asks]
        if value < 0:
            return node, node.asks
        node = node.answer(value)
    return node, -1
