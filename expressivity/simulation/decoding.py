"""Rounded state → code of the nearest code point, exactly: float64 where a bound decides, exact numbers where not.

Code points stay the exact numbers they are, whatever the arithmetic; ties go to the lower code. A state with a NaN or
an infinity among the coordinates of a block is near to nothing: it decodes to code 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float64, Int, Int64, Shaped

from expressivity.exact import ExactArray, rationals, sign
from expressivity.networks.layer import Block, Readout

_UNIT = 2.0**-52
_ABSOLUTE = 1e-290  # covers what is lost to underflow


class Decoder:
    """Nearest code point of one block.

    Arguments:
        block: coordinates and exact code points.
    """

    def __init__(self, block: Block) -> None:
        self.coordinates = block.coordinates.astype(np.int64)
        self.exact = block.points
        points = block.points
        self.exact_halves = half_squares(points)
        self.points, self.points_low = split(points)
        self.halves, self.halves_low = split(self.exact_halves)
        self.sharp = not np.any(self.points_low) and not np.any(self.halves_low) and points.is_rational
        self.sharp = self.sharp and _dyadic(points) and _dyadic(self.exact_halves)
        self._known: dict[bytes, int] = {}

    def decode(self, states: Float64[np.ndarray, "batch number"]) -> Int64[np.ndarray, " batch"]:
        """Code of each state.

        Arguments:
            states: flattened layer states; numbers after the state are not looked at.
        """
        part = states[:, self.coordinates]
        codes, certain = self._quickly(part)
        for row in np.flatnonzero(~certain):
            codes[row] = self.exactly(part[row])
        return codes

    def _quickly(
        self, part: Float64[np.ndarray, "batch coordinate"]
    ) -> tuple[Int64[np.ndarray, " batch"], Bool[np.ndarray, " batch"]]:
        """Codes by float64 scores p·h − |p|²/2, and where a bound on their errors makes them certain."""
        finite = np.isfinite(part).all(axis=1)
        part = np.where(finite[:, None], part, 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            scores = part @ self.points.T - self.halves
            sizes = np.abs(part) @ np.abs(self.points).T + np.abs(self.halves)
            codes = scores.argmax(axis=1)
            every = np.arange(len(part))
            error = (part.shape[1] + 4) * _UNIT * (sizes + sizes[every, codes][:, None]) + _ABSOLUTE
            clear = scores[every, codes][:, None] - scores > error
        clear[every, codes] = True
        certain = clear.all(axis=1) & np.isfinite(scores).all(axis=1)
        return np.where(finite, codes, 0), certain | ~finite

    def exactly(self, part: Float64[np.ndarray, " coordinate"]) -> int:
        """Code of one state, given by the block's coordinates, in exact arithmetic."""
        if not np.all(np.isfinite(part)):
            return 0
        key = (part + 0.0).tobytes()
        if key not in self._known:
            state = rationals(np.array([Fraction(value) for value in part.tolist()], dtype=object))
            self._known[key] = nearest_point(self.exact, self.exact_halves, state)
        return self._known[key]


def half_squares(points: ExactArray) -> ExactArray:
    """Half the squared length of every code point, shape (point,)."""
    count = len(points)
    squares = (points.reshape(count, 1, -1) @ points.reshape(count, -1, 1)).reshape(count)
    return squares.divided_by(2)


def nearest_point(points: ExactArray, halves: ExactArray, state: ExactArray) -> int:
    """The code of the point p with the largest p·h − |p|²/2, the first on ties.

    Arguments:
        points: code points, shape (point, coordinate).
        halves: their `half_squares`.
        state: h, shape (coordinate,).
    """
    scores = (points @ state.reshape(-1, 1)).reshape(len(points)) - halves
    rows = scores.numerators.tolist()
    best = 0
    for code in range(1, len(rows)):
        gap = [int(a) - int(b) for a, b in zip(rows[code], rows[best], strict=True)]
        if sign(gap, scores.conductor) > 0:
            best = code
    return best


@runtime_checkable
class Decodes(Protocol):
    """A block of a read-out in some arithmetic."""

    def decode(self, rows: Any) -> Int64[np.ndarray, " row"]:
        """Code of each row."""
        ...


def block_codes(blocks: Sequence[Decodes], rows: Shaped[np.ndarray, "row entry"]) -> Int64[np.ndarray, "row block"]:
    """Codes of every block for each row."""
    columns = [block.decode(rows) for block in blocks]
    return np.stack(columns, axis=1) if columns else np.zeros((len(rows), 1), dtype=np.int64)


def answers(
    readout: Readout, blocks: Sequence[Decodes], rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]
) -> Int64[np.ndarray, " row"]:
    """dec(H, x) for each row and the letter that led to it; only blocks that are read are decoded."""
    codes = np.zeros(len(rows), dtype=np.int64)
    for read in range(readout.select.shape[1]):
        chosen = readout.select[letters, read]
        for number in np.unique(chosen[chosen >= 0]):
            mask = chosen == number
            codes[mask] += readout.radix**read * blocks[number].decode(rows[mask])
    found: np.ndarray = readout.table[letters, codes]
    return found.astype(np.int64, copy=False)


def split(array: ExactArray) -> tuple[Float64[np.ndarray, ...], Float64[np.ndarray, ...]]:
    """Exact numbers as float64 pairs hi + lo with a relative error of at most 2^-104 (none for short dyadic ones)."""
    high = array.to_float()
    rest = array - rationals(high)
    return high, rest.to_float()


def _dyadic(array: ExactArray) -> bool:
    denominator = array.simplified().denominator
    return denominator & (denominator - 1) == 0
