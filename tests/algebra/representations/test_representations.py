"""Characters and real representations: orthogonality, published tables, exact matrices, planted errors."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.algebra.representations.characters import CharacterTable, character_table, class_matrix
from expressivity.algebra.representations.irreducible import COMMUTANT, RealCharacters, real_irreducibles
from expressivity.algebra.representations.matrices import matrices_of
from expressivity.algebra.representations.representation_check import check_representation
from expressivity.errors import CertificateError
from expressivity.exact import ExactArray, cosines, identity, rationals
from expressivity.exact.enclosures import orthogonal_enclosures
from expressivity.exact.linear import in_subfield, inverse, is_identity, rank, square_root
from oracles.effort import few, some
from oracles.groups import KNOWN, cyclic, dicyclic, dihedral

TABLES = [
    "S3",
    "S4",
    "S5",
    "A4",
    "A5",
    "A6",
    "D4",
    "D5",
    "D6",
    "Q8",
    "Dic3",
    "C6",
    "C7",
    "C2 x C6",
    "C7 : C3",
    "C5 : C4",
]
LARGER = ["SL(2,3)", "SL(2,5)", "PSL(2,7)", "PGL(2,7)", "PSL(2,8)", "PSL(2,13)", "S6", "S4 x A5", "M11", "PSL(3,3)"]


def table_of(name: str) -> CharacterTable:
    return character_table(PermutationGroup(KNOWN[name]).conjugacy_classes())


def orthogonality_defect(table: CharacterTable) -> float:
    """Distance of the character table from satisfying both orthogonality relations."""
    values, sizes = table.values(), table.classes.sizes
    rows = (values * sizes) @ values.conj().T / sizes.sum()
    columns = values.conj().T @ values * sizes / sizes.sum()
    return float(max(np.abs(rows - np.eye(len(rows))).max(), np.abs(columns - np.eye(len(rows))).max()))


@pytest.mark.parametrize("name", TABLES + LARGER)
def test_orthogonality_and_sums_of_squares(name: str) -> None:
    table = table_of(name)
    assert int((table.degrees**2).sum()) == int(table.classes.sizes.sum())
    assert all((part.sum(axis=1) == table.degrees).all() and (part >= 0).all() for part in table.multiplicities)
    assert orthogonality_defect(table) < 1e-9
    # Frobenius–Schur: the number of square roots of the identity.
    involutions = int(table.classes.sizes[table.classes.orders <= 2].sum())
    assert int((table.indicators * table.degrees).sum()) == involutions


def test_a_planted_wrong_character_breaks_orthogonality() -> None:
    table = table_of("S4")
    wrong = [part.copy() for part in table.multiplicities]
    wrong[3][2] = np.roll(wrong[3][2], 1)
    assert orthogonality_defect(dataclasses.replace(table, multiplicities=tuple(wrong))) > 0.01


@pytest.mark.parametrize(
    ("name", "degrees", "kinds"),
    [
        ("S4", [1, 1, 2, 3, 3], "rrrrr"),
        ("A5", [1, 3, 3, 4, 5], "rrrrr"),
        ("S5", [1, 1, 4, 4, 5, 5, 6], "rrrrrrr"),
        ("Q8", [1, 1, 1, 1, 4], "rrrrq"),
        ("C5", [1, 2, 2], "rcc"),
        ("C7 : C3", [1, 2, 6], "rcc"),
        ("PSL(2,7)", [1, 6, 6, 7, 8], None),
        ("SL(2,3)", [1, 2, 3, 4, 4], None),
        ("S6", [1, 1, 5, 5, 5, 5, 9, 9, 10, 10, 16], "r" * 11),
        ("M11", [1, 10, 11, 20, 32, 44, 45, 55], None),
    ],
)
def test_dimensions_and_types_of_published_tables(name: str, degrees: list[int], kinds: str | None) -> None:
    found = real_irreducibles(PermutationGroup(KNOWN[name])).irreducibles
    assert [i.dimension for i in found] == degrees
    if kinds is not None:
        assert "".join(i.kind[0] for i in found) == kinds


def test_icosahedral_characters_are_golden() -> None:
    found = real_irreducibles(PermutationGroup(KNOWN["A5"])).irreducibles
    golden = cosines([1], 10).embed(20) + cosines([1], 10).embed(20)  # 2cos 36° = (1 + √5)/2
    values = found[1].character.embed(20)
    assert any(values[i].equals(golden[0]) for i in range(5))
    assert sorted(found[1].character.to_float().round(3).tolist()) == [-1.0, -0.618, 0.0, 1.618, 3.0]


@given(st.integers(2, 9), st.sampled_from([cyclic, dihedral, dicyclic]))
@few
def test_ranks_are_those_of_the_fixed_space(n: int, family: object) -> None:
    """Burnside: the fixed space of ⟨g⟩ has dimension the mean of the character over the powers of g."""
    group = PermutationGroup(family(n) if n > 2 else cyclic(2))  # type: ignore[operator]
    characters = real_irreducibles(group)
    classes = characters.classes
    for irreducible in characters.irreducibles:
        values = irreducible.character
        for c, order in enumerate(classes.orders.tolist()):
            total = rationals(np.ones((1, order), dtype=int)) @ values[classes.power_map[:order, c]].reshape(order, 1)
            fixed = total.reshape().simplified().fractions().item() / order
            assert fixed == Fraction(irreducible.dimension - int(irreducible.ranks[c]))


def test_class_matrices_count_products() -> None:
    classes = PermutationGroup(KNOWN["S4"]).conjugacy_classes()
    for number in range(5):
        matrix = class_matrix(classes, number)
        for s in range(5):
            assert int(matrix[s] @ classes.sizes) == int(classes.sizes[number] * classes.sizes[s])


def certify(characters: RealCharacters, number: int) -> tuple[ExactArray, ExactArray, np.ndarray, bool]:
    """Matrices, form and rows of the generators for one irreducible, after checking trace and orthogonality."""
    classes = characters.classes
    irreducible = characters.irreducibles[number]
    frame = matrices_of(classes, irreducible)
    rows = classes.chain.generators
    return frame.matrices(classes, rows), frame.form, rows, frame.orthonormal


@pytest.mark.parametrize("name", ["S3", "S4", "A4", "A5", "S5", "D5", "C7", "Q8", "Dic3", "C7 : C3", "SL(2,3)"])
def test_every_irreducible_gets_exact_matrices_with_its_character(name: str) -> None:
    characters = real_irreducibles(PermutationGroup(KNOWN[name]))
    classes = characters.classes
    for irreducible in characters.irreducibles:
        frame = matrices_of(classes, irreducible)
        images = frame.matrices(classes, classes.elements[classes.representatives])
        width = irreducible.dimension
        diagonal = ExactArray(
            images.numerators[:, np.arange(width), np.arange(width)], images.denominator, images.conductor
        )
        trace = (diagonal @ rationals(np.ones((width, 1), dtype=int))).reshape(-1)
        assert (trace - irreducible.character).numerators.any() == np.False_
        assert is_identity(images[0])
        preserved = images.transposed @ frame.form @ images
        assert all(preserved[c].equals(frame.form) for c in range(len(preserved)))
        if name not in {"SL(2,3)", "C7 : C3"}:
            assert frame.orthonormal


def test_planted_wrong_matrices_are_found() -> None:
    characters = real_irreducibles(PermutationGroup(KNOWN["S4"]))
    matrices, form, rows, _ = certify(characters, 4)
    good = check_representation(rows, matrices, form, letters=rows, letter_matrices=matrices)
    assert (good.order, good.products, good.letters, good.dot_product) == (24, 24 * len(rows), len(rows), True)
    numerators = matrices.numerators.copy()
    numerators[0] = -numerators[0]  # still orthogonal, but no longer a homomorphism
    with pytest.raises(CertificateError, match="no homomorphism: generator"):
        check_representation(rows, ExactArray(numerators), form)
    numerators = matrices.numerators.copy()
    numerators[0, 0] *= 2
    with pytest.raises(CertificateError, match="the form is not preserved by generator 0"):
        check_representation(rows, ExactArray(numerators), form)
    with pytest.raises(CertificateError, match="letter 0 has another matrix than the group element it is"):
        check_representation(rows, matrices, form, letters=rows[:1], letter_matrices=matrices[1:2])
    with pytest.raises(CertificateError, match="not symmetric and positive definite"):
        check_representation(rows, matrices, -form)
    with pytest.raises(CertificateError, match=r"matrices of shape .* for 1 generators"):
        check_representation(rows[:1], matrices, form)


def test_an_unfaithful_representation_is_found() -> None:
    characters = real_irreducibles(PermutationGroup(KNOWN["S4"]))
    matrices, form, rows, _ = certify(characters, 2)
    with pytest.raises(CertificateError, match="not faithful: 4 elements have the identity matrix"):
        check_representation(rows, matrices, form)


def test_a_form_other_than_the_dot_product_is_enclosed() -> None:
    """The root lattice A2: integer matrices of S3 that preserve the form (2 −1; −1 2), exactly no dot product."""
    rows = np.array([[1, 0, 2], [0, 2, 1]])
    matrices = rationals(np.array([[[-1, 1], [0, 1]], [[1, 0], [1, -1]]]))
    form = rationals(np.array([[2, -1], [-1, 2]]))
    certificate = check_representation(rows, matrices, form)
    assert not certificate.dot_product
    middles, radius = orthogonal_enclosures(matrices, form)
    assert radius < 1e-15
    for middle in middles:
        assert np.abs(middle @ middle.T - np.eye(2)).max() < 4e-16 + 4 * radius
    assert abs(abs(middles[1, 0, 1]) - np.sqrt(3) / 2) < 1e-15
    with pytest.raises(ValueError, match="not positive definite"):
        orthogonal_enclosures(matrices, rationals(np.array([[1, 2], [2, 1]])))


def test_commutants_have_the_dimension_of_their_type() -> None:
    """The number of matrices that commute with all images, by exact linear algebra."""
    for name, number in [("S4", 4), ("C5", 1), ("Q8", 4), ("SL(2,3)", 3)]:
        characters = real_irreducibles(PermutationGroup(KNOWN[name]))
        irreducible = characters.irreducibles[number]
        matrices, _, rows, _ = certify(characters, number)
        width = irreducible.dimension
        one = np.eye(width, dtype=np.int64)
        blocks = []
        for g in range(len(rows)):
            dense = matrices[g].numerators.astype(object)
            left = np.einsum("ijd,kl->ikjld", dense, one.astype(object)).reshape(width**2, width**2, -1)
            right = np.einsum("ij,lkd->ikjld", one.astype(object), dense).reshape(width**2, width**2, -1)
            blocks.append(left - right)
        system = ExactArray(np.concatenate(blocks), matrices.denominator, matrices.conductor)
        assert width**2 - rank(system) == COMMUTANT[irreducible.kind]


@given(st.integers(5, 30), st.lists(st.integers(-4, 4), min_size=2, max_size=2))
@some
def test_square_roots_square(conductor: int, coefficients: list[int]) -> None:
    base = cosines([1], conductor)
    if base.degree > 8 or base.degree == 1:
        return
    value = base[0] * rationals(np.array(coefficients[0])) + rationals(np.array(coefficients[1]))
    root = square_root(value * value)
    assert root is not None
    assert root.equals(value) or root.equals(-value)


def test_square_roots_that_do_not_exist() -> None:
    assert square_root(rationals(np.array(2))) is None
    assert square_root(rationals(np.array(-4))) is None
    assert square_root(cosines([1], 5)[0]) is None  # (√5 − 1)/4 is negative in the other embedding
    assert in_subfield(cosines([1], 15), 5) is None
    assert in_subfield(cosines([3], 15), 5) is not None


def test_inverse_over_a_field() -> None:
    matrix = ExactArray(np.random.default_rng(0).integers(-3, 4, (4, 4, 2)), 2, 5)
    assert is_identity(matrix @ inverse(matrix))
    assert rank(matrix) == 4
    assert not is_identity(identity(3) + identity(3))
    with pytest.raises(ZeroDivisionError):
        inverse(rationals(np.zeros((2, 2), dtype=int)))
