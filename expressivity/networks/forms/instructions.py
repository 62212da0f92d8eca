"""Rounded operations on numbered registers, and the writer that puts programs of them together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from expressivity.networks.forms.opcodes_kernels import ADD, MULTIPLY, ROUND


@dataclass(frozen=True)
class Bank:
    """Registers that hold a matrix, row after row, which a transition acts on from the left.

    Arguments:
        first: register of the first entry.
        columns: columns of the matrix.
        free: first of the registers that may be overwritten: one for each entry, and two more.
    """

    first: int
    columns: int
    free: int

    def at(self, row: int, column: int) -> int:
        """Register of an entry."""
        return self.first + row * self.columns + column


@dataclass
class Writer:
    """Programs under construction; equal constants are stored once.

    Arguments:
        rounds: whether new states are rounded once more.
        instructions: rows as in `programs.LayerProgram`.
        constants: numbers of the weight format.
        terms: (constant, register) of every term.
        places: where each constant stands, by its bits.
    """

    rounds: bool
    instructions: list[tuple[int, int, int, int]] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    terms: list[tuple[int, int]] = field(default_factory=list)
    places: dict[bytes, int] = field(default_factory=dict)

    def constant(self, value: float) -> int:
        """Position of a constant, entered if it is new."""
        place = self.places.setdefault(np.float64(value).tobytes(), len(self.constants))
        if place == len(self.constants):
            self.constants.append(float(value))
        return place

    def write(self, operation: int, target: int, a: int, b: int = 0) -> None:
        """Add one instruction."""
        self.instructions.append((operation, target, a, b))

    def sum_of_products(self, weights: list[float], registers: list[int], target: int, spare: int) -> None:
        """Target ← Σ weight·register, left to right."""
        for number, (weight, register) in enumerate(zip(weights, registers, strict=True)):
            place = spare if number else target
            self.write(MULTIPLY, place, self.constant(weight), register)
            if number:
                self.write(ADD, target, target, spare)

    def finish(self, target: int) -> None:
        """Round a new number of the state to the state format, where the operations have another one."""
        if self.rounds:
            self.write(ROUND, target, target)
