"""The ellipse an orbit approaches, and how far from it the orbit is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from expressivity.errors import SeriesError


@dataclass(frozen=True, eq=False)
class Ellipse:
    """The limit x(t) / |λ|^t → Re(e^{iωt} c), in the plane that the real and imaginary part of c span.

    Arguments:
        real: Re c, shape (unit,).
        imaginary: Im c.
        angular_frequency: ω, radians per step; 0 for a point, π for two points.
        radius: |λ|, the growth that is divided out.
    """

    real: Float64[np.ndarray, " unit"]
    imaginary: Float64[np.ndarray, " unit"]
    angular_frequency: float
    radius: float

    @property
    def semi_axes(self) -> tuple[float, float]:
        """Lengths of the longer and the shorter half axis."""
        values = np.linalg.svd(np.stack([self.real, self.imaginary], axis=1), compute_uv=False)
        return float(values[0]), float(values[1]) if len(values) > 1 else 0.0

    @property
    def axes(self) -> Float64[np.ndarray, "unit two"]:
        """Unit vectors along the longer and the shorter axis, as columns."""
        left, _, _ = np.linalg.svd(np.stack([self.real, self.imaginary], axis=1), full_matrices=False)
        return left

    def points(self, times: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "time unit"]:
        """Where the limit is at the given times."""
        angles = self.angular_frequency * times[:, None]
        result: np.ndarray = np.cos(angles) * self.real - np.sin(angles) * self.imaginary
        return result


def limit_ellipse(matrix: Float64[np.ndarray, "unit unit"], start: Float64[np.ndarray, " unit"]) -> Ellipse:
    """The limit of x(t+1) = A x(t) with its growth divided out, for a simple dominant eigenvalue or pair.

    Arguments:
        matrix: A.
        start: x(0).

    Raises:
        SeriesError: when the start has no part along the dominant eigenvector, which then does not matter.

    Source: Stolzenburg et al., Property 6: 2 Re(x₁ λ₁ᵗ v₁), with the factor 2 only for a conjugate pair.
    """
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(np.abs(values)))
    left_values, left = np.linalg.eig(matrix.T)
    twin = left[:, int(np.argmin(np.abs(left_values - values[first])))]
    scale = twin @ vectors[:, first]
    part = (twin @ start) / scale if scale != 0 else 0.0
    if not abs(part) > 1e-12 * np.linalg.norm(start):
        raise SeriesError("the start has no part along the dominant eigenvector; choose another start")
    direction = part * vectors[:, first] * (2 if values[first].imag != 0 else 1)
    direction = np.asarray(direction, dtype=np.complex128)
    angle = float(np.angle(values[first]))
    return Ellipse(direction.real.copy(), direction.imag.copy(), angle, float(abs(values[first])))


def distances(
    matrix: Float64[np.ndarray, "unit unit"], start: Float64[np.ndarray, " unit"], steps: int
) -> Float64[np.ndarray, " step"]:
    """‖x(t)/|λ|^t − limit(t)‖ for t below `steps`: the distance to the limit at the same time.

    The distance to the nearest point of the ellipse is at most that.
    """
    ellipse = limit_ellipse(matrix, start)
    state = start.astype(np.float64)
    found = np.empty(steps)
    for t in range(steps):
        found[t] = np.linalg.norm(state - ellipse.points(np.array([float(t)]))[0])
        state = (matrix @ state) / ellipse.radius
    return found
