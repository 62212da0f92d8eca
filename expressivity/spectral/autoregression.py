"""Series → a recurrence on their own past values, by one least-squares problem."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from expressivity.errors import SeriesError
from expressivity.spectral.least_squares import solve
from expressivity.spectral.series import Series
from expressivity.spectral.state_space import StateSpace


def default_lags(series: Series) -> int:
    """A quarter of the shortest series, at most 100: long enough to average noise away, with equations to spare."""
    return max(1, min(100, min(len(one) for one in series) // 4))


def autoregression(series: Series, lags: int) -> StateSpace:
    """Fit f(t) = Σ_k c_k f(t − k), the same coefficients for every output and every series.

    Arguments:
        series: checked series.
        lags: p.

    Returns:
        The recurrence in companion form; its state is the last p values of each output, and starts are chosen such
        that it *continues* the series: time 0 is p steps before the end.

    Raises:
        SeriesError: when a series is too short for one equation.
    """
    shortest = min(len(one) for one in series)
    if not 1 <= lags < shortest:
        raise SeriesError(f"{lags} lags are outside 1 to {shortest - 1}, one less than the shortest series has values")
    equations = past_values(series, lags)
    targets = np.concatenate([one[lags:].reshape(-1, 1) for one in series])
    return companion(solve(equations, targets)[:, 0], series)


def past_values(series: Series, lags: int) -> Float64[np.ndarray, "equation lag"]:
    """One row per value that has p values before it: these, the oldest first."""
    windows = [np.lib.stride_tricks.sliding_window_view(one, lags, axis=0)[:-1] for one in series]
    return np.concatenate([window.reshape(-1, lags) for window in windows])


def companion(coefficients: Float64[np.ndarray, " lag"], series: Series) -> StateSpace:
    """The companion form of f(t) = Σ_k c_k f(t − p + k), k from 0, for the ends of the given series."""
    lags, outputs = len(coefficients), series[0].shape[1]
    block = np.eye(lags, k=1)
    block[-1] = coefficients
    first = np.zeros((1, lags))
    first[0, 0] = 1.0
    eye = np.eye(outputs)
    starts = tuple(one[-lags:].T.reshape(-1).copy() for one in series)
    return StateSpace(np.kron(eye, block), np.kron(eye, first), starts)
