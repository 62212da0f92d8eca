"""Every kind of certificate that the project writes is accepted by the one command, and not with an error planted."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity import checker
from expressivity.checker import __main__ as command_line
from expressivity.checker.certificates import CLAIMS
from expressivity.networks.exchange import fingerprint
from oracles.certificates import MADE, certificate
from oracles.from_json import network_of
from oracles.json_paths import set_to


def command(*files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "expressivity.checker", *map(str, files)], capture_output=True, text=True, check=False
    )


ERRORS: dict[str, Callable[[dict[str, Any]], None]] = {
    "exact points": set_to("invariant.1.label", 0),
    "exact points over Q(√2, …)": set_to("invariant.1.successors.0", 0),
    "exact boxes": set_to("network.layers.0.table", [[0, 1, 0, 1], [0, 1, 0, 0]]),
    "sign cells": set_to("network.layers.0.weights.decays.0.0", "12/11"),
    "rounded points": set_to("invariant.2.layers.0.point.0", "1/2"),
    "rounded points, fused": set_to("invariant.0.label", 1),
    "rounded points, accumulate-fp32": set_to("automaton.start", 1),
    "rounded points, chunked": set_to("arithmetic", "bf16/chunked:3"),
    "rounded boxes": set_to("invariant.0.layers.0.lower.1", 1),
    "rounded points with delay": set_to("invariant.0.previous.0", [0]),
    "cycle": set_to("cycle.preperiod", 2047),
    "word": set_to("word", []),
    "word, rounded": set_to("arithmetic", "fp64"),
    "word, repeated letter": set_to("word.times", 5),
    "memories": set_to("invariant.0.label", 1),
    "word, cast": set_to("word", []),
    "period": set_to("layers.0.4", 1),
    "refuted by a period": set_to("layers.0.3", 1),
    "impossible, cycle": set_to("arithmetic", "uint8"),
    "impossible, odd cycle": set_to("evidence.period", 2),
    "impossible, powers of a letter": set_to("family", "deltanet-signed"),
    "impossible, unsolvable": set_to("evidence.first", []),
    "inseparable": set_to("colours.0.0", 7),
    "separated": set_to("outputs.1", ["13"]),
}


def test_every_claim_has_a_kind_and_every_kind_an_error() -> None:
    assert {certificate(kind)["claim"] for kind in MADE} == set(CLAIMS)
    assert set(ERRORS) == set(MADE)


def test_the_command_accepts_every_kind_in_a_fresh_process(tmp_path) -> None:
    """One process for all kinds, each with its own exit code; and one process for the errors planted in them."""
    program = (
        "import sys\nfrom expressivity.checker.__main__ import main\n"
        "codes = [main([file]) for file in sys.argv[1:]]\n"
        "print(codes)\nprint(sorted({name.split('.')[0] for name in sys.modules} & {'numpy', 'flint', 'numba'}))\n"
    )
    for errors in (False, True):
        files = []
        for number, kind in enumerate(MADE):
            data = certificate(kind)
            if errors:
                ERRORS[kind](data)
            files.append(tmp_path / f"{number}{errors}.json")
            files[-1].write_text(json.dumps(data))
        run = subprocess.run(
            [sys.executable, "-c", program, *map(str, files)], capture_output=True, text=True, check=False
        )
        *said, codes, loaded = run.stdout.splitlines()
        assert (loaded, run.returncode) == ("[]", 0), run.stderr
        assert codes == str([int(errors)] * len(MADE)), [*zip(MADE, said, strict=True)]
        assert all(line.startswith("rejected: ") == errors for line in said)


@pytest.mark.parametrize("kind", [kind for kind in MADE if not kind.startswith(("imposs", "insep", "sep"))])
def test_the_sentence_names_arithmetic_and_network(kind: str) -> None:
    """A proof in one arithmetic, about one network, says nothing about others; the sentence once said neither."""
    data = certificate(kind)
    sentence = checker.check(data)
    assert f"; in {data['arithmetic']} arithmetic, network " in sentence
    assert fingerprint(data["network"])[:12] in sentence


def test_exit_codes_and_help(tmp_path) -> None:
    good, bad, text, other = (tmp_path / name for name in ("good.json", "bad.json", "text.json", "other.json"))
    data = certificate("exact points")
    good.write_text(json.dumps(data))
    bad.write_text(json.dumps(data | {"version": 2}))
    text.write_text("not JSON")
    other.write_text("[]")
    found = {path.name: command(path) for path in (good, bad, text, other, tmp_path / "missing.json")}
    assert {name: run.returncode for name, run in found.items()} == {
        "good.json": 0,
        "bad.json": 1,
        "text.json": 2,
        "other.json": 2,
        "missing.json": 2,
    }
    assert "is of version 2; this checker reads version 1" in found["bad.json"].stdout
    assert found["text.json"].stderr.startswith("not a certificate: ")
    shown = subprocess.run(
        [sys.executable, "-m", "expressivity.checker", "--help"], capture_output=True, text=True, check=True
    )
    assert "exit codes: 0 proved, 1 rejected, 2 not a certificate" in shown.stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"format": 1, "format": 2}', "a field is given twice: 'format'"),
        ('{"a": {"b": 1, "b": 1}}', "a field is given twice: 'b'"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": [1, -Infinity]}', "-Infinity is no JSON"),
        ("[" * 100_000 + "]" * 100_000, "lists in lists without end"),
        ('{"a": ' + "1" * 5000 + "}", "limit"),
    ],
)
def test_json_that_means_two_things_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        checker.load(text)


# Mutants ------------------------------------------------------------------------------------------------------------


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the innermost ones included."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*at, key)
            yield from places(part, (*at, key))


def mutant(data: dict[str, Any], rng: np.random.Generator) -> str:
    """Change one thing in a certificate, in place; says what."""
    found = [place for place in places(data) if len(place) > 1 or place[0] not in ("format", "version")]
    place = found[rng.integers(len(found))]
    at: Any = data
    for key in place[:-1]:
        at = at[key]
    key, old = place[-1], at[place[-1]]
    kinds = ["drop", "type", "null"]
    if isinstance(at, list):
        kinds += ["twice", "swap"]
    if type(old) is int or (type(old) is str and old.lstrip("-")[:1].isdigit()):
        kinds += ["number"] * 6
    if type(old) is bool:
        kinds += ["flip"] * 3
    if isinstance(at, dict):
        kinds += ["extra"]
    kind = kinds[rng.integers(len(kinds))]
    if kind == "drop":
        del at[key]
    elif kind == "type":
        at[key] = float(old) if type(old) is int else 1 if old is True else 0 if old is False else [old]
    elif kind == "null":
        at[key] = None
    elif kind == "twice":
        at.insert(key, copy.deepcopy(old))
    elif kind == "swap":
        other = int(rng.integers(len(at)))
        at[key], at[other] = at[other], at[key]
    elif kind == "number":
        steps = [1, -1, 2, 10**6]
        number = int(str(old).split("/")[0]) + steps[rng.integers(len(steps))]
        at[key] = number if type(old) is int else "/".join([str(number), *old.split("/")[1:]])
    elif kind == "flip":
        at[key] = not old
    else:
        at["zzz"] = old
    return f"{kind} at {place}"


def meaning(data: dict[str, Any]) -> str:
    """What a certificate claims, without what leads there: a mutant of the proof alone may be another right proof."""
    claimed = {key: value for key, value in data.items() if key not in ("invariant", "steady", "cycle", "layers")}
    return json.dumps(claimed, sort_keys=True)


@pytest.mark.parametrize("kind", list(MADE))
def test_mutants_are_rejected_or_claim_the_same_or_are_true(kind: str) -> None:
    """120 of each kind; what is accepted with another claim must be right on all short words by brute force."""
    rng = np.random.default_rng([7, list(MADE).index(kind)])
    original, accepted = certificate(kind), 0
    for _ in range(120):
        data = certificate(kind)
        what = mutant(data, rng)
        if data == original and json.dumps(data) == json.dumps(original):
            continue
        try:
            checker.check(json.loads(json.dumps(data)))
        except checker.Rejected:
            continue
        accepted += 1
        assert "type at" not in what or isinstance(original, list), what
        assert "extra at" not in what, what
        if meaning(data) != meaning(original) and "network" in data:
            assert_true(data, what)
    assert accepted < 60


def assert_true(data: dict[str, Any], what: str) -> None:
    """What a certificate claims about a network, found again by the library's simulator on all short words."""
    network, automaton = network_of(data["network"]), data["automaton"]
    letters, word = len(network.letters), data.get("word")
    words: list[tuple[int, ...]] = [(x,) for x in range(letters)]
    if data["claim"] == "counterexample":
        names = [word["repeat"]] * word["times"] if isinstance(word, dict) else word
        words = [tuple(network.letters.index(name) for name in names)]
    elif data["claim"] == "equivalent" or data["claim"] == "equivalent-by-period":
        for known in words:
            if len(known) < (40 if letters == 1 else 5 if letters < 4 else 3):
                words += [(*known, letter) for letter in range(letters)]
    longest = max(map(len, words))
    runs = [[network.letters[x] for x in known] for known in words if len(known) == longest]
    verdicts = [[bool(v) for v in row] for row in ex.simulate(network, runs, data["arithmetic"])]
    for known, says in zip([known for known in words if len(known) == longest], verdicts, strict=True):
        wanted = [accepts(automaton, known[: k + 1]) for k in range(longest)]
        if data["claim"] == "counterexample":
            assert says[-1:] != wanted[-1:], what
        elif data["claim"].startswith("equivalent"):
            assert says == wanted, (what, known)


def accepts(automaton: dict[str, Any], word: tuple[int, ...]) -> bool:
    state = automaton["start"]
    for letter in word:
        state = automaton["table"][letter][state]
    return state in automaton["accepting"]


def test_an_interrupt_proves_nothing(tmp_path, monkeypatch, capsys) -> None:
    def interrupt(_: Any) -> str:
        raise KeyboardInterrupt

    file = tmp_path / "good.json"
    file.write_text(json.dumps(certificate("exact points")))
    monkeypatch.setattr(command_line, "check", interrupt)
    assert command_line.main([str(file)]) == 130
    streams = capsys.readouterr()
    assert (streams.out, streams.err) == ("", f"interrupted: nothing is proved about {file}\n")


@pytest.mark.parametrize("content", [b"\x93\xff\x00NUMPY", b"{", b'{"a": 1, "a": 2}', None])
def test_a_file_that_is_no_json_is_named(content: bytes | None, tmp_path, capsys) -> None:
    file = tmp_path / "other.bin"
    if content is not None:
        file.write_bytes(content)
    assert command_line.main([str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"not a certificate: {file}: ")
