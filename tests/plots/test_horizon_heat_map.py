"""Figures: what is in them, readable in grey, and errors before any work."""

from __future__ import annotations

import sys

import pytest

pytest.importorskip("matplotlib", reason="needs Matplotlib (pip install 'expressivity[playground]')")

from expressivity.errors import ExperimentError
from expressivity.plots import HorizonCell, HorizonPanel, check_plot_file, horizon_heat_map, save_figure

ROWS = (
    (HorizonCell("infinite"), HorizonCell("finite", 1)),
    (HorizonCell("finite", 37), HorizonCell("finite", 12_345)),
    (HorizonCell("undecided", 9, 1622), HorizonCell("undecided", 100_000)),
    (HorizonCell("not run"), HorizonCell("finite", 0)),
)
PANEL = HorizonPanel("a network", ("fp16", "bf16", "fp8", "fp4"), ("fused", "per-operation"), ROWS)


def patches(axes):
    return [patch for patch in axes.patches if patch.get_width() > 0.5]


def test_every_answer_is_written_and_told_apart() -> None:
    figure = horizon_heat_map([PANEL])
    axes = next(each for each in figure.axes if each.get_title() == "a network")
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["∞", "1", "37", "12\u2009345", "> 9\n≤ 1622", "> 100\u2009000", "–", "0"]
    drawn = patches(axes)
    looks = {(patch.get_facecolor(), patch.get_edgecolor(), patch.get_hatch()) for patch in drawn}
    # Infinite, undecided, not run, and three lengths; 0 and 1 letters share the darkest colour.
    assert len(looks) == 6
    assert [patch.get_hatch() for patch in drawn] == [None] * 4 + ["////"] * 2 + [None] * 2


def test_longer_horizons_are_lighter_in_grey() -> None:
    cells = tuple((HorizonCell("finite", 10**power),) for power in range(6))
    figure = horizon_heat_map([HorizonPanel("p", tuple("abcdef"), ("fused",), cells)])
    axes = next(each for each in figure.axes if each.get_title() == "p")
    greys = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b, _ in (patch.get_facecolor() for patch in patches(axes))]
    assert greys == sorted(greys)
    assert greys[-1] - greys[0] > 0.6
    # Ink on each colour differs enough from it to be read.
    for text, grey in zip(axes.texts, greys, strict=True):
        ink = 0.0 if text.get_color() == "black" else 1.0
        assert abs(ink - grey) > 0.35


def test_no_text_leaves_its_cell() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = horizon_heat_map([PANEL] * 5)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    for axes in (each for each in figure.axes if each.get_title() == "a network"):
        for text, patch in zip(axes.texts, patches(axes), strict=True):
            inner, outer = text.get_window_extent(renderer), patch.get_window_extent(renderer)
            assert outer.x0 <= inner.x0
            assert inner.x1 <= outer.x1
            assert outer.y0 <= inner.y0
            assert inner.y1 <= outer.y1


def test_nothing_global_changes() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    horizon_heat_map([PANEL])
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_files_are_written_or_refused(tmp_path) -> None:
    figure = horizon_heat_map([PANEL])
    for ending in (".png", ".svg", ".pdf"):
        save_figure(figure, tmp_path / f"f{ending}")
        assert (tmp_path / f"f{ending}").stat().st_size > 1000
    with pytest.raises(ExperimentError, match=r"ending that is not known; expected one of \.png, \.svg, \.pdf"):
        save_figure(figure, tmp_path / "f.jpeg2")
    with pytest.raises(ExperimentError, match=r"cannot be written .*existing, writable folder"):
        save_figure(figure, tmp_path / "nowhere" / "f.png")
    with pytest.raises(ExperimentError, match="there is no panel to draw"):
        horizon_heat_map([])


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "pip install 'expressivity[playground]'" in check_plot_file("f.png")[0]
