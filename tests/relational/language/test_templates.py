"""Templates: the text syntax round trip, and every problem of a template reported at once."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from expressivity.errors import TemplateError
from expressivity.relational.language.neuralogic_text import read_examples, read_queries
from expressivity.relational.language.rules import Atom, Literal, Rule, Variable, Weight, exact_value, shape_of
from expressivity.relational.language.template_text import parse_template, write_template
from expressivity.relational.language.templates import Template, template_json

EVERYTHING = """
    % all of the syntax
    {3,1} h0(X) :- {} carbon(X).
    {3,1} h0(X) :- oxygen(X, 7), @alldiff(X, Y), node(Y). [bag]
    h1(X) :- w1={3,3} h0(Y), hidden edge(X, Y), ~odd(X). [aggregation=max, activation=relu, set, bias={3}]
    h2(X) :- w1={3,3} h1(X), w2=-0.25 h0(X). [combination=product, aggregation=avg]
    <1/2> out :- <[[1, 0, 0]]> h2(X), X != Y, not odd(X), node(Y), X < Y, @next(X, Y). [bag]
    {} out :- h2(X).
    out/0 [activation=sigmoid, bias=0.5]
    [1, 0] kind(a).   // facts
    scale={2} kind(b).
"""


def test_what_is_written_is_read_back() -> None:
    template = parse_template(EVERYTHING)
    assert parse_template(write_template(template)) == template
    assert template.weights["w2"].value == Fraction(-1, 4)
    assert template.weights["rule4.head"].fixed
    assert template.weights["rule0.body0"].shape == ()
    assert template.rules[2].semantics == "set"
    assert template.rules[2].instance_variables == ("X", "Y")
    assert template.facts[1].weight == Weight("scale", (2,))
    assert template.parameters == 3 + 1 + 3 + 9 + 3 + 1 + 1 + 1 + 2 + 2


def test_the_builder_makes_what_the_text_says() -> None:
    X, Y = Variable("X"), Variable("Y")
    built = Template(
        (
            Rule(
                Atom("h", (X,)),
                (Literal(Atom("f", (Y,)), Weight("w", (2, 2))), Literal(Atom("edge", (X, Y)), hidden=True)),
                activation="relu",
            ),
        )
    )
    assert built == parse_template("h(X) :- w={2,2} f(Y), *edge(X, Y). [activation=relu]")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("h(X :- f(X).", r"line 1, column 5: found ':-'; expected ','"),
        ("h(X) :- f(X)", r"line 1, column 13: found 'the end of the text'; expected '\.'"),
        ("\n  h(X) :- f(X)?", "line 2, column 15: '\\?' has no meaning here"),
        ("h(X) :- f(X). [colour=red]", "option 'colour' is unknown; expected activation, aggregation"),
        ("h/1 [aggregation=max]", "predicates have no aggregation"),
        ("{a} h(X) :- f(X).", "found 'a'; expected a number of entries"),
        ("[[1], [1, 2]] f(a).", "is neither a vector nor a matrix"),
    ],
)
def test_text_that_cannot_be_read_is_located(text, complaint) -> None:
    with pytest.raises(TemplateError, match=complaint):
        parse_template(text)


PROBLEMS = {
    "rule 0: unsafe variables Z: each must occur in a positive literal of the body": "h(Z) :- f(X), not g(Z).",
    "rule 1: Y occur in uncounted literals only, so set and bag differ": "k(X) :- f(X), hidden edge(X, Y).",
    "rule 2: activation 'exp' is unknown; expected one of identity": "k(X) :- f(X). [activation=exp]",
    "rule 2: aggregation 'mode' is unknown": "",
    "rule 3: g\\(X\\) is not counted, so its weight rule3.body1 has no effect": "k(X) :- f(X), 0.5 hidden g(X).",
    "rule 4: p\\(X\\) depends on its own negation through not q\\(X\\)": "p(X) :- f(X), not q(X). q(X) :- p(X).",
    "weight 'w' is two different weights": "m(X) :- w={2,2} f2(X). m(X) :- w={2,3} f3(X).",
    "rule 8: weight rule8.body0 of shape \\(4, 5\\) meets m/1 of 2 entries; expected 5": "n(X) :- {4,5} m(X).",
    "rule 9: @?alldiff\\(X\\) takes 1 elements; expected two or more": "n(X) :- m(X), @alldiff(X).",
    "fact e\\(X\\) has the variables X; expected constants": "e(X).",
    "z/3 has options but no rule concludes it": "z/3 [activation=relu]",
}


def test_every_problem_is_reported_at_once() -> None:
    text = "\n".join(PROBLEMS.values()).replace("[activation=exp]", "[activation=exp, aggregation=mode]")
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    missing = [problem for problem in PROBLEMS if not re.search(problem, str(caught.value))]
    assert missing == []


def test_semantics_may_be_chosen_for_all_rules_that_leave_it_open() -> None:
    text = "k(X) :- f(X), hidden edge(X, Y).  l(X) :- f(X)."
    chosen = parse_template(text, semantics="set")
    assert [rule.semantics for rule in chosen.rules] == ["set", None]
    assert chosen.rules[0].instance_variables == ("X",)
    assert parse_template(text, semantics="bag").rules[0].instance_variables == ("X", "Y")


def test_weights_are_replaced_by_name_and_shape() -> None:
    template = parse_template("h(X) :- w={2,1} f(X).")
    assert template.with_weights({"w": exact_value([[1], [2]])}).weights["w"].value == ((1,), (2,))
    with pytest.raises(TemplateError, match=r"there is no weight 'v'; weight 'w' has shape \(2, 1\), the value \(\)"):
        template.with_weights({"v": Fraction(1), "w": Fraction(1)})
    with pytest.raises(TemplateError, match="weights without a value: w"):
        template_json(template)
    assert shape_of(exact_value(np.eye(2))) == (2, 2)


@pytest.mark.parametrize(
    ("name", "examples", "facts", "queries", "true"),
    [
        ("mutagenesis", 188, 20622, 188, 125),
        ("trains", 1, 441, 20, 10),
        ("kinships", 1, 10815, 20929, 10686),
        ("nations", 1, 1464, 5347, 2565),
    ],
)
def test_neuralogic_files_are_read_as_they_are(shared, name, examples, facts, queries, true) -> None:
    folder = shared / "relational"
    read = read_examples(folder / f"{name}_examples.txt")
    asked = read_queries(folder / f"{name}_queries.txt", examples=len(read))
    assert (len(read), sum(len(example.facts) for example in read), len(asked)) == (examples, facts, queries)
    assert sum(query.target == 1 for query in asked) == true


def test_values_and_broken_lines_of_neuralogic_files(tmp_path) -> None:
    file = tmp_path / "examples.txt"
    file.write_text("0.5 f(a), [1, 2] g(b, 3),\n h.\n f(c)\n")
    first, second = read_examples(file)
    assert [fact.value for fact in first.facts] == [(Fraction(1, 2),), (1, 2), (1,)]
    assert first.constants == (3, "a", "b")
    assert str(second.facts[0]) == "f(c)"
    file.write_text("f(a), ?\n g(b\n")
    with pytest.raises(TemplateError, match=r"line 1: ' \?' is no fact; line 2: ' g\(b' is no fact"):
        read_examples(file)
    file.write_text("1.0 f(a).\nf(b).\n")
    with pytest.raises(TemplateError, match=r"line 2: 'f\(b\)\.' is no query; expected `target atom\.`"):
        read_queries(file, examples=1)
    with pytest.raises(TemplateError, match=r"cannot read .*: No such file"):
        read_examples(tmp_path / "missing.txt")
