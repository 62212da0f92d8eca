"""The stored witnesses: each is proved again, and a tampered one is found."""

from __future__ import annotations

import json

import pytest

from expressivity.cli import main
from expressivity.errors import CertificateError
from expressivity.experiments.counting.counters import orbit
from expressivity.experiments.counting.witnesses import (
    load_witness,
    save_witness,
    verify_witness,
    witness_folder,
    witness_name,
    witness_names,
)


@pytest.mark.parametrize("name", witness_names())
def test_a_stored_witness_is_proved_again(name) -> None:
    counter = load_witness(name)
    assert witness_name(counter) == name
    assert len(orbit(counter)) == counter.modulus
    verify_witness(name)


def test_the_collection_holds_what_the_finding_says() -> None:
    names = set(witness_names())
    for form in ("bf16", "fp16", "fp8_e4m3fn"):
        assert f"{form}-per-operation-one-factor-mod-2" in names
    assert {f"bf16-per-operation-one-factor-mod-{m}" for m in range(2, 13)} <= names
    assert load_witness("bf16-per-operation-one-factor-mod-2").width == 2
    assert load_witness("bf16-per-operation-one-factor-mod-4").width == 3


def test_a_witness_is_written_and_read_unchanged(tmp_path) -> None:
    counter = load_witness("bf16-per-operation-one-factor-mod-3")
    path = save_witness(counter, tmp_path, found="copied")
    assert load_witness(path) == counter


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("modulus", 5, "does not recognise"),
        ("betas", ["3/4"], "not the orbit"),
        ("arithmetic", "fp16/per-operation", "not repeated"),
        ("keys", [["1", "x"]], "no witness"),
        ("version", 2, "another form"),
    ],
)
def test_a_tampered_witness_is_found(key, value, complaint, tmp_path) -> None:
    name = "bf16-per-operation-one-factor-mod-3"
    data = json.loads((witness_folder() / f"{name}.json").read_text(encoding="utf-8"))
    path = tmp_path / "planted.json"
    path.write_text(json.dumps(data | {key: value}), encoding="utf-8")
    with pytest.raises(CertificateError, match=complaint):
        verify_witness(path)


def test_an_unknown_witness_is_named() -> None:
    with pytest.raises(CertificateError, match="there is no witness 'nothing'"):
        load_witness("nothing")


def test_the_command_finds_and_stores(tmp_path, capsys) -> None:
    arguments = ["hunt", "fp8_e4m3fn/per-operation", "--moduli", "2", "--batches", "1", "-o", str(tmp_path)]
    assert main(arguments) == 0
    assert "CERTIFIED mod 2 in fp8_e4m3fn/per-operation, family deltanet, width 2" in capsys.readouterr().out
    (path,) = tmp_path.glob("*.json")
    verify_witness(path)
    assert main(["hunt", "fp4_e2m1/per-operation", "--exhaustive", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["periods"] == {}
    assert shown["counters"] == []


def test_an_empty_range_is_refused(capsys) -> None:
    assert main(["hunt", "bf16/fused", "--moduli", "3-2", "--batches", "1"]) == 2
    assert "--moduli '3-2' is an empty range; expected LOW-HIGH with LOW ≤ HIGH" in capsys.readouterr().err


def test_finding_nothing_proves_nothing(capsys) -> None:
    assert main(["hunt", "bf16/fused", "--moduli", "2", "--batches", "1"]) == 3
    assert main(["hunt", "bf16", "--moduli", "two"]) == 2
    assert main(["hunt"]) == 2
