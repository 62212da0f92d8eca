"""The first constructions: sizes promised by the theorems, exactness, and the tight reflection count."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.constructions.actions.permutation_actions import (
    block_systems,
    cycles,
    cyclic_shifts,
    reflection_counts,
    swaps,
)
from expressivity.constructions.one_layer.permutation import permutation
from expressivity.exact import identity
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.strategies import automata, permutation_automata


def certified(network: ex.Network, language: ex.Automaton) -> None:
    ex.assert_verified(network, language)


@given(st.integers(1, 7).flatmap(lambda n: st.permutations(range(n))))
def test_swaps_multiply_to_the_permutation_and_are_as_few_as_its_rank(permutation: list[int]) -> None:
    n = len(permutation)
    product = np.arange(n)
    for i, j in swaps(permutation):
        product = np.where(product == i, j, np.where(product == j, i, product))
    assert product.tolist() == list(permutation)
    matrix = np.eye(n)[:, permutation]
    assert (
        len(swaps(permutation))
        == reflection_counts(np.array([permutation]))[0]
        == np.linalg.matrix_rank(np.eye(n) - matrix)
    )
    assert sum(len(c) for c in cycles(permutation)) == sum(i != p for i, p in enumerate(permutation))


def test_no_fewer_swaps_make_a_permutation() -> None:
    """All products of fewer than points − cycles transpositions of four points, exhaustively."""
    transpositions = list(combinations(range(4), 2))
    reached = {tuple(range(4)): 0}
    frontier = [tuple(range(4))]
    while frontier:
        following = []
        for at in frontier:
            for i, j in transpositions:
                moved = tuple(j if p == i else i if p == j else p for p in at)
                if moved not in reached:
                    reached[moved] = reached[at] + 1
                    following.append(moved)
        frontier = following
    assert len(reached) == 24
    everything = np.array(list(permutations(range(4))))
    assert [reached[tuple(p)] for p in everything.tolist()] == reflection_counts(everything).tolist()


@pytest.mark.parametrize(
    ("name", "family", "layers", "factors"),
    [
        ("parity", "deltanet-signed", 1, 1),
        ("S5-transpositions", "deltanet-signed", 1, 1),
        ("S5", "deltaproduct", 1, 4),
        ("S4", "deltaproduct", 1, 2),
        ("A5", "deltaproduct", 1, 2),
        ("S3", "deltaproduct", 1, 2),
        ("mod5", "deltaproduct", 1, 2),
        ("mod3", "deltanet-signed", 2, 1),
        ("add-mod5", "deltanet-signed", 2, 1),
        ("mod6", "deltaproduct", 1, 2),
    ],
)
def test_sizes_of_the_theorems(name: str, family: str, layers: int, factors: int) -> None:
    language = ex.language(name)
    network = ex.compile(language, family)
    assert (len(network.layers), network.factors) == (layers, factors)
    certified(network, language)


def test_a_double_transposition_takes_two_factors_not_three() -> None:
    group = ex.language("symmetric_group(4)")
    network = permutation(group)
    assert network is not None
    transition = network.layers[0].transition
    assert isinstance(transition, HouseholderTransition)
    used = np.any(transition.betas.numerators, axis=-1).sum(axis=1)
    assert used[group.letters.index("(12)(34)")] == 2
    assert used[group.letters.index("(1234)")] == 3
    assert used[group.letters.index("e")] == 0


@given(st.integers(2, 9), st.data())
def test_two_reflections_add_modulo_anything(m: int, data: st.DataObject) -> None:
    moves = data.draw(st.lists(st.integers(0, m - 1), min_size=1, max_size=3))
    table = [[(q + move) % m for q in range(m)] for move in moves]
    automaton = ex.Automaton.from_table(table, accepting=[data.draw(st.integers(0, m - 1))])
    network = ex.compile(automaton, "deltanet-signed")
    assert network.factors == 1
    certified(network, automaton)


@given(permutation_automata())
def test_permutation_layers_are_orthogonal(automaton: ex.Automaton) -> None:
    network = ex.compile(automaton, "deltaproduct")
    for layer in network.layers:
        for x in range(len(automaton.letters)):
            matrix = layer.transition.matrices[x]
            assert (matrix @ matrix.transposed).equals(identity(layer.width))


@given(permutation_automata())
def test_block_systems_are_all_the_congruences_of_the_action(automaton: ex.Automaton) -> None:
    """Against every partition of a reachable automaton of at most six states, by brute force."""
    small = automaton.minimal()
    if small.states > 6:
        return
    found = {tuple(p.tolist()) for p in block_systems(small)}

    def partitions(n: int) -> list[tuple[int, ...]]:
        if n == 0:
            return [()]
        return [(*p, b) for p in partitions(n - 1) for b in range(max(p, default=-1) + 2)]

    def invariant(p: tuple[int, ...]) -> bool:
        return all(
            len({p[row[q]] for q in range(small.states) if p[q] == b}) == 1
            for row in small.table.tolist()
            for b in set(p)
        )

    wanted = {p for p in partitions(small.states) if invariant(p) and (max(p) > 0 or small.states == 1)}
    assert found == wanted


def test_cyclic_shifts_are_recognised_and_nothing_else() -> None:
    six = ex.Automaton.from_table([[1, 2, 3, 4, 5, 0], [2, 3, 4, 5, 0, 1]], accepting=[0])
    shifts = cyclic_shifts(six)
    assert shifts is not None
    assert [r.tolist() for r in shifts] == [[0, 1, 2, 3, 4, 5], [1, 2]]
    klein = ex.Automaton.from_table([[1, 0, 3, 2], [2, 3, 0, 1]], accepting=[0])
    assert cyclic_shifts(klein) is None
    assert cyclic_shifts(ex.language("S3")) is None
    assert cyclic_shifts(ex.language("flip-flop")) is None


@given(automata(states=(1, 4)))
def test_a_star_free_language_compiles_into_mamba_and_any_other_is_refused_by_theorem(automaton: ex.Automaton) -> None:
    if ex.describe(automaton).aperiodic:
        certified(ex.compile(automaton, "mamba"), automaton)
    else:
        with pytest.raises(ex.CannotCompile, match="syntactic monoid has the subgroup") as refusal:
            ex.compile(automaton, "mamba")
        assert refusal.value.proved


@given(automata(states=(1, 4)))
def test_every_language_compiles_into_products_of_reflections_and_projections(automaton: ex.Automaton) -> None:
    network = ex.compile(automaton, "deltaproduct")
    assert len(network.layers) <= max(1, automaton.minimal().states - 1)
    certified(network, automaton)


def test_limits_are_respected_or_named() -> None:
    assert len(ex.compile("mod5", "deltaproduct", factors=1).layers) == 2
    with pytest.raises(ex.CannotCompile, match=r"rotations \(Theorem 3\) needs 2 factors"):
        ex.compile("mod5", "deltaproduct", factors=1, layers=1)
    with pytest.raises(ex.ExpressivityError, match="factors=0 allows no network"):
        ex.compile("mod5", "deltaproduct", factors=0)
    with pytest.raises(ex.ExpressivityError, match="'transformer' is not a family"):
        ex.compile("mod5", "transformer")


def test_the_dense_norm_is_the_root_of_the_largest_preimage() -> None:
    network = ex.compile("mod3-with-reset", "dense")
    automaton = ex.language("mod3-with-reset").minimal()
    norms = [np.linalg.norm(m, 2) for m in network.layers[0].transition.matrices.to_float()]
    wanted = [np.sqrt(np.bincount(row).max()) for row in automaton.table]
    assert norms == pytest.approx(wanted)
    assert max(norms) > 1
