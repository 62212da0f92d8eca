"""Python and the command line give the same answer to the same question, and so does whoever else asks it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import expressivity as ex
from expressivity.cli import main
from expressivity.exact import rationals
from expressivity.experiments.horizons import decision
from expressivity.experiments.horizons.jobs import Job, subject
from expressivity.experiments.horizons.store import Store
from expressivity.experiments.horizons.tables import entry
from expressivity.experiments.verdicts.verdict_table import verdict
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.playground.app import questions
from expressivity.relational.separation.refute import refute as refute_relational
from expressivity.relational.separation.separate import separate

NETWORKS = (
    ("parity", "deltanet-signed"),
    ("mod3", "deltaproduct"),
    ("mod3", "complex-diagonal"),
    ("mod5", "dense"),
    ("re:(aa)*", "mamba-signed"),
    ("S3", "pd-ssm"),
    ("flip-flop", "mamba"),
    ("tomita-2", "mamba"),
    ("tomita-5", "dense"),
)
ONE_LETTER = ("mod4", "mod3", "mod5", "re:1*", "re:(11)*1", "re:1?1?", "parity")
TWO_LETTERS = ("tomita-1", "tomita-2", "tomita-4", "tomita-5", "re:(a|b)*b", "mod3-with-reset")
ARITHMETICS = (
    *("exact", "fp32", "bf16", "fp16/fused", "bf16:fp32/accumulate-fp32", "fp8_e4m3fn", "fp8_e4m3fn/fused", "uint8"),
    *("bf16/chunked:2", "bf16/exact-then-cast", "exact:fp8_e5m2/exact-then-cast", "q3.4/per-operation/toward-zero"),
)
EXIT_CODES = {ex.Equivalent: 0, ex.Counterexample: 1, ex.Undecided: 3}


@cache
def network(language: str, family: str) -> ex.Network:
    """Compiled once for all questions."""
    return ex.compile(language, family)


def asked_of(text: str, name: str) -> ex.Automaton:
    """A language of the same number of letters, spelled in the letters of the network."""
    automaton, letters = ex.language(text), ex.language(name).letters
    return replace(automaton, letters=letters)


def test_python_and_the_command_line_agree_on_every_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(14)
    kinds: Counter[str] = Counter()
    for number in range(220):
        name, family = NETWORKS[rng.integers(len(NETWORKS))]
        asked = network(name, family)
        same = [each for each in (*ONE_LETTER, *TWO_LETTERS) if len(ex.language(each).letters) == len(asked.letters)]
        right = not same or rng.random() < 0.4
        language = ex.language(name) if right else asked_of(same[rng.integers(len(same))], name)
        if rng.random() < 0.2:
            language = language.complement()
        arithmetic = ARITHMETICS[rng.integers(len(ARITHMETICS))]
        states = int((3, 40, 2_000)[rng.integers(3)])
        files = tmp_path / f"{number}.safetensors", tmp_path / f"{number}.json"
        asked.save(files[0])
        ex.save_language(language, files[1])
        answer = ex.verify(asked, language, arithmetic=arithmetic, max_states=states)
        capsys.readouterr()
        words = ["verify", *map(str, files), "--arithmetic", arithmetic, "--max-states", str(states), "--json"]
        code = main(words)
        shown = json.loads(capsys.readouterr().out)
        question = (name, family, arithmetic, states)
        assert shown == json.loads(json.dumps(answer.to_json())), question
        assert code == EXIT_CODES[type(answer)], question
        kinds[type(answer).__name__] += 1
    print(dict(kinds))
    assert all(kinds[kind.__name__] >= 20 for kind in EXIT_CODES)


def test_a_certificate_is_called_what_its_answer_is_called(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parity = network("parity", "deltanet-signed")
    answers = (
        ex.verify(parity, "parity"),
        ex.verify(parity, "mod4"),
        ex.verify(swap_and_count(), "parity", arithmetic=OVERFLOWS),
        ex.refute("mamba", "parity"),
        refute_relational(2, "hexagon/0", "hexagon/1"),
        separate("hexagon/0", "hexagon/1"),
    )
    for number, answer in enumerate(answers):
        assert not isinstance(answer, ex.Undecided | ex.Open | ex.OpenSeparation)
        answer.certificate.save(tmp_path / f"{number}.json")
        code = main(["verify", "--certificate", str(tmp_path / f"{number}.json"), "--json"])
        assert json.loads(capsys.readouterr().out)["answer"] == answer.to_json()["answer"]
        assert code == (1 if isinstance(answer, ex.Counterexample) else 0)


def test_wrong_input_is_an_error_in_python_and_exit_code_two(tmp_path: Path) -> None:
    file = tmp_path / "parity.safetensors"
    network("parity", "deltanet-signed").save(file)
    for language, arithmetic in (("flip-flop", "exact"), ("parity", "bf17"), ("paritty", "bf16")):
        with pytest.raises(ex.ExpressivityError):
            ex.verify(network("parity", "deltanet-signed"), language, arithmetic=arithmetic)
        assert main(["verify", str(file), language, "--arithmetic", arithmetic]) == 2


OVERFLOWS = "bf16/exact-then-cast"


def swap_and_count() -> ex.Network:
    """Parity in the first coordinate; the second counts letters, after 3.4·10³⁸ of them it is infinite in bf16."""
    layer = Layer(
        DenseTransition(rationals(np.array([[[Fraction(-1), 0], [0, Fraction(1)]]], dtype=object))),
        rationals([[[1], [1]]]),
        rationals([[0], [0]]),
        single_block(rationals([[0, 0], [1, 0]]), np.array([[1, 0]]), 2),
    )
    return ex.Network(("1",), (layer,), accepts_empty=True, family="dense")


def test_an_overflow_after_3e38_letters_is_found_by_everybody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right for as long as anybody runs it, and wrong in the end: Python, command line, horizon, table, playground."""
    asked, parity = swap_and_count(), ex.language("parity")
    answer = ex.verify(asked, "parity", arithmetic=OVERFLOWS)
    assert isinstance(answer, ex.Counterexample)
    assert answer.word is None
    assert not answer.shortest
    assert 3.39e38 < answer.lengths[0] < answer.lengths[1] < 3.41e38
    assert answer.checked.by
    assert "only real eigenvalues (Theorem 2" in answer.because

    asked.save(tmp_path / "n.safetensors")
    words = ["verify", str(tmp_path / "n.safetensors"), "parity", "--arithmetic", OVERFLOWS]
    assert main([*words, "-o", str(tmp_path / "c.json")]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("FALSIFIED in bf16/exact-then-cast arithmetic, by words too long to write down:\n")
    assert "the certificate passed the independent checker\n" in shown
    assert ex.check_certificate(ex.Certificate.load(tmp_path / "c.json"), network=asked, language=parity)
    assert main([*words, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(answer.to_json()))

    assert questions.decide(asked, parity, OVERFLOWS) == answer

    monkeypatch.setattr(decision, "subject_network", lambda _: asked)
    job = Job(subject("parity", "dense"), "bf16", "exact-then-cast")
    horizon = decision.find_horizon(job)
    assert horizon.upper_bound == answer.lengths[1]
    assert horizon.proved_length == answer.proved_length
    assert horizon.confirmed_by == ("certificate checker",)
    assert entry(horizon).startswith(f"> {answer.proved_length}, ≤ 3.40·10^38")
    with Store(tmp_path / "horizons.sqlite") as store:
        store.add(job, horizon)
        assert store.known([job]) == {job.name: horizon}

    cell = verdict("parity", "dense", OVERFLOWS, networks=[asked], compiled=lambda *_: [])
    assert cell.answer == "open"
    assert "wrong on words too long to write down" in cell.because

    with pytest.raises(AssertionError, match="words too long to write down"):
        ex.assert_verified(asked, "parity", arithmetic=OVERFLOWS)
