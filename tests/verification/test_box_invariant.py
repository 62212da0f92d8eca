"""Proofs by boxes agree with the exact search, are accepted by the checker, and are never found for wrong networks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.constructions.stacks.diagonal_stack import mamba
from expressivity.exact import rationals
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout, single_block
from expressivity.strategies import aperiodic_automata, automata
from expressivity.verification.boxes.invariant import prove_by_boxes
from expressivity.verification.exploration.budgets import Budget
from oracles.effort import some
from oracles.networks import contracting


def checked(network: ex.Network, language: ex.Automaton, invariant: list[dict[str, Any]] | None) -> int:
    assert invariant is not None
    checker.check(
        {
            "format": "expressivity-certificate",
            "version": 1,
            "claim": "equivalent",
            "arithmetic": "exact",
            "network": network_to_json(network),
            "automaton": automaton_to_json(language),
            "invariant": invariant,
        }
    )
    return len(invariant)


@given(automata(states=(1, 5)), st.booleans(), st.data())
@some
def test_boxes_and_points_agree(automaton: ex.Automaton, spoil: bool, data: st.DataObject) -> None:
    minimal = automaton.minimal()
    network = ex.compile(minimal, "dense")
    other = minimal
    if spoil:
        flipped = minimal.accepting.copy()
        flipped[data.draw(st.integers(0, minimal.states - 1))] ^= True
        other = ex.Automaton(minimal.table, minimal.start, flipped, minimal.letters).minimal()
    invariant = prove_by_boxes(network, other)
    if isinstance(ex.verify(network, other), ex.Counterexample):
        assert invariant is None
    else:
        checked(network, other, invariant)


@given(aperiodic_automata(states=(2, 5)))
@some
def test_layers_that_read_their_previous_input(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    network = mamba(minimal)
    assert network is not None
    checked(network, minimal, prove_by_boxes(network, minimal))


def test_a_contracting_recurrence_has_two_boxes_and_its_start() -> None:
    language = ex.language("re[ab]:(a|b)*b").minimal()
    assert checked(contracting(), language, prove_by_boxes(contracting(), language)) == 3


def recurrence(factor: int) -> ex.Network:
    """A scalar multiplied by `factor` on every letter, plus one on b; accepts where it is nearer to 2 than to 0."""
    layer = Layer(
        DenseTransition(rationals(np.full((2, 1, 1), factor))),
        rationals(np.array([[[0]], [[1]]])),
        rationals(np.array([[0]])),
        single_block(rationals(np.array([[0], [2]])), np.array([[0, 1], [0, 1]]), 2),
    )
    return ex.Network(("a", "b"), (layer,))


def test_more_than_one_remembered_map_is_tried() -> None:
    """A quarter of the past decides between bb and ab only when one more map is remembered."""
    layer = Layer(
        DiagonalTransition(rationals(np.full((2, 1), Fraction(1, 4), dtype=object))),
        rationals(np.array([[[0]], [[3]]])),
        rationals(np.array([[0]])),
        # After bb the state is at least 3.75, after ab at most 3.25: 3.5 lies between.
        single_block(rationals(np.array([[3], [4]])), np.array([[0, 0], [0, 1]]), 2),
    )
    network = ex.Network(("a", "b"), (layer,))
    language = ex.language("re[ab]:(a|b)*bb").minimal()
    assert checked(network, language, prove_by_boxes(network, language)) >= 3


def test_nothing_is_proved_about_infinitely_many_states_or_irrational_ones_or_beyond_the_budget() -> None:
    at_least_two = ex.language("re[ab]:a*ba*b(a|b)*").minimal()
    assert prove_by_boxes(recurrence(1), at_least_two, budget=Budget(500)) is None
    assert prove_by_boxes(recurrence(2), at_least_two, budget=Budget(500)) is None
    mod5 = ex.language("mod5").minimal()
    assert prove_by_boxes(ex.compile(mod5, "deltaproduct"), mod5) is None
    dyck = ex.language("dyck-1-depth-3").minimal()
    assert prove_by_boxes(ex.compile(dyck, "dense"), dyck, budget=Budget(2)) is None


def test_a_beginning_of_sequence_letter_is_read_first() -> None:
    for name in ("S3", "S3-transpositions", "S4"):
        language = ex.language(name).minimal()
        network = ex.compile(language, "deltaproduct")
        assert network.bos
        checked(network, language, prove_by_boxes(network, language))


def test_what_is_overwritten_before_it_is_read_stays_open() -> None:
    """A second coordinate that counts modulo 7 and is never read costs no boxes."""
    seven = np.zeros((2, 8, 8), dtype=np.int64)
    seven[:, 0, 0] = [1, 0]
    for letter in range(2):
        seven[letter, 1 + (np.arange(7) + 1) % 7, 1 + np.arange(7)] = 1
    start = np.zeros((8, 1), dtype=np.int64)
    start[1] = 1
    inputs = np.zeros((2, 8, 1), dtype=np.int64)
    inputs[1, 0] = 1
    layer = Layer(
        DenseTransition(rationals(seven)),
        rationals(inputs),
        rationals(start),
        Readout(
            (Block(np.array([0]), rationals(np.array([[0], [1]]))),),
            np.zeros((2, 1), dtype=np.int64),
            np.array([[0, 1], [0, 1]]),
            2,
        ),
    )
    network = ex.Network(("a", "b"), (layer,))
    language = ex.language("re[ab]:(a|b)*b(a|b)*").minimal()
    assert checked(network, language, prove_by_boxes(network, language)) == 2


@pytest.mark.parametrize("name", ["dyck-1-depth-2", "re[ab]:(a|b)*(ab|ba)"])
def test_progress_is_reported_and_a_wrong_language_is_not_proved(name: str) -> None:
    language = ex.language(name).minimal()
    network = mamba(language)
    assert network is not None
    lines: list[str] = []
    checked(network, language, prove_by_boxes(network, language, progress=lines.append))
    assert prove_by_boxes(network, language.complement().minimal()) is None
