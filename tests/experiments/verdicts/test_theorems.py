"""Proof files are read, found and run; what is missing, false or broken in them is reported."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from expressivity.cli import main
from expressivity.errors import ExpressivityError
from expressivity.experiments.verdicts.theorem_runs import Step, refused, run_theorem
from expressivity.experiments.verdicts.theorems import Hypothesis, find_theorem, proofs_folder, read_theorem, theorems

SOUND = '''"""Squares are not negative.

Statement:
    x² ≥ 0 for every
    real x.

Source: folklore
Hypotheses:
    - real numbers: x is real, which
      matters.
    - even power: the exponent is even.

Derivation
----------
    Two equal signs.

Checked: 21 integers.
Open: nothing
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    x: int


def test_needs_real_numbers():
    """i² = −1."""
    assert (1j * 1j).real < 0
    print("i² = −1")


def test_holds_for_small_integers():
    """All integers from −10 to 10."""
    cases = [Case(x) for x in range(-10, 11)]
    assert len(cases) == 21
    assert all(case.x**2 >= 0 for case in cases)
    print("21 integers")


def test_derives_signs():
    print("(−1)·(−1) = 1")


def test_needs_even_power():
    assert (-1) ** 3 < 0
'''


def planted(folder: Path, text: str, name: str = "squares_are_not_negative") -> Path:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def ran(path: Path) -> dict[str, Step]:
    return {step.name: step for step in run_theorem(read_theorem(path))}


def test_a_file_is_read_without_being_run(tmp_path: Path) -> None:
    theorem = read_theorem(planted(tmp_path, SOUND + "\nraise SystemExit\n"))
    assert theorem.name == "squares-are-not-negative"
    assert theorem.title == "Squares are not negative."
    assert theorem.sections["Statement"] == "x² ≥ 0 for every\nreal x."
    assert theorem.sections["Derivation"] == "Two equal signs."
    assert theorem.sections["Open"] == "nothing"
    assert theorem.hypotheses == (
        Hypothesis("real numbers", "x is real, which matters."),
        Hypothesis("even power", "the exponent is even."),
    )
    assert theorem.hypotheses[0].witness == "test_needs_real_numbers"
    assert theorem.problems() == ()


def test_checks_run_in_the_order_of_a_lecture(tmp_path: Path) -> None:
    said: list[str] = []
    steps = list(run_theorem(read_theorem(planted(tmp_path, SOUND)), progress=said.append))
    assert [step.kind for step in steps] == ["derived", "exhausted", "breaks", "breaks"]
    assert [step.problem for step in steps] == [None] * 4
    assert steps[1].printed == ("21 integers",)
    assert steps[1].about == "All integers from −10 to 10."
    assert steps[1].title == "for small integers"
    assert said[0] == "check 1 of 4: derives signs"


def test_proofs_share_modules_that_lie_beside_them_and_leave_nothing_behind(tmp_path: Path) -> None:
    for folder, twos in ((tmp_path / "a", 2), (tmp_path / "b", 3)):
        folder.mkdir()
        (folder / "_shared_by_proofs.py").write_text(f"TWO = {twos}\n", encoding="utf-8")
        text = SOUND.replace("import dataclass\n", "import dataclass\n\nfrom _shared_by_proofs import TWO\n", 1)
        text = text.replace("assert len(cases) == 21", "assert len(cases) == 21 and TWO == 2")
        (folder / "squares.py").write_text(text, encoding="utf-8")
        path = list(sys.path)
        steps = list(run_theorem(read_theorem(folder / "squares.py")))
        assert any(step.problem for step in steps) == (twos != 2)
        assert sys.path == path
        assert "_shared_by_proofs" not in sys.modules
        assert [theorem.path.name for theorem in theorems(folder)] == ["squares.py"]


@pytest.mark.parametrize(
    ("old", "new", "name", "problem"),
    [
        ("x**2 >= 0", "x**2 > 0", "test_holds_for_small_integers", "the assertion does not hold (line"),
        ("== 21\n", "== 22\n", "test_holds_for_small_integers", "assert len(cases) == 22"),
        ("def test_needs_even_power", "def even_power", "complete", "the witness that 'even power' is needed"),
        ("def test_derives_signs()", "def test_derives_signs(a, *, b=2)", "complete", "takes arguments (a, *, b=2)"),
        ("from dataclasses", "import pytest\nfrom dataclasses", "complete", "it imports pytest"),
        ("Open: nothing", "", "complete", "no section 'Open'"),
        ("(-1) ** 3 < 0", "(-1) ** 2 < 0", "test_needs_even_power", "the assertion does not hold"),
        ("(-1) ** 3 < 0", "1 / 0", "test_needs_even_power", "ZeroDivisionError: division by zero"),
        ("@dataclass(frozen=True)", "1 / 0", "complete", "the file cannot be loaded"),
    ],
)
def test_what_is_false_or_missing_is_found(old: str, new: str, name: str, problem: str, tmp_path: Path) -> None:
    assert old in SOUND
    steps = ran(planted(tmp_path, SOUND.replace(old, new)))
    failed = {step.name: step.problem for step in steps.values() if step.problem is not None}
    assert next(iter(failed)) == name
    assert problem in str(failed[name])


def test_a_refusal_that_does_not_come_is_found() -> None:
    with refused(ValueError, "small"):
        raise ValueError("too small")
    with pytest.raises(AssertionError, match="nothing was refused; expected ValueError"), refused(ValueError, "small"):
        pass
    with pytest.raises(AssertionError, match="says 'too large', without 'small'"), refused(ValueError, "small"):
        raise ValueError("too large")


def test_names_are_forgiving_and_near_ones_are_suggested(tmp_path: Path) -> None:
    path = planted(tmp_path, SOUND)
    planted(tmp_path, "x = 1\n", "_private")
    planted(tmp_path, "x = 1\n", "conftest")
    for name in ("squares-are-not-negative", "squares_are_not_negative", "Squares-are-not-negative", str(path)):
        assert find_theorem(name, tmp_path).path == path
    assert [theorem.name for theorem in theorems(tmp_path)] == ["squares-are-not-negative"]
    with pytest.raises(ExpressivityError, match="there is no proof 'squares-are-negative'; did you mean squares-are-"):
        find_theorem("squares-are-negative", tmp_path)
    with pytest.raises(ExpressivityError, match="did you mean squares-are-not-negative"):
        find_theorem("squares", tmp_path)
    with pytest.raises(ExpressivityError, match="--list"):
        find_theorem("zzz", tmp_path)
    with pytest.raises(ExpressivityError, match="is no proof file"):
        read_theorem(planted(tmp_path, "def (", "broken"))


def test_every_shipped_theorem_is_complete_and_says_something() -> None:
    found = theorems()
    assert len(found) >= 1
    assert proofs_folder().name == "proofs"
    for theorem in found:
        assert theorem.problems() == ()
        assert len(theorem.sections["Statement"]) > 40


def test_prove_prints_a_lecture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = planted(tmp_path, SOUND)
    assert main(["prove", str(path)]) == 0
    text = capsys.readouterr().out
    order = ["Squares are not", "Statement", "Source", "Hypotheses", "Why", "[derived] signs", "│ (−1)·(−1) = 1"]
    order += ["Checked, to the last case", "[exhausted] for small integers", "│ 21 integers", "Where it breaks"]
    order += ["[it breaks] real numbers", "│ i² = −1", "Open", "HOLDS: 1 derived, 1 exhausted, 2 broken without"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)

    assert main(["prove", str(planted(tmp_path, SOUND.replace("x**2 >= 0", "x**2 > 0")))]) == 1
    assert "DOES NOT HOLD: 1 of 4 checks failed" in capsys.readouterr().out


def test_prove_as_json_and_its_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = planted(tmp_path, SOUND)
    assert main(["prove", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["holds"] is True
    assert facts["statement"] == "x² ≥ 0 for every\nreal x."
    assert facts["hypotheses"][0] == {"name": "real numbers", "text": "x is real, which matters."}
    assert [step["kind"] for step in facts["steps"]] == ["derived", "exhausted", "breaks", "breaks"]
    assert main(["prove", str(planted(tmp_path, SOUND.replace("21\n", "20\n"))), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["holds"] is False
    assert main(["prove", "--list", "--json"]) == 0
    assert {"name", "title", "statement"} == set(json.loads(capsys.readouterr().out)[0])
    assert main(["prove", "--list"]) == 0
    assert "products-of-reflections-do-not-expand\n    Let N = " in capsys.readouterr().out
    assert main(["prove", "products-of-reflections"]) == 2
    assert main(["prove"]) == 2
    assert "prove --list" in capsys.readouterr().err
