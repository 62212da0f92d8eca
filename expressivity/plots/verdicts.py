"""The verdict table as a picture: families across, languages and arithmetics down, one mark for each answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from expressivity.errors import ExperimentError
from expressivity.plots.style import need_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CELL = 0.2  # inches
_LETTER = 0.054  # inches that a letter of an arithmetic takes
_LEGEND = 2.3  # inches of an entry of the legend
_GAP = 0.35  # between languages, in cells
_STYLES: dict[str, tuple[str, dict[str, Any], str]] = {
    # answer: mark, look of the cell, colour of the mark
    "yes": ("✓", {"facecolor": "#1f5a96", "edgecolor": "white"}, "white"),
    "no": ("✗", {"facecolor": "#f6c26b", "edgecolor": "white"}, "black"),
    "open": ("", {"facecolor": "white", "edgecolor": "0.75", "hatch": "////"}, "black"),
}
_NAMES = {
    "yes": "yes: a network, certified for all lengths",
    "no": "no: impossible by a theorem, hypotheses discharged",
    "open": "open",
}


def verdict_map(answers: Mapping[tuple[str, str, str], str]) -> Figure:
    """A map of verdicts that reads in grey and with any colour vision.

    Arguments:
        answers: "yes", "no" or "open" for (language, family, arithmetic), in the order to be shown.

    Returns:
        A figure that belongs to no window; save it with `plots.save_figure`.

    Raises:
        ExperimentError: when there is nothing to draw, an answer is unknown, or Matplotlib is not installed.
    """
    if not answers:
        raise ExperimentError("there is no verdict to draw; give at least one")
    unknown = sorted(set(answers.values()) - set(_STYLES))
    if unknown:
        raise ExperimentError(f"answers {', '.join(map(repr, unknown))} are not known; expected yes, no or open")
    need_matplotlib()
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle

    languages = list(dict.fromkeys(language for language, _, _ in answers))
    families = list(dict.fromkeys(family for _, family, _ in answers))
    places: dict[tuple[str, str], float] = {}
    middles: dict[str, float] = {}
    top = 0.0
    for language in languages:
        mine = dict.fromkeys(arithmetic for other, _, arithmetic in answers if other == language)
        middles[language] = top + len(mine) / 2
        for arithmetic in mine:
            places[language, arithmetic] = top
            top += 1
        top += _GAP
    height = top - _GAP
    present = [answer for answer in _STYLES if answer in answers.values()]
    # Everything in inches: cells of one size, and beside them what the longest labels need.
    aside = _LETTER * max(len(arithmetic) for _, arithmetic in places) + 0.14
    left = aside + 1.25 * _LETTER * max(map(len, languages)) + 0.1
    slanted = max(1.1 * _LETTER * len(name) for name in families)
    right = max(0.65 * 1.1 * _LETTER * len(name) - _CELL * back for back, name in enumerate(reversed(families)))
    width = max(left + _CELL * len(families) + max(right, 0.1), 3.4)
    rows = 1 if width > _LEGEND * len(present) else len(present)
    above, below = 0.8 * slanted + 0.15, 0.15 * rows + 0.2
    tall = above + _CELL * height + below
    figure = Figure(figsize=(width, tall))
    axes = figure.add_axes((left / width, below / tall, _CELL * len(families) / width, _CELL * height / tall))
    for (language, family, arithmetic), answer in answers.items():
        mark, look, ink = _STYLES[answer]
        x, y = families.index(family), places[language, arithmetic]
        axes.add_patch(Rectangle((x + 0.03, y + 0.03), 0.94, 0.94, linewidth=0.6, **look))
        axes.text(x + 0.5, y + 0.52, mark, ha="center", va="center", fontsize=7, color=ink)
    axes.set_xlim(0, len(families))
    axes.set_ylim(height, 0)
    axes.set_xticks([x + 0.5 for x in range(len(families))], families, rotation=50, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.set_yticks([y + 0.5 for y in places.values()], [arithmetic for _, arithmetic in places])
    for language, middle in middles.items():
        axes.annotate(
            _shown(language),
            (0, middle),
            (-72 * aside, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
        )
    axes.tick_params(length=0, labelsize=7)
    axes.tick_params(axis="y", labelsize=6.5)
    axes.spines[:].set_visible(False)
    figure.legend(
        handles=[Patch(label=_NAMES[answer], **_STYLES[answer][1]) for answer in present],
        loc="lower center",
        ncols=1 if rows > 1 else len(present),
        fontsize=7,
        frameon=False,
    )
    return figure


def _shown(language: str) -> str:
    """Groups and moduli as mathematics writes them."""
    language = re.sub(r"^([ACDS])(\d+)$", r"$\1_{\2}$", language)
    return re.sub(r"^mod(\d+)$", r"mod \1", language).replace("-", " ")
