"""Weighted automata against brute force over all short words, numerical ranks of large Hankel blocks, and theorems."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

import expressivity as ex
from expressivity.exact import zeros
from expressivity.spectral.weighted_automaton import WeightedAutomaton, hankel_rank, words_up_to
from expressivity.strategies import automata

LETTERS = "abc"


def random_weighted(seed: int) -> WeightedAutomaton:
    """Up to five states and three letters; a third of the weights vanish, so that smaller ones hide inside."""
    generator = np.random.default_rng(seed)
    states, letters = int(generator.integers(1, 6)), int(generator.integers(1, 4))

    def weights(*shape: int) -> np.ndarray:
        count = math.prod(shape)
        tops, bottoms = generator.integers(-3, 4, count), generator.integers(1, 5, count)
        kept = generator.random(count) < 2 / 3
        values = [Fraction(int(t), int(b)) * int(k) for t, b, k in zip(tops, bottoms, kept, strict=True)]
        result = np.empty(count, dtype=object)
        result[:] = values
        return result.reshape(shape)

    matrices = {letter: weights(states, states) for letter in LETTERS[:letters]}
    return WeightedAutomaton(weights(states), matrices, weights(states))


def plain_value(automaton: WeightedAutomaton, word: tuple[str, ...]) -> Fraction:
    """The sum over all paths, by fractions and nothing else."""
    row = [Fraction(value) for value in automaton.alpha]
    for letter in word:
        matrix = automaton.matrices[letter]
        row = [sum((row[i] * matrix[i, j] for i in range(len(row))), Fraction(0)) for j in range(len(row))]
    return sum((value * final for value, final in zip(row, automaton.beta, strict=True)), Fraction(0))


def brute_force_rank(automaton: WeightedAutomaton) -> int:
    """Rank over Q of the block of all words shorter than the number of states, which is that of the whole matrix."""
    from sympy import Matrix, Rational

    words = list(words_up_to(automaton.letters, automaton.states - 1))
    values = automaton.hankel(words[:60], words[:60])
    return int(Matrix([[Rational(v.numerator, v.denominator) for v in row] for row in values]).rank())


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_two_hundred_random_automata_are_reconstructed_from_exact_values(first: int) -> None:
    for seed in range(first, first + 20):
        automaton = random_weighted(seed)
        smallest = automaton.minimise()
        length = max(1, smallest.states - 1)
        generator = np.random.default_rng(seed)
        words = [tuple(generator.choice(list(automaton.letters), size=3 * length)) for _ in range(20)]
        words = [tuple(str(letter) for letter in word) for word in words]
        wanted = [automaton.value(word) for word in words]
        # Exactly, by elimination over Q:
        values = automaton.values_up_to(2 * length + 1)
        rebuilt = WeightedAutomaton.from_function(values.__getitem__, automaton.letters, length=length)
        assert rebuilt.exact
        assert rebuilt.states == smallest.states == automaton.rank
        assert rebuilt.equivalent(automaton)
        assert [rebuilt.value(word) for word in words] == wanted
        # In float64, by the spectral algorithm:
        learned = WeightedAutomaton.from_samples(values, automaton.letters)
        assert learned.states == smallest.states
        scale = max([1.0, *(abs(float(value)) for value in wanted)])
        errors = [abs(learned.value(word) - float(value)) for word, value in zip(words, wanted, strict=True)]
        assert max(errors) <= 1e-10 * scale, seed


def test_values_are_sums_over_paths() -> None:
    for seed in range(20):
        automaton = random_weighted(seed)
        together = automaton.values_up_to(3)
        floats = WeightedAutomaton(automaton.alpha.astype(float), automaton.matrices, automaton.beta).values_up_to(3)
        assert set(together) == set(floats) == set(words_up_to(automaton.letters, 3))
        for word, value in together.items():
            assert automaton.value(word) == value == plain_value(automaton, word)
            assert abs(floats[word] - float(value)) <= 1e-9 * max(1, abs(float(value)))


def test_minimisation_gives_the_rank_of_the_hankel_matrix() -> None:
    for seed in range(40):
        automaton = random_weighted(seed)
        if len(automaton.letters) ** (automaton.states - 1) <= 60:
            assert automaton.rank == automaton.minimise().states == brute_force_rank(automaton)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_equivalence_agrees_with_brute_force(first: int) -> None:
    for seed in range(first, first + 20):
        automaton = random_weighted(seed)
        # The same function in other coordinates, with one more state that is reached and leads only to itself.
        n = automaton.states
        ones = np.tril(np.ones((n + 1, n + 1), dtype=np.int64))
        change, back = (np.vectorize(Fraction, otypes=[object])(m) for m in (ones, np.eye(n + 1) - np.eye(n + 1, k=-1)))
        moved = {}
        for letter, matrix in automaton.matrices.items():
            wide = np.full((n + 1, n + 1), Fraction(1, 2), dtype=object)
            wide[n, :n], wide[:n, :n] = Fraction(0), matrix
            moved[letter] = change @ wide @ back
        alpha, beta = np.append(automaton.alpha, Fraction(3)), np.append(automaton.beta, Fraction(0))
        assert automaton.equivalent(WeightedAutomaton(alpha @ back, moved, change @ beta))
        # One weight changed: the first word that differs, found by enumeration.
        changed = dict(automaton.matrices)
        letter = automaton.letters[seed % len(automaton.letters)]
        changed[letter] = automaton.matrices[letter].copy()
        changed[letter][seed % n, (seed // 2) % n] += Fraction(1, 7)
        wrong = WeightedAutomaton(automaton.alpha, changed, automaton.beta)
        enumerated = next(
            (w for w in words_up_to(automaton.letters, min(2 * n - 1, 5)) if automaton.value(w) != wrong.value(w)), None
        )
        found = automaton.counterexample(wrong)
        if enumerated is not None or found is None or len(found) <= 5:
            assert found == enumerated


@given(automata(states=(1, 6)))
def test_a_language_and_its_weighted_automaton_agree(automaton: ex.Automaton) -> None:
    weighted = WeightedAutomaton.from_automaton(automaton)
    for word in itertools.islice(words_up_to(automaton.letters, 4), 40):
        assert weighted.value(word) == int(automaton.accepts(word))
    assert weighted.to_automaton().counterexample(automaton) is None
    assert hankel_rank(automaton) == weighted.rank <= automaton.minimal().states


@pytest.mark.parametrize(
    "name", ["parity", "tomita-3", "tomita-5", "S3", "third-from-last-a", "dyck-1-depth-2", "flip-flop", "tomita-1"]
)
def test_the_network_of_least_width_is_verified(name: str) -> None:
    automaton = ex.language(name)
    network = WeightedAutomaton.from_automaton(automaton).to_network()
    assert network.widths == (hankel_rank(automaton),)
    answer = ex.verify(network, automaton)
    assert isinstance(answer, ex.Equivalent)
    assert ex.check_certificate(answer.certificate, network=network, language=automaton)
    # A start that forgets everything: the proof must fail.
    (layer,) = network.layers
    wrong = replace(network, layers=(replace(layer, start=zeros(layer.width, 1)),))
    assert isinstance(ex.verify(wrong, automaton), ex.Counterexample)


def test_the_empty_language_has_rank_zero_and_a_network_of_width_one() -> None:
    empty = ex.Automaton.from_table([[0], [0]], accepting=[])
    weighted = WeightedAutomaton.from_automaton(empty)
    assert weighted.rank == 0
    assert weighted.minimise().value("ab") == 0
    assert weighted.equivalent(weighted.minimise())
    network = weighted.to_network()
    assert network.widths == (1,)
    assert isinstance(ex.verify(network, empty), ex.Equivalent)


# Ranks that theorems give ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "order"), [("S3", 6), ("S4", 24), ("A4", 12), ("A5", 60), ("D5", 10), ("Q8", 8), ("klein-four", 4)]
)
def test_a_word_problem_has_the_order_of_its_group_as_rank(name: str, order: int) -> None:
    # H[p, s] = [p̄ s̄ = 1] is, on one word per element, a permutation matrix.
    assert hankel_rank(ex.language(name)) == hankel_rank(name) == order


@pytest.mark.parametrize("modulus", [2, 3, 4, 5, 6, 8])
def test_counting_modulo_m_has_rank_m(modulus: int) -> None:
    # The generating function 1 / (1 − x^m) has a denominator of degree m, and no smaller one.
    assert hankel_rank(ex.language("parity" if modulus == 2 else f"mod{modulus}")) == modulus


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        # A rejecting sink is a zero row, so it never counts: a* has rank 1, (ab)* has rank 2.
        ("tomita-1", 1),
        ("tomita-2", 2),
        # Without the sink the rows of the remaining states are independent.
        ("tomita-3", 4),
        ("tomita-4", 3),
        # Parity of a times parity of b: (1 ± (−1)^a)/2 · (1 ± (−1)^b)/2 spans four characters.
        ("tomita-5", 4),
        # a − b modulo 3: three characters.
        ("tomita-6", 3),
        ("tomita-7", 4),
        # The third letter from the end needs 2³ states of a deterministic automaton but only 4 of a weighted one.
        ("third-from-last-a", 4),
    ],
)
def test_ranks_of_languages(name: str, rank: int) -> None:
    automaton = ex.language(name)
    assert hankel_rank(automaton) == rank
    words = list(words_up_to(automaton.letters, automaton.states - 1))
    block = np.array([[automaton.accepts((*p, *s)) for s in words[:120]] for p in words[:120]], dtype=float)
    assert np.linalg.matrix_rank(block) == rank


def test_no_language_of_the_zoo_has_a_rank_beyond_its_states() -> None:
    for name in ex.zoo_names():
        automaton = ex.language(name)
        if automaton.states > 20:
            continue
        rejecting_sinks = sum(
            not automaton.accepting[q] and bool((automaton.table[:, q] == q).all()) for q in range(automaton.states)
        )
        rank, opposite = hankel_rank(automaton), hankel_rank(automaton.complement())
        assert rank <= automaton.states - rejecting_sinks
        # The complement is 1 − f, and the constant 1 has rank 1.
        assert abs(rank - opposite) <= 1


def test_one_letter_is_a_recurrence() -> None:
    terms = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]
    automaton = WeightedAutomaton.from_function(lambda word: terms[len(word)], "a", length=3)
    assert automaton.states == automaton.rank == ex.exact_recurrence(terms).order == 2
    assert automaton.value("a" * 30) == 832_040


# Estimates from samples --------------------------------------------------------------------------------------------


def test_frequencies_of_sampled_words_give_an_estimate() -> None:
    generator = np.random.default_rng(2)
    # Geometric length with a stopping probability of 1/2 and fair letters: rank 1, f(w) = (1/2)(1/4)^|w|.
    words = ["".join(generator.choice(["a", "b"], size=generator.geometric(0.5) - 1)) for _ in range(20_000)]
    basis = [(), ("a",), ("b",)]
    learned = WeightedAutomaton.from_samples(words, "ab", prefixes=basis, suffixes=basis, order=1)
    assert not learned.exact
    assert learned.states == 1
    for word in ("", "a", "ba", "abb"):
        assert abs(learned.value(word) - 0.5 * 0.25 ** len(word)) < 0.01


# Errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (([1, 0], {"a": [[1]]}, [1]), r"matrix 'a' has shape \(1, 1\); expected \(2, 2\); |beta has shape"),
        (([1], {}, [1]), "there is no letter"),
        (([1], {"a": [["x"]]}, [1]), "matrix 'a': 'x' is not a rational number"),
        (([1.0], {"a": [[np.nan]]}, [1]), "matrix 'a' holds a value that is not finite"),
        (([1], {"": [[1]]}, [1]), "letter names must be non-empty strings"),
    ],
)
def test_malformed_automata(parts: tuple, expected: str) -> None:
    with pytest.raises(ex.WeightedAutomatonError, match=expected):
        WeightedAutomaton(*parts)


def test_what_is_not_possible_is_said() -> None:
    counting = WeightedAutomaton([1, 0], {"a": [[1, 1], [0, 1]], "b": [[1, 0], [0, 1]]}, [0, 1])
    assert counting.value("abaa") == 3
    with pytest.raises(ex.WeightedAutomatonError, match="the value of aa is 2; a finite read-out stands"):
        counting.to_network()
    floats = WeightedAutomaton([1.0], {"a": [[0.5]]}, [1.0])
    assert floats.value("aa") == 0.25
    with pytest.raises(ex.WeightedAutomatonError, match="decided over the rationals, and these weights are floats"):
        floats.minimise()
    with pytest.raises(ex.WeightedAutomatonError, match="the alphabets differ"):
        counting.equivalent(WeightedAutomaton([1], {"a": [[1]]}, [1]))
    with pytest.raises(ex.LanguageError, match="letter 'c' is not in the alphabet"):
        counting.value("ac")
    with pytest.raises(ex.WeightedAutomatonError, match="more than max_states=5 rows"):
        WeightedAutomaton.from_automaton(ex.language("S3")).to_automaton(max_states=5)
    with pytest.raises(ex.WeightedAutomatonError, match=r"words of the basis have no value, among them \['a'\]"):
        WeightedAutomaton.from_samples({"": 1.0}, "a")
    with pytest.raises(ex.WeightedAutomatonError, match="order 4 is outside 0 to 1"):
        WeightedAutomaton.from_samples({"": 1.0, "a": 0.5}, "a", order=4)
    with pytest.raises(ex.WeightedAutomatonError, match="there are no samples"):
        WeightedAutomaton.from_samples([], "a")
    with pytest.raises(ex.WeightedAutomatonError, match="'x' is not a rational number; return integers"):
        WeightedAutomaton.from_function(lambda word: "x", "a", length=1)
