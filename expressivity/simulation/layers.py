"""A layer in finite arithmetic, acting on a batch of states: programs interpreted by NumPy.

Every format, order and rounding mode is covered; `machine_kernels` is the compiled twin of this file.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int, Int64

from expressivity.arithmetic.operations import add, dot, multiply
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.spec import Arithmetic
from expressivity.networks.forms.opcodes_kernels import ADD, DOT, MOVE, MULTIPLY, ONE, PRODUCT, ROUND, SET, SHIFT
from expressivity.networks.layer import Layer
from expressivity.simulation.decoding import Decoder, answers, block_codes
from expressivity.simulation.programs import layer_program, operation_format


class RoundedLayer:
    """One layer with rounded weights, every operation rounded.

    Arguments:
        layer: the layer.
        arithmetic: an arithmetic that networks are run in (see `programs.runnable`).
    """

    def __init__(self, layer: Layer, arithmetic: Arithmetic) -> None:
        self.layer = layer
        self.arithmetic = arithmetic
        self.program = layer_program(layer, arithmetic)
        self.decoders = [Decoder(block) for block in layer.readout.blocks]
        self._operations, self._mode = operation_format(arithmetic)
        same = arithmetic.weights == arithmetic.state == self._operations
        self._operands = arithmetic.state if same else None

    def advance(
        self,
        states: Float64[np.ndarray, "batch number"],
        letters: Int[np.ndarray, " batch"],
        *,
        rng: np.random.Generator | None = None,
    ) -> Float64[np.ndarray, "batch number"]:
        """Rows (see `programs.LayerProgram`) after one letter each.

        Arguments:
            states: rows before the letter, numbers of the state format.
            letters: letter numbers of this layer (the previous symbol counted in where it has a delay).
            rng: generator for stochastic rounding: each operation of a program draws one number for every state it
                is applied to, programs in ascending order.
        """
        result = np.empty_like(states)
        chunk = self.program.chunk
        programs = self.program.program_of[letters]
        if chunk:
            ends_block = states[:, -1] == chunk - 1
            programs = self.program.program_of[letters + self.layer.letters * ends_block]
        for number in np.unique(programs):
            chosen = np.flatnonzero(programs == number)
            result[chosen] = self._run(int(number), states[chosen], rng)
        if chunk:
            result[:, -1] = (states[:, -1] + 1) % chunk
        return result

    def _run(self, number: int, states: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
        program, form, mode = self.program, self._operations, self._mode
        registers: list[np.ndarray] = [*states.T.copy(), *([np.zeros(0)] * (program.registers - program.size))]
        constants = program.constants
        for row in program.instructions[program.bounds[number] : program.bounds[number + 1]].tolist():
            operation, target, a, b = row
            if operation == MULTIPLY:
                factor = np.full(len(states), constants[a])
                value = multiply(factor, registers[b], form, mode, operands=self._operands, rng=rng, engine="numpy")
            elif operation == PRODUCT:
                value = multiply(
                    registers[a], registers[b], form, mode, operands=self._operands, rng=rng, engine="numpy"
                )
            elif operation == MOVE:
                value = registers[a]
            elif operation == DOT:
                at = slice(a, a + b)
                terms = [
                    np.ones(len(states)) if r == ONE else registers[r] for r in program.term_registers[at].tolist()
                ]
                factors = np.broadcast_to(constants[program.term_constants[at]], (len(states), b))
                value = dot(factors, np.stack(terms, axis=1), form, mode, rng=rng, engine="numpy")
            elif operation == SET:
                value = round_to(np.full(len(states), constants[a]), form, mode, rng=rng, engine="numpy")
            elif operation == ROUND:
                state = self.arithmetic
                value = round_to(registers[a], state.state, state.rounding, rng=rng, engine="numpy")
            else:
                first = np.full(len(states), constants[a]) if operation == SHIFT else registers[a]
                second = registers[b] if operation in (ADD, SHIFT) else -registers[b]
                value = add(first, second, form, mode, operands=self._operands, rng=rng, engine="numpy")
            registers[target] = value
        first_result = int(program.result[number])
        return np.stack(registers[first_result : first_result + program.size], axis=1)

    def codes(self, states: Float64[np.ndarray, "batch number"]) -> Int64[np.ndarray, "batch block"]:
        """Codes of every block for each state."""
        return block_codes(self.decoders, states)

    def answers(
        self, states: Float64[np.ndarray, "batch number"], letters: Int[np.ndarray, " batch"]
    ) -> Int64[np.ndarray, " batch"]:
        """dec(H, x) for each state and the letter that led to it."""
        return answers(self.layer.readout, self.decoders, states, letters)
