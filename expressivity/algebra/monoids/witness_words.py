"""Automaton → words that show what its monoid cannot hide: a cycle of states, or a subgroup that is not solvable.

Impossibility theorems speak of subgroups of the syntactic monoid. These are the few words from which anyone can check,
by running the automaton, that such a subgroup is there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from expressivity.algebra.groups.stabiliser_chain import StabiliserChain
from expressivity.algebra.monoids.orbits import ImageOrbit, image_orbit
from expressivity.automaton import Automaton

_WORK = 400_000  # states times maps of the monoid looked at before image sets are
_GROUP_ELEMENTS = 20_000
_PAIRS = 20_000
_SETS = 4_000_000  # states times image sets

Letters = tuple[int, ...]


@dataclass(frozen=True)
class Cycle:
    """Words u, w, v such that whether u·wᵏ·v is in the language has a prime number as its least period in k, from 0 on.

    Arguments:
        prefix: u, as letter numbers.
        word: w.
        suffix: v.
        period: the prime.
    """

    prefix: Letters
    word: Letters
    suffix: Letters
    period: int

    def at(self, power: int) -> Letters:
        """The word u·wᵏ·v."""
        return self.prefix + self.word * power + self.suffix


@dataclass(frozen=True)
class UnsolvableSubgroup:
    """Words x, y that permute a set of states, with x, y and xy of pairwise coprime orders above one.

    The group they generate is not solvable: in an abelian quotient the images of x, y and (xy)⁻¹ have coprime orders
    and product one, so each is one; hence x and y lie in every term of the derived series. (Thompson 1968 proves that
    every group that is not solvable has such a pair.)

    Arguments:
        points: the states permuted, ascending.
        first: x, as letter numbers.
        second: y.
        orders: orders of x, y and xy on the points.
    """

    points: tuple[int, ...]
    first: Letters
    second: Letters
    orders: tuple[int, int, int]


def find_cycle(automaton: Automaton, *, odd: bool = False, single_letter: bool = False) -> Cycle | None:
    """Words along whose powers membership is periodic with a prime period.

    Arguments:
        automaton: a minimal automaton.
        odd: ask for an odd prime; there is one ⇔ some subgroup of the syntactic monoid is no 2-group.
        single_letter: ask for a word w that is a power of one letter.

    Returns:
        The words, w as short as the search order makes it; None when there are none, or when the monoid is too large
        for the search (states times image sets above four million, or groups of more than 20,000 elements).
    """
    smallest = 3 if odd else 2
    if single_letter:
        words = _letters(automaton)
    else:
        orbit = _orbit(automaton)
        if orbit is not None and not any(_has_prime(group, smallest) for group in orbit.groups):
            return None
        words = _permuting_words(automaton, orbit)
    for images, word in words:
        for cycle in _cycles(images):
            for prime in _primes(len(cycle)):
                if prime >= smallest:
                    return _cycle_words(automaton, cycle, word, prime)
    return None


def find_unsolvable(automaton: Automaton) -> UnsolvableSubgroup | None:
    """Words that show a subgroup of the transition monoid that is not solvable.

    Arguments:
        automaton: a minimal automaton.

    Returns:
        The words; None when no pair among the first 20,000 tried of any image set shows it (then the subgroups may or
        may not be solvable; `describe` decides that).
    """
    orbit = _orbit(automaton)
    if orbit is None:
        return None
    rng = np.random.default_rng(0)
    for component, group in enumerate(orbit.groups):
        if group is None or group.order() < 60:
            continue
        points = orbit.sets[orbit.representatives[component]]
        generators = _schreier_words(automaton, orbit, component)
        elements = list(islice(_group_elements(generators, len(points)), _GROUP_ELEMENTS))
        orders = [_order(images) for images, _ in elements]
        proper = [i for i, order in enumerate(orders) if order > 1]
        for _ in range(_PAIRS):
            i, j = (proper[int(k)] for k in rng.integers(0, len(proper), 2))
            if math.gcd(orders[i], orders[j]) > 1:
                continue
            (x, first), (y, second) = elements[i], elements[j]
            together = _order(tuple(y[p] for p in x))
            if together > 1 and math.gcd(together, orders[i] * orders[j]) == 1:
                return UnsolvableSubgroup(points, first, second, (orders[i], orders[j], together))
    return None


def _letters(automaton: Automaton) -> Iterator[tuple[tuple[int, ...], Letters]]:
    for letter, row in enumerate(automaton.table.tolist()):
        yield tuple(row), (letter,)


def _orbit(automaton: Automaton) -> ImageOrbit | None:
    return image_orbit(automaton, limit=max(1, _SETS // automaton.states))


def _has_prime(group: StabiliserChain | None, smallest: int) -> bool:
    """Whether a group has elements of a prime order of at least 2 or 3."""
    order = 1 if group is None else group.order()
    return order > 1 if smallest == 2 else order & (order - 1) != 0


def _permuting_words(automaton: Automaton, orbit: ImageOrbit | None) -> Iterator[tuple[tuple[int, ...], Letters]]:
    """Maps on the states with words for them: short words first, then words for every permutator group."""
    rows = automaton.table.tolist()
    queue: list[tuple[tuple[int, ...], Letters]] = [(tuple(range(automaton.states)), ())]
    seen = {queue[0][0]}
    for images, word in queue:
        for letter, row in enumerate(rows):
            product = tuple(row[q] for q in images)
            if product not in seen:
                seen.add(product)
                queue.append((product, (*word, letter)))
                yield queue[-1]
        if len(seen) * automaton.states > _WORK:
            break
    else:
        return
    if orbit is None:
        return
    for component, group in enumerate(orbit.groups):
        if group is None:
            continue
        points = orbit.sets[orbit.representatives[component]]
        generators = _schreier_words(automaton, orbit, component)
        for images, word in islice(_group_elements(generators, len(points)), _GROUP_ELEMENTS):
            whole = dict(zip(points, (points[i] for i in images), strict=True))
            yield tuple(whole.get(q, -1) for q in range(automaton.states)), word


def _schreier_words(automaton: Automaton, orbit: ImageOrbit, component: int) -> list[tuple[tuple[int, ...], Letters]]:
    """Generators of a permutator group on positions in the representative set, with words that act so."""
    rows = automaton.table.tolist()
    members = set(np.flatnonzero(orbit.component == component).tolist())
    home = orbit.representatives[component]
    points = orbit.sets[home]
    back = _words_back(orbit, members, home)
    carried: dict[int, tuple[tuple[int, ...], Letters]] = {home: (points, ())}
    generators: dict[tuple[int, ...], Letters] = {}
    queue = [home]
    for number in queue:
        images, word = carried[number]
        for letter, row in enumerate(rows):
            target = int(orbit.successors[number, letter])
            if target not in members:
                continue
            moved, longer = tuple(row[q] for q in images), (*word, letter)
            if target not in carried:
                carried[target] = moved, longer
                queue.append(target)
            for step in back[target]:
                moved = tuple(rows[step][q] for q in moved)
            permutation = tuple(points.index(q) for q in moved)
            if permutation != tuple(range(len(points))):
                generators.setdefault(permutation, longer + back[target])
    return list(generators.items())


def _words_back(orbit: ImageOrbit, members: set[int], home: int) -> dict[int, Letters]:
    """For each set of a strong component a word that leads to the representative, through the component only."""
    into: dict[int, list[tuple[int, int]]] = {}
    for number in members:
        for letter, target in enumerate(orbit.successors[number].tolist()):
            into.setdefault(target, []).append((number, letter))
    words: dict[int, Letters] = {home: ()}
    queue = [home]
    for number in queue:
        for source, letter in into.get(number, []):
            if source not in words:
                words[source] = (letter, *words[number])
                queue.append(source)
    return words


def _group_elements(
    generators: list[tuple[tuple[int, ...], Letters]], points: int
) -> Iterator[tuple[tuple[int, ...], Letters]]:
    """Elements of a permutation group with words for them, few generators first; the identity is left out."""
    queue: list[tuple[tuple[int, ...], Letters]] = [(tuple(range(points)), ())]
    seen = {queue[0][0]}
    for images, word in queue:
        for generator, more in generators:
            product = tuple(generator[p] for p in images)
            if product not in seen:
                seen.add(product)
                queue.append((product, word + more))
                yield queue[-1]


def _cycles(images: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The cycles of more than one point of a map (−1 where it is not known)."""
    done = [False] * len(images)
    for first in range(len(images)):
        path: list[int] = []
        place: dict[int, int] = {}
        at = first
        while at >= 0 and not done[at] and at not in place:
            place[at] = len(path)
            path.append(at)
            at = images[at]
        if at >= 0 and at in place and len(path) - place[at] > 1:
            yield tuple(path[place[at] :])
        for point in path:
            done[point] = True


