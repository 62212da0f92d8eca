"""A network from the JSON of a certificate, for the library to run what a mutant claims."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

import expressivity as ex
from expressivity.exact import ExactArray
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Block, Layer, Readout


def exact(value: Any, conductor: int, depth: int) -> ExactArray:
    """Nested lists, `depth` deep, of exact numbers."""

    def coefficients(part: Any, left: int) -> Any:
        if left:
            return [coefficients(entry, left - 1) for entry in part]
        return [Fraction(v) for v in (part if isinstance(part, list) else [part])]

    fractions = np.array(coefficients(value, depth), dtype=object)
    denominator = math.lcm(*(v.denominator for v in fractions.ravel())) if fractions.size else 1
    numerators = np.array([int(v * denominator) for v in fractions.ravel()], dtype=object).reshape(fractions.shape)
    return ExactArray(numerators, denominator, conductor)


def network_of(data: dict[str, Any]) -> ex.Network:
    """The network that a certificate is about."""
    layers = []
    for layer in data["layers"]:
        conductor, weights = layer["conductor"], layer["weights"]

        def array(value: Any, depth: int, conductor: int = conductor) -> ExactArray:
            return exact(value, conductor, depth)

        kind, width, columns = layer["kind"], layer["width"], layer["columns"]
        transition: Any
        if kind == "dense":
            degree = 1 if not isinstance(layer["start"][0], list) else len(layer["start"][0])
            zero: Any = 0 if degree == 1 else [0] * degree
            full = [[[zero] * width for _ in range(width)] for _ in weights["matrices"]]
            for letter, entries in enumerate(weights["matrices"]):
                for i, j, value in entries:
                    full[letter][i][j] = value
            transition = DenseTransition(array(full, 3))
        elif kind == "diagonal":
            transition = DiagonalTransition(array(weights["diagonal"], 2))
        elif kind == "complex-diagonal":
            transition = ComplexDiagonalTransition(array(weights["real"], 2), array(weights["imaginary"], 2))
        elif kind == "householder":
            gates = None if weights["gates"] is None else array(weights["gates"], 1)
            transition = HouseholderTransition(array(weights["keys"], 3), array(weights["betas"], 2), gates)
        elif kind == "rwkv7":
            parts = (array(weights[name], depth) for name, depth in (("decays", 2), ("keys", 3), ("rates", 2)))
            transition = Rwkv7Transition(*parts)
        else:
            imaginary = None if weights["imaginary"] is None else array(weights["imaginary"], 2)
            index = np.array(weights["index"])
            transition = PermutationDiagonalTransition(index, array(weights["real"], 2), imaginary)
        blocks = tuple(Block(np.array(b["coordinates"], dtype=int), array(b["points"], 2)) for b in layer["blocks"])
        table, select = np.array(layer["table"]), np.array(layer["select"])
        readout = Readout(blocks, select.reshape(len(table), -1), table, layer["outputs"])
        inputs = array(layer["inputs"], 2).reshape(len(layer["inputs"]), width, columns)
        start = array(layer["start"], 1).reshape(width, columns)
        layers.append(Layer(transition, inputs, start, readout, int(layer["delay"])))
    return ex.Network(tuple(data["letters"]), tuple(layers), accepts_empty=data["accepts_empty"], bos=data["bos"])
