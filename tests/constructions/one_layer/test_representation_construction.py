"""Groups through the representation with fewest reflections: the counts, exactness, certificates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

import expressivity as ex
from expressivity.constructions.one_layer.representation import rational_length, representation
from expressivity.exact import ExactArray, concatenate, cosines, identity, rationals
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.strategies import automata, permutation_automata
from oracles.effort import few

# Name, reflections per letter, dimension, conductor of the field of the weights.
GROUPS = [
    ("S3", 2, 2, 12),
    ("S3-transpositions", 1, 2, 12),
    ("S4", 2, 3, 1),
    ("A4", 2, 3, 1),
    ("A5", 2, 3, 5),
    ("D4", 2, 2, 1),
    ("D5", 2, 2, 20),
    ("Q8", 4, 4, 1),
    ("klein-four", 2, 2, 1),
    ("parity", 1, 1, 1),
    ("mod3", 2, 2, 12),
    ("mod4", 2, 2, 1),
    ("mod5", 2, 2, 20),
    ("mod6", 2, 2, 12),
    ("mod8", 2, 2, 16),
    ("add-mod5", 2, 2, 20),
]


def certified(network: ex.Network | None, language: ex.Automaton) -> ex.Network:
    assert network is not None
    assert FAMILIES["deltaproduct"].problems(network) == ()
    ex.assert_verified(network, language)
    return network


@pytest.mark.parametrize(("name", "factors", "width", "conductor"), GROUPS)
def test_named_groups(name: str, factors: int, width: int, conductor: int) -> None:
    language = ex.language(name)
    network = certified(representation(language.minimal()), language)
    assert (network.factors, network.widths) == (factors, (width,))
    (layer,) = network.layers
    assert isinstance(layer.transition, HouseholderTransition)
    keys = layer.transition.keys
    assert keys.conductor in {1, conductor} if keys.is_rational else keys.conductor == conductor
    assert ("over Q," in network.about) == (conductor == 1)


@pytest.mark.slow
def test_single_reflections_of_s5() -> None:
    language = ex.language("S5-transpositions")
    network = certified(representation(language.minimal()), language)
    assert (network.factors, network.widths) == (1, (4,))


@few
@given(permutation_automata(states=(1, 5), letters=(1, 2)))
def test_random_groups_are_orthogonal_and_certified(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    network = representation(minimal)
    if network is None:
        return
    certified(network, minimal)
    (layer,) = network.layers
    for x in range(len(minimal.letters)):
        matrix = layer.transition.matrices[x]
        assert (matrix @ matrix.transposed).equals(identity(layer.width))


@given(automata())
def test_letters_that_are_not_permutations_are_refused(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    if any(len(set(row)) < minimal.states for row in minimal.table.tolist()):
        assert representation(minimal) is None


def test_a_length_is_made_rational_where_the_field_allows() -> None:
    """(1, φ, 0) has length² (5 + √5)/2, of norm 5, which is no square: no multiple works. (1, φ, φ − 1) has 4."""
    golden = cosines([1], 10).reshape() + cosines([1], 10).reshape()
    one = rationals(np.array(1))
    rows = [one, golden, golden - one]
    column = [value.reshape(1) for value in rows]

    def vector(*parts: int | None) -> ExactArray:
        return concatenate([rationals([0]) if part is None else column[part] for part in parts])

    assert rational_length(vector(0, 1, None)) is None
    scaled = rational_length(vector(0, 1, 2))
    assert scaled is not None
    assert (scaled.reshape(1, 3) @ scaled.reshape(3, 1)).is_rational
    # √5·(φ, 0, 0): an irrational length whose multiple by 1/φ is rational.
    stretched = rational_length(vector(1, None, None))
    assert stretched is not None
    assert (stretched.reshape(1, 3) @ stretched.reshape(3, 1)).is_rational


def test_a_dropped_factor_is_found_by_a_shortest_word() -> None:
    language = ex.language("A5")
    network = representation(language.minimal())
    assert network is not None
    (layer,) = network.layers
    assert isinstance(layer.transition, HouseholderTransition)
    betas = layer.transition.betas.fractions()
    betas[5, 1] = 0
    planted = replace(layer, transition=replace(layer.transition, betas=rationals(betas)))
    answer = ex.verify(replace(network, layers=(planted,)), language)
    assert isinstance(answer, ex.Counterexample)
    assert len(answer.word) <= 4
