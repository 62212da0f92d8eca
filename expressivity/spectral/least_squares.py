"""Least squares by complete orthogonal factorisation, which loses fewest digits on ill-conditioned systems."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64


def solve(
    matrix: Float64[np.ndarray, "equation unknown"], right: Float64[np.ndarray, "equation column"]
) -> Float64[np.ndarray, "unknown column"]:
    """The least-squares solution of least norm of matrix · x = right.

    Columns are scaled to length one first, so that rank decisions do not depend on units.

    Arguments:
        matrix: the equations' coefficients.
        right: right-hand sides, one per column.

    Source: LAPACK xGELSY (rank-revealing QR completed from the other side).
    """
    from scipy.linalg import lstsq

    lengths = np.linalg.norm(matrix, axis=0)
    scale = np.where(lengths > 0, lengths, 1.0)
    found: Any = lstsq(matrix / scale, right, lapack_driver="gelsy", check_finite=False)
    solution: np.ndarray = found[0] / scale[:, None]
    return solution


def solve_unscaled(
    matrix: Float64[np.ndarray, "equation unknown"], right: Float64[np.ndarray, "equation column"]
) -> Float64[np.ndarray, "unknown column"]:
    """The same without scaling columns: which solution has least norm then depends on their units, as published."""
    from scipy.linalg import lstsq

    found: Any = lstsq(matrix, right, lapack_driver="gelsy", check_finite=False)
    solution: np.ndarray = found[0]
    return solution
