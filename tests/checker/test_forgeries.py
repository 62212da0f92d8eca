"""Forged certificates that were once accepted, each with its story, and what else is of its kind."""

from __future__ import annotations

import copy
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity import checker
from expressivity.checker.relational import evaluate
from expressivity.exact import rationals
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout
from oracles.certificates import certificate
from oracles.json_paths import set_to


def even_number_of_a() -> ex.Network:
    """Memory ±1/3 turned by a; in bf16 the cast of a third is not itself a third, so terms are counted."""
    readout = Readout(
        (Block(np.array([0]), rationals([[1], [-1]])),), np.zeros((2, 1), int), np.array([[1, 0], [1, 0]]), 2
    )
    start = rationals(np.array([[Fraction(1, 3)]], dtype=object))
    layer = Layer(DiagonalTransition(rationals([[-1], [1]])), rationals(np.zeros((2, 1, 1), int)), start, readout)
    return ex.Network(("a", "b"), (layer,), accepts_empty=True)


@pytest.mark.parametrize("forge", [float, bool, str, lambda count: [count], lambda count: -count, lambda count: 0])
def test_counts_of_terms_are_integers(forge: Callable[[int], Any]) -> None:
    """B1. A count of 1.0 turned the sum of casts into a float; floats are infinities or NaN there, and their code is 0.

    "An even number of a" was so proved to be equal to all words, bound to its network and to that language.
    """
    language = ex.language("re[ab]:(b|ab*a)*")
    answer = ex.verify(even_number_of_a(), language, arithmetic="exact:bf16/exact-then-cast")
    assert isinstance(answer, ex.Equivalent)
    data = copy.deepcopy(answer.certificate.data)
    checker.check(data)
    for entry in data["invariant"]:
        for part in entry["layers"]:
            part["terms"] = [[forge(count), vector] for count, vector in part["terms"]]
    with pytest.raises(checker.Rejected, match="how often a term occurs is"):
        checker.check(data)
    for entry in data["invariant"]:
        entry["label"] = 0
    data["automaton"] = automaton_to_json(ex.language("re[ab]:(a|b)*").with_letters(("a", "b")).minimal())
    with pytest.raises(checker.Rejected, match="how often a term occurs is"):
        checker.check(data)


def test_verdicts_that_are_not_derived_are_not_claimed() -> None:
    """B2. Lengths from 10⁶ after the stated preperiod up to where verdicts are derived were never looked at."""
    data = certificate("refuted by a period")
    preperiod = data["preperiod"]
    data["layers"][0][4] = 10**9  # still right: from there on the state is constant, and the hole is longer than 10⁶
    with pytest.raises(checker.Rejected, match=rf"verdicts are derived from 10\d+ letters on, not from {preperiod} on"):
        checker.check(data)
    data["preperiod"], data["lengths"] = 2 * 10**9, [2 * 10**9, 2 * 10**9 + 1]
    assert "says the same after 2000000000 and 2000000001 letters" in checker.check(data)
    data["preperiod"] = data["layers"][0][4] - 1
    with pytest.raises(checker.Rejected, match="verdicts are derived from"):
        checker.check(data)


def test_states_of_an_unsolvable_group_are_reached_and_told_apart() -> None:
    """B3. "No network recognises the empty language": A5 was shown to act on states that mean nothing."""
    data = certificate("impossible, unsolvable")
    empty = copy.deepcopy(data)
    empty["automaton"]["accepting"] = []
    with pytest.raises(checker.Rejected, match="no word tells two of the states named apart"):
        checker.check(empty)
    alone = copy.deepcopy(data)
    table = alone["automaton"]["table"]
    alone["automaton"]["start"] = len(table[0])
    for row in table:
        row.append(len(row))
    with pytest.raises(checker.Rejected, match="a state named is reached by no word"):
        checker.check(alone)


