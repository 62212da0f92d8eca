"""Hypothesis strategies that draw automata and words, for this library's tests and for other people's.

Every strategy shrinks towards few states, few letters, identity moves and short words. This is the only module that
imports Hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from expressivity.automaton import Automaton, default_letters
from expressivity.errors import LanguageError

WordProfile = Literal["short", "long", "runs", "periodic", "noise", "mixed"]
"""Shapes of words that `words` can draw."""

_ENUMERATED = 4  # states up to which all maps are few enough (4⁴) to enumerate the monoid at every draw

_Draw = Callable[[st.SearchStrategy[Any]], Any]
_Rows = Callable[[_Draw, int, int], list[list[int]]]


def automata(
    *, states: int | tuple[int, int] = (1, 6), letters: int | tuple[int, int] | Sequence[str] = (1, 3)
) -> st.SearchStrategy[Automaton]:
    """Complete automata with arbitrary tables, start states and accepting states.

    States need not be reachable nor distinguishable: map with `Automaton.minimal` where a minimal automaton is wanted.

    Arguments:
        states: number of states, or the smallest and largest number, at least 1.
        letters: number of letters, or the smallest and largest number, at least 1; or the letter names themselves.

    Raises:
        LanguageError: listing every range that is not one.
    """
    return _strategy(_arbitrary_rows, states, letters)


def permutation_automata(
    *, states: int | tuple[int, int] = (1, 6), letters: int | tuple[int, int] | Sequence[str] = (1, 3)
) -> st.SearchStrategy[Automaton]:
    """Automata in which every letter permutes the states, so that the transition monoid is a group.

    Arguments: as for `automata`.
    """
    return _strategy(_permutation_rows, states, letters)


def permutation_reset_automata(
    *, states: int | tuple[int, int] = (1, 6), letters: int | tuple[int, int] | Sequence[str] = (1, 3)
) -> st.SearchStrategy[Automaton]:
    """Automata in which every letter is a permutation of the states or a reset (a constant map).

    Arguments: as for `automata`.
    """
    return _strategy(_permutation_reset_rows, states, letters)


def aperiodic_automata(
    *, states: int | tuple[int, int] = (1, 6), letters: int | tuple[int, int] | Sequence[str] = (1, 3)
) -> st.SearchStrategy[Automaton]:
    """Automata whose transition monoid is aperiodic (has only trivial groups), by construction: nothing is filtered.

    Three constructions are mixed, each followed by a renaming of the states.

    * *Partially ordered*: every letter moves states upwards (q ≤ δ(q, x)). Products of such maps are such maps, and
      iterating one climbs until it stays, so no element permutes two or more states cyclically.
    * *Order-preserving cascade*: the states are the leaves of an ordered tree of uniform depth, and at times one more
      state, a sink. A letter sends blocks of a level to blocks of the same level, and the children of a block to the
      children of its image by an order-preserving map that may depend on the block; with a sink, that map may be
      partial and what it leaves out falls into the sink. Such maps are closed under products. Each is aperiodic: a
      cycle of states is a cycle of top-level blocks, which a (partial) order-preserving map of a chain only has of
      length one; inside the block that stays, the same argument holds, and so on down to the leaf.
    * *Repaired*, up to four states: letters are arbitrary maps, but one that would create a group is replaced by a
      reset. Resets create none, because a product with a constant factor is a constant. The monoid that decides this
      has at most 4⁴ elements and is enumerated.

    The draw is broad. With up to four states it reaches every aperiodic automaton, by the third construction. Beyond,
    an order-preserving map of two points is the identity or a reset, so a binary tree gives every cascade of
    flip-flops; by Krohn and Rhodes every star-free language is recognised by one of these, hence is drawn once the
    range of `states` is large enough. Not every aperiodic automaton of exactly n > 4 states is drawn with n states:
    some appear only as quotients of larger ones, which `.map(Automaton.minimal)` takes.

    Arguments: as for `automata`.

    Source: Krohn & Rhodes 1965; Schützenberger 1965 (aperiodic = star-free).
    """
    return _strategy(_aperiodic_rows, states, letters)


def words(
    automaton: Automaton, *, profile: WordProfile = "mixed", max_length: int | None = None
) -> st.SearchStrategy[str | tuple[str, ...]]:
    """Words over an automaton's alphabet: strings when all letters are single characters, else tuples of names.

    Arguments:
        automaton: the automaton whose letters are used.
        profile: `short` (up to 8 letters, any of them); `long` (any of the three that follow); `runs` (few blocks of
            one repeated letter); `periodic` (a stem, a block repeated many times, a tail); `noise` (independent letters
            in random proportions; shrinks by its length and its proportions only); `mixed` (short or long).
        max_length: longest word; the default is 8 for `short` and 1,000 for the others.

    Raises:
        LanguageError: when the profile is unknown or the length negative.
    """
    known = ("short", "long", "runs", "periodic", "noise", "mixed")
    if profile not in known:
        raise LanguageError(f"profile {profile!r} is unknown; choose one of {', '.join(known)}")
    limit = (8 if profile == "short" else 1_000) if max_length is None else max_length
    if limit < 0:
        raise LanguageError(f"max_length={limit} is negative; give the largest number of letters, at least 0")
    count = len(automaton.letters)
    shapes = {
        "short": [_short(count, limit if profile == "short" else min(limit, 8))],
        "runs": [_runs(count, limit)],
        "periodic": [_periodic(count, limit)],
        "noise": [_noise(count, limit)],
    }
    shapes["long"] = shapes["runs"] + shapes["periodic"] + shapes["noise"]
    shapes["mixed"] = shapes["short"] + shapes["long"]

    def spell(numbers: Sequence[int]) -> str | tuple[str, ...]:
        names = tuple(automaton.letters[x] for x in numbers)
        return "".join(names) if all(len(letter) == 1 for letter in automaton.letters) else names

    return st.one_of(shapes[profile]).map(spell)


# Automata ---------------------------------------------------------------------------------------------------------


def _range(name: str, value: object, problems: list[str]) -> tuple[int, int]:
    """The two ends of a range given as a number or a pair; complaints are appended to `problems`."""
    low, high = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    if isinstance(low, int) and isinstance(high, int) and 1 <= low <= high:
        return low, high
    problems.append(f"{name}={value!r} is not a number or a pair (smallest, largest) with 1 ≤ smallest ≤ largest")
    return 1, 1


def _strategy(
    rows: _Rows, states: int | tuple[int, int], letters: int | tuple[int, int] | Sequence[str]
) -> st.SearchStrategy[Automaton]:
    """The strategy that draws sizes, then a table through `rows(draw, states, letters)`, then start and acceptance."""
    problems: list[str] = []
    fewest, most = _range("states", states, problems)
    names: tuple[str, ...] | None = None
    if isinstance(letters, str) or (isinstance(letters, Sequence) and any(isinstance(name, str) for name in letters)):
        names = tuple(str(name) for name in letters)
        letters = len(names)
        if len(set(names)) != len(names):
            problems.append(f"letters={list(names)} has a name twice; letter names must be distinct")
    fewest_letters, most_letters = _range("letters", letters, problems)
    if problems:
        raise LanguageError("; ".join(problems))

    @st.composite
    def build(draw: _Draw) -> Automaton:
        n = draw(st.integers(fewest, most))
        k = draw(st.integers(fewest_letters, most_letters))
        table = np.array(rows(draw, n, k), dtype=np.int32).reshape(k, n)
        accepting = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)
        return Automaton(table, draw(st.integers(0, n - 1)), accepting, names or default_letters(k))

    return build()


def _arbitrary_rows(draw: _Draw, n: int, k: int) -> list[list[int]]:
    """Any k maps of n states."""
    return [draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n)) for _ in range(k)]


def _permutation_rows(draw: _Draw, n: int, k: int) -> list[list[int]]:
    """Any k permutations of n states."""
    return [draw(st.permutations(range(n))) for _ in range(k)]


def _permutation_reset_rows(draw: _Draw, n: int, k: int) -> list[list[int]]:
    """Any k maps of n states, each a permutation or a constant."""
    constants = st.integers(0, n - 1).map(lambda target: [target] * n)
    return [draw(st.permutations(range(n)) | constants) for _ in range(k)]


def _aperiodic_rows(draw: _Draw, n: int, k: int) -> list[list[int]]:
    """Maps of n states generating an aperiodic monoid; see `aperiodic_automata` for the argument."""
    kind = draw(st.sampled_from(("upwards", "cascade", "repaired") if n <= _ENUMERATED else ("upwards", "cascade")))
    if kind == "upwards":
        rows = [[draw(st.integers(q, n - 1)) for q in range(n)] for _ in range(k)]
    elif kind == "cascade":
        rows = _cascade_rows(draw, n, k)
    else:
        rows = []
        for _ in range(k):
            row = draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))
            rows.append(row if _generates_aperiodic([*rows, row]) else [row[0]] * n)
    rename = draw(st.permutations(range(n)))
    renamed = [[0] * n for _ in rows]
    for x, row in enumerate(rows):
        for q, target in enumerate(row):
            renamed[x][rename[q]] = rename[target]
    return renamed


def _generates_aperiodic(rows: list[list[int]]) -> bool:
    """Whether no product of the maps permutes two or more states cyclically, by enumerating all products."""
    n = len(rows[0])
    queue = [tuple(range(n))]
    seen = set(queue)
    for element in queue:
        power = element
        for _ in range(n):
            power = tuple(element[q] for q in power)
        if any(element[q] != q for q in power):
            return False
        for row in rows:
            product = tuple(row[q] for q in element)
            if product not in seen:
                seen.add(product)
                queue.append(product)
    return True


def _cascade_rows(draw: _Draw, n: int, k: int) -> list[list[int]]:
    """Maps of n states that are (partial) order-preserving on every level of a tree; the last state may be a sink."""
    with_sink = n > 1 and draw(st.booleans())
    leaves = n - 1 if with_sink else n
    # separation[i]: the level of the tree at which the neighbouring leaves i and i+1 part.
    depth = max(1, (leaves - 1).bit_length())
    separation = draw(st.lists(st.integers(1, depth), min_size=leaves - 1, max_size=leaves - 1))

    def fill(row: list[int], source: tuple[int, int], target: tuple[int, int], level: int) -> None:
        if level > depth:
            row[source[0]] = target[0]
            return
        if source == target and not draw(st.booleans()):
            # Staying put is what gives a cascade its memory: without this case long words would reset every level.
            row[source[0] : source[1]] = range(*source)
            return
        children, images = _children(separation, source, level), _children(separation, target, level)
        chosen = sorted(draw(st.integers(0, len(images) - 1)) for _ in children)
        for child, image in zip(children, chosen, strict=True):
            if not with_sink or not draw(st.booleans()):
                fill(row, child, images[image], level + 1)

    rows = []
    for _ in range(k):
        row = [n - 1] * n
        fill(row, (0, leaves), (0, leaves), 1)
        rows.append(row)
    return rows


def _children(separation: list[int], block: tuple[int, int], level: int) -> list[tuple[int, int]]:
    """The blocks into which the leaves [first, end) of a block part at a level."""
    first, end = block
    cuts = [first, *(i + 1 for i in range(first, end - 1) if separation[i] == level), end]
    return list(pairwise(cuts))


# Words, as letter numbers -----------------------------------------------------------------------------------------


def _short(count: int, limit: int) -> st.SearchStrategy[list[int]]:
    """Any word of up to `limit` letters."""
    return st.lists(st.integers(0, count - 1), max_size=limit)


def _runs(count: int, limit: int) -> st.SearchStrategy[list[int]]:
    """Up to ten runs of one letter each."""
    run = st.tuples(st.integers(0, count - 1), st.integers(1, max(1, limit // 4)))
    return st.lists(run, max_size=10).map(lambda runs: [x for x, length in runs for _ in range(length)][:limit])


def _periodic(count: int, limit: int) -> st.SearchStrategy[list[int]]:
    """A stem, a block repeated many times, and a tail."""
    piece = st.lists(st.integers(0, count - 1), max_size=6)
    block = st.lists(st.integers(0, count - 1), min_size=1, max_size=8)
    return st.tuples(piece, block, st.integers(0, max(1, limit)), piece).map(
        lambda parts: (parts[0] + parts[1] * (min(limit, parts[2]) // len(parts[1])) + parts[3])[:limit]
    )


def _noise(count: int, limit: int) -> st.SearchStrategy[list[int]]:
    """Independent letters; drawn from a seed, because drawing a thousand letters one by one would be slow."""
    weights = st.lists(st.integers(1, 30), min_size=count, max_size=count)

    def letters(parts: tuple[int, int, list[int]]) -> list[int]:
        length, seed, weight = parts
        share = np.array(weight, dtype=float) / sum(weight)
        return [int(x) for x in np.random.default_rng(seed).choice(count, size=length, p=share)]

    return st.tuples(st.integers(0, limit), st.integers(0, 2**32 - 1), weights).map(letters)
