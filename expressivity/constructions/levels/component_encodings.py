"""The encoding of a permutation–reset component that spends fewest factors: a line, a polygon, or simplices."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from jaxtyping import Int

from expressivity.algebra.cascades.cascade import Component
from expressivity.automaton import Automaton
from expressivity.automaton.congruences import on_blocks
from expressivity.constructions.actions.permutation_actions import block_systems, reflection_counts, swaps
from expressivity.constructions.levels.encodings import Encoding
from expressivity.constructions.one_layer.rotation import directions
from expressivity.exact import ExactArray, rationals, zeros

_MOST_CODES = 720
_MOST_SYSTEMS = 300


def encode(component: Component) -> Encoding:
    """The encoding with the cheapest dearest map, then rational numbers, then the fewest coordinates and codes.

    A reset costs as many projections as the space has dimensions, a permutation as many reflections as its matrix is
    away from the identity in rank. Compared are

    * a line, when no map but the identity permutes the states, or when there are two states;
    * the regular polygon, when all permutations are rotations and mirrorings of it: coordinates in Q(2cos 2π/4m),
      rational for m = 4;
    * simplices whose vertices are the blocks of one or two systems of blocks that the permutations respect (single
      states included): the state is a vertex of each, or a point that every permutation of the vertices moves.
    """
    m = component.states
    rows: list[list[int]] = component.maps.tolist()
    permutations: list[list[int]] = component.maps[component.turns].tolist()
    if m == 1 or not permutations:
        return _line(np.arange(m) - component.start, rows)
    if m == 2:
        return _line(np.array([1, -1]), rows)
    candidates = _simplices(component)
    residues = polygon(permutations) if m >= 4 else None
    if residues is not None:
        candidates.append(_plane(residues, rows))
    has_resets = bool(component.resets.any())

    def cost(encoding: Encoding) -> tuple[int, bool, int, int]:
        dearest = max(encoding.reflections, encoding.dimension if has_resets else 0)
        return dearest, not encoding.points.is_rational, encoding.coordinates, len(encoding.states)

    return min(candidates, key=cost)


# A line -------------------------------------------------------------------------------------------------------------


def _line(values: Int[np.ndarray, " state"], rows: list[list[int]]) -> Encoding:
    one = rationals([[1]])
    normals = tuple(one[: int(row == [1, 0])] for row in rows)
    return Encoding(rationals(values[:, None]), np.arange(len(values)), one, normals, one[0])


# A polygon ----------------------------------------------------------------------------------------------------------


def _plane(residues: list[int], rows: list[list[int]]) -> Encoding:
    m = len(residues)
    points = directions([4 * residue for residue in residues], m)
    normals = tuple(directions(angles, m) if (angles := _mirrors(row, residues)) else zeros(0, 2) for row in rows)
    if m == 4:
        return Encoding(points, np.arange(4), rationals(np.eye(2, dtype=np.int64)), normals, rationals([3, 4]))
    # No mirror of the polygon passes a quarter of the way from a vertex to the next.
    return Encoding(points, np.arange(m), directions([0, m], m), normals, directions([1], m)[0])


def _mirrors(row: list[int], residues: list[int]) -> list[int]:
    """Angles of the normals of a map's reflections, in parts of a quarter of the angle between vertices."""
    m = len(row)
    place = np.argsort(residues)
    image = np.array(residues)[np.array(row)[place]].tolist()
    shift, step = image[0], (image[1] - image[0]) % m
    if step == 0 or image == list(range(m)):
        return []
    # Reflections with normals at angles 0 and φ, in this order, rotate by 2φ. A mirroring takes the angle α to θ − α;
    # its mirror lies at θ/2, and the normal a right angle further.
    return [0, 2 * shift] if step == 1 else [2 * shift + m]


def polygon(permutations: list[list[int]]) -> list[int] | None:
    """Places of the states on a circle such that all permutations are rotations or mirrorings of it, or None.

    The order of the states is tried, then the cycles of the group that the permutations generate.

    Arguments:
        permutations: at least one permutation of the states.
    """
    m = len(permutations[0])
    known = {tuple(range(m))}
    queue = [tuple(range(m))]
    for element in queue:
        for p in permutations:
            product = tuple(p[q] for q in element)
            if product not in known:
                known.add(product)
                queue.append(product)
        if len(queue) > 2 * m:
            return None
    natural = list(range(m))
    if all(_is_dihedral(p, natural) for p in permutations):
        return natural
    for element in queue:
        residues = [-1] * m
        at = 0
        for step in range(m):
            residues[at] = step
            at = element[at]
        if min(residues) >= 0 and all(_is_dihedral(p, residues) for p in permutations):
            return residues
    return None


def _is_dihedral(permutation: list[int], residues: list[int]) -> bool:
    """Whether a permutation sends residue r to c + r for all r, or to c − r for all r."""
    m = len(residues)
    image = {residues[q]: residues[target] for q, target in enumerate(permutation)}
    return {(image[(r + 1) % m] - image[r]) % m for r in range(m)} in ({1}, {m - 1})


# Simplices ----------------------------------------------------------------------------------------------------------


