"""Every language of the MLRegTest slice: compiled one-hot, proved for all lengths, the proof checked independently."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import expressivity as ex

FILES = 264


@pytest.mark.slow
def test_all_are_certified(shared: Path, record_testsuite_property: Callable[[str, object], None]) -> None:
    folder = shared / "mlregtest"
    if not folder.is_dir():
        pytest.skip("needs shared/mlregtest")
    began, boxes, checking = time.perf_counter(), 0, 0.0
    files = sorted(folder.glob("*.att"))
    for path in files:
        language = ex.language(path)
        network = ex.compile(language, "dense")
        assert network.widths == (language.minimal().states,), path.name
        answer = ex.verify(network, language)
        assert isinstance(answer, ex.Equivalent), path.name
        started = time.perf_counter()
        statement = ex.check_certificate(answer.certificate, network=network, language=language)
        checking += time.perf_counter() - started
        assert statement.startswith("proved for all lengths"), path.name
        # One-hot states are as many as the states of the minimal automaton, so no certificate can be smaller.
        assert answer.boxes == language.minimal().states, path.name
        boxes += answer.boxes
    assert len(files) == FILES
    spent = time.perf_counter() - began
    record_testsuite_property("mlregtest_seconds", round(spent, 2))
    print(f"{len(files)} languages, {boxes} boxes: {spent:.1f} s, {checking:.1f} s of it in the independent checker")


@pytest.mark.parametrize("name", ["04.04.SP.4.1.1", "16.16.Zp.2.1.0"])
def test_a_planted_error_is_found(shared: Path, name: str) -> None:
    path = shared / "mlregtest" / f"{name}.att"
    if not path.is_file():
        pytest.skip("needs shared/mlregtest")
    language = ex.language(path)
    network = ex.compile(language, "dense")
    layer = network.layers[0]
    table = layer.readout.table.copy()
    table[-1, -1] ^= 1  # one verdict, of the last letter in the last state
    wrong = replace(network, layers=(replace(layer, readout=replace(layer.readout, table=table)),))
    answer = ex.verify(wrong, language)
    assert isinstance(answer, ex.Counterexample)
    assert wrong.accepts([answer.word]).item() is not language.accepts(answer.word)
    # The proof of the right network says nothing about the wrong one, nor about the complement, nor once damaged.
    proof = ex.verify(network, language)
    assert isinstance(proof, ex.Equivalent)
    with pytest.raises(ex.CertificateError, match="another network"):
        ex.check_certificate(proof.certificate, network=wrong)
    with pytest.raises(ex.CertificateError, match="another language"):
        ex.check_certificate(proof.certificate, language=language.complement())
    damaged = copy.deepcopy(proof.certificate.data)
    damaged["network"]["layers"][0]["table"] = table.tolist()
    with pytest.raises(ex.CertificateError, match="the network says"):
        ex.check_certificate(ex.Certificate(damaged))
