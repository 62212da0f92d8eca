"""Layer machines × automaton: breadth-first search over tuples of classes, all of it table look-ups."""

from __future__ import annotations

import math

import numpy as np

from expressivity.automaton import Automaton
from expressivity.verification.search.budgets import INTERRUPTED, Budget
from expressivity.verification.search.layer_machines import LayerMachine
from expressivity.verification.search.outcomes import Closed, Differs, Exhausted, Progress

_PAIR_BYTES = 150  # roughly, what a tuple costs beside its rows: a dictionary entry and how it was reached
_CHUNK = 1 << 18


def explore_product(
    machines: list[LayerMachine],
    automaton: Automaton,
    empty_verdict: bool,
    budget: Budget,
    progress: Progress | None = None,
) -> Closed | Differs | Exhausted:
    """Explore the synchronous product of a stack of machines and an automaton over the same letters.

    Arguments:
        machines: the layers, bottom first.
        automaton: the language.
        empty_verdict: the network's verdict on the empty word.
        budget: states (most tuples of classes and automaton state), seconds and bytes.
        progress: called with one line per level.

    Returns:
        `Closed` with the classes of each layer as rows, `Differs` with a shortest word, or `Exhausted`.
    """
    if empty_verdict != bool(automaton.accepting[automaton.start]):
        return Differs((), empty_verdict)
    letters = len(automaton.letters)
    sizes = [machine.classes for machine in machines] + [automaton.states]
    # Tuples are packed into one integer where it fits 63 bits, else into Python integers.
    packed = math.prod(sizes) < 2**62
    weights = np.array([math.prod(sizes[:i]) for i in range(len(sizes))], dtype=np.int64 if packed else object)
    places = [_lookup(machine) for machine in machines]
    row = np.array([[*(machine.start for machine in machines), automaton.start]], dtype=np.int64)
    numbers: dict[int, int] = {int((row.astype(weights.dtype) @ weights)[0]): 0}
    blocks, parents, read_letters, successors = [row], [np.array([-1])], [np.array([-1])], []
    frontier, begin, length = row, 0, 0
    pair_bytes = 8 * row.shape[1] + 8 * letters + _PAIR_BYTES
    try:
        while len(frontier):
            step = max(1, _CHUNK // letters)
            fresh_rows = []
            for low in range(0, len(frontier), step):
                part = frontier[low : low + step]
                spent = budget.spent((len(numbers) + len(part) * letters) * pair_bytes)
                if spent is not None:
                    return Exhausted(length, len(numbers), spent)
                read = np.tile(np.arange(letters), len(part))
                moved = np.empty((len(read), row.shape[1]), dtype=np.int64)
                symbols = read
                for i, (machine, place) in enumerate(zip(machines, places, strict=True)):
                    at, entry = np.repeat(part[:, i], letters), place[symbols]
                    moved[:, i] = machine.following[at, entry]
                    symbols = machine.answers[at, entry]
                moved[:, -1] = automaton.table[read, np.repeat(part[:, -1], letters)]
                wrong = np.flatnonzero((symbols == 1) != automaton.accepting[moved[:, -1]])
                if wrong.size:
                    first = int(wrong[0])
                    word = [*_word(parents, read_letters, begin + low + first // letters), int(read[first])]
                    return Differs(tuple(word), bool(symbols[first] == 1))
                fresh, targets = [], []
                for position, key in enumerate((moved.astype(weights.dtype, copy=False) @ weights).tolist()):
                    number = numbers.get(key)
                    if number is None:
                        number = numbers[key] = len(numbers)
                        fresh.append(position)
                    targets.append(number)
                successors.append(np.array(targets, dtype=np.int64))
                chosen = np.array(fresh, dtype=np.int64)
                blocks.append(moved[chosen])
                fresh_rows.append(moved[chosen])
                parents.append(begin + low + chosen // letters)
                read_letters.append(read[chosen])
                if len(numbers) > budget.states:
                    return Exhausted(length, len(numbers), budget.out_of_states())
            begin += len(frontier)
            frontier = np.concatenate(fresh_rows)
            length += 1
            if progress is not None:
                progress(f"length {length}: {len(numbers)} states")
    except KeyboardInterrupt:
        return Exhausted(length, len(numbers), INTERRUPTED)
    rows = np.concatenate(blocks)
    return Closed(rows[:, :-1], rows[:, -1], np.concatenate(successors).reshape(-1, letters))


def _lookup(machine: LayerMachine) -> np.ndarray:
    """Column of each symbol in a machine's tables."""
    place = np.full(int(machine.symbols.max()) + 1, -1, dtype=np.int64)
    place[machine.symbols] = np.arange(len(machine.symbols))
    return place


def _word(parents: list[np.ndarray], letters: list[np.ndarray], number: int) -> list[int]:
    parent, letter = np.concatenate(parents), np.concatenate(letters)
    word = []
    while number > 0:
        word.append(int(letter[number]))
        number = int(parent[number])
    return word[::-1]
