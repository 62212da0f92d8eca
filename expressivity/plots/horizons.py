"""Exact horizons as heat maps: number format down, evaluation order across."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expressivity.errors import ExperimentError
from expressivity.plots.style import need_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PAGE = 7.4  # inches; as many panels side by side as a page is wide
_CELL_WIDTH, _CELL_HEIGHT = 0.76, 0.28  # inches
_UNDECIDED, _NOT_RUN = "0.86", "white"


@dataclass(frozen=True)
class HorizonCell:
    """One horizon as a figure shows it.

    Arguments:
        answer: "infinite", "finite", "undecided" or "not run".
        length: the horizon when finite; the length up to which all is proved when undecided.
        upper_bound: length of some failing word when undecided, or None.
    """

    answer: str
    length: int | None = None
    upper_bound: int | None = None

    @property
    def text(self) -> str:
        """What is written into the cell."""
        if self.answer == "infinite":
            return "∞"
        if self.answer == "finite":
            return _grouped(self.length)
        if self.answer == "undecided":
            bound = "" if self.upper_bound is None else f"\n≤ {at_most(self.upper_bound)}"
            return f"> {_grouped(self.length)}{bound}"
        return "–"


@dataclass(frozen=True)
class HorizonPanel:
    """Horizons of one network.

    Arguments:
        title: the network, at most two lines.
        formats: number formats, down.
        orders: evaluation orders, across.
        cells: for each format its cells, one for each order.
    """

    title: str
    formats: tuple[str, ...]
    orders: tuple[str, ...]
    cells: tuple[tuple[HorizonCell, ...], ...]


def horizon_heat_map(panels: Sequence[HorizonPanel]) -> Figure:
    """A heat map for each network: number format down, evaluation order across, colour for the horizon.

    Finite horizons are coloured on one logarithmic scale whose lightness grows with the length, so that it reads in
    grey and with any colour vision; an infinite horizon is a white cell in a heavy frame, an undecided one is hatched.

    Arguments:
        panels: the networks.

    Returns:
        A figure that belongs to no window; save it with `save_figure`, or put it into a notebook.

    Raises:
        ExperimentError: when there is nothing to draw, or Matplotlib is not installed.
    """
    if not panels:
        raise ExperimentError("there is no panel to draw; give at least one")
    need_matplotlib()
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    lengths = [cell.length or 1 for panel in panels for row in panel.cells for cell in row if cell.answer == "finite"]
    norm = LogNorm(1, max(10, 10 ** math.ceil(math.log10(max([1, *lengths])))))
    colours = ScalarMappable(norm, "cividis")
    orders = max(len(panel.orders) for panel in panels)
    formats = max(len(panel.formats) for panel in panels)
    across = min(len(panels), max(1, int(_PAGE // (_CELL_WIDTH * orders + 1.0))))
    down = -(-len(panels) // across)
    width = across * (_CELL_WIDTH * orders + 1.0) + 0.2
    height = down * (_CELL_HEIGHT * formats + 1.0) + 1.0
    figure = Figure(figsize=(max(width, 5.8), height), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw(axes, panel, colours)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    bar = figure.colorbar(
        colours, ax=grid.ravel().tolist(), orientation="horizontal", shrink=0.5, aspect=45, pad=0.01, fraction=0.03
    )
    bar.set_label("finite horizon: letters of a shortest failing word", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    _add_legend(figure)
    return figure


def _draw(axes: Axes, panel: HorizonPanel, colours: Any) -> None:
    from matplotlib.patches import Rectangle

    for i, row in enumerate(panel.cells):
        for j, cell in enumerate(row):
            style: dict[str, Any] = {"facecolor": _NOT_RUN, "edgecolor": "0.8", "linewidth": 0.5}
            ink, size = "black", 7.0
            if cell.answer == "finite":
                style["facecolor"] = colours.to_rgba(cell.length or 1)
                ink = "black" if _lightness(style["facecolor"]) > 0.45 else "white"
            elif cell.answer == "infinite":
                style |= {"edgecolor": "black", "linewidth": 0.9}
                size = 10.0
            elif cell.answer == "undecided":
                style |= {"facecolor": _UNDECIDED, "edgecolor": "0.72", "hatch": "////"}
                size = 6.0 if len(cell.text) > 9 else 7.0
            axes.add_patch(Rectangle((j + 0.03, i + 0.05), 0.94, 0.9, **style))
            box = {"facecolor": _UNDECIDED, "edgecolor": "none", "pad": 0.6} if cell.answer == "undecided" else None
            axes.text(
                j + 0.5,
                i + 0.5,
                cell.text,
                ha="center",
                va="center",
                fontsize=size,
                color=ink,
                bbox=box,
                linespacing=1.0,
            )
    axes.set_xlim(0, len(panel.orders))
    axes.set_ylim(len(panel.formats), 0)
    axes.set_xticks([j + 0.5 for j in range(len(panel.orders))], panel.orders, fontsize=7)
    axes.set_yticks([i + 0.5 for i in range(len(panel.formats))], panel.formats, fontsize=7)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(panel.title, fontsize=8)


def _add_legend(figure: Figure) -> None:
    from matplotlib.patches import Patch

    figure.legend(
        handles=[
            Patch(facecolor="white", edgecolor="black", label="∞: right on all words, certified"),
            Patch(facecolor=_UNDECIDED, edgecolor="0.72", hatch="////", label="> n: undecided, right up to n letters"),
            Patch(facecolor="none", edgecolor="none", label="≤ m: some word of m letters fails"),
            Patch(facecolor="none", edgecolor="none", label="–: not run"),
        ],
        loc="outside lower center",
        ncols=2,
        columnspacing=1,
        fontsize=7,
        frameon=False,
    )


def _lightness(colour: tuple[float, ...]) -> float:
    """Roughly how light a colour looks, from 0 to 1."""
    red, green, blue = colour[:3]
    return 0.299 * red + 0.587 * green + 0.114 * blue


def at_most(number: int) -> str:
    """An upper bound as a person reads it: from 10⁹ on rounded up to three digits and a power of ten."""
    if number < 10**9:
        return _grouped(number)
    power = len(str(number)) - 1
    digits = -(-number // 10 ** (power - 2))
    power, digits = (power + 1, 100) if digits == 1000 else (power, digits)
    return f"{digits // 100}.{digits % 100:02d}·10^{power}"


def _grouped(number: int | None) -> str:
    """A number with thin spaces between thousands, from five digits on."""
    if number is None:
        return "?"
    return f"{number:,}".replace(",", "\u2009") if number >= 10_000 else str(number)
