"""Recursive templates → templates without recursion, by following it a stated number of times."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from expressivity.errors import TemplateError
from expressivity.relational.language.rules import Predicate, PredicateOptions, Rule
from expressivity.relational.language.templates import Template
from expressivity.relational.language.validation import dependency_order


def unroll(template: Template, *, depth: int) -> Template:
    """Replace every recursive predicate h by h__0, …, h__depth, each reading the one before; h itself is the last.

    h__0 has the rules of h that read nothing of its own component. Weights stay shared among all copies.

    Arguments:
        template: the template.
        depth: how often recursion is followed.

    Raises:
        TemplateError: when the depth is negative, a recursive predicate has template facts, or a component has no
            rule to start from.
    """
    problems = [f"depth is {depth}; expected 0 or more"] if depth < 0 else []
    component: dict[Predicate, int] = {}
    recursive: set[Predicate] = set()
    for number, group in enumerate(dependency_order(template.rules, template.facts)):
        component.update(dict.fromkeys(group, number))
        own = {p for p in group if any(_inside(rule, group) for rule in template.rules if rule.head.signature == p)}
        recursive |= set(group) if own else set()
    problems += [
        f"{fact.atom} is a fact of a recursive predicate; conclude it with a rule instead"
        for fact in template.facts
        if fact.atom.signature in recursive
    ]
    rules: list[Rule] = []
    options: dict[Predicate, PredicateOptions] = {p: o for p, o in template.options.items() if p not in recursive}
    for rule in template.rules:
        head = rule.head.signature
        if head not in recursive:
            rules.append(rule)
            continue
        same = [place for place in recursive if component[place] == component[head]]
        reads = _inside(rule, same)
        for step in range(depth + 1):
            if reads and step == 0:
                continue
            if head in template.options:
                options[_copy(head, step, depth)] = template.options[head]
            body = tuple(
                replace(lit, atom=replace(lit.atom, predicate=_copy(lit.atom.signature, step - 1, depth)[0]))
                if lit.atom.signature in same and not lit.special
                else lit
                for lit in rule.body
            )
            rules.append(replace(rule, head=replace(rule.head, predicate=_copy(head, step, depth)[0]), body=body))
    started = {
        component[rule.head.signature]
        for rule in template.rules
        if not _inside(rule, [p for p in component if component[p] == component[rule.head.signature]])
    }
    problems += [
        f"{name}/{arity} has only recursive rules, so nothing starts it; add a rule that reads none of its component"
        for name, arity in sorted(recursive)
        if component[name, arity] not in started
    ]
    if problems:
        raise TemplateError("cannot unroll: " + "; ".join(problems))
    heads = {rule.head.signature for rule in rules}
    return Template(tuple(rules), template.facts, MappingProxyType({p: o for p, o in options.items() if p in heads}))


def _inside(rule: Rule, group: list[Predicate]) -> bool:
    """Whether a rule reads a predicate of a component."""
    return any(literal.atom.signature in group for literal in rule.body if not literal.special)


def _copy(predicate: Predicate, step: int, depth: int) -> Predicate:
    name, arity = predicate
    return (name if step == depth else f"{name}__{step}"), arity
