"""Turns permutations, written as cycles or as images, into arrays and back."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from expressivity.errors import LanguageError

Permutation = str | Sequence[int] | np.ndarray
"""A permutation as users write it: cycles such as "(12)(34)" over points from 1, or images over points from 0."""


def read_permutations(
    generators: Sequence[Permutation] | np.ndarray, points: int | None = None
) -> Int[np.ndarray, "letter point"]:
    """Permutations as rows of images, `row[p]` being the image of point p, points counted from 0.

    Arguments:
        generators: cycles ("(12)(34)", "(1,10,2)", "e" or "()" for the identity), or images.
        points: number of points; the default is the largest point that occurs.

    Raises:
        LanguageError: listing every generator that is no permutation of the points.
    """
    if isinstance(generators, str) or not len(generators):
        raise LanguageError(f"generators are {generators!r}; expected a non-empty list of permutations")
    cycles = [_read_cycles(each) if isinstance(each, str) else None for each in generators]
    sizes = [
        max((point + 1 for cycle in parsed for point in cycle), default=1) if parsed is not None else len(given)
        for parsed, given in zip(cycles, generators, strict=True)
    ]
    size = max(sizes) if points is None else points
    problems = []
    rows = np.tile(np.arange(size), (len(generators), 1))
    for index, (parsed, given) in enumerate(zip(cycles, generators, strict=True)):
        if sizes[index] > size:
            problems.append(f"{given!r} moves point {sizes[index]}, but there are {size} points")
        elif parsed is not None:
            for cycle in parsed:
                rows[index, cycle] = cycle[1:] + cycle[:1]
        elif sorted(int(image) for image in given) != list(range(size)):
            problems.append(f"{list(given)} is no permutation of 0 to {size - 1}")
        else:
            rows[index] = np.asarray(given)
    if problems:
        raise LanguageError("not permutations: " + "; ".join(problems))
    return rows


def cycle_notation(permutation: Int[np.ndarray, " point"]) -> str:
    """A permutation as disjoint cycles over points from 1: "(12)(34)", with commas beyond 9 points, "e" if identity."""
    between = "," if len(permutation) > 9 else ""
    seen: set[int] = set()
    text = ""
    for point in range(len(permutation)):
        cycle = []
        while point not in seen:
            seen.add(point)
            cycle.append(str(point + 1))
            point = int(permutation[point])
        if len(cycle) > 1:
            text += "(" + between.join(cycle) + ")"
    return text or "e"


def _read_cycles(text: str) -> list[list[int]]:
    """Disjoint cycles over points from 0."""
    if text == "e":
        return []
    if not re.fullmatch(r"(\(\s*(\d+([\s,]+\d+)*)?\s*\))+", text):
        raise LanguageError(f"{text!r} is no product of cycles; write for example '(12)(34)', '(1,10)' or 'e'")
    cycles = []
    for body in re.findall(r"\(([^)]*)\)", text):
        numbers = re.findall(r"\d+", body) if re.search(r"[\s,]", body.strip()) else list(body.strip())
        cycles.append([int(number) - 1 for number in numbers])
    moved = [point for cycle in cycles for point in cycle]
    if -1 in moved:
        raise LanguageError(f"{text!r} moves point 0; points in cycles are counted from 1")
    if len(set(moved)) != len(moved):
        raise LanguageError(f"{text!r} has cycles that share a point; write disjoint cycles")
    return cycles
