"""Graphs: graph6 and the named pairs against networkx, and what a malformed graph is told."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Example, Fact, graph_example, pair_types
from expressivity.relational.language.graphs import (
    Graph,
    as_graph,
    cai_furer_immerman,
    circular_skip_links,
    complete_graph,
    decalin,
    from_graph6,
    rook_graph,
    separating_pairs,
    shrikhande_graph,
)


def as_networkx(graph: Graph) -> nx.Graph:
    return nx.from_numpy_array(graph.adjacency.astype(int))


@given(st.integers(1, 70), st.integers(0, 10**6))
def test_graph6_reads_what_networkx_writes(nodes, seed) -> None:
    wanted = nx.gnp_random_graph(nodes, 0.3, seed=seed)
    text = nx.to_graph6_bytes(wanted, header=False).decode()
    assert np.array_equal(from_graph6(text).adjacency, nx.to_numpy_array(wanted, dtype=int) == 1)
    assert np.array_equal(as_graph(wanted).adjacency, from_graph6(text).adjacency)


def test_named_graphs_are_the_ones_networkx_knows() -> None:
    rook = nx.line_graph(nx.complete_bipartite_graph(4, 4))
    assert nx.is_isomorphic(as_networkx(rook_graph()), rook)
    assert nx.is_strongly_regular(as_networkx(shrikhande_graph()))
    assert not nx.is_isomorphic(as_networkx(shrikhande_graph()), rook)
    assert nx.is_isomorphic(as_networkx(circular_skip_links(11, 3)), nx.circulant_graph(11, [1, 3]))
    assert nx.diameter(as_networkx(decalin())) == 5


@pytest.mark.parametrize("name", list(separating_pairs()))
def test_each_named_pair_is_a_pair_of_different_graphs_of_one_size(name) -> None:
    first, second = separating_pairs()[name]
    assert first.nodes == second.nodes
    assert first.adjacency.sum() == second.adjacency.sum()
    assert not nx.is_isomorphic(as_networkx(first), as_networkx(second))


def test_the_gadgets_of_k4_have_the_known_size_and_twisting_two_edges_untwists() -> None:
    graph = cai_furer_immerman(complete_graph(4))
    assert (graph.nodes, int(graph.adjacency.sum()) // 2) == (40, 60)


def test_graphs_that_are_none_are_refused_by_name() -> None:
    with pytest.raises(TemplateError, match=r"'C~~' is not graph6: 2 characters for 4 nodes; expected 1.*hexagon/0"):
        as_graph("C~~")
    with pytest.raises(TemplateError, match="a dict is no graph; expected Graph, a networkx graph or graph6 text"):
        as_graph({})
    with pytest.raises(TemplateError, match=r"adjacency has shape \(2, 3\)"):
        Graph(np.zeros((2, 3), dtype=bool), np.zeros(2, dtype=np.int64))


def test_types_of_a_graph_are_the_types_of_its_facts() -> None:
    graph = Graph(np.array([[True, True, False], [False, False, True], [True, False, False]]), np.array([0, 1, 1]))
    types = pair_types([graph, graph_example(graph)])
    assert np.array_equal(*types)
    assert len(np.unique(types[0])) == 2 + 2  # an edge or none; looped and plain, or labelled
    assert len(np.unique(np.diag(types[0]))) == 2


def test_facts_about_three_elements_are_refused() -> None:
    example = Example((Fact("r", (1, 2, 3)), Fact("s", (1, 2, 3, 4))))
    with pytest.raises(TemplateError, match=r"r\(1, 2, 3\) is about 3 elements; s\(1, 2, 3, 4\) is about 4 elements"):
        pair_types([example])
