"""States on a word: an orbit in the plane, and how far a rounded orbit drifts from the exact one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64

from expressivity.errors import ExperimentError
from expressivity.plots.style import BLUE, ORANGE, need_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_JOINED = 60  # states that are joined by lines
_NUMBERED = 12  # steps of an orbit that carry their number


def orbit_figure(states: Float64[np.ndarray, "time width"]) -> Figure:
    """An orbit: in the plane of the first two coordinates, or over time when the state is one number.

    Arguments:
        states: states h₀, h₁, …, as `Trace.floats` gives them.

    Raises:
        ExperimentError: when there is no state, or Matplotlib is not installed.
    """
    need_matplotlib()
    from matplotlib.figure import Figure

    if states.size == 0:
        raise ExperimentError(f"states of shape {states.shape} draw nothing; give one state or more")
    figure = Figure(figsize=(3.4, 3.2), layout="constrained")
    axes = figure.subplots()
    draw_orbit(axes, states, numbered=True)
    return figure


def drift_figure(
    exact: Float64[np.ndarray, "time width"],
    rounded: Float64[np.ndarray, "rounded_time rounded_width"],
    *,
    label: str = "rounded",
    horizon: int | None = None,
) -> Figure:
    """A rounded orbit beside the exact one, and the distance between them over time.

    Arguments:
        exact: exact states h₀, h₁, …, as `Trace.floats` gives them.
        rounded: states of the same word in finite arithmetic.
        label: name of that arithmetic.
        horizon: the length at which the verdict is wrong first, to be marked; or None.

    Raises:
        ExperimentError: when the shapes differ, there is no state, or Matplotlib is not installed.
    """
    need_matplotlib()
    from matplotlib.figure import Figure

    if exact.shape != rounded.shape or exact.size == 0:
        raise ExperimentError(
            f"the exact states have shape {exact.shape} and the rounded ones {rounded.shape}; "
            "give two equal shapes with one state or more"
        )
    figure = Figure(figsize=(7.0, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    draw_orbit(left, exact, label="exact")
    draw_orbit(left, rounded, colour=ORANGE, mark="x", label=label)
    if horizon is not None and 0 <= horizon < len(exact):
        _ring(left, rounded, horizon)
    figure.legend(
        handles=left.get_legend_handles_labels()[0], loc="outside lower center", ncols=3, fontsize=7, frameon=False
    )
    finite = np.where(np.isfinite(rounded), rounded, np.inf)
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.sqrt(((finite - exact) ** 2).sum(axis=1))
    steps = np.arange(len(exact))
    right.plot(steps, distance, ".-", color=ORANGE, linewidth=0.8, markersize=3, label=label)
    positive = distance[np.isfinite(distance) & (distance > 0)]
    if positive.size:
        # Linear near zero, where exact agreement is to be seen; logarithmic above.
        right.set_yscale("symlog", linthresh=float(positive.min()))
    else:
        right.set_ylim(-0.05, 1)
    if horizon is not None and 0 <= horizon < len(exact):
        right.axvline(horizon, color="black", linestyle="--", linewidth=0.8)
        late = horizon > len(exact) / 2
        right.annotate(
            f"wrong verdict at t = {horizon}",
            (horizon, 0.03),
            (-4 if late else 4, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right" if late else "left",
            fontsize=7,
        )
    right.set_xlabel("t, letters read", fontsize=8)
    right.set_ylabel("‖rounded $h_t$ − exact $h_t$‖", fontsize=8)
    right.tick_params(labelsize=7)
    _whole_steps(right)
    return figure


def draw_orbit(
    axes: Axes,
    states: Float64[np.ndarray, "time width"],
    *,
    colour: str = BLUE,
    mark: str = "o",
    label: str = "",
    numbered: bool = False,
) -> None:
    """Draw an orbit into given axes; see `orbit_figure`.

    Arguments:
        axes: where to draw.
        states: states h₀, h₁, …
        colour: colour of line and marks.
        mark: Matplotlib's name of the mark.
        label: for a legend.
        numbered: whether points of the plane carry the numbers of the first steps that visit them.
    """
    hollow = "none" if mark == "o" else colour
    # Many steps are a cloud of points; lines between them would be a black area.
    line = "none" if len(states) > _MOST_JOINED else "--" if mark == "x" else "-"
    style: dict[str, Any] = {
        "markerfacecolor": hollow,
        "markersize": 5 if line != "none" else 3.5,
        "linewidth": 0.7,
        "linestyle": line,
        "alpha": 0.9,
        "label": label,
    }
    if states.shape[1] == 1:
        axes.plot(np.arange(len(states)), states[:, 0], marker=mark, color=colour, **style)
        axes.set_xlabel("t, letters read", fontsize=8)
        axes.set_ylabel("$h_t$", fontsize=8)
        axes.margins(0.08)
        _whole_steps(axes)
    else:
        axes.plot(states[:, 0], states[:, 1], marker=mark, color=colour, **style)
        total = f" of {states.shape[1]}" if states.shape[1] > 2 else ""
        axes.set_xlabel(f"$h_t$, coordinate 1{total}", fontsize=8)
        axes.set_ylabel(f"$h_t$, coordinate 2{total}", fontsize=8)
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.18)
        if numbered:
            _number_steps(axes, states)
    axes.tick_params(labelsize=7)


def _ring(axes: Axes, states: Float64[np.ndarray, "time width"], step: int) -> None:
    """A ring around the state of one step."""
    x, y = (step, states[step, 0]) if states.shape[1] == 1 else states[step, :2]
    axes.plot([x], [y], "o", color="black", markersize=11, markerfacecolor="none", label=f"t = {step}, wrong", zorder=5)


def _whole_steps(axes: Axes) -> None:
    """Ticks at whole numbers of letters only."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _number_steps(axes: Axes, states: Float64[np.ndarray, "time width"]) -> None:
    """Write beside each different point the first steps that visit it."""
    visits: dict[tuple[float, float], list[int]] = {}
    for step, row in enumerate(states[:_NUMBERED]):
        visits.setdefault((round(float(row[0]), 6), round(float(row[1]), 6)), []).append(step)
    middle_x, middle_y = np.mean(list(visits), axis=0)
    for (x, y), steps in visits.items():
        shown = ", ".join(map(str, steps[:3])) + (", …" if len(steps) > 3 else "")
        # Towards the middle of the orbit, so that no number leaves the axes.
        right, up = x <= middle_x, y <= middle_y
        axes.annotate(
            shown,
            (x, y),
            (7 if right else -7, 5 if up else -5),
            textcoords="offset points",
            ha="left" if right else "right",
            va="bottom" if up else "top",
            fontsize=7,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
