"""Every hypothesis of every impossibility theorem, violated alone: the theorem is not applied, and often it is false.

Thousands of random networks had missed a theorem that was false for want of a hypothesis; it was found by reading. So
each bound is listed here with all its hypotheses: on the arithmetic, each with an arithmetic that violates this one and
no other; on the family, with a network outside; on a property of the network that is given, with one that lacks it.
Where a certified network shows that the bound would be false without the hypothesis, it stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import expressivity as ex
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.constructions import refusals
from expressivity.constructions.refusals import BOUNDS, Bound, refuse
from expressivity.exact import rationals
from expressivity.experiments.counting.rounded_parity import rounded_parity
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Layer, single_block
from expressivity.verification.answers import Certificate

BY_NAME = {bound.name: bound for bound in BOUNDS}


def exactly(values: Any) -> Any:
    """Nested lists of numbers or strings p/q as an exact array."""
    array = np.array(values, dtype=object)
    return rationals(np.array([Fraction(v) for v in array.ravel()], dtype=object).reshape(array.shape))


def one_letter(
    transition: Any, write: list[Any], start: list[Any], points: list[list[Any]], *, bos: bool = False
) -> ex.Network:
    """One layer over the letter 1; the first code point is accepted."""
    zero, letters = ["0"] * len(write), 2 if bos else 1
    inputs = [zero, write] if bos else [write]
    layer = Layer(
        transition,
        exactly(inputs).reshape(letters, len(write), 1),
        exactly(start).reshape(len(write), 1),
        single_block(exactly(points), np.array([[1] + [0] * (len(points) - 1)] * letters), 2),
    )
    return ex.Network(("1",), (layer,), bos=bos, accepts_empty=True)


def counter_in_bytes() -> ex.Network:
    """The map h ← h + 128 modulo 256."""
    return one_letter(DiagonalTransition(exactly([["1"]])), ["128"], ["0"], [["0"], ["128"]])


def one_that_becomes_minus_one() -> ex.Network:
    """The multiplier 1, which q0.7 that wraps around stores as −1."""
    return one_letter(DiagonalTransition(exactly([["1"]])), ["0"], ["1/2"], [["1/2"], ["-1/2"]])


def three_halves() -> ex.Network:
    """The map h ← ½h + 5/2 in steps of ½ modulo 4: ½, 3, 0 take turns."""
    return one_letter(DiagonalTransition(exactly([["1/2"]])), ["5/2"], ["1/2"], [["1/2"], ["3"], ["0"]])


def three_corners() -> ex.Network:
    """A turn by 3/8 with an input, clipped to −2 … 1."""
    turn = ComplexDiagonalTransition(exactly([["-3/5"]]), exactly([["-4/5"]]))
    return one_letter(turn, ["-2", "-2"], ["-2", "-2"], [["-2", "-2"], ["-2", "1"], ["1", "-1"]])


def key_longer_than_one() -> ex.Network:
    """Fp4 stores (3, 1, 1, 1, 1)/√13 as (1, ½, ½, ½, ½), of squared length 2: with β = 1 a reflection."""
    key, half = ["3", "1", "1", "1", "1"], Fraction(1, 2)
    transition = HouseholderTransition(exactly([[key], [key]]), exactly([["1"], ["1"]]))
    unit = [1, half, half, half, half]
    points = [unit, [-v for v in unit]]
    return one_letter(transition, ["6/5", "2/5", "2/5", "2/5", "2/5"], ["0"] * 5, points, bos=True)


def sign_for_ever() -> ex.Network:
    """RWKV-7 with w = 6/11 and a = 1: the powers of −5/11, read by their sign (fault A3)."""
    transition = Rwkv7Transition(exactly([["6/11"], ["6/11"]]), exactly([[["1"]], [["1"]]]), exactly([["1"], ["1"]]))
    return one_letter(transition, ["1"], ["0"], [["1"], ["-1"]], bos=True)


def rounding_finds_two_neighbours(family: str, arithmetic: str) -> Callable[[], ex.Network]:
    """What `rounded_parity` builds."""
    return lambda: next(n for n in rounded_parity(family, arithmetic) if n.letters == ("1",))


def stored_transpositions() -> ex.Network:
    """Unsigned saturating weights store 3/5 ± 4i/5 as two transpositions modulo two (fault A2)."""
    transition = ComplexDiagonalTransition(exactly([["3/5"], ["3/5"]]), exactly([["4/5"], ["-4/5"]]))
    states = [(1, 0, 0, 1)]
    stored = [np.array([[1, 0], [1, 1]]), np.array([[1, 1], [0, 1]])]
    for state in states:
        for matrix in stored:
            following = tuple(int(v) for v in (matrix @ np.array(state).reshape(2, 2) % 2).ravel())
            if following not in states:
                states.append(following)
    layer = Layer(
        transition,
        exactly(np.zeros((2, 2, 2), dtype=int)),
        exactly(np.eye(2, dtype=int) * 128),
        single_block(exactly(np.array(states) * 128), np.array([[1, 0, 0, 0, 0, 0]] * 2), 2),
    )
    return ex.Network(("a", "b"), (layer,), accepts_empty=True)


def group_of_transpositions() -> ex.Automaton:
    """What `stored_transpositions` recognises: words over two transpositions of three points with product one."""
    return ex.realise(stored_transpositions(), "uint8+sat:uint8").minimal()


Violation = tuple[str, Callable[[], ex.Network] | None, Any]
"""An arithmetic, a network of the family that shows the bound would be false there, and its language."""

LANGUAGES = {"cycle": "parity", "letter-cycle": "parity", "odd-cycle": "mod3", "unsolvable": "A5"}

ARITHMETIC: dict[tuple[str, str], Violation] = {
    ("constant-along-powers", "nothing-is-rounded"): ("uint8", counter_in_bytes, "parity"),
    ("constant-along-powers", "cast-once"): ("bf16/chunked:2", None, None),
    ("constant-along-powers", "no-chance"): ("exact:bf16/exact-then-cast/stochastic", None, None),
    ("constant-along-powers", "no-wrapping"): ("exact:uint8/exact-then-cast", None, None),
    ("constant-along-powers", "non-negative-weights"): (
        "q0.7+wrap:bf16/exact-then-cast",
        one_that_becomes_minus_one,
        "parity",
    ),
    ("constant-along-a-letter", "nothing-is-rounded"): ("fp4_e2m1/exact-then-cast", key_longer_than_one, "parity"),
    ("constant-along-a-letter", "cast-once"): ("exact:bf16/fused", None, None),
    ("constant-along-a-letter", "no-chance"): ("exact:bf16/exact-then-cast/stochastic", None, None),
    ("constant-along-a-letter", "no-wrapping"): ("exact:uint8/exact-then-cast", None, None),
    ("constant-along-a-letter", "exact-weights"): ("fp4_e2m1/exact-then-cast", key_longer_than_one, "parity"),
    ("power-of-two-along-powers", "nothing-is-rounded"): ("uq2.1+wrap", three_halves, "mod3"),
    ("power-of-two-along-powers", "cast-once"): ("bf16/chunked:2", None, None),
    ("power-of-two-along-powers", "no-chance"): ("bf16/exact-then-cast/stochastic", None, None),
    ("power-of-two-along-powers", "no-wrapping"): ("exact:uint8/exact-then-cast", None, None),
    ("margins-settle-along-a-letter", "nothing-is-rounded"): (
        "bf16/fused",
        rounding_finds_two_neighbours("rwkv7", "bf16/fused"),
        "parity",
    ),
    ("solvable-subgroups-only", "nothing-is-rounded"): ("bf16", None, None),
    ("monotone-maps-are-aperiodic", "rounded-steps"): ("bf16/chunked:2", None, None),
    ("monotone-maps-are-aperiodic", "no-chance"): ("bf16/fused/stochastic", None, None),
    ("monotone-maps-are-aperiodic", "no-wrapping"): ("uint8", counter_in_bytes, "parity"),
    ("monotone-maps-are-aperiodic", "non-negative-weights"): ("q0.7+wrap:fp32", one_that_becomes_minus_one, "parity"),
    ("monotone-or-reversing-maps-make-2-groups", "rounded-steps"): ("bf16/chunked:2", None, None),
    ("monotone-or-reversing-maps-make-2-groups", "no-chance"): ("bf16/fused/stochastic", None, None),
    ("monotone-or-reversing-maps-make-2-groups", "no-wrapping"): ("uq2.1+wrap", three_halves, "mod3"),
    ("wrapping-diagonals-make-2-groups", "ring-order"): ("uint8/accumulate-fp32", None, None),
    ("wrapping-diagonals-make-2-groups", "wrapping"): ("uint8:uint8+sat", None, None),
    ("wrapping-diagonals-make-2-groups", "whole-numbers"): ("uq2.1+wrap", three_halves, "mod3"),
    ("wrapping-complex-diagonals-make-2-groups", "ring-order"): ("int8/accumulate-fp32", None, None),
    ("wrapping-complex-diagonals-make-2-groups", "wrapping"): ("int2:int2+sat/fused", three_corners, "mod3"),
    ("wrapping-complex-diagonals-make-2-groups", "whole-numbers"): ("int8:q3.1+wrap", None, None),
    ("wrapping-complex-diagonals-make-2-groups", "same-parity"): (
        "uint8+sat:uint8",
        stored_transpositions,
        group_of_transpositions,
    ),
}

# Networks of a larger family, right where the bound excludes its own: bound, family of the network, language, where.
OUTSIDE = [
    ("constant-along-powers", "mamba-signed", "parity", "exact"),
    ("constant-along-powers", "mamba-signed", "parity", "exact:bf16/exact-then-cast"),
    ("constant-along-a-letter", "deltanet-signed", "parity", "exact"),
    ("power-of-two-along-powers", "complex-diagonal", "mod3", "exact"),
    ("margins-settle-along-a-letter", "rwkv7-signed", "parity", "exact"),
    ("solvable-subgroups-only", "deltaproduct", "A5", "exact"),
    ("monotone-maps-are-aperiodic", "mamba-signed", "parity", "bf16"),
    ("monotone-or-reversing-maps-make-2-groups", "complex-diagonal", "mod3", "bf16"),
    ("wrapping-diagonals-make-2-groups", "dense", "mod3", "uint8"),
    ("wrapping-complex-diagonals-make-2-groups", "dense", "mod3", "uint8"),
]


def proved(network: ex.Network, language: Any, arithmetic: str) -> Certificate:
    """The certificate of a network that is right; it has passed the independent checker."""
    answer = ex.assert_verified(network, language, arithmetic=arithmetic)
    return answer.certificate


def missing(bound: Bound, arithmetic: str) -> list[list[str]]:
    """For every list of hypotheses of a bound the names of those that an arithmetic violates."""
    model = parse_arithmetic(arithmetic)
    return [[h.name for h in listed if not h.holds(model)] for listed in bound.models]


def test_every_hypothesis_is_listed() -> None:
    assert set(ARITHMETIC) == {(b.name, h.name) for b in BOUNDS for listed in b.models for h in listed}
    assert {name for name, *_ in OUTSIDE} == set(BY_NAME)
    assert {b.name for b in BOUNDS if b.given} == {"margins-settle-along-a-letter", "solvable-subgroups-only"}


@pytest.mark.parametrize(("name", "hypothesis"), ARITHMETIC)
def test_a_bound_is_not_applied_where_one_hypothesis_fails(
    name: str, hypothesis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound, (arithmetic, build, language) = BY_NAME[name], ARITHMETIC[name, hypothesis]
    lists = missing(bound, arithmetic)
    assert [hypothesis] in lists  # this one and no other of its list
    assert all(lists)
    asked = ex.language(LANGUAGES[bound.excludes]).minimal()
    for family in bound.families:
        refusal = refuse(family, asked, arithmetic=arithmetic, given=bound.given[0] if bound.given else None)
        assert refusal is None or refusal.bound.name != name
    if build is not None:
        network, wanted = build(), language() if callable(language) else language
        inside = [family for family in bound.families if not FAMILIES[family].problems(network)]
        assert inside
        proved(network, wanted, arithmetic)
        for family in inside:
            for given in (None, *bound.given):
                assert isinstance(ex.refute(family, wanted, arithmetic=arithmetic, given=given), ex.Open)
        # Stated without its hypotheses, the bound excludes what was just certified.
        monkeypatch.setattr(refusals, "BOUNDS", (replace(bound, models=((),)),))
        given = bound.given[0] if bound.given else None
        minimal = ex.language(wanted).minimal()
        assert all(refuse(family, minimal, arithmetic=arithmetic, given=given) is not None for family in inside)


@pytest.mark.parametrize(("name", "family", "language", "arithmetic"), OUTSIDE)
def test_a_bound_says_nothing_of_a_larger_family(name: str, family: str, language: str, arithmetic: str) -> None:
    bound = BY_NAME[name]
    given = bound.given[0] if bound.given else None
    network = ex.compile(language, family)
    proved(network, language, arithmetic)
    assert isinstance(ex.refute(family, language, arithmetic=arithmetic, given=given), ex.Open)
    minimal = ex.language(language).minimal()
    found = {own: refuse(own, minimal, arithmetic=arithmetic, given=given) for own in bound.families}
    refused = [own for own, refusal in found.items() if refusal is not None and refusal.bound is bound]
    assert refused
    for own in refused:
        assert FAMILIES[own].problems(network)


def test_a_network_without_a_margin_and_with_infinitely_many_states() -> None:
    """Fault A3: in the family, right for all lengths in exact arithmetic, and once said to be impossible."""
    network = sign_for_ever()
    assert FAMILIES["rwkv7"].problems(network) == ()
    proved(network, "parity", "exact")
    assert isinstance(ex.refute("rwkv7", "parity"), ex.Open)
    for given in BY_NAME["margins-settle-along-a-letter"].given:
        assert isinstance(ex.refute("rwkv7", "parity", given=given), ex.Impossible)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_a_language_without_the_structure_is_not_refused(bound: Bound) -> None:
    """Membership of a suffix needs no cycle; the bounds on subgroups leave even powers of two alone."""
    arithmetic = "exact" if missing(bound, "exact")[0] == [] else "bf16"
    arithmetic = "uint8" if bound.name.startswith("wrapping") else arithmetic
    assert [] in missing(bound, arithmetic)
    given = bound.given[0] if bound.given else None
    languages = {"cycle": ["flip-flop"], "letter-cycle": ["flip-flop"], "odd-cycle": ["mod4"], "unsolvable": ["S4"]}
    for language in languages[bound.excludes]:
        for family in bound.families:
            found = refuse(family, ex.language(language).minimal(), arithmetic=arithmetic, given=given)
            assert found is None or found.bound is not bound
