"""Exact numbers as people write them, short."""

from __future__ import annotations

from collections.abc import Iterable

from expressivity.exact import ExactArray

MOST_NUMBERS = 12
"""Numbers of a vector that are written out."""


def number_text(value: ExactArray) -> str:
    """A number of shape () as people write it: a fraction when it is short, else about how much it is."""
    if value.is_rational:
        text = str(value.fractions().item())
        if len(text) <= 9:
            return text.replace("-", "−")
    return f"≈{float(value.to_float()):.4g}".replace("-", "−")


def number_texts(array: ExactArray) -> list[str]:
    """Every number of an array, row by row."""
    flat = array.reshape(-1)
    return [number_text(flat[i]) for i in range(flat.shape[0])]


def complex_texts(real: ExactArray, imaginary: ExactArray) -> list[str]:
    """Complex numbers, given by their parts."""
    pairs = zip(number_texts(real), number_texts(imaginary), strict=True)
    return [re if im == "0" else f"{im}i" if re == "0" else f"{re} + {im}i".replace("+ −", "− ") for re, im in pairs]


def vector_text(numbers: Iterable[object]) -> str:
    """A vector; of a long one the first numbers and how many there are."""
    shown = list(map(str, numbers))
    rest = [f"… {len(shown)} numbers"] if len(shown) > MOST_NUMBERS else []
    return f"({', '.join([*shown[:MOST_NUMBERS], *rest])})"
