"""A permutation group on points → a chain of cyclic counters, each moved by what the counters before it leave over.

For a chain of subgroups G = K_0 > K_1 > … > K_s, each normal in the one before with a cyclic quotient and K_s fixing
the base point, every element is g = k·τ_s(b_s) ⋯ τ_1(b_1) with k in K_s and τ_i(b) = t_iᵇ. Multiplying by an element a
of G adds the class of a to b_1 and leaves an element of K_1 to multiply the rest by, and so on. Permutations act from
the right: (g·h)[x] = h[g[x]].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from expressivity.errors import CannotCompile

Permutation = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Counter:
    """One counter of a chain.

    Arguments:
        modulus: number of states m, the order of the cyclic quotient K / M.
        powers: τ(b) = tᵇ for b = 0 … m − 1, representatives of the cosets of M in K.
        shift: the class of each element of K, 0 … m − 1.
    """

    modulus: int
    powers: tuple[Permutation, ...]
    shift: dict[Permutation, int]

    def carry(self, digit: int, moved_by: Permutation) -> Permutation:
        """The element of M left for the next counter when this one stands at `digit`."""
        after = (digit + self.shift[moved_by]) % self.modulus
        return _times(_times(self.powers[digit], moved_by), _inverse(self.powers[after]))


@dataclass(frozen=True, eq=False)
class CounterChain:
    """Counters for a transitive permutation group; a point may have several tuples of digits.

    Arguments:
        counters: the counters, first one first.
        digits: for each point one tuple of digits that stands for it.
    """

    counters: tuple[Counter, ...]
    digits: tuple[tuple[int, ...], ...]

    def point(self, digits: Iterable[int]) -> int:
        """The point that digits stand for."""
        point = 0
        for counter, digit in reversed(list(zip(self.counters, digits, strict=True))):
            point = counter.powers[digit][point]
        return point


def counter_chain(generators: list[Permutation], points: int, *, moduli: str, max_order: int) -> CounterChain | None:
    """A chain of counters for a transitive group, short and with few states.

    Arguments:
        generators: permutations that generate the group; none for the trivial group on one point.
        points: number of points.
        moduli: "two" to allow counters modulo 2 only, "any" for any cyclic ones.
        max_order: largest group to enumerate.

    Returns:
        The chain, or None when the group has none: it is not solvable, or for "two" not a 2-group.

    Raises:
        CannotCompile: when the group has more than `max_order` elements.
    """
    neutral = tuple(range(points))
    group = _generated(generators, neutral, max_order)
    whole, counters = group, []
    while any(element[0] != 0 for element in group):
        fixing = {element for element in group if element[0] == 0}
        kernel = _best_kernel(group, fixing, neutral, moduli)
        if kernel is None:
            return None
        counter = _counter(group, kernel, neutral)
        counters.append(counter)
        group = kernel
    digits: dict[int, tuple[int, ...]] = {}
    for element in sorted(whole):
        if element[0] in digits:
            continue
        point, rest, found = element[0], element, []
        for counter in counters:
            digit = counter.shift[rest]
            found.append(digit)
            rest = _times(rest, _inverse(counter.powers[digit]))
        digits[point] = tuple(found)
    return CounterChain(tuple(counters), tuple(digits[point] for point in range(points)))


def _times(first: Permutation, second: Permutation) -> Permutation:
    return tuple([second[x] for x in first])


def _inverse(permutation: Permutation) -> Permutation:
    result = [0] * len(permutation)
    for x, y in enumerate(permutation):
        result[y] = x
    return tuple(result)


def _generated(generators: Iterable[Permutation], neutral: Permutation, limit: int | None = None) -> set[Permutation]:
    """All elements of the group that some permutations generate."""
    chosen = [g for g in generators if g != neutral]
    found, queue = {neutral}, [neutral]
    for element in queue:
        for generator in chosen:
            image = tuple([generator[x] for x in element])
            if image not in found:
                found.add(image)
                queue.append(image)
        if limit is not None and len(found) > limit:
            raise CannotCompile(
                f"a component's group on {len(neutral)} states has more than max_order={limit} elements; give a "
                "larger limit"
            )
    return found


def _few_generators(group: set[Permutation], neutral: Permutation) -> list[Permutation]:
    chosen: list[Permutation] = []
    covered = {neutral}
    for element in sorted(group):
        if element not in covered:
            chosen.append(element)
            covered = _generated(chosen, neutral)
    return chosen


def _commutators(generators: list[Permutation], neutral: Permutation) -> set[Permutation]:
    """The derived subgroup: the normal closure of the generators' commutators."""
    seeds = {_times(_times(_inverse(a), _inverse(b)), _times(a, b)) for a in generators for b in generators}
    closed = _generated(seeds, neutral)
    while True:
        conjugates = {_times(_times(_inverse(g), s), g) for s in seeds for g in generators}
        if conjugates <= closed:
            return closed
        seeds |= conjugates
        closed = _generated(seeds, neutral)


