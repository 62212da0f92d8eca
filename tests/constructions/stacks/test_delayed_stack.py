"""Stacks that see their previous input: one factor per letter for every language whose groups are solvable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.algebra.cascades.cascade import Cascade, Component, Level
from expressivity.algebra.cascades.shortcuts import candidate_cascades
from expressivity.constructions.levels.single_factor_levels import (
    one_below_the_other,
    single_factor_cascade,
    without_resets,
    without_rotations,
)
from expressivity.constructions.stacks.delayed_stack import delayed_stack, single_factor
from expressivity.networks.families import FAMILIES
from expressivity.networks.network import Network
from expressivity.strategies import aperiodic_automata, automata, permutation_reset_automata
from expressivity.verification.verify import check_certificate
from oracles.effort import some


def certify(network: Network, language: ex.Automaton, family: str) -> None:
    assert FAMILIES[family].problems(network) == ()
    answer = ex.verify(network, language)
    assert isinstance(answer, ex.Equivalent), answer
    check_certificate(answer.certificate, network=network, language=language)


@pytest.mark.parametrize(
    ("name", "family", "layers"),
    [
        ("flip-flop", "deltanet", 1),
        ("contains-aa", "deltanet", 2),
        ("dyck-1-depth-2", "deltanet", 3),
        ("third-from-last-a", "deltanet", 4),
        ("parity", "deltanet-signed", 1),
        ("mod3", "deltanet-signed", 2),
        ("mod8", "deltanet-signed", 2),
        ("S3", "deltanet-signed", 3),
        ("A4", "deltanet-signed", 4),
        ("Q8", "deltanet-signed", 3),
        ("mod3-with-reset", "deltanet-signed", 3),
        ("mod3-with-reset", "gated-deltanet", 2),
        ("S3-with-reset", "gated-deltanet", 2),
        ("T3", "gated-deltanet", 3),
        ("aa-star", "gated-deltanet", 1),
    ],
)
def test_one_factor_suffices_for_the_zoo(name: str, family: str, layers: int) -> None:
    language = ex.language(name).minimal()
    network = single_factor(language, gated=family == "gated-deltanet")
    assert network is not None
    assert network.factors == 1
    assert len(network.layers) <= layers
    certify(network, language, family)


@some
@given(aperiodic_automata(states=(1, 4)))
def test_star_free_languages_take_beta_up_to_one(automaton: ex.Automaton) -> None:
    """DeltaNet as first published, β in [0, 1], when its layers see their previous input."""
    language = automaton.minimal()
    network = single_factor(language, gated=False, reflections=False)
    assert network is not None
    certify(network, language, "deltanet")


@some
@given(automata(states=(2, 4), letters=(1, 2)), st.booleans())
def test_four_states_have_solvable_groups_only(automaton: ex.Automaton, gated: bool) -> None:
    language = automaton.minimal()
    network = single_factor(language, gated=gated)
    assert network is not None
    certify(network, language, "gated-deltanet" if gated else "deltanet-signed")


@some
@given(automata(states=(1, 5), letters=(1, 2)), st.booleans())
def test_any_cascade_can_be_delayed(automaton: ex.Automaton, gated: bool) -> None:
    language = automaton.minimal()
    network = delayed_stack(candidate_cascades(language, groups="any")[0], gated=gated)
    certify(network, language, "gated-deltaproduct" if gated else "deltaproduct")


def test_without_reflections_groups_are_left_out() -> None:
    assert single_factor(ex.language("tomita-3").minimal(), gated=False, reflections=False) is None
    assert single_factor(ex.language("parity").minimal(), gated=False, reflections=False) is None


def test_a_group_that_is_not_solvable_is_left_to_others() -> None:
    language = ex.language("A5-with-reset").minimal()
    assert single_factor(language, gated=True) is None
    assert single_factor(language, gated=False) is None


def test_limits_are_named() -> None:
    language = ex.language("T3").minimal()
    with pytest.raises(ex.CannotCompile, match=r"no stack is small enough: .*max_letters=3"):
        single_factor(language, gated=False, max_letters=3)


# The transformations of levels --------------------------------------------------------------------------------------


def itself(automaton: ex.Automaton) -> tuple[Cascade, Level]:
    letters = np.arange(len(automaton.letters), dtype=np.int32)
    level = Level(
        (Component(automaton.table, automaton.start),), letters[:, None], np.zeros_like(letters), automaton.table
    )
    return Cascade(automaton, (level,), "itself"), level


@given(permutation_reset_automata(states=(2, 6)))
def test_levels_without_rotations_or_resets_still_cover(automaton: ex.Automaton) -> None:
    cascade, level = itself(automaton)
    for change in (without_rotations, without_resets, one_below_the_other):
        assert Cascade(automaton, tuple(change(level)), "changed").covers() is None
    for gated in (False, True):
        assert single_factor_cascade(cascade, gated=gated).covers() is None


@some
@given(automata(states=(2, 5)))
def test_components_one_below_the_other_still_cover(automaton: ex.Automaton) -> None:
    for cascade in candidate_cascades(automaton, groups="any"):
        levels = [single for level in cascade.levels for single in one_below_the_other(level)]
        assert all(len(level.components) == 1 for level in levels)
        assert len(levels) == sum(len(level.components) for level in cascade.levels)
        assert Cascade(automaton, tuple(levels), "one below the other").covers() is None


def test_rotations_become_mirrorings_below_a_counter_modulo_two() -> None:
    _, level = itself(ex.Automaton.from_table([[1, 2, 3, 4, 0], [3, 3, 3, 3, 3]], accepting=[0]))
    upper, lower = without_rotations(level)
    assert upper.components[0].states == 2
    assert [sorted(row) == list(range(5)) for row in lower.components[0].maps.tolist()] == [True, True, False, False]
    for row in lower.components[0].maps[:2].tolist():
        assert [row[row[state]] for state in range(5)] == list(range(5))


def test_a_wrong_transformation_is_found() -> None:
    """A mirroring with one moved entry no longer covers, and the cascade's check says so with a word."""
    automaton = ex.Automaton.from_table([[1, 2, 0], [1, 1, 1]], accepting=[0])
    _, level = itself(automaton)
    upper, lower = without_rotations(level)
    emit = lower.emit.copy()
    emit[0] = np.roll(emit[0], 1)
    wrong = Level(lower.components, lower.action, lower.active, emit)
    assert Cascade(automaton, (upper, wrong), "planted").covers() is not None
