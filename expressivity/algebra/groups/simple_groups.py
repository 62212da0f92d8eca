"""Names of finite simple groups by order.

The order determines a finite simple group up to isomorphism except for A8 and PSL(3,4), both of order 20160, and for
the pairs PSp(2n,q), Ω(2n+1,q) with n ≥ 3 and q odd, the smallest of which has order 4585351680 (Artin 1955; Kimmerle,
Lyons, Sandling & Teague 1990). So a table by order may have gaps, but an entry of it is never a guess.
"""

from __future__ import annotations

import math
from functools import cache

_LARGEST = 10**13
_SPORADIC = {
    7_920: "M11",
    95_040: "M12",
    175_560: "J1",
    443_520: "M22",
    604_800: "J2",
    10_200_960: "M23",
    44_352_000: "HS",
    50_232_960: "J3",
    244_823_040: "M24",
    898_128_000: "McL",
    4_030_387_200: "He",
    17_971_200: "Tits",
    29_120: "Sz(8)",
    32_537_600: "Sz(32)",
    4_245_696: "G2(3)",
    251_596_800: "G2(4)",
    1_451_520: "PSp(6,2)",
    174_182_400: "PΩ+(8,2)",
    197_406_720: "PΩ-(8,2)",
    211_341_312: "3D4(2)",
}


def prime_factors(number: int) -> list[int]:
    """Prime factors with multiplicity, ascending."""
    factors = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1 if divisor == 2 else 2
    if number > 1:
        factors.append(number)
    return factors


def name_of_simple_group(order: int, element_orders: tuple[int, ...]) -> str:
    """Name of a group that is known to be simple.

    Arguments:
        order: its order.
        element_orders: orders of its elements, all of them; only read where two simple groups share the order.

    Returns:
        A name such as "C2", "A5", "PSL(2,7)", or "unnamed simple group of order N".
    """
    if len(prime_factors(order)) == 1:
        return f"C{order}"
    if order == 20_160:
        # A8 has elements of order 6 and 15, PSL(3,4) has orders 1, 2, 3, 4, 5 and 7 only.
        return "A8" if 6 in element_orders or 15 in element_orders else "PSL(3,4)"
    alternating = _alternating_degree(order)
    if alternating:
        return f"A{alternating}"
    return _names().get(order, f"unnamed simple group of order {order}")


def _alternating_degree(order: int) -> int | None:
    degree, half_factorial = 5, 60
    while half_factorial < order:
        degree += 1
        half_factorial *= degree
    return degree if half_factorial == order else None


@cache
def _names() -> dict[int, str]:
    """Orders of classical and sporadic simple groups with their names."""
    names = dict(_SPORADIC)
    classical = [group for q in range(2, 1_000) if len(set(prime_factors(q))) == 1 for group in _classical(q)]
    # Isomorphic groups keep the name of least dimension: PSL(2,7) rather than PSL(3,2), PSp(4,3) over PSU(4,2).
    for _, order, name in sorted(classical, key=lambda group: group[0]):
        if order <= _LARGEST:
            names.setdefault(order, name)
    return names


def _classical(q: int) -> list[tuple[int, int, str]]:
    """Rank in the order of preference, order and name of the simple linear, symplectic and unitary groups over q."""
    found = []
    for n in range(2, 6):
        order = q ** (n * (n - 1) // 2) * math.prod(q**i - 1 for i in range(2, n + 1)) // math.gcd(n, q - 1)
        if (n, q) not in {(2, 2), (2, 3)}:
            found.append((n, order, f"PSL({n},{q})"))
    for n in range(3, 6):
        order = q ** (n * (n - 1) // 2) * math.prod(q**i - (-1) ** i for i in range(2, n + 1)) // math.gcd(n, q + 1)
        if (n, q) != (3, 2):
            found.append((10 + n, order, f"PSU({n},{q})"))
    if q > 2:
        found.append((9, q**4 * (q**2 - 1) * (q**4 - 1) // math.gcd(2, q - 1), f"PSp(4,{q})"))
    return found
