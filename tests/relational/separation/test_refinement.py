"""Refinement: the published counts on BREC, networkx's hash as oracle, and the relation between the two forms."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import pair_types
from expressivity.relational.language.graphs import Graph, as_graph, cycles, from_edges, from_graph6, separating_pairs
from expressivity.relational.separation.refinement import Colouring, refine

WEAKEST = {"hexagon": 2, "decalin": 2, "octagon": 2, "skip-links": 2, "strongly-regular": 3, "cfi-k4": 3}


def separated(first: Graph, second: Graph, dimension: int, *, folklore: bool = True) -> bool:
    types = pair_types([first, second])
    return refine(types, dimension=dimension, folklore=folklore, stop_when_separated=True).separates


@pytest.mark.parametrize(("name", "dimension"), WEAKEST.items())
def test_the_weakest_refinement_that_separates_each_named_pair(name, dimension) -> None:
    first, second = separating_pairs()[name]
    assert [separated(first, second, k) for k in range(1, dimension + 1)] == [False] * (dimension - 1) + [True]


@pytest.mark.filterwarnings("ignore:The hashes produced")  # about versions of networkx, of which we compare none
@given(st.integers(2, 9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_colour_refinement_separates_what_the_long_hash_of_networkx_separates(nodes, one, other) -> None:
    graphs = [nx.gnp_random_graph(nodes, 0.4, seed=seed) for seed in (one, other)]
    hashes = [nx.weisfeiler_lehman_graph_hash(graph, iterations=nodes) for graph in graphs]
    assert separated(*map(as_graph, graphs), 1) == (hashes[0] != hashes[1])


@given(st.integers(2, 7), st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from([1, 2]))
def test_the_oblivious_form_needs_one_dimension_more(nodes, one, other, dimension) -> None:
    first, second = (as_graph(nx.gnp_random_graph(nodes, 0.5, seed=seed)) for seed in (one, other))
    assert separated(first, second, dimension) == separated(first, second, dimension + 1, folklore=False)


@given(st.integers(2, 8), st.integers(0, 10**6), st.sampled_from([1, 2, 3]), st.booleans())
def test_isomorphic_copies_are_never_separated(nodes, seed, dimension, folklore) -> None:
    graph = as_graph(nx.gnp_random_graph(nodes, 0.5, seed=seed, directed=True))
    copy = graph.relabelled(np.random.default_rng(seed).permutation(nodes))
    colouring = refine(pair_types([graph, copy]), dimension=dimension, folklore=folklore)
    assert colouring.stable
    assert not colouring.separates


def test_a_stable_colouring_of_a_path_groups_by_distance_from_the_end() -> None:
    colouring = refine(pair_types([as_graph(nx.path_graph(5))]), dimension=1)
    assert colouring.classes == 3
    assert Counter(colouring.histograms[0]) == Counter([2, 2, 1])
    assert isinstance(colouring, Colouring)


def test_graphs_of_different_sizes_are_separated() -> None:
    assert separated(cycles(3), cycles(4), 1)
    assert separated(cycles(3), cycles(4), 2, folklore=False)


def test_a_wrong_dimension_and_no_structure_are_reported_together() -> None:
    with pytest.raises(TemplateError, match="dimension is 4; expected 1, 2 or 3; there is no structure to colour"):
        refine([], dimension=4)


@pytest.mark.slow
def test_brec_is_separated_as_published(shared) -> None:
    lines = (shared / "relational" / "brec.tsv").read_text().splitlines()[1:]
    pairs = [(kind, from_graph6(one), from_graph6(other)) for kind, one, other in (line.split("\t") for line in lines)]
    assert len(pairs) == 400
    assert sum(separated(one, other, 1) for _, one, other in pairs) == 0
    found = Counter(kind for kind, one, other in pairs if separated(one, other, 2))
    assert found == {"basic": 60, "regular": 50, "extension": 100, "cfi": 60}
    assert sum(found.values()) == 270


@pytest.mark.parametrize("folklore", [True, False])
@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_structure_without_elements_has_no_tuples(dimension: int, folklore: bool) -> None:
    nothing, triangle = pair_types([from_edges(0, []), cycles(3)])
    assert refine([nothing, nothing], dimension=dimension, folklore=folklore).histograms == ((), ())
    assert refine([nothing, triangle], dimension=dimension, folklore=folklore).separates
