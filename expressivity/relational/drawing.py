"""Ground networks and colourings → Graphviz text and matplotlib figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Int

from expressivity.errors import TemplateError
from expressivity.relational.examples import pair_types
from expressivity.relational.graphs import Graph
from expressivity.relational.ground_network import (
    AggregateStep,
    CombineStep,
    ConstantStep,
    GroundNetwork,
    WeightStep,
)
from expressivity.relational.refinement import refine

_MOST_NEURONS = 400


def network_dot(network: GroundNetwork) -> str:
    """A ground network as Graphviz text: one box per neuron, edges labelled by weights and multiplicities.

    Raises:
        TemplateError: when there are more neurons than anybody can look at.
    """
    total = sum(step.count for step in network.steps)
    if total > _MOST_NEURONS:
        raise TemplateError(f"{total} neurons cannot be drawn legibly; draw a network of at most {_MOST_NEURONS}")
    lines = ["digraph network {", "  rankdir=BT;", '  node [shape=box, fontname="Helvetica"];']
    for step in network.steps:
        for i in range(step.count):
            here = step.first + i
            if isinstance(step, ConstantStep):
                lines.append(f'  n{here} [label="{", ".join(map(str, step.values[i]))}", style=dashed];')
            elif isinstance(step, WeightStep):
                lines.append(f'  n{here} [label="{step.weights[i]}", style=dashed];')
            elif isinstance(step, CombineStep):
                sign = "∏" if step.combination == "product" else "Σ"
                bias = f" + {step.bias}" if step.bias else ""
                lines.append(f'  n{here} [label="{step.activation}({sign}{bias})"];')
                for inputs, weight in zip(step.inputs, step.weights, strict=True):
                    lines.append(f'  n{inputs[i]} -> n{here} [label="{weight or ""}"];')
            else:
                lines += _aggregate_lines(step, i)
    for (name, arity), (_, neurons) in network.atoms.items():
        if arity == 0 and (name, arity) in network.template.heads and len(neurons):
            lines.append(f"  {name} [shape=plaintext]; n{neurons[0]} -> {name};")
    return "\n".join([*lines, "}", ""])


def _aggregate_lines(step: AggregateStep, i: int) -> list[str]:
    first = int(step.starts[i])
    last = int(step.starts[i + 1]) if i + 1 < step.count else len(step.members)
    here = step.first + i
    lines = [f'  n{here} [label="{step.aggregation}", shape=ellipse];']
    for member, times in zip(step.members[first:last].tolist(), step.multiplicities[first:last].tolist(), strict=True):
        lines.append(f'  n{member} -> n{here} [label="{f"×{times}" if times > 1 else ""}"];')
    return lines


def colouring_figure(*graphs: Graph, rounds: int | None = None) -> Any:
    """A matplotlib figure of graphs with the joint colours of their nodes.

    Arguments:
        graphs: one or more graphs.
        rounds: colours after so many rounds of colour refinement; None for the stable colouring.

    Raises:
        TemplateError: when matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise TemplateError('figures need matplotlib; install it with pip install "expressivity[playground]"') from None

    colours = node_colours(*graphs, rounds=rounds)
    most = max((int(c.max(initial=0)) for c in colours), default=0) + 1
    figure = Figure(figsize=(4 * len(graphs), 4), layout="constrained")
    for axes, graph, colour in zip(np.atleast_1d(figure.subplots(1, len(graphs))), graphs, colours, strict=True):
        places = _layout(graph)
        for i, j in np.argwhere(graph.adjacency).tolist():
            axes.plot(places[[i, j], 0], places[[i, j], 1], color="#9aa5b1", linewidth=1, zorder=1)
        axes.scatter(
            places[:, 0],
            places[:, 1],
            c=colour,
            cmap="tab20",
            vmin=0,
            vmax=max(1, most - 1),
            s=120,
            edgecolors="#1f2933",
            zorder=2,
        )
        axes.set_title(f"{graph.name}: {len(np.unique(colour))} of {most} colours")
        axes.set_aspect("equal")
        axes.set_axis_off()
    return figure


def node_colours(*graphs: Graph, rounds: int | None = None) -> tuple[Int[np.ndarray, " _"], ...]:
    """Joint colours of the nodes of some graphs, after so many rounds or when stable."""
    colouring = refine(pair_types(graphs), dimension=1, most_rounds=rounds)
    return colouring.colours


def _layout(graph: Graph) -> np.ndarray:
    """Places by the two smoothest eigenvectors of the Laplacian, or a circle where these coincide."""
    joined = graph.adjacency | graph.adjacency.T
    laplacian = np.diag(joined.sum(axis=1)) - joined.astype(float)
    places: np.ndarray = np.linalg.eigh(laplacian)[1][:, 1:3] if graph.nodes > 2 else np.eye(2)[: graph.nodes]
    if len(np.unique(np.round(places, 6), axis=0)) < graph.nodes:
        angles = 2 * np.pi * np.arange(graph.nodes) / graph.nodes
        return np.column_stack([np.cos(angles), np.sin(angles)])
    return places
