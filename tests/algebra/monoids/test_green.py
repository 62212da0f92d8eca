import numpy as np
import pytest
from hypothesis import assume, given

from expressivity.algebra.monoids.green import greens_relations
from expressivity.algebra.monoids.monoid import transition_monoid
from expressivity.automaton import Automaton
from expressivity.strategies import automata


def multiplication_table(monoid):
    number = {tuple(row): i for i, row in enumerate(monoid.elements.tolist())}
    return np.array([[number[tuple(g[f])] for g in monoid.elements] for f in monoid.elements])


def blocks(labels):
    labels = np.asarray(labels)
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def by_ideals(ideals):
    return blocks([sorted(set(map(frozenset, ideals)), key=sorted).index(frozenset(ideal)) for ideal in ideals])


@given(automata(states=(1, 4), letters=(1, 2)))
def test_relations_equal_their_definition_by_ideals(automaton):
    monoid = transition_monoid(automaton)
    assume(len(monoid) <= 60)
    found = greens_relations(monoid)
    product = multiplication_table(monoid)
    right = [set(product[f].tolist()) for f in range(len(monoid))]
    left = [set(product[:, f].tolist()) for f in range(len(monoid))]
    both = [set(product[:, sorted(right[f])].reshape(-1).tolist()) for f in range(len(monoid))]
    assert blocks(found.r) == by_ideals(right)
    assert blocks(found.l) == by_ideals(left)
    assert blocks(found.d) == by_ideals(both)
    assert blocks(found.h) == {row & column for row in by_ideals(right) for column in by_ideals(left) if row & column}
    # The order of ideals: (upper, lower) covers generate exactly strict inclusion of two-sided ideals.
    below = {
        (c.index, e.index)
        for c in found.d_classes
        for e in found.d_classes
        if both[e.elements[0]] < both[c.elements[0]]
    }
    covers = set(found.covers())
    assert covers == {
        (a, b) for a, b in below if not any((a, c) in below and (c, b) in below for c in range(len(found.d_classes)))
    }
    for d_class in found.d_classes:
        regular = any((product[product[f, x], f] == f) for f in d_class.elements[:1] for x in range(len(monoid)))
        assert d_class.regular == regular
        assert len(d_class.elements) == d_class.h_size * len(d_class.r_classes) * len(d_class.l_classes)


@given(automata(states=(1, 4), letters=(1, 2)))
def test_groups_are_isomorphic_to_their_boxes(automaton):
    monoid = transition_monoid(automaton)
    found = greens_relations(monoid)
    for d_class in found.d_classes:
        if not d_class.regular:
            with pytest.raises(ValueError, match="contains no idempotent"):
                found.group(d_class)
            continue
        generators, order = found.group(d_class)
        closure = {tuple(range(d_class.rank))}
        frontier = list(closure)
        while frontier:
            frontier = [
                h
                for g in frontier
                for s in generators
                if (h := tuple(s[list(g)].tolist())) not in closure and not closure.add(h)
            ]
        assert len(closure) == order == d_class.h_size


def test_egg_boxes_hold_every_element_once_with_its_word():
    automaton = Automaton.from_table([[1, 2, 0], [1, 0, 2], [0, 0, 2]], accepting=[0])
    monoid = transition_monoid(automaton)
    found = greens_relations(monoid)
    assert [(c.rank, len(c.r_classes), len(c.l_classes), c.h_size) for c in found.d_classes] == [
        (3, 1, 1, 6),
        (2, 3, 3, 2),
        (1, 1, 3, 1),
    ]
    assert found.covers() == ((0, 1), (1, 2))
    seen = []
    for d_class in found.d_classes:
        box = found.egg_box(d_class)
        seen += box.boxes.reshape(-1).tolist()
        for row in range(box.boxes.shape[0]):
            for column in range(box.boxes.shape[1]):
                members = box.boxes[row, column]
                assert len(set(found.h[members].tolist())) == 1
                assert box.is_group[row, column] == monoid.idempotent[members].any()
                word = box.words[row][column]
                chosen = [i for i in members if monoid.word(int(i)) == word]
                assert len(chosen) == 1
                assert monoid.idempotent[chosen[0]] == box.is_group[row, column]
        plain = box.to_json()
        assert (plain["rank"], plain["h_size"]) == (d_class.rank, d_class.h_size)
        assert np.array(plain["is_group"]).sum() == len(d_class.idempotents)
    assert sorted(seen) == list(range(27))


def test_an_incomplete_monoid_is_refused():
    automaton = Automaton.from_table([[1, 2, 0], [1, 0, 2], [0, 0, 2]], accepting=[0])
    with pytest.raises(ValueError, match=r"more than 5 elements.*raise `limit`"):
        greens_relations(transition_monoid(automaton, limit=5))


def test_d_classes_of_mlregtest(shared, mlregtest):
    for name, automaton, row in mlregtest:
        found = greens_relations(transition_monoid(automaton))
        assert len(found.d_classes) == int(row["D-Classes"]), name
