"""The project in one look: a language, weights compiled for it, and the three verdicts there are, as one picture."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

from expressivity.constructions.compiler import compile as compile_network
from expressivity.errors import ExperimentError
from expressivity.languages import language
from expressivity.networks.families import FAMILIES
from expressivity.plots import need_matplotlib
from expressivity.plots.automata import draw_automaton
from expressivity.plots.eigenvalues import draw_region, draw_spectra
from expressivity.plots.orbits import draw_orbit
from expressivity.plots.style import BLUE, INK, ORANGE, SHADE
from expressivity.verification.answers import Counterexample, Equivalent, Impossible
from expressivity.verification.refute import refute
from expressivity.verification.traces import trace
from expressivity.verification.verify import verify

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LANGUAGE, FAMILY, FORMAT, TOO_WEAK = "mod5", "deltaproduct", "fp8_e4m3fn", "mamba"
"""What the picture tells of: counting modulo 5, by a rotation, in fp8, and in a family that cannot."""

_WIDTH, _HEIGHT, _PANEL, _BOTTOM = 11.0, 3.6, 2.0, 0.92  # inches


def one_look_figure() -> Figure:
    """From left to right: the language, the weights, and "proved", "fails" and "impossible".

    Every word and number is computed when the picture is drawn: two verdicts of `verify`, one of `refute`.

    Returns:
        A figure of 11 × 3.6 inches.

    Raises:
        ExperimentError: when one of the three verdicts is another than the picture tells, or Matplotlib is missing.
    """
    need_matplotlib()
    from matplotlib.figure import Figure

    wanted = language(LANGUAGE).minimal()
    network = compile_network(wanted, FAMILY)
    proof, failure = verify(network, wanted), verify(network, wanted, arithmetic=FORMAT)
    impossible = refute(TOO_WEAK, wanted)
    word = failure.word if isinstance(failure, Counterexample) else None
    if not isinstance(proof, Equivalent) or word is None or not isinstance(impossible, Impossible):
        raise ExperimentError(
            f"the picture tells that a network is right in exact arithmetic and wrong in {FORMAT}, and that "
            f"{TOO_WEAK} cannot; found {proof!r}, {failure!r}, {impossible!r}; see `expressivity verify`"
        )
    right = wanted.accepts(word)
    figure = Figure(figsize=(_WIDTH, _HEIGHT))
    automaton, weights, exact, rounded, forbidden = (_panel(figure, column) for column in range(5))
    draw_automaton(automaton, wanted)
    _bare(automaton, 0.98)
    automaton.set_xlim(-1.1, 0.86)
    for axes, family in ((weights, FAMILY), (forbidden, TOO_WEAK)):
        draw_region(axes, family)
        _bare(axes, 1.12)
    draw_spectra(weights, network)
    states, way = trace(network, word).floats(), [int(q) for q in wanted.run(wanted.encode(word))]
    for axes in (exact, rounded):
        _draw_states(axes, states, way)
        _bare(axes, 1.25)
    draw_orbit(exact, states, mark="")
    _draw_failure(rounded, states, trace(network, word, FORMAT).floats(), way)
    _bare(exact, 1.25)
    _bare(rounded, 1.25)
    region, period = FAMILIES[TOO_WEAK].eigenvalues, re.findall(r"period \d+", impossible.confuses)
    powers = ", ".join("".join(impossible.pair[1]) * k for k in (1, 2, 3))
    forbidden.text(
        0, -0.2, f"the language has\n{''.join(period)}\non {powers}, …", fontsize=9, ha="center", va="top", color=INK
    )
    reason = re.sub(r" \([^()]*\)$", "", impossible.statement.split(", but ")[-1])  # without its source
    captions = (
        ("language", "minimal automaton", f"words whose length\nis divisible by {wanted.states}", INK),
        ("weights", f"compiled: {FAMILY}", "eigenvalues of A(1), in the\nregion the family admits", INK),
        ("✓ proved", "exact arithmetic", f"right on all words: {proof.boxes} states,\nwith a certificate", BLUE),
        (
            "✗ fails",
            f"the same weights in {FORMAT.split('_')[0]}",
            f"fails first after {len(word)} letters:\n{'rejects, must accept' if right else 'accepts, must reject'}",
            ORANGE,
        ),
        (
            "⊘ impossible",
            f"{TOO_WEAK}: eigenvalues in {region}",
            textwrap.fill(reason, 31, break_on_hyphens=False),
            ORANGE,
        ),
    )
    for column, caption in enumerate(captions):
        _caption(figure, column, *caption)
    for column in (1, 2):
        figure.text(column / 5, (_BOTTOM + _PANEL / 2) / _HEIGHT, "→", fontsize=18, ha="center", va="center", color=INK)
    return figure


def _left(column: int) -> float:
    """Where a panel begins, in inches."""
    gap = _WIDTH / 5 - _PANEL
    return gap / 2 + column * _WIDTH / 5


def _panel(figure: Figure, column: int) -> Axes:
    where = (_left(column) / _WIDTH, _BOTTOM / _HEIGHT, _PANEL / _WIDTH, _PANEL / _HEIGHT)
    return figure.add_axes(where)


def _bare(axes: Axes, reach: float) -> None:
    """A square around the origin, without a frame and without numbers, which would be too small to be read."""
    axes.set_aspect("equal", adjustable="box")
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], xlabel="", ylabel="")
    axes.spines[:].set_visible(False)


def _draw_states(axes: Axes, states: Float64[np.ndarray, "time width"], way: list[int]) -> None:
    """A disc with the number of the automaton's state where the exact network is in it."""
    for state in sorted(set(way)):
        x, y = states[way.index(state), :2]
        axes.plot([x], [y], "o", color=SHADE, markersize=15, zorder=3)
        axes.text(x, y, str(state), fontsize=8, ha="center", va="center", color=INK, zorder=6)


def _draw_failure(
    axes: Axes, exact: Float64[np.ndarray, "time width"], rounded: Float64[np.ndarray, "time width"], way: list[int]
) -> None:
    """The rounded orbit among the exact states, its last state ringed, and which state that is taken for."""
    draw_orbit(axes, rounded, colour=ORANGE, mark="x")
    x, y = rounded[-1, :2]
    nearest = int(np.argmin(np.linalg.norm(exact - rounded[-1], axis=1)))
    axes.plot([x], [y], "o", color=ORANGE, markersize=12, markerfacecolor="none", markeredgewidth=2.4, zorder=7)
    text = f"step {len(rounded) - 1}\nread as {way[nearest]},\nnot {way[-1]}"
    axes.annotate(
        text,
        (x, y),
        (-0.08, 0),
        textcoords="data",
        fontsize=9,
        ha="center",
        va="center",
        weight="bold",
        color=ORANGE,
        arrowprops={"arrowstyle": "-", "color": ORANGE, "linewidth": 1.4, "shrinkB": 6},
        zorder=7,
    )


def _caption(figure: Figure, column: int, name: str, what: str, below: str, colour: str) -> None:
    middle = (_left(column) + _PANEL / 2) / _WIDTH
    figure.text(middle, 3.4 / _HEIGHT, name, fontsize=14, weight="bold", ha="center", va="center", color=colour)
    figure.text(middle, 3.1 / _HEIGHT, what, fontsize=10, ha="center", va="center", color=colour)
    figure.text(middle, 0.8 / _HEIGHT, below, fontsize=9, ha="center", va="top", color=INK, linespacing=1.25)
