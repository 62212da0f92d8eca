"""Cycle notation, both ways, against sympy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy.combinatorics import Permutation as SympyPermutation

from expressivity.errors import LanguageError
from expressivity.languages.permutations import cycle_notation, read_permutations


@given(st.integers(1, 14).flatmap(lambda n: st.permutations(range(n))))
def test_round_trip(row: list[int]) -> None:
    text = cycle_notation(np.array(row))
    assert read_permutations([text], len(row))[0].tolist() == row
    expected = SympyPermutation(row).cyclic_form
    separator = "," if len(row) > 9 else ""
    assert text == ("".join("(" + separator.join(str(p + 1) for p in c) + ")" for c in expected) or "e")


def test_ways_of_writing() -> None:
    rows = read_permutations(["e", "()", "(12)(34)", "(1,2)(3,4)", "(1 2)(3 4)", [1, 0, 3, 2]])
    assert rows.tolist() == [[0, 1, 2, 3]] * 2 + [[1, 0, 3, 2]] * 4
    assert read_permutations(np.array([[2, 0, 1]])).tolist() == [[2, 0, 1]]
    assert read_permutations(["(10,11)"]).shape == (1, 11)


@pytest.mark.parametrize(
    ("generators", "points", "text"),
    [
        (["12"], None, "'12' is no product of cycles; write for example"),
        (["(12"], None, "'\\(12' is no product of cycles"),
        (["(01)"], None, "moves point 0; points in cycles are counted from 1"),
        (["(12)(23)"], None, "cycles that share a point; write disjoint cycles"),
        (["(123)"], 2, "'\\(123\\)' moves point 3, but there are 2 points"),
        ([[0, 0]], None, "\\[0, 0\\] is no permutation of 0 to 1"),
        ([[0, 1], [1, 2, 0], [0, 0, 1]], None, "\\[0, 1\\] is no permutation of 0 to 2; \\[0, 0, 1\\] is no"),
        ([], None, "expected a non-empty list of permutations"),
        ("(12)", None, "expected a non-empty list of permutations"),
    ],
)
def test_error_texts(generators, points: int | None, text: str) -> None:
    with pytest.raises(LanguageError, match=text):
        read_permutations(generators, points)
