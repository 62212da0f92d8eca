"""One coordinate with a non-negative multiplier settles in floating point, however it is rounded.

Statement:
    Let f be x ↦ round(round(a·x) + b) or x ↦ round(a·x + b) on the numbers of a floating-point format, with a ≥ 0 and
    any monotone rounding. Then f is monotone, and so is every word of such maps; each settles: f^N = f^(N+1). A layer
    with a non-negative diagonal therefore has an aperiodic transition monoid.

Source:
    Nowak, Cotterell & Boumasmoud 2026 (non-negative multipliers and floats). The exhaustive check is ours.

Hypotheses:
    - non-negative multiplier: a ≥ 0.
    - a monotone arithmetic: numbers out of range saturate, become infinite or undefined; they do not wrap around.
    - one coordinate: coordinates do not mix.

Derivation:
    x ≤ y gives a·x ≤ a·y, rounding keeps ≤, adding b keeps ≤, rounding keeps ≤. Compositions of monotone maps are
    monotone. If x ≤ f(x) then f(x) ≤ f(f(x)), and so on: the orbit rises until it stops, on finitely many numbers; if
    x ≥ f(x) it falls. ±∞ are the ends of the chain, and a NaN stays one (0·∞, a number out of range where overflow is
    NaN, a weight that is none): so words are maps of the chain that preserve order where they are defined. In a group
    of them an element permutes the points where the neutral one is defined, and maps none of them to NaN, as it has an
    inverse; a permutation of a finite chain that preserves order is the identity, one that reverses it has order two.

Checked:
    Every a ≥ 0 and every b of each format, on every number of the format, in both orders of evaluation, to nearest
    even, toward zero, up and down: fp4_e2m1 8 · 15 = 120 maps, fp6_e2m3 and fp6_e3m2 32 · 63 = 2,016 each, fp8_e4m3fn
    127 · 253 = 32,131, fp8_e5m2 124 · 247 = 30,628; the two fp8 formats to nearest even only. Each map is monotone on
    its finite values and settles on all of them. With ±∞ and NaN among a, b and the numbers: all 364 + 480 maps of e2m2
    and e2m2+fn in both orders and four roundings.

Open:
    Nothing for one coordinate. For matrices that mix coordinates the question is open format by format: the statement
    is false there (`test_needs_one_coordinate`).
"""

from __future__ import annotations

import numpy as np

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.operations import add, fma, multiply
from expressivity.arithmetic.rounding import round_to

MAPS = {"fp4_e2m1": 120, "fp6_e2m3": 2016, "fp6_e3m2": 2016, "fp8_e4m3fn": 32131, "fp8_e5m2": 30628}
SMALL = ("fp4_e2m1", "fp6_e2m3", "fp6_e3m2")
ROUNDINGS = ("nearest-even", "toward-zero", "up", "down")


def images(name: str, order: str, rounding: str) -> tuple[np.ndarray, np.ndarray]:
    """All values, and where each map (a, b) takes each of them, shape (a · b, value)."""
    values = parse_format(name).values()
    slopes = values[values >= 0]
    if order == "fused":
        grid = np.broadcast_arrays(slopes[:, None, None], values[None, None, :], values[None, :, None])
        image = fma(*(np.ascontiguousarray(part) for part in grid), name, rounding)
    else:
        products = multiply(slopes[:, None], values[None, :], name, rounding, operands=name)
        sums = np.broadcast_arrays(products[:, None, :], values[None, :, None])
        image = add(*(np.ascontiguousarray(part) for part in sums), name, rounding, operands=name)
    return values, image.reshape(-1, len(values))


def check(name: str, order: str, rounding: str) -> int:
    """Number of maps, after each was found to be monotone and to settle."""
    values, image = images(name, order, rounding)
    finite = np.isfinite(image)
    both = finite[:, 1:] & finite[:, :-1]
    with np.errstate(invalid="ignore"):
        falls = both & (image[:, 1:] < image[:, :-1])
    # What is no longer finite leaves the chain for good: a last number of its own that is mapped to itself.
    outside = len(values)
    step = np.where(finite, np.searchsorted(values, np.where(finite, image, 0.0)), outside).astype(np.int16)
    step = np.concatenate([step, np.full((len(step), 1), outside, dtype=np.int16)], axis=1)
    power = step
    for _ in range(len(values).bit_length()):
        power = np.take_along_axis(power, power, axis=1)
    assert np.array_equal(np.take_along_axis(step, power, axis=1), power), f"a map of {name} has a cycle"
    assert not falls.any(), f"a map of {name} is not monotone"
    return len(image)


