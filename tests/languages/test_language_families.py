"""Every parametric family against its definition on all short words, and against what group theory says."""

import itertools
import math
import operator
import re

import numpy as np
import pytest

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.counters import (
    addition_modulo,
    cycle_navigation,
    dyck,
    even_pairs,
    first,
    flip_flop,
    modulus_with_reset,
    repeat_01,
    saturating_counter,
    tomita,
    unary_modulus,
)
from expressivity.languages.expressions import modular_arithmetic
from expressivity.languages.families import FAMILIES, call_family, read_family_call
from expressivity.languages.groups import (
    alternating_group,
    cyclic_group,
    dihedral_group,
    permutation_automaton,
    symmetric_group,
    word_problem,
)


def check(automaton: Automaton, predicate, *, longest: int, states: int | None = None) -> None:
    """The automaton accepts exactly the words of the predicate, up to a length; it is minimal where a size is given."""
    for length in range(longest + 1):
        for word in map("".join, itertools.product(automaton.letters, repeat=length)):
            assert automaton.accepts(word) == predicate(word), word
    if states is not None:
        assert automaton.states == automaton.minimal().states == states


def no_late_odd_zeros(word: str) -> bool:
    seen = False
    for run in re.findall("0+|1+", word):
        if run[0] == "1" and len(run) % 2:
            seen = True
        elif run[0] == "0" and len(run) % 2 and seen:
            return False
    return True


TOMITA = {
    1: (lambda w: "0" not in w, 2),
    2: (lambda w: re.fullmatch("(10)*", w) is not None, 3),
    3: (no_late_odd_zeros, 5),
    4: (lambda w: "000" not in w, 4),
    5: (lambda w: w.count("0") % 2 == 0 and w.count("1") % 2 == 0, 4),
    6: (lambda w: (w.count("0") - w.count("1")) % 3 == 0, 3),
    7: (lambda w: re.fullmatch("0*1*0*1*", w) is not None, 5),
}


@pytest.mark.parametrize("number", TOMITA)
def test_tomita(number: int) -> None:
    predicate, states = TOMITA[number]
    check(tomita(number), predicate, longest=9, states=states)


def test_a_wrong_definition_would_be_noticed() -> None:
    with pytest.raises(AssertionError):
        check(tomita(4), TOMITA[5][0], longest=4)


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_counters(m: int) -> None:
    check(unary_modulus(m), lambda w: len(w) % m == 0, longest=2 * m, states=m)
    check(modulus_with_reset(m), lambda w: len(w.rpartition("r")[2]) % m == 0, longest=7, states=m)
    check(
        cycle_navigation(m, position=m - 1),
        lambda w: (w.count("+") - w.count("-") - m + 1) % m == 0,
        longest=5,
        states=m,
    )
    check(addition_modulo(m), lambda w: sum(map(int, w)) % m == 0, longest=4, states=m)
    check(addition_modulo(m, digits=2, value=m - 1), lambda w: (w.count("1") + 1) % m == 0, longest=6, states=m)


@pytest.mark.parametrize("n", [1, 3])
def test_saturating_counter(n: int) -> None:
    def ends_at_zero(word: str) -> bool:
        value = 0
        for letter in word:
            value = min(n, value + 1) if letter == "+" else max(0, value - 1)
        return value == 0

    check(saturating_counter(n), ends_at_zero, longest=8, states=n + 1)


def test_small_families() -> None:
    check(flip_flop(), lambda w: w.replace("i", "")[-1:] == "1", longest=6, states=2)
    check(even_pairs(), lambda w: w[:1] == w[-1:], longest=8, states=5)
    check(even_pairs(), lambda w: sum(w[i : i + 2] in ("ab", "ba") for i in range(len(w))) % 2 == 0, longest=8)
    check(first(), lambda w: w[:1] == "1", longest=6, states=3)
    check(repeat_01(), lambda w: re.fullmatch("(01)*", w) is not None, longest=8, states=3)


