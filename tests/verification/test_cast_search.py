"""Equivalence and refutation under `exact-then-cast`: proofs for all lengths, shortest words, reasons."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import expressivity as ex
from expressivity import checker
from expressivity.cli import main
from expressivity.verification.answers import describe_lengths
from oracles.cast_networks import dense_layer, one_layer


@pytest.mark.parametrize(
    ("name", "family", "arithmetic", "options"),
    [
        ("parity", "deltanet-signed", "bf16", {}),
        ("S3", "deltaproduct", "bf16", {"key": "dyadic"}),
        ("S5-transpositions", "deltaproduct", "bf16", {"key": "dyadic"}),
        ("S3", "deltaproduct", "exact:fp8_e4m3fn", {}),
        ("flip-flop", "mamba", "bf16", {}),
        ("flip-flop", "rwkv7", "fp8_e4m3fn", {}),
        ("mod3-with-reset", "pd-ssm", "bf16", {}),
        ("dyck-1-depth-2", "mamba", "bf16", {}),
        ("mod5", "complex-diagonal", "exact:bf16", {}),
        ("even-pairs", "deltanet-signed", "bf16", {}),
    ],
)
def test_constructions_are_right_for_all_lengths(name: str, family: str, arithmetic: str, options: dict) -> None:
    network = ex.compile(name, family, **options)
    answer = ex.verify(network, name, arithmetic=f"{arithmetic}/exact-then-cast", max_states=3_000)
    assert isinstance(answer, ex.Equivalent)
    assert "memories of cast terms are closed" in answer.statement
    assert "proved for all lengths" in ex.check_certificate(answer.certificate, network=network, language=name)


def test_a_certificate_by_period_is_reported_as_an_equivalence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = one_layer([[Fraction(1, 2)]], [1], [0], [[0], [1], [2]], [0, 2])
    answer = ex.verify(network, "re:(1111*)?", arithmetic="bf16/exact-then-cast")
    assert isinstance(answer, ex.Equivalent)
    assert answer.certificate.data["claim"] == "equivalent-by-period"
    answer.certificate.save(tmp_path / "period.json")
    assert main(["verify", "--certificate", str(tmp_path / "period.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "equivalent"


def test_one_letter_is_decided_where_memories_never_close() -> None:
    """H ← h/2 + 1 has a new term for ever; its verdicts settle, and the language is what they settle to."""
    network = one_layer([[Fraction(1, 2)]], [1], [0], [[0], [1], [2]], [0, 2])
    answer = ex.verify(network, "re:(1111*)?", arithmetic="bf16/exact-then-cast")
    assert isinstance(answer, ex.Equivalent)
    assert answer.certificate.data["claim"] == "equivalent-by-period"
    assert "agree with the automaton's up to length" in ex.check_certificate(answer.certificate, network=network)
    broken = copy.deepcopy(answer.certificate.data)
    broken["automaton"]["accepting"] = [0]
    with pytest.raises(checker.Rejected, match="differ"):
        checker.check(broken)
    broken = copy.deepcopy(answer.certificate.data)
    broken["layers"][0][3] = 3
    with pytest.raises(checker.Rejected, match="not yet"):
        checker.check(broken)


def test_a_shortest_word_and_a_reason() -> None:
    network = one_layer([[Fraction(1, 2)]], [1], [0], [[0], [1], [2]], [0, 2])
    answer = ex.verify(network, "parity", arithmetic="bf16/exact-then-cast")
    assert isinstance(answer, ex.Counterexample)
    assert "on a word of" in ex.check_certificate(answer.certificate, network=network, language="parity")
    found = ex.refute_network(network, "parity", arithmetic="bf16/exact-then-cast")
    assert found is not None
    assert found.word == answer.word
    assert found.lengths == (found.preperiod, found.preperiod + 1)
    assert "only real, non-negative eigenvalues (Theorem 1" in found.reason
    ex.check_certificate(found.certificate, network=network, language="parity")
    shorter = copy.deepcopy(answer.certificate.data)
    shorter["word"] = shorter["word"][:-1]
    with pytest.raises(checker.Rejected, match="agree on the word"):
        checker.check(shorter)


def test_real_eigenvalues_against_counting_modulo_three_and_six() -> None:
    network = one_layer([[Fraction(-1), 1], [0, Fraction(1, 2)]], [0, 1], [1, 0], [[1, 0], [0, 2], [-1, 0]], [0])
    for language in ("mod3", "mod6"):
        found = ex.refute_network(network, language, arithmetic="exact:bf16/exact-then-cast")
        assert found is not None
        assert 2 % found.period == 0
        assert "only real eigenvalues (Theorem 2: the period divides 2)" in found.reason or found.period == 1
        ex.check_certificate(found.certificate, network=network, language=language)


def test_no_refutation_of_what_is_right() -> None:
    network = ex.compile("parity", "deltanet-signed")
    assert ex.refute_network(network, "parity", arithmetic="bf16/exact-then-cast") is None
    assert ex.refute_network(network, "mod3", arithmetic="bf16/exact-then-cast") is not None
    with pytest.raises(ex.LanguageError, match="give the language over the network's alphabet"):
        ex.refute_network(network, "flip-flop")


def test_words_too_long_to_write_down() -> None:
    """1 + 1 + … is at its nearest code point, 5, for 3.4·10³⁸ letters; then bf16 is infinite and the code is 0."""
    counter = one_layer([[1]], [1], [0], [[0], [5]], [1])
    answer = ex.verify(counter, "re:(111+)?", arithmetic="bf16/exact-then-cast", max_states=1_000)
    assert isinstance(answer, ex.Counterexample)
    assert answer.word is None
    assert not answer.shortest
    assert answer.proved_length > 500
    (length,) = answer.lengths
    assert 3.39e38 < length < 3.41e38
    assert "real, non-negative eigenvalues (Theorem 1" in answer.because
    assert f"after {length} letters" in answer.checked.said
    told = answer.told()
    assert told.sentence == "FALSIFIED in bf16/exact-then-cast arithmetic, by words too long to write down:"
    assert told.details[1].startswith("so it rejects the prefix of K = 3.39·10^38 (39 digits")
    assert describe_lengths((5, 6)) == ("5", "6")
    assert describe_lengths((10**30, 10**30 + 2))[1] == "K + 2"


def test_what_happens_before_the_verdicts_repeat_may_stay_open() -> None:
    """The code is 1 between 5·10²⁹ letters and 3.4·10³⁸, and 0 in the end, as the language says."""
    counter = one_layer([[1]], [1], [0], [[0], [10**30]], [0])
    answer = ex.verify(counter, "re:1*", arithmetic="bf16/exact-then-cast", max_states=1_000)
    assert isinstance(answer, ex.Undecided)
    assert "the verdicts have period 1 only from length" in answer.budget
    assert answer.proved_length > 500


@pytest.mark.parametrize("language", ["parity", "re:1?1?"])
def test_planted_errors_in_lengths_are_found(language: str) -> None:
    """Parity in the first coordinate, and letters counted in the second until it overflows: two lengths; or one."""
    network = one_layer([[-1, 0], [0, 1]], [1, 1], [0, 0], [[0, 0], [1, 0]], [0])
    if language != "parity":
        network = one_layer([[1]], [1], [0], [[0], [5]], [0])
    answer = ex.verify(network, language, arithmetic="bf16/exact-then-cast", max_states=500)
    assert isinstance(answer, ex.Counterexample)
    data = copy.deepcopy(answer.certificate.data)
    assert len(data["lengths"]) == (2 if language == "parity" else 1)
    for lengths in ([0], [1], [-1], [10**6], [4, 6], []):
        with pytest.raises(checker.Rejected):
            checker.check(data | {"lengths": lengths})


def test_a_failing_word_found_by_a_period_is_spelled_but_not_called_shortest() -> None:
    """Over two letters the search ends undecided; the powers of one of them give a word, which need not be shortest."""
    layer = dense_layer(
        [np.array([[Fraction(1, 2)]], dtype=object)] * 2,
        np.array([[1], [1]]),
        np.array([0]),
        np.array([[0], [1], [2]]),
        np.array([[1, 0, 1]] * 2),
    )
    network = ex.Network(("1", "a"), (layer,), accepts_empty=True)  # accepts no letter, and three or more
    language = "re[1a]:((1|a)(1|a)(1|a)((1|a)(1|a))*)?"
    answer = ex.verify(network, language, arithmetic="bf16/exact-then-cast", max_states=3)
    assert isinstance(answer, ex.Counterexample)
    assert answer.word == ("1",) * 4
    assert answer.network_accepts
    assert answer.proved_length < 3
    assert not answer.shortest
    assert "by a word, of length 4" in answer.told().sentence
    assert f"all words of up to {answer.proved_length} letters are right" in answer.told().details
    assert answer.refutation is not None
    enough = ex.verify(network, language, arithmetic="bf16/exact-then-cast")
    assert isinstance(enough, ex.Counterexample)
    assert enough.shortest
    assert enough.lengths == (4,)


@pytest.mark.parametrize("kind", ["sum", "successor", "label", "steady", "terms", "weight", "count"])
def test_planted_errors_in_memories_are_found(kind: str) -> None:
    network = ex.compile("mod5", "complex-diagonal")
    answer = ex.verify(network, "mod5", arithmetic="exact:bf16/exact-then-cast")
    assert isinstance(answer, ex.Equivalent)
    data = copy.deepcopy(answer.certificate.data)
    assert checker.check(data)
    entry = data["invariant"][1]
    if kind == "sum":
        entry["layers"][0]["sum"][0] = [1, 0]
    elif kind == "successor":
        entry["successors"][0] = 0
    elif kind == "label":
        entry["label"] = (entry["label"] + 1) % 5
    elif kind == "steady":
        data["steady"][0].append([[1, 0], [0, 0]])
    elif kind == "terms":
        entry["layers"][0]["terms"] = []
    elif kind == "count":
        entry["layers"][0]["terms"][0][0] = 2
    else:
        data["network"]["layers"][0]["start"][0] = [2, 0]
    with pytest.raises(checker.Rejected):
        checker.check(data)


def test_the_command_prints_word_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = one_layer([[Fraction(1, 2)]], [1], [0], [[0], [1], [2]], [0, 2])
    network.save(tmp_path / "net.safetensors")
    words = ["verify", str(tmp_path / "net.safetensors"), "parity", "--arithmetic", "bf16/exact-then-cast"]
    assert main(words) == 1
    text = capsys.readouterr().out
    assert "FALSIFIED in bf16/exact-then-cast arithmetic by a shortest word" in text
    assert "and it must fail: on the powers of 1 its verdicts are constant from length" in text
    assert "because every A(x) of its layer has only real, non-negative eigenvalues" in text
    assert main([*words, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["answer"] == "counterexample"
    assert data["period"] == 1
    assert data["lengths"][1] == data["lengths"][0] + 1
