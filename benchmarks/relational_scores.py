"""Scores of templates on the data sets of `../shared/relational`, beside published ones where they are known.

`python benchmarks/relational_scores.py [name …]` prints one line for each data set. Published: 10-fold accuracy of
GIN-0 in Xu et al. 2019, table 1 (they choose the best epoch on the test folds; here architecture and
number of epochs were chosen among six on the same folds, so both are a little optimistic).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language import models
from expressivity.relational.language.examples import Example, Fact, Query
from expressivity.relational.language.graph_collections import read_graph_collection
from expressivity.relational.language.neuralogic_text import read_examples, read_queries
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import Template
from expressivity.relational.learn.losses import accuracy, area_under_curve
from expressivity.relational.learn.training import Training, cross_validate, stratified_folds, train

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "relational"


def mutagenesis() -> str:
    examples = read_examples(DATA / "mutagenesis_examples.txt")
    queries = read_queries(DATA / "mutagenesis_queries.txt", examples=len(examples))
    bonds = "\n".join(f"{{3}} e(B) :- b_{i}(B)." for i in (1, 2, 3, 4, 5, 7))
    template = models.heterogeneous(["c", "h", "o", "n", "f", "cl", "br", "i"], ["bond/3"], layers=3, activation="tanh")
    edges = parse_template(bonds)
    joined = type(template)((*template.rules, *renumbered(edges.rules)), (), template.options)
    found = cross_validate(joined, examples, queries, training=Training())
    network = build_network(ground(joined, examples))
    return f"accuracy {found.mean:.3f} ± {found.deviation:.3f} (10 folds), compression {float(network.compression):.1f}"


def renumbered(rules):
    """Rules of another template, their unnamed weights kept apart from ours."""
    return [replace(r, head_weight=replace(r.head_weight, name=f"bond{i}")) for i, r in enumerate(rules)]


def collection(name: str, published: str, make: Callable[[list[str]], Template], epochs: int) -> str:
    examples, queries = read_graph_collection(DATA / f"{name}.txt")
    least = min(query.target for query in queries)
    queries = tuple(replace(query, target=float(query.target > least)) for query in queries)
    labels = sorted({f.predicate for e in examples for f in e.facts if f.predicate.startswith("label_")})
    template = make(labels)
    training = Training(epochs=epochs, weight_decay=1e-3)
    found = cross_validate(template, examples, queries, training=training)
    compression = float(build_network(ground(template, examples)).compression)
    score = f"accuracy {found.mean:.3f} ± {found.deviation:.3f} (10 folds), compression {compression:.1f}"
    return f"{score}; published {published}"


TRAINS = """
    car(T, C) :- {3,3} value(V), hidden shape(T, C, V).      car(T, C) :- {3,3} value(V), hidden length(T, C, V).
    car(T, C) :- {3,3} value(V), hidden sides(T, C, V).      car(T, C) :- {3,3} value(V), hidden roof(T, C, V).
    car(T, C) :- {3,3} value(V), hidden wheels(T, C, V).     car(T, C) :- {3,3} value(V), hidden loadshape(T, C, V).
    car(T, C) :- {3,3} value(V), hidden loadnum(T, C, V).
    {1,3} direction(T) :- car(T, C). [aggregation=max]
    car/2 [activation=tanh, bias={3}]
    direction/1 [bias={}]
"""


def trains() -> str:
    examples = read_examples(DATA / "trains_examples.txt")
    queries = read_queries(DATA / "trains_queries.txt", examples=1)
    values = sorted({f.arguments[-1] for f in examples[0].facts}, key=str)
    facts = "\n".join(f"v{i}={{3}} value({value})." for i, value in enumerate(values))
    template = parse_template(TRAINS + facts, semantics="bag")
    found = cross_validate(template, examples, queries, folds=20, training=Training(epochs=100, weight_decay=1e-2))
    return f"accuracy {found.mean:.3f} (leave one out, 20 trains)"


def knowledge_base(name: str) -> str:
    queries = read_queries(DATA / f"{name}_queries.txt", examples=1)
    # An attribute of an entity is the triple (entity, attribute, value).
    triples = [q.arguments if len(q.arguments) == 3 else (q.arguments[0], "has", q.arguments[1]) for q in queries]
    asked = [Query("predict", triple, query.target) for triple, query in zip(triples, queries, strict=True)]
    entities = sorted({term for triple in triples for term in (triple[0], triple[2])})
    relations = sorted({triple[1] for triple in triples})
    example = Example(tuple(Fact("ask", triple) for triple in dict.fromkeys(triples)))
    template = models.knowledge_base(entities, relations, dimension=20)
    fold = stratified_folds(np.array([query.target for query in asked]), folds=5, seed=0)
    inside = [query for query, f in zip(asked, fold, strict=True) if f]
    outside = [query for query, f in zip(asked, fold, strict=True) if not f]
    how = Training(epochs=150, learning_rate=0.02, validation=0.1, patience=15)
    predictions = train(template, [example], inside, training=how).predict([example], outside)
    positive = np.array([query.target > 0 for query in outside])
    area = area_under_curve(predictions[:, 0], positive)
    score = accuracy("logistic", predictions, outside)
    return f"accuracy {score:.3f}, area under the curve {area:.3f} on a held-out fifth of {len(asked)} triples"


ALL = {
    "mutagenesis": mutagenesis,
    "MUTAG": lambda: collection(
        "MUTAG", ".894 ± .056 (GIN-0)", lambda labels: models.gated(labels, dimension=5, layers=3), 300
    ),
    "PTC": lambda: collection(
        "PTC", ".646 ± .070 (GIN-0)", lambda labels: models.graph_sage(labels, dimension=8, layers=3), 100
    ),
    "trains": trains,
    "kinships": lambda: knowledge_base("kinships"),
    "nations": lambda: knowledge_base("nations"),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        begin = time.perf_counter()
        print(f"{name:12} {ALL[name]()} [{time.perf_counter() - begin:.0f} s]", flush=True)