def _simplices(component: Component) -> list[Encoding]:
    """By the single states, which always serve, and the cheapest by one or two systems of blocks, if there is one."""
    m = component.states
    single = np.arange(m)
    one_hot = np.eye(m, dtype=np.int64)
    found = [_joined([(single, one_hot)], single, component.maps)]
    permutations = component.maps[~component.resets].astype(np.int32)
    group = Automaton.from_table(permutations, component.start, accepting=[])
    if group.reachable().states < m:
        # Codes are found by following the group from one state; here they would not reach every state.
        return found
    systems = block_systems(group, limit=_MOST_SYSTEMS)
    moves = [on_blocks(permutations, system) for system in systems]
    counts = [reflection_counts(table) for table in moves]
    dimensions = [table.shape[1] - 1 for table in moves]
    has_resets = bool(component.resets.any())
    choices = []
    for size in (1, 2) if len(systems) <= 60 else (1,):
        for chosen in combinations(range(len(systems)), size):
            dimension = sum(dimensions[i] for i in chosen)
            reflections = int(np.sum([counts[i] for i in chosen], axis=0).max())
            if dimension < m - 1:
                choices.append((dimension if has_resets else reflections, dimension, chosen))
    for _, _, chosen in sorted(choices):
        for different in (False, True):
            encoding = _orbit([systems[i] for i in chosen], group, component, different=different)
            if encoding is not None:
                return [*found, encoding]
    return found


def _orbit(systems: list[np.ndarray], group: Automaton, component: Component, *, different: bool) -> Encoding | None:
    """Codes are the orbit of one point under the group; None when a code would stand for two states."""
    sizes = [int(system.max()) + 1 for system in systems]
    borders = np.cumsum([0, *sizes]).tolist()
    moves = np.concatenate(
        [on_blocks(group.table, system) + low for system, low in zip(systems, borders, strict=False)], axis=1
    )
    back = np.argsort(moves, axis=1)
    start = np.concatenate(
        [
            np.arange(size) if different else np.eye(size, dtype=np.int64)[system[group.start]]
            for size, system in zip(sizes, systems, strict=True)
        ]
    )
    known = {tuple(start.tolist()): group.start}
    queue = [(start, group.start)]
    for vector, state in queue:
        for x, target in enumerate(group.table[:, state].tolist()):
            moved = vector[back[x]]
            key = tuple(moved.tolist())
            if known.setdefault(key, target) != target:
                return None
            if len(known) > len(queue):
                queue.append((moved, target))
        if len(known) > _MOST_CODES:
            return None
    weights = np.array([vector for vector, _ in queue])
    parts = [(system, weights[:, low:high]) for system, low, high in zip(systems, borders, borders[1:], strict=False)]
    return _joined(parts, np.array([state for _, state in queue]), component.maps)


def _joined(parts: list[tuple[np.ndarray, np.ndarray]], states: np.ndarray, maps: np.ndarray) -> Encoding:
    """One simplex per system side by side; a code is the sum of each simplex's vertices with its weights.

    `parts` holds for each system the block of each state, and for each code the weights of the blocks.
    """
    vertices = [_vertices(weights.shape[1]) for _, weights in parts]
    borders = np.cumsum([0, *(v.shape[1] for v in vertices)]).tolist()
    width = borders[-1]
    points = np.concatenate([w @ v for (_, w), v in zip(parts, vertices, strict=True)], axis=1)
    span = np.zeros((0, width), dtype=np.int64)
    for vertex, low, high in zip(vertices, borders, borders[1:], strict=False):
        rows = np.zeros((len(vertex) - 1, width), dtype=np.int64)
        rows[:, low:high] = _directions_within(len(vertex))
        span = np.concatenate([span, rows])
    normals = []
    for row in maps:
        edges = []
        if len(set(row.tolist())) == len(row):
            for (system, _), vertex, low, high in zip(parts, vertices, borders, borders[1:], strict=False):
                for i, j in swaps(on_blocks(row[None], system)[0].tolist()):
                    # Swapping two vertices of a regular simplex is the reflection along the edge between them.
                    edge = np.zeros(width, dtype=np.int64)
                    edge[low:high] = vertex[i] - vertex[j]
                    edges.append(edge // np.gcd.reduce(edge))
        normals.append(rationals(np.array(edges, dtype=np.int64).reshape(-1, width)))
    preferred = _evenly_spread(len(states)) if len(parts) == 1 and np.array_equal(states, parts[0][0]) else None
    return Encoding(rationals(points), states, rationals(span), tuple(normals), preferred)


def _vertices(count: int) -> np.ndarray:
    """A regular simplex around 0: two ends of a line, alternate corners of a cube, or count·e_i − (1, …, 1)."""
    if count == 2:
        return np.array([[1], [-1]])
    if count == 4:
        return np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    return count * np.eye(count, dtype=np.int64) - 1


def _directions_within(count: int) -> np.ndarray:
    """Orthogonal vectors that span the space of a simplex."""
    if count in (2, 4):
        return np.eye(count - 1, dtype=np.int64)
    span = np.tril(np.ones((count - 1, count), dtype=np.int64))
    span[np.arange(count - 1), np.arange(1, count)] = -np.arange(1, count)
    return span


def _evenly_spread(count: int) -> ExactArray:
    """A reader of the vertices of one simplex: of integral length for the cube, else with evenly spread products."""
    if count == 4:
        return rationals([2, 3, 6])
    return rationals(2 * np.arange(count) - (count - 1))
