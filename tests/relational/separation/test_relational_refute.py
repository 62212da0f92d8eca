"""Refutations: what is proved, that certificates are checked, and that planted wrong colour classes are found."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest

from expressivity.checker import Rejected, check
from expressivity.errors import CertificateError, TemplateError
from expressivity.relational.language.examples import Example, Fact, graph_example
from expressivity.relational.language.graphs import cycles, from_edges, from_graph6, separating_pairs
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.separation.refute import Inseparable, OpenSeparation, check_relational, refute
from expressivity.relational.separation.separate import Separated, separate
from expressivity.relational.separation.verdicts import decide_separation
from expressivity.verification.answers import Certificate

MESSAGES = """
    h1(X) :- {2} h0(Y), hidden edge(X, Y). [activation=relu]
    h0(X) :- node(X).
    out :- h1(X).
"""


@pytest.mark.parametrize(
    ("name", "variables"), [("hexagon", 2), ("decalin", 2), ("strongly-regular", 3), ("cfi-k4", 3)]
)
def test_each_pair_is_refuted_up_to_the_variables_it_needs(name, variables) -> None:
    first, second = separating_pairs()[name]
    answer = refute(variables, first, second)
    assert isinstance(answer, Inseparable)
    assert f"at most {variables} variables" in answer.statement
    assert [holds for hypothesis, holds in answer.hypotheses if hypothesis.startswith("at most")] == [
        f"k = {variables}"
    ]
    assert isinstance(refute(variables + 1, first, second), OpenSeparation)


def test_a_template_is_refuted_by_its_own_variables() -> None:
    answer = refute(parse_template(MESSAGES), "hexagon/0", "hexagon/1")
    assert isinstance(answer, Inseparable)
    assert answer.variables == 2
    assert dict(answer.hypotheses)["no constants in rules and template facts"] == "none in 3 rules"
    triangles = parse_template("out :- edge(X, Y), edge(Y, Z), edge(Z, X).")
    assert isinstance(refute(triangles, "hexagon/0", "hexagon/1"), OpenSeparation)
    assert isinstance(refute(triangles, "strongly-regular/0", "strongly-regular/1"), Inseparable)


@pytest.mark.parametrize("rule", ["out :- edge(0, Y).", "out :- edge(X, Y), X < Y.", "out :- edge(X, Y), @next(X, Y)."])
def test_constants_and_orders_are_outside_the_theorem(rule) -> None:
    answer = refute(parse_template(rule), "hexagon/0", "hexagon/1")
    assert isinstance(answer, OpenSeparation)
    assert answer.reasons[0].startswith("rule 0 ")


def test_examples_are_refuted_like_the_graphs_they_come_from() -> None:
    first, second = (graph_example(graph) for graph in separating_pairs()["hexagon"])
    assert isinstance(refute(2, first, second), Inseparable)
    assert isinstance(refute(2, first, graph_example(cycles(3, 4))), OpenSeparation)


def test_a_bound_out_of_range_is_refused() -> None:
    with pytest.raises(TemplateError, match="the bound on variables is 5; expected 1 to 4"):
        refute(5, "hexagon/0", "hexagon/1")


def test_planted_wrong_colour_classes_are_found() -> None:
    answer = refute(3, *separating_pairs()["cfi-k4"])
    assert isinstance(answer, Inseparable)
    good = answer.certificate.data
    assert "3 variables" in check(good)

    merged = copy.deepcopy(good)
    colours = sorted(set(good["colours"][0]))
    merged["colours"] = [[colours[0] if c == colours[1] else c for c in side] for side in good["colours"]]
    with pytest.raises(Rejected, match=r"different types|is not stable"):
        check(merged)

    swapped = copy.deepcopy(good)
    row = swapped["colours"][1]
    place = next(i for i, colour in enumerate(row) if colour != row[0])
    row[0], row[place] = row[place], row[0]
    with pytest.raises(Rejected, match=r"different types|is not stable"):
        check(swapped)

    recoloured = copy.deepcopy(good)
    recoloured["colours"][1] = [colour + 1000 for colour in recoloured["colours"][1]]
    with pytest.raises(Rejected, match="different numbers of tuples of some colour"):
        check(recoloured)

    edged = copy.deepcopy(good)
    edged["pairs"][0][0][1] = edged["pairs"][0][1][0] = 1 - edged["pairs"][0][0][1]
    with pytest.raises(Rejected):
        check(edged)

    with pytest.raises(Rejected, match=r"colouring 0 has 1599 colours; expected 1600"):
        check({**good, "colours": [good["colours"][0][1:], good["colours"][1]]})
    with pytest.raises(Rejected, match="unknown to this checker"):
        check({**good, "claim": "equal"})
    with pytest.raises(CertificateError, match="relational certificate rejected: the certificate has no field"):
        check_relational(Certificate({"claim": "inseparable"}))


def test_one_colour_for_all_is_no_certificate_for_graphs_colour_refinement_separates() -> None:
    types = [
        [[int(b) + 2 * (i == j) for j, b in enumerate(row)] for i, row in enumerate(g.adjacency.tolist())]
        for g in (from_graph6("D??"), from_graph6("D?{"))
    ]
    with pytest.raises(Rejected, match="is not stable"):
        check(
            {
                "format": "expressivity-certificate",
                "version": 1,
                "claim": "inseparable",
                "dimension": 1,
                "pairs": types,
                "colours": [[0] * 5, [0] * 5],
            }
        )


def test_the_checker_runs_on_its_own(tmp_path) -> None:
    answer = refute(2, "hexagon/0", "hexagon/1")
    assert isinstance(answer, Inseparable)
    path = tmp_path / "certificate.json"
    answer.certificate.save(path)
    command = [sys.executable, "-m", "expressivity.checker", str(path)]
    assert "no sentence of counting logic with 2 variables" in subprocess.check_output(command, text=True)
    data = json.loads(path.read_text())
    data["colours"][0][0] = 7
    path.write_text(json.dumps(data))
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "rejected")


def test_pairs_of_brec_that_resist_are_certified(shared) -> None:
    lines = [line.split("\t") for line in (shared / "relational" / "brec.tsv").read_text().splitlines()[1:]]
    resisting = {"strongly_regular": 5, "4vertex": 1, "distance_regular": 5}
    for kind, count in resisting.items():
        for _, one, other in [line for line in lines if line[0] == kind][:count]:
            assert isinstance(refute(3, one, other), Inseparable)


@pytest.mark.parametrize("variables", [1, 2, 3, 4])
def test_structures_without_elements_are_no_theorem_and_no_crash(variables: int) -> None:
    """Story: `refute` on graphs without nodes ended in a bare ValueError of NumPy.

    What is known about no element has no place in a colouring: two such structures may differ in facts without
    arguments, which a rule reads, so the theorem must not be applied to them.
    """
    nothing = from_edges(0, [])
    assert isinstance(refute(variables, nothing, nothing), OpenSeparation)
    assert isinstance(refute(variables, Example((Fact("a"),)), Example((Fact("b"),))), OpenSeparation)
    assert isinstance(separate(nothing, nothing), OpenSeparation)


def test_facts_without_arguments_tell_structures_without_elements_apart() -> None:
    template = parse_template("{} out :- a.\n{} out :- b.\n", semantics="bag")
    one, other = Example((Fact("a"),)), Example((Fact("b"),))
    assert isinstance(decide_separation(template, one, other, query="out"), Separated)
