"""Structures → stable joint colourings: the k-dimensional Weisfeiler–Leman algorithm, folklore and oblivious.

Colours are interned exactly and jointly for all structures, and refinement goes on to stability, so that "not
separated" is a theorem about the pair and not about a hash or a number of rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from expressivity.errors import TemplateError

_LARGEST_KEY = 2**62


@dataclass(frozen=True, eq=False)
class Colouring:
    """A joint colouring of the k-tuples of several structures.

    Arguments:
        dimension: k.
        folklore: whether a tuple's neighbours are taken together (k-FWL) or coordinate by coordinate (k-WL).
        colours: for each structure the colour numbers of its k-tuples, shape (node, …, node).
        classes: number of colours.
        rounds: refinement rounds after the atomic types.
        stable: whether a further round would change nothing; False when the search stopped at the first difference.
    """

    dimension: int
    folklore: bool
    colours: tuple[Int[np.ndarray, ...], ...]
    classes: int
    rounds: int
    stable: bool

    @property
    def histograms(self) -> tuple[tuple[int, ...], ...]:
        """How many tuples of each structure have each colour."""
        return tuple(tuple(np.bincount(c.ravel(), minlength=self.classes).tolist()) for c in self.colours)

    @property
    def separates(self) -> bool:
        """Whether two of the structures have different histograms."""
        return len(set(self.histograms)) > 1


def refine(
    structures: Sequence[Int[np.ndarray, "_ _"]],
    *,
    dimension: int,
    folklore: bool = True,
    stop_when_separated: bool = False,
    most_rounds: int | None = None,
) -> Colouring:
    """Refine the k-tuples of some structures jointly until the colouring is stable.

    k-FWL replaces each coordinate in turn by a node w and collects the k colours together, over all w; k-WL collects
    each coordinate on its own. k-FWL separates what C^(k+1), k-WL what C^k separates; 1-FWL is colour refinement.

    Arguments:
        structures: for each structure the numbers of the atomic types of its ordered pairs (see `pair_types`).
        dimension: k, from 1 to 3.
        folklore: k-FWL (default) or k-WL.
        stop_when_separated: stop at the first round after which two structures have different histograms.
        most_rounds: stop after so many rounds; None to go on until the colouring is stable.

    Returns:
        The colouring.

    Raises:
        TemplateError: when the dimension is not 1, 2 or 3 or there is no structure.

    Source: Cai, Fürer and Immerman 1992; Grohe 2017, section 3. Both forms are refined from the full atomic type of
    a tuple (all pairs of it, equality included).
    """
    problems = []
    if dimension not in (1, 2, 3):
        problems.append(f"dimension is {dimension}; expected 1, 2 or 3")
    if not structures:
        problems.append("there is no structure to colour; give at least one")
    if problems:
        raise TemplateError("cannot refine: " + "; ".join(problems))
    shapes = [(len(pairs),) * dimension for pairs in structures]
    sizes = [int(np.prod(shape)) for shape in shapes]
    colours, classes = _number_parts([_atomic_types(pairs, dimension) for pairs in structures])
    rounds = 0
    while True:
        result = Colouring(
            dimension,
            folklore,
            tuple(part.reshape(shape) for part, shape in zip(_split(colours, sizes), shapes, strict=True)),
            classes,
            rounds,
            stable=False,
        )
        if rounds == most_rounds or (stop_when_separated and result.separates):
            return result
        finer, found = _round(structures, result, colours)
        if found == classes:
            return Colouring(dimension, folklore, result.colours, classes, rounds, stable=True)
        colours, classes, rounds = finer, found, rounds + 1


def _split(colours: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    return np.split(colours, np.cumsum(sizes)[:-1])


def _number(rows: np.ndarray, old: np.ndarray) -> tuple[np.ndarray, int]:
    """Exact numbers of (old colour, row) pairs."""
    from expressivity.relational.separation.refinement_kernels import number_rows

    numbers, found = number_rows(np.ascontiguousarray(rows), old)
    return numbers, int(found)


def _number_parts(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    rows = np.concatenate(parts)
    return _number(rows, np.zeros(len(rows), dtype=np.int64))


def _atomic_types(pairs: np.ndarray, dimension: int) -> np.ndarray:
    """The types of all pairs of coordinates of each k-tuple, shape (tuple, k²)."""
    index = np.indices((len(pairs),) * dimension).reshape(dimension, -1)
    return np.stack([pairs[index[i], index[j]] for i in range(dimension) for j in range(dimension)], axis=1)


def _round(structures: Sequence[np.ndarray], result: Colouring, old: np.ndarray) -> tuple[np.ndarray, int]:
    """One refinement round: new colours of all tuples, and how many there are."""
    dimension, classes = result.dimension, result.classes
    joined = dimension if result.folklore else 1
    kinds = 1 + max(int(pairs.max(initial=0)) for pairs in structures)
    largest = _largest_key(*[classes] * joined, *([kinds, kinds] if dimension == 1 and result.folklore else []))
    lists = 1 if result.folklore else dimension
    sizes = [len(pairs) for pairs in structures]
    # Structures of different sizes have rows of different lengths; −1 is no key, so padding identifies nothing.
    rows = np.full((len(old), lists * max(sizes)), -1, dtype=np.int32 if largest < 2**31 else np.int64)
    first = 0
    for pairs, colours, size in zip(structures, result.colours, sizes, strict=True):
        # Axis i of `replaced[i]` is the coordinate that became w; it moves to the end, a new axis takes its place.
        narrow = colours.astype(rows.dtype)
        replaced = [np.expand_dims(np.moveaxis(narrow, i, -1), i) for i in range(dimension)]
        block = rows[first : first + size**dimension, : lists * size].reshape((size,) * dimension + (lists, size))
        for number in range(lists):
            block[..., number, :] = replaced[number]
        keys = block[..., 0, :]
        for part in replaced[1:] if result.folklore else []:
            keys *= classes
            keys += part
        if dimension == 1 and result.folklore:
            keys *= kinds**2
            keys += (pairs * kinds + pairs.T).astype(rows.dtype)
        block.sort(axis=-1)
        rows[first : first + size**dimension, : lists * size] = block.reshape(size**dimension, lists * size)
        first += size**dimension
    return _number(rows, old)


def _largest_key(*factors: int) -> int:
    """The product of the radices of a key; refuses products beyond 62 bits, where wrapping would merge colours."""
    product = 1
    for factor in factors:
        product *= factor
    if product >= _LARGEST_KEY:
        raise TemplateError(f"colours need keys up to {product}; expected below 2^62: give smaller structures")
    return product
