"""Networks that several tests look at: random ones, ones known from the theory notes, and certified ones."""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction
from typing import Any

import numpy as np

import expressivity as ex
from expressivity.exact import concatenate, rationals, zeros
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.householder import HouseholderTransition, padded_factors, with_extra_letter
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Block, Layer, Readout, no_input, single_block
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


MOD4 = "re:(0*10*10*10*1)*0*"
"""What the limit cycle counts on the integers: the ones modulo four."""


def limit_cycle() -> Network:
    """A with the positive eigenvalues 5/16 and 1/8, whose rounded orbit on the integers has period four."""
    matrices = [[[1, 0], [0, 1]], [[Fraction(13, 8), Fraction(-9, 8)], [Fraction(7, 4), Fraction(-19, 16)]]]
    points = rationals([[1, 1], [0, 1], [-1, -1], [0, -1]])
    readout = single_block(points, np.array([[1, 0, 0, 0]] * 2), 2)
    layer = Layer(DenseTransition(rationals(matrices)), no_input(2, 2), rationals([[1], [1]]), readout)
    return Network(("0", "1"), (layer,), accepts_empty=True)


def unsigned_counter(bits: int) -> ex.Network:
    """H ← 2^(8−bits)-steps modulo 2^8, a = 1: a non-negative diagonal that counts modulo 2^bits by wrapping around."""
    step = 2 ** (8 - bits)
    readout = single_block(
        rationals([[step * q] for q in range(2**bits)]), np.array([[1] + [0] * (2**bits - 1)] * 2), 2
    )
    layer = Layer(DiagonalTransition(rationals([[1], [1]])), rationals([[[0]], [[step]]]), zeros(1, 1), readout)
    return ex.Network(("0", "1"), (layer,), accepts_empty=True)


def swaps(points: int, *, coordinatewise: bool = False) -> tuple[ex.Network, ex.Automaton]:
    """S_n by adjacent transpositions with textbook keys (e_i − e_j)/√2 on (1, …, n), and its word problem.

    The read-out looks for the nearest permutation of the start vector (which is the order of the coordinates), or for
    the integer nearest to each coordinate.
    """
    vectors = list(itertools.permutations(range(1, points + 1)))
    number = {v: q for q, v in enumerate(vectors)}
    table, keys = [], []
    for i in range(points - 1):
        key = np.zeros(points, dtype=np.int64)
        key[i], key[i + 1] = 1, -1
        keys.append([(rationals(key), rationals(2))])
        table.append([number[(*v[:i], v[i + 1], v[i], *v[i + 2 :])] for v in vectors])
    start = rationals(vectors[0])
    transition = with_extra_letter(padded_factors(keys, points), start, rationals(0))
    readout = single_block(rationals(vectors), np.array([[1] + [0] * (len(vectors) - 1)] * points), 2)
    if coordinatewise:
        integers = rationals([[v] for v in range(1, points + 1)])
        verdicts = np.zeros((points, points**points), dtype=np.int64)
        verdicts[:, sum(i * points**i for i in range(points))] = 1
        blocks = tuple(Block(np.array([i]), integers) for i in range(points))
        readout = Readout(blocks, np.tile(np.arange(points), (points, 1)), verdicts, 2)
    layer = Layer(
        transition,
        concatenate([no_input(points - 1, points), start.reshape(1, points, 1)]),
        zeros(points, 1),
        readout,
    )
    letters = "abcdefg"[: points - 1]
    automaton = ex.Automaton.from_table(table, accepting=[0], letters=tuple(letters))
    return ex.Network(tuple(letters), (layer,), bos=True), automaton


def contracting() -> ex.Network:
    """H ← h/4 + b with b(a) = 0, b(b) = 1: the verdict is whether the last letter was b."""
    layer = Layer(
        DenseTransition(rationals([[[Fraction(1, 4)]], [[Fraction(1, 4)]]])),
        rationals([[[0]], [[1]]]),
        rationals([[0]]),
        single_block(rationals([[0], [Fraction(4, 3)]]), np.array([[0, 1], [0, 1]]), 2),
    )
    return ex.Network(("a", "b"), (layer,))


@functools.cache
def certified(
    language: str, family: str, arithmetic: str = "exact", **options: Any
) -> tuple[ex.Network, ex.Equivalent]:
    """A network compiled for a language and its proof for all lengths; made once for all tests of a run."""
    network = ex.compile(language, family, **options)
    answer = ex.verify(network, language, arithmetic=arithmetic)
    assert isinstance(answer, ex.Equivalent), answer
    return network, answer
