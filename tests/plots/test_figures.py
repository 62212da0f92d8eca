"""Figures of networks, automata and monoids: what is drawn, where it is, and that it stays within the figure."""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="needs Matplotlib (pip install 'expressivity[playground]')")

from figure_checks import outside, overlapping

import expressivity as ex
from expressivity.algebra.green import greens_relations
from expressivity.algebra.holonomy import holonomy
from expressivity.algebra.monoid import transition_monoid
from expressivity.algebra.subset_cover import subset_cover
from expressivity.exact import rationals
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.transition import DiagonalTransition
from expressivity.plots.automata import diagram_of
from expressivity.plots.cascades import maps_in_words
from expressivity.plots.eigenvalues import letter_spectra, region_of


def texts(axes):
    return [text.get_text() for text in axes.texts]


def egg_boxes(name):
    relations = greens_relations(transition_monoid(ex.language(name)))
    return [relations.egg_box(d_class) for d_class in relations.d_classes]


@pytest.fixture(scope="module")
def mod5():
    return ex.compile("mod5", "deltaproduct")


def all_figures(mod5):
    word = ("1",) * 11
    exact, rounded = ex.word_states(mod5, "1" * 24), ex.word_states(mod5, "1" * 24, "fp8_e4m3fn")
    yield ex.eigenvalue_figure(mod5)
    yield ex.eigenvalue_figure(ex.compile("S5-transpositions", "deltanet-signed"))
    yield ex.eigenvalue_figure(ex.compile("S4", "deltanet-signed"))
    yield ex.orbit_figure(exact)
    yield ex.orbit_figure(ex.word_states(ex.compile("parity", "mamba-signed"), "1" * 7))
    yield ex.drift_figure(exact, rounded, label="fp8_e4m3fn", horizon=11)
    yield ex.drift_figure(exact, exact, label="nothing lost")
    yield ex.cascade_figure(subset_cover(ex.language("tomita-7")))
    yield ex.cascade_figure(holonomy(ex.language("T4")))
    yield ex.egg_box_figure(egg_boxes("T3"))
    yield ex.automata_figure(ex.language("mod5").minimal(), ex.realise(mod5, "fp8_e4m3fn"), word=word)


def test_no_text_leaves_a_figure_or_lies_on_another_and_there_are_no_titles(mod5) -> None:
    for number, figure in enumerate(all_figures(mod5)):
        assert outside(figure) == [], number
        assert overlapping(figure) == [], number
        assert [axes.get_title() for axes in figure.axes if axes.get_title()] == [], number


def test_the_checks_of_figures_find_a_planted_fault(mod5) -> None:
    figure = ex.orbit_figure(ex.word_states(mod5, "1" * 5))
    figure.text(0.5, 1.2, "above the figure")
    figure.text(0.4, 0.5, "one")
    figure.text(0.4, 0.5, "two")
    assert outside(figure) == ["above the figure"]
    assert ("one", "two") in overlapping(figure)


def test_eigenvalues_are_those_of_the_letters_inside_the_region_of_the_family(mod5) -> None:
    figure = ex.eigenvalue_figure(mod5)
    (axes,) = figure.axes
    marks = next(line for line in axes.lines if str(line.get_label()).startswith("x = "))
    points = marks.get_xdata() + 1j * np.asarray(marks.get_ydata())
    assert np.allclose(np.sort_complex(points), np.sort_complex(np.exp([2j * np.pi / 5, -2j * np.pi / 5])))
    assert [legend.get_text() for legend in axes.get_legend().get_texts()] == ["x = 1", "x = BOS"]
    assert [patch.get_gid() for patch in axes.patches] == ["disk"]


@pytest.mark.parametrize(
    ("family", "region"),
    [("mamba", (0.0, 1.0)), ("deltanet-signed", (-1.0, 1.0)), ("deltaproduct", "disk"), ("dense", None), ("", None)],
)
def test_the_region_of_a_family_is_read_from_the_family(family, region) -> None:
    assert region_of(family) == region


def test_letters_with_one_spectrum_share_a_mark_and_many_spectra_are_gathered() -> None:
    strengths = [Fraction(k, 8) for k in (0, 1, 2, 3, 4, 5, 6, 7, 8, 8)]
    diagonal = rationals(np.array(strengths, dtype=object).reshape(10, 1))
    readout = single_block(rationals(np.array([[0], [1]])), np.tile([0, 1], (10, 1)), 2)
    layer = Layer(DiagonalTransition(diagonal), no_input(10, 1), rationals([[1]]), readout)
    network = ex.Network(tuple("abcdefghij"), (layer,), family="mamba")
    (axes,) = ex.eigenvalue_figure(network).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["x = a", "x = b", "x = c", "x = d", "x = e", "x = f, g, … (5 letters)"]
    assert np.array_equal(np.concatenate(letter_spectra(layer)), np.array([float(s) for s in strengths]))


