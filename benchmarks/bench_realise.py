"""Realisation of networks in finite arithmetic beside a breadth-first search with a dictionary of tuples, in one run.

    python benchmarks/bench_realise.py [--states 500000] [--repeat 3]

Figures are millions of (state, letter) steps per second, deduplication included, the best of the repetitions; the
peer is a plain Python search over the same states (on fewer of them), stepping with the same arithmetic in NumPy
scalars where the format is a NumPy type, else with the reference of `expressivity.arithmetic`.
"""

from __future__ import annotations

import argparse
import time
from collections import deque

import numpy as np

import expressivity as ex
from expressivity.arithmetic import reference
from expressivity.exact import rationals
from expressivity.networks.layer import Layer, single_block
from expressivity.networks.transition import HouseholderTransition
from expressivity.simulation.packed import pack
from expressivity.verification.budgets import NO_LIMITS
from expressivity.verification.rounded_states import RoundedMachine, _Compiled


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


def dictionary_search(machine: RoundedMachine, states: int) -> float:
    """Steps per second of a textbook search: tuples in a dictionary, one rounded operation at a time."""
    layer = machine.rounded[0]
    program = layer.program
    form = reference.layout(machine.arithmetic.state.name)
    single = machine.arithmetic.state.name == "fp32"
    constants = [np.float32(c) if single else c for c in program.constants.tolist()]

    def rounded(x: float, y: float, *, product: bool) -> float:
        if single:
            return x * y if product else x + y
        return reference.multiply(x, y, form) if product else reference.add(x, y, form)

    zero = np.float32(0) if single else 0.0
    first = tuple(np.float32(v) if single else v for v in program.start.tolist())
    seen, queue, steps = {first: 0}, deque([first]), 0
    begin = time.perf_counter()
    while queue and len(seen) < states:
        here = queue.popleft()
        for letter in program.program_of.tolist():
            registers = [*here, *([zero] * (program.registers - program.size))]
            for operation, target, a, b in program.instructions[
                program.bounds[letter] : program.bounds[letter + 1]
            ].tolist():
                if operation == 0:
                    registers[target] = rounded(constants[a], registers[b], product=True)
                elif operation == 3:
                    registers[target] = rounded(constants[a], registers[b], product=False)
                else:
                    second = registers[b] if operation == 1 else -registers[b]
                    registers[target] = rounded(registers[a], second, product=False)
            after = tuple(registers[: program.size])
            steps += 1
            if after not in seen:
                seen[after] = len(seen)
                queue.append(after)
    return steps / (time.perf_counter() - begin)


def main() -> None:
    """Print one row per network and format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(f"{'width':>5} {'letters':>7} {'format':>12} {'states':>8} {'M steps/s':>10} {'dictionary':>11} {'ratio':>7}")
    for width, letters in ((2, 2), (4, 4), (8, 2), (8, 4)):
        network = random_walk(width, letters)
        for name in ("bf16", "fp8_e4m3fn", "fp32", "bf16/accumulate-fp32"):
            machine = RoundedMachine(network, name)
            packed = pack(machine.rounded)
            assert packed is not None
            best, found = 0.0, 0
            for _ in range(options.repeat + 1):
                search = _Compiled(machine, packed, None, options.states, NO_LIMITS)
                begin = time.perf_counter()
                search.run(None)
                rate = int(search.counters[1]) * letters / (time.perf_counter() - begin)
                best, found = max(best, rate), int(search.counters[0])
            peer = dictionary_search(machine, 2_000) if "/" not in name else float("nan")
            row = f"{width:>5} {letters:>7} {name:>12} {found:>8} {best / 1e6:>10.2f} {peer / 1e6:>11.4f}"
            print(f"{row} {best / peer:>7.0f}", flush=True)


if __name__ == "__main__":
    main()
