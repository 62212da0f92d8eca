"""What a search finds: a proof for all words, a failing word, a difference far away, or a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64, Shaped

from expressivity.verification.repeats.periods import EventualPeriod
from expressivity.verification.search.budgets import Spent

Progress = Callable[[str], None]
"""Called now and then with one line."""


@dataclass(frozen=True, eq=False)
class Closed:
    """All reachable pairs agree; a search turns this into a `Proof`.

    Arguments:
        rows: what the pairs stand for, the start pair first.
        labels: automaton state of each pair.
        successors: the pair after each letter.
    """

    rows: Shaped[np.ndarray, "pair entry"]
    labels: Int64[np.ndarray, " pair"]
    successors: Int64[np.ndarray, "pair letter"]


@dataclass(frozen=True, eq=False)
class Proof:
    """Network and language agree on all words.

    Arguments:
        fields: the evidence, as fields of a certificate beside its header.
        parts: how many parts the evidence has: labelled states or boxes, letters of a cycle or of a period.
        statement: what is proved, in a sentence.
    """

    fields: dict[str, Any]
    parts: int
    statement: str


@dataclass(frozen=True)
class Differs:
    """A shortest word (letter numbers) on which the verdicts differ."""

    word: tuple[int, ...]
    network_accepts: bool


@dataclass(frozen=True)
class DiffersByPeriod:
    """The verdicts on the powers of the one letter differ from the language's, far beyond what can be spelled.

    Arguments:
        periods: the network's verdicts for all time, periodic from some length on; there they are not the language's.
        proved_length: all words up to this length agree; those after it were not looked at one by one.
    """

    periods: EventualPeriod
    proved_length: int


@dataclass(frozen=True)
class Exhausted:
    """A limit was met; all words up to `proved_length` agree, `pairs` had been reached."""

    proved_length: int
    pairs: int
    spent: Spent


Outcome = Proof | Differs | DiffersByPeriod | Exhausted
"""What a search finds."""
