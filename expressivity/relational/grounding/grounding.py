"""Template and examples → the least model with provenance: which rule instances hold, found by clingo.

All examples of a chunk are grounded in one program: the number of the example is a first argument of every atom. Each
rule gets a provenance atom over the variables whose assignments it counts, so that nothing is lost to simplification
and set semantics is the projection clingo makes anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import ModuleType

import numpy as np
from jaxtyping import Int

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Constant, Example, Fact, Query
from expressivity.relational.language.rules import Atom, Literal, Predicate, Rule, Variable
from expressivity.relational.language.templates import Template

Progress = Callable[[str], None]
_FACTS_PER_CHUNK = 50_000


@dataclass(frozen=True, eq=False)
class Grounding:
    """The least model of a template on some examples, with provenance.

    Arguments:
        template: the template.
        examples: the number of examples.
        constants: the elements; arrays hold their numbers. Order of numbers is order of elements.
        instances: for each rule its instances, shape (instance, 1 + variable): the number of the example, then the
            elements of the rule's `instance_variables`.
        facts: for each predicate with facts, their rows (example, elements…), template facts once per example.
        values: for each predicate with facts, the number of each fact's value in `constant_values`, or, from
            `len(constant_values)` on, the number of the template fact whose weight is its value.
        constant_values: the different vectors the facts have.
    """

    template: Template
    examples: int
    constants: tuple[Constant, ...]
    instances: tuple[Int[np.ndarray, "_ _"], ...]
    facts: dict[Predicate, Int[np.ndarray, "_ _"]]
    values: dict[Predicate, Int[np.ndarray, " _"]]
    constant_values: tuple[tuple[Fraction, ...], ...]

    @property
    def rules(self) -> int:
        """Number of ground rules."""
        return sum(len(rows) for rows in self.instances)

    @property
    def bytes(self) -> int:
        """Memory of all arrays."""
        arrays = [*self.instances, *self.facts.values(), *self.values.values()]
        return sum(array.nbytes for array in arrays)

    def replaced(self, template: Template) -> Grounding:
        """The same instances for a template that differs in weights and activations only."""
        return replace(self, template=template)

    def rows(self, queries: Sequence[Query]) -> dict[Predicate, tuple[list[int], np.ndarray]]:
        """Queries by predicate: their places, and rows (example, elements…) with −1 for unknown elements."""
        number = {constant: i for i, constant in enumerate(self.constants)}
        found: dict[Predicate, tuple[list[int], list[list[int]]]] = {}
        for place, query in enumerate(queries):
            places, rows = found.setdefault((query.predicate, len(query.arguments)), ([], []))
            places.append(place)
            rows.append([query.example, *(number.get(constant, -1) for constant in query.arguments)])
        return {name: (places, np.array(rows, dtype=np.int64)) for name, (places, rows) in found.items()}


def ground(template: Template, examples: Sequence[Example], *, progress: Progress | None = None) -> Grounding:
    """Ground a template on examples.

    Arguments:
        template: the template.
        examples: the examples.
        progress: called with a line of text after every chunk of examples.

    Raises:
        TemplateError: when clingo is not installed, or an example gives facts of one predicate different lengths.
    """
    clingo = _clingo()
    constants = _constants(template, examples)
    number = {constant: i for i, constant in enumerate(constants)}
    facts, values, constant_values = _facts(template, examples, number)
    names: dict[Predicate, str] = {}
    rules = [_program(rule, i, names, number) for i, rule in enumerate(template.rules)]
    parts: list[list[np.ndarray]] = [[] for _ in template.rules]
    done = 0
    for first, last in _chunks(examples):
        lines = [f"{_name(names, predicate)}({_joined(row)})." for predicate, row in _slice(facts, first, last)]
        lines += [f"e({i})." for i in range(first, last)]
        lines += [f"next({number[c]},{number[c + 1]})." for c in constants if isinstance(c, int) and c + 1 in number]
        control = clingo.Control(["--warn=none"])
        control.add("base", [], "\n".join([*lines, *rules]))
        control.ground([("base", [])])
        for i, rule in enumerate(template.rules):
            parts[i].append(_read(control, i, len(rule.instance_variables)))
            done += len(parts[i][-1])
        if progress is not None:
            progress(f"grounding: {last} of {len(examples)} examples, {done} ground rules")
    instances = tuple(np.concatenate(found) for found in parts)
    return Grounding(template, len(examples), constants, instances, facts, values, constant_values)


def _clingo() -> ModuleType:
    try:
        import clingo
    except ImportError:
        raise TemplateError('grounding needs clingo; install it with pip install "expressivity[relational]"') from None
    return clingo


def _constants(template: Template, examples: Sequence[Example]) -> tuple[Constant, ...]:
    """All elements, integers first, each in ascending order, so that `<` on their numbers is `<` on them."""
    found = {constant for example in examples for constant in example.constants}
    atoms = [atom for rule in template.rules for atom in (rule.head, *(literal.atom for literal in rule.body))]
    for atom in [*atoms, *(fact.atom for fact in template.facts)]:
        found.update(term for term in atom.arguments if not isinstance(term, Variable))
    return tuple(sorted(found, key=lambda constant: (isinstance(constant, str), constant)))


def _facts(
    template: Template, examples: Sequence[Example], number: dict[Constant, int]
) -> tuple[dict[Predicate, np.ndarray], dict[Predicate, np.ndarray], tuple[tuple[Fraction, ...], ...]]:
    """Facts as rows by predicate, sorted by example, with the numbers of their values."""
    rows: dict[Predicate, list[list[int]]] = {}
    marks: dict[Predicate, list[int]] = {}
    distinct: dict[tuple[Fraction | int, ...], int] = {}
    for i, example in enumerate(examples):
        for fact in example.facts:
            predicate = (fact.predicate, len(fact.arguments))
            rows.setdefault(predicate, []).append([i, *(number[constant] for constant in fact.arguments)])
            marks.setdefault(predicate, []).append(distinct.setdefault(fact.value, len(distinct)))
    for place, added in enumerate(template.facts):
        elements = [number[term] for term in added.atom.arguments if not isinstance(term, Variable)]
        rows.setdefault(added.atom.signature, []).extend([i, *elements] for i in range(len(examples)))
        marks.setdefault(added.atom.signature, []).extend([-1 - place] * len(examples))
    values = tuple(tuple(map(Fraction, value)) for value in distinct)
    problems, arrays, numbers = [], {}, {}
    constants = list(number)
    for predicate, found in rows.items():
        mark = np.array(marks[predicate], dtype=np.int64)
        mark = np.where(mark < 0, len(values) - 1 - mark, mark)
        lengths = {len(values[v]) for v in np.unique(mark).tolist() if v < len(values)}
        if len(lengths) > 1:
            problems.append(f"facts of {predicate[0]}/{predicate[1]} have {sorted(lengths)} entries; expected one")
        # Repeating a fact changes nothing; giving it two values has no meaning.
        both = np.unique(np.column_stack([np.array(found, dtype=np.int64), mark]), axis=0)
        arrays[predicate], numbers[predicate] = both[:, :-1], both[:, -1]
        twice = np.flatnonzero((both[1:, :-1] == both[:-1, :-1]).all(axis=1))
        for row in both[twice[:3], :-1].tolist():
            fact = Fact(predicate[0], tuple(constants[element] for element in row[1:]))
            problems.append(f"example {row[0]} gives {fact} two values")
    if problems:
        raise TemplateError("; ".join(problems))
    return arrays, numbers, values


def _chunks(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Ranges of examples of so many facts that progress can be reported and memory stays bounded."""
    ranges, first, size = [], 0, 0
    for i, example in enumerate(examples):
        size += len(example.facts)
        if size >= _FACTS_PER_CHUNK:
            ranges.append((first, i + 1))
            first, size = i + 1, 0
    return [*ranges, (first, len(examples))] if first < len(examples) or not examples else ranges


