"""Subgroups of a permutation group: closures, derived and central series, stabilisers, block systems."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Int

from expressivity.algebra.groups.permutations import (
    cycle_lengths,
    inverses,
    orbits,
    random_elements,
    restricted,
)
from expressivity.algebra.groups.stabiliser_chain import StabiliserChain
from expressivity.automaton.congruences import least_congruence
from expressivity.automaton.maps import are_identity

_SEEDS = 8
_CONJUGATES = 4
_GIANT_TRIES = 120
_GIANT_DEGREE = 8


def conjugates(
    rows: Int[np.ndarray, "batch point"], by: Int[np.ndarray, "generator point"]
) -> Int[np.ndarray, "conjugate point"]:
    """Every row conjugated by every generator, b⁻¹·r·b read left to right."""
    if not len(rows) or not len(by):
        return rows[:0]
    back = inverses(by)
    return np.concatenate([b[rows[:, inverse]] for b, inverse in zip(by, back, strict=True)])


def commutators(
    first: Int[np.ndarray, "batch point"], second: Int[np.ndarray, "other point"]
) -> Int[np.ndarray, "commutator point"]:
    """All non-trivial a⁻¹·b⁻¹·a·b, read left to right."""
    if not len(first) or not len(second):
        return first[:0]
    rows = np.concatenate(
        [b[a[inverse_b[inverse_a]]] for a, inverse_a in zip(first, inverses(first), strict=True)
         for b, inverse_b in zip(second, inverses(second), strict=True)]
    ).reshape(-1, first.shape[1])  # fmt: skip
    return np.unique(rows[~are_identity(rows)], axis=0)


def normal_closure(
    generators: Int[np.ndarray, "generator point"],
    seeds: Int[np.ndarray, "seed point"],
    *,
    bound: int | None = None,
) -> StabiliserChain:
    """The least subgroup that contains the seeds and is normalised by the generators.

    Arguments:
        generators: the group, shape (generator, point).
        seeds: permutations, shape (seed, point).
        bound: the order of the group when it is known and contains the seeds.
    """
    if not len(seeds):
        return StabiliserChain(seeds)
    # Random conjugates of random products make the closure likely to be complete at once, which saves proofs of
    # completeness for the subgroups on the way; the loop below then decides.
    rows = list(seeds[:_SEEDS])
    whole = random_elements(generators, seed=3)
    for _ in range(_CONJUGATES):
        by = next(whole)
        inverse = np.argsort(by)
        row = rows[int(by[0]) % len(rows)][rows[-1]]
        rows.append(by[row[inverse]])
        rows.append(by[rows[len(rows) % len(seeds[:_SEEDS])][inverse]])
    chain = StabiliserChain(np.array(rows, dtype=np.int32), bound=bound)
    chain.extend(seeds)
    while chain.order() != bound:
        candidates = conjugates(chain.generators, generators)
        outside = candidates[~chain.contains(candidates)] if len(candidates) else candidates
        if not len(outside):
            break
        chain.extend(outside)
    return chain


def derived_subgroup(generators: Int[np.ndarray, "generator point"]) -> StabiliserChain:
    """The commutator subgroup."""
    giant = giant_order(generators)
    if giant is not None:
        return StabiliserChain(_alternating(generators.shape[1]), bound=math.factorial(generators.shape[1]) // 2)
    return normal_closure(generators, commutators(generators, generators))


def derived_series(chain: StabiliserChain) -> list[StabiliserChain]:
    """G, G′, G″, … until it no longer shrinks; the last is trivial exactly when G is solvable."""
    series = [chain]
    while True:
        following = derived_subgroup(series[-1].generators)
        if following.order() == series[-1].order():
            return series
        series.append(following)


def is_nilpotent(chain: StabiliserChain) -> bool:
    """Whether the lower central series G, [G, G], [G, [G, G]], … reaches the trivial group."""
    generators = chain.generators
    current = chain
    while current.order() > 1:
        following = normal_closure(generators, commutators(generators, current.generators))
        if following.order() == current.order():
            return False
        current = following
    return True


def minimal_block_system(chain: StabiliserChain) -> np.ndarray | None:
    """Labels of a non-trivial invariant partition of a transitive group with the finest blocks found, or None.

    Every block system has a block that contains point 0 and some other point, and points in one orbit of the
    stabiliser of 0 give the same system up to conjugation, so one point per such orbit is tried: None proves that the
    group is primitive.
    """
    generators = chain.generators
    points = generators.shape[1]
    pointed = chain if chain.base[:1] == (0,) else StabiliserChain(generators, base=[0], bound=chain.order())
    found = None
    for orbit in orbits(pointed.stabiliser_generators(1), points):
        if orbit[0] == 0:
            continue
        labels = least_congruence(generators, [(0, int(orbit[0]))])
        count = int(labels.max()) + 1
        if 1 < count < points and (found is None or count > int(found.max()) + 1):
            found = labels
    return found


def image_and_kernel(
    generators: Int[np.ndarray, "generator point"], action: Int[np.ndarray, "generator image"], *, order: int
) -> tuple[Int[np.ndarray, "image_generator image"], Int[np.ndarray, "kernel_generator point"]]:
    """A homomorphism given on generators → generators of its image and of its kernel, a pointwise stabiliser.

    Arguments:
        generators: the group.
        action: what each generator does on the points acted on.
        order: the order of the group.
    """
    degree = action.shape[1]
    both = np.concatenate([action, generators + degree], axis=1)
    chain = StabiliserChain(both, base=range(degree), bound=order)
    kernel = chain.stabiliser_generators(degree)[:, degree:] - degree
    return action[~are_identity(action)], kernel


def orbit_actions(generators: Int[np.ndarray, "generator point"]) -> list[np.ndarray]:
    """The action on each orbit of more than one point."""
    return [restricted(generators, orbit) for orbit in orbits(generators, generators.shape[1]) if len(orbit) > 1]


def giant_order(generators: Int[np.ndarray, "generator point"]) -> int | None:
    """N! or n!/2 when a transitive group is shown to be the symmetric or alternating group on its n points.

    An element with a cycle of prime length p, n/2 < p < n − 2, has a power that is a p-cycle; a transitive group with
    such a cycle is primitive, and contains the alternating group (Jordan 1873). None means nothing: the group may be
    small, or the search unlucky.
    """
    points = generators.shape[1]
    if points < _GIANT_DEGREE or len(orbits(generators, points)) > 1:
        return None
    primes = {p for p in range(points // 2 + 1, points - 2) if 2 * p > points and _is_prime(p)}
    supply = random_elements(generators, seed=1)
    for _ in range(_GIANT_TRIES):
        if primes.intersection(cycle_lengths(next(supply))):
            odd = any(sum(length - 1 for length in cycle_lengths(row)) % 2 for row in generators)
            return math.factorial(points) if odd else math.factorial(points) // 2
    return None


def _alternating(points: int) -> np.ndarray:
    """The 3-cycle (0 1 2) with a long even cycle on the points from 2 on, which generate the alternating group."""
    rows = np.tile(np.arange(points, dtype=np.int32), (2, 1))
    rows[0, :3] = [1, 2, 0]
    rows[1, 2:] = np.roll(rows[1, 2:], 1)
    if points % 2 == 0:
        rows[1, :2] = [1, 0]
    return rows


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % k for k in range(2, math.isqrt(number) + 1))
