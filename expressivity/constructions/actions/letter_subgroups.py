"""A large group automaton → an action on few points, quickly: blocks that come from subgroups made of letters."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from expressivity.automaton import Automaton
from expressivity.automaton.congruences import least_congruence, on_blocks
from expressivity.constructions.actions.block_action import Action, best_action

_LETTERS = 64  # letters tried as the one that is left out


_MOST_BLOCK_STATES = 150  # states up to which the lattice of all block systems is worth computing


def cheapest_action(automaton: Automaton) -> Action:
    """The cheapest action found: over all block systems of small groups, through the letters' subgroups of large ones.

    Arguments:
        automaton: an automaton all of whose letters are permutations.
    """
    action = letter_action(automaton) if automaton.states > _MOST_BLOCK_STATES else None
    return best_action(automaton) if action is None else action


def letter_action(automaton: Automaton) -> Action | None:
    """The action on the fewest blocks of states among those found, if it determines the state.

    A block system is found for every letter: states are merged with their successors under as many letters as
    possible, taken in order from that letter on, without merging everything. For the symmetric group and letters that
    are transpositions this finds the n points. It takes time proportional to letters² × states, where a search through
    all block systems takes more than states².

    Arguments:
        automaton: every letter is a permutation; all states are reachable.

    Returns:
        The action with a start vector of different entries, one vector per state; None when no block system found
        determines the state alone.
    """
    letters = len(automaton.letters)
    best: Action | None = None
    for first in range(0, letters, -(-letters // _LETTERS)):
        blocks = _maximal_blocks(automaton, [(first + x) % letters for x in range(letters)])
        points = int(blocks.max()) + 1
        if best is None or points < best.start.size:
            best = _action(automaton, blocks) or best
    return best


def _maximal_blocks(automaton: Automaton, order: list[int]) -> Int[np.ndarray, " state"]:
    """Blocks of the subgroup that letters generate when each is added unless everything would be merged."""
    blocks = np.arange(automaton.states)
    for x in order:
        pair = (automaton.start, int(automaton.table[x, automaton.start]))
        merged = least_congruence(automaton.table, [pair], above=blocks)
        if merged.max() > 0:
            blocks = merged
    return blocks


def _action(automaton: Automaton, blocks: np.ndarray) -> Action | None:
    points = int(blocks.max()) + 1
    permutations = on_blocks(automaton.table, blocks)
    inverse = np.argsort(permutations, axis=1)
    start = np.arange(1, points + 1)
    vectors = np.zeros((automaton.states, points), dtype=np.int64)
    vectors[automaton.start] = start
    frontier = np.array([automaton.start])
    while frontier.size:
        targets = []
        for x, back in enumerate(inverse):
            following = automaton.table[x, frontier]
            fresh = np.flatnonzero(vectors[following, 0] == 0)
            vectors[following[fresh]] = vectors[np.ix_(frontier[fresh], back)]
            targets.append(following[fresh])
        frontier = np.unique(np.concatenate(targets))
    # One vector per state, the same whichever way the state is reached, and different for different states.
    if any(
        not np.array_equal(vectors[row], vectors[:, back]) for row, back in zip(automaton.table, inverse, strict=True)
    ):
        return None
    if len(np.unique(vectors, axis=0)) < automaton.states:
        return None
    return Action(permutations, start, vectors, np.arange(automaton.states))
