"""What an exploration finds: closed pairs or a proof for all words, a failing word, or a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64, Shaped

from expressivity.verification.exploration.budgets import Spent

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
class Exhausted:
    """A limit was met; all words up to `proved_length` agree, `pairs` had been reached."""

    proved_length: int
    pairs: int
    spent: Spent
