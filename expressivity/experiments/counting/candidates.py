"""Random recurrences whose eigenvalues are non-negative real numbers, drawn in batches from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float64, Int64

from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.errors import ExpressivityError
from expressivity.experiments.counting.counters import Counter

SHAPES = ("factors", "gated", "dense", "triangular")
"""What A(1) may be: GH factors with β ∈ [0, 1], the same with a gate, a matrix, a lower triangular matrix."""


@dataclass(frozen=True)
class Search:
    """Where to look for cycles.

    Arguments:
        arithmetic: an arithmetic networks are run in, not fp64 and not a wrapping format.
        shape: one of `SHAPES`.
        width: numbers in the state.
        factors: GH factors, for the shapes that have some.
        bound: largest magnitude of an integer key entry, or of a matrix entry's numerator.
        denominator_bits: matrix entries are integers over 2^denominator_bits.
        grid: spacing of the start states of matrices, which are at most 8 steps from zero; None for states of
            magnitude one.
        burn_in: steps before cycles are looked for.
        longest: longest cycle to look for.

    Raises:
        ExpressivityError: naming everything that is out of bounds.
    """

    arithmetic: str
    shape: str = "factors"
    width: int = 2
    factors: int = 1
    bound: int = 15
    denominator_bits: int = 4
    grid: float | None = None
    burn_in: int = 128
    longest: int = 64

    def __post_init__(self) -> None:
        problems = []
        if self.shape not in SHAPES:
            problems.append(f"shape {self.shape!r} is unknown; expected one of {', '.join(SHAPES)}")
        positive = ("width", "factors", "bound", "burn_in", "longest")
        problems += [
            f"{name}={getattr(self, name)}; expected at least 1" for name in positive if getattr(self, name) < 1
        ]
        if self.denominator_bits < 0:
            problems.append(f"denominator_bits={self.denominator_bits}; expected at least 0")
        if problems:
            raise ExpressivityError("no such search: " + "; ".join(problems))

    @property
    def dense(self) -> bool:
        """Whether A(1) is drawn as a matrix."""
        return self.shape in ("dense", "triangular")


@dataclass(frozen=True, eq=False)
class Candidates:
    """A batch of recurrences, as exact integers and as the weights that are stored.

    Arguments:
        numerators: matrix entries before scaling, shape (candidate, width, width), or integer keys, shape
            (candidate, factor, width).
        betas: shape (candidate, factor).
        gates: shape (candidate,).
        keys: rounded unit keys, shape (candidate, factor, width).
        matrices: rounded matrices, shape (candidate, width, width); no candidate where factors are run as they are.
        starts: shape (candidate, width).
    """

    numerators: Int64[np.ndarray, "candidate row width"]
    betas: Float64[np.ndarray, "candidate factor"]
    gates: Float64[np.ndarray, " candidate"]
    keys: Float64[np.ndarray, "candidate factor width"]
    matrices: Float64[np.ndarray, "matrix width width"]
    starts: Float64[np.ndarray, "candidate width"]

    def __len__(self) -> int:
        return len(self.gates)

    def bits(self) -> Int64[np.ndarray, " candidate"]:
        """Roughly how many bits the weights of each candidate have."""
        keys = np.ceil(np.log2(np.abs(self.numerators) + 1.0)).sum(axis=(1, 2))
        rest = significant_bits(self.betas).sum(axis=1) + significant_bits(self.gates)
        total: np.ndarray = (keys + rest).astype(np.int64)
        return total

    def counter(self, search: Search, row: int, modulus: int, start: np.ndarray) -> Counter:
        """One candidate as a claim."""
        state = tuple(Fraction(x) for x in start.tolist())
        rows = self.numerators[row].tolist()
        if search.dense:
            scale = 1 << search.denominator_bits
            matrix = tuple(tuple(Fraction(x, scale) for x in r) for r in rows)
            return Counter(search.arithmetic, modulus, "dense", state, matrix=matrix)
        gated = search.shape == "gated"
        family = ("gated-" if gated else "") + ("deltanet" if search.factors == 1 else "deltaproduct")
        return Counter(
            search.arithmetic,
            modulus,
            family,
            state,
            keys=tuple(tuple(Fraction(x) for x in r) for r in rows),
            betas=tuple(Fraction(x) for x in self.betas[row].tolist()),
            gate=Fraction(float(self.gates[row])) if gated else None,
        )


def significant_bits(values: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """Significand bits that each number needs; 0 for zero."""
    significands = np.ldexp(np.frexp(np.abs(values))[0], 53).astype(np.int64)
    lowest = significands & -significands
    return np.where(significands > 0, 53 - np.log2(np.maximum(lowest, 1)), 0.0)


def draw(search: Search, count: int, rng: np.random.Generator) -> Candidates:
    """At most `count` candidates: those drawn that have the eigenvalues asked for, as far as float64 can tell."""
    if search.dense:
        return _matrices(search, count, rng)
    width, factors = search.width, search.factors
    bounds = rng.integers(1, search.bound + 1, size=count)[:, None, None]
    numerators = rng.integers(-bounds, bounds + 1, size=(count, factors, width))
    betas = _fractions_of_one(search, (count, factors), rng)
    gates = _fractions_of_one(search, (count,), rng) if search.shape == "gated" else np.ones(count)
    return stored(search, numerators, betas, gates, _starts(search, count, rng))


def stored(
    search: Search,
    numerators: Int64[np.ndarray, "candidate row width"],
    betas: Float64[np.ndarray, "candidate factor"],
    gates: Float64[np.ndarray, " candidate"],
    starts: Float64[np.ndarray, "candidate width"],
) -> Candidates:
    """Factors as they are stored, those with a zero key or 1 − β‖k‖² < 0 left out."""
    model = parse_arithmetic(search.arithmetic)
    lengths = np.sqrt((numerators * numerators).sum(axis=2, dtype=np.float64))
    kept = (lengths > 0).all(axis=1)
    keys = round_to(numerators / np.where(lengths > 0, lengths, 1.0)[:, :, None], model.weights)
    kept &= (betas * (keys * keys).sum(axis=2) <= 1).all(axis=1)
    if search.shape == "gated":
        kept &= gates < 1  # a gate that is open says nothing about gates
    numerators, betas, gates, keys, starts = (part[kept] for part in (numerators, betas, gates, keys, starts))
    matrices = np.zeros((0, search.width, search.width))
    if model.order == "fused":
        exact = np.broadcast_to(np.eye(search.width), (len(keys), search.width, search.width))
        for factor in range(search.factors):
            unit = numerators[:, factor] / lengths[kept][:, factor, None]
            sums = (unit[:, :, None] * exact).sum(axis=1)
            exact = exact - betas[:, factor, None, None] * unit[:, :, None] * sums[:, None, :]
        matrices = round_to(gates[:, None, None] * exact, model.weights)
    return Candidates(numerators, betas, gates, keys, matrices, starts)


def _fractions_of_one(search: Search, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Numbers in (0, 1] with a random number of significand bits, numbers of the weight format."""
    weights = parse_arithmetic(search.arithmetic).weights
    bits = rng.integers(1, weights.precision + 1, size=shape)
    values = np.ceil(rng.random(shape) * 2.0**bits) / 2.0**bits
    rounded: np.ndarray = round_to(values, weights)
    return rounded


