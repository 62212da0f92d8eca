"""The lesson on parity: its numbers are those of the theory, for every eigenvalue and every tracker."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.exact import rationals
from expressivity.playground.lessons import parity
from expressivity.playground.lessons.horizon_panels import Cell, cells, counted, panel
from oracles.effort import some
from oracles.notebooks import NOTEBOOKS, run_notebook


def first_wrong(eigenvalue: Fraction) -> int | None:
    """Where h ↦ λh + 1, read at the nearer of 0 and 1 (0 in the middle), first misses the parity of the length."""
    value, length = Fraction(0), 0
    while length < 200:
        value, length = eigenvalue * value + 1, length + 1
        if (abs(value) <= abs(value - 1)) != (length % 2 == 0):
            return length
    return None


@given(st.integers(-32, 32).map(lambda n: Fraction(n, 32)))
@some
def test_one_number_counts_as_far_as_its_definition_says(eigenvalue: Fraction) -> None:
    answer = ex.verify(parity.scalar_network(eigenvalue), "parity")
    length = len(answer.word) if isinstance(answer, ex.Counterexample) else None
    assert length == first_wrong(eigenvalue)
    assert (length is None) == (eigenvalue == -1)


@pytest.mark.slow
def test_the_lesson_runs_and_its_tracker_counts_by_rounding_alone() -> None:
    shown, names = run_notebook("parity")
    assert names["chosen_tracker"] == "bf16-per-operation-one-factor-mod-2"
    assert isinstance(names["rounded"], ex.Equivalent)
    assert isinstance(names["exact"], ex.Counterexample)
    assert names["theorem"].pair == ((), ("1",))
    assert {row[""] for row in names["theorem_rows"]} == {"derived", "exhausted", "it breaks without"}
    assert "proved for all lengths" in shown
    assert "- **bf16/per-operation**: no stored eigenvalue is negative" in names["counting"]
    # k = ¾(−1, 1) has kᵀk = 9/8 in e5m2: 1 − 9/8 is negative.
    assert "- **fp8_e5m2/accumulate-fp32**: a stored eigenvalue is negative after all" in names["counting"]
    assert [row["counts"] for row in names["scalar_rows"]].count("for ever, certified") == 1


@pytest.mark.parametrize("tracker", parity.tracker_names())
def test_every_tracker_may_be_chosen(tracker: str) -> None:
    _, names = run_notebook("parity", chosen_tracker=tracker, chosen_eigenvalue=Fraction(-7, 8), theorem_rows=[{"": 1}])
    assert isinstance(names["rounded"], ex.Equivalent)
    assert len(names["scalar_answer"].word) == 22
    assert f"- **{names['counter'].arithmetic}**: no stored eigenvalue is negative" in names["counting"]


def test_a_planted_wrong_weight_is_told() -> None:
    counter, network = parity.tracker("bf16-per-operation-one-factor-mod-2")
    layer = network.layers[0]
    wrong = replace(layer, transition=replace(layer.transition, betas=rationals(np.full((2, 1), 0.5))))
    found = cells(replace(network, layers=(wrong,)), ex.language("parity"), formats=["bf16"])
    assert not any(isinstance(cell.answer, ex.Equivalent) for row in found for cell in row)
    assert parity.counting_lines(found, network) == "It counts in none of them."
    assert "of 3 arithmetics" in counted(found)
    assert counter.betas == (Fraction(1),)


def test_a_planted_false_claim_stops_the_lesson(tmp_path: Path) -> None:
    text = (NOTEBOOKS / "parity.py").read_text(encoding="utf-8")
    false = text.replace('ex.refute("mamba", "parity")', 'ex.refute("mamba-signed", "parity")')
    assert false != text
    (tmp_path / "false.py").write_text(false, encoding="utf-8")
    with pytest.raises(AssertionError):  # there is no such theorem, so nothing to tell
        run_notebook(tmp_path / "false.py")


def test_every_kind_of_answer_has_its_cell() -> None:
    network, language = ex.compile("mod5", "deltaproduct"), ex.language("mod5")
    found = cells(network, language, formats=["bf16", "fp8_e4m3fn"], orders=["fused", "per-operation"])
    assert [[cell.shown.text for cell in row] for row in found] == [["∞", "256"], ["∞", "11"]]
    large, permutations = ex.compile("S5-transpositions", "deltanet-signed"), ex.language("S5-transpositions")
    ((open_one,),) = cells(large, permutations, formats=["bf16"], orders=["per-operation"], max_states=200)
    assert open_one.shown.answer == "undecided"
    assert Cell("bf16", None, "why").shown.text == "–"
    drawn = panel("mod 5", found)
    assert (drawn.formats, drawn.orders) == (("bf16", "fp8_e4m3fn"), ("fused", "per-operation"))
