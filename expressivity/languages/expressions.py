"""Turns arithmetic modulo m, written without brackets, into an automaton."""

from __future__ import annotations

from collections.abc import Hashable

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.ranges import residue


def modular_arithmetic(m: int, *, precedence: bool = False, value: int = 0) -> Automaton:
    """Expressions over the digits 0 … m−1 and +, -, * whose value is congruent to a given one modulo m.

    An expression is a digit, followed by any number of an operator and a digit. Anything else is malformed and
    rejected: the empty word, two digits in a row, two operators in a row, an operator at either end.

    Arguments:
        m: modulus, 2 to 10.
        precedence: whether * binds more tightly than + and -; otherwise the expression is evaluated left to right.
        value: the accepted value, 0 to m−1.

    Returns:
        The minimal automaton.

    Raises:
        LanguageError: when m or value is out of range.

    Source: the task "modular arithmetic without brackets" of Delétang et al. 2023 and Grazzi et al. 2025 (m = 5).
    """
    if not 2 <= m <= 10:
        raise LanguageError(f"m is {m}; expected 2 to 10, so that every digit is one character")
    residue(value, m)
    letters = "0123456789"[:m] + "+-*"
    # A state (done, factor, operator) says: the terms behind us sum to `done`, the digits of the running product to
    # `factor` (signed); an operator of "" means that a digit has just been read. None is the sink.
    number: dict[Hashable, int] = {(0, 0, "+"): 0}
    states: list[tuple[int, int, str] | None] = [(0, 0, "+")]
    rows = []
    for state in states:
        row = []
        for letter in letters:
            target = _step(state, letter, m, precedence)
            if target not in number:
                number[target] = len(states)
                states.append(target)
            row.append(number[target])
        rows.append(row)
    accepting = [q for q, state in enumerate(states) if state and not state[2] and (state[0] + state[1]) % m == value]
    table = [[row[x] for row in rows] for x in range(len(letters))]
    return Automaton.from_table(table, accepting=accepting, letters=letters).minimal()


def _step(state: tuple[int, int, str] | None, letter: str, m: int, precedence: bool) -> tuple[int, int, str] | None:
    """The state after one more letter."""
    if state is None or (state[2] != "") == (letter in "+-*"):
        return None
    done, factor, operator = state
    if letter in "+-*":
        return (done, factor, letter) if letter == "*" and precedence else ((done + factor) % m, 0, letter)
    digit = int(letter)
    if operator == "*":
        # Left to right, everything so far has been gathered in `done`, and all of it is multiplied.
        return (done, factor * digit % m, "") if precedence else (done * digit % m, 0, "")
    return (done, (digit if operator == "+" else -digit) % m, "")
