"""Rounding and rounded operations beside a plain copy, gfloat and ml_dtypes, all in one run.

    python benchmarks/bench_rounding.py [--size 4194304] [--repeat 9]

Every figure is nanoseconds per value, the best of the repetitions, and in brackets its ratio to the copy measured in
the same round. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from expressivity.arithmetic import operations
from expressivity.arithmetic.rounding import round_to

FORMATS = ("bf16", "fp16", "fp8_e4m3fn", "fp8_e5m2", "fp8_e4m3fnuz", "fp4_e2m1", "e6m9", "e6m9+nosub", "fp32", "q3.4")
PEERS = {
    "bf16": ("bfloat16", "format_info_bfloat16"),
    "fp16": ("float16", "format_info_binary16"),
    "fp8_e4m3fn": ("float8_e4m3fn", "format_info_ocp_e4m3"),
    "fp8_e5m2": ("float8_e5m2", "format_info_ocp_e5m2"),
    "fp8_e4m3fnuz": ("float8_e4m3fnuz", None),
    "fp4_e2m1": ("float4_e2m1fn", "format_info_ocp_e2m1"),
    "fp32": ("float32", "format_info_binary32"),
}
CHUNK = 1 << 14


def peer(name: str) -> Any:
    """A peer's module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def nanoseconds(tasks: dict[str, Callable[[], object]], size: int, repeat: int) -> dict[str, float]:
    """Best time per value of each task, the tasks taking turns so that all meet the same machine."""
    best = dict.fromkeys(tasks, np.inf)
    for _ in range(repeat):
        for label, task in tasks.items():
            begin = time.perf_counter()
            task()
            best[label] = min(best[label], time.perf_counter() - begin)
    return {label: seconds / size * 1e9 for label, seconds in best.items()}


def rounding_tasks(name: str, values: np.ndarray, out: np.ndarray) -> dict[str, Callable[[], object]]:
    """Copy, our rounding in several ways, and the peers that know the format."""
    small, small_out = values[: 16 * CHUNK], out[: 16 * CHUNK]
    tasks: dict[str, Callable[[], object]] = {
        "copy": lambda: np.copyto(out, values),
        "nearest-even": lambda: round_to(values, name, out=out),
        "up": lambda: round_to(values, name, "up", out=out),
        "stochastic": lambda: round_to(values, name, "stochastic", out=out, rng=np.random.default_rng(0)),
        "numpy path": lambda: round_to(values, name, out=out, engine="numpy"),
    }
    ml_dtypes, gfloat = peer("ml_dtypes"), peer("gfloat.formats")
    dtype_name, info_name = PEERS.get(name, (None, None))
    if ml_dtypes is not None and dtype_name:
        dtype = np.dtype(dtype_name) if hasattr(np, dtype_name) else getattr(ml_dtypes, dtype_name)
        tasks["ml_dtypes"] = lambda: np.copyto(out, values.astype(dtype).astype(np.float64))
    if gfloat is not None and info_name:
        info, round_ndarray = getattr(gfloat, info_name), peer("gfloat").round_ndarray

        def in_chunks() -> None:
            for begin in range(0, small.size, CHUNK):
                piece = slice(begin, begin + CHUNK)
                small_out[piece] = round_ndarray(info, small[piece], sat=True)

        tasks["gfloat"] = in_chunks
    return tasks


def show(label: str, times: dict[str, float], base: str) -> None:
    """One line of figures with their ratios to one of them."""
    cells = [f"{key} {value:.2f} [{value / times[base]:.1f}×]" for key, value in times.items()]
    print(f"{label:14} " + "  ".join(cells), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1 << 22)
    parser.add_argument("--repeat", type=int, default=9)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    values = rng.standard_normal(arguments.size)
    out = np.empty_like(values)
    print(f"rounding {arguments.size} float64 values, ns per value [ratio to a copy]")
    for name in FORMATS:
        tasks = rounding_tasks(name, values, out)
        for task in tasks.values():
            task()  # compile, touch memory
        times = nanoseconds(tasks, arguments.size, arguments.repeat)
        if "gfloat" in times:
            times["gfloat"] *= arguments.size / min(arguments.size, 16 * CHUNK)
        show(name, times, "copy")
    size = 1 << 18
    x, y, z = (round_to(column, "bf16") for column in rng.standard_normal((3, size)))
    rows, columns = x.reshape(-1, 8), y.reshape(-1, 8)
    print(f"operations in bf16 on {size} values, ns per value (dot: per term) [ratio to the unrounded one]")
    for label, tasks in {
        "add": {
            "unrounded": lambda: x + y,
            "known operands": lambda: operations.add(x, y, "bf16", operands="bf16"),
            "any operands": lambda: operations.add(x, y, "bf16"),
            "up": lambda: operations.add(x, y, "bf16", "up"),
        },
        "multiply": {
            "unrounded": lambda: x * y,
            "known operands": lambda: operations.multiply(x, y, "bf16", operands="bf16"),
            "any operands": lambda: operations.multiply(x, y, "bf16"),
            "up": lambda: operations.multiply(x, y, "bf16", "up", operands="bf16"),
        },
        "fma": {
            "unrounded": lambda: x * y + z,
            "nearest-even": lambda: operations.fma(x, y, z, "bf16"),
            "up": lambda: operations.fma(x, y, z, "bf16", "up"),
        },
        "dot, width 8": {
            "unrounded": lambda: np.einsum("bw,bw->b", rows, columns),
            "nearest-even": lambda: operations.dot(rows, columns, "bf16"),
            "up": lambda: operations.dot(rows, columns, "bf16", "up"),
            "fp64": lambda: operations.dot(rows, columns, "fp64"),
            "numpy path": lambda: operations.dot(rows, columns, "bf16", engine="numpy"),
        },
    }.items():
        for task in tasks.values():
            task()
        show(label, nanoseconds(tasks, size, arguments.repeat), "unrounded")


if __name__ == "__main__":
    main()
