"""A layer in finite arithmetic on rows of bit patterns.

States are told apart by their bits, with two exceptions that no later state, verdict or bit of a value that is not
zero depends on: −0 counts as +0, and there is one NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float64, Int, Int64, Shaped

from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import FormatError
from expressivity.networks.exchange import number_to_json
from expressivity.networks.network import Network
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.programs import operation_format


class BitLayer:
    """A rounded layer on rows of bit patterns; see `machine.StateLayer`.

    Arguments:
        rounded: the layer.
    """

    def __init__(self, rounded: RoundedLayer) -> None:
        self.rounded = rounded
        self.layer = rounded.layer
        self.start = to_bits(rounded.program.start)
        # Letters that end a block do alike where letters within one do.
        self.kinds = rounded.program.program_of[: rounded.layer.letters]
        self.representatives = np.unique(self.kinds, return_index=True)[1]

    def advance(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """Rows after one letter each."""
        return to_bits(self.rounded.advance(from_bits(rows), letters))

    def affine(self, letter: int) -> None:
        """None: boxes of states mean nothing here."""

    def codes(self, rows: Shaped[np.ndarray, "row entry"]) -> Int64[np.ndarray, "row block"]:
        """Codes of every block for each row."""
        return self.rounded.codes(from_bits(rows))

    def answers(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """dec(H, x) for each row and the letter that led to it."""
        return self.rounded.answers(from_bits(rows), letters)

    def vectors(self, rows: Shaped[np.ndarray, "row entry"]) -> Float64[np.ndarray, "row width"]:
        """The states that rows stand for; what a row holds beside its state comes after it and is left out."""
        return np.ascontiguousarray(from_bits(rows)[:, : self.layer.size])

    def parts(self, rows: Shaped[np.ndarray, "row entry"]) -> list[dict[str, Any]]:
        """What a certificate says of this layer in each row."""
        return [{"point": [_number(value) for value in row]} for row in from_bits(rows).tolist()]

    def words(self, rows: Shaped[np.ndarray, "row entry"]) -> int:
        """Machine words beyond one that the entries of some rows fill: none."""
        return 0


def bit_layers(network: Network, arithmetic: Arithmetic, *, strict: bool) -> list[BitLayer]:
    """The layers of a network in an arithmetic that it is run in.

    Arguments:
        network: the network.
        arithmetic: the arithmetic.
        strict: whether to refuse weights that may lead to what has no place; a single run may never meet it.

    Raises:
        FormatError: when a weight does not fit its format, and the state's format has no place for what it makes.
    """
    rounded = [RoundedLayer(layer, arithmetic) for layer in network.layers]
    lost = [number for number, layer in enumerate(rounded) if strict and not _weights_fit(layer)]
    if lost:
        weights, state = arithmetic.weights.name, arithmetic.state.name
        raise FormatError(
            f"arithmetic {str(arithmetic)!r}: {weights} cannot hold a weight of layers {lost}, which becomes "
            f"infinite or NaN, and {state} has no place for what it makes; store the weights in {state} too, or in "
            "a wider or saturating format"
        )
    return [BitLayer(layer) for layer in rounded]


def _weights_fit(rounded: RoundedLayer) -> bool:
    """Whether what the weights make has a place in the format of the operations."""
    operations, _ = operation_format(rounded.arithmetic)
    return operations.nan or bool(np.isfinite(rounded.program.constants).all())


def to_bits(states: Float64[np.ndarray, "*shape"]) -> Int64[np.ndarray, "*shape"]:
    """Bit patterns of float64 values, with one zero and one NaN."""
    tidy = np.where(np.isnan(states), np.nan, states + 0.0)
    return np.ascontiguousarray(tidy).view(np.int64)


def from_bits(rows: Shaped[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """The float64 values of bit patterns."""
    return np.ascontiguousarray(rows.astype(np.int64, copy=False)).view(np.float64)


def _number(value: float) -> Any:
    """A float as an exact JSON number; what is no number as a word."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    numerator, denominator = value.as_integer_ratio()
    return number_to_json([numerator], denominator)
