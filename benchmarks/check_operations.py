"""Compare add, multiply, fma and dot with exact fractions, per format and mode; prints the counts.

Add, multiply and fma share 10^5 cases of every format and mode; dot has a third as many again.

    python benchmarks/check_operations.py                        # all named formats, some minutes
    python benchmarks/check_operations.py --cases 2000 --formats bf16 int8

Ends with status 1 at the first difference. The oracle, `expressivity.checker.reference`, is slow on purpose.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from expressivity.arithmetic import operations, reference
from expressivity.arithmetic.format_names import FORMAT_NAMES, parse_format
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.rounding_plan import ROUNDINGS

MORE = ("e6m9", "e5m2+sat", "e5m2+nosub", "q3.4", "q3.4+wrap", "int8", "uint8")
WIDTHS = {"add": 2, "multiply": 2, "fma": 3, "dot": 6}


def operands(name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers of a format: half over its whole range, half near 1, with zeros and repetitions up to sign."""
    form = parse_format(name)
    low, high = max(form.quantum - 1, -1070), min(int(np.frexp(form.largest)[1]) + 1, 1023)
    wide = np.ldexp(rng.uniform(0.5, 1, count), rng.integers(low, high + 1, count))
    near = np.ldexp(rng.uniform(0.5, 1, count), rng.integers(-6, 7, count))
    values = np.where(rng.random(count) < 0.5, wide, near) * rng.choice([-1.0, 1.0], count)
    values[rng.random(count) < 0.02] = 0.0
    values[1:] = np.where(rng.random(count - 1) < 0.05, -values[:-1], values[1:])
    return round_to(values, form)


def expected_row(operation: str, row: list[float], name: str, rounding: str, uniform: float) -> float:
    """One result of the reference."""
    if operation == "dot":
        return reference.dot(row[:3], row[3:], name, rounding, uniform)
    result: float = getattr(reference, operation)(*row, name, rounding, uniform)
    return result


def check(name: str, rounding: str, cases: int, seed: int) -> int:
    """Number of differences of one format and mode over all operations."""
    wrong = 0
    each = -(-cases // 3)
    rng = np.random.default_rng(seed)
    for operation, width in WIDTHS.items():
        table = operands(name, each * width, rng).reshape(width, each).T.copy()
        uniforms = np.random.default_rng(seed).random(each)
        generator = np.random.default_rng(seed)
        if operation == "dot":
            found = operations.dot(table[:, :3], table[:, 3:], name, rounding, rng=generator)
        else:
            found = getattr(operations, operation)(*table.T.copy(), name, rounding, rng=generator)
        rows = zip(table.tolist(), uniforms.tolist(), strict=True)
        expected = np.array([expected_row(operation, row, name, rounding, u) for row, u in rows])
        same = (found.view(np.int64) == expected.view(np.int64)) | (np.isnan(found) & np.isnan(expected))
        for case in np.flatnonzero(~same)[:3]:
            print(f"  {operation} {table[case].tolist()}: {found[case]!r}, exactly {expected[case]!r}")
        wrong += int(np.count_nonzero(~same))
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000, help="per format and mode, over add, multiply and fma")
    parser.add_argument("--formats", nargs="+", default=[*FORMAT_NAMES[:-1], *MORE])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    total = 0
    for name in arguments.formats:
        begin = time.perf_counter()
        counts = {rounding: check(name, rounding, arguments.cases, arguments.seed) for rounding in ROUNDINGS}
        total += sum(counts.values())
        each = -(-arguments.cases // 3)
        modes = f"{len(ROUNDINGS)} modes × {3 * each} cases of add, multiply, fma and {each} of dot"
        print(
            f"{name:14} {modes}: {sum(counts.values())} differences  ({time.perf_counter() - begin:.0f} s)", flush=True
        )
    print(f"{total} differences in all")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
