"""Small random networks with rational weights, and the limit cycle of the theory notes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from expressivity.exact import rationals
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network
from expressivity.networks.transition import DenseTransition, DiagonalTransition, HouseholderTransition


def _fractions(rng: np.random.Generator, *shape: int) -> np.ndarray:
    flat = [Fraction(int(rng.integers(-12, 13)), int(rng.integers(1, 9))) for _ in range(int(np.prod(shape)))]
    return np.array(flat, dtype=object).reshape(shape)


def random_network(seed: int, kind: str, *, width: int = 3, letters: int = 2) -> Network:
    """One layer of the given form; entries are small rationals, most of them in no format."""
    rng = np.random.default_rng(seed)
    if kind == "householder":
        keys = _fractions(rng, letters, 2, width)
        keys[..., 0] += 13  # no key is zero
        betas = np.array([Fraction(int(b), 4) for b in rng.integers(0, 9, letters * 2)], dtype=object)
        gates = np.array([Fraction(int(g), 5) for g in rng.integers(1, 6, letters)], dtype=object)
        transition = HouseholderTransition(
            rationals(keys), rationals(betas.reshape(letters, 2)), rationals(gates) if seed % 2 else None
        )
    elif kind == "diagonal":
        transition = DiagonalTransition(rationals(_fractions(rng, letters, width)))
    else:
        transition = DenseTransition(rationals(_fractions(rng, letters, width, width)))
    points = np.unique(rng.integers(-3, 4, (4, width)), axis=0)
    table = rng.integers(0, 2, (letters, len(points)))
    layer = Layer(
        transition,
        rationals(_fractions(rng, letters, width, 1)),
        rationals(_fractions(rng, width, 1)),
        single_block(rationals(points), table, 2),
    )
    return Network(tuple("ab"[:letters]), (layer,), accepts_empty=bool(seed % 2))


def limit_cycle() -> Network:
    """A with the positive eigenvalues 5/16 and 1/8, whose rounded orbit on the integers has period four."""
    matrices = [[[1, 0], [0, 1]], [[Fraction(13, 8), Fraction(-9, 8)], [Fraction(7, 4), Fraction(-19, 16)]]]
    points = rationals([[1, 1], [0, 1], [-1, -1], [0, -1]])
    readout = single_block(points, np.array([[1, 0, 0, 0]] * 2), 2)
    layer = Layer(DenseTransition(rationals(matrices)), no_input(2, 2), rationals([[1], [1]]), readout)
    return Network(("0", "1"), (layer,), accepts_empty=True)
