"""A subject → its network."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.compiler import attempt
from expressivity.constructions.compiler import compile as compile_network
from expressivity.errors import CannotCompile
from expressivity.experiments.horizons.jobs import Subject, named_constructions
from expressivity.experiments.horizons.read_outs import per_coordinate
from expressivity.networks.families import family as find_family
from expressivity.networks.network import Network


def automaton_of(subject: Subject) -> Automaton:
    """The subject's minimal automaton."""
    data = json.loads(subject.automaton)
    table = np.array(data["table"], dtype=np.int32)
    return Automaton.from_table(table, start=data["start"], accepting=data["accepting"], letters=data["letters"])


@lru_cache(maxsize=32)
def subject_network(subject: Subject) -> Network:
    """The subject's network; the last few are remembered, because a table asks for the same one in every cell.

    Raises:
        CannotCompile: when there is none.
    """
    network = subject.given or (_named(subject) if subject.construction else _cheapest(subject))
    return per_coordinate(network) if subject.read_out == "per-coordinate" else network


def _cheapest(subject: Subject) -> Network:
    return compile_network(automaton_of(subject), subject.family, key=subject.key, **_limits(subject))


def _limits(subject: Subject) -> dict[str, int | None]:
    return {"factors": subject.factors, "layers": subject.layers, "delay": subject.delay}


def _named(subject: Subject) -> Network:
    """The first construction of that name which covers the language."""
    automaton, family = automaton_of(subject), find_family(subject.family)
    reasons = []
    for construction in named_constructions(subject.construction, subject.family):
        if construction.key not in ("any", subject.key):
            reasons.append(f"{construction.name} has keys of kind {construction.key}")
            continue
        built = attempt(construction, automaton, family, key=subject.key, **_limits(subject))
        if not isinstance(built, str):
            return built
        reasons.append(built)
    raise CannotCompile("; ".join(reasons))
