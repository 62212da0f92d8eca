import json
from math import factorial

import numpy as np
import pytest
from hypothesis import given

from expressivity.algebra.monoids import orbits
from expressivity.algebra.monoids.green import greens_relations
from expressivity.algebra.monoids.monoid import transition_monoid
from expressivity.algebra.monoids.orbits import image_orbit, is_aperiodic, maximal_subgroups, monoid_order
from expressivity.automaton import Automaton
from expressivity.strategies import aperiodic_automata, automata, permutation_automata
from oracles.effort import some


def automaton_of(*maps):
    return Automaton.from_table(list(maps), accepting=[0])


def random_automata(count, seed):
    """Random letters of every kind: permutations, constants, order-preserving, small images, arbitrary."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        states, letters = int(rng.integers(1, 7)), int(rng.integers(1, 4))
        table = rng.integers(0, states, size=(letters, states))
        for row in table:
            kind = rng.integers(0, 6)
            if kind == 0:
                row[:] = rng.permutation(states)
            elif kind == 1:
                row.sort()
            elif kind == 2:
                row[:] = rng.integers(0, max(1, states // 2), size=states)
        yield automaton_of(*table)


def disagreements(automaton, orbit, limit=20_000):
    """What an orbit says about the monoid, compared with its enumeration, element by element."""
    monoid = transition_monoid(automaton, limit=limit)
    if not monoid.complete:
        return []
    wrong = []
    if orbit.monoid_order() != len(monoid):
        wrong.append("order")
    if orbit.is_aperiodic() != monoid.is_aperiodic():
        wrong.append("aperiodic")
    images = {tuple(sorted(set(row))) for row in monoid.elements.tolist()}
    if images != set(orbit.sets) or len(images) != len(orbit.sets):
        wrong.append("image sets")
    idempotent_images = {tuple(sorted(set(row))) for row in monoid.elements[monoid.idempotent].tolist()}
    for component, first in enumerate(orbit.representatives):
        points = orbit.sets[first]
        permuting = {
            tuple(row[x] for x in points)
            for row in monoid.elements.tolist()
            if tuple(sorted(row[x] for x in points)) == points
        }
        if orbit.group_order(component) != len(permuting):
            wrong.append(f"permutator group of {points}")
        if orbit.is_regular(component) != (points in idempotent_images):
            wrong.append(f"regularity of {points}")
    if len(monoid) <= 2_000:
        greens = greens_relations(monoid)
        expected = sorted((c.rank, c.h_size) for c in greens.d_classes if c.regular and c.h_size > 1)
        if sorted((s.rank, s.order) for s in orbit.maximal_subgroups()) != expected:
            wrong.append("maximal subgroups")
    return wrong


@pytest.mark.parametrize("seed", range(3))
def test_orbits_agree_with_enumeration(seed):
    for automaton in random_automata(350, seed):
        assert disagreements(automaton, image_orbit(automaton)) == [], automaton.table.tolist()


@given(automata(states=(1, 6), letters=(1, 3)))
def test_orbits_agree_with_enumeration_on_drawn_automata(automaton):
    assert disagreements(automaton, image_orbit(automaton)) == []


@given(aperiodic_automata(states=(1, 8), letters=(1, 3)))
def test_aperiodic_by_construction(automaton):
    assert is_aperiodic(automaton)
    assert maximal_subgroups(automaton) == ()


@given(permutation_automata(states=(1, 7), letters=(1, 3)))
def test_groups_have_one_image_set_and_one_subgroup(automaton):
    orbit = image_orbit(automaton)
    assert len(orbit.sets) == 1
    assert orbit.monoid_order() == orbit.group_order(0)
    assert is_aperiodic(automaton) == (orbit.group_order(0) == 1)
    assert [s.order for s in orbit.maximal_subgroups()] == [orbit.group_order(0)] * (orbit.group_order(0) > 1)


@pytest.mark.parametrize("corrupt", ["group", "component", "regular"])
def test_the_comparison_finds_planted_errors(corrupt, monkeypatch):
    """The comparison above is worth something: each planted mistake is found on some automaton."""
    if corrupt == "group":  # a permutator group is lost
        real = orbits._permutator_groups

        def planted(*arguments):
            representatives, carried, groups = real(*arguments)
            return representatives, carried, tuple(None for _ in groups)

        monkeypatch.setattr(orbits, "_permutator_groups", planted)
    elif corrupt == "component":  # all sets count as a component of their own
        monkeypatch.setattr(orbits, "strong_components", lambda successors: np.arange(len(successors))[::-1].copy())
    else:  # every component passes for regular
        monkeypatch.setattr(orbits.ImageOrbit, "is_regular", lambda self, component: True)
    assert any(disagreements(automaton, image_orbit(automaton)) for automaton in random_automata(60, 0))


def test_orders_and_subgroups_that_gap_computed(shared):
    for case in json.loads((shared / "oracles" / "holonomy_sgpdec.json").read_text()):
        orbit = image_orbit(automaton_of(*(np.array(case["gens_1based"]) - 1)))
        assert orbit.monoid_order() == case["monoid"], case["name"]
        assert orbit.is_aperiodic() == case["aperiodic"], case["name"]


@pytest.mark.parametrize("n", [2, 5, 8, 9])
def test_full_transformation_monoids(n):
    automaton = automaton_of([*range(1, n), 0], [1, 0, *range(2, n)], [0, 0, *range(2, n)])
    orbit = image_orbit(automaton)
    assert orbit.monoid_order() == n**n
    assert [(s.rank, s.order) for s in orbit.maximal_subgroups()] == [(r, factorial(r)) for r in range(n, 1, -1)]


def test_the_symmetric_group_on_thirty_points_needs_no_enumeration():
    assert monoid_order(automaton_of([*range(1, 30), 0], [1, 0, *range(2, 30)])) == factorial(30)


def test_more_than_255_states():
    """Regression: with uint8 rows, states beyond 255 were taken modulo 256."""
    n = 300
    reset = np.zeros(n, dtype=int)
    assert monoid_order(automaton_of([*range(1, n), 0], reset)) == 2 * n
    assert monoid_order(automaton_of(np.maximum(np.arange(n) - 1, 0))) == n


def test_a_monoid_with_two_billion_elements():
    """A permutation and a map on 12 states: the monoid has 2,763,165,000 elements, its orbit 1,145 image sets."""
    rng = np.random.default_rng(0)
    automaton = automaton_of(rng.permutation(12), rng.integers(0, 12, 12))
    orbit = image_orbit(automaton)
    assert orbit.is_aperiodic() is False
    assert len(orbit.sets) == 1_145
    assert orbit.monoid_order() == 2_763_165_000


def test_budgets_end_in_undecided():
    automaton = automaton_of([1, 2, 3, 4, 0], [1, 0, 2, 3, 4], [0, 0, 2, 3, 4])
    assert image_orbit(automaton, limit=30) is None
    assert is_aperiodic(automaton, limit=30) is None
    assert maximal_subgroups(automaton, limit=30) is None
    assert monoid_order(automaton, orbit_limit=30) is None
    assert monoid_order(automaton, limit=51) is None
    assert monoid_order(automaton, limit=52) == 5**5  # 52 set partitions of five points: the kernels
    with pytest.raises(ValueError, match="limit is 0; expected at least 1 image set"):
        image_orbit(automaton, limit=0)


@some
@given(automata(states=(2, 5), letters=(2, 3)))
def test_maximal_subgroups_are_generated_by_what_is_returned(automaton):
    for subgroup in image_orbit(automaton).maximal_subgroups():
        closure = {tuple(range(subgroup.rank))}
        frontier = list(closure)
        while frontier:
            frontier = [
                h
                for g in frontier
                for s in subgroup.generators
                if (h := tuple(s[list(g)].tolist())) not in closure and not closure.add(h)
            ]
        assert len(closure) == subgroup.order
        assert len(subgroup.points) == subgroup.rank


def test_mlregtest_orders_and_star_freeness(mlregtest):
    for name, automaton, row in mlregtest:
        orbit = image_orbit(automaton)
        assert orbit.monoid_order() == int(row["Monoid"]), name
        assert orbit.is_aperiodic() == (row["Class"] not in {"Zp", "Reg"}), name
        assert transition_monoid(automaton).order == int(row["Monoid"]), name
