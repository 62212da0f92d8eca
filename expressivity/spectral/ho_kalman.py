"""Series → the recurrence of least order: Ho–Kalman realisation from the Hankel matrix's singular vectors."""

from __future__ import annotations

import numpy as np

from expressivity.errors import SeriesError
from expressivity.spectral.hankel import HankelFactors
from expressivity.spectral.least_squares import solve
from expressivity.spectral.series import Series
from expressivity.spectral.state_space import StateSpace


def ho_kalman(series: Series, factors: HankelFactors, order: int) -> StateSpace:
    """Realise a recurrence of the given order.

    The columns of O = U_r Σ_r^(1/2) are the outputs of r states over a window, so A solves O without its last block
    row · A = O without its first, and C is the first block row. The start of each series is then fitted to all of its
    values, which the classical choice (one column of the decomposition) is not.

    Arguments:
        series: checked series.
        factors: decomposition of their Hankel matrix.
        order: r.

    Returns:
        The recurrence; exact up to rounding when the series have a recurrence of that order.

    Raises:
        SeriesError: when the order is not between 1 and what the window can show.

    Source: Ho & Kalman 1966; Kung 1978 for the scaling by singular values.
    """
    outputs = series[0].shape[1]
    most = min(factors.shape[0] - outputs, factors.shape[1])
    if not 1 <= order <= most:
        raise SeriesError(
            f"order {order} is outside 1 to {most}, which a window of {factors.window} shows; "
            "give a larger window or more values"
        )
    observed = factors.left[:, :order] * np.sqrt(factors.singular_values[:order])
    transition = solve(observed[:-outputs], observed[outputs:])
    output = np.ascontiguousarray(observed[:outputs])
    longest = max(len(one) for one in series)
    powers = np.empty((longest, outputs, order))
    rows = output
    for t in range(longest):
        powers[t] = rows
        rows = rows @ transition
    starts = []
    for one in series:
        unrolled = powers[: len(one)].reshape(-1, order)
        starts.append(solve(unrolled, one.reshape(-1, 1))[:, 0])
    return StateSpace(transition, output, tuple(starts))
