"""S2, a conjecture that is tested and not proved: under bag semantics treewidth can replace the number of variables.

A rule whose body has treewidth k − 1 and no head variables should separate no two structures that (k−1)-FWL does not
separate, however many variables it has. For single rules that count homomorphisms this is the theorem of Dvořák (2010).
"""

from __future__ import annotations

import itertools

import networkx as nx
import pytest
from networkx.algorithms.approximation import treewidth_min_degree

from expressivity.checker.relational import evaluate
from expressivity.relational.language.examples import graph_example, pair_types
from expressivity.relational.language.graphs import Graph, as_graph, separating_pairs
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import template_json
from expressivity.relational.separation.refinement import refine


def homomorphisms(pattern: nx.Graph, graph: Graph) -> object:
    edges = list(nx.edge_dfs(pattern, 0)) if pattern.number_of_edges() else []
    body = ", ".join(f"edge(X{i}, X{j})" for i, j in edges)
    template = template_json(parse_template(f"out :- {body}. [aggregation=count]"))
    facts = [[f.predicate, list(f.arguments), ["1"]] for f in graph_example(graph).facts]
    return evaluate(template, facts).get(("out", ()))


def unseparated_pairs_on_six_nodes() -> list[tuple[Graph, Graph]]:
    graphs = [as_graph(graph) for graph in nx.graph_atlas_g() if len(graph) == 6]
    histograms = refine(pair_types(graphs), dimension=1).histograms
    places = itertools.combinations(range(len(graphs)), 2)
    return [(graphs[i], graphs[j]) for i, j in places if histograms[i] == histograms[j]]


def test_trees_separate_no_pair_that_colour_refinement_leaves_together() -> None:
    trees = [tree for size in range(2, 7) for tree in nx.nonisomorphic_trees(size)]
    assert len(trees) == 1 + 1 + 2 + 3 + 6
    pairs = unseparated_pairs_on_six_nodes()
    assert len(pairs) == 4
    for (first, second), tree in itertools.product(pairs, trees):
        assert homomorphisms(tree, first) == homomorphisms(tree, second)


def test_four_variables_of_treewidth_two_do_not_separate_the_strongly_regular_pair() -> None:
    first, second = separating_pairs()["strongly-regular"]
    patterns = [g for g in nx.graph_atlas_g() if len(g) == 4 and g.number_of_edges() and nx.is_connected(g)]
    assert len(patterns) == 6
    for pattern in patterns:
        narrow = treewidth_min_degree(pattern)[0] <= 2
        equal = homomorphisms(pattern, first) == homomorphisms(pattern, second)
        assert equal == narrow  # K4 alone has treewidth three


@pytest.mark.parametrize("name", ["hexagon", "octagon"])
def test_a_cycle_does_what_no_tree_does(name) -> None:
    first, second = separating_pairs()[name]
    cycle = nx.cycle_graph(3 if name == "hexagon" else 4)
    assert homomorphisms(cycle, first) != homomorphisms(cycle, second)
