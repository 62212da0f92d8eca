"""An independent checker of relational certificates: exact arithmetic on fractions. Two claims are known.

`inseparable`: a colouring of the k-tuples of two structures. Checked: tuples of one colour have one atomic type; tuples
of one colour have, over all elements w, the same multiset of the colours that replacing each coordinate by w gives
(for k = 1: of the colour of w and the types between the two); both structures have equally many tuples of each
colour. The colouring is then a winning strategy of the second player in the bijective (k+1)-pebble game, hence the
structures satisfy the same sentences of (k+1)-variable counting logic. It need not be the coarsest such colouring.

`separated`: a template with rational weights, two sets of facts, and the value of one atom on each. Checked by
evaluating the template from its definition, rule by rule and assignment by assignment, and comparing.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from expressivity.checker.errors import Rejected
from expressivity.checker.reading import Fields, boolean, integer, items, rational, text

CLAIMS = ("inseparable", "separated")
ACTIVATIONS: dict[str, Callable[[Fraction], Fraction]] = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, Fraction(0)),
    "zero": lambda x: Fraction(0),
}
"""Activations that keep rationals rational."""

Vector = tuple[Fraction, ...]
Key = tuple[str, tuple[Any, ...]]
Known = dict[tuple[str, int], list[tuple[Any, ...]]]
Facts = list[tuple[str, tuple[Any, ...], Vector]]


AGGREGATIONS = ("sum", "avg", "max", "min", "count")
SPECIAL = ("!=", "alldiff", "next", "<")
_MOST_VARIABLES = 8


class Variable(NamedTuple):
    """A variable of a rule."""

    name: str


class Literal(NamedTuple):
    """A condition of a rule's body."""

    predicate: str
    arguments: tuple[Any, ...]  # variables, and constants: text or integers
    weight: Any
    kind: str  # positive, negative or special
    hidden: bool

    @property
    def place(self) -> tuple[str, int]:
        """Name and arity."""
        return self.predicate, len(self.arguments)


class Rule(NamedTuple):
    """A weighted rule."""

    predicate: str
    arguments: tuple[Any, ...]
    head_weight: Any
    body: tuple[Literal, ...]
    bias: Any
    activation: str
    aggregation: str
    combination: str
    semantics: str

    @property
    def place(self) -> tuple[str, int]:
        """Name and arity of the head."""
        return self.predicate, len(self.arguments)


class Template(NamedTuple):
    """Rules, facts, and for each predicate (name, arity) its activation and bias."""

    rules: tuple[Rule, ...]
    facts: Facts
    options: dict[tuple[str, int], tuple[str, Any]]


# Reading ----------------------------------------------------------------------------------------------------------


def check(data: Any) -> str:
    """Check a certificate and say in a sentence what it proves.

    Arguments:
        data: the JSON object; its format and version are known to be right.

    Raises:
        Rejected: at the first claim that does not hold.
    """
    fields = Fields(data, "the certificate")
    for name in ("format", "version"):
        fields.take(name)
    return _check_inseparable(fields) if fields.take("claim") == "inseparable" else _check_separated(fields)


def read_template(value: Any) -> Template:
    """A template from JSON."""
    fields = Fields(value, "the template")
    rules = tuple(_rule(rule, f"rule {number}") for number, rule in enumerate(items(fields.take("rules"), "the rules")))
    facts = _facts(fields.take("facts"), "the template's facts")
    options: dict[tuple[str, int], tuple[str, Any]] = {}
    for entry in items(fields.take("predicates"), "the predicates"):
        name, arity, activation, bias = items(entry, "a predicate", 4)
        place = text(name, "a predicate's name"), integer(arity, "a predicate's arity", 0)
        if place in options:
            raise Rejected(f"the predicate {name}/{arity} is described twice")
        options[place] = _one_of(activation, ACTIVATIONS, "a predicate's activation"), _weight(bias, "a bias")
    fields.done()
    return Template(rules, facts, options)


