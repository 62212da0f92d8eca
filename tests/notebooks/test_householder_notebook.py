"""The lesson on Householder factors: counts from the literature, products multiplied out, refusals told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.languages.permutations import cycle_notation
from expressivity.playground.lessons import householder
from expressivity.playground.lessons.horizon_panels import Cell
from expressivity.plots import mirror_figure
from oracles.notebooks import NOTEBOOKS, run_notebook

CELLS = [[Cell("fp16/fused", None)]]
# What other tests ask about is not worked out again: a cell whose names are all given is left out.
GIVEN = {"group_rows": [], "swap_cells": CELLS, "dyadic_cells": CELLS, "formats": [], "panels": []}


@pytest.mark.slow
def test_the_lesson_runs_and_its_counts_are_those_of_the_literature() -> None:
    _, names = run_notebook("householder")
    rows = {row["word problem"]: row for row in names["group_rows"]}
    # Siems et al. 2025: n_h for all letters; A5 as rotations of the icosahedron, S4 of the cube.
    assert {name: row["factors here"] for name, row in rows.items()} == {
        "S3": 2,
        "S3-transpositions": 1,
        "S4": 2,
        "A5": 2,
        "S5": 4,
        "S5-transpositions": 1,
    }
    assert [rows[name]["states, certified"] for name in ("S3", "S4", "A5", "S5")] == [6, 24, 60, 120]
    assert all(row["least factors"] == row["factors here"] for row in rows.values())
    shown = [[cell.shown.text for cell in row] for row in names["swap_cells"]]
    assert shown[2] == ["∞", "5", "6"]  # fp8, as in the README
    assert shown[3] == ["∞", "> 4\n≤ 1622", "> 4\n≤ 1622"]  # keys in bf16, state in fp32, as in the README
    assert {cell.shown.text for row in names["dyadic_cells"] for cell in row} == {"∞"}
    assert names["wrong_answer"].word == ("(12)",)
    assert (len(names["swap_drift"].word), names["dyadic_distance"]) == (1622, 0)


@given(st.permutations(range(6)))
def test_every_permutation_takes_points_minus_cycles(row: list[int]) -> None:
    swaps = householder.swaps_of(cycle_notation(np.array(row)), points=6)
    assert len(swaps.swaps) == swaps.needed == 6 - swaps.cycles
    assert swaps.permutation.tolist() == row


@pytest.mark.parametrize(
    ("text", "says"), [("(12)(34)", "2 factors"), ("(17)", "5 points"), ("(12", "cycle"), ("e", "0 factors")]
)
def test_other_permutations_and_wrong_ones_are_told(text: str, says: str) -> None:
    _, names = run_notebook(
        "householder",
        chosen_permutation=text,
        chosen_problem="S3-transpositions",
        chosen_beta=Fraction(1),
        chosen_arithmetic="fp8_e4m3fn/fused",
        **GIVEN,
    )
    assert says in names["swaps_told"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arithmetic", "modulus", "says"),
    [
        ("fp8_e4m3fn/per-operation", 7, "a shortest failing word"),
        ("bf16/accumulate-fp32", 12, "that is certified"),
    ],
)
def test_arithmetics_nobody_chose_drift_or_do_not(arithmetic: str, modulus: int, says: str) -> None:
    shown, names = run_notebook(
        "householder",
        chosen_arithmetic=arithmetic,
        chosen_modulus=modulus,
        **GIVEN,
    )
    found = names["swap_drift"]
    assert says in found.sentence
    assert says in shown
    assert names["dyadic_distance"] == 0
    assert names["turning_answer"].boxes == modulus


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arithmetic", "says"),
    [
        ("fp8_e4m3fn/per-operation", "a shortest failing word"),
        ("fp16/accumulate-fp32", "a shortest failing word"),
        ("bf16:fp32/per-operation", "this one is wrong"),
        ("bf16/per-operation", "certified by a closed set of 324,720 states"),
        ("fp32/per-operation", "none is excluded"),
    ],
)
def test_a_failing_word_is_one_by_a_run_of_its_own(arithmetic: str, says: str) -> None:
    language, network, _ = householder.word_problem("S5-transpositions")
    found = householder.drift(network, language, arithmetic)
    assert says in found.sentence
    verdicts = ex.simulate(network, [found.word], arithmetic)[0]
    wrong = np.flatnonzero(verdicts != language.accepting[language.run(language.encode(found.word))[1:]]) + 1
    assert wrong.tolist()[:1] == ([len(found.word)] if found.fails else [])


def test_claims_about_groups_are_those_of_the_table() -> None:
    rows = householder.group_rows(["A5", "S3"])
    assert "takes 2 in 3 dimensions" in householder.groups_told(rows)
    assert "$S_5$" not in householder.groups_told(rows)
    planted = [{**row, "factors here": 9} for row in rows]
    assert "takes 9 in" in householder.groups_told(planted)


def test_a_mirror_is_drawn_where_it_is() -> None:
    for beta in (Fraction(0), Fraction(1), Fraction(2)):
        before, after = (patch.get_xy()[:-1] for patch in mirror_figure(beta).axes[0].patches[-2:])
        key = np.array([0.6, 0.8])
        np.testing.assert_allclose(after @ key, float(1 - beta) * (before @ key), atol=1e-12)
        np.testing.assert_allclose(after @ [-0.8, 0.6], before @ [-0.8, 0.6], atol=1e-12)


def test_stored_keys_are_as_long_as_the_table_says() -> None:
    rows = {row["format"]: row for row in householder.key_rows(["bf16", "fp8_e4m3fn"])}
    assert rows["bf16"]["‖k‖² is then"] == str(2 * Fraction(181, 256) ** 2)
    assert rows["fp8_e4m3fn"]["1/√2 is stored as"] == "11/16"
    for name, entry in (("bf16", Fraction(181, 256)), ("fp8_e4m3fn", Fraction(11, 16))):
        left, swaps = 4 * entry**2 - 1, rows[name]["swaps until half is left"]
        assert isinstance(swaps, int)
        assert left**swaps < Fraction(1, 2) <= left ** (swaps - 1)


def test_a_wrong_beta_is_found_wherever_it_is_planted() -> None:
    language, network, _ = householder.word_problem("S3-transpositions")
    for letter in network.letters:
        assert isinstance(ex.verify(householder.with_beta(network, letter, Fraction(1)), language), ex.Counterexample)


def test_a_planted_false_claim_stops_the_lesson(tmp_path: Path) -> None:
    text = (NOTEBOOKS / "householder.py").read_text(encoding="utf-8")
    false = text.replace("householder.with_beta(swap_network, wrong_letter, Fraction(1))", "swap_network")
    assert false != text
    (tmp_path / "false.py").write_text(false, encoding="utf-8")
    with pytest.raises(Exception, match="word"):  # a certified network has no failing word to show
        run_notebook(
            tmp_path / "false.py", chosen_problem="S3-transpositions", chosen_arithmetic="fp8_e4m3fn/fused", **GIVEN
        )
