"""A cascade of flip-flops and two-state counters → a stack of diagonal layers (`mamba`, `mamba-signed`).

One layer per level, one coordinate per component. A component's state k is the number k; on a letter the coordinate
is held (1, 0), replaced (0, r), or, in the signed family, a two-state one is swapped (−1, 1): h ← −h + 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.levels import Component
from expressivity.algebra.cascades.shortcuts import best_cascade
from expressivity.automaton import Automaton
from expressivity.constructions.levels.prime_cascade import refine_to_counters
from expressivity.constructions.stacks.stack_plan import LayerPlan, plan_layers
from expressivity.errors import CannotCompile
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.networks.network import Network


def mamba(automaton: Automaton, *, max_letters: int = 50_000) -> Network | None:
    """A stack of non-negative diagonal layers for a star-free language.

    Layers that need the state before the step read their previous input too (`delay=1`).

    Arguments:
        automaton: minimal automaton.
        max_letters: most letters of a layer, pairs with the previous input counted.

    Returns:
        The network, or None when the automaton's monoid is not aperiodic.

    Raises:
        CannotCompile: when every cascade grows beyond its limits.

    Source: Sarrof, Veitsman & Hahn 2024 (star-free languages by cascades of set–reset flip-flops).
    """
    cascade = aperiodic_cascade(automaton)
    if cascade is None:
        return None
    return stacked(automaton, [lambda: cascade, lambda: holonomy(automaton)], diagonal_layer, max_letters=max_letters)


def aperiodic_cascade(automaton: Automaton) -> Cascade | None:
    """The best cascade of flip-flops for an automaton; None when its monoid is not aperiodic."""
    cascade = best_cascade(automaton, groups="preserved")
    # Shortcuts may pass through groups that the monoid does not have; the holonomy decomposition does not.
    if cascade.has_groups:
        cascade = holonomy(automaton)
    return None if cascade.has_groups else cascade


def mamba_signed(automaton: Automaton, *, max_letters: int = 50_000, max_order: int = 5_000) -> Network | None:
    """A stack of diagonal layers with entries in {−1, 0, 1} for a language whose subgroups are 2-groups.

    Components with larger 2-groups are refined to counters modulo 2, h ← −h + 1.

    Arguments:
        automaton: minimal automaton.
        max_letters: most letters of a layer, pairs with the previous input counted.
        max_order: largest group of a component to enumerate.

    Returns:
        The network, or None when some subgroup of the automaton's monoid is not a 2-group.

    Raises:
        CannotCompile: when every cascade grows beyond its limits.

    Source: Krohn–Rhodes over Z_2 and flip-flops; the counter is the scalar parity of Grazzi et al. 2025, Section 4.2.
    """
    return counter_stack(automaton, diagonal_layer, moduli="two", max_letters=max_letters, max_order=max_order)


def counter_stack(
    automaton: Automaton, layer: Callable[[LayerPlan], Layer], *, moduli: str, max_letters: int, max_order: int
) -> Network | None:
    """A stack over a cascade of flip-flops and counters, "two" or "any" moduli; None when there is no such cascade."""

    def refined_holonomy() -> Cascade | None:
        return refine_to_counters(holonomy(automaton), moduli=moduli, max_order=max_order)

    first = refine_to_counters(best_cascade(automaton, groups="preserved"), moduli=moduli, max_order=max_order)
    # Shortcuts may pass through groups that the monoid does not have; the holonomy decomposition does not.
    first = refined_holonomy() if first is None else first
    if first is None:
        return None
    return stacked(automaton, [lambda: first, lambda: refined_holonomy() or first], layer, max_letters=max_letters)


def stacked(
    automaton: Automaton,
    cascades: list[Callable[[], Cascade]],
    layer: Callable[[LayerPlan], Layer],
    *,
    max_letters: int,
) -> Network:
    """The network of the first cascade whose layers are small enough.

    Raises:
        CannotCompile: with the reasons of all of them.
    """
    reasons = []
    for make in cascades:
        try:
            cascade = make()
            plans = plan_layers(cascade, automaton.accepting, max_letters=max_letters)
        except CannotCompile as refusal:
            reasons.append(str(refusal))
            continue
        return Network(
            automaton.letters,
            tuple(layer(plan) for plan in plans),
            accepts_empty=bool(automaton.accepting[automaton.start]),
            about=f"cascade: {cascade.kind}",
        )
    raise CannotCompile("; ".join(reasons))


def diagonal_layer(plan: LayerPlan) -> Layer:
    """A plan as a diagonal layer; components may apply identities, constants and, with two states, swaps."""
    letters, width = len(plan.maps), max(1, len(plan.components))
    diagonal = np.ones((letters, width), dtype=np.int64)
    inputs = np.zeros((letters, width, 1), dtype=np.int64)
    for c, component in enumerate(plan.components):
        entries = np.array([_entry(row) for row in component.maps.tolist()], dtype=np.int64)
        used = plan.maps[:, c] >= 0
        diagonal[used, c], inputs[used, c, 0] = entries[plan.maps[used, c]].T
    start = np.array([[component.start] for component in plan.components] or [[0]])
    return Layer(
        DiagonalTransition(rationals(diagonal)),
        rationals(inputs),
        rationals(start),
        Readout(scalar_blocks(plan.components), plan.select, plan.table, plan.outputs),
        plan.delay,
    )


def scalar_blocks(components: tuple[Component, ...]) -> tuple[Block, ...]:
    """One block for each component: one coordinate, its codes the numbers 0, 1, …"""
    return tuple(
        Block(np.array([c]), rationals(np.arange(component.states)[:, None])) for c, component in enumerate(components)
    )


def _entry(row: list[int]) -> tuple[int, int]:
    """(a, b) with h ← a·h + b acting on state numbers as a map does."""
    if row == list(range(len(row))):
        return 1, 0
    if row.count(row[0]) == len(row):
        return 0, row[0]
    if row == [1, 0]:
        return -1, 1
    raise CannotCompile(f"the map {row} is neither identity, constant nor a swap of two states; refine the cascade")
