"""Permutation group → the name under which people know it, or "group of order N"."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from expressivity.algebra.groups.composition import composition_factors
from expressivity.algebra.groups.conjugacy import conjugacy_classes
from expressivity.algebra.groups.permutations import inverses, orders, powers
from expressivity.algebra.groups.simple_groups import prime_factors
from expressivity.algebra.groups.stabiliser_chain import StabiliserChain
from expressivity.algebra.groups.subgroups import (
    commutators,
    conjugates,
    derived_subgroup,
    giant_order,
    normal_closure,
    orbit_actions,
)
from expressivity.automaton.maps import are_identity
from expressivity.errors import GroupError

_ENUMERATED = 50_000
_ENTRIES = 5_000_000  # elements × points that are listed
_NORMAL_SUBGROUPS = 300


def name_of_group(chain: StabiliserChain) -> str:
    """Name of a permutation group up to isomorphism.

    Returns:
        "1", "C6", "C2 x C2", "D5" (order 10), "S4", "A5", "Q8", "Q16", "Dic3" (order 12), "C7 : C3" (the subgroups of
        AGL(1,p) with p prime), "SL(2,3)", "GL(2,3)", "PGL(2,7)", simple groups as in `composition_factors`, direct
        products of these with the factors by ascending order, else "group of order N". A name is never a guess: the
        test behind each one determines the group.
    """
    order = chain.order()
    if not len(commutators(chain.generators, chain.generators)):
        return " x ".join(f"C{n}" for n in abelian_invariants(chain)) or "1"
    if order > _ENUMERATED or order * chain.points > _ENTRIES:
        return _name_of_large_group(chain)
    whole = _name_undivided(chain)
    if whole is not None:
        return whole
    factors = _direct_factors(chain)
    names = [None if len(factors) == 1 else _name_undivided(part) for part in factors if not _is_abelian(part)]
    if any(name is None for name in names):
        return f"group of order {order}"
    cyclic = _invariant_factors([n for part in factors if _is_abelian(part) for n in abelian_invariants(part)])
    named = sorted(zip([part.order() for part in factors if not _is_abelian(part)], map(str, names), strict=True))
    return " x ".join([f"C{n}" for n in cyclic] + [_as_factor(name) for _, name in named])


def abelian_invariants(chain: StabiliserChain) -> list[int]:
    """Invariant factors n₁ | n₂ | … > 1 of an abelian group, from the orders of its groups of p-th powers."""
    generators = chain.generators
    cyclic: list[int] = []
    for p in sorted(set(prime_factors(chain.order()))):
        # The number of p-parts of order at least pᵏ is the logarithm of the index of pᵏ-th in pᵏ⁻¹-th powers.
        sizes = [chain.order()]
        counts: list[int] = []
        while True:
            sizes.append(StabiliserChain(powers(generators, p ** len(sizes))).order())
            ratio = sizes[-2] // sizes[-1]
            if ratio == 1:
                break
            counts.append(len(prime_factors(ratio)))
        cyclic += [
            p ** (k + 1) for k, count in enumerate(counts) for _ in range(count - (counts[k + 1 : k + 2] or [0])[0])
        ]
    return _invariant_factors(cyclic)


def _invariant_factors(cyclic: Sequence[int]) -> list[int]:
    """Invariant factors of a direct product of cyclic groups."""
    by_prime: dict[int, list[int]] = {}
    for n in cyclic:
        for p in set(prime_factors(n)):
            by_prime.setdefault(p, []).append(p ** prime_factors(n).count(p))
    length = max((len(parts) for parts in by_prime.values()), default=0)
    columns = [sorted(parts, reverse=True) + [1] * (length - len(parts)) for parts in by_prime.values()]
    return [math.prod(row) for row in zip(*columns, strict=True)][::-1]


def _as_factor(name: str) -> str:
    """A name as it stands inside a direct product, "C2 x (C5 : C4)"."""
    return f"({name})" if " : " in name else name


def _is_abelian(chain: StabiliserChain) -> bool:
    return not len(commutators(chain.generators, chain.generators))


def _name_of_large_group(chain: StabiliserChain) -> str:
    order = chain.order()
    giant = giant_order(chain.generators)
    if giant is not None:
        return f"{'S' if giant == math.factorial(chain.points) else 'A'}{chain.points}"
    cyclic_half = _cyclic_half(chain, derived_subgroup(chain.generators))
    if cyclic_half is not None:
        return cyclic_half
    parts = orbit_actions(chain.generators)
    if len(parts) > 1:
        factors = [StabiliserChain(part, bound=giant_order(part)) for part in parts]
        if math.prod(part.order() for part in factors) == order:  # then the group is all of the product
            named = sorted((part.order(), name_of_group(part)) for part in factors)
            if not any(name.startswith("group") for _, name in named):
                return " x ".join(_as_factor(name) for _, name in named)
        return f"group of order {order}"
    try:
        factors_found = composition_factors(chain)
    except GroupError:
        return f"group of order {order}"
    return factors_found[0] if len(factors_found) == 1 else f"group of order {order}"


def _name_undivided(chain: StabiliserChain) -> str | None:
    """Name of a non-abelian group that a direct product would describe less well, or None."""
    order = chain.order()
    derived = derived_subgroup(chain.generators)
    if order == 6:
        return "S3"
    cyclic_half = _cyclic_half(chain, derived)
    if cyclic_half is not None:
        return cyclic_half
    # The next four hold because there is just one group of the order with a derived subgroup of that order and kind.
    if order == 12 and derived.order() == 4:
        return "A4"
    if order == 24 and derived.order() == 8 and not _is_abelian(derived):
        return "SL(2,3)"
    if order == 24 and derived.order() == 12:
        return "S4"
    if order == 48 and derived.order() == 24 and derived_subgroup(derived.generators).order() == 8:
        return _order_48(chain, derived)
    return _frobenius(chain, derived) or _nearly_simple(chain, derived)


def _cyclic_half(chain: StabiliserChain, derived: StabiliserChain) -> str | None:
    """Dihedral and dicyclic groups: a cyclic subgroup C of index 2 that any other element inverts.

    In such a group the derived subgroup consists of the squares of C. If it has more than two elements, its centraliser
    is C, so C is found from generators; otherwise the group has at most 8 elements and they are looked through.
    """
    half = chain.order() // 2
    if derived.order() <= 2:
        if chain.order() != 8:
            return None
        elements = chain.elements(limit=8)
        rotations = elements[orders(elements) == half][:1]
        flips = elements[~StabiliserChain(rotations).contains(elements)] if len(rotations) else rotations
    else:
        generators = chain.generators
        central = np.array([not len(commutators(row[None], derived.generators)) for row in generators])
        rotations, flips = generators[central], generators[~central]
        # C is generated by the generators inside it and the quotients and squares of those outside.
        if len(flips):
            rotations = np.concatenate([rotations, flips[0][flips]])
    if not len(rotations) or not len(flips):
        return None
    cyclic = StabiliserChain(rotations)
    inverted = conjugates(cyclic.generators, flips[:1])
    if cyclic.order() != half or not _is_abelian(cyclic) or abelian_invariants(cyclic) != [half]:
        return None
    if not np.array_equal(inverted, inverses(cyclic.generators)):
        return None
    if are_identity(powers(flips[:1], 2))[0]:
        return f"D{half}"
    # Otherwise b² is fixed under conjugation by b, hence the involution of the cyclic subgroup: dicyclic.
    return f"Q{2 * half}" if half & (half - 1) == 0 else f"Dic{half // 2}"


def _order_48(chain: StabiliserChain, derived: StabiliserChain) -> str | None:
    """The two groups of order 48 with derived subgroup SL(2,3), told apart by their involutions: 13 and 1."""
    if _is_abelian(derived_subgroup(derived.generators)):
        return None
    involutions = int((orders(chain.elements(limit=48)) == 2).sum())
    return {13: "GL(2,3)", 1: "binary octahedral group"}.get(involutions)


def _frobenius(chain: StabiliserChain, derived: StabiliserChain) -> str | None:
    """C_p : C_m with C_m acting faithfully, p prime: the derived subgroup is C_p and its own centraliser."""
    p = derived.order()
    if len(prime_factors(p)) != 1:
        return None
    element = derived.elements(limit=p)[1]
    elements = chain.elements(limit=_ENUMERATED)
    commuting = int(np.all(element[elements] == elements[:, element], axis=1).sum())
    return f"C{p} : C{chain.order() // p}" if commuting == p else None


def _nearly_simple(chain: StabiliserChain, derived: StabiliserChain) -> str | None:
    """Simple groups T, SL(2,5), and the groups between T and Aut T that have index 2 over T = A_n or PSL(2,p)."""
    order = chain.order()
    factors = composition_factors(chain)
    if len(factors) == 1:
        return factors[0]
    if derived.order() == order and factors == ("A5", "C2"):
        return "SL(2,5)"  # the only perfect group of order 120
    if derived.order() * 2 != order or len(factors) != 2 or factors[1] != "C2":
        return None
    classes = conjugacy_classes(chain, limit=_ENUMERATED)
    if np.count_nonzero(classes.sizes == 1) > 1:
        return None  # a centre: not inside Aut T
    simple = factors[0]
    if simple == "A6":  # Out A6 = C2 x C2: three groups of this shape
        present = set(classes.orders.tolist())
        return "PGL(2,9)" if 10 in present else "M10" if 8 in present else "S6"
    if simple.startswith("A"):
        return f"S{simple[1:]}"  # Aut A_n = S_n for n ≠ 6
    if simple.startswith("PSL(2,") and len(prime_factors(int(simple[6:-1]))) == 1:
        return f"PGL({simple[4:]}"  # Aut PSL(2,p) = PGL(2,p)
    return None


def _direct_factors(chain: StabiliserChain) -> list[StabiliserChain]:
    """A decomposition into directly indecomposable factors, or the group alone when none is found in the budget.

    A normal subgroup of least order among those with a normal complement is itself indecomposable, for a factor of it
    would be a smaller one.
    """
    order = chain.order()
    normal = _normal_subgroups(chain)
    for part in sorted(normal, key=lambda subgroup: subgroup.order()):
        if part.order() == 1 or order % part.order():
            continue
        for other in normal:
            if part.order() * other.order() != order or part.order() == order:
                continue
            smaller, larger = sorted((part, other), key=lambda subgroup: subgroup.order())
            if int(larger.contains(smaller.elements(limit=_ENUMERATED)).sum()) == 1:
                return [part, *_direct_factors(other)]
    return [chain]


def _normal_subgroups(chain: StabiliserChain) -> list[StabiliserChain]:
    """All normal subgroups, as joins of the closures of single classes; empty when there are too many."""
    classes = conjugacy_classes(chain, limit=_ENUMERATED)
    representatives = classes.elements[classes.representatives]
    found: dict[bytes, StabiliserChain] = {}
    single: list[StabiliserChain] = []
    for row in representatives[1:]:
        closure = normal_closure(chain.generators, row[None])
        key = closure.contains(representatives).tobytes()
        if key not in found:
            found[key] = closure
            single.append(closure)
    queue = list(found.values())
    for subgroup in queue:
        for other in single:
            if len(found) > _NORMAL_SUBGROUPS:
                return []
            if subgroup.contains(other.generators).all():
                continue
            join = StabiliserChain(np.concatenate([subgroup.generators, other.generators]))
            key = join.contains(representatives).tobytes()
            if key not in found:
                found[key] = join
                queue.append(join)
    return queue
