"""The signals of the benchmark of multiple superimposed oscillators (MSO)."""

from __future__ import annotations

import numpy as np

FREQUENCIES = (0.2, 0.311, 0.42, 0.51, 0.63, 0.74, 0.85, 0.97)


def oscillators(count: int, length: int) -> np.ndarray:
    """The sum of the first sines at the times 1, 2, …, length."""
    times = np.arange(1, length + 1)
    return np.sum([np.sin(frequency * times) for frequency in FREQUENCIES[:count]], axis=0)
