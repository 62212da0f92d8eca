"""Examples and queries → templates: rules found by beam search over soft clusters, stacked cycle by cycle.

Each cycle assigns every element softly to a few clusters by its types, searches for rule bodies over clusters and
relations whose truth helps a logistic model together with all rules found before, adds the best as a rule, and trains
the whole template from where it stands. With predicate invention a cycle may also add a predicate that its body
defines, and clusters of it, so that later bodies are built on earlier ones.

Source: Šourek, Svatoš, Železný, Schockaert and Kuželka 2017. As there: clusters of all types, beam search over
connected bodies of at most three relational literals under injective matching with support, joint logistic scores,
warm-started training, re-drawn unused clusters. Differences: candidate bodies are deduplicated by the features they
give on the examples (which identifies isomorphic bodies and more), and the number of epochs is the caller's.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from jaxtyping import Float64

from expressivity.errors import TemplateError
from expressivity.relational.grounding.evaluate import evaluate
from expressivity.relational.grounding.grounding import Progress, ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Query
from expressivity.relational.language.rules import Atom, Literal, PredicateOptions, Rule, Variable, Weight
from expressivity.relational.language.templates import Template
from expressivity.relational.learn.fitted import FittedTemplate
from expressivity.relational.learn.losses import targets_of
from expressivity.relational.learn.training import Training, train

_NAMES = "XYZUVW"
Body = tuple[Literal, ...]


@dataclass(frozen=True)
class StructureSearch:
    """How to learn structure.

    Arguments:
        clusters: soft clusters of elements.
        beam: bodies kept at each length.
        literals: most relational literals in a body.
        cycles: rules to add.
        support: examples in which a body must match at least.
        invent: whether each cycle also defines a predicate by its body, and clusters it.
        training: of the whole template after every cycle.
    """

    clusters: int = 2
    beam: int = 10
    literals: int = 3
    cycles: int = 5
    support: int = 1
    invent: bool = False
    training: Training = field(default_factory=lambda: Training(epochs=200))

    def __post_init__(self) -> None:
        small = [n for n in ("clusters", "beam", "literals", "cycles", "support") if getattr(self, n) < 1]
        if small:
            raise TemplateError(f"{', '.join(small)} must be positive")


def learn_structure(
    examples: Sequence[Example],
    queries: Sequence[Query],
    *,
    search: StructureSearch | None = None,
    progress: Progress | None = None,
) -> FittedTemplate:
    """Learn the rules of a template and its weights.

    Arguments:
        examples: facts with unary predicates (the types) and binary ones (the relations).
        queries: one query without arguments for each example, with targets above 0 or not.
        search: how.
        progress: called with a line of text after every cycle.

    Returns:
        The trained template of the cycle with the least training loss.

    Raises:
        TemplateError: when there are no types or relations, or the queries are about elements.
    """
    search = search or StructureSearch()
    problems = []
    types = sorted({fact.predicate for e in examples for fact in e.facts if len(fact.arguments) == 1})
    relations = sorted({fact.predicate for e in examples for fact in e.facts if len(fact.arguments) == 2})
    if not types or not relations:
        problems.append(f"{len(types)} unary and {len(relations)} binary predicates; expected some of each")
    if any(query.arguments for query in queries) or len({query.predicate for query in queries}) != 1:
        problems.append("expected queries of one predicate without arguments")
    if problems:
        raise TemplateError("cannot learn structure: " + "; ".join(problems))
    positive = targets_of(queries) > 0
    out = queries[0].predicate
    learner = _Learner(examples, queries, types, relations, out, search, positive)
    best: FittedTemplate | None = None
    for cycle in range(search.cycles):
        model = learner.cycle(cycle)
        if model is None:
            break
        if progress is not None:
            progress(f"cycle {cycle + 1} of {search.cycles}: loss {model.history[-1]:.4f}")
        if best is None or model.history[-1] < best.history[-1]:
            best = model
    if best is None:
        raise TemplateError(f"no body matches in {search.support} examples; lower support or add relations")
    return best


class _Learner:
    def __init__(
        self,
        examples: Sequence[Example],
        queries: Sequence[Query],
        types: Sequence[str],
        relations: Sequence[str],
        out: str,
        search: StructureSearch,
        positive: np.ndarray,
    ) -> None:
        self.examples, self.queries, self.search = examples, queries, search
        self.relations = list(relations)
        self.out = out
        self.positive = positive
        self.generator = np.random.default_rng(search.training.seed)
        self.rules: list[Rule] = []
        self.options: dict[tuple[str, int], PredicateOptions] = {(out, 0): PredicateOptions(bias=Weight("out_bias"))}
        self.weights: Mapping[str, Weight] = {}
        self.clusters: list[str] = []
        self.features: list[np.ndarray] = []
        self.bodies: set[bytes] = set()
        self._cluster(types, 0)

    def _cluster(self, predicates: Sequence[str], layer: int) -> None:
        """Soft clusters of elements by the unary predicates that hold of them."""
        for number in range(self.search.clusters):
            name = f"cluster{layer}_{number}"
            for predicate in predicates:
                weight = Weight(f"{name}_{predicate}")
                self.rules.append(Rule(Atom(name, (Variable("X"),)), (_literal(predicate, "X"),), weight))
            self.options[name, 1] = PredicateOptions("sigmoid")
            self.clusters.append(name)

    def cycle(self, number: int) -> FittedTemplate | None:
        """Add the best rule, train, and return the trained template; None when no new body has support."""
        body = self._search()
        if body is None:
            return None
        name = f"lambda{number}"
        # A soft conjunction under the maximum over matches, then a logistic model over all of them.
        bias = Weight(f"{name}_bias")
        body = (*body, *_different(body))
        self.rules.append(Rule(Atom(name), body, None, bias, "sigmoid", "max", "sum", "bag"))
        self.rules.append(Rule(Atom(self.out), (Literal(Atom(name)),), Weight(f"{name}_weight")))
        if number == 0:
            # So that every example has a value, matched or not.
            every = sorted({fact.predicate for e in self.examples for fact in e.facts if len(fact.arguments) == 1})
            for predicate in every:
                self.rules.append(Rule(Atom("anything"), (_literal(predicate, "X"),)))
            zero = Weight("nothing", value=Fraction(0), fixed=True)
            self.rules.append(Rule(Atom(self.out), (Literal(Atom("anything")),), zero))
        if self.search.invent:
            invented = f"invented{number}"
            head = Atom(invented, (Variable("X"),))
            self.rules.append(Rule(head, body, None, Weight(f"{invented}_bias"), "sigmoid", "max", "sum", "bag"))
            self._cluster([invented], number + 1)
        self._redraw_unused()
        model = train(self._template(), self.examples, self.queries, training=self.search.training)
        self.weights = model.template.weights
        return model

    def _template(self) -> Template:
        heads = {rule.head.signature for rule in self.rules}
        template = Template(tuple(self.rules), (), {p: o for p, o in self.options.items() if p in heads})
        known = {
            name: weight.value
            for name, weight in self.weights.items()
            if name in template.weights and weight.value is not None and not template.weights[name].fixed
        }
        return template.with_weights(known)

    def _redraw_unused(self) -> None:
        """Forget the weights of clusters no body uses yet, so that the next training draws them anew."""
        used = {lit.atom.predicate for rule in self.rules for lit in rule.body}
        unused = [name for name in self.clusters if name not in used]
        self.weights = {
            name: weight
            for name, weight in self.weights.items()
            if not any(name.startswith(f"{cluster}_") for cluster in unused)
        }

    # Search -----------------------------------------------------------------------------------------------------------

    def _search(self) -> Body | None:
        """The body with the best joint logistic score that is not in the template yet."""
        beam: list[Body] = [()]
        best: tuple[float, Body, np.ndarray] | None = None
        for _ in range(self.search.literals):
            grown = {body for old in beam for body in self._extensions(old)}
            scored = self._scored(sorted(grown, key=str))
            if not scored:
                break
            beam = [body for _, body, _ in scored[: self.search.beam]]
            new = [entry for entry in scored if entry[2].tobytes() not in self.bodies]
            if new and (best is None or new[0][0] < best[0] - 1e-9):
                best = new[0]
        if best is None:
            return None
        self.bodies.add(best[2].tobytes())
        self.features.append(best[2])
        return best[1]

    def _extensions(self, body: Body) -> list[Body]:
        """One relation more, connected to the body, with a cluster for each new element."""
        names = sorted({name for lit in body for name in lit.atom.variables}, key=_NAMES.index)
        fresh = _NAMES[len(names)]
        pairs = [(a, b) for a in names for b in names if a != b]
        pairs += [pair for name in names for pair in ((name, fresh), (fresh, name))] if names else [("X", "Y")]
        found = []
        for relation, (a, b) in itertools.product(self.relations, pairs):
            literal = _literal(relation, a, b, hidden=True)
            if literal in body:
                continue
            added = [name for name in (a, b) if name not in names]
            found += [
                (*body, literal, *(_literal(c, name) for c, name in zip(choice, added, strict=True)))
                for choice in itertools.product(self.clusters, repeat=len(added))
            ]
        return found

    def _scored(self, bodies: Sequence[Body]) -> list[tuple[float, Body, np.ndarray]]:
        """Bodies with support by the loss of a logistic fit joint with the earlier features, best first."""
        if not bodies:
            return []
        features = self._features(bodies)
        seen: set[bytes] = set()
        scored = []
        for body, feature in zip(bodies, features.T, strict=True):
            mark = feature.tobytes()
            if mark in seen or np.count_nonzero(feature) < self.search.support:
                continue
            seen.add(mark)
            scored.append((_logistic_loss(np.column_stack([*self.features, feature]), self.positive), body, feature))
        return sorted(scored, key=lambda entry: entry[0])

    def _features(self, bodies: Sequence[Body]) -> np.ndarray:
        """The value of each body on each example, with present weights and bias minus the number of literals."""
        rules = [rule for rule in self.rules if not rule.head.predicate.startswith(("lambda", self.out, "anything"))]
        for number, body in enumerate(bodies):
            counted = sum(literal.counted for literal in body)
            bias = Weight(f"probe{number}", value=Fraction(1 - counted), fixed=True)
            different = _different(body)
            rules.append(Rule(Atom(f"probe{number}"), (*body, *different), None, bias, "sigmoid", "max", "sum", "bag"))
        heads = {rule.head.signature for rule in rules}
        template = Template(tuple(rules), (), {p: o for p, o in self.options.items() if p in heads})
        network = build_network(ground(template, self.examples))
        values = {}
        for name, weight in template.weights.items():
            old = self.weights.get(name, weight)
            drawn = self.generator.uniform(-1, 1) if old.value is None else float(old.value)  # type: ignore[arg-type]
            values[name] = np.asarray(drawn)
        asked = [Query(f"probe{b}", (), None, q.example) for b in range(len(bodies)) for q in self.queries]
        found = evaluate(network, network.outputs(asked), weights=values)
        flat = np.array([value[0] if len(value) else 0.0 for value in found])
        table: np.ndarray = flat.reshape(len(bodies), len(self.queries)).T
        return table


def _literal(predicate: str, *names: str, hidden: bool = False) -> Literal:
    return Literal(Atom(predicate, tuple(Variable(name) for name in names)), hidden=hidden)


def _different(body: Body) -> Body:
    """Injective matching: all elements of a body are different."""
    names = sorted({name for lit in body for name in lit.atom.variables})
    return (_literal("alldiff", *names),) if len(names) > 1 else ()


def _logistic_loss(features: Float64[np.ndarray, "example feature"], positive: np.ndarray) -> float:
    """The least logistic loss of a linear model with intercept and a slight ridge, by Newton's method."""
    design = np.column_stack([features, np.ones(len(features))])
    weights = np.zeros(design.shape[1])
    ridge = 1e-3 * np.eye(design.shape[1])
    for _ in range(8):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (chance - positive) / len(design) + ridge @ weights
        curvature = (design.T * (chance * (1 - chance))) @ design / len(design) + ridge
        weights = weights - np.linalg.solve(curvature, gradient)
    chance = np.clip(1 / (1 + np.exp(-np.clip(design @ weights, -30, 30))), 1e-12, 1 - 1e-12)
    return float(-np.mean(np.where(positive, np.log(chance), np.log(1 - chance))))
