"""Mean aggregation cannot tell the centre of a 2-star from the centre of a 3-star; sums can.

Statement:
    Let every rule of a message-passing template aggregate by the average (or the maximum or minimum) over neighbours.
    Then the centres of all stars K(1,m), m ≥ 1, get one value, whatever the weights, activations and layers.

Source:
    Xu et al. 2019, section 5.2 and figure 3.

Hypotheses:
    - aggregation that forgets multiplicity: average, maximum or minimum; sums and counts see it (H1).
    - leaves that look alike: a label on one leaf enters the average with weight 1/m (H2).
    - messages between neighbours: a rule over all pairs of nodes sees the size of the star (H3).

Derivation:
    By induction over the layers, all leaves of all stars have one vector l_r and all centres one vector c_r. Layer
    r + 1 gives a leaf a function of l_r and of the average over its one neighbour, c_r; it gives a centre a function of
    c_r and of the average (or maximum, or minimum) of m copies of l_r, which is l_r for every m. Neither depends on m.

Checked:
    Symbolically: the average of m copies of a vector is the vector, for symbolic m. Exactly: stars with m = 1 … 8
    leaves, 3 aggregations, 2 activations, 1 to 4 layers (24 templates with unequal rational weights): one value of the
    centre each.

Open:
    Which pairs of graphs beyond stars a template of averages cannot separate: those with equal colour refinement of
    the random walk, which is not decided here.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import networkx as nx
import sympy

from expressivity.checker.relational import evaluate
from expressivity.relational.language.examples import Example, Fact, graph_example
from expressivity.relational.language.graphs import as_graph
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import template_json


def template(aggregation: str, activation: str, layers: int) -> str:
    """Layers with rational weights, each using the node's own value and its neighbours'."""
    lines = ["<[2, -1]> h0(X) :- node(X). [aggregation=avg]"]
    for n in range(1, layers + 1):
        lines.append(
            f"<[[1/2, 3], [-2, 5/3]]> h{n}(X) :- h{n - 1}(Y), hidden edge(X, Y). [aggregation={aggregation}, bag]"
        )
        lines.append(f"<[[7, -1/3], [1, 1/5]]> h{n}(X) :- h{n - 1}(X).")
        lines.append(f"h{n}/1 [activation={activation}, bias=<[1/7, 2]>]")
    return "\n".join([*lines, f"out(X) :- h{layers}(X)."])


@functools.cache
def parsed(text: str) -> Any:
    """A template as the evaluator reads it."""
    return template_json(parse_template(text))


def centre(text: str, leaves: int, *, extra: tuple[Fact, ...] = ()) -> object:
    """The exact value of `out` at node 0, the centre of a star."""
    example = graph_example(as_graph(nx.star_graph(leaves)))
    facts = [
        [f.predicate, list(f.arguments), [str(x) for x in f.value]] for f in Example((*example.facts, *extra)).facts
    ]
    return evaluate(parsed(text), facts)["out", (0,)]


def test_holds_symbolically() -> None:
    m, leaf, index = sympy.Symbol("m", positive=True, integer=True), sympy.Symbol("l"), sympy.Symbol("i")
    assert sympy.simplify(sympy.Sum(leaf, (index, 1, m)).doit() / m - leaf) == 0


def test_holds_on_stars_with_one_to_eight_leaves() -> None:
    choices = list(itertools.product(["avg", "max", "min"], ["identity", "relu"], range(1, 5)))
    print(f"{len(choices)} templates on the stars with 1 to 8 leaves")
    assert len(choices) == 24
    for aggregation, activation, layers in choices:
        text = template(aggregation, activation, layers)
        assert len({centre(text, leaves) for leaves in range(1, 9)}) == 1


def test_needs_an_aggregation_that_forgets_multiplicity() -> None:
    text = template("sum", "identity", 1)
    values = [centre(text, leaves) for leaves in (2, 3)]
    print(f"sums at the centres of the 2-star and the 3-star: {values}")
    assert values[0] != values[1]


def test_needs_leaves_that_look_alike() -> None:
    text = "out(X) :- mark(Y), hidden edge(X, Y). [aggregation=avg]"
    marks = [tuple(Fact("mark", (i,), (int(i == 1),)) for i in range(1, leaves + 1)) for leaves in (2, 3)]
    assert [centre(text, leaves, extra=extra) for leaves, extra in zip((2, 3), marks, strict=True)] != [
        centre(text, 2, extra=marks[0])
    ] * 2


def test_needs_messages_between_neighbours() -> None:
    text = (
        "<2> g(X) :- hidden edge(X, Y), node(X). [aggregation=avg, set]  out(X) :- d(X, Y), node(Y). [aggregation=avg]"
    )
    text += " d(X, Y) :- node(X), node(Y), X != Y, edge(X, Y). <3> d(X, Y) :- node(X), node(Y). "
    values = [centre(text, leaves) for leaves in (2, 3)]
    assert values[0] != values[1]
