"""Names, graph6 text and networkx graphs → graphs as arrays; the classical pairs that refinement cannot tell apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from expressivity.errors import TemplateError


@dataclass(frozen=True, eq=False)
class Graph:
    """A finite graph, directed in general, whose nodes may carry labels.

    Arguments:
        adjacency: whether there is an edge from the first node to the second.
        labels: a number for each node; nodes with the same number look alike.
        name: how messages call it.

    Raises:
        TemplateError: when the adjacency is not square or the labels do not fit it.
    """

    adjacency: Bool[np.ndarray, "_ _"]
    labels: Int[np.ndarray, " _"]
    name: str = "graph"

    def __post_init__(self) -> None:
        shape = self.adjacency.shape
        if len(shape) != 2 or shape[0] != shape[1] or self.labels.shape != shape[:1]:
            raise TemplateError(
                f"adjacency has shape {shape} and labels {self.labels.shape}; expected (node, node) and (node,)"
            )
        self.adjacency.setflags(write=False)
        self.labels.setflags(write=False)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.labels)

    def relabelled(self, order: Int[np.ndarray, " node"]) -> Graph:
        """The isomorphic copy whose node i is our node `order[i]`."""
        return Graph(self.adjacency[np.ix_(order, order)], self.labels[order], self.name)


def from_edges(nodes: int, edges: Iterable[tuple[int, int]], *, name: str = "graph") -> Graph:
    """The undirected graph on nodes 0 … n−1 with the given edges, all nodes labelled 0."""
    adjacency = np.zeros((nodes, nodes), dtype=bool)
    for first, second in edges:
        adjacency[first, second] = adjacency[second, first] = True
    return Graph(adjacency, np.zeros(nodes, dtype=np.int64), name)


def from_graph6(text: str, *, name: str | None = None) -> Graph:
    """Read one graph in graph6 format (up to 258,047 nodes).

    Raises:
        TemplateError: when the text is not graph6.

    Source: B. McKay, description of graph6; also accepted with its optional header.
    """
    body = text.strip().removeprefix(">>graph6<<")
    codes = np.frombuffer(body.encode("latin-1", "replace"), dtype=np.uint8).astype(np.int64) - 63
    if len(codes) == 0 or codes.min() < 0 or codes.max() > 63:
        raise TemplateError(f"{text!r} is not graph6: expected characters from '?' to '~'")
    if codes[0] < 63:
        nodes, rest = int(codes[0]), codes[1:]
    elif len(codes) >= 4 and codes[1] < 63:
        nodes, rest = int(codes[1] << 12 | codes[2] << 6 | codes[3]), codes[4:]
    else:
        raise TemplateError(f"{text!r} is graph6 of more than 258047 nodes; give a smaller graph")
    wanted = (nodes * (nodes - 1) // 2 + 5) // 6
    if len(rest) != wanted:
        raise TemplateError(f"{text!r} is not graph6: {len(rest)} characters for {nodes} nodes; expected {wanted}")
    bits = (rest[:, None] >> np.arange(5, -1, -1) & 1).ravel().astype(bool)
    adjacency = np.zeros((nodes, nodes), dtype=bool)
    # graph6 lists the upper triangle column by column, which is the lower triangle row by row.
    rows, columns = np.tril_indices(nodes, -1)
    adjacency[rows, columns] = adjacency[columns, rows] = bits[: len(rows)]
    return Graph(adjacency, np.zeros(nodes, dtype=np.int64), name or body)


def cycles(*lengths: int) -> Graph:
    """The disjoint union of cycles of the given lengths."""
    edges, first = [], 0
    for length in lengths:
        edges += [(first + i, first + (i + 1) % length) for i in range(length)]
        first += length
    return from_edges(first, edges, name=" + ".join(f"C{length}" for length in lengths))


def circular_skip_links(nodes: int, skip: int) -> Graph:
    """CSL(n, s): a cycle of n nodes with a further edge from every node to the one s steps on."""
    edges = [(i, (i + step) % nodes) for i in range(nodes) for step in (1, skip)]
    return from_edges(nodes, edges, name=f"CSL({nodes},{skip})")


def rook_graph(side: int = 4) -> Graph:
    """Squares of a board, adjacent when in one row or column."""
    cells = list(itertools.product(range(side), repeat=2))
    edges = [
        (i, j) for i, a in enumerate(cells) for j, b in enumerate(cells) if i < j and (a[0] == b[0]) != (a[1] == b[1])
    ]
    return from_edges(side * side, edges, name=f"rook {side}×{side}")


def shrikhande_graph() -> Graph:
    """The Cayley graph of Z4 × Z4 with steps ±(1,0), ±(0,1), ±(1,1): strongly regular like the 4×4 rook's graph."""
    steps = [(1, 0), (0, 1), (1, 1)]
    edges = [(4 * x + y, 4 * ((x + a) % 4) + (y + b) % 4) for x in range(4) for y in range(4) for a, b in steps]
    return from_edges(16, edges, name="Shrikhande")


