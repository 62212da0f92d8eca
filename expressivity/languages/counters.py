"""Parametric families of counting, memory and bracket languages, each made by one function."""

from __future__ import annotations

import numpy as np

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.ranges import at_least, residue

_BRACKETS = ("()", "[]", "{}", "<>")


def unary_modulus(m: int) -> Automaton:
    """(1^m)*: the words over the single letter 1 whose length is a multiple of m, m ≥ 1.

    Source: Grazzi et al. 2025, Theorem 2.
    """
    at_least("m", m, 1)
    return Automaton.from_table([[(q + 1) % m for q in range(m)]], accepting=[0], letters="1")


def addition_modulo(m: int, *, digits: int | None = None, value: int = 0) -> Automaton:
    """The words over the digits 0 … d−1 whose sum is congruent to a value modulo m, m ≥ 1.

    Arguments:
        m: modulus.
        digits: number d of digits, 1 to 36 (0-9, then a-z); the default is m.
        value: the accepted sum, 0 to m−1.
    """
    at_least("m", m, 1)
    names = _digit_names(m if digits is None else digits)
    residue(value, m)
    return Automaton.from_table(
        [[(q + x) % m for q in range(m)] for x in range(len(names))], accepting=[value], letters=names
    )


def cycle_navigation(m: int, *, position: int = 0) -> Automaton:
    """The walks on a cycle of m places, with steps -, 0 and +, that end at a position after starting at 0, m ≥ 1.

    Source: Delétang et al. 2023 (there m = 5 and the final position is the answer).
    """
    at_least("m", m, 1)
    residue(position, m)
    return Automaton.from_table(
        [[(q + step) % m for q in range(m)] for step in (-1, 0, 1)], accepting=[position], letters="-0+"
    )


def modulus_with_reset(m: int) -> Automaton:
    """Words over 1 and r in which the number of 1s since the last r (or the beginning) is a multiple of m, m ≥ 1."""
    at_least("m", m, 1)
    return Automaton.from_table([[(q + 1) % m for q in range(m)], [0] * m], accepting=[0], letters="1r")


def saturating_counter(n: int) -> Automaton:
    """Words over + and - after which a counter that is clipped to 0 … n, and starts at 0, stands at 0, n ≥ 1."""
    at_least("n", n, 1)
    return Automaton.from_table(
        [[min(q + 1, n) for q in range(n + 1)], [max(q - 1, 0) for q in range(n + 1)]], accepting=[0], letters="+-"
    )


def flip_flop() -> Automaton:
    """One bit of memory: letters 0 and 1 write themselves, i is ignored; accepted when the bit, at first 0, is 1.

    Source: the reset component of Krohn & Rhodes 1965; as a task for networks, Liu et al. 2023.
    """
    return Automaton.from_table([[0, 0], [1, 1], [0, 1]], accepting=[1], letters="01i")


def even_pairs() -> Automaton:
    """Words over a and b in which ab and ba occur an even number of times altogether.

    That is: the empty word, and the words whose first and last letters agree.

    Source: Delétang et al. 2023.
    """
    return Automaton.from_table([[1, 1, 1, 3, 3], [4, 2, 2, 4, 4]], accepting=[0, 1, 4], letters="ab")


def first() -> Automaton:
    """Words over 0 and 1 that begin with 1.

    Source: Chiang & Cholak 2022 (FIRST).
    """
    return Automaton.from_table([[2, 1, 2], [1, 1, 2]], accepting=[1], letters="01")


def repeat_01() -> Automaton:
    """(01)*: the words over 0 and 1 that repeat 01.

    Source: Bhattamishra et al. 2020.
    """
    return Automaton.from_table([[1, 2, 2], [2, 0, 2]], accepting=[0], letters="01")


def dyck(k: int, depth: int) -> Automaton:
    """Well-nested words over k kinds of brackets that are never open more than `depth` deep.

    The states are the stacks of open brackets, shorter ones first, and one sink.

    Arguments:
        k: number of kinds of brackets, at least 1: ( [ { < and beyond that letters named open5, close5, ….
        depth: largest nesting depth, at least 1; there are about k^depth states, at most a million.

    Source: bounded-depth Dyck languages, Hewitt et al. 2020.
    """
    at_least("k", k, 1)
    at_least("depth", depth, 1)
    levels: list[int] = []
    while len(levels) <= depth:
        levels.append(k ** len(levels))
        if len(levels) * levels[-1] > 1_000_000:
            raise LanguageError(f"dyck({k}, {depth}) has more than a million states; lower k or depth")
    offsets = np.concatenate([[0], np.cumsum(levels)])
    sink = int(offsets[-1])
    table = np.full((2 * k, sink + 1), sink, dtype=np.int32)
    for level in range(depth):
        # Stack number s of one level has the stacks s·k … s·k + k − 1 of the next level on top of it.
        stacks = np.arange(levels[level])
        for kind in range(k):
            above = offsets[level + 1] + stacks * k + kind
            table[2 * kind, offsets[level] + stacks] = above
            table[2 * kind + 1, above] = offsets[level] + stacks
    letters = list("".join(_BRACKETS[:k])) + [f"{side}{kind}" for kind in range(5, k + 1) for side in ("open", "close")]
    return Automaton.from_table(table, accepting=[0], letters=letters)


def tomita(number: int) -> Automaton:
    """One of the seven languages of Tomita over 0 and 1, as a minimal complete automaton.

    1: only 1s. 2: (10)*. 3: no odd block of 0s anywhere after an odd block of 1s. 4: no 000. 5: evenly many 0s and
    evenly many 1s. 6: as many 0s as 1s modulo 3. 7: 0*1*0*1*.

    Source: Tomita 1982; number 3 read as in Weiss, Goldberg & Yahav 2018.
    """
    tables: dict[int, tuple[list[list[int]], list[int]]] = {
        1: ([[1, 1], [0, 1]], [0]),
        2: ([[2, 0, 2], [1, 2, 2]], [0]),
        # 0: no odd block of 1s so far; 1: inside the first; 2 and 3: after it, inside an odd / no odd block of 0s.
        3: ([[0, 2, 3, 2, 4], [1, 0, 4, 3, 4]], [0, 1, 3]),
        4: ([[1, 2, 3, 3], [0, 0, 0, 3]], [0, 1, 2]),
        5: ([[1, 0, 3, 2], [2, 3, 0, 1]], [0]),
        6: ([[1, 2, 0], [2, 0, 1]], [0]),
        7: ([[0, 2, 2, 4, 4], [1, 1, 3, 3, 4]], [0, 1, 2, 3]),
    }
    if number not in tables:
        raise LanguageError(f"tomita({number}) does not exist; the numbers are 1 to 7")
    table, accepting = tables[number]
    return Automaton.from_table(table, accepting=accepting, letters="01")


def _digit_names(count: int) -> str:
    if not 1 <= count <= 36:
        raise LanguageError(f"{count} digits asked for; expected 1 to 36 (0-9, then a-z)")
    return "0123456789abcdefghijklmnopqrstuvwxyz"[:count]
