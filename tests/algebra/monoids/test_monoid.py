import json

import numpy as np
import pytest
from hypothesis import given

from expressivity.algebra.monoids import monoid as monoid_module
from expressivity.algebra.monoids.monoid import transition_monoid
from expressivity.automaton import Automaton
from expressivity.strategies import automata


def automaton_of(*maps):
    return Automaton.from_table(list(maps), accepting=[0])


def full_transformations(n):
    """The n-cycle, a transposition and a map of rank n − 1 generate all nⁿ maps."""
    return automaton_of([*range(1, n), 0], [1, 0, *range(2, n)], [0, 0, *range(2, n)])


def brute_force(automaton):
    """Maps of all words as tuples, closed under appending letters, without order or words."""
    rows = automaton.table.tolist()
    known = {tuple(range(automaton.states))}
    frontier = list(known)
    while frontier:
        frontier = [
            g for f in frontier for row in rows if (g := tuple(row[q] for q in f)) not in known and not known.add(g)
        ]
    return known


@given(automata(states=(1, 5), letters=(1, 3)))
def test_elements_are_the_maps_of_all_words(automaton):
    found = transition_monoid(automaton)
    assert found.complete
    assert {tuple(row) for row in found.elements.tolist()} == brute_force(automaton)
    assert found.order == len(found) == len(brute_force(automaton))


@given(automata(states=(1, 5), letters=(1, 3)))
def test_words_are_shortest_and_shortlex_and_graphs_multiply(automaton):
    found = transition_monoid(automaton)
    numbered = {letter: x for x, letter in enumerate(automaton.letters)}
    words = [tuple(numbered[letter] for letter in found.word(i)) for i in range(len(found))]
    assert words == sorted(words, key=lambda word: (len(word), word))
    for i in range(min(len(found), 40)):
        image = np.arange(automaton.states)
        for letter in words[i]:
            image = automaton.table[letter][image]
        assert np.array_equal(image, found.elements[i])
        for letter, row in enumerate(automaton.table):
            assert np.array_equal(found.elements[found.right[i, letter]], row[found.elements[i]])
            assert np.array_equal(found.elements[found.left[i, letter]], found.elements[i][row])
        j = (7 * i + 3) % len(found)
        assert np.array_equal(found.elements[found.product(i, j)], found.elements[j][found.elements[i]])


@pytest.mark.parametrize("states", [3, 9, 17, 40])
def test_compiled_enumeration_equals_the_plain_one(states):
    rng = np.random.default_rng(states)
    automaton = automaton_of(
        *np.sort(rng.integers(0, states, size=(2, states)), axis=1), np.minimum(np.arange(states) + 1, states - 1)
    )
    plain = monoid_module._enumerate_plain(automaton.table, 5_000)
    compiled = monoid_module._enumerate_compiled(automaton.table, 5_000)
    count = len(plain[0])
    assert len(compiled[0]) == count
    assert plain[4] == compiled[4]
    for ours, theirs in zip(plain[:3], compiled[:3], strict=True):
        assert np.array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    if plain[4]:
        assert np.array_equal(plain[3], compiled[3])


@pytest.mark.slow
def test_compiled_enumeration_grows_and_counts_all_maps_on_seven_points():
    found = transition_monoid(full_transformations(7))
    assert found.order == 7**7
    assert found.elements.dtype == np.uint8
    assert np.unique(found.elements, axis=0).shape[0] == 7**7
    assert int(found.ranks.min()) == 1
    assert not found.is_aperiodic()


def test_growing_the_tables_changes_nothing():
    # 8⁸ elements do not fit the first tables of 2²⁰, so these grow before the limit.
    found = transition_monoid(full_transformations(8), limit=2_000_000)
    assert len(found) == 2_000_000
    assert not found.complete
    assert len(np.unique(found.elements.view("V8"))) == 2_000_000


def test_an_incomplete_enumeration_says_so():
    found = transition_monoid(full_transformations(5), limit=100)
    assert (found.complete, found.order, len(found)) == (False, None, 100)
    assert repr(found) == "TransitionMonoid(more than 100 elements on 5 states)"
    assert (found.right == -1).any()
    assert transition_monoid(full_transformations(5), limit=3_125).complete
    assert not transition_monoid(full_transformations(5), limit=3_124).complete


def test_incomplete_products_are_unknown_not_wrong():
    automaton = full_transformations(4)
    known, part = transition_monoid(automaton), transition_monoid(automaton, limit=60)
    for i in range(60):
        for j in range(60):
            assert part.product(i, j) in (-1, known.product(i, j))
    assert np.isin(part.left, [-1, *range(60)]).all()
    agreed = part.left >= 0
    assert np.array_equal(part.left[agreed], known.left[:60][agreed])


def test_memory_lowers_the_limit():
    assert len(transition_monoid(full_transformations(5), memory=4_900)) == 4_900 // (5 + 12 + 32)


def test_limit_must_allow_the_identity():
    with pytest.raises(ValueError, match=r"limit is 0; expected at least 1 element \(the identity\)"):
        transition_monoid(full_transformations(2), limit=0)


@pytest.mark.parametrize(("states", "kind"), [(255, np.uint8), (256, np.uint8), (257, np.uint16), (300, np.uint16)])
def test_wide_automata_use_wide_entries(states, kind):
    """Regression: with uint8 rows, states beyond 255 were taken modulo 256 and monoids came out too small."""
    cycle = automaton_of([*range(1, states), 0])
    found = transition_monoid(cycle)
    assert found.order == states
    assert found.elements.dtype == kind
    assert int(found.elements.max()) == states - 1
    assert monoid_module._enumerate_compiled(cycle.table, 1_000)[0].shape == (states, states)


@given(automata(states=(1, 4), letters=(1, 2)))
def test_aperiodic_means_powers_become_constant(automaton):
    found = transition_monoid(automaton)

    def settles(element):
        seen = []
        power = element
        while tuple(power) not in seen:
            seen.append(tuple(power))
            power = element[power]
        return tuple(power) == seen[-1]

    assert found.is_aperiodic() == all(settles(element) for element in found.elements)
    assert found.idempotent.tolist() == [np.array_equal(f[f], f) for f in found.elements]


def test_aperiodicity_of_part_of_a_monoid():
    counter = automaton_of([1, 2, 3, 3], [0, 1, 2, 3], [0, 0, 1, 2])
    assert transition_monoid(counter).is_aperiodic() is True
    assert transition_monoid(counter, limit=3).is_aperiodic() is None
    assert transition_monoid(full_transformations(4), limit=3).is_aperiodic() is False


def test_identity_as_a_word():
    assert transition_monoid(automaton_of([1, 0])).identity_is_a_word
    assert not transition_monoid(automaton_of([1, 1])).identity_is_a_word


def test_orders_that_gap_computed(shared):
    for case in json.loads((shared / "oracles" / "holonomy_sgpdec.json").read_text()):
        automaton = automaton_of(*(np.array(case["gens_1based"]) - 1))
        found = transition_monoid(automaton)
        assert found.order == case["monoid"], case["name"]
        assert found.is_aperiodic() == case["aperiodic"], case["name"]
        assert len(np.unique(found.right)) == case["semigroup"], case["name"]
