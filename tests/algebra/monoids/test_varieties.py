import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from expressivity.algebra.monoids import local_testability, varieties
from expressivity.algebra.monoids.green import greens_relations
from expressivity.algebra.monoids.local_testability import loop_pairs
from expressivity.algebra.monoids.monoid import transition_monoid
from expressivity.automaton import Automaton
from expressivity.strategies import aperiodic_automata, automata, permutation_reset_automata

DECISIONS = {
    "group": varieties.is_group,
    "commutative": varieties.is_commutative,
    "zero": varieties.has_zero,
    "r_trivial": varieties.is_r_trivial,
    "l_trivial": varieties.is_l_trivial,
    "piecewise_testable": varieties.is_piecewise_testable,
    "definite": varieties.is_definite,
    "reverse_definite": varieties.is_reverse_definite,
    "generalized_definite": lambda automaton: loop_pairs(automaton).is_generalized_definite(),
    "locally_testable": lambda automaton: loop_pairs(automaton).is_locally_testable(),
}


def by_definition(automaton):
    """Every fact from the multiplication table of the syntactic semigroup, by its algebraic definition."""
    monoid = transition_monoid(automaton)
    size = len(monoid)
    number = {tuple(row): i for i, row in enumerate(monoid.elements.tolist())}
    product = [[number[tuple(g[f].tolist())] for g in monoid.elements] for f in monoid.elements]
    semigroup = sorted(set(monoid.right.reshape(-1).tolist()))
    idempotents = [e for e in semigroup if product[e][e] == e]
    greens = greens_relations(monoid)

    def local(e):
        return {product[product[e][x]][e] for x in semigroup}

    def is_semilattice(elements):
        return all(product[x][x] == x and product[x][y] == product[y][x] for x in elements for y in elements)

    return {
        "group": all(any(product[x][y] == 0 for y in range(size)) for x in range(size)),
        "commutative": all(product[x][y] == product[y][x] for x in range(size) for y in range(x)),
        "zero": any(all(product[z][x] == z == product[x][z] for x in range(size)) for z in range(size)),
        "r_trivial": int(greens.r.max()) + 1 == size,
        "l_trivial": int(greens.l.max()) + 1 == size,
        "piecewise_testable": int(greens.d.max()) + 1 == size,
        "definite": all(product[x][e] == e for e in idempotents for x in semigroup),
        "reverse_definite": all(product[e][x] == e for e in idempotents for x in semigroup),
        "generalized_definite": all(local(e) == {e} for e in idempotents),
        "locally_testable": all(is_semilattice(local(e)) for e in idempotents),
    }


def tilted_automata():
    """Random automata, and ones near the classes in question, made minimal."""
    sizes = {"states": (1, 6), "letters": (1, 3)}
    return st.one_of(automata(**sizes), aperiodic_automata(**sizes), permutation_reset_automata(**sizes)).map(
        Automaton.minimal
    )


@given(tilted_automata())
def test_decisions_equal_the_algebraic_definitions(automaton):
    assume(transition_monoid(automaton, limit=80).complete)
    assert {name: decide(automaton) for name, decide in DECISIONS.items()} == by_definition(automaton)


def test_decisions_on_all_minimal_automata_with_three_states():
    """Every minimal automaton with at most 3 states and 2 letters; both answers occur for every fact."""
    seen, answers = set(), {name: set() for name in DECISIONS}
    definitions = {}  # they depend on the table only
    for cells in itertools.product(range(3), repeat=6):
        for accepting in ([], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]):
            automaton = Automaton.from_table(np.reshape(cells, (2, 3)), accepting=accepting).minimal()
            if automaton in seen:
                continue
            seen.add(automaton)
            table = automaton.table.tobytes()
            if table not in definitions:
                definitions[table] = by_definition(automaton)
            expected = definitions[table]
            for name, decide in DECISIONS.items():
                assert decide(automaton) == expected[name], (name, automaton.table.tolist())
                answers[name].add(expected[name])
    assert len(seen) == 2 + 24 + 1_028  # the known numbers of languages over two letters with 1, 2 and 3 states
    assert all(found == {True, False} for found in answers.values())


def language(*maps, accepting):
    return Automaton.from_table(list(maps), accepting=accepting).minimal()


CONTAINS_AB = language([1, 1, 2], [0, 2, 2], accepting=[2])  # Σ*abΣ*
ENDS_IN_A = language([1, 1], [0, 0], accepting=[1])
STARTS_WITH_A = language([1, 1, 2], [2, 1, 2], accepting=[1])
EVEN_AS = language([1, 0], [0, 1], accepting=[0])
A_THEN_B = language([0, 2, 2], [1, 1, 2], accepting=[0, 1])  # a*b*, closed under deleting letters
AB_STAR = language([1, 2, 2], [2, 0, 2], accepting=[0])


