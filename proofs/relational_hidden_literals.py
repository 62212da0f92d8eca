"""Under set semantics hidden literals add power: an acyclic rule separates what colour refinement does not (S4).

Statement:
    The rule `out :- node(A), node(C), hidden edge(A, B), hidden edge(B, C).`, whose body is a path, gives 48 on the
    cycle C8 and 32 on two cycles C4 under set semantics; colour refinement does not separate these graphs, so no
    template of two variables and no message passing does. Generally the rule with a hidden path of l edges gives
    2·n·w(n, l) on a cycle C_n, where w(n, l) is the number of nodes that a walk of length l reaches.

Source:
    Stated in the theory notes of this project as S4; NeuraLogic merges substitutions with equal visible bodies.

Hypotheses:
    - set semantics: substitutions that agree on the visible part count once (H1).
    - hidden literals: counted by value, they make every walk visible (H2).
    - path of two edges: hence three variables; with two variables S1 applies (H3).

Derivation:
    Under set semantics an instance is a pair (a, c) joined by some walk of length l, worth node(a) + node(c) = 2. On
    C_n the walks of length l from a node reach the nodes at cyclic displacement l, l − 2, …, −l modulo n: distinct
    residues of −l + 2i, i = 0 … l, so w(n, l) = min(l + 1, n / gcd(n, 2)). Hence 2·8·3 = 48 on C8, and
    2·4·(2·2) = 32 on two C4. Under bag semantics an instance is a walk, there are n·2^l of them on every 2-regular
    graph with n nodes, and nothing is separated.

Checked:
    The formula for all cycles with 3 to 12 nodes and walks of 1 to 5 edges (50 cases), exactly; and C_2n against two
    C_n for n = 3 … 8, all pairs that colour refinement does not separate: for even n some length up to 4 separates,
    for odd n none does, as the formula says; under bag semantics none does for any n.

Open:
    Exactly which graphs set semantics separates beyond counting logic of the same treewidth.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from expressivity.checker.relational import evaluate
from expressivity.relational.language.examples import graph_example
from expressivity.relational.language.graphs import Graph, cycles
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.language.templates import template_json
from expressivity.relational.separation.refute import Inseparable, refute


def walk_rule(length: int, semantics: str, *, hidden: str = "hidden ") -> str:
    """Ends of walks of a length, the walk hidden."""
    steps = ", ".join(f"{hidden}edge(X{i}, X{i + 1})" for i in range(length))
    return f"out :- node(X0), node(X{length}), {steps}. [{semantics}]"


@functools.cache
def parsed(text: str) -> Any:
    """A template as the evaluator reads it."""
    return template_json(parse_template(text))


@functools.cache
def facts(graph: Graph) -> list[Any]:
    """A graph as the evaluator reads it."""
    return [[f.predicate, list(f.arguments), [str(x) for x in f.value]] for f in graph_example(graph).facts]


def value(text: str, graph: Graph) -> object:
    """The exact value of `out`."""
    (found,) = evaluate(parsed(text), facts(graph))["out", ()]
    return found


def test_holds_for_the_octagon_and_two_squares() -> None:
    rule = walk_rule(2, "set")
    values = [value(rule, cycles(8)), value(rule, cycles(4, 4))]
    print(f"C8 and two C4, a hidden path of two edges, set semantics: {values}")
    assert values == [48, 32]
    assert isinstance(refute(2, cycles(8), cycles(4, 4)), Inseparable)


def test_holds_as_a_formula_on_cycles() -> None:
    cases = [(n, length) for n in range(3, 13) for length in range(1, 6)]
    assert len(cases) == 50
    for n, length in cases:
        assert value(walk_rule(length, "set"), cycles(n)) == 2 * n * min(length + 1, n // math.gcd(n, 2))


def test_holds_for_one_cycle_against_two() -> None:
    for n in range(3, 9):
        one, two = cycles(2 * n), cycles(n, n)
        assert isinstance(refute(2, one, two), Inseparable)
        differ = [value(walk_rule(k, "set"), one) != value(walk_rule(k, "set"), two) for k in range(1, 5)]
        assert any(differ) == (n % 2 == 0)


def test_needs_set_semantics() -> None:
    for n in range(3, 9):
        for length in range(1, 5):
            rule = walk_rule(length, "bag")
            assert value(rule, cycles(2 * n)) == value(rule, cycles(n, n)) == 2 * 2 * n * 2**length


def test_needs_hidden_literals() -> None:
    rules = [walk_rule(2, semantics, hidden="") for semantics in ("set", "bag")]
    values = [value(rule, graph) for rule in rules for graph in (cycles(8), cycles(4, 4))]
    print(f"the same path with its edges counted, set and bag: {values}")
    assert len(set(values)) == 1


def test_needs_a_path_of_two_edges() -> None:
    values = [value(walk_rule(1, "set"), graph) for graph in (cycles(8), cycles(4, 4))]
    assert values[0] == values[1]
