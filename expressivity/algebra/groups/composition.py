"""Permutation group → its composition factors, each named or honestly left unnamed.

Every step is exact. Non-perfect groups are split along the derived series, intransitive ones along orbits, imprimitive
ones along blocks. What remains is a perfect primitive group, which by the O'Nan–Scott theorem is simple unless it is
affine or a product T × T acting on T: see `_primitive_factors`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from expressivity.algebra.groups.permutations import (
    inverses,
    orbits,
    order_of,
    powers,
    random_elements,
    restricted,
    then,
)
from expressivity.algebra.groups.simple_groups import name_of_simple_group, prime_factors
from expressivity.algebra.groups.stabiliser_chain import StabiliserChain
from expressivity.algebra.groups.subgroups import (
    derived_subgroup,
    giant_order,
    image_and_kernel,
    minimal_block_system,
    normal_closure,
)
from expressivity.automaton.congruences import on_blocks
from expressivity.automaton.maps import are_identity
from expressivity.errors import GroupError

_STABILISER_LIMIT = 500_000
_PRODUCT_ACTION_DEGREE = 5**5
_RANDOM_TRIES = 60


def composition_factors(chain: StabiliserChain) -> tuple[str, ...]:
    """Names of the composition factors, non-abelian ones first by order, then cyclic ones by order.

    Raises:
        GroupError: when a primitive section can neither be split nor proved simple within the budget.
    """
    found = _factors(chain)
    keyed = sorted(found.elements(), key=lambda item: (item[0].startswith("C"), item[1], item[0]))
    return tuple(name for name, _ in keyed)


Factors = Counter[tuple[str, int]]
"""Composition factors as a multiset of (name, order)."""


def _cyclic(order: int) -> Factors:
    return Counter((f"C{p}", p) for p in prime_factors(order))


def _factors(chain: StabiliserChain) -> Factors:
    order = chain.order()
    found: Factors = Counter()
    giant = giant_order(chain.generators)
    if giant is not None:
        degree = chain.points
        simple = math.factorial(degree) // 2
        return _cyclic(giant // simple) + Counter({(f"A{degree}", simple): 1})
    while len(set(prime_factors(order))) > 2:  # by Burnside a group with at most two primes in its order is solvable
        derived = derived_subgroup(chain.generators)
        if derived.order() == order:
            return found + _perfect_factors(chain)
        found += _cyclic(order // derived.order())
        chain, order = derived, derived.order()
    return found + _cyclic(order)


def _of(generators: np.ndarray) -> Factors:
    return _factors(StabiliserChain(generators))


def _perfect_factors(chain: StabiliserChain) -> Factors:
    generators = chain.generators
    moved = [orbit for orbit in orbits(generators, generators.shape[1]) if len(orbit) > 1]
    if len(moved) > 1 or len(moved[0]) < generators.shape[1]:
        first = restricted(generators, moved[0])
        image, kernel = image_and_kernel(generators, first, order=chain.order())
        return _of(image) + _of(kernel)
    labels = minimal_block_system(chain)
    if labels is not None:
        image, kernel = image_and_kernel(generators, on_blocks(generators, labels), order=chain.order())
        return _of(image) + _of(kernel)
    return _primitive_factors(chain)


def _primitive_factors(chain: StabiliserChain) -> Factors:
    """Factors of a perfect primitive group G of degree n.

    O'Nan–Scott, with soc G = T^k and G permuting the k factors T. As G is perfect, its image on the factors is
    perfect, so a transitive action on k ≥ 2 of them needs k ≥ 5. Then n ≥ 5⁵ for product actions, and n ≥ 60⁴ for
    diagonal actions and twisted wreath products. With k = 1 the quotient G/T embeds in Out T, which is solvable
    (Schreier's conjecture), so G = T. The case of two minimal normal subgroups, k = 2, has n = |T| and, by the same
    reason, G = T × T, so |G| = n². Otherwise G is affine: n = p^d and G has a regular elementary abelian normal
    subgroup. Hence below degree 5⁵, when |G| ≠ n² and no such subgroup exists, G is simple.
    """
    order, points = chain.order(), chain.points
    affine = _may_be_affine(order, points)
    searched = affine and order // points <= _STABILISER_LIMIT
    normal = _translations(chain) if searched else None
    if normal is None and ((affine and not searched) or points >= _PRODUCT_ACTION_DEGREE or order == points**2):
        normal = _random_normal_subgroup(chain)
    if normal is None and ((affine and not searched) or points >= _PRODUCT_ACTION_DEGREE or order == points**2):
        raise GroupError(
            f"a perfect primitive group of degree {points} and order {order} could be neither split nor proved "
            "simple; that is decided for primitive sections of degree below 3125 whose point stabilisers have at most "
            f"{_STABILISER_LIMIT} elements where the degree is a proper prime power"
        )
    if normal is None:
        return Counter({(name_of_simple_group(order, _some_orders(chain)), order): 1})
    # A non-trivial normal subgroup N of a primitive group is transitive, so G/N ≅ G_a/N_a for the point stabilisers.
    pointed = [StabiliserChain(c.generators, base=[0], bound=c.order()) for c in (chain, normal)]
    above, below = (_of(c.stabiliser_generators(1)) for c in pointed)
    return _factors(normal) + (above - below)


def _prime_order_powers(chain: StabiliserChain) -> Iterator[np.ndarray]:
    """Random elements of prime order."""
    supply = random_elements(chain.generators, seed=2)
    for _ in range(_RANDOM_TRIES):
        element = next(supply)
        order = order_of(element)
        for p in set(prime_factors(order)):
            yield powers(element[None], order // p)


def _random_normal_subgroup(chain: StabiliserChain) -> StabiliserChain | None:
    """A proper normal subgroup, if the closure of some random element of prime order is one."""
    order = chain.order()
    for element in _prime_order_powers(chain):
        closure = normal_closure(chain.generators, element)
        if closure.order() < order:
            return closure
    return None


def _may_be_affine(order: int, points: int) -> bool:
    """Whether the order divides that of AGL(d, p), n = p^d; d = 1 is left out, for AGL(1, p) is solvable."""
    primes = prime_factors(points)
    p, d = primes[0], len(primes)
    if len(set(primes)) > 1 or d == 1:
        return False
    return bool((points * math.prod(points - p**i for i in range(d))) % order == 0)


def _translations(chain: StabiliserChain) -> StabiliserChain | None:
    """The regular elementary abelian normal subgroup of an affine group, or None when there is none.

    Such a subgroup holds exactly one element that takes point 0 to point 1. All elements with that property are
    tried: it must have order p, fix no point, and commute with its conjugates under the generators.
    """
    points = chain.points
    p = prime_factors(points)[0]
    pointed = StabiliserChain(chain.generators, base=[0], bound=chain.order())
    stabiliser = StabiliserChain(pointed.stabiliser_generators(1))
    rows = stabiliser.elements(limit=_STABILISER_LIMIT)
    rows = pointed.mover(1)[rows]
    rows = rows[np.all(rows != np.arange(points), axis=1)]
    rows = rows[are_identity(powers(rows, p))] if len(rows) else rows
    for generator, inverse in zip(chain.generators, inverses(chain.generators), strict=True):
        conjugate = generator[rows[:, inverse]]
        rows = rows[np.all(then(rows, conjugate) == then(conjugate, rows), axis=1)]
    for row in rows:
        closure = normal_closure(chain.generators, row[None])
        if closure.order() == points:
            return closure
    return None


def _some_orders(chain: StabiliserChain) -> tuple[int, ...]:
    """Orders of elements, all of them where the name of a simple group of this order needs it."""
    if chain.order() != 20_160:
        return ()
    return tuple(sorted({order_of(row) for row in chain.elements(limit=20_160)}))
