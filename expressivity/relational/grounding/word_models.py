"""Automata and linear RNNs → templates over successor facts: the third sense of LRNN holds the first (S5).

A word is an example: positions 0 … n with `first(0)`, `successor(t − 1, t)` and `letter_x(t)` for the x-th letter of
the alphabet. With identity activation `h(T) :- A_x h(Z), letter_x(T), hidden successor(Z, T).` is the recurrence
h_t = A(x_t) h_{t−1}, exactly, on words of all lengths. A read-out that finds the nearest code point is a network of two
relu layers: point i is nearest to a state that is a code point exactly when Σ_j relu((s_j − s_i)/δ) = 0, where
s_j = 2⟨p_j, h⟩ − |p_j|² and δ is the least squared distance of two points; otherwise that sum is at least 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import numpy as np
from jaxtyping import Bool

from expressivity.automaton import Automaton, Word, encode_word
from expressivity.errors import TemplateError
from expressivity.exact import ExactArray
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network
from expressivity.relational.grounding.evaluate import evaluate
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Fact, Query
from expressivity.relational.language.rules import Atom, Literal, Rule, Variable, Weight, exact_value
from expressivity.relational.language.templates import Template

T, Z = Variable("T"), Variable("Z")
_STEP = Literal(Atom("successor", (Z, T)), hidden=True)


def word_example(word: Word, letters: Sequence[str], *, bos: bool = False) -> Example:
    """A word as facts.

    Arguments:
        word: a word over the alphabet.
        letters: the alphabet.
        bos: whether the beginning-of-sequence letter, numbered `len(letters)`, comes first.

    Raises:
        LanguageError: naming a letter outside the alphabet.
    """
    numbers = ([len(letters)] if bos else []) + encode_word(word, letters).tolist()
    facts = [Fact("first", (0,))]
    for time, letter in enumerate(numbers, start=1):
        facts += [Fact("successor", (time - 1, time)), Fact(f"letter_{letter}", (time,))]
    return Example(tuple(facts))


def automaton_template(automaton: Automaton) -> Template:
    """A template whose `accepts(t)` is 1 where the automaton accepts the prefix that ends at t, else 0."""
    states = automaton.states
    start = [Fraction(int(state == automaton.start)) for state in range(states)]
    rules = [Rule(Atom("state", (T,)), (Literal(Atom("first", (T,))),), _fixed("start", start))]
    for x, row in enumerate(automaton.table.tolist()):
        matrix = [[Fraction(int(row[source] == target)) for source in range(states)] for target in range(states)]
        rules.append(_recurrence("state", f"A_{x}", matrix, f"letter_{x}"))
    verdict = [[Fraction(int(flag)) for flag in automaton.accepting.tolist()]]
    body = (Literal(Atom("state", (T,)), _fixed("accepting", verdict)),)
    return Template((*rules, Rule(Atom("accepts", (T,)), body)))


def network_template(network: Network) -> Template:
    """A template whose `accepts(t)` is the network's verdict after the letter at t.

    Exact for networks whose decoded states are code points, as those of `expressivity.compile` are.

    Arguments:
        network: a network with rational weights.

    Raises:
        TemplateError: when a weight is irrational.
    """
    rules: list[Rule] = []
    symbols = [f"letter_{x}" for x in range(len(network.letters) + int(network.bos))]
    for number, layer in enumerate(network.layers):
        symbols = _layer(rules, number, layer, symbols)
    rules.append(Rule(Atom("accepts", (T,)), (Literal(Atom(symbols[1], (T,))),)))
    return Template(tuple(rules))


def run_template(
    template: Template, words: Sequence[Word], letters: Sequence[str], *, bos: bool = False
) -> Bool[np.ndarray, "batch time"]:
    """Verdicts of `accepts` after every letter of every word, as `Network.run` gives them.

    Arguments:
        template: from `automaton_template` or `network_template`.
        words: the words.
        letters: the alphabet.
        bos: as in `word_example`.

    Raises:
        TemplateError: when a value is neither 0 nor 1.
    """
    examples = [word_example(word, letters, bos=bos) for word in words]
    lengths = [len(word) for word in words]
    queries = [
        Query("accepts", (t + int(bos),), None, number)
        for number, length in enumerate(lengths)
        for t in range(1, length + 1)
    ]
    network = build_network(ground(template, examples))
    flags = np.zeros((len(words), max(lengths, default=0)), dtype=bool)
    neurons = network.outputs(queries)
    values = evaluate(network, neurons, exact=True)
    for query, value in zip(queries, values, strict=True):
        # An atom no rule concludes is a sum over nothing.
        verdict = value[0] if len(value) else Fraction(0)
        if verdict not in (0, 1):
            raise TemplateError(f"{query} of word {query.example} has the value {verdict}; expected 0 or 1")
        flags[query.example, query.arguments[0] - 1 - int(bos)] = verdict == 1  # type: ignore[operator]
    return flags


def _fixed(name: str, value: object) -> Weight:
    exact = exact_value(value)
    shape: tuple[int, ...] = ()
    if isinstance(exact, tuple):
        first = exact[0]
        shape = (len(exact), len(first)) if isinstance(first, tuple) else (len(exact),)
    return Weight(name, shape, exact, fixed=True)


def _recurrence(state: str, name: str, matrix: object, symbol: str) -> Rule:
    """state(T) :- A state(Z), symbol(T): the symbol's value, 0 or 1, multiplies."""
    body = (Literal(Atom(state, (Z,)), _fixed(name, matrix)), Literal(Atom(symbol, (T,))), _STEP)
    return Rule(Atom(state, (T,)), body, combination="product")


