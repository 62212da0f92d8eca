"""A cascade as a picture: levels from top to bottom, their components side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expressivity.algebra.cascades.cascade import Cascade, Component
from expressivity.plots.style import BLUE, INK, PALE, SHADE, need_matplotlib, shown_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_STATES, _MOST_COMPONENTS, _MOST_LEVELS = 10, 4, 8
_PITCH, _BAND, _GAP = 0.34, 0.95, 0.32  # inches


def cascade_figure(cascade: Cascade) -> Figure:
    """A cascade: a box per component with its states (the start shaded) and its maps; arrows carry the letters down.

    At most 8 levels, 4 components a level and 10 states a component are drawn; what is left out is said.

    Arguments:
        cascade: of `subset_cover` or `holonomy`.

    Raises:
        ExperimentError: when Matplotlib is not installed.
    """
    need_matplotlib()
    from matplotlib.figure import Figure

    levels = cascade.levels[:_MOST_LEVELS]
    bands = [[_width(c) for c in level.components[:_MOST_COMPONENTS]] for level in levels]
    width = max([3.4, *(0.75 + sum(band) + 0.1 * len(band) + 0.5 for band in bands)])
    height = 0.95 + len(levels) * (_BAND + _GAP)
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    axes.text(0.1, 0.18, f"letters: {shown_letters(cascade.automaton.letters, most=6)}", fontsize=8, va="center")
    top = 0.3
    for number, (level, band) in enumerate(zip(levels, bands, strict=True), start=1):
        _arrow(axes, top, f"{level.letters} letter{'s' * (level.letters != 1)}")
        top += _GAP
        axes.text(0.1, top + _BAND / 2, f"level {number}", fontsize=8, va="center")
        left = 0.75
        for c, component_width in enumerate(band):
            read = bool((level.active == c).any())
            _component(axes, level.components[c], left, top, component_width, read=read)
            left += component_width + 0.1
        missing = len(level.components) - len(band)
        if missing:
            axes.text(left, top + _BAND / 2, f"+ {missing}", fontsize=8, va="center")
        top += _BAND
    more = len(cascade.levels) - len(levels)
    _arrow(axes, top, f"{more} more level{'s' * (more != 1)}" if more else "")
    axes.text(
        0.1, top + _GAP + 0.1, f"state, one of {cascade.automaton.states} (shaded: start)", fontsize=8, va="center"
    )
    return figure


def _component(axes: Axes, component: Component, left: float, top: float, width: float, *, read: bool) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (left + 0.04, top + 0.04),
            width - 0.08,
            _BAND - 0.08,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=PALE,
            edgecolor=INK if read else "0.7",
            linewidth=0.8,
        )
    )
    shown = min(component.states, _MOST_STATES)
    for state in range(shown):
        x, y = left + 0.24 + state * _PITCH, top + 0.26
        cut = state == shown - 1 < component.states - 1
        axes.add_patch(
            Circle((x, y), 0.12, facecolor=SHADE if state == component.start else "white", edgecolor=INK, linewidth=0.7)
        )
        axes.text(x, y, "…" if cut else str(state), fontsize=7, ha="center", va="center")
    states = f"{component.states} states" + ("" if read else ", not read")
    axes.text(left + 0.12, top + 0.53, states, fontsize=7, va="center", color=INK)
    axes.text(left + 0.12, top + 0.74, maps_in_words(component), fontsize=7, va="center", color=BLUE)


def maps_in_words(component: Component) -> str:
    """How many permutations other than the identity, and how many resets, a component applies."""
    counts = {"permutation": int(component.turns.sum()), "reset": int((component.resets & ~component.still).sum())}
    return ", ".join(f"{n} {kind}{'s' * (n != 1)}" for kind, n in counts.items() if n) or "identity only"


def _width(component: Component) -> float:
    states = f"{component.states} states, not read"
    return max(
        min(component.states, _MOST_STATES) * _PITCH + 0.14,
        0.066 * max(len(states), len(maps_in_words(component))) + 0.2,
    )


def _arrow(axes: Axes, top: float, label: str) -> None:
    axes.annotate("", (0.3, top + _GAP), (0.3, top), arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 0.8})
    axes.text(0.42, top + _GAP / 2, label, fontsize=7, va="center", color=INK)
