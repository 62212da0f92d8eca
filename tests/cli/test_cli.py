"""The command line as a stranger uses it: exit codes, JSON, wrong input, nothing left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from expressivity.cli import main


def run(*arguments: str) -> int:
    return main(list(arguments))


def test_compile_then_verify_then_check_the_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network, certificate = str(tmp_path / "p.safetensors"), str(tmp_path / "p.json")
    assert run("compile", "re:(aa)*", "--into", "deltanet-signed", "-o", network) == 0
    assert run("verify", network, "re:(aa)*", "-o", certificate) == 0
    assert "EQUIVALENT for all lengths" in capsys.readouterr().out
    assert run("verify", "--certificate", certificate) == 0
    assert run("verify", network, "re:(aa)*", "--certificate", certificate) == 0
    assert run("verify", network, "re:(aaa)*", "--certificate", certificate) == 1
    assert "another language" in capsys.readouterr().out
    assert run("verify", network, "re:(aaa)*") == 1
    assert "\n  aa\n" in capsys.readouterr().out


def test_a_refusal_to_compile_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compile", "parity", "--into", "mamba", "--json") == 1
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert (answer["proved"], answer["file"]) == (True, None)
    assert "subgroup C2" in answer["reason"]
    assert answer["reason"] in captured.err


def test_a_changed_weight_is_falsified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.safetensors"
    run("compile", "re:(aa)*", "--into", "deltanet-signed", "-o", str(path))
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    tensors["layer0.betas"] = tensors["layer0.betas"] - 0.5
    save_file(tensors, path, metadata)
    capsys.readouterr()
    assert run("verify", str(path), "re:(aa)*", "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    expected = {
        "answer": "counterexample",
        "word": ["a"] * 4,
        "arithmetic": "exact",
        "network_accepts": False,
        "proved_length": 3,
        "shortest": True,
        "checked": True,
    }
    assert answer.pop("checker").startswith("the network says False and the automaton True on a word of 4 letters")
    assert answer == expected


def test_json_has_the_promised_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "n.safetensors")
    assert run("compile", "S3", "--into", "deltaproduct", "-o", file, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == {"family": "deltaproduct", "layers": 1, "width": 3, "factors": 2, "file": file}
    assert run("verify", file, "S3", "--json") == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "equivalent"
    assert run("describe", "S3", "--json") == 0
    profile = json.loads(capsys.readouterr().out)
    assert profile["states"] == 6
    assert profile["group"] is True
    assert run("zoo", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) >= 30


def test_undecided_exits_with_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "n.safetensors")
    run("compile", "S5-transpositions", "--into", "deltanet-signed", "-o", file)
    assert run("verify", file, "S5-transpositions", "--max-states", "40", "--json") == 3
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["answer"] == "undecided"
    assert answer["proved_length"] >= 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["describe", "paritty"], "did you mean parity"),
        (["describe", "re:(a"], "'(' is never closed"),
        (["describe", "."], "folder"),
        (["describe", "re[]:a"], "the alphabet in 're[]:a' is empty"),
        (["compile", "parity", "--into", "mambo"], "did you mean mamba"),
        (["compile", "parity", "--into", "dense", "--layers", "0"], "layers=0 allows no network"),
        (["verify", "nothing.safetensors", "parity"], "does not exist"),
        (["verify", "."], "is a directory"),
        (["verify"], "needs a network file and a language"),
        (["verify", "--certificate", "nothing.json"], "cannot read nothing.json"),
        (["zoo", "paritty"], "parity"),
    ],
)
def test_wrong_input_is_one_clear_paragraph(
    arguments: list[str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert expected in captured.err
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_wrong_files_are_named_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out.safetensors")
    cases = {
        "pda.jff": ("<structure><type>pda</type><automaton/></structure>", "pda"),
        "cut.att": ("0\t1\ta\ta\n1\t0\n", "line 2"),
        "twice.att": ("0\t1\ta\ta\n0\t0\ta\ta\n1\n", "nondeterministic"),
    }
    for name, (text, expected) in cases.items():
        (tmp_path / name).write_text(text)
        assert run("compile", str(tmp_path / name), "--into", "dense", "-o", out) == 2
        assert expected in capsys.readouterr().err.lower()
    save_file({"w": np.zeros(2)}, tmp_path / "foreign.safetensors")
    assert run("verify", str(tmp_path / "foreign.safetensors"), "parity") == 2
    assert "another program" in capsys.readouterr().err
    assert run("compile", "parity", "--into", "dense", "-o", str(tmp_path / "no" / "file")) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*cases, "foreign.safetensors"])


def test_into_all_has_one_row_per_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compile", "mod3", "--into", "all", "--json") == 0
    rows = {row["family"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["deltaproduct"]["answer"] == "equivalent"
    assert rows["complex-diagonal"]["answer"] == "equivalent"
    assert rows["mamba-signed"]["answer"] is None
    assert rows["mamba-signed"]["proved"] is True
    assert "C3" in rows["mamba-signed"]["reason"]
    assert run("compile", "mod3", "--into", "all") == 0
    assert "complex-diagonal" in capsys.readouterr().out


def test_a_theorem_refuses_with_exit_code_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compile", "parity", "--into", "mamba") == 1
    assert "C2" in capsys.readouterr().err


def test_demo_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("demo", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert all(row["certified"] for row in shown["certified"])
    assert shown["planted_error_found"] is True


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys, expressivity.cli as c\n"
        "c.build_parser().format_help()\n"
        "print([m for m in ('numpy', 'numba', 'sympy', 'automata', 'scipy', 'flint') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