def test_derives_that_orbits_keep_their_direction() -> None:
    """The slope of a word of two maps is the product of the slopes, which is not negative."""
    import sympy

    a, c = sympy.symbols("a c", nonnegative=True)
    b, d, x = sympy.symbols("b d x", real=True)
    word = c * (a * x + b) + d
    assert sympy.diff(word, x) == a * c
    assert (a * c).is_nonnegative
    print("x ↦ c(ax + b) + d has the slope ac ≥ 0; rounding, being monotone, cannot change the direction")


def test_holds_for_small_formats_in_four_roundings() -> None:
    """fp4 and both fp6: both orders of evaluation."""
    total = 0
    for name in SMALL:
        for order in ("per-operation", "fused"):
            for rounding in ROUNDINGS:
                assert check(name, order, rounding) == MAPS[name]
                total += MAPS[name]
    print(f"{', '.join(SMALL)}: {total:,} maps in 2 orders and {len(ROUNDINGS)} roundings, all monotone, all settle")


def test_holds_for_every_map_of_fp8() -> None:
    """Both orders of evaluation, to nearest even."""
    for name in MAPS:
        if name in SMALL:
            continue
        for order in ("per-operation", "fused"):
            assert check(name, order, "nearest-even") == MAPS[name]
        count = len(parse_format(name).values())
        print(f"{name}: {MAPS[name]:,} maps on {count} numbers in each of 2 orders, all monotone, all settle")


def test_holds_with_infinities_and_undefined_numbers() -> None:
    """Order is preserved wherever a map gives a number, and NaN stays NaN."""
    for name, maps in (("e2m2", 364), ("e2m2+fn", 480)):
        form = parse_format(name)
        ends = [-np.inf, np.inf] if form.infinities else []
        chain = np.sort(np.concatenate([form.values(), ends]))
        slopes = np.concatenate([chain[chain >= 0], [np.nan]])
        shifts = np.concatenate([chain, [np.nan]])
        for rounding in ROUNDINGS:
            grid = np.broadcast_arrays(slopes[:, None, None], chain[None, None, :], shifts[None, :, None])
            a, x, b = (np.ascontiguousarray(part) for part in grid)
            fused = fma(a, x, b, name, rounding)
            steps = add(multiply(a, x, name, rounding), b, name, rounding)
            for image in (fused.reshape(-1, len(chain)), steps.reshape(-1, len(chain))):
                lowest = np.fmax.accumulate(np.where(np.isnan(image), -np.inf, image), axis=1)
                assert (np.isnan(image) | (image >= lowest)).all()
            assert np.isnan(fma(np.array([1.0]), np.array([np.nan]), np.array([0.0]), name, rounding)).all()
        assert len(slopes) * len(shifts) == maps
        print(f"{name}: {maps} maps with ±∞ and NaN, in 2 orders and {len(ROUNDINGS)} roundings")


def test_needs_non_negative_multiplier() -> None:
    """The map x ↦ −x + 1 exchanges 0 and 1 in every format."""
    for name in MAPS:
        image = add(multiply(np.array([-1.0, -1.0]), np.array([0.0, 1.0]), name), np.array([1.0, 1.0]), name)
        assert image.tolist() == [1.0, 0.0]
    print("a = −1, b = 1: 0 ↔ 1, the period 2, in fp4, fp6 and fp8")


def test_needs_a_monotone_arithmetic() -> None:
    """In unsigned bytes, x ↦ x + 1 visits all 256 numbers."""
    step = round_to(np.arange(256.0) + 1.0, "uint8").astype(int)
    assert sorted(step.tolist()) == list(range(256))
    at, period = int(step[0]), 1
    while at != 0:
        at, period = int(step[at]), period + 1
    assert period == 256
    print("a = b = 1 in uint8: the period 256")


def test_needs_one_coordinate() -> None:
    """Two coordinates, both eigenvalues positive: 5/16 and 1/8; each dot product is rounded once, in steps of 1."""
    matrix = np.array([[13 / 8, -9 / 8], [7 / 4, -19 / 16]])
    trace, determinant = matrix[0, 0] + matrix[1, 1], matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]
    assert (trace, determinant) == (5 / 16 + 1 / 8, 5 / 16 * 1 / 8)
    orbit = [np.array([1.0, 1.0])]
    for _ in range(4):
        orbit.append(round_to(matrix @ orbit[-1], "q7.0"))
    assert orbit[4].tolist() == orbit[0].tolist()
    assert orbit[2].tolist() != orbit[0].tolist()
    print(" → ".join(str(tuple(int(v) for v in point)) for point in orbit) + ": the period 4")
