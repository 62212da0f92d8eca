"""The list of small languages is complete, and an alternation is a fact that can be false."""

from __future__ import annotations

from dataclasses import replace

import pytest

import expressivity as ex
from _small_automata import (
    LANGUAGES_OF_TWO_LETTERS,
    Alternation,
    alternation,
    small_languages,
    up_to_symmetry,
)


@pytest.mark.parametrize("states", [1, 2, 3])
def test_as_many_languages_as_the_literature_counts(states: int) -> None:
    found = list(small_languages(states, 2))
    assert len(found) == LANGUAGES_OF_TWO_LETTERS[states]
    classes = up_to_symmetry(iter(found))
    assert sum(size for _, size in classes) == len(found)
    assert all(1 <= size <= 4 for _, size in classes)


def test_an_alternation_exists_exactly_where_the_profile_says_so() -> None:
    for automaton, _ in up_to_symmetry(small_languages(3, 2))[::3]:
        profile, found, odd = ex.describe(automaton), alternation(automaton), alternation(automaton, odd=True)
        assert (found is None) == profile.aperiodic
        assert (odd is None) == profile.subgroups_2_groups
        assert all(a is None or a.is_true_of(automaton) for a in (found, odd))


def test_a_wrong_alternation_is_found() -> None:
    mod3 = ex.language("mod3").minimal()
    true = alternation(mod3, odd=True)
    assert true == Alternation((), (0,), (), 3)
    assert not replace(true, period=2).is_true_of(mod3)
    assert not Alternation((), (0,), (), 2).is_true_of(ex.language("re:aa*").minimal())
