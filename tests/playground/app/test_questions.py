"""What the app asks: every language a person may give, and evidence that the command line accepts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.automaton import Automaton
from expressivity.cli import main
from expressivity.errors import FormatError, LanguageError
from expressivity.playground.app import questions
from expressivity.strategies import automata


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("(aa)*", "re:(aa)*"),
        ("re:(aa)*", "re:(aa)*"),
        ("re[ab]:(aa)*", "re[ab]:(aa)*"),
        ("parity", "parity"),
        ("  S3 ", "S3"),
        ("symmetric_group(3)", "symmetric_group(3)"),
        ("ab(c)", "re:ab(c)"),
    ],
)
def test_typed_text_is_a_name_a_call_or_else_a_pattern(text: str, same: str) -> None:
    assert questions.read_typed(text) == ex.language(same)
    assert questions.spelled(text) == same


def test_typed_text_never_reads_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ex.save_language(ex.language("mod5"), tmp_path / "secret.json")
    assert questions.read_typed("secret.json") == ex.language("re:secret.json")
    assert len(questions.read_typed(str(tmp_path / "secret.json")).letters) > 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing is typed"),
        ("(aa", "never closed"),
        ("symmetric_group(3", "never closed"),
        ("symmetric_group('x')", "symmetric_group"),
    ],
)
def test_typed_text_that_is_wrong_says_why(text: str, says: str) -> None:
    with pytest.raises(LanguageError, match=says):
        questions.read_typed(text)


@given(automaton=automata(letters="ab"), ending=st.sampled_from(questions.UPLOADS))
def test_an_uploaded_file_is_the_language_it_holds(
    automaton: Automaton, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("upload") / f"language{ending}"
    ex.save_language(automaton, path)
    assert questions.read_upload(f"C:\\somewhere\\mine{ending.upper()}", path.read_bytes()) == ex.language(path)


@pytest.mark.parametrize(
    ("name", "contents", "says"),
    [
        ("notes.txt", b"", "notes.txt is no file of a language; expected one that ends in .att"),
        ("mine.json", b"{", "mine.json"),
        ("mine.jff", b"<structure/>", "mine.jff"),
        ("../../mine.att", b"\xff\xfe", "mine.att"),
        ("big.att", b"0" * 5_000_001, "5,000,001 bytes"),
    ],
)
def test_an_upload_that_is_wrong_says_why_under_its_own_name(name: str, contents: bytes, says: str) -> None:
    with pytest.raises(LanguageError, match=says) as caught:
        questions.read_upload(name, contents)
    assert "/tmp" not in str(caught.value)


def test_weights_and_certificate_are_what_the_command_line_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    language = questions.read_typed("(ab)*")
    built = questions.build(language, "mamba")
    assert built.network is not None
    answer = questions.decide(built.network, language, "bf16")
    weights, certificate = tmp_path / "w.safetensors", tmp_path / "c.json"
    weights.write_bytes(built.weights)
    assert isinstance(answer, ex.Equivalent)
    certificate.write_bytes(questions.certificate_file(answer.certificate))
    assert "proved for all lengths" in answer.checked.said
    assert main(["verify", str(weights), "re:(ab)*", "--arithmetic", "bf16"]) == 0
    assert main(["verify", str(weights), "re:(ab)*", "--certificate", str(certificate)]) == 0
    assert main(["verify", str(weights), "re:(ab)*b", "--certificate", str(certificate)]) == 1
    capsys.readouterr()


def test_a_wrong_network_is_found_with_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    language = questions.read_typed("mod5")
    built = questions.build(language, "deltaproduct")
    assert built.network is not None
    answer = questions.decide(built.network, language, "fp8_e4m3fn")
    assert isinstance(answer, ex.Counterexample)
    assert answer.lengths == (11,)
    (tmp_path / "c.json").write_bytes(questions.certificate_file(answer.certificate))
    assert main(["verify", "--certificate", str(tmp_path / "c.json")]) == 1
    assert "accepted" in capsys.readouterr().out


def test_refusals_are_answers() -> None:
    parity = questions.read_typed("parity")
    built = questions.build(parity, "mamba")
    assert built.network is None
    assert built.proved
    assert "subgroup C2" in built.refusal
    open_one = questions.build(questions.read_typed("S3"), "rwkv7-signed")
    assert open_one.network is None
    assert not open_one.proved


def test_a_search_finds_the_tracker_that_rounding_makes_and_the_theorem_that_forbids_it() -> None:
    parity = questions.read_typed("parity")
    cell, weights, certificate = questions.search(parity, "deltanet", "bf16")
    assert cell.answer == "yes"
    assert weights
    assert certificate
    cell, weights, certificate = questions.search(parity, "deltanet", "exact")
    assert cell.answer == "no"
    assert not weights
    assert certificate


def test_the_papers_order_brings_the_reason_for_its_failure() -> None:
    parity = questions.read_typed("parity")
    network = questions.build(parity, "deltanet-signed").network
    assert network is not None
    layer = network.layers[0]
    from dataclasses import replace

    from expressivity.exact import rationals

    slow = replace(layer, transition=replace(layer.transition, betas=rationals(np.array([[1.75]]))))
    answer = questions.decide(replace(network, layers=(slow,)), parity, "exact:bf16/exact-then-cast")
    assert isinstance(answer, ex.Counterexample)
    assert answer.refutation is not None


def test_an_arithmetic_that_is_none_is_refused() -> None:
    parity = questions.read_typed("parity")
    network = questions.build(parity, "deltanet-signed").network
    assert network is not None
    with pytest.raises(FormatError, match="bf17"):
        questions.decide(network, parity, "bf17")


def test_pictures_of_monoids_stop_where_they_are_too_large() -> None:
    boxes = questions.egg_boxes(questions.read_typed("tomita-3"))
    assert isinstance(boxes, tuple)
    assert sum(box.boxes.size for box in boxes) == ex.describe("tomita-3").monoid_order
    assert questions.egg_boxes(questions.read_typed("symmetric_group(6)")) == 400


def test_a_realisation_too_large_to_draw_says_so() -> None:
    network = questions.build(questions.read_typed("S5-transpositions"), "deltanet-signed").network
    assert network is not None
    assert isinstance(questions.realised(network, "bf16"), ex.Undecided)
    small = questions.realised(network, "exact")
    assert isinstance(small, Automaton)
    assert small.states == 120
