"""Figures of networks, automata and monoids: what is drawn, where it is, and that it stays within the figure."""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="needs Matplotlib (pip install 'expressivity[playground]')")

from hypothesis import given

import expressivity as ex
from expressivity import strategies
from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.algebra.monoids.green import greens_relations
from expressivity.algebra.monoids.monoid import transition_monoid
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.plots.automata import diagram_of
from expressivity.plots.cascades import maps_in_words
from expressivity.plots.eigenvalues import letter_spectra, region_of
from expressivity.plots.style import save_figure
from expressivity.plots.verdicts import verdict_map
from oracles.effort import few
from oracles.figures import outside, overlapping, too_small


def states_of(network, word, arithmetic="exact"):
    return ex.trace(network, word, arithmetic).floats()


def texts(axes):
    return [text.get_text() for text in axes.texts]


def egg_boxes(name):
    relations = greens_relations(transition_monoid(ex.language(name)))
    return [relations.egg_box(d_class) for d_class in relations.d_classes]


FIVE = ex.language("S5-transpositions").letters


def verdicts():
    arithmetics = ("exact", "bf16/fused", "exact:bf16/exact-then-cast", "uint8")
    languages = ("parity", "mod3", "S5", "dyck-1-depth-2", "T3", "C5", "A5", "flip-flop", "tomita-3")
    families = sorted(ex.FAMILIES)[:12]
    keys = [
        (language, family, arithmetic) for language in languages for family in families for arithmetic in arithmetics
    ]
    return {key: ("yes", "no", "open")[number * 7 % 11 % 3] for number, key in enumerate(keys)}


@pytest.fixture(scope="module")
def mod5():
    return ex.compile("mod5", "deltaproduct")


def all_figures(mod5):
    word = ("1",) * 11
    exact, rounded = states_of(mod5, "1" * 24), states_of(mod5, "1" * 24, "fp8_e4m3fn")
    yield ex.eigenvalue_figure(mod5)
    yield ex.eigenvalue_figure(ex.compile("S5-transpositions", "deltanet-signed"))
    yield ex.eigenvalue_figure(ex.compile("S4", "deltanet-signed"))
    yield ex.orbit_figure(exact)
    yield ex.orbit_figure(states_of(ex.compile("parity", "mamba-signed"), "1" * 7))
    yield ex.drift_figure(exact, rounded, label="fp8_e4m3fn", horizon=11)
    yield ex.drift_figure(exact, exact, label="nothing lost")
    one = ex.compile("parity", "deltanet-signed")
    yield ex.drift_figure(*(states_of(one, "1" * 9, a) for a in ("exact", "fp8_e5m2")), label="fp8_e5m2")
    yield ex.orbit_figure(states_of(ex.compile("S5-transpositions", "deltanet-signed"), FIVE * 3))
    for language, family in (("tomita-4", "mamba"), ("mod3", "complex-diagonal"), ("parity", "rwkv7-signed")):
        yield ex.eigenvalue_figure(ex.compile(language, family))
    yield ex.cascade_figure(holonomy(ex.language("S4")))
    yield ex.egg_box_figure(egg_boxes("S4"))
    yield ex.egg_box_figure(egg_boxes("tomita-3"))
    for name in ("parity", "S3", "dyck-1-depth-3", "flip-flop"):
        yield ex.automata_figure(ex.language(name).minimal(), ex.language(name).minimal())
    yield verdict_map(verdicts())
    yield ex.cascade_figure(subset_cover(ex.language("tomita-7")))
    yield ex.cascade_figure(holonomy(ex.language("T4")))
    yield ex.egg_box_figure(egg_boxes("T3"))
    yield ex.automata_figure(ex.language("mod5").minimal(), ex.realise(mod5, "fp8_e4m3fn"), word=word)


@pytest.mark.slow
def test_no_text_leaves_a_figure_or_lies_on_another_and_there_are_no_titles(mod5) -> None:
    for number, figure in enumerate(all_figures(mod5)):
        assert outside(figure) == [], number
        assert overlapping(figure) == [], number
        assert too_small(figure) == [], number
        assert [axes.get_title() for axes in figure.axes if axes.get_title()] == [], number


def test_the_checks_of_figures_find_a_planted_fault(mod5) -> None:
    figure = ex.orbit_figure(states_of(mod5, "1" * 5))
    figure.text(0.5, 1.2, "above the figure")
    figure.text(0.4, 0.5, "one")
    figure.text(0.4, 0.5, "two")
    figure.text(0.1, 0.5, "tiny", fontsize=4)
    assert outside(figure) == ["above the figure"]
    assert ("one", "two") in overlapping(figure)
    assert too_small(figure) == ["tiny"]


