"""A template of k-variable rules separates no two structures that k-variable counting logic does not (S1).

Statement:
    Let every rule of a template have at most k ≥ 2 variables, and let neither rules nor facts single out an element:
    no constants, no order. If (k−1)-FWL does not separate the structures G and H, then for all weights, activations
    and aggregations the template gives G and H the same value of every query without arguments, and the same multiset
    of values of every predicate.

Source:
    Cai, Fürer and Immerman 1992 (k-variable counting logic and (k−1)-FWL); for templates stated in the theory notes of
    this project as S1. Barceló et al. 2020 have the case k = 2 for graph neural networks.

Hypotheses:
    - few variables: at most k in every rule (H1).
    - no constants: none in rules or template facts (H2).
    - no order: on elements, `<` or `next`, in the rules (H3); nor are structures told apart by names.

Derivation:
    (k−1)-FWL does not separate G and H exactly when the second player wins the bijective k-pebble game: whenever the
    first player lifts a pebble, she answers with a bijection between the elements such that wherever the pebble is put
    down, the pebbled tuples have one atomic type (equality included) and she wins on. Write ā ~ b̄ for tuples of length
    at most k from which she wins. By induction along the evaluation order, ā ~ b̄ implies that an atom p(ā) of G and
    p(b̄) of H are both entailed with equal values, or both not entailed.
    Facts, `!=`, `alldiff` and negated literals are covered by the atomic types and by the induction hypothesis. For a
    rule with head variables x̄ and further variables y₁ … y_m, at most k in all (H1), play the m moves that place
    pebbles on y₁ … y_m. Her bijections compose to a bijection between the assignments of ȳ over ā and those over b̄
    under which corresponding assignments are related by ~; by induction the bodies hold alike and their literals have
    equal values. (No constant and no order occurs, H2 and H3, so a literal is about pebbled elements only.) Hence
    the multisets of instance values agree, and so does every aggregate and every function of it: bag semantics.
    Set semantics keeps one instance for each assignment of the visible variables; place pebbles on these first: the
    bijection maps visible assignments that extend to a true body to such, so the multisets agree again.
    The empty tuples are related, and a bijection of elements (of tuples, by several moves) relates the atoms of every
    predicate of arity at most k. ∎

Checked:
    Holds: the 4 pairs of graphs on 6 nodes (of 156 graphs, 12,090 pairs) that colour refinement does not separate,
    against 200 rules of two variables inside three layers of message passing, with exact values; and rook 4×4 against
    Shrikhande, which 2-FWL does not separate, with the 27 rules of three variables that ask for an edge, for no edge
    or for nothing between each two of their variables.
    Needs: each hypothesis is dropped once and a separated pair found.

Open:
    S2: whether under bag semantics the treewidth of the body's graph with the head as a clique may replace k.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import networkx as nx
import numpy as np

from expressivity.checker.relational import evaluate
from expressivity.relational.language.examples import graph_example, pair_types
from expressivity.relational.language.graphs import Graph, as_graph, separating_pairs
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import template_json
from expressivity.relational.separation.refinement import refine
from expressivity.relational.separation.refute import Inseparable, refute


@functools.cache
def parsed(text: str) -> Any:
    """A template as the evaluator reads it."""
    return template_json(parse_template(text))


@functools.cache
def facts(graph: Graph) -> list[Any]:
    """A graph as the evaluator reads it."""
    return [[f.predicate, list(f.arguments), [str(x) for x in f.value]] for f in graph_example(graph).facts]


def outcome(text: str, graph: Graph) -> dict[tuple[str, int], list[tuple[object, ...]]]:
    """The multiset of exact values of every predicate."""
    found: dict[tuple[str, int], list[tuple[object, ...]]] = {}
    for (name, arguments), value in evaluate(parsed(text), facts(graph)).items():
        found.setdefault((name, len(arguments)), []).append(value)
    return {place: sorted(values) for place, values in found.items()}


def two_variable_rules() -> list[str]:
    """Rules h(X) over two variables: what joins Y to X, what is counted, how, and under which semantics."""
    joins = ["edge(X, Y)", "node(Y), X != Y", "node(Y), X != Y, not edge(X, Y)"]
    counted = ["<2> g(Y)", "g(Y), <3> g(X)", "<1/2> node(Y)", "edge(Y, X)"]
    aggregations = ["sum", "avg", "max", "count"]
    rules = [
        f"h(X) :- node(X), {join}, {value}. [aggregation={aggregation}, {semantics}, combination={combination}]"
        for join, value, aggregation, semantics, combination in itertools.product(
            joins, counted, aggregations, ["bag", "set"], ["sum", "product"]
        )
    ]
    hidden = [
        f"h(X) :- g(X), hidden edge(X, Y). [aggregation={aggregation}, {semantics}]"
        for aggregation, semantics in itertools.product(aggregations, ["bag", "set"])
    ]
    return [*rules, *hidden]


def unseparated_pairs_on_six_nodes() -> list[tuple[Graph, Graph]]:
    """Pairs of different graphs on six nodes that colour refinement leaves alike."""
    graphs = [as_graph(graph) for graph in nx.graph_atlas_g() if len(graph) == 6]
    assert len(graphs) == 156
    histograms = refine(pair_types(graphs), dimension=1).histograms
    return [(graphs[i], graphs[j]) for i, j in itertools.combinations(range(156), 2) if histograms[i] == histograms[j]]


def test_holds_for_two_variables_on_six_nodes() -> None:
    pairs = unseparated_pairs_on_six_nodes()
    rules = two_variable_rules()
    print(f"{len(pairs)} pairs of graphs on 6 nodes that colour refinement does not separate, {len(rules)} rules")
    assert (len(pairs), len(rules)) == (4, 200)
    for first, second in pairs:
        for rule in rules:
            layers = "g(X) :- edge(X, Y). [aggregation=count] k(X) :- h(Y), edge(X, Y). out :- k(X)."
            text = f"{layers}\n{rule}"
            assert outcome(text, first) == outcome(text, second), rule


def test_holds_for_three_variables_on_the_strongly_regular_pair() -> None:
    first, second = separating_pairs()["strongly-regular"]
    rules = []
    for choice in itertools.product(["", "edge({0}, {1})", "not edge({0}, {1})"], repeat=3):
        tests = [text.format(*pair) for text, pair in zip(choice, ("XY", "YZ", "XZ"), strict=True) if text]
        rules.append(f"out :- {', '.join([*tests, 'node(X)', 'node(Y)', 'node(Z)'])}. [aggregation=count]")
    print(f"{len(rules)} rules of three variables on rook 4×4 and Shrikhande")
    assert len(rules) == 27
    for rule in rules:
        assert outcome(rule, first) == outcome(rule, second), rule


def test_needs_few_variables() -> None:
    first, second = separating_pairs()["hexagon"]
    rule = "out :- edge(X, Y), edge(Y, Z), edge(Z, X).  <0> out :- node(X)."
    assert isinstance(refute(2, first, second), Inseparable)
    values = [outcome(rule, graph)["out", 0] for graph in (first, second)]
    print(f"hexagon and two triangles, three variables: {values}")
    assert values[0] != values[1]


def test_needs_no_constants() -> None:
    first, second = separating_pairs()["hexagon"]
    rule = "out :- edge(0, Y), edge(Y, Z), edge(Z, 0).  <0> out :- node(X)."
    assert parse_template(rule).largest_variables == 2
    values = [outcome(rule, graph)["out", 0] for graph in (first, second)]
    print(f"hexagon and two triangles, two variables and the constant 0: {values}")
    assert values[0] != values[1]


def test_needs_no_order() -> None:
    first, second = separating_pairs()["hexagon"]
    for rule in (
        "h(X) :- edge(X, Y), X < Y. [aggregation=count]  out :- h(X), h(X). [combination=product]",
        "out :- edge(X, Y), @next(X, Y).",
    ):
        assert parse_template(rule).largest_variables == 2
        values = [outcome(rule, graph)["out", 0] for graph in (first, second)]
        print(f"hexagon and two triangles, two variables and an order: {values}")
        assert values[0] != values[1]
    # The same graph under other names gives other values once an order is read: the invariance itself fails.
    path = as_graph(nx.path_graph(3))
    copy = path.relabelled(np.array([1, 0, 2]))
    rule = "out :- edge(X, Y), @next(X, Y). <0> out :- node(X)."
    assert outcome(rule, path)["out", 0] != outcome(rule, copy)["out", 0]
