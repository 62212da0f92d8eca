"""The picture of the verdict table shows every answer, keeps its texts inside, and reads in grey."""

from __future__ import annotations

from pathlib import Path

import pytest

import expressivity as ex
from expressivity.cli import main

pytest.importorskip("matplotlib", reason="figures need Matplotlib")
from matplotlib.backends.backend_agg import FigureCanvasAgg

from expressivity.plots import verdict_map

ANSWERS = {
    (language, family, arithmetic): ("yes", "no", "open")[(i + j + k) % 3]
    for i, language in enumerate(("parity", "S5", "dyck-1-depth-2"))
    for j, family in enumerate(("dense", "mamba", "gated-deltaproduct"))
    for k, arithmetic in enumerate(("bf16/fused", "exact:bf16/exact-then-cast"))
}


def test_every_answer_has_its_mark_and_no_text_leaves_the_figure() -> None:
    figure = verdict_map(ANSWERS)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    axes = figure.axes[0]
    marks = [text.get_text() for text in axes.texts]
    assert marks.count("✓") == sum(answer == "yes" for answer in ANSWERS.values())
    assert marks.count("✗") == sum(answer == "no" for answer in ANSWERS.values())
    assert "$S_{5}$" in marks
    assert len(axes.patches) == len(ANSWERS)
    renderer = canvas.get_renderer()
    frame = figure.bbox
    labels = [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels()]
    for label in labels:
        box = label.get_window_extent(renderer)
        assert box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1, label  # noqa: PT018
    left = [text for text in axes.texts if text.get_text() not in "✓✗"]
    arithmetics = min(label.get_window_extent(renderer).x0 for label in axes.get_yticklabels())
    assert all(text.get_window_extent(renderer).x1 <= arithmetics for text in left)


def test_the_three_answers_differ_in_grey() -> None:
    figure = verdict_map(ANSWERS)
    greys = set()
    for patch in figure.axes[0].patches:
        red, green, blue, _ = patch.get_facecolor()
        greys.add(round(0.299 * red + 0.587 * green + 0.114 * blue, 1))
    assert len(greys) == 3


def test_wrong_answers_and_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ex.ExpressivityError, match="no verdict to draw"):
        verdict_map({})
    with pytest.raises(ex.ExpressivityError, match="'maybe' are not known"):
        verdict_map({("parity", "dense", "bf16"): "maybe"})
    small = ["table", "--languages", "parity", "--families", "dense", "--arithmetic", "bf16"]
    assert main([*small, "--plot", str(tmp_path / "table.xyz")]) == 2
    assert "expected one of .png, .svg, .pdf" in capsys.readouterr().err
    assert main([*small, "--plot", str(tmp_path / "table.svg")]) == 0
    assert (tmp_path / "table.svg").read_text(encoding="utf-8").startswith("<?xml")
