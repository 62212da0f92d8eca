"""Maps of a finite set to itself, one a row: which of them are permutations, constants, or the identity."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int


def are_permutations(maps: Int[np.ndarray, "map point"]) -> Bool[np.ndarray, " map"]:
    """Which maps take every point to another one."""
    return np.asarray((np.sort(maps, axis=1) == np.arange(maps.shape[1])).all(axis=1))


def are_constant(maps: Int[np.ndarray, "map point"]) -> Bool[np.ndarray, " map"]:
    """Which maps take all points to one."""
    return np.asarray((maps == maps[:, :1]).all(axis=1))


def are_identity(maps: Int[np.ndarray, "map point"]) -> Bool[np.ndarray, " map"]:
    """Which maps leave every point where it is."""
    return np.asarray((maps == np.arange(maps.shape[1], dtype=maps.dtype)).all(axis=1))
