"""The command `relational`: what it prints, its JSON and its exit codes."""

from __future__ import annotations

import json

import pytest

from expressivity.checker import check
from expressivity.cli import main
from expressivity.relational.learn.fitted import FittedTemplate
from expressivity.relational.separation.separate import separate

TEMPLATE = "{} out :- edge(X, Y), edge(Y, Z), edge(Z, X). [combination=product]  {} out :- edge(X, Y).  out/0 [bias={}]"


@pytest.fixture
def files(tmp_path):
    triangle = "edge(a, b), edge(b, c), edge(c, a)."
    path = "edge(a, b), edge(b, c), edge(c, d)."
    (tmp_path / "template.txt").write_text(TEMPLATE)
    (tmp_path / "examples.txt").write_text(f"{triangle}\n{path}\n{triangle}\n{path}\n")
    (tmp_path / "queries.txt").write_text("1.0 out.\n0.0 out.\n1.0 out.\n0.0 out.\n")
    return tmp_path


def run(capsys, *arguments) -> tuple[int, str]:
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def test_separate_and_refute_agree(capsys, tmp_path) -> None:
    code, text = run(capsys, "relational", "separate", "hexagon/0", "hexagon/1", "-o", tmp_path / "separated.json")
    assert code == 0
    assert text.startswith("SEPARATED with 3 variables: out is 0 and 12\n")
    assert "2 variables do not suffice, whatever the weights (certified)" in text
    assert check(json.loads((tmp_path / "separated.json").read_text())).startswith("the template gives 0")

    out = tmp_path / "impossible.json"
    code, text = run(capsys, "relational", "refute", "hexagon/0", "hexagon/1", "--variables", 2, "-o", out)
    assert code == 0
    assert text.startswith("IMPOSSIBLE for all weights")
    assert "1-FWL does not separate the structures" in text
    assert check(json.loads(out.read_text()))
    assert run(capsys, "relational", "refute", "hexagon/0", "hexagon/1", "--variables", 3)[0] == 3
    code, text = run(capsys, "relational", "separate", "hexagon/0", "hexagon/0", "--json")
    assert (code, json.loads(text)) == (3, separate("hexagon/0", "hexagon/0").to_json())
    assert json.loads(text)["answer"] == "open"


def test_templates_and_example_files_are_refuted(capsys, files) -> None:
    hexagon = "edge(a,b), edge(b,c), edge(c,d), edge(d,e), edge(e,f), edge(f,a)."
    triangles = "edge(a,b), edge(b,c), edge(c,a), edge(d,e), edge(e,f), edge(f,d)."
    (files / "one.txt").write_text(hexagon)
    (files / "other.txt").write_text(triangles)
    (files / "pairs.txt").write_text("out :- edge(X, Y).")
    arguments = ("relational", "refute", files / "one.txt", files / "other.txt", "--json", "--template")
    code, text = run(capsys, *arguments, files / "pairs.txt")
    assert (code, json.loads(text)["answer"], json.loads(text)["variables"]) == (0, "impossible", 2)
    code, text = run(capsys, *arguments, files / "template.txt")
    assert (code, json.loads(text)["answer"]) == (3, "open")
    assert json.loads(text)["reasons"] == ["2-FWL separates the structures, so some template with 3 variables may too"]


def test_ground_counts_and_merges(capsys, files) -> None:
    pytest.importorskip("clingo", reason="grounding needs clingo")
    code, text = run(capsys, "relational", "ground", files / "template.txt", files / "examples.txt", "--json")
    data = json.loads(text)
    assert code == 0
    assert (data["examples"], data["ground_rules"], data["by_rule"]) == (4, 18, [6, 12])
    assert data["compression"] > 3
    assert (
        "ground rules of 2 rules on 4 examples"
        in run(capsys, "relational", "ground", files / "template.txt", files / "examples.txt")[1]
    )


@pytest.mark.slow
def test_train_writes_a_template_that_predicts(capsys, files) -> None:
    pytest.importorskip("clingo", reason="grounding needs clingo")
    pytest.importorskip("torch", reason="training needs torch")
    arguments = ("relational", "train", files / "template.txt", files / "examples.txt", files / "queries.txt")
    out = files / "model.safetensors"
    code, text = run(capsys, *arguments, "--epochs", 60, "--learning-rate", 0.1, "-o", out)
    assert code == 0
    assert text.startswith("trained for 60 epochs")
    assert "edge(Z, X)" in text.splitlines()[2]
    assert FittedTemplate.load(out).loss == "logistic"
    code, text = run(capsys, *arguments, "--epochs", 60, "--learning-rate", 0.1, "--folds", 2, "--json")
    assert (code, json.loads(text)["mean"]) == (0, 1.0)


def test_the_table_decides_architectures_on_pairs(capsys) -> None:
    code, text = run(capsys, "relational", "table", "--json")
    answers = {(cell["architecture"], cell["pair"]): cell["answer"] for cell in json.loads(text)}
    assert (code, len(answers)) == (0, 15)
    assert answers["GIN", "hexagon"] == "no"
    assert answers["rings of 3", "hexagon"] == answers["cliques of 4", "strongly-regular"] == "yes"
    assert answers["cliques of 4", "hexagon"] == "open"


def test_errors_are_usage_errors(capsys, files) -> None:
    assert main(["relational", "separate", "no graph", "hexagon/0"]) == 2
    assert "is not graph6" in capsys.readouterr().err
    assert main(["relational", "ground", str(files / "missing"), str(files / "examples.txt")]) == 2
    assert "expected the rules of a template" in capsys.readouterr().err
    assert main(["relational"]) == 0
    assert "train" in capsys.readouterr().out
