"""Grounding: instances against all assignments tried one by one, and what is reported."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.errors import TemplateError
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Fact, Query, graph_example
from expressivity.relational.language.graphs import cycles
from expressivity.relational.language.template_text import parse_template
from oracles.relational import random_example

pytest.importorskip("clingo", reason="grounding needs clingo")


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=3))
def test_instances_are_the_assignments_that_make_the_body_true(seeds) -> None:
    examples = [random_example(seed, nodes=4) for seed in seeds]
    template = parse_template("t(X) :- edge(X, Y), edge(Y, Z), not red(Z), X != Z, Y < Z. [bag]")
    grounding = ground(template, examples)
    wanted = []
    for number, example in enumerate(examples):
        holds = {(fact.predicate, *fact.arguments) for fact in example.facts}
        wanted += [
            (number, x, y, z)
            for x, y, z in itertools.product(range(4), repeat=3)
            if ("edge", x, y) in holds and ("edge", y, z) in holds and ("red", z) not in holds and x != z and y < z
        ]
    found = [(row[0], *(grounding.constants[i] for i in row[1:])) for row in grounding.instances[0].tolist()]
    assert found == wanted


def test_set_semantics_counts_assignments_of_the_visible_variables() -> None:
    rule = "out :- node(A), node(C), hidden edge(A, B), hidden edge(B, C). [{}]"
    example = graph_example(cycles(4))
    counts = {how: ground(parse_template(rule.format(how)), [example]).rules for how in ("set", "bag")}
    assert counts == {"set": 8, "bag": 16}


def test_names_and_numbers_are_elements_and_next_is_about_numbers() -> None:
    example = Example((Fact("f", (3,)), Fact("f", (4,)), Fact("f", ("b",)), Fact("f", ("a",))))
    template = parse_template("g(X, Y) :- f(X), f(Y), @next(X, Y). h(X, Y) :- f(X), f(Y), X < Y. k :- f(b), f(7).")
    grounding = ground(template, [example])
    assert grounding.constants == (3, 4, 7, "a", "b")
    assert [len(rows) for rows in grounding.instances] == [1, 6, 0]


def test_progress_is_reported_by_chunk(monkeypatch) -> None:
    monkeypatch.setattr("expressivity.relational.grounding.grounding._FACTS_PER_CHUNK", 5)
    lines: list[str] = []
    examples = [random_example(seed) for seed in range(3)]
    template = parse_template("t(X, Y) :- edge(X, Z), edge(Z, Y).")
    chunked = ground(template, examples, progress=lines.append)
    assert [line.split(",")[0] for line in lines] == [f"grounding: {n} of 3 examples" for n in (1, 2, 3)]
    monkeypatch.undo()
    assert np.array_equal(chunked.instances[0], ground(template, examples).instances[0])


def test_repeated_facts_count_once_and_contradicting_ones_are_refused() -> None:
    template = parse_template("h :- f(X).")
    once = Fact("f", ("a",))
    assert ground(template, [Example((once, once))]).rules == 1
    with pytest.raises(TemplateError, match=r"example 0 gives f\(a\) two values"):
        ground(template, [Example((once, Fact("f", ("a",), (2,))))])
    with pytest.raises(TemplateError, match=r"facts of f/1 have \[1, 2\] entries; expected one"):
        ground(template, [Example((once, Fact("f", ("b",), (2, 3))))])


def test_queries_that_are_not_entailed_are_reported() -> None:
    network = build_network(ground(parse_template("h(X) :- f(X)."), [Example((Fact("f", ("a",)),))]))
    never = build_network(ground(parse_template("h(X) :- f(X), g(X)."), [Example((Fact("f", ("a",)),))]))
    assert never.outputs([Query("h", ("a",))]).tolist() == [-1]
    asked = [Query("h", ("a",)), Query("h", ("z",)), Query("g")]
    assert (network.outputs(asked) >= 0).tolist() == [True, False, False]
    with pytest.raises(TemplateError, match=r"2 of 3 queries are not entailed.*h\(z\) of example 0, g of example 0"):
        network.entailed(asked)
