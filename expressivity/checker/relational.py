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
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from expressivity.checker.errors import Rejected

CLAIMS = ("inseparable", "separated")

Vector = tuple[Fraction, ...]
Key = tuple[str, tuple[Any, ...]]
Known = dict[tuple[str, int], list[tuple[Any, ...]]]


def check(data: Any) -> str:
    """Check a certificate and say in a sentence what it proves.

    Arguments:
        data: the JSON object.

    Raises:
        Rejected: at the first claim that does not hold.
    """
    try:
        claim = data["claim"]
        if claim == "inseparable":
            return _check_inseparable(data)
        if claim == "separated":
            return _check_separated(data)
    except (KeyError, TypeError, IndexError, ValueError, ZeroDivisionError) as error:
        raise Rejected(f"the certificate is malformed: {error!r}") from None
    raise Rejected(f"claim {claim!r} is unknown; expected 'inseparable' or 'separated'")


# Inseparable ------------------------------------------------------------------------------------------------------


def _check_inseparable(data: Any) -> str:
    dimension, structures, colourings = data["dimension"], data["pairs"], data["colours"]
    if not isinstance(dimension, int) or dimension < 1 or len(structures) != 2 or len(colourings) != 2:
        raise Rejected("expected a dimension of at least 1, two structures and two colourings")
    kinds: dict[int, Any] = {}
    neighbourhoods: dict[int, Any] = {}
    for side, (pairs, colours) in enumerate(zip(structures, colourings, strict=True)):
        size = len(pairs)
        if any(len(row) != size for row in pairs):
            raise Rejected(f"structure {side} is no square table of pair types")
        if len(colours) != size**dimension or not all(isinstance(colour, int) for colour in colours):
            raise Rejected(f"colouring {side} has {len(colours)} colours; expected {size**dimension} integers")
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


def _check_separated(data: Any) -> str:
    predicate, arguments = data["query"][0], tuple(data["query"][1])
    values = []
    for side, (facts, claimed) in enumerate(zip(data["facts"], data["outputs"], strict=True)):
        known = evaluate(data["template"], facts)
        if (predicate, arguments) not in known:
            raise Rejected(f"{predicate} is not entailed by the facts of structure {side}")
        value = known[predicate, arguments]
        if value != tuple(Fraction(number) for number in claimed):
            raise Rejected(f"the template gives {_shown(value)} on structure {side}; claimed {', '.join(claimed)}")
        values.append(value)
    if len(values) != 2 or values[0] == values[1]:
        raise Rejected(f"the outputs are equal: {_shown(values[0])}; a separating template needs different ones")
    return f"the template gives {_shown(values[0])} on the first structure and {_shown(values[1])} on the second"


def _shown(value: Vector) -> str:
    return ", ".join(map(str, value))


def evaluate(template: Any, facts: Any) -> dict[Key, Vector]:
    """The values of all atoms a template entails, from the definition.

    Arguments:
        template: JSON object with `rules`, `facts` and `predicates`, as `template_json` writes it.
        facts: list of [predicate, arguments, value].

    Raises:
        Rejected: when the rules are recursive, which this evaluator does not follow.
    """
    terms: dict[Key, list[Vector]] = {}
    for predicate, arguments, value in [*template["facts"], *facts]:
        given = tuple(Fraction(x) for x in value)
        if terms.setdefault((predicate, tuple(arguments)), [given]) != [given]:
            raise Rejected(f"the fact {predicate}{tuple(arguments)} is given two values")
    options = {(name, arity): (activation, bias) for name, arity, activation, bias in template["predicates"]}
    heads = {(rule["head"][0], len(rule["head"][1])) for rule in template["rules"]}
    values: dict[Key, Vector] = {}
    known: Known = {}

    def finish(name: str, arity: int) -> None:
        """All rules of a predicate have fired: its atoms get their values."""
        activation, bias = (
            options.get((name, arity), ("identity", None)) if (name, arity) in heads else ("identity", None)
        )
        known[name, arity] = [key[1] for key in terms if key[0] == name and len(key[1]) == arity]
        for arguments in known[name, arity]:
            total = _add([*terms[name, arguments], *([_vector(bias)] if bias is not None else [])])
            values[name, arguments] = _activate(activation, total)

    waiting = sorted({(key[0], len(key[1])) for key in terms} | heads)
    waiting += sorted({needed for rule in template["rules"] for needed in _reads(rule)} - set(waiting))
    while waiting:
        ready = [
            place
            for place in waiting
            if all(needed in known for rule in template["rules"] if _head(rule) == place for needed in _reads(rule))
        ]
        if not ready:
            raise Rejected(f"the rules for {waiting[0][0]} are recursive")
        for place in ready:
            for rule in template["rules"]:
                if _head(rule) == place:
                    for arguments, value in _fire(rule, known, values).items():
                        terms.setdefault((place[0], arguments), []).append(value)
            finish(*place)
            waiting.remove(place)
    return values


def _head(rule: Any) -> tuple[str, int]:
    return rule["head"][0], len(rule["head"][1])


def _reads(rule: Any) -> set[tuple[str, int]]:
    return {(lit["predicate"], len(lit["arguments"])) for lit in rule["body"] if lit["kind"] != "special"}


