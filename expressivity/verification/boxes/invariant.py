"""Network × automaton: a proof by boxes, which leave open whatever does not matter where they are.

A box is a leaf of a decision tree, one tree for each state of the automaton. Its questions are "what is known of this
group of coordinates" and "which kind of previous symbol does this layer have"; what was not asked is anything at all.
The search starts without questions and asks one only where a step from a box would otherwise have more than one
outcome. Two kinds of networks need this whose reachable exact states are too many or infinite: stacks in which many
components hold values that are overwritten before they are read, and contracting recurrences.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.networks.exchange import layer_conductor
from expressivity.networks.network import Network
from expressivity.verification.boxes.box_layers import Ambiguous, BoxLayer, Interval, TooMany, box_to_json, exact_layers
from expressivity.verification.exploration.budgets import Budget
from expressivity.verification.exploration.outcomes import Progress

MANY = Budget(20_000)
"""As many boxes as are worth trying."""

_DEPTHS = (1, 2, 3, 4)
_LEAF_BYTES, _STEPS_PER_LOOK = 1000, 1000


MakeLayers = Callable[[int, int], list[BoxLayer]]
"""The layers of a network on boxes, for a depth of history and a limit on histories."""


def prove_by_boxes(
    network: Network,
    automaton: Automaton,
    *,
    layers: MakeLayers | None = None,
    budget: Budget = MANY,
    progress: Progress | None = None,
) -> list[dict[str, Any]] | None:
    """Prove that a network recognises an automaton's language, by an invariant made of boxes.

    Arguments:
        network: the network; all numbers rational.
        automaton: minimal automaton over the network's letters, in the same order.
        layers: makes the layers on boxes; None for exact arithmetic.
        budget: boxes (as its states), seconds and bytes.
        progress: called now and then with one line.

    Returns:
        The "invariant" of a certificate (see `expressivity.checker`); or None when no proof was found:
        the languages differ, a number is irrational, or the budget is spent.
    """
    if layers is None:
        if any(layer_conductor(layer) > 1 for layer in network.layers):
            return None
        layers = partial(exact_layers, network)
    for depth in _DEPTHS:
        try:
            return _Search(network, layers(depth, budget.states), automaton, budget, progress).run()
        except Ambiguous:
            if progress is not None:
                progress(f"boxes that remember {depth} contracting maps are too coarse")
        except TooMany:
            return None
    return None


class _Leaf:
    """A box, or once it asks a question, the node of a tree from which finer boxes hang.

    Arguments:
        label: state of the automaton.
        histories: what is known of each group, −1 for nothing.
        pasts: previous symbols allowed in each layer with delay.
        witness: a reachable state that is as known as can be: histories of all groups, previous symbols.
    """

    __slots__ = ("asks", "children", "histories", "label", "pasts", "sources", "targets", "witness")

    def __init__(self, label: int, histories: list[int], pasts: list[list[int]], witness: _Known, letters: int) -> None:
        self.label = label
        self.histories = histories
        self.pasts = pasts
        self.witness = witness
        self.asks: tuple[int, int] | None = None
        self.children: dict[int, _Leaf] = {}
        self.targets: list[_Leaf | None] = [None] * letters
        self.sources: set[tuple[_Leaf, int]] = set()


_Known = tuple[list[int], list[list[int]]]  # histories of groups, allowed previous symbols of layers
_Question = tuple[int, int]  # (−1, group), or (layer, present symbol): which class is the previous symbol in?


class _Search:
    """The trees, and the work list of (box, letter) pairs whose successor is not known."""

    def __init__(
        self,
        network: Network,
        layers: list[BoxLayer],
        automaton: Automaton,
        budget: Budget,
        progress: Progress | None,
    ) -> None:
        self.network, self.layers, self.automaton = network, layers, automaton
        self.budget, self.progress = budget, progress
        self.offsets = np.cumsum([0, *(len(layer.groups) for layer in layers)]).tolist()
        self.groups = [group for layer in layers for group in layer.groups]
        self.mandatory = [number for number, group in enumerate(self.groups) if not group.bounded]
        self.letters = len(automaton.letters)
        self.everything = [list(range(layer.symbols + 1)) if layer.delay else [] for layer in layers]
        self.trees: dict[int, _Leaf] = {}
        self.leaves = 0
        self.todo: list[tuple[_Leaf, int]] = []

    def run(self) -> list[dict[str, Any]] | None:
        """The invariant, or None when a reachable verdict is wrong."""
        state: _Known = (
            [group.start for group in self.groups],
            [[layer.symbols] if layer.delay else [] for layer in self.layers],
        )
        verdict = self.network.accepts_empty
        if self.network.bos:
            state, verdict, _ = self._step(state, self.letters)
        accepting = self.automaton.accepting.tolist()
        if verdict != accepting[self.automaton.start]:
            return None
        table = self.automaton.table.tolist()
        first = self._descend(self.automaton.start, state, state)
        steps = 0
        while True:
            while self.todo:
                steps += 1
                if steps % _STEPS_PER_LOOK == 0 and self.budget.spent(self.leaves * _LEAF_BYTES) is not None:
                    return None
                if self.progress is not None and steps % 20_000 == 0:
                    self.progress(f"{self.leaves} boxes, {len(self.todo)} steps to settle")
                leaf, letter = self.todo.pop()
                if leaf.asks is not None or leaf.targets[letter] is not None:
                    continue
                question = self._settle(leaf, letter, table[letter][leaf.label], accepting)
                if question == _WRONG:
                    return None
                if question is not None:
                    self._split(leaf, question)
            if isinstance(first, _Leaf) and first.asks is None:
                return self._invariant(first)
            first = self._descend(self.automaton.start, state, state)

    def _settle(self, leaf: _Leaf, letter: int, label: int, accepting: list[bool]) -> _Question | None:
        """Find the successor of a box, or the question that has to be asked of it first."""
        for number in self.mandatory:
            if leaf.histories[number] < 0:
                return -1, number
        (histories, pasts), verdict, question = self._step((leaf.histories, leaf.pasts), letter)
        if question is not None:
            return question
        if verdict != accepting[label]:
            return _WRONG
        target = self._descend(label, (histories, pasts), None, leaf, letter)
        if not isinstance(target, _Leaf):
            return target
        leaf.targets[letter] = target
        target.sources.add((leaf, letter))
        return None

    def _split(self, leaf: _Leaf, question: _Question) -> None:
        """Make a box ask a question; whoever led there has to find its way again."""
        leaf.asks = question
        self.leaves -= 1
        for source, letter in leaf.sources:
            if source.asks is None:
                source.targets[letter] = None
                self.todo.append((source, letter))
        leaf.sources = set()

    def _descend(
        self, label: int, state: _Known, witness: _Known | None, leaf: _Leaf | None = None, letter: int = -1
    ) -> _Leaf | _Question:
        """The box of a label that a state lies in; or the question to its source when the state leaves that open."""

        def reached() -> _Known:
            if witness is not None or leaf is None:
                return witness or state
            return self._step(leaf.witness, letter)[0]

        node = self.trees.get(label)
        if node is None:
            node = self.trees[label] = self._new(label, [-1] * len(self.groups), self.everything, reached())
        while node.asks is not None:
            layer, number = node.asks
            if layer < 0:
                answer = state[0][number]
                if answer < 0:
                    return -1, number
            else:
                answer = self.layers[layer].past_classes(number)[state[1][layer][0]]
            child = node.children.get(answer)
            if child is None:
                histories, pasts = node.histories, node.pasts
                if layer < 0:
                    histories = [*histories]
                    histories[number] = answer
                else:
                    classes = self.layers[layer].past_classes(number)
                    pasts = [*pasts]
                    pasts[layer] = [past for past in pasts[layer] if classes[past] == answer]
                child = node.children[answer] = self._new(label, histories, pasts, reached())
            node = child
        return node

    def _new(self, label: int, histories: list[int], pasts: list[list[int]], witness: _Known) -> _Leaf:
        self.leaves += 1
        if self.leaves > self.budget.states:
            raise TooMany
        leaf = _Leaf(label, histories, pasts, witness, self.letters)
        self.todo += [(leaf, letter) for letter in range(self.letters)]
        return leaf

    def _step(self, state: _Known, letter: int) -> tuple[_Known, bool, _Question | None]:
        """What is known after a letter, and the verdict; or a question whose answer decides what happens."""
        histories, pasts = state
        after = [-1] * len(histories)
        remembered: list[list[int]] = []
        symbol = letter
        for number, layer in enumerate(self.layers):
            remembered.append([symbol] if layer.delay else [])
            read = symbol
            if layer.delay:
                past = pasts[number]
                if len(past) > 1:
                    classes = layer.past_classes(symbol)
                    kind = classes[past[0]]
                    if any(classes[p] != kind for p in past):
                        return (after, remembered), False, (number, symbol)
                read = symbol + layer.symbols * past[0]
            offset = self.offsets[number]
            moved = []
            for g, group in enumerate(layer.groups):
                key = (histories[offset + g], group.map_of[read])
                # Known steps are looked up here: this is the innermost loop.
                known = group.steps.get(key)
                moved.append(group.step(*key) if known is None else known)
            after[offset : offset + len(moved)] = moved
            answer, unknown = layer.answer(read, moved)
            if unknown >= 0:
                return (after, remembered), False, (-1, offset + unknown)
            symbol = answer
        return (after, remembered), symbol == 1, None

    def _invariant(self, first: _Leaf) -> list[dict[str, Any]]:
        """The boxes that can be reached from the first one, as JSON."""
        numbers = {first: 0}
        order = [first]
        for leaf in order:
            for target in leaf.targets:
                if target is not None and target not in numbers:
                    numbers[target] = len(order)
                    order.append(target)
        return [
            {
                "label": leaf.label,
                "layers": [self._box(leaf, number) for number in range(len(self.layers))],
                "previous": leaf.pasts,
                "successors": [numbers[target] for target in leaf.targets if target is not None],
            }
            for leaf in order
        ]

    def _box(self, leaf: _Leaf, number: int) -> dict[str, Any]:
        layer, offset = self.layers[number], self.offsets[number]
        sides: list[Interval] = [(Fraction(0), Fraction(0))] * layer.layer.size
        for g, group in enumerate(layer.groups):
            for c, side in zip(group.coordinates, group.box(leaf.histories[offset + g]), strict=True):
                sides[c] = side
        return box_to_json(sides)


_WRONG: _Question = (-2, -2)
