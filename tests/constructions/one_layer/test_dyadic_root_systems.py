"""Root systems of unit keys: every inner product, the swaps they make, and that the dimensions are the least."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest

from expressivity.constructions.one_layer.root_systems import RootSystem, least_width, root_systems
from expressivity.exact import identity, rationals

WIDTHS = {1: 1, 2: 1, 3: 4, 4: 4, 5: 6, 6: 6, 7: 7, 8: 7, 9: 8, 10: 10, 11: 12, 12: 12, 13: 14, 16: 16}


def faults(system: RootSystem, points: int) -> list[str]:
    """What is wrong with a system: lengths, entries, and inner products of all pairs of its keys."""
    found = []
    keys = {(i, j): system.doubled_key(i, j) for i, j in permutations(range(points), 2)}
    for (i, j), key in keys.items():
        if key @ key != 4 or not set(np.abs(key).tolist()) <= {0, 1, 2}:
            found.append(f"key {i} {j}")
        for (k, m), other in keys.items():
            # As e_i − e_j and e_k − e_m have, in units of half their squared length.
            if key @ other != 2 * ((i == k) + (j == m) - (i == m) - (j == k)):
                found.append(f"product {i} {j} {k} {m}")
    return found


@pytest.mark.parametrize("points", WIDTHS)
def test_keys_are_the_root_system_of_the_symmetric_group(points: int) -> None:
    systems = root_systems(points)
    assert systems[0].width == WIDTHS[points]
    for system in systems:
        assert system.labels >= points
        assert faults(system, points) == []


def test_a_wrong_sign_is_found() -> None:
    simple = root_systems(5)[0].simple.copy()
    row, column = np.argwhere(simple[2:])[0] + [2, 0]
    simple[row, column] *= -1
    assert faults(RootSystem(simple), 5)


@pytest.mark.parametrize("points", [2, 3, 5, 6, 7, 8, 9, 10])
def test_keys_swap_what_the_places_hold(points: int) -> None:
    """Exactly, as matrices: the reflection of (i j) exchanges places i and j and fixes the others."""
    for system in root_systems(points):
        for i, j in combinations(range(points), 2):
            key = rationals(system.doubled_key(i, j)[:, None])
            reflection = identity(system.width) - (key @ key.transposed).divided_by(2)
            swapped = list(range(system.labels))
            swapped[i], swapped[j] = j, i
            assert (system.places @ reflection).equals(system.places[np.array(swapped)])
            products = (system.places @ key).fractions()[:, 0]
            assert products.tolist() == [(label == i) - (label == j) for label in range(system.labels)]


@pytest.mark.parametrize("points", [3, 5])
def test_one_dimension_less_is_impossible_by_exhaustion(points: int) -> None:
    """The bound says that n dimensions do not hold S_3 and S_5: no chain exists at all."""
    width = WIDTHS[points] - 1
    assert least_width(points) == width + 1
    vectors = [np.array(v) for v in product((-2, -1, 0, 1, 2), repeat=width) if sum(x * x for x in v) == 4]

    def longest(chain: list[np.ndarray]) -> int:
        following = [v for v in vectors if v @ chain[-1] == -2 and all(v @ earlier == 0 for earlier in chain[:-1])]
        return max((longest([*chain, v]) for v in following), default=len(chain))

    assert max(longest([v]) for v in vectors) < points - 1


def test_the_bound_is_reached_up_to_twelve_points() -> None:
    assert [least_width(n) for n in range(2, 13)] == [WIDTHS[n] for n in range(2, 13)]
    assert [least_width(n) for n in (13, 14, 16, 17, 18, 19)] == [14, 14, 16, 17, 17, 20]
