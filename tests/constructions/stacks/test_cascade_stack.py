"""Any regular language as a certified stack of Householder products: sizes, membership, planted errors."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.shortcuts import candidate_cascades
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.constructions.levels.verdict_levels import verdict_levels
from expressivity.constructions.stacks.cascade_stack import (
    any_automaton,
    cascade_stack,
    plan_stack,
    stack_cost,
)
from expressivity.exact import rationals
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.network import Network
from expressivity.strategies import automata, permutation_reset_automata, words
from expressivity.verification.verify import check_certificate
from oracles.effort import few, some

FAMILY = {False: FAMILIES["deltaproduct"], True: FAMILIES["gated-deltaproduct"]}


def certify(network: Network, language: ex.Automaton, *, gated: bool) -> None:
    """Membership, certificate, and its independent check."""
    assert FAMILY[gated].problems(network) == ()
    answer = ex.verify(network, language)
    assert isinstance(answer, ex.Equivalent), answer
    check_certificate(answer.certificate, network=network, language=language)


# Sizes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "layers", "factors"),
    [
        ("parity", 1, 1),
        ("flip-flop", 1, 1),
        ("mod2-with-reset", 1, 1),
        ("mod3-with-reset", 1, 2),
        ("cycle-navigation", 1, 2),
        ("A5-with-reset", 1, 4),
        ("S4", 1, 3),
        ("A4", 1, 2),
        ("tomita-3", 4, 2),
        ("tomita-7", 4, 2),
        ("dyck-1-depth-2", 2, 2),
        ("dyck-1-depth-3", 2, 2),
        ("even-pairs", 2, 2),
        ("T3", 2, 3),
        ("T4", 3, 4),
        ("third-from-last-a", 3, 2),
    ],
)
@pytest.mark.parametrize("gated", [False, True])
def test_the_zoo_is_certified_with_known_sizes(name: str, layers: int, factors: int, gated: bool) -> None:
    language = ex.language(name).minimal()
    network = any_automaton(language, gated=gated)
    certify(network, language, gated=gated)
    assert len(network.layers) <= layers
    assert network.factors is not None
    assert network.factors <= factors


@pytest.mark.parametrize("gated", [False, True])
def test_one_state_takes_one_layer(gated: bool) -> None:
    for accepting in ([0], []):
        language = ex.Automaton.from_table([[0], [0]], accepting=accepting)
        network = any_automaton(language, gated=gated)
        assert network.widths == (1,)
        certify(network, language, gated=gated)


def test_a_gate_saves_projections() -> None:
    """All of S_5's generators need at most one reflection, so the reset is what costs: 4 projections, or one gate."""
    swaps = [[1, 0, 2, 3, 4], [0, 2, 1, 3, 4], [0, 1, 3, 2, 4], [0, 1, 2, 4, 3]]
    language = ex.Automaton.from_table([*swaps, [0] * 5], accepting=[0])
    for gated, factors in ((False, 4), (True, 1)):
        network = any_automaton(language, gated=gated)
        assert network.factors == factors
        certify(network, language, gated=gated)
    assert FAMILIES["gated-deltanet"].problems(network) == ()


@pytest.mark.slow
@some
@given(automata(states=(2, 6)), st.booleans())
def test_linear_depth_at_one_more_factor_than_states(automaton: ex.Automaton, gated: bool) -> None:
    """The conjecture of the source, with numbers: ≤ |Q| − 1 layers, m factors and m + 1 coordinates for m states."""
    language = automaton.minimal()
    if language.states == 1:
        return
    cascade = subset_cover(language)
    network = cascade_stack(cascade, gated=gated)
    assert len(network.layers) <= language.states - 1
    for level, layer in zip(verdict_levels(cascade, cascade.automaton.accepting), network.layers, strict=True):
        states = level.components[0].states
        assert isinstance(layer.transition, HouseholderTransition)
        assert layer.transition.factors <= states
        assert layer.width <= states + 1
    certify(network, language, gated=gated)


# Correctness --------------------------------------------------------------------------------------------------------


@some
@given(st.data(), st.booleans())
def test_random_automata_are_certified_and_agree_with_automata_lib(data: st.DataObject, gated: bool) -> None:
    automaton = data.draw(automata(states=(1, 6), letters=(1, 3)))
    language = automaton.minimal()
    network = any_automaton(language, gated=gated)
    assert len(network.layers) <= max(1, language.states - 1)
    certify(network, language, gated=gated)
    oracle = automaton.to_dfa()
    drawn = data.draw(st.lists(words(automaton, max_length=200), min_size=1, max_size=5))
    assert network.accepts(drawn).tolist() == [oracle.accepts_input("".join(word)) for word in drawn]


@some
@given(permutation_reset_automata(states=(1, 6)), st.booleans())
def test_permutations_and_resets_take_one_layer(automaton: ex.Automaton, gated: bool) -> None:
    language = automaton.minimal()
    network = any_automaton(language, gated=gated)
    certify(network, language, gated=gated)
    assert len(network.layers) == 1


@few
@given(automata(states=(2, 5)), st.booleans())
def test_every_cascade_gives_a_right_network(automaton: ex.Automaton, gated: bool) -> None:
    language = automaton.minimal()
    for cascade in [
        *candidate_cascades(language, groups="any"),
        *([holonomy(language)] if language.states > 1 else []),
    ]:
        certify(cascade_stack(cascade, gated=gated), language, gated=gated)


