"""A linear recurrence as matrices: x(t+1) = A x(t), f(t) = C x(t)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int


@dataclass(frozen=True, eq=False)
class StateSpace:
    """A recurrence with one start state per series.

    Arguments:
        transition: A, shape (order, order).
        output: C, shape (output, order).
        starts: x(0) of each series.
    """

    transition: Float64[np.ndarray, "order order"]
    output: Float64[np.ndarray, "output order"]
    starts: tuple[Float64[np.ndarray, " order"], ...]

    @property
    def order(self) -> int:
        """Units of the recurrence."""
        return len(self.transition)

    def spectrum(self) -> Complex128[np.ndarray, " order"]:
        """Eigenvalues of A."""
        return np.linalg.eigvals(self.transition).astype(np.complex128)

    def run(self, start: Float64[np.ndarray, " order"], steps: int) -> Float64[np.ndarray, "step order"]:
        """States x(0) … x(steps − 1)."""
        states = np.empty((steps, self.order))
        state = start
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(steps):
                states[t] = state
                state = self.transition @ state
        return states

    def values(self, times: Int[np.ndarray, " time"], *, series: int = 0) -> Float64[np.ndarray, "time output"]:
        """Values at the given times, by iteration from the start."""
        steps = int(times.max()) + 1 if len(times) else 0
        with np.errstate(over="ignore", invalid="ignore"):
            every: np.ndarray = self.run(self.starts[series], steps) @ self.output.T
        chosen: np.ndarray = every[times]
        return chosen
