"""Strongly connected components of directed graphs given as successor tables."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

_COMPILED_FROM = 400_000  # table entries from which loading the compiled kernel pays for itself


def strong_components(successors: Int[np.ndarray, "vertex edge"]) -> Int[np.ndarray, " vertex"]:
    """Number the strongly connected components of a graph, every component after all those it can reach.

    Arguments:
        successors: `successors[v]` lists the vertices that v has an edge to; −1 stands for no edge.

    Returns:
        Component of each vertex, from 0; an edge between different components leads to the smaller number.

    Source: Tarjan 1972, iterative.
    """
    if successors.size >= _COMPILED_FROM:
        from expressivity.algebra.monoids import monoid_kernels

        return np.asarray(monoid_kernels.strong_components(np.ascontiguousarray(successors)))
    return np.array(_tarjan(successors.tolist()), dtype=np.int64)


def _tarjan(successors: list[list[int]]) -> list[int]:
    size = len(successors)
    component = [-1] * size
    index = [-1] * size
    low = [0] * size
    open_vertices: list[int] = []
    counter = found = 0
    for root in range(size):
        if index[root] >= 0:
            continue
        index[root] = low[root] = counter
        counter += 1
        open_vertices.append(root)
        path = [(root, iter(successors[root]))]
        while path:
            vertex, remaining = path[-1]
            descended = False
            for target in remaining:
                if target < 0 or component[target] >= 0:
                    continue
                if index[target] < 0:
                    index[target] = low[target] = counter
                    counter += 1
                    open_vertices.append(target)
                    path.append((target, iter(successors[target])))
                    descended = True
                    break
                if index[target] < low[vertex]:
                    low[vertex] = index[target]
            if descended:
                continue
            path.pop()
            if low[vertex] == index[vertex]:
                while True:
                    member = open_vertices.pop()
                    component[member] = found
                    if member == vertex:
                        break
                found += 1
            if path and low[vertex] < low[path[-1][0]]:
                low[path[-1][0]] = low[vertex]
    return component
