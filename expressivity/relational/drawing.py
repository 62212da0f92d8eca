"""Ground networks and colourings → Graphviz text and matplotlib figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64, Int

from expressivity.errors import TemplateError
from expressivity.relational.grounding.ground_network import (
    AggregateStep,
    CombineStep,
    ConstantStep,
    GroundNetwork,
    WeightStep,
)
from expressivity.relational.language.examples import pair_types
from expressivity.relational.language.graphs import Graph
from expressivity.relational.separation.refinement import refine

_MOST_NEURONS = 400
_DESCENT = 200  # steps of a descent, enough for graphs that anybody would draw


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
        from matplotlib.patheffects import withStroke
    except ImportError:
        raise TemplateError('figures need matplotlib; install it with pip install "expressivity[playground]"') from None

    colours = node_colours(*graphs, rounds=rounds)
    most = max((int(c.max(initial=0)) for c in colours), default=0) + 1
    figure = Figure(figsize=(3.4 * len(graphs), 3.4), layout="constrained")
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
        for (x, y), number in zip(places, colour.tolist(), strict=True):
            # A number each, because colours alone do not tell classes apart for every eye, nor in grey.
            label = axes.text(x, y, str(number), fontsize=6.5, ha="center", va="center", zorder=3)
            label.set_path_effects([withStroke(linewidth=1.5, foreground="white")])
        axes.set_xlabel(f"{graph.name}: {len(np.unique(colour))} of {most} colours")
        axes.set_aspect("equal")
        axes.margins(0.2)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    return figure


def node_colours(*graphs: Graph, rounds: int | None = None) -> tuple[Int[np.ndarray, " _"], ...]:
    """Joint colours of the nodes of some graphs, after so many rounds or when stable."""
    colouring = refine(pair_types(graphs), dimension=1, most_rounds=rounds)
    return colouring.colours


def _layout(graph: Graph) -> Float64[np.ndarray, "node 2"]:
    """Places whose distances are near those in the graph: the best of a few descents of the stress.

    Source: Gansner, Koren & North 2004 (stress majorization, weights d⁻²).
    """
    if graph.nodes == 1:
        return np.zeros((1, 2))
    from scipy.sparse.csgraph import shortest_path

    wanted = shortest_path(graph.adjacency | graph.adjacency.T, unweighted=True)
    apart = ~np.isfinite(wanted)  # parts that are not joined are drawn side by side
    wanted[apart] = 2 + max(2.0, float(wanted[~apart].max()))
    np.fill_diagonal(wanted, 1)
    weights = wanted**-2.0
    np.fill_diagonal(weights, 0)
    inverse = np.linalg.pinv(np.diag(weights.sum(axis=1)) - weights)
    rng = np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(graph.nodes) / graph.nodes
    begins = [np.column_stack([np.cos(angles), np.sin(angles)]), *rng.standard_normal((6, graph.nodes, 2))]
    ends = [_descend(begin, wanted, weights, inverse) for begin in begins]
    return min(ends, key=lambda places: float((weights * (_distances(places) - wanted) ** 2).sum()))


def _descend(places: np.ndarray, wanted: np.ndarray, weights: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    for _ in range(_DESCENT):
        pull = -weights * wanted / np.maximum(_distances(places), 1e-9)
        np.fill_diagonal(pull, 0)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        places = inverse @ (pull @ places)
    return places


def _distances(places: np.ndarray) -> np.ndarray:
    between = places[:, None] - places[None]
    gaps: np.ndarray = np.sqrt((between**2).sum(axis=2))
    return gaps
