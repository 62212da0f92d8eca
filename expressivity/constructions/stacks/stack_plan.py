"""Levels of a cascade → what each layer of a stack reads, decodes and answers, when layers answer after their step.

A level of a cascade reads its component's state *before* the step; the answer of a layer is made *after* it. Where
every letter of a level leaves that state recoverable (permutations do, resets do not), the layer answers the next
level's letter itself. Where not, it answers (its letter, the states that the next letter may read), symbols with equal
consequences merged, and the next layer, which sees the previous answer beside the present one (`delay=1`, a short
convolution), works out its letter from both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.levels import Component, Level, reached_states
from expressivity.constructions.levels.symbol_merging import merge_symbols, merged_table
from expressivity.constructions.levels.verdict_levels import verdict_levels
from expressivity.errors import CannotCompile


@dataclass(frozen=True, eq=False)
class LayerPlan:
    """What a layer does, apart from how its components are encoded as numbers.

    Arguments:
        components: permutation–reset components side by side; none in a layer that only answers.
        maps: map of each component on each letter of the layer, shape (letter, component); −1 on letters that never
            occur.
        delay: whether the layer reads its previous input too (letters are then present + symbols · previous).
        select: components read after each letter, −1 for none, shape (letter, read).
        table: the answer, shape (letter, code), code = Σ state_r · radix^r with radix the largest component.
        outputs: number of different answers.
    """

    components: tuple[Component, ...]
    maps: Int[np.ndarray, "letter component"]
    delay: int
    select: Int[np.ndarray, "letter read"]
    table: Int[np.ndarray, "letter code"]
    outputs: int


@dataclass(frozen=True, eq=False)
class _Input:
    """What a layer reads: the level's letter for each of its own letters, and which level letters follow which.

    The last row of `follows` stands for the time before the first letter.
    """

    level_letter: Int[np.ndarray, " letter"]
    delay: int
    follows: Bool[np.ndarray, "level_letter_or_start level_letter"]


def plan_layers(
    cascade: Cascade, accepting: Bool[np.ndarray, " state"], *, max_letters: int = 50_000
) -> tuple[LayerPlan, ...]:
    """Layers that recognise a language, one per level of a cascade and at most one more, which only answers.

    Arguments:
        cascade: a cascade that covers the language's automaton.
        accepting: accepting states of the automaton.
        max_letters: most letters of a layer; a layer with `delay` distinguishes K·(K + 1) when K symbols come from
            below.

    Raises:
        CannotCompile: when a layer would need more letters.
    """
    letters = cascade.automaton.table.shape[0]
    levels = verdict_levels(cascade, accepting)
    reads = _Input(np.arange(letters), 0, np.ones((letters + 1, letters), dtype=bool))
    plans = []
    for number, level in enumerate(levels):
        outputs = levels[number + 1].letters if number + 1 < len(levels) else 2
        plan, reads = _plan(level, reads, outputs, max_letters)
        plans.append(plan)
    if reads.delay:
        plans.append(_answer_only(reads))
    return tuple(plans)


def _plan(level: Level, reads: _Input, outputs: int, max_letters: int) -> tuple[LayerPlan, _Input]:
    """The plan of one level, and what the next layer reads."""
    graph = _Graph(level, reads.follows)
    occurring = reads.level_letter >= 0
    rows = np.where(occurring, reads.level_letter, 0)
    maps = np.where(occurring[:, None], level.action[rows], -1)
    radix = max(component.states for component in level.components)
    direct = graph.direct_answers(radix)
    if direct is not None:
        select, table = level.active[:, None].astype(np.int64), direct
        following = _Input(np.arange(outputs), 0, graph.next_follows(outputs))
    else:
        select, table, following = _delayed(graph, radix, outputs, max_letters)
        outputs = int(table.max()) + 1
    select = np.where(occurring[:, None], select[rows], -1)
    table = np.where(occurring[:, None], table[rows], 0)
    return LayerPlan(level.components, maps, reads.delay, select, table, outputs), following


def _delayed(graph: _Graph, radix: int, outputs: int, max_letters: int) -> tuple[np.ndarray, np.ndarray, _Input]:
    """Blocks read and answers of a level that answers merged (letter, states) symbols; what the next layer reads."""
    classes = merge_symbols(graph.emissions)
    symbols = int(classes.max()) + 1
    if symbols * (symbols + 1) > max_letters:
        raise CannotCompile(
            f"a layer would read {symbols} symbols from below, {symbols * (symbols + 1)} pairs with the previous one, "
            f"more than max_letters={max_letters}; give a larger limit or another cascade"
        )
    letters = graph.level.letters
    width = max(1, *(len(readers) for readers in graph.readers))
    if letters * radix**width > 50_000_000:
        raise CannotCompile(f"a layer would decode {width} components of up to {radix} states at once: too many codes")
    select = np.full((letters, width), -1, dtype=np.int64)
    for letter in range(letters):
        chosen = graph.readers[letter]
        select[letter, : len(chosen)] = chosen
    table = np.zeros((letters, radix**width), dtype=np.int64)
    for (letter, states), number in graph.numbers.items():
        if letter < letters:
            table[letter, sum(state * radix**r for r, state in enumerate(states))] = classes[number]
    pairs = merged_table(graph.emissions, classes)
    return select, table, _Input(pairs.reshape(-1), 1, graph.next_follows(outputs))


def _answer_only(reads: _Input) -> LayerPlan:
    """A layer without state that answers what its present and previous input imply."""
    letters = len(reads.level_letter)
    return LayerPlan(
        (),
        np.zeros((letters, 0), dtype=np.int64),
        reads.delay,
        np.zeros((letters, 0), dtype=np.int64),
        np.maximum(reads.level_letter, 0)[:, None],
        2,
    )


class _Graph:
    """Which (letter, states that may be read next) follow which, and the letter emitted on the way.

    A superset of what can happen: components that are not followed are taken to be in any state they can reach.
    """

    def __init__(self, level: Level, follows: np.ndarray) -> None:
        self.level = level
        self.follows = [np.flatnonzero(row).tolist() for row in follows]
        active = level.active.tolist()
        # The components that some possible next letter reads; the last entry is for the start.
        self.readers = [sorted({active[x] for x in row} - {-1}) for row in self.follows]
        self.numbers: dict[tuple[int, tuple[int, ...]], int] = {}
        self.edges: list[tuple[int, int, int]] = []
        self._explore()
        symbols = len(self.numbers) - 1
        emissions = np.full((symbols + 1, symbols), -1, dtype=np.int64)
        if self.edges:
            source, target, emitted = np.array(self.edges).T
            # Number 0 is the start, which becomes the last row.
            emissions[np.where(source == 0, symbols, source - 1), target - 1] = emitted
        self.emissions = emissions
        self.numbers = {node: number - 1 if number else symbols for node, number in self.numbers.items()}

    def _explore(self) -> None:
        level = self.level
        components = level.components
        rows = [component.maps.tolist() for component in components]
        constant = [[row[0] if row.count(row[0]) == len(row) else -1 for row in table] for table in rows]
        reached = [reached_states(component).tolist() for component in components]
        action, active, emit = level.action.tolist(), level.active.tolist(), level.emit.tolist()
        first = (level.letters, tuple(components[c].start for c in self.readers[level.letters]))
        self.numbers[first] = 0
        queue = [first]
        for letter, states in queue:
            source = self.numbers[letter, states]
            known = dict(zip(self.readers[letter], states, strict=True))
            for present in self.follows[letter]:
                emitted = emit[present][known[active[present]] if active[present] >= 0 else 0]
                if emitted < 0:
                    continue
                options: list[tuple[int, ...]] = [()]
                for c in self.readers[present]:
                    map_number = action[present][c]
                    if constant[c][map_number] >= 0:
                        after = [constant[c][map_number]]
                    elif c in known:
                        after = [rows[c][map_number][known[c]]]
                    else:
                        after = [rows[c][map_number][state] for state in reached[c]]
                    options = [(*option, state) for option in options for state in after]
                for option in options:
                    node = (present, option)
                    if node not in self.numbers:
                        self.numbers[node] = len(self.numbers)
                        queue.append(node)
                    self.edges.append((source, self.numbers[node], emitted))

    def direct_answers(self, radix: int) -> np.ndarray | None:
        """The emitted letter by the active component's state *after* the step, or None where that does not suffice."""
        level = self.level
        table = np.zeros((level.letters, radix), dtype=np.int64)
        present = np.array([letter for letter, _ in sorted(self.numbers, key=self.numbers.__getitem__)][:-1])
        for letter in range(level.letters):
            emitted = self.emissions[:, present == letter]
            values = np.unique(emitted[emitted >= 0])
            if len(values) <= 1:
                table[letter] = values[0] if len(values) else 0
                continue
            component = level.components[int(level.active[letter])]
            moved = component.maps[level.action[letter, level.active[letter]]]
            if len(np.unique(moved)) < component.states:
                return None
            table[letter, moved] = np.maximum(level.emit[letter, : component.states], 0)
        return table

    def next_follows(self, outputs: int) -> np.ndarray:
        """Which emitted letters follow which; the last row is for the start."""
        follows = np.zeros((outputs + 1, outputs), dtype=bool)
        symbols = self.emissions.shape[1]
        for symbol in range(symbols):
            before = np.unique(self.emissions[:, symbol])
            after = np.unique(self.emissions[symbol])
            follows[np.ix_(before[before >= 0], after[after >= 0])] = True
        first = np.unique(self.emissions[symbols])
        follows[outputs, first[first >= 0]] = True
        return follows
