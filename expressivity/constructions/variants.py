"""A network → its variants: the same in exact arithmetic, or made for a ring of integers; rounding tells them apart.

Rounding is not linear: of two networks that differ by a factor of all states only, one may drift and the other be
right for ever. And integers that wrap around are a ring in which other weights than the exact ones do the work: −h and
h are equal for h = 2^(k−1), and a swap's key (1, −1)/√2, stored as the integers (1, −1), makes I − kkᵀ the swap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.exact import ExactArray, rationals
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import in_form
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.networks.network import Network

_SCALES = (*(Fraction(n) for n in range(2, 17)), Fraction(1, 2), Fraction(1, 4), Fraction(3, 2), Fraction(5, 4))


def variants(network: Network, family: str, arithmetic: str) -> Iterator[Network]:
    """A network and its variants that may do better in an arithmetic, those that leave the family excepted.

    Nothing is promised of them: each is to be verified like any other network.

    Arguments:
        network: the network.
        family: name of the family to stay in.
        arithmetic: as `parse_arithmetic` reads it.
    """
    for candidate in all_variants(network, arithmetic):
        if not FAMILIES[family].problems(candidate):
            yield candidate


def all_variants(network: Network, arithmetic: str) -> Iterator[Network]:
    """As `variants`, whatever the family of each."""
    model = parse_arithmetic(arithmetic)
    yield network
    if model.state.modulus and model.state.quantum == 0:
        lowest = int(model.state.lowest)
        unsigned = unsigned_counters(network, lowest if lowest < 0 else int(model.state.modulus) // 2)
        if unsigned is not None:
            yield unsigned
        single = single_strength(network)
        if single is not None:
            yield single
    elif _may_drift(network):
        for factor in _SCALES:
            yield scaled(network, factor)


def _may_drift(network: Network) -> bool:
    """Whether some weight is no dyadic rational."""
    arrays = [array for layer in network.layers for array in (layer.transition.matrices, layer.start)]
    return any(not array.is_rational or (d := array.simplified().denominator) & (d - 1) for array in arrays)


def scaled(network: Network, factor: Fraction) -> Network:
    """The same network with all states multiplied by a positive factor; in exact arithmetic it answers alike.

    Arguments:
        network: the network.
        factor: the factor.
    """
    return replace(network, layers=tuple(_scaled(layer, rationals(np.array(factor))) for layer in network.layers))


def _scaled(layer: Layer, factor: ExactArray) -> Layer:
    blocks = tuple(Block(block.coordinates, (block.points * factor).simplified()) for block in layer.readout.blocks)
    readout = Readout(blocks, layer.readout.select, layer.readout.table, layer.readout.outputs)
    start, inputs = (layer.start * factor).simplified(), (layer.inputs * factor).simplified()
    return replace(layer, inputs=inputs, start=start, readout=readout)


def unsigned_counters(network: Network, half: int) -> Network | None:
    """Diagonal layers with entries −1 rewritten with entries 1, for integers modulo an even number.

    States are multiplied by half the modulus; a coordinate that was 0 or 1 is then its own negative.

    Arguments:
        network: the network.
        half: half the modulus, or its negative where that is the integer the format holds.

    Returns:
        The rewritten network; None when a layer is not diagonal with entries −1, 0 and 1, or no entry is −1.
    """
    layers, changed = [], False
    for layer in network.layers:
        transition = in_form(layer.transition, DiagonalTransition)
        if transition is None or not transition.diagonal.is_rational:
            return None
        entries = transition.diagonal.fractions()
        if not set(entries.reshape(-1).tolist()) <= {-1, 0, 1}:
            return None
        changed |= bool((entries == -1).any())
        moved = replace(layer, transition=DiagonalTransition(rationals(np.abs(entries))))
        layers.append(_scaled(moved, rationals(np.array(Fraction(half)))))
    return replace(network, layers=tuple(layers)) if changed else None


def single_strength(network: Network) -> Network | None:
    """Householder layers with β = 1 in place of 2 wherever the key, stored as integers, is one of two entries ±1.

    Such a key is (±1, ±1)/√2 in exact arithmetic, and 1/√2 is stored as 1: I − kkᵀ is then the swap that I − 2kkᵀ was.

    Arguments:
        network: the network.

    Returns:
        The rewritten network; None when a layer has another form, or no factor is changed.
    """
    layers, changed = [], False
    for layer in network.layers:
        transition = in_form(layer.transition, HouseholderTransition)
        if transition is None:
            return None
        if not (transition.betas.is_rational and transition.keys.is_rational):
            return None
        betas, keys = transition.betas.fractions(), abs(transition.keys.fractions())
        pairs = ((keys != 0).sum(axis=-1) == 2) & (keys.max(axis=-1) * 2 == keys.sum(axis=-1))
        chosen = pairs & (betas == 2)
        changed |= bool(chosen.any())
        betas[chosen] = Fraction(1)
        layers.append(
            replace(layer, transition=HouseholderTransition(transition.keys, rationals(betas), transition.gates))
        )
    return replace(network, layers=tuple(layers)) if changed else None
