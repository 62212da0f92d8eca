"""Any automaton → a stack of generalised Householder products, one layer per level of a cascade that covers it."""

from __future__ import annotations

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.shortcuts import candidate_cascades
from expressivity.automaton import Automaton
from expressivity.constructions.levels.verdict_levels import verdict_levels
from expressivity.constructions.stacks.stack_layers import LevelPlan
from expressivity.networks.network import Network


def cascade_stack(cascade: Cascade, *, gated: bool) -> Network:
    """One layer per level of a cascade, in the form of DeltaProduct.

    A level reads its components *before* the step, while a layer answers *after* it. A permutation can be undone by
    the read-out; before a reset, the layer keeps aside the number that tells the states of the component apart.

    Arguments:
        cascade: the cascade; its last level has to emit the automaton's states.
        gated: whether letters that reset a whole level may do so by a gate α = 0, with one factor.

    Returns:
        The network. An m-state component costs at most m factors per letter: m − 1 reflections or projections, and
        one more to keep the state before a reset.

    Source: Grazzi et al. 2025, Theorem 4, with its gap repaired: there, a layer passes on its state after the step,
    and their A = 0 takes n factors in n = m coordinates.
    """
    plans = plan_stack(cascade, gated=gated)
    return _network(cascade, plans)


def any_automaton(automaton: Automaton, *, gated: bool) -> Network:
    """The cheapest network over all cascades of an automaton, by layers, then factors, then width.

    Arguments:
        automaton: minimal automaton; the subset cover makes sure of at most |Q| − 1 layers.
        gated: see `cascade_stack`.

    Raises:
        CannotCompile: when every cascade grows beyond its limits; lists the limits.
    """
    candidates = [
        (cascade, plan_stack(cascade, gated=gated)) for cascade in candidate_cascades(automaton, groups="any")
    ]
    cascade, plans = min(candidates, key=lambda candidate: stack_cost(candidate[1]))
    return _network(cascade, plans)


def plan_stack(cascade: Cascade, *, gated: bool) -> list[LevelPlan]:
    """The plan of each layer: the last level answers whether the state it emits accepts, and letters are merged."""
    return [LevelPlan(level, gated) for level in verdict_levels(cascade, cascade.automaton.accepting)]


def stack_cost(plans: list[LevelPlan]) -> tuple[int, int, int]:
    """Layers, factors, width: smaller is better, in this order."""
    return len(plans), max(plan.factors for plan in plans), sum(plan.width for plan in plans)


def _network(cascade: Cascade, plans: list[LevelPlan]) -> Network:
    start = int(cascade.automaton.accepting[cascade.automaton.start])
    layers = []
    for plan, following in zip(plans, [*plans[1:], None], strict=True):
        # The beginning-of-sequence letter is the last symbol of every layer, and the verdict of the last one.
        outputs, answer = (2, start) if following is None else (following.level.letters + 1, following.level.letters)
        layers.append(plan.layer(outputs, answer))
    return Network(
        cascade.automaton.letters, tuple(layers), bos=True, about=f"{len(layers)} layers over a cascade: {cascade.kind}"
    )
