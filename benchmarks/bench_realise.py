"""Realisation of networks in finite arithmetic beside breadth-first searches with a dictionary of tuples, in one run.

    python benchmarks/bench_realise.py [--states 500000] [--repeat 3]

Figures are millions of (state, letter) steps per second, deduplication included, by process time and by wall time,
the best of the repetitions. The peers are the textbook search in plain Python over the same states (on fewer of them,
which favours it: its dictionary stays in the cache), one rounded scalar operation at a time: `native` steps NumPy
scalars of fp32 or ml_dtypes scalars of the format, each of whose operations is rounded by NumPy or ml_dtypes;
`reference` steps Python floats rounded by `expressivity.checker.reference`, as anyone must for the formats that no
scalar type has. Ratios are by process time.
"""

from __future__ import annotations

import argparse
import operator
import time
from collections import deque
from typing import Any

import numpy as np

import expressivity as ex
from expressivity.checker import reference
from expressivity.exact import rationals
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.opcodes_kernels import ADD, MULTIPLY, SUBTRACT
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.machine import Machine, machine
from expressivity.verification.exploration.budgets import Budget
from expressivity.verification.exploration.compiled import CompiledSearch
from expressivity.verification.exploration.counters_kernels import DONE, KNOWN


def random_walk(width: int, letters: int) -> ex.Network:
    """One Householder factor per letter with keys of no particular shape: as many states as a format has room for."""
    rng = np.random.default_rng(width)
    keys = rng.integers(1, 9, (letters, 1, width)) * rng.choice([-1, 1], (letters, 1, width))
    inputs = rng.integers(-3, 4, (letters, width, 1))
    start = rng.integers(1, 9, (width, 1))
    readout = single_block(rationals([[1] * width, [-1] * width]), np.array([[0, 1]] * letters), 2)
    transition = HouseholderTransition(rationals(keys), rationals(np.full((letters, 1), 2)))
    layer = Layer(transition, rationals(inputs), rationals(start), readout)
    return ex.Network(tuple("abcdefgh"[:letters]), (layer,))


def scalar_type(name: str) -> Any:
    """The scalar type of a format, or None."""
    types = {"fp32": np.float32, "fp16": np.float16}
    if name in types:
        return types[name]
    try:
        import ml_dtypes
    except ImportError:
        return None
    return {"bf16": ml_dtypes.bfloat16, "fp8_e4m3fn": ml_dtypes.float8_e4m3fn}.get(name)


def dictionary_search(made: Machine, states: int, scalar: Any) -> float:
    """Steps per second of a textbook search, in numbers of a scalar type, or in Python floats if it is None."""
    assert made.rounded is not None
    program = made.rounded[0].program
    form = reference.layout(made.arithmetic.state.name)
    number = float if scalar is None else scalar
    constants = [number(c) for c in program.constants.tolist()]
    multiply, add, subtract = operator.mul, operator.add, operator.sub
    if scalar is None:

        def multiply(x: float, y: float) -> float:
            return reference.multiply(x, y, form)

        def add(x: float, y: float) -> float:
            return reference.add(x, y, form)

        def subtract(x: float, y: float) -> float:
            return reference.add(x, -y, form)

    programs = [
        program.instructions[program.bounds[letter] : program.bounds[letter + 1]].tolist()
        for letter in program.program_of.tolist()
    ]
    spare = [number(0)] * (program.registers - program.size)
    first = tuple(number(v) for v in program.start.tolist())
    seen, queue, steps = {first: 0}, deque([first]), 0
    begin = time.process_time()
    while queue and len(seen) < states:
        here = queue.popleft()
        for lines in programs:
            registers = [*here, *spare]
            for operation, target, a, b in lines:
                if operation == MULTIPLY:
                    registers[target] = multiply(constants[a], registers[b])
                elif operation == ADD:
                    registers[target] = add(registers[a], registers[b])
                elif operation == SUBTRACT:
                    registers[target] = subtract(registers[a], registers[b])
                else:
                    registers[target] = add(constants[a], registers[b])
            after = tuple(registers[: program.size])
            steps += 1
            if after not in seen:
                seen[after] = len(seen)
                queue.append(after)
    return steps / (time.process_time() - begin)


def main() -> None:
    """Print one row per network and format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    head = f"{'width':>5} {'letters':>7} {'format':>20} {'states':>7} {'M steps/s':>9} {'wall':>6}"
    print(f"{head} {'native':>8} {'ratio':>6} {'reference':>9} {'ratio':>6}")
    for width, letters in ((2, 2), (4, 4), (8, 2), (8, 4)):
        network = random_walk(width, letters)
        for name in ("bf16", "fp8_e4m3fn", "fp32", "bf16/accumulate-fp32"):
            made = machine(network, name)
            assert made.packed is not None
            best, wall, found = 0.0, 0.0, 0
            for _ in range(options.repeat + 1):
                search = CompiledSearch(made, made.packed, None, Budget(options.states))
                begin, begin_wall = time.process_time(), time.perf_counter()
                search.run(None)
                steps = int(search.counters[DONE]) * letters
                best = max(best, steps / (time.process_time() - begin))
                wall = max(wall, steps / (time.perf_counter() - begin_wall))
                found = int(search.counters[KNOWN])
            row = f"{width:>5} {letters:>7} {name:>20} {found:>7} {best / 1e6:>9.2f} {wall / 1e6:>6.2f}"
            if "/" not in name:
                scalar = scalar_type(name)
                slow = dictionary_search(made, 2_000, None)
                native = dictionary_search(made, 20_000, scalar) if scalar else float("nan")
                row += f" {native / 1e6:>8.4f} {best / native:>6.0f} {slow / 1e6:>9.4f} {best / slow:>6.0f}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
