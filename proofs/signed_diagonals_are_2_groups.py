"""Layers with real diagonals of either sign recognise exactly the languages whose groups are 2-groups.

Statement:
    A stack of layers h ← Diag(a(x))h + b(x) with real a(x), in an arithmetic with finitely many numbers whose
    operations are monotone, recognises a language only if every subgroup of its syntactic monoid is a 2-group.
    Conversely every such language has such a stack, with entries −1, 0 and 1.

Source:
    Nowak, Cotterell & Boumasmoud 2026 (subgroups of one layer); Krohn–Rhodes over Z_2 and flip-flops for the converse;
    the counter h ← −h + 1 is the scalar parity of Grazzi et al. 2025.

Hypotheses:
    - real multipliers: a complex one turns.
    - monotone arithmetic: numbers out of range saturate; they do not wrap around.
    - diagonal matrices: coordinates do not mix.

Derivation:
    One coordinate under one letter is a monotone map of a finite chain, rising or falling. Two falling ones make a
    rising one, so f² settles: f^k = f^(k+2). After L layers the period divides 2^L, so an element of a subgroup has a
    power of two as its order, and a group all of whose elements do is a 2-group (Cauchy). Conversely a 2-group is
    solvable with factors Z_2: a cascade of flip-flops and counters modulo 2 covers the automaton.

Checked:
    Only if: all 1 + 4 + 17 + 66 + 247 = 335 rising or falling maps of chains of up to 5 numbers: f² settles; all
    64² = 4,096 pairs x, y of letters of a two-layer stack (a chain of 2 above a chain of 2): the fourth powers of x,
    xy, xyx and xyy settle. If and only if: all 2 + 24 + 1,028 languages of two letters with up to 3 states, up to
    exchange of letters and complement: a certified stack in the family mamba-signed, or words u, w, v such that
    membership of u w^k v has for ever a least period with an odd factor. A stated sample of 4 states (every 100th of
    the first 2,000).

Open:
    The number of layers that such a language needs.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, islice, product

import numpy as np

import expressivity as ex
from _small_automata import alternation, small_languages, up_to_symmetry
from expressivity.automaton import Automaton
from expressivity.constructions.stacks.diagonal_stack import mamba_signed


def monotone_maps(points: int) -> np.ndarray:
    """All rising and all falling maps of a chain, each once."""
    rising = list(combinations_with_replacement(range(points), points))
    return np.array(list(dict.fromkeys([*rising, *(row[::-1] for row in rising)])))


def after(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Many maps, followed by as many others."""
    return np.take_along_axis(second, first, axis=1)


def settles(maps: np.ndarray) -> np.ndarray:
    """Whether f^n = f^(n+1) for each of many maps of n points."""
    power = maps
    for _ in range(maps.shape[1]):
        power = after(power, maps)
    return (after(power, maps) == power).all(axis=1)


def odd_cycle(steps: list[int]) -> list[int]:
    """A cycle of odd length above 1 of a map, or an empty list."""
    for start in range(len(steps)):
        orbit = [start]
        while (following := steps[orbit[-1]]) not in orbit:
            orbit.append(following)
        if following == start and len(orbit) > 1 and len(orbit) % 2:
            return orbit
    return []


def decided(language: Automaton) -> bool:
    """Whether a stack of the family was certified; otherwise words with an odd factor in their period are checked."""
    network = mamba_signed(language)
    found = alternation(language, odd=True)
    assert (network is None) != (found is None)
    if network is None:
        assert found is not None
        assert found.period & (found.period - 1)
        assert found.is_true_of(language)
        return False
    assert not ex.FAMILIES["mamba-signed"].problems(network)
    ex.assert_verified(network, language)
    return True


def test_derives_that_two_steps_keep_their_direction() -> None:
    """The slope of f∘f is a² ≥ 0."""
    import sympy

    a, b, x = sympy.symbols("a b x", real=True)
    twice = sympy.expand(a * (a * x + b) + b)
    assert sympy.diff(twice, x) == a**2
    assert (a**2).is_nonnegative
    print("f(f(x)) has the slope a² ≥ 0, whatever the sign of a: f² settles where f may alternate")


def test_holds_for_monotone_maps_of_small_chains() -> None:
    """f² settles for all, f itself does not for some."""
    counts, alternating = [], 0
    for n in range(1, 6):
        maps = monotone_maps(n)
        assert settles(after(maps, maps)).all()
        counts.append(len(maps))
        alternating += int((~settles(maps)).sum())
    assert counts == [1, 4, 17, 66, 247]
    assert alternating > 0
    print(f"{sum(counts)} rising or falling maps of up to 5 numbers: f² settles; f alternates for {alternating}")


def test_holds_for_two_layers_of_small_chains() -> None:
    """Periods divide 2² = 4; the lower layer's map depends on the letter and on the upper layer's state."""
    chain = monotone_maps(2)
    lower = np.array(list(product(chain.tolist(), repeat=2)))
    state = np.arange(4)
    letters = np.array([2 * u[state // 2] + d[state // 2, state % 2] for u in chain for d in lower])
    assert len(letters) == 64
    first, second = (part.reshape(-1) for part in np.meshgrid(np.arange(64), np.arange(64), indexing="ij"))
    assert len(first) == 4096
    x, y = letters[first], letters[second]
    for word in (x, after(x, y), after(after(x, y), x), after(after(x, y), y)):
        square = after(word, word)
        assert settles(after(square, square)).all()
    print(f"{len(first):,} pairs of letters of a two-layer stack on 2 × 2 numbers: the fourth power settles")


def test_holds_for_every_language_of_up_to_3_states() -> None:
    """Both directions, language by language."""
    yes = total = 0
    for states in (1, 2, 3):
        for language, size in up_to_symmetry(small_languages(states, 2)):
            yes += size * decided(language)
            total += size
    assert total == 2 + 24 + 1028
    print(f"{total:,} languages: {yes} certified stacks, {total - yes} with an odd factor in a period")


def test_holds_for_a_sample_of_4_states() -> None:
    """Every 100th of the first 2,000; no claim about the others."""
    sample = list(islice(small_languages(4, 2), 0, 2000, 100))
    assert len(sample) == 20
    print(f"{len(sample)} languages of 4 states: {sum(map(decided, sample))} certified, the others count oddly")


def test_needs_real_multipliers() -> None:
    """A complex entry turns by a third of the circle."""
    network = ex.compile("mod3", "complex-diagonal")
    ex.assert_verified(network, "mod3")
    print("d = exp(2πi/3) recognises (111)*, certified")


def test_needs_monotone_arithmetic() -> None:
    """Where numbers wrap around, h ← a·h + b may turn through three numbers; the first such a and b of a format."""
    form = "uq2.1+wrap"
    values = np.arange(8) / 2
    for a, b in product(values, values):
        steps = (2 * ex.round_to(ex.round_to(a * values, form) + b, form)).astype(int).tolist()
        if len(cycle := odd_cycle(steps)) > 1:
            break
    else:
        raise AssertionError("no odd cycle among the 64 maps")
    assert len(cycle) % 2 == 1
    shown = " → ".join(str(values[i]) for i in [*cycle, cycle[0]])
    print(f"h ← {a}·h + {b} in steps of ½ modulo 4: {shown}, the period {len(cycle)}")


def test_needs_diagonal_matrices() -> None:
    """The cycle of three coordinates."""
    network = ex.compile("mod3", "dense")
    assert isinstance(ex.verify(network, "mod3"), ex.Equivalent)
    print("a 0/1 matrix that permutes three coordinates recognises (111)*")