def _best_kernel(
    group: set[Permutation], fixing: set[Permutation], neutral: Permutation, moduli: str
) -> set[Permutation] | None:
    """A normal subgroup with cyclic quotient: one that keeps the point stabiliser if possible, then a small one."""
    generators = _few_generators(group, neutral)
    derived = _commutators(generators, neutral)
    best: set[Permutation] | None = None
    tried = [group]
    for larger in tried:
        for kernel in _prime_kernels(larger, derived, neutral, moduli):
            if larger is not group and _generator_of_quotient(group, kernel) is None:
                continue
            if best is None or _rank(kernel, fixing) < _rank(best, fixing):
                best = kernel
            if moduli == "any" and kernel not in tried:
                tried.append(kernel)
    return best


def _rank(kernel: set[Permutation], fixing: set[Permutation]) -> tuple[bool, int]:
    return not fixing <= kernel, len(kernel)


def _prime_kernels(
    group: set[Permutation], derived: set[Permutation], neutral: Permutation, moduli: str
) -> list[set[Permutation]]:
    """Subgroups of prime index that contain the derived subgroup of the whole group (so that they are normal in it)."""
    quotient = len(group) // len(derived)
    primes = [p for p in range(2, quotient + 1) if quotient % p == 0 and all(p % q for q in range(2, p))]
    kernels = []
    for prime in primes:
        if moduli == "two" and prime != 2:
            continue
        powers = {_power(element, prime, neutral) for element in group}
        bottom = _generated(_few_generators(_generated([*derived, *powers], neutral), neutral), neutral)
        basis: list[Permutation] = []
        coordinates: dict[Permutation, tuple[int, ...]] = dict.fromkeys(bottom, ())
        for element in sorted(group):
            if element in coordinates:
                continue
            multiples = [_power(element, k, neutral) for k in range(prime)]
            coordinates = {
                _times(known, multiple): (*row, k)
                for known, row in coordinates.items()
                for k, multiple in enumerate(multiples)
            }
            basis.append(element)
        for functional in product(range(prime), repeat=len(basis)):
            leading = next((v for v in functional if v), 0)
            if leading == 1:
                kernels.append(
                    {
                        g
                        for g, row in coordinates.items()
                        if not sum(a * b for a, b in zip(functional, row, strict=True)) % prime
                    }
                )
    return kernels


def _power(element: Permutation, exponent: int, neutral: Permutation) -> Permutation:
    result = neutral
    for _ in range(exponent):
        result = _times(result, element)
    return result


def _order_modulo(element: Permutation, kernel: set[Permutation]) -> int:
    order, power = 1, element
    while power not in kernel:
        power = _times(power, element)
        order += 1
    return order


def _generator_of_quotient(group: set[Permutation], kernel: set[Permutation]) -> Permutation | None:
    index = len(group) // len(kernel)
    return next((element for element in sorted(group) if _order_modulo(element, kernel) == index), None)


def _counter(group: set[Permutation], kernel: set[Permutation], neutral: Permutation) -> Counter:
    generator = _generator_of_quotient(group, kernel)
    assert generator is not None
    modulus = len(group) // len(kernel)
    powers = tuple(_power(generator, b, neutral) for b in range(modulus))
    shift = {_times(element, power): b for b, power in enumerate(powers) for element in kernel}
    return Counter(modulus, powers, shift)
