"""Families that real arithmetic forbids to alternate, alternating by rounding: parity and mod 4 over the letter 1.

Three ways besides the limit cycles that `hunt` finds:

- *A decaying negative eigenvalue.* RWKV-7 has eigenvalues down to −0.4548. In real arithmetic h ← λh + b converges; on
  a grid it can end in two neighbours that are rounded to each other, and alternate for ever.
- *A stored matrix.* One factor I − βkkᵀ with β in [0, 1] is positive semidefinite, and rounded once per step such a
  matrix has fixed points only (`proofs/one_positive_semidefinite_factor_has_fixed_points_only.py`). But `fused`
  evaluation stores A(x) as a matrix, entry by entry in the weight format, and rounding the entries can make an
  eigenvalue negative. In width three it can pull all three rows the same way, and two neighbours of a fixed point are
  exchanged for ever.

- *A limit between two numbers.* In the order `exact-then-cast` nothing is rounded inside the recurrence. A state that
  tends to the middle of two neighbouring numbers with the multiplier −1/25 lies above and below it in turn, for ever,
  and is cast to one and to the other: Theorem 1 asks for an eigenvalue that is negative, and for no size of it.

A counter modulo four is two such layers, the second one turned by the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.errors import FormatError
from expressivity.exact import ExactArray, rationals, zeros
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Layer, single_block
from expressivity.networks.network import Network
from expressivity.simulation.exact_then_cast import ORDER
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.programs import runnable

TOGGLE, HOLD, BEGIN = range(3)
"""What a letter does to an alternating layer."""

_LONGEST = 64
_DECAYS = (Fraction(35, 64), Fraction(9, 16), Fraction(5, 8))
_INPUTS = tuple(Fraction(n, 16) for n in range(1, 65))

_STORED: dict[str, tuple[tuple[int, ...], tuple[Fraction, ...], tuple[int, ...]]] = {
    # weight format: key, input along the key, start; found by a search over keys near (1, 1, 2)
    "bf16": ((300, 300, 601), (Fraction(171, 64), Fraction(171, 64), Fraction(171 * 601, 64 * 300)), (-253, -254, 260)),
    "fp8_e4m3fn": ((25, 25, 51), (-Fraction(11, 8), -Fraction(11, 8), -Fraction(11 * 51, 8 * 25)), (13, 12, -18)),
}


@dataclass(frozen=True, eq=False)
class _Alternating:
    """How to make a layer that alternates: letters of the given kinds → A(x) and B(x), from a zero start."""

    family: str
    width: int
    begins: bool
    make: Callable[[list[int]], tuple[Transition, ExactArray]]


def rounded_parity(family: str, arithmetic: str) -> list[Network]:
    """Networks of a family over the letter 1 that may decide parity, and mod 4, by rounding alone.

    Nothing is promised: verify them in that arithmetic.

    Arguments:
        family: `rwkv7` or `deltanet`; others have none.
        arithmetic: a step-wise arithmetic or one that casts, as `parse_arithmetic` reads it.

    Returns:
        The networks, none where the rounded layer does not alternate.
    """
    model = parse_arithmetic(arithmetic)
    if family == "rwkv7" and _casts_to_the_nearest(model):
        alternating, orbit = _around_a_middle(model)
        return [_parity(alternating, orbit), _mod_4(alternating, orbit)]
    try:
        model = runnable(model)
    except FormatError:
        return []
    if model.rounding == "stochastic" or model.chunk is not None:
        return []
    for layer in _layers(family, model.weights.name, model.order):
        states = _orbit(layer, arithmetic)
        if states is not None:
            return [_parity(layer, states), _mod_4(layer, states)]
    return []


def _casts_to_the_nearest(model: Arithmetic) -> bool:
    exact_weights = model.weights.kind == "exact" and model.state.kind in ("float", "fixed")
    nearest = model.rounding in ("nearest-even", "nearest-away") and not model.state.modulus
    return model.order == ORDER and exact_weights and nearest


def _around_a_middle(model: Arithmetic) -> tuple[_Alternating, list[list[Fraction]]]:
    """Two channels, of which one keeps a number c and the other tends to a middle that c decides, and what is read."""
    low = Fraction(model.state.kind == "float")
    step = Fraction(2) ** (1 - model.state.precision if low else model.state.quantum)
    middle, high = low + step / 2, low + step
    # A channel without a rate is only kept; the other moves by h ← (3/5 − 16/25)·h − (12/25)·c.
    decay, key = Fraction(3, 5), (3, 4)
    kept = -middle * (1 + Fraction(1, 25)) / Fraction(12, 25)

    def make(kinds: list[int]) -> tuple[Transition, ExactArray]:
        turns = [kind == TOGGLE for kind in kinds]
        decays = rationals([[Fraction(1), decay if turn else Fraction(1)] for turn in turns])
        rates = rationals([[0, int(turn)] for turn in turns])
        writes = rationals([[[kept], [high]] if kind == BEGIN else [[Fraction(0)]] * 2 for kind in kinds])
        return Rwkv7Transition(decays, rationals([[key] for _ in kinds]), rates), writes

    return _Alternating("rwkv7", 2, True, make), [[Fraction(0), high], [Fraction(0), low]]


def _layers(family: str, weights: str, order: str) -> list[_Alternating]:
    if family == "rwkv7":
        return [_decaying(decay, value) for decay in _DECAYS for value in _INPUTS]
    if family == "deltanet" and order == "fused" and weights in _STORED:
        return [_stored(*_STORED[weights])]
    return []


def _decaying(decay: Fraction, value: Fraction) -> _Alternating:
    """One channel h ← (w − 1)·h + b."""

    def make(kinds: list[int]) -> tuple[Transition, ExactArray]:
        turns = [kind == TOGGLE for kind in kinds]
        decays = rationals([[decay if turn else 1] for turn in turns])
        rates = rationals([[int(turn)] for turn in turns])
        keys = rationals([[[1]] for _ in turns])
        return Rwkv7Transition(decays, keys, rates), rationals([[[value if turn else 0]] for turn in turns])

    return _Alternating("rwkv7", 1, False, make)


def _stored(key: tuple[int, ...], inputs: tuple[Fraction, ...], start: tuple[int, ...]) -> _Alternating:
    """One factor I − kkᵀ that is stored as a matrix; the start is written by a letter."""

    def make(kinds: list[int]) -> tuple[Transition, ExactArray]:
        keys = [[start if kind == BEGIN else key] for kind in kinds]
        betas = [[{TOGGLE: Fraction(1), HOLD: Fraction(0), BEGIN: Fraction(1, 2)}[kind]] for kind in kinds]
        nothing, begun = (Fraction(0),) * len(key), tuple(Fraction(x) for x in start)
        rows = {TOGGLE: inputs, HOLD: nothing, BEGIN: begun}
        shifts = [[[x] for x in rows[kind]] for kind in kinds]
        return HouseholderTransition(rationals(keys), rationals(betas)), rationals(shifts)

    return _Alternating("deltanet", len(key), True, make)


def _layer(
    alternating: _Alternating, kinds: list[int], states: list[list[Fraction]], table: np.ndarray, outputs: int
) -> Layer:
    transition, inputs = alternating.make(kinds)
    readout = single_block(rationals(np.array(states, dtype=object)), table, outputs)
    return Layer(transition, inputs, zeros(alternating.width, 1), readout)


def _orbit(alternating: _Alternating, arithmetic: str) -> list[list[Fraction]] | None:
    """The states from the start on until they repeat, when they end in a cycle of two."""
    blank = [[Fraction(0)] * alternating.width]
    kinds = [TOGGLE, BEGIN if alternating.begins else HOLD]
    layer = _layer(alternating, kinds, blank, np.zeros((2, 1), dtype=np.int64), 1)
    rounded = RoundedLayer(layer, runnable(arithmetic))
    state = rounded.program.start[None, :]
    if alternating.begins:
        state = rounded.advance(state, np.array([1]))
    states: list[list[Fraction]] = []
    for _ in range(_LONGEST):
        if not np.isfinite(state).all():
            return None
        found = [Fraction(x) for x in state[0].tolist()]
        if found in states:
            return states if states.index(found) == len(states) - 2 else None
        states.append(found)
        state = rounded.advance(state, np.array([0]))
    return None


def _parity(alternating: _Alternating, states: list[list[Fraction]]) -> Network:
    even = 1 - np.arange(len(states)) % 2
    kinds = [TOGGLE] + [BEGIN] * alternating.begins
    layer = _layer(alternating, kinds, states, np.tile(even, (len(kinds), 1)), 2)
    return Network(
        ("1",),
        (layer,),
        accepts_empty=not alternating.begins,
        bos=alternating.begins,
        family=alternating.family,
        about=f"{len(states)} rounded states that end in alternation",
    )


def _mod_4(alternating: _Alternating, states: list[list[Fraction]]) -> Network:
    """Layer 2 is turned by every second letter; its letters are 0 (hold), 1 (turn) and, where needed, 2 (begin)."""
    even = 1 - np.arange(len(states)) % 2
    begins = alternating.begins
    kinds = [TOGGLE] + [BEGIN] * begins
    table = np.concatenate([even[None], np.full((int(begins), len(states)), 2)])
    first = _layer(alternating, kinds, states, table, 3 if begins else 2)
    kinds = [HOLD, TOGGLE] + [BEGIN] * begins
    table = np.stack([np.zeros_like(even), even] + [even] * begins)
    second = _layer(alternating, kinds, states, table, 2)
    return Network(
        ("1",),
        (first, second),
        accepts_empty=not begins,
        bos=begins,
        family=alternating.family,
        about=f"two layers of {len(states)} rounded states that end in alternation",
    )
