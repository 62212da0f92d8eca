"""One layer on boxes: groups of coordinates, each followed as the image of an invariant box under its last maps.

A group's box is kept as a *history*: the boxes one gets by forgetting everything before the last 1, 2, …, depth
contracting maps, when the group starts anywhere in an invariant box. Histories shorten themselves, so a contracting
recurrence with infinitely many exact states has finitely many of them; a constant map makes the history a point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from expressivity.networks.layer import Layer
from expressivity.networks.network import Network

Interval = tuple[Fraction, Fraction]
Box = tuple[Interval, ...]
Affine = tuple[list[list[Fraction]], list[Fraction]]  # matrix rows and shift
History = tuple[Box, ...]
"""Boxes by number of remembered contracting maps, the finest last."""

_ROUNDS = 40  # of the search for an invariant box
_MOST_CODES = 256  # combinations of codes tried when some of the components read are unknown


class Ambiguous(Exception):  # noqa: N818 (an outcome, not a fault)
    """The nearest code point is not the same all over a box that is known as well as the depth allows."""


class TooMany(Exception):  # noqa: N818 (an outcome, not a fault)
    """More boxes than the budget allows."""


class Group:
    """Coordinates of a layer that no letter mixes with others.

    A group without an invariant box is followed exactly, from the start on, and always has to be known.

    Arguments:
        coordinates: indices into the flattened state.
        image: a box around the image of a box under the map of a given number.
        contracting: which maps are remembered in histories; any choice is sound.
        constant: which maps take every state to the same one.
        map_of: number of the map for each letter of the layer.
        start: start state.
        invariant: a box around the start that every map takes into itself, None when none is known.
        depth: contracting maps a history remembers.
        limit: most histories.
    """

    def __init__(
        self,
        coordinates: list[int],
        image: Callable[[int, Box], Box],
        contracting: list[bool],
        constant: list[bool],
        map_of: list[int],
        start: list[Fraction],
        invariant: Box | None,
        depth: int,
        limit: int,
    ) -> None:
        self.coordinates = coordinates
        self.image = image
        self.map_of = map_of
        self.depth = depth
        self.limit = limit
        self.contracting = contracting
        point = tuple((v, v) for v in start)
        self.bounded = invariant is not None
        self.invariant: Box = point if invariant is None else invariant
        self.histories: list[History] = []
        self._numbers: dict[History, int] = {}
        self.steps: dict[tuple[int, int], int] = {}
        self.start = self._number((point,) * depth)
        # What a constant map leaves is known without knowing what was there before.
        self.constants = [
            self._number((image(number, self.invariant),) * depth) if same else -1
            for number, same in enumerate(constant)
        ]

    def box(self, history: int) -> Box:
        """The box of a history; −1 stands for "anywhere"."""
        return self.histories[history][-1] if history >= 0 else self.invariant

    def step(self, history: int, number: int) -> int:
        """The history after a map, −1 when it is not known."""
        if history < 0:
            return self.constants[number]
        key = (history, number)
        found = self.steps.get(key)
        if found is None:
            boxes = self.histories[history]
            if self.contracting[number] and self.bounded:
                boxes = (self.invariant, *boxes[:-1])
            found = self.steps[key] = self._number(tuple(self.image(number, box) for box in boxes))
        return found

    def _number(self, history: History) -> int:
        found = self._numbers.get(history)
        if found is None:
            if len(self.histories) >= self.limit:
                raise TooMany
            found = self._numbers[history] = len(self.histories)
            self.histories.append(history)
        return found


def image_of(affine: Affine, box: Box) -> Box:
    """The smallest box around the image of a box."""
    result = []
    for row, shift in zip(*affine, strict=True):
        low = high = shift
        for value, (bottom, top) in zip(row, box, strict=True):
            if value:
                low += value * (bottom if value > 0 else top)
                high += value * (top if value > 0 else bottom)
        result.append((low, high))
    return tuple(result)


def hull(boxes: list[Box]) -> Box:
    """The smallest box around some boxes."""
    return tuple((min(low for low, _ in side), max(high for _, high in side)) for side in zip(*boxes, strict=True))


def within(inner: Box, outer: Box) -> bool:
    """Whether one box lies in another."""
    return all(b <= low and high <= t for (low, high), (b, t) in zip(inner, outer, strict=True))


def _invariant_box(start: Box, maps: list[Affine]) -> Box | None:
    """A box around the start that every map takes into itself, or None when none was found.

    For one coordinate the fixed points of the contracting maps bound it; otherwise the box grows by the images until
    they fit after a small enlargement, which only maps that do not expand survive.
    """
    if any(max(sum(abs(v) for v in row) for row in matrix) > 1 for matrix, _ in maps):
        return None
    box = start
    if len(start) == 1:
        fixed = [shift[0] / (1 - matrix[0][0]) for matrix, shift in maps if abs(matrix[0][0]) < 1]
        box = hull([start, *(((v, v),) for v in fixed)])
    for _ in range(_ROUNDS):
        images = [image_of(m, box) for m in maps]
        if all(within(image, box) for image in images):
            return box
        slack = max(high - low for low, high in box) / 64 + Fraction(1, 64)
        wider = tuple((low - slack, high + slack) for low, high in box)
        if all(within(image_of(m, wider), wider) for m in maps):
            return wider
        box = hull([box, *images])
    return None


class BoxLayer:
    """A layer on boxes, in any arithmetic.

    Arguments:
        layer: the layer; its code points rational.
        groups: its coordinates, each in one group.
    """

    def __init__(self, layer: Layer, groups: list[Group]) -> None:
        self.layer = layer
        self.delay = layer.delay
        self.symbols = layer.symbols
        self.groups = groups
        owner = {c: g for g, group in enumerate(self.groups) for c in group.coordinates}
        readout = layer.readout
        self.block_groups = [sorted({owner[c] for c in block.coordinates.tolist()}) for block in readout.blocks]
        self.points = [block.points.fractions().tolist() for block in readout.blocks]
        self.select = readout.select.tolist()
        self.table = readout.table
        self.flat = (readout.table == readout.table[:, :1]).all(axis=1).tolist()
        self.radix = readout.radix
        self._codes: dict[tuple[int, ...], int] = {}
        self._answers: dict[tuple[int, ...], int] = {}
        self._past_classes: dict[int, list[int]] = {}
        columns = [np.array(group.map_of)[:, None] for group in self.groups] + [readout.select, readout.table]
        _, self._alike = np.unique(np.concatenate(columns, axis=1), axis=0, return_inverse=True)

    def past_classes(self, present: int) -> list[int]:
        """Previous symbols by what they make of the present one: equal numbers, equal maps and equal answers."""
        found = self._past_classes.get(present)
        if found is None:
            letters = present + self.symbols * np.arange(self.symbols + 1)
            found = self._past_classes[present] = self._alike.reshape(-1)[letters].tolist()
        return found

    def answer(self, letter: int, histories: list[int]) -> tuple[int, int]:
        """The answer after a letter with given histories, and −1; or −1 and a group that has to be known first."""
        if self.flat[letter]:
            return int(self.table[letter, 0]), -1
        blocks = [block for block in self.select[letter] if block >= 0]
        key = (letter, *(histories[g] for block in blocks for g in self.block_groups[block]))
        found = self._answers.get(key)
        if found is not None:
            return found, -1
        unknown = [g for block in blocks for g in self.block_groups[block] if histories[g] < 0]
        options = [
            range(len(self.points[block]))
            if any(histories[g] < 0 for g in self.block_groups[block])
            else [self._code(block, histories)]
            for block in (b for b in self.select[letter])
            if block >= 0
        ]
        places = [self.radix**read for read, block in enumerate(self.select[letter]) if block >= 0]
        if int(np.prod([len(o) for o in options], dtype=np.float64)) > _MOST_CODES:
            return -1, unknown[0]
        codes = [sum(c * w for c, w in zip(choice, places, strict=True)) for choice in product(*options)]
        answers = set(self.table[letter, codes].tolist())
        if len(answers) > 1:
            return -1, unknown[0]
        found = self._answers[key] = answers.pop()
        return found, -1

    def _code(self, block: int, histories: list[int]) -> int:
        groups = self.block_groups[block]
        key = (block, *(histories[g] for g in groups))
        found = self._codes.get(key)
        if found is None:
            sides = {
                c: side
                for g in groups
                for c, side in zip(self.groups[g].coordinates, self.groups[g].box(histories[g]), strict=True)
            }
            box = [sides[c] for c in self.layer.readout.blocks[block].coordinates.tolist()]
            found = self._codes[key] = nearest(self.points[block], box)
        return found


def exact_layers(network: Network, depth: int, limit: int) -> list[BoxLayer]:
    """The layers of a network over Q on boxes, in exact arithmetic.

    Arguments:
        network: the network; all numbers rational.
        depth: contracting maps a history remembers.
        limit: most histories of a group.
    """
    return [BoxLayer(layer, _exact_groups(layer, depth, limit)) for layer in network.layers]


def _exact_groups(layer: Layer, depth: int, limit: int) -> list[Group]:
    matrices = layer.flat_matrices
    numerators = matrices.numerators[..., 0]
    inputs = layer.inputs.reshape(layer.letters, layer.size)
    start = layer.start.reshape(layer.size).fractions().tolist()
    groups = []
    for members in coupled(np.any(numerators != 0, axis=0)):
        # Letters with equal numbers are one map.
        columns = [
            numerators[:, members][:, :, members].reshape(layer.letters, -1),
            inputs.numerators[:, members, 0],
        ]
        # By a dictionary, because there are exact numbers that no machine integer holds.
        known: dict[tuple[int, ...], int] = {}
        rows = np.concatenate(columns, axis=1).tolist()
        map_of = [known.setdefault(tuple(row), len(known)) for row in rows]
        maps = [
            (
                [[Fraction(int(numerators[x, i, j]), matrices.denominator) for j in members] for i in members],
                [Fraction(int(inputs.numerators[x, i, 0]), inputs.denominator) for i in members],
            )
            for x in map(map_of.index, range(len(known)))
        ]
        begin = [start[i] for i in members]
        groups.append(
            Group(
                members,
                partial(_image_under, maps),
                [max(sum(abs(v) for v in row) for row in matrix) < 1 for matrix, _ in maps],
                [not any(map(any, matrix)) for matrix, _ in maps],
                map_of,
                begin,
                _invariant_box(tuple((v, v) for v in begin), maps),
                depth,
                limit,
            )
        )
    return groups


def _image_under(maps: list[Affine], number: int, box: Box) -> Box:
    return image_of(maps[number], box)


def coupled(nonzero: np.ndarray) -> list[list[int]]:
    """Coordinates connected through entries of the matrices."""
    adjacent = nonzero | nonzero.T
    groups, seen = [], set()
    for first in range(len(adjacent)):
        if first in seen:
            continue
        members, queue = {first}, [first]
        for i in queue:
            fresh = [j for j in np.flatnonzero(adjacent[i]).tolist() if j not in members]
            members.update(fresh)
            queue.extend(fresh)
        seen |= members
        groups.append(sorted(members))
    return groups


def nearest(points: list[list[Fraction]], box: list[Interval]) -> int:
    """The code point nearest to every state of a box; ties go to the lowest number."""
    middle = [(low + high) / 2 for low, high in box]
    distances = [sum(((h - p) ** 2 for h, p in zip(middle, point, strict=True)), Fraction(0)) for point in points]
    code = distances.index(min(distances))
    for other, point in enumerate(points):
        if other == code:
            continue
        # |h − p|² − |h − q|² is largest at a corner of the box.
        gap = Fraction(0)
        for p, q, (low, high) in zip(points[code], point, box, strict=True):
            slope = 2 * (q - p)
            gap += slope * (low if slope < 0 else high) + p * p - q * q
        if gap > 0 or (gap == 0 and other < code):
            raise Ambiguous
    return code


def box_to_json(box: Sequence[Interval]) -> dict[str, Any]:
    """A box as a certificate states it; a point where all sides are."""
    low, high = ([_plain(side[end]) for side in box] for end in (0, 1))
    return {"point": low} if low == high else {"lower": low, "upper": high}


def _plain(value: Fraction | int) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)
