"""Architectures as templates: layers against formulas written in NumPy, and what each can and cannot separate."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from expressivity.errors import TemplateError
from expressivity.relational.grounding.evaluate import evaluate, value_of
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language import models
from expressivity.relational.language.examples import Example, Fact, Query, graph_example
from expressivity.relational.language.graph_collections import read_graph_collection
from expressivity.relational.language.graphs import Graph, as_graph, separating_pairs
from expressivity.relational.learn.training import initial_weights
from expressivity.relational.separation.refute import Inseparable, OpenSeparation, refute
from oracles.relational import with_dyadic_weights

pytest.importorskip("clingo", reason="grounding needs clingo")

PREDICT = Query("predict")
RNG = np.random.default_rng(0)


def labelled_graph() -> Graph:
    graph = as_graph(nx.connected_watts_strogatz_graph(9, 4, 0.5, seed=1))
    return Graph(graph.adjacency, RNG.integers(1, 3, 9))


def run(template, example):
    weights = initial_weights(template, seed=1)
    network = build_network(ground(template, [example]))
    (value,) = evaluate(network, network.entailed([PREDICT]), weights=weights)
    return value[0], [weights[name] for name in template.weights]


def relu(x):
    return np.maximum(x, 0)


def test_gcn_is_its_formula() -> None:
    graph = labelled_graph()
    found, (red, blue, w1, w2, readout, bias) = run(
        models.gcn(["label_1", "label_2"]), models.normalised_edges(graph_example(graph))
    )
    looped = graph.adjacency + np.eye(9)
    scale = looped.sum(axis=1) ** -0.5
    normalised = scale[:, None] * looped * scale
    h = np.where(graph.labels[:, None] == 1, red, blue)
    for w in (w1, w2):
        h = relu(normalised @ h @ w.T)
    assert found == pytest.approx((h.mean(axis=0) @ readout.T + bias).item(), rel=1e-12)


def test_graph_sage_is_its_formula() -> None:
    graph = labelled_graph()
    found, (red, blue, u1, w1, u2, w2, readout, *biases) = run(
        models.graph_sage(["label_1", "label_2"]), graph_example(graph)
    )
    h = np.where(graph.labels[:, None] == 1, red, blue)
    mean = graph.adjacency / graph.adjacency.sum(axis=1, keepdims=True)
    for u, w in ((u1, w1), (u2, w2)):
        h = relu(h @ u.T + mean @ h @ w.T)
    assert not any(np.any(bias) for bias in biases)
    assert found == pytest.approx((h.mean(axis=0) @ readout.T).item(), rel=1e-12)


def test_gin_is_its_formula() -> None:
    graph = labelled_graph()
    template = models.gin(["label_1", "label_2"], layers=1)
    weights = {name: RNG.normal(size=weight.shape) for name, weight in template.weights.items()}
    network = build_network(ground(template, [graph_example(graph)]))
    (found,) = evaluate(network, network.entailed([PREDICT]), weights=weights)
    red, blue, epsilon, v, b, w, c, readout, bias = weights.values()
    h = np.where(graph.labels[:, None] == 1, red, blue)
    h = relu(relu((epsilon * h + graph.adjacency @ h) @ v.T + b) @ w.T + c)
    assert found[0] == pytest.approx((h.sum(axis=0) @ readout.T + bias).item(), rel=1e-12)


def test_a_gated_network_is_its_formula() -> None:
    graph = labelled_graph()
    found, (red, blue, a, b, w, u, readout, _) = run(
        models.gated(["label_1", "label_2"], layers=1), graph_example(graph)
    )
    h = np.where(graph.labels[:, None] == 1, red, blue)
    gate = 1 / (1 + np.exp(-((h @ a.T)[:, None] + (h @ b.T)[None])))
    messages = (graph.adjacency[..., None] * gate * (h @ w.T)[None]).sum(axis=1)
    assert found == pytest.approx((relu(messages + h @ u.T).mean(axis=0) @ readout.T).item(), rel=1e-12)


MESSAGE_PASSING = {
    "graph_sage": models.graph_sage(["node"]),
    "gin": models.gin(["node"]),
    "gated": models.gated(["node"]),
    "heterogeneous": models.heterogeneous(["node"], ["edge"]),
}


@pytest.mark.parametrize("name", list(MESSAGE_PASSING))
def test_message_passing_is_refuted_where_colour_refinement_fails(name) -> None:
    for pair in ("hexagon", "decalin"):
        assert isinstance(refute(MESSAGE_PASSING[name], *separating_pairs()[pair]), Inseparable)


def test_rings_and_cliques_see_what_message_passing_does_not() -> None:
    hexagon, triangles = map(graph_example, separating_pairs()["hexagon"])
    for template in (models.rings(["node"], size=6), models.rings(["node"], size=3), models.cliques(["node"], size=3)):
        assert isinstance(refute(template, hexagon, triangles), OpenSeparation)
        values = [value_of(with_dyadic_weights(template, 4), example, PREDICT) for example in (hexagon, triangles)]
        assert values[0] != values[1]
    square = models.rings(["node"], size=4)
    assert ground(square, [graph_example(as_graph(nx.cycle_graph(4)))]).rules == 4 + 8 + 4


def test_hyperedges_pass_messages_through_their_members() -> None:
    facts = [Fact("atom", (i,)) for i in range(4)] + [Fact("member", (i, "ring")) for i in range(3)]
    template = with_dyadic_weights(models.hyperedges(["atom"], layers=1), 1)
    assert value_of(template, Example(tuple(facts)), PREDICT)


def test_latent_clusters_have_a_rule_for_every_chain() -> None:
    template = models.latent_clusters(["c", "o"], "bond", clusters=2, size=3)
    assert sum(rule.head.predicate.startswith("chain") for rule in template.rules) == 6
    assert template.largest_variables == 3


def test_a_knowledge_base_scores_the_triples_asked_for() -> None:
    template = models.knowledge_base(["a", "b"], ["r"], dimension=2)
    example = Example((Fact("ask", ("a", "r", "b")),))
    network = build_network(ground(template, [example]))
    weights = {name: RNG.normal(size=weight.shape) for name, weight in template.weights.items() if not weight.fixed}
    (value,) = evaluate(network, network.entailed([Query("predict", ("a", "r", "b"))]), weights=weights)
    assert value[0] == pytest.approx(
        (weights["s_0"] * weights["r_0"] * weights["o_1"]).sum() + weights["predict/3.bias"]
    )
    assert network.outputs([Query("predict", ("b", "r", "a"))]).tolist() == [-1]


def test_impossible_models_are_refused() -> None:
    with pytest.raises(
        TemplateError, match=r"there is no feature predicate.*dimension 0 and layers 2 must be positive"
    ):
        models.gcn([], dimension=0)
    with pytest.raises(TemplateError, match="a pattern of 2 nodes is no ring and no clique"):
        models.rings(["node"], size=2)


@pytest.mark.parametrize(("name", "graphs", "nodes"), [("MUTAG", 188, 3371), ("PTC", 344, 8792)])
def test_collections_are_read(shared, name, graphs, nodes) -> None:
    examples, queries = read_graph_collection(shared / "relational" / f"{name}.txt")
    assert len(examples) == len(queries) == graphs
    assert sum(fact.predicate == "node" for example in examples for fact in example.facts) == nodes
    assert len({query.target for query in queries}) == 2


def test_broken_collections_are_located(tmp_path) -> None:
    file = tmp_path / "graphs.txt"
    file.write_text("1\n2 0\n0 1 1\n0 2 0\n")
    with pytest.raises(TemplateError, match="line 4 lists 1 neighbours, its degree is 2"):
        read_graph_collection(file)
