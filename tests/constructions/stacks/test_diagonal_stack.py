"""Flip-flops and counters as diagonal layers: certified, in their families, and left alone where they do not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.constructions.levels.symbol_merging import merge_symbols, merged_table
from expressivity.constructions.stacks.complex_diagonal import complex_diagonal
from expressivity.constructions.stacks.diagonal_stack import mamba, mamba_signed
from expressivity.constructions.stacks.stack_plan import plan_layers
from expressivity.exact import ExactArray
from expressivity.networks.families import FAMILIES
from expressivity.networks.layer import Readout
from expressivity.strategies import aperiodic_automata, automata, permutation_reset_automata, words
from expressivity.verification.verify import check_certificate
from oracles.effort import some

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "mlregtest"


def certified(network: ex.Network | None, language: ex.Automaton, family: str) -> ex.Network:
    assert network is not None
    assert FAMILIES[family].problems(network) == ()
    ex.assert_verified(network, language)
    return network


@given(aperiodic_automata(), st.data())
@some
def test_star_free_languages_fit_non_negative_diagonals(automaton: ex.Automaton, data: st.DataObject) -> None:
    minimal = automaton.minimal()
    network = certified(mamba(minimal), minimal, "mamba")
    dfa = minimal.to_dfa()
    drawn = data.draw(st.lists(words(minimal), max_size=5))
    accepted = network.accepts(drawn) if drawn else np.zeros(0, dtype=bool)
    assert accepted.tolist() == [dfa.accepts_input(word) for word in drawn]


@given(automata(states=(1, 5)))
@some
def test_each_family_holds_exactly_what_its_subgroups_allow(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    profile = ex.describe(minimal)
    for family, build, allowed in (
        ("mamba", mamba, profile.aperiodic),
        ("mamba-signed", mamba_signed, profile.subgroups_2_groups),
        ("complex-diagonal", complex_diagonal, profile.solvable),
    ):
        network = build(minimal)
        assert (network is not None) == allowed
        if network is not None:
            certified(network, minimal, family)


@given(permutation_reset_automata(states=(2, 6)))
@some
def test_permutations_and_resets_become_counters_with_resets(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    network = complex_diagonal(minimal)
    assert (network is not None) == ex.describe(minimal).solvable
    if network is not None:
        certified(network, minimal, "complex-diagonal")


@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("mod3", (2,)),
        ("mod5", (2,)),
        ("mod3-with-reset", (2,)),
        ("S3", (1, 2)),
        ("D5", (1, 2)),
        ("S4", (1, 2, 1, 1)),
        ("cyclic_group(6)", (2,)),
        ("parity", (1,)),
        ("dyck-1-depth-3", (1, 1, 1, 1)),
    ],
)
def test_sizes_of_complex_stacks(name: str, widths: tuple[int, ...]) -> None:
    language = ex.language(name).minimal()
    assert certified(complex_diagonal(language), language, "complex-diagonal").widths == widths


@pytest.mark.parametrize(("name", "layers"), [("mod4", 2), ("tomita-5", 2), ("dihedral_group(4)", 3)])
def test_2_groups_are_stacks_of_sign_flips(name: str, layers: int) -> None:
    language = ex.language(name).minimal()
    network = certified(mamba_signed(language), language, "mamba-signed")
    assert len(network.layers) == layers
    assert not any(layer.delay for layer in network.layers)


def test_groups_that_do_not_fit_are_left_alone() -> None:
    assert mamba(ex.language("parity").minimal()) is None
    assert mamba_signed(ex.language("mod3").minimal()) is None
    assert mamba_signed(ex.language("S3").minimal()) is None
    assert complex_diagonal(ex.language("A5").minimal()) is None


def test_a_language_of_one_state_has_one_layer() -> None:
    everything = ex.Automaton.from_table([[0], [0]], accepting=[0])
    network = certified(mamba(everything), everything, "mamba")
    assert len(network.layers) == 1
    assert network.accepts(["", "ab"]).tolist() == [True, True]


def test_the_previous_input_is_read_only_where_a_reset_erases_what_is_needed() -> None:
    last_two_differ = ex.language("re[ab]:(a|b)*(ab|ba)").minimal()
    network = certified(mamba(last_two_differ), last_two_differ, "mamba")
    assert any(layer.delay for layer in network.layers)
    ends_in_b = ex.language("re[ab]:(a|b)*b").minimal()
    assert not any(layer.delay for layer in certified(mamba(ends_in_b), ends_in_b, "mamba").layers)


def test_an_alphabet_that_grows_too_large_is_refused_with_its_size() -> None:
    language = ex.language("dyck-1-depth-3").minimal()
    with pytest.raises(ex.CannotCompile, match=r"symbols from below, \d+ pairs .* max_letters=3"):
        mamba(language, max_letters=3)


@pytest.mark.parametrize("states", range(2, 6))
def test_small_star_free_languages_of_mlregtest(states: int) -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared folder of languages is absent")
    done = 0
    for path in sorted(SHARED.glob("04.04*.att")):
        minimal = ex.language(str(path)).minimal()
        if minimal.states != states or ".Zp." in path.name or ".Reg." in path.name:
            continue
        certified(mamba(minimal), minimal, "mamba")
        done += 1
    assert done or states == 2


def test_counters_of_mlregtest() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared folder of languages is absent")
    for path in sorted(SHARED.glob("*.Zp.*.att")):
        minimal = ex.language(str(path)).minimal()
        prime = int(path.name.split(".")[3])
        certified(complex_diagonal(minimal), minimal, "complex-diagonal")
        if prime == 2:
            certified(mamba_signed(minimal), minimal, "mamba-signed")
        else:
            assert mamba_signed(minimal) is None


# Planted errors ------------------------------------------------------------------------------------------------------


def planted(network: ex.Network, number: int, kind: str) -> ex.Network:
    layer = network.layers[number]
    if kind == "write":
        inputs = layer.inputs.numerators.copy()
        letter = int(np.flatnonzero(inputs[:, 0, 0, 0])[0])
        inputs[letter] = 0
        layer = replace(layer, inputs=ExactArray(inputs, layer.inputs.denominator))
    else:
        readout = layer.readout
        table = np.roll(readout.table, 1, axis=0)
        layer = replace(layer, readout=Readout(readout.blocks, readout.select, table, readout.outputs))
    return replace(network, layers=(*network.layers[:number], layer, *network.layers[number + 1 :]))


@pytest.mark.parametrize("kind", ["write", "answers"])
@pytest.mark.parametrize("name", ["dyck-1-depth-2", "dyck-1-depth-3", "re[ab]:(a|b)*(ab|ba)"])
def test_a_planted_error_is_found_with_a_shortest_word(name: str, kind: str) -> None:
    language = ex.language(name).minimal()
    network = mamba(language)
    assert network is not None
    broken = planted(network, 0, kind)
    answer = ex.verify(broken, language)
    assert isinstance(answer, ex.Counterexample)
    check_certificate(answer.certificate, network=broken, language=language)
    shorter = [""]
    for _ in range(len(answer.word) - 1):
        shorter += [word + letter for word in shorter for letter in language.letters]
    assert broken.accepts(shorter).tolist() == [language.accepts(word) for word in shorter]


# Merging symbols -----------------------------------------------------------------------------------------------------


@given(st.integers(1, 7), st.integers(1, 3), st.data())
def test_merged_symbols_keep_every_known_entry(symbols: int, values: int, data: st.DataObject) -> None:
    row = st.lists(st.integers(-1, values - 1), min_size=symbols, max_size=symbols)
    table = np.array(data.draw(st.lists(row, min_size=symbols + 1, max_size=symbols + 1)))
    classes = merge_symbols(table)
    merged = merged_table(table, classes)
    rows = np.append(classes, merged.shape[1])
    for previous in range(symbols + 1):
        for present in range(symbols):
            if table[previous, present] >= 0:
                assert merged[rows[previous], classes[present]] == table[previous, present]


def test_symbols_nothing_tells_apart_become_one() -> None:
    assert merge_symbols(np.zeros((5, 4), dtype=np.int64)).tolist() == [0, 0, 0, 0]
    # 0 and 1 agree where both are known, but joined they would be followed by themselves with two outcomes.
    table = np.array([[-1, 0], [1, -1], [-1, -1]])
    assert merge_symbols(table).tolist() == [0, 1]


def test_a_plan_has_a_layer_for_each_level_and_at_most_one_more() -> None:
    from expressivity.algebra.cascades.shortcuts import best_cascade

    for name in ("tomita-1", "dyck-1-depth-3", "re[ab]:(a|b)*(ab|ba)"):
        automaton = ex.language(name).minimal()
        cascade = best_cascade(automaton, groups="preserved")
        assert 0 <= len(plan_layers(cascade, automaton.accepting)) - cascade.depth <= 1
