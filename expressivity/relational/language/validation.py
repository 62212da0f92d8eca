"""Everything that can be wrong with a template before it meets an example, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expressivity.relational.language.rules import (
    ACTIVATIONS,
    AGGREGATIONS,
    COMBINATIONS,
    SEMANTICS,
    SPECIAL,
    Literal,
    Predicate,
    PredicateOptions,
    Rule,
    TemplateFact,
    Weight,
    shape_of,
)

Options = Mapping[Predicate, PredicateOptions]


def problems_of(rules: Sequence[Rule], facts: Sequence[TemplateFact], options: Options) -> list[str]:
    """The problems of a template, in the order of its rules."""
    problems = [f"rule {number}: {problem}" for number, rule in enumerate(rules) for problem in _rule(rule)]
    problems += [
        f"fact {fact.atom} has the variables {', '.join(fact.atom.variables)}; expected constants"
        for fact in facts
        if fact.atom.variables
    ]
    problems += _options(rules, options)
    problems += _shared_names(rules, facts, options)
    problems += _stratification(rules, facts)
    problems += _dimensions(rules, facts, options)
    return problems


def dependency_order(rules: Sequence[Rule], facts: Sequence[TemplateFact]) -> list[list[Predicate]]:
    """Strongly connected components of the predicates, each after all it reads."""
    reads: dict[Predicate, set[Predicate]] = {}
    for rule in rules:
        reads.setdefault(rule.head.signature, set()).update(
            literal.atom.signature for literal in rule.body if not literal.special
        )
    for needed in list(reads.values()):
        for predicate in needed:
            reads.setdefault(predicate, set())
    for fact in facts:
        reads.setdefault(fact.atom.signature, set())
    return list(_components(reads))


def _rule(rule: Rule) -> Iterator[str]:
    bound = {name for literal in rule.body if literal.positive for name in literal.atom.variables}
    unsafe = [name for name in rule.variables if name not in bound]
    if unsafe:
        yield f"unsafe variables {', '.join(unsafe)}: each must occur in a positive literal of the body"
    if rule.head.predicate in SPECIAL:
        yield f"{rule.head.predicate} is built in and cannot be concluded"
    for literal in rule.body:
        yield from _literal(literal)
    for what, value, known in (
        ("activation", rule.activation, ACTIVATIONS),
        ("aggregation", rule.aggregation, AGGREGATIONS),
        ("combination", rule.combination, COMBINATIONS),
    ):
        if value not in known:
            yield f"{what} {value!r} is unknown; expected one of {', '.join(known)}"
    if rule.semantics is None:
        hidden = [name for name in rule.variables if name not in rule.visible]
        if hidden:
            yield (
                f"{', '.join(hidden)} occur in uncounted literals only, so set and bag differ; say which with "
                "semantics= or [set] or [bag] after the rule"
            )
    elif rule.semantics not in SEMANTICS:
        yield f"semantics {rule.semantics!r} is unknown; expected bag or set"


def _literal(literal: Literal) -> Iterator[str]:
    arity = len(literal.atom.arguments)
    if literal.special and (arity < 2 or (arity != 2 and literal.atom.predicate != "alldiff")):
        yield f"{literal.atom} takes {arity} elements; expected two{' or more' * (literal.atom.predicate == 'alldiff')}"
    if literal.special and literal.negated:
        yield f"{literal.atom} is negated; write the opposite condition"
    if literal.weight is not None and not literal.counted:
        yield f"{literal.atom} is not counted, so its weight {literal.weight.name} has no effect"


def _heads(rules: Sequence[Rule]) -> frozenset[Predicate]:
    return frozenset(rule.head.signature for rule in rules)


def _options(rules: Sequence[Rule], options: Options) -> Iterator[str]:
    heads = _heads(rules)
    for (name, arity), option in options.items():
        if (name, arity) not in heads:
            yield f"{name}/{arity} has options but no rule concludes it"
        if option.activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            yield f"{name}/{arity}: activation {option.activation!r} is unknown; expected one of {known}"


def _shared_names(rules: Sequence[Rule], facts: Sequence[TemplateFact], options: Options) -> Iterator[str]:
    seen: dict[str, Weight] = {}
    every = [weight for rule in rules for weight in rule.weights]
    every += [fact.weight for fact in facts if fact.weight is not None]
    every += [option.bias for option in options.values() if option.bias is not None]
    for weight in every:
        if seen.setdefault(weight.name, weight) != weight:
            yield f"weight {weight.name!r} is two different weights ({seen[weight.name].shape} and {weight.shape})"
        if len(weight.shape) > 2 or any(extent < 1 for extent in weight.shape):
            yield f"weight {weight.name!r} has shape {weight.shape}; expected (), (rows,) or (rows, columns)"
        if weight.value is not None and shape_of(weight.value) != weight.shape:
            yield f"weight {weight.name!r} has shape {weight.shape} but its value {shape_of(weight.value)}"
        if weight.value is None and weight.fixed:
            yield f"weight {weight.name!r} is fixed but has no value"


def _stratification(rules: Sequence[Rule], facts: Sequence[TemplateFact]) -> Iterator[str]:
    component = {place: i for i, group in enumerate(dependency_order(rules, facts)) for place in group}
    for number, rule in enumerate(rules):
        for literal in rule.body:
            if not literal.negated or literal.special:
                continue
            if component[literal.atom.signature] == component[rule.head.signature]:
                yield f"rule {number}: {rule.head} depends on its own negation through not {literal.atom}"


# Dimensions ---------------------------------------------------------------------------------------------------------


def _dimensions(rules: Sequence[Rule], facts: Sequence[TemplateFact], options: Options) -> list[str]:
    """Weights that do not fit, as far as the template alone tells; None stands for what only the examples know."""
    heads = _heads(rules)
    known: dict[Predicate, int | None] = {}
    for fact in facts:
        known[fact.atom.signature] = _length(fact.weight)
    problems: list[str] = []
    order = [place for group in dependency_order(rules, facts) for place in group]
    # A second pass carries dimensions round a recursion; only the last pass may complain.
    for last in (False, True):
        for predicate in order:
            for number, rule in enumerate(rules):
                if rule.head.signature != predicate:
                    continue
                found: list[str] = []
                length = _rule_length(rule, known, heads, found)
                before = known.get(predicate)
                if before is not None and length is not None and 1 not in (before, length) and before != length:
                    found.append(f"gives {predicate[0]} {length} entries, another rule gives {before}")
                known[predicate] = _wider(before, length)
                if last:
                    problems += [f"rule {number}: {problem}" for problem in found]
    for (name, arity), option in options.items():
        length, have = _length(option.bias), known.get((name, arity))
        if option.bias is not None and have is not None and 1 not in (length, have) and length != have:
            problems.append(f"{name}/{arity}: its bias has {length} entries, its values {have}")
    return problems


def _length(weight: Weight | None) -> int:
    return weight.shape[0] if weight is not None and weight.shape else 1


def _wider(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return first if second is None else second
    return max(first, second)


def _rule_length(
    rule: Rule, known: dict[Predicate, int | None], heads: frozenset[Predicate], problems: list[str]
) -> int | None:
    """Entries of the values a rule gives its head; what does not fit goes to `problems`."""
    total: int | None = 1
    unknown = False
    for literal in rule.body:
        if not literal.counted:
            continue
        place = literal.atom.signature
        length = _applied(literal.weight, place, known, heads, problems)
        if length is None:
            unknown = True
        elif total is not None and 1 not in (total, length) and total != length:
            problems.append(f"{literal.atom} brings {length} entries where {total} are combined")
        else:
            total = _wider(total, length)
    bias = _length(rule.bias)
    if rule.bias is not None and not unknown and total is not None and 1 not in (bias, total) and bias != total:
        problems.append(f"its bias has {bias} entries, its body {total}")
    total = _wider(total, bias)
    result: int | None = None if unknown and total == 1 else total
    if rule.aggregation == "count":
        result = 1
    weight = rule.head_weight
    if weight is None or not weight.shape:
        return result
    wanted = 1 if len(weight.shape) == 1 else weight.shape[1]
    if result is not None and result != wanted:
        problems.append(f"head weight {weight.name} of shape {weight.shape} meets {result} entries; expected {wanted}")
    return weight.shape[0]


def _applied(
    weight: Weight | None,
    place: Predicate,
    known: dict[Predicate, int | None],
    heads: frozenset[Predicate],
    problems: list[str],
) -> int | None:
    """Entries of a weight times the value of a predicate."""
    have = known.get(place)
    if weight is None or not weight.shape:
        return have
    wanted = 1 if len(weight.shape) == 1 else weight.shape[1]
    if have is None:
        if place not in heads:
            known[place] = wanted
    elif have != wanted:
        problems.append(
            f"weight {weight.name} of shape {weight.shape} meets {place[0]}/{place[1]} of {have} entries; "
            f"expected {wanted}"
        )
    return weight.shape[0]


def _components(reads: dict[Predicate, set[Predicate]]) -> Iterator[list[Predicate]]:
    """Tarjan's algorithm without recursion; components come out after everything they read."""
    number: dict[Predicate, int] = {}
    low: dict[Predicate, int] = {}
    stack: list[Predicate] = []
    on_stack: set[Predicate] = set()
    for root in sorted(reads):
        if root in number:
            continue
        work = [(root, iter(sorted(reads[root])))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            place, successors = work[-1]
            for needed in successors:
                if needed not in number:
                    number[needed] = low[needed] = len(number)
                    stack.append(needed)
                    on_stack.add(needed)
                    work.append((needed, iter(sorted(reads[needed]))))
                    break
                if needed in on_stack:
                    low[place] = min(low[place], number[needed])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[place])
                if low[place] == number[place]:
                    cut = stack.index(place)
                    group = stack[cut:]
                    del stack[cut:]
                    on_stack.difference_update(group)
                    yield group
