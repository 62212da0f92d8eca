"""Hankel matrices of series, their singular values, and the order these values show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from expressivity.spectral.series import Series

_FEWEST_ROWS, _MOST_ROWS, _MOST_ENTRIES = 50, 1_000, 4_000_000

# The threshold for the singular values of a noisy matrix, as a multiple of their median, for aspect ratio b.
_OPTIMAL_THRESHOLD = (0.56, -0.95, 1.82, 1.43)


@dataclass(frozen=True, eq=False)
class HankelFactors:
    """Singular value decomposition of the Hankel matrices of all series side by side.

    Arguments:
        left: left singular vectors, shape (window·output, rank).
        singular_values: all of them, falling.
        shape: rows and columns of the matrix.
        window: number of block rows.
    """

    left: Float64[np.ndarray, "row value"]
    singular_values: Float64[np.ndarray, " value"]
    shape: tuple[int, int]
    window: int

    @property
    def rounding_level(self) -> float:
        """Singular values below it may be rounding errors: largest dimension · ε · largest singular value."""
        return max(self.shape) * float(np.finfo(np.float64).eps) * float(self.singular_values[0])


@dataclass(frozen=True)
class OrderChoice:
    """An order and how it was found.

    Arguments:
        order: the number of singular values taken to be signal.
        threshold: the level they exceed.
        exact: whether the values below lie at rounding level, so that a cliff separates signal from nothing.
        notes: what the values do not identify, one sentence each; empty when all is well.
    """

    order: int
    threshold: float
    exact: bool
    notes: tuple[str, ...] = ()


def block_hankel(series: Float64[np.ndarray, "time output"], window: int) -> Float64[np.ndarray, "row column"]:
    """H[i·d + k, j] = value of output k at time i + j, with d outputs and i below the window."""
    columns = len(series) - window + 1
    view = np.lib.stride_tricks.sliding_window_view(series, columns, axis=0)
    # view: (window, output, column)
    return np.ascontiguousarray(view.reshape(window * series.shape[1], columns))


def default_window(series: Series) -> int:
    """Half the shortest series, so that rows and columns balance, but at most 1,000 rows; fewer for long series."""
    shortest, total = min(len(one) for one in series), sum(len(one) for one in series)
    outputs = series[0].shape[1]
    affordable = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_ENTRIES // total))
    return max(1, min((shortest + 1) // 2, affordable // outputs or 1))


def hankel_factors(series: Series, *, window: int | None = None) -> HankelFactors:
    """Decompose the Hankel matrices of all series, side by side.

    Arguments:
        series: checked series.
        window: block rows; half the shortest series when left out.
    """
    rows = default_window(series) if window is None else window
    matrix = np.concatenate([block_hankel(one, rows) for one in series], axis=1)
    left, values, _ = np.linalg.svd(matrix, full_matrices=False)
    return HankelFactors(left, values, (matrix.shape[0], matrix.shape[1]), rows)


def choose_order(factors: HankelFactors, *, noise: float | None = None, outputs: int = 1) -> OrderChoice:
    """The order that the singular values show.

    Without noise the rank of the Hankel matrix is the least order of a recurrence (Kronecker), and singular values
    above rounding level count it. Where none lies at rounding level there is noise, or the order exceeds what the
    values can show; then values above the optimal threshold for white noise are counted, and a note says so.

    Arguments:
        factors: the decomposition.
        noise: standard deviation of the noise where it is known; values above its expected norm count.
        outputs: number of outputs.

    Source: Kronecker 1881; Gavish & Donoho 2014, equation 5 (the polynomial of the threshold);
        Tropp 2012, Theorem 1.2 (the norm of a random Hankel matrix).
    """
    values, (rows, columns) = factors.singular_values, factors.shape
    if noise is not None and noise > 0:
        # The expected norm of a Hankel matrix of white noise is at most this; independent entries would stay lower.
        level = noise * np.sqrt(2 * max(rows, columns) * np.log(rows + columns))
        threshold = max(level, factors.rounding_level)
        order = int(np.sum(values > threshold))
        notes = () if order else (f"no singular value exceeds the level {threshold:.3g} of noise {noise:g}",)
        return OrderChoice(max(order, 1), float(threshold), False, notes)
    order = int(np.sum(values > factors.rounding_level))
    # The shift that finds A needs one block row to spare, and a spare column shows that the rank has stopped growing.
    if order <= min(rows - outputs, columns - 1):
        return OrderChoice(max(order, 1), factors.rounding_level, True)
    beta = min(rows, columns) / max(rows, columns)
    a, b, c, d = _OPTIMAL_THRESHOLD
    threshold = float((a * beta**3 + b * beta**2 + c * beta + d) * np.median(values))
    order = max(1, min(int(np.sum(values > threshold)), rows - outputs))
    note = (
        f"all {len(values)} singular values lie above rounding level: either there is noise, or the values follow no "
        f"recurrence of order below {len(values)}, which {rows + columns - 1} values per output cannot tell apart; "
        f"order {order} counts what exceeds the threshold for white noise"
    )
    return OrderChoice(order, threshold, False, (note,))
