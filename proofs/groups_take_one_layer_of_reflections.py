"""One layer of reflections tracks a group, with as many reflections per letter as its matrix has moved dimensions.

Statement:
    If every letter permutes the states, one layer with B = 0 recognises the language: its letters act as permutation
    matrices on n points, from a start vector with pairwise different entries. The least number of reflections whose
    product is an orthogonal matrix A is rank(I − A); for a permutation of n points that is n minus its cycles.

Source:
    Grazzi et al. 2025, Theorem 3; the count is Scherk's (1950). Two slips of the published theorem: it counts the
    points that a letter displaces on the states Q, although its matrices act on the n points, and these numbers differ
    when n ≠ |Q|; and "displaced points less one" is not least: (1 2)(3 4) takes 2 reflections, not 3.

Hypotheses:
    - every letter permutes the states.
    - different entries in the start vector.
    - full strength: β = 2, a mirror.
    - rank many factors: n minus the number of cycles.

Derivation:
    A product of k reflections leaves alone what is orthogonal to their k keys, at least n − k dimensions, so
    rank(I − A) ≤ k. Conversely the reflection along Ax − x takes Ax to x and fixes all that A fixes, so each reflection
    lowers the rank by one. A cycle of length c fixes one dimension of its c.

Checked:
    All 873 permutations of up to 6 points: n − cycles = rank(I − A) = distance from the identity when swaps are
    multiplied one by one (breadth first). All 8 + 48 signed permutation matrices of 2 and 3 coordinates, most of
    which are no permutations: exactly rank(I − A) reflections, and their product is A. All letters of Z_2 … Z_6,
    S_3 and S_4, and two generators of S_5: networks, certified for all lengths.

Open:
    Nothing here. The least number over all faithful representations of a group is computed by the library, group by
    group; a closed formula is not known to us.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations, product

import numpy as np

import expressivity as ex
from expressivity.algebra.representations.reflection_factors import reflection, reflection_factors
from expressivity.constructions.actions.permutation_actions import reflection_counts, swaps
from expressivity.constructions.one_layer.permutation import permutation
from expressivity.exact import identity, rationals
from expressivity.exact.linear import rank
from expressivity.languages.groups import cyclic_group, symmetric_group
from expressivity.networks.forms.householder import HouseholderTransition


def distances(points: int) -> dict[tuple[int, ...], int]:
    """Least number of swaps that multiply to each permutation, by breadth-first search."""
    start = tuple(range(points))
    found, queue = {start: 0}, [start]
    for order in queue:
        for i, j in combinations(range(points), 2):
            after = list(order)
            after[i], after[j] = after[j], after[i]
            if tuple(after) not in found:
                found[tuple(after)] = found[order] + 1
                queue.append(tuple(after))
    return found


def test_derives_the_dimensions_that_a_product_leaves_alone() -> None:
    """In three dimensions, symbolically: what is orthogonal to two keys is fixed by both reflections."""
    import sympy

    v, w = sympy.Matrix(sympy.symbols("v1:4")), sympy.Matrix(sympy.symbols("w1:4"))
    x = v.cross(w)
    image = x * v.dot(v) - 2 * v * v.dot(x)
    assert (image - x * v.dot(v)).expand() == sympy.zeros(3, 1)
    image = x * w.dot(w) - 2 * w * w.dot(x)
    assert (image - x * w.dot(w)).expand() == sympy.zeros(3, 1)
    print("v × w is fixed by the reflections along v and along w: rank(I − R_v R_w) ≤ 2")


def test_derives_the_fixed_dimension_of_a_cycle() -> None:
    """The characteristic polynomial of a cycle of length c is λ^c − 1, with the simple root 1."""
    import sympy

    x = sympy.Symbol("x")
    for c in range(2, 7):
        cycle = sympy.zeros(c, c)
        for i in range(c):
            cycle[(i + 1) % c, i] = 1
        assert cycle.charpoly(x).as_expr() == x**c - 1
        assert (sympy.eye(c) - cycle).rank() == c - 1
    print("a cycle of length c: λ^c − 1, so rank(I − A) = c − 1, for c = 2 … 6")


def test_holds_for_permutations_of_up_to_6_points() -> None:
    """Three counts agree: points less cycles, moved dimensions, and the distance by swaps."""
    count, improved = 0, 0
    for n in range(1, 7):
        found = distances(n)
        rows = np.array(list(found))
        assert reflection_counts(rows).tolist() == list(found.values())
        eye = np.eye(n, dtype=np.int64)
        for row, least in found.items():
            assert len(swaps(row)) == least == rank(rationals(eye[list(row)]) - identity(n))
            displaced = sum(a != b for a, b in enumerate(row))
            improved += max(0, displaced - 1) > least
            count += 1
    assert count == 873
    print(f"{count} permutations of up to 6 points; {improved} need fewer than displaced − 1")


def test_holds_for_signed_permutations() -> None:
    """An orthogonal family that contains turns, mirrors and −I."""
    count = 0
    for n in (2, 3):
        for order, signs in product(permutations(range(n)), product((1, -1), repeat=n)):
            matrix = rationals(np.eye(n, dtype=np.int64)[list(order)] * np.array(signs))
            normals = reflection_factors(matrix)
            assert len(normals) == rank(matrix - identity(n))
            result = identity(n)
            for normal in normals:
                result = result @ reflection(normal)
            assert result.equals(matrix)
            count += 1
    assert count == 8 + 48
    print(f"{count} signed permutations: rank(I − A) reflections each, multiplied out exactly")


def test_holds_for_groups_as_languages() -> None:
    """One layer each, certified for all lengths by the independent checker."""
    groups = [(f"Z_{m}", cyclic_group(m)) for m in range(2, 7)]
    groups += [("S_3", symmetric_group(3)), ("S_4", symmetric_group(4))]
    groups += [("S_5, two generators", symmetric_group(5, letters="generators"))]
    for name, language in groups:
        network = permutation(language.minimal())
        assert network is not None
        assert len(network.layers) == 1
        ex.assert_verified(network, language)
        print(f"{name}: width {network.widths[0]}, {network.factors} reflections per letter, certified")


def test_the_published_count_mixes_states_and_points() -> None:
    """S_3 as a word problem has 6 states, all displaced by a swap; on 3 points a swap displaces 2."""
    language = symmetric_group(3).minimal()
    network = permutation(language)
    assert network is not None
    moved = max(int((row != np.arange(6)).sum()) for row in language.table)
    assert (language.states, moved, network.widths, network.factors) == (6, 6, (3,), 2)
    print("S_3: 6 states, a letter displaces 6 of them (5 swaps by the published count); on 3 points 2 reflections do")


def test_needs_every_letter_to_permute_the_states() -> None:
    """A reset merges two states; an invertible affine map cannot."""
    flip_flop = ex.language("flip-flop").minimal()
    assert permutation(flip_flop) is None
    merged = [row.tolist() for row in flip_flop.table if len(set(row.tolist())) < flip_flop.states]
    assert merged
    print(f"flip-flop: a letter takes the states to {merged[0]}, while a product of reflections is invertible")


def test_needs_different_entries_in_the_start_vector() -> None:
    """From (1, 1, 2) the swap of the first two points cannot be seen."""
    start = rationals([[1], [1], [2]])
    mirror = reflection(rationals([1, -1, 0]))
    assert (mirror @ start).equals(start)
    print("H_0 = (1, 1, 2): the letter (1 2) leaves the state as it was")


def test_needs_full_strength() -> None:
    """Parity with β = 1 in place of 2: the first letter erases the state."""
    network = permutation(ex.language("parity").minimal())
    assert network is not None
    layer = network.layers[0]
    assert isinstance(layer.transition, HouseholderTransition)
    betas = layer.transition.betas.fractions()
    betas[0, 0] = 1
    weaker = replace(layer, transition=HouseholderTransition(layer.transition.keys, rationals(betas)))
    answer = ex.verify(replace(network, layers=(weaker,)), "parity")
    assert isinstance(answer, ex.Counterexample)
    print(f"β = 1: wrong on the word of {len(answer.word)} letters")


def test_needs_rank_many_factors() -> None:
    """(1 2)(3 4) is no single reflection: its rank is 2, and every key of a grid misses it."""
    matrix = rationals(np.eye(4, dtype=np.int64)[[1, 0, 3, 2]])
    assert rank(matrix - identity(4)) == 2
    keys = [key for key in product((-1, 0, 1), repeat=4) if any(key)]
    assert not any(reflection(rationals(key)).equals(matrix) for key in keys)
    print(f"(1 2)(3 4): rank(I − A) = 2; none of {len(keys)} single reflections is it")