@pytest.mark.parametrize(("k", "depth", "longest"), [(1, 1, 9), (1, 3, 10), (2, 2, 6), (3, 2, 4)])
def test_dyck(k: int, depth: int, longest: int) -> None:
    pairs = {"(": ")", "[": "]", "{": "}", "<": ">"}

    def well_nested(word: str) -> bool:
        stack: list[str] = []
        for letter in word:
            if letter in pairs:
                stack.append(pairs[letter])
                if len(stack) > depth:
                    return False
            elif not stack or stack.pop() != letter:
                return False
        return not stack

    check(dyck(k, depth), well_nested, longest=longest, states=sum(k**level for level in range(depth + 1)) + 1)


def test_dyck_names_and_limits() -> None:
    assert dyck(5, 1).letters[-2:] == ("open5", "close5")
    assert dyck(5, 1).accepts(["open5", "close5", "(", ")"])
    with pytest.raises(LanguageError, match="more than a million states; lower k or depth"):
        dyck(9, 10**9)


@pytest.mark.parametrize("m", [2, 5])
@pytest.mark.parametrize("precedence", [False, True])
def test_modular_arithmetic(m: int, precedence: bool) -> None:
    signs = {"+": operator.add, "-": operator.sub, "*": operator.mul}

    def value_is_one(word: str) -> bool:
        if not re.fullmatch(r"\d([-+*]\d)*", word):
            return False
        if precedence:
            return eval(word) % m == 1  # digits and operators only, by the line above
        value = int(word[0])
        for sign, digit in zip(word[1::2], word[2::2], strict=True):
            value = signs[sign](value, int(digit))
        return value % m == 1

    automaton = modular_arithmetic(m, precedence=precedence, value=1)
    check(automaton, value_is_one, longest=5 if m == 2 else 3)
    rng = np.random.default_rng(m)
    for _ in range(500):
        length = int(rng.integers(1, 12))
        word = "".join(str(rng.integers(m)) + str(rng.choice(list("+-*"))) for _ in range(length))[:-1]
        assert automaton.accepts(word) == value_is_one(word), word


def test_left_to_right_differs_from_precedence() -> None:
    word = modular_arithmetic(5).counterexample(modular_arithmetic(5, precedence=True))
    assert word is not None
    assert len(word) == 5


def compose(word: list[tuple[int, ...]], points: int) -> tuple[int, ...]:
    place = tuple(range(points))
    for step in word:
        place = tuple(step[p] for p in place)
    return place


def is_group(automaton: Automaton) -> bool:
    return all(len(set(row)) == automaton.states for row in automaton.table.tolist())


@pytest.mark.parametrize(
    ("automaton", "order", "letters"),
    [
        (symmetric_group(2), 2, 2),
        (symmetric_group(3), 6, 6),
        (symmetric_group(4), 24, 24),
        (symmetric_group(5, letters="transpositions"), 120, 10),
        (symmetric_group(5, letters="adjacent"), 120, 4),
        (symmetric_group(6, letters="generators"), 720, 2),
        (symmetric_group(2, letters="generators"), 2, 1),
        (alternating_group(3), 3, 3),
        (alternating_group(5), 60, 60),
        (alternating_group(5, letters="3-cycles"), 60, 20),
        (alternating_group(6, letters="generators"), 360, 4),
        (cyclic_group(6), 6, 6),
        (cyclic_group(6, letters="generators"), 6, 1),
        (dihedral_group(5), 10, 10),
        (dihedral_group(4, letters="reflections"), 8, 4),
        (dihedral_group(7, letters="generators"), 14, 2),
        (word_problem(["(1234567)", "(12)(36)"]), 168, 2),
        (word_problem([f"({','.join(map(str, range(1, 12)))})", "(3,7,11,8)(4,10,5,6)"]), 7920, 2),
    ],
)
def test_orders_of_groups(automaton: Automaton, order: int, letters: int) -> None:
    assert (automaton.states, len(automaton.letters)) == (order, letters)
    assert is_group(automaton)
    assert automaton.accepts([])
    if order <= 360:
        assert automaton.minimal().states == order


