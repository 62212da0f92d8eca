"""Each layer of a network, alone, as a finite machine: symbols from below in, answers out.

A layer explored under *every* sequence of the symbols that can come from below is a small machine even when the stack
has many reachable states. States that no sequence of symbols can tell apart are merged, which forgets what will never
be read again (a block that is overwritten first, a component that is reset before it is used). The merged states are
kept as boxes, and the boxes are checked to be closed, so that a certificate can be written from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from expressivity.automaton.congruences import on_blocks
from expressivity.simulation.machine import Machine, StateLayer
from expressivity.verification.search.budgets import Budget

_MOST_ENTRIES = 20_000_000  # states × symbols of one layer's table
_ENTRY_BYTES, _ROW_BYTES = 40, 200  # roughly, with the copies that refinement makes
_MOST_WORDS = 200_000  # a layer whose denominators keep growing under arbitrary input will not close


@dataclass(frozen=True, eq=False)
class LayerMachine:
    """A layer as a Mealy machine over the symbols that can reach it.

    Arguments:
        symbols: the symbols that can come from below, ascending, shape (symbol,).
        start: class of the start state.
        following: class after each symbol, shape (class, symbol).
        answers: answer to each symbol, shape (class, symbol).
        parts: what a certificate says of the layer in each class, when it is asked for.
        previous: for each class the previous symbols it stands for (empty for a layer without delay).
    """

    symbols: np.ndarray
    start: int
    following: np.ndarray
    answers: np.ndarray
    parts: Callable[[], list[dict[str, Any]]]
    previous: list[list[int]]

    @property
    def classes(self) -> int:
        """Number of merged states."""
        return len(self.following)


def realise_layers(machine: Machine, budget: Budget) -> list[LayerMachine] | None:
    """Every layer as a machine, from the bottom up; None when one of them does not close within the budget.

    Arguments:
        machine: the network in some arithmetic.
        budget: states of one layer, seconds and bytes.
    """
    network = machine.network
    below = np.arange(len(network.letters))
    first: int | None = len(network.letters) if network.bos else None
    machines = []
    for layer in machine.layers:
        realised, first = _realise(layer, below, first, budget) or (None, None)
        if realised is None:
            return None
        machines.append(realised)
        below = np.unique(realised.answers)
    return machines


def _realise(
    layer: StateLayer, symbols: np.ndarray, first: int | None, budget: Budget
) -> tuple[LayerMachine, int | None] | None:
    """The machine of one layer, and its answer to the beginning-of-sequence symbol when there is one."""
    count, delay = layer.layer.symbols, layer.layer.delay
    start_row, before, answer = layer.start[None], count, None
    if first is not None:
        letter = np.array([first + count * count * delay])
        start_row = layer.advance(start_row, letter)
        answer = int(layer.answers(start_row, letter)[0])
        before = first
    pasts = np.unique(np.append(symbols, before)) if delay else np.array([0])
    letters = symbols[None, :] + count * delay * pasts[:, None]
    if len(pasts) * len(symbols) > _MOST_ENTRIES:
        return None
    explored = _explore_rows(layer, start_row, np.unique(layer.kinds[letters]), budget)
    if explored is None:
        return None
    rows, by_kind = explored
    entries = len(rows) * len(pasts) * len(symbols)
    if entries > _MOST_ENTRIES or budget.spent(entries * _ENTRY_BYTES) is not None:
        return None
    # A state of the machine is a row with a past; reading a symbol makes that symbol the next past.
    arrived = by_kind[:, np.searchsorted(np.unique(layer.kinds[letters]), layer.kinds[letters])]
    answers = _answers_by_code(layer, layer.codes(rows), arrived, letters)
    place = np.searchsorted(pasts, symbols) if delay else np.zeros(len(symbols), dtype=np.int64)
    following = (arrived * len(pasts) + place).reshape(len(rows) * len(pasts), len(symbols))
    answers = answers.reshape(len(rows) * len(pasts), len(symbols))
    begin = int(np.searchsorted(pasts, before)) if delay else 0
    reached = _reachable(following, begin)
    number = np.full(len(following), -1)
    number[reached] = np.arange(len(reached))
    following, answers = number[following[reached]], answers[reached]
    row_of, past_of = reached // len(pasts), pasts[reached % len(pasts)]
    machine = _quotient(layer, rows, row_of, past_of, symbols, following, answers, bool(delay))
    return machine, answer


def _explore_rows(
    layer: StateLayer, start: np.ndarray, kinds: np.ndarray, budget: Budget
) -> tuple[np.ndarray, np.ndarray] | None:
    """All rows reachable under the given maps, and where each map leads, shape (row, kind)."""
    representatives = layer.representatives[kinds]
    rows, known = start, {tuple(start[0].tolist()): 0}
    table: list[int] = []
    begin, words = 0, 0
    while begin < len(rows):
        end = len(rows)
        if budget.spent((len(rows) + (end - begin) * len(kinds)) * (_ROW_BYTES + 48 * rows.shape[1])) is not None:
            return None
        letters = np.tile(representatives, end - begin)
        moved = layer.advance(np.repeat(rows[begin:end], len(kinds), axis=0), letters)
        fresh = []
        for position, row in enumerate(moved.tolist()):
            key = tuple(row)
            number = known.get(key)
            if number is None:
                number = known[key] = len(known)
                fresh.append(position)
            table.append(number)
        words += layer.words(moved[fresh])
        if len(known) > budget.states or words > _MOST_WORDS:
            return None
        if fresh:
            rows = np.concatenate([rows, moved[fresh]])
        begin = end
    return rows, np.array(table, dtype=np.int64).reshape(len(rows), len(kinds))


def _answers_by_code(layer: StateLayer, codes: np.ndarray, rows: np.ndarray, letters: np.ndarray) -> np.ndarray:
    """Answers for states given by row number, shape (state, *letters.shape) like `rows`, and the letters read."""
    readout = layer.layer.readout
    total = np.zeros(rows.shape, dtype=np.int64)
    for read in range(readout.select.shape[1]):
        chosen = np.broadcast_to(readout.select[letters, read], rows.shape)
        total += readout.radix**read * np.where(chosen >= 0, codes[rows, np.maximum(chosen, 0)], 0)
    answers: np.ndarray = readout.table[np.broadcast_to(letters, rows.shape), total]
    return answers


def _reachable(following: np.ndarray, start: int) -> np.ndarray:
    """States reachable from the start, the start first."""
    seen = np.zeros(len(following), dtype=bool)
    seen[start] = True
    frontier = np.array([start])
    order = [frontier]
    while frontier.size:
        targets = np.unique(following[frontier])
        frontier = targets[~seen[targets]]
        seen[frontier] = True
        order.append(frontier)
    return np.concatenate(order)


def _quotient(
    layer: StateLayer,
    rows: np.ndarray,
    row_of: np.ndarray,
    past_of: np.ndarray,
    symbols: np.ndarray,
    following: np.ndarray,
    answers: np.ndarray,
    delay: bool,
) -> LayerMachine:
    """Merge states that answer alike for ever, if the boxes around them are closed; else only their pasts."""
    block = _refine(answers, following)
    boxes = _Boxes(layer, rows, row_of, block)
    if not boxes.closed(symbols, past_of, following, delay):
        block = _refine(np.column_stack([answers, row_of]), following)
        boxes = _Boxes(layer, rows, row_of, block)
    order = _reachable(on_blocks(following.T, block).T, int(block[0]))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    block = rank[block]
    representative = np.empty(len(order), dtype=np.int64)
    representative[block] = np.arange(len(block))
    previous: list[list[int]] = [[] for _ in order]
    if delay:
        for number, past in np.unique(np.column_stack([block, past_of]), axis=0).tolist():
            previous[number].append(past)
    return LayerMachine(
        symbols,
        int(block[0]),
        block[following[representative]],
        answers[representative],
        partial(boxes.parts, order),
        previous,
    )


def _refine(signature: np.ndarray, following: np.ndarray) -> np.ndarray:
    """Coarsest partition finer than equal signatures and stable under every symbol, by Moore's refinement."""
    _, block = np.unique(signature, axis=0, return_inverse=True)
    block = block.reshape(-1)
    count = int(block.max()) + 1
    while True:
        _, block = np.unique(np.column_stack([block, block[following]]), axis=0, return_inverse=True)
        block = block.reshape(-1)
        refined = int(block.max()) + 1
        if refined == count:
            return block
        count = refined


