"""JSON → values of exactly the types that are meant: nothing is guessed, converted, read twice or left over.

A float is no exact number, `true` is no integer, `1` is no flag, and a field that nobody asks for is refused: a checker
that overlooks a field decides on another certificate than the one a reader sees.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from expressivity.checker.errors import Rejected

_RATIONAL = re.compile(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?")


def load(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: when it is no JSON, names a field twice, or holds NaN or an infinity.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"a field is given twice: {next(name for name in names if names.count(name) > 1)!r}")
        return found

    def refuse(literal: str) -> Any:
        raise ValueError(f"{literal} is no JSON")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except RecursionError:
        raise ValueError("lists in lists without end are no certificate") from None


class Fields:
    """A JSON object whose fields are taken one by one.

    Arguments:
        value: what should be an object.
        where: what it is, for errors.
    """

    def __init__(self, value: Any, where: str) -> None:
        if type(value) is not dict or not all(type(name) is str for name in value):
            raise Rejected(f"{where} is {_shown(value)}; expected an object")
        self.left, self.where = dict(value), where

    def take(self, name: str) -> Any:
        """The value of a field that must be there."""
        if name not in self.left:
            raise Rejected(f"{self.where} has no field {name!r}")
        return self.left.pop(name)

    def done(self) -> None:
        """Refuse fields that nobody took."""
        if self.left:
            raise Rejected(f"{self.where} has fields that mean nothing here: {', '.join(map(repr, sorted(self.left)))}")


def integer(value: Any, where: str, low: int | None = None, high: int | None = None) -> int:
    """An integer within bounds, the ends included."""
    if type(value) is not int or (low is not None and value < low) or (high is not None and value > high):
        bounds = "".join([f" from {low}" if low is not None else "", f" to {high}" if high is not None else ""])
        raise Rejected(f"{where} is {_shown(value)}; expected an integer{bounds}")
    return value


def long_integer(value: Any, where: str) -> int:
    """An integer of at least 0, spelled as text where other JSON readers would round it."""
    if type(value) is str and re.fullmatch(r"[1-9][0-9]{0,4000}", value):
        return int(value)
    return integer(value, where, 0)


def boolean(value: Any, where: str) -> bool:
    """A flag."""
    if type(value) is not bool:
        raise Rejected(f"{where} is {_shown(value)}; expected true or false")
    return value


def text(value: Any, where: str) -> str:
    """A string."""
    if type(value) is not str:
        raise Rejected(f"{where} is {_shown(value)}; expected a string")
    return value


def items(value: Any, where: str, count: int | None = None) -> list[Any]:
    """A list, of a length that may be given."""
    if type(value) is not list:
        raise Rejected(f"{where} is {_shown(value)}; expected a list")
    if count is not None and len(value) != count:
        raise Rejected(f"{where} has {len(value)} entries; expected {count}")
    return value


def integers(value: Any, where: str, low: int, high: int, count: int | None = None) -> tuple[int, ...]:
    """A list of integers within bounds."""
    found = tuple(items(value, where, count))
    for number in found:
        if type(number) is not int or not low <= number <= high:
            raise Rejected(f"{where} holds {_shown(number)}; expected integers from {low} to {high}")
    return found


def rational(value: Any, where: str = "a number") -> Any:
    """An integer, or text p/q: an int where it is whole, else a fraction."""
    if type(value) is int:
        return value
    if type(value) is not str or not _RATIONAL.fullmatch(value):
        raise Rejected(f"{where}: {_shown(value)} is not an exact rational; expected an integer or a string p/q")
    try:
        number = Fraction(value)
    except ValueError as error:  # digits beyond the interpreter's limit
        raise Rejected(f"{where}: {error}") from None
    return number.numerator if number.denominator == 1 else number


def _shown(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:60]}…"
