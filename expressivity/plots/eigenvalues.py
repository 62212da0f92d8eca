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

_ACROSS = 3  # layers side by side
_NEAR = 1e-5  # a picture, not a decision: closer eigenvalues are drawn as one, with their number
_MOST_GROUPS = len(MARKS)


def eigenvalue_figure(network: Network, *, most_layers: int = 8) -> Figure:
    """Eigenvalues of A(x) for every layer: one mark for the letters that share a spectrum.

    Marks of letters that share an eigenvalue stand around a dot that says where it is. BOS, the start symbol, is left
    out: it is read once, before every word, so that powers of A(BOS) never occur. Eigenvalues are computed in float64
    to be looked at; `expressivity.spectrum` decides facts about them exactly.

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
    entries = 1 + max(len(_groups(network, number)) for number in range(len(layers)))
    figure = Figure(figsize=(max(3.2, 2.45 * across), (2.55 + 0.18 * entries) * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for number, axes in enumerate(grid.flat[: len(layers)]):
        draw_eigenvalues(axes, network, layer=number)
    for axes in grid.flat[len(layers) :]:
        axes.set_axis_off()
    if len(network.layers) > len(layers):
        figure.supxlabel(f"{len(network.layers) - len(layers)} more layers are not drawn", fontsize=8)
    return figure


def draw_eigenvalues(axes: Axes, network: Network, *, layer: int = 0) -> None:
    """Draw region, eigenvalues, scales and legend of one layer into given axes; see `eigenvalue_figure`."""
    draw_region(axes, network.family)
    draw_spectra(axes, network, layer=layer)
    _frame(axes, f"Re λ, layer {layer + 1}" if len(network.layers) > 1 else "Re λ")
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


def draw_region(axes: Axes, family: str) -> None:
    """Draw the unit circle, and shaded the region that a family admits."""
    from matplotlib.patches import Circle

    region = region_of(family)
    label = f"region of {family}" if region else None
    disk = region == "disk"
    axes.add_patch(
        Circle(
            (0, 0),
            1,
            facecolor=SHADE if disk else "none",
            edgecolor="0.6",
            linewidth=0.8,
            zorder=1,
            gid="disk",
            label=f"{label}: unit disk" if disk else None,
        )
    )
    if isinstance(region, tuple):
        text = f"{label}: {FAMILIES[family].eigenvalues}"
        axes.plot(region, (0, 0), color=SHADE, linewidth=9, solid_capstyle="butt", zorder=2, gid="region", label=text)


def draw_spectra(axes: Axes, network: Network, *, layer: int = 0) -> None:
    """Draw one mark for each eigenvalue and each group of letters with the same spectrum."""
    from matplotlib.transforms import offset_copy

    groups = [(*_merged(values), letters) for values, letters in _groups(network, layer)]
    every, _ = _merged(tuple(point for points, *_ in groups for point in points))
    holders = {value: [k for k, (points, *_) in enumerate(groups) if _is_among(value, points)] for value in every}
    shared = {value: found for value, found in holders.items() if len(found) > 1}
    for k, (points, counts, letters) in enumerate(groups):
        style: dict[str, Any] = {
            "color": COLOURS[k],
            "markersize": 5.5,
            "markeredgewidth": 1.2,
            "fillstyle": "none",
            "zorder": 4,
        }
        own = [point for point in points if not _is_among(point, list(shared))]
        label = f"x = {shown_letters(letters)}"
        axes.plot([p.real for p in own], [p.imag for p in own], MARKS[k], linestyle="none", label=label, **style)
        for value, found in shared.items():
            if k in found:
                turn = 2 * np.pi * (found.index(k) / len(found)) + np.pi / 4
                away = 4.5 / np.sin(np.pi / max(len(found), 3))
                beside = offset_copy(
                    axes.transData, axes.get_figure(root=True), away * np.cos(turn), away * np.sin(turn), units="points"
                )
                axes.plot([value.real], [value.imag], MARKS[k], transform=beside, **style)
        if len(groups) == 1:
            for point, count in zip(points, counts, strict=True):
                if count > 1:
                    inwards = -6 if point.real > 0 else 6
                    axes.annotate(
                        f"×{count}",
                        (point.real, point.imag),
                        (inwards, 6),
                        textcoords="offset points",
                        ha="right" if inwards < 0 else "left",
                        fontsize=7,
                    )
    axes.plot([v.real for v in shared], [v.imag for v in shared], ".", color=INK, markersize=3.5, zorder=5)


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


def _groups(network: Network, number: int) -> list[tuple[tuple[complex, ...], list[str]]]:
    """Letters by spectrum; what is more than there are marks is one last group of several spectra."""
    layer = network.layers[number]
    names = [str(k) for k in range(layer.letters)]
    if number == 0 and layer.delay == 0:
        names = list(network.letters)
    groups: dict[tuple[complex, ...], list[str]] = {}
    for name, spectrum in zip(names, letter_spectra(layer), strict=False):
        groups.setdefault(tuple(np.round(spectrum, 5).tolist()), []).append(name)
    shown = list(groups.items())
    if len(shown) > _MOST_GROUPS:
        rest = shown[_MOST_GROUPS - 1 :]
        every = tuple(sorted({value for values, _ in rest for value in values}, key=lambda v: (v.real, v.imag)))
        shown = [*shown[: _MOST_GROUPS - 1], (every, [name for _, letters in rest for name in letters])]
    return shown


def _is_among(value: complex, points: list[complex]) -> bool:
    return any(abs(value - point) < _NEAR for point in points)


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


def _frame(axes: Axes, label: str) -> None:
    axes.axhline(0, color="0.8", linewidth=0.5, zorder=1.5)
    axes.axvline(0, color="0.8", linewidth=0.5, zorder=1.5)
    lines = [np.abs(np.asarray(line.get_xydata(), dtype=np.float64)).reshape(-1) for line in axes.lines]
    drawn = np.concatenate([[1.0], *lines])
    reach = float(drawn.max())
    axes.set_xlim(-1.25 * reach, 1.25 * reach)
    axes.set_ylim(-1.25 * reach, 1.25 * reach)
    axes.set_aspect("equal")
    axes.set_xlabel(label, fontsize=8)
    axes.set_ylabel("Im λ", fontsize=8)
    axes.set_xticks([-1, 0, 1], ["−1", "0", "1"])
    axes.set_yticks([-1, 0, 1], ["−1", "0", "1"])
    axes.tick_params(labelsize=7, color=INK)
