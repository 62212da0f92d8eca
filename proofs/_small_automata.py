"""Every language of a small minimal automaton, once, and what repeating a word can show about one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from expressivity.automaton import Automaton

LANGUAGES_OF_TWO_LETTERS = {1: 2, 2: 24, 3: 1_028, 4: 56_014}
"""Number of languages over two letters whose minimal complete automaton has so many states.

Source: Domaratzki, Kisman & Shallit 2002, table 1.
"""


def small_languages(states: int, letters: int) -> Iterator[Automaton]:
    """Minimal complete automata with exactly so many states, one for each language.

    Arguments:
        states: number of states.
        letters: number of letters.
    """
    for flat in product(range(states), repeat=letters * states):
        table = np.array(flat, dtype=np.int32).reshape(letters, states)
        if not _numbered_as_found(table):
            continue
        for mask in product((False, True), repeat=states):
            automaton = Automaton.from_table(table, accepting=np.array(mask))
            if automaton.minimal().states == states:
                yield automaton


def up_to_symmetry(automata: Iterator[Automaton]) -> list[tuple[Automaton, int]]:
    """One language of each class under exchange of letters and complement, with the size of the class.

    Both exchange nothing that a statement about monoids or networks could see: letters are rows of a table, and the
    complement flips the answers of the last read-out.
    """
    found: dict[tuple[bytes, ...], tuple[Automaton, int]] = {}
    for automaton in automata:
        swapped = Automaton.from_table(automaton.table[::-1], accepting=automaton.accepting).minimal()
        keys = []
        for form in (automaton, swapped):
            same = form.minimal()
            keys += [
                same.table.tobytes() + same.accepting.tobytes(),
                same.table.tobytes() + (~same.accepting).tobytes(),
            ]
        key = (min(keys),)
        first, size = found.get(key, (automaton, 0))
        found[key] = (first, size + 1)
    return list(found.values())


@dataclass(frozen=True)
class Alternation:
    """Words with prefix·word^k·suffix in the language for some residues of k modulo the period only, for every k.

    Arguments:
        prefix: word before.
        word: the word that is repeated.
        suffix: word after.
        period: least period of membership in k, at least 2.
    """

    prefix: tuple[int, ...]
    word: tuple[int, ...]
    suffix: tuple[int, ...]
    period: int

    def is_true_of(self, automaton: Automaton) -> bool:
        """Whether membership, read off the automaton's own runs, has exactly this period from k = 0 on."""
        count = automaton.states + 2 * self.period
        flags = [
            bool(automaton.accepts_encoded(np.array([*self.prefix, *(self.word * k), *self.suffix], dtype=np.int64)))
            for k in range(count * 2)
        ]
        periods = [p for p in range(1, count) if all(a == b for a, b in zip(flags, flags[p:], strict=False))]
        # A run of at most `states` steps is periodic from its first repetition on, so that so many flags decide.
        return bool(periods) and periods[0] == self.period


def alternation(automaton: Automaton, *, odd: bool = False) -> Alternation | None:
    """A word of the syntactic monoid that permutes states in a cycle, and words that show it; None if there is none.

    Arguments:
        automaton: minimal automaton.
        odd: accept only cycles whose length has an odd factor above 1.
    """
    words = _words_of_monoid(automaton.table)
    reach = _words_to_states(automaton)
    for image, word in words.items():
        for start in range(automaton.states):
            orbit = [start]
            while image[orbit[-1]] != start and len(orbit) <= automaton.states:
                orbit.append(image[orbit[-1]])
            if len(orbit) > automaton.states or len(orbit) == 1 or start not in reach:
                continue
            found = _shown(automaton, orbit, words, reach[start], word, odd=odd)
            if found is not None:
                return found
    return None


def _shown(
    automaton: Automaton,
    orbit: list[int],
    words: dict[tuple[int, ...], tuple[int, ...]],
    prefix: tuple[int, ...],
    word: tuple[int, ...],
    *,
    odd: bool,
) -> Alternation | None:
    """A suffix that turns a cycle of states into a cycle of verdicts of length above 1 (with an odd factor)."""
    accepting = automaton.accepting
    for image, suffix in words.items():
        flags = [bool(accepting[image[q]]) for q in orbit]
        period = next(
            p for p in range(1, len(flags) + 1) if len(flags) % p == 0 and flags == flags[:p] * (len(flags) // p)
        )
        if period > 1 and not (odd and period & (period - 1) == 0):
            return Alternation(prefix, word, suffix, period)
    return None


def _numbered_as_found(table: np.ndarray) -> bool:
    """Whether all states are reachable from 0 and are numbered in breadth-first order."""
    queue = [0]
    for state in queue:
        for target in table[:, state].tolist():
            if target not in queue:
                if target != len(queue):
                    return False
                queue.append(target)
    return len(queue) == int(table.shape[1])


def _words_of_monoid(table: np.ndarray) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Every map of the transition monoid, with a shortest word."""
    identity = tuple(range(table.shape[1]))
    found: dict[tuple[int, ...], tuple[int, ...]] = {identity: ()}
    queue = [identity]
    for image in queue:
        for letter, row in enumerate(table.tolist()):
            after = tuple(row[q] for q in image)
            if after not in found:
                found[after] = (*found[image], letter)
                queue.append(after)
    return found


def _words_to_states(automaton: Automaton) -> dict[int, tuple[int, ...]]:
    """A shortest word to each reachable state."""
    found: dict[int, tuple[int, ...]] = {automaton.start: ()}
    queue = [automaton.start]
    for state in queue:
        for letter, target in enumerate(automaton.table[:, state].tolist()):
            if target not in found:
                found[target] = (*found[state], letter)
                queue.append(target)
    return found
