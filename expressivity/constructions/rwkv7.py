"""Languages → RWKV-7 layers, as far as the range of its in-context learning rate a allows.

With A = Diag(w) − (a ⊙ κ̂) κ̂ᵀ and w in [e^(−e^(−1/2)), 1], exactly:
  hold: w = 1, a = 0; excluded by the published open range w < 1, in which every letter contracts;
  reset of one coordinate j of a head: κ = e_j, a_j = w_j; all other coordinates survive, as w > 0;
  copy of coordinate i onto j: row j of A is e_i only for κ ∝ w_j e_j − e_i, a_j = w_j + 1/w_j, a_i = 0, so a_j ≥ 2;
  reflection, also signed copies and swaps: w = 1, a = 2.
For a ≤ 1 (published) this leaves set–hold registers: star-free languages; and counters modulo two that no finite
precision holds, the signs of powers of −5/11 (`alternating_signs`): languages whose groups are 2-groups. For a ≤ 2
(`rwkv7-signed`) a head does everything a DeltaNet with β ≤ 2 does, and copies besides.

What a ≤ 1 makes of letters that turn states in a cycle (`refusals`, "margins-settle-along-a-letter"): coordinates with
a_c = 0 are only scaled by w_c; on the others A is similar to the symmetric matrix Diag(w) − u uᵀ, u = √a ⊙ κ̂, ‖u‖ ≤ 1.
So every eigenvalue is real and lies in [e^(−e^(−1/2)) − 1, 1], above −0.46. Under one letter, repeated, every linear
function of the state is a sum of terms c·C(k, m)·λ^(k−m) with such λ, and converges to a number or to ±∞; so does the
difference of the squared distances to two code points. If states may move by ε > 0 without another code, this
difference is 2ε times the distance of the points, or more, on the side of the point that is decoded: it cannot change
sides for ever. So the answers become constant, and by induction those of every layer, while a letter that turns a
minimal automaton's states in a cycle asks for answers that never do. Networks with finitely many states have a
converging one too, hence one that stops. Without a margin nothing forbids it: (−5/11)^k, from w = 6/11 and a = 1,
changes its sign for ever, and reading the sign decides parity in exact arithmetic (`alternating_signs`).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.few_layers.two_reflections import two_reflections
from expressivity.constructions.one_layer.permutation import permutation
from expressivity.constructions.stacks.diagonal_stack import (
    aperiodic_cascade,
    counter_stack,
    diagonal_layer,
    mamba,
)
from expressivity.constructions.stacks.stack_plan import LayerPlan
from expressivity.exact import rationals, zeros
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import in_form, must_have_form
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Block, Layer, single_block
from expressivity.networks.network import Network

_MOST_SETS = 256
_MOST_LETTERS, _MOST_ORDER = 50_000, 5_000  # of a layer of a cascade, and of a group of one
_SHRINKING = Fraction(-5, 11)  # w − a with w = 6/11, just above exp(−exp(−1/2)), and a = 1


def flip_flops(automaton: Automaton) -> Network | None:
    """The cascade of flip-flops that `mamba` builds, each register a head of one channel: w = 1, a = 0 or 1.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when the language is not star-free.

    Raises:
        CannotCompile: when every cascade grows beyond its limits.
    """
    network = mamba(automaton)
    return None if network is None else as_rwkv7(network)


def alternating_signs(automaton: Automaton) -> Network | None:
    """The cascade that `mamba-signed` builds, with counters modulo two that only change sign: h ← −5/11·h.

    The multiplier −1 is out of reach with a ≤ 1, but w = 6/11 and a = 1 make −5/11, and the sign of a number can count
    that comes as near to 0 as one likes. So the read-out has no margin, and precision has no bound.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when some subgroup of the automaton's monoid is not a 2-group, or when all are trivial:
        `flip_flops` gives a network with a margin then.

    Raises:
        CannotCompile: when every cascade grows beyond its limits.
    """
    if aperiodic_cascade(automaton) is not None:
        return None
    network = counter_stack(automaton, _sign_layer, moduli="two", max_letters=_MOST_LETTERS, max_order=_MOST_ORDER)
    if network is None:
        return None
    about = f"{network.about}, counted modulo two by the signs of what only shrinks: exact states, without a margin"
    return as_rwkv7(replace(network, about=about))


def _sign_layer(plan: LayerPlan) -> Layer:
    """As `diagonal_layer`, a two-state component that is swapped being +1 or −1 and swapped by −5/11."""
    layer = diagonal_layer(plan)
    transition = must_have_form(layer.transition, DiagonalTransition)
    diagonal, inputs, start = (array.fractions() for array in (transition.diagonal, layer.inputs, layer.start))
    blocks = list(layer.readout.blocks)
    for c, component in enumerate(plan.components):
        if [1, 0] not in component.maps.tolist():
            continue
        swapped, written = diagonal[:, c] < 0, diagonal[:, c] == 0
        diagonal[swapped, c] = _SHRINKING
        inputs[:, c, 0] = np.where(written, 1 - 2 * inputs[:, c, 0], 0)
        start[c, 0] = 1 - 2 * start[c, 0]
        blocks[c] = Block(np.array([c]), rationals([[1], [-1]]))
    readout = replace(layer.readout, blocks=tuple(blocks))
    return replace(
        layer,
        transition=DiagonalTransition(rationals(diagonal)),
        inputs=rationals(inputs),
        start=rationals(start),
        readout=readout,
    )


def reflections(automaton: Automaton) -> Network | None:
    """The one-factor networks of DeltaNet with β ≤ 2 for group languages, with one head per layer: w = 1, a = β.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network with fewest layers, or None when there is none of one factor per letter.
    """
    for build in (permutation, two_reflections):
        network = build(automaton)
        if network is not None and network.factors == 1:
            return as_rwkv7(network)
    return None


def as_rwkv7(network: Network) -> Network | None:
    """The same states and answers with every A(x) in the form of RWKV-7, from a zero start.

    A diagonal layer becomes heads of one channel with w = 1, a = 1 − d, or where d is negative and small w = 1 + d,
    a = 1; its start state is subtracted from all states.
    A layer of one generalised Householder factor becomes one head with w = α, a = α β.

    Arguments:
        network: layers with diagonal transitions, or with one Householder factor and a zero start.

    Returns:
        The network, or None when a layer is of another form; whether it is in a family is for that family to say.
    """
    layers = []
    for layer in network.layers:
        diagonal = in_form(layer.transition, DiagonalTransition)
        product = in_form(layer.transition, HouseholderTransition)
        if diagonal is not None:
            layers.append(_from_diagonal(layer, diagonal))
        elif product is not None and product.factors == 1:
            layers.append(replace(layer, transition=_from_factor(product)))
        else:
            return None
    return replace(network, layers=tuple(layers), about=f"{network.about}; as RWKV-7 heads")


def _from_diagonal(layer: Layer, transition: DiagonalTransition) -> Layer:
    letters, width, ones = layer.letters, layer.width, np.ones((layer.letters, layer.width), dtype=np.int64)
    decays = np.full((letters, width), Fraction(1), dtype=object)
    if transition.diagonal.is_rational:
        entries = transition.diagonal.fractions()
        small = (entries < 0) & (entries >= _SHRINKING)
        decays[small] = 1 + entries[small]
    rates = rationals(decays) - transition.diagonal
    form = Rwkv7Transition(rationals(decays), rationals(ones[:, :, None]), rates)
    lost = rationals(ones[:, :, None]) - transition.diagonal.reshape(letters, width, 1)
    inputs = layer.inputs - lost * layer.start.reshape(1, width, layer.columns)
    flat = layer.start.reshape(layer.size)
    blocks = tuple(
        Block(block.coordinates, block.points - flat[block.coordinates].reshape(1, len(block.coordinates)))
        for block in layer.readout.blocks
    )
    return replace(
        layer,
        transition=form,
        inputs=inputs,
        start=zeros(width, layer.columns),
        readout=replace(layer.readout, blocks=blocks),
    )


def _from_factor(transition: HouseholderTransition) -> Rwkv7Transition:
    letters, _, width = transition.keys.shape
    ones = rationals(np.ones((letters, width), dtype=np.int64))
    gates = ones if transition.gates is None else transition.gates.reshape(letters, 1) * ones
    return Rwkv7Transition(gates, transition.keys, gates * transition.betas)


def copies(automaton: Automaton) -> Network | None:
    """One layer, one head: coordinate S says by ±1 whether the automaton's state lies in the set S of states.

    The sets are the accepting one and its preimages under words, up to complement; after letter x the coordinate of S
    is that of x⁻¹S before it. One head can do this where every letter leaves all coordinates alone but one, which it
    sets, negates or overwrites by a copy (perhaps negated) of another, or but two, which it swaps (perhaps negating
    both). Setting needs a = 1, all else a = 2. A beginning-of-sequence letter writes the start.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when a letter moves more, or more than 256 sets arise.

    Source: Peng et al. 2025 (copies as elementary steps); the sets are the reversed automaton of Brzozowski (1962).
    """
    sets = _preimages(automaton)
    if sets is None:
        return None
    members, source, sign = sets
    width = max(1, len(members))
    letters = len(automaton.letters)
    keys = np.zeros((letters + 1, 1, width), dtype=np.int64)
    rates = np.zeros((letters + 1, width), dtype=np.int64)
    inputs = np.zeros((letters + 1, width, 1), dtype=np.int64)
    for x in range(letters):
        moved = [j for j in range(len(members)) if (source[x, j], sign[x, j]) != (j, 1)]
        if not moved:
            keys[x, 0, 0] = 1
            continue
        j, i, s = moved[0], int(source[x, moved[0]]), int(sign[x, moved[0]])
        keys[x, 0, j] = 1
        if len(moved) == 1 and i < 0:
            rates[x, j], inputs[x, j, 0] = 1, s
        elif len(moved) == 1:
            # Copy or negation: I − 2 e_j (e_j − s e_i)ᵀ / 2, or I − 2 e_j e_jᵀ.
            rates[x, j] = 2
            if i != j:
                keys[x, 0, i] = -s
        elif len(moved) == 2 and i == moved[1] and (source[x, i], sign[x, i]) == (j, s):
            keys[x, 0, i] = -s
            rates[x, [i, j]] = 2
        else:
            return None
    start = np.where(members[:, automaton.start], 1, -1) if len(members) else np.ones(1, dtype=np.int64)
    keys[letters, 0], rates[letters], inputs[letters, :, 0] = start, 1, start
    table = np.tile(np.array([0, 1]), (letters + 1, 1))
    if len(members) == 0:
        table[:] = automaton.accepting[automaton.start]
    layer = Layer(
        Rwkv7Transition(rationals(np.ones_like(rates)), rationals(keys), rationals(rates)),
        rationals(inputs),
        zeros(width, 1),
        single_block(rationals(np.array([[-1], [1]])), table, 2),
    )
    return Network(automaton.letters, (layer,), bos=True, about=f"copies among {len(members)} sets of states")


def _preimages(automaton: Automaton) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The accepting set and its preimages up to complement, without the trivial ones, the accepting set first.

    Returns:
        Members, shape (set, state); and for each letter and set the number of the set that is its preimage (−1 for
        none or all states) and 1, or −1 where it is the complement (for −1: 1 for all states, −1 for none).
    """
    known: dict[bytes, int] = {}
    members: list[np.ndarray] = []

    def find(chosen: np.ndarray) -> tuple[int, int]:
        if chosen.all() or not chosen.any():
            return -1, 1 if chosen.all() else -1
        if (number := known.get(chosen.tobytes())) is not None:
            return number, 1
        if (number := known.get((~chosen).tobytes())) is not None:
            return number, -1
        known[chosen.tobytes()] = len(members)
        members.append(chosen)
        return len(members) - 1, 1

    find(np.ascontiguousarray(automaton.accepting, dtype=bool))
    rows = []
    for chosen in members:
        rows.append([find(chosen[row]) for row in automaton.table])
        if len(members) > _MOST_SETS:
            return None
    steps = np.array(rows, dtype=np.int64).reshape(len(members), len(automaton.letters), 2)
    shape = (len(members), automaton.states)
    return np.array(members, dtype=bool).reshape(shape), steps[:, :, 0].T, steps[:, :, 1].T
