"""Eventual periods are what long runs show, and a certificate with anything wrong in it is rejected."""

from __future__ import annotations

import copy
from fractions import Fraction

import numpy as np
import pytest

import expressivity as ex
from expressivity import checker
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.simulation.exact_then_cast import CastLayer
from expressivity.verification.repeats.orbits import common_sign, constant_between, shortest_recurrence
from expressivity.verification.repeats.periods import least_period
from oracles.cast_networks import one_layer, random_stack

HALVES = [Fraction(v) for v in ("0", "1/2", "1", "1/4", "3/4", "5/4")]
SIGNED = [*HALVES, Fraction(-1, 2), Fraction(-1), Fraction(-3, 4)]


def confirmed(network: ex.Network, arithmetic: str, loop: str = "1", prefix: str = "") -> ex.EventualPeriod | None:
    """The decision, compared with a run through two periods after the preperiod where that is short."""
    found = ex.eventual_period(network, loop, prefix=prefix, arithmetic=arithmetic, limit=120)
    if isinstance(found, ex.NotDecided):
        return None
    length = min(100, found.preperiod + 2 * found.period + 30)
    word = (prefix + loop * length)[:length]
    run = [network.accepts_empty, *ex.simulate(network, [word], arithmetic)[0].tolist()]
    for letters, verdict in enumerate(run):
        assert found.verdict(letters) in (None, verdict), (letters, found)
    return found


@pytest.mark.parametrize("arithmetic", ["exact:fp8_e4m3fn", "exact:fp4_e2m1", "exact:int8+sat"])
def test_non_negative_eigenvalues_end_in_one_verdict(arithmetic: str) -> None:
    rng = np.random.default_rng(5)
    decided = 0
    for _ in range(16):
        network = random_stack(rng, HALVES, layers=1)
        found = confirmed(network, f"{arithmetic}/exact-then-cast")
        if found is not None:
            decided += 1
            assert found.period == 1
    assert decided >= 12


def test_storing_weights_can_make_a_counter_of_positive_eigenvalues() -> None:
    """Theorem 2 is about the matrices that are multiplied: this one halves, and rounded to fp4 it turns by a sixth."""
    matrix: list[list[Fraction | int]] = [[Fraction(-1, 4), Fraction(-3, 4)], [Fraction(3, 4), Fraction(5, 4)]]
    assert ex.spectrum(rationals(np.array(matrix, dtype=object))).in_unit_interval
    wheel = [[1, 0], [0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1]]
    network = one_layer(matrix, [0, 0], [1, 0], wheel, [0])
    answer = ex.verify(network, "re:(111111)*", arithmetic="fp4_e2m1/exact-then-cast")
    assert isinstance(answer, ex.Equivalent)
    ex.check_certificate(answer.certificate, network=network, language="re:(111111)*")
    exact = confirmed(network, "exact:fp4_e2m1/exact-then-cast")
    assert exact is not None
    assert exact.period == 1


def test_periods_of_stacks_with_real_eigenvalues_divide_powers_of_two() -> None:
    rng = np.random.default_rng(6)
    decided = 0
    for _ in range(16):
        network = random_stack(rng, SIGNED, layers=2)
        found = confirmed(network, "exact:fp8_e4m3fn/exact-then-cast")
        if found is not None:
            assert 4 % found.period == 0
            decided += 1
    assert decided >= 8


def test_prefixes_loops_and_rounding_modes() -> None:
    rng = np.random.default_rng(8)
    decided = 0
    for mode in ("up", "down", "toward-zero", "to-odd", "nearest-away"):
        for _ in range(2):
            network = random_stack(rng, SIGNED, layers=1, letters=2)
            found = confirmed(network, f"exact:fp8_e4m3fn/exact-then-cast/{mode}", loop="1a1", prefix="aa1")
            decided += found is not None
    assert decided >= 3


