"""Symbols and what follows from two in a row → as few symbols as that partly defined table allows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int


def merge_symbols(table: Int[np.ndarray, "previous present"]) -> Int[np.ndarray, " symbol"]:
    """Merge symbols between which no pair of neighbours tells apart.

    `table[previous, present]` is what follows from two consecutive symbols, −1 where that pair never occurs. Its last
    row stands for "no previous symbol"; it is not merged with others. Two symbols may be merged when, after all their
    rows and columns are joined, no entry would have two values. Equal ones are merged first, then greedily those that
    do not contradict each other.

    Returns:
        The class of each symbol, classes numbered in order of appearance.
    """
    symbols = table.shape[1]
    both = np.concatenate([table[:symbols], table.T], axis=1)
    _, first, inverse = np.unique(both, axis=0, return_index=True, return_inverse=True)
    # Equal symbols may be represented by one of them: what is never followed by itself stays so.
    small = table[np.append(first, symbols)][:, first]
    classes = _greedy(small)[np.asarray(inverse).reshape(-1)]
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(c, len(numbers)) for c in classes.tolist()], dtype=np.int64)


def merged_table(
    table: Int[np.ndarray, "previous present"], classes: Int[np.ndarray, " symbol"]
) -> Int[np.ndarray, "previous_class present_class"]:
    """The table over classes of symbols, its last row again for "no previous symbol"."""
    count = int(classes.max()) + 1
    result = np.full((count + 1, count), -1, dtype=np.int64)
    rows = np.append(classes, count)
    for row, entries in zip(rows.tolist(), table, strict=True):
        known = np.flatnonzero(entries >= 0)
        result[row, classes[known]] = entries[known]
    return result


def _greedy(table: np.ndarray) -> np.ndarray:
    """Join each symbol with the first class it does not contradict; joined symbols share their rows and columns."""
    work = table.copy()
    symbols = work.shape[1]
    classes = np.full(symbols, -1, dtype=np.int64)
    leaders: list[int] = []
    for symbol in range(symbols):
        chosen = len(leaders)
        if leaders:
            rows, columns = work[leaders], work[:, leaders]
            clash = _clash(rows, work[symbol][None, :]).any(axis=1)
            clash |= _clash(columns, work[:, symbol][:, None]).any(axis=0)
            for number in np.flatnonzero(~clash).tolist():
                leader = leaders[number]
                joined = np.maximum(work[symbol], work[leader])
                # The entries among the joined symbols themselves become one entry.
                if not _clash(joined[[symbol]], joined[[leader]])[0]:
                    chosen = number
                    break
        if chosen == len(leaders):
            leaders.append(symbol)
            classes[symbol] = chosen
            continue
        classes[symbol] = chosen
        members = np.flatnonzero(classes == chosen)
        work[members] = np.maximum(work[symbol], work[leaders[chosen]])
        work[:, members] = np.maximum(work[:, symbol], work[:, leaders[chosen]])[:, None]
    return classes


def _clash(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray((first >= 0) & (second >= 0) & (first != second))
