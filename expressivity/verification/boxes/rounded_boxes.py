"""A rounded layer on boxes: its programs evaluated on intervals, in the same arithmetic, without any widening.

Every rounding mode but the stochastic one is a non-decreasing function of the exact result, whatever the overflow rule,
as long as nothing wraps around and nothing leaves the finite numbers. So a rounded operation takes an interval into
the interval between its values at the ends: for each operation that is exact. Where an end is not finite, or the
format wraps around, there is no such rule and no proof by boxes is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np

from expressivity.arithmetic.operations import add, dot, multiply
from expressivity.arithmetic.rounding import round_to
from expressivity.networks.forms.opcodes_kernels import ADD, DOT, MOVE, MULTIPLY, ONE, ROUND, SET, SHIFT, SUBTRACT
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.programs import operation_format
from expressivity.verification.boxes.box_layers import Box, BoxLayer, Group, TooMany, coupled, hull, within

_ROUNDS = 60  # of the search for an invariant box
_Ends = tuple[np.ndarray, np.ndarray]


def has_boxes(layers: list[RoundedLayer]) -> bool:
    """Whether boxes mean anything here: nothing wraps around, no chunks, weights finite, code points rational."""
    for rounded in layers:
        if rounded.arithmetic.chunk is not None:
            return False
        program = rounded.program
        operations, _ = operation_format(rounded.arithmetic)
        if "wrap" in (operations.overflow, rounded.arithmetic.state.overflow):
            return False
        if not (np.isfinite(program.constants).all() and np.isfinite(program.start).all()):
            return False
        if not all(block.points.is_rational for block in rounded.layer.readout.blocks):
            return False
    return True


def contracts(layers: list[RoundedLayer]) -> bool:
    """Whether some letter shrinks what some coordinate depends on without forgetting it, so that boxes may pay."""
    for rounded in layers:
        sums = _row_sums(rounded)
        if np.any((sums > 0) & (sums < 1)):
            return True
    return False


def rounded_layers(layers: list[RoundedLayer], depth: int, limit: int) -> list[BoxLayer]:
    """The layers on boxes.

    Arguments:
        layers: layers for which `has_boxes`.
        depth: contracting maps a history remembers.
        limit: most histories of a group.
    """
    return [BoxLayer(rounded.layer, _groups(rounded, depth, limit)) for rounded in layers]


def image_ends(rounded: RoundedLayer, number: int, low: np.ndarray, high: np.ndarray) -> _Ends | None:
    """The smallest box of results that operation by operation encloses a program's values on a box.

    Arguments:
        rounded: the layer.
        number: number of the program.
        low: lower ends of the state, finite.
        high: upper ends.

    Returns:
        Lower and upper ends; None when some value may be no finite number.
    """
    program, arithmetic = rounded.program, rounded.arithmetic
    form, mode = operation_format(arithmetic)
    ends: list[_Ends] = [(low[i : i + 1], high[i : i + 1]) for i in range(program.size)]
    ends += [(np.zeros(1), np.zeros(1))] * (program.registers - program.size)
    constants = program.constants
    for operation, target, a, b in program.instructions[program.bounds[number] : program.bounds[number + 1]].tolist():
        if operation == MULTIPLY:
            corners = [multiply(constants[a : a + 1], end, form, mode, engine="numpy") for end in ends[b]]
            value = np.minimum(*corners), np.maximum(*corners)
        elif operation == DOT:
            factors = constants[program.term_constants[a : a + b]]
            terms = [
                (np.ones(1), np.ones(1)) if r == ONE else ends[r] for r in program.term_registers[a : a + b].tolist()
            ]
            lower = [pair[w < 0] for w, pair in zip(factors.tolist(), terms, strict=True)]
            upper = [pair[w >= 0] for w, pair in zip(factors.tolist(), terms, strict=True)]
            value = (
                dot(factors[None], np.stack(lower, axis=1), form, mode, engine="numpy"),
                dot(factors[None], np.stack(upper, axis=1), form, mode, engine="numpy"),
            )
        elif operation == SET:
            end = round_to(constants[a : a + 1], form, mode, engine="numpy")
            value = end, end
        elif operation == MOVE:
            value = ends[a]
        elif operation == ROUND:
            first, second = (round_to(e, arithmetic.state, arithmetic.rounding, engine="numpy") for e in ends[a])
            value = first, second
        else:
            one = (constants[a : a + 1],) * 2 if operation == SHIFT else ends[a]
            other = (-ends[b][1], -ends[b][0]) if operation == SUBTRACT else ends[b]
            assert operation in (ADD, SUBTRACT, SHIFT)
            value = (
                add(one[0], other[0], form, mode, engine="numpy"),
                add(one[1], other[1], form, mode, engine="numpy"),
            )
        if not (np.isfinite(value[0]).all() and np.isfinite(value[1]).all()):
            return None
        ends[target] = value
    first_result = int(program.result[number])
    results = ends[first_result : first_result + program.size]
    return np.concatenate([e[0] for e in results]), np.concatenate([e[1] for e in results])


def _row_sums(rounded: RoundedLayer) -> np.ndarray:
    """Σ|A_ij| for every letter and coordinate, roughly: it only guides the search."""
    matrices = np.abs(rounded.layer.transition.matrices.to_float()).sum(axis=2)
    return np.repeat(matrices, rounded.layer.columns, axis=1)


def _groups(rounded: RoundedLayer, depth: int, limit: int) -> list[Group]:
    program = rounded.program
    depends = np.array([_dependencies(rounded, number) for number in range(program.programs)])
    sums = _row_sums(rounded)
    letter_of = np.unique(program.program_of, return_index=True)[1]
    groups = []
    for members in coupled(np.asarray(depends.any(axis=0))):
        start = [Fraction(float(program.start[i])) for i in members]
        image = partial(_image, rounded, members)
        numbers, map_of = _distinct(rounded, members)
        groups.append(
            Group(
                members,
                _through(image, numbers),
                [bool(sums[letter_of[n]][members].max() < 1) for n in numbers],
                [not depends[n][np.ix_(members, members)].any() for n in numbers],
                map_of,
                start,
                _invariant_box(rounded, image, numbers, tuple((v, v) for v in start), sums[letter_of][:, members]),
                depth,
                limit,
            )
        )
    return groups


def _through(image: Callable[[int, Box], Box], numbers: list[int]) -> Callable[[int, Box], Box]:
    def under(number: int, box: Box) -> Box:
        return image(numbers[number], box)

    return under


def _distinct(rounded: RoundedLayer, members: list[int]) -> tuple[list[int], list[int]]:
    """Programs that differ in what they do to some coordinates, one each; and which one each letter's is like."""
    known: dict[object, int] = {}
    chosen: list[int] = []
    matrices = rounded.layer.flat_matrices.numerators
    inputs = rounded.layer.inputs.reshape(rounded.layer.letters, rounded.layer.size).numerators
    # Row by row equal entries do the same; products of factors may round differently though their product is one.
    like = []
    for letter, number in enumerate(rounded.program.program_of.tolist()):
        key: object = number
        if rounded.program.by_rows:
            key = repr((matrices[letter][members].tolist(), inputs[letter][members].tolist()))
        if key not in known:
            known[key] = len(chosen)
            chosen.append(number)
        like.append(known[key])
    return chosen, like


