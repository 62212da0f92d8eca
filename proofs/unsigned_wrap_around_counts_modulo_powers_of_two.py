"""Unsigned integers that wrap around let a non-negative diagonal count, modulo powers of two and no others.

Statement:
    One coordinate h ← a·h + b with a and b in {0, …, 2^k − 1} in unsigned k-bit arithmetic that wraps around: h ← h + 1
    recognises (1^(2^j))* for every j ≤ k, and every subgroup of what such maps generate is a 2-group.

Source:
    Nowak, Cotterell & Boumasmoud 2026: non-negative multipliers and unsigned integers give Z_2^k.

Hypotheses:
    - wrap-around.
    - whole numbers: a and b are integers, and nothing is rounded.

Derivation:
    The maps are h ↦ ah + b modulo 2^k. One with even a forgets: a^k is a multiple of 2^k, so its powers become
    constant, and in a subgroup it can only be the neutral element. The others form a group of 2^(k−1) · 2^k elements,
    a power of two.

Checked:
    All 4 + 16 + 64 + 256 + 65,536 maps for k = 1, 2, 3, 4 and 8: f^(2^k) is the identity for odd a, constant for
    even a. The counters modulo 2, 4, …, 256 in uint8: in the family mamba, certified for all lengths.

Open:
    Which groups fractions with wrap-around make: a = ½, b = 5/2 in steps of ½ modulo 4 has the period 3
    (`test_needs_whole_numbers`), so the restriction to powers of two is a fact about integers, not about wrap-around.
"""

from __future__ import annotations

import numpy as np

import expressivity as ex
from expressivity.arithmetic.operations import add, multiply
from expressivity.exact import rationals
from expressivity.languages.counters import unary_modulus
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.networks.network import Network


def counter(modulus: int, numbers: int) -> Network:
    """A network h ← h + 1, accepted when h is a multiple of the modulus, with a read-out for so many numbers."""
    points = np.arange(numbers)
    layer = Layer(
        DiagonalTransition(rationals([[1]])),
        rationals([[[1]]]),
        rationals([[0]]),
        single_block(rationals(points[:, None]), (points[None, :] % modulus == 0).astype(np.int64), 2),
    )
    return Network(("1",), (layer,), accepts_empty=True, family="mamba")


def test_derives_the_power_of_an_affine_map() -> None:
    """f^n(h) = a^n h + b(a^n − 1)/(a − 1): the coefficient of h is a^n, which is 0 modulo 2^k for even a and n = k."""
    import sympy

    a, b, h = sympy.symbols("a b h")
    value = h
    for n in range(1, 7):
        value = sympy.expand(a * value + b)
        assert sympy.expand(value - (a**n * h + b * sum(a**i for i in range(n)))) == 0
    half, k = sympy.symbols("c k", positive=True, integer=True)
    assert sympy.simplify((2 * half) ** k / 2**k - half**k) == 0
    print("f^n(h) = aⁿh + b(1 + a + … + aⁿ⁻¹), checked for n = 1 … 6; (2c)^k = 2^k·c^k is 0 modulo 2^k")


def test_derives_the_order_of_the_group() -> None:
    """Odd a, any b: half of 2^k times 2^k, counted by Euler's function."""
    import sympy

    for k in range(1, 13):
        assert sympy.totient(2**k) == 2 ** (k - 1)
    print("2^(k−1) odd multipliers and 2^k offsets: 2^(2k−1) elements, for k = 1 … 12")


def test_holds_for_every_affine_map() -> None:
    """Powers by repeated squaring, in the library's own arithmetic."""
    total = 0
    for k in (1, 2, 3, 4, 8):
        values = np.arange(2.0**k)
        name = f"uq{k}.0+wrap"
        products = multiply(values[:, None], values[None, :], name)
        step = add(np.repeat(products, 2**k, axis=0), np.tile(values, 2**k)[:, None], name).astype(np.uint8)
        power = step
        for _ in range(k):
            power = np.take_along_axis(power, power, axis=1)
        odd = np.repeat(values.astype(int) % 2 == 1, 2**k)
        assert (power[odd] == np.arange(2**k)).all()
        # 2^k steps are at least k, after which a map with even a is constant.
        assert (power[~odd] == power[~odd][:, :1]).all()
        total += len(step)
    assert total == 4 + 16 + 64 + 256 + 65_536
    print(f"{total:,} maps for k = 1, 2, 3, 4, 8: f^(2^k) = 1 for odd a, constant for even a")


def test_holds_for_counters_in_bytes() -> None:
    """Non-negative diagonals that count, certified in uint8."""
    for j in range(1, 9):
        network, language = counter(2**j, 256), unary_modulus(2**j)
        assert not ex.FAMILIES["mamba"].problems(network)
        ex.assert_verified(network, language, arithmetic="uint8/per-operation")
    print("h ← h + 1 in uint8 recognises (1^m)* for m = 2, 4, …, 256, certified")


def test_needs_wrap_around() -> None:
    """The same counter in bytes that saturate stops at 255."""
    answer = ex.verify(counter(2, 256), unary_modulus(2), arithmetic="uq8.0/per-operation")
    assert isinstance(answer, ex.Counterexample)
    print(f"saturating at 255: wrong on the word of {len(answer.word)} letters")


def test_needs_whole_numbers() -> None:
    """With halves, products are rounded: three numbers take turns."""
    name, at, orbit = "uq2.1+wrap", 0.5, []
    for _ in range(3):
        orbit.append(at)
        at = float(add(multiply(np.array([0.5]), np.array([at]), name), np.array([2.5]), name)[0])
    assert at == orbit[0] == 0.5
    assert len(set(orbit)) == 3
    print(f"h ← ½h + 5/2 in steps of ½ modulo 4: {' → '.join(map(str, [*orbit, at]))}, the period 3")
