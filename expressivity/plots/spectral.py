"""Pictures of a fitted recurrence: its eigenvalues, the singular-value cliff, an orbit with its ellipse, the error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from expressivity.errors import ExperimentError, SeriesError
from expressivity.plots.style import BLUE, ORANGE, save_figure
from expressivity.spectral.ellipse import Ellipse, limit_ellipse
from expressivity.spectral.estimator import LinearRecurrence
from expressivity.spectral.hankel import choose_order, hankel_factors
from expressivity.spectral.series import as_series

_DROPPED = "#8a939c"


def _axes(axes: Any) -> Any:
    """The axes given, or new ones; without a display nothing opens."""
    if axes is not None:
        return axes
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SeriesError('plots need matplotlib; install it with `pip install "expressivity[playground]"`') from None
    return Figure(figsize=(5, 4), layout="constrained").subplots()


def plot_eigenvalues(learner: LinearRecurrence, *, axes: Any = None) -> Any:
    """Eigenvalues beside the unit circle: those kept, and for a reservoir those that the reduction dropped.

    Arguments:
        learner: a fitted recurrence.
        axes: where to draw; new axes when left out.
    """
    axes = _axes(axes)
    angles = np.linspace(0, 2 * np.pi, 400)
    axes.plot(np.cos(angles), np.sin(angles), color=_DROPPED, linewidth=1)
    if hasattr(learner, "reduction_"):
        every, kept_modes = learner.reduction_.all_modes, len(learner.reduction_.model.modes.sizes)
        dropped = every.chosen(np.arange(kept_modes, len(every.sizes))).spectrum()
        axes.plot(dropped.real, dropped.imag, "x", color=_DROPPED, markersize=5, label=f"dropped ({len(dropped)})")
    kept = learner.eigenvalues_
    axes.plot(kept.real, kept.imag, "o", color=BLUE, markersize=5, label=f"kept ({len(kept)})")
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(xlabel="Re λ", ylabel="Im λ")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)
    return axes


def plot_singular_values(values: Any, *, axes: Any = None) -> Any:
    """Singular values of the Hankel matrix with the level they are cut at: a cliff where a recurrence fits exactly.

    Arguments:
        values: series as `LinearRecurrence.fit` takes them.
        axes: where to draw; new axes when left out.
    """
    axes = _axes(axes)
    series = as_series(values)
    factors = hankel_factors(series)
    choice = choose_order(factors, outputs=series[0].shape[1])
    found = np.maximum(factors.singular_values, np.finfo(float).tiny)
    numbers = np.arange(1, len(found) + 1)
    signal = numbers <= choice.order
    axes.semilogy(numbers[signal], found[signal], "o", color=BLUE, markersize=4, label=f"order {choice.order}")
    axes.semilogy(numbers[~signal], found[~signal], "o", color=_DROPPED, markersize=3)
    kind = "rounding level" if choice.exact else "threshold for noise"
    axes.axhline(choice.threshold, color=ORANGE, linewidth=1, label=kind)
    axes.set(xlabel="number k", ylabel="$σ_k$, singular value of the Hankel matrix")
    axes.legend(loc="best", frameon=False)
    return axes


def plot_orbit(states: Float64[np.ndarray, "time unit"], ellipse: Ellipse, *, axes: Any = None) -> Any:
    """An orbit, its growth divided out, with the ellipse it approaches, in the plane of the ellipse.

    Arguments:
        states: x(0), x(1), …, divided by |λ|^t already.
        ellipse: the limit.
        axes: where to draw; new axes when left out.
    """
    axes = _axes(axes)
    plane = ellipse.axes
    path = states @ plane
    turn = np.linspace(0, 2 * np.pi, 400)[:, None]
    around = (np.cos(turn) * ellipse.real - np.sin(turn) * ellipse.imaginary) @ plane
    axes.plot(path[:, 0], path[:, 1], "-", color=_DROPPED, linewidth=0.8)
    shades = axes.scatter(path[:, 0], path[:, 1], c=np.arange(len(path)), s=10, cmap="viridis", zorder=2)
    axes.plot(around[:, 0], around[:, 1], color=ORANGE, linewidth=1.5, label="limit")
    axes.figure.colorbar(shades, ax=axes, label="time")
    axes.set_aspect("equal", adjustable="datalim")
    long, short = ellipse.semi_axes
    axes.set(xlabel=f"long axis (half: {long:.3g})", ylabel=f"short axis (half: {short:.3g})")
    axes.legend(loc="best", frameon=False)
    return axes


def plot_errors(
    wanted: Float64[np.ndarray, "time output"],
    forecasts: dict[str, Float64[np.ndarray, "time output"]],
    *,
    axes: Any = None,
) -> Any:
    """Distance between forecasts and values over the horizon, on a logarithmic scale.

    Arguments:
        wanted: the values.
        forecasts: by name.
        axes: where to draw; new axes when left out.
    """
    axes = _axes(axes)
    floor = np.finfo(float).tiny
    for name, found in forecasts.items():
        errors = np.linalg.norm(wanted - found, axis=1)
        axes.semilogy(
            np.arange(1, len(errors) + 1), np.where(errors > 0, errors, np.nan) + floor, linewidth=1.2, label=name
        )
    axes.set(xlabel="steps ahead", ylabel="‖forecast − value‖")
    axes.legend(loc="best", frameon=False, fontsize="small")
    return axes


def save_overview(
    path: str | Path,
    values: Any,
    learner: LinearRecurrence,
    wanted: Float64[np.ndarray, "time output"],
    forecasts: dict[str, Float64[np.ndarray, "time output"]],
) -> None:
    """Eigenvalues, singular values and errors side by side in one picture file.

    Arguments:
        path: the file; its ending says the format.
        values: the values that were learned from.
        learner: the fitted recurrence.
        wanted: the values that were held out.
        forecasts: forecasts of these, by name.

    Raises:
        SeriesError: when matplotlib is missing or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SeriesError('plots need matplotlib; install it with `pip install "expressivity[playground]"`') from None
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    first, second, third = figure.subplots(1, 3)
    plot_eigenvalues(learner, axes=first)
    plot_singular_values(values, axes=second)
    plot_errors(wanted, forecasts, axes=third)
    _save(figure, path)


def save_random_orbit(path: str | Path, *, units: int = 10, seed: int = 0, steps: int = 200) -> None:
    """An orbit of a Gaussian matrix whose dominant eigenvalues are a conjugate pair, with the ellipse it approaches.

    Arguments:
        path: the file; its ending says the format.
        units: size of the matrix.
        seed: of the matrices; the first with a dominant pair is taken.
        steps: length of the orbit.

    Raises:
        SeriesError: when matplotlib is missing or the file cannot be written.
    """
    generator = np.random.default_rng(seed)
    start = np.full(units, 1 / np.sqrt(units))
    ellipse = None
    while ellipse is None or ellipse.semi_axes[1] == 0:
        matrix = generator.standard_normal((units, units))
        ellipse = limit_ellipse(matrix, start)
    states = [start]
    while len(states) < steps:
        states.append(matrix @ states[-1] / ellipse.radius)
    axes = plot_orbit(np.array(states), ellipse)
    _save(axes.figure, path)


def _save(figure: Any, path: str | Path) -> None:
    try:
        save_figure(figure, path)
    except ExperimentError as error:
        raise SeriesError(str(error)) from None
