"""Networks in finite arithmetic are decided: certified for all lengths, or refuted by a shortest word."""

from __future__ import annotations

import copy
import itertools
from collections import deque
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.constructions.compiler import compile_candidates
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.machine import machine
from expressivity.simulation.simulate import simulate
from expressivity.verification.exploration.breadth_first import explore
from expressivity.verification.exploration.budgets import Budget
from expressivity.verification.exploration.compiled import explore_compiled
from expressivity.verification.exploration.outcomes import Closed, Differs
from expressivity.verification.verify import check_certificate
from oracles.effort import few
from oracles.networks import MOD4, limit_cycle, swaps, unsigned_counter


def test_rounding_makes_a_counter_of_positive_eigenvalues() -> None:
    """The reals shrink every state to zero; the integers count modulo four, for ever."""
    for arithmetic in ("q7.8:int8/fused", "fp16:int8/fused"):
        answer = ex.verify(limit_cycle(), MOD4, arithmetic=arithmetic)
        assert isinstance(answer, ex.Equivalent)
        assert answer.boxes == 4
        assert arithmetic in answer.statement
        statement = check_certificate(answer.certificate, network=limit_cycle(), language=MOD4)
        assert "4 labelled boxes" in statement
        machine = ex.realise(limit_cycle(), arithmetic)
        assert isinstance(machine, ex.Automaton)
        assert machine.minimal().counterexample(ex.language(MOD4)) is None
    exact = ex.verify(limit_cycle(), MOD4)
    assert isinstance(exact, ex.Counterexample)


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_wrapping_integers_count_with_non_negative_diagonals(bits: int) -> None:
    language = f"re:(0*{'10*' * (2**bits - 1)}1)*0*"
    network = unsigned_counter(bits)
    answer = ex.verify(network, language, arithmetic="uint8")
    assert isinstance(answer, ex.Equivalent)
    assert answer.boxes == 2**bits
    check_certificate(answer.certificate, network=network, language=language)
    assert isinstance(ex.verify(network, language, arithmetic="bf16"), ex.Counterexample)


@few
@given(st.integers(0, 2**20), st.sampled_from(["fp4_e2m1", "e2m2/fused", "e3m1", "fp4_e2m1/accumulate-fp32"]))
def test_non_negative_diagonals_never_realise_a_group_in_floats(seed: int, arithmetic: str) -> None:
    rng = np.random.default_rng(seed)
    numbers = [Fraction(int(n), 8) for n in rng.integers(0, 24, 2)]
    writes = [Fraction(int(n), 8) for n in rng.integers(-16, 17, 2)]
    points = np.unique(rng.integers(-8, 9, 4))
    layer = Layer(
        DiagonalTransition(rationals([[n] for n in numbers])),
        rationals([[[w]] for w in writes]),
        rationals([[Fraction(int(rng.integers(-16, 17)), 8)]]),
        single_block(rationals([[int(p)] for p in points]), rng.integers(0, 2, (2, len(points))), 2),
    )
    machine = ex.realise(ex.Network(("a", "b"), (layer,)), arithmetic)
    assert isinstance(machine, ex.Automaton)
    assert ex.describe(machine).aperiodic


@pytest.mark.parametrize(("points", "bound"), [(3, 5), (5, 28)])
def test_textbook_swaps_have_short_horizons_in_fp8(points: int, bound: int) -> None:
    """The random words of theory.md §3 failed after 5 and 28 letters: upper bounds of the shortest word."""
    network, language = swaps(points, coordinatewise=True)
    answer = ex.verify(network, language, arithmetic="fp8_e4m3fn")
    assert isinstance(answer, ex.Counterexample)
    assert len(answer.word) <= bound
    check_certificate(answer.certificate, network=network)
    encoded = np.array([[network.letters.index(x) for x in answer.word]])
    assert simulate(network, encoded, "fp8_e4m3fn")[0, -1] == answer.network_accepts


def test_reading_the_order_of_coordinates_corrects_three_points_for_ever() -> None:
    network, language = swaps(3)
    ex.assert_verified(network, language, arithmetic="fp8_e4m3fn")


def brute_force(network: ex.Network, language: ex.Automaton, arithmetic: str, length: int) -> int | None:
    """Length of a shortest word that fails, by running all words."""
    letters = len(network.letters)
    for n in range(1, length + 1):
        words = np.array(list(itertools.product(range(letters), repeat=n)))
        wrong = simulate(network, words, arithmetic)[:, -1] != [language.accepts_encoded(w) for w in words]
        if wrong.any():
            return n
    return None


def test_no_shorter_word_fails() -> None:
    network, language = swaps(3)
    for arithmetic in ("fp8_e4m3fn", "fp6_e2m3", "fp4_e2m1", "q2.3"):
        answer = ex.verify(network, language, arithmetic=arithmetic)
        wanted = brute_force(network, language, arithmetic, 7)
        if isinstance(answer, ex.Counterexample):
            assert len(answer.word) == wanted or (wanted is None and len(answer.word) > 7)
        else:
            assert wanted is None


@pytest.mark.parametrize("arithmetic", ["bf16", "fp8_e4m3fn/fused", "fp16/accumulate-fp32", "fp64"])
@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("S3", "deltaproduct"),
        ("mod3-with-reset", "gated-deltaproduct"),
        ("mod5", "complex-diagonal"),
        ("mod3-with-reset", "pd-ssm"),
        ("dyck-1-depth-2", "mamba"),
        ("flip-flop", "rwkv7"),
    ],
)
def test_every_answer_is_confirmed_by_the_checker(name: str, family: str, arithmetic: str) -> None:
    network = ex.compile(name, family)
    answer = ex.verify(network, name, arithmetic=arithmetic, max_states=400)
    assert answer.arithmetic == arithmetic
    if not isinstance(answer, ex.Undecided):
        check_certificate(answer.certificate, network=network, language=name)


