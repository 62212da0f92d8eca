"""Networks of neurons → values: exactly on rationals, or in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Shaped

from expressivity.errors import TemplateError
from expressivity.relational.grounding.ground_network import (
    AggregateStep,
    CombineStep,
    ConstantStep,
    GroundNetwork,
    Step,
    WeightStep,
)
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Query
from expressivity.relational.language.rules import Value
from expressivity.relational.language.templates import Template

EXACT_ACTIVATIONS = frozenset({"identity", "relu", "zero"})
"""Activations that keep rationals rational."""
Values = Mapping[str, Value | np.ndarray]


def evaluate(
    network: GroundNetwork, neurons: Shaped[np.ndarray, " query"], *, weights: Values | None = None, exact: bool = False
) -> list[Shaped[np.ndarray, " _"]]:
    """The values of some neurons.

    Arguments:
        network: the network.
        neurons: their numbers, from `entailed` or `outputs`; −1 gives an empty vector.
        weights: values of weights, for those whose value in the template is not to be used.
        exact: compute on rationals (arrays of `Fraction`), else in float64.

    Raises:
        TemplateError: when a weight has no value, or an activation has no exact values.
    """
    given = _weights(network, weights or {}, exact=exact)
    values = _Values(network, given, exact=exact)
    for step in network.steps:
        values.add(step)
    empty = np.zeros(0, dtype=object if exact else np.float64)
    return [values.get(int(neuron)) if neuron >= 0 else empty for neuron in neurons]


def value_of(template: Template, example: Example, query: Query, *, merge: bool = True) -> tuple[Fraction, ...]:
    """The exact value a template with rational weights gives a query on one example.

    Arguments:
        template: all of its weights have values.
        example: the facts.
        query: the atom asked for; its `example` must be 0.
        merge: whether equal neurons are computed once.

    Raises:
        TemplateError: when the query is not entailed, or a weight has no value.
    """
    network = build_network(ground(template, [example]), merge=merge)
    (value,) = evaluate(network, network.entailed([query]), exact=True)
    return tuple(value.tolist())


def _weights(network: GroundNetwork, weights: Values, *, exact: bool) -> dict[str, np.ndarray]:
    found, missing = {}, []
    for name, weight in network.template.weights.items():
        value = weights.get(name, weight.value)
        if value is None:
            missing.append(name)
            continue
        found[name] = np.array(value, dtype=object if exact else np.float64)
    if missing:
        raise TemplateError(f"weights without a value: {', '.join(missing)}; train the template or use with_weights")
    return found


class _Values:
    """The values computed so far: one table for each length, and where each neuron stands in its table."""

    def __init__(self, network: GroundNetwork, weights: dict[str, np.ndarray], *, exact: bool) -> None:
        self.weights = weights
        self.exact = exact
        self.dtype = np.dtype(object) if exact else np.dtype(np.float64)
        total = sum(step.count for step in network.steps)
        self.length = np.zeros(total, dtype=np.int64)
        self.slot = np.zeros(total, dtype=np.int64)
        sizes: dict[int, int] = {}
        for step in network.steps:
            begin = sizes.get(step.length, 0)
            self.length[step.first : step.first + step.count] = step.length
            self.slot[step.first : step.first + step.count] = np.arange(begin, begin + step.count)
            sizes[step.length] = begin + step.count
        self.tables = {length: np.zeros((size, length), dtype=self.dtype) for length, size in sizes.items()}

    def get(self, neuron: int) -> np.ndarray:
        value: np.ndarray = self.tables[int(self.length[neuron])][self.slot[neuron]].copy()
        return value

    def add(self, step: Step) -> None:
        begin = self.slot[step.first]
        self.tables[step.length][begin : begin + step.count] = self._compute(step)

    def _gather(self, neurons: np.ndarray) -> np.ndarray:
        gathered: np.ndarray = self.tables[int(self.length[neurons[0]])][self.slot[neurons]]
        return gathered

    def _compute(self, step: Step) -> np.ndarray:
        if isinstance(step, ConstantStep):
            return np.array(step.values, dtype=self.dtype)
        if isinstance(step, WeightStep):
            return np.stack([self.weights[name].reshape(-1) for name in step.weights])
        if isinstance(step, AggregateStep):
            return self._aggregate(step)
        return self._combine(step)

    def _combine(self, step: CombineStep) -> np.ndarray:
        product = step.combination == "product"
        one = Fraction(int(product)) if self.exact else float(product)
        total = np.full((step.size, 1), one, dtype=self.dtype)
        for neurons, name in zip(step.inputs, step.weights, strict=True):
            part = self._gather(neurons)
            if name is not None:
                weight = self.weights[name]
                part = part * weight if weight.ndim < 2 else part @ weight.T
            total = total * part if product else total + part
        if step.bias is not None:
            total = total + self.weights[step.bias]
        return np.broadcast_to(_activate(step.activation, total, exact=self.exact), (step.size, step.length))

    def _aggregate(self, step: AggregateStep) -> np.ndarray:
        members = self._gather(step.members)
        if step.aggregation in {"max", "min"}:
            extreme = np.maximum if step.aggregation == "max" else np.minimum
            best: np.ndarray = extreme.reduceat(members, step.starts, axis=0)
            return best
        times = step.multiplicities[:, None]
        sums: np.ndarray = np.add.reduceat(members * times, step.starts, axis=0)
        if step.aggregation == "avg":
            totals = np.add.reduceat(times, step.starts, axis=0)
            return sums / totals if not self.exact else sums / totals.astype(object)
        return sums


def _activate(name: str, values: np.ndarray, *, exact: bool) -> np.ndarray:
    if exact and name not in EXACT_ACTIVATIONS:
        known = ", ".join(sorted(EXACT_ACTIVATIONS))
        raise TemplateError(f"activation {name!r} has no exact values; expected one of {known}")
    nothing: Any = Fraction(0) if exact else 0.0
    functions: dict[str, Callable[[Any], Any]] = {
        "identity": lambda x: x,
        "relu": lambda x: np.maximum(x, nothing),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "tanh": np.tanh,
        "zero": lambda x: x * 0,
    }
    result: np.ndarray = functions[name](values)
    return result
