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
    problems = [
        f"{name}={limit} allows no network at all; give a positive limit or none"
        for name, limit in (("factors", factors), ("layers", layers))
        if limit is not None and limit < 1
    ]
    if delay not in (None, 0, 1):
        problems.append(f"delay={delay} is not available; give 0 or 1")
    if key not in KEYS:
        problems.append(f"key={key!r} is not a kind of keys; give {' or '.join(map(repr, KEYS))}")
    if problems:
        raise ExpressivityError("; ".join(problems))
    automaton = read_language(language).minimal()
    best: Network | None = None
    reasons = []
    for construction in _candidates(into, delay, key):
        if best is not None and len(best.layers) == 1 and (construction.stacks or best.factors == 1):
            continue
        built = _attempt(construction, automaton, into)
        problem = built if isinstance(built, str) else _misfit(built, target, factors, layers, delay, key)
        if problem is not None:
            reasons.append(f"{construction.name} {problem}")
        elif isinstance(built, Network) and (best is None or _cost(built) < _cost(best)):
            best = built
    if best is not None:
        return replace(best, family=into)
    if refusal := refuse(into, automaton):
        raise CannotCompile(refusal.reason, proved=True)
    restricted = next((found for name in GIVEN if (found := refuse(into, automaton, given=name))), None)
    if restricted is not None:
        reasons.append(restricted.reason)
    why = "; ".join(reasons) or "no construction for it is in this release"
    raise CannotCompile(f"no network in {into!r} for this language of {automaton.states} states: {why}")


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
    for construction in sorted(CONSTRUCTIONS, key=lambda construction: construction.stacks):
        if into not in construction.families:
            continue
        try:
            built = construction.build(automaton)
        except CannotCompile:
            continue
        if built is not None and not target.problems(built):
            yield replace(built, family=into)


def _candidates(into: str, delay: int | None, key: str) -> Iterator[Construction]:
    """The constructions of a family, those without a cascade first."""
    for construction in sorted(CONSTRUCTIONS, key=lambda construction: construction.stacks):
        suits = construction.key in ("any", key) and (delay == 0 or not construction.bare)
        if suits and into in construction.families:
            yield construction


def _attempt(construction: Construction, automaton: Automaton, into: str) -> Network | str:
    """The network, or why there is none."""
    try:
        built = construction.build(automaton)
    except CannotCompile as refusal:
        if refusal.proved:
            raise CannotCompile(f"no network in {into!r} has this language: {refusal}", proved=True) from None
        return f"gives up: {refusal}"
    return f"covers only {construction.covers}" if built is None else built


def _misfit(
    network: Network,
    family: Family,
    factors: int | None,
    layers: int | None,
    delay: int | None,
    key: str,
) -> str | None:
    """Why a network is not wanted, or None."""
    if problems := family.problems(network):
        return f"leaves the family: {problems[0]}"
    if layers is not None and len(network.layers) > layers:
        return f"needs {len(network.layers)} layers"
    if factors is not None and (network.factors or 0) > factors:
        return f"needs {network.factors} factors per letter"
    if delay == 0 and any(layer.delay for layer in network.layers):
        return "needs a short convolution (delay=1)"
    if key == "dyadic" and (rounded := rounded_keys(network)):
        return f"has keys that are not dyadic unit vectors: {rounded[0]}"
    return None


def _cost(network: Network) -> tuple[int, int, bool, int]:
    """Layers, factors, whether some weight is irrational, width: of equals, the one hardware can hold comes first."""
    irrational = any(layer_conductor(layer) > 1 for layer in network.layers)
    return len(network.layers), network.factors or 0, irrational, sum(network.widths)
