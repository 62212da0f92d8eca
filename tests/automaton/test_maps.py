"""Which maps are permutations, constants and the identity, against their definitions, on all maps of small sets."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from expressivity.automaton.maps import are_constant, are_identity, are_permutations


@pytest.mark.parametrize("points", [1, 2, 3, 4])
def test_masks_are_what_their_names_say(points: int) -> None:
    rows = list(product(range(points), repeat=points))
    maps = np.array(rows, dtype=np.int32)
    assert are_permutations(maps).tolist() == [len(set(row)) == points for row in rows]
    assert are_constant(maps).tolist() == [len(set(row)) == 1 for row in rows]
    assert are_identity(maps).tolist() == [row == tuple(range(points)) for row in rows]


def test_no_maps_have_empty_masks() -> None:
    none = np.empty((0, 3), dtype=np.int32)
    assert are_permutations(none).shape == are_constant(none).shape == are_identity(none).shape == (0,)
