"""Draw the picture of the README: `python benchmarks/readme_picture.py` writes docs/one_look.png.

One network that counts modulo 5 by a rotation, from language to verdict: right for all lengths in exact arithmetic,
wrong after 11 letters in fp8. Every word and number in it is computed here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.figure import Figure

import expressivity as ex
from expressivity.plots import save_figure
from expressivity.plots.automata import draw_automaton
from expressivity.plots.eigenvalues import draw_eigenvalues
from expressivity.plots.orbits import draw_orbit
from expressivity.plots.style import BLUE, INK, ORANGE

PATH = Path(__file__).resolve().parents[1] / "docs" / "one_look.png"
FORMAT = "fp8_e4m3fn"


def picture() -> Figure:
    """The picture: language, weights, and the verdicts of two arithmetics, from left to right."""
    language = ex.language("mod5").minimal()
    network = ex.compile(language, "deltaproduct")
    proof, failure = ex.verify(network, language), ex.verify(network, language, arithmetic=FORMAT)
    if not isinstance(proof, ex.Equivalent) or not isinstance(failure, ex.Counterexample):
        sys.exit("the picture tells a story that no longer holds; choose another network")
    length = len(failure.word)
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    automaton, disk, exact, rounded = figure.subplots(1, 4)
    draw_automaton(automaton, language)
    automaton.set_xlabel("")
    draw_eigenvalues(disk, network)
    draw_orbit(exact, ex.word_states(network, failure.word), numbered=True)
    draw_orbit(rounded, ex.word_states(network, failure.word, FORMAT), colour=ORANGE, mark="x")
    for axes in (exact, rounded):
        axes.set_aspect("equal", adjustable="box")
        axes.set_xlim(-1.25, 1.25)
        axes.set_ylim(-1.25, 1.25)
    captions = (
        (automaton, "a regular language:\nthe length is divisible by 5", INK),
        (disk, "DeltaProduct weights compiled for it:\neigenvalues of A(x) in the unit disk", INK),
        (exact, f"exact arithmetic: proved for all\nlengths, {proof.boxes} states, certificate", BLUE),
        (rounded, f"fp8: fails first on a word of\n{length} letters, the shortest", ORANGE),
    )
    for axes, text, colour in captions:
        axes.text(0.5, 1.06, text, transform=axes.transAxes, ha="center", va="bottom", fontsize=9, color=colour)
    return figure


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    save_figure(picture(), PATH)
    print(f"written to {PATH}")
