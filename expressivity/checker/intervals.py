"""Intervals for the independent checker: a rounded operation on an interval, decided by its ends.

Each rounding is a non-decreasing function of the exact result as long as nothing wraps around,
so an operation that is monotone in each operand takes intervals into the interval between its values at the ends. An
end that is no finite number is refused: nothing is said about infinities and NaN inside a box.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


class Interval:
    """All numbers from `low` to `high`.

    Arguments:
        low: a finite float.
        high: a finite float, not below `low`.
    """

    __slots__ = ("high", "low")

    def __init__(self, low: float, high: float) -> None:
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError("a box reaches beyond the finite numbers")
        if low > high:
            raise ValueError(f"an interval from {low} to {high} is empty")
        self.low, self.high = low, high

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def map(self, function: Callable[[float], float]) -> Interval:
        """The values of a monotone function."""
        ends = [function(self.low), function(self.high)]
        if any(math.isnan(end) for end in ends):
            raise ValueError("a box reaches beyond the finite numbers")
        return Interval(min(ends), max(ends))


def added(x: Any, y: Any, add: Callable[[float, float], float]) -> Interval:
    """The rounded sums of two intervals, or of an interval and a number.

    Arguments:
        x: an interval or a float.
        y: an interval or a float.
        add: the rounded sum of two floats.
    """
    first = x if isinstance(x, Interval) else Interval(x, x)
    second = y if isinstance(y, Interval) else Interval(y, y)
    return Interval(add(first.low, second.low), add(first.high, second.high))


def corners(weights: list[float], values: list[Any]) -> tuple[list[float], list[float]]:
    """Where Σ weight·value is least and greatest.

    Arguments:
        weights: finite floats.
        values: intervals or floats.
    """
    if not all(math.isfinite(weight) for weight in weights):
        raise ValueError("a weight is no finite number")
    sides = [value if isinstance(value, Interval) else Interval(value, value) for value in values]
    low = [side.low if weight >= 0 else side.high for weight, side in zip(weights, sides, strict=True)]
    high = [side.high if weight >= 0 else side.low for weight, side in zip(weights, sides, strict=True)]
    return low, high
