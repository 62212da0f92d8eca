"""A cascade of flip-flops and cyclic counters → a stack of complex diagonal layers (`complex-diagonal`).

One layer per level, one complex coordinate per component. A counter modulo m holds a root of unity ζᵏ, ζ = e^(2πi/m),
which is multiplied by ζˢ or replaced by ζʳ. A flip-flop holds the number of its state, as in the real families. All
numbers are exact elements of Q(2cos 2π/4m), and the reachable states are finitely many.
"""

from __future__ import annotations

import numpy as np

from expressivity.algebra.cascades.levels import Component
from expressivity.automaton import Automaton
from expressivity.constructions.one_layer.rotation import directions
from expressivity.constructions.stacks.diagonal_stack import counter_stack, diagonal_layer
from expressivity.constructions.stacks.stack_plan import LayerPlan
from expressivity.errors import CannotCompile
from expressivity.exact import ExactArray, concatenate, rationals, stack, zeros
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.networks.network import Network


def complex_diagonal(automaton: Automaton, *, max_letters: int = 50_000, max_order: int = 5_000) -> Network | None:
    """A stack of complex diagonal layers, entries 0 and roots of unity, for a language with solvable subgroups.

    Arguments:
        automaton: minimal automaton.
        max_letters: most letters of a layer, pairs with the previous input counted.
        max_order: largest group of a component to enumerate.

    Returns:
        The network, or None when some subgroup of the automaton's monoid is not solvable.

    Raises:
        CannotCompile: when every cascade grows beyond its limits.

    Source: Krohn & Rhodes 1965; Sarrof, Veitsman & Hahn 2024 for the star-free part.
    """
    return counter_stack(automaton, complex_layer, moduli="any", max_letters=max_letters, max_order=max_order)


def complex_layer(plan: LayerPlan) -> Layer:
    """A plan as a complex diagonal layer; a layer that only needs real entries is stored as a real diagonal."""
    if all(_fits_real(component) for component in plan.components):
        return diagonal_layer(plan)
    letters = len(plan.maps)
    still = rationals(np.array([[1, 0, 0, 0]]))
    parts = []
    for c, component in enumerate(plan.components):
        points = _points(component)
        # Per map: real and imaginary part of the factor, then of what is added. Map −1 holds, on letters never read.
        table = concatenate([*(_entry(row, points) for row in component.maps.tolist()), still])
        parts.append(table[plan.maps[:, c]].reshape(letters, 1, 4))
    numbers = concatenate(parts, axis=1)
    return Layer(
        ComplexDiagonalTransition(numbers[:, :, 0].simplified(), numbers[:, :, 1].simplified()),
        numbers[:, :, 2:].reshape(letters, 2 * len(parts), 1).simplified(),
        stack([_points(component)[component.start] for component in plan.components]).reshape(-1, 1).simplified(),
        Readout(
            tuple(
                Block(np.array([2 * c, 2 * c + 1]), _points(component)) for c, component in enumerate(plan.components)
            ),
            plan.select,
            plan.table,
            plan.outputs,
        ),
        plan.delay,
    )


def _fits_real(component: Component) -> bool:
    return component.states <= 2 or not component.turns.any()


def _points(component: Component) -> ExactArray:
    """Code points, shape (state, 2)."""
    if component.turns.any():
        return directions([4 * k for k in range(component.states)], component.states)
    return rationals(np.stack([np.arange(component.states), np.zeros(component.states, dtype=np.int64)], axis=1))


def _entry(row: list[int], points: ExactArray) -> ExactArray:
    """(re, im) of the factor and of what is added, for one map; shape (1, 4)."""
    states = len(row)
    if row == list(range(states)):
        return rationals(np.array([[1, 0, 0, 0]]))
    if row.count(row[0]) == states:
        return concatenate([zeros(1, 2), points[row[0]].reshape(1, 2)], axis=1)
    if row != [(k + row[0]) % states for k in range(states)]:
        raise CannotCompile(f"the map {row} is neither constant nor a shift of {states} states; refine the cascade")
    return concatenate([points[row[0]].reshape(1, 2), zeros(1, 2)], axis=1)
