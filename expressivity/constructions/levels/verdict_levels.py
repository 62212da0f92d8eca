"""A cascade that emits states → levels whose last one emits verdicts, which is what a stack of layers answers."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from expressivity.algebra.cascades.cascade import Cascade, Component, Level
from expressivity.algebra.cascades.levels import without_idle_parts


def verdict_levels(cascade: Cascade, accepting: Bool[np.ndarray, " state"]) -> tuple[Level, ...]:
    """The levels with the last one emitting 1 for acceptance and 0 for rejection after the step.

    Letters that act alike are merged. An automaton with one state gets a level that does nothing.

    Arguments:
        cascade: the cascade; its last level emits states.
        accepting: which of them accept.
    """
    if not cascade.levels:
        letters = cascade.automaton.table.shape[0]
        still = Component(np.zeros((1, 1), dtype=np.int32), 0)
        emit = np.full((letters, 1), int(accepting[cascade.automaton.start]), dtype=np.int32)
        action = np.zeros((letters, 1), dtype=np.int32)
        return (Level((still,), action, np.full(letters, -1, dtype=np.int32), emit),)
    last = cascade.levels[-1]
    emit = np.where(last.emit >= 0, accepting.astype(np.int32)[last.emit], -1).astype(np.int32)
    return without_idle_parts([*cascade.levels[:-1], Level(last.components, last.action, last.active, emit)])
