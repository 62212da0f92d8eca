"""y = A·h with every product and every sum rounded, beside the unrounded compiled loop, ml_dtypes and gfloat.

    python benchmarks/bench_matvec.py [--width 8] [--batch 4096] [--repeat 300]

Figures are nanoseconds per multiply-add, the best of the repetitions, all taking turns in one run, and in brackets
their ratio to the unrounded loop. That loop and ours go through the batch innermost. ml_dtypes multiplies and adds
arrays of its own type, gfloat rounds NumPy's float64 products and sums; peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numba
import numpy as np
from bench_rounding import PEERS, nanoseconds, peer, show

import expressivity as ex
from expressivity.arithmetic.rounding import round_to

FORMATS = ("bf16", "fp16", "fp8_e4m3fn", "fp8_e5m2", "e6m9", "fp32")
TILE = 512


@numba.njit
def unrounded(matrix, columns, out):  # type: ignore[no-untyped-def]
    """Plain float64 multiply-adds."""
    rows, width = matrix.shape
    for begin in range(0, columns.shape[1], TILE):
        end = min(columns.shape[1], begin + TILE)
        for i in range(rows):
            total = out[i, begin:end]
            column, weight = columns[0, begin:end], matrix[i, 0]
            for k in range(end - begin):
                total[k] = weight * column[k]
            for j in range(1, width):
                column, weight = columns[j, begin:end], matrix[i, j]
                for k in range(end - begin):
                    total[k] = total[k] + weight * column[k]


def by_columns(matrix: np.ndarray, columns: np.ndarray, rounded: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The same sums in NumPy, whole columns at a time."""
    total = rounded(matrix[:, :1] * columns[0])
    for j in range(1, len(columns)):
        total = rounded(total + rounded(matrix[:, j, None] * columns[j]))
    return total


def tasks(name: str, width: int, batch: int) -> dict[str, Callable[[], object]]:
    """Everything that is timed for one format."""
    rng = np.random.default_rng(0)
    matrix = round_to(rng.standard_normal((width, width)), name)
    columns = round_to(rng.standard_normal((width, batch)), name)
    out = np.empty((width, batch))
    found: dict[str, Callable[[], object]] = {
        "unrounded": lambda: unrounded(matrix, columns, out),
        "ours": lambda: ex.matvec(matrix, columns, name, operands=name, out=out, engine="compiled"),
        "ours, any operands": lambda: ex.matvec(matrix, columns, name, engine="compiled"),
        "ours, up": lambda: ex.matvec(matrix, columns, name, "up", engine="compiled"),
    }
    ml_dtypes, gfloat, formats = peer("ml_dtypes"), peer("gfloat"), peer("gfloat.formats")
    dtype_name, info_name = PEERS.get(name, (None, None))
    if ml_dtypes is not None and dtype_name:
        dtype = np.dtype(dtype_name) if hasattr(np, dtype_name) else np.dtype(getattr(ml_dtypes, dtype_name))
        small_matrix, small_columns = matrix.astype(dtype), columns.astype(dtype)
        found["ml_dtypes"] = lambda: by_columns(small_matrix, small_columns, lambda values: values)
    if gfloat is not None and info_name:
        info = getattr(formats, info_name)
        found["gfloat"] = lambda: by_columns(matrix, columns, lambda values: gfloat.round_ndarray(info, values))
    return found


def main() -> None:
    """One line per format."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--repeat", type=int, default=300)
    arguments = parser.parse_args()
    print(f"width {arguments.width}, batch {arguments.batch}: ns per multiply-add [ratio to the unrounded loop]")
    for name in FORMATS:
        timed = tasks(name, arguments.width, arguments.batch)
        for task in timed.values():
            task()
        late: tuple[str, ...] = ("gfloat", "ours, any operands", "ours, up")
        slow = {label: timed.pop(label) for label in late if label in timed}
        size = arguments.width**2 * arguments.batch
        times = nanoseconds(timed, size, arguments.repeat)
        times |= nanoseconds(slow, size, max(1, arguments.repeat // 100))
        show(name, times, "unrounded")


if __name__ == "__main__":
    main()
