"""Tables and figures of cells: every kind of answer shown, nothing lost."""

from __future__ import annotations

import csv
import importlib.util
import io

import pytest

from expressivity.experiments.horizons.jobs import Horizon, jobs, subject
from expressivity.experiments.horizons.sweep import Cell
from expressivity.experiments.horizons.tables import (
    COLUMNS,
    cell_json,
    csv_table,
    entry,
    markdown_table,
    terminal_table,
)

ANSWERS = [
    Horizon("infinite", states=6, because="proved", confirmed_by=("certificate checker",), about="a network"),
    Horizon("finite", 2, 1, None, ("(12)", "(23)"), about="a network"),
    Horizon("undecided", proved_length=9, upper_bound=1622, word=("(12)",) * 1622, about="a network"),
    Horizon("not run", because="it rounds at random"),
]


@pytest.fixture
def cells() -> list[Cell]:
    made = jobs(
        [subject("S3-transpositions", "deltanet-signed")],
        formats=["bf16", "bf16:fp32"],
        orders=["fused", "per-operation"],
    )
    return [Cell(job, answer) for job, answer in zip(made, ANSWERS, strict=True)]


def test_entries() -> None:
    assert [entry(answer) for answer in ANSWERS] == ["∞", "2", "> 9, ≤ 1622", "–"]
    assert entry(Horizon("undecided", proved_length=9)) == "> 9"
    assert entry(Horizon("finite", 0, -1)) == "0"


def test_the_terminal_sees_formats_down_and_orders_across(cells) -> None:
    lines = terminal_table(cells).splitlines()
    assert lines[:5] == [
        "S3-transpositions, deltanet-signed: a network",
        "             fused        per-operation",
        "  bf16       ∞            2",
        "  bf16:fp32  > 9, ≤ 1622  –",
        "  not run: it rounds at random",
    ]
    assert "∞ right on all words" in lines[-1]


def test_markdown_has_a_row_for_each_order(cells) -> None:
    lines = markdown_table(cells).splitlines()
    assert lines[:4] == [
        "| language | network | order | bf16 | bf16:fp32 |",
        "|---|---|---|---|---|",
        "| S3-transpositions | deltanet-signed | fused | ∞ | > 9, ≤ 1622 |",
        "| S3-transpositions | deltanet-signed | per-operation | 2 | – |",
    ]


def test_csv_keeps_the_words(cells) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_table(cells))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["answer"] for row in rows] == ["infinite", "finite", "undecided", "not run"]
    assert rows[1]["word"] == "(12) (23)"
    assert rows[2]["word"].count("(12)") == 1622
    assert (rows[0]["word"], rows[0]["horizon"], rows[0]["confirmed_by"]) == ("", "", "certificate checker")


def test_json_has_the_job_and_the_answer(cells) -> None:
    value = cell_json(cells[1].job, cells[1].answer)
    assert set(COLUMNS) <= set(value)
    assert (value["word"], value["horizon"], value["format"]) == (["(12)", "(23)"], 2, "bf16")


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="needs Matplotlib")
def test_the_figure_has_a_panel_for_each_subject(cells) -> None:
    from expressivity.experiments.horizons.pictures import horizon_figure

    figure = horizon_figure(cells[:3])
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == ["$S_{3}$ transpositions\ndeltanet-signed"]
    # The fourth cell is missing, and shows as not run.
    assert [text.get_text() for text in panels[0].texts] == ["∞", "2", "> 9\n≤ 1622", "–"]