WRONG_TYPES = [
    ("exact points", "network.accepts_empty", 1),
    ("exact points", "network.bos", 0),
    ("exact points", "network.layers.0.delay", False),
    ("exact points", "network.layers.0.width", 3.0),
    ("exact points", "network.layers.0.outputs", True),
    ("exact points", "network.layers.0.table.0.0", True),
    ("exact points", "network.layers.0.select.0.0", False),
    ("exact points", "network.letters.0", 1),
    ("exact points", "automaton.start", False),
    ("exact points", "automaton.accepting.0", 0.0),
    ("exact points", "automaton.table.0.0", 1.0),
    ("exact points", "invariant.0.label", 0.0),
    ("exact points", "invariant.0.label", False),
    ("exact points", "invariant.1.successors.0", True),
    ("exact points", "invariant.0.layers.0.point.0", 1.0),
    ("exact points", "invariant.0.layers.0.point.0", "01"),
    ("exact points", "invariant.0.layers.0.point.0", "1/0"),
    ("exact points", "invariant.0.layers.0.point.0", " 1"),
    ("exact points", "invariant.0.layers.0.point.0", "0.5"),
    ("exact points", "invariant.0.layers.0.point.0", "1_0"),
    ("exact points", "version", 1.0),
    ("exact points", "version", True),
    ("rounded points", "invariant.0.layers.0.point.0", True),
    ("rounded points", "invariant.0.layers.0.point.0", "1/3"),
    ("rounded points", "invariant.0.layers.0.point.0", "nan "),
    ("rounded points", "invariant.0.previous", [[0]]),
    ("rounded boxes", "invariant.0.layers.0.lower.1", "-inf"),
    ("rounded points, chunked", "invariant.0.layers.0.point.0", 0.0),
    ("cycle", "cycle.period", 1.0),
    ("word, repeated letter", "word.times", 1000.0),
    ("memories", "invariant.0.previous.0", False),
    ("refuted by a period", "eventual.0", True),
    ("refuted by a period", "lengths.0", "7.0"),
    ("refuted by a period", "preperiod", "07"),
    ("impossible, cycle", "evidence.word.0", False),
    ("impossible, cycle", "evidence.period", 2.0),
    ("impossible, unsolvable", "evidence.points.0", True),
    ("inseparable", "colours.0.0", True),
    ("inseparable", "pairs.0.0.0", 0.0),
    ("inseparable", "dimension", True),
    ("separated", "outputs.0.0", 0.0),
    ("separated", "template.rules.0.body.0.hidden", 0),
]


@pytest.mark.parametrize(("kind", "path", "value"), WRONG_TYPES)
def test_types_are_exact(kind: str, path: str, value: Any) -> None:
    """B4. `accepts_empty: 1` was not `true` where it was compared by identity, and true elsewhere."""
    data = certificate(kind)
    set_to(path, value)(data)
    with pytest.raises(checker.Rejected):
        checker.check(data)


NETWORKS = [
    ("network.layers.0.blocks.0.points", "two equal points", "two that are equal"),
    ("arithmetic", "bf16+zzz", "switches are unknown"),
    ("arithmetic", "bf16+sat+sat", "switches are unknown"),
    ("arithmetic", "e4m3+fn+fnuz", "switches are unknown"),
    ("arithmetic", "bf16:bf16:bf16", "is not weights:state/order/rounding"),
    ("arithmetic", "bf16/per-operation/stochastic", "no function of the exact value"),
    ("arithmetic", "bf16/per-operation/nearest-even/x", "is not weights:state/order/rounding"),
    ("arithmetic", "bf16/chunked", "the order 'chunked' is unknown"),
    ("arithmetic", "bf16/chunked:0", "the order 'chunked:0' is unknown"),
    ("arithmetic", "e99m7", "sizes are out of bounds"),
    ("arithmetic", "e4m3+bias9999", "sizes are out of bounds"),
    ("arithmetic", "int1000", "not a rounding number format"),
    ("arithmetic", "exact:bf16", "exact numbers do not go with rounded operations"),
    ("arithmetic", "exact/fused", "exact numbers do not go with rounded operations"),
    ("network.layers.0.symbols", -1, "expected an integer"),
    ("network.layers.0.symbols", 99, "expected an integer"),
    ("network.layers.0.table.0.0", -1, "expected integers from 0"),
    ("network.layers.0.table.0.0", 2, "expected integers from 0 to 1"),
    ("network.layers.0.select.0.0", 1, "expected integers from -1 to 0"),
    ("network.layers.0.blocks.0.coordinates.0", -1, "expected integers from 0"),
    ("network.layers.0.conductor", 0, "expected an integer from 1"),
    ("network.layers.0.weights.zzz", 1, "fields that mean nothing here: 'zzz'"),
    ("network.layers.0.kind", "triangular", "form 'triangular' is unknown"),
    ("network.zzz", 1, "fields that mean nothing here: 'zzz'"),
    ("network.letters", ["(12)", "(12)", "(23)"], "repeats a letter"),
    ("automaton.zzz", 1, "fields that mean nothing here: 'zzz'"),
    ("invariant.0.zzz", 1, "fields that mean nothing here: 'zzz'"),
    ("invariant.0.layers.0.zzz", 1, "a state is a point, a box"),
    ("zzz", 1, "fields that mean nothing here: 'zzz'"),
    ("cycle", {"preperiod": 0, "period": 1}, "fields that mean nothing here: 'invariant'"),
]


@pytest.mark.parametrize(("path", "value", "complaint"), NETWORKS)
def test_what_a_certificate_says_is_validated_whole(path: str, value: Any, complaint: str) -> None:
    """B5. Of two equal code points the last one won; unknown switches, a third format and negative symbols passed."""
    data = certificate("exact points")
    if value == "two equal points":
        points = data["network"]["layers"][0]["blocks"][0]["points"]
        points[-1] = points[0]
    else:
        set_to(path, value)(data)
    with pytest.raises(checker.Rejected, match=complaint):
        checker.check(data)


