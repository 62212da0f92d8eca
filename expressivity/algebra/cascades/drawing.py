"""Cascades and egg-box pictures → Graphviz and SVG text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.levels import Component, Level

_INK, _PALE, _SHADE = "#1f2933", "#f5f7fa", "#c8dcf0"
_RADIUS, _PITCH, _MARGIN = 13, 36, 16
_MOST_STATES = 12  # circles drawn in one component; the caption always gives the true number
_MOST_CHARACTERS = 14  # of a word in an egg box; longer ones are abbreviated


def cascade_dot(cascade: Cascade) -> str:
    """A cascade as Graphviz text: one cluster per level, one box per component, edges for what is read."""
    lines = ["digraph cascade {", "  rankdir=TB;", '  node [shape=box, fontname="Helvetica"];']
    lines.append(f'  input [shape=plaintext, label="letters: {_quoted(_shortened(cascade.automaton.letters))}"];')
    for number, level in enumerate(cascade.levels, start=1):
        lines.append(f"  subgraph cluster_{number} {{")
        lines.append(f'    label="level {number}: {_counted(level.letters, "letter")}";')
        for c, component in enumerate(level.components):
            label = "\\n".join([_counted(component.states, "state"), _maps_in_words(component)])
            lines.append(f'    c{number}_{c} [label="{label}"];')
        lines.append("  }")
    lines.append(f'  output [shape=plaintext, label="state, one of {cascade.automaton.states}"];')
    above = ["input"]
    for number, level in enumerate(cascade.levels, start=1):
        here = [f"c{number}_{c}" for c in range(len(level.components))]
        lines += [f"  {source} -> {target};" for source in above for target in here]
        above = [name for c, name in enumerate(here) if (level.active == c).any()] or here[:1]
    lines += [f"  {source} -> output;" for source in above]
    return "\n".join([*lines, "}", ""])


def cascade_svg(cascade: Cascade) -> str:
    """A cascade as SVG text: levels from top to bottom, their components side by side, start states filled."""
    shapes: list[str] = []
    top, widest = _MARGIN + 14, 300
    shapes.append(_text(_MARGIN, top, f"letters: {_shortened(cascade.automaton.letters)}"))
    top += 12
    for number, level in enumerate(cascade.levels, start=1):
        shapes.append(_arrow(_MARGIN + 20, top, top + 22))
        shapes.append(_text(_MARGIN + 30, top + 16, _counted(level.letters, "letter"), size=11))
        top += 24
        band, width = _level_band(number, level, top)
        shapes += band
        widest = max(widest, width)
        top += 102
    shapes.append(_arrow(_MARGIN + 20, top, top + 22))
    top += 38
    shapes.append(_text(_MARGIN, top, f"state after the step, one of {cascade.automaton.states} ({cascade.kind})"))
    return _svg(widest + 2 * _MARGIN, top + _MARGIN, shapes)


def egg_box_svg(classes: Sequence[Mapping[str, Any]]) -> str:
    """The egg-box picture of a monoid as SVG text: one table per 𝒟-class, largest rank first, groups shaded.

    Arguments:
        classes: one mapping per 𝒟-class with `rank` (size of the images), `h_size` (elements per box), `is_group`
            (rows of booleans, one row per ℛ-class and one column per ℒ-class) and `words` (a word for each box, as a
            list of letters; the empty one is shown as ε).
    """
    shapes: list[str] = []
    top, widest = _MARGIN, 240
    for entry in sorted(classes, key=lambda entry: -int(entry["rank"])):
        groups, words = entry["is_group"], entry["words"]
        labels = [[_word(word) for word in row] for row in words]
        cell = max((len(label) for row in labels for label in row), default=1) * 7 + 14
        rows, columns = len(labels), len(labels[0]) if labels else 0
        regular = any(any(row) for row in groups)
        caption = (
            f"rank {entry['rank']}: {rows} × {columns} boxes of {_counted(int(entry['h_size']), 'element')}"
            f"{'' if regular else ', not regular'}"
        )
        shapes.append(_text(_MARGIN, top + 12, caption, size=12))
        top += 20
        for i, row in enumerate(labels):
            for j, label in enumerate(row):
                left, fill = _MARGIN + j * cell, _SHADE if groups[i][j] else "white"
                shapes.append(_rectangle(left, top, cell, 24, fill))
                shapes.append(_text(left + cell / 2, top + 16, label, size=11, anchor="middle"))
            top += 24
        widest = max(widest, columns * cell, 7 * len(caption))
        top += 18
    return _svg(widest + 2 * _MARGIN, top, shapes)


def _level_band(number: int, level: Level, top: int) -> tuple[list[str], int]:
    """Shapes of one level, and its width."""
    shapes = []
    left = _MARGIN + 64
    for c, component in enumerate(level.components):
        shown = min(component.states, _MOST_STATES)
        caption = [
            _counted(component.states, "state") + ("" if (level.active == c).any() else ", not read"),
            _maps_in_words(component),
        ]
        width = max(shown * _PITCH + 12, max(len(line) for line in caption) * 6 + 16)
        shapes.append(_rectangle(left, top, width, 94, _PALE))
        for state in range(shown):
            x, fill = left + 24 + state * _PITCH, _SHADE if state == component.start else "white"
            shapes.append(f'<circle cx="{x}" cy="{top + 26}" r="{_RADIUS}" fill="{fill}" stroke="{_INK}"/>')
            label = "…" if state == shown - 1 < component.states - 1 else str(state)
            shapes.append(_text(x, top + 30, label, size=11, anchor="middle"))
        shapes.append(_text(left + 8, top + 62, caption[0], size=11))
        shapes.append(_text(left + 8, top + 80, caption[1], size=11))
        left += width + 12
    return [_text(_MARGIN, top + 30, f"level {number}"), *shapes], left - _MARGIN


def _maps_in_words(component: Component) -> str:
    """How many maps of each kind a component has."""
    identity = (component.maps == np.arange(component.states)).all(axis=1)
    constant = (component.maps == component.maps[:, :1]).all(axis=1) & ~identity
    kinds = [
        _counted(int((~identity & ~constant).sum()), "permutation"),
        _counted(int(constant.sum()), "reset"),
        "identity" if identity.any() else "",
    ]
    return ", ".join(kind for kind in kinds if kind and not kind.startswith("0 "))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shortened(letters: Sequence[str]) -> str:
    return ", ".join(letters[:8]) + (", …" if len(letters) > 8 else "")


def _word(word: Sequence[str]) -> str:
    text = ("" if all(len(letter) == 1 for letter in word) else " ").join(word)
    return text[: _MOST_CHARACTERS - 1] + "…" if len(text) > _MOST_CHARACTERS else text or "ε"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _text(x: int | float, y: int | float, text: str, *, size: int = 13, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'


def _rectangle(x: int | float, y: int | float, width: int | float, height: int | float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" stroke="{_INK}"/>'


def _arrow(x: int | float, top: int | float, bottom: int | float) -> str:
    return f'<path d="M{x:g} {top:g} V{bottom:g} m-4 -6 l4 6 l4 -6" fill="none" stroke="{_INK}"/>'


def _svg(width: int | float, height: int | float, shapes: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, sans-serif" fill="{_INK}">'
    )
    background = f'<rect width="{width:g}" height="{height:g}" fill="white"/>'
    return "\n".join([head, background, *shapes, "</svg>", ""])