def _starts(search: Search, count: int, rng: np.random.Generator) -> np.ndarray:
    state = parse_arithmetic(search.arithmetic).state
    if search.grid is not None:
        return rng.integers(-8, 9, size=(count, search.width)) * search.grid
    rounded: np.ndarray = round_to(rng.normal(size=(count, search.width)), state)
    return rounded


def _matrices(search: Search, count: int, rng: np.random.Generator) -> Candidates:
    """Matrices with entries j/2^s and eigenvalues that look real and non-negative."""
    width = search.width
    bounds = rng.integers(1, search.bound + 1, size=count)[:, None, None]
    numerators = rng.integers(-bounds, bounds + 1, size=(count, width, width))
    if search.shape == "triangular":
        numerators = np.tril(numerators)
        diagonal = np.arange(width)
        numerators[:, diagonal, diagonal] = np.abs(numerators[:, diagonal, diagonal])
        kept = np.asarray(numerators.any(axis=(1, 2)))
    elif width == 2:
        trace = numerators[:, 0, 0] + numerators[:, 1, 1]
        determinant = numerators[:, 0, 0] * numerators[:, 1, 1] - numerators[:, 0, 1] * numerators[:, 1, 0]
        kept = np.asarray((trace >= 0) & (determinant >= 0) & (trace * trace >= 4 * determinant))
    else:
        values = np.linalg.eigvals(numerators.astype(np.float64))
        kept = np.asarray((np.abs(values.imag) < 1e-9).all(axis=1) & (values.real > -1e-9).all(axis=1))
    scaled = numerators / 2.0**search.denominator_bits
    weights = parse_arithmetic(search.arithmetic).weights
    matrices = round_to(scaled, weights)
    kept = np.asarray(kept & (matrices == scaled).all(axis=(1, 2)))
    numerators, matrices, starts = numerators[kept], matrices[kept], _starts(search, count, rng)[kept]
    blank = np.zeros((len(numerators), 1))
    return Candidates(
        numerators, blank, np.ones(len(numerators)), np.zeros((len(numerators), 1, width)), matrices, starts
    )
