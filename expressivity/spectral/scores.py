"""How far a forecast is off, and the forecasts that need no learning, to compare with."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from expressivity.spectral.series import Series


def rmse(wanted: Float64[np.ndarray, "time output"], found: Float64[np.ndarray, "time output"]) -> float:
    """Root of the mean over time of the squared Euclidean distance between the outputs."""
    # Scaled by the largest distance, because the square of a diverging forecast leaves the range of float64.
    distances = np.linalg.norm(wanted - found, axis=1)
    largest = float(distances.max())
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean((distances / largest) ** 2)))


def nrmse(wanted: Float64[np.ndarray, "time output"], found: Float64[np.ndarray, "time output"]) -> float:
    """The RMSE as a fraction of the values' own root mean square deviation from their mean."""
    spread = rmse(wanted, np.broadcast_to(wanted.mean(axis=0), wanted.shape))
    return rmse(wanted, found) / spread if spread > 0 else float("inf")


def persistence(series: Float64[np.ndarray, "time output"], steps: int) -> Float64[np.ndarray, "step output"]:
    """The last value again and again."""
    return np.repeat(series[-1:], steps, axis=0)


def mean_forecast(series: Float64[np.ndarray, "time output"], steps: int) -> Float64[np.ndarray, "step output"]:
    """The mean of all values again and again."""
    return np.repeat(series.mean(axis=0, keepdims=True), steps, axis=0)


def training_error(series: Series, fitted: Series) -> float:
    """RMSE over all series together, every time counting the same."""
    return rmse(np.concatenate(series), np.concatenate(fitted))
