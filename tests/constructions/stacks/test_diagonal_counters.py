"""Chains of counters for permutation groups, and cascades refined to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.levels import Component, Level
from expressivity.algebra.cascades.shortcuts import best_cascade
from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.constructions.levels.counter_chains import counter_chain
from expressivity.constructions.levels.prime_cascade import refine_to_counters
from expressivity.strategies import automata, permutation_automata
from oracles.effort import some


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.permutations(range(n)), min_size=1, max_size=3)), st.data())
def test_counters_follow_every_point(generators: list[list[int]], data: st.DataObject) -> None:
    points = len(generators[0])
    orbit = [0]
    for x in orbit:
        orbit += sorted({g[x] for g in generators} - set(orbit))
    restricted = [tuple(orbit.index(g[x]) for x in orbit) for g in generators]
    chain = counter_chain(restricted, len(orbit), moduli="any", max_order=5_000)
    group = PermutationGroup(np.array(restricted, dtype=np.int64).reshape(len(restricted), len(orbit)))
    # A group that is not solvable may still move the point through a solvable chain down to a subgroup that fixes it,
    # but only if that subgroup is subnormal, and then it fixes every point: the group would be solvable.
    assert (chain is not None) == group.is_solvable()
    if chain is None:
        return
    assert [chain.point(digits) for digits in chain.digits] == list(range(len(orbit)))
    point = data.draw(st.integers(0, len(orbit) - 1))
    digits = list(chain.digits[point])
    for number in data.draw(st.lists(st.integers(0, len(restricted) - 1), max_size=12)):
        element = restricted[number]
        point = element[point]
        for place, counter in enumerate(chain.counters):
            left = counter.carry(digits[place], element)
            digits[place] = (digits[place] + counter.shift[element]) % counter.modulus
            element = left
        assert chain.point(digits) == point
    assert points >= len(orbit)


@pytest.mark.parametrize(
    ("name", "moduli", "sizes"),
    [
        ("cyclic_group(6)", "any", [6]),
        ("S3", "any", [2, 3]),
        ("S4", "any", [2, 3, 2, 2]),
        ("mod4", "any", [4]),
        ("mod4", "two", [2, 2]),
        ("dihedral_group(4)", "two", [2, 2, 2]),
        ("S3", "two", None),
        ("A5", "any", None),
    ],
)
def test_known_groups(name: str, moduli: str, sizes: list[int] | None) -> None:
    cascade = best_cascade(ex.language(name).minimal(), groups="preserved")
    refined = refine_to_counters(cascade, moduli=moduli)
    if sizes is None:
        assert refined is None
        return
    assert refined is not None
    assert [component.states for level in refined.levels for component in level.components] == sizes
    assert refined.covers() is None


@given(st.one_of(automata(states=(2, 5)), permutation_automata(states=(2, 6))))
@some
def test_refined_cascades_cover_and_only_count(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    refined = refine_to_counters(best_cascade(minimal, groups="preserved"), moduli="any")
    assert (refined is not None) == ex.describe(minimal).solvable
    if refined is None:
        return
    assert refined.covers() is None
    for level in refined.levels:
        for component in level.components:
            for row in component.maps.tolist():
                shifted = [(k + row[0]) % len(row) for k in range(len(row))]
                assert row in (list(range(len(row))), [row[0]] * len(row), shifted)


def test_a_level_that_reads_one_component_and_permutes_another_is_taken_apart() -> None:
    """Two copies of S_3 side by side; the letter reads the first and permutes the second."""
    swaps = np.array([[0, 1, 2], [1, 0, 2], [1, 2, 0]], dtype=np.int32)
    action = np.array([[1, 2], [2, 1]], dtype=np.int32)
    active = np.array([0, 0], dtype=np.int32)
    emit = np.array([[0, 1, 2], [3, 4, 5]], dtype=np.int32)
    first = Level((Component(swaps, 0), Component(swaps, 1)), action, active, emit)
    # The second level gives the automaton's next state: that of the first component.
    still = Component(np.zeros((1, 1), dtype=np.int32), 0)
    after = np.array([[1], [0], [2], [1], [2], [0]], dtype=np.int32)
    nothing = np.zeros(6, dtype=np.int32)
    second = Level((still,), nothing[:, None], nothing - 1, after)
    automaton = ex.Automaton.from_table(swaps[1:], accepting=[0])
    cascade = Cascade(automaton, (first, second), "by hand")
    assert cascade.covers() is None
    refined = refine_to_counters(cascade, moduli="any")
    assert refined is not None
    assert refined.covers() is None


def test_a_group_beyond_the_budget_is_refused_with_its_limit() -> None:
    cascade = best_cascade(ex.language("S4").minimal(), groups="preserved")
    with pytest.raises(ex.CannotCompile, match="more than max_order=10 elements"):
        refine_to_counters(cascade, moduli="any", max_order=10)


def test_a_wrong_carry_is_found() -> None:
    cascade = best_cascade(ex.language("S3").minimal(), groups="preserved")
    refined = refine_to_counters(cascade, moduli="any")
    assert refined is not None
    second = refined.levels[1]
    # Planted: one letter of the second counter moves it the other way.
    action = second.action.copy()
    moving = int(np.flatnonzero(second.components[0].maps[action[:, 0], 0] == 1)[0])
    other = int(np.flatnonzero(second.components[0].maps[:, 0] == 2)[0])
    action[moving, 0] = other
    broken = Cascade(
        refined.automaton,
        (refined.levels[0], Level(second.components, action, second.active, second.emit)),
        "planted",
    )
    assert broken.covers() is not None
