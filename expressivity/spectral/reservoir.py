"""The published linear recurrent network: a random reservoir, teacher-forced, and one linear solve for the output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64

from expressivity.spectral.least_squares import solve_unscaled
from expressivity.spectral.series import Series
from expressivity.threads import one_blas_thread


@dataclass(frozen=True, eq=False)
class ReservoirNetwork:
    """x(t+1) = W x(t) with x = [S; R] and W = [W_out; W_in W_res]; the first rows of x are the outputs.

    Arguments:
        weights: W, shape (unit, unit).
        outputs: number d of output units.
        condition: condition number of the teacher-forced states X, whose pseudo-inverse gave W_out.
    """

    weights: Float64[np.ndarray, "unit unit"]
    outputs: int
    condition: float

    def start(self, first: Float64[np.ndarray, " output"]) -> Float64[np.ndarray, " unit"]:
        """x(0) for a series that begins with the given values."""
        return np.concatenate([first, _start_reservoir(len(self.weights) - self.outputs)])

    def spectrum(self) -> Complex128[np.ndarray, " unit"]:
        """Eigenvalues of W."""
        return np.linalg.eigvals(self.weights).astype(np.complex128)

    def run(self, first: Float64[np.ndarray, " output"], steps: int) -> Float64[np.ndarray, "step output"]:
        """The network's own values S(0) … S(steps − 1), the first one given."""
        state = self.start(first)
        values = np.empty((steps, self.outputs))
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(steps):
                values[t] = state[: self.outputs]
                state = self.weights @ state
        return values


def _start_reservoir(units: int) -> Float64[np.ndarray, " unit"]:
    return np.full(units, 1 / np.sqrt(units)) if units else np.zeros(0)


def random_reservoir(
    units: int, outputs: int, *, generator: np.random.Generator
) -> Float64[np.ndarray, "reservoir unit"]:
    """[W_in W_res]: input weights N(0, 1)/√d, reservoir weights N(0, 1) scaled to spectral radius 1.

    Arguments:
        units: N_res, at least 1.
        outputs: d.
        generator: the source of randomness.
    """
    inputs = generator.standard_normal((units, outputs)) / np.sqrt(outputs)
    inner = generator.standard_normal((units, units)) if units > 1 else np.ones((1, 1))
    radius = np.abs(np.linalg.eigvals(inner)).max()
    return np.concatenate([inputs, inner / radius], axis=1)


@one_blas_thread()
def learn(series: Series, units: int, *, generator: np.random.Generator) -> ReservoirNetwork:
    """Learn the output weights of a random network by one least-squares solve.

    The reservoir is driven by the true values, R(t+1) = [W_in W_res] x(t), and W_out solves S(t+1) = W_out x(t) for
    all times of all series at once; every series starts from the same reservoir state.

    Arguments:
        series: checked series.
        units: N_res, at least 1.
        generator: the source of randomness.

    Source: Stolzenburg et al., Section 3; Property 7 for several series; Property 8: with as many units as columns
        the training values are met exactly whatever they are.
    """
    outputs = series[0].shape[1]
    lower = random_reservoir(units, outputs, generator=generator)
    states, targets = [], []
    for one in series:
        forced = np.empty((len(one) - 1, outputs + units))
        state = np.concatenate([one[0], _start_reservoir(units)])
        for t in range(len(one) - 1):
            forced[t] = state
            state = np.concatenate([one[t + 1], lower @ state])
        states.append(forced)
        targets.append(one[1:])
    matrix = np.concatenate(states)
    upper = solve_unscaled(matrix, np.concatenate(targets)).T
    singular = np.linalg.svd(matrix, compute_uv=False)
    condition = float(singular[0] / singular[-1]) if singular[-1] > 0 else float("inf")
    return ReservoirNetwork(np.concatenate([upper, lower]), outputs, condition)
