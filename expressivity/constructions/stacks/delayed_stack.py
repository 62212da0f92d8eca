"""Any cascade → a stack of Householder layers that see their previous input, so that resets may forget everything.

Real DeltaNet layers read a few inputs back (a short convolution). A layer that sees the previous answer of the layer
below beside the present one knows that layer's state before the step, whatever the step erased: a gate α = 0 may then
clear a layer at once, and a letter of a single component costs one factor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from jaxtyping import Int

from expressivity.algebra.cascades.cascade import Cascade, Component, Level
from expressivity.algebra.cascades.shortcuts import candidate_cascades
from expressivity.automaton import Automaton
from expressivity.constructions.levels.encodings import Encoding
from expressivity.constructions.levels.prime_cascade import refine_to_counters
from expressivity.constructions.levels.single_factor_levels import single_factor_cascade
from expressivity.constructions.stacks.stack_layers import BOS, LevelPlan, Motion, Weights
from expressivity.constructions.stacks.stack_plan import LayerPlan, plan_layers
from expressivity.errors import CannotCompile
from expressivity.exact import zeros
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.networks.network import Network


def delayed_stack(cascade: Cascade, *, gated: bool, max_letters: int = 50_000) -> Network:
    """One layer per level of a cascade, and at most one more that only answers.

    Arguments:
        cascade: the cascade; its last level has to emit the automaton's states.
        gated: whether letters that reset a whole layer do so by a gate α = 0, with one factor.
        max_letters: most letters of a layer, pairs with the previous input counted.

    Returns:
        The network; layers have `delay=1` where they need the previous input.

    Raises:
        CannotCompile: when a layer would need more letters.
    """
    plans = plan_layers(cascade, cascade.automaton.accepting, max_letters=max_letters)
    return _network(cascade, plans, [_level_plan(plan, gated=gated) for plan in plans])


def single_factor(
    automaton: Automaton, *, gated: bool, reflections: bool = True, max_letters: int = 50_000
) -> Network | None:
    """The shallowest stack with one factor per letter, over all cascades of an automaton.

    Arguments:
        automaton: minimal automaton.
        gated: whether resets may use a gate.
        reflections: whether β = 2 is allowed; without it, only cascades of flip-flops are taken, with β ≤ 1.
        max_letters: see `delayed_stack`.

    Returns:
        The network, or None when in every cascade some component takes permutations that are neither transpositions,
        rotations nor mirrorings, and that generate a group that is not solvable; or, without reflections, when every
        cascade contains a group.

    Raises:
        CannotCompile: when every cascade grows beyond its limits.

    Source: Grazzi et al. 2025, Theorems 4 and 6; Krohn & Rhodes 1965: a solvable group is a cascade of counters, and a
    counter is two layers of single reflections.
    """
    best: tuple[tuple[int, int], Cascade, tuple[LayerPlan, ...], list[LevelPlan]] | None = None
    refusals = []
    for make in _single_factor_cascades(automaton, gated=gated, reflections=reflections):
        try:
            cascade = make()
            if cascade is None or (best is not None and cascade.depth > best[0][0]):
                continue
            plans = plan_layers(cascade, automaton.accepting, max_letters=max_letters)
        except CannotCompile as refusal:
            refusals.append(str(refusal))
            continue
        levels = [_level_plan(plan, gated=gated) for plan in plans]
        cost = len(plans), sum(level.width for level in levels)
        if max(level.factors for level in levels) == 1 and (best is None or cost < best[0]):
            best = cost, cascade, plans, levels
    if best is not None:
        return _network(*best[1:])
    if refusals:
        raise CannotCompile("no stack is small enough: " + "; ".join(dict.fromkeys(refusals)))
    return None


def _single_factor_cascades(
    automaton: Automaton, *, gated: bool, reflections: bool
) -> list[Callable[[], Cascade | None]]:
    """The cascades of an automaton made cheap per letter, each as it is and refined to counters."""

    def made(cascade: Cascade, *, counters: bool, by_gate: bool) -> Cascade | None:
        finer = refine_to_counters(cascade, moduli="any") if counters else cascade
        return None if finer is None else single_factor_cascade(finer, gated=by_gate)

    return [
        partial(made, cascade, counters=counters, by_gate=by_gate)
        for cascade in candidate_cascades(automaton, groups="any")
        if reflections or not cascade.has_groups
        for counters in ((False, True) if cascade.has_groups else (False,))
        for by_gate in ((True, False) if gated and cascade.has_groups else (gated,))
    ]


def _level_plan(plan: LayerPlan, *, gated: bool) -> LevelPlan:
    """The components and maps of a layer as a level; what it reads and emits is settled by the layer's plan."""
    components, action = plan.components, np.maximum(plan.maps, 0).astype(np.int32)
    if not components:
        components = (Component(np.zeros((1, 1), dtype=np.int32), 0),)
        action = np.zeros((len(action), 1), dtype=np.int32)
    nothing = np.full(len(action), -1, dtype=np.int32)
    return LevelPlan(Level(components, action, nothing, np.zeros((len(action), 1), dtype=np.int32)), gated, keeps=False)


