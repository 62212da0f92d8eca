"""Drawings: Graphviz text of ground networks and figures of colourings."""

from __future__ import annotations

import numpy as np
import pytest

from expressivity.errors import TemplateError
from expressivity.relational.drawing import colouring_figure, network_dot, node_colours
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import graph_example
from expressivity.relational.language.graphs import cycles, decalin, from_edges, separating_pairs
from expressivity.relational.language.template_text import parse_template


def test_a_merged_network_is_drawn_with_multiplicities() -> None:
    pytest.importorskip("clingo", reason="grounding needs clingo")
    template = parse_template("h(X) :- w=2 edge(X, Y). [activation=relu]  out :- h(X).")
    network = build_network(ground(template, [graph_example(cycles(5))]))
    text = network_dot(network)
    assert text.startswith("digraph network {")
    assert text.count("shape=ellipse") == 2
    assert '[label="×2"]' in text
    assert '[label="×5"]' in text
    assert '[label="w"]' in text
    assert "out [shape=plaintext]" in text
    large = build_network(ground(template, [graph_example(cycles(500))]), merge=False)
    with pytest.raises(TemplateError, match="neurons cannot be drawn legibly; draw a network of at most 400"):
        network_dot(large)


def test_a_colouring_is_drawn_side_by_side() -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    figure = colouring_figure(decalin(), cycles(10))
    assert [axes.get_xlabel() for axes in figure.axes] == ["decalin: 3 of 4 colours", "C10: 1 of 4 colours"]
    assert len(figure.axes[0].lines) == 22


def test_colours_by_round() -> None:
    path = from_edges(5, [(i, i + 1) for i in range(4)])
    assert [len(np.unique(node_colours(path, rounds=r)[0])) for r in (0, 1, 2, None)] == [1, 2, 3, 3]


@pytest.mark.parametrize("name", ["hexagon", "decalin", "strongly-regular"])
def test_no_two_nodes_of_a_drawing_meet(name: str) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    for axes in colouring_figure(*separating_pairs()[name]).axes:
        places = axes.collections[0].get_offsets()
        gaps = np.linalg.norm(places[:, None] - places[None], axis=2)[~np.eye(len(places), dtype=bool)]
        assert gaps.min() > 0.2 * np.median(gaps)
