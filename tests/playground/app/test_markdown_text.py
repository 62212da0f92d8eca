"""Markdown tables and words: what goes in can be read again, and nothing is taken for markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.errors import ExperimentError
from expressivity.playground.app.markdown import markdown_table, plain, shown_word


def test_a_table_has_a_row_per_mapping_and_numbers_to_the_right() -> None:
    text = markdown_table([{"format": "bf16", "states": 1234}, {"format": "fp8\nsaturating", "states": 5}])
    assert text.splitlines() == [
        "| format | states |",
        "| :-- | --: |",
        "| bf16 | 1,234 |",
        "| fp8<br>saturating | 5 |",
    ]


def test_truth_values_are_no_numbers() -> None:
    assert ":--" in markdown_table([{"proved": True}]).splitlines()[1]


def test_tables_that_are_none_are_refused() -> None:
    with pytest.raises(ExperimentError, match="give one row or more"):
        markdown_table([])
    with pytest.raises(ExperimentError, match=r"rows \[1\] have other columns than \['a'\]"):
        markdown_table([{"a": 1}, {"b": 1}])


@given(st.text(alphabet="a1<>&|*_`$#[]\\", max_size=12))
def test_plain_text_comes_back_from_markdown(text: str) -> None:
    markdown = pytest.importorskip("markdown", reason="the oracle is Python-Markdown, which marimo brings")
    import html
    import re

    shown = markdown.markdown("x" + plain(text) + "x")
    assert html.unescape(re.sub("^<p>|</p>$", "", shown)) == f"x{text}x"


def test_words_are_shown_whole_or_by_their_ends() -> None:
    assert shown_word(()) == "the empty word"
    assert shown_word("0110") == "`0110`"
    assert shown_word(("(12)", "(123)")) == "`(12) (123)`"
    assert shown_word("1" * 744).endswith("` (744 letters)")
    assert shown_word(("`",)) == "`` ` ``"
