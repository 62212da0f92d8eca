"""The independent checker: accepts what is true, and finds every kind of planted error."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.checker.fields import Field
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.verification.verify import check_certificate
from oracles.networks import certified, contracting


def certificate(name: str, family: str) -> dict[str, Any]:
    _, answer = certified(name, family)
    return json.loads(json.dumps(answer.certificate.data))


def boxes(margin: Fraction = Fraction(0)) -> dict[str, Any]:
    """A hand-made invariant of the contracting network: two intervals, by last letter."""
    low = {"layers": [{"lower": [0], "upper": [str(Fraction(1, 3) - margin)]}], "label": 0}
    high = {"layers": [{"lower": [1], "upper": [str(Fraction(4, 3) - margin)]}], "label": 1}
    shared = {"previous": [[]], "successors": [0, 1]}
    return {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "equivalent",
        "arithmetic": "exact",
        "network": network_to_json(contracting()),
        "automaton": automaton_to_json(ex.language("re[ab]:(a|b)*b")),
        "invariant": [low | shared, high | shared],
    }


def test_boxes_prove_what_no_finite_set_of_points_can() -> None:
    assert "2 labelled boxes are closed" in checker.check(boxes())


def test_a_box_too_small_by_a_millionth_is_rejected() -> None:
    with pytest.raises(checker.Rejected, match="the image is not inside box"):
        checker.check(boxes(Fraction(1, 10**6)))


def test_a_box_that_straddles_two_codes_is_rejected() -> None:
    wide = boxes()
    wide["invariant"][0]["layers"][0]["upper"] = [3]
    with pytest.raises(checker.Rejected, match=r"depending on what the box leaves open|not inside box"):
        checker.check(wide)


def test_empty_boxes_are_rejected() -> None:
    empty = boxes()
    empty["invariant"][0]["layers"][0] = {"lower": [1], "upper": [0]}
    with pytest.raises(checker.Rejected, match="box 0 is empty"):
        checker.check(empty)


CASES = [("S3", "deltaproduct"), ("mod5", "deltanet-signed"), ("mod3", "deltaproduct"), ("tomita-3", "dense")]


def planted(data: dict[str, Any], kind: str) -> dict[str, Any]:
    broken = copy.deepcopy(data)
    layer = broken["network"]["layers"][-1]
    invariant, automaton = broken["invariant"], broken["automaton"]
    if kind == "label":
        invariant[1]["label"] = (invariant[1]["label"] + 1) % len(automaton["table"][0])
    elif kind == "successor":
        invariant[1]["successors"][0] = (invariant[1]["successors"][0] + 1) % len(invariant)
    elif kind == "point":
        point = invariant[1]["layers"][-1]["point"]
        point[0] = (
            [*([7] if isinstance(point[0], list) else []), *([0] * (len(point[0]) - 1))]
            if isinstance(point[0], list)
            else 7
        )
    elif kind == "accepting":
        automaton["accepting"] = [q for q in range(len(automaton["table"][0])) if q not in automaton["accepting"]]
    elif kind == "table":
        layer["table"] = [[1 - answer for answer in row] for row in layer["table"]]
    elif kind == "missing box":
        invariant.pop()
    elif kind == "weight":
        name = {"householder": "betas", "dense": "matrices"}[layer["kind"]]
        weights = layer["weights"][name]
        if name == "matrices":
            weights[0][0][2] = 2
        else:
            one = weights[0][0]
            weights[0][0] = [1, *([0] * (len(one) - 1))] if isinstance(one, list) else 1
    elif kind == "start label":
        invariant[0], invariant[1] = invariant[1], invariant[0]
    elif kind == "float":
        invariant[0]["layers"][-1]["point"][0] = 0.5
    elif kind == "arithmetic":
        broken["arithmetic"] = "bf17"
    elif kind == "negative state":
        automaton["table"][0][0] = -1
    return broken


KINDS = [
    "label",
    "successor",
    "point",
    "accepting",
    "table",
    "missing box",
    "weight",
    "start label",
    "float",
    "arithmetic",
    "negative state",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "family"), CASES)
def test_every_planted_error_is_found(name: str, family: str, kind: str) -> None:
    data = certificate(name, family)
    checker.check(data)
    with pytest.raises(checker.Rejected):
        checker.check(planted(data, kind))


@pytest.mark.slow
@given(st.data())
def test_malformed_certificates_are_rejected_not_crashed_on(data: st.DataObject) -> None:
    broken = certificate("S3", "deltaproduct")
    target: Any = broken
    for _ in range(data.draw(st.integers(1, 5))):
        if not isinstance(target, dict | list) or not target:
            break
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        key = data.draw(st.sampled_from(keys))
        parent, target = target, target[key]
    parent[key] = data.draw(st.sampled_from([None, "x", -3, [], {}, 10**9]))
    try:
        statement = checker.check(broken)
    except checker.Rejected:
        return
    assert statement.startswith("proved for all lengths")  # the change touched nothing the claim depends on


def test_a_certificate_is_tied_to_its_network_and_language() -> None:
    answer = ex.verify(ex.compile("S3", "deltaproduct"), "S3")
    assert isinstance(answer, ex.Equivalent)
    with pytest.raises(ex.CertificateError, match="about another network"):
        check_certificate(answer.certificate, network=ex.compile("S3", "dense"))
    with pytest.raises(ex.CertificateError, match="about another language"):
        check_certificate(answer.certificate, language=ex.language("S3").complement())


def test_counterexamples_are_replayed() -> None:
    answer = ex.verify(ex.compile("mod3", "deltaproduct"), "parity")
    assert isinstance(answer, ex.Counterexample)
    data = copy.deepcopy(answer.certificate.data)
    assert "on a word of 2 letters" in checker.check(data)
    data["word"] = []
    with pytest.raises(checker.Rejected, match="agree on the word"):
        checker.check(data)


@pytest.mark.parametrize("conductor", [*range(1, 26), 36, 48])
def test_its_minimal_polynomials_are_right(conductor: int) -> None:
    x = sympy.symbols("x")
    wanted = sympy.Poly(sympy.minimal_polynomial(2 * sympy.cos(2 * sympy.pi / conductor), x), x)
    assert Field(conductor).polynomial == [int(c) for c in wanted.all_coeffs()[::-1]]


@given(st.sampled_from([5, 7, 9, 16, 20, 24, 44]), st.data())
def test_its_signs_are_right(conductor: int, data: st.DataObject) -> None:
    field = Field(conductor)
    element = tuple(data.draw(st.lists(st.integers(-30, 30), min_size=field.degree, max_size=field.degree)))
    c = 2 * sympy.cos(2 * sympy.pi / conductor)
    value = sympy.Float(sum(v * c**k for k, v in enumerate(element)).evalf(60), 60)
    assert field.sign(element) == (0 if not any(element) else sympy.sign(value))
    square = field.multiply(element, element)
    assert field.sign(square) == (1 if any(element) else 0)


def test_it_runs_on_its_own(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    data = certificate("S3", "deltaproduct")
    good.write_text(json.dumps(data))
    bad.write_text(json.dumps(planted(data, "label")))
    command = [sys.executable, "-m", "expressivity.checker"]
    run = subprocess.run([*command, str(good)], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert run.stdout.startswith("proved for all lengths")
    run = subprocess.run([*command, str(bad)], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stdout.startswith("rejected:")


def test_a_certificate_is_held_to_the_arithmetic_that_is_asked_for() -> None:
    network = ex.compile("parity", into="deltanet-signed")
    answer = ex.verify(network, "parity", arithmetic="bf16/per-operation")
    assert isinstance(answer, ex.Equivalent)
    assert ex.check_certificate(answer.certificate, network=network, language="parity", arithmetic="bf16")
    with pytest.raises(ex.CertificateError, match="is about 'bf16' arithmetic, not about 'exact'"):
        ex.check_certificate(answer.certificate, arithmetic="exact")
    impossible = ex.refute("mamba", "parity", arithmetic="bf16")
    assert isinstance(impossible, ex.Impossible)
    with pytest.raises(ex.CertificateError, match="the claim 'impossible' names no network"):
        ex.check_certificate(impossible.certificate, network=network)
