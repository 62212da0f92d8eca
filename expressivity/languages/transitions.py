"""Turns a list of transitions, as files give them, into a complete automaton."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError


@dataclass(frozen=True)
class Transition:
    """One transition of a file: states by their numbers there, and the place to quote in an error."""

    source: int
    letter: str
    target: int
    place: str


def assemble(
    transitions: Sequence[Transition],
    *,
    states: Iterable[int],
    start: int,
    accepting: Iterable[int],
    origin: str,
    remedy: str,
) -> Automaton:
    """The complete automaton of deterministic transitions.

    States keep their numbers when these are 0 … n−1 and are renumbered in order otherwise; a rejecting sink is added at
    the end where transitions are missing. Letters are in the order of their first appearance.

    Arguments:
        transitions: the transitions, without the empty word.
        states: every state number that occurs.
        start: the start state's number.
        accepting: the accepting states' numbers.
        origin: the name of the file, for errors.
        remedy: what to do about nondeterminism, for errors.

    Raises:
        LanguageError: naming every pair of transitions that leave a state by the same letter.
    """
    numbers = {state: q for q, state in enumerate(sorted(set(states)))}
    letters = list(dict.fromkeys(transition.letter for transition in transitions))
    if not letters:
        raise LanguageError(f"{origin} has no transitions, so its alphabet is unknown; add at least one")
    rank = {letter: x for x, letter in enumerate(letters)}
    chosen: dict[tuple[int, str], Transition] = {}
    clashes = []
    for transition in transitions:
        earlier = chosen.setdefault((transition.source, transition.letter), transition)
        if earlier.target != transition.target:
            clashes.append(
                f"state {transition.source} goes by {transition.letter!r} to {earlier.target} ({earlier.place}) "
                f"and to {transition.target} ({transition.place})"
            )
    if clashes:
        more = f" (and {len(clashes) - 5} more)" if len(clashes) > 5 else ""
        raise LanguageError(f"{origin} is nondeterministic: {'; '.join(clashes[:5])}{more}; {remedy}")
    sink = len(numbers)
    table = np.full((len(letters), sink + 1), sink, dtype=np.int32)
    for transition in chosen.values():
        table[rank[transition.letter], numbers[transition.source]] = numbers[transition.target]
    mask = np.zeros(sink + 1, dtype=bool)
    mask[[numbers[state] for state in accepting]] = True
    if not (table[:, :sink] == sink).any():
        table, mask = table[:, :sink], mask[:sink]
    return Automaton(table, numbers[start], mask, tuple(letters))
