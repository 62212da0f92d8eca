"""What a search may spend: states, seconds and bytes; and which of them ran out."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from expressivity.errors import ExpressivityError

Seconds = int | float


class Limit(Enum):
    """What can end a search before it decides."""

    STATES = "states"
    STEPS = "steps"
    SECONDS = "seconds"
    MEMORY = "memory"
    NUMBERING = "numbering"  # states a search can number at all
    WORDS = "words"  # machine words of exact numbers without bound
    METHOD = "method"  # the question is beyond what the search can do
    INTERRUPT = "interrupt"


@dataclass(frozen=True)
class Spent:
    """A limit that a search met.

    Arguments:
        limit: which one.
        text: the same for people, such as "max_states=500".
    """

    limit: Limit
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def final(self) -> bool:
        """Whether nothing may be tried any more."""
        return self.limit in (Limit.SECONDS, Limit.INTERRUPT)


INTERRUPTED = Spent(Limit.INTERRUPT, "interrupted")
"""Ctrl-C was pressed."""


@dataclass(frozen=True)
class Budget:
    """What a running search may spend; begin one with `start_budget`.

    Arguments:
        states: most states.
        seconds: the seconds as they were given, None for no limit.
        memory: most bytes the states of the search may take, None for no limit.
        deadline: the time on `time.monotonic` at which the seconds are over.
    """

    states: int
    seconds: Seconds | None = None
    memory: int | None = None
    deadline: float = math.inf

    def at_most(self, states: int) -> Budget:
        """The same clock and memory, and perhaps fewer states."""
        return replace(self, states=min(states, self.states))

    def spent(self, memory: int = 0) -> Spent | None:
        """Which limit does not allow to go on with so many bytes, or None.

        Arguments:
            memory: bytes the search is about to hold, roughly.
        """
        if self.memory is not None and memory > self.memory:
            return Spent(Limit.MEMORY, f"max_memory={self.memory}")
        if time.monotonic() > self.deadline:
            return Spent(Limit.SECONDS, f"max_seconds={self.seconds:g}")
        return None

    def out_of_states(self) -> Spent:
        """That all states are spent."""
        return Spent(Limit.STATES, f"max_states={self.states}")


UNLIMITED = Budget(sys.maxsize)
"""No limit at all."""


def start_budget(*, max_states: Any, max_seconds: Any = None, max_memory: Any = None) -> Budget:
    """Check limits, and start the clock.

    Arguments:
        max_states: most states.
        max_seconds: seconds from now on, None for no limit.
        max_memory: bytes that the states of a search may take, None for no limit.

    Raises:
        ExpressivityError: naming every limit that is not a positive number.
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
    return Budget(int(max_states), max_seconds, max_memory, deadline)


def _whole(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)
