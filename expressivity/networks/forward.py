"""Letters in, verdicts out: the float64 forward run of a stack of layers over a batch of words of different lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int, Int64

from expressivity.networks.layer import Layer

_COMPILED_FROM = 200_000  # letter positions × state numbers from which loading the compiled loop pays for itself


@dataclass(frozen=True, eq=False)
class FloatLayer:
    """A layer lowered to contiguous float64 and int64 arrays, blocks laid end to end, as the compiled loop reads it.

    Arguments:
        matrices: A ⊗ I, shape (letter, width, width).
        inputs: B flattened, shape (letter, width).
        start: H_0 flattened, shape (width,).
        coordinates: coordinates of all blocks, one after the other.
        points: code points of all blocks, flattened, one block after the other.
        halves: half the squared length of every code point, one block after the other.
        offsets: shape (block + 1, 3): where each block begins in `coordinates`, `points` and `halves`.
        select: blocks read after each letter, shape (letter, read).
        table: answers, shape (letter, code).
        radix: base in which codes are combined.
    """

    matrices: Float64[np.ndarray, "letter width width"]
    inputs: Float64[np.ndarray, "letter width"]
    start: Float64[np.ndarray, " width"]
    coordinates: Int64[np.ndarray, " coordinate"]
    points: Float64[np.ndarray, " number"]
    halves: Float64[np.ndarray, " point"]
    offsets: Int64[np.ndarray, "block_plus_1 3"]
    select: Int64[np.ndarray, "letter read"]
    table: Int64[np.ndarray, "letter code"]
    radix: int


def lower(layer: Layer) -> FloatLayer:
    """Round a layer's exact weights to float64 and lay its arrays out contiguously."""
    points = [block.points.to_float() for block in layer.readout.blocks]
    offsets = np.zeros((len(points) + 1, 3), dtype=np.int64)
    for number, array in enumerate(points):
        offsets[number + 1] = offsets[number] + (array.shape[1], array.size, array.shape[0])
    empty = np.zeros(0)
    return FloatLayer(
        matrices=np.ascontiguousarray(layer.flat_matrices.to_float()),
        inputs=np.ascontiguousarray(layer.inputs.to_float().reshape(layer.letters, layer.size)),
        start=layer.start.to_float().reshape(layer.size),
        coordinates=np.concatenate(
            [np.zeros(0, dtype=np.int64), *(block.coordinates.astype(np.int64) for block in layer.readout.blocks)]
        ),
        points=np.concatenate([empty, *(array.reshape(-1) for array in points)]),
        halves=np.concatenate([empty, *((array**2).sum(axis=1) / 2 for array in points)]),
        offsets=offsets,
        select=np.ascontiguousarray(layer.readout.select, dtype=np.int64),
        table=np.ascontiguousarray(layer.readout.table, dtype=np.int64),
        radix=layer.readout.radix,
    )


def run_layers(
    layers: Sequence[Layer], letters: Int[np.ndarray, "batch time"], *, first: int | None = None
) -> Int64[np.ndarray, "batch time"]:
    """Answers of the last layer after every letter; −1 where the input is −1.

    Arguments:
        layers: the stack.
        letters: letters of the first layer, −1 after the end of a word.
        first: a letter that every word begins with and that is not in `letters`; its own answer is not returned.
    """
    symbols = np.ascontiguousarray(letters, dtype=np.int64)
    for layer in layers:
        lowered = lower(layer)
        before = layer.symbols
        if first is not None:
            before = first
            letter = np.array([first + layer.delay * layer.symbols**2])
            state = np.einsum("bij,bj->bi", lowered.matrices[letter], lowered.start[None]) + lowered.inputs[letter]
            first = int(_decode(lowered, state, letter)[0])
            lowered = replace(lowered, start=state[0])
        if layer.delay:
            symbols = with_previous(symbols, layer.symbols, before)
        if symbols.size * layer.size >= _COMPILED_FROM:
            from expressivity.networks import forward_kernels

            symbols = forward_kernels.run_layer(
                lowered.matrices,
                lowered.inputs,
                lowered.start,
                lowered.coordinates,
                lowered.points,
                lowered.halves,
                lowered.offsets,
                lowered.select,
                lowered.table,
                lowered.radix,
                symbols,
            )
        else:
            symbols = _run_layer(lowered, symbols)
    return symbols


def with_previous(symbols: Int[np.ndarray, "batch time"], count: int, before: int) -> Int[np.ndarray, "batch time"]:
    """Letters of a layer with delay 1: present + count·previous, previous being `before` at the first step."""
    previous = np.full_like(symbols, before)
    previous[:, 1:] = symbols[:, :-1]
    return np.where(symbols < 0, -1, symbols + count * previous)


def _run_layer(layer: FloatLayer, symbols: np.ndarray) -> np.ndarray:
    """The compiled loop in NumPy: one batched matrix product per step."""
    answers = np.full(symbols.shape, -1, dtype=np.int64)
    state = np.repeat(layer.start[None], len(symbols), axis=0)
    for t in range(symbols.shape[1]):
        live = np.flatnonzero(symbols[:, t] >= 0)
        x = symbols[live, t]
        state[live] = np.einsum("bij,bj->bi", layer.matrices[x], state[live]) + layer.inputs[x]
        answers[live, t] = _decode(layer, state[live], x)
    return answers


def _decode(layer: FloatLayer, state: np.ndarray, letters: np.ndarray) -> np.ndarray:
    codes = np.zeros(len(state), dtype=np.int64)
    for read in range(layer.select.shape[1]):
        chosen = layer.select[letters, read]
        for block in np.unique(chosen[chosen >= 0]):
            rows = chosen == block
            (c0, p0, h0), (c1, p1, h1) = layer.offsets[block], layer.offsets[block + 1]
            points = layer.points[p0:p1].reshape(h1 - h0, c1 - c0)
            scores = state[np.ix_(rows, layer.coordinates[c0:c1])] @ points.T - layer.halves[h0:h1]
            codes[rows] += layer.radix**read * scores.argmax(axis=1)
    answers: np.ndarray = layer.table[letters, codes]
    return answers