def cai_furer_immerman(base: Graph, *, twisted: bool = False) -> Graph:
    """CFI(base): a gadget for each node, wired along the edges; `twisted` crosses the wires of one edge.

    A node v of degree d becomes one vertex for each even set of its edges, labelled alike; each edge end becomes two
    vertices (0 and 1); the two ends of an edge are joined 0–0 and 1–1, crosswise on the twisted edge.

    Source: Cai, Fürer and Immerman 1992, section 6. All vertices are labelled 0, as in the papers' tables.
    """
    number: dict[tuple[object, ...], int] = {}

    def vertex(*key: object) -> int:
        return number.setdefault(key, len(number))

    edges: list[tuple[int, int]] = []
    crossed = twisted
    for node in range(base.nodes):
        neighbours = np.flatnonzero(base.adjacency[node]).tolist()
        for size in range(0, len(neighbours) + 1, 2):
            for chosen in itertools.combinations(neighbours, size):
                inner = vertex(node, chosen)
                edges += [(inner, vertex(node, other, int(other in chosen))) for other in neighbours]
        for other in neighbours:
            if other < node:
                edges += [(vertex(node, other, bit), vertex(other, node, bit ^ int(crossed))) for bit in (0, 1)]
                crossed = False
    return from_edges(len(number), edges, name=f"CFI({base.name}){' twisted' if twisted else ''}")


def complete_graph(nodes: int) -> Graph:
    """K_n."""
    return from_edges(nodes, itertools.combinations(range(nodes), 2), name=f"K{nodes}")


def decalin() -> Graph:
    """Two hexagons that share an edge."""
    return from_edges(10, [*((i, (i + 1) % 10) for i in range(10)), (0, 5)], name="decalin")


def bicyclopentyl() -> Graph:
    """Two pentagons joined by an edge."""
    edges = [(5 * ring + i, 5 * ring + (i + 1) % 5) for ring in (0, 1) for i in range(5)]
    return from_edges(10, [*edges, (0, 5)], name="bicyclopentyl")


def separating_pairs() -> dict[str, tuple[Graph, Graph]]:
    """The classical pairs, by name: what colour refinement and its higher forms cannot tell apart."""
    square = complete_graph(4)
    return {
        "hexagon": (cycles(6), cycles(3, 3)),
        "decalin": (decalin(), bicyclopentyl()),
        "octagon": (cycles(8), cycles(4, 4)),
        "skip-links": (circular_skip_links(41, 2), circular_skip_links(41, 3)),
        "strongly-regular": (rook_graph(), shrikhande_graph()),
        "cfi-k4": (cai_furer_immerman(square), cai_furer_immerman(square, twisted=True)),
    }


def as_graph(source: Any) -> Graph:
    """A graph from whatever users hold: a `Graph`, a networkx graph, or text.

    Arguments:
        source: a `Graph`; an object with `nodes` and `edges` as networkx makes them (a node attribute `label`, an
            integer, is kept); text: graph6, or the name of one graph of a pair, such as `hexagon/0`.

    Raises:
        TemplateError: when it is none of these.
    """
    if isinstance(source, Graph):
        return source
    if isinstance(source, str):
        name, _, side = source.rpartition("/")
        pairs = separating_pairs()
        if name in pairs and side in {"0", "1"}:
            return pairs[name][int(side)]
        try:
            return from_graph6(source)
        except TemplateError as error:
            known = ", ".join(f"{pair}/0" for pair in pairs)
            raise TemplateError(f"{error}; the named graphs are {known} (and /1 for the other of each pair)") from None
    if not hasattr(source, "edges") or not hasattr(source, "is_directed"):
        raise TemplateError(f"a {type(source).__name__} is no graph; expected Graph, a networkx graph or graph6 text")
    names: Sequence[Any] = list(source.nodes)
    position = {node: i for i, node in enumerate(names)}
    adjacency = np.zeros((len(names), len(names)), dtype=bool)
    for first, second in source.edges():
        adjacency[position[first], position[second]] = True
        if not source.is_directed():
            adjacency[position[second], position[first]] = True
    labels = np.array([int(source.nodes[node].get("label", 0)) for node in names], dtype=np.int64)
    return Graph(adjacency, labels, "graph")
