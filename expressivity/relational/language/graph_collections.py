"""Files of labelled graphs in the text format of DGCNN (MUTAG, PTC, …) → examples and queries."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Example, Query, graph_example
from expressivity.relational.language.graphs import Graph


def read_graph_collection(path: str | Path, *, query: str = "predict") -> tuple[tuple[Example, ...], tuple[Query, ...]]:
    """Read a file of graphs, each with a class.

    Arguments:
        path: the number of graphs; for each graph a line `nodes class`, then for each node a line `tag degree
            neighbours…`. A node of tag c gets the fact `label_(c+1)`, so that every tag is a fact.
        query: the atom whose target is the class.

    Returns:
        The graphs as facts, and one query each.

    Raises:
        TemplateError: when the file is missing, or naming the line that does not fit.
    """
    try:
        lines = [list(map(int, line.split())) for line in Path(path).read_text(encoding="utf-8").splitlines()]
        return _read(lines, query)
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}; expected a collection of graphs") from None
    except (ValueError, IndexError) as error:
        raise TemplateError(
            f"{path} is no collection of graphs ({error}); expected counts, tags and neighbours"
        ) from None


def _read(lines: list[list[int]], query: str) -> tuple[tuple[Example, ...], tuple[Query, ...]]:
    examples, queries, place = [], [], 1
    for number in range(lines[0][0]):
        nodes, kind = lines[place]
        rows = lines[place + 1 : place + 1 + nodes]
        adjacency = np.zeros((nodes, nodes), dtype=bool)
        for i, (_, degree, *neighbours) in enumerate(rows):
            if degree != len(neighbours):
                raise ValueError(f"line {place + 2 + i} lists {len(neighbours)} neighbours, its degree is {degree}")
            adjacency[i, neighbours] = True
        labels = np.array([1 + row[0] for row in rows], dtype=np.int64)
        examples.append(graph_example(Graph(adjacency, labels)))
        queries.append(Query(query, (), float(kind), number))
        place += 1 + nodes
    return tuple(examples), tuple(queries)
