"""Complex diagonals over integers that wrap around have 2-groups only, if ±im are stored with one parity.

Statement:
    One complex coordinate in real form, h ← Mh + v over the integers modulo 2^k, where M = [[a, b], [c, a]] holds what
    is stored of [[re, −im], [im, re]], and b + c is even. Every subgroup of what such maps generate is a 2-group, and
    so is every subgroup of what stacks of layers of such maps generate.

Source:
    Ours, after Nowak, Cotterell & Boumasmoud 2026, who treat real multipliers. The missing hypothesis of an earlier
    release, equal parity, was found by an attack: see `test_needs_equal_parity`.

Hypotheses:
    - equal parity: −im and im are stored as numbers of equal parity.
    - whole numbers: weights and states are integers, and nothing is rounded.
    - wrap-around.

Derivation:
    Let J = [[0, 1], [1, 0]]. Modulo two, M is one of 0, 1, J and 1 + J, which make a commutative ring, as J² = 1: the
    matrices with such a remainder are closed under products and sums. If the remainder is 1 or J, M is invertible. If
    it is 0 or 1 + J, its square is 0 modulo two, so M^(2k) = 0, and products with such a factor are of this kind too.
    Take a subgroup with neutral element x ↦ Ex + w, E² = E. If E is of the second kind then E = E^(2k) = 0, and the
    subgroup is one constant map. Else E is invertible, so E = 1, w = 0, and all elements are invertible. Their
    matrices reduce to 1 or J, and those that reduce to 1 number 2^(4(k−1)), so there are 2 · 16^(k−1) matrices and
    4^k shifts: the invertible maps form a group whose order is a power of two. Coordinates side by side make direct
    products, stacks make wreath products, and a group that divides a wreath product of finite monoids has its simple
    factors from theirs (Krohn & Rhodes 1965).

Checked:
    Every map: 4 · 4 for k = 1, 32 · 16 for k = 2, 256 · 64 for k = 3, that is 16 + 512 + 16,384: the power 2^(k+2) is
    the identity where M is invertible, and constant where it is not. The matrices allowed modulo 2 and 4 are counted by
    enumeration: 4 and 64, of which 2 and 32 are invertible, closed under products. What the weight formats make of
    ±im, |im| ≤ 1, has equal parity in int2 to int8, wrapping or saturating, and in unsigned integers that wrap around.

Open:
    Which groups fractions that wrap around make.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

import expressivity as ex
from expressivity.arithmetic.rounding import round_to
from expressivity.automaton import Automaton
from expressivity.constructions.refusals import refuse
from expressivity.exact import rationals
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout, single_block
from expressivity.networks.network import Network

Matrix = tuple[int, int, int, int]


def one_pair(
    numbers: list[tuple[str, str]], inputs: list[list[int]], start: list[int], points: list[list[int]]
) -> Network:
    """One complex coordinate, letters a, b, …; accepted is the first code point."""
    real, imaginary = (np.array([[Fraction(pair[i])] for pair in numbers], dtype=object) for i in (0, 1))
    letters = tuple("ab"[: len(numbers)])
    table = np.array([[1] + [0] * (len(points) - 1)] * len(letters))
    layer = Layer(
        ComplexDiagonalTransition(rationals(real), rationals(imaginary)),
        rationals(np.array(inputs).reshape(len(letters), 2, 1)),
        rationals(np.array(start).reshape(2, 1)),
        single_block(rationals(np.array(points)), table, 2),
    )
    network = Network(letters, (layer,), accepts_empty=start == points[0], family="complex-diagonal")
    assert ex.FAMILIES["complex-diagonal"].problems(network) == ()
    return network


def two_transpositions(one: int) -> tuple[Network, Automaton]:
    """Letters 3/5 ± 4i/5 acting on the identity matrix, and the six invertible matrices modulo two that are reached.

    Arguments:
        one: the number in the state that stands for 1 modulo two: only its parity counts, at the top of the range.
    """
    stored = [np.array([[1, 0], [1, 1]]), np.array([[1, 1], [0, 1]])]
    states = [(1, 0, 0, 1)]
    for state in states:
        for matrix in stored:
            following = tuple((matrix @ np.array(state).reshape(2, 2) % 2).ravel().tolist())
            if following not in states:
                states.append(following)
    steps = [
        [states.index(tuple((m @ np.array(s).reshape(2, 2) % 2).ravel().tolist())) for s in states] for m in stored
    ]
    language = Automaton(np.array(steps, dtype=np.int32), 0, np.arange(6) == 0, ("a", "b"))
    real, imaginary = (
        np.array([[Fraction(v)] for v in values], dtype=object) for values in (("3/5", "3/5"), ("4/5", "-4/5"))
    )
    readout = Readout(
        (Block(np.arange(4), rationals(np.array(states) * one)),),
        np.zeros((2, 1), dtype=np.int64),
        np.array([[1] + [0] * 5] * 2),
        2,
    )
    layer = Layer(
        ComplexDiagonalTransition(rationals(real), rationals(imaginary)),
        rationals(np.zeros((2, 2, 2), dtype=np.int64)),
        rationals(np.eye(2, dtype=np.int64) * one),
        readout,
    )
    return Network(("a", "b"), (layer,), accepts_empty=True, family="complex-diagonal"), language


def certified(network: Network, language: str | Automaton, arithmetic: str) -> bool:
    """Whether the network is proved right for all lengths, by a certificate that the independent checker accepts."""
    answer = ex.verify(network, language, arithmetic=arithmetic)
    return isinstance(answer, ex.Equivalent) and answer.checked.by != ""


def matrices(k: int) -> list[Matrix]:
    """All [[a, b], [c, d]] modulo 2^k whose remainder modulo two is 0, 1, J or 1 + J."""
    entries = itertools.product(range(2**k), repeat=4)
    return [m for m in entries if (m[0] + m[3]) % 2 == 0 and (m[1] + m[2]) % 2 == 0]


def product(m: Matrix, n: Matrix, modulus: int) -> Matrix:
    """Their matrix product."""
    a, b, c, d = m
    e, f, g, h = n
    return (a * e + b * g) % modulus, (a * f + b * h) % modulus, (c * e + d * g) % modulus, (c * f + d * h) % modulus


def test_derives_the_ring_modulo_two() -> None:
    """J² = 1, so (x + yJ)(z + wJ) = (xz + yw) + (xw + yz)J, and (1 + J)² = 2(1 + J)."""
    import sympy

    x, y, z, w = sympy.symbols("x y z w")
    one, swap = sympy.eye(2), sympy.Matrix([[0, 1], [1, 0]])
    assert swap * swap == one
    both = (x * one + y * swap) * (z * one + w * swap)
    assert (both - (x * z + y * w) * one - (x * w + y * z) * swap).expand() == sympy.zeros(2, 2)
    assert (one + swap) ** 2 == 2 * (one + swap)
    print("modulo two: 0, 1, J, 1 + J with J² = 1 and (1 + J)² = 0")


def test_derives_the_order_of_the_group() -> None:
    """Two remainders times 2^(k−1) choices for each of four entries, times 4^k shifts."""
    import sympy

    k = sympy.Symbol("k", positive=True, integer=True)
    order = 2 * (2 ** (k - 1)) ** 4 * (2**k) ** 2
    assert sympy.simplify(sympy.log(order, 2) - (6 * k - 3)) == 0
    print("2 · 2^(4(k−1)) · 2^(2k) = 2^(6k−3) invertible maps")


def test_holds_for_the_matrices_modulo_two_and_four() -> None:
    """Counted, and closed under products; the invertible ones too."""
    for k, count, invertible in ((1, 4, 2), (2, 64, 32)):
        allowed = matrices(k)
        units = {m for m in allowed if (m[0] * m[3] - m[1] * m[2]) % 2}
        assert (len(allowed), len(units)) == (count, invertible)
        products = {product(m, n, 2**k) for m in allowed for n in allowed}
        assert products == set(allowed)
        assert {product(m, n, 2**k) for m in units for n in units} == units
    print("4 and 64 matrices, 2 and 32 of them invertible, closed under products")


def test_holds_for_every_map_modulo_two_four_and_eight() -> None:
    """Powers by repeated squaring on all states."""
    total = 0
    for k in (1, 2, 3):
        modulus = 2**k
        x, y = (part.ravel() for part in np.meshgrid(range(modulus), range(modulus), indexing="ij"))
        shifts = np.array(list(itertools.product(range(modulus), repeat=2)))
        for a, b, c in itertools.product(range(modulus), repeat=3):
            if (b + c) % 2:
                continue
            first = (a * x + b * y + shifts[:, :1]) % modulus
            second = (c * x + a * y + shifts[:, 1:]) % modulus
            power = first * modulus + second
            for _ in range(k + 2):
                power = np.take_along_axis(power, power, axis=1)
            if (a * a - b * c) % 2:
                assert (power == np.arange(modulus**2)).all()
            else:
                assert (power == power[:, :1]).all()
            total += len(shifts)
    assert total == 16 + 512 + 16_384
    print(f"{total:,} maps for k = 1, 2, 3: f^(2^(k+2)) is the identity, or constant")


def test_holds_that_formats_keep_the_parity() -> None:
    """What is stored of im = k/64 and of −im, in wrapping and in signed saturating integers."""
    values = np.arange(65) / 64
    names = [f"int{bits}{end}" for bits in range(2, 9) for end in ("", "+sat")] + [f"uint{b}" for b in range(1, 9)]
    for name in names:
        total = round_to(values, name, engine="numpy") + round_to(-values, name, engine="numpy")
        assert (total % 2 == 0).all()
    print(f"±im has equal parity in {len(names)} formats")


def test_needs_equal_parity() -> None:
    """Unsigned and saturating, −4/5 becomes 0 and 4/5 becomes 1: two transpositions, and with them S_3, certified."""
    for arithmetic, one in (("uint8+sat:uint8", 128), ("uq8.0:uint8", 128), ("uint1+sat:uint1", 1)):
        network, language = two_transpositions(one)
        assert ex.FAMILIES["complex-diagonal"].problems(network) == ()
        assert certified(network, language, arithmetic)
        assert refuse("complex-diagonal", language.minimal(), arithmetic=arithmetic) is None
        # The theorem does not speak of everything: with signed weights the language is out of reach.
        assert refuse("complex-diagonal", language.minimal(), arithmetic="int8+sat:uint8") is not None
    print("3/5 ± 4i/5 stored as [[1, 0], [1, 1]] and [[1, 1], [0, 1]]: the word problem of S_3, certified")


def test_needs_whole_numbers() -> None:
    """With halves, products are rounded: h ← ½h + 5/2 modulo 4 counts modulo three."""
    orbit, at = [], 0.5
    for _ in range(3):
        orbit.append(at)
        at = float(round_to(round_to(np.array([0.5 * at]), "uq2.1+wrap") + 2.5, "uq2.1+wrap")[0])
    assert at == orbit[0]
    real, zero = np.array([[Fraction(1, 2)]], dtype=object), rationals([[0]])
    numbers = np.array([Fraction(v) for v in orbit], dtype=object)
    layer = Layer(
        ComplexDiagonalTransition(rationals(real), zero),
        rationals(np.array([[[Fraction(5, 2)]], [[Fraction(5, 2)]]], dtype=object).reshape(1, 2, 1)),
        rationals(np.array([[numbers[0]], [numbers[0]]], dtype=object)),
        single_block(rationals(np.stack([numbers, numbers], axis=1)), np.array([[1, 0, 0]]), 2),
    )
    network = Network(("a",), (layer,), accepts_empty=True, family="complex-diagonal")
    assert certified(network, "re:(aaa)*", "uq2.1+wrap")
    print("h ← ½h + 5/2 in steps of ½ modulo 4: the period 3, certified")


def test_needs_wrap_around() -> None:
    """Clipped to −2 … 1, a turn by 3/8 with an input goes round three corners."""
    corners = [[-2, -2], [-2, 1], [1, -1]]
    network = one_pair([("-3/5", "-4/5")], [[-2, -2]], corners[0], corners)
    assert certified(network, "re:(aaa)*", "int2+sat/fused")
    assert refuse("complex-diagonal", ex.language("re:(aaa)*").minimal(), arithmetic="int2/fused") is not None
    print("(−2, −2) → (−2, 1) → (1, −1) → (−2, −2) where int2 saturates: the period 3, certified")
