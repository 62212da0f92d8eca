"""A language and a family → the cheapest network our constructions give, or the reasons why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from expressivity.automaton import Automaton
from expressivity.constructions.dense import dense
from expressivity.constructions.permutation import permutation
from expressivity.constructions.rotation import rotation
from expressivity.constructions.scalar_parity import scalar_parity
from expressivity.constructions.two_reflections import two_reflections
from expressivity.errors import CannotCompile, ExpressivityError
from expressivity.languages import language as read_language
from expressivity.networks.families import family as find_family
from expressivity.networks.network import Network


@dataclass(frozen=True)
class Construction:
    """One way to build a network.

    Arguments:
        name: what it is called in messages.
        covers: which automata it covers, for messages.
        build: minimal automaton → network, or None when the automaton is not covered.
        families: families whose form the result has (membership is checked again on the result).
    """

    name: str
    covers: str
    build: Callable[[Automaton], Network | None]
    families: tuple[str, ...]


_PRODUCTS = ("deltaproduct", "gated-deltaproduct")
_SINGLE = ("deltanet-signed", "gated-deltanet", *_PRODUCTS)

CONSTRUCTIONS = (
    Construction("dense one-hot", "any automaton", dense, ("dense",)),
    Construction(
        "scalar parity (diagonal)",
        "two states permuted by every letter",
        lambda automaton: scalar_parity(automaton, diagonal=True),
        ("mamba-signed",),
    ),
    Construction(
        "scalar parity",
        "two states permuted by every letter",
        lambda automaton: scalar_parity(automaton, diagonal=False),
        _SINGLE,
    ),
    Construction("permutations (Theorem 3)", "every letter permutes the states", permutation, _SINGLE),
    Construction("rotations (Theorem 3)", "addition modulo the number of states", rotation, _PRODUCTS),
    Construction(
        "two layers of reflections (Theorem 6)", "addition modulo the number of states", two_reflections, _SINGLE
    ),
)


def compile(language: Any, into: str, *, factors: int | None = None, layers: int | None = None) -> Network:
    """Build explicit weights in a family that recognise a language.

    Arguments:
        language: anything `expressivity.language` reads; its minimal automaton is compiled.
        into: name of the family.
        factors: most generalised Householder factors per letter, or None for no limit.
        layers: most layers, or None for no limit.

    Returns:
        The cheapest network found, by number of layers, then factors, then width; a member of the family by its exact
        test. Certify it with `expressivity.verify`.

    Raises:
        CannotCompile: when no construction of the family covers the language within the limits; says why for each.
        ExpressivityError: for an unknown family or a limit that is not positive.
    """
    target = find_family(into)
    for name, limit in (("factors", factors), ("layers", layers)):
        if limit is not None and limit < 1:
            raise ExpressivityError(f"{name}={limit} allows no network at all; give a positive limit or none")
    automaton = read_language(language).minimal()
    best: Network | None = None
    reasons = []
    for construction in CONSTRUCTIONS:
        if into not in construction.families:
            continue
        built = construction.build(automaton)
        if built is None:
            reasons.append(f"{construction.name} covers only {construction.covers}")
            continue
        if problems := target.problems(built):
            reasons.append(f"{construction.name} leaves the family: {problems[0]}")
            continue
        if layers is not None and len(built.layers) > layers:
            reasons.append(f"{construction.name} needs {len(built.layers)} layers")
            continue
        if factors is not None and (built.factors or 0) > factors:
            reasons.append(f"{construction.name} needs {built.factors} factors per letter")
            continue
        if best is None or _cost(built) < _cost(best):
            best = built
    if best is None:
        why = "; ".join(reasons) or "no construction for it is in this release"
        raise CannotCompile(f"no network in {into!r} for this language of {automaton.states} states: {why}")
    return replace(best, family=into)


def _cost(network: Network) -> tuple[int, int, int]:
    return len(network.layers), network.factors or 0, sum(network.widths)
