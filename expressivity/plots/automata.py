"""The minimal automaton beside the automaton that a network is, with the first wrong transition marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from expressivity.automaton import Automaton, Word
from expressivity.plots.style import BLUE, INK, ORANGE, SHADE, need_matplotlib, shown_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

_MOST_STATES = 14
_MOST_PER_STATE = 2.5  # arrows to other states; of more, only those of the word carry letters
_RADIUS, _BEND = 0.15, 0.18


@dataclass(frozen=True)
class _Box:
    """A rectangle around a text: its middle, and half its width and height."""

    x: float
    y: float
    across: float
    up: float

    def meets(self, other: _Box) -> bool:
        """Whether two rectangles share a point."""
        return abs(self.x - other.x) < self.across + other.across and abs(self.y - other.y) < self.up + other.up


@dataclass(frozen=True)
class Diagram:
    """What is drawn of an automaton.

    Arguments:
        states: the states that are drawn.
        edges: letters on each pair of drawn states.
        hidden: number of states left out.
    """

    states: tuple[int, ...]
    edges: dict[tuple[int, int], tuple[str, ...]]
    hidden: int


def automata_figure(expected: Automaton, realised: Automaton, *, word: Word | None = None) -> Figure:
    """Two automata side by side; accepting states have a double rim and the start an arrow.

    Where there is no room for the letters of an arrow they are left out, those of the word last, and it is said of how
    many arrows.

    With a word on which they differ, its way is drawn heavy, and its last transition, the first one that leads to a
    wrong verdict, is marked: blue where it is right, orange and dashed where it is wrong.

    Arguments:
        expected: the minimal automaton of the language.
        realised: the automaton that a network is, as `realise` gives it.
        word: a shortest word on which they differ, or None.

    Raises:
        ExperimentError: when Matplotlib is not installed.
        LanguageError: when the word has a letter outside an alphabet.
    """
    need_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 3.6), layout="constrained")
    spans = []
    for axes, automaton, colour, label in zip(
        figure.subplots(1, 2), (expected, realised), (BLUE, ORANGE), ("language", "network"), strict=True
    ):
        draw_automaton(axes, automaton, word=word, colour=colour, dashed=label == "network")
        axes.set_xlabel(f"{label}: {axes.get_xlabel()}", fontsize=8)
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        spans.append((high - low) / (right - left))
    figure.set_figheight(3.4 * max(spans) + 0.45)
    return figure


def draw_automaton(
    axes: Axes, automaton: Automaton, *, word: Word | None = None, colour: str = BLUE, dashed: bool = False
) -> None:
    """Draw one automaton into given axes.

    Arguments:
        axes: where to draw; its label says how many states there are, and how many are not drawn.
        automaton: the automaton; of more than 14 states those near the end of the word and the start are drawn.
        word: a word whose way is drawn heavy and its last transition coloured, or None.
        colour: that colour.
        dashed: whether that transition is dashed.

    Raises:
        LanguageError: when the word has a letter outside the alphabet.
    """
    way = [] if word is None else [int(q) for q in automaton.run(automaton.encode(word))]
    diagram = diagram_of(automaton, way)
    bare = _draw(axes, automaton, diagram, way, colour, dashed=dashed)
    hidden = f", {diagram.hidden} not drawn" if diagram.hidden else ""
    without = f"; {bare} arrow{'s' * (bare != 1)} without letters" if bare else ""
    axes.set_xlabel(f"{automaton.states} state{'s' * (automaton.states != 1)}{hidden}{without}", fontsize=8)


def diagram_of(automaton: Automaton, way: list[int]) -> Diagram:
    """The states to draw: all of them, or the last ones on a way and then the first ones breadth-first."""
    order = _breadth_first(automaton)
    chosen = order
    if len(order) > _MOST_STATES:
        last = list(dict.fromkeys(way[::-1]))[: _MOST_STATES - 1]
        wanted = {automaton.start, *last}
        for state in order:
            if len(wanted) >= _MOST_STATES:
                break
            wanted.add(state)
        chosen = [state for state in order if state in wanted]
    edges: dict[tuple[int, int], tuple[str, ...]] = {}
    for state in chosen:
        for letter, target in zip(automaton.letters, automaton.table[:, state].tolist(), strict=True):
            if target in chosen:
                edges[state, target] = (*edges.get((state, target), ()), letter)
    return Diagram(tuple(chosen), edges, automaton.states - len(chosen))


def _breadth_first(automaton: Automaton) -> list[int]:
    order, seen = [automaton.start], {automaton.start}
    for state in order:
        for target in automaton.table[:, state].tolist():
            if target not in seen:
                seen.add(target)
                order.append(target)
    return order


def _draw(axes: Axes, automaton: Automaton, diagram: Diagram, way: list[int], colour: str, *, dashed: bool) -> int:
    """Draw states, edges and letters; returns how many edges have no room for their letters."""
    from matplotlib.patches import Circle

    count = len(diagram.states)
    ring = max(0.62, count * 0.52 / (2 * math.pi)) if count > 1 else 0.0
    place = {
        state: (-ring * math.cos(2 * math.pi * k / count), ring * math.sin(2 * math.pi * k / count))
        for k, state in enumerate(diagram.states)
    }
    circles = {}
    for state, spot in place.items():
        last = bool(way) and state == way[-1]
        rim = colour if last else INK
        circles[state] = Circle(spot, _RADIUS, facecolor=SHADE if last else "white", edgecolor=rim, zorder=3)
        axes.add_patch(circles[state])
        if bool(automaton.accepting[state]):
            axes.add_patch(Circle(spot, _RADIUS * 0.78, fill=False, edgecolor=rim, linewidth=0.8, zorder=3))
        axes.text(*spot, str(state), fontsize=6.5, ha="center", va="center", zorder=4)
    reach = ring + _RADIUS + 0.45
    unit = 2 * reach * axes.figure.dpi / float(axes.get_window_extent().width)  # of an inch
    taken = [_Box(x, y, _RADIUS, _RADIUS) for x, y in place.values()]
    travelled = set(pairwise(way))
    final = (way[-2], way[-1]) if len(way) > 1 else None
    loops = sum(source == target for source, target in diagram.edges)
    crowded = len(diagram.edges) - loops > _MOST_PER_STATE * count
    bare = 0
    for edge in sorted(diagram.edges, key=lambda edge: (edge != final, edge not in travelled, edge[0] != edge[1])):
        marked = edge == final
        look = {
            "color": colour if marked else INK if edge in travelled else "0.45",
            "linewidth": 2.2 if marked else 1.3 if edge in travelled else 0.4 if crowded else 0.8,
            "linestyle": "--" if marked and dashed else "-",
        }
        text = _letters_in_short(diagram.edges[edge], automaton.letters)
        size = (0.034 * len(text) + 0.015) * unit, 0.055 * unit
        boxes = [_Box(x, y, *size) for x, y in _draw_edge(axes, place, circles, edge, look, size)]
        free = [box for box in boxes if not any(box.meets(other) for other in taken)]
        lost = crowded and edge not in travelled and edge[0] != edge[1]
        if lost or not free:
            bare += 1
            continue
        taken.append(free[0])
        axes.text(
            free[0].x,
            free[0].y,
            text,
            fontsize=7,
            ha="center",
            va="center",
            color=look["color"],
            zorder=2.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3},
        )
    _draw_start(axes, place[automaton.start], loop=(automaton.start, automaton.start) in diagram.edges)
    low, high = min(y for _, y in place.values()), max(y for _, y in place.values())
    axes.set_xlim(-reach, reach)
    axes.set_ylim(low - _RADIUS - 0.45, high + _RADIUS + 0.45)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return bare


def _draw_start(axes: Axes, spot: tuple[float, float], *, loop: bool) -> None:
    """The arrow into the start, from below left; steeper where a loop is in its way."""
    turn = math.radians(-118 if loop else -150)
    to, fro = ((spot[0] + r * math.cos(turn), spot[1] + r * math.sin(turn)) for r in (_RADIUS, _RADIUS + 0.32))
    axes.annotate("", to, fro, arrowprops={"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0})


def _letters_in_short(letters: tuple[str, ...], alphabet: tuple[str, ...]) -> str:
    if len(letters) > 2:
        return "all" if len(letters) == len(alphabet) else f"{len(letters)} letters"
    return shown_letters(letters)


def _draw_edge(
    axes: Axes,
    place: dict[int, tuple[float, float]],
    circles: dict[int, Circle],
    edge: tuple[int, int],
    look: dict[str, Any],
    size: tuple[float, float],
) -> list[tuple[float, float]]:
    """Draw an edge; returns places for its letters, of that size from their middle, the best first."""
    from matplotlib.patches import Circle, FancyArrowPatch

    source, target = edge
    x, y = place[source]
    if source == target:
        ring = math.hypot(x, y)
        out = (x / ring, y / ring) if ring else (0.0, 1.0)
        centre = (x + out[0] * (_RADIUS + 0.09), y + out[1] * (_RADIUS + 0.09))
        axes.add_patch(Circle(centre, 0.12, fill=False, zorder=1, **look))
        aside = 0.14 + abs(out[0]) * size[0] + abs(out[1]) * size[1]
        return [(centre[0] + out[0] * d, centre[1] + out[1] * d) for d in (aside, aside + 0.06)]
    there = place[target]
    axes.add_patch(
        FancyArrowPatch(
            (x, y),
            there,
            arrowstyle="-|>",
            mutation_scale=9,
            connectionstyle=f"arc3,rad={_BEND}",
            patchA=circles[source],
            patchB=circles[target],
            shrinkA=1,
            shrinkB=1,
            zorder=2,
            **look,
        )
    )
    dx, dy = there[0] - x, there[1] - y
    length = math.hypot(dx, dy)
    spots = []
    for t in (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78):
        # A point of the bent edge, and a little further out, so that the letter does not sit on the line.
        aside = 2 * t * (1 - t) * _BEND + (0.02 + abs(dy) / length * size[0] + abs(dx) / length * size[1]) / length
        spots.append((x + t * dx + aside * dy, y + t * dy - aside * dx))
    return spots