def _rule(value: Any, where: str) -> Rule:
    fields = Fields(value, where)
    predicate, arguments = items(fields.take("head"), f"{where}: the head", 2)
    body = items(fields.take("body"), f"{where}: the body")
    rule = Rule(
        predicate=text(predicate, f"{where}: the head's predicate"),
        arguments=_terms(arguments, where),
        head_weight=_weight(fields.take("head_weight"), f"{where}: the head's weight"),
        body=tuple(_literal(literal, f"{where}: a literal") for literal in body),
        bias=_weight(fields.take("bias"), f"{where}: the bias"),
        activation=_one_of(fields.take("activation"), ACTIVATIONS, f"{where}: the activation"),
        aggregation=_one_of(fields.take("aggregation"), AGGREGATIONS, f"{where}: the aggregation"),
        combination=_one_of(fields.take("combination"), ("sum", "product"), f"{where}: the combination"),
        semantics=_one_of(fields.take("semantics"), ("bag", "set"), f"{where}: the semantics"),
    )
    fields.done()
    bound = {term for literal in rule.body if literal.kind == "positive" for term in literal.arguments}
    used = {*rule.arguments, *(term for literal in rule.body for term in literal.arguments)}
    loose = sorted(term.name for term in used - bound if isinstance(term, Variable))
    if loose:
        raise Rejected(f"{where}: no positive literal binds {', '.join(loose)}")
    return rule


def _literal(value: Any, where: str) -> Literal:
    fields = Fields(value, where)
    found = Literal(
        predicate=text(fields.take("predicate"), f"{where}'s predicate"),
        arguments=_terms(fields.take("arguments"), where),
        weight=_weight(fields.take("weight"), f"{where}'s weight"),
        kind=_one_of(fields.take("kind"), ("positive", "negative", "special"), f"{where}'s kind"),
        hidden=boolean(fields.take("hidden"), f"{where}: hidden"),
    )
    fields.done()
    if found.kind == "special" and (
        found.predicate not in SPECIAL or (found.predicate in ("next", "<") and len(found.arguments) != 2)
    ):
        raise Rejected(f"special predicate {found.predicate!r} of {len(found.arguments)} arguments is unknown")
    return found


def _terms(value: Any, where: str) -> tuple[Any, ...]:
    terms: list[Any] = []
    for term in items(value, f"{where}: arguments"):
        if type(term) is dict:
            fields = Fields(term, f"{where}: a variable")
            terms.append(Variable(text(fields.take("variable"), f"{where}: a variable's name")))
            fields.done()
        else:
            terms.append(_constant(term, where))
    return tuple(terms)


def _constant(value: Any, where: str) -> str | int:
    if type(value) is not str and type(value) is not int:
        raise Rejected(f"{where}: {value!r} is no constant; expected text or an integer")
    return value


def _weight(value: Any, where: str) -> Any:
    """None, a scalar, a vector or a matrix."""
    if value is None or type(value) is not list:
        return value if value is None else Fraction(rational(value, where))
    if value and type(value[0]) is list:
        rows = tuple(_vector(row, where) for row in value)
        if len({len(row) for row in rows}) != 1:
            raise Rejected(f"{where}: the rows of a matrix have different lengths")
        return rows
    return _vector(value, where)


def _vector(value: Any, where: str) -> Vector:
    if not items(value, where):
        raise Rejected(f"{where} is empty")
    return tuple(Fraction(rational(number, where)) for number in value)


def _facts(value: Any, where: str) -> Facts:
    found = []
    for fact in items(value, where):
        predicate, arguments, numbers = items(fact, f"{where}: a fact", 3)
        names = tuple(_constant(element, where) for element in items(arguments, f"{where}: arguments"))
        found.append((text(predicate, f"{where}: a predicate"), names, _vector(numbers, f"{where}: a value")))
    return found


def _one_of(value: Any, known: Collection[str], where: str) -> str:
    if type(value) is not str or value not in known:
        raise Rejected(f"{where} is {value!r}; expected {', '.join(known)}")
    return value


# Inseparable ------------------------------------------------------------------------------------------------------


