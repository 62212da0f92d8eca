"""Automata and linear RNNs are templates over successor facts, exactly, on words of all lengths (S5).

Statement:
    On the example of a word x₁ … x_n (`first(0)`, `successor(t−1, t)`, `letter_x(t)` for x = x_t) the rules
    `s state(T) :- first(T).` and `state(T) :- A_x state(Z), letter_x(T), hidden successor(Z, T).` for every letter x,
    multiplied, with identity activation, give state(t) = A(x_t) ⋯ A(x₁) s for every t ≤ n. With 0/1 matrices of an
    automaton and the accepting states as a row vector, `accepts(t)` is 1 exactly when the automaton accepts x₁ … x_t.

Source:
    Stated in the theory notes of this project as S5; the recurrence is Grazzi et al. 2025, equation 1, without input.

Hypotheses:
    - identity activation: with another one the state is no product of matrices (H1).
    - one letter at each position: and one predecessor (H2).
    - shared weights: one matrix for each letter, over all positions (H3).

Derivation:
    Induction over t. state(0) has one instance, of the first rule, with value s. For t > 0 the atom first(t) does not
    hold; the rule of letter x has an instance with head state(t) exactly when letter_x(t) and successor(z, t) hold:
    for x = x_t and z = t − 1 only (H2), with value A(x_t)·state(t−1)·1 (H1). A sum of one instance is that instance.
    H3 is what makes the template one recurrence rather than a weight for each position. For an automaton state(t) is
    the indicator vector of the state after t letters, and accepting·state(t) its verdict. Since the recursion follows
    successor facts it is acyclic on every word, and the construction does not depend on n.

Checked:
    All 128 automata with two states and two letters (16 tables, 4 accepting sets, 2 start states) on all 30 words of
    length 1 to 4, after every letter: 12,544 verdicts; and products of 2×2 integer matrices for two letters
    on the same words.

Open:
    Nothing for identity activation; with others the rules are a general recurrent network.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.checker.relational import evaluate
from expressivity.relational.grounding.word_models import automaton_template, word_example
from expressivity.relational.language.examples import Example, Fact
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import template_json

WORDS = [word for length in range(1, 5) for word in itertools.product("ab", repeat=length)]


def along(data: dict[str, Any], example: Example, length: int) -> list[tuple[Fraction, ...]]:
    """The values of `accepts` at 1 … n: the recursion written out, since the evaluator of definitions knows none."""
    rules = []
    for rule in data["rules"]:
        recursive = rule["head"][0] == "state" and any(lit["predicate"] == "state" for lit in rule["body"])
        for step in range(length + 1):
            if recursive != (step > 0) and rule["head"][0] == "state":
                continue
            body = [
                {**lit, "predicate": f"state{step - recursive}"} if lit["predicate"] == "state" else lit
                for lit in rule["body"]
            ]
            name = f"{rule['head'][0]}{step}"
            rules.append({**rule, "head": [name, rule["head"][1]], "body": body})
    facts = [[f.predicate, list(f.arguments), [str(x) for x in f.value]] for f in example.facts]
    values = evaluate({**data, "rules": rules, "predicates": []}, facts)
    return [values[f"accepts{t}", (t,)] for t in range(1, length + 1)]


def all_automata() -> list[Automaton]:
    """Every automaton with two states and two letters."""
    found = []
    for table in itertools.product(range(2), repeat=4):
        for accepting in itertools.product([False, True], repeat=2):
            for start in range(2):
                letters = np.array(table, dtype=np.int32).reshape(2, 2)
                found.append(Automaton(letters, start, np.array(accepting), ("a", "b")))
    return found


def test_holds_for_all_automata_with_two_states_and_two_letters() -> None:
    checked = 0
    automata = all_automata()
    examples = [word_example(word, "ab") for word in WORDS]
    assert (len(automata), len(WORDS)) == (128, 30)
    for automaton in automata:
        template = template_json(automaton_template(automaton))
        for word, example in zip(WORDS, examples, strict=True):
            found = along(template, example, len(word))
            wanted = [automaton.accepts(word[:t]) for t in range(1, len(word) + 1)]
            assert found == [(int(verdict),) for verdict in wanted]
            checked += len(word)
    print(f"{checked} verdicts of {len(automata)} automata")
    assert checked == 12_544


LINEAR = """
    <[1, 2]> state(T) :- first(T).
    state(T) :- <[[1, 3], [-2, 1]]> state(Z), letter_0(T), hidden successor(Z, T). [combination=product, ACTIVATION]
    state(T) :- <[[0, 1], [5, -1]]> state(Z), letter_1(T), hidden successor(Z, T). [combination=product, ACTIVATION]
    accepts(T) :- <[[1, 1]]> state(T).
"""
MATRICES = [np.array([[1, 3], [-2, 1]]), np.array([[0, 1], [5, -1]])]


def product_along(word: tuple[str, ...]) -> int:
    """1ᵀ A(x_n) ⋯ A(x₁) s."""
    state = np.array([1, 2])
    for letter in word:
        state = MATRICES["ab".index(letter)] @ state
    return int(state.sum())


def test_holds_for_products_of_integer_matrices() -> None:
    template = template_json(parse_template(LINEAR.replace("ACTIVATION", "activation=identity")))
    for word in WORDS:
        found = along(template, word_example(word, "ab"), len(word))
        assert found == [(product_along(word[:t]),) for t in range(1, len(word) + 1)]


def test_needs_identity_activation() -> None:
    template = template_json(parse_template(LINEAR.replace("ACTIVATION", "activation=relu")))
    word = ("a", "a")
    assert along(template, word_example(word, "ab"), 2)[-1] != (product_along(word),)


def test_needs_one_letter_at_each_position() -> None:
    template = template_json(parse_template(LINEAR.replace("ACTIVATION", "activation=identity")))
    example = word_example("ab", "ab")
    both = Example((*example.facts, Fact("letter_1", (1,))))
    assert along(template, both, 2)[-1] != (product_along(("a", "b")),)


def test_needs_shared_weights() -> None:
    # A weight for the second position only, as a fact with a value of its own, is no recurrence in the letters.
    template = template_json(parse_template(LINEAR.replace("ACTIVATION", "activation=identity")))
    example = word_example("aa", "ab")
    facts = tuple(Fact(f.predicate, f.arguments, (2,)) if f == Fact("letter_0", (2,)) else f for f in example.facts)
    assert along(template, Example(facts), 2)[-1] != (product_along(("a", "a")),)
