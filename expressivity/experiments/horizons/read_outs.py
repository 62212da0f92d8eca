"""A network that decodes its whole state at once → the same network decoding every coordinate on its own.

The nearest code point tolerates errors that a coordinate by coordinate decoder does not: code points such as the
permutations of (1, …, n) lie farther apart than their coordinates. Horizons with both are worth comparing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from expressivity.errors import CannotCompile
from expressivity.exact import rationals
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.networks.network import Network

_MOST_CODES = 100_000  # the table is part of every certificate


def per_coordinate(network: Network) -> Network:
    """The network with one block for each coordinate that its last layer reads.

    A coordinate decodes to the nearest value that any code point has there. A combination of values that is no code
    point is rejected.

    Arguments:
        network: a network of one layer whose read-out is one block of rational code points.

    Raises:
        CannotCompile: when the network is of another kind.
    """
    if len(network.layers) != 1:
        raise CannotCompile(f"a per-coordinate read-out covers one layer, and the network has {len(network.layers)}")
    layer = network.layers[0]
    if len(layer.readout.blocks) != 1 or layer.readout.select.shape[1] != 1 or np.any(layer.readout.select < 0):
        raise CannotCompile("a per-coordinate read-out covers layers that decode one block after every letter")
    block = layer.readout.blocks[0]
    if not block.points.is_rational:
        raise CannotCompile("a per-coordinate read-out covers rational code points; these have irrational coordinates")
    return replace(
        network, layers=(_split(layer, block),), about=f"{network.about}; every coordinate decoded on its own"
    )


def _split(layer: Layer, block: Block) -> Layer:
    points = block.points.fractions()
    values = [sorted(set(column)) for column in points.T.tolist()]
    blocks = tuple(
        Block(np.array([coordinate]), rationals(np.array(levels, dtype=object).reshape(-1, 1)))
        for coordinate, levels in zip(block.coordinates.tolist(), values, strict=True)
    )
    radix = max(len(levels) for levels in values)
    codes = radix ** len(blocks)
    if codes > _MOST_CODES:
        raise CannotCompile(f"a per-coordinate read-out would need a table of {codes} codes, more than {_MOST_CODES}")
    places = [
        sum(radix**read * levels.index(value) for read, (levels, value) in enumerate(zip(values, row, strict=True)))
        for row in points.tolist()
    ]
    letters = layer.letters
    table = np.zeros((letters, codes), dtype=np.int64)
    table[:, places] = layer.readout.table[:, : len(places)]
    select = np.tile(np.arange(len(blocks)), (letters, 1))
    return replace(layer, readout=Readout(blocks, select, table, layer.readout.outputs))
