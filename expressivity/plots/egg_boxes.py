"""The egg-box picture of a monoid: one table per 𝒟-class, groups shaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from expressivity.algebra.monoids.green import EggBox
from expressivity.errors import ExperimentError
from expressivity.plots.style import INK, SHADE, need_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW, _LETTER = 0.26, 0.075  # inches
_MOST_CHARACTERS, _MOST_BOXES = 12, 12


def egg_box_figure(boxes: Sequence[EggBox]) -> Figure:
    """The egg-box picture: 𝒟-classes by falling rank, rows are ℛ-classes, columns ℒ-classes, groups shaded.

    A box shows a word of one of its elements, of the idempotent where there is one, and the number of its elements
    when there are several. Classes of more than 12 rows or columns are cut, and say so.

    Arguments:
        boxes: the 𝒟-classes, as `GreensRelations.egg_box` gives them.

    Raises:
        ExperimentError: when there is no class, or Matplotlib is not installed.
    """
    if not boxes:
        raise ExperimentError("there is no class to draw; give at least one egg-box")
    need_matplotlib()
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    tables = []
    for box in sorted(boxes, key=lambda box: -box.rank):
        rows, columns, members = box.boxes.shape
        cut = [row[:_MOST_BOXES] for row in box.words[:_MOST_BOXES]]
        labels = [[_shown(word, members) for word in row] for row in cut]
        kind = "" if box.is_group.any() else ", not regular"
        some = f", {len(labels)} × {len(labels[0])} drawn" if (len(labels), len(labels[0])) != (rows, columns) else ""
        size = f"{members} element{'s' * (members > 1)}"
        tables.append((box, labels, f"rank {box.rank}: {rows} × {columns} boxes of {size}{kind}{some}"))
    cells = [max(len(label) for row in labels for label in row) * _LETTER + 0.16 for _, labels, _ in tables]
    width = max(
        max(len(labels[0]) * cell for (_, labels, _), cell in zip(tables, cells, strict=True)),
        max(len(caption) for *_, caption in tables) * _LETTER,
    )
    height = sum(len(labels) * _ROW + 0.42 for _, labels, _ in tables)
    figure = Figure(figsize=(width + 0.2, height + 0.1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-0.1, width + 0.1)
    axes.set_ylim(height + 0.05, -0.05)
    axes.set_axis_off()
    top = 0.0
    for (box, labels, caption), cell in zip(tables, cells, strict=True):
        axes.text(0, top + 0.12, caption, fontsize=8, va="center", color=INK)
        top += 0.26
        for i, row in enumerate(labels):
            for j, label in enumerate(row):
                colour = SHADE if box.is_group[i, j] else "white"
                axes.add_patch(Rectangle((j * cell, top), cell, _ROW, facecolor=colour, edgecolor=INK, linewidth=0.6))
                axes.text((j + 0.5) * cell, top + _ROW / 2, label, fontsize=7.5, ha="center", va="center", color=INK)
            top += _ROW
        top += 0.16
    return figure


def _shown(word: tuple[str, ...], members: int) -> str:
    text = ("" if all(len(letter) == 1 for letter in word) else " ").join(word)
    text = text[: _MOST_CHARACTERS - 1] + "…" if len(text) > _MOST_CHARACTERS else text or "ε"
    return f"{text}  ×{members}" if members > 1 else text