def _fire(
    rule: Any, known: dict[tuple[str, int], list[tuple[Any, ...]]], values: dict[Key, Vector]
) -> dict[Any, Vector]:
    """What a rule contributes to each of its heads: the aggregate over its instances, weighted."""
    counted = [lit for lit in rule["body"] if lit["kind"] == "positive" and not lit["hidden"]]
    visible = {term["variable"] for lit in counted for term in lit["arguments"] if isinstance(term, dict)}
    instances: dict[tuple[Any, ...], list[Vector]] = {}
    seen = set()
    for chosen in _assignments(rule["body"], known):
        head = _ground(rule["head"][1], chosen)
        if rule["semantics"] == "set":
            mark = (head, tuple(sorted((name, str(chosen[name])) for name in visible)))
            if mark in seen:
                continue
            seen.add(mark)
        parts = [_times(lit["weight"], values[lit["predicate"], _ground(lit["arguments"], chosen)]) for lit in counted]
        joined = _multiply(parts) if rule["combination"] == "product" else _add(parts)
        if rule["bias"] is not None:
            joined = _add([joined, _vector(rule["bias"])])
        instances.setdefault(head, []).append(_activate(rule["activation"], joined))
    return {
        head: _times(rule["head_weight"], _aggregate(rule["aggregation"], found)) for head, found in instances.items()
    }


def _assignments(body: Any, known: Known) -> Iterator[dict[str, Any]]:
    """All ways to make the body true: literal after literal, those with most terms bound first."""
    remaining = [lit for lit in body if lit["kind"] == "positive"]
    tests = [lit for lit in body if lit["kind"] != "positive"]
    plan = []
    bound: set[str] = set()
    while remaining:
        literal = max(remaining, key=lambda lit: sum(_is_bound(term, bound) for term in lit["arguments"]))
        remaining.remove(literal)
        places = [i for i, term in enumerate(literal["arguments"]) if _is_bound(term, bound)]
        rows: dict[Any, list[tuple[Any, ...]]] = {}
        for row in known.get((literal["predicate"], len(literal["arguments"])), ()):
            rows.setdefault(tuple(row[i] for i in places), []).append(row)
        plan.append((literal["arguments"], places, rows))
        bound |= {term["variable"] for term in literal["arguments"] if isinstance(term, dict)}

    def extend(place: int, chosen: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if place == len(plan):
            if all(_holds(test, chosen, known) for test in tests):
                yield chosen
            return
        terms, places, rows = plan[place]
        for row in rows.get(_ground([terms[i] for i in places], chosen), ()):
            wider = dict(chosen)
            # A variable that occurs twice in the literal must take one value.
            if all(
                not isinstance(term, dict) or wider.setdefault(term["variable"], value) == value
                for term, value in zip(terms, row, strict=True)
            ):
                yield from extend(place + 1, wider)

    yield from extend(0, {})


def _is_bound(term: Any, bound: set[str]) -> bool:
    return not isinstance(term, dict) or term["variable"] in bound


def _holds(test: Any, chosen: dict[str, Any], known: Known) -> bool:
    terms = _ground(test["arguments"], chosen)
    if test["kind"] == "negative":
        return terms not in known.get((test["predicate"], len(terms)), ())
    if test["predicate"] in {"!=", "alldiff"}:
        return len(set(terms)) == len(terms)
    first, second = terms
    if test["predicate"] == "next":
        return isinstance(first, int) and isinstance(second, int) and second == first + 1
    if test["predicate"] == "<":
        return bool((isinstance(first, str), first) < (isinstance(second, str), second))
    raise Rejected(f"special predicate {test['predicate']!r} is unknown")


def _ground(terms: Any, chosen: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(chosen[term["variable"]] if isinstance(term, dict) else term for term in terms)


def _vector(value: Any) -> Vector:
    return tuple(Fraction(x) for x in value) if isinstance(value, list) else (Fraction(value),)


def _times(weight: Any, value: Vector) -> Vector:
    """Weight (none, a scalar, a vector or a matrix of numbers as text) times a vector."""
    if weight is None:
        return value
    if not isinstance(weight, list):
        return tuple(Fraction(weight) * x for x in value)
    if not isinstance(weight[0], list):
        if len(value) != 1:
            raise Rejected(f"a weight vector meets a value of {len(value)} entries; expected one")
        return tuple(Fraction(w) * value[0] for w in weight)
    if any(len(row) != len(value) for row in weight):
        raise Rejected(f"a weight matrix of rows {[len(row) for row in weight]} meets a value of {len(value)} entries")
    return tuple(sum((Fraction(w) * x for w, x in zip(row, value, strict=True)), Fraction(0)) for row in weight)


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
    exact: dict[str, Callable[[Fraction], Fraction]] = {
        "identity": lambda x: x,
        "relu": lambda x: max(x, Fraction(0)),
        "zero": lambda x: Fraction(0),
    }
    if name not in exact:
        raise Rejected(f"activation {name!r} has no exact values; expected {', '.join(exact)}")
    return tuple(exact[name](x) for x in value)


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
