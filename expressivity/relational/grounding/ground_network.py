"""What a grounding becomes: neurons in steps, each step one gathered operation on the results of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Int

from expressivity.errors import TemplateError
from expressivity.relational.grounding.grounding import Grounding
from expressivity.relational.language.examples import Query
from expressivity.relational.language.rules import Predicate
from expressivity.relational.language.templates import Template


@dataclass(frozen=True, eq=False)
class ConstantStep:
    """Neurons whose values are known.

    Arguments:
        first: number of the first neuron.
        length: entries of each value.
        values: one vector for each neuron.
    """

    first: int
    length: int
    values: tuple[tuple[Fraction, ...], ...]

    @property
    def count(self) -> int:
        """Number of neurons."""
        return len(self.values)


@dataclass(frozen=True, eq=False)
class WeightStep:
    """Neurons whose values are weights: facts of the template that are learned."""

    first: int
    length: int
    weights: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of neurons."""
        return len(self.weights)


@dataclass(frozen=True, eq=False)
class CombineStep:
    """act(Σ W·input + bias), or the product over the inputs: neurons of rules and of atoms.

    Arguments:
        first: number of the first neuron.
        length: entries of each value.
        inputs: for each place the neuron that stands there, one per neuron of the step.
        weights: the weight of each place, None for one.
        bias: added to the combination, or None.
        activation: applied last.
        combination: "sum" or "product".
        size: number of neurons.
    """

    first: int
    length: int
    inputs: tuple[Int[np.ndarray, " _"], ...]
    weights: tuple[str | None, ...]
    bias: str | None
    activation: str
    combination: str
    size: int

    @property
    def count(self) -> int:
        """Number of neurons."""
        return self.size


@dataclass(frozen=True, eq=False)
class AggregateStep:
    """Sum, average, maximum or minimum over multisets of neurons.

    Arguments:
        first: number of the first neuron.
        length: entries of each value.
        aggregation: its name.
        members: the neurons of all multisets, one multiset after the other.
        multiplicities: how often each occurs in its multiset.
        starts: where each multiset begins in `members`.
    """

    first: int
    length: int
    aggregation: str
    members: Int[np.ndarray, " member"]
    multiplicities: Int[np.ndarray, " member"]
    starts: Int[np.ndarray, " neuron"]

    @property
    def count(self) -> int:
        """Number of neurons."""
        return len(self.starts)


Step = ConstantStep | WeightStep | CombineStep | AggregateStep


@dataclass(frozen=True, eq=False)
class GroundNetwork:
    """The computation graph of a template on its examples.

    Arguments:
        grounding: what it was made from.
        steps: in an order in which each needs earlier ones only.
        atoms: for each predicate the rows (example, elements…) of its entailed atoms, sorted, and their neurons.
        neurons: number of different neurons of each kind (fact, rule, aggregation, atom).
        unmerged: number of neurons of each kind before merging.
    """

    grounding: Grounding
    steps: tuple[Step, ...]
    atoms: dict[Predicate, tuple[np.ndarray, np.ndarray]]
    neurons: dict[str, int]
    unmerged: dict[str, int]

    @property
    def template(self) -> Template:
        """The template."""
        return self.grounding.template

    @property
    def compression(self) -> Fraction:
        """How many neurons there were for each that is left."""
        return Fraction(sum(self.unmerged.values()), max(1, sum(self.neurons.values())))

    def outputs(self, queries: Sequence[Query]) -> Int[np.ndarray, " query"]:
        """The neuron of each query, −1 where the query is not entailed."""
        found = np.full(len(queries), -1, dtype=np.int64)
        for predicate, (places, rows) in self.grounding.rows(queries).items():
            if predicate in self.atoms:
                table, neurons = self.atoms[predicate]
                position = positions(table, rows)
                known = position >= 0
                found[np.array(places)[known]] = neurons[position[known]]
        return found

    def entailed(self, queries: Sequence[Query]) -> Int[np.ndarray, " query"]:
        """The neuron of each query.

        Raises:
            TemplateError: naming queries that are not entailed, with their number.
        """
        found = self.outputs(queries)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            shown = ", ".join(f"{queries[i]} of example {queries[i].example}" for i in missing[:5].tolist())
            raise TemplateError(
                f"{len(missing)} of {len(queries)} queries are not entailed, so they have no value: {shown}"
                f"{', …' if len(missing) > 5 else ''}; add a rule that always concludes them, or choose "
                "unentailed='skip'"
            )
        return found


def positions(table: Int[np.ndarray, "_ column"], rows: Int[np.ndarray, "query column"]) -> Int[np.ndarray, " query"]:
    """Where each row stands in a table of different rows, −1 where it does not."""
    known, asked = _row_numbers(table, rows)
    order = np.argsort(known, kind="stable")
    if len(order) == 0:
        return np.full(len(rows), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(known[order], asked), len(order) - 1)
    found: np.ndarray = np.where(known[order][place] == asked, order[place], -1)
    return found


def _row_numbers(*tables: np.ndarray) -> list[np.ndarray]:
    """Numbers for the rows of several tables, equal exactly for equal rows."""
    joined = np.concatenate(tables)
    keys, bound = np.zeros(len(joined), dtype=np.int64), 1
    for column in joined.T:
        extent = int(column.max(initial=-1)) + 2
        if bound * extent >= 2**62:
            # Renumbered before the next column would not fit into 64 bits.
            keys = np.unique(keys, return_inverse=True)[1].reshape(-1)
            bound = int(keys.max(initial=0)) + 1
        keys, bound = keys * extent + (column + 1), bound * extent
    return np.split(keys, np.cumsum([len(table) for table in tables])[:-1])
