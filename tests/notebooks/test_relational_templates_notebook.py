"""The lesson on relational templates: known pairs, templates nobody chose, and wrong ones explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from expressivity.relational.language.graphs import separating_pairs
from expressivity.relational.separation.refute import Inseparable, OpenSeparation
from oracles.notebooks import NOTEBOOKS, run_notebook

pytest.importorskip("clingo", reason="grounding needs clingo")


def test_the_lesson_runs_and_separates_the_hexagon_with_three_variables() -> None:
    _, names = run_notebook("relational_templates")
    assert names["found"].outputs == (0, 12)
    assert [row["answer"] for row in names["rows"]].count("yes") == 2
    assert isinstance(names["proofs"][2], Inseparable)
    assert isinstance(names["proofs"][3], OpenSeparation)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, marks=[pytest.mark.slow] if pair.startswith("cfi") else [])
        for pair in sorted(separating_pairs())
    ],
)
def test_every_pair_may_be_chosen(pair: str) -> None:
    _, names = run_notebook("relational_templates", chosen_pair=pair)
    refuted = max(
        (variables for variables, proof in names["proofs"].items() if isinstance(proof, Inseparable)), default=1
    )
    assert isinstance(names["found"], OpenSeparation) or names["found"].variables > refuted


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("out :- edge(X, Y).", "Equal neurons merged"),
        ("out :- edge(X, Y", "That cannot be asked"),
    ],
)
def test_templates_of_one_s_own_are_drawn_or_explained(template: str, says: str) -> None:
    _, names = run_notebook("relational_templates", chosen_template=template)
    assert says in names["template_told"]


def test_a_planted_false_claim_stops_the_lesson(tmp_path: Path) -> None:
    text = (NOTEBOOKS / "relational_templates.py").read_text(encoding="utf-8")
    false = text.replace("relational.refute(variables, first, second)", "relational.refute(variables, first, None)")
    assert false != text
    (tmp_path / "false.py").write_text(false, encoding="utf-8")
    with pytest.raises(Exception, match=r"None|Graph"):
        run_notebook(tmp_path / "false.py")
