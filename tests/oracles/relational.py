"""Small templates and random example sets that several tests of the room share."""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np

from expressivity.relational.language.examples import Example, Fact, Query
from expressivity.relational.language.rules import exact_value
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import Template

MESSAGE_PASSING = """
    {2} h0(X) :- red(X).
    {2} h0(X) :- blue(X).
    h1(X) :- w1={2,2} h0(Y), hidden edge(X, Y). [activation=relu, aggregation=AGGREGATION, bias={2}]
    h1(X) :- u1={2,2} h0(X).
    h1/1 [activation=relu, bias={2}]
    h2(X) :- w2={2,2} h1(Y), u2={2,1} edge(X, Y). [aggregation=AGGREGATION]
    {2} h2(X) :- edge(X, Y), edge(Y, X), not red(Y), X != Y. [aggregation=count, bag]
    h2/1 [activation=relu]
    g(X) :- h1(X), h2(X). [combination=product]
    {1,2} out :- g(X).
    {1,2} out :- h2(X), hidden node(Y), X < Y. [aggregation=max, set]
"""


@functools.cache
def message_passing(aggregation: str = "sum") -> Template:
    """A template that uses every operation, with drawn weights still to be given."""
    return parse_template(MESSAGE_PASSING.replace("AGGREGATION", aggregation))


def with_dyadic_weights(template: Template, seed: int) -> Template:
    """Weights drawn from small multiples of a quarter, on which float64 is exact."""
    rng = np.random.default_rng(seed)
    values = {
        name: exact_value((rng.integers(-4, 5, size=weight.shape) / 4).tolist())
        for name, weight in template.weights.items()
    }
    return template.with_weights(values)


def random_example(seed: int, *, nodes: int = 5) -> Example:
    """A random coloured directed graph, each fact with a value."""
    rng = np.random.default_rng(seed)
    facts = [Fact("node", (i,)) for i in range(nodes)]
    colours = ["red" if rng.random() < 0.5 else "blue" for _ in range(nodes)]
    facts += [Fact(colour, (i,), (Fraction(int(rng.integers(1, 3))),)) for i, colour in enumerate(colours)]
    facts += [Fact("edge", (i, j)) for i in range(nodes) for j in range(nodes) if rng.random() < 0.4]
    return Example(tuple(facts))


OUT = Query("out")
