"""Store and apply: word problems with fewer reflections per letter than a letter needs, in three or four layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.constructions.few_layers.store_and_apply import store_and_apply, then
from expressivity.languages.groups import word_problem
from expressivity.networks.families import FAMILIES
from expressivity.strategies import automata, permutation_automata
from expressivity.verification.verify import check_certificate
from oracles.effort import some

S4 = word_problem([[1, 2, 3, 0], [1, 0, 2, 3]])
S5 = word_problem([[1, 2, 3, 4, 0], [1, 0, 2, 3, 4]])


def built(language: ex.Automaton, factors: int) -> ex.Network:
    network = store_and_apply(language.minimal(), factors=factors)
    assert network is not None
    family = "deltanet-signed" if factors == 1 else "deltaproduct"
    assert FAMILIES[family].problems(network) == ()
    assert network.factors == factors
    assert len(network.layers) == (4 if factors == 1 else 3)
    return network


def certified(network: ex.Network, language: ex.Automaton, *, check: bool = True) -> None:
    answer = ex.verify(network, language)
    assert isinstance(answer, ex.Equivalent)
    if check:
        check_certificate(answer.certificate, network=network, language=language)


@pytest.mark.slow
def test_all_of_s3_with_one_reflection_per_letter_in_four_layers() -> None:
    """Blocks of two letters; 31,363 states, so that the independent check is left to the smaller networks below."""
    language = ex.language("S3")
    network = built(language, 1)
    assert network.widths == (1, 2, 4, 3)
    certified(network, language, check=False)


@pytest.mark.parametrize("letters", [[[1, 2, 0], [1, 0, 2]], [[1, 2, 0], [2, 0, 1]]])
def test_generators_of_s3_and_c3(letters: list[list[int]]) -> None:
    language = word_problem(letters)
    certified(built(language, 1), language)


@pytest.mark.parametrize("factors", [1, 2])
def test_s4_from_two_generators(factors: int) -> None:
    """The four-cycle takes three reflections, yet every product of two letters takes at most two."""
    certified(built(S4, factors), S4)


def test_s5_from_two_generators_with_two_reflections_per_letter_in_three_layers() -> None:
    network = built(S5, 2)
    assert network.widths[1] == 4
    certified(network, S5, check=False)


def test_too_many_states_to_explore_are_still_right_on_words() -> None:
    """All of A_4 with single reflections: more states than the budget, so words are compared with the automaton."""
    language = ex.language("A4")
    network = built(language, 1)
    words = np.random.default_rng(1).integers(0, len(language.letters), size=(200, 30))
    wanted = [[bool(language.accepting[q]) for q in language.run(word)[1:]] for word in words]
    assert np.array_equal(network.run(words), np.array(wanted))


@some
@given(permutation_automata(states=(2, 4), letters=2), st.integers(1, 2))
def test_any_group_of_few_points(automaton: ex.Automaton, factors: int) -> None:
    minimal = automaton.minimal()
    network = store_and_apply(minimal, factors=factors)
    if network is not None:
        assert network.factors == factors
        certified(network, minimal, check=False)


@given(automata())
def test_what_needs_no_store_or_is_no_group_is_left_alone(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    if any(len(set(row)) < minimal.states for row in minimal.table.tolist()):
        assert store_and_apply(minimal) is None
    assert store_and_apply(minimal, factors=6) is None


def test_letters_within_the_limit_and_tables_too_large_give_nothing() -> None:
    assert store_and_apply(ex.language("S5-transpositions").minimal()) is None
    assert store_and_apply(ex.language("A5").minimal()) is None
    assert store_and_apply(S4, factors=0) is None


def test_first_then_second() -> None:
    assert then((1, 2, 0), (1, 0, 2)) == (0, 2, 1)


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_a_wrong_answer_of_any_layer_is_found_by_a_word(layer: int) -> None:
    """In one layer's table, the first row with different answers is shifted, in the last layer negated."""
    network = built(S4, 1)
    chosen = network.layers[layer]
    table = chosen.readout.table.copy()
    row = next(number for number, answers in enumerate(table.tolist()) if len(set(answers)) > 1)
    table[row] = 1 - table[row] if layer == 3 else np.roll(table[row], 1)
    planted = replace(chosen, readout=replace(chosen.readout, table=table))
    layers = [*network.layers[:layer], planted, *network.layers[layer + 1 :]]
    answer = ex.verify(replace(network, layers=tuple(layers)), S4)
    assert isinstance(answer, ex.Counterexample)
