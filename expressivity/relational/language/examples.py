"""Ground facts about one example, and the graph → facts and facts → structure translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from jaxtyping import Int

from expressivity.errors import TemplateError
from expressivity.relational.language.graphs import Graph

Constant = str | int
"""A name of an element: text, or an integer."""

ONE = (Fraction(1),)


@dataclass(frozen=True, slots=True)
class Fact:
    """A ground atom that holds, with its value.

    Arguments:
        predicate: its name.
        arguments: the elements it is about.
        value: a vector of rationals; a scalar is a vector of one.
    """

    predicate: str
    arguments: tuple[Constant, ...] = ()
    value: tuple[Fraction | int, ...] = ONE

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(map(str, self.arguments))})" if self.arguments else self.predicate


@dataclass(frozen=True)
class Example:
    """One example: what is known about it.

    Arguments:
        facts: ground atoms with values.
    """

    facts: tuple[Fact, ...]

    @cached_property
    def constants(self) -> tuple[Constant, ...]:
        """The elements, integers first, each in ascending order."""
        found = {constant for fact in self.facts for constant in fact.arguments}
        return tuple(sorted(found, key=lambda constant: (isinstance(constant, str), constant)))


@dataclass(frozen=True)
class Query:
    """A ground atom whose value is asked for.

    Arguments:
        predicate: its name.
        arguments: the elements it is about.
        target: the value wanted, or None.
        example: number of the example it is asked of.
    """

    predicate: str
    arguments: tuple[Constant, ...] = ()
    target: float | None = None
    example: int = 0

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(map(str, self.arguments))})" if self.arguments else self.predicate


def graph_example(graph: Graph) -> Example:
    """A graph as facts: `node(i)`, `edge(i, j)` for each direction of an edge, and `label_c(i)` where labels differ.

    Arguments:
        graph: the graph; a label c other than 0 becomes the fact `label_c(i)`.
    """
    facts = [Fact("node", (i,)) for i in range(graph.nodes)]
    facts += [Fact(f"label_{label}", (i,)) for i, label in enumerate(graph.labels.tolist()) if label]
    facts += [Fact("edge", (i, j)) for i, j in np.argwhere(graph.adjacency).tolist()]
    return Example(tuple(facts))


def pair_types(sources: Sequence[Graph | Example]) -> tuple[Int[np.ndarray, "_ _"], ...]:
    """The atomic types of all ordered pairs of elements, numbered jointly.

    Two pairs have one number when the same facts with the same values hold of them, and both or neither are a pair of
    equal elements.

    Arguments:
        sources: graphs or examples.

    Raises:
        TemplateError: when a fact is about more than two elements.
    """
    numbers: dict[object, int] = {}
    return tuple(
        _of_graph(source, numbers) if isinstance(source, Graph) else _of_example(source, numbers) for source in sources
    )


def _of_graph(graph: Graph, numbers: dict[object, int]) -> np.ndarray:
    """What `_of_example(graph_example(graph))` gives, without making the facts."""
    types = np.empty((graph.nodes, graph.nodes), dtype=np.int64)
    for holds in (False, True):
        kind = (False, frozenset({("edge", ONE)} if holds else ()))
        types[graph.adjacency == holds] = numbers.setdefault(kind, len(numbers))
    for i, label in enumerate(graph.labels.tolist()):
        facts: set[object] = {("node", ONE, 1)}
        facts |= {(f"label_{label}", ONE, 1)} if label else set()
        facts |= {("edge", ONE, 2)} if graph.adjacency[i, i] else set()
        types[i, i] = numbers.setdefault((True, frozenset(facts)), len(numbers))
    return types


def _of_example(example: Example, numbers: dict[object, int]) -> np.ndarray:
    position = {constant: i for i, constant in enumerate(example.constants)}
    size = len(position)
    about: dict[tuple[int, int], set[object]] = {}
    problems = []
    for fact in example.facts:
        places = [position[constant] for constant in fact.arguments]
        if len(places) > 2:
            problems.append(f"{fact} is about {len(places)} elements")
        elif len(places) == 0:
            # A fact about nothing is one about everything: it enters the type of every element.
            for i in range(size):
                about.setdefault((i, i), set()).add((fact.predicate, fact.value, 0))
        elif places[0] == places[-1]:
            about.setdefault((places[0], places[0]), set()).add((fact.predicate, fact.value, len(places)))
        else:
            about.setdefault((places[0], places[1]), set()).add((fact.predicate, fact.value))
    if problems:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else "")
        raise TemplateError(f"{shown}: expected facts about at most two elements, split longer ones into pairs")
    types = np.full((size, size), numbers.setdefault((False, frozenset()), len(numbers)), dtype=np.int64)
    for i in range(size):
        about.setdefault((i, i), set())
    for (i, j), facts in about.items():
        types[i, j] = numbers.setdefault((i == j, frozenset(facts)), len(numbers))
    return types
