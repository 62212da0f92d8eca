"""Shortcuts: they apply exactly where they should, cover, and the best cascade is never worse than the general ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.shortcuts import (
    best_cascade,
    component_chain,
    direct_product,
    group_with_constants,
)
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.automaton import Automaton
from expressivity.errors import CannotCompile
from expressivity.strategies import automata, permutation_reset_automata


def product_of(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Table of the direct product of two automata over the same letters."""
    return (first[:, :, None] * second.shape[1] + second[:, None, :]).reshape(len(first), -1)


@given(permutation_reset_automata(states=(2, 7), letters=(1, 4)))
def test_groups_with_constants_take_one_level(automaton: Automaton):
    cascade = group_with_constants(automaton)
    assert cascade is not None
    assert (cascade.depth, cascade.width) == (1, automaton.reachable().states)
    assert cascade.covers() is None
    assert best_cascade(automaton, groups="preserved").depth == 1


def test_group_with_constants_declines_other_letters():
    assert group_with_constants(Automaton.from_table([[0, 0, 1]], accepting=[0])) is None
    assert group_with_constants(Automaton.from_table([[0]], accepting=[0])) is None


def test_partially_ordered_automata_take_a_chain_of_flip_flops():
    rng = np.random.default_rng(4)
    for _ in range(100):
        states = int(rng.integers(2, 9))
        shuffle = rng.permutation(states)
        upwards = np.array([[rng.integers(q, states) for q in range(states)] for _ in range(int(rng.integers(1, 4)))])
        table = shuffle[upwards[:, np.argsort(shuffle)]]
        automaton = Automaton.from_table(table, int(rng.integers(states)), accepting=[0])
        cascade = component_chain(automaton, groups="preserved")
        assert cascade is not None
        assert [[c.states for c in level.components] for level in cascade.levels] == [[2]] * (states - 1)
        assert not cascade.has_groups
        assert cascade.covers() is None


def test_component_chain_passes_through_groups():
    # A 3-cycle that can be left into a 2-cycle that can be left into a sink.
    table = [[1, 2, 0, 4, 3, 5], [1, 2, 3, 4, 5, 5], [0, 0, 0, 3, 4, 5]]
    automaton = Automaton.from_table(table, accepting=[0])
    cascade = component_chain(automaton)
    assert cascade is not None
    assert [level.components[0].states for level in cascade.levels] == [3, 2, 2, 2]
    assert cascade.covers() is None
    # Leaving with letter b moves part of a cycle only: the extension to a permutation is a new group in general.
    assert component_chain(automaton, groups="preserved") is None
    assert component_chain(Automaton.from_table([[1, 0, 0]], accepting=[0])) is not None
    assert component_chain(Automaton.from_table([[1, 2, 0], [0, 0, 2]], accepting=[0])) is None
    assert component_chain(Automaton.from_table([[0]], accepting=[0])) is None


def test_random_component_chains_cover():
    rng = np.random.default_rng(6)
    applied = {"any": 0, "preserved": 0}
    for _ in range(120):
        sizes = rng.integers(1, 4, size=int(rng.integers(2, 4)))
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        states = int(offsets[-1])
        table = np.zeros((2, states), dtype=np.int64)
        for row in table:
            for first, size in zip(offsets, sizes, strict=False):
                inside = rng.permutation(size) if rng.random() < 0.7 else np.full(size, rng.integers(size))
                row[first : first + size] = first + inside
                leaving = rng.random(size) < 0.3
                if first + size < states:
                    row[first : first + size][leaving] = rng.integers(first + size, states, size=leaving.sum())
        automaton = Automaton.from_table(table, int(rng.integers(states)), accepting=[0])
        for groups in ("any", "preserved"):
            cascade = component_chain(automaton, groups=groups)
            if cascade is not None:
                applied[groups] += 1
                assert cascade.covers() is None
    assert applied["any"] > applied["preserved"] > 20


def test_direct_products_fall_apart():
    first = np.array([[1, 2, 3, 4, 0], [0, 0, 0, 0, 0], [1, 2, 3, 4, 0]])
    second = np.array([[1, 1, 1], [1, 2, 0], [1, 2, 0]])
    automaton = Automaton.from_table(product_of(first, second), accepting=[0])
    cascade = direct_product(automaton)
    assert cascade is not None
    assert (cascade.depth, cascade.width) == (2, 8)
    assert cascade.covers() is None
    assert cascade.kind == "direct product of (group with constants) and (group with constants)"
    assert best_cascade(automaton, groups="preserved").depth == 2


def test_random_products_cover():
    rng = np.random.default_rng(8)
    applied = 0
    for _ in range(40):
        sizes = rng.integers(2, 4, size=2)
        letters = int(rng.integers(1, 4))
        table = product_of(*(rng.integers(0, size, size=(letters, size)) for size in sizes))
        automaton = Automaton.from_table(table, accepting=[0]).reachable()
        cascade = direct_product(automaton)
        if cascade is not None:
            applied += 1
            assert cascade.covers() is None
    assert applied >= 10


def test_direct_product_declines_simple_automata():
    rotation = np.roll(np.arange(5), -1)
    assert direct_product(Automaton.from_table(np.stack([rotation, [1, 0, 2, 3, 4]]), accepting=[0])) is None
    assert direct_product(Automaton.from_table([[1, 0]], accepting=[0])) is None


@given(automata(states=(1, 6), letters=(1, 3)))
def test_the_best_cascade_is_no_worse_than_the_general_ones(automaton: Automaton):
    general = holonomy(automaton)
    preserving = best_cascade(automaton, groups="preserved")
    anything = best_cascade(automaton, groups="any")
    assert preserving.covers() is None
    assert anything.covers() is None
    assert (preserving.depth, preserving.width) <= (general.depth, general.width)
    assert anything.depth <= min(preserving.depth, subset_cover(automaton).depth)
    if not any(c.group_order > 1 for level in general.components for c in level):
        assert not preserving.has_groups


def test_the_best_cascade_says_why_there_is_none(monkeypatch):
    def refuse(automaton: Automaton) -> None:
        raise CannotCompile("too large for this test")

    monkeypatch.setattr("expressivity.algebra.cascades.shortcuts.holonomy", refuse)
    monkeypatch.setattr("expressivity.algebra.cascades.shortcuts.subset_cover", refuse)
    table = [[1, 2, 0], [0, 0, 2]]
    with pytest.raises(CannotCompile, match="no cascade is small enough: too large for this test; too large"):
        best_cascade(Automaton.from_table(table, accepting=[0]), groups="any")
