"""Parity needs an eigenvalue that is not a non-negative real number, if products are exact and cast once.

Statement:
    Take a linear RNN with finitely many layers, h ← A(x)h + B(x), whose state after w is
        cast( Σ_i cast(A(w_t) ⋯ A(w_{i+1})B(w_i)) + cast(A(w_t) ⋯ A(w_1)h_0) )
    with exact products and sums and a monotone cast onto finitely many numbers. If every eigenvalue of every A(x) is
    real and at least 0, then on 1, 11, 111, … all layers' states are constant from some length K on, which can be
    computed. So the network gives 1^K and 1^(K+1) the same verdict, and does not recognise (11)*.

Source:
    Grazzi et al. 2025, Theorem 1. The explicit K is ours.

Hypotheses:
    - exact products, cast once: nothing is rounded inside the recurrence.
    - a monotone cast: numbers out of range saturate or become infinite; they do not wrap around.
    - finitely many values.
    - non-negative real eigenvalues, of the matrices that are multiplied: those of the weights as they are stored.

Derivation:
    Why. Read 1 again and again. The term written j letters ago has become A^j b, and each of its coordinates is a sum
    of c·C(j, m)λ^(j−m) with λ ≥ 0. By `cast_of_a_recurrence_is_eventually_periodic` its cast is constant from some j
    on: it grows out of range, shrinks to nothing, or approaches a limit from one side. So from some length on every
    letter adds the same finite amount to the sum of the cast terms: the sum is an arithmetic progression, and the cast
    of one is constant once it has left the range, or at once if the amount is 0. Hence the state, hence the answers,
    which are the letters of the next layer: it too reads one letter again and again, and the argument repeats. (An
    infinite or undefined term makes the sum infinite or undefined for good.)

    Where it breaks. The proof says nothing of a machine that rounds as it goes. There the same matrices can turn in
    circles: A = [[13/8, −9/8], [7/4, −19/16]] has the eigenvalues 5/16 and 1/8, and rounded to integers after every
    step it takes (1, 1) → (0, 1) → (−1, −1) → (0, −1) → (1, 1). Rounding is part of the recurrence then, and it is not
    monotone from one vector to the next.

    See it break. Every `test_needs_…` below drops one hypothesis and ends in a network that does recognise parity,
    certified for all lengths.

Checked:
    One layer: all 123 matrices with entries in {−1, −½, 0, ½, 1} whose two eigenvalues are real and at least 0, with
    B and h_0 each one of three vectors, 1,107 networks in fp4: the state is constant from a computed K on, which runs
    to K + 12 confirm for every tenth matrix. Two layers: all 432 stacks of scalars listed in `two_layers`; the period
    is 1 throughout, and each is refuted for parity.

Open:
    Which networks with non-negative eigenvalues count under which order of rounding is a question for each order; one
    symmetric factor fused is known not to. Nothing is open for exact products.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

import expressivity as ex
from expressivity.exact import rationals, zeros
from expressivity.exact.spectra import spectrum
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, no_input, single_block

ARITHMETIC = "exact:fp4_e2m1/exact-then-cast"
PARITY = "re:(0*10*1)*0*"


def nonnegative_matrices() -> list[np.ndarray]:
    """The 2×2 matrices with entries in {−1, −½, 0, ½, 1} that the theorem is about, found by exact spectra."""
    grid = [Fraction(n, 2) for n in range(-2, 3)]
    found = []
    for entries in itertools.product(grid, repeat=4):
        matrix = np.array(entries, dtype=object).reshape(2, 2)
        if spectrum(rationals(matrix)).nonnegative:
            found.append(matrix)
    return found


def plane(matrix: np.ndarray, write: tuple[int, int], start: tuple[int, int]) -> ex.Network:
    """One layer over one letter; its read-out has a few code points, but the states are what is looked at."""
    readout = single_block(rationals([[0, 0], [1, 1]]), np.array([[0, 1]]), 2)
    layer = Layer(
        DenseTransition(rationals(matrix[None])),
        rationals(np.array(write).reshape(1, 2, 1)),
        rationals(np.array(start).reshape(2, 1)),
        readout,
    )
    return ex.Network(("1",), (layer,), accepts_empty=True)


def scalar(moves: list[tuple[Fraction, int]], answers: list[list[int]], outputs: int = 2) -> Layer:
    """A layer of width one from (a, b) for each letter; code points 0 and 1."""
    readout = single_block(rationals([[0], [1]]), np.array(answers), outputs)
    return Layer(
        DiagonalTransition(rationals(np.array([[a] for a, _ in moves], dtype=object))),
        rationals([[[b]] for _, b in moves]),
        zeros(1, 1),
        readout,
    )


def two_layers() -> list[ex.Network]:
    """Stacks of two scalars with a in {0, ½, 1} and b in {0, 1} per letter, the answer below being the code or not."""
    moves = [(Fraction(a), b) for a in ("0", "1/2", "1") for b in (0, 1)]
    return [
        ex.Network(("1",), (scalar([below], [answer]), scalar([first, second], [[1, 0], [0, 1]])), accepts_empty=True)
        for below in moves
        for answer in ([0, 1], [1, 0])
        for first in moves
        for second in moves
    ]


def limit_cycle() -> ex.Network:
    """The matrix of the docstring: 1 applies it, 0 does nothing; parity is read from the place on the circle."""
    matrices = [[[1, 0], [0, 1]], [[Fraction(13, 8), Fraction(-9, 8)], [Fraction(7, 4), Fraction(-19, 16)]]]
    points = rationals([[1, 1], [0, 1], [-1, -1], [0, -1]])
    readout = single_block(points, np.array([[1, 0, 1, 0]] * 2), 2)
    layer = Layer(
        DenseTransition(rationals(np.array(matrices, dtype=object))), no_input(2, 2), rationals([[1], [1]]), readout
    )
    return ex.Network(("0", "1"), (layer,), accepts_empty=True)


def certified(network: ex.Network, language: str, arithmetic: str) -> bool:
    """Whether the network is proved equivalent for all lengths, by a certificate the independent checker accepts."""
    answer = ex.verify(network, language, arithmetic=arithmetic)
    return isinstance(answer, ex.Equivalent) and answer.checked.by != ""


def test_derives_that_a_cast_progression_settles() -> None:
    """T + nG with G > 0 exceeds any bound D once n > (D − T)/G: solved over the reals."""
    import sympy

    n, begin, bound = sympy.symbols("n T D", real=True)
    step = sympy.Symbol("G", positive=True)
    solution = sympy.solve(sympy.Eq(begin + n * step, bound), n)
    assert solution == [(bound - begin) / step]
    assert sympy.diff(begin + n * step, n) == step
    print("T + nG > D for all n > (D − T)/G")


def test_holds_for_every_small_plane_layer() -> None:
    vectors, networks = [(0, 0), (1, 0), (1, -1)], 0
    matrices = nonnegative_matrices()
    assert len(matrices) == 123
    for number, matrix in enumerate(matrices):
        for write, start in itertools.product(vectors, repeat=2):
            network = plane(matrix, write, start)
            found = ex.eventual_period(network, "1", arithmetic=ARITHMETIC)
            assert isinstance(found, ex.EventualPeriod)
            (layer,) = found.layers
            # One letter a group and no larger period: the cast *state* is constant, whatever is read from it.
            assert layer.period * layer.group == 1
            networks += 1
            if number % 10 == 0:
                lengths = [layer.constant + extra for extra in (1, 2, 12)]
                (states,) = ex.final_states(network, ["1" * n for n in lengths], ARITHMETIC)
                assert np.array_equal(states[0], states[1], equal_nan=True)
                assert np.array_equal(states[0], states[2], equal_nan=True)
    assert networks == 1107


def test_holds_for_every_small_stack_of_two() -> None:
    stacks = two_layers()
    assert len(stacks) == 432
    for network in stacks:
        found = ex.eventual_period(network, "1", arithmetic=ARITHMETIC)
        assert isinstance(found, ex.EventualPeriod)
        assert found.period == 1
        refutation = ex.refute_network(network, "parity", arithmetic=ARITHMETIC)
        assert refutation is not None


def test_holds_with_a_certificate_of_two_words() -> None:
    """The limit cycle under exact products: K, the two words, the theorem by name, and an independent check."""
    arithmetic = "exact:bf16/exact-then-cast"
    found = ex.refute_network(limit_cycle(), PARITY, arithmetic=arithmetic, loop="1")
    assert found is not None
    assert found.lengths == (found.preperiod, found.preperiod + 1)
    assert "Theorem 1" in found.reason
    ex.check_certificate(found.certificate, network=limit_cycle(), language=PARITY)


def test_needs_exact_products() -> None:
    """Rounded after every step, the same positive eigenvalues decide parity for all lengths."""
    matrix = limit_cycle().layers[0].transition.matrices[1]
    assert spectrum(matrix).nonnegative
    assert certified(limit_cycle(), PARITY, "q7.8:int8/fused")
    assert certified(limit_cycle(), PARITY, "fp16:int8/fused")


def test_needs_a_monotone_cast() -> None:
    """Unsigned integers that wrap around count modulo two with a = 1: h ← h + 128 in uint8."""
    readout = single_block(rationals([[0], [128]]), np.array([[1, 0]] * 2), 2)
    layer = Layer(DiagonalTransition(rationals([[1], [1]])), rationals([[[0]], [[128]]]), zeros(1, 1), readout)
    network = ex.Network(("0", "1"), (layer,), accepts_empty=True)
    assert certified(network, PARITY, "uint8")
    assert ex.refute_network(network, PARITY, arithmetic="uint8+sat/exact-then-cast", loop="1") is not None


def test_needs_finitely_many_values() -> None:
    """With all integers h ← h + 1 knows the length, and a read-out may ask whether it is even: no two states agree."""
    import sympy

    length = sympy.Symbol("k", integer=True, nonnegative=True)
    assert sympy.simplify(sympy.Mod(2 * length, 2)) == 0
    assert sympy.simplify(sympy.Mod(2 * length + 1, 2)) == 1
    counter = plane(np.array([[1, 0], [0, 1]], dtype=object), (1, 0), (0, 0))
    bounds = [ex.eventual_period(counter, "1", arithmetic=f"exact:int{bits}+sat/exact-then-cast") for bits in (3, 5, 8)]
    # The more values there are, the later the state settles: at the largest one.
    assert [found.layers[0].constant for found in bounds if isinstance(found, ex.EventualPeriod)] == [2, 14, 126]


def test_needs_non_negative_eigenvalues() -> None:
    """The map h ← −h + 1: a single eigenvalue −1, in every format."""
    layer = scalar([(Fraction(-1), 1)], [[1, 0]])
    network = ex.Network(("1",), (layer,), accepts_empty=True)
    for name in ("bf16", "fp4_e2m1", "exact:int2+sat"):
        assert certified(network, "parity", f"{name}/exact-then-cast")


def test_needs_the_eigenvalues_of_the_weights_as_stored() -> None:
    """[[−¼, −¾], [¾, 5/4]] has the eigenvalue ½ twice; rounded to fp4 it is a turn by a sixth, and decides parity."""
    matrix = np.array([[Fraction(-1, 4), Fraction(-3, 4)], [Fraction(3, 4), Fraction(5, 4)]], dtype=object)
    assert spectrum(rationals(matrix)).in_unit_interval
    wheel = rationals([[1, 0], [0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1]])
    readout = single_block(wheel, np.array([[1, 0] * 3]), 2)
    layer = Layer(DenseTransition(rationals(matrix[None])), no_input(1, 2), rationals([[1], [0]]), readout)
    network = ex.Network(("1",), (layer,), accepts_empty=True)
    assert certified(network, "parity", "fp4_e2m1/exact-then-cast")
    assert ex.refute_network(network, "parity", arithmetic=ARITHMETIC) is not None
