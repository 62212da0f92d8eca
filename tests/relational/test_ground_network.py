"""Networks of neurons: exact values against the independent evaluator, merging, recursion, planted faults."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.checker.relational import evaluate as evaluate_by_definition
from expressivity.errors import TemplateError
from expressivity.relational.grounding.evaluate import evaluate, value_of
from expressivity.relational.grounding.ground_network import CombineStep, positions
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Fact, Query
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import Template, template_json
from expressivity.relational.language.unrolling import unroll
from oracles.relational import OUT, message_passing, random_example, with_dyadic_weights

pytest.importorskip("clingo", reason="grounding needs clingo")

AGGREGATIONS = st.sampled_from(["sum", "avg", "max", "min"])


def by_definition(template: Template, example: Example) -> tuple[Fraction, ...] | None:
    """The value of `out` by the independent evaluator, which tries all assignments."""
    facts = [[fact.predicate, list(fact.arguments), [str(x) for x in fact.value]] for fact in example.facts]
    return evaluate_by_definition(template_json(template), facts).get(("out", ()))


@given(st.integers(0, 10**6), AGGREGATIONS)
def test_values_are_those_of_the_definition(seed, aggregation) -> None:
    template = with_dyadic_weights(message_passing(aggregation), seed)
    example = random_example(seed)
    wanted = by_definition(template, example)
    if wanted is None:
        with pytest.raises(TemplateError, match="not entailed"):
            value_of(template, example, OUT)
        return
    assert value_of(template, example, OUT) == wanted
    assert value_of(template, example, OUT, merge=False) == wanted


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=4), AGGREGATIONS)
def test_merging_changes_no_value_and_never_adds_neurons(seeds, aggregation) -> None:
    template = with_dyadic_weights(message_passing(aggregation), seeds[0])
    grounding = ground(template, [random_example(seed) for seed in seeds])
    merged, unmerged = build_network(grounding), build_network(grounding, merge=False)
    queries = [replace(OUT, example=i) for i in range(len(seeds))]
    first = evaluate(merged, merged.outputs(queries), exact=True)
    second = evaluate(unmerged, unmerged.outputs(queries), exact=True)
    assert [value.tolist() for value in first] == [value.tolist() for value in second]
    assert unmerged.neurons == unmerged.unmerged == merged.unmerged
    assert all(merged.neurons[kind] <= merged.unmerged[kind] for kind in merged.neurons)
    assert merged.compression >= 1


def test_a_regular_graph_merges_to_one_node() -> None:
    facts = tuple(Fact("edge", (i, (i + step) % 8)) for i in range(8) for step in (1, -1))
    template = parse_template("""
        h1(X) :- 0.5 edge(X, Y).  h2(X) :- 0.25 h1(Y), hidden edge(X, Y). [bag]  out :- h2(X).
    """)
    network = build_network(ground(template, [Example(facts)]))
    assert network.neurons == {"fact": 1, "rule": 3, "aggregation": 3, "atom": 3}
    assert network.unmerged == {"fact": 16, "rule": 40, "aggregation": 17, "atom": 17}
    assert network.compression == 9
    assert value_of(template, Example(facts), OUT) == (Fraction(4),)


def planted(template: Template, example: Example, step: int, change) -> list[float]:
    network = build_network(ground(template, [example]))
    steps = list(network.steps)
    steps[step] = change(steps[step])
    faulty = replace(network, steps=tuple(steps))
    return [value.tolist() for value in evaluate(faulty, faulty.entailed([OUT]), exact=True)]


def test_planted_faults_are_found_by_the_independent_evaluator() -> None:
    template = parse_template("h(X) :- w=2 f(Y), hidden edge(X, Y). [bag]  k(X) :- w=2 h(X).  out :- v=3 k(X).")
    example = Example((Fact("f", (0,)), Fact("f", (1,)), *(Fact("edge", pair) for pair in ((0, 1), (1, 0), (1, 1)))))
    wanted = by_definition(template, example)
    assert wanted == (36,)
    network = build_network(ground(template, [example]))
    combined = [i for i, step in enumerate(network.steps) if isinstance(step, CombineStep)]
    unshared = planted(template, example, combined[0], lambda step: replace(step, weights=("v",)))
    assert unshared != [list(wanted)]
    last = len(network.steps) - 1
    dropped = planted(
        template,
        example,
        last,
        lambda step: replace(
            step, members=step.members[1:], multiplicities=step.multiplicities[1:], starts=step.starts
        ),
    )
    assert dropped != [list(wanted)]
    assert planted(template, example, last, lambda step: step) == [list(wanted)]


def test_recursion_along_an_order_is_followed() -> None:
    example = Example((Fact("first", (0,)), *(Fact("time", (t,)) for t in range(301))))
    template = parse_template("h(T) :- 2 h(Z), hidden time(T), @next(Z, T).  h(T) :- first(T).", semantics="bag")
    assert value_of(template, example, Query("h", (300,))) == (Fraction(2**300),)


def test_recursion_through_a_cycle_is_refused_and_can_be_unrolled() -> None:
    template = parse_template("h(X) :- 0.5 h(Y), hidden edge(X, Y).  h(X) :- f(X).  out :- h(X).")
    example = Example((Fact("f", (0,)), Fact("edge", (0, 1)), Fact("edge", (1, 0)), Fact("edge", (1, 1))))
    with pytest.raises(TemplateError, match=r"atoms depend on themselves: h\(\d\) ← .*unroll the template"):
        value_of(template, example, OUT)
    for depth in range(4):
        unrolled = unroll(template, depth=depth)
        start = state = np.array([Fraction(1), Fraction(0)])
        matrix = np.array([[0, 1], [1, 1]])
        for _ in range(depth):
            state = start + matrix @ state * Fraction(1, 2)
        assert value_of(unrolled, example, OUT) == (sum(state),)
    with pytest.raises(TemplateError, match=r"depth is -1; expected 0 or more"):
        unroll(template, depth=-1)
    with pytest.raises(TemplateError, match=r"h/1 has only recursive rules, so nothing starts it"):
        unroll(parse_template("h(X) :- h(Y), edge(X, Y)."), depth=2)


def test_lengths_that_only_the_examples_reveal_are_checked() -> None:
    template = parse_template("h(X) :- w=[[1, 2]] f(X).  g(X) :- k(X), h2(X).  out :- g(X).")
    with pytest.raises(
        TemplateError, match=r"rule 0: weight w of shape \(1, 2\) meets values of 3 entries; expected 2"
    ):
        value_of(template, Example((Fact("f", (0,), (1, 2, 3)),)), OUT)
    with pytest.raises(TemplateError, match=r"rule 1: values of \[2, 3\] entries are combined"):
        value_of(template, Example((Fact("k", (0,), (1, 2)), Fact("h2", (0,), (1, 2, 3)))), OUT)


def test_missing_weights_and_inexact_activations_are_named() -> None:
    example = Example((Fact("f", (0,)),))
    with pytest.raises(TemplateError, match="weights without a value: w"):
        value_of(parse_template("out :- w={1} f(X)."), example, OUT)
    with pytest.raises(TemplateError, match="activation 'tanh' has no exact values; expected one of identity, relu"):
        value_of(parse_template("out :- f(X). [activation=tanh]"), example, OUT)


@given(st.lists(st.lists(st.integers(-1, 9), min_size=3, max_size=3), min_size=1, max_size=8))
def test_rows_are_found_where_they_stand(rows) -> None:
    table = np.unique(np.array(rows), axis=0)
    asked = np.array([*rows, [7, 7, 11]])
    found = positions(table, asked)
    assert np.array_equal(table[found[:-1]], asked[:-1])
    assert found[-1] == -1
    wide = np.array([[2**40 + a, 2**40 + b, c] for a, b, c in table.tolist()])
    assert np.array_equal(positions(wide, wide), np.arange(len(wide)))
