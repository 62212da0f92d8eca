"""Groups against sympy, known names and composition factors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.algebra.groups import composition
from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.algebra.groups.simple_groups import name_of_simple_group
from expressivity.algebra.groups.stabiliser_chain import StabiliserChain
from expressivity.errors import GroupError
from oracles.effort import some
from oracles.groups import (
    KNOWN,
    alternating,
    cyclic,
    dihedral,
    direct_product,
    frobenius,
    linear,
    moebius,
    psl28,
    symmetric,
    wreath,
)


@st.composite
def generator_tables(draw: st.DrawFn) -> np.ndarray:
    """Few generators on few points, sometimes acting on two sets of points at once."""
    points = draw(st.integers(1, 7))
    count = draw(st.integers(0, 3))
    rows = [draw(st.permutations(range(points))) for _ in range(count)]
    table = np.array(rows, dtype=np.int64).reshape(count, points)
    if draw(st.booleans()):
        others = [draw(st.permutations(range(points, 2 * points))) for _ in range(count)]
        table = np.concatenate([table, np.array(others, dtype=np.int64).reshape(count, points)], axis=1)
    return table


def closure(table: np.ndarray) -> set[tuple[int, ...]]:
    """All products of generators, the slow way."""
    one = tuple(range(table.shape[1]))
    found, queue = {one}, [one]
    while queue:
        row = queue.pop()
        for generator in table.tolist():
            image = tuple(generator[x] for x in row)
            if image not in found:
                found.add(image)
                queue.append(image)
    return found


@given(table=generator_tables())
def test_order_elements_and_membership_are_those_of_the_closure(table: np.ndarray) -> None:
    group = PermutationGroup(table)
    if group.order() > 3000:
        return
    expected = closure(table)
    assert group.order() == len(expected)
    elements = group.elements()
    assert {tuple(row) for row in elements.tolist()} == expected
    assert elements[0].tolist() == list(range(table.shape[1]))
    inner = group.chain.elements(limit=3000)
    assert np.array_equal(group.chain.rank(inner), np.arange(len(inner)))
    other = np.random.default_rng(0).permutation(table.shape[1])
    assert group.contains(other) == (tuple(other.tolist()) in expected)


@given(table=generator_tables())
@some
def test_structure_agrees_with_sympy(table: np.ndarray) -> None:
    combinatorics = pytest.importorskip("sympy.combinatorics")
    group = PermutationGroup(table)
    rows = [combinatorics.Permutation(row) for row in table.tolist()] or [combinatorics.Permutation(table.shape[1] - 1)]
    oracle = combinatorics.PermutationGroup(rows)
    assert group.order() == oracle.order()
    assert group.is_abelian() == oracle.is_abelian
    assert group.is_nilpotent() == oracle.is_nilpotent
    assert group.is_solvable() == oracle.is_solvable
    if group.is_solvable():
        assert group.derived_length() == len(oracle.derived_series()) - 1
        assert math.prod(int(name[1:]) for name in group.composition_factors()) == group.order()
    else:
        assert group.derived_length() is None
        assert any(not name.startswith("C") for name in group.composition_factors())
    assert group.order() % group.exponent() == 0
    if group.order() <= 500:
        assert group.exponent() == math.lcm(*(p.order() for p in oracle.elements))


@pytest.mark.parametrize("name", KNOWN)
def test_known_groups_get_their_names(name: str) -> None:
    assert PermutationGroup(KNOWN[name]).name() == name


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (symmetric(1), ()),
        (symmetric(4), ("C2", "C2", "C2", "C3")),
        (symmetric(5), ("A5", "C2")),
        (symmetric(6), ("A6", "C2")),
        (alternating(6), ("A6",)),
        (KNOWN["PSL(2,7)"], ("PSL(2,7)",)),
        (psl28(), ("PSL(2,8)",)),
        (KNOWN["PSL(2,11)"], ("PSL(2,11)",)),
        (KNOWN["M11"], ("M11",)),
        (KNOWN["M12"], ("M12",)),
        (linear(3, 3, projective=True), ("PSL(3,3)",)),
        (KNOWN["S4 x A5"], ("A5", "C2", "C2", "C2", "C3")),
        (KNOWN["SL(2,5)"], ("A5", "C2")),
        (KNOWN["PGL(2,7)"], ("PSL(2,7)", "C2")),
        (linear(2, 3, projective=False, translations=True), ("PSL(2,7)", "C2", "C2", "C2")),
        (linear(2, 4, projective=False), ("A8",)),
        (wreath(symmetric(5), symmetric(2)), ("A5", "A5", "C2", "C2", "C2")),
        (wreath(alternating(5), alternating(5)), ("A5",) * 6),
        (direct_product(alternating(6), psl28()), ("A6", "PSL(2,8)")),
        (direct_product(symmetric(12), alternating(9)), ("A9", "A12", "C2")),
        (symmetric(30), ("A30", "C2")),
    ],
)
def test_composition_factors(table: np.ndarray, expected: tuple[str, ...]) -> None:
    assert sorted(PermutationGroup(table).composition_factors()) == sorted(expected)


def test_a_product_of_two_simple_groups_acting_on_one_of_them_is_split() -> None:
    """A5 × A5 on A5 by left and right multiplication: primitive, perfect and not simple."""
    inner = PermutationGroup(alternating(5)).chain
    elements = inner.elements(limit=60)
    left = [inner.rank(row[elements]) for row in alternating(5)]
    right = [inner.rank(elements[:, np.argsort(row)]) for row in alternating(5)]
    group = PermutationGroup(np.array([*left, *right]))
    assert group.order() == 3600
    assert group.composition_factors() == ("A5", "A5")


def test_the_two_simple_groups_of_order_20160_are_told_apart() -> None:
    assert name_of_simple_group(20_160, (1, 2, 3, 4, 5, 6, 7, 15)) == "A8"
    assert name_of_simple_group(20_160, (1, 2, 3, 4, 5, 7)) == "PSL(3,4)"
    assert PermutationGroup(linear(2, 4, projective=False)).name() == "A8"


def test_psl_3_4_is_not_called_a8() -> None:
    """On the 21 points of the projective plane over four elements, 0, 1, w, w² = w + 1 written 0 to 3."""
    times = [[0, 0, 0, 0], [0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2]]
    inverse = [0, 1, 3, 2]
    points = [(1, y, z) for y in range(4) for z in range(4)] + [(0, 1, z) for z in range(4)] + [(0, 0, 1)]
    number = {p: i for i, p in enumerate(points)}

    def act(matrix: list[list[int]]) -> list[int]:
        row = []
        for p in points:
            image = [times[m[0]][p[0]] ^ times[m[1]][p[1]] ^ times[m[2]][p[2]] for m in matrix]
            lead = next(a for a in image if a)
            row.append(number[tuple(times[inverse[lead]][a] for a in image)])
        return row

    matrices = [[[1, 1, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], [[2, 0, 0], [0, 3, 0], [0, 0, 1]]]
    group = PermutationGroup(np.array([act(m) for m in matrices]))
    assert group.order() == 20_160
    assert group.name() == "PSL(3,4)"


def test_a_simple_group_outside_the_table_is_not_guessed() -> None:
    assert name_of_simple_group(4_585_351_680, ()) == "unnamed simple group of order 4585351680"


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (linear(2, 3, projective=False, translations=True), "group of order 1344"),
        (wreath(symmetric(5), symmetric(2)), "group of order 28800"),
        (wreath(cyclic(3), symmetric(2)), "C3 x S3"),
        (direct_product(dihedral(4), cyclic(2)), "C2 x D4"),
        (frobenius(13, 3), "C13 : C3"),
        (direct_product(frobenius(5, 2), cyclic(2)), "C2 x (C5 : C4)"),
        (direct_product(symmetric(9), symmetric(10)), "S9 x S10"),
        (moebius(7, [(1, 1, 0, 1), (2, 0, 0, 1)]), "C7 : C3"),
        (np.zeros((0, 5), dtype=np.int64), "1"),
        (np.array([[1, 2, 0, 4, 5, 6, 3]]), "C12"),
    ],
)
def test_names_of_other_groups(table: np.ndarray, name: str) -> None:
    assert PermutationGroup(table).name() == name


def test_groups_of_one_order_have_different_names() -> None:
    eight = [KNOWN[n] for n in ("C8", "D4", "Q8", "C2 x C4")] + [wreath(cyclic(2), cyclic(2))]
    assert [PermutationGroup(t).name() for t in eight] == ["C8", "D4", "Q8", "C2 x C4", "D4"]
    assert all(PermutationGroup(t).order() == 8 for t in eight)


def test_exponents() -> None:
    assert PermutationGroup(symmetric(100)).exponent() == math.lcm(*range(1, 101))
    for n in range(4, 10):
        orders = {math.lcm(*parts) for parts in _partitions(n) if sum(p - 1 for p in parts) % 2 == 0}
        assert PermutationGroup(alternating(n)).exponent() == math.lcm(*orders)
    with pytest.raises(GroupError, match=r"exponent of a transitive group of order .* more than 1000000"):
        PermutationGroup(wreath(alternating(5), alternating(5))).exponent()


def _partitions(n: int, largest: int | None = None) -> list[tuple[int, ...]]:
    largest = n if largest is None else largest
    if n == 0:
        return [()]
    return [(k, *rest) for k in range(min(n, largest), 0, -1) for rest in _partitions(n - k, k)]


def test_many_points() -> None:
    points = 1200
    group = PermutationGroup(np.array([np.roll(np.arange(points), 1), -np.arange(points) % points]))
    assert group.order() == 2 * points
    assert group.is_solvable()
    assert not group.is_nilpotent()
    assert group.name() == f"D{points}"


def test_errors_name_every_bad_row() -> None:
    with pytest.raises(
        GroupError, match=r"2 of 3 generators are no permutations of 0 to 2: row 0 is \(0, 0, 1\); row 2"
    ):
        PermutationGroup(np.array([[0, 0, 1], [1, 2, 0], [0, 1, 3]]))
    with pytest.raises(GroupError, match="the group has 720 elements, more than the limit 100; raise `limit`"):
        PermutationGroup(symmetric(6)).elements(limit=100)


def test_a_chain_that_lacks_strong_generators_is_completed() -> None:
    """Even when no random element helps, sifting all Schreier generators finds the whole group."""

    class Unlucky(StabiliserChain):
        def _fill(self) -> None:
            pass

    for name in ("S6", "M11", "PSL(2,13)", "S4 x A5"):
        table = KNOWN[name].astype(np.int32)
        assert Unlucky(table).order() == PermutationGroup(table).order()


def test_affine_groups_are_found_even_without_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "_random_normal_subgroup", lambda chain: None)
    group = PermutationGroup(linear(2, 3, projective=False, translations=True))
    assert group.composition_factors() == ("PSL(2,7)", "C2", "C2", "C2")
    monkeypatch.setattr(composition, "_translations", lambda chain: None)
    wrong = PermutationGroup(linear(2, 3, projective=False, translations=True))
    assert wrong.composition_factors() == ("unnamed simple group of order 1344",)
