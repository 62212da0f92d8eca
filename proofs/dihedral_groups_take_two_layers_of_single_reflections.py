"""The symmetries of a polygon take two layers of single reflections, or one layer of two.

Statement:
    The word problem of the dihedral group of the regular m-gon, over all its 2m elements, is recognised by (a) two
    layers with one reflection per letter, and by (b) one layer of width 2 with two.

Source:
    Siems et al. 2025 for (a); Grazzi et al. 2025, Theorem 3, with the plane in place of permutations, for (b).
    Theorem 6 of the latter is the case of turns only.

Hypotheses:
    - the parity of the number of turns, from the first layer of (a).
    - two factors per letter in one layer of (b).

Derivation:
    A reflection of the polygon is a reflection of the plane; a turn by 2πk/m is the product of two. (a) Keep the mirror
    image, under φ ↦ π/m − φ, of the vector whenever the number p of turns so far is odd. A turn changes p, so that it
    acts with one mirror more, as a reflection; a reflection of the polygon acts as one with or without a mirror on both
    sides of it. (b) rank(I − turn) = 2.

Checked:
    m from 3 to 8 with all 2m letters, 66 letters in all: both networks, certified for all lengths.

Open:
    Which other finite groups have a word problem in two layers of single reflections.
"""

from __future__ import annotations

from dataclasses import replace

import expressivity as ex
from expressivity.constructions.few_layers.dihedral import dihedral_plane, dihedral_reflections
from expressivity.exact import identity, rationals
from expressivity.exact.linear import rank
from expressivity.languages.groups import dihedral_group
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.network import Network


def mirrors_only(network: Network) -> Network:
    """The same network with the first of two factors left out of every letter but the start's."""
    layer = network.layers[0]
    assert isinstance(layer.transition, HouseholderTransition)
    betas = layer.transition.betas.fractions()
    betas[:-1, 1] = 0
    return replace(
        network, layers=(replace(layer, transition=HouseholderTransition(layer.transition.keys, rationals(betas))),)
    )


def test_derives_that_a_turn_with_one_mirror_more_is_a_reflection() -> None:
    """φ ↦ π/m − (φ + 2πk/m), and its square, with angles as symbols."""
    import sympy

    f, mirror, turn = sympy.symbols("phi mu tau", real=True)

    def mirrored_turn(angle: sympy.Expr) -> sympy.Expr:
        return mirror - (angle + turn)

    assert sympy.expand(mirrored_turn(mirrored_turn(f)) - f) == 0
    across = mirror - (turn - (mirror - f))
    assert sympy.expand(across - (2 * mirror - turn - f)) == 0
    print("μ − (φ + τ) is an involution: a reflection; μ − (τ − (μ − φ)) = (2μ − τ) − φ is one too")


def test_holds_for_polygons_of_up_to_8_corners() -> None:
    """All elements as letters; both networks, checked independently."""
    letters = 0
    for m in range(3, 9):
        language = dihedral_group(m)
        minimal = language.minimal()
        letters += len(language.letters)
        for make, layers, factors in ((dihedral_reflections, 2, 1), (dihedral_plane, 1, 2)):
            network = make(minimal)
            assert network is not None
            assert (len(network.layers), network.factors) == (layers, factors)
            ex.assert_verified(network, language)
    assert letters == 66
    print(f"m = 3 … 8, {letters} letters: two layers of one reflection and one layer of two, certified")


def test_needs_the_parity_of_the_number_of_turns() -> None:
    """A second layer that is not told the parity answers every turn by one and the same mirror."""
    language = dihedral_group(3)
    network = dihedral_reflections(language.minimal())
    assert network is not None
    layer = network.layers[1]
    assert isinstance(layer.transition, HouseholderTransition)
    half = len(language.letters)
    order = [*range(half), *range(half), 2 * half]
    blind = replace(
        layer, transition=HouseholderTransition(layer.transition.keys[order], layer.transition.betas[order])
    )
    answer = ex.verify(replace(network, layers=(network.layers[0], blind)), language)
    assert isinstance(answer, ex.Counterexample)
    print(f"without the parity: wrong on {' '.join(answer.word)}")


def test_needs_two_factors_in_one_layer() -> None:
    """A turn moves both dimensions of the plane, so that one reflection is not enough."""
    language = dihedral_group(3)
    network = dihedral_plane(language.minimal())
    assert network is not None
    ranks = {rank(matrix - identity(2)) for matrix in network.layers[0].transition.matrices[:-1]}
    assert max(ranks) == 2
    answer = ex.verify(mirrors_only(network), language)
    assert isinstance(answer, ex.Counterexample)
    print(f"rank(I − turn) = 2; with the second factor left out: wrong on {' '.join(answer.word)}")
