"""The picture of the README is made by its command, tells what is computed, and is in the repository."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs Matplotlib (pip install 'expressivity[playground]')")

from figure_checks import drawn_texts, outside, overlapping

ROOT = Path(__file__).resolve().parents[2]


def test_the_picture_of_the_readme_is_made_by_its_command() -> None:
    script = runpy.run_path(str(ROOT / "benchmarks" / "readme_picture.py"))
    assert script["PATH"] == ROOT / "docs" / "one_look.png"
    assert script["PATH"].read_bytes().startswith(b"\x89PNG")
    figure = script["picture"]()
    assert outside(figure) == []
    assert overlapping(figure) == []
    captions = " ".join(text.replace("\n", " ") for text, _ in drawn_texts(figure))
    assert "proved for all lengths, 5 states" in captions
    assert "fails first on a word of 11 letters" in captions
