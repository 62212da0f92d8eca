"""What is said where clingo, torch or matplotlib is missing, and what works without them."""

from __future__ import annotations

import sys

import pytest

from expressivity.errors import TemplateError
from expressivity.relational.drawing import colouring_figure
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.language.examples import Example, Fact, Query
from expressivity.relational.language.graphs import cycles
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.learn.training import train
from expressivity.relational.separation.refute import Inseparable, refute
from expressivity.relational.separation.separate import Separated, separate


def test_what_is_missing_is_named_with_its_extra(monkeypatch) -> None:
    template = parse_template("{} out :- f(X).")
    example = Example((Fact("f", (0,)),))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "clingo", None)
        with pytest.raises(
            TemplateError, match=r'grounding needs clingo; install it with pip install "expressivity\[re'
        ):
            ground(template, [example])
    pytest.importorskip("clingo", reason="grounding needs clingo")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "torch", None)
        with pytest.raises(TemplateError, match=r'training needs torch; install it with pip install "expressivity\[re'):
            train(template, [example], [Query("out", (), 1.0)])
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib.figure", None)
        with pytest.raises(TemplateError, match="figures need matplotlib"):
            colouring_figure(cycles(3))


def test_deciding_needs_none_of_them(monkeypatch) -> None:
    for name in ("clingo", "torch", "matplotlib"):
        monkeypatch.setitem(sys.modules, name, None)
    assert isinstance(refute(2, "hexagon/0", "hexagon/1"), Inseparable)
    answer = separate("hexagon/0", "hexagon/1")
    assert isinstance(answer, Separated)
    assert answer.outputs == (0, 12)
