"""The one call for a whole table."""

from __future__ import annotations

import pytest

import expressivity as ex


def test_a_table_in_one_call(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    cells = ex.horizons("mod5", "deltaproduct", formats=["fp8_e4m3fn"], orders=["per-operation"], store=path)
    assert [(cell.job.arithmetic, cell.answer.horizon) for cell in cells] == [("fp8_e4m3fn/per-operation", 11)]
    assert cells == ex.horizons("mod5", "deltaproduct", formats=["fp8_e4m3fn"], orders=["per-operation"], store=path)


def test_a_rounding_may_follow_the_order() -> None:
    cells = ex.horizons("parity", "deltanet-signed", formats=["bf16"], orders=["fused/up", "per-operation/stochastic"])
    assert [cell.answer.answer for cell in cells] == ["infinite", "not run"]
    assert "rounds at random" in cells[1].answer.because


def test_problems_come_before_any_work(tmp_path) -> None:
    with pytest.raises(ex.ExperimentError, match=r"no order.*max_states=0"):
        ex.horizons("parity", "dense", orders=[], max_states=0, store=tmp_path / "s.sqlite")
    assert list(tmp_path.iterdir()) == []
