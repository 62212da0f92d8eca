"""Every regular language of a minimal automaton with |Q| states has a stack of |Q| − 1 layers that never expand.

Statement:
    A minimal complete automaton with |Q| ≥ 2 states is covered by a cascade of |Q| − 1 permutation–reset levels, of
    |Q|, |Q| − 1, …, 2 states; a stack of as many layers of generalised Householder products, each of norm at most 1,
    recognises its language.

Source:
    Grazzi et al. 2025, Theorem 4, with up to 2^|Q| layers; they conjecture that a number linear in |Q| suffices. The
    linear cover and the repair are ours. The published proof has a gap: a level of a cascade reads the levels above
    *before* the step, a layer of a stack answers *after* it, and a reset has by then erased what was before.

Hypotheses:
    - the state before the step is handed upwards.
    - resets: some letters have factors that are no reflections (β = 1) or a gate.
    - as many layers as states, less one, for this cover.

Derivation:
    The head of an m-state automaton keeps a state that the automaton is *not* in, one of m. A letter that permutes the
    states moves it along. Any other letter misses some state of the image and resets the head to it. The tail keeps the
    position among the other m − 1 states: an automaton of m − 1 states, whose letters are pairs (letter, head before).
    Repeat until one state is left: m − 1 levels. Permutations are undone by the read-out (P⁻¹ of the state after gives
    the state before); before a reset, the layer writes the state before into a coordinate kept aside.

Checked:
    All 24 + 1,028 languages over two letters with 2 or 3 states, up to exchange of letters and complement (7 + 262
    classes): |Q| − 1 levels that cover the automaton, a network of |Q| − 1 layers in the family deltaproduct, and a
    certificate for all lengths. A stated sample of 20 languages of 4 states
    (every 100th of the first 2,000 in the order of enumeration).

Open:
    Whether fewer than |Q| − 1 layers suffice for all automata. (Many need fewer: groups need one.)
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

import expressivity as ex
from _published_stack import published_stack
from _small_automata import small_languages, up_to_symmetry
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.automaton import Automaton
from expressivity.constructions.stacks.cascade_stack import cascade_stack
from expressivity.exact import rationals
from expressivity.networks.forms.householder import HouseholderTransition


def layers_allowed(states: int) -> int:
    """The number of layers that the statement grants."""
    return states - 1


def certified(language: Automaton) -> int:
    """Layers of the stack over the linear cover of a language, once that is certified."""
    cascade = subset_cover(language)
    assert cascade.covers() is None
    assert [component.states for level in cascade.levels for component in level.components] == list(
        range(language.states, 1, -1)
    )
    network = cascade_stack(cascade, gated=False)
    assert len(network.layers) <= layers_allowed(language.states)
    assert not ex.FAMILIES["deltaproduct"].problems(network)
    ex.assert_verified(network, language)
    return len(network.layers)


def test_derives_the_number_of_levels_and_their_total_width() -> None:
    """Levels of m, m − 1, …, 2 states: the depth and the sum, in closed form."""
    import sympy

    m, i = sympy.symbols("m i", integer=True, positive=True)
    width = sympy.summation(i, (i, 2, m))
    assert sympy.simplify(width - (m * (m + 1) / 2 - 1)) == 0
    assert sympy.summation(1, (i, 2, m)) == m - 1
    print("levels: m − 1; states in all: 2 + 3 + … + m = m(m + 1)/2 − 1")


def test_derives_that_every_letter_moves_the_head_by_a_permutation_or_a_reset() -> None:
    """The case distinction is complete: a map of a finite set that misses no state is a permutation."""
    import itertools

    for m in range(2, 6):
        for row in itertools.product(range(m), repeat=m):
            assert (len(set(row)) == m) != bool(set(range(m)) - set(row))
    print("all maps of 2 … 5 states: a permutation, or some state is missed, never both")


def test_holds_for_every_language_of_2_states() -> None:
    """One layer each."""
    classes = up_to_symmetry(small_languages(2, 2))
    assert sum(size for _, size in classes) == 24
    assert {certified(language) for language, _ in classes} == {1}
    print(f"24 languages of 2 states, {len(classes)} up to symmetry: one layer each, certified")


def test_holds_for_every_language_of_3_states() -> None:
    """At most two layers each."""
    classes = up_to_symmetry(small_languages(3, 2))
    assert sum(size for _, size in classes) == 1028
    layers = [certified(language) for language, _ in classes]
    assert max(layers) == 2
    print(
        f"1,028 languages of 3 states, {len(classes)} up to symmetry: certified, "
        f"{layers.count(2)} with two layers, {layers.count(1)} with one (no level is kept that no verdict needs)"
    )


def test_holds_for_a_sample_of_4_states() -> None:
    """Every 100th of the first 2,000 languages of the enumeration; no claim about the others."""
    sample = list(islice(small_languages(4, 2), 0, 2000, 100))
    assert len(sample) == 20
    depths = [certified(language) for language in sample]
    assert max(depths) == 3
    print(f"{len(sample)} languages of 4 states: at most {max(depths)} layers, certified")


def test_needs_the_state_before_the_step() -> None:
    """The published stack on a: 0 → 1 → 2 → 0 and b: 0, 1 → 0, 2 → 2: b erases what the lower level has to know."""
    language = ex.Automaton.from_table([[1, 2, 0], [0, 0, 2]], accepting=[2])
    cascade = subset_cover(language)
    answer = ex.verify(published_stack(cascade), language)
    assert isinstance(answer, ex.Counterexample)
    assert isinstance(ex.verify(cascade_stack(cascade, gated=False), language), ex.Equivalent)
    print(f"state after the step: wrong on the word {''.join(answer.word)}; with the state before: certified")


def test_needs_resets() -> None:
    """Turn every β of a stack for the flip-flop into 2: then all maps are invertible and nothing is forgotten."""
    language = ex.language("flip-flop").minimal()
    network = cascade_stack(subset_cover(language), gated=False)
    layer = network.layers[0]
    assert isinstance(layer.transition, HouseholderTransition)
    betas = layer.transition.betas.fractions()
    mirrors = np.where(betas[:-1] != 0, 2, betas[:-1])
    changed = HouseholderTransition(layer.transition.keys, rationals(np.concatenate([mirrors, betas[-1:]])))
    answer = ex.verify(replace(network, layers=(replace(layer, transition=changed),)), language, max_states=2_000)
    assert isinstance(answer, ex.Counterexample)
    print(f"mirrors in place of projections: wrong on a word of {len(answer.word)} letters")


def test_needs_as_many_layers_as_states_less_one() -> None:
    """With the last level left out, the cascade no longer tells the three states apart."""
    language = ex.Automaton.from_table([[1, 2, 0], [0, 0, 2]], accepting=[2])
    cascade = subset_cover(language)
    head = {}
    for word in ([], [0], [1], [0, 0], [0, 1], [1, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0]):
        top = cascade.coordinates(np.array(word, dtype=np.int64))[0]
        head.setdefault(top, set()).add(int(language.run(np.array(word, dtype=np.int64))[-1]))
    assert any(len(states) > 1 for states in head.values())
    print(f"head state → states of the automaton it may stand for: { {k: sorted(v) for k, v in head.items()} }")