def _rational(array: ExactArray) -> np.ndarray:
    plain = array.simplified()
    if plain.conductor != 1:
        raise TemplateError("a weight is irrational; templates take rationals: compile with a rational or dyadic key")
    values = np.empty(plain.shape, dtype=object)
    for place in np.ndindex(plain.shape):
        values[place] = Fraction(int(plain.numerators[(*place, 0)]), plain.denominator)
    return values


def _layer(rules: list[Rule], number: int, layer: Layer, symbols: list[str]) -> list[str]:
    """Add the rules of a layer that reads some symbols, and return the predicates of its answers."""
    if layer.delay == 1:
        symbols = _delayed(rules, number, symbols)
    state = f"state{number}"
    start, matrices, inputs = map(_rational, (layer.start, layer.flat_matrices, layer.inputs))
    rules.append(Rule(Atom(state, (T,)), (Literal(Atom("first", (T,))),), _fixed(f"start{number}", start.ravel())))
    for x, symbol in enumerate(symbols):
        rules.append(_recurrence(state, f"A{number}_{x}", matrices[x], symbol))
        added = inputs[x].ravel()
        if any(added):
            rules.append(Rule(Atom(state, (T,)), (Literal(Atom(symbol, (T,))),), _fixed(f"B{number}_{x}", added)))
    return _readout(rules, number, layer, symbols)


def _delayed(rules: list[Rule], number: int, symbols: list[str]) -> list[str]:
    """The letters present + K·previous of a layer that also sees its previous input."""
    before = f"before{number}"
    rules.append(Rule(Atom(before, (T,)), (Literal(Atom("first", (T,))),)))
    pairs: list[str] = []
    for previous in [*symbols, before]:
        for present in symbols:
            name = f"pair{number}_{len(pairs)}"
            body = (Literal(Atom(present, (T,))), Literal(Atom(previous, (Z,))), _STEP)
            rules.append(Rule(Atom(name, (T,)), body, combination="product"))
            pairs.append(name)
    return pairs


def _readout(rules: list[Rule], number: int, layer: Layer, symbols: list[str]) -> list[str]:
    """Answers as sums of products of a symbol and the codes it reads; one answer is what the others leave over."""
    readout = layer.readout
    answers = [f"answer{number}_{y}" for y in range(readout.outputs)]
    needed: dict[tuple[int, int], str] = {}
    minus = _fixed("minus", Fraction(-1))
    for x, symbol in enumerate(symbols):
        blocks = readout.select[x].tolist()
        ranges = [range(len(readout.blocks[b].points)) if b >= 0 else range(1) for b in blocks]
        table = {
            codes: int(readout.table[x, sum(c * readout.radix**r for r, c in enumerate(codes))])
            for codes in product(*ranges)
        }
        usual = max(set(table.values()), key=list(table.values()).count)
        here = Literal(Atom(symbol, (T,)))
        rules.append(Rule(Atom(answers[usual], (T,)), (here,)))
        for codes, answer in table.items():
            if answer == usual:
                continue
            read = [
                Literal(Atom(needed.setdefault((b, c), f"code{number}_{b}_{c}"), (T,)))
                for b, c in zip(blocks, codes, strict=True)
                if b >= 0
            ]
            rules.append(Rule(Atom(answers[answer], (T,)), (here, *read), combination="product"))
            rules.append(Rule(Atom(answers[usual], (T,)), (here, *read), minus, combination="product"))
    for (block, code), name in needed.items():
        _decoded(rules, number, layer, block, code, name)
    return answers


def _decoded(rules: list[Rule], number: int, layer: Layer, block: int, code: int, name: str) -> None:
    """`name(T)` is 1 when the state's nearest point of a block is a given one, else 0."""
    chosen = layer.readout.blocks[block]
    points = _rational(chosen.points)
    others = [j for j in range(len(points)) if j != code]
    # Read-outs have pairwise different points, so that the least squared distance is positive.
    least = min([sum((a - b) ** 2) for i, a in enumerate(points) for b in points[:i]], default=Fraction(1))
    far = f"far{number}_{block}_{code}"
    if not others:
        rules.append(Rule(Atom(name, (T,)), (Literal(Atom(f"state{number}", (T,))),), aggregation="count"))
        return
    slopes = np.full((len(others), layer.size), Fraction(0), dtype=object)
    slopes[:, chosen.coordinates] = np.array([2 * (points[j] - points[code]) / least for j in others])
    offsets = [(sum(points[code] ** 2) - sum(points[j] ** 2)) / least for j in others]
    score = Literal(Atom(f"state{number}", (T,)), _fixed(f"slopes_{far}", slopes))
    rules.append(Rule(Atom(far, (T,)), (score,), None, _fixed(f"offsets_{far}", offsets), "relu"))
    total = Literal(Atom(far, (T,)), _fixed(f"total_{far}", [[-1] * len(others)]))
    rules.append(Rule(Atom(name, (T,)), (total,), None, _fixed("one", [Fraction(1)]), "relu"))
