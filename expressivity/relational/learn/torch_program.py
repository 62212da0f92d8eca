"""Networks of neurons → differentiable functions of the weights, level by level as gathered matrix products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from expressivity.errors import TemplateError
from expressivity.relational.grounding.ground_network import (
    AggregateStep,
    CombineStep,
    ConstantStep,
    GroundNetwork,
    Step,
    WeightStep,
)

Tensor = Any
Products = dict[tuple[tuple[int, ...], str], Tensor]
Forward = Callable[[Mapping[str, Tensor]], Tensor]
"""Weights by name → values, shape (query, entry)."""


def import_torch() -> Any:
    """The module torch.

    Raises:
        TemplateError: when it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise TemplateError('training needs torch; install it with pip install "expressivity[relational]"') from None
    return torch


def forward_of(network: GroundNetwork, neurons: Int[np.ndarray, " query"], *, dtype: str = "float64") -> Forward:
    """A function that computes the values of some neurons from the weights, with gradients.

    Arguments:
        network: the network; steps no wanted neuron rests on are left out.
        neurons: the neurons wanted, all of one length.
        dtype: "float64" or "float32".

    Raises:
        TemplateError: when a neuron is missing (−1), lengths differ, or torch is not installed.
    """
    torch = import_torch()
    if len(neurons) == 0 or neurons.min() < 0:
        raise TemplateError("expected at least one neuron, and none that is −1; ask `entailed` for them")
    number = getattr(torch, dtype)
    firsts = np.array([step.first for step in network.steps])
    needed = _needed(network.steps, firsts, neurons)
    out = _Gather.of(neurons, network.steps, firsts, torch)
    if len({network.steps[place].length for place in out.places}) != 1:
        raise TemplateError("the queries have values of different lengths; ask for them one predicate at a time")
    parts = [(i, _part(network.steps[i], network.steps, firsts, torch, number)) for i in sorted(needed)]

    def forward(weights: Mapping[str, Tensor]) -> Tensor:
        values: dict[int, Tensor] = {}
        products: Products = {}
        for place, part in parts:
            values[place] = part(values, weights, products)
        return out(values)

    return forward


@dataclass(frozen=True)
class _Gather:
    """Rows taken from the results of one or more steps.

    Arguments:
        places: the steps, whose results are put one below the other.
        rows: which rows of that are taken; None for all in order.
        height: how many rows there are to take from.
        torch: the module.
    """

    places: tuple[int, ...]
    rows: Tensor | None
    height: int
    torch: Any

    @classmethod
    def of(cls, neurons: np.ndarray, steps: Sequence[Step], firsts: np.ndarray, torch: Any) -> _Gather:
        owner = np.searchsorted(firsts, neurons, side="right") - 1
        places = np.unique(owner)
        heights = np.array([steps[place].count for place in places.tolist()])
        offsets = np.concatenate([[0], np.cumsum(heights)[:-1]])
        rows = neurons - firsts[owner] + offsets[np.searchsorted(places, owner)]
        total = int(heights.sum())
        whole = len(rows) == total and bool(np.array_equal(rows, np.arange(total)))
        return cls(tuple(places.tolist()), None if whole else torch.from_numpy(rows.astype(np.int64)), total, torch)

    def source(self, values: Mapping[int, Tensor]) -> Tensor:
        if len(self.places) == 1:
            return values[self.places[0]]
        return self.torch.cat([values[place] for place in self.places])

    def __call__(self, values: Mapping[int, Tensor]) -> Tensor:
        source = self.source(values)
        return source if self.rows is None else source.index_select(0, self.rows)

    def weighted(
        self,
        values: Mapping[int, Tensor],
        name: str,
        weight: Tensor,
        products: dict[tuple[tuple[int, ...], str], Tensor],
    ) -> Tensor:
        """Gathered rows times a weight; multiplied before gathering where that is less work, once for all who ask."""
        if self.rows is not None and self.height <= 2 * len(self.rows):
            key = (self.places, name)
            if key not in products:
                products[key] = _times(self.source(values), weight)
            return products[key].index_select(0, self.rows)
        return _times(self(values), weight)


def _times(values: Tensor, weight: Tensor) -> Tensor:
    return values * weight if weight.dim() < 2 else values @ weight.T


