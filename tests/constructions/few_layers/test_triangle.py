"""Swaps of three coordinates in two layers: which languages they cover, and that hardware holds them exactly."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.constructions.few_layers.triangle import triangle_swaps
from expressivity.exact import rationals
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.householder import HouseholderTransition

SYMMETRIES = list(itertools.permutations(range(3)))


@given(st.lists(st.sampled_from(SYMMETRIES), min_size=1, max_size=4), st.sets(st.integers(0, 2)))
def test_whatever_is_built_is_certified_with_one_swap_a_letter(
    rows: list[tuple[int, ...]], accepting: set[int]
) -> None:
    automaton = ex.Automaton.from_table(rows, accepting=sorted(accepting)).minimal()
    network = triangle_swaps(automaton)
    if network is None:
        return
    assert FAMILIES["deltanet-signed"].problems(network) == ()
    assert network.factors == 1
    for arithmetic in ("exact", "bf16/fused", "fp8_e4m3fn/fused"):
        ex.assert_verified(network, automaton, arithmetic=arithmetic)


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("mod3", True),
        ("add-mod3", True),
        ("S3", True),
        ("tomita-6", True),
        ("mod4", False),
        ("D5", False),
        ("T3", False),
    ],
)
def test_it_covers_turns_and_symmetries_of_a_triangle(name: str, covered: bool) -> None:
    assert (triangle_swaps(ex.language(name).minimal()) is not None) == covered


def differ(keys: np.ndarray, first: int, second: int) -> bool:
    return bool(np.any(keys[first, 0] != keys[second, 0]))


def test_a_wrong_swap_is_found() -> None:
    network = ex.compile("S3", "deltanet-signed")
    store = network.layers[1]
    transition = store.transition
    assert isinstance(transition, HouseholderTransition)
    keys = transition.keys.fractions()
    active = [letter for letter in range(11) if transition.betas.fractions()[letter, 0] != 0]
    first, second = next(pair for pair in itertools.combinations(active, 2) if differ(keys, *pair))
    keys[[first, second]] = keys[[second, first]]
    planted = HouseholderTransition(rationals(keys), transition.betas, transition.gates)
    wrong = replace(network, layers=(network.layers[0], replace(store, transition=planted)))
    assert isinstance(ex.verify(wrong, "S3"), ex.Counterexample)