def test_word_problem_by_composition() -> None:
    generators = [(1, 0, 2, 3), (1, 2, 3, 0)]
    automaton = word_problem(generators, letters=["s", "c"])
    for length in range(9):
        for word in itertools.product(range(2), repeat=length):
            product = compose([generators[x] for x in word], 4)
            assert automaton.accepts_encoded(np.array(word, dtype=int)) == (product == (0, 1, 2, 3))


def test_words_act_from_left_to_right() -> None:
    """(12)(23) first swaps 1 and 2, hence is (1 3 2): only its inverse (123) brings it back."""
    automaton = symmetric_group(3)
    assert automaton.accepts(["(12)", "(23)", "(123)"])
    assert not automaton.accepts(["(12)", "(23)", "(132)"])


def test_permutation_automaton() -> None:
    automaton = permutation_automaton(["(12)", "(123)"], accepting=[2])
    assert automaton.states == 3
    assert automaton.letters == ("(12)", "(123)")
    assert automaton.accepts(["(12)", "(123)"])
    rows = np.array([[1, 2, 0]])
    assert permutation_automaton(rows).letters == ("(123)",)
    assert permutation_automaton(rows, letters=["x"], start=1).accepts("xx")


def test_largest_symmetric_groups() -> None:
    assert math.factorial(7) == symmetric_group(7, letters="adjacent").states


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: tomita(8), r"tomita\(8\) does not exist; the numbers are 1 to 7"),
        (lambda: unary_modulus(0), "m is 0; expected at least 1"),
        (lambda: addition_modulo(3, value=3), "the accepted value 3 is outside 0 to 2"),
        (lambda: addition_modulo(40), "40 digits asked for; expected 1 to 36"),
        (lambda: modular_arithmetic(11), "m is 11; expected 2 to 10"),
        (lambda: symmetric_group(1), "n is 1; expected at least 2"),
        (lambda: symmetric_group(3, letters="some"), "letters='some' is unknown; choose one of all, transpositions"),
        (lambda: alternating_group(4, letters="x"), "choose one of all, 3-cycles, generators"),
        (lambda: cyclic_group(4, letters="x"), "choose one of all, generators"),
        (lambda: dihedral_group(4, letters="x"), "choose one of all, reflections, generators"),
        (lambda: word_problem(["(12345)", "(12)"], limit=100), "more than 100 elements; raise `limit`"),
        (lambda: word_problem(["(12)", "(12)"]), r"letters \['\(12\)'\] occur twice"),
        (lambda: read_family_call("unary_modulus(m)"), "no family with literal arguments; write for example"),
        (lambda: read_family_call("tomita(__import__('os'))"), "no family with literal arguments"),
        (lambda: read_family_call("tomita(**{})"), "no family with literal arguments"),
        (lambda: read_family_call("nonsense(3)"), "there is no family 'nonsense'; the families are"),
        (lambda: read_family_call("tomita()"), r"tomita cannot be called like this .* its form is tomita\("),
        (lambda: read_family_call("tomita('3')"), "tomita: number='3' is a str; expected int"),
        (lambda: read_family_call("modular_arithmetic(3, precedence=1)"), "precedence=1 is a int; expected bool"),
    ],
)
def test_error_texts(call, text: str) -> None:
    with pytest.raises(LanguageError, match=text):
        call()


def test_families_by_name() -> None:
    assert read_family_call(" symmetric_group(4, letters='adjacent') ") == symmetric_group(4, letters="adjacent")
    assert call_family("tomita", [3], {}) == tomita(3)
    assert all(name == family.__name__ for name, family in FAMILIES.items())
