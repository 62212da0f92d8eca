"""The compiled loop against NumPy on layers that use every part of it: many lanes, gathered blocks, several reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.exact import rationals
from expressivity.networks import forward, forward_kernels
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Block, Layer, Readout


def random_layer(seed: int, *, width: int, letters: int, blocks: int, reads: int) -> Layer:
    """Entries −1, 0, 1, so that short runs stay exact in any order of summation, with many ties."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(blocks):
        size = int(rng.integers(0, width + 1))
        contiguous = np.arange(size) + int(rng.integers(0, width - size + 1))
        coordinates = contiguous if rng.random() < 0.5 else rng.permutation(width)[:size]
        points = np.unique(rng.integers(-2, 3, (int(rng.integers(1, 30)), size)), axis=0)
        parts.append(Block(coordinates, rationals(rng.permutation(points))))
    radix = max((len(part.points) for part in parts), default=1)
    select = rng.integers(-1, blocks, (letters, reads))
    table = rng.integers(0, 2, (letters, radix**reads))
    matrices = rng.integers(-1, 2, (letters, width, width)) * (rng.random((letters, width, width)) < 2 / width)
    return Layer(
        DenseTransition(rationals(matrices)),
        rationals(rng.integers(-1, 2, (letters, width, 1))),
        rationals(rng.integers(-1, 2, (width, 1))),
        Readout(tuple(parts), select, table, 2),
    )


def both(layer: Layer, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lowered = forward.lower(layer)
    arrays = [getattr(lowered, field) for field in lowered.__dataclass_fields__]
    return forward._run_layer(lowered, symbols), forward_kernels.run_layer(*arrays, symbols)


@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(1, 20),
    letters=st.integers(1, 4),
    blocks=st.integers(0, 3),
    reads=st.integers(1, 2),
    batch=st.integers(0, 19),
)
def test_compiled_and_numpy_agree(seed: int, width: int, letters: int, blocks: int, reads: int, batch: int) -> None:
    layer = random_layer(seed, width=width, letters=letters, blocks=blocks, reads=reads)
    rng = np.random.default_rng(seed)
    symbols = rng.integers(0, letters, (batch, 9))
    symbols[np.arange(9) >= rng.integers(0, 10, batch)[:, None]] = -1
    slow, fast = both(layer, symbols)
    assert np.array_equal(slow, fast)


@pytest.mark.parametrize("ties", [[7, 3], [8, 0], [15, 9], [2, 12, 5]])
def test_ties_go_to_the_lowest_code(ties: list[int]) -> None:
    points = np.stack([np.arange(17) + 10, np.arange(17)], axis=1)
    points[ties] = [[1, k] for k in range(len(ties))]
    # The state (1, 0) stays where it is; both readings of the tie are at distance 0 in the coordinate that is read.
    seen = points[:, :1] * 1000 + np.arange(17)[:, None] * 0
    seen[ties] = np.array([[1], [-1], [3]])[: len(ties)]
    state = 0 if len(ties) == 2 else 2
    if len(ties) == 3:
        seen[ties[1]] = 1001
    layer = Layer(
        DenseTransition(rationals([[[1]]])),
        rationals([[[0]]]),
        rationals([[state]]),
        Readout((Block(np.array([0]), rationals(seen)),), np.array([[0]]), np.arange(17)[None], 17),
    )
    slow, fast = both(layer, np.zeros((1, 1), dtype=np.int64))
    tied = [code for code in ties if seen[code, 0] in (1, -1, 3)]
    assert slow.item() == fast.item() == min(tied)


def test_states_that_overflow_still_get_an_answer() -> None:
    layer = Layer(
        DenseTransition(rationals([[[10**200]]])),
        rationals([[[-(10**300)]]]),
        rationals([[10**200]]),
        Readout((Block(np.array([0]), rationals([[0], [1]])),), np.array([[0]]), np.array([[0, 1]]), 2),
    )
    with np.errstate(all="ignore"):
        slow, fast = both(layer, np.zeros((2, 6), dtype=np.int64))
    assert set(np.unique(fast)) <= {0, 1}
    assert set(np.unique(slow)) <= {0, 1}
