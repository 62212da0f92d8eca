"""A network to plain JSON values, exactly: the form certificates carry and the independent checker reads.

A number is an integer, a string "p/q", or, in a layer over Q(2cos 2π/N), the list of its coefficients.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.exact import ExactArray
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.form import Transition, weight_names, weights_of
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network


def number_to_json(numerators: list[int], denominator: int) -> Any:
    """One exact number from its coefficients over a common denominator."""
    values: list[Any] = []
    for numerator in numerators:
        divisor = math.gcd(numerator, denominator)
        top, bottom = numerator // divisor, denominator // divisor
        values.append(top if bottom == 1 else f"{top}/{bottom}")
    return values[0] if len(values) == 1 else values


def array_to_json(array: ExactArray) -> Any:
    """Nested lists of exact numbers."""

    def nest(values: Any, depth: int) -> Any:
        if depth == 0:
            return number_to_json(values, array.denominator)
        return [nest(value, depth - 1) for value in values]

    return nest(array.numerators.tolist(), len(array.shape))


def layer_conductor(layer: Layer) -> int:
    """Smallest N such that everything in the layer lies in Q(2cos 2π/N) by index."""
    arrays = [value for value in weights_of(layer.transition).values() if isinstance(value, ExactArray)]
    arrays += [layer.inputs, layer.start, *(block.points for block in layer.readout.blocks)]
    return math.lcm(*(array.conductor for array in arrays))


def layer_to_json(layer: Layer, *, arithmetic: str = "") -> dict[str, Any]:
    """One layer; dense matrices are lists of (row, column, value) per letter, everything else is written out.

    Arguments: as for `network_to_json`.
    """
    conductor = layer_conductor(layer)
    kind, weights = _transition_to_json(layer.transition, conductor, arithmetic)
    size = layer.size
    return {
        "conductor": conductor,
        "kind": kind,
        "weights": weights,
        "width": layer.width,
        "columns": layer.columns,
        "delay": layer.delay,
        "symbols": layer.symbols,
        "inputs": array_to_json(layer.inputs.reshape(layer.letters, size).embed(conductor)),
        "start": array_to_json(layer.start.reshape(size).embed(conductor)),
        "blocks": [
            {"coordinates": block.coordinates.tolist(), "points": array_to_json(block.points.embed(conductor))}
            for block in layer.readout.blocks
        ],
        "select": layer.readout.select.tolist(),
        "table": layer.readout.table.tolist(),
        "outputs": layer.readout.outputs,
    }


def _transition_to_json(transition: Transition, conductor: int, arithmetic: str) -> tuple[str, dict[str, Any]]:
    if transition.kind == DenseTransition.kind or (_is_its_matrices(arithmetic) and not transition.in_checker):
        sparse = [_sparse(transition.matrices[letter].embed(conductor)) for letter in range(transition.letters)]
        return DenseTransition.kind, {"matrices": sparse}
    weights = dict.fromkeys(weight_names(type(transition)))
    return transition.kind, weights | {
        name: array_to_json(value.embed(conductor)) if isinstance(value, ExactArray) else np.asarray(value).tolist()
        for name, value in weights_of(transition).items()
    }


def _is_its_matrices(arithmetic: str) -> bool:
    """In exact arithmetic A(x) is its matrix and nothing else; where something is rounded, its form is part of it."""
    return arithmetic == "exact"


def unstated_forms(network: Network, *, arithmetic: str) -> list[str]:
    """Names of the forms of A(x) in `network_to_json` that the independent checkers do not state."""
    if _is_its_matrices(arithmetic):
        return []
    return sorted({layer.transition.kind for layer in network.layers if not layer.transition.in_checker})


def network_to_json(network: Network, *, arithmetic: str = "") -> dict[str, Any]:
    """A whole network: alphabet, layers, and the verdict on the empty word.

    Arguments:
        network: the network.
        arithmetic: arithmetic of the claim that is made about it, if any. In "exact" a form of A(x) that the
            independent checkers do not state is written as the dense matrices that it is; elsewhere it keeps its name,
            and they refuse it by name.
    """
    return {
        "letters": list(network.letters),
        "bos": network.bos,
        "accepts_empty": network.accepts_empty,
        "layers": [layer_to_json(layer, arithmetic=arithmetic) for layer in network.layers],
    }


def automaton_to_json(automaton: Automaton) -> dict[str, Any]:
    """An automaton as its letters, table, start and accepting states."""
    return {
        "letters": list(automaton.letters),
        "table": automaton.table.tolist(),
        "start": automaton.start,
        "accepting": np.flatnonzero(automaton.accepting).tolist(),
    }


def fingerprint(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _sparse(matrix: ExactArray) -> list[list[Any]]:
    rows, columns = np.nonzero(np.any(matrix.numerators, axis=-1))
    return [
        [int(i), int(j), number_to_json(matrix.numerators[i, j].tolist(), matrix.denominator)]
        for i, j in zip(rows, columns, strict=True)
    ]
