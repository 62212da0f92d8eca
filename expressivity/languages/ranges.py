"""Checks of the numbers that the parametric families take."""

from __future__ import annotations

from expressivity.errors import LanguageError


def at_least(name: str, value: int, least: int) -> None:
    """Refuse a parameter that is too small.

    Raises:
        LanguageError: naming the parameter, its value and the least one.
    """
    if value < least:
        raise LanguageError(f"{name} is {value}; expected at least {least}")


def residue(value: int, m: int) -> None:
    """Refuse an accepted value that is no residue modulo m.

    Raises:
        LanguageError: naming the value and the range.
    """
    if not 0 <= value < m:
        raise LanguageError(f"the accepted value {value} is outside 0 to {m - 1}")
