"""The whole stack: what becomes of a box of states, of what layers remember, and of the verdict, letter by letter."""

from __future__ import annotations

from fractions import Fraction
from operator import gt
from typing import Any

from expressivity.checker import cones
from expressivity.checker.cones import Cone
from expressivity.checker.errors import Rejected
from expressivity.checker.formats import Arithmetic
from expressivity.checker.layers import Box, Layer
from expressivity.checker.records import Network
from expressivity.checker.rounded import RoundedLayer

_BOXES = ({"point"}, {"lower", "upper"}, {"centre", "signs"})
Remembered = list[list[int]]  # for each layer with delay the symbols its previous input may have been, else nothing


class Machine:
    """A network in an arithmetic that is evaluated step by step.

    Arguments:
        network: the network.
        arithmetic: exact, or one of the stepwise orders.
    """

    def __init__(self, network: Network, arithmetic: Arithmetic) -> None:
        self.network, self.letters = network, network.letters
        self.layers: list[Layer | RoundedLayer] = [
            Layer(record) if arithmetic.exact else RoundedLayer(record, arithmetic) for record in network.layers
        ]

    def start(self) -> tuple[list[Box], Remembered, bool]:
        """Boxes and previous symbols before the first letter, and the verdict on the empty word."""
        boxes: list[Box] = [(layer.start, layer.start) for layer in self.layers]
        previous = [[layer.symbols] if layer.delay else [] for layer in self.layers]
        if not self.network.bos:
            return boxes, previous, self.network.accepts_empty
        return self.step(boxes, previous, len(self.letters))

    def step(
        self, boxes: list[Box], previous: Remembered, letter: int, hint: Any = None
    ) -> tuple[list[Box], Remembered, bool]:
        """Boxes, previous symbols and verdict after one letter.

        A layer with delay has a list of symbols its previous input may have been; the answer must be the same for
        all of them, and the box afterwards encloses what becomes of all of them.

        Arguments:
            boxes: a box of states for each layer.
            previous: what the layers remember.
            letter: number of the letter.
            hint: anything that is likely to go with the same codes.
        """
        symbol, following = letter, []
        remembered: Remembered = []
        for layer, box, before in zip(self.layers, boxes, previous, strict=True):
            if not layer.delay:
                moved = layer.image(box, symbol)
                answers = layer.answers(moved, symbol, hint)
                remembered.append([])
            else:
                reads = [symbol + layer.symbols * past for past in before]
                images = [layer.image(box, read) for read in reads]
                answers = set[int]().union(*(layer.answers(i, r, hint) for i, r in zip(images, reads, strict=True)))
                moved = _enclose(layer, images)
                remembered.append([symbol])
            if len(answers) != 1:
                raise Rejected(f"a layer gives the answers {sorted(answers)} depending on what the box leaves open")
            following.append(moved)
            (symbol,) = answers
        return following, remembered, symbol == 1

    def read(self, layers: list[Any], where: str) -> list[Box]:
        """A box for each layer from JSON: a point, or its lower and upper ends."""
        boxes = []
        for layer, part in zip(self.layers, layers, strict=True):
            if type(part) is not dict or part.keys() not in _BOXES:
                raise Rejected(f"{where}: a state is a point, a box (lower, upper) or a sign cell (centre, signs)")
            box = layer.read_box(part, where)
            if not isinstance(box, Cone) and box[0] is not box[1] and any(map(gt, *box)):
                raise Rejected(f"{where} is empty: a lower end exceeds its upper end")
            boxes.append(box)
        return boxes


def _enclose(layer: Layer | RoundedLayer, boxes: list[Box]) -> Box:
    """The smallest box around some boxes."""
    sides = [box for box in boxes if not isinstance(box, Cone)]
    if len(sides) < len(boxes):
        if any(box != boxes[0] for box in boxes):
            raise Rejected("a cone moves in different ways for the previous symbols that are left open")
        return boxes[0]
    if all(low is high and low == sides[0][0] for low, high in sides):
        return sides[0]
    if isinstance(layer, Layer) and layer.field.degree > 1:
        raise Rejected("a box that is not a point needs rational weights")
    if any(type(value) is float for box in sides for side in box for value in side):
        raise Rejected("a box reaches beyond the finite numbers")
    lower = [min(values) for values in zip(*(low for low, _ in sides), strict=True)]
    upper = [max(values) for values in zip(*(high for _, high in sides), strict=True)]
    return lower, upper


def inside(machine: Machine, inner: list[Box], outer: list[Box]) -> bool:
    """Whether every layer's box lies in another one."""
    for layer, this, that in zip(machine.layers, inner, outer, strict=True):
        if isinstance(this, Cone) or isinstance(that, Cone):
            if not isinstance(layer, Layer) or not _in_cell(layer, this, that):
                return False
            continue
        (low, high), (bottom, top) = this, that
        if low is high and bottom is top:
            if low != bottom:
                return False
            continue
        if any(type(value) not in (int, Fraction) for value in (*low, *high)):
            return False
        if any(map(gt, bottom, low)) or any(map(gt, high, top)):
            return False
    return True


def _in_cell(layer: Layer, this: Box, that: Box) -> bool:
    if not isinstance(that, Cone):
        raise Rejected("a cone is no part of a box")
    if not isinstance(this, Cone):
        if this[0] is not this[1]:
            raise Rejected("a box that is not a point is no part of a sign cell")
        this = Cone(this[0], [])
    return cones.inside(layer.field, this, that)
