"""One certificate of every kind that the project writes, made once, for tests of the checker."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

import expressivity as ex
from expressivity import relational
from expressivity.exact import rationals, zeros
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Block, Layer, Readout, single_block
from oracles.cast_networks import one_layer


def threshold(least: int) -> ex.Network:
    """H ← h + 1 accepts a^n for n ≥ least, as long as h counts."""
    points = rationals([[least - 1], [least]])
    layer = Layer(
        DiagonalTransition(rationals([[1]])),
        rationals([[[1]]]),
        zeros(1, 1),
        single_block(points, np.array([[0, 1]]), 2),
    )
    return ex.Network(("a",), (layer,))


def ignored_memory() -> ex.Network:
    """Ends in b: one coordinate is the last letter; the other fades, and is read by a block that the table ignores."""
    points = rationals([[0], [1]])
    blocks = Block(np.array([0]), points), Block(np.array([1]), points)
    readout = Readout(blocks, np.array([[0, 1]] * 2), np.array([[0, 1, 0, 1]] * 2), 2)
    diagonal = rationals(np.array([[Fraction(0), Fraction(1, 2)]] * 2, dtype=object))
    inputs = rationals([[[0], [0]], [[1], [1]]])
    return ex.Network(("a", "b"), (Layer(DiagonalTransition(diagonal), inputs, zeros(2, 1), readout),), family="mamba")


def alternating_signs() -> ex.Network:
    """RWKV-7 of width one, A = 6/11 − 1 = −5/11: parity by the sign of a state that fades and is never zero."""
    decay = rationals(np.array([[Fraction(6, 11)]] * 2, dtype=object))
    ones = rationals([[1], [1]])
    transition = Rwkv7Transition(decay, ones.reshape(2, 1, 1), ones)
    readout = single_block(rationals([[1], [-1]]), np.array([[1, 0], [1, 0]]), 2)
    layer = Layer(transition, rationals([[[0]], [[1]]]), zeros(1, 1), readout)
    return ex.Network(("1",), (layer,), bos=True, family="rwkv7")


def _decided(network: ex.Network, language: str, arithmetic: str = "exact") -> dict[str, Any]:
    answer = ex.verify(network, language, arithmetic=arithmetic, check=False)
    assert isinstance(answer, ex.Equivalent | ex.Counterexample), (language, arithmetic, answer)
    return answer.certificate.data


def _refuted(network: ex.Network, language: str, arithmetic: str) -> dict[str, Any]:
    found = ex.refute_network(network, language, arithmetic=arithmetic)
    assert found is not None
    return found.certificate.data


def _impossible(family: str, language: str, arithmetic: str, given: str | None = None) -> dict[str, Any]:
    found = ex.refute(family, language, arithmetic=arithmetic, given=given)
    assert isinstance(found, ex.Impossible), (family, language, arithmetic)
    return found.certificate.data


def _inseparable() -> dict[str, Any]:
    found = relational.refute(2, "hexagon/0", "hexagon/1")
    assert isinstance(found, relational.Inseparable)
    return found.certificate.data


def _separated() -> dict[str, Any]:
    found = relational.separate("hexagon/0", "hexagon/1")
    assert isinstance(found, relational.Separated)
    return found.certificate.data


def _slow() -> ex.Network:
    return one_layer([[Fraction(3, 4)]], [1], [8], [[0], [3], [4], [6], [7]], [0, 2, 4])


def _repeated() -> dict[str, Any]:
    """A word over one letter, given by the letter and how often it is repeated."""
    data = copy.deepcopy(_decided(threshold(1000), "re:" + "a" * 1000 + "a*", "uint11"))
    return data | {"word": {"repeat": "a", "times": len(data["word"])}}


MADE: dict[str, Callable[[], dict[str, Any]]] = {
    "exact points": lambda: _decided(ex.compile("S3", "deltaproduct"), "S3"),
    "exact points over Q(√2, …)": lambda: _decided(ex.compile("mod3", "complex-diagonal"), "mod3"),
    "exact boxes": lambda: _decided(ignored_memory(), "re[ab]:(a|b)*b"),
    "sign cells": lambda: _decided(alternating_signs(), "parity"),
    "rounded points": lambda: _decided(ex.compile("mod3", "complex-diagonal"), "mod3", "bf16"),
    "rounded points, fused": lambda: _decided(ex.compile("parity", "deltanet-signed"), "parity", "fp8_e4m3fn/fused"),
    "rounded points, accumulate-fp32": lambda: _decided(
        ex.compile("S3-transpositions", "deltanet-signed", key="dyadic"), "S3-transpositions", "bf16/accumulate-fp32"
    ),
    "rounded points, chunked": lambda: _decided(ex.compile("parity", "deltanet-signed"), "parity", "bf16/chunked:2"),
    "rounded boxes": lambda: _decided(ignored_memory(), "re[ab]:(a|b)*b", "bf16"),
    "rounded points with delay": lambda: _decided(ex.compile("tomita-2", "mamba", delay=1), "tomita-2", "bf16"),
    "cycle": lambda: _decided(threshold(1000), "re:" + "a" * 1000 + "a*", "fp16"),
    "word": lambda: _decided(ex.compile("mod3", "deltaproduct"), "parity"),
    "word, rounded": lambda: _decided(ex.compile("mod5", "deltanet-signed"), "mod5", "fp8_e4m3fn"),
    "word, repeated letter": _repeated,
    "memories": lambda: _decided(ex.compile("parity", "deltanet-signed"), "parity", "bf16/exact-then-cast"),
    "word, cast": lambda: _decided(
        one_layer([[Fraction(1, 2)]], [1], [0], [[0], [1], [2]], [0, 2]), "parity", "bf16/exact-then-cast"
    ),
    "period": lambda: _decided(
        one_layer([[Fraction(1, 2)]], [1], [0], [[0], [1], [2]], [0, 2]),
        "re:(1111*)?",
        "bf16/exact-then-cast",
    ),
    "refuted by a period": lambda: _refuted(_slow(), "parity", "exact:fp8_e4m3fn/exact-then-cast"),
    "impossible, cycle": lambda: _impossible("mamba", "parity", "bf16"),
    "impossible, odd cycle": lambda: _impossible("mamba-signed", "mod3", "fp8_e4m3fn"),
    "impossible, powers of a letter": lambda: _impossible("deltanet", "parity", "exact"),
    "impossible, unsolvable": lambda: _impossible("complex-diagonal", "A5", "exact", "finitely-many-states"),
    "inseparable": _inseparable,
    "separated": _separated,
}
"""Every kind by name, and how to make it."""


@functools.cache
def _text(kind: str) -> str:
    return json.dumps(MADE[kind]())


def certificate(kind: str) -> dict[str, Any]:
    """A fresh copy of the certificate of a kind, as a reader of its file gets it."""
    return json.loads(_text(kind))