def test_slanted_texts_side_by_side_do_not_overlap_but_crossing_ones_do() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 4))
    for x in (0.2, 0.3):
        figure.text(x, 0.2, f"a slanted label {x}", rotation=50, rotation_mode="anchor", fontsize=8)
    assert overlapping(figure) == []
    figure.text(0.22, 0.3, "across both of them", fontsize=8)
    assert len(overlapping(figure)) == 2


@few
@given(strategies.automata(states=(1, 5)))
def test_figures_of_any_automaton_keep_their_texts_apart(automaton) -> None:
    minimal = automaton.minimal()
    figures = [ex.automata_figure(minimal, automaton, word=automaton.letters * 3), ex.cascade_figure(holonomy(minimal))]
    for figure in figures:
        assert outside(figure) == []
        assert overlapping(figure) == []
        assert too_small(figure) == []


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_the_same_figure_gives_the_same_file(mod5, tmp_path, ending) -> None:
    for name in "ab":
        save_figure(ex.eigenvalue_figure(mod5), tmp_path / f"{name}.{ending}")
    first, second = ((tmp_path / f"{name}.{ending}").read_bytes() for name in "ab")
    assert first == second
    assert len(first) > 1000


def test_letters_that_share_an_eigenvalue_stand_around_it() -> None:
    (axes,) = ex.eigenvalue_figure(ex.compile("S4", "deltaproduct")).axes
    around = [line for line in axes.lines if [*line.get_xdata()] == [1.0] and line.get_marker() in "os^D"]
    spots = [tuple(line.get_transform().transform((1.0, 0.0)).round(1)) for line in around]
    assert len(spots) == len(set(spots)) == 4
    dots = next(line for line in axes.lines if line.get_marker() == ".")
    assert list(zip(dots.get_xdata(), dots.get_ydata(), strict=True)) == [(1.0, 0.0)]


def test_an_orbit_says_which_coordinates_are_drawn() -> None:
    (axes,) = ex.orbit_figure(np.eye(5)).axes
    assert [axes.get_xlabel(), axes.get_ylabel()] == ["$h_t$, coordinate 1 of 5", "$h_t$, coordinate 2 of 5"]


def test_arrows_of_a_crowded_automaton_go_without_letters_and_it_is_said() -> None:
    minimal = ex.language("S3").minimal()
    word = minimal.letters[1:3]
    crowded, _ = ex.automata_figure(minimal, minimal, word=word).axes
    assert crowded.get_xlabel() == "language: 6 states; 28 arrows without letters"
    assert {*word} <= {*texts(crowded)}


def test_eigenvalues_are_those_of_the_letters_inside_the_region_of_the_family(mod5) -> None:
    figure = ex.eigenvalue_figure(mod5)
    (axes,) = figure.axes
    marks = next(line for line in axes.lines if str(line.get_label()).startswith("x = "))
    points = marks.get_xdata() + 1j * np.asarray(marks.get_ydata())
    assert np.allclose(np.sort_complex(points), np.sort_complex(np.exp([2j * np.pi / 5, -2j * np.pi / 5])))
    assert [legend.get_text() for legend in axes.get_legend().get_texts()] == [
        "region of deltaproduct: unit disk",
        "x = 1",
    ]
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
    assert labels == ["region of mamba: [0, 1]", "x = a", "x = b", "x = c", "x = d", "x = e", "x = f, g, … (5 letters)"]
    assert np.array_equal(np.concatenate(letter_spectra(layer)), np.array([float(s) for s in strengths]))


def test_an_orbit_numbers_the_steps_that_visit_a_point(mod5) -> None:
    (axes,) = ex.orbit_figure(states_of(mod5, "1" * 12)).axes
    assert sorted(texts(axes)) == ["0, 5, 10", "1, 6, 11", "2, 7", "3, 8", "4, 9"]


def test_the_drift_marks_the_first_wrong_verdict(mod5) -> None:
    exact, rounded = states_of(mod5, "1" * 24), states_of(mod5, "1" * 24, "fp8_e4m3fn")
    left, right = ex.drift_figure(exact, rounded, horizon=11).axes
    ring = left.lines[-1]
    assert ring.get_label() == "t = 11, wrong"
    assert np.array_equal([*ring.get_xdata(), *ring.get_ydata()], rounded[11])
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
    assert "state, one of 3 (shaded: start)" in shown


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
    assert (way[-2], way[-1]) in diagram.edges


def test_figures_change_nothing_global(mod5) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    list(all_figures(mod5))
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
