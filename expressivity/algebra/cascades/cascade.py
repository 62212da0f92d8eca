"""Cascades of permutation–reset components that cover an automaton: the plan a network is built from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from expressivity.algebra.cascades import cascade_check
from expressivity.algebra.cascades.levels import Component, Level, level_problems, merge_letters, moving_maps
from expressivity.automaton import Automaton
from expressivity.errors import NetworkError

__all__ = ["Cascade", "Component", "Level", "merge_letters"]


@dataclass(frozen=True, eq=False)
class Cascade:
    """A cascade product of permutation–reset components that covers an automaton.

    A step hands the automaton's letter to the first level; each level reads its active component, emits the letter of
    the next level, and applies the letter's map to each of its components. The last level emits the automaton's next
    state.

    Arguments:
        automaton: the automaton that is covered.
        levels: the levels, first level first; none for an automaton with one state.
        kind: how the cascade was made, in words.

    Raises:
        NetworkError: listing every way in which the levels do not fit together.
    """

    automaton: Automaton
    levels: tuple[Level, ...]
    kind: str

    def __post_init__(self) -> None:
        problems = level_problems(self.levels, states=self.automaton.states, letters=self.automaton.table.shape[0])
        if problems:
            raise NetworkError("not a cascade: " + "; ".join(problems))

    @property
    def depth(self) -> int:
        """Number of levels."""
        return len(self.levels)

    @property
    def width(self) -> int:
        """Number of component states, summed over all components of all levels."""
        return sum(component.states for level in self.levels for component in level.components)

    @property
    def has_groups(self) -> bool:
        """Whether some component applies a permutation other than the identity."""
        return any(bool(component.turns.any()) for level in self.levels for component in level.components)

    def __repr__(self) -> str:
        sizes = ", ".join("×".join(str(c.states) for c in level.components) for level in self.levels)
        return f"Cascade({self.kind}: {self.depth} levels of sizes [{sizes}] over {self.automaton!r})"

    def simulate(self, word: Int[np.ndarray, " time"]) -> Int[np.ndarray, " time_plus_1"]:
        """States of the automaton that the cascade claims on a word of letter numbers, the start state first.

        Returns:
            One state per prefix; −1 from the first step on at which a level emits nothing.
        """
        letters = np.asarray(word, dtype=np.int64).tolist()
        for level in self.levels:
            letters = _run_level(level, letters)
        if not self.levels:
            letters = [0] * len(letters)
        return np.array([self.automaton.start, *letters], dtype=np.int32)

    def coordinates(self, word: Int[np.ndarray, " time"]) -> tuple[int, ...]:
        """States of all components, first level first, after a word of letter numbers."""
        stepper = cascade_check.Stepper(self.levels)
        known = stepper.start
        for letter in np.asarray(word, dtype=np.int64).tolist():
            known = stepper.step(known, letter)[2]
        return tuple(known)

    def covering_map(self, *, limit: int = 100_000) -> dict[tuple[int, ...], int]:
        """The covering map: each reachable tuple of component states with the automaton's state it stands for.

        Arguments:
            limit: the largest number of tuples to list; the number of tuples can be exponential in the depth.

        Raises:
            NetworkError: when there are more tuples, or when one tuple would stand for two states.
        """
        return cascade_check.covering_map(self.levels, self.automaton, limit=limit)

    def covers(self, automaton: Automaton | None = None) -> tuple[str, ...] | None:
        """Check, for all words, that the cascade goes through the same states as an automaton.

        The check is exact: either it explores every distinguishable behaviour of the cascade, or it returns a word.

        Arguments:
            automaton: the automaton to compare with; by default the one the cascade was made for.

        Returns:
            None when every word leads to the same states, else a shortest word that leads to different ones.

        Raises:
            NetworkError: when the automaton's letters or number of states differ.
        """
        other = self.automaton if automaton is None else automaton
        problems = []
        if other.letters != self.automaton.letters:
            problems.append(f"letters {list(other.letters)} instead of {list(self.automaton.letters)}")
        if other.states != self.automaton.states:
            problems.append(f"{other.states} states instead of {self.automaton.states}")
        if problems:
            raise NetworkError(
                f"the automaton has {' and '.join(problems)}; compare a cascade with an automaton over the same "
                "letters and states"
            )
        if other.start != self.automaton.start:
            return ()
        found = cascade_check.counterexample(self.levels, other)
        return None if found is None else tuple(other.letters[x] for x in found)


def _run_level(level: Level, letters: list[int]) -> list[int]:
    """Letters one level emits on a sequence of its letters; −1 from the first missing letter on."""
    states = [component.start for component in level.components]
    moves = moving_maps(level)
    active, emit = level.active.tolist(), level.emit.tolist()
    emitted = []
    for letter in letters:
        if letter < 0:
            emitted.append(-1)
            continue
        reader = active[letter]
        emitted.append(emit[letter][states[reader] if reader >= 0 else 0])
        for c, row in moves[letter]:
            states[c] = row[states[c]]
    return _stopped_at_first_gap(emitted)


def _stopped_at_first_gap(emitted: list[int]) -> list[int]:
    """The letters with everything after the first −1 replaced by −1: from there on the cascade has no meaning."""
    if -1 in emitted:
        gap = emitted.index(-1)
        return emitted[:gap] + [-1] * (len(emitted) - gap)
    return emitted
