"""Separating templates: for all basic pairs of BREC and the classical ones, with as few variables as possible."""

from __future__ import annotations

import copy
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.checker import Rejected, check
from expressivity.relational.grounding.evaluate import value_of
from expressivity.relational.language.examples import Example, Fact, Query, graph_example
from expressivity.relational.language.graphs import as_graph, cycles, from_graph6, separating_pairs
from expressivity.relational.separation.refute import Inseparable, OpenSeparation, refute
from expressivity.relational.separation.separate import Separated, separate

OUTPUTS = {
    "hexagon": (3, (0, 12)),
    "decalin": (3, (0, 20)),
    "octagon": (3, (48, 64)),
    "skip-links": (3, (246, 0)),
    "strongly-regular": (4, (192, 0)),
}


@pytest.mark.parametrize("name", list(OUTPUTS))
def test_named_pairs_are_separated_with_the_fewest_variables(name) -> None:
    first, second = separating_pairs()[name]
    answer = separate(first, second)
    assert isinstance(answer, Separated)
    assert (answer.variables, answer.outputs) == OUTPUTS[name]
    assert answer.template.largest_variables == answer.variables
    assert isinstance(answer.fewer, Inseparable)
    assert answer.fewer.variables == answer.variables - 1
    assert isinstance(refute(answer.template, first, second), OpenSeparation)


def test_grounding_and_merging_give_the_claimed_outputs() -> None:
    pytest.importorskip("clingo", reason="grounding needs clingo")
    for name in OUTPUTS:
        answer = separate(*separating_pairs()[name])
        assert isinstance(answer, Separated)
        for graph, output in zip(separating_pairs()[name], answer.outputs, strict=True):
            assert value_of(answer.template, graph_example(graph), Query("out")) == (output,)


@pytest.mark.slow
def test_all_basic_pairs_of_brec_are_separated_by_three_variables(shared) -> None:
    lines = [line.split("\t") for line in (shared / "relational" / "brec.tsv").read_text().splitlines()[1:]]
    answers = [separate(one, other) for kind, one, other in lines if kind == "basic"]
    assert len(answers) == 60
    found = [answer for answer in answers if isinstance(answer, Separated)]
    assert all(answer.outputs[0] != answer.outputs[1] for answer in found)
    assert Counter(answer.template.largest_variables for answer in found) == {3: 60}
    assert Counter(len(answer.template.rules) for answer in found) == {1: 51, 3: 9}


@given(st.integers(2, 7), st.integers(0, 10**6), st.integers(0, 10**6))
def test_pairs_that_colour_refinement_separates_need_two_variables(nodes, one, other) -> None:
    import networkx as nx

    first, second = (as_graph(nx.gnp_random_graph(nodes, 0.5, seed=seed)) for seed in (one, other))
    answer = separate(first, second)
    if isinstance(refute(2, first, second), OpenSeparation):
        assert isinstance(answer, Separated)
        assert answer.variables == 2
        assert answer.fewer is None


def test_isomorphic_graphs_are_never_separated() -> None:
    assert isinstance(separate(cycles(5), cycles(5)), OpenSeparation)
    assert isinstance(separate("hexagon/0", cycles(6)), OpenSeparation)


def test_examples_with_values_and_directions_are_separated() -> None:
    def chain(values):
        return Example(
            (
                *(Fact("edge", (i, i + 1)) for i in range(2)),
                *(Fact("size", (i,), (v,)) for i, v in values),
                Fact("m1", (0,)),
            )
        )

    answer = separate(chain([(0, 1), (2, Fraction(1, 2))]), chain([(2, 1), (0, Fraction(1, 2))]))
    assert isinstance(answer, Separated)
    assert not {rule.head.predicate for rule in answer.template.rules} & {"edge", "size", "m1"}
    assert answer.variables == 2
    assert answer.outputs[0] != answer.outputs[1]


def test_planted_wrong_outputs_and_dropped_facts_are_found() -> None:
    answer = separate(*separating_pairs()["decalin"])
    assert isinstance(answer, Separated)
    good = answer.certificate.data
    assert check(good) == "the template gives 0 on the first structure and 20 on the second"
    claimed = copy.deepcopy(good)
    claimed["outputs"][1] = ["21"]
    with pytest.raises(Rejected, match="the template gives 20 on structure 1; claimed 21"):
        check(claimed)
    dropped = copy.deepcopy(good)
    del dropped["facts"][1][-1]
    with pytest.raises(Rejected, match="claimed 20"):
        check(dropped)
    same = copy.deepcopy(good)
    same["facts"][1], same["outputs"][1] = same["facts"][0], same["outputs"][0]
    with pytest.raises(Rejected, match="the outputs are equal: 0"):
        check(same)
    recursive = copy.deepcopy(good)
    recursive["template"]["rules"].append(
        {**recursive["template"]["rules"][0], "head": ["edge", [{"variable": "X"}] * 2]}
    )
    recursive["template"]["rules"][0]["body"][0]["predicate"] = "m3"
    with pytest.raises(Rejected, match=r"are recursive|is not entailed"):
        check(recursive)


def test_a_prime_never_hides_what_separates_small_graphs() -> None:
    assert isinstance(separate(from_graph6("DQc"), from_graph6("DQw")), Separated)
