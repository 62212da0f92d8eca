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
from expressivity.checker import impossible
from expressivity.constructions.refusals import BOUNDS
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
    assert len(found.hypotheses) == 3
    language = ex.language("parity")
    assert [bool(language.accepts(word)) for word in found.pair] == [True, False]
    assert "proved: no network of 'mamba'" in ex.check_certificate(found.certificate, language="parity")


@pytest.mark.parametrize(("family", "name"), [("complex-diagonal", "A5"), ("mamba-signed", "S5"), ("mamba", "T5")])
def test_the_pair_is_told_apart_by_the_language(family: str, name: str) -> None:
    found = ex.refute(family, name)
    assert found is not None
    language = ex.language(name)
    assert len({bool(language.accepts(word)) for word in found.pair}) == 2


def test_no_theorem_no_answer() -> None:
    assert ex.refute("dense", "A5") is None
    assert ex.refute("mamba", "flip-flop") is None
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
    ("mamba", "mod3", change("arithmetic", "uint8"), "needs exact or cast arithmetic"),
    ("mamba", "mod3", change("arithmetic", "bf16/chunked:2"), "needs exact or cast arithmetic"),
    ("mamba", "mod3", change("assumes", "anything"), "assumes ''"),
    ("mamba", "mod3", change("evidence.period", 2), "do not return"),
    ("mamba", "mod3", change("evidence.period", 6), "no prime"),
    ("mamba", "mod3", change("evidence.word", []), "apart"),
    ("mamba", "mod3", change("evidence.word", [7]), "letter number 7"),
    ("mamba", "mod3", change("automaton.accepting", []), "apart"),
    ("mamba-signed", "S3", change("evidence", {"prefix": [], "word": [0], "suffix": [], "period": 2}), "odd prime"),
    ("deltanet", "S3", change("evidence.word", [0, 1]), "one letter"),
    ("complex-diagonal", "A5", change("assumes", ""), "assumes 'it has finitely many"),
    ("complex-diagonal", "A5", change("evidence.second", [0]), "coprime"),
    ("complex-diagonal", "A5", change("evidence.points", [0, 1]), "does not permute"),
    ("complex-diagonal", "A5", change("evidence.first", []), "coprime"),
]


@pytest.mark.parametrize(("family", "name", "plant", "complaint"), PLANTED)
def test_a_planted_error_is_found(family: str, name: str, plant: Any, complaint: str) -> None:
    found = ex.refute(family, name)
    assert found is not None
    data = copy.deepcopy(found.certificate.data)
    checker.check(data)
    plant(data)
    with pytest.raises(checker.Rejected, match=complaint):
        checker.check(data)


def test_a_certificate_about_another_language_is_rejected() -> None:
    found = ex.refute("mamba", "mod3")
    assert found is not None
    with pytest.raises(ex.CertificateError, match="another language"):
        ex.check_certificate(found.certificate, language="mod5")


ARITHMETICS = [
    "exact",
    "fp8_e4m3fn",
    "bf16/fused",
    "bf16/fused/stochastic",
    "q3.4/per-operation/up",
    "fp16/accumulate-fp32",
    "bf16:fp32",
    "bf16/exact-then-cast",
    "exact:bf16/exact-then-cast",
    "q3.4+wrap/exact-then-cast",
    "uint8",
    "int4/fused",
    "uint8/accumulate-fp32",
    "q3.4+wrap",
    "q0.7+wrap:fp32",
    "uint8:bf16",
    "bf16:uint8",
    "bf16/chunked:4",
]


def test_library_and_checker_agree_on_where_every_theorem_applies() -> None:
    assert {bound.name for bound in BOUNDS} == set(impossible.THEOREMS)
    for bound, arithmetic in itertools.product(BOUNDS, ARITHMETICS):
        families, kinds, excludes, assumes = impossible.THEOREMS[bound.name]
        applies = bound.arithmetic(ex.parse_arithmetic(arithmetic)) is not None
        held = impossible.arithmetic_kinds(arithmetic)
        assert applies == bool(held & set(kinds)), (bound.name, arithmetic)
        assert (families, excludes, assumes) == (bound.families, bound.excludes, bound.assumes)


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
        assert ex.refute(family, minimal, arithmetic=arithmetic) is None


def test_a_false_theorem_would_be_contradicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same property finds "mamba is aperiodic in uint8" and "mamba-signed is aperiodic in floats" when stated."""
    from dataclasses import replace

    from expressivity.constructions import refusals

    def stated_too_widely(bound: refusals.Bound) -> refusals.Bound:
        return replace(bound, families=("mamba", "mamba-signed"), arithmetic=lambda model: "claimed")

    false = [stated_too_widely(bound) for bound in BOUNDS if bound.name == "monotone-maps-are-aperiodic"]
    monkeypatch.setattr(refusals, "BOUNDS", tuple(false))
    for family, arithmetic in (("mamba", "uint3"), ("mamba-signed", "e3m3")):
        contradicted = 0
        for seed in range(60):
            realised = ex.realise(diagonal_network(seed, family, 1), arithmetic, max_states=3_000)
            assert isinstance(realised, ex.Automaton)
            contradicted += refusals.refuse(family, realised.minimal(), arithmetic=arithmetic) is not None
        assert contradicted > 0, (family, arithmetic)
