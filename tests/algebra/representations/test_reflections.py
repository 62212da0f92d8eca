"""Least reflection counts: the published cases, exhaustive comparison, factorisation, planted errors."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.algebra.representations.reflection_factors import primitive, reflection, reflection_factors
from expressivity.algebra.representations.reflections import Reflections, minimal_reflections
from expressivity.errors import GroupError
from expressivity.exact import ExactArray, identity, rationals
from oracles.effort import some
from oracles.groups import KNOWN, alternating, cycles, cyclic, dihedral, direct_product, symmetric


def swaps(n: int) -> np.ndarray:
    return np.array([cycles(n, (i, i + 1)) for i in range(n - 1)])


def product_of_reflections(found: Reflections, letter: int) -> ExactArray:
    product = identity(found.dimension)
    normals = found.normals(letter)
    for k in range(len(normals)):
        product = product @ reflection(normals[k], form=None if found.orthonormal else found.form)
    return product


CASES = [
    ("S3", symmetric(3), "all", 2, 2),
    ("S3", swaps(3), "generators", 1, 2),
    ("S4", symmetric(4), "all", 2, 3),
    ("S4", swaps(4), "generators", 1, 3),
    ("S5", symmetric(5), "all", 4, 4),
    ("S5", swaps(5), "generators", 1, 4),
    ("A4", alternating(4), "all", 2, 3),
    ("A5", alternating(5), "all", 2, 3),
    *[(f"D{m}", dihedral(m), "all", 2, 2) for m in range(3, 7)],
    ("Z2", cyclic(2), "all", 1, 1),
    *[(f"Z{m}", cyclic(m), "all", 2, 2) for m in range(3, 7)],
    ("Q8", KNOWN["Q8"], "all", 4, 4),
    ("Q8", KNOWN["Q8"], "generators", 4, 4),
    ("PSL(2,7)", KNOWN["PSL(2,7)"], "generators", 6, 6),
    ("C2 x C2", KNOWN["C2 x C2"], "all", 2, 2),
    ("S3 x S3", KNOWN["S3 x S3"], "all", 4, 4),
    ("one", np.array([[0, 1]]), "all", 0, 1),
]


@pytest.mark.parametrize(("name", "table", "which", "count", "dimension"), CASES)
def test_least_counts_with_certificates(name: str, table: np.ndarray, which: str, count: int, dimension: int) -> None:
    group = PermutationGroup(table)
    found = minimal_reflections(group, group.elements() if which == "all" else None)
    assert (found.count, found.dimension) == (count, dimension)
    assert found.certificate.order == group.order()
    assert found.certificate.letters == len(found.letters)
    assert found.certificate.dot_product == found.orthonormal
    for letter in range(min(len(found.letters), 24)):
        assert len(found.normals(letter)) == found.ranks[letter]
        assert product_of_reflections(found, letter).equals(found.matrices[letter])


def test_all_elements_of_psl_2_7() -> None:
    group = PermutationGroup(KNOWN["PSL(2,7)"])
    found = minimal_reflections(group, group.elements())
    assert (found.count, found.dimension) == (6, 6)
    assert found.ranks.max() == 6


def test_transpositions_of_s6_and_the_outer_automorphism() -> None:
    """On swaps S6 takes one reflection; the outer automorphism turns them into triple swaps, with the same count."""
    triple = np.array([cycles(6, (0, 1), (2, 3), (4, 5)), cycles(6, (0, 2), (1, 4), (3, 5))])
    group = PermutationGroup(symmetric(6))
    assert minimal_reflections(group, swaps(6)).count == 1
    found = minimal_reflections(group, triple)
    assert (found.count, found.dimension) == (1, 5)


@given(
    st.sampled_from(
        ["S3", "S4", "A4", "D4", "D6", "Q8", "C6", "C12", "C2 x C4", "C2 x C6", "C6 x S3", "S3 x S3", "Dic3"]
    ),
    st.lists(st.integers(0, 10_000), max_size=4),
)
@some
def test_no_sum_of_irreducibles_does_better(name: str, picks: list[int]) -> None:
    """Against all sets of irreducibles, redundant ones included, for letters that need not generate the group."""
    group = PermutationGroup(KNOWN[name])
    elements = group.elements()
    letters = elements[[p % len(elements) for p in picks]].reshape(len(picks), elements.shape[1])
    found = minimal_reflections(group, letters)
    characters = found.characters
    classes = characters.classes
    of_letter = classes.class_of[np.array([p % len(elements) for p in picks], dtype=np.int64)]
    best = None
    numbers = range(len(characters.irreducibles))
    for size in range(1, min(len(numbers), 4) + 1):
        for chosen in itertools.combinations(numbers, size):
            if characters.faithful(chosen):
                ranks = sum(characters.irreducibles[i].ranks[of_letter] for i in chosen)
                score = (
                    int(np.max(ranks, initial=0)),
                    sum(characters.irreducibles[i].dimension for i in chosen),
                )
                best = score if best is None else min(best, score)
    assert (found.count, found.dimension) == best
    assert characters.faithful(found.chosen)


def test_a_form_is_used_where_no_orthonormal_basis_is_found() -> None:
    """The normals are exact for the form too; a planted dot product is refused."""
    matrices = rationals(np.array([[[-1, 1], [0, 1]], [[0, -1], [1, -1]]]))
    form = rationals(np.array([[2, -1], [-1, 2]]))
    for x, count in ((0, 1), (1, 2)):
        normals = reflection_factors(matrices[x], form=form)
        assert len(normals) == count
        product = identity(2)
        for k in range(count):
            product = product @ reflection(normals[k], form=form)
        assert product.equals(matrices[x])
    with pytest.raises(ValueError, match="does not preserve the inner product; pass the form"):
        reflection_factors(matrices[0])


@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
@some
def test_signed_permutations_need_one_reflection_less_per_positive_cycle(order: list[int], flips: list[bool]) -> None:
    matrix = np.zeros((6, 6), dtype=np.int64)
    for j, (i, flip) in enumerate(zip(order, flips, strict=True)):
        matrix[i, j] = -1 if flip else 1
    expected = np.linalg.matrix_rank(np.eye(6) - matrix)
    normals = reflection_factors(rationals(matrix))
    assert len(normals) == expected
    product = identity(6)
    for k in range(len(normals)):
        product = product @ reflection(normals[k])
    assert product.equals(rationals(matrix))


def test_normals_are_in_lowest_terms() -> None:
    assert primitive(rationals(np.array([0, -6, 4]))).fractions().tolist() == [0, 3, -2]


def test_enclosures_are_near_the_exact_matrices() -> None:
    group = PermutationGroup(alternating(5))
    found = minimal_reflections(group)
    middles, radius = found.enclosures()
    assert radius < 1e-15
    assert np.abs(middles - found.matrices.to_float()).max() <= 2 * radius


def test_letters_outside_the_group_are_refused() -> None:
    with pytest.raises(GroupError, match=r"letters \[0\] are not elements of the group"):
        minimal_reflections(PermutationGroup(alternating(4)), np.array([[1, 0, 2, 3]]))


def test_groups_that_fix_points_and_products() -> None:
    table = direct_product(np.array([[0, 1, 2]]), symmetric(3))
    found = minimal_reflections(PermutationGroup(table))
    assert (found.count, found.dimension) == (2, 2)
    assert found.certificate.order == 6
    product = PermutationGroup(direct_product(symmetric(3), cyclic(2)))
    both = minimal_reflections(product)
    assert (both.count, both.certificate.order) == (2, 12)
