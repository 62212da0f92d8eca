"""Certificates made to deceive the checker, and true ones it refused, each with its story."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity import checker
from expressivity.arithmetic.format_names import parse_format
from expressivity.checker.fields import Field
from expressivity.checker.formats import read_arithmetic
from expressivity.checker.impossible import hypotheses
from expressivity.checker.storing import stored
from expressivity.exact import ExactArray
from expressivity.networks.exchange import fingerprint
from expressivity.networks.forms.weights import round_exact

BIGGEST = int(float.fromhex("0x1.fep127"))  # of bf16


def one_number(weight: Any, start: Any, points: list[Any], table: list[int], **changed: Any) -> dict[str, Any]:
    """A network of one letter and one number h ↦ weight·h, read by the nearest of some points."""
    layer = {"conductor": 1, "width": 1, "columns": 1, "delay": 0, "symbols": 1, "outputs": 2, "start": [start]}
    layer |= {"kind": "diagonal", "weights": {"diagonal": [[weight]]}, "inputs": [[0]], "select": [[0]]}
    layer |= {"table": [table], "blocks": [{"coordinates": [0], "points": [[p] for p in points]}]}
    return {"letters": ["a"], "bos": False, "accepts_empty": True, "layers": [layer | changed]}


def about(network: dict[str, Any], arithmetic: str, claim: str, **evidence: Any) -> dict[str, Any]:
    """A certificate about the language of all words over one letter."""
    everything = {"letters": ["a"], "table": [[0]], "start": 0, "accepting": [0]}
    head = {"format": "expressivity-certificate", "version": 1, "claim": claim, "arithmetic": arithmetic}
    return head | {"network": network, "automaton": everything} | evidence


@pytest.mark.parametrize("order", ["per-operation", "fused"])
def test_an_infinite_weight_moves_no_box(order) -> None:
    """10³⁹ is ∞ in bf16. Times the ends of a box around 0 that saturates to finite numbers, times 0 it is NaN.

    The box was closed, and its code never 0; the network, which starts at 0, reads NaN, and NaN has code 0.
    """
    network = one_number(10**39, 0, [10**60, 0, 1], [0, 1, 1])
    arithmetic = f"bf16:bf16+sat/{order}"
    assert "the network says False" in checker.check(about(network, arithmetic, "counterexample", word=["a"]))
    everything = [{"layers": [{"lower": [-BIGGEST], "upper": [BIGGEST]}]} | one_box()]
    with pytest.raises(checker.Rejected, match="a weight is no finite number"):
        checker.check(about(network, arithmetic, "equivalent", invariant=everything))


def one_box(successor: int = 0) -> dict[str, Any]:
    return {"previous": [[]], "label": 0, "successors": [successor]}


def test_a_state_may_be_minus_infinity() -> None:
    """The format was said to have no −∞, which was looked for by identity, and every −∞ is another object."""
    states = [*(-(2**k) for k in range(16)), "-inf"]
    invariant = [{"layers": [{"point": [v]}]} | one_box(min(k + 1, 16)) for k, v in enumerate(states)]
    network = one_number(2, -1, [0], [1])
    assert "17 labelled boxes" in checker.check(about(network, "fp8_e5m2", "equivalent", invariant=invariant))
    with pytest.raises(checker.Rejected, match="has no -inf"):
        checker.check(about(network, "fp8_e4m3fn", "equivalent", invariant=[invariant[-1] | one_box()]))


def test_an_enclosure_of_a_weight_is_finer_than_the_format_is_wide() -> None:
    """1 + F_190·c − F_189, c = 2cos 2π/5, is 1 and a little; an enclosure of 80 bits reaches from −10¹⁵ to 10¹⁵.

    Both ends are NaN in fp8_e4m3fn, and wrap around to anything in integers: that was taken for the stored weight.
    """
    field, fibonacci = Field(5), [0, 1]
    while len(fibonacci) < 260:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    numbers = ExactArray(np.array([[1 - fibonacci[189], fibonacci[190]]], dtype=object), 1, 5)
    for name in ("fp8_e4m3fn", "bf16", "int8"):
        assert stored(field, (1 - fibonacci[189], fibonacci[190]), name) == 1, name
        assert round_exact(numbers, parse_format(name)).tolist() == [1], name
    for n in range(100, 259):
        number = (2 - fibonacci[n - 1], fibonacci[n])
        assert stored(field, number, "int1") == 0, n
        assert stored(field, number, "uint2") == 2, n


def test_an_irrational_weight_may_overflow_to_nan() -> None:
    """Two ends that are NaN never compared equal, and the library looked for finer enclosures for ever."""
    numbers = ExactArray(np.array([[0, 1000]], dtype=object), 1, 5)
    assert math.isnan(round_exact(numbers, parse_format("fp8_e4m3fn")).item())
    assert math.isnan(stored(Field(5), (0, 1000), "fp8_e4m3fn"))


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def joined(literals: int) -> str:
    """A rule whose body has so many literals, which are joined one inside the other."""
    literal = {"predicate": "p", "arguments": [{"variable": "x"}], "weight": None, "kind": "positive", "hidden": False}
    rule = {"head": ["q", []], "body": [literal] * literals, "head_weight": None, "bias": None} | {
        "activation": "identity",
        "aggregation": "sum",
        "combination": "sum",
        "semantics": "bag",
    }
    template = {"rules": [rule], "facts": [["p", ["a"], [1]]], "predicates": []}
    parts = {"template": template, "facts": [[], []], "query": ["q", []], "outputs": [[1], [2]]}
    return json.dumps({"format": "expressivity-certificate", "version": 1, "claim": "separated"} | parts)


def surrogate() -> str:
    template = {"rules": [], "facts": [], "predicates": []}
    parts = {"template": template, "facts": [[], []], "query": ["\ud800", []], "outputs": [[1], [2]]}
    return json.dumps({"format": "expressivity-certificate", "version": 1, "claim": "separated"} | parts)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (nested(200_000), 2),
        ('{"format": "expressivity-certificate", "version": ' + nested(985) + "}", None),
        ('{"format": "expressivity-certificate", "version": 1, "claim": ' + nested(985) + "}", None),
        (joined(1500), 1),
        (surrogate(), 1),
        ("9" * 5000, 2),
        ("", 2),
    ],
    ids=["deep", "deep version", "deep claim", "long rule", "surrogate", "long number", "empty"],
)
def test_the_command_answers_whatever_it_is_given(written: str, code: int | None, tmp_path: Path) -> None:
    """Nesting and long rules exhausted the interpreter's stack, and half a surrogate pair cannot be printed."""
    path = tmp_path / "certificate.json"
    path.write_text(written, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "expressivity.checker", str(path)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in ({1, 2} if code is None else {code})


def test_a_small_file_does_not_ask_for_large_matrices() -> None:
    """A width of a million made a million rows for every letter before its inputs were seen to be missing."""
    network = one_number(1, 0, [0], [1], width=10**6, kind="dense", weights={"matrices": [[]]}, inputs=[])
    with pytest.raises(checker.Rejected, match="inputs has 0 entries"):
        checker.check(about(network, "exact", "counterexample", word=[]))


@pytest.mark.parametrize("name", ["int08", "int٣", "q03.4", "e04m3", "e4m3+bias07"])
def test_a_format_has_one_name(name: str) -> None:
    """The library knew other spellings of a number, the checker did not, and so true answers were called a defect."""
    with pytest.raises(ex.ExpressivityError):
        parse_format(name)
    with pytest.raises(checker.Rejected, match="is unknown to this checker"):
        read_arithmetic(name)


@pytest.mark.parametrize("name", ["e1m1+nosub", "e1m7+nosub+sat"])
def test_a_format_without_any_normal_number_is_none(name: str) -> None:
    """With one exponent bit and infinities all numbers are subnormal; the checker knew such a format without them."""
    with pytest.raises(ex.ExpressivityError):
        parse_format(name)
    with pytest.raises(checker.Rejected, match="no normal numbers"):
        read_arithmetic(name)


def test_the_sentence_counts_only_states_that_words_lead_to() -> None:
    """One box was said to be decoded onto all states of an automaton, those that no word reaches included."""
    network = one_number(1, 0, [0], [1])
    certificate = about(network, "exact", "equivalent", invariant=[{"layers": [{"point": [0]}]} | one_box()])
    assert "onto the automaton's 1 states;" in checker.check(certificate)
    certificate["automaton"] |= {"table": [[0, 0, 1]]}
    assert "onto the automaton's 1 states that words lead to;" in checker.check(certificate)


def test_the_sentence_names_a_network_by_enough_digits() -> None:
    """Two networks that share 48 bits of their hash are made in a minute, one of them right and one wrong."""
    certificate = about(one_number(1, 0, [0], [0]), "exact", "counterexample", word=["a"])
    assert fingerprint(certificate["network"])[:32] in checker.check(certificate)


def test_the_degree_of_a_field_is_that_of_its_polynomial() -> None:
    """A conductor of 9973 took 20 seconds before a number was seen not to have as many coefficients."""
    for conductor in range(1, 80):
        assert Field(conductor).degree == len(Field(conductor).polynomial) - 1, conductor
    with pytest.raises(checker.Rejected, match="does not have 4986 coefficients"):
        checker.check(about(one_number(1, 0, [0], [1], conductor=9973), "exact", "counterexample", word=[]))


@pytest.mark.parametrize("name", ["exact:exact", "exact/fused"])
def test_exact_arithmetic_has_one_name_in_impossibility_too(name: str) -> None:
    """A theorem was said to hold in "exact:exact arithmetic", which the other claims do not know."""
    with pytest.raises(checker.Rejected, match="is unknown to this checker"):
        hypotheses(name)
