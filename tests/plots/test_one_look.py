"""The picture of the README is made by its command, tells what is computed, and stops when that is another story."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs Matplotlib (pip install 'expressivity[playground]')")

import expressivity as ex
from expressivity.cli import main
from expressivity.experiments.verdicts import one_look
from oracles.figures import drawn_texts, outside, overlapping, too_small

ROOT = Path(__file__).resolve().parents[2]


def test_the_picture_tells_what_is_computed_and_nothing_overlaps() -> None:
    figure = one_look.one_look_figure()
    assert outside(figure) == []
    assert overlapping(figure) == []
    assert too_small(figure) == []
    said = " ".join(text.replace("\n", " ") for text, _ in drawn_texts(figure))
    network = ex.compile("mod5", "deltaproduct")
    proof, failure = ex.verify(network, "mod5"), ex.verify(network, "mod5", arithmetic="fp8_e4m3fn")
    length = len(failure.word)
    assert f"right on all words: {proof.boxes} states" in said
    # Counting modulo 5 by hand: the word is in the language when 5 divides its length.
    assert f"step {length} read as 0, not {length % 5}" in said
    assert f"fails first after {length} letters: accepts, must reject" in said
    assert "the language has period 5 on 1, 11, 111, …" in said
    assert "become constant" in said


def test_a_wrong_network_stops_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_look, "compile_network", lambda wanted, family: ex.compile("mod3", family))
    with pytest.raises(ex.ExperimentError, match="the picture tells that a network is right in exact arithmetic"):
        one_look.one_look_figure()
    monkeypatch.undo()
    monkeypatch.setattr(one_look, "TOO_WEAK", "deltaproduct")
    with pytest.raises(ex.ExperimentError, match=r"deltaproduct cannot; found .*None"):
        one_look.one_look_figure()


def test_the_command_of_the_demo_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--plot", str(tmp_path / "look.svg")]) == 0
    assert (tmp_path / "look.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "the project in one look: " in capsys.readouterr().out
    assert main(["demo", "--plot", str(tmp_path / "look.doc")]) == 2
    assert "expected one of .png, .svg, .pdf" in capsys.readouterr().err
    assert (ROOT / "docs" / "one_look.png").read_bytes().startswith(b"\x89PNG")