def test_the_compiled_search_finds_what_the_plain_one_does() -> None:
    network, language = swaps(3)
    for arithmetic in ("bf16", "fp8_e4m3fn/fused", "fp8_e5m2/per-operation/up"):
        made = machine(network, arithmetic)
        minimal = language.minimal()
        compiled = explore_compiled(made, minimal, Budget(3_000), None)
        plain = explore(made, minimal, Budget(3_000))
        assert type(compiled) is type(plain)
        if isinstance(plain, Closed):
            assert np.array_equal(compiled.rows, plain.rows)
            assert np.array_equal(compiled.labels, plain.labels)
            assert np.array_equal(compiled.successors, plain.successors)
        elif isinstance(plain, Differs):
            assert len(compiled.word) == len(plain.word)
        else:
            assert compiled.proved_length == plain.proved_length


def test_a_dictionary_search_counts_the_same_states() -> None:
    network, _ = swaps(3)
    made = machine(network, "bf16")
    row, _ = made.start()
    seen, queue = {row.tobytes()}, deque([row])
    while queue:
        here = queue.popleft()
        for letter in range(2):
            after, _ = made.step(here, np.array([letter]))
            if after.tobytes() not in seen:
                seen.add(after.tobytes())
                queue.append(after)
    automaton = ex.realise(network, "bf16")
    assert isinstance(automaton, ex.Automaton)
    states = {tuple(automaton.table[:, q]) for q in range(automaton.states)}
    assert len(states) <= automaton.states
    # A state of the realised automaton is a state with the verdict that came with it.
    assert len(seen) <= automaton.states <= 2 * len(seen)


def test_budgets_are_honest() -> None:
    network, language = swaps(3)
    answer = ex.verify(network, language, arithmetic="bf16:fp32", max_states=2_000)
    assert isinstance(answer, ex.Undecided)
    assert answer.proved_length > 5
    assert "max_states=2000" in answer.budget
    machine = ex.realise(network, "bf16:fp32", max_states=2_000)
    assert isinstance(machine, ex.Undecided)
    with pytest.raises(ex.ExpressivityError, match="max_states=0 allows no state"):
        ex.realise(network, "bf16", max_states=0)
    with pytest.raises(ex.ExpressivityError, match="rounds at random"):
        ex.verify(network, language, arithmetic="bf16/per-operation/stochastic")


def planted(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """A certificate with one thing wrong."""
    broken = copy.deepcopy(data)
    invariant, layer = broken["invariant"], broken["network"]["layers"][0]
    if kind == "point":
        invariant[2]["layers"][0]["point"][0] = "1/1024"
    elif kind == "not a float":
        invariant[2]["layers"][0]["point"][0] = "1/3"
    elif kind == "box":
        part = invariant[2]["layers"][0]
        part["lower"] = part["upper"] = part.pop("point")
    elif kind == "successor":
        invariant[1]["successors"][0] = (invariant[1]["successors"][0] + 1) % len(invariant)
    elif kind == "weight":
        layer["weights"]["matrices"][1][0][2] = -1
    elif kind == "start":
        layer["start"][0] = 2
    elif kind == "infinite":
        invariant[2]["layers"][0]["point"][0] = "inf"
    else:
        broken["arithmetic"] = kind
    return broken


KINDS = ["point", "not a float", "box", "successor", "weight", "start", "infinite"]
ARITHMETICS = [
    "exact",
    "bf16/fused",
    "q7.8:int8",
    "q7.8:int8/fused/up",
    "q7.8:int8/chunked:2",
    "int8/fused",
    "bf17",
    "/",
]


@pytest.mark.parametrize("kind", KINDS + ARITHMETICS)
def test_planted_errors_are_found(kind: str) -> None:
    answer = ex.verify(limit_cycle(), MOD4, arithmetic="q7.8:int8/fused")
    assert isinstance(answer, ex.Equivalent)
    assert checker.check(answer.certificate.data)
    with pytest.raises(checker.Rejected):
        checker.check(planted(answer.certificate.data, kind))


def test_a_wrong_word_is_rejected() -> None:
    network, language = swaps(3)
    answer = ex.verify(network, language, arithmetic="fp4_e2m1")
    assert isinstance(answer, ex.Counterexample)
    data = copy.deepcopy(answer.certificate.data)
    data["word"] = data["word"][:-1]
    with pytest.raises(checker.Rejected, match="agree on the word"):
        checker.check(data)


def test_states_that_are_no_numbers_are_certified() -> None:
    """Doubling overflows to infinity; the read-out is code 0 there, and the certificate says so."""
    layer = Layer(
        DiagonalTransition(rationals([[16]])),
        rationals([[[0]]]),
        rationals([[1]]),
        single_block(rationals([[-1], [1]]), np.array([[0, 1]]), 2),
    )
    network = ex.Network(("a",), (layer,), accepts_empty=True)
    answer = ex.assert_verified(network, "re:(aaa|aa|a)?", arithmetic="fp8_e5m2")
    assert "inf" in str(answer.certificate.data["invariant"])


def test_code_points_with_exact_enclosures_in_a_larger_field_are_decoded() -> None:
    """Rational points of an irrational layer were looked up in a table that only rational layers have."""
    for network in compile_candidates("mod4", "deltaproduct"):
        answer = ex.verify(network, "mod4", arithmetic="uint8", max_states=2_000)
        assert not isinstance(answer, ex.Undecided)