class _Boxes:
    """The smallest box around the rows of each class; in most classes all rows are one.

    Arguments:
        layer: the layer.
        rows: its rows.
        row_of: row of each state.
        block: class of each state.
    """

    def __init__(self, layer: StateLayer, rows: np.ndarray, row_of: np.ndarray, block: np.ndarray) -> None:
        self.layer, self.block = layer, block
        order = np.argsort(block, kind="stable")
        begins = np.searchsorted(block[order], np.arange(int(block.max()) + 1))
        self.points = rows[row_of[order[begins]]]
        self.proper = np.flatnonzero(
            np.minimum.reduceat(row_of[order], begins) != np.maximum.reduceat(row_of[order], begins)
        )
        if self.proper.size and layer.boxes is not None:
            numbers, self.scale = layer.boxes.layer.common_scale(rows)
            members = numbers[row_of[order]]
            self.lower = np.minimum.reduceat(members, begins, axis=0)
            self.upper = np.maximum.reduceat(members, begins, axis=0)

    def parts(self, order: np.ndarray) -> list[dict[str, Any]]:
        """What a certificate says of the layer in some classes."""
        if self.proper.size and self.layer.boxes is not None:
            return self.layer.boxes.parts(self.lower[order], self.upper[order], self.scale)
        return self.layer.parts(self.points[order])

    def closed(self, symbols: np.ndarray, past_of: np.ndarray, following: np.ndarray, delay: bool) -> bool:
        """Whether every box goes into the box of the class it leads to, and is decoded alike all over."""
        if not self.proper.size:
            return True
        if self.layer.boxes is None:
            return False
        layer, boxes, block = self.layer, self.layer.boxes, self.block
        # A class of one row goes where the row goes; only proper boxes need looking at.
        pairs = np.unique(np.column_stack([block, past_of]) if delay else block[:, None], axis=0)
        target = on_blocks(following.T, block).T
        for pair in pairs[np.isin(pairs[:, 0], self.proper)]:
            source = int(pair[0])
            letters = symbols + (layer.layer.symbols * int(pair[1]) if delay else 0)
            for kind in np.unique(layer.kinds[letters]):
                places = np.flatnonzero(layer.kinds[letters] == kind)
                letter = int(layer.representatives[kind])
                low, high = boxes.image(self.lower[source], self.upper[source], self.scale, letter)
                goals = np.unique(target[source, places])
                if any(np.any(low < self.lower[g]) or np.any(high > self.upper[g]) for g in goals):
                    return False
                if not boxes.decodes_alike(low, high, self.scale, letters[places]):
                    return False
        return True