def test_a_negative_previous_symbol_is_refused() -> None:
    for value in ([-1], [], [99], [0.0]):
        data = certificate("rounded points with delay")
        delayed = [layer["delay"] for layer in data["network"]["layers"]].index(1)
        set_to(f"invariant.1.previous.{delayed}", value)(data)
        with pytest.raises(checker.Rejected, match=r"previous symbols|have previous"):
            checker.check(data)


def test_nan_below_and_nan_above_are_not_one_constant() -> None:
    """A1. The sum of casts starts below −448, comes back among the numbers from length 3,064 on, and leaves above.

    In fp8_e4m3fn both ends are NaN; "now the same as far away, and casts are monotone" proved that the network
    accepts every word. It rejects lengths 3,064 to 3,992. Search and checker had made the same mistake.
    """
    width = 9
    index = np.array([[0, 0, *range(1, width - 1)]])
    inputs = np.zeros((1, width, 1), int)
    inputs[0, 0, 0], inputs[0, width - 1, 0] = -400, 401
    readout = Readout((Block(np.array([0]), rationals([[1000], [0]])),), np.zeros((1, 1), int), np.array([[1, 0]]), 2)
    transition = PermutationDiagonalTransition(index, rationals(np.ones((1, width), int)))
    start = rationals(np.array([[-440]] + [[0]] * (width - 1)))
    network = ex.Network(("a",), (Layer(transition, rationals(inputs), start, readout),), accepts_empty=True)
    forged = {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "equivalent-by-period",
        "arithmetic": "exact:fp8_e4m3fn/exact-then-cast",
        "prefix": [],
        "loop": ["a"],
        "layers": [[0, 1, 1, 8, 9]],
        "preperiod": 0,
        "period": 1,
        "eventual": [1],
        "network": network_to_json(network),
        "automaton": {"letters": ["a"], "table": [[0]], "start": 0, "accepting": [0]},
    }
    with pytest.raises(checker.Rejected, match="the cast of a growing sum is not yet the last one"):
        checker.check(forged)
    # With infinities there is an order, and the same argument is right where it is: once above, always above.
    told = ex.simulate(network, [("a",) * 3100], "exact:fp8_e4m3fn/exact-then-cast")[0]
    assert not told[3063]


def test_answers_are_compared_where_codes_are_left_open() -> None:
    """A4. The table ignores what the second block says, whose code is open all over the box; the proof was rejected."""
    for kind in ("exact boxes", "rounded boxes"):
        data = certificate(kind)
        assert "2 labelled boxes" in checker.check(data)
        table = data["network"]["layers"][0]["table"]
        table[0] = [0, 1, 1, 1]  # now it does matter
        with pytest.raises(checker.Rejected, match=r"gives the answers \[0, 1\] depending on what the box leaves open"):
            checker.check(data)


def test_an_integer_and_its_text_are_two_elements() -> None:
    """Under set semantics instances are told apart by their elements; 1 and "1" were taken for one."""
    literal = {"predicate": "f", "arguments": [{"variable": "X"}], "weight": None, "kind": "positive", "hidden": False}
    rule = {
        "head": ["out", []],
        "head_weight": None,
        "body": [literal],
        "bias": None,
        "activation": "identity",
        "aggregation": "sum",
        "combination": "sum",
        "semantics": "set",
    }
    template = {"rules": [rule], "facts": [], "predicates": []}
    values = evaluate(template, [["f", [1], ["2"]], ["f", ["1"], ["3"]]])
    assert values["out", ()] == (5,)
    with pytest.raises(checker.Rejected, match="no positive literal binds Y"):
        evaluate({**template, "rules": [{**rule, "head": ["out", [{"variable": "Y"}]]}]}, [])


def test_relational_kinds_are_read_by_the_schema() -> None:
    """They were the ones whose JSON was decided on as it came: unknown fields, words and numbers passed."""
    for kind, path, value, complaint in (
        ("inseparable", "zzz", 1, "mean nothing here"),
        ("inseparable", "dimension", 0, "the dimension is 0"),
        ("separated", "zzz", 1, "mean nothing here"),
        ("separated", "template.zzz", 1, "mean nothing here"),
        ("separated", "template.rules.0.aggregation", "median", "the aggregation is 'median'"),
        ("separated", "template.rules.0.combination", "mean", "the combination is 'mean'"),
        ("separated", "template.rules.0.semantics", "list", "the semantics is 'list'"),
        ("separated", "template.rules.0.body.0.kind", "maybe", "kind is 'maybe'"),
        ("separated", "facts.0.0.2", [1.5], "not an exact rational"),
    ):
        data = certificate(kind)
        set_to(path, value)(data)
        with pytest.raises(checker.Rejected, match=complaint):
            checker.check(data)
