"""A stack of rounded layers → one tuple of flat arrays, as the compiled machine reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding_plan import (
    MagicConstants,
    RoundingPlan,
    SelectConstants,
    has_magic,
    is_selectable,
    magic_constants,
    rounding_plan,
    select_constants,
)
from expressivity.arithmetic.spec import Arithmetic
from expressivity.networks.forms.opcodes_kernels import DOT, MULTIPLY, SET, SHIFT
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.packed_kernels import (
    FIRST_NUMBER,
    FIRST_OPERAND,
    LETTERS,
    MAGIC,
    NATIVE,
    OPERATION,
    PLAIN,
    SELECTED,
    SHARP,
)
from expressivity.simulation.programs import operation_format

_NARROW = 26  # products of such significands are exact in float64


class Settled(NamedTuple):
    """Read-outs that float64 numbers do not decide, decided exactly.

    Arguments:
        parts: rows (block, its coordinates).
        codes: the code of each.
    """

    parts: np.ndarray
    codes: np.ndarray


class Trouble(NamedTuple):
    """One more such read-out, which stopped the compiled loops.

    Arguments:
        place: lane of the state, layer, and block of the layer.
        row: the state of all layers side by side.
    """

    place: np.ndarray
    row: np.ndarray


class Rounder(NamedTuple):
    """One rounding, resolved for the compiled loops.

    Arguments:
        kind: `NATIVE`, `MAGIC`, `SELECTED` or `PLAIN`.
        magic: for `MAGIC`.
        choice: for `SELECTED`.
        plan: for `PLAIN`, and for exact sums of any kind.
        nan: whether NaN is a number of the format.
    """

    kind: int
    magic: MagicConstants
    choice: SelectConstants
    plan: RoundingPlan
    nan: bool


class PackedLayers(NamedTuple):
    """All layers laid end to end.

    Arguments:
        layers: one row per layer, columns from `FIRST_NUMBER` to `LETTERS`, and one more row that closes them.
        program_of: program of each letter, layer after layer.
        bounds: instruction where each program begins.
        ends: instruction where each program ends.
        results: register where each program leaves its result.
        instructions: all instructions; positions of constants and terms count through all layers.
        constants: all weights.
        term_constants: all factors of terms.
        term_registers: all registers of terms.
        registers: most registers a program needs.
        blocks: one row per block, columns from `FIRST_COORDINATE` to `SHARP`: whether the float64 pairs are the code
            points exactly.
        coordinates: coordinates of all blocks.
        points: code points, leading parts.
        points_low: code points, tails.
        halves: half the squared length of every code point, leading parts.
        halves_low: tails of those.
        reach: largest magnitude of each coordinate among the code points of its block.
        half_reach: largest of the `halves` of each block.
        select: blocks read after each letter.
        table: answers.
        operations: rounding of every operation.
        states: rounding of a new state.
    """

    layers: np.ndarray
    program_of: np.ndarray
    bounds: np.ndarray
    ends: np.ndarray
    results: np.ndarray
    instructions: np.ndarray
    constants: np.ndarray
    term_constants: np.ndarray
    term_registers: np.ndarray
    registers: int
    blocks: np.ndarray
    coordinates: np.ndarray
    points: np.ndarray
    points_low: np.ndarray
    halves: np.ndarray
    halves_low: np.ndarray
    reach: np.ndarray
    half_reach: np.ndarray
    select: np.ndarray
    table: np.ndarray
    operations: Rounder
    states: Rounder


def pack(layers: Sequence[RoundedLayer]) -> PackedLayers | None:
    """The layers for the compiled machine, or None where it does not cover their arithmetic."""
    arithmetic = layers[0].arithmetic
    rounders = compiled_rounders(arithmetic)
    if rounders is None:
        return None
    rows: list[tuple[int, ...]] = []
    blocks: list[tuple[int, ...]] = []
    at = dict.fromkeys(("state", "letter", "program", "block", "table", "select", "constant", "term", "line"), 0)
    numbers = dict.fromkeys(("coordinate", "point", "half"), 0)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in PackedLayers._fields}
    for rounded in layers:
        layer, program, readout = rounded.layer, rounded.program, rounded.layer.readout
        rows.append(
            (
                at["state"],
                program.size,
                layer.delay,
                layer.symbols,
                at["letter"],
                at["program"],
                at["block"],
                readout.select.shape[1],
                readout.radix,
                at["table"],
                readout.table.shape[1],
                at["select"],
                program.chunk,
                layer.letters,
            )
        )
        instructions = program.instructions.copy()
        takes_constant = np.isin(instructions[:, OPERATION], (MULTIPLY, SHIFT, SET))
        instructions[takes_constant, FIRST_OPERAND] += at["constant"]
        instructions[instructions[:, OPERATION] == DOT, FIRST_OPERAND] += at["term"]
        parts["instructions"].append(instructions)
        parts["program_of"].append(program.program_of + at["program"])
        parts["bounds"].append(program.bounds[:-1] + at["line"])
        parts["ends"].append(program.bounds[1:] + at["line"])
        parts["results"].append(program.result)
        parts["constants"].append(program.constants)
        parts["term_constants"].append(program.term_constants + at["constant"])
        parts["term_registers"].append(program.term_registers)
        for decoder in rounded.decoders:
            points = len(decoder.halves)
            blocks.append(
                (
                    numbers["coordinate"],
                    len(decoder.coordinates),
                    numbers["point"],
                    points,
                    numbers["half"],
                    int(decoder.sharp),
                )
            )
            parts["coordinates"].append(decoder.coordinates)
            parts["points"].append(decoder.points.reshape(-1))
            parts["points_low"].append(decoder.points_low.reshape(-1))
            parts["halves"].append(decoder.halves)
            parts["halves_low"].append(decoder.halves_low)
            parts["reach"].append(np.abs(decoder.points).max(axis=0))
            parts["half_reach"].append(np.abs(decoder.halves).max(keepdims=True))
            numbers["coordinate"] += len(decoder.coordinates)
            numbers["point"] += decoder.points.size
            numbers["half"] += points
        parts["select"].append(readout.select.reshape(-1).astype(np.int64))
        parts["table"].append(readout.table.reshape(-1).astype(np.int64))
        at["state"] += program.size
        at["letter"] += len(program.program_of)
        at["program"] += program.programs
        at["block"] += len(rounded.decoders)
        at["table"] += readout.table.size
        at["select"] += readout.select.size
        at["constant"] += len(program.constants)
        at["term"] += len(program.term_constants)
        at["line"] += len(program.instructions)
    rows.append((at["state"], *([0] * (LETTERS - FIRST_NUMBER))))
    whole = {name: np.concatenate(arrays) for name, arrays in parts.items() if arrays}
    for name in ("coordinates", "points", "points_low", "halves", "halves_low", "reach", "half_reach"):
        whole.setdefault(name, np.zeros(0, dtype=np.int64 if name == "coordinates" else np.float64))
    return PackedLayers(
        layers=np.array(rows, dtype=np.int64),
        registers=max(rounded.program.registers for rounded in layers),
        blocks=np.array(blocks, dtype=np.int64).reshape(-1, SHARP + 1),
        operations=rounders[0],
        states=rounders[1],
        **{name: np.ascontiguousarray(array) for name, array in whole.items()},
    )


def compiled_rounders(arithmetic: Arithmetic) -> tuple[Rounder, Rounder] | None:
    """How the compiled loops round operations and new states, or None where they do not cover the arithmetic."""
    if arithmetic.rounding == "stochastic":
        return None
    operations, mode = operation_format(arithmetic)
    held = (arithmetic.weights, arithmetic.state)
    first = _rounder(operations, mode, held, fused=arithmetic.order == "fused")
    second = _rounder(arithmetic.state, arithmetic.rounding, (operations,), fused=False)
    return None if first is None or second is None else (first, second)


def _rounder(form: Format, mode: str, held: tuple[Format, ...], *, fused: bool) -> Rounder | None:
    """The cheapest correct rounding for operations whose operands are numbers of `form` or of the formats held."""
    plan = rounding_plan(form, mode)
    wide = any(other.native for other in held)
    if form.native:
        kind = NATIVE if mode == "nearest-even" and not fused else None
    elif wide:
        kind = None  # operands may lie outside the range in which products have exact errors
    elif plan.modulus > 0:
        # Fixed-point numbers of at most 26 bits near the point: float64 sums and products are exact.
        every = (form, *held)
        near = all(f.kind == "fixed" and f.precision <= _NARROW and f.quantum >= 1 - _NARROW for f in every)
        kind = PLAIN if near else None
    elif has_magic(plan) and plan.precision < _NARROW and all(_on_grid(other, form) for other in held):
        kind = MAGIC  # innocuous: see `arithmetic.operations`
    elif is_selectable(plan):
        kind = SELECTED
    else:
        kind = None
    if kind is None:
        return None
    fallback = rounding_plan("fp32")
    return Rounder(
        kind,
        magic_constants(plan if has_magic(plan) else fallback),
        select_constants(plan if is_selectable(plan) else fallback),
        plan,
        form.nan,
    )


def _on_grid(inner: Format, outer: Format) -> bool:
    """Whether every finite number of one format is a number of another, the range set aside."""
    return inner.precision <= outer.precision and inner.quantum >= outer.quantum
