"""One language into every family: what it costs there, which formats hold its weights, and what is proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from expressivity.arithmetic.format_names import FORMAT_NAMES, parse_format
from expressivity.automaton import Automaton
from expressivity.constructions.compiler import compile as compile_network
from expressivity.errors import CannotCompile
from expressivity.exact import ExactArray, rationals
from expressivity.languages import language as read_language
from expressivity.networks.families import FAMILIES
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network
from expressivity.verification.answers import Answer, Counterexample, Equivalent
from expressivity.verification.verify import verify


@dataclass(frozen=True)
class FamilyRow:
    """What one family makes of a language.

    Arguments:
        family: its name.
        network: the network, or None.
        layers: number of layers, or None.
        width: numbers in the states of all layers together, or None.
        factors: generalised Householder factors per letter; None where a layer has no such form.
        formats: names of the number formats that hold every weight exactly, narrowest first.
        answer: what `verify` says about the network; None without a network.
        reason: why there is no network, or what the answer says, in words.
        proved: whether a theorem forbids every network of the family.
    """

    family: str
    network: Network | None
    layers: int | None
    width: int | None
    factors: int | None
    formats: tuple[str, ...]
    answer: Answer | None
    reason: str
    proved: bool = False

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON values; `answer` is the answer's kind, or null without a network."""
        return {
            "family": self.family,
            "layers": self.layers,
            "width": self.width,
            "factors": self.factors,
            "formats": list(self.formats),
            "answer": None if self.answer is None else self.answer.to_json()["answer"],
            "reason": self.reason,
            "proved": self.proved,
        }


def compile_all(
    language: Any,
    *,
    families: tuple[str, ...] | None = None,
    max_states: int = 200_000,
    progress: Callable[[str], None] | None = None,
    **options: Any,
) -> list[FamilyRow]:
    """Compile a language into every family, certify what comes out, and say why where nothing does.

    Arguments:
        language: anything `expressivity.language` reads.
        families: which families, in which order; None for all.
        max_states: budget of each verification.
        progress: called with the name of each family before its work starts.
        options: handed on to `expressivity.compile` (`factors`, `layers`, …).

    Returns:
        One row for each family.
    """
    automaton = read_language(language)
    rows = []
    for name in FAMILIES if families is None else families:
        if progress is not None:
            progress(name)
        rows.append(_row(automaton, name, max_states, options))
    return rows


def exact_formats(network: Network) -> tuple[str, ...]:
    """Names of the number formats that hold every weight of a network exactly, narrowest first.

    Weights are the entries A(x) is stored in, B(x) and the start states. Keys are meant as the layer uses them, with
    length one: a key such as (1, −1)/√2 is in no format.
    """
    values = [np.zeros(1)]
    for layer in network.layers:
        for array in _weights(layer):
            if array is None or not array.is_rational:
                return ()
            floats = array.to_float().reshape(-1)
            if not (np.all(np.isfinite(floats)) and rationals(floats).equals(array.simplified().reshape(len(floats)))):
                return ()
            values.append(np.unique(floats))
    used = np.unique(np.concatenate(values)) + 0.0  # −0 would be a number few formats have
    formats = [parse_format(name) for name in FORMAT_NAMES if name != "exact"]
    return tuple(f.name for f in reversed(formats) if np.all(f.contains(used)))


def _row(automaton: Automaton, name: str, max_states: int, options: dict[str, Any]) -> FamilyRow:
    try:
        network = compile_network(automaton, name, **options)
    except CannotCompile as refusal:
        return FamilyRow(name, None, None, None, None, (), None, str(refusal), refusal.proved)
    answer = verify(network, automaton, max_states=max_states)
    if isinstance(answer, Equivalent):
        said = answer.statement
    elif isinstance(answer, Counterexample):
        said = f"wrong on a word of {answer.lengths[0]} letters: the construction has a fault; please report it"
    else:
        said = f"not certified: {answer.budget}; right on all words up to length {answer.proved_length}"
    return FamilyRow(
        name,
        network,
        len(network.layers),
        sum(network.widths),
        network.factors,
        exact_formats(network),
        answer,
        said,
    )


def _weights(layer: Layer) -> Iterator[ExactArray | None]:
    """Every stored array, keys normalised; None for keys that have no rational entries of length one."""
    yield from layer.transition.numbers()
    yield layer.inputs
    yield layer.start