def _check_inseparable(fields: Fields) -> str:
    dimension = integer(fields.take("dimension"), "the dimension", 1, _MOST_VARIABLES - 1)
    structures = [items(table, "a table of pair types") for table in items(fields.take("pairs"), "the structures", 2)]
    colourings = items(fields.take("colours"), "the colourings", 2)
    fields.done()
    for side, (pairs, colours) in enumerate(zip(structures, colourings, strict=True)):
        size = len(pairs)
        if any(type(row) is not list or len(row) != size for row in pairs):
            raise Rejected(f"structure {side} is no square table of pair types")
        if any(type(kind) is not int for row in pairs for kind in row):
            raise Rejected(f"structure {side} has pair types that are no integers")
        if len(items(colours, f"colouring {side}")) != size**dimension or any(type(c) is not int for c in colours):
            raise Rejected(f"colouring {side} has {len(colours)} colours; expected {size**dimension} integers")
    kinds: dict[int, Any] = {}
    neighbourhoods: dict[int, Any] = {}
    for side, (pairs, colours) in enumerate(zip(structures, colourings, strict=True)):
        size = len(pairs)
        steps = [size ** (dimension - 1 - i) for i in range(dimension)]
        for place, elements in enumerate(itertools.product(range(size), repeat=dimension)):
            colour = colours[place]
            # Equality is part of an atomic type, whether or not the pair types encode it.
            kind = tuple((pairs[a][b], a == b) for a in elements for b in elements)
            if kinds.setdefault(colour, kind) != kind:
                raise Rejected(f"colour {colour} of structure {side} holds tuples of different types: {elements}")
            seen = _neighbourhood(pairs, colours, place, elements, steps)
            if neighbourhoods.setdefault(colour, seen) != seen:
                raise Rejected(f"colour {colour} of structure {side} is not stable at {elements}")
    if Counter(colourings[0]) != Counter(colourings[1]):
        raise Rejected("the two structures have different numbers of tuples of some colour")
    return (
        f"no sentence of counting logic with {dimension + 1} variables tells the structures apart "
        f"({len(kinds)} colours of {dimension}-tuples on {len(structures[0])} elements each)"
    )


def _neighbourhood(pairs: Any, colours: Any, place: int, elements: tuple[int, ...], steps: list[int]) -> Any:
    """The multiset over w of what replacing coordinates by w gives, as a sorted list."""
    if len(elements) == 1:
        (a,) = elements
        return sorted((colours[w], pairs[a][w], pairs[w][a]) for w in range(len(pairs)))
    lines = []
    for element, step in zip(elements, steps, strict=True):
        first = place - element * step
        lines.append(colours[first : first + len(pairs) * step : step])
    return sorted(zip(*lines, strict=True))


# Separated --------------------------------------------------------------------------------------------------------


def _check_separated(fields: Fields) -> str:
    template = read_template(fields.take("template"))
    facts = [_facts(side, "the facts of a structure") for side in items(fields.take("facts"), "the facts", 2)]
    predicate, arguments = items(fields.take("query"), "the query", 2)
    query = text(predicate, "the query's predicate"), tuple(_constant(a, "the query") for a in items(arguments, "it"))
    outputs = [_vector(numbers, "an output") for numbers in items(fields.take("outputs"), "the outputs", 2)]
    fields.done()
    for side, (given, claimed) in enumerate(zip(facts, outputs, strict=True)):
        known = values_of(template, given)
        if query not in known:
            raise Rejected(f"{query[0]} is not entailed by the facts of structure {side}")
        if known[query] != claimed:
            raise Rejected(f"the template gives {_shown(known[query])} on structure {side}; claimed {_shown(claimed)}")
    if outputs[0] == outputs[1]:
        raise Rejected(f"the outputs are equal: {_shown(outputs[0])}; a separating template needs different ones")
    return f"the template gives {_shown(outputs[0])} on the first structure and {_shown(outputs[1])} on the second"


def _shown(value: Vector) -> str:
    return ", ".join(map(str, value))


