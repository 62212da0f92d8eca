"""Every recurrence of a small format, over every state: what is found there is all there is.

What is enumerated: for one factor of width 2, every pair of stored keys that rounding a unit vector can give, up to the
signs and the order of its coordinates, which change nothing; every β of the format in [0, 1] with 1 − β‖k‖² ≥ 0. For
matrices, every matrix (or lower triangular one) of numbers of the format whose eigenvalues are non-negative and real.
For formats of at most eight bits the float64 sums of the compiled loop are exact, so that a sweep decides.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.rounding_plan import rounding_plan, select_constants
from expressivity.errors import ExpressivityError
from expressivity.experiments.counting.counters import Counter
from expressivity.experiments.counting.hunt import proved_or_none
from expressivity.simulation.programs import operation_format, runnable

_LONGEST = 4096
_MOST_BITS = 8


@dataclass(frozen=True)
class Sweep:
    """What a complete enumeration has found.

    Arguments:
        arithmetic: the arithmetic.
        shape: "factors", "dense" or "triangular"; the width is 2.
        candidates: recurrences enumerated.
        states: states each was run from.
        periods: how many recurrences have a cycle of each length greater than one.
        counters: a smallest certified counter of each length.
        seconds: time spent.
    """

    arithmetic: str
    shape: str
    candidates: int
    states: int
    periods: dict[int, int]
    counters: dict[int, Counter]
    seconds: float


def exhaust(arithmetic: str, shape: str = "factors", *, progress: Callable[[str], None] | None = None) -> Sweep:
    """Run every recurrence of width 2 of a shape from every state.

    Arguments:
        arithmetic: an arithmetic whose weights and state are the same format of at most 8 bits.
        shape: "factors" (one), "dense" or "triangular".
        progress: called with one line every thousand recurrences.

    Raises:
        ExpressivityError: for a format of more than 8 bits, or an unknown shape.
    """
    from expressivity.experiments.counting.hunt_kernels import all_cycles

    began = time.monotonic()
    model = runnable(arithmetic)
    if model.weights != model.state or model.state.modulus:
        raise ExpressivityError(
            f"arithmetic {arithmetic!r} is not swept: expected one format that does not wrap, for weights and state"
        )
    values = model.state.values()
    if shape not in ("factors", "dense", "triangular") or len(values) > 2**_MOST_BITS:
        raise ExpressivityError(
            f"{shape!r} over {len(values)} numbers is not swept: expected factors, dense or triangular over at most 256"
        )
    operations, mode = operation_format(model)
    inner = select_constants(rounding_plan(operations, mode))
    outer = select_constants(rounding_plan(model.state, model.rounding))
    total = len(values) ** 2
    marks, order = np.zeros(total, dtype=np.int64), np.zeros(total, dtype=np.int64)
    counts, examples = np.zeros(_LONGEST, dtype=np.int64), np.zeros(_LONGEST, dtype=np.int64)
    tally: Tally[int] = Tally()
    best: dict[int, Counter] = {}
    number = 0
    for number, claim in enumerate(_claims(arithmetic, shape, model.weights), start=1):
        keys = np.array([[float(x) for x in row] for row in claim.keys]).reshape(-1, 2)
        betas = np.array([float(x) for x in claim.betas])
        matrix = np.array([[float(x) for x in row] for row in claim.matrix]).reshape(-1, 2)
        stored_keys, stored_matrix = keys, matrix
        if shape == "factors":
            unit = keys / np.sqrt((keys * keys).sum())
            stored_keys = round_to(unit, model.weights)
            if model.order == "fused":
                exact = np.eye(2) - betas[0] * unit.T @ unit
                stored_matrix = round_to(exact, model.weights)
        else:
            stored_keys, betas = np.zeros((1, 2)), np.zeros(1)
        all_cycles(
            stored_matrix,
            stored_keys,
            betas,
            1.0,
            values,
            inner,
            outer,
            model.order == "fused",
            operations != model.state,
            marks,
            order,
            counts,
            examples,
        )
        lengths = [int(p) for p in np.flatnonzero(counts) if p != 1]
        tally.update(lengths)
        for length in lengths:
            if length and (length not in best or claim.size[:3] < best[length].size[:3]):
                at = int(examples[length])
                start = tuple(Fraction(float(values[at // len(values) ** i % len(values)])) for i in range(2))
                found = proved_or_none(
                    Counter(arithmetic, length, claim.family, start, claim.keys, claim.betas, None, claim.matrix)
                )
                if found is not None:
                    best[length] = found
        if progress is not None and number % 1000 == 0:
            progress(f"{number} recurrences, lengths {sorted(best)}")
    seconds = time.monotonic() - began
    return Sweep(arithmetic, shape, number, total, dict(sorted(tally.items())), dict(sorted(best.items())), seconds)


def _claims(arithmetic: str, shape: str, weights: Format) -> Iterator[Counter]:
    values = [Fraction(x) for x in weights.values().tolist()]
    blank = (Fraction(0), Fraction(0))
    if shape == "factors":
        betas = [beta for beta in values if 0 < beta <= 1]
        for key, square in unit_keys(weights):
            for beta in betas:
                if beta * square <= 1:
                    yield Counter(arithmetic, 0, "deltanet", blank, keys=(key,), betas=(beta,))
        return
    upper = [Fraction(0)] if shape == "triangular" else values
    for a, b, c, d in itertools.product(values, upper, values, values):
        rows = ((a, b), (c, d))
        if a + d >= 0 and a * d >= b * c and (a + d) ** 2 >= 4 * (a * d - b * c):
            yield Counter(arithmetic, 0, "dense", blank, matrix=rows)


def unit_keys(weights: Format) -> list[tuple[tuple[Fraction, Fraction], Fraction]]:
    """Integer keys of width 2, one for every stored key that rounding a unit vector can give, with ‖stored key‖².

    Coordinates are non-negative, the first one not smaller. Stored keys change only where a coordinate passes the
    midpoint of two neighbours, so one direction is tried on each side of, and between, all such angles.
    """
    numbers = [Fraction(x) for x in weights.values().tolist() if 0 <= x <= 1]
    middles = [float((x + y) / 2) for x, y in itertools.pairwise(numbers)]
    edges = sorted(
        {np.arctan2(m, np.sqrt(1 - m * m)) for m in middles} | {np.arctan2(np.sqrt(1 - m * m), m) for m in middles}
    )
    edges = [0.0, *(edge for edge in edges if edge < np.pi / 4), np.pi / 4]
    found: dict[tuple[float, ...], tuple[Fraction, Fraction]] = {}
    angles = [*edges, *((x + y) / 2 for x, y in itertools.pairwise(edges))]
    small = [(Fraction(p), Fraction(q)) for p in range(1, 17) for q in range(p + 1)]
    # Small integers come first, so that they name the stored keys they round to.
    for key in [*small, *(_simplest_direction(angle) for angle in angles)]:
        unit = np.array([float(key[0]), float(key[1])]) / np.sqrt(float(key[0] ** 2 + key[1] ** 2))
        found.setdefault(tuple(round_to(unit, weights).tolist()), key)
    return [(key, sum((Fraction(x) ** 2 for x in stored), Fraction(0))) for stored, key in found.items()]


def _simplest_direction(angle: float) -> tuple[Fraction, Fraction]:
    """Integers in a direction, to within 2^-16."""
    slope = Fraction(float(np.tan(angle))).limit_denominator(1 << 12)
    return Fraction(slope.denominator), Fraction(slope.numerator)