def _network(cascade: Cascade, plans: tuple[LayerPlan, ...], levels: list[LevelPlan]) -> Network:
    automaton = cascade.automaton
    layers = []
    below = len(automaton.letters)
    for number, (plan, level) in enumerate(zip(plans, levels, strict=True)):
        last = number == len(plans) - 1
        answer = int(automaton.accepting[automaton.start]) if last else plan.outputs
        layers.append(_layer(plan, level, below, answer, plan.outputs if last else plan.outputs + 1))
        below = plan.outputs
    return Network(
        automaton.letters,
        tuple(layers),
        bos=True,
        about=f"{len(layers)} layers over a cascade: {cascade.kind}",
    )


def _layer(plan: LayerPlan, level: LevelPlan, below: int, bos_answer: int, outputs: int) -> Layer:
    """A planned layer with the beginning-of-sequence letter put after the `below` symbols that come from below."""
    weights = Weights(level)
    rows = _rows_with_bos(below) if plan.delay else np.append(np.arange(below), -1)
    bos = np.zeros(len(rows), dtype=bool)
    bos[below :: below + 1] = True
    still = Motion((-1,) * len(level.level.components), -1)
    motions = [
        BOS if b else level.motions[row] if row >= 0 else still for row, b in zip(rows.tolist(), bos, strict=True)
    ]
    known = [*level.different_motions, BOS]
    transition, writes = weights.of([motion if motion in known else known[0] for motion in motions])
    blocks = tuple(
        Block(np.arange(low, high), encoding.points)
        for encoding, low, high in zip(level.encodings, weights.borders, weights.borders[1:], strict=False)
    )
    select = np.where((bos | (rows < 0))[:, None], -1, plan.select[rows])
    table = _by_codes(plan, level.encodings)[rows]
    table[bos] = bos_answer
    return Layer(transition, writes, zeros(level.width, 1), Readout(blocks, select, table, outputs), plan.delay)


def _rows_with_bos(below: int) -> Int[np.ndarray, " letter"]:
    """For each (present, previous) with the beginning-of-sequence letter among them, the letter of the plan, or −1.

    In the plan, `previous` is `below` before the first letter, where now the beginning-of-sequence letter, which has
    that number, stands. Nothing can stand before that one.
    """
    present, previous = np.meshgrid(np.arange(below + 1), np.arange(below + 2))
    rows = np.where((present < below) & (previous <= below), present + below * previous, -1)
    return rows.reshape(-1)


def _by_codes(plan: LayerPlan, encodings: tuple[Encoding, ...]) -> Int[np.ndarray, "letter code"]:
    """The plan's answers, by the states of the components it reads, as answers by their codes."""
    radix = max(len(encoding.states) for encoding in encodings)
    old_radix = max((component.states for component in plan.components), default=1)
    reads = plan.select.shape[1]
    table = np.zeros((len(plan.table), radix**reads), dtype=np.int64)
    # Codes that a block does not have are never read; they count as state 0.
    state_of = np.zeros((len(encodings) + 1, radix), dtype=np.int64)
    for c, encoding in enumerate(encodings):
        state_of[c, : len(encoding.states)] = encoding.states
    for code in range(radix**reads):
        digits = [code // radix**r % radix for r in range(reads)]
        column = sum((old_radix**r * state_of[plan.select[:, r], d] for r, d in enumerate(digits)), np.zeros(1, int))
        table[:, code] = plan.table[np.arange(len(table)), column]
    return table
