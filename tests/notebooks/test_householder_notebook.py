"""The lesson on Householder factors: counts from the literature, products multiplied out, refusals told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook_runs import NOTEBOOKS, run_notebook

import expressivity as ex
from expressivity.languages.permutations import cycle_notation
from expressivity.playground import householder
from expressivity.plots import mirror_figure


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
    assert {cell.shown.text for row in names["dyadic_cells"] for cell in row} == {"∞"}
    assert names["wrong_answer"].word == ("(12)",)


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
        group_rows=[],
    )
    assert says in names["swaps_told"]


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
        run_notebook(tmp_path / "false.py", chosen_problem="S3-transpositions", group_rows=[])
