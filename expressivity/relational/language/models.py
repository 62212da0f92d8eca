"""Architectures as templates: graph neural networks and what lies beyond them, each a few rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Constant, Example, Fact
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import Template

Layer = Callable[[int, int], list[str]]
"""Number of the layer and dimension → its rules, which make h<n> from h<n−1>."""


def _stack(features: Sequence[str], dimension: int, layers: int, out: str, layer: Layer, readout: str) -> Template:
    problems = []
    if not features:
        problems.append("there is no feature predicate; name the unary predicates of the nodes")
    if dimension < 1 or layers < 1:
        problems.append(f"dimension {dimension} and layers {layers} must be positive")
    if problems:
        raise TemplateError("cannot make the template: " + "; ".join(problems))
    lines = [f"{{{dimension}}} h0(X) :- {feature}(X)." for feature in features]
    for number in range(1, layers + 1):
        lines += layer(number, dimension)
    lines += [f"{{1,{dimension}}} {out} :- h{layers}(X). [aggregation={readout}]", f"{out}/0 [bias={{}}]"]
    return parse_template("\n".join(lines), semantics="bag")


def gcn(
    features: Sequence[str], *, dimension: int = 3, layers: int = 2, edge: str = "normalised", out: str = "predict"
) -> Template:
    """A graph convolutional network: h′ = relu(W Σ_y â(x, y) h(y)).

    Arguments:
        features: unary predicates of the nodes; each gets an initial vector.
        dimension: length of all vectors.
        layers: number of message passes.
        edge: the predicate with value â(x, y), self loops included; `normalised_edges` makes it.
        out: the query.

    Source: Kipf and Welling 2017.
    """

    def layer(n: int, d: int) -> list[str]:
        rule = f"{{{d},{d}}} h{n}(X) :- h{n - 1}(Y), {edge}(X, Y). [combination=product]"
        return [rule, f"h{n}/1 [activation=relu]"]

    return _stack(features, dimension, layers, out, layer, "avg")


def normalised_edges(example: Example, *, edge: str = "edge", name: str = "normalised") -> Example:
    """Add the facts â(x, y) = 1/√(d(x) d(y)) for edges and self loops, d counting the loop.

    Arguments:
        example: facts with `edge`.
        edge: its predicate.
        name: the predicate to add; values are the float64 nearest to the irrational ones.
    """
    pairs = {fact.arguments for fact in example.facts if fact.predicate == edge and len(fact.arguments) == 2}
    pairs |= {(constant, constant) for constant in example.constants}
    degree: dict[Constant, int] = {}
    for first, _ in pairs:
        degree[first] = degree.get(first, 0) + 1
    added = [
        Fact(name, pair, (Fraction((degree[pair[0]] * degree[pair[1]]) ** -0.5),)) for pair in sorted(pairs, key=str)
    ]
    return Example((*example.facts, *added))


def graph_sage(
    features: Sequence[str],
    *,
    dimension: int = 3,
    layers: int = 2,
    edge: str = "edge",
    out: str = "predict",
    aggregation: str = "avg",
) -> Template:
    """GraphSAGE: h′ = relu(U h(x) + W agg_y h(y)), with mean or max over the neighbours.

    Arguments:
        features: as in `gcn`.
        dimension: as in `gcn`.
        layers: as in `gcn`.
        edge: predicate of the edges.
        out: the query.
        aggregation: avg or max.

    Source: Hamilton, Ying and Leskovec 2017.
    """

    def layer(n: int, d: int) -> list[str]:
        return [
            f"h{n}(X) :- {{{d},{d}}} h{n - 1}(X).",
            f"{{{d},{d}}} h{n}(X) :- h{n - 1}(Y), hidden {edge}(X, Y). [aggregation={aggregation}]",
            f"h{n}/1 [activation=relu, bias={{{d}}}]",
        ]

    return _stack(features, dimension, layers, out, layer, "avg")


def gin(
    features: Sequence[str], *, dimension: int = 3, layers: int = 2, edge: str = "edge", out: str = "predict"
) -> Template:
    """A graph isomorphism network: h′ = MLP((1 + ε) h(x) + Σ_y h(y)), two layers in the MLP, sums throughout.

    Arguments:
        features: as in `gcn`.
        dimension: as in `gcn`.
        layers: as in `gcn`.
        edge: predicate of the edges.
        out: the query.

    Source: Xu et al. 2019.
    """

    def layer(n: int, d: int) -> list[str]:
        return [
            f"one_plus_epsilon{n}=1 s{n}(X) :- h{n - 1}(X).",
            f"s{n}(X) :- h{n - 1}(Y), hidden {edge}(X, Y).",
            f"g{n}(X) :- {{{d},{d}}} s{n}(X). [activation=relu, bias={{{d}}}]",
            f"h{n}(X) :- {{{d},{d}}} g{n}(X). [activation=relu, bias={{{d}}}]",
        ]

    return _stack(features, dimension, layers, out, layer, "sum")


def gated(
    features: Sequence[str], *, dimension: int = 3, layers: int = 2, edge: str = "edge", out: str = "predict"
) -> Template:
    """A gated network: each message is multiplied by a gate σ(U h(x) + V h(y)) of both its ends.

    Arguments:
        features: as in `gcn`.
        dimension: as in `gcn`.
        layers: as in `gcn`.
        edge: predicate of the edges.
        out: the query.

    Source: after Bresson and Laurent 2017, without their normalisation.
    """

    def layer(n: int, d: int) -> list[str]:
        square = f"{{{d},{d}}}"
        return [
            f"gate{n}(X, Y) :- {square} h{n - 1}(X), {square} h{n - 1}(Y), hidden {edge}(X, Y). [activation=sigmoid]",
            f"h{n}(X) :- gate{n}(X, Y), {square} h{n - 1}(Y). [combination=product]",
            f"h{n}(X) :- {square} h{n - 1}(X).",
            f"h{n}/1 [activation=relu]",
        ]

    return _stack(features, dimension, layers, out, layer, "avg")


def heterogeneous(
    features: Sequence[str],
    relations: Sequence[str],
    *,
    dimension: int = 3,
    layers: int = 2,
    out: str = "predict",
    activation: str = "relu",
) -> Template:
    """A relational network: each relation has weights of its own, averaged over its neighbours.

    Arguments:
        features: as in `gcn`.
        relations: binary predicates, or ternary ones `bond(X, Y, B)` written as `bond/3`, whose third element (a bond)
            has features of its own under `e(B)`, which the caller's rules or facts conclude.
        dimension: as in `gcn`.
        layers: as in `gcn`.
        out: the query.
        activation: of the nodes.

    Source: Schlichtkrull et al. 2018.
    """

    def layer(n: int, d: int) -> list[str]:
        rules = [f"h{n}(X) :- {{{d},{d}}} h{n - 1}(X)."]
        for relation in relations:
            name, _, arity = relation.partition("/")
            if arity == "3":
                rules.append(
                    f"{{{d},{d}}} h{n}(X) :- {{{d},{d}}} h{n - 1}(Y), {{{d},{d}}} e(B), hidden {name}(X, Y, B). "
                    f"[activation={activation}]"
                )
            else:
                rules.append(f"{{{d},{d}}} h{n}(X) :- h{n - 1}(Y), hidden {name}(X, Y). [aggregation=avg]")
        return [*rules, f"h{n}/1 [activation={activation}]"]

    return _stack(features, dimension, layers, out, layer, "avg")


def rings(
    features: Sequence[str], *, size: int, dimension: int = 3, edge: str = "edge", out: str = "predict"
) -> Template:
    """Rings of a size as objects: every ring of different nodes joined along `edge` sums what its nodes bring.

    Arguments:
        features: as in `gcn`.
        size: nodes of a ring, 3 or more.
        dimension: as in `gcn`.
        edge: predicate of the edges.
        out: the query.

    Source: Šourek, Železný and Kuželka 2021, section on patterns beyond message passing.
    """
    pairs = [(i, (i + 1) % size) for i in range(size)]
    return _pattern(features, size, pairs, dimension, edge, out)


def cliques(
    features: Sequence[str], *, size: int, dimension: int = 3, edge: str = "edge", out: str = "predict"
) -> Template:
    """Cliques of a size as objects; arguments as in `rings`."""
    return _pattern(features, size, list(combinations(range(size), 2)), dimension, edge, out)


def _pattern(
    features: Sequence[str], size: int, pairs: Sequence[tuple[int, int]], dimension: int, edge: str, out: str
) -> Template:
    if size < 3:
        raise TemplateError(f"a pattern of {size} nodes is no ring and no clique; give 3 or more")
    names = [f"X{i}" for i in range(size)]
    lines = [f"{{{dimension}}} h0(X) :- {feature}(X)." for feature in features]
    nodes = ", ".join(f"w={{{dimension},{dimension}}} h0({name})" for name in names)
    edges = ", ".join(f"hidden {edge}({names[i]}, {names[j]})" for i, j in pairs)
    body = f"{nodes}, {edges}, @alldiff({', '.join(names)})"
    lines += [
        f"{{1,{dimension}}} {out} :- {body}. [activation=relu, bias={{{dimension}}}]",
        f"{{1,{dimension}}} {out} :- h0(X). [aggregation=avg]",
        f"{out}/0 [bias={{}}]",
    ]
    return parse_template("\n".join(lines), semantics="bag")


def hyperedges(
    features: Sequence[str], *, dimension: int = 3, layers: int = 2, member: str = "member", out: str = "predict"
) -> Template:
    """Message passing through hyperedges: nodes to the hyperedges they are members of, and back.

    Arguments:
        features: as in `gcn`.
        dimension: as in `gcn`.
        layers: as in `gcn`.
        member: the predicate `member(X, E)` of a node and its hyperedge.
        out: the query.
    """

    def layer(n: int, d: int) -> list[str]:
        return [
            f"g{n}(E) :- {{{d},{d}}} h{n - 1}(X), hidden {member}(X, E). [aggregation=avg]",
            f"h{n}(X) :- {{{d},{d}}} g{n}(E), hidden {member}(X, E).",
            f"h{n}(X) :- {{{d},{d}}} h{n - 1}(X).",
            f"g{n}/1 [activation=relu]",
            f"h{n}/1 [activation=relu]",
        ]

    return _stack(features, dimension, layers, out, layer, "avg")


def latent_clusters(
    types: Sequence[str], relation: str, *, clusters: int = 3, size: int = 3, out: str = "predict"
) -> Template:
    """Soft clusters of element types, and one rule for every chain of clusters along a relation.

    Arguments:
        types: unary predicates; each type belongs to each cluster to a learned degree.
        relation: a binary predicate.
        clusters: number of clusters.
        size: elements in a chain.
        out: the query.

    Source: Šourek et al. 2018, section 5 (sigmoid rules under the maximum over substitutions).
    """
    lines = [f"{{}} cluster{c}(X) :- {kind}(X)." for c in range(clusters) for kind in types]
    lines += [f"cluster{c}/1 [activation=sigmoid, bias={{}}]" for c in range(clusters)]
    chains = [[c] for c in range(clusters)]
    for _ in range(size - 1):
        chains = [[*chain, c] for chain in chains for c in range(clusters)]
    for number, chain in enumerate(chain for chain in chains if chain <= chain[::-1]):
        names = [f"X{i}" for i in range(size)]
        nodes = ", ".join(f"cluster{c}({name})" for c, name in zip(chain, names, strict=True))
        edges = "".join(f", hidden {relation}({a}, {b})" for a, b in pairwise(names))
        different = f", @alldiff({', '.join(names)})" if size > 1 else ""
        # A conjunction: near 1 when all clusters are near 1.
        lines.append(
            f"chain{number} :- {nodes}{edges}{different}. [activation=sigmoid, aggregation=max, bias={1 - size}]"
        )
        lines.append(f"{{}} {out} :- chain{number}.")
    return parse_template("\n".join([*lines, f"{out}/0 [bias={{}}]"]), semantics="bag")


def knowledge_base(
    entities: Sequence[Constant],
    relations: Sequence[Constant],
    *,
    dimension: int = 10,
    ask: str = "ask",
    out: str = "predict",
) -> Template:
    """Completion by embeddings: the score of (s, r, o) is Σ_i subject(s)_i · relation(r)_i · object(o)_i.

    Arguments:
        entities: what can be subject or object; each gets a vector for either part.
        relations: each gets a vector.
        dimension: length of the vectors.
        ask: facts `ask(s, r, o)` say which scores are wanted, so that not all triples need be made.
        out: the query, `out(s, r, o)`.

    Source: the polyadic decomposition of Hitchcock 1927; Trouillon et al. 2017 compare it with its successors.
    """
    lines = [f"s_{i}={{{dimension}}} subject({entity})." for i, entity in enumerate(entities)]
    lines += [f"o_{i}={{{dimension}}} object({entity})." for i, entity in enumerate(entities)]
    lines += [f"r_{i}={{{dimension}}} relation({relation})." for i, relation in enumerate(relations)]
    ones = ", ".join(["1"] * dimension)
    lines.append(
        f"<[[{ones}]]> {out}(S, R, O) :- subject(S), relation(R), object(O), hidden {ask}(S, R, O). "
        "[combination=product]"
    )
    return parse_template("\n".join([*lines, f"{out}/3 [bias={{}}]"]), semantics="bag")
