"""Automaton → a cascade that beats the general ones where its structure allows it, and the choice among them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.levels import Component, Level, merge_letters, without_idle_parts
from expressivity.algebra.cascades.scc_chain import component_chain
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.automaton import Automaton
from expressivity.automaton.congruences import independent_pair, quotient
from expressivity.automaton.maps import are_constant, are_permutations
from expressivity.errors import CannotCompile

Groups = Literal["any", "preserved"]
"""Which groups the components of a cascade may contain: any, or only groups that divide the automaton's monoid."""

_LARGEST_PRODUCT = 40  # states up to which congruences are looked for; their number grows with the square


def best_cascade(automaton: Automaton, *, groups: Groups) -> Cascade:
    """The cascade with fewest levels, then fewest component states, of `candidate_cascades`, which see."""
    return min(candidate_cascades(automaton, groups=groups), key=lambda cascade: (cascade.depth, cascade.width))


def candidate_cascades(automaton: Automaton, *, groups: Groups) -> list[Cascade]:
    """The cascades worth comparing: all that apply, without those that are sure to be deeper than another one.

    Arguments:
        automaton: the automaton to cover.
        groups: "any", or "preserved" when every component's group has to divide the automaton's monoid.

    Raises:
        CannotCompile: when every construction grows beyond its limits; lists the limits.
    """
    if automaton.states == 1:
        return [Cascade(automaton, (), "one state")]
    one_level = group_with_constants(automaton)
    if one_level is not None:
        return [one_level]
    makers: list[tuple[int, Callable[[], Cascade | None]]] = [
        (2, lambda: component_chain(automaton, groups=groups)),
        (2, lambda: direct_product(automaton, groups=groups)),
        (2, lambda: holonomy(automaton)),
    ]
    if groups == "any":
        makers.append((automaton.states - 1, lambda: subset_cover(automaton)))
    found: list[Cascade] = []
    refusals = []
    for least_depth, make in makers:
        if any(cascade.depth < least_depth for cascade in found):
            continue
        try:
            cascade = make()
        except CannotCompile as refusal:
            refusals.append(str(refusal))
        else:
            found += [] if cascade is None else [cascade]
    if not found:
        raise CannotCompile("no cascade is small enough: " + "; ".join(refusals))
    return found


def group_with_constants(automaton: Automaton) -> Cascade | None:
    """One level, the reachable part of the automaton itself, when every letter is a permutation or a constant."""
    table = automaton.table
    if automaton.states == 1 or not (are_permutations(table) | are_constant(table)).all():
        return None
    letters = np.arange(table.shape[0], dtype=np.int32)
    level = Level((Component(table, automaton.start),), letters[:, None], np.zeros_like(letters), table)
    return Cascade(automaton, without_idle_parts([level]), "group with constants")


def direct_product(automaton: Automaton, *, groups: Groups = "any") -> Cascade | None:
    """Independent parts, one after the other, when two congruences share no pair of different states.

    The automaton then is a subdirect product of the two quotients, each of which gets its best cascade; the second
    part's levels follow the first's, because a level reads one component only.

    Arguments:
        automaton: the automaton to cover.
        groups: which groups the components may contain, see `best_cascade`.

    Returns:
        The cascade, or None when no such pair is found (or there are more than 40 states, where none is looked for).
    """
    if not 4 <= automaton.states <= _LARGEST_PRODUCT:
        return None
    independent = independent_pair(automaton.table)
    if independent is None:
        return None
    first, second = independent
    parts = [best_cascade(quotient(automaton, blocks), groups=groups) for blocks in (first, second)]
    state = np.full((int(first.max()) + 1, int(second.max()) + 1), -1, dtype=np.int32)
    state[first, second] = np.arange(automaton.states)
    levels = merge_letters(_stacked(parts[0], parts[1], state))
    return Cascade(automaton, levels, f"direct product of ({parts[0].kind}) and ({parts[1].kind})")


def _stacked(first: Cascade, second: Cascade, state: np.ndarray) -> list[Level]:
    """The levels of one cascade, then those of another, all reading the same word; `state` joins what they emit."""
    letters = first.automaton.table.shape[0]
    # Through the first part a letter carries the automaton's letter along, through the second what the first found.
    pairs = [(x, x) for x in range(letters)]
    levels = []
    for level in first.levels:
        stacked, pairs = _with_luggage(level, pairs)
        levels.append(stacked)
    pairs = [(found, x) for x, found in pairs]
    for level in second.levels:
        stacked, pairs = _with_luggage(level, pairs)
        levels.append(stacked)
    last = levels[-1]
    joined = np.array([state[pair] for pair in pairs], dtype=np.int32)
    emit = np.where(last.emit >= 0, joined[last.emit], -1).astype(np.int32)
    return [*levels[:-1], Level(last.components, last.action, last.active, emit)]


def _with_luggage(level: Level, pairs: list[tuple[int, int]]) -> tuple[Level, list[tuple[int, int]]]:
    """A level over pairs (luggage, its own letter), and the pairs that it emits."""
    own = np.array([letter for _, letter in pairs], dtype=np.int64)
    numbers: dict[tuple[int, int], int] = {}
    emit = np.full((len(pairs), level.emit.shape[1]), -1, dtype=np.int32)
    for row, (luggage, letter) in enumerate(pairs):
        for column, emitted in enumerate(level.emit[letter].tolist()):
            if emitted >= 0:
                emit[row, column] = numbers.setdefault((luggage, emitted), len(numbers))
    return Level(level.components, level.action[own], level.active[own], emit), list(numbers)