def _cycle_words(automaton: Automaton, cycle: tuple[int, ...], word: Letters, prime: int) -> Cycle:
    """Words for a cycle of states, of which every (length/prime)-th is kept."""
    step = len(cycle) // prime
    states = cycle[::step]
    prefix = word_to(automaton, states[0])
    suffix = separating_word(automaton, states)
    return Cycle(prefix, word * step, suffix, prime)


def word_to(automaton: Automaton, state: int) -> Letters:
    """A shortest word from the start to a state.

    Arguments:
        automaton: an automaton that reaches the state.
        state: the state.
    """
    words: dict[int, Letters] = {automaton.start: ()}
    queue = [automaton.start]
    for at in queue:
        for letter, target in enumerate(automaton.table[:, at].tolist()):
            if target not in words:
                words[target] = (*words[at], letter)
                queue.append(target)
    return words[state]


def separating_word(automaton: Automaton, states: tuple[int, ...]) -> Letters:
    """A shortest word accepted from some but not from all of the states.

    Arguments:
        automaton: a minimal automaton.
        states: at least two different states.

    Raises:
        ValueError: when there is none, the automaton not being minimal.
    """
    rows, accepting = automaton.table.tolist(), automaton.accepting.tolist()
    queue: list[tuple[tuple[int, ...], Letters]] = [(states, ())]
    seen = {states}
    for at, word in queue:
        if len({accepting[q] for q in at}) > 1:
            return word
        for letter, row in enumerate(rows):
            moved = tuple(row[q] for q in at)
            if moved not in seen and len(set(moved)) > 1:
                seen.add(moved)
                queue.append((moved, (*word, letter)))
    raise ValueError(f"no word separates the states {states}; take .minimal() first")


def _order(images: tuple[int, ...]) -> int:
    return math.lcm(1, *(len(cycle) for cycle in _cycles(images)))


def _primes(number: int) -> Iterator[int]:
    """The primes that divide a number, ascending."""
    prime = 2
    while number > 1:
        if number % prime == 0:
            yield prime
            while number % prime == 0:
                number //= prime
        prime += 1