def test_an_orbit_numbers_the_steps_that_visit_a_point(mod5) -> None:
    (axes,) = ex.orbit_figure(ex.word_states(mod5, "1" * 12)).axes
    assert sorted(texts(axes)) == ["0, 5, 10", "1, 6, 11", "2, 7", "3, 8", "4, 9"]


def test_states_of_a_word_are_exact_rounded_or_refused(mod5) -> None:
    states = ex.word_states(mod5, "1" * 10)
    assert np.allclose(states[0], [1, 0])
    assert np.array_equal(states[0], states[5])
    assert np.array_equal(states[0], states[10])
    assert not np.array_equal(*ex.word_states(mod5, "1" * 5, "fp8_e4m3fn")[[0, 5]])
    with pytest.raises(ex.ExperimentError, match=r"2001 letters is too long to draw; .*layer 3 is not there"):
        ex.word_states(mod5, "1" * 2001, layer=3)
    with pytest.raises(ex.LanguageError, match="letter '0'"):
        ex.word_states(mod5, "10")


def test_the_drift_marks_the_first_wrong_verdict(mod5) -> None:
    exact, rounded = ex.word_states(mod5, "1" * 24), ex.word_states(mod5, "1" * 24, "fp8_e4m3fn")
    _, right = ex.drift_figure(exact, rounded, horizon=11).axes
    assert texts(right) == ["wrong verdict at t = 11"]
    distances = right.lines[0].get_ydata()
    assert distances[0] == 0
    assert distances[11] == pytest.approx(np.linalg.norm(exact[11] - rounded[11]))
    with pytest.raises(ex.ExperimentError, match="give two equal shapes"):
        ex.drift_figure(exact, rounded[1:])


def test_a_cascade_shows_every_component_with_its_maps() -> None:
    cascade = holonomy(ex.language("T3"))
    (axes,) = ex.cascade_figure(cascade).axes
    shown = texts(axes)
    assert [text for text in shown if text.startswith("level ")] == ["level 1", "level 2"]
    for level in cascade.levels:
        for component in level.components:
            assert maps_in_words(component) in shown
            assert f"{component.states} states" in shown
    assert "state, one of 3" in shown


def test_an_egg_box_shades_exactly_the_groups() -> None:
    boxes = egg_boxes("T3")
    (axes,) = ex.egg_box_figure(boxes).axes
    shaded = sum(patch.get_facecolor()[:3] != (1.0, 1.0, 1.0) for patch in axes.patches)
    assert shaded == sum(int(box.is_group.sum()) for box in boxes) == 1 + 6 + 3
    assert len(axes.patches) == 1 + 9 + 3
    assert "rank 2: 3 × 3 boxes of 2 elements" in texts(axes)
    with pytest.raises(ex.ExperimentError, match="at least one egg-box"):
        ex.egg_box_figure([])


def test_the_first_wrong_transition_is_the_only_dashed_one(mod5) -> None:
    language, realised = ex.language("mod5").minimal(), ex.realise(mod5, "fp8_e4m3fn")
    left, right = ex.automata_figure(language, realised, word="1" * 11).axes
    dashed = [patch for patch in right.patches if patch.get_linestyle() in ("--", "dashed")]
    assert len(dashed) == 1
    assert not [patch for patch in left.patches if patch.get_linestyle() in ("--", "dashed")]
    assert [left.get_xlabel(), right.get_xlabel()] == ["language: 5 states", "network: 31 states, 17 not drawn"]
    right_of_none = ex.automata_figure(language, realised).axes[1]
    assert not [patch for patch in right_of_none.patches if patch.get_linestyle() in ("--", "dashed")]


def test_a_large_automaton_is_cut_around_the_end_of_the_word(mod5) -> None:
    realised = ex.realise(mod5, "fp8_e4m3fn")
    way = [int(q) for q in realised.run(realised.encode("1" * 20))]
    diagram = diagram_of(realised, way)
    assert len(diagram.states) == 14
    assert diagram.hidden == realised.states - 14
    assert set(way[-12:]) <= set(diagram.states)


def test_figures_change_nothing_global(mod5) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    list(all_figures(mod5))
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