def test_the_cost_is_known_before_the_weights() -> None:
    for name in ("dyck-1-depth-2", "tomita-7", "T3"):
        for cascade in candidate_cascades(ex.language(name).minimal(), groups="any"):
            network = cascade_stack(cascade, gated=False)
            assert stack_cost(plan_stack(cascade, gated=False)) == (
                len(network.layers),
                network.factors,
                sum(network.widths),
            )


def test_mlregtest_languages_are_certified(shared: Path) -> None:
    """Every tenth language of at most nine states; the rest is measured outside the suite."""
    languages = [ex.language(str(path)).minimal() for path in sorted((shared / "mlregtest").glob("*.att"))[::10]]
    small = [language for language in languages if language.states <= 9]
    assert len(small) >= 12
    for language in small:
        network = any_automaton(language, gated=False)
        assert len(network.layers) <= language.states - 1
        certify(network, language, gated=False)


# Planted errors -----------------------------------------------------------------------------------------------------


def shortest_failure(network: Network, language: ex.Automaton, longest: int) -> int:
    """Length of a shortest word up to `longest` on which they differ, by trying all; −1 when there is none."""
    for length in range(longest + 1):
        tried = np.array(list(product(range(len(language.letters)), repeat=length)), dtype=np.int64)
        flags = network.accepts(tried.reshape(len(language.letters) ** length, length))
        if any(bool(flag) != language.accepts_encoded(word) for flag, word in zip(flags, tried, strict=True)):
            return length
    return -1


def caught(broken: Network, language: ex.Automaton) -> bool:
    """Whether `verify` finds a shortest word; where it does not, the change must be harmless to short words at least.

    A change is harmless where the state is not read before it is overwritten, or where no word leads.
    """
    answer = ex.verify(broken, language, max_states=500)
    if isinstance(answer, ex.Undecided):
        assert shortest_failure(broken, language, min(answer.proved_length, 6)) == -1
        return False
    if isinstance(answer, ex.Equivalent):
        check_certificate(answer.certificate, network=broken, language=language)
        assert shortest_failure(broken, language, 6) == -1
        return False
    assert isinstance(answer, ex.Counterexample), answer
    assert language.accepts(answer.word) != answer.network_accepts
    assert bool(broken.accepts([answer.word])[0]) == answer.network_accepts
    assert shortest_failure(broken, language, len(answer.word)) == len(answer.word)
    return True


@pytest.fixture(scope="module")
def subject() -> tuple[Network, ex.Automaton]:
    """A network of two layers in which a reset has to be preceded by keeping the state."""
    language = ex.language("dyck-1-depth-2").minimal()
    network = cascade_stack(subset_cover(language), gated=False)
    assert len(network.layers) == 3
    return network, language


def changed_layers(network: Network, number: int, **changes: object) -> Network:
    layers = list(network.layers)
    layers[number] = replace(layers[number], **changes)  # type: ignore[arg-type]
    return replace(network, layers=tuple(layers))


def test_a_dropped_factor_is_found(subject: tuple[Network, ex.Automaton]) -> None:
    network, language = subject
    found = tried = 0
    for number, layer in enumerate(network.layers):
        assert isinstance(layer.transition, HouseholderTransition)
        betas = layer.transition.betas.fractions()
        for at in zip(*np.nonzero(betas), strict=True):
            fewer = betas.copy()
            fewer[at] = 0
            transition = HouseholderTransition(layer.transition.keys, rationals(fewer))
            tried += 1
            found += caught(changed_layers(network, number, transition=transition), language)
    assert found >= 0.5 * tried, (found, tried)


def test_a_changed_dependency_is_found(subject: tuple[Network, ex.Automaton]) -> None:
    network, language = subject
    found = tried = 0
    for number, layer in enumerate(network.layers[:-1]):
        table = layer.readout.table
        for letter, code in np.ndindex(table.shape):
            # The next letter up takes the place of the right one; the last one is the beginning of a sequence.
            other = table.copy()
            other[letter, code] = (table[letter, code] + 1) % (layer.readout.outputs - 1)
            tried += 1
            found += caught(changed_layers(network, number, readout=replace(layer.readout, table=other)), language)
    assert found >= 0.5 * tried, (found, tried)


def test_a_permuted_covering_map_is_found(subject: tuple[Network, ex.Automaton]) -> None:
    network, language = subject
    last = network.layers[-1].readout
    found = tried = 0
    for letter in range(len(last.table) - 1):
        other = last.table.copy()
        other[letter] = 1 - other[letter]
        tried += 1
        found += caught(changed_layers(network, -1, readout=replace(last, table=other)), language)
    assert found >= 0.5 * tried, (found, tried)
    assert caught(changed_layers(network, -1, readout=replace(last, table=1 - last.table)), language)


def test_a_cascade_for_another_start_state_is_found() -> None:
    language = ex.language("dyck-1-depth-2").minimal()
    cascade = subset_cover(language)
    level = cascade.levels[0]
    part = level.components[0]
    moved = replace(level, components=(replace(part, start=(part.start + 1) % part.states),))
    network = cascade_stack(Cascade(language, (moved, *cascade.levels[1:]), "wrong start"), gated=False)
    assert caught(network, language)
