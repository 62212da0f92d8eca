"""Budgets of a search: states, seconds and bytes; what a search may spend, and which of the three ran out."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from expressivity.errors import ExpressivityError

Seconds = int | float


@dataclass(frozen=True)
class Limits:
    """What a running search may spend besides states; begin one with `start_limits`.

    Arguments:
        max_seconds: the budget as it was given, None for no limit.
        max_memory: most bytes the states of the search may take, None for no limit.
        deadline: the time on `time.monotonic` at which the seconds are over.
    """

    max_seconds: Seconds | None = None
    max_memory: int | None = None
    deadline: float = math.inf

    def spent(self, memory: int = 0) -> str | None:
        """Which budget does not allow to go on with so many bytes, or None.

        Arguments:
            memory: bytes the search is about to hold, roughly.
        """
        if self.max_memory is not None and memory > self.max_memory:
            return f"max_memory={self.max_memory}"
        if time.monotonic() > self.deadline:
            return f"max_seconds={self.max_seconds:g}"
        return None


NO_LIMITS = Limits()
"""Neither seconds nor bytes are limited."""


def start_limits(*, max_states: Any, max_seconds: Any = None, max_memory: Any = None) -> Limits:
    """Check budgets, and start the clock.

    Arguments:
        max_states: most states.
        max_seconds: seconds from now on, None for no limit.
        max_memory: bytes that the states of a search may take, None for no limit.

    Raises:
        ExpressivityError: naming every budget that is not a positive number.
    """
    problems = []
    if not _whole(max_states) or max_states < 1:
        allows = "allows no state at all" if _whole(max_states) else "is no number of states"
        problems.append(f"max_states={max_states} {allows}; give a positive integer")
    if max_seconds is not None:
        number = isinstance(max_seconds, int | float) and not isinstance(max_seconds, bool)
        if not number or not max_seconds > 0:
            allows = "allows no time at all" if number and max_seconds <= 0 else "is no number of seconds"
            problems.append(f"max_seconds={max_seconds} {allows}; give a positive number, or None for no limit")
    if max_memory is not None and (not _whole(max_memory) or max_memory < 1):
        allows = "allows no memory at all" if _whole(max_memory) else "is no number of bytes"
        problems.append(f"max_memory={max_memory} {allows}; give a positive integer, or None for no limit")
    if problems:
        raise ExpressivityError("; ".join(problems))
    deadline = math.inf if max_seconds is None else time.monotonic() + float(max_seconds)
    return Limits(max_seconds, max_memory, deadline)


def _whole(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)
