"""Batches of permutations as integer rows: products, orders, orbits, blocks and random elements.

A permutation p is a row with `p[x]` the image of point x. "First p, then q" is `q[p]`, a word read left to right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from expressivity.automaton.maps import are_identity, are_permutations
from expressivity.errors import GroupError


def identity_row(points: int) -> Int[np.ndarray, " point"]:
    """The identity on `points` points."""
    return np.arange(points, dtype=np.int32)


def inverses(rows: Int[np.ndarray, "batch point"]) -> Int[np.ndarray, "batch point"]:
    """The inverse of each permutation."""
    result = np.empty_like(rows)
    np.put_along_axis(result, rows, np.broadcast_to(np.arange(rows.shape[1], dtype=rows.dtype), rows.shape), axis=1)
    return result


def then(
    first: Int[np.ndarray, "batch point"], second: Int[np.ndarray, "batch point"]
) -> Int[np.ndarray, "batch point"]:
    """Row by row: first the one, then the other."""
    result: np.ndarray = second[np.arange(len(second))[:, None], first]
    return result


def powers(rows: Int[np.ndarray, "batch point"], exponent: int) -> Int[np.ndarray, "batch point"]:
    """Each permutation raised to one non-negative power, by repeated squaring."""
    result = np.broadcast_to(np.arange(rows.shape[1], dtype=rows.dtype), rows.shape)
    square = rows
    while exponent:
        if exponent & 1:
            result = then(result, square)
        exponent >>= 1
        if exponent:
            square = then(square, square)
    return np.ascontiguousarray(result)


def cycle_lengths(row: Int[np.ndarray, " point"]) -> list[int]:
    """Lengths of all cycles of one permutation, fixed points included."""
    images = row.tolist()
    seen = [False] * len(images)
    lengths = []
    for start in range(len(images)):
        length = 0
        point = start
        while not seen[point]:
            seen[point] = True
            point = images[point]
            length += 1
        if length:
            lengths.append(length)
    return lengths


def order_of(row: Int[np.ndarray, " point"]) -> int:
    """Order of one permutation."""
    return math.lcm(*cycle_lengths(row)) if row.size else 1


def orders(rows: Int[np.ndarray, "batch point"]) -> Int[np.ndarray, " batch"]:
    """Order of each permutation; meant for batches whose orders are small, it walks the powers of all at once."""
    result = np.zeros(rows.shape[0], dtype=np.int64)
    pending = np.arange(rows.shape[0])
    power = rows
    exponent = 1
    while pending.size:
        done = are_identity(power)
        result[pending[done]] = exponent
        pending, power = pending[~done], power[~done]
        power = then(power, rows[pending])
        exponent += 1
    return result


def orbits(generators: Int[np.ndarray, "generator point"], points: int) -> list[np.ndarray]:
    """Orbits as sorted arrays of points, singletons included, in order of their least point."""
    label = np.arange(points)
    while True:
        least = label.copy()
        for row in generators:
            least = np.minimum(least, least[row])
            np.minimum.at(least, row, least.copy())
        if np.array_equal(least, label):
            break
        label = least
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    return np.split(order, starts[1:]) if points else []


def restricted(
    generators: Int[np.ndarray, "generator point"], subset: Int[np.ndarray, " subset"]
) -> Int[np.ndarray, "generator subset"]:
    """The action on an invariant set of points, renumbered 0, 1, … in the order given."""
    number = np.full(generators.shape[1], -1, dtype=np.int32)
    number[subset] = np.arange(len(subset), dtype=np.int32)
    renumbered: np.ndarray = number[generators[:, subset]]
    return renumbered


def random_elements(generators: Int[np.ndarray, "generator point"], *, seed: int) -> Iterator[np.ndarray]:
    """An endless supply of nearly uniform elements of the group generated.

    Source: product replacement with an accumulator ("rattle"), Leedham-Green & Murray 2002.
    """
    random = np.random.default_rng(seed)
    slots = [generators[i % len(generators)] for i in range(max(10, len(generators)))]
    accumulator = identity_row(generators.shape[1])
    step = 0
    while True:
        i, j = random.choice(len(slots), size=2, replace=False)
        other = slots[j]
        if random.random() < 0.5:
            other = np.argsort(other).astype(other.dtype)
        slots[i] = other[slots[i]] if random.random() < 0.5 else slots[i][other]
        accumulator = slots[i][accumulator]
        step += 1
        if step > 40:
            yield accumulator


def check_permutations(generators: np.ndarray) -> None:
    """Refuse anything but a (generator, point) table of permutations.

    Raises:
        GroupError: naming every row that is no permutation.
    """
    if generators.ndim != 2 or not np.issubdtype(generators.dtype, np.integer):
        raise GroupError(
            f"generators have shape {generators.shape} and type {generators.dtype}; "
            "expected integers of shape (generator, point), an empty group being np.empty((0, points), int)"
        )
    points = generators.shape[1]
    bad = np.flatnonzero(~are_permutations(generators))
    if bad.size:
        shown = "; ".join(f"row {i} is {_short(generators[i])}" for i in bad[:5])
        raise GroupError(
            f"{bad.size} of {len(generators)} generators are no permutations of 0 to {points - 1}: {shown}; "
            "every point must occur exactly once in each row"
        )


def _short(row: np.ndarray) -> str:
    values = ", ".join(str(int(v)) for v in row[:12])
    return f"({values}{', …' if len(row) > 12 else ''})"
