"""Text → templates and back: the syntax of NeuraLogic with the choices it leaves open written down.

    {3,1} h0(X) :- {} carbon(X).                       % learnable weights by shape; {} is a scalar
    h1(X) :- w1={3,3} h0(Y), hidden edge(X, Y). [aggregation=sum, activation=relu, set]
    <1/2> out :- h1(X), X != Y, not odd(X), node(Y).   % <…> fixes a weight
    out/0 [activation=sigmoid, bias=0.5]
    [1, 0] kind(a).                                    % facts of every example

Numbers are decimals or fractions, read exactly. `*atom` is another way to write `hidden atom`, `~atom` and `!atom` to
write `not atom`, `@alldiff(X, Y, Z)` and `@next(X, Y)` to write the built-in conditions. `%` and `//` begin comments.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NoReturn

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Constant
from expressivity.relational.language.rules import (
    SPECIAL,
    Atom,
    Literal,
    Predicate,
    PredicateOptions,
    Rule,
    TemplateFact,
    Value,
    Variable,
    Weight,
    exact_value,
    shape_of,
)
from expressivity.relational.language.templates import Template

_TOKEN = re.compile(
    r"(?P<space>\s+|(?:%|//)[^\n]*)"
    r"|(?P<number>[-+]?(?:\d+\.\d+|\d+/\d+|\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign>:-|!=|[(){}\[\],.<>=*~!@/^-])"
)


def parse_template(
    text: str, *, semantics: str | None = None, aggregation: str = "sum", activation: str = "identity"
) -> Template:
    """Read a template.

    Arguments:
        text: its rules, facts and predicate options.
        semantics: "bag" or "set", for rules that do not say so and where it matters.
        aggregation: of rules that do not say so. (NeuraLogic's own default is the average.)
        activation: of rules that do not say so.

    Raises:
        TemplateError: with line and column of the first piece that cannot be read, or with every problem of the
            template that was read.
    """
    return _Reader(text, semantics, aggregation, activation).template()


class _Reader:
    def __init__(self, text: str, semantics: str | None, aggregation: str, activation: str) -> None:
        self.text = text
        self.defaults = {"semantics": semantics, "aggregation": aggregation, "activation": activation}
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                self._fail(f"{text[position]!r} has no meaning here", position)
            if match.lastgroup != "space":
                self.tokens.append((str(match.lastgroup), match.group(), position))
            position = match.end()
        self.tokens.append(("end", "the end of the text", len(text)))
        self.place = 0
        self.rules: list[Rule] = []
        self.facts: list[TemplateFact] = []
        self.options: dict[Predicate, PredicateOptions] = {}

    # Tokens -----------------------------------------------------------------------------------------------------------

    def _fail(self, problem: str, position: int) -> NoReturn:
        line = self.text.count("\n", 0, position) + 1
        column = position - (self.text.rfind("\n", 0, position) + 1) + 1
        raise TemplateError(f"line {line}, column {column}: {problem}")

    @property
    def here(self) -> str:
        return self.tokens[self.place][1]

    @property
    def kind(self) -> str:
        return self.tokens[self.place][0]

    def _after(self, steps: int) -> str:
        return self.tokens[min(self.place + steps, len(self.tokens) - 1)][1]

    def _take(self, wanted: str | None = None) -> str:
        if wanted is not None and self.here != wanted:
            self._fail(f"found {self.here!r}; expected {wanted!r}", self.tokens[self.place][2])
        self.place += 1
        return self.tokens[self.place - 1][1]

    def _name(self, what: str) -> str:
        if self.kind != "name":
            self._fail(f"found {self.here!r}; expected {what}", self.tokens[self.place][2])
        return self._take()

    # Statements -------------------------------------------------------------------------------------------------------

    def template(self) -> Template:
        while self.kind != "end":
            self._statement()
        return Template(tuple(self.rules), tuple(self.facts), MappingProxyType(self.options))

    def _statement(self) -> None:
        if self.kind == "name" and self._after(1) == "/":
            self._predicate_options()
            return
        # Whether it is a rule or a fact shows only after the head, and decides how its weight is called.
        start = self.place
        self._weight("?")
        atom = self._atom()
        is_rule = self.here == ":-"
        self.place = start
        weight = self._weight(f"rule{len(self.rules)}.head" if is_rule else f"fact{len(self.facts)}")
        atom = self._atom()
        if not is_rule:
            self._take(".")
            self.facts.append(TemplateFact(atom, weight))
            return
        self._take(":-")
        body = [self._literal(0)]
        while self.here == ",":
            self._take()
            body.append(self._literal(len(body)))
        self._take(".")
        choices = self._choices(f"rule{len(self.rules)}.bias")
        rule = Rule(atom, tuple(body), weight, choices.pop("bias", None))
        for name in ("activation", "aggregation"):
            choices.setdefault(name, str(self.defaults[name]))
        rule = replace(rule, **choices)
        if rule.semantics is None and rule.visible != rule.variables:
            rule = replace(rule, semantics=self.defaults["semantics"])
        self.rules.append(rule)

    def _predicate_options(self) -> None:
        name = self._name("a predicate")
        self._take("/")
        if self.kind != "number" or not self.here.isdigit():
            self._fail(f"found {self.here!r}; expected an arity", self.tokens[self.place][2])
        arity = int(self._take())
        bias = self._weight(f"{name}/{arity}.bias")
        choices = self._choices(f"{name}/{arity}.bias")
        bias = choices.pop("bias", bias)
        if set(choices) - {"activation"}:
            self._fail(
                f"predicates have no {', '.join(sorted(set(choices) - {'activation'}))}", self.tokens[self.place][2]
            )
        if self.here == ".":
            self._take()
        self.options[name, arity] = PredicateOptions(str(choices.get("activation", "identity")), bias)

    def _choices(self, bias: str) -> dict[str, Any]:
        """`[name=value, …]` after a statement; a weight list of the next statement begins with a number instead."""
        found: dict[str, Any] = {}
        if self.here != "[" or self.tokens[self.place + 1][0] != "name":
            return found
        self._take("[")
        while True:
            name = self._name("an option")
            if name in {"bag", "set"}:
                found["semantics"] = name
            elif name == "bias":
                self._take("=")
                found["bias"] = self._weight(bias)
            elif name in {"activation", "aggregation", "combination", "semantics"}:
                self._take("=")
                found[name] = self._name("a name")
            else:
                self._fail(
                    f"option {name!r} is unknown; expected activation, aggregation, combination, bias, bag or set",
                    self.tokens[self.place - 1][2],
                )
            if self.here != ",":
                break
            self._take()
        self._take("]")
        return found

    # Pieces -----------------------------------------------------------------------------------------------------------

    def _weight(self, unnamed: str) -> Weight | None:
        name = unnamed
        if self.kind == "name" and self._after(1) == "=":
            name = self._take()
            self._take("=")
        elif not self._begins_value():
            return None
        if self.here == "{":
            self._take()
            shape = [] if self.here == "}" else [self._extent()]
            while self.here == ",":
                self._take()
                shape.append(self._extent())
            self._take("}")
            return Weight(name, tuple(shape))
        fixed = self.here == "<"
        if fixed:
            self._take()
        value = self._value()
        if fixed:
            self._take(">")
        return Weight(name, shape_of(value), value, fixed)

    def _begins_value(self) -> bool:
        if self.here == "[":
            return self.tokens[self.place + 1][0] != "name"  # else it is a list of options
        return self.kind == "number" or self.here in {"<", "{"}

    def _extent(self) -> int:
        if self.kind != "number" or not self.here.isdigit():
            self._fail(f"found {self.here!r}; expected a number of entries", self.tokens[self.place][2])
        return int(self._take())

    def _value(self) -> Value:
        if self.kind == "number":
            return Fraction(self._take())
        position = self.tokens[self.place][2]
        self._take("[")
        rows = [self._value()]
        while self.here == ",":
            self._take()
            rows.append(self._value())
        self._take("]")
        try:
            return exact_value(rows)
        except TemplateError as error:
            self._fail(str(error), position)

    def _atom(self) -> Atom:
        if self.here == "@":
            self._take()
        predicate = self._name("a predicate")
        terms: list[Variable | Constant] = []
        if self.here == "(":
            self._take()
            while self.here != ")":
                terms.append(self._term())
                if self.here != ")":
                    self._take(",")
            self._take(")")
        return Atom(predicate, tuple(terms))

    def _term(self) -> Variable | Constant:
        if self.kind == "number":
            text = self._take()
            return int(text) if text.lstrip("+-").isdigit() else text
        name = self._name("a variable or a constant")
        return Variable(name) if name[0].isupper() or name[0] == "_" else name

    def _literal(self, number: int) -> Literal:
        if self.kind in {"name", "number"} and self._after(1) in {"!=", "<"}:
            left, predicate = self._term(), self._take()
            return Literal(Atom(predicate, (left, self._term())))
        weight = self._weight(f"rule{len(self.rules)}.body{number}")
        negated = hidden = False
        while True:
            if self.here in {"~", "!"} or (self.here == "not" and self._after(1) not in {"(", ",", "."}):
                negated = True
            elif self.here == "*" or (self.here == "hidden" and self._after(1) not in {"(", ",", "."}):
                hidden = True
            else:
                break
            self._take()
        return Literal(self._atom(), weight, negated, hidden)


# Writing ------------------------------------------------------------------------------------------------------------


def write_template(template: Template) -> str:
    """A template as text that `parse_template` reads back as the same template."""
    lines = []
    for number, rule in enumerate(template.rules):
        head = _weighted(rule.head_weight, f"rule{number}.head") + str(rule.head)
        body = ", ".join(_literal_text(literal, f"rule{number}.body{i}") for i, literal in enumerate(rule.body))
        choices = [f"activation={rule.activation}", f"aggregation={rule.aggregation}"]
        choices += [f"combination={rule.combination}"] if rule.combination != "sum" else []
        choices += [rule.semantics] if rule.semantics else []
        choices += [f"bias={_weighted(rule.bias, f'rule{number}.bias').strip()}"] if rule.bias else []
        lines.append(f"{head} :- {body}. [{', '.join(choices)}]")
    for number, fact in enumerate(template.facts):
        lines.append(f"{_weighted(fact.weight, f'fact{number}')}{fact.atom}.")
    for (name, arity), option in template.options.items():
        bias = f", bias={_weighted(option.bias, f'{name}/{arity}.bias').strip()}" if option.bias else ""
        lines.append(f"{name}/{arity} [activation={option.activation}{bias}]")
    return "\n".join(lines) + "\n"


def _weighted(weight: Weight | None, unnamed: str) -> str:
    if weight is None:
        return ""
    name = "" if weight.name == unnamed else f"{weight.name}="
    if weight.value is None:
        return f"{name}{{{','.join(map(str, weight.shape))}}} "
    text = _value_text(weight.value)
    return f"{name}<{text}> " if weight.fixed else f"{name}{text} "


def _value_text(value: Any) -> str:
    return f"[{', '.join(map(_value_text, value))}]" if isinstance(value, tuple) else str(value)


def _literal_text(literal: Literal, unnamed: str) -> str:
    atom = literal.atom
    if atom.predicate in {"!=", "<"}:
        return f"{atom.arguments[0]} {atom.predicate} {atom.arguments[1]}"
    signs = f"{'not ' * literal.negated}{'hidden ' * literal.hidden}"
    return f"{_weighted(literal.weight, unnamed)}{signs}{'@' * (atom.predicate in SPECIAL)}{atom}"
