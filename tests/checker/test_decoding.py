"""The checker's nearest code point, against distances compared as fractions, and over boxes against points in them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.checker.decoding import Decoder
from expressivity.checker.fields import Field
from expressivity.checker.records import Block

COORDINATES = st.sampled_from([Fraction(v) for v in ("-2", "-1", "-1/2", "0", "0", "1/3", "1/2", "1", "1", "3/2")])


def decoder(points: list[tuple[Fraction, ...]]) -> Decoder:
    return Decoder(Field(1), Block(tuple(range(len(points[0]))), tuple(points)))


def nearest(points: list[tuple[Fraction, ...]], state: tuple[Fraction, ...]) -> int:
    distances = [sum((h - p) ** 2 for h, p in zip(state, point, strict=True)) for point in points]
    return distances.index(min(distances))


@given(st.data(), st.integers(1, 3))
def test_points_are_decoded_to_the_nearest_and_ties_to_the_lowest(data: st.DataObject, width: int) -> None:
    vectors = st.tuples(*[COORDINATES] * width)
    points = data.draw(st.lists(vectors, min_size=1, max_size=6, unique=True))
    made = decoder(points)
    for state in data.draw(st.lists(vectors, min_size=1, max_size=8)):
        scaled = [int(v * 12) for v in state]
        assert made.code(scaled, 12) == nearest(points, state)
        assert made.code(scaled, 12, "a hint that may lead astray") == nearest(points, state)
        assert made.codes(scaled, scaled, 12) == [nearest(points, state)]


@given(st.data(), st.integers(1, 3))
def test_over_a_box_no_code_is_missing(data: st.DataObject, width: int) -> None:
    vectors = st.tuples(*[COORDINATES] * width)
    points = data.draw(st.lists(vectors, min_size=1, max_size=6, unique=True))
    one, other = data.draw(vectors), data.draw(vectors)
    low, high = ([f(a, b) for a, b in zip(one, other, strict=True)] for f in (min, max))
    found = decoder(points).codes([int(v * 12) for v in low], [int(v * 12) for v in high], 12)
    parts = [data.draw(st.lists(st.fractions(0, 1, max_denominator=8), min_size=5, max_size=5)) for _ in range(width)]
    for step in range(5):
        state = tuple(a + (b - a) * part[step] for a, b, part in zip(low, high, parts, strict=True))
        assert nearest(points, state) in found
    if width == 1:  # on a line cells are intervals, and the answer is exact
        steps = 960
        every = {nearest(points, (low[0] + (high[0] - low[0]) * Fraction(k, steps),)) for k in range(steps + 1)}
        assert set(found) == every


@pytest.mark.parametrize("conductor", [12, 20, 64])
def test_irrational_code_points(conductor: int) -> None:
    """Points of a regular polygon, cos and sin in Q(2cos 2π/N), with ties along every axis of symmetry."""
    field = Field(conductor)
    c = (0, 1, *([0] * (field.degree - 2)))
    powers = [field.scale(field.one, 2), c]
    while len(powers) < conductor:
        powers.append(tuple(a - b for a, b in zip(field.multiply(c, powers[-1]), powers[-2], strict=True)))
    # cos(2πk/N) and sin(2πk/N) = cos(2πk/N − π/2) = cos(2π(k − N/4)/N)
    halves = [field.scale(power, Fraction(1, 2)) for power in powers]
    polygon = [(halves[k], halves[(k - conductor // 4) % conductor]) for k in range(0, conductor, 2)]
    made = Decoder(field, Block((0, 1), tuple(polygon)))
    angles = 2 * np.pi * np.arange(0, conductor, 2) / conductor
    rng = np.random.default_rng(conductor)
    for _ in range(60):
        state = rng.integers(-40, 41, 2)
        scores = state[0] * np.cos(angles) + state[1] * np.sin(angles)
        best = np.flatnonzero(scores > scores.max() - 1e-9)
        assert made.code([int(v) for v in state], 7) == best[0]
        box = made.codes([int(v) - 1 for v in state], [int(v) + 1 for v in state], 7)
        assert set(best.tolist()) <= set(box)
    assert made.code([0, 0], 1) == 0  # all are equally near
    for code, point in enumerate(polygon):
        ends = [field.scaled(v, 96) for v in point]
        near = made.codes([low for low, _ in ends], [high for _, high in ends], 1 << 96)
        assert made.settle(near, point) == code