def _needed(steps: Sequence[Step], firsts: np.ndarray, neurons: np.ndarray) -> set[int]:
    """The steps that the wanted neurons rest on."""

    def owners(inputs: np.ndarray) -> list[int]:
        places: list[int] = np.unique(np.searchsorted(firsts, inputs, side="right") - 1).tolist()
        return places

    found = set(owners(neurons))
    for place in range(len(steps) - 1, -1, -1):
        step = steps[place]
        if place not in found:
            continue
        if isinstance(step, AggregateStep):
            found.update(owners(step.members))
        elif isinstance(step, CombineStep):
            for inputs in step.inputs:
                found.update(owners(inputs))
    return found


def _part(step: Step, steps: Sequence[Step], firsts: np.ndarray, torch: Any, number: Any) -> Callable[..., Tensor]:
    """One step as a function of earlier results, the weights and the products made so far."""
    if isinstance(step, ConstantStep):
        constants = torch.tensor([[float(x) for x in value] for value in step.values], dtype=number)
        return lambda values, weights, products: constants
    if isinstance(step, WeightStep):
        names = step.weights
        return lambda values, weights, products: torch.stack([weights[name].reshape(-1) for name in names])
    if isinstance(step, AggregateStep):
        return _aggregate_part(step, steps, firsts, torch, number)
    gathers = [_Gather.of(inputs, steps, firsts, torch) for inputs in step.inputs]
    activate = _activation(step.activation, torch)

    def combine(values: Mapping[int, Tensor], weights: Mapping[str, Tensor], products: dict[Any, Tensor]) -> Tensor:
        total: Tensor = None
        for gather, name in zip(gathers, step.weights, strict=True):
            part = gather(values) if name is None else gather.weighted(values, name, weights[name], products)
            total = part if total is None else total * part if step.combination == "product" else total + part
        if total is None:
            total = torch.full((step.size, 1), float(step.combination == "product"), dtype=number)
        if step.bias is not None:
            total = total + weights[step.bias]
        return activate(total).expand(step.size, step.length)

    return combine


def _aggregate_part(
    step: AggregateStep, steps: Sequence[Step], firsts: np.ndarray, torch: Any, number: Any
) -> Callable[..., Tensor]:
    gather = _Gather.of(step.members, steps, firsts, torch)
    sizes = np.diff(np.append(step.starts, len(step.members)))
    owner = np.repeat(np.arange(step.count), sizes)
    owners = torch.from_numpy(owner)
    times = step.multiplicities.astype(np.float64)
    if step.aggregation in {"sum", "avg"}:
        scale = times if step.aggregation == "sum" else times / np.add.reduceat(times, step.starts)[owner]
        factors = None if np.all(scale == 1) else torch.tensor(scale[:, None], dtype=number)

        def total(values: Mapping[int, Tensor], weights: Mapping[str, Tensor], products: dict[Any, Tensor]) -> Tensor:
            members = gather(values)
            members = members if factors is None else members * factors
            return torch.zeros((step.count, step.length), dtype=number).index_add(0, owners, members)

        return total
    kind = "amax" if step.aggregation == "max" else "amin"
    counts = torch.tensor(times[:, None], dtype=number)

    def extreme(values: Mapping[int, Tensor], weights: Mapping[str, Tensor], products: dict[Any, Tensor]) -> Tensor:
        members = gather(values)
        fixed = members.detach()
        where = owners[:, None].expand(-1, step.length)
        start = torch.zeros((step.count, step.length), dtype=number)
        best = start.scatter_reduce(0, where, fixed, kind, include_self=False)
        # The gradient is shared among equal best members by multiplicity, as it is when they are not merged.
        share = (fixed == best.index_select(0, owners)).to(number) * counts
        whole = start.index_add(0, owners, share).index_select(0, owners)
        return best + start.index_add(0, owners, (members - fixed) * (share / whole))

    return extreme


def _activation(name: str, torch: Any) -> Callable[[Tensor], Tensor]:
    functions: dict[str, Callable[[Tensor], Tensor]] = {
        "identity": lambda x: x,
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "zero": lambda x: x * 0,
    }
    return functions[name]
