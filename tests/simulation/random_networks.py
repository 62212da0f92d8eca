"""Small random networks with rational weights, and the limit cycle of the theory notes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from expressivity.exact import rationals
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network

FORMS = ("householder", "dense", "diagonal", "complex-diagonal", "permutation-diagonal", "complex-pd", "rwkv7")
"""The forms of transition that random networks come in."""


def _fractions(rng: np.random.Generator, *shape: int) -> np.ndarray:
    flat = [Fraction(int(rng.integers(-12, 13)), int(rng.integers(1, 9))) for _ in range(int(np.prod(shape)))]
    return np.array(flat, dtype=object).reshape(shape)


def random_network(
    seed: int, kind: str, *, width: int = 3, letters: int = 2, columns: int = 1, delay: int = 0, bos: bool = False
) -> Network:
    """One layer of the given form; entries are small rationals, most of them in no format.

    Complex forms have `width` complex coordinates, RWKV-7 two heads of `width` channels.
    """
    rng = np.random.default_rng(seed)
    symbols = letters + bos
    reads = symbols * (symbols + 1 if delay else 1)
    transition = _transition(rng, seed, kind, width, reads)
    size = transition.width * columns
    points = np.unique(rng.integers(-3, 4, (4, size)), axis=0)
    table = rng.integers(0, 2, (reads, len(points)))
    layer = Layer(
        transition,
        rationals(_fractions(rng, reads, transition.width, columns)),
        rationals(_fractions(rng, transition.width, columns)),
        single_block(rationals(points), table, 2),
        delay=delay,
    )
    return Network(tuple("ab"[:letters]), (layer,), bos=bos, accepts_empty=bool(seed % 2) and not bos)


def _transition(rng: np.random.Generator, seed: int, kind: str, width: int, letters: int) -> Transition:
    if kind == "householder":
        keys = _fractions(rng, letters, 2, width)
        keys[..., 0] += 13  # no key is zero
        betas = np.array([Fraction(int(b), 4) for b in rng.integers(0, 9, letters * 2)], dtype=object)
        gates = np.array([Fraction(int(g), 5) for g in rng.integers(1, 6, letters)], dtype=object)
        return HouseholderTransition(
            rationals(keys), rationals(betas.reshape(letters, 2)), rationals(gates) if seed % 2 else None
        )
    if kind == "diagonal":
        return DiagonalTransition(rationals(_fractions(rng, letters, width)))
    if kind == "complex-diagonal":
        return ComplexDiagonalTransition(*(rationals(_fractions(rng, letters, width)) for _ in range(2)))
    if kind in ("permutation-diagonal", "complex-pd"):
        parts = [rationals(_fractions(rng, letters, width)) for _ in range(2)]
        index = rng.integers(0, width, (letters, width))
        return PermutationDiagonalTransition(index, parts[0], parts[1] if kind == "complex-pd" else None)
    if kind == "rwkv7":
        keys = _fractions(rng, letters, 2, width)
        keys[..., 0] += 13
        decays, rates = (rationals(_fractions(rng, letters, 2 * width)) for _ in range(2))
        return Rwkv7Transition(decays, rationals(keys), rates)
    return DenseTransition(rationals(_fractions(rng, letters, width, width)))


def limit_cycle() -> Network:
    """A with the positive eigenvalues 5/16 and 1/8, whose rounded orbit on the integers has period four."""
    matrices = [[[1, 0], [0, 1]], [[Fraction(13, 8), Fraction(-9, 8)], [Fraction(7, 4), Fraction(-19, 16)]]]
    points = rationals([[1, 1], [0, 1], [-1, -1], [0, -1]])
    readout = single_block(points, np.array([[1, 0, 0, 0]] * 2), 2)
    layer = Layer(DenseTransition(rationals(matrices)), no_input(2, 2), rationals([[1], [1]]), readout)
    return Network(("0", "1"), (layer,), accepts_empty=True)
