"""Each layer of a network, alone, as a finite machine: symbols from below in, answers out.

A layer explored under *every* sequence of the symbols that can come from below is a small machine even when the stack
has many reachable states. States that no sequence of symbols can tell apart are merged, which forgets what will never
be read again (a block that is overwritten first, a component that is reset before it is used). The merged states are
kept as boxes, and the boxes are checked to be closed, so that a certificate can be written from them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from expressivity.automaton.congruences import on_blocks
from expressivity.exact import ExactArray
from expressivity.simulation.machine import Machine, StateLayer, row_keys
from expressivity.verification.boxes.box_layers import Ambiguous, Box, box_to_json, image_of, nearest, within
from expressivity.verification.exploration.breadth_first import explore
from expressivity.verification.exploration.budgets import INTERRUPTED, Budget
from expressivity.verification.exploration.outcomes import Closed, Exhausted

_MOST_ENTRIES = 20_000_000  # states × symbols of one layer's table
_ENTRY_BYTES = 40  # roughly, with the copies that refinement makes
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
    kinds = np.unique(layer.kinds[letters])
    explored = explore(_Alone(layer, start_row, layer.representatives[kinds]), None, budget)
    if not isinstance(explored, Closed):
        if isinstance(explored, Exhausted) and explored.spent == INTERRUPTED:
            raise KeyboardInterrupt
        return None
    rows, by_kind = explored.rows, explored.successors
    entries = len(rows) * len(pasts) * len(symbols)
    if entries > _MOST_ENTRIES or budget.spent(entries * _ENTRY_BYTES) is not None:
        return None
    # A state of the machine is a row with a past; reading a symbol makes that symbol the next past.
    arrived = by_kind[:, np.searchsorted(kinds, layer.kinds[letters])]
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


class _Alone:
    """One layer under some of its maps, as `breadth_first.explore` takes it."""

    chunk, most_words = 1 << 15, _MOST_WORDS

    def __init__(self, layer: StateLayer, start: np.ndarray, representatives: np.ndarray) -> None:
        self.layer, self.begin, self.representatives = layer, start, representatives
        self.letters = len(representatives)
        self.words = layer.words

    def start(self) -> tuple[np.ndarray, bool]:
        """The row to begin with."""
        return self.begin, False

    def step(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows after one map each."""
        return self.layer.advance(rows, self.representatives[letters]), np.zeros(len(rows), dtype=np.bool_)

    def keys(self, rows: np.ndarray) -> Sequence[Hashable]:
        """One value for each row."""
        return row_keys(rows)


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


def _collapse(following: np.ndarray, block: np.ndarray) -> np.ndarray:
    table = np.empty((int(block.max()) + 1, following.shape[1]), dtype=np.int64)
    table[block] = block[following]
    return table


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
        members = row_of[order]
        self.points = rows[members[begins]]
        self.proper = np.flatnonzero(np.minimum.reduceat(members, begins) != np.maximum.reduceat(members, begins))
        self.boxes: list[Box] = []
        if self.proper.size and layer.affine(0) is not None:
            vectors = layer.vectors(rows)
            assert isinstance(vectors, ExactArray)
            numbers = vectors.numerators[members, :, 0]
            ends = [
                ExactArray(extreme.reduceat(numbers, begins, axis=0)[..., None], vectors.denominator)
                .fractions()
                .tolist()
                for extreme in (np.minimum, np.maximum)
            ]
            self.boxes = [tuple(zip(low, high, strict=True)) for low, high in zip(*ends, strict=True)]

    def parts(self, order: np.ndarray) -> list[dict[str, Any]]:
        """What a certificate says of the layer in some classes."""
        return [box_to_json(self.boxes[c]) for c in order] if self.boxes else self.layer.parts(self.points[order])

    def closed(self, symbols: np.ndarray, past_of: np.ndarray, following: np.ndarray, delay: bool) -> bool:
        """Whether every box goes into the box of the class it leads to, and is decoded alike all over."""
        if not self.proper.size or not self.boxes:
            return not self.proper.size
        layer, block = self.layer, self.block
        readout = layer.layer.readout
        points = [block.points.fractions().tolist() for block in readout.blocks]
        # A class of one row goes where the row goes; only proper boxes need looking at.
        pairs = np.unique(np.column_stack([block, past_of]) if delay else block[:, None], axis=0)
        target = _collapse(following, block)
        for pair in pairs[np.isin(pairs[:, 0], self.proper)]:
            source = int(pair[0])
            letters = symbols + (layer.layer.symbols * int(pair[1]) if delay else 0)
            for kind in np.unique(layer.kinds[letters]):
                places = np.flatnonzero(layer.kinds[letters] == kind)
                affine = layer.affine(int(layer.representatives[kind]))
                assert affine is not None
                image = image_of((affine[0].tolist(), affine[1].tolist()), self.boxes[source])
                if not all(within(image, self.boxes[goal]) for goal in np.unique(target[source, places])):
                    return False
                read = np.unique(readout.select[letters[places]])
                try:
                    for number in read[read >= 0].tolist():
                        nearest(points[number], [image[c] for c in readout.blocks[number].coordinates.tolist()])
                except Ambiguous:
                    return False
        return True
