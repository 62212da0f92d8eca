"""Networks, arithmetics and languages drawn at random, for attacks: every family, every order, awkward numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

import expressivity as ex
from expressivity.exact import rationals
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Block, Layer, Readout

FORMATS = (
    "bf16",
    "fp16",
    "fp8_e4m3fn",
    "fp8_e5m2",
    "fp8_e4m3fnuz",
    "fp8_e4m3fn+sat",
    "fp4_e2m1",
    "fp6_e3m2",
    "e2m0+nosub",
    "e3m1+nosub",
    "e2m2+fn",
    "e4m0",
    "uint2",
    "uint8",
    "uint1+sat",
    "uint8+sat",
    "int1",
    "int3",
    "int8+sat",
    "q1.2",
    "uq2.1",
    "uq1.3+wrap",
    "q2.2+wrap",
    "fp32",
)
ORDERS = ("per-operation", "fused", "accumulate-fp32", "chunked:1", "chunked:2", "chunked:3", "exact-then-cast")
ROUNDINGS = ("nearest-even", "nearest-even", "nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd")
PYTHAGOREAN = ((1, 0), (0, 1), (-1, 0), (0, -1), ("3/5", "4/5"), ("3/5", "-4/5"), ("-4/5", "3/5"), ("1/2", "1/2"))


def arithmetic(rng: np.random.Generator, *, exact: float = 0.1) -> str:
    """The name of an arithmetic: formats alike or mixed, any order, any deterministic mode."""
    if rng.random() < exact:
        return "exact"
    state, order, mode = (str(rng.choice(names)) for names in (FORMATS, ORDERS, ROUNDINGS))
    weights = state if rng.random() < 0.6 else str(rng.choice(FORMATS))
    if order == "exact-then-cast" and rng.random() < 0.6:
        weights = "exact"
    return f"{weights}:{state}/{order}/{mode}"


def numbers(rng: np.random.Generator, low: Fraction | int, high: Fraction | int, *shape: int) -> np.ndarray:
    """Fractions of an interval: its ends, simple ones, some that are in no format, and some that are out of range."""
    simple = [Fraction(k, d) for d in (1, 2, 3, 4, 5, 7, 8, 16, 100) for k in range(-2 * d, 2 * d + 1)]
    wide = [Fraction(s * v) for s in (-1, 1) for v in (6, 7, 8, 57, 127, 128, 240, 448, 449, 464, 1000, 65520, 10**39)]
    fine = [Fraction(s, v) for s in (-1, 1) for v in (2**9, 2**10, 2**17, 2**24, 10**6, 2**133)]
    pools = [[v for v in pool if low <= v <= high] for pool in (simple, [Fraction(low), Fraction(high)], wide, fine)]
    shares = np.array([p * bool(pool) for p, pool in zip((0.7, 0.15, 0.05, 0.1), pools, strict=True)])
    chosen = rng.choice(len(pools), size=int(np.prod(shape)), p=shares / shares.sum())
    flat = [pools[number][rng.integers(len(pools[number]))] for number in chosen.tolist()]
    return np.array([*flat, None], dtype=object)[:-1].reshape(shape)


def transition(rng: np.random.Generator, family: str, letters: int) -> Transition:
    """A(x) for each letter, of the form and in the range of a family."""
    width = int(rng.integers(1, 4))
    if family == "dense":
        matrices = numbers(rng, -2, 2, letters, width, width)
        return DenseTransition(rationals(np.where(rng.random(matrices.shape) < 0.4, Fraction(0), matrices)))
    if family in ("mamba", "mamba-signed"):
        return DiagonalTransition(rationals(numbers(rng, -1 if "signed" in family else 0, 1, letters, width)))
    if family in ("complex-diagonal", "pd-ssm"):
        pairs = [PYTHAGOREAN[i] for i in rng.integers(len(PYTHAGOREAN), size=letters * width)]
        parts = [np.array([Fraction(p[k]) for p in pairs], dtype=object).reshape(letters, width) for k in (0, 1)]
        if family == "complex-diagonal":
            return ComplexDiagonalTransition(*map(rationals, parts))
        index = rng.integers(0, width, (letters, width))
        if rng.random() < 0.5:
            return PermutationDiagonalTransition(index, rationals(numbers(rng, -1, 1, letters, width)), None)
        return PermutationDiagonalTransition(index, *map(rationals, parts))
    if family.startswith("rwkv7"):
        heads, channels = (int(v) for v in rng.integers(1, 3, 2))
        keys = numbers(rng, -2, 2, letters, heads, channels)
        keys[..., 0] += 3
        decays = numbers(rng, Fraction(11, 20), 1, letters, heads * channels)
        rates = numbers(rng, 0, 2 if "signed" in family else 1, letters, heads * channels)
        return Rwkv7Transition(rationals(decays), rationals(keys), rationals(rates))
    factors = int(rng.integers(1, 3)) if "product" in family else 1
    keys = numbers(rng, -2, 2, letters, factors, width)
    keys[..., 0] += 3
    betas = numbers(rng, 0, 1 if family == "deltanet" else 2, letters, factors)
    gates = rationals(numbers(rng, 0, 1, letters)) if "gated" in family else None
    return HouseholderTransition(rationals(keys), rationals(betas), gates)


def layer(rng: np.random.Generator, family: str, symbols: int, outputs: int) -> Layer:
    """A layer: inputs as its family couples them, one or two blocks, perhaps a delay and several columns."""
    delay = int(rng.random() < 0.25)
    letters = symbols * (symbols + 1) if delay else symbols
    form = transition(rng, family, letters)
    width, columns = form.width, 1 + int(rng.random() < 0.2)
    inputs = numbers(rng, -8, 8, letters, width, columns)
    start = numbers(rng, -2, 2, width, columns)
    if isinstance(form, HouseholderTransition | Rwkv7Transition):
        # One write a letter, along its key, from a zero start: what these layers can do.
        start = np.full((width, columns), Fraction(0), dtype=object)
        values = numbers(rng, -3, 3, letters, 1, columns)
        keys = form.keys[:, -1] if isinstance(form, HouseholderTransition) else form.keys.reshape(letters, width)
        inputs = keys.fractions().reshape(letters, width, 1) * values
    size = width * columns
    blocks = []
    for _ in range(int(rng.integers(1, 3))):
        coordinates = rng.permutation(size)[: int(rng.integers(1, size + 1))]
        points = numbers(rng, -3, 3, int(rng.integers(2, 5)), len(coordinates))
        different = list({tuple(row): row for row in points.tolist()}.values())
        blocks.append(Block(np.sort(coordinates).astype(np.int64), rationals(np.array(different, dtype=object))))
    radix = max(len(block.points) for block in blocks)
    reads = int(rng.integers(1, len(blocks) + 1))
    select = rng.integers(-1 if rng.random() < 0.3 else 0, len(blocks), (letters, reads))
    table = rng.integers(0, outputs, (letters, radix**reads))
    return Layer(form, rationals(inputs), rationals(start), Readout(tuple(blocks), select, table, outputs), delay=delay)


def network(rng: np.random.Generator, family: str) -> ex.Network:
    """A network of a family: one or two layers over one or two letters."""
    letters, bos, depth = int(rng.integers(1, 3)), bool(rng.random() < 0.3), 1 + int(rng.random() < 0.3)
    sizes = [letters + bos, *([int(rng.integers(2, 4))] * (depth - 1)), 2]
    layers = tuple(layer(rng, family, sizes[i], sizes[i + 1]) for i in range(depth))
    return ex.Network(tuple("ab"[:letters]), layers, bos=bos, accepts_empty=bool(rng.random() < 0.5) and not bos)


def member(rng: np.random.Generator, family: str, tries: int = 100) -> ex.Network:
    """A network that the family's own membership test admits."""
    for _ in range(tries):
        drawn = network(rng, family)
        if not ex.FAMILIES[family].problems(drawn):
            return drawn
    raise AssertionError(f"{tries} draws and none is in {family}")


def automaton(rng: np.random.Generator, letters: Sequence[str], states: int) -> ex.Automaton:
    """A random automaton."""
    table = rng.integers(0, states, (len(letters), states)).astype(np.int32)
    return ex.Automaton(table, 0, rng.random(states) < 0.5, tuple(letters))
