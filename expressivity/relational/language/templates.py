"""Templates: sets of weighted rules, checked whole when they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any

from expressivity.errors import TemplateError
from expressivity.relational.language.rules import (
    Atom,
    Predicate,
    PredicateOptions,
    Rule,
    TemplateFact,
    Value,
    Variable,
    Weight,
    shape_of,
)
from expressivity.relational.language.validation import problems_of


@dataclass(frozen=True)
class Template:
    """A set of weighted rules.

    Arguments:
        rules: the rules.
        facts: ground atoms that hold in every example.
        options: activation and bias of predicates that rules conclude.

    Raises:
        TemplateError: listing every problem: unsafe variables, unstratified negation, weights whose dimensions do not
            fit, one name for different weights, a missing choice between set and bag, unknown functions.
    """

    rules: tuple[Rule, ...]
    facts: tuple[TemplateFact, ...] = ()
    options: Mapping[Predicate, PredicateOptions] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        problems = problems_of(self.rules, self.facts, self.options)
        if problems:
            raise TemplateError("not a template: " + "; ".join(problems))

    @cached_property
    def weights(self) -> dict[str, Weight]:
        """All weights by name."""
        found = [weight for rule in self.rules for weight in rule.weights]
        found += [fact.weight for fact in self.facts if fact.weight is not None]
        found += [option.bias for option in self.options.values() if option.bias is not None]
        return {weight.name: weight for weight in found}

    @property
    def parameters(self) -> int:
        """Number of weights that training moves, entry by entry."""
        total = 0
        for weight in self.weights.values():
            size = 1
            for extent in weight.shape:
                size *= extent
            total += 0 if weight.fixed else size
        return total

    @property
    def heads(self) -> frozenset[Predicate]:
        """The predicates rules conclude."""
        return frozenset(rule.head.signature for rule in self.rules)

    @property
    def largest_variables(self) -> int:
        """Most variables in one rule."""
        return max((len(rule.variables) for rule in self.rules), default=0)

    def with_weights(self, values: Mapping[str, Value]) -> Template:
        """The same template with other weight values.

        Raises:
            TemplateError: naming every weight the template does not have, or whose shape differs.
        """
        problems = [f"there is no weight {name!r}" for name in values if name not in self.weights]
        problems += [
            f"weight {name!r} has shape {self.weights[name].shape}, the value {shape_of(value)}"
            for name, value in values.items()
            if name in self.weights and shape_of(value) != self.weights[name].shape
        ]
        if problems:
            raise TemplateError("; ".join(problems) + f"; the weights are {', '.join(self.weights)}")

        return self._replaced(lambda w: replace(w, value=values[w.name]) if w.name in values else w)

    def without_values(self) -> Template:
        """The same template with every weight that training moves left to be drawn."""
        return self._replaced(lambda weight: weight if weight.fixed else replace(weight, value=None))

    def silenced(self, number: int) -> Template:
        """The same template with one rule contributing nothing."""
        rules = [replace(rule, activation="zero") if i == number else rule for i, rule in enumerate(self.rules)]
        return Template(tuple(rules), self.facts, self.options)

    def _replaced(self, change: Callable[[Weight], Weight]) -> Template:
        def new(weight: Weight | None) -> Weight | None:
            return None if weight is None else change(weight)

        rules = tuple(
            replace(
                rule,
                head_weight=new(rule.head_weight),
                bias=new(rule.bias),
                body=tuple(replace(literal, weight=new(literal.weight)) for literal in rule.body),
            )
            for rule in self.rules
        )
        facts = tuple(replace(fact, weight=new(fact.weight)) for fact in self.facts)
        options = {name: replace(option, bias=new(option.bias)) for name, option in self.options.items()}
        return Template(rules, facts, MappingProxyType(options))


def template_json(template: Template) -> dict[str, Any]:
    """A template whose weights all have values, as the JSON object the independent checker evaluates.

    Raises:
        TemplateError: naming every weight without a value.
    """
    missing = [name for name, weight in template.weights.items() if weight.value is None]
    if missing:
        raise TemplateError(f"weights without a value: {', '.join(missing)}; train the template or use with_weights")

    def number(value: Any) -> Any:
        return [number(entry) for entry in value] if isinstance(value, tuple) else str(value)

    def weight_of(weight: Weight | None) -> Any:
        return None if weight is None else number(weight.value)

    def terms(atom: Atom) -> list[Any]:
        return [{"variable": term.name} if isinstance(term, Variable) else term for term in atom.arguments]

    rules = [
        {
            "head": [rule.head.predicate, terms(rule.head)],
            "head_weight": weight_of(rule.head_weight),
            "body": [
                {
                    "predicate": literal.atom.predicate,
                    "arguments": terms(literal.atom),
                    "weight": weight_of(literal.weight),
                    "kind": "special" if literal.special else "negative" if literal.negated else "positive",
                    "hidden": literal.hidden,
                }
                for literal in rule.body
            ],
            "bias": weight_of(rule.bias),
            "activation": rule.activation,
            "aggregation": rule.aggregation,
            "combination": rule.combination,
            "semantics": rule.semantics or "bag",
        }
        for rule in template.rules
    ]
    facts = []
    for fact in template.facts:
        value = Fraction(1) if fact.weight is None else fact.weight.value
        facts.append([fact.atom.predicate, terms(fact.atom), number(value if isinstance(value, tuple) else (value,))])
    options = [
        [name, arity, option.activation, weight_of(option.bias)] for (name, arity), option in template.options.items()
    ]
    return {"rules": rules, "facts": facts, "predicates": options}
