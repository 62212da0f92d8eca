"""Two structures → a template whose exact outputs differ, with as few variables per rule as any template can have.

Refinement says how many variables are needed; the search then grows expressions one rule at a time, smallest first.
With k = 2 they are vectors over the elements, joined by products along a relation and entry by entry; with k = 3 also
matrices under both products; with k = 4 also the matrices of all patterns on four elements. Rules multiply the values
of their bodies and sum over all assignments, so every value is a polynomial in the facts. The search computes modulo
a prime, where a difference is a difference; the values that are claimed are exact, and checked independently.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.checker.relational import evaluate
from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Example, graph_example, pair_types
from expressivity.relational.language.graphs import as_graph
from expressivity.relational.language.rules import Atom, Literal, Rule, Variable, Weight
from expressivity.relational.language.template_text import write_template
from expressivity.relational.language.templates import Template, template_json
from expressivity.relational.separation.refinement import refine
from expressivity.relational.separation.refute import Inseparable, OpenSeparation, check_relational, refute
from expressivity.verification.answers import CHECKER, UNCHECKED, BaseAnswer, Certificate, Check, Told

_PRIME = 67_108_859  # the largest below 2²⁶: sums of 2¹¹ products of residues stay below 2⁶³
_MOST_RULES = 7
_MOST_TERMS = 4_000
X, Y, Z, W = (Variable(name) for name in "XYZW")


@dataclass(frozen=True)
class Separated(BaseAnswer):
    """A template that separates two structures.

    Arguments:
        template: the template, its weights rational (here all are one).
        outputs: the exact value of `out` on each structure.
        variables: most variables in a rule; no template with fewer separates the structures.
        fewer: the proof that fewer variables do not suffice; None when a rule needs no more than two.
        certificate: template, facts and outputs, to be checked by `expressivity.checker`.
        checked: who checked the certificate.
    """

    holds = True

    template: Template
    outputs: tuple[Fraction, Fraction]
    variables: int
    fewer: Inseparable | None
    certificate: Certificate
    checked: Check = UNCHECKED

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values, without its certificate."""
        return {
            "answer": "separated",
            "variables": self.variables,
            "outputs": [str(output) for output in self.outputs],
            "template": write_template(self.template),
            **self.checked.to_json(),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        details = write_template(self.template).splitlines()
        if self.fewer is not None:
            details.append(f"{self.variables - 1} variables do not suffice, whatever the weights (certified)")
        return Told(
            f"SEPARATED with {self.variables} variables: out is {self.outputs[0]} and {self.outputs[1]}",
            (*details, self.checked.told()),
        )


def separate(first: Any, second: Any) -> Separated | OpenSeparation:
    """Find a template whose outputs on two structures differ.

    Arguments:
        first: a graph (anything `as_graph` takes) or an `Example` whose facts are about at most two elements.
        second: the same.

    Returns:
        The template with its checked certificate; or that it is open, because 3-FWL does not separate the structures
        (they may even be isomorphic), or because no expression within the budget does.

    Raises:
        TemplateError: when a source is no graph, or a fact is about more than two elements.
    """
    examples = [
        source if isinstance(source, Example) else graph_example(as_graph(source)) for source in (first, second)
    ]
    pairs = pair_types(examples)
    for variables in (2, 3, 4):
        if not refine(pairs, dimension=variables - 1, stop_when_separated=True).separates:
            continue
        search = _Search(examples, variables)
        rules = search.rules()
        if rules is None:
            return OpenSeparation(
                "no separating template was found",
                (
                    f"{variables - 1}-FWL separates the structures, so {variables} variables may do, but none of "
                    f"{len(search.terms)} expressions with at most {_MOST_RULES} rules does",
                ),
            )
        template = Template(_renamed(rules, search.prefix))
        certificate = certify(template, examples)
        checked = Check(CHECKER, check_relational(certificate))
        outputs = [Fraction(claimed[0]) for claimed in certificate.data["outputs"]]
        proof = refute(variables - 1, *examples) if variables > 2 else None
        fewer = proof if isinstance(proof, Inseparable) else None
        return Separated(template, (outputs[0], outputs[1]), variables, fewer, certificate, checked)
    return OpenSeparation(
        "no separating template was found", ("3-FWL does not separate the structures; they may even be isomorphic",)
    )


def _renamed(rules: Sequence[Rule], prefix: str) -> tuple[Rule, ...]:
    """The rules with the search's running numbers closed up."""
    made = [name for name in dict.fromkeys(rule.head.predicate for rule in rules) if name.startswith(prefix)]
    names = {name: f"{prefix}{number}" for number, name in enumerate(made, start=1)}

    def renamed(atom: Atom) -> Atom:
        return replace(atom, predicate=names.get(atom.predicate, atom.predicate))

    return tuple(
        replace(
            rule,
            head=renamed(rule.head),
            body=tuple(replace(literal, atom=renamed(literal.atom)) for literal in rule.body),
        )
        for rule in rules
    )


def certify(template: Template, examples: Sequence[Example], *, query: str = "out") -> Certificate:
    """The claim that a template gives two examples the values it gives them, to be checked independently.

    Arguments:
        template: all its weights have values.
        examples: two examples.
        query: an atom without arguments.

    Raises:
        TemplateError: when the query is not entailed.
    """
    data = template_json(template)
    facts = [[[f.predicate, list(f.arguments), [str(x) for x in f.value]] for f in e.facts] for e in examples]
    # By the definition itself: grounding would give the same values, and needs a solver that may not be installed.
    values = [evaluate(data, side).get((query, ())) for side in facts]
    if any(value is None for value in values):
        raise TemplateError(f"{query} is not entailed by the facts of both structures")
    outputs = [[str(x) for x in value or ()] for value in values]
    claim = {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "separated",
        "template": data,
        "facts": facts,
        "query": [query, []],
        "outputs": outputs,
    }
    return Certificate(claim)


@dataclass(frozen=True, eq=False)
class _Term:
    """A predicate, its values on both structures, and the rules that define it (by number)."""

    name: str
    values: tuple[np.ndarray, np.ndarray]
    rules: frozenset[int] = field(default=frozenset())

    @property
    def order(self) -> int:
        return self.values[0].ndim


class _Search:
    def __init__(self, examples: Sequence[Example], variables: int) -> None:
        self.examples = examples
        self.variables = variables
        self.prefix = "m"  # of the names of defined predicates; no fact's begins with it
        while any(fact.predicate.startswith(self.prefix) for example in examples for fact in example.facts):
            self.prefix += "_"
        self.made: list[Rule] = []
        self.terms: list[_Term] = []
        self.defined: dict[str, frozenset[int]] = {}  # the rules behind each predicate
        self.seen: set[bytes] = set()
        self.found: list[Rule] | None = None
        self.everywhere: str | None = None  # a unary predicate of all elements

    def rules(self) -> list[Rule] | None:
        """The rules of a separating template, or None."""
        for term in self._facts():
            self._keep(term)
        if self.found is None and self.variables > 2:
            self._patterns()
        cost = 1
        while self.found is None and cost <= _MOST_RULES and len(self.terms) < _MOST_TERMS:
            self._grow(cost)
            cost += 1
        return self.found

    # Terms ------------------------------------------------------------------------------------------------------------

    def _facts(self) -> list[_Term]:
        """The unary and binary predicates of the facts, and, where all elements are nodes, what `node` lets one say."""
        arities = sorted({(f.predicate, len(f.arguments)) for e in self.examples for f in e.facts if f.arguments})
        terms = [_Term(name, self._values(name, arity)) for name, arity in arities]
        everywhere = next((t for t in terms if t.order == 1 and all(np.all(v != 0) for v in t.values)), None)
        if everywhere is None:
            return terms
        self.everywhere = everywhere.name
        if self.variables < 3:
            return terms
        for term in [t for t in terms if t.order == 2]:
            # Pairs of different elements without the relation: products of relations alone never say "not".
            body = (
                Literal(Atom(everywhere.name, (X,)), hidden=True),
                Literal(Atom(everywhere.name, (Y,)), hidden=True),
                Literal(Atom("!=", (X, Y))),
                Literal(Atom(term.name, (X, Y)), negated=True),
            )
            values = [np.where((v == 0) & ~np.eye(len(v), dtype=bool), 1, 0) for v in term.values]
            rule = Rule(Atom(f"not_{term.name}", (X, Y)), body, aggregation="count", semantics="bag")
            self.made.append(rule)
            terms.append(_Term(rule.head.predicate, (values[0], values[1]), frozenset({len(self.made) - 1})))
        return terms

    def _values(self, name: str, arity: int) -> tuple[np.ndarray, np.ndarray]:
        tables = []
        for example in self.examples:
            position = {constant: i for i, constant in enumerate(example.constants)}
            table = np.zeros((len(position),) * arity, dtype=np.int64)
            for fact in example.facts:
                if (fact.predicate, len(fact.arguments)) == (name, arity):
                    value = Fraction(fact.value[0])
                    residue = value.numerator * pow(value.denominator, -1, _PRIME) % _PRIME
                    table[tuple(position[constant] for constant in fact.arguments)] = residue
            tables.append(table)
        return tables[0], tables[1]

    def _keep(self, term: _Term) -> None:
        """Remember a term unless it is known or empty, and stop when its sums differ."""
        mark = b"|".join(value.tobytes() for value in term.values) + bytes([term.order])
        if mark in self.seen or not any(value.any() for value in term.values):
            return
        self.seen.add(mark)
        self.terms.append(term)
        self.defined[term.name] = term.rules
        body = [Atom(term.name, (X, Y)[: term.order])]
        self._conclude([self.made[i] for i in sorted(term.rules)], body, [int(value.sum()) for value in term.values])

    def _conclude(self, rules: Sequence[Rule], body: Sequence[Atom], sums: Sequence[int]) -> None:
        """Stop when the sums over all assignments of a body differ."""
        if self.found is not None or (sums[0] - sums[1]) % _PRIME == 0:
            return
        out = [Rule(Atom("out"), tuple(map(Literal, body)), combination="product")]
        if not all(total % _PRIME for total in sums):
            # A sum over no assignment has no value unless another rule concludes the same atom.
            if self.everywhere is None:
                return
            zero = Weight("nothing", value=Fraction(0), fixed=True)
            out.append(Rule(Atom("out"), (Literal(Atom(self.everywhere, (X,))),), zero))
        self.found = [*rules, *out]

    def _define(self, arguments: tuple[Variable, ...], body: Sequence[Atom], values: list[np.ndarray]) -> None:
        """Make a term of a rule whose body is a product of earlier terms."""
        rules = frozenset().union(*(self.defined[atom.predicate] for atom in body))
        name = f"{self.prefix}{len(self.made)}"
        rule = Rule(Atom(name, arguments), tuple(map(Literal, body)), combination="product")
        self.made.append(rule)
        self._keep(_Term(name, (values[0] % _PRIME, values[1] % _PRIME), rules | {len(self.made) - 1}))

    def _grow(self, cost: int) -> None:
        """All terms that need so many rules."""
        sizes: dict[int, list[_Term]] = {}
        for term in self.terms:
            sizes.setdefault(len(term.rules), []).append(term)
        pairs = [
            pair
            for one, other in itertools.product(sorted(sizes), repeat=2)
            if max(one, other) < cost <= one + other + 1
            for pair in itertools.product(sizes[one], sizes[other])
        ]
        for first, second in pairs:
            if len(first.rules | second.rules) + 1 != cost:
                continue
            for arguments, body, values in self._joins(first, second):
                if self.found is not None or len(self.terms) >= _MOST_TERMS:
                    return
                self._define(arguments, body, values)

    def _joins(
        self, first: _Term, second: _Term
    ) -> Iterator[tuple[tuple[Variable, ...], tuple[Atom, ...], list[np.ndarray]]]:
        """What one rule can make of two terms."""
        a, b = first.values, second.values
        sides = range(2)
        if (first.order, second.order) == (1, 1) and first.name <= second.name:
            yield (X,), (Atom(first.name, (X,)), Atom(second.name, (X,))), [a[s] * b[s] for s in sides]
        if (first.order, second.order) == (2, 1):
            yield (X,), (Atom(first.name, (X, Y)), Atom(second.name, (Y,))), [a[s] @ b[s] for s in sides]
            if any(np.any(a[s] != a[s].T) for s in sides):
                yield (X,), (Atom(first.name, (Y, X)), Atom(second.name, (Y,))), [a[s].T @ b[s] for s in sides]
            if self.variables > 2:
                yield (X, Y), (Atom(first.name, (X, Y)), Atom(second.name, (Y,))), [a[s] * b[s] for s in sides]
        if self.variables < 3 or (first.order, second.order) != (2, 2):
            return
        if first.name <= second.name:
            yield (X, Y), (Atom(first.name, (X, Y)), Atom(second.name, (X, Y))), [a[s] * b[s] for s in sides]
        yield (X, Y), (Atom(first.name, (X, Z)), Atom(second.name, (Z, Y))), [a[s] @ b[s] for s in sides]
        if any(np.any(b[s] != b[s].T) for s in sides):
            yield (X, Y), (Atom(first.name, (X, Z)), Atom(second.name, (Y, Z))), [a[s] @ b[s].T for s in sides]

    # Patterns ---------------------------------------------------------------------------------------------------------

    def _patterns(self) -> None:
        """Closed patterns on three or four elements as one rule each, then those that leave two elements free."""
        symmetric = [
            t
            for t in self.terms
            if t.order == 2 and not t.rules and all(np.array_equal(v, v.T) and v.max() == 1 for v in t.values)
        ]
        for term in symmetric:
            for edges in _connected_patterns(self.variables):
                atoms = [Atom(term.name, tuple((X, Y, Z, W)[i] for i in edge)) for edge in edges]
                self._conclude([], atoms, [int(_rooted(value, edges).sum()) for value in term.values])
            if self.variables == 4:
                for edges in _connected_patterns(4):
                    if self.found is None:
                        atoms = [Atom(term.name, tuple((X, Y, Z, W)[i] for i in edge)) for edge in edges]
                        self._define((X, Y), atoms, [_rooted(value, edges) for value in term.values])


def _connected_patterns(nodes: int) -> list[tuple[tuple[int, int], ...]]:
    """Connected graphs on 3 to `nodes` nodes, cycles included, few edges first; isomorphic ones may repeat."""
    found = []
    for size in range(3, nodes + 1):
        pairs = list(itertools.combinations(range(size), 2))
        for count in range(size, len(pairs) + 1):
            found += [edges for edges in itertools.combinations(pairs, count) if _connected(edges, size)]
    return sorted(found, key=len)


def _connected(edges: tuple[tuple[int, int], ...], size: int) -> bool:
    reached = {0}
    for _ in range(size):
        reached |= {j for edge in edges for j in edge if reached & set(edge)}
    return len(reached) == size


def _rooted(adjacency: np.ndarray, edges: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Homomorphisms from a pattern on at most four nodes, by the images of its first two."""
    size = 1 + max(max(edge) for edge in edges)
    total = np.ones((len(adjacency),) * size, dtype=np.int64)
    for i, j in edges:
        shape = [1] * size
        shape[i] = shape[j] = len(adjacency)
        total = total * adjacency.reshape(shape)
    matrix: np.ndarray = total.sum(axis=tuple(range(2, size)))
    return matrix
