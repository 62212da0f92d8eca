"""Grounding → network of neurons, each computed once: neurons with one operation, weights and inputs are merged.

Merging is exact hash-consing: a neuron is its operation, the names of its weights and the multiset of its inputs, so
all neurons become one that colour refinement of the computation graph, from the facts upwards, cannot tell apart; and a
neuron that only hands on its one input is that input. Values and gradients are those of the unmerged network.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from expressivity.errors import TemplateError
from expressivity.relational.grounding.ground_network import (
    AggregateStep,
    CombineStep,
    ConstantStep,
    GroundNetwork,
    Step,
    WeightStep,
    positions,
)
from expressivity.relational.grounding.grounding import Grounding
from expressivity.relational.grounding.levels import levels_of
from expressivity.relational.language.rules import Atom, Literal, Predicate, PredicateOptions, Rule, Variable, Weight
from expressivity.relational.language.validation import dependency_order

_PLAIN = PredicateOptions()
Entry = tuple[Weight | None, np.ndarray]


def build_network(grounding: Grounding, *, merge: bool = True) -> GroundNetwork:
    """Make the network of a grounding.

    Arguments:
        grounding: from `ground`.
        merge: whether equal neurons are computed once; False keeps one neuron for every ground rule and atom.

    Raises:
        TemplateError: when an atom depends on itself, or weights meet values of other lengths in the examples.
    """
    return _Builder(grounding, merge=merge).network()


class _Builder:
    def __init__(self, grounding: Grounding, *, merge: bool) -> None:
        self.grounding = grounding
        self.template = grounding.template
        self.merge = merge
        self.steps: list[Step] = []
        self.next = 0
        self.known: dict[tuple[object, ...], dict[bytes, int]] = {}
        self.constants: dict[tuple[Fraction, ...], int] = {}
        self.learned: dict[str, int] = {}
        self.lengths = np.zeros(0, dtype=np.int64)  # entries of each neuron's value
        self.atoms: dict[Predicate, tuple[np.ndarray, np.ndarray]] = {}
        self.predicate_lengths: dict[Predicate, int] = {}
        self.before = dict.fromkeys(("fact", "rule", "aggregation", "atom"), 0)
        self.after = dict.fromkeys(self.before, 0)

    def network(self) -> GroundNetwork:
        order = dependency_order(self.template.rules, self.template.facts)
        named = {predicate for group in order for predicate in group}
        order = [[predicate] for predicate in self.grounding.facts if predicate not in named] + order
        for group in order:
            self._component(group)
        return GroundNetwork(self.grounding, tuple(self.steps), self.atoms, self.after, self.before)

    # Components of the predicates -----------------------------------------------------------------------------------

    def _component(self, group: list[Predicate]) -> None:
        rules = [(i, rule) for i, rule in enumerate(self.template.rules) if rule.head.signature in group]
        heads = {i: self._rows(rule.head, i, rule) for i, rule in rules}
        for predicate in group:
            found = [heads[i] for i, rule in rules if rule.head.signature == predicate]
            if predicate in self.grounding.facts:
                found.append(self.grounding.facts[predicate])
            rows = np.unique(np.concatenate(found), axis=0) if found else np.zeros((0, 1 + predicate[1]), np.int64)
            self.atoms[predicate] = (rows, np.full(len(rows), -1, dtype=np.int64))
        where = {i: positions(self.atoms[rule.head.signature][0], heads[i]) for i, rule in rules}
        bodies = {i: [self._body(literal, i, rule) for literal in rule.body if literal.counted] for i, rule in rules}
        tables = {predicate: self.atoms[predicate][0] for predicate in group}
        levels = levels_of(self.grounding.constants, rules, tables, where, self._premises(group, rules))
        depth = 1 + max((int(level.max(initial=0)) for level in levels.values()), default=0)
        # Instances by the level of their head, each level a contiguous range.
        ranges = {}
        for i, rule in rules:
            level = levels[rule.head.signature][where[i]]
            by_level = np.argsort(level, kind="stable")
            ranges[i] = (by_level, np.searchsorted(level[by_level], np.arange(depth + 1)))
        given: dict[Predicate, list[Entry]] = {p: self._facts(p) for p in group}
        for step in range(depth):
            added: dict[Predicate, list[Entry]] = {predicate: [] for predicate in group}
            for i, rule in rules:
                chosen = ranges[i][0][ranges[i][1][step] : ranges[i][1][step + 1]]
                if len(chosen):
                    heads_here, neurons = self._rule(
                        i, rule, where[i][chosen], [(p, at[chosen]) for p, at in bodies[i]]
                    )
                    size = len(self.atoms[rule.head.signature][0])
                    column = np.full(size, -1, dtype=np.int64)
                    column[heads_here] = neurons
                    added[rule.head.signature].append((rule.head_weight, column))
            for predicate in group:
                self._finish(
                    predicate, np.flatnonzero(levels[predicate] == step), [*added[predicate], *given[predicate]]
                )

    def _rows(self, atom: Atom, place: int, rule: Rule) -> np.ndarray:
        """The rows of an atom of a rule under all instances of the rule."""
        instances = self.grounding.instances[place]
        column = {name: 1 + i for i, name in enumerate(rule.instance_variables)}
        number = {constant: i for i, constant in enumerate(self.grounding.constants)}
        parts = [
            instances[:, column[term.name]] if isinstance(term, Variable) else np.full(len(instances), number[term])
            for term in atom.arguments
        ]
        return np.column_stack([instances[:, 0], *parts]).astype(np.int64)

    def _body(self, literal: Literal, place: int, rule: Rule) -> tuple[Predicate, np.ndarray]:
        """Where the atoms of a counted literal stand in their predicate's table."""
        signature = literal.atom.signature
        return signature, positions(self.atoms[signature][0], self._rows(literal.atom, place, rule))

    def _premises(
        self, group: list[Predicate], rules: list[tuple[int, Rule]]
    ) -> dict[int, list[tuple[Predicate, np.ndarray]]]:
        """For the rules of a recursive component: where each instance's atoms of the same component stand."""
        premises = {}
        for i, rule in rules:
            inside = [lit for lit in rule.body if lit.positive and lit.atom.signature in group]
            hidden = [lit for lit in inside if not set(lit.atom.variables) <= set(rule.instance_variables)]
            if hidden:
                raise TemplateError(
                    f"rule {i}: {hidden[0].atom} is hidden, recursive and projected by set semantics, so the order of "
                    "evaluation is not known; choose bag"
                )
            premises[i] = [self._body(literal, i, rule) for literal in inside]
        return premises

    # Neurons --------------------------------------------------------------------------------------------------------

    def _rule(
        self, place: int, rule: Rule, heads: np.ndarray, bodies: Sequence[tuple[Predicate, np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Neurons of instances, aggregated by head: the heads, each once, and the neuron each gets from the rule."""
        weights = [literal.weight for literal in rule.body if literal.counted]
        entries = [
            (weight, self.atoms[predicate][1][at]) for weight, (predicate, at) in zip(weights, bodies, strict=True)
        ]
        neurons = self._combine(
            "rule", f"rule {place}", entries, len(heads), rule.bias, rule.activation, rule.combination
        )
        return self._aggregate(rule.aggregation, heads, neurons)

    def _finish(self, predicate: Predicate, members: np.ndarray, added: list[Entry]) -> None:
        """Give the atoms of one level their neurons: what rules and facts bring, grouped by which of them do."""
        neurons = self.atoms[predicate][1]
        if predicate not in self.template.heads:
            for _, column in added:
                neurons[:] = column
            return
        if len(members) == 0:
            return
        option = self.template.options.get(predicate, _PLAIN)
        present = np.column_stack([column[members] >= 0 for _, column in added])
        patterns, which = np.unique(present, axis=0, return_inverse=True)
        what = f"{predicate[0]}/{predicate[1]}"
        for number, pattern in enumerate(patterns):
            here = members[which.reshape(-1) == number]
            entries = [(weight, column[here]) for (weight, column), on in zip(added, pattern, strict=True) if on]
            length = max(self._length(what, weight, column) for weight, column in entries)
            self.predicate_lengths[predicate] = max(length, self.predicate_lengths.get(predicate, 1))
        for number, pattern in enumerate(patterns):
            here = members[which.reshape(-1) == number]
            entries = [(weight, column[here]) for (weight, column), on in zip(added, pattern, strict=True) if on]
            neurons[here] = self._combine(
                "atom",
                what,
                entries,
                len(here),
                option.bias,
                option.activation,
                "sum",
                self.predicate_lengths[predicate],
            )

    def _facts(self, predicate: Predicate) -> list[Entry]:
        """The facts of a predicate as one more thing that gives values to its atoms, if it has facts."""
        if predicate not in self.grounding.facts:
            return []
        rows = self.atoms[predicate][0]
        column = np.full(len(rows), -1, dtype=np.int64)
        column[positions(rows, self.grounding.facts[predicate])] = self._fact_neurons(predicate)
        return [(None, column)]

    def _fact_neurons(self, predicate: Predicate) -> np.ndarray:
        marks = self.grounding.values[predicate]
        known = self.grounding.constant_values
        kinds, which = np.unique(marks, return_inverse=True)
        self.before["fact"] += len(marks)
        neurons = np.array([self._fact_neuron(mark, known) for mark in kinds.tolist()], dtype=np.int64)[
            which.reshape(-1)
        ]
        if self.merge:
            return neurons
        fresh = np.empty_like(neurons)
        for kind in np.unique(neurons).tolist():
            # A copy for each fact: the unmerged network keeps what merging would identify apart.
            places = np.flatnonzero(neurons == kind)
            fresh[places] = self._copies(kind, len(places))
        self.after["fact"] = self.before["fact"]
        return fresh

    def _fact_neuron(self, mark: int, known: tuple[tuple[Fraction, ...], ...]) -> int:
        if mark < len(known):
            return self._constant(known[mark])
        weight = self.template.facts[mark - len(known)].weight
        if weight is None:
            return self._constant((Fraction(1),))
        if weight.name not in self.learned:
            self.learned[weight.name] = self.next
            self._append(WeightStep(self.next, weight.shape[0] if weight.shape else 1, (weight.name,)))
            self.after["fact"] += 1
        return self.learned[weight.name]

    def _constant(self, value: tuple[Fraction, ...]) -> int:
        if value not in self.constants:
            self.constants[value] = self.next
            self._append(ConstantStep(self.next, len(value), (value,)))
            self.after["fact"] += 1
        return self.constants[value]

    def _copies(self, neuron: int, count: int) -> np.ndarray:
        inputs = np.full(count, neuron, dtype=np.int64)
        first = self.next
        length = int(self.lengths[neuron])
        self._append(CombineStep(first, length, (inputs,), (None,), None, "identity", "sum", count))
        return np.arange(first, first + count)

    def _append(self, step: Step) -> None:
        self.steps.append(step)
        self.next += step.count
        self.lengths = np.concatenate([self.lengths, np.full(step.count, step.length, dtype=np.int64)])

    def _length(self, what: str, weight: Weight | None, neurons: np.ndarray) -> int:
        """Entries of a weight times the values of some neurons, which must agree."""
        found = np.unique(self.lengths[neurons])
        if len(found) != 1:
            raise TemplateError(f"{what}: values of {found.tolist()} entries meet in one place; expected one length")
        length = int(found[0])
        if weight is None or not weight.shape:
            return length
        wanted = 1 if len(weight.shape) == 1 else weight.shape[1]
        if length != wanted:
            raise TemplateError(
                f"{what}: weight {weight.name} of shape {weight.shape} meets values of {length} entries; "
                f"expected {wanted}"
            )
        return weight.shape[0]

    def _combine(
        self,
        kind: str,
        what: str,
        entries: Sequence[Entry],
        size: int,
        bias: Weight | None,
        activation: str,
        combination: str,
        at_least: int = 1,
    ) -> np.ndarray:
        """The neurons act(combination of weighted inputs + bias), made where they do not exist yet."""
        self.before[kind] += size
        lengths = {self._length(what, weight, neurons) for weight, neurons in entries}
        lengths |= {bias.shape[0]} if bias is not None and bias.shape else set()
        length = max(lengths | {at_least})
        if lengths - {1, length}:
            raise TemplateError(f"{what}: values of {sorted(lengths)} entries are combined; expected one length")
        entries = sorted(entries, key=lambda entry: entry[0].name if entry[0] is not None else "")
        names = tuple(None if weight is None else weight.name for weight, _ in entries)
        rows = np.column_stack([neurons for _, neurons in entries]) if entries else np.zeros((size, 0), dtype=np.int64)
        for name in set(names):
            # Inputs under one weight are a multiset.
            same = [i for i, other in enumerate(names) if other == name]
            rows[:, same] = np.sort(rows[:, same], axis=1)
        plain = names == (None,) and bias is None and activation == "identity"
        if plain and length == int(self.lengths[rows[0, 0]]) and self.merge:
            self.after[kind] += len(np.unique(rows))
            return rows[:, 0]
        mark = (kind, names, None if bias is None else bias.name, activation, combination, length)
        if self.merge:
            distinct, which = (
                np.unique(rows, axis=0, return_inverse=True) if entries else (rows[:1], np.zeros(size, int))
            )
        else:
            distinct, which = rows, np.arange(size)
        keys = [row.tobytes() for row in distinct]
        known = self.known.setdefault(mark, {}) if self.merge else {}
        fresh = [i for i, key in enumerate(keys) if key not in known] if self.merge else list(range(size))
        numbers = np.array([known.get(key, -1) for key in keys], dtype=np.int64)
        if fresh:
            numbers[fresh] = np.arange(self.next, self.next + len(fresh))
            known.update(zip((keys[i] for i in fresh), numbers[fresh].tolist(), strict=True))
            inputs = tuple(np.ascontiguousarray(column) for column in distinct[fresh].T)
            bias_name = None if bias is None else bias.name
            self._append(CombineStep(self.next, length, inputs, names, bias_name, activation, combination, len(fresh)))
            self.after[kind] += len(fresh)
        found: np.ndarray = numbers[which.reshape(-1)]
        return found

    def _aggregate(self, aggregation: str, heads: np.ndarray, neurons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Aggregate neurons by head: the heads in ascending order, and the neuron of each."""
        if self.merge:
            pairs, times = np.unique(np.column_stack([heads, neurons]), axis=0, return_counts=True)
        else:
            order = np.argsort(heads, kind="stable")
            pairs, times = np.column_stack([heads, neurons])[order], np.ones(len(heads), dtype=np.int64)
        starts = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
        here = pairs[starts, 0]
        self.before["aggregation"] += len(here)
        ends = np.append(starts[1:], len(pairs))
        if aggregation == "count":
            totals = np.add.reduceat(times, starts)
            kinds, which = np.unique(totals, return_inverse=True)
            values = np.array([self._constant((Fraction(int(kind)),)) for kind in kinds], dtype=np.int64)
            self.after["aggregation"] += len(kinds) if self.merge else len(here)
            return here, values[which.reshape(-1)]
        members = pairs[:, 1]
        lengths = np.unique(self.lengths[members])
        if self.merge and len(members) == len(here) and np.all(times == 1):
            # One instance each: its aggregate is itself.
            self.after["aggregation"] += len(np.unique(members))
            return here, members
        known = self.known.setdefault(("aggregation", aggregation), {})
        numbers = np.empty(len(here), dtype=np.int64)
        fresh: list[int] = []
        both = np.column_stack([members, times])
        for i, (first, last) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            key = both[first:last].tobytes()
            found = known.get(key) if self.merge else None
            if found is None:
                found = known[key] = self.next + len(fresh)
                fresh.append(i)
            numbers[i] = found
        if fresh:
            kept = np.concatenate([np.arange(starts[i], ends[i]) for i in fresh])
            sizes = ends[fresh] - starts[fresh]
            first_of = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
            self._append(AggregateStep(self.next, int(lengths[0]), aggregation, members[kept], times[kept], first_of))
            self.after["aggregation"] += len(fresh)
        return here, numbers