def test_compiled_networks_with_delays_and_a_first_letter() -> None:
    for name, family in (("mod4", "deltanet-signed"), ("mod3", "dense"), ("tomita-1", "mamba")):
        network = ex.compile(name, family)
        loop = network.letters[-1]
        found = ex.eventual_period(network, (loop,), arithmetic="exact:bf16/exact-then-cast")
        assert isinstance(found, ex.EventualPeriod)
        automaton = ex.language(name).with_letters(network.letters)
        for letters in range(30):
            assert found.verdict(letters) == automaton.accepts((loop,) * letters)


def test_oscillation_that_dies_out_and_rotation() -> None:
    shrinking = one_layer(
        [[0, Fraction(-1, 2)], [Fraction(1, 2), Fraction(1, 3)]], [1, 0], [1, 1], [[0, 0], [1, 0]], [1]
    )
    found = confirmed(shrinking, "exact:bf16/exact-then-cast")
    assert found is not None
    assert found.period == 1
    turning = one_layer([[0, -1], [1, 0]], [0, 0], [1, 0], [[1, 0], [0, 1], [-1, 0], [0, -1]], [0])
    found = confirmed(turning, "bf16/exact-then-cast")
    assert found is not None
    assert found.period == 4


def test_what_is_not_decided_says_why() -> None:
    """An irrational rotation never repeats, and a contraction of 2^-20 a step takes too long."""
    wheel = one_layer(
        [[Fraction(3, 5), Fraction(-4, 5)], [Fraction(4, 5), Fraction(3, 5)]], [0, 0], [1, 0], [[0, 0]], [0]
    )
    found = ex.eventual_period(wheel, "1", arithmetic="exact:bf16/exact-then-cast")
    assert isinstance(found, ex.NotDecided)
    assert "not all lie inside the unit circle" in found.reason or "that do not all lie inside" in found.reason
    slow = one_layer([[1 - Fraction(1, 2**20)]], [1], [0], [[0], [1]], [1])
    found = ex.eventual_period(slow, "1", arithmetic="exact:bf16/exact-then-cast", limit=100)
    assert isinstance(found, ex.NotDecided)
    assert "does not settle within 100 periods; raise limit=" in found.reason
    with pytest.raises(ex.FormatError, match="rounds at every step; give one such as bf16/exact-then-cast"):
        ex.eventual_period(slow, "1", arithmetic="bf16")
    with pytest.raises(ex.FormatError, match="the loop is the empty word"):
        ex.eventual_period(slow, "")


