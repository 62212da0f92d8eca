"""Operations against gfloat on 10^5 cases per format and mode, and on all pairs of 8-bit numbers.

Where float64 holds the exact result, gfloat's rounding of it is a vectorised oracle: products of at most 26 + 26 bits
always, sums when exponents are close. Sums of all exponents are compared with fractions in `test_operations`.
"""

from __future__ import annotations

import numpy as np
import pytest

from expressivity.arithmetic import operations
from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.rounding import round_to
from oracles.rounding import same_bits

gfloat = pytest.importorskip("gfloat", reason="gfloat is the oracle of this module")
from gfloat.formats import sample_formats  # noqa: E402

from oracles.gfloat_names import MODES, NAMED  # noqa: E402

CASES = 100_000
INFOS = {info.name: info for info in sample_formats}


def rounded(exact: np.ndarray, name: str, rounding: str) -> np.ndarray:
    """The rounding by gfloat of exact float64 results."""
    with np.errstate(all="ignore"):
        saturate = parse_format(name).overflow == "saturate"
        found: np.ndarray = gfloat.round_ndarray(INFOS[NAMED[name]], exact, MODES[rounding], sat=saturate)
    return found


def columns(name: str, count: int) -> list[np.ndarray]:
    """Three columns of nonzero numbers of a format whose exponents span at most 20 binades around 1."""
    rng = np.random.default_rng(12)
    drawn = (np.ldexp(rng.uniform(-1, 1, count), rng.integers(-10, 10, count)) for _ in range(3))
    found = [round_to(column, name) for column in drawn]
    return [np.where(np.isfinite(column) & (column != 0), column, 1.0) for column in found]


@pytest.mark.parametrize("name", [name for name in NAMED if name != "fp64"])
def test_a_hundred_thousand_cases_per_mode(name: str) -> None:
    count = CASES // 3 + 1
    x, y, z = columns(name, count)
    narrow = name not in ("fp32",)  # fp32 products are too long for x·y + z to fit
    for rounding in MODES:
        same_bits(operations.multiply(x, y, name, rounding), rounded(x * y, name, rounding), x)
        some = x + y != 0
        same_bits(operations.add(x, y, name, rounding)[some], rounded(x + y, name, rounding)[some], x)
        exact = x * y + (z if narrow else 0.0)
        some = exact != 0
        found = operations.fma(x, y, z if narrow else np.zeros(count), name, rounding)
        same_bits(found[some], rounded(exact, name, rounding)[some], x)


@pytest.mark.parametrize("name", ["fp8_e4m3fn", "fp8_e5m2", "fp6_e3m2", "fp4_e2m1"])
def test_all_pairs_of_numbers(name: str) -> None:
    values = parse_format(name).values()
    x, y = (part.ravel() for part in np.meshgrid(values, values))
    for rounding in MODES:
        for operation, exact in (("add", x + y), ("multiply", x * y)):
            some = exact != 0
            expected = rounded(exact, name, rounding)
            for known in (None, name):
                found = getattr(operations, operation)(x, y, name, rounding, operands=known)
                same_bits(found[some], expected[some], exact[some])
