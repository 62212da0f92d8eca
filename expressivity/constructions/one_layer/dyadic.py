"""A group automaton → one layer of reflections whose unit keys have entries in {0, ±½, ±1}: exact in small formats.

Real kernels divide a key by its length. A swap e_i − e_j has length √2, which no binary format holds, so the layer as
run drifts. The keys of `root_systems.py` have length 1 exactly; with a start vector of few bits every number that a
kernel forms is a short binary fraction, in whatever order sums are taken, and nothing is ever rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations, product

import numpy as np
from jaxtyping import Float64, Int

from expressivity.automaton import Automaton
from expressivity.constructions.actions.block_action import Action
from expressivity.constructions.actions.letter_subgroups import cheapest_action
from expressivity.constructions.actions.permutation_actions import is_permutation_automaton, swaps
from expressivity.constructions.one_layer.root_systems import RootSystem, root_systems
from expressivity.errors import ExpressivityError
from expressivity.exact import ExactArray, concatenate, rationals, zeros
from expressivity.networks.forms.form import in_form
from expressivity.networks.forms.householder import HouseholderTransition, padded_factors, with_extra_letter
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network

_BITS = (4, 8, 11, 24)  # significands of fp8 e4m3, bf16, fp16, fp32
_TRIED = 48  # start vectors examined for each system and number of extra coordinates
_SPARE = 4  # every non-negative integer is a sum of four squares, so more extra coordinates are never needed
_FEW = 300  # states examined before all of them


@dataclass(frozen=True, eq=False)
class Start:
    """A start vector that is 2^r times a unit vector of dyadic entries.

    Arguments:
        system: the keys.
        numbers: what the labels that are not swapped hold, and what each value of the action is replaced by.
        spare: extra coordinates that no key touches; they complete the length.
        length: 2^r.
    """

    system: RootSystem
    numbers: tuple[tuple[int, ...], tuple[int, ...]]
    spare: tuple[float, ...]
    length: int

    @property
    def width(self) -> int:
        """Coordinates in all."""
        return self.system.width + len(self.spare)


def dyadic(automaton: Automaton, *, bits: int | None = None) -> Network | None:
    """One layer of swaps of points as in Theorem 3, by unit keys with entries in {0, ±½, ±1}, started by a unit key.

    Arguments:
        automaton: minimal automaton.
        bits: significand (leading one included) in which every intermediate must be exact: 4 for fp8 e4m3, 8 for
            bf16, 11 for fp16. By default the least of 4, 8, 11 and 24 that some start vector reaches. Fewer bits may
            take up to four more coordinates.

    Returns:
        The network, or None when some letter is not a permutation or no start vector found is exact in `bits`.

    Raises:
        ExpressivityError: when `bits` is not positive.
    """
    if bits is not None and bits < 1:
        raise ExpressivityError(f"bits={bits} is no significand; give at least 1, e.g. 4 for fp8 e4m3")
    if not is_permutation_automaton(automaton):
        return None
    return dyadic_action(automaton, cheapest_action(automaton), bits=bits)


def rounded_keys(network: Network) -> tuple[str, ...]:
    """Keys that a kernel cannot normalise without rounding, one sentence each; empty for a network of dyadic keys.

    A key passes when its length is 1 exactly and its entries are binary fractions; keys with β = 0 do not matter.

    Arguments:
        network: any network; layers that are not products of generalised Householder factors have no keys.
    """
    found = []
    for number, layer in enumerate(network.layers):
        transition = in_form(layer.transition, HouseholderTransition)
        if transition is None:
            continue
        keys, squares = transition.keys, transition.squared_lengths
        for letter, factor in np.argwhere(transition.used).tolist():
            key, square = keys[letter, factor], squares[letter, factor]
            where = f"layer {number}: the key of letter {letter}, factor {factor}"
            if not square.is_rational or square.fractions().item() != 1:
                found.append(f"{where} has a length other than 1")
            elif not key.is_rational or key.denominator & (key.denominator - 1):
                found.append(f"{where} has entries that are no binary fractions")
    return tuple(found)


def dyadic_action(automaton: Automaton, action: Action, *, bits: int | None = None) -> Network | None:
    """The same for a given action of the letters on points, which must determine the state.

    Arguments:
        automaton: the automaton.
        action: its letters as permutations of points, with the state of every reachable vector.
        bits: as for `dyadic`.
    """
    pairs = [swaps(moved) for moved in action.permutations.tolist()]
    for wanted in _BITS if bits is None else (bits,):
        start = _find_start(action, pairs, wanted)
        if start is not None:
            return _network(automaton, action, pairs, start, wanted)
    return None


def _network(
    automaton: Automaton, action: Action, pairs: list[list[tuple[int, int]]], start: Start, bits: int
) -> Network:
    letters, width, two = len(pairs), start.width, rationals(2)
    keys = {pair: _key(start, pair) for pair in {pair for row in pairs for pair in row}}
    transition = padded_factors([[(keys[pair], two) for pair in row] for row in pairs], width)
    vectors = _vectors(start, action.vectors)
    begin = _vectors(start, action.start[None])[0]
    unit = begin.divided_by(start.length)
    verdicts = automaton.accepting[action.states].astype(np.int64)
    layer = Layer(
        with_extra_letter(transition, unit, rationals(1)),
        concatenate([no_input(letters, width), begin.reshape(1, width, 1)]),
        zeros(width, 1),
        single_block(vectors, np.tile(verdicts, (letters + 1, 1)), 2),
    )
    about = (
        f"dyadic unit keys: {action.start.size} points in {start.system.width} dimensions"
        + (f" and {len(start.spare)} spare ones" if start.spare else "")
        + f"; exact with significands of {bits} bits, sums taken in any order"
    )
    return Network(automaton.letters, (layer,), bos=True, about=about)


def _key(start: Start, pair: tuple[int, int]) -> ExactArray:
    key = np.concatenate([start.system.doubled_key(*pair), np.zeros(len(start.spare), dtype=np.int64)])
    return rationals(key).divided_by(2)


def _vectors(start: Start, labels: Int[np.ndarray, "code point"]) -> ExactArray:
    """The states in which the points hold the given values, shape (code, width)."""
    free, held = start.numbers
    values = np.unique(labels[0])
    numbers = np.concatenate(
        [np.array(held)[np.searchsorted(values, labels)], np.tile(np.array(free, dtype=np.int64), (len(labels), 1))],
        axis=1,
    )
    vectors = rationals(numbers) @ start.system.places
    if not start.spare:
        return vectors
    return concatenate([vectors, rationals(np.tile(np.array(start.spare), (len(labels), 1)))], axis=1)


def _find_start(action: Action, pairs: list[list[tuple[int, int]]], bits: int) -> Start | None:
    """The narrowest start vector found with which every intermediate is exact."""
    systems = root_systems(action.start.size)
    for width in range(systems[0].width, systems[-1].width + _SPARE + 1):
        for system in systems:
            if 0 <= width - system.width <= _SPARE:
                for start in _starts(system, action.start, width - system.width, bits):
                    keys = _keys(start, pairs)
                    # A few of the states rule out most start vectors; all of them decide.
                    few = action.vectors[:: len(action.vectors) // _FEW + 1]
                    if all(
                        bits_needed(_vectors(start, labels).to_float(), keys) <= bits
                        for labels in (few, action.vectors)
                    ):
                        return start
    return None


def _keys(start: Start, pairs: list[list[tuple[int, int]]]) -> list[Float64[np.ndarray, "_ width"]]:
    return [np.array([_key(start, pair).to_float() for pair in row]).reshape(len(row), start.width) for row in pairs]


def _starts(system: RootSystem, pattern: np.ndarray, spare: int, bits: int) -> Iterator[Start]:
    """Start vectors with as many spare coordinates, the shortest first, at most `_TRIED` of them."""
    values, place = np.unique(pattern, return_inverse=True)
    held, free = _choices(len(values), system.labels - len(pattern))
    numbers = np.concatenate([held[:, place], free], axis=1)
    scale = system.places.denominator
    vectors = numbers @ system.places.numerators[..., 0].astype(np.int64)
    squares = np.sum(vectors**2, axis=1)
    tried = 0
    for length in (1, 2, 4, 8, 16):
        rest = length**2 * scale**2 - squares
        for index in np.argsort(-rest, kind="stable").tolist():
            # Coordinates and remainder must be short binary fractions: eighths, and quarters of squares of halves.
            remainder = int(rest[index]) * 4
            if remainder < 0 or remainder % scale**2 or np.any(vectors[index] * 8 % scale):
                continue
            roots = _sum_of_squares(remainder // scale**2, spare)
            if roots is None or max((_bits(root) for root in roots), default=0) > bits:
                continue
            yield Start(
                system,
                (tuple(free[index].tolist()), tuple(held[index].tolist())),
                tuple(root / 2 for root in roots),
                length,
            )
            tried += 1
            if tried == _TRIED:
                return


def _choices(values: int, free: int) -> tuple[np.ndarray, np.ndarray]:
    """Different small integers for the values, and any for the free labels, those near zero first."""
    most = 8 if values <= 6 else -(-values // 2) + (2 if values <= 12 else 1)
    small = sorted(range(-most, most + 1), key=abs)
    chosen = permutations(small, values) if values <= 2 else combinations(small, values)
    held = np.array(list(chosen), dtype=np.int64)
    rest = np.array(list(product(small, repeat=free)), dtype=np.int64).reshape(len(small) ** free, free)
    return np.repeat(held, len(rest), axis=0), np.tile(rest, (len(held), 1))


def _sum_of_squares(total: int, count: int) -> tuple[int, ...] | None:
    """Positive integers, descending, so many, whose squares add up to the total; None when there are none."""
    if count == 0:
        return () if total == 0 else None
    for root in range(int(total**0.5), 0, -1):
        if root * root * count < total:
            break
        rest = _sum_of_squares(total - root * root, count - 1)
        if rest is not None and max(rest, default=0) <= root:
            return (root, *rest)
    return None


def _bits(value: int) -> int:
    """Significant bits of an integer."""
    return (abs(value) // (value & -value)).bit_length() if value else 0


def bits_needed(states: Float64[np.ndarray, "code width"], keys: list[Float64[np.ndarray, "_ width"]]) -> int:
    """Bits of significand with which h ← h − β k (kᵀh) is exact from the given states, in any order of summation.

    Counted are the states and keys, the products k_i·h_i, the multiples of their common unit up to the sum of their
    magnitudes (hence every partial sum in every order), the product 2·(kᵀh)·k_i, and the states after each factor.
    Powers of two are exact, so where β = 2 is multiplied in does not matter.

    Arguments:
        states: all states the letters may find; binary fractions.
        keys: for each letter its keys, in the order in which they are applied.
    """
    most = _most_bits(states)
    for letter in {rows.tobytes(): rows for rows in keys}.values():
        rows = states
        for key in letter:
            products = rows * key
            update = 2 * products.sum(axis=1)[:, None] * key
            rows = rows - update
            most = max(most, _sum_bits(products), _most_bits(key), _most_bits(update), _most_bits(rows))
    return most


def _sum_bits(terms: Float64[np.ndarray, "sum term"]) -> int:
    """Bits that hold every partial sum of every row: the multiples of the common unit up to the largest total."""
    scaled = _integers(terms)
    unit = int(np.bitwise_or.reduce(scaled, axis=None))
    unit &= -unit
    peak = int(np.abs(scaled).sum(axis=1).max()) // unit if unit else 0
    # All integers up to 2^b in magnitude have at most b significant bits.
    return max(peak - 1, min(peak, 1)).bit_length()


def _most_bits(values: Float64[np.ndarray, "*shape"]) -> int:
    """Significant bits of the value that has most."""
    scaled = np.abs(_integers(values))
    odd = scaled // np.maximum(scaled & -scaled, 1)
    return int(odd.max()).bit_length()


def _integers(values: Float64[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
    """The values in units of 2^−12; keys and start vectors of this module have no smaller parts."""
    scaled = values * 4096.0
    whole = scaled.astype(np.int64)
    if not np.array_equal(whole, scaled):
        raise AssertionError("a value is not a multiple of 2^-12")
    return whole
