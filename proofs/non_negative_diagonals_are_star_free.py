"""Layers with non-negative diagonals recognise exactly the star-free languages.

Statement:
    A stack of layers h ← Diag(a(x))h + b(x) with 0 ≤ a(x), in an arithmetic with finitely many numbers whose
    operations are monotone, recognises a language only if its syntactic monoid is aperiodic (the language is
    star-free). Conversely every star-free language has such a stack, with entries 0 and 1.

Source:
    Sarrof, Veitsman & Hahn 2024; Nowak, Cotterell & Boumasmoud 2026 for arithmetic that rounds at every step.

Hypotheses:
    - non-negative multipliers.
    - monotone arithmetic: numbers out of range saturate; they do not wrap around.
    - diagonal matrices: coordinates do not mix.

Derivation:
    One coordinate under one letter is a monotone map of a finite chain. Applied again and again it takes a number to
    the right for ever or to the left for ever, and stops: f^k = f^(k+1). The same holds for a word. A second layer
    reads letters that settle on w^k, so that it settles too; by induction on layers, w^k = w^(k+1) for every word w.
    Conversely, an aperiodic monoid is covered by a cascade of flip-flops (Krohn–Rhodes): a = 1, b = 0 holds a
    coordinate, a = 0, b = r sets it to r.

Checked:
    Only if: all 1 + 3 + 10 + 35 + 126 + 462 = 637 monotone maps of chains of up to 6 numbers settle; all 270² = 72,900
    pairs x, y of letters of a two-layer stack (a chain of 3 above a chain of 2): x, xy, xyx and xyy settle. If and only
    if: all 2 + 24 + 1,028 languages of two letters with up to 3 states, up to exchange of letters and complement (1 + 7
    + 262 classes): either a certified stack in the family mamba, or words u, w, v such that u w^k v is in the language
    for some residues of k modulo a period > 1 only, for ever, which no network that settles can follow. A stated
    sample of 4 states (every 100th of the first 2,000).

Open:
    The number of layers that a star-free language needs.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, islice, product

import numpy as np

import expressivity as ex
from _small_automata import alternation, small_languages, up_to_symmetry
from expressivity.automaton import Automaton
from expressivity.constructions.stacks.diagonal_stack import mamba


def settles(maps: np.ndarray) -> np.ndarray:
    """Whether f^n = f^(n+1) for each of many maps of n points, shape (map, point)."""
    power = np.tile(np.arange(maps.shape[1]), (len(maps), 1))
    for _ in range(maps.shape[1]):
        power = np.take_along_axis(maps, power, axis=1)
    return (np.take_along_axis(maps, power, axis=1) == power).all(axis=1)


def decided(language: Automaton) -> bool:
    """Whether a stack of the family was certified; otherwise words that no settling network can follow are checked."""
    network = mamba(language)
    found = alternation(language)
    assert (network is None) != (found is None)
    if network is None:
        assert found is not None
        assert found.period > 1
        assert found.is_true_of(language)
        return False
    assert not ex.FAMILIES["mamba"].problems(network)
    ex.assert_verified(network, language)
    return True


def test_derives_that_a_monotone_step_keeps_its_direction() -> None:
    """From x ≤ f(x) follows f(x) ≤ f(f(x)): the slope a ≥ 0 carries the sign of a difference to the next one."""
    import sympy

    a, b, x = sympy.symbols("a b x", real=True)
    step = a * x + b
    following = sympy.expand((a * step + b) - step)
    assert sympy.expand(following - a * (step - x)) == 0
    print("f(f(x)) − f(x) = a·(f(x) − x): with a ≥ 0, and monotone rounding after it, the direction stays")


def test_holds_for_monotone_maps_of_small_chains() -> None:
    """All of them."""
    count = 0
    for n in range(1, 7):
        maps = np.array(list(combinations_with_replacement(range(n), n)))
        assert settles(maps).all()
        count += len(maps)
    assert count == 637
    print(f"{count} monotone maps of up to 6 numbers: all settle")


def test_holds_for_two_layers_of_small_chains() -> None:
    """The lower layer's map depends on the letter and on the upper layer's state."""
    upper = np.array(list(combinations_with_replacement(range(3), 3)))
    lower = np.array(list(product(combinations_with_replacement(range(2), 2), repeat=3)))
    state = np.arange(6)
    letters = np.array([2 * u[state // 2] + d[state // 2, state % 2] for u in upper for d in lower])
    assert len(letters) == 270
    first, second = (part.reshape(-1) for part in np.meshgrid(np.arange(270), np.arange(270), indexing="ij"))
    assert len(first) == 72_900
    x, y = letters[first], letters[second]
    xy = np.take_along_axis(y, x, axis=1)
    for word in (x, xy, np.take_along_axis(x, xy, axis=1), np.take_along_axis(y, xy, axis=1)):
        assert settles(word).all()
    print(f"{len(first):,} pairs of letters of a two-layer stack on 3 × 2 numbers: x, xy, xyx and xyy settle")


def test_holds_for_every_language_of_up_to_3_states() -> None:
    """Both directions, language by language."""
    yes = total = 0
    for states in (1, 2, 3):
        for language, size in up_to_symmetry(small_languages(states, 2)):
            yes += size * decided(language)
            total += size
    assert total == 2 + 24 + 1028
    print(f"{total:,} languages: {yes} certified stacks, {total - yes} with words that alternate for ever")


def test_holds_for_a_sample_of_4_states() -> None:
    """Every 100th of the first 2,000; no claim about the others."""
    sample = list(islice(small_languages(4, 2), 0, 2000, 100))
    assert len(sample) == 20
    print(f"{len(sample)} languages of 4 states: {sum(map(decided, sample))} certified, the others alternate")


def test_needs_non_negative_multipliers() -> None:
    """With a = −1, h ← −h + 1 is parity."""
    network = ex.compile("parity", "mamba-signed")
    ex.assert_verified(network, "parity", arithmetic="bf16/per-operation")
    print("h ← −h + 1 decides parity, certified in bf16")


def test_needs_monotone_arithmetic() -> None:
    """In two bits that wrap around, h ← h + 1 counts modulo 4."""
    counts = ex.round_to(np.arange(4.0) + 1.0, "uq2.0+wrap")
    assert counts.tolist() == [1.0, 2.0, 3.0, 0.0]
    assert not settles(counts.astype(np.int64)[None]).any()
    print("a = b = 1 in unsigned 2-bit arithmetic: 0 → 1 → 2 → 3 → 0")


def test_needs_diagonal_matrices() -> None:
    """A permutation matrix is non-negative, and counts."""
    network = ex.compile("mod3", "dense")
    matrix = network.layers[0].transition.matrices.fractions()[0]
    assert (matrix >= 0).all()
    assert isinstance(ex.verify(network, "mod3"), ex.Equivalent)
    print("the cycle of three coordinates has entries 0 and 1, and recognises (111)*")
