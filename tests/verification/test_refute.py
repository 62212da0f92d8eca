"""Impossibility: certificates that hold, planted errors that are found, and no theorem that a network contradicts."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.arithmetic.rounding_plan import ROUNDINGS
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.checker import impossible
from expressivity.constructions.refusals import BOUNDS, GIVEN
from expressivity.exact import rationals
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, single_block


def test_the_answer_carries_theorem_hypotheses_and_pair() -> None:
    found = ex.refute("mamba", "parity", arithmetic="bf16/fused")
    assert isinstance(found, ex.Impossible)
    assert found.theorem == "monotone-maps-are-aperiodic"
    assert found.arithmetic == "bf16/fused"
    assert len(found.hypotheses) == 6
    language = ex.language("parity")
    assert [bool(language.accepts(word)) for word in found.pair] == [True, False]
    assert "proved: no network of 'mamba'" in ex.check_certificate(found.certificate, language="parity")


@pytest.mark.parametrize(("family", "name"), [("complex-diagonal", "A5"), ("mamba-signed", "S5"), ("mamba", "T5")])
def test_the_pair_is_told_apart_by_the_language(family: str, name: str) -> None:
    found = ex.refute(family, name, given="finitely-many-states")
    assert isinstance(found, ex.Impossible)
    language = ex.language(name)
    assert len({bool(language.accepts(word)) for word in found.pair}) == 2


def test_no_theorem_no_answer() -> None:
    found = ex.refute("dense", "A5")
    assert isinstance(found, ex.Open)
    assert found.hypotheses == ("no theorem here is about the family 'dense'",)
    found = ex.refute("mamba", "flip-flop")
    assert isinstance(found, ex.Open)
    assert "a word that moves states round is shown in the language, and none was found" in found.hypotheses[0]
    found = ex.refute("rwkv7", "parity", arithmetic="exact")
    assert isinstance(found, ex.Open)
    assert found.holds is None
    assert "would need that the network is one whose read-outs keep a margin" in found.hypotheses[0]
    assert found.to_json()["answer"] == "open"
    assert str(found.told()).startswith("OPEN: no theorem here forbids rwkv7 in exact arithmetic")
    with pytest.raises(TypeError, match=r"this is Open.*isinstance\(answer, ex.Open\)"):
        bool(found)
    with pytest.raises(ex.ExpressivityError, match="'mambo' is not a family; did you mean mamba"):
        ex.refute("mambo", "parity")
    with pytest.raises(ex.FormatError, match="unknown number format"):
        ex.refute("mamba", "parity", arithmetic="bf17")


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(data: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            data = data[parent]
        data[last] = value

    return apply


PLANTED = [
    ("mamba", "mod3", change("family", "dense"), "is about mamba, not about 'dense'"),
    ("mamba", "mod3", change("family", "mamba-signed"), "is about mamba"),
    ("mamba", "mod3", change("theorem", "everything-is-impossible"), "unknown to this checker"),
    ("mamba", "mod3", change("arithmetic", "uint8"), "needs nothing-is-rounded or cast-once and no-wrapping of the"),
    ("mamba", "mod3", change("arithmetic", "bf16/chunked:2"), "needs nothing-is-rounded or cast-once of the"),
    ("mamba", "mod3", change("arithmetic", "exact/per-operation"), "unknown to this checker"),
    ("mamba", "mod3", change("arithmetic", "bf16:bf16:bf16"), "unknown to this checker"),
    ("mamba", "mod3", change("arithmetic", "bf16/fused/at-will"), "unknown to this checker"),
    ("mamba", "mod3", change("assumes", "anything"), "assumes nothing of the network, not 'anything'"),
    ("mamba", "mod3", change("assumes", "margin"), "assumes nothing"),
    ("mamba", "mod3", change("evidence.period", 2), "do not return"),
    ("mamba", "mod3", change("evidence.period", 6), "expected an integer from 2 to 3"),
    ("mamba", "mod3", change("evidence.word", []), "apart"),
    ("mamba", "mod3", change("evidence.word", [7]), "holds 7; expected integers from 0 to 0"),
    ("mamba", "mod3", change("automaton.accepting", []), "apart"),
    ("mamba-signed", "S3", change("evidence", {"prefix": [], "word": [0], "suffix": [], "period": 2}), "odd prime"),
    ("deltanet", "S3", change("evidence.word", [0, 1]), "one letter"),
    ("complex-diagonal", "A5", change("assumes", ""), "assumes 'finitely-many-states' of"),
    ("complex-diagonal", "A5", change("assumes", "margin"), "assumes 'finitely-many-states' of"),
    ("complex-diagonal", "A5", change("evidence.points", [True, 2]), "expected integers from 0 to 59"),
    ("complex-diagonal", "A5", change("evidence.second", [0]), "coprime"),
    ("complex-diagonal", "A5", change("evidence.points", [0, 1]), "does not permute"),
    ("complex-diagonal", "A5", change("evidence.first", []), "coprime"),
]


@pytest.mark.parametrize(("family", "name", "plant", "complaint"), PLANTED)
def test_a_planted_error_is_found(family: str, name: str, plant: Any, complaint: str) -> None:
    found = ex.refute(family, name, given="finitely-many-states")
    assert isinstance(found, ex.Impossible)
    data = copy.deepcopy(found.certificate.data)
    checker.check(data)
    plant(data)
    with pytest.raises(checker.Rejected, match=complaint):
        checker.check(data)


def test_a_certificate_about_another_language_is_rejected() -> None:
    found = ex.refute("mamba", "mod3")
    assert isinstance(found, ex.Impossible)
    with pytest.raises(ex.CertificateError, match="another language"):
        ex.check_certificate(found.certificate, language="mod5")


FORMATS = [
    *("exact", "fp64", "fp32", "fp16", "bf16", "fp8_e4m3fn", "fp8_e5m2", "fp8_e4m3fnuz", "fp6_e2m3", "fp4_e2m1"),
    *("bf16+sat", "fp16+nosub", "fp8_e4m3fn+sat", "e3m2", "e4m3+fn+bias11", "e2m1+bias-3", "e5m0", "e1m2+finite"),
    *("int1", "int2", "int8", "uint1", "uint8", "uint16", "int1+sat", "int2+sat", "int8+sat", "uint1+sat", "uint8+sat"),
    *("q0.7", "q3.4", "uq0.8", "uq4.4", "uq8.0", "q0.7+wrap", "q3.4+wrap", "q7.0+wrap", "uq0.8+wrap", "uq4.4+wrap"),
]
ORDERS = ["per-operation", "fused", "accumulate-fp32", "chunked:3", "exact-then-cast"]


def readable_arithmetics() -> list[str]:
    """Every pair of formats above with every order and rounding."""
    exact = [weights if weights == "exact" else f"{weights}:exact" for weights in FORMATS]
    finite = [f"{weights}:{state}" for weights, state in itertools.product(FORMATS, FORMATS[1:])]
    return exact + ["/".join(parts) for parts in itertools.product(finite, ORDERS, ROUNDINGS)]


def test_library_and_checker_agree_on_every_hypothesis_in_every_arithmetic() -> None:
    """Fault A5: `refute` raised, because the search discharged hypotheses that the checker refused."""
    stated = {h.name: h for bound in BOUNDS for listed in bound.models for h in listed}
    assert set(stated) == set(impossible.HYPOTHESES)
    arithmetics = readable_arithmetics()
    assert len(arithmetics) == len(FORMATS) + len(FORMATS) * (len(FORMATS) - 1) * len(ORDERS) * len(ROUNDINGS)
    for arithmetic in arithmetics:
        model = parse_arithmetic.__wrapped__(arithmetic)
        held = {name for name, hypothesis in stated.items() if hypothesis.holds(model)}
        assert held == impossible.hypotheses(arithmetic), arithmetic


def test_library_and_checker_state_the_same_theorems() -> None:
    assert GIVEN.keys() == impossible.GIVEN.keys()
    assert {bound.name for bound in BOUNDS} == set(impossible.THEOREMS)
    for bound in BOUNDS:
        models = tuple(tuple(h.name for h in listed) for listed in bound.models)
        assert impossible.THEOREMS[bound.name] == (bound.families, models, bound.excludes, bound.given)


@given(
    st.sampled_from(sorted(FAMILIES)),
    st.sampled_from(["parity", "mod3", "S3", "A5", "flip-flop"]),
    st.sampled_from(readable_arithmetics()),
    st.sampled_from([None, *GIVEN]),
)
def test_every_readable_arithmetic_is_answered(family: str, name: str, arithmetic: str, given: str | None) -> None:
    """Fault A5, from outside: an answer that the checker accepts, or none, and never an error."""
    found = ex.refute(family, name, arithmetic=arithmetic, given=given)
    if isinstance(found, ex.Impossible):
        ex.check_certificate(found.certificate, language=name)


# The theorems against networks drawn at random: none may recognise what is refuted ----------------------------------


def diagonal_network(seed: int, family: str, layers: int) -> ex.Network:
    """Random diagonal layers of a family; the first layers answer with one of two or three symbols."""
    rng = np.random.default_rng(seed)
    stack, letters, width = [], 2, 2

    def entries(*shape: int) -> np.ndarray:
        low = 0 if family == "mamba" else -8
        flat = [Fraction(int(v), 8) for v in rng.integers(low, 9, int(np.prod(shape)))]
        return np.array(flat, dtype=object).reshape(shape)

    for number in range(layers):
        outputs = 2 if number == layers - 1 else int(rng.integers(2, 4))
        if family == "complex-diagonal":
            real, imaginary = (rng.integers(-1, 2, (letters, 1)) for _ in range(2))
            imaginary = np.where(real == 0, imaginary, 0)
            transition: Any = ComplexDiagonalTransition(rationals(real), rationals(imaginary))
        else:
            transition = DiagonalTransition(rationals(entries(letters, width)))
        inputs, start = rng.integers(-3, 4, (letters, width, 1)), rng.integers(-3, 4, (width, 1))
        points = np.unique(rng.integers(-4, 5, (6, width)), axis=0)
        table = rng.integers(0, outputs, (letters, len(points)))
        stack.append(
            Layer(transition, rationals(inputs), rationals(start), single_block(rationals(points), table, outputs))
        )
        letters = outputs
    return ex.Network(("a", "b"), tuple(stack), family=family)


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["mamba", "mamba-signed", "complex-diagonal"]),
    st.integers(1, 2),
    st.sampled_from(
        ["fp4_e2m1", "e3m2/fused", "e3m3/per-operation/up", "q2.1/fused/to-odd", "uint3", "int3/fused", "uint4"]
    ),
)
def test_no_realised_network_contradicts_a_theorem(seed: int, family: str, layers: int, arithmetic: str) -> None:
    network = diagonal_network(seed, family, layers)
    assert FAMILIES[family].problems(network) == ()
    try:
        realised = ex.realise(network, arithmetic, max_states=3_000)
    except ex.FormatError:
        return  # a NaN in a format without one: the run has no meaning
    if isinstance(realised, ex.Automaton) and (minimal := realised.minimal()).states <= 60:
        assert isinstance(ex.refute(family, minimal, arithmetic=arithmetic), ex.Open)


def test_a_false_theorem_would_be_contradicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same property finds "mamba is aperiodic in uint8" and "mamba-signed is aperiodic in floats" when stated."""
    from dataclasses import replace

    from expressivity.constructions import refusals

    def stated_too_widely(bound: refusals.Bound) -> refusals.Bound:
        return replace(bound, families=("mamba", "mamba-signed"), models=((),))

    false = [stated_too_widely(bound) for bound in BOUNDS if bound.name == "monotone-maps-are-aperiodic"]
    monkeypatch.setattr(refusals, "BOUNDS", tuple(false))
    for family, arithmetic in (("mamba", "uint3"), ("mamba-signed", "e3m3")):
        contradicted = 0
        for seed in range(60):
            realised = ex.realise(diagonal_network(seed, family, 1), arithmetic, max_states=3_000)
            assert isinstance(realised, ex.Automaton)
            contradicted += refusals.refuse(family, realised.minimal(), arithmetic=arithmetic) is not None
        assert contradicted > 0, (family, arithmetic)
