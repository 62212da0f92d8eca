"""Dihedral groups: two factors in one layer, one factor in two layers, certified; other groups are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.constructions.few_layers.dihedral import dihedral_plane, dihedral_reflections, polygon
from expressivity.languages.groups import permutation_automaton, word_problem
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.strategies import automata
from oracles.effort import some


def symmetries(m: int) -> list[list[int]]:
    """All symmetries of the m-gon as permutations of its corners, turns first."""
    return [[(i + k) % m for i in range(m)] for k in range(m)] + [[(k - i) % m for i in range(m)] for k in range(m)]


def certified(network: ex.Network | None, language: ex.Automaton, family: str) -> ex.Network:
    assert network is not None
    assert FAMILIES[family].problems(network) == ()
    ex.assert_verified(network, language)
    return network


@pytest.mark.parametrize("m", range(3, 9))
def test_the_word_problem_of_every_element(m: int) -> None:
    language = word_problem(symmetries(m), letters=[f"x{i}" for i in range(2 * m)])
    assert language.states == 2 * m
    plane = certified(dihedral_plane(language), language, "deltaproduct")
    assert (plane.widths, plane.factors) == ((2,), 2)
    single = certified(dihedral_reflections(language), language, "deltanet-signed")
    assert (single.widths, single.factors) == ((1, 2), 1)


@some
@given(st.integers(3, 7), st.data())
def test_any_letters_and_any_accepting_states(m: int, data: st.DataObject) -> None:
    """Some of the symmetries, acting on themselves or on the corners, with repetitions."""
    chosen = data.draw(st.lists(st.sampled_from(symmetries(m)), min_size=1, max_size=4))
    make = word_problem if data.draw(st.booleans()) else permutation_automaton
    automaton = make(chosen, letters=[f"x{i}" for i in range(len(chosen))])
    states = data.draw(st.sets(st.integers(0, automaton.states - 1)))
    minimal = ex.Automaton.from_table(automaton.table, accepting=states, letters=automaton.letters).minimal()
    network = dihedral_reflections(minimal)
    if network is not None:
        certified(network, minimal, "deltanet-signed")
        certified(dihedral_plane(minimal), minimal, "deltaproduct")
    else:
        assert dihedral_plane(minimal) is None
        # What is left are cyclic quotients.
        assert minimal.states == 1 or not ex.describe(minimal).group or ex.describe(minimal).commutative


def test_reflections_alone_take_one_layer() -> None:
    language = ex.language("S3-transpositions")
    network = certified(dihedral_reflections(language.minimal()), language, "deltanet-signed")
    assert (network.widths, network.factors) == ((2,), 1)


@pytest.mark.parametrize("name", ["S4", "A4", "Q8", "mod4", "mod5", "parity", "flip-flop", "A5"])
def test_other_languages_are_not_dihedral(name: str) -> None:
    assert polygon(ex.language(name).minimal()) is None
    assert dihedral_reflections(ex.language(name).minimal()) is None


@given(automata())
def test_a_polygon_is_a_homomorphism_onto_the_states(automaton: ex.Automaton) -> None:
    """States of elements, recomputed from the meaning of their numbers."""
    minimal = automaton.minimal()
    group = polygon(minimal)
    if group is None:
        return
    m = group.m
    for x, letter in enumerate(group.letters.tolist()):
        k, f = divmod(letter, 2)
        for element in range(2 * m):
            corner = (2 * k + 1 - element if f else 2 * k + element) % (2 * m)
            assert group.states[corner] == minimal.table[x, group.states[element]]


def test_a_wrong_mirror_is_found_by_a_shortest_word() -> None:
    language = ex.language("D5")
    network = dihedral_reflections(language.minimal())
    assert network is not None
    layer = network.layers[1]
    assert isinstance(layer.transition, HouseholderTransition)
    keys = layer.transition.keys
    number = np.arange(keys.shape[0])
    number[1], number[2] = 2, 1
    planted = replace(layer, transition=replace(layer.transition, keys=keys[number]))
    answer = ex.verify(replace(network, layers=(network.layers[0], planted)), language)
    assert isinstance(answer, ex.Counterexample)
    assert len(answer.word) <= 3