def evaluate(template: Any, facts: Any) -> dict[Key, Vector]:
    """The values of all atoms a template entails, from the definition.

    Arguments:
        template: JSON object with `rules`, `facts` and `predicates`, as `template_json` writes it.
        facts: list of [predicate, arguments, value].

    Raises:
        Rejected: when the rules are recursive, which this evaluator does not follow, or something is malformed.
    """
    return values_of(read_template(template), _facts(facts, "the facts"))


def values_of(template: Template, facts: Facts) -> dict[Key, Vector]:
    """The same for what was read already."""
    terms: dict[Key, list[Vector]] = {}
    for predicate, arguments, given in [*template.facts, *facts]:
        if terms.setdefault((predicate, arguments), [given]) != [given]:
            raise Rejected(f"the fact {predicate}{arguments} is given two values")
    heads = {rule.place for rule in template.rules}
    values: dict[Key, Vector] = {}
    known: Known = {}

    def finish(name: str, arity: int) -> None:
        """All rules of a predicate have fired: its atoms get their values."""
        activation, bias = (
            template.options.get((name, arity), ("identity", None)) if (name, arity) in heads else ("identity", None)
        )
        known[name, arity] = [key[1] for key in terms if key[0] == name and len(key[1]) == arity]
        for arguments in known[name, arity]:
            total = _add([*terms[name, arguments], *([_as_vector(bias)] if bias is not None else [])])
            values[name, arguments] = _activate(activation, total)

    waiting = sorted({(key[0], len(key[1])) for key in terms} | heads)
    waiting += sorted({needed for rule in template.rules for needed in _reads(rule)} - set(waiting))
    while waiting:
        ready = [
            place
            for place in waiting
            if all(needed in known for rule in template.rules if rule.place == place for needed in _reads(rule))
        ]
        if not ready:
            raise Rejected(f"the rules for {waiting[0][0]} are recursive")
        for place in ready:
            for rule in template.rules:
                if rule.place == place:
                    for arguments, value in _fire(rule, known, values).items():
                        terms.setdefault((place[0], arguments), []).append(value)
            finish(*place)
            waiting.remove(place)
    return values


def _reads(rule: Rule) -> set[tuple[str, int]]:
    return {literal.place for literal in rule.body if literal.kind != "special"}


def _fire(rule: Rule, known: Known, values: dict[Key, Vector]) -> dict[Any, Vector]:
    """What a rule contributes to each of its heads: the aggregate over its instances, weighted."""
    counted = [literal for literal in rule.body if literal.kind == "positive" and not literal.hidden]
    visible = sorted({term for literal in counted for term in literal.arguments if isinstance(term, Variable)})
    instances: dict[tuple[Any, ...], list[Vector]] = {}
    seen = set()
    for chosen in _assignments(rule.body, known):
        head = _ground(rule.arguments, chosen)
        if rule.semantics == "set":
            mark = head, _ground(visible, chosen)
            if mark in seen:
                continue
            seen.add(mark)
        parts = [_times(lit.weight, values[lit.predicate, _ground(lit.arguments, chosen)]) for lit in counted]
        joined = _multiply(parts) if rule.combination == "product" else _add(parts)
        if rule.bias is not None:
            joined = _add([joined, _as_vector(rule.bias)])
        instances.setdefault(head, []).append(_activate(rule.activation, joined))
    return {head: _times(rule.head_weight, _aggregate(rule.aggregation, found)) for head, found in instances.items()}