@pytest.mark.parametrize(
    ("automaton", "facts"),
    [
        (CONTAINS_AB, {"piecewise_testable": True, "zero": True, "definite": False, "locally_testable": True}),
        (ENDS_IN_A, {"definite": True, "l_trivial": True, "r_trivial": False, "zero": False, "locally_testable": True}),
        (STARTS_WITH_A, {"reverse_definite": True, "r_trivial": True, "l_trivial": False, "definite": False}),
        (EVEN_AS, {"group": True, "commutative": True, "locally_testable": False, "zero": False}),
        (AB_STAR, {"locally_testable": True, "r_trivial": False, "zero": True, "generalized_definite": False}),
    ],
)
def test_named_languages(automaton, facts):
    assert {name: DECISIONS[name](automaton) for name in facts} == facts


@pytest.mark.parametrize(
    ("automaton", "local", "piecewise"),
    [(CONTAINS_AB, False, False), (A_THEN_B, True, True), (AB_STAR, True, False), (EVEN_AS, False, False)],
)
def test_strict_classes(automaton, local, piecewise):
    assert loop_pairs(automaton).is_strictly_locally_testable() == local
    assert varieties.is_strictly_piecewise_testable(automaton) == piecewise


@given(tilted_automata())
def test_strict_classes_by_their_closure_on_short_words(automaton):
    """Suffix substitution and deletion of letters, tried on all words up to a length that suffices to refute."""
    letters = range(len(automaton.letters))
    assume(automaton.states <= 4 and len(letters) <= 2)
    words = [w for n in range(7) for w in itertools.product(letters, repeat=n)]
    state = {}
    for word in words:
        state[word] = automaton.start if not word else int(automaton.table[word[-1], state[word[:-1]]])
    accepted = {w for w in words if automaton.accepting[state[w]]}
    if varieties.is_strictly_piecewise_testable(automaton):
        assert all(w[:i] + w[i + 1 :] in accepted for w in accepted for i in range(len(w)))
    else:
        # A shortest u·a·v in the language with u·v outside: |u| < |Q|, |v| < |Q|², found here by direct search.
        columns = automaton.table.T.tolist()
        pairs = {(columns[q][a], q) for q in range(automaton.states) for a in letters}
        for _ in range(automaton.states**2):
            pairs |= {(columns[p][a], columns[q][a]) for p, q in pairs for a in letters}
        assert any(automaton.accepting[p] and not automaton.accepting[q] for p, q in pairs)
    if loop_pairs(automaton).is_strictly_locally_testable():
        # Then it is strictly k-local with k − 1 at most the number of pairs of states, here 6.
        k = automaton.states * (automaton.states - 1) // 2
        factors = list(itertools.product(letters, repeat=k))
        live = loop_pairs(automaton).reaches[:, automaton.accepting].any(axis=1)
        for factor in factors:
            ends = np.arange(automaton.states)
            for letter in factor:
                ends = automaton.table[letter][ends]
            assert len({int(q) for q in ends if live[q]}) <= 1


def test_pair_tables_beyond_the_limit_are_undecided(monkeypatch):
    monkeypatch.setattr(local_testability, "PAIR_LIMIT", 5)
    monkeypatch.setattr(varieties, "PAIR_LIMIT", 5)
    assert loop_pairs(AB_STAR) is None
    assert varieties.is_strictly_piecewise_testable(AB_STAR) is None


def test_a_reversal_beyond_the_limit_is_undecided():
    # "the fifth letter from the start is a": small here, 2⁵ states reversed.
    table = [[1, 2, 3, 4, 5, 5, 6], [1, 2, 3, 4, 6, 5, 6]]
    automaton = language(*table, accepting=[5])
    assert varieties.is_l_trivial(automaton) is False
    assert varieties.is_l_trivial(automaton, limit=8) is None


def test_mlregtest_labels(mlregtest):
    """The benchmark's own class names: strictly local, locally testable, piecewise testable, strictly piecewise."""
    for name, automaton, row in mlregtest:
        kind = row["Class"]
        pairs = loop_pairs(automaton)
        assert pairs.is_strictly_locally_testable() == (kind == "SL"), name
        assert pairs.is_locally_testable() == (kind in {"SL", "LT"}), name
        assert varieties.is_piecewise_testable(automaton) == (kind in {"SP", "PT"}), name
        assert varieties.is_strictly_piecewise_testable(automaton) == (kind == "SP"), name
