"""Holonomy: the decompositions SgpDec finds, cascades that cover, and no group that the automaton does not have."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.image_sets import Skeleton
from expressivity.automaton import Automaton
from expressivity.errors import CannotCompile
from expressivity.strategies import aperiodic_automata, automata

ORACLE = Path(__file__).resolve().parents[3] / ".." / "shared" / "oracles" / "holonomy_sgpdec.json"
CASES = json.loads(ORACLE.read_text(encoding="utf-8")) if ORACLE.is_file() else []

# Small cases with their answers, for where the oracle file is not at hand: generators, then per level (tiles, set
# size, group order).
KNOWN = {
    "flip-flop": ([[0, 0], [1, 1]], [[(2, 2, 1)]]),
    "mod 3 with reset": ([[1, 2, 0], [0, 0, 0]], [[(3, 3, 3)]]),
    "all maps of 3": ([[1, 2, 0], [1, 0, 2], [0, 0, 2]], [[(3, 3, 6)], [(2, 2, 2)]]),
}


def test_the_oracle_has_all_its_cases():
    if not CASES:
        pytest.skip("needs the data folder `shared` beside the repository root")
    assert len(CASES) == 31


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_decomposition_equals_sgpdec_and_the_cascade_covers(case):
    automaton = Automaton.from_table(np.array(case["gens_1based"]) - 1, accepting=[0])
    found = holonomy(automaton)
    assert len(found.components) == case["levels"]
    for ours, theirs in zip(found.components, case["components"], strict=True):
        assert sorted((c.tiles, c.set_size, c.group_order, c.group.name()) for c in ours) == sorted(
            (c["tiles"], c["set_size"], c["order"], c["group"]) for c in theirs
        )
    for start in range(automaton.states):
        moved = Automaton(automaton.table, start, automaton.accepting, automaton.letters)
        assert holonomy(moved).covers() is None
    assert found.depth <= case["levels"]
    if case["aperiodic"]:
        assert not found.has_groups


@pytest.mark.parametrize("name", KNOWN)
def test_known_decompositions(name):
    table, expected = KNOWN[name]
    found = holonomy(Automaton.from_table(table, accepting=[0]))
    assert [[(c.tiles, c.set_size, c.group_order) for c in level] for level in found.components] == expected
    assert found.covers() is None


def test_image_sets_are_counted_as_sgpdec_counts_them():
    if not CASES:
        pytest.skip("needs the data folder `shared` beside the repository root")
    for case in CASES:
        table = np.array(case["gens_1based"]) - 1
        sets = Skeleton(table).sets
        orbit = {sets[0]}
        pending = [sets[0]]
        while pending:
            mask = pending.pop()
            points = [q for q in range(case["n"]) if mask >> q & 1]
            for row in table:
                image = sum({1 << int(row[q]) for q in points})
                if image not in orbit:
                    orbit.add(image)
                    pending.append(image)
        assert len(orbit) == case["image_sets"]
        assert orbit | {1 << q for q in range(case["n"])} == set(sets)


@given(automata(states=(1, 7), letters=(1, 4)), st.data())
def test_cascades_cover_and_simulate(automaton: Automaton, data: st.DataObject):
    cascade = holonomy(automaton)
    assert cascade.covers() is None
    word = np.array(data.draw(st.lists(st.integers(0, automaton.table.shape[0] - 1), max_size=40)), dtype=np.int64)
    assert np.array_equal(cascade.simulate(word), automaton.run(word))


@given(aperiodic_automata(states=(1, 7), letters=(1, 3)))
def test_aperiodic_automata_give_flip_flops_only(automaton: Automaton):
    cascade = holonomy(automaton)
    assert not cascade.has_groups
    assert all(component.group_order == 1 for level in cascade.components for component in level)
    assert cascade.covers() is None


@given(automata(states=(1, 6), letters=(1, 3)))
def test_tiles_are_the_maximal_sets_inside_and_cover_the_set(automaton: Automaton):
    skeleton = Skeleton(automaton.table)
    sets = [frozenset(q for q in range(automaton.states) if mask >> q & 1) for mask in skeleton.sets]
    for level in holonomy(automaton).components:
        for component in level:
            points = frozenset(component.points)
            inside = [s for s in sets if s < points]
            maximal = {s for s in inside if not any(s < t for t in inside)}
            assert {frozenset(tile) for tile in component.tile_points} == maximal
            assert frozenset().union(*maximal) == points


def test_many_coordinates_do_not_matter():
    """14 states and 911 component states: the tuples could never be listed, the cascade is made and proved at once."""
    table = np.random.default_rng(1).integers(0, 14, size=(2, 14))
    cascade = holonomy(Automaton.from_table(table, accepting=[0]))
    assert cascade.depth > 20
    assert cascade.width > 400
    assert cascade.covers() is None


def test_dense_image_sets():
    """A rotation and a collapse of 10 states reach every non-empty subset; 10! chains of tiles stay implicit."""
    table = np.stack([np.roll(np.arange(10), -1), np.array([0, 0, *range(2, 10)])])
    cascade = holonomy(Automaton.from_table(table, accepting=[0]))
    assert len(Skeleton(table).sets) == 1023
    assert len(cascade.components) == 9
    assert cascade.covers() is None


def test_more_than_sixty_four_states():
    table = np.minimum(np.arange(70) + 1, 69)[None, :]
    cascade = holonomy(Automaton.from_table(np.vstack([table, np.zeros_like(table)]), accepting=[0]))
    assert not cascade.has_groups
    assert cascade.covers() is None


def test_too_many_image_sets_are_refused_with_a_remedy():
    table = np.stack([np.roll(np.arange(10), -1), np.array([0, 0, *range(2, 10)])])
    with pytest.raises(CannotCompile, match="more than max_sets=100 image sets; use `subset_cover`, or raise max_sets"):
        holonomy(Automaton.from_table(table, accepting=[0]), max_sets=100)


def test_one_state_and_representation():
    trivial = holonomy(Automaton.from_table([[0]], accepting=[0]))
    assert (trivial.components, trivial.levels) == ((), ())
    shown = repr(holonomy(Automaton.from_table([[1, 2, 0], [0, 0, 0]], accepting=[0])))
    assert shown.startswith("Holonomy(3 tiles, group order 3 over ")