def _dependencies(rounded: RoundedLayer, number: int) -> np.ndarray:
    """Which coordinates of the old state each coordinate of the new one depends on, all numbers being finite."""
    program = rounded.program
    depends = np.zeros((program.registers, program.size), dtype=np.bool_)
    depends[np.arange(program.size), np.arange(program.size)] = True
    constants = program.constants
    for operation, target, a, b in program.instructions[program.bounds[number] : program.bounds[number + 1]].tolist():
        if operation == MULTIPLY:
            row = depends[b] & (constants[a] != 0)
        elif operation == DOT:
            row = np.zeros(program.size, dtype=np.bool_)
            for term in range(a, a + b):
                register = program.term_registers[term]
                if register != ONE and constants[program.term_constants[term]] != 0:
                    row |= depends[register]
        elif operation == SET:
            row = np.zeros(program.size, dtype=np.bool_)
        elif operation in (ROUND, MOVE):
            row = depends[a]
        elif operation == SHIFT:
            row = depends[b]
        else:
            row = depends[a] | depends[b]
        depends[target] = row
    first = int(program.result[number])
    return depends[first : first + program.size].copy()


def _image(rounded: RoundedLayer, members: list[int], number: int, box: Box) -> Box:
    """A group's box after a program; what the group does not depend on is put to zero."""
    low, high = np.zeros(rounded.program.size), np.zeros(rounded.program.size)
    low[members] = [float(a) for a, _ in box]
    high[members] = [float(b) for _, b in box]
    ends = image_ends(rounded, number, low, high)
    if ends is None:
        raise TooMany
    return tuple((Fraction(float(ends[0][i])), Fraction(float(ends[1][i]))) for i in members)


def _invariant_box(
    rounded: RoundedLayer, image: Callable[[int, Box], Box], numbers: list[int], start: Box, sums: np.ndarray
) -> Box | None:
    """A box around the start that every program takes into itself, or None when none was found."""
    if sums.max() > 1:
        return None
    box = start
    for _ in range(_ROUNDS):
        try:
            images = [image(number, box) for number in numbers]
            if all(within(after, box) for after in images):
                return box
            box = hull([box, *images])
            wider = tuple(_wider(rounded, low, high) for low, high in box)
            if all(within(image(number, wider), wider) for number in numbers):
                return wider
        except TooMany:
            return None
    return None


def _wider(rounded: RoundedLayer, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """An interval a little wider, ending in numbers of the state format."""
    slack = (high - low) / 64
    ends = []
    for end, mode in ((float(low - slack), "down"), (float(high + slack), "up")):
        rounded_end = round_to(np.array([end]), rounded.arithmetic.state, mode, engine="numpy")[0]
        if not np.isfinite(rounded_end):
            raise TooMany
        ends.append(Fraction(float(rounded_end)))
    return ends[0], ends[1]
