"""Exact recurrences and closed forms against brute force over Hankel ranks, sympy, and sequences everybody knows."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.spectral.closed_form import closed_form
from expressivity.spectral.exact_recurrence import exact_recurrence

RATIONALS = st.fractions(min_value=-3, max_value=3, max_denominator=4)


def evaluated(form: sympy.Expr, t: int) -> Fraction:
    (symbol,) = form.free_symbols or {sympy.Symbol("t")}
    # Sixty digits tell apart fractions of the sizes drawn here, where simplification of nested roots gives up.
    value = sympy.re(sympy.N(form.subs(symbol, t).doit(), 60))
    return Fraction(str(value)).limit_denominator(10**12)


@given(st.lists(RATIONALS, min_size=1, max_size=4), st.data())
def test_a_recurrence_is_found_again(coefficients: list[Fraction], data: st.DataObject) -> None:
    start = data.draw(st.lists(RATIONALS, min_size=len(coefficients), max_size=len(coefficients)))
    terms = list(start)
    while len(terms) < 2 * len(coefficients) + 6:
        terms.append(sum((c * terms[-k] for k, c in enumerate(coefficients, start=1)), Fraction(0)))
    found = exact_recurrence(terms[: 2 * len(coefficients)])
    assert found.determined
    assert found.terms(len(terms)) == terms
    # Kronecker: the order is the rank of the Hankel matrix.
    size = len(coefficients)
    hankel = sympy.Matrix(
        [[sympy.Rational(terms[i + j].numerator, terms[i + j].denominator) for j in range(size)] for i in range(size)]
    )
    assert found.order == hankel.rank()
    form = closed_form(found)
    if all(factor.degree() <= 2 for factor, _ in found.characteristic.factor()[1]):
        assert [evaluated(form, t) for t in range(6)] == terms[:6]


@given(st.lists(RATIONALS, min_size=1, max_size=9))
def test_no_shorter_recurrence_fits(terms: list[Fraction]) -> None:
    found = exact_recurrence(terms)
    assert found.terms(len(terms)) == terms
    for order in range(found.order):
        rows = [[*terms[t - order : t], terms[t]] for t in range(order, len(terms))]
        matrix = sympy.Matrix([[sympy.Rational(v.numerator, v.denominator) for v in row] for row in rows])
        assert matrix[:, :-1].rank() < matrix.rank()


@pytest.mark.parametrize(
    ("terms", "order", "text", "form"),
    [
        (
            [0, 1, 1, 2, 3, 5, 8],
            2,
            "f(t) = f(t−1) + f(t−2)",
            "sqrt(5)*((1+sqrt(5))/2)**t/5 - sqrt(5)*((1-sqrt(5))/2)**t/5",
        ),
        ([0, 1, 4, 9, 16, 25], 3, "f(t) = 3·f(t−1) − 3·f(t−2) + f(t−3)", "t**2"),
        ([1, -2, 4, -8], 1, "f(t) = −2·f(t−1)", "(-2)**t"),
        ([0, 0, 0], 0, "f(t) = 0", "0"),
        ([7, 0, 0, 0], 1, "f(t) = 0 for t ≥ 1", "7*KroneckerDelta(t, 0)"),
        ([1, 0, -1, 0, 1, 0], 2, "f(t) = −f(t−2)", "I**t/2 + (-I)**t/2"),
    ],
)
def test_closed_forms(terms: list[int], order: int, text: str, form: str) -> None:
    found = exact_recurrence(terms)
    assert found.order == order
    assert str(found) == text
    t = sympy.Symbol("t", integer=True, nonnegative=True)
    wanted = sympy.sympify(form, locals={"t": t})
    assert sympy.simplify(closed_form(found) - wanted) == 0


def test_roots_of_a_cubic_stay_a_sum_over_roots() -> None:
    narayana = [1, 1, 1, 2, 3, 4, 6, 9]
    form = closed_form(exact_recurrence(narayana))
    assert form.has(sympy.RootSum)
    assert [evaluated(form, t) for t in range(8)] == narayana


def test_the_puzzles_that_seven_numbers_decide(shared: Path) -> None:
    with (shared / "spectral" / "number_puzzles.csv").open(encoding="utf-8") as file:
        puzzles = [[int(cell) for cell in row] for row in csv.reader(file)]
    decided = {}
    for number, row in enumerate(puzzles, start=1):
        found = exact_recurrence(row[:7])
        if found.determined:
            decided[number] = found.terms(8)[-1] == row[7]
    # Three need a recurrence of order four, which takes eight numbers; all others are decided, and rightly.
    assert sorted(set(range(1, 21)) - set(decided)) == [12, 15, 18]
    assert all(decided.values())


def test_a_wrong_term_is_found() -> None:
    fibonacci = exact_recurrence([1, 1])
    assert not fibonacci.determined or fibonacci.order < 2
    assert exact_recurrence([1, 1, 2, 3, 5, 8, 13, 21, 34, 56]).order > 2


def test_a_long_sequence_without_recurrence_is_given_up_early() -> None:
    terms = [pow(3, t * t, 10_007) for t in range(2_000)]
    with pytest.raises(ex.SeriesError, match="the first 21 terms follow no recurrence of order 10 or less"):
        exact_recurrence(terms, most_order=10)
    assert exact_recurrence([1, 1, 2, 3, 5, 8], most_order=2).order == 2


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([], "there are no terms"),
        ([1.5, 2.0], "the terms are floats or nested"),
        (["a"], "'a' is not a rational number; an exact recurrence needs integers or fractions"),
        ([[1, 2], [3, 4]], "floats or nested"),
    ],
)
def test_what_has_no_exact_recurrence(terms: list, expected: str) -> None:
    with pytest.raises(ex.SeriesError, match=expected):
        exact_recurrence(terms)
