"""Cones in exact arithmetic: an origin and all positive combinations of rays, carried through a layer and read out.

The cone {o + Σ_j t_j g_j : all t_j > 0} is carried by h ↦ Ah + b to the cone with origin Ao + b and rays A g_j. An
affine function has one sign all over it if its value at the origin and its slopes along the rays are not of opposite
signs. A *sign cell* of a certificate, all states whose coordinates lie below, at or above those of a centre as its
signs −1, 0 and 1 say, is such a cone, with a ray along every axis whose sign is not 0; a point is a cone without rays.
Sign cells are open and unbounded: they hold states that grow for ever, or come as near to the centre as they like
without reaching it, as a number does that is halved again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from expressivity.checker.errors import Rejected
from expressivity.checker.fields import Field, Number
from expressivity.checker.records import Block

Rows = list[list[tuple[int, Number]]]


class Cone(NamedTuple):
    """An origin and rays; of a sign cell also its signs."""

    origin: list[Number]
    rays: list[list[Number]]
    signs: tuple[int, ...] | None = None


def sign_cell(field: Field, centre: list[Number], signs: tuple[int, ...]) -> Cone:
    """The sign cell around a centre, with the signs −1, 0 or 1."""
    size = len(centre)
    axes = [(i, field.scale(field.one, sign)) for i, sign in enumerate(signs) if sign]
    return Cone(centre, [[step if j == i else field.zero for j in range(size)] for i, step in axes], signs)


def image(field: Field, rows: Rows, shift: Sequence[Number], cone: Cone) -> Cone:
    """A·cone + shift.

    Arguments:
        field: of the layer.
        rows: A by rows, as (column, value) pairs.
        shift: what is added.
        cone: the cone.
    """
    origin = [field.add(moved, b) for moved, b in zip(_times(field, rows, cone.origin), shift, strict=True)]
    return Cone(origin, [_times(field, rows, ray) for ray in cone.rays])


def inside(field: Field, inner: Cone, outer: Cone) -> bool:
    """Whether a cone lies in a sign cell."""
    if outer.signs is None:
        raise Rejected("only points lie in a box that is no sign cell")
    for i, (sign, centre) in enumerate(zip(outer.signs, outer.origin, strict=True)):
        above = field.add(inner.origin[i], field.scale(centre, -1))
        if _sign_over(field, above, [ray[i] for ray in inner.rays]) != sign:
            return False
    return True


def codes(field: Field, block: Block, cone: Cone) -> list[int]:
    """The codes that a state of a cone may have: none is missing, and one too many does no harm."""
    numbers = range(len(block.points))
    return [p for p in numbers if not any(q != p and _always_nearer(field, block, q, p, cone) for q in numbers)]


def _always_nearer(field: Field, block: Block, near: int, far: int, cone: Cone) -> bool:
    """Whether |h − p|² − |h − q|² = 2(q − p)·h + |p|² − |q|² is negative all over the cone, or 0 and p comes first."""
    constant, normal = field.zero, []
    for p, q in zip(block.points[near], block.points[far], strict=True):
        normal.append(field.scale(field.add(q, field.scale(p, -1)), 2))
        constant = field.add(constant, field.add(field.multiply(p, p), field.scale(field.multiply(q, q), -1)))

    def along(vector: list[Number]) -> Number:
        total = field.zero
        for n, c in zip(normal, block.coordinates, strict=True):
            total = field.add(total, field.multiply(n, vector[c]))
        return total

    sign = _sign_over(field, field.add(along(cone.origin), constant), [along(ray) for ray in cone.rays])
    return sign == -1 or (sign == 0 and near < far)


def _times(field: Field, rows: Rows, vector: list[Number]) -> list[Number]:
    result = []
    for row in rows:
        total = field.zero
        for j, value in row:
            total = field.add(total, field.multiply(value, vector[j]))
        result.append(total)
    return result


def _sign_over(field: Field, constant: Number, slopes: list[Number]) -> int | None:
    """The sign of constant + Σ_j t_j slope_j for all t_j > 0; None where it depends on them."""
    signs = {field.sign(constant), *(field.sign(slope) for slope in slopes)} - {0}
    return None if len(signs) > 1 else max(signs, default=0)
