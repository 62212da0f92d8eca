"""Batched forward runs: `Network.run` beside a plain torch loop and a per-step NumPy einsum, in one run.

    python benchmarks/bench_run.py [--quick]

Everybody computes the same thing in float64: H_t = A(x_t) H_{t−1} + B(x_t), and after every letter the verdict of the
nearest code point. The verdicts of every peer are compared with ours, every one of them, and the script stops where
they differ. The networks are compiled, not made up: eight points moved by transpositions (one reflection per letter)
and by permutations with four cycles (four reflections per letter), the question being where point 0 has gone.

torch is optional; it runs in the two forms one would write, A(x) as a matrix (one `baddbmm` per step) and A(x) factor
by factor as kernels for Householder products do, each with one and with two threads, compiled by nobody. The ratio is
with its best. "recurrence" is the same run without read-out: for us a network that reads nothing of its state, for
the peers the loop that ends with the last state.

Source of the form and the sizes: Grazzi et al. 2025, equation 1; Siems et al. 2025 for up to four factors.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import expressivity as ex
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forward import FloatLayer, lower, run_layers
from expressivity.networks.layer import Readout

try:
    import torch
except ImportError:
    torch = None

POINTS = 8
Run = Callable[[], Any]


@dataclass(frozen=True)
class Task:
    """A compiled network, its weights in float64, and the letters to feed it (the beginning of the sequence first)."""

    network: ex.Network
    layer: FloatLayer
    keys: np.ndarray  # (letter, factor, width), of length one
    betas: np.ndarray  # (letter, factor)
    letters: np.ndarray  # (batch, 1 + time)


def network_of(factors: int) -> ex.Network:
    """Eight states permuted by letters of exactly so many reflections each; accepts while point 0 is at home."""
    cycles = {
        1: [[(i, i + 1)] for i in range(POINTS - 1)],
        4: [[(0, 1, 2, 3, 4)], [(3, 4, 5, 6, 7)], [(0, 1), (2, 3), (4, 5), (6, 7)], [(0, 7, 2), (1, 5, 3)]],
    }[factors]
    table = np.tile(np.arange(POINTS), (len(cycles), 1))
    for row, letter in zip(table, cycles, strict=True):
        for cycle in letter:
            row[list(cycle)] = [*cycle[1:], cycle[0]]
    network = ex.compile(ex.Automaton.from_table(table, accepting=[0]), "deltaproduct")
    assert network.factors == factors
    assert network.widths == (POINTS,)
    return network


def task_of(factors: int, batch: int, steps: int) -> Task:
    network = network_of(factors)
    transition = network.layers[0].transition
    assert isinstance(transition, HouseholderTransition)
    keys = transition.keys.to_float()
    lengths = np.linalg.norm(keys, axis=-1, keepdims=True)
    keys = np.divide(keys, lengths, out=np.zeros_like(keys), where=lengths > 0)
    letters = np.random.default_rng(0).integers(0, len(network.letters), (batch, 1 + steps))
    letters[:, 0] = len(network.letters)
    return Task(network, lower(network.layers[0]), keys, transition.betas.to_float(), letters)


def blind(network: ex.Network) -> ex.Network:
    """The same recurrence with a read-out that reads nothing of the state."""
    layer = network.layers[0]
    nothing = Readout((), np.full((layer.letters, 1), -1), np.zeros((layer.letters, 1), dtype=np.int64), 2)
    return replace(network, layers=(replace(layer, readout=nothing),))


def numpy_einsum(task: Task, *, read: bool) -> np.ndarray:
    """Verdicts (batch, time), or the last state (batch, width)."""
    layer = task.layer
    points, halves = layer.points.reshape(-1, POINTS), layer.halves
    verdicts = np.empty(task.letters.shape, dtype=bool)
    state = np.repeat(layer.start[None], len(task.letters), axis=0)
    for t in range(task.letters.shape[1]):
        x = task.letters[:, t]
        state = np.einsum("bij,bj->bi", layer.matrices[x], state) + layer.inputs[x]
        if read:
            verdicts[:, t] = layer.table[x, (state @ points.T - halves).argmax(axis=1)] == 1
    return verdicts if read else state


def torch_loop(task: Task, *, read: bool, by_factors: bool) -> Run:
    """The loop with its weights already in tensors, so that only the loop is timed."""
    layer = task.layer
    matrices, inputs, start, points, halves, table, keys, betas, letters = (
        torch.tensor(array)
        for array in (
            layer.matrices,
            layer.inputs,
            layer.start,
            layer.points.reshape(-1, POINTS),
            layer.halves,
            layer.table == 1,
            task.keys,
            task.betas,
            task.letters,
        )
    )
    columns = inputs[:, :, None]

    def run() -> Any:
        verdicts = torch.empty(letters.shape, dtype=torch.bool)
        state = start.repeat(len(letters), 1)
        for t in range(letters.shape[1]):
            x = letters[:, t]
            if by_factors:
                key, beta = keys[x], betas[x]
                for j in range(key.shape[1]):
                    k = key[:, j]
                    state = state - (beta[:, j] * (k * state).sum(-1))[:, None] * k
                state = state + inputs[x]
            else:
                state = torch.baddbmm(columns[x], matrices[x], state[:, :, None])[:, :, 0]
            if read:
                codes = torch.addmm(-halves, state, points.T).argmax(-1)
                verdicts[:, t] = table[x, codes]
        return (verdicts if read else state).numpy()

    def without_gradients() -> Any:
        with torch.no_grad():
            return run()

    return without_gradients


def seconds(run: Run, repeats: int) -> tuple[float, Any]:
    """Median time after one untimed run, and the result."""
    result = run()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - began)
    return statistics.median(times), result


def peers_of(task: Task, *, read: bool) -> dict[str, tuple[int, Run]]:
    """Name → (torch threads, the peer)."""
    peers: dict[str, tuple[int, Run]] = {"NumPy einsum": (1, lambda: numpy_einsum(task, read=read))}
    if torch is not None:
        for by_factors in (False, True):
            for threads in (1, 2):
                form = "factors" if by_factors else "matrices"
                name = f"torch {form}, {threads} thread{'s' * (threads > 1)}"
                peers[name] = (threads, torch_loop(task, read=read, by_factors=by_factors))
    return peers


def compare(factors: int, *, read: bool, batch: int, steps: int, repeats: int) -> None:
    task = task_of(factors, batch, steps)
    network = task.network if read else blind(task.network)
    ours, answers = seconds(lambda: run_layers(network.layers, task.letters) == 1, repeats)
    whole, flags = seconds(lambda: network.run(task.letters[:, 1:]), repeats)
    assert np.array_equal(answers[:, 1:], flags)
    what = f"{factors} factor{'s' * (factors > 1)}, " + ("verdict after every letter" if read else "recurrence")
    print(f"{what}\n  {'Network.run':<28}{whole * 1e3:>12.1f} ms   (its loop alone {ours * 1e3:.1f} ms)", flush=True)
    best = float("inf")
    states = []
    for name, (threads, peer) in peers_of(task, read=read).items():
        if torch is not None:
            torch.set_num_threads(threads)
        theirs, result = seconds(peer, repeats)
        if read:
            assert np.array_equal(result, answers), f"{name} gives other verdicts"
        else:
            states.append(result)
        if name.startswith("torch"):
            best = min(best, theirs)
        print(f"  {name:<28}{theirs * 1e3:>12.1f} ms{theirs / whole:>9.1f}×", flush=True)
    for state in states:
        # The factors of a reflection are rounded one by one, so the peers' states agree to rounding only.
        assert np.allclose(state, states[0], atol=1e-9), "the peers end in different states"
    if torch is not None:
        print(f"  {'best of torch':<28}{best * 1e3:>12.1f} ms{best / whole:>9.1f}×")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="batch 512 and 64 steps only")
    quick = parser.parse_args().quick
    batch, steps, repeats = (512, 64, 5) if quick else (4096, 256, 5)
    peer = "not installed: its lines are left out" if torch is None else torch.__version__
    print(f"width {POINTS}, batch {batch}, {steps} steps, float64, {os.cpu_count()} cores; torch {peer}\n")
    for read in (True, False):
        for factors in (1, 4):
            compare(factors, read=read, batch=batch, steps=steps, repeats=repeats)
            print()


if __name__ == "__main__":
    main()