def _slice(facts: dict[Predicate, np.ndarray], first: int, last: int) -> list[tuple[Predicate, list[int]]]:
    found = []
    for predicate, rows in facts.items():
        low, high = np.searchsorted(rows[:, 0], [first, last])
        found += [(predicate, row) for row in rows[low:high].tolist()]
    return found


def _joined(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _name(names: dict[Predicate, str], predicate: Predicate) -> str:
    return names.setdefault(predicate, f"p{len(names)}")


def _program(rule: Rule, place: int, names: dict[Predicate, str], number: dict[Constant, int]) -> str:
    """A rule as two of clingo's: instances from the body, the head from the instances."""
    letter = {name: f"V{i}" for i, name in enumerate(rule.variables)}

    def term(argument: Variable | Constant) -> str:
        return letter[argument.name] if isinstance(argument, Variable) else str(number[argument])

    def atom(source: Atom) -> str:
        return f"{_name(names, source.signature)}({','.join(['E', *map(term, source.arguments)])})"

    def condition(literal: Literal) -> str:
        arguments = list(map(term, literal.atom.arguments))
        if literal.atom.predicate == "next":
            return f"next({','.join(arguments)})"
        if literal.special:
            sign = "<" if literal.atom.predicate == "<" else "!="
            pairs = [(a, b) for i, a in enumerate(arguments) for b in arguments[i + 1 :]]
            return ", ".join(f"{a} {sign} {b}" for a, b in pairs)
        return f"{'not ' * literal.negated}{atom(literal.atom)}"

    instance = f"r{place}({','.join(['E', *(letter[name] for name in rule.instance_variables)])})"
    body = ", ".join(["e(E)", *map(condition, rule.body)])
    return f"{instance} :- {body}.\n{atom(rule.head)} :- {instance}."


def _read(control: object, place: int, variables: int) -> np.ndarray:
    """The instances of a rule as clingo derived them, in the order of their numbers."""
    found = control.symbolic_atoms.by_signature(f"r{place}", 1 + variables)  # type: ignore[attr-defined]
    skipped = len(f"r{place}(")
    # One text per atom costs two calls into the library; reading its arguments one by one would cost four times that.
    text = ",".join([str(atom.symbol)[skipped:-1] for atom in found])
    rows = np.fromstring(text, dtype=np.int64, sep=",").reshape(-1, 1 + variables)
    return rows[np.lexsort(rows.T[::-1])]
