"""A language and a family → the cheapest network our constructions give, or the reasons why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from expressivity.automaton import Automaton
from expressivity.constructions.one_layer.dyadic import rounded_keys
from expressivity.constructions.refusals import GIVEN, refuse
from expressivity.constructions.registry import CONSTRUCTIONS, Construction
from expressivity.errors import CannotCompile, ExpressivityError
from expressivity.languages import language as read_language
from expressivity.networks.exchange import layer_conductor
from expressivity.networks.families import Family
from expressivity.networks.families import family as find_family
from expressivity.networks.network import Network

KEYS = ("swap", "dyadic")


def compile(
    language: Any,
    into: str,
    *,
    factors: int | None = None,
    layers: int | None = None,
    delay: int | None = None,
    key: str = "swap",
) -> Network:
    """Build explicit weights in a family that recognise a language.

    Arguments:
        language: anything `expressivity.language` reads; its minimal automaton is compiled.
        into: name of the family.
        factors: most generalised Householder factors per letter, or None for no limit.
        layers: most layers, or None for no limit.
        delay: 0 for the bare recurrence; 1 or None when layers may read their previous input (a short convolution of
            width two, as real layers have).
        key: "swap" for the textbook keys (e_i − e_j)/√2 of permutations, "dyadic" for unit keys with entries in
            {0, ±½, ±1}, which every common number format holds exactly.

    Returns:
        The cheapest network found, by number of layers, then factors, rational before irrational weights, then width;
        a member of the family by its exact
        test. Certify it with `expressivity.verify`.

    Raises:
        CannotCompile: with `proved` set when a theorem forbids every network of the family, naming it and the
            subgroup; else when no construction covers the language within the limits, with the reason for each.
        ExpressivityError: for an unknown family, key or limit.

    Source: Grazzi et al. 2025, Siems et al. 2025 and Sarrof et al. 2024; each construction names its own.
    """
    target = find_family(into)
    if problems := option_problems(factors, layers, delay, key):
        raise ExpressivityError("; ".join(problems))
    automaton = read_language(language).minimal()
    best: Network | None = None
    reasons = []
    for construction in constructions_for(into):
        if construction.key not in ("any", key) or (construction.bare and delay != 0):
            continue
        if best is not None and len(best.layers) == 1 and (construction.stacks or best.factors == 1):
            continue
        built = attempt(construction, automaton, target, factors=factors, layers=layers, delay=delay, key=key)
        if isinstance(built, str):
            reasons.append(built)
        elif best is None or _cost(built) < _cost(best):
            best = built
    if best is not None:
        return best
    if refusal := refuse(into, automaton):
        raise CannotCompile(refusal.reason, proved=True)
    restricted = next((found for name in GIVEN if (found := refuse(into, automaton, given=name))), None)
    if restricted is not None:
        reasons.append(restricted.reason)
    why = "; ".join(reasons) or "no construction for it is in this release"
    raise CannotCompile(f"no network in {into!r} for this language of {automaton.states} states: {why}")


def option_problems(factors: int | None, layers: int | None, delay: int | None, key: str) -> list[str]:
    """Everything that is wrong with options of `compile`, in words."""
    problems = [
        f"{name}={limit} allows no network at all; give a positive limit or none"
        for name, limit in (("factors", factors), ("layers", layers))
        if limit is not None and limit < 1
    ]
    if delay not in (None, 0, 1):
        problems.append(f"delay={delay} is not available; give 0 or 1")
    if key not in KEYS:
        problems.append(f"key={key!r} is not a kind of keys; give {' or '.join(map(repr, KEYS))}")
    return problems


def compile_candidates(language: Any, into: str) -> Iterator[Network]:
    """Every network that the constructions of a family give for a language, built one after the other.

    All kinds of keys are tried, with and without a short convolution, networks of one layer before stacks. What one
    arithmetic spoils another candidate may survive.

    Arguments:
        language: anything `expressivity.language` reads; its minimal automaton is compiled.
        into: name of the family.

    Raises:
        ExpressivityError: for an unknown family.
    """
    target = find_family(into)
    automaton = read_language(language).minimal()
    for construction in constructions_for(into):
        try:
            built = construction.build(automaton)
        except CannotCompile:
            continue
        if built is not None and not target.problems(built):
            yield replace(built, family=into)


def constructions_for(family: str) -> list[Construction]:
    """The constructions whose networks are of a family, those without a cascade first."""
    return sorted((each for each in CONSTRUCTIONS if family in each.families), key=lambda each: each.stacks)


def attempt(
    construction: Construction,
    automaton: Automaton,
    into: Family,
    *,
    factors: int | None = None,
    layers: int | None = None,
    delay: int | None = None,
    key: str = "swap",
) -> Network | str:
    """The network of one construction, if it is wanted, or why not, in words.

    Arguments:
        construction: the construction.
        automaton: minimal automaton.
        into: the family.
        factors: as in `compile`.
        layers: as in `compile`.
        delay: as in `compile`.
        key: as in `compile`.

    Raises:
        CannotCompile: when the construction proves that no network of the family has the language.
    """
    try:
        network = construction.build(automaton)
    except CannotCompile as refusal:
        if refusal.proved:
            raise CannotCompile(f"no network in {into.name!r} has this language: {refusal}", proved=True) from None
        return f"{construction.name} gives up: {refusal}"
    if network is None:
        return f"{construction.name} covers only {construction.covers}"
    if problems := into.problems(network):
        return f"{construction.name} leaves the family: {problems[0]}"
    if layers is not None and len(network.layers) > layers:
        return f"{construction.name} needs {len(network.layers)} layers"
    if factors is not None and (network.factors or 0) > factors:
        return f"{construction.name} needs {network.factors} factors per letter"
    if delay == 0 and any(layer.delay for layer in network.layers):
        return f"{construction.name} needs a short convolution (delay=1)"
    if key == "dyadic" and (rounded := rounded_keys(network)):
        return f"{construction.name} has keys that are not dyadic unit vectors: {rounded[0]}"
    return replace(network, family=into.name)


def _cost(network: Network) -> tuple[int, int, bool, int]:
    """Layers, factors, whether some weight is irrational, width: of equals, the one hardware can hold comes first."""
    irrational = any(layer_conductor(layer) > 1 for layer in network.layers)
    return len(network.layers), network.factors or 0, irrational, sum(network.widths)
