"""Inputs that sit where rounding goes wrong, and comparisons down to the bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from expressivity.arithmetic.formats import Format

FLOATS = (
    "fp32",
    "tf32",
    "fp16",
    "bf16",
    "fp8_e4m3fn",
    "fp8_e5m2",
    "fp8_e4m3fnuz",
    "fp8_e5m2fnuz",
    "fp6_e2m3",
    "fp6_e3m2",
    "fp4_e2m1",
)
CUSTOM = ("e6m9", "e5m2+sat", "e5m2+nosub", "e4m3+fn+bias11+sat", "e3m0", "e4m1+finite+bias-20", "e9m50", "e1m3")
FIXED = ("q3.4", "q3.4+wrap", "uq2.3", "int8", "uint8", "int8+sat", "int32", "q20.20+wrap")


def same_bits(found: np.ndarray, expected: np.ndarray, inputs: np.ndarray) -> None:
    """Assert equality bit for bit (−0 is not +0, NaN equals NaN) and show the first differences."""
    wrong = np.flatnonzero((found.view(np.int64) != expected.view(np.int64)) & ~(np.isnan(found) & np.isnan(expected)))
    shown = [(float(inputs[i]).hex(), float(found[i]), float(expected[i])) for i in wrong[:5]]
    assert wrong.size == 0, f"{wrong.size} of {found.size} differ (input, found, expected): {shown}"


def critical_values(form: Format, rng: np.random.Generator, *, count: int = 3_000) -> np.ndarray:
    """Representable values, midpoints and midpoint ± 1 ulp of float64, overflow thresholds, extremes, random values.

    All values and midpoints of formats with at most 2^16 of them, `count` random ones of the others.
    """
    if form.precision < 53 and form._finite_count() <= 1 << 18:
        values = form.values()
    else:
        values = random_values(form, rng, count)
        spacing = 2.0 ** np.maximum(np.frexp(values)[1] - form.precision, form.quantum).astype(float)
        values = np.floor(values / spacing) * spacing
        values = np.unique(np.concatenate([values, values + spacing]))
    middle = values[:-1] / 2 + values[1:] / 2
    top = form.largest
    step = 2.0 ** max(int(np.frexp(top)[1]) - form.precision, form.quantum) if form.precision < 53 else 0.0
    edges = np.array([top, top + step / 4, top + step / 2, top + step, 2 * top, 1e300, 2.0**-1074, 2.0**-1022, 1.8e308])
    edges = np.concatenate([edges, form.smallest_positive * np.array([0.25, 0.5, 0.75, 1, 1.5])])
    ordinary = np.concatenate([values, middle, edges, random_values(form, rng, count)])
    ordinary = np.concatenate([ordinary, -ordinary])
    ordinary = ordinary[np.isfinite(ordinary)]
    with np.errstate(over="ignore"):
        near = np.concatenate([ordinary, np.nextafter(ordinary, np.inf), np.nextafter(ordinary, -np.inf)])
    specials = [0.0, -0.0] + ([np.inf, -np.inf] if form.modulus == 0 else []) + ([np.nan] if form.nan else [])
    return np.concatenate([near[np.isfinite(near)], specials])


def random_values(form: Format, rng: np.random.Generator, count: int) -> np.ndarray:
    """Random float64 values over the range of a format, evenly spread over its exponents, and a few beyond."""
    low, high = form.quantum - 2, int(np.frexp(form.largest)[1]) + 1
    exponents = rng.integers(max(low, -1070), min(high, 1023) + 1, count)
    return np.ldexp(rng.uniform(0.5, 1, count) * rng.choice([-1.0, 1.0], count), exponents)


def scalar_oracle(
    function: Callable[..., float],
    columns: tuple[np.ndarray, ...],
    name: str,
    rounding: str,
    uniforms: np.ndarray | None = None,
) -> np.ndarray:
    """A function of `reference` applied row by row."""
    draws = np.zeros(len(columns[0])) if uniforms is None else uniforms
    rows = zip(*(column.tolist() for column in (*columns, draws)), strict=True)
    return np.array([function(*row[:-1], name, rounding, row[-1]) for row in rows])
