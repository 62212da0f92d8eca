"""A network in an arithmetic → a machine on rows: one letter more, for many rows at once.

This is the only place that knows that there are three kinds of arithmetic. A kind is a `StateLayer`: exact states
(`exact_layers`), rounded states (`bit_layers`) and the memories of the order `exact-then-cast` (`memory_layers`). A
`Machine` is a stack of such layers, whatever their kind.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float64, Int, Int64, Shaped

from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.errors import FormatError
from expressivity.exact import ExactArray
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network, require_network
from expressivity.simulation.bit_layers import BitLayer, bit_layers
from expressivity.simulation.exact_layers import ExactLayer
from expressivity.simulation.exact_then_cast import ORDER, castable
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.memory_layers import MemoryLayer
from expressivity.simulation.packed import PackedLayers, pack
from expressivity.simulation.programs import runnable

_CHUNK, _MEMORIES = 1 << 15, 1 << 6  # steps taken together: bounds memory, and keeps an interrupt responsive
_MOST_WORDS = 50_000  # machine words that the terms of all memories fill together: they grow with every step
_MOST_EXACT_WORDS = 1_000_000  # and that all exact states do: denominators may grow for ever, and so the states


@runtime_checkable
class StateLayer(Protocol):
    """A layer of a network on rows, in some arithmetic.

    A row has a fixed number of entries: integers of any size, or one memory. Rows are canonical: equal states have
    equal rows, and equal rows have equal futures.

    Arguments:
        layer: the layer.
        start: the row before the first letter, shape (entry,).
        kinds: a number for every letter of the layer; letters with equal numbers do the same to the state.
        representatives: one letter of each number.
    """

    layer: Layer
    start: np.ndarray
    kinds: np.ndarray
    representatives: np.ndarray

    def affine(self, letter: int) -> tuple[np.ndarray, np.ndarray] | None:
        """A and B as fractions, where states are rational vectors and boxes of states mean something; else None."""
        ...

    def advance(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """Rows after one letter each."""
        ...

    def codes(self, rows: Shaped[np.ndarray, "row entry"]) -> Int64[np.ndarray, "row block"]:
        """Codes of every block for each row."""
        ...

    def answers(self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]) -> np.ndarray:
        """dec(H, x) for each row and the letter that led to it."""
        ...

    def vectors(self, rows: Shaped[np.ndarray, "row entry"]) -> Float64[np.ndarray, "row width"] | ExactArray:
        """The states that rows stand for: float64 numbers of the state format, or exact numbers."""
        ...

    def parts(self, rows: Shaped[np.ndarray, "row entry"]) -> list[dict[str, Any]]:
        """What a certificate says of this layer in each row."""
        ...

    def words(self, rows: Shaped[np.ndarray, "row entry"]) -> int:
        """Machine words that the entries of some rows fill beyond one each."""
        ...


@dataclass(frozen=True, eq=False)
class Machine:
    """A network in an arithmetic: the rows of all layers side by side, then one previous symbol per delay.

    Arguments:
        network: the network.
        arithmetic: the arithmetic.
        layers: the layers, bottom first.
        chunk: most steps that are worth taking together.
        most_words: machine words of unbounded entries from which on a search has gone far enough.
    """

    network: Network
    arithmetic: Arithmetic
    layers: Sequence[StateLayer]
    chunk: int = _CHUNK
    most_words: int | float = math.inf

    @cached_property
    def delays(self) -> list[int]:
        """The layers whose previous symbols stand at the end of a row."""
        return [number for number, layer in enumerate(self.network.layers) if layer.delay]

    @cached_property
    def borders(self) -> list[int]:
        """Where each layer's entries begin in a row, and where the last one's end."""
        return [0, *np.cumsum([len(layer.start) for layer in self.layers]).tolist()]

    def start(self) -> tuple[np.ndarray, bool]:
        """The row before the first letter (after any beginning-of-sequence letter); the verdict on the empty word."""
        previous = [self.network.layers[number].symbols for number in self.delays]
        row = np.concatenate([*(layer.start for layer in self.layers), np.array(previous, dtype=np.int64)])[None]
        if not self.network.bos:
            return row, self.network.accepts_empty
        rows, flags = self.step(row, np.array([len(self.network.letters)]))
        return rows, bool(flags[0])

    def step(
        self, rows: Shaped[np.ndarray, "row entry"], letters: Int[np.ndarray, " row"]
    ) -> tuple[np.ndarray, Bool[np.ndarray, " row"]]:
        """Rows after one letter each, and the verdicts."""
        symbols = letters
        parts: list[np.ndarray] = []
        previous: list[np.ndarray] = []
        for layer, (low, high) in zip(self.layers, pairwise(self.borders), strict=True):
            if layer.layer.delay:
                before = rows[:, self.borders[-1] + len(previous)].astype(np.int64)
                previous.append(symbols[:, None])
                symbols = symbols + layer.layer.symbols * before
            part = layer.advance(rows[:, low:high], symbols)
            symbols = layer.answers(part, symbols)
            parts.append(part)
        return np.concatenate(parts + previous, axis=1), np.equal(symbols, 1)

    @property
    def letters(self) -> int:
        """Number of letters."""
        return len(self.network.letters)

    def keys(self, rows: Shaped[np.ndarray, "row entry"]) -> Sequence[Hashable]:
        """One value for each row; rows with equal keys have equal futures."""
        return row_keys(rows)

    def vectors(self, rows: Shaped[np.ndarray, "row entry"]) -> tuple[Float64[np.ndarray, "row _"] | ExactArray, ...]:
        """The states that rows stand for, layer by layer: float64 numbers of the state format, or exact numbers."""
        return tuple(
            layer.vectors(rows[:, low:high])
            for layer, (low, high) in zip(self.layers, pairwise(self.borders), strict=True)
        )

    def previous(self, rows: Shaped[np.ndarray, "row entry"]) -> Int64[np.ndarray, "row layer"]:
        """The previous symbol of every layer; −1 where a layer has no delay."""
        found = np.full((len(rows), len(self.layers)), -1, dtype=np.int64)
        found[:, self.delays] = rows[:, self.borders[-1] :]
        return found

    def parts(self, rows: Shaped[np.ndarray, "row entry"]) -> list[list[dict[str, Any]]]:
        """What a certificate says of the layers: a list of rows for each layer."""
        return [
            layer.parts(rows[:, low:high])
            for layer, (low, high) in zip(self.layers, pairwise(self.borders), strict=True)
        ]

    def words(self, rows: Shaped[np.ndarray, "row entry"]) -> int:
        """Machine words that the entries of some rows fill beyond one each."""
        spans = zip(self.layers, pairwise(self.borders), strict=True)
        return sum(layer.words(rows[:, low:high]) for layer, (low, high) in spans)

    @cached_property
    def exact(self) -> list[ExactLayer] | None:
        """The layers where states are exact numbers."""
        layers = [layer for layer in self.layers if isinstance(layer, ExactLayer)]
        return layers if len(layers) == len(self.layers) else None

    @cached_property
    def rounded(self) -> list[RoundedLayer] | None:
        """The layers where every operation is rounded, and states are finitely many."""
        layers = [layer.rounded for layer in self.layers if isinstance(layer, BitLayer)]
        return layers if len(layers) == len(self.layers) else None

    @cached_property
    def memories(self) -> list[MemoryLayer] | None:
        """The layers where exact terms are cast."""
        layers = [layer for layer in self.layers if isinstance(layer, MemoryLayer)]
        return layers if len(layers) == len(self.layers) else None

    @cached_property
    def packed(self) -> PackedLayers | None:
        """The layers for the compiled loops, where these cover the arithmetic."""
        return None if self.rounded is None else pack(self.rounded)


def machine(network: Network, arithmetic: Arithmetic | str = "exact", *, strict: bool = True) -> Machine:
    """A network in an arithmetic.

    Arguments:
        network: the network.
        arithmetic: as `parse_arithmetic` reads it: "exact", or formats with an order and a rounding.
        strict: whether to refuse weights that overflow to what the state's format has no place for, before a run does.

    Raises:
        FormatError: for an arithmetic that networks are not run in, or one that rounds at random: then a network is no
            function of its letters.
    """
    require_network(network)
    model = parse_arithmetic(arithmetic) if isinstance(arithmetic, str) else arithmetic
    if model.order == ORDER:
        memories = [MemoryLayer(layer, castable(model)) for layer in network.layers]
        return Machine(network, model, memories, chunk=_MEMORIES, most_words=_MOST_WORDS)
    if model.rounding == "stochastic":
        raise FormatError(
            f"arithmetic {str(model)!r} rounds at random, so the network is no automaton; choose a deterministic "
            "rounding, or look at runs with `simulate`"
        )
    if model.exact and model.weights.kind == "exact":
        return Machine(network, model, [ExactLayer(layer) for layer in network.layers], most_words=_MOST_EXACT_WORDS)
    return Machine(network, model, bit_layers(network, runnable(model), strict=strict))


def row_keys(rows: Shaped[np.ndarray, "row entry"]) -> Sequence[Hashable]:
    """One value for each row, equal for equal rows, whatever integers of any size they hold."""
    if rows.dtype == object:
        return [_key(row) for row in rows.tolist()]
    whole = np.ascontiguousarray(rows, dtype=np.int64)
    keys: Any = whole.view(np.dtype((np.void, 8 * rows.shape[1]))).ravel().tolist()
    return list(keys)


def _key(row: list[Any]) -> Hashable:
    """The key of a row of Python objects: that of the same row in int64 where it fits."""
    try:
        return np.array(row, dtype=np.int64).tobytes()
    except (OverflowError, TypeError):
        return tuple(row)
