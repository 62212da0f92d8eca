"""Encodings of components: exact action of every map, and no dimension more than needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.algebra.cascades.cascade import Component
from expressivity.constructions.levels.component_encodings import encode
from expressivity.constructions.levels.encodings import Encoding
from expressivity.exact import ExactArray, identity, rationals
from expressivity.strategies import permutation_reset_automata
from oracles.effort import some


def component(*rows: list[int], start: int = 0) -> Component:
    return Component(np.array(rows, dtype=np.int32), start)


def reflected(encoding: Encoding, number: int) -> ExactArray:
    """The points after the reflections of a map, computed from their normals."""
    points = encoding.points.transposed
    for normal in encoding.normals[number]:
        column = normal.reshape(-1, 1)
        square = (normal.reshape(1, -1) @ column).reshape(1).fractions()[0]
        points = points - (column @ (normal.reshape(1, -1) @ points)).divided_by(square / 2)
    return points.transposed


def problems(encoding: Encoding, part: Component) -> list[str]:
    """Everything that keeps an encoding from standing for a component."""
    found = []
    states, points = encoding.states.tolist(), encoding.points
    rows = [tuple(row) for row in points.numerators.reshape(len(points), -1).tolist()]
    if len(set(rows)) != len(rows):
        found.append("two codes are equal")
    if set(states) != set(range(part.states)):
        found.append("a state has no code")
    for number, moved in enumerate(part.maps.tolist()):
        if len(set(moved)) == 1 < part.states:
            continue
        after = reflected(encoding, number)
        for code, state in enumerate(states):
            hits = [other for other in range(len(states)) if after[code].equals(points[other])]
            if not hits or states[hits[0]] != moved[state]:
                found.append(f"map {number} moves code {code} wrongly")
    span = encoding.span
    gram = span @ span.transposed
    for i, j in np.ndindex(gram.shape):
        if i != j and np.any(gram[i, j].numerators):
            found.append(f"directions {i} and {j} are not orthogonal")
    projected = points.transposed
    for direction in span:
        column = direction.reshape(-1, 1)
        square = (direction.reshape(1, -1) @ column).reshape(1).fractions()[0]
        projected = projected - (column @ (direction.reshape(1, -1) @ projected)).divided_by(square)
    if np.any(projected.numerators):
        found.append("the points leave the span")
    numbers, kept_states = encoding.kept
    if set(kept_states.tolist()) != set(range(part.states)) or len(numbers) > len(states):
        found.append("the kept number does not tell the states")
    if not 1 <= encoding.reader_beta <= 2:
        found.append("β of the reader is outside [1, 2]")
    return found


@pytest.mark.parametrize(
    ("rows", "dimension", "reflections", "rational"),
    [
        ([[0, 1, 2, 3], [2, 2, 2, 2]], 1, 0, True),  # flip-flop: a line
        ([[1, 0], [0, 0]], 1, 1, True),  # ±1
        ([[1, 2, 0], [0, 0, 0]], 2, 2, True),  # a triangle in three coordinates
        ([[1, 2, 3, 0], [0, 0, 0, 0]], 2, 2, True),  # a square
        ([[1, 2, 3, 4, 0]], 2, 2, False),  # a pentagon
        ([[4, 3, 2, 1, 0], [0, 4, 3, 2, 1]], 2, 1, False),  # mirrors of a pentagon
        ([[1, 2, 3, 0], [1, 0, 2, 3], [3, 3, 3, 3]], 3, 3, True),  # S_4: corners of a cube
        ([[1, 2, 3, 4, 0], [1, 0, 2, 3, 4]], 4, 4, True),  # S_5
        # S_3 acting on itself: six codes in the space of a triangle.
        ([[1, 0, 4, 5, 2, 3], [2, 3, 0, 1, 5, 4], [0, 0, 0, 0, 0, 0]], 2, 1, True),
        ([[0]], 1, 0, True),
    ],
)
def test_known_components(rows: list[list[int]], dimension: int, reflections: int, rational: bool) -> None:
    part = component(*rows)
    encoding = encode(part)
    assert problems(encoding, part) == []
    assert (encoding.dimension, encoding.reflections) == (dimension, reflections)
    assert encoding.points.is_rational == rational


@given(permutation_reset_automata(states=(1, 5)).map(lambda a: Component(a.table, a.start)))
def test_any_component_is_encoded(part: Component) -> None:
    encoding = encode(part)
    assert problems(encoding, part) == []
    assert encoding.dimension <= max(1, part.states - 1)


@some
@given(st.integers(5, 9), st.data())
def test_dihedral_components_lie_in_the_plane(m: int, data: st.DataObject) -> None:
    names = np.array(data.draw(st.permutations(range(m))))
    back = np.argsort(names)
    shifts = data.draw(st.lists(st.tuples(st.integers(0, m - 1), st.sampled_from([1, -1])), min_size=1, max_size=3))
    rows = [[int(back[(shift + turn * names[q]) % m]) for q in range(m)] for shift, turn in [(1, 1), *shifts]]
    part = component(*rows)
    encoding = encode(part)
    assert problems(encoding, part) == []
    assert encoding.reflections <= 2


def test_the_checks_of_this_module_find_planted_errors() -> None:
    part = component([1, 2, 0], [0, 0, 0])
    good = encode(part)
    swapped = replace(good, states=np.array([1, 0, 2]))
    short = replace(good, span=good.span[:1])
    slanted = replace(good, span=rationals([[1, -1, 0], [0, 1, -1]]))
    still = replace(good, normals=tuple(normals[:0] for normals in good.normals))
    twice = replace(good, points=identity(3)[np.array([0, 0, 1])])
    blind = replace(good, preferred_reader=rationals([1, 1, -2]))
    for broken, word in [
        (swapped, "wrongly"),
        (short, "leave the span"),
        (slanted, "not orthogonal"),
        (still, "wrongly"),
        (twice, "two codes are equal"),
        (blind, "does not tell"),
    ]:
        assert any(word in problem for problem in problems(broken, part)), word


def test_a_reader_is_found_for_any_points() -> None:
    part = component([1, 0, 4, 5, 2, 3], [2, 3, 0, 1, 5, 4])
    encoding = encode(part)
    assert encoding.preferred_reader is None
    assert len(encoding.kept[0]) == 6
