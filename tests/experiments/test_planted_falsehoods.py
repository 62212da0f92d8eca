"""Statements that go one step too far: each shipped proof, so altered, is found to fail by its own checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from expressivity.cli import main
from expressivity.experiments.verdicts.theorem_runs import run_theorem
from expressivity.experiments.verdicts.theorems import find_theorem, proofs_folder, read_theorem

FALSEHOODS = [
    pytest.param(
        "two_factors_have_eigenvalues_in_the_unit_interval",
        {"FACTORS = 2\n": "FACTORS = 3\n", "k ≤ 2": "k ≤ 3"},
        "test_holds_for_few_factors_in_the_plane",
        id="three factors in Proposition 1.3",
    ),
    pytest.param(
        "every_automaton_has_a_stack_of_linear_depth",
        {"return states - 1\n": "return states - 2\n", "|Q| − 1 layers": "|Q| − 2 layers"},
        "test_holds_for_every_language_of_2_states",
        id="two layers less than states",
    ),
    pytest.param(
        "order_preserving_float_maps_are_aperiodic",
        {'"fp8_e5m2": 30628}': '"uint8": 65536}'},
        "test_holds_for_every_map_of_fp8",
        id="aperiodic for uint8",
        marks=pytest.mark.slow,
    ),
    pytest.param(
        "cast_of_a_recurrence_is_eventually_periodic",
        {"counterexamples(max)": "counterexamples(min)"},
        "test_holds_that_the_greatest_term_decides",
        id="the inequality of Lemma 1 as published",
    ),
    pytest.param(
        "modular_counting_needs_a_complex_eigenvalue",
        {
            "two_layers()\n    assert len(stacks) == 1152": "two_layers()[::32]\n    assert len(stacks) == 36",
            "periods == {1, 2, 4}": "6 in periods",
        },
        "test_holds_for_every_small_stack_of_two",
        id="mod 6 from real eigenvalues",
    ),
    pytest.param(
        "products_of_reflections_do_not_expand",
        {"for n in range(5)]": "for n in range(6)]", "4913)": "9261)", "(17,": "(21,"},
        "test_holds_for_three_factors_in_the_plane",
        id="strength 5/2",
    ),
    pytest.param(
        "signed_diagonals_are_2_groups",
        {"settles(after(maps, maps)).all()": "settles(maps).all()"},
        "test_holds_for_monotone_maps_of_small_chains",
        id="signed diagonals are star-free",
    ),
]


@pytest.mark.parametrize(("name", "changes", "check"), FALSEHOODS)
def test_a_planted_falsehood_is_detected(name: str, changes: dict[str, str], check: str, tmp_path: Path) -> None:
    text = (proofs_folder() / f"{name}.py").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / f"{name}_planted.py"
    path.write_text(text, encoding="utf-8")
    (found,) = run_theorem(read_theorem(path), only=check)
    assert found.name == check
    assert found.problem


def test_the_command_says_that_a_falsehood_does_not_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = find_theorem("products-of-reflections-do-not-expand").path.read_text(encoding="utf-8")
    path = tmp_path / "products_may_expand.py"
    path.write_text(text.replace("for n in range(5)]", "for n in range(6)]"), encoding="utf-8")
    assert main(["prove", str(path)]) == 1
    assert "DOES NOT HOLD: 2 of " in capsys.readouterr().out
