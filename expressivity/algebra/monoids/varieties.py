"""Minimal automaton → which classical classes its language belongs to, decided on the automaton itself.

Every function expects a *minimal complete* automaton with all states reachable (`Automaton.minimal`), because the
theorems speak of the syntactic monoid; none enumerates that monoid. `local_testability` has the classes that are
decided on pairs of states with a common loop word.
"""

from __future__ import annotations

from operator import itemgetter

import numpy as np
from jaxtyping import Bool, Int

from expressivity.algebra.monoids.graphs import strong_components
from expressivity.automaton import Automaton
from expressivity.automaton.maps import are_permutations

PAIR_LIMIT = 5_000_000
"""Largest number of (pair of states, letter) entries that constructions on pairs of states will build."""


def is_group(automaton: Automaton) -> bool:
    """Whether the syntactic monoid is a group: every letter permutes the states."""
    return bool(are_permutations(automaton.table).all())


def is_commutative(automaton: Automaton) -> bool:
    """Whether the syntactic monoid is commutative: it is as soon as the letters commute."""
    table = automaton.table
    return all(np.array_equal(second[first], first[second]) for i, first in enumerate(table) for second in table[:i])


def has_zero(automaton: Automaton) -> bool:
    """Whether the syntactic monoid has a zero: some sink is reachable from every state.

    A zero z maps q·m and q to the same state for every m, hence all states to one, and that state is a sink.
    Conversely, words leading one state after the other into the only sink add up to a zero.
    """
    component = strong_components(automaton.table.T)
    ends = _terminal_components(automaton, component)
    return len(ends) == 1 and int((component == ends[0]).sum()) == 1


def is_r_trivial(automaton: Automaton) -> bool:
    """Whether the syntactic monoid is ℛ-trivial: the automaton has no cycles but loops.

    Source: Brzozowski & Fich 1980 (partially ordered automata).
    """
    return int(strong_components(automaton.table.T).max()) + 1 == automaton.states


def is_piecewise_testable(automaton: Automaton) -> bool:
    """Whether the language is piecewise testable, equivalently its syntactic monoid 𝒥-trivial.

    The automaton must be partially ordered and confluent: for all letters a, b the states q·a and q·b can be led
    together by a word over {a, b}. In a partially ordered automaton (ab)ⁿ leads every state to one fixed by a and b,
    and such ends are unique exactly under confluence, so it is enough to compare q·a·(ab)ⁿ with q·b·(ab)ⁿ.

    Source: Simon 1975; Klíma & Polák 2013, "Alternative automata characterization of piecewise testable languages".
    """
    if not is_r_trivial(automaton):
        return False
    table = np.unique(automaton.table, axis=0)
    for i, first in enumerate(table):
        for second in table[:i]:
            end = second[first]
            for _ in range(automaton.states.bit_length()):
                end = end[end]
            if not np.array_equal(end[first], end[second]):
                return False
    return True


def is_l_trivial(automaton: Automaton, *, limit: int = 20_000) -> bool | None:
    """Whether the syntactic monoid is ℒ-trivial: the minimal automaton of the reversed language is partially ordered.

    Arguments:
        automaton: minimal automaton of the language.
        limit: largest number of states of the reversed one; beyond it the answer is None.

    Source: Brzozowski 1962: the subset automaton of the reversal of a reachable automaton is minimal already.
    """
    if automaton.states == 1:
        return True
    pull_back = [itemgetter(*row) for row in automaton.table.tolist()]
    start = bytes(automaton.accepting.tolist())
    number_of = {start: 0}
    queue = [start]
    moves = []
    for accepted in queue:
        targets = []
        for preimage in pull_back:
            target = bytes(preimage(accepted))
            number = number_of.setdefault(target, len(queue))
            if number == len(queue):
                if number >= limit:
                    return None
                queue.append(target)
            targets.append(number)
        moves.append(targets)
    return int(strong_components(np.array(moves)).max()) + 1 == len(queue)


def is_definite(automaton: Automaton) -> bool:
    """Whether membership depends on a bounded suffix only: all words of some length act as constants.

    States are identified when every letter takes them to identified states, until nothing changes; the language is
    definite when a single block is left.

    Source: Perles, Rabin & Shamir 1963.
    """
    block = np.arange(automaton.states)
    count = automaton.states
    while count > 1:
        _, merged = np.unique(block[automaton.table], axis=1, return_inverse=True)
        block = merged.reshape(-1)
        refined = int(block.max()) + 1
        if refined == count:
            return False
        count = refined
    return True


def is_reverse_definite(automaton: Automaton) -> bool:
    """Whether membership depends on a bounded prefix only: the automaton has no cycles but loops on sinks."""
    own = np.arange(automaton.states)
    loops = automaton.table == own
    return is_r_trivial(automaton) and bool((loops.all(axis=0) | ~loops.any(axis=0)).all())


def is_strictly_piecewise_testable(automaton: Automaton) -> bool | None:
    """Whether the language is closed under deleting letters: L(q·a) ⊆ L(q) for every state q and letter a.

    Source: Haines 1969; Rogers et al. 2010, "On languages piecewise testable in the strict sense".
    """
    if automaton.states**2 * len(automaton.letters) > PAIR_LIMIT:
        return None
    own = np.broadcast_to(np.arange(automaton.states), automaton.table.shape)
    met = reached_pairs(automaton, automaton.table.reshape(-1), own.reshape(-1))
    return not met[np.ix_(automaton.accepting, ~automaton.accepting)].any()


def _terminal_components(automaton: Automaton, component: Int[np.ndarray, " state"]) -> list[int]:
    leaving = (component[automaton.table] != component).any(axis=0)
    return sorted(set(component.tolist()) - set(component[leaving].tolist()))


def reached_pairs(
    automaton: Automaton, first: Int[np.ndarray, " pair"], second: Int[np.ndarray, " pair"]
) -> Bool[np.ndarray, "state state"]:
    """Ordered pairs of states met when two copies of the automaton read the same word, from the given pairs on.

    Arguments:
        automaton: any complete automaton.
        first: where the first copy may start.
        second: where the second copy starts then.

    Returns:
        `result[p, q]`: some word, possibly empty, leads some given pair to (p, q).
    """
    states = automaton.states
    table = automaton.table.astype(np.int64)
    met = np.zeros(states * states, dtype=bool)
    frontier = np.unique(first.astype(np.int64) * states + second)
    while len(frontier):
        met[frontier] = True
        p, q = np.divmod(frontier, states)
        following = np.unique(table[:, p] * states + table[:, q])
        frontier = following[~met[following]]
    return met.reshape(states, states)
