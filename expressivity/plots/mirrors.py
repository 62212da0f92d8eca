"""One generalised Householder factor in the plane: its key, the line it leaves alone, and what becomes of vectors."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from expressivity.plots.style import BLUE, INK, ORANGE, SHADE, need_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_KEY = (0.6, 0.8)
_SHAPE = np.array([(0.5, 0.0), (1.15, -0.25), (1.2, 0.3), (0.9, 0.1), (0.75, 0.45)])


def mirror_figure(beta: Fraction) -> Figure:
    """What I − βkkᵀ does to a shape in the plane, for the unit key k = (3/5, 4/5).

    Arguments:
        beta: β; 0 leaves everything alone, 1 projects onto the line, 2 reflects in it.

    Raises:
        ExperimentError: when Matplotlib is not installed.
    """
    need_matplotlib()
    from matplotlib.figure import Figure
    from matplotlib.patches import Polygon

    key = np.array(_KEY)
    factor = np.eye(2) - float(beta) * np.outer(key, key)
    images = _SHAPE @ factor.T
    figure = Figure(figsize=(3.4, 3.4), layout="constrained")
    axes = figure.subplots()
    along = np.array([-key[1], key[0]])
    axes.axline((0, 0), tuple(along), color=INK, linewidth=0.8)
    axes.annotate("", tuple(key), (0, 0), arrowprops={"arrowstyle": "-|>", "color": INK})
    # Beside the arrow, on the side where no image comes.
    x, y = 0.62 * key + 0.1 * along
    axes.text(float(x), float(y), "k", fontsize=9, ha="center", va="center")
    axes.add_patch(Polygon(_SHAPE, facecolor=SHADE, edgecolor=BLUE, linewidth=1.2, label="before"))
    axes.add_patch(
        Polygon(images, facecolor="none", edgecolor=ORANGE, linewidth=1.6, linestyle="--", label=f"after, β = {beta}")
    )
    for before, after in zip(_SHAPE, images, strict=True):
        if math.dist(before, after) > 0.05:
            axes.plot(*zip(before, after, strict=True), ":", color="0.5", linewidth=0.8)
    axes.set_xlim(-1.35, 1.35)
    axes.set_ylim(-1.35, 1.35)
    axes.set_aspect("equal")
    axes.set_xlabel("$h$, coordinate 1", fontsize=8)
    axes.set_ylabel("$h$, coordinate 2", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.legend(loc="upper left", fontsize=7, frameon=False)
    return figure
