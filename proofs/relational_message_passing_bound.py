"""Message-passing templates separate exactly what colour refinement (1-WL) separates; sums with products attain it.

Statement:
    A template whose rules are `h'(X) :- … h(X) …` and `h'(X) :- … h(Y) …, edge(X, Y).` separates no two graphs that
    colour refinement does not separate. The template `message_passing(4)` below, with sums, products and integer
    weights, separates every two graphs on at most seven nodes that colour refinement separates.

Source:
    Xu et al. 2019, Lemma 2 and Theorem 3; Morris et al. 2019, Theorems 1 and 2.

Hypotheses:
    - messages along edges: every rule has at most two variables (H1).
    - sums: for attaining, since the mean and the maximum forget multiplicities (H2).
    - injective update: for attaining, on the sums that occur; products do, sums alone do not (H3).

Derivation:
    The bound is the case k = 2 of the bound on variables (`relational_variable_bound`), since 1-FWL is colour
    refinement. Attaining: a colour is a rooted tree of neighbourhoods; if h is injective on the colours of round r,
    then (h(x), Σ_y h(y)) determines the colour of round r + 1 as soon as different multisets of values have different
    sums.
    Products make values grow so fast that on graphs of bounded size this happens; here it is not derived but checked
    exactly on the whole domain, because the template is fixed and the domain finite.

Checked:
    All 1,252 graphs on 1 to 7 nodes: `message_passing(4)` gives as many different values on the graphs of n nodes
    as there are classes of joint colour refinement, and equal values within a class (1, 2, 4, 11, 34, 152 and 1,022
    classes).

Open:
    A single template that attains colour refinement on graphs of every size: no fixed number of layers can, since the
    number of rounds until stability grows with the graph.
"""

from __future__ import annotations

import functools
from typing import Any

import networkx as nx

from expressivity.checker.relational import evaluate
from expressivity.relational.language.examples import graph_example, pair_types
from expressivity.relational.language.graphs import Graph, as_graph, separating_pairs
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import template_json
from expressivity.relational.separation.refinement import refine
from expressivity.relational.separation.refute import Inseparable, refute

LAYER = """
    s{n}(X) :- <7> h{m}(X).
    s{n}(X) :- h{m}(Y), edge(X, Y). [combination=product]
    h{n}(X) :- s{n}(X), s{n}(X). [combination=product, bias=<3>]
"""
READOUT = "out :- h{n}(X), h{n}(X). [combination=product]"


def message_passing(layers: int, layer: str = LAYER) -> str:
    """A template of so many layers: h ← (7 h(x) + Σ_y h(y))² + 3."""
    rules = ["h0(X) :- node(X)."]
    rules += [layer.format(n=n, m=n - 1) for n in range(1, layers + 1)]
    return "\n".join([*rules, READOUT.format(n=layers)])


@functools.cache
def parsed(text: str) -> Any:
    """A template as the evaluator reads it."""
    return template_json(parse_template(text))


@functools.cache
def facts(graph: Graph) -> list[Any]:
    """A graph as the evaluator reads it."""
    return [[f.predicate, list(f.arguments), [str(x) for x in f.value]] for f in graph_example(graph).facts]


def value(text: str, graph: Graph) -> object:
    """The exact value of `out`."""
    return evaluate(parsed(text), facts(graph))["out", ()]


def classes_and_values(nodes: int, text: str) -> tuple[int, int, int]:
    """Classes of colour refinement, different values, and different (class, value) pairs, over graphs of a size."""
    graphs = [as_graph(graph) for graph in nx.graph_atlas_g() if len(graph) == nodes]
    histograms = refine(pair_types(graphs), dimension=1).histograms
    values = [value(text, graph) for graph in graphs]
    return len(set(histograms)), len(set(values)), len(set(zip(histograms, values, strict=True)))


def test_holds_on_all_graphs_of_at_most_seven_nodes() -> None:
    text = message_passing(4)
    found = [classes_and_values(nodes, text) for nodes in range(1, 8)]
    print(f"classes of colour refinement on 1 to 7 nodes: {[classes for classes, _, _ in found]}")
    assert [classes for classes, _, _ in found] == [1, 2, 4, 11, 34, 152, 1022]
    for classes, values, both in found:
        assert classes == values == both


def test_holds_for_every_weight_on_the_classical_pairs() -> None:
    for name in ("hexagon", "decalin", "octagon"):
        assert isinstance(refute(parse_template(message_passing(4)), *separating_pairs()[name]), Inseparable)


def test_needs_messages_along_edges() -> None:
    # A third variable closes triangles, which no message does.
    first, second = separating_pairs()["hexagon"]
    rule = "out :- edge(X, Y), edge(Y, Z), edge(Z, X).  <0> out :- node(X)."
    values = [value(rule, graph) for graph in (first, second)]
    print(f"triangles of the hexagon and of two triangles, counted with three variables: {values}")
    assert values[0] != values[1]


def test_needs_sums() -> None:
    for aggregation in ("avg", "max"):
        text = message_passing(
            3, LAYER.replace("[combination=product]", f"[combination=product, aggregation={aggregation}]")
        )
        classes, values, both = classes_and_values(5, text)
        print(f"{aggregation}: {values} values for {classes} classes on 5 nodes")
        assert both == classes > values


def test_needs_an_injective_update() -> None:
    linear = "h{n}(X) :- <7> h{m}(X).\nh{n}(X) :- h{m}(Y), edge(X, Y). [combination=product]"
    text = message_passing(3, linear).replace(READOUT.format(n=3), "out :- h3(X).")
    classes, values, _ = classes_and_values(6, text)
    print(f"linear updates and read-out: {values} values for {classes} classes on 6 nodes")
    assert values < classes
