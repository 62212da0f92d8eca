"""Groups with known structure, as generator tables, for the tests of groups, characters and representations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def cycles(points: int, *given: Sequence[int]) -> list[int]:
    """One permutation from disjoint cycles."""
    images = list(range(points))
    for cycle in given:
        for i, point in enumerate(cycle):
            images[point] = cycle[(i + 1) % len(cycle)]
    return images


def symmetric(n: int) -> np.ndarray:
    return np.array([cycles(n, range(n)), cycles(n, (0, 1))] if n > 1 else [[0]])


def alternating(n: int) -> np.ndarray:
    return np.array([cycles(n, (0, 1, i)) for i in range(2, n)])


def cyclic(n: int) -> np.ndarray:
    return np.array([cycles(n, range(n))])


def dihedral(n: int) -> np.ndarray:
    return np.array([cycles(n, range(n)), [-i % n for i in range(n)]])


def dicyclic(n: int) -> np.ndarray:
    """Order 4n, regular: point (i, j) stands for aⁱbʲ with b² = aⁿ and b·a = a⁻¹·b."""
    rows: list[list[int]] = [[], []]
    for j in range(2):
        for i in range(2 * n):
            rows[0].append((i + 1) % (2 * n) + 2 * n * j)  # a·aⁱbʲ
            rows[1].append((-i + n * j) % (2 * n) + 2 * n * (1 - j))  # b·aⁱbʲ = a⁻ⁱb¹⁺ʲ
    return np.array(rows)


def direct_product(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    n, m = first.shape[1], second.shape[1]
    left = np.concatenate([first, np.tile(np.arange(n, n + m), (len(first), 1))], axis=1)
    right = np.concatenate([np.tile(np.arange(n), (len(second), 1)), second + n], axis=1)
    return np.concatenate([left, right])


def wreath(base: np.ndarray, top: np.ndarray) -> np.ndarray:
    """The imprimitive action of a wreath product on pairs."""
    n, k = base.shape[1], top.shape[1]
    pairs = np.arange(n * k).reshape(k, n)
    rows = [np.concatenate([row, np.arange(n, n * k)]) for row in base]
    rows += [pairs[row].reshape(-1) for row in top]
    return np.array(rows)


def moebius(p: int, maps: Iterable[tuple[int, int, int, int]]) -> np.ndarray:
    """Maps x ↦ (ax + b)/(cx + d) on the projective line over p elements, ∞ being point p."""
    rows = []
    for a, b, c, d in maps:
        row = []
        for x in range(p + 1):
            top, bottom = (a, c) if x == p else ((a * x + b) % p, (c * x + d) % p)
            row.append(p if bottom % p == 0 else top * pow(bottom, -1, p) % p)
        rows.append(row)
    return np.array(rows)


def psl2(p: int) -> np.ndarray:
    return moebius(p, [(1, 1, 0, 1), (0, -1, 1, 0)])


def pgl2(p: int, non_square: int) -> np.ndarray:
    return moebius(p, [(1, 1, 0, 1), (0, -1, 1, 0), (non_square, 0, 0, 1)])


def _times8(a: int, b: int) -> int:
    """Product in the field of 8 elements, x³ = x + 1."""
    product = 0
    for i in range(3):
        if b >> i & 1:
            product ^= a << i
    for i in (4, 3):
        if product >> i & 1:
            product ^= 0b1011 << (i - 3)
    return product


def psl28() -> np.ndarray:
    inverse = [8] + [next(b for b in range(1, 8) if _times8(a, b) == 1) for a in range(1, 8)] + [0]
    return np.array([[*(x ^ 1 for x in range(8)), 8], [*(_times8(2, x) for x in range(8)), 8], inverse])


def linear(field: int, dimension: int, *, projective: bool, translations: bool = False) -> np.ndarray:
    """SL(n, p) on non-zero vectors, on projective points, or with translations on all vectors."""
    vectors = [tuple(v) for v in np.ndindex(*(field,) * dimension)]

    def normal(v: tuple[int, ...]) -> tuple[int, ...]:
        lead = next((a for a in v if a), 1)
        return tuple(a * pow(lead, -1, field) % field for a in v) if projective else v

    points = sorted({normal(v) for v in vectors if any(v) or translations})
    number = {v: i for i, v in enumerate(points)}
    shift = np.roll(np.eye(dimension, dtype=int), 1, axis=1)
    shift[0] *= (-1) ** (dimension - 1)
    transvection = np.eye(dimension, dtype=int)
    transvection[0, 1] = 1
    rows = [[number[normal(tuple((m @ v % field).tolist()))] for v in points] for m in (shift, transvection)]
    if translations:
        rows.append([number[((v[0] + 1) % field, *v[1:])] for v in points])
    return np.array(rows)


def m11() -> np.ndarray:
    return np.array([cycles(11, range(11)), cycles(11, (2, 6, 10, 7), (3, 9, 4, 5))])


def m12() -> np.ndarray:
    extra = cycles(12, (0, 11), (1, 10), (2, 5), (3, 7), (4, 8), (6, 9))
    return np.concatenate([np.concatenate([m11(), [[11], [11]]], axis=1), [extra]])


def frobenius(p: int, multiplier: int) -> np.ndarray:
    return np.array([cycles(p, range(p)), [multiplier * i % p for i in range(p)]])


KNOWN: dict[str, np.ndarray] = {
    **{f"S{n}": symmetric(n) for n in range(3, 8)},
    **{f"A{n}": alternating(n) for n in range(4, 9)},
    **{f"C{n}": cyclic(n) for n in range(2, 13)},
    **{f"D{n}": dihedral(n) for n in range(4, 13)},
    "Q8": dicyclic(2),
    "Q16": dicyclic(4),
    "Dic3": dicyclic(3),
    "Dic5": dicyclic(5),
    "C2 x C2": direct_product(cyclic(2), cyclic(2)),
    "C2 x C6": direct_product(cyclic(2), cyclic(6)),
    "C2 x C4": direct_product(cyclic(4), cyclic(2)),
    "C2 x S4": direct_product(cyclic(2), symmetric(4)),
    "C6 x S3": direct_product(cyclic(6), symmetric(3)),
    "S3 x S3": direct_product(symmetric(3), symmetric(3)),
    "S4 x A5": direct_product(symmetric(4), alternating(5)),
    "C7 : C3": frobenius(7, 2),
    "C5 : C4": frobenius(5, 2),
    "SL(2,3)": linear(3, 2, projective=False),
    "SL(2,5)": linear(5, 2, projective=False),
    "PSL(2,7)": psl2(7),
    "PGL(2,7)": pgl2(7, 3),
    "PSL(2,8)": psl28(),
    "PSL(2,11)": psl2(11),
    "PSL(2,13)": psl2(13),
    "PSL(3,3)": linear(3, 3, projective=True),
    "M11": m11(),
    "M12": m12(),
    "S100": symmetric(100),
    "A50": alternating(50),
}
"""Generator tables under the name that `PermutationGroup.name` must find."""
