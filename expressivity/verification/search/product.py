"""Layer machines side by side: what a stack of them does to a tuple of classes, all of it table look-ups."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from expressivity.simulation.machine import row_keys
from expressivity.verification.search.layer_machines import LayerMachine


class Product:
    """The synchronous product of a stack of machines, as `breadth_first.explore` takes it; rows are classes.

    Arguments:
        machines: the layers, bottom first.
        letters: number of letters of the first.
        accepts_empty: the network's verdict on the empty word.
    """

    chunk, most_words = 1 << 18, 1

    def __init__(self, machines: list[LayerMachine], letters: int, accepts_empty: bool) -> None:
        self.machines, self.letters, self.accepts_empty = machines, letters, accepts_empty
        self.places = []  # column of each symbol in a machine's tables
        for machine in machines:
            place = np.full(int(machine.symbols.max()) + 1, -1, dtype=np.int64)
            place[machine.symbols] = np.arange(len(machine.symbols))
            self.places.append(place)

    def start(self) -> tuple[np.ndarray, bool]:
        """The classes before the first letter, and the verdict on the empty word."""
        return np.array([[machine.start for machine in self.machines]], dtype=np.int64), self.accepts_empty

    def step(self, rows: np.ndarray, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Classes after one letter each, and the verdicts."""
        moved, symbols = np.empty_like(rows), letters
        for i, (machine, place) in enumerate(zip(self.machines, self.places, strict=True)):
            entry = place[symbols]
            moved[:, i] = machine.following[rows[:, i], entry]
            symbols = machine.answers[rows[:, i], entry]
        return moved, symbols == 1

    def keys(self, rows: np.ndarray) -> Sequence[Hashable]:
        """One value for each row."""
        return row_keys(rows)

    def words(self, rows: np.ndarray) -> int:
        """None: classes are small numbers."""
        return 0