def test_a_counter_is_constant_once_it_overflows() -> None:
    """1 + 1 + … grows until bf16 ends, near 3.4·10³⁸: the bound is exact, though nobody can run that far."""
    counter = one_layer([[1]], [1], [0], [[0], [1], [2], [5]], [0, 2])
    found = ex.eventual_period(counter, "1")
    assert isinstance(found, ex.EventualPeriod)
    largest, following = (2**8 - 1) * 2**120, 2**128
    # The first integer that rounds to infinity: halfway to the next power of two, where the tie goes to the even code.
    assert abs(found.preperiod - (largest + following) // 2) <= 1
    assert found.verdict(found.preperiod) is True  # a read-out that meets an infinity has code 0
    assert found.verdict(10**6) is None
    in_fp8 = confirmed(counter, "fp8_e4m3fn/exact-then-cast")
    assert in_fp8 is not None
    assert in_fp8.preperiod == 465


MODES = ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd")
CASTS = (
    # NaN on both sides, infinities, saturating
    *("fp8_e4m3fn", "fp8_e4m3fnuz", "e3m2+fn", "e2m0+fnuz+nosub", "e3m2+nosub+fn"),
    *("e3m2", "e2m1+nosub", "e3m1+bias5"),
    *("fp6_e2m3", "fp4_e2m1", "e3m2+sat", "e3m2+fn+sat", "e3m2+fnuz+sat"),
    *("int4+sat", "uint4+sat", "q2.3+sat", "uq2.2+sat"),
)


@pytest.mark.parametrize("form", CASTS)
def test_a_cast_called_constant_between_two_numbers_is(form: str) -> None:
    """Monotonicity follows from the format, overflow included: on a grid finer than every jump, nothing differs."""
    network = one_layer([[1]], [1], [0], [[0]], [0])
    for mode in MODES:
        arithmetic = parse_arithmetic(f"exact:{form}/exact-then-cast/{mode}")
        layer = CastLayer(network.layers[0], arithmetic)
        top = Fraction(max(abs(layer.form.lowest), layer.form.largest))
        steps = [k * (layer.unit / 8 if k * k < 40 else layer.unit / 2) for k in range(-12, 13)]
        places = sorted({*steps, *(top * Fraction(k, 16) for k in range(-40, 41)), 4 * top, -4 * top})
        casts = [str(layer.cast_number((place,))) for place in places]
        found = 0
        for i in range(len(places)):
            for j in range(i, len(places)):
                same = len(set(casts[i : j + 1])) == 1
                found += same
                assert constant_between(layer, places[i], places[j]) == same, (form, mode, places[i], places[j])
        assert found > len(places)


def test_nan_on_both_sides_of_the_finite_numbers_is_not_one_constant() -> None:
    """Found by attack: the sum of cast terms is out of range below, comes back, and leaves above.

    The period was proved by "now NaN, far away NaN, and casts are monotone"; fp8_e4m3fn's is not.
    """
    diagonal, inputs = np.ones((2, 1), dtype=int), np.array([[[-440]], [[1]]])
    block, table = Block(np.array([0]), rationals(np.array([[1000], [0]]))), np.array([[0, 1], [0, 1]])
    readout = Readout((block,), np.zeros((2, 1), dtype=int), table, 2)
    layer = Layer(DiagonalTransition(rationals(diagonal)), rationals(inputs), rationals(np.array([[0]])), readout)
    network = ex.Network(("b", "1"), (layer,), accepts_empty=False)
    assert not ex.FAMILIES["mamba"].problems(network)
    arithmetic = "exact:fp8_e4m3fn/exact-then-cast"
    found = ex.eventual_period(network, "1", prefix="bb", arithmetic=arithmetic)
    assert isinstance(found, ex.EventualPeriod)
    run = ex.simulate(network, ["bb" + "1" * 1500], arithmetic)[0]
    flips = (np.flatnonzero(run[1:] != run[:-1]) + 2).tolist()
    assert len(flips) == 3  # out of range after two letters, back, and out for ever
    assert found.preperiod == flips[-1]
    assert [found.verdict(length) for length in range(1, 1503)] == run.tolist()


@pytest.mark.parametrize("start", [0, -440])
def test_a_wrong_network_was_called_equivalent_where_overflow_is_nan(start: int) -> None:
    """Found by attack: eight ones in a chain, then −400 + 401 at each letter; wrong from length 2,616 or 3,064 on."""
    width = 9
    index = np.array([[0, 0, *range(1, width - 1)]])
    inputs = np.zeros((1, width, 1), dtype=int)
    inputs[0, 0, 0], inputs[0, -1, 0] = -400, 401
    begin = np.array([[start], *([[0]] * (width - 1))])
    readout = Readout(
        (Block(np.array([0]), rationals(np.array([[1000], [0]]))),), np.zeros((1, 1), dtype=int), np.array([[1, 0]]), 2
    )
    ones = rationals(np.ones((1, width), dtype=int))
    layer = Layer(PermutationDiagonalTransition(index, ones), rationals(inputs), rationals(begin), readout)
    network = ex.Network(("a",), (layer,), accepts_empty=True)
    assert not ex.FAMILIES["pd-ssm"].problems(network)
    arithmetic = "exact:fp8_e4m3fn/exact-then-cast"
    run = [True, *ex.simulate(network, ["a" * 60], arithmetic)[0].tolist()]
    table = [[min(i + 1, len(run) - 1) for i in range(len(run))]]
    language = ex.Automaton.from_table(table, accepting=np.flatnonzero(run).tolist(), letters=("a",))
    answer = ex.verify(network, language, arithmetic=arithmetic)
    assert isinstance(answer, ex.Counterexample)
    assert len(answer.word) == {0: 2616, -440: 3064}[start]
    ex.check_certificate(answer.certificate, network=network, language=language)


def test_pieces() -> None:
    fibonacci = [Fraction(v) for v in (1, 1, 2, 3, 5, 8, 13, 21)]
    assert shortest_recurrence(fibonacci) == [-1, -1, 1]
    assert shortest_recurrence([Fraction(0)] * 6) == [1]
    assert shortest_recurrence([Fraction(v) for v in (5, 0, 0, 0)]) == [0, 1]
    assert least_period([1, 0, 1, 0]) == 2
    assert least_period([1, 0, 0]) == 3
    # 2^k − 100 is negative at first: its transforms disagree there, and agree from k = 7 on.
    recurrence = [Fraction(2), Fraction(-3), Fraction(1)]
    for k in range(12):
        assert common_sign(recurrence, [Fraction(2**i - 100) for i in (k, k + 1)]) == (k >= 7)


PARITY_FAILS = ("exact:fp8_e4m3fn/exact-then-cast", "1")


def certificate() -> dict[str, object]:
    network = one_layer([[Fraction(3, 4)]], [1], [8], [[0], [3], [4], [6], [7]], [0, 2, 4])
    found = ex.refute_network(network, "parity", arithmetic=PARITY_FAILS[0])
    assert found is not None
    assert found.period == 1
    ex.check_certificate(found.certificate, network=network, language="parity")
    return found.certificate.data


PLANTED = """settled constant group begin period preperiod eventual lengths same weight input start table arithmetic
wrap loop layers"""


@pytest.mark.parametrize("kind", PLANTED.split())
def test_planted_errors_are_found(kind: str) -> None:
    data = copy.deepcopy(certificate())
    assert checker.check(data)
    layer, row = data["network"]["layers"][0], data["layers"][0]
    if kind == "settled":
        row[3] -= 1
    elif kind == "constant":
        row[4] = row[3]
    elif kind == "group":
        row[2] = 0
    elif kind == "begin":
        row[0] += 1
    elif kind == "period":
        data["period"], data["eventual"] = 2, [1, 0]
    elif kind == "preperiod":
        data["preperiod"] = 1
        data["eventual"] = [1 - data["eventual"][0]]
    elif kind == "eventual":
        data["eventual"] = [1 - data["eventual"][0]]
    elif kind == "lengths":
        data["lengths"][1] += 1
    elif kind == "same":
        data["lengths"] = [0, data["lengths"][0] + 1]
    elif kind == "weight":
        layer["weights"]["matrices"][0][0][2] = -1
    elif kind == "input":
        layer["inputs"][0][0] = 300
    elif kind == "start":
        layer["start"][0] = 10**6
    elif kind == "table":
        layer["table"][0] = [1 - answer for answer in layer["table"][0]]
    elif kind == "arithmetic":
        data["arithmetic"] = "bf16/exact-then-cast"
    elif kind == "wrap":
        data["arithmetic"] = "exact:uint8/exact-then-cast"
    elif kind == "loop":
        data["loop"] = []
    else:
        data["layers"] = []
    with pytest.raises(checker.Rejected):
        checker.check(data)


def test_the_checker_counts_roots_with_multiplicity() -> None:
    from expressivity.checker import cast_periods

    polynomial = [Fraction(1)]
    for root in (Fraction(1, 2), Fraction(1, 2), Fraction(1, 3), Fraction(2), Fraction(2), Fraction(2)):
        shifted = [Fraction(0), *polynomial]
        for k, c in enumerate(polynomial):
            shifted[k] -= root * c
        polynomial = shifted
    roots = cast_periods.Roots(polynomial)
    assert roots.positive
    assert roots.above_one
    assert [round(float(low), 6) for low, _ in roots.refine(40)] == [0.333333, 0.5, 0.5, 2.0, 2.0, 2.0]
    assert not cast_periods.Roots([Fraction(1), Fraction(0), Fraction(1)]).positive
    assert not cast_periods.Roots([Fraction(1), Fraction(1)]).positive
