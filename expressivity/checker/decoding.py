"""The nearest code point, on integers; of equally near ones the lowest number.

|h − p|² is least where the score 2p·h − |p|² is greatest, and that is linear in h. Scores are integers after scaling:
exact ones where code points are rational, ends of enclosures elsewhere, and then a tie is settled in the field.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from expressivity.checker.fields import Field, Number
from expressivity.checker.records import Block

_BITS = 96


class Decoder:
    """The code points of a block.

    Arguments:
        field: where the code points lie.
        block: the block.
    """

    def __init__(self, field: Field, block: Block) -> None:
        self.field, self.coordinates, self.points = field, block.coordinates, block.points
        self.known: dict[Any, int] = {}  # codes of points met before
        self.recent: dict[Any, int] = {}  # for each hint the code it led to last
        squares = [self._square(point) for point in block.points]
        if field.degree == 1:
            common = math.lcm(*(Fraction(v).denominator for point in block.points for v in point))
            self.common: int = common
            self.scaled = [[int(v * common) for v in point] for point in block.points]
            self.slopes = [[2 * common * v for v in point] for point in self.scaled]
            self.offsets = [int(square * common * common) for square in squares]
            self.error = 0
        else:
            ends = [[field.scaled(field.scale(v, 2), _BITS) for v in point] for point in block.points]
            offsets = [field.scaled(square, _BITS) for square in squares]
            self.slopes = [[low for low, _ in row] for row in ends]
            self.offsets = [low for low, _ in offsets]
            self.error = max(high - low for row in [*ends, offsets] for low, high in row)
        self.radii: dict[int, int] = {}

    def code(self, point: Sequence[int], scale: int, hint: Any = None) -> int:
        """The number of the nearest code point.

        Arguments:
            point: the coordinates times `scale`.
            scale: a positive integer.
            hint: anything; what it led to last time is tried first.
        """
        guess = self.recent.get(hint)
        if guess is not None and self.field.degree == 1 and self._is_close(guess, point, scale):
            return guess
        if self.error:
            found = self.settle(self.codes(point, point, scale), [self.field.embed(Fraction(v, scale)) for v in point])
        else:
            found = self._best(point, scale)
        self.recent[hint] = found
        return found

    def codes(self, lower: Sequence[int], upper: Sequence[int], scale: int) -> list[int]:
        """The codes that a state of a box may have: none is missing, and one too many does no harm.

        Arguments:
            lower: lower ends times `scale`.
            upper: upper ends times `scale`.
            scale: a positive integer.
        """
        best = self._best([low + high for low, high in zip(lower, upper, strict=True)], 2 * scale)
        numbers = range(len(self.points))
        left = [p for p in numbers if p == best or not self._always_nearer(best, p, lower, upper, scale)]
        return [p for p in left if not any(q != p and self._always_nearer(q, p, lower, upper, scale) for q in left)]

    def settle(self, codes: Sequence[int], point: Sequence[Number]) -> int:
        """The one of some codes that is nearest to an exact point."""
        best = codes[0]
        for other in codes[1:]:
            gap = self._exact_score(other, point, self._exact_score(best, point, self.field.zero))
            if self.field.sign(gap) > 0:
                best = other
        return best

    def _best(self, point: Sequence[int], scale: int) -> int:
        """Where the (lower end of the) score is greatest, the first of several."""
        best, most = 0, None
        for number, (slopes, offset) in enumerate(zip(self.slopes, self.offsets, strict=True)):
            score = -offset * scale
            for slope, value in zip(slopes, point, strict=True):
                score += slope * value
            if most is None or score > most:
                best, most = number, score
        return best

    def _always_nearer(self, near: int, far: int, lower: Sequence[int], upper: Sequence[int], scale: int) -> bool:
        """Whether every state of a box is nearer to one code point than to another, ties going to the lower number."""
        gap = (self.offsets[far] - self.offsets[near]) * scale
        reach = scale
        for p, q, low, high in zip(self.slopes[near], self.slopes[far], lower, upper, strict=True):
            gap += (p - q) * (low if p > q else high)
            reach += max(abs(low), abs(high))
        gap -= self.error * reach
        return gap > 0 or (gap == 0 and near < far)

    def _is_close(self, number: int, point: Sequence[int], scale: int) -> bool:
        """Whether a point is nearer to a code point than half its distance from every other one: then it is nearest."""
        if number not in self.radii:
            here = self.scaled[number]
            self.radii[number] = min(
                (
                    sum((a - b) ** 2 for a, b in zip(here, other, strict=True))
                    for code, other in enumerate(self.scaled)
                    if code != number
                ),
                default=0,
            )
        distance, common = 0, self.common
        for value, p in zip(point, self.scaled[number], strict=True):
            gap = value * common - p * scale
            distance += gap * gap
        return 4 * distance < self.radii[number] * scale * scale

    def _square(self, point: Sequence[Number]) -> Number:
        total = self.field.zero
        for v in point:
            total = self.field.add(total, self.field.multiply(v, v))
        return total

    def _exact_score(self, number: int, point: Sequence[Number], less: Number) -> Number:
        """The score of a code point minus a number."""
        field = self.field
        total = field.scale(field.add(less, self._square(self.points[number])), -1)
        for p, h in zip(self.points[number], point, strict=True):
            total = field.add(total, field.scale(field.multiply(p, h), 2))
        return total