def _assignments(body: Sequence[Literal], known: Known) -> Iterator[dict[Variable, Any]]:
    """All ways to make the body true: literal after literal, those with most terms bound first."""
    remaining = [literal for literal in body if literal.kind == "positive"]
    tests = [literal for literal in body if literal.kind != "positive"]
    plan = []
    bound: set[Variable] = set()
    while remaining:
        literal = max(remaining, key=lambda literal: sum(_is_bound(term, bound) for term in literal.arguments))
        remaining.remove(literal)
        places = [i for i, term in enumerate(literal.arguments) if _is_bound(term, bound)]
        rows: dict[Any, list[tuple[Any, ...]]] = {}
        for row in known.get(literal.place, ()):
            rows.setdefault(tuple(row[i] for i in places), []).append(row)
        plan.append((literal.arguments, places, rows))
        bound |= {term for term in literal.arguments if isinstance(term, Variable)}

    def extend(place: int, chosen: dict[Variable, Any]) -> Iterator[dict[Variable, Any]]:
        if place == len(plan):
            if all(_holds(test, chosen, known) for test in tests):
                yield chosen
            return
        terms, places, rows = plan[place]
        for row in rows.get(_ground([terms[i] for i in places], chosen), ()):
            wider = dict(chosen)
            # A variable that occurs twice in the literal must take one value.
            if all(
                not isinstance(term, Variable) or wider.setdefault(term, value) == value
                for term, value in zip(terms, row, strict=True)
            ):
                yield from extend(place + 1, wider)

    yield from extend(0, {})


def _is_bound(term: Any, bound: set[Variable]) -> bool:
    return not isinstance(term, Variable) or term in bound


def _holds(test: Literal, chosen: dict[Variable, Any], known: Known) -> bool:
    terms = _ground(test.arguments, chosen)
    if test.kind == "negative":
        return terms not in known.get(test.place, ())
    if test.predicate in ("!=", "alldiff"):
        return len(set(terms)) == len(terms)
    first, second = terms
    if test.predicate == "next":
        return isinstance(first, int) and isinstance(second, int) and second == first + 1
    return bool((isinstance(first, str), first) < (isinstance(second, str), second))


def _ground(terms: Sequence[Any], chosen: dict[Variable, Any]) -> tuple[Any, ...]:
    return tuple(chosen[term] if isinstance(term, Variable) else term for term in terms)


def _as_vector(weight: Any) -> Vector:
    return weight if isinstance(weight, tuple) else (weight,)


def _times(weight: Any, value: Vector) -> Vector:
    """Weight (none, a scalar, a vector or a matrix) times a vector."""
    if weight is None:
        return value
    if not isinstance(weight, tuple):
        return tuple(weight * x for x in value)
    if not isinstance(weight[0], tuple):
        if len(value) != 1:
            raise Rejected(f"a weight vector meets a value of {len(value)} entries; expected one")
        return tuple(w * value[0] for w in weight)
    if any(len(row) != len(value) for row in weight):
        raise Rejected(f"a weight matrix of rows {[len(row) for row in weight]} meets a value of {len(value)} entries")
    return tuple(sum((w * x for w, x in zip(row, value, strict=True)), Fraction(0)) for row in weight)


def _broadcast(parts: list[Vector], empty: int) -> Iterator[tuple[Fraction, ...]]:
    width = max((len(part) for part in parts), default=1)
    if any(len(part) not in (1, width) for part in parts):
        raise Rejected(f"values of {sorted({len(part) for part in parts})} entries meet in one sum or product")
    for i in range(width):
        yield tuple(part[i] if len(part) == width else part[0] for part in parts) or (Fraction(empty),)


def _add(parts: list[Vector]) -> Vector:
    return tuple(sum(column, Fraction(0)) for column in _broadcast(parts, 0))


def _multiply(parts: list[Vector]) -> Vector:
    result = []
    for column in _broadcast(parts, 1):
        product = Fraction(1)
        for factor in column:
            product *= factor
        result.append(product)
    return tuple(result)


def _activate(name: str, value: Vector) -> Vector:
    return tuple(ACTIVATIONS[name](x) for x in value)


def _aggregate(name: str, values: list[Vector]) -> Vector:
    if name == "count":
        return (Fraction(len(values)),)
    columns = list(zip(*values, strict=True))
    if name == "sum":
        return tuple(sum(column, Fraction(0)) for column in columns)
    if name == "avg":
        return tuple(sum(column, Fraction(0)) / len(column) for column in columns)
    if name in {"max", "min"}:
        return tuple(max(column) if name == "max" else min(column) for column in columns)
    raise Rejected(f"aggregation {name!r} is unknown")
