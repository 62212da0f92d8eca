"""Structure learning: the pattern that decides the classes is found, and classes nothing decides are not."""

from __future__ import annotations

import numpy as np
import pytest

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Example, Fact, Query
from expressivity.relational.learn.losses import accuracy
from expressivity.relational.learn.structure_learning import StructureSearch, learn_structure
from expressivity.relational.learn.training import Training

pytest.importorskip("clingo", reason="grounding needs clingo")
pytest.importorskip("torch", reason="training needs torch")


def triangles_or_paths(count: int, seed: int) -> tuple[list[Example], list[Query]]:
    """Directed graphs of six red and blue nodes; positive when there is a directed triangle."""
    rng = np.random.default_rng(seed)
    examples, queries = [], []
    for number in range(count):
        order = rng.permutation(6)
        edges = [(order[0], order[1]), (order[1], order[2]), (order[3], order[4])]
        edges.append((order[2], order[0]) if number % 2 else (order[0], order[2]))
        facts = [Fact("edge", (int(a), int(b))) for a, b in edges]
        facts += [Fact("red" if rng.random() < 0.5 else "blue", (i,)) for i in range(6)]
        examples.append(Example(tuple(facts)))
        queries.append(Query("out", (), float(number % 2), number))
    return examples, queries


SEARCH = StructureSearch(clusters=1, cycles=2, beam=5, training=Training(epochs=150, learning_rate=0.1))


@pytest.mark.parametrize("invent", [False, True])
def test_the_deciding_pattern_is_found(invent) -> None:
    examples, queries = triangles_or_paths(16, 0)
    search = StructureSearch(**{**SEARCH.__dict__, "invent": invent})
    lines: list[str] = []
    model = learn_structure(examples, queries, search=search, progress=lines.append)
    assert lines[0].startswith("cycle 1 of 2: loss ")
    body = next(rule.body for rule in model.template.rules if rule.head.predicate == "lambda0")
    edges = {literal.atom.arguments for literal in body if literal.atom.predicate == "edge"}
    assert len(edges) == 3
    assert len({name for edge in edges for name in edge}) == 3
    assert any(literal.atom.predicate == "alldiff" for literal in body)
    held_out = triangles_or_paths(10, 1)
    assert accuracy("logistic", model.predict(*held_out), held_out[1]) == 1
    assert any(rule.head.predicate == "invented0" for rule in model.template.rules) == invent


def test_what_cannot_be_learned_from_is_refused() -> None:
    examples, queries = triangles_or_paths(2, 0)
    with pytest.raises(TemplateError, match=r"0 unary and 1 binary predicates.*queries of one predicate without"):
        learn_structure([Example((Fact("edge", (0, 1)),))], [Query("out", (0,), 1.0)])
    with pytest.raises(TemplateError, match="no body matches in 3 examples"):
        learn_structure(examples, queries, search=StructureSearch(**{**SEARCH.__dict__, "support": 3}))
    with pytest.raises(TemplateError, match="clusters, beam must be positive"):
        StructureSearch(clusters=0, beam=0)
