"""Eigenvalues of A(x) in the unit disk, letter by letter, with the region that the family admits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Complex128

from expressivity.networks.families import FAMILIES
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network
from expressivity.plots.style import COLOURS, INK, MARKS, SHADE, need_matplotlib, shown_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACROSS = 4  # layers side by side
_NEAR = 1e-5  # a picture, not a decision: closer eigenvalues are drawn as one, with their number
_MOST_GROUPS = len(MARKS)


def eigenvalue_figure(network: Network, *, most_layers: int = 8) -> Figure:
    """Eigenvalues of A(x) for every layer: one mark for the letters that share a spectrum, a number where several meet.

    Eigenvalues are computed in float64 to be looked at; `expressivity.spectrum` decides facts about them exactly.

    Arguments:
        network: the network; the region of its family is shaded.
        most_layers: layers drawn; a note says how many are left out.

    Raises:
        ExperimentError: when Matplotlib is not installed.
    """
    need_matplotlib()
    from matplotlib.figure import Figure

    layers = network.layers[:most_layers]
    across = min(len(layers), _ACROSS)
    down = -(-len(layers) // across)
    figure = Figure(figsize=(max(3.2, 2.6 * across), 3.3 * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for number, axes in enumerate(grid.flat[: len(layers)], start=1):
        draw_eigenvalues(axes, network, layer=number - 1)
    for axes in grid.flat[len(layers) :]:
        axes.set_axis_off()
    if len(network.layers) > len(layers):
        figure.supxlabel(f"{len(network.layers) - len(layers)} more layers are not drawn", fontsize=8)
    return figure


def draw_eigenvalues(axes: Axes, network: Network, *, layer: int = 0) -> None:
    """Draw the eigenvalues of one layer into given axes; see `eigenvalue_figure`."""
    chosen = network.layers[layer]
    _region(axes, network.family)
    _marks(axes, chosen, _letter_names(network, layer, chosen))
    _frame(axes, f"Re λ, layer {layer + 1}" if len(network.layers) > 1 else "Re λ")


def letter_spectra(layer: Layer) -> tuple[Complex128[np.ndarray, " eigenvalue"], ...]:
    """Eigenvalues of A(x) of every letter, in float64, sorted; for pictures, not for decisions."""
    found = np.linalg.eigvals(layer.transition.matrices.to_float()).astype(np.complex128)
    found = np.round(found.real, 9) + 1j * np.round(found.imag, 9)
    return tuple(np.sort_complex(row) for row in found)


def region_of(family: str) -> tuple[float, float] | str | None:
    """Where eigenvalues of a family lie: the ends of a real interval, "disk", or None for anywhere or no family."""
    text = FAMILIES[family].eigenvalues if family in FAMILIES else ""
    ends = re.fullmatch(r"\[([−\d.]+), ([−\d.]+)\]", text)
    if ends:
        return float(ends[1].replace("−", "-")), float(ends[2].replace("−", "-"))
    return "disk" if text == "unit disk" else None


def _letter_names(network: Network, number: int, layer: Layer) -> list[str]:
    """Names of the letters of a layer: the alphabet below, numbers above it."""
    if number == 0 and layer.delay == 0:
        return [*network.letters, "BOS"][: layer.letters]
    return [str(k) for k in range(layer.letters)]


def _marks(axes: Axes, layer: Layer, names: list[str]) -> None:
    groups: dict[tuple[complex, ...], list[str]] = {}
    for name, spectrum in zip(names, letter_spectra(layer), strict=True):
        groups.setdefault(tuple(np.round(spectrum, 5).tolist()), []).append(name)
    shown = list(groups.items())
    if len(shown) > _MOST_GROUPS:
        rest = shown[_MOST_GROUPS - 1 :]
        every = tuple(sorted({value for values, _ in rest for value in values}, key=lambda v: (v.real, v.imag)))
        shown = [*shown[: _MOST_GROUPS - 1], (every, [name for _, letters in rest for name in letters])]
    for k, (values, letters) in enumerate(shown):
        points, counts = _merged(values)
        # Rings of growing size, so that letters that share an eigenvalue stay visible around each other.
        style: dict[str, Any] = {"markersize": 5.0 + 2.5 * k, "markeredgewidth": 1.2, "fillstyle": "none"}
        axes.plot(
            [p.real for p in points],
            [p.imag for p in points],
            MARKS[k],
            color=COLOURS[k],
            label=f"x = {shown_letters(letters)}",
            zorder=4,
            **style,
        )
        repeated = [(p, c) for p, c in zip(points, counts, strict=True) if c > 1] if len(shown) == 1 else []
        for point, count in repeated:
            axes.annotate(f"×{count}", (point.real, point.imag), (6, 6), textcoords="offset points", fontsize=7)
    legend = axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.2),
        fontsize=7,
        frameon=False,
        handletextpad=0.4,
        labelspacing=0.4,
    )
    for handle in legend.get_lines():
        handle.set_markersize(6)


def _merged(values: tuple[complex, ...]) -> tuple[list[complex], list[int]]:
    """Different values with how often each occurs."""
    points: list[complex] = []
    counts: list[int] = []
    for value in values:
        near = [k for k, point in enumerate(points) if abs(point - value) < _NEAR]
        if near:
            counts[near[0]] += 1
        else:
            points.append(value)
            counts.append(1)
    return points, counts


def _region(axes: Axes, family: str) -> None:
    from matplotlib.patches import Circle

    region = region_of(family)
    disk = region == "disk"
    axes.add_patch(
        Circle((0, 0), 1, facecolor=SHADE if disk else "none", edgecolor="0.6", linewidth=0.8, zorder=1, gid="disk")
    )
    if isinstance(region, tuple):
        axes.plot(region, (0, 0), color=SHADE, linewidth=9, solid_capstyle="butt", zorder=2, gid="region")


def _frame(axes: Axes, label: str) -> None:
    axes.axhline(0, color="0.8", linewidth=0.5, zorder=1.5)
    axes.axvline(0, color="0.8", linewidth=0.5, zorder=1.5)
    drawn = np.concatenate([np.abs(np.asarray(line.get_xydata(), dtype=np.float64)).reshape(-1) for line in axes.lines])
    reach = max(1.0, float(drawn.max()))
    axes.set_xlim(-1.25 * reach, 1.25 * reach)
    axes.set_ylim(-1.25 * reach, 1.25 * reach)
    axes.set_aspect("equal")
    axes.set_xlabel(label, fontsize=8)
    axes.set_ylabel("Im λ", fontsize=8)
    axes.set_xticks([-1, 0, 1], ["−1", "0", "1"])
    axes.set_yticks([-1, 0, 1], ["−1", "0", "1"])
    axes.tick_params(labelsize=7, color=INK)
