import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from expressivity.algebra.monoids import graphs, monoid_kernels
from expressivity.algebra.monoids.graphs import strong_components

successor_tables = st.integers(1, 12).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(-1, size - 1), min_size=2, max_size=2), min_size=size, max_size=size
    ).map(np.array)
)


@given(successor_tables)
def test_components_are_those_of_networkx_in_reverse_topological_order(successors):
    graph = nx.DiGraph([(v, int(w)) for v, row in enumerate(successors) for w in row if w >= 0])
    graph.add_nodes_from(range(len(successors)))
    component = strong_components(successors)
    blocks = {frozenset(np.flatnonzero(component == c).tolist()) for c in set(component.tolist())}
    assert blocks == {frozenset(block) for block in nx.strongly_connected_components(graph)}
    assert all(component[v] >= component[w] for v, w in graph.edges)


@given(successor_tables)
def test_compiled_and_plain_components_agree(successors):
    assert np.array_equal(monoid_kernels.strong_components(successors), graphs._tarjan(successors.tolist()))


def test_long_paths_do_not_exhaust_the_stack():
    path = np.arange(1, 100_001).reshape(-1, 1)
    path[-1] = -1
    assert np.array_equal(strong_components(path), np.arange(100_000)[::-1])
