"""A group automaton → position counter, store and apply layers that spend a fixed number of reflections per letter.

Letters are read in blocks of m. While one block is stored, the product of the block before it, which is known by then,
is applied as a few swaps per letter; what is still missing at the end is made up for by the read-out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from expressivity.automaton import Automaton
from expressivity.constructions.actions.block_action import Action, best_action
from expressivity.constructions.actions.permutation_actions import is_permutation_automaton, swaps
from expressivity.constructions.few_layers.two_reflections import position_parity
from expressivity.constructions.one_layer.rotation import directions
from expressivity.exact import ExactArray, concatenate, rationals, stack, zeros
from expressivity.networks.forms.householder import HouseholderTransition, padded_factors, with_extra_letter
from expressivity.networks.layer import Block, Layer, Readout, no_input, single_block
from expressivity.networks.network import Network

_MOST_STATES = 150
_MOST_ENTRIES = 1_000_000  # of the table of the store layer
_MOST_POINTS = 20_000

Permutation = tuple[int, ...]
Symbol = tuple[tuple[tuple[int, int], ...], Permutation]
"""The swaps to apply now, and the permutation that is still missing from the state after them."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """What the apply layer is told, at every position and for every content of the store.

    Arguments:
        action: the letters as permutations of points.
        block: letters m in a block.
        factors: swaps per letter.
    """

    action: Action
    block: int
    factors: int

    @property
    def letters(self) -> int:
        """Number of letters."""
        return len(self.action.permutations)

    def products(self, count: int) -> dict[tuple[int, ...], Permutation]:
        """The permutation of every word of a length."""
        rows = [tuple(row) for row in self.action.permutations.tolist()]
        found: dict[tuple[int, ...], Permutation] = {(): tuple(range(self.action.start.size))}
        for _ in range(count):
            found = {
                (*word, x): then(so_far, letter) for word, so_far in found.items() for x, letter in enumerate(rows)
            }
        return found


def then(first: Permutation, second: Permutation) -> Permutation:
    """First one permutation, then the other."""
    return tuple(second[point] for point in first)


def store_and_apply(automaton: Automaton, *, factors: int = 1) -> Network | None:
    """Layers that spend at most `factors` reflections per letter, however many a letter needs by itself.

    One layer counts positions modulo 2m by a rotation (two layers of single reflections when `factors` is 1), one
    stores the last 2m letters, each in a row of its own (A = I − e_i e_iᵀ, B = (letter + 1) e_i), and one applies
    swaps. m is the least number such that every product of m letters is a product of m·factors swaps.

    Arguments:
        automaton: minimal automaton.
        factors: reflections per letter, at least 1.

    Returns:
        The network of three layers, four when `factors` is 1; None when some letter is not a permutation, when
        every letter is within the limit already, or when the table of the store layer, 2m·letters rows of
        (letters + 1)^(2m − 1) answers, would have more than a million entries.

    Source: Siems et al. 2025 (DeltaProduct in three or four layers). Theirs is a bound m = ⌈(n − 1)/factors⌉ for the
    symmetric group; the apply layer of ours gets the missing permutation with the swaps, so that its read-out need
    not know the stored letters.
    """
    if factors < 1 or not is_permutation_automaton(automaton) or automaton.states > _MOST_STATES:
        return None
    schedule = _schedule(best_action(automaton), factors)
    if schedule is None:
        return None
    symbols: dict[Symbol, int] = {}
    store = _store(schedule, symbols)
    apply = _apply(automaton, schedule, symbols)
    if apply is None:
        return None
    layers = (*_position(schedule.letters, 2 * schedule.block, factors), store, apply)
    about = f"store and apply in blocks of {schedule.block} letters, {factors} swaps per letter"
    return Network(automaton.letters, layers, bos=True, about=about)


def _schedule(action: Action, factors: int) -> Schedule | None:
    letters, points = action.permutations.shape
    block = 0
    while True:
        block += 1
        if 2 * block * letters * (letters + 1) ** (2 * block - 1) > _MOST_ENTRIES:
            return None
        schedule = Schedule(action, block, factors)
        if block * factors >= points - 1:
            break
        if all(len(swaps(moved)) <= block * factors for moved in set(schedule.products(block).values())):
            break
    return schedule if block > 1 else None


# Position ------------------------------------------------------------------------------------------------------------


def _position(letters: int, period: int, factors: int) -> tuple[Layer, ...]:
    """Layers that answer letter + letters·(position modulo period), the first position being 0."""
    if factors > 1:
        return (_counter(letters, period, [_mirrors(period)]),)
    first, second = _mirrors(period // 2)
    return position_parity(letters), _counter(letters, period, [(first,), (second,)])


def _mirrors(order: int) -> tuple[ExactArray, ExactArray]:
    """Normals of two mirrors whose reflections have a product of some order ≥ 2; rational where that is possible."""
    rational = {2: ([1, 0], [0, 1]), 3: ([1, -1, 0], [0, 1, -1]), 4: ([1, 0], [1, -1]), 6: ([1, -1, 0], [-2, 1, 1])}
    if order in rational:
        first, second = rational[order]
        return rationals(first), rationals(second)
    normals = directions([0, 2], order)
    return normals[0], normals[1]


def _counter(letters: int, period: int, steps: list[tuple[ExactArray, ...]]) -> Layer:
    """Reflect a vector around a circle through `period` points; symbols from below are letter + letters·step."""
    width, two = steps[0][0].shape[0], rationals(2)
    # On none of the mirrors: the angle of (2, 1) is no rational part of a turn, and 0, 1, 3 lie on no mirror of G_2.
    start = rationals([2, 1] if width == 2 else [0, 1, 3])
    per_step = [[(normal, two) for normal in normals] for normals in steps]
    transition = padded_factors([factors for factors in per_step for _ in range(letters)], width)
    points, moved = [start], start.reshape(1, width, 1)
    for position in range(period - 1):
        step = position % len(steps)
        moved = transition.matrices[step * letters : step * letters + 1] @ moved
        points.append(moved.reshape(width))
    # After the first letter the vector is at point 1, and the position is 0.
    position_of = (np.arange(period) - 1) % period
    table = np.arange(letters)[:, None] + letters * position_of
    return Layer(
        with_extra_letter(transition, start, rationals(1)),
        concatenate([no_input(letters * len(steps), width), start.reshape(1, width, 1)]),
        zeros(width, 1),
        single_block(
            stack(points),
            np.concatenate([np.tile(table, (len(steps), 1)), np.full((1, period), letters * period)]),
            letters * period + 1,
        ),
    )


# Store ---------------------------------------------------------------------------------------------------------------


def _store(schedule: Schedule, symbols: dict[Symbol, int]) -> Layer:
    """Write the letter into the row of its position; answer a symbol, numbered as it comes up, BOS last."""
    letters, block = schedule.letters, schedule.block
    period, radix = 2 * block, letters + 1
    reads = period - 1
    select = np.full((letters * period + 1, reads), -1, dtype=np.int64)
    table = np.zeros((letters * period + 1, radix**reads), dtype=np.int64)
    finished = {(): tuple(range(schedule.action.start.size))} | schedule.products(block)
    begun = [schedule.products(count) for count in range(1, block + 1)]
    weights = radix ** np.arange(reads)
    for position in range(period):
        own, offset = position // block * block, position % block
        # The rows of the other half hold the block before; those of this half, this block so far but for the letter.
        rows = [*range(block - own, period - own), *range(own, position)]
        select[position * letters : (position + 1) * letters, : len(rows)] = rows
        for before, moved in finished.items():
            todo = swaps(moved)
            now = tuple(todo[offset * schedule.factors : (offset + 1) * schedule.factors])
            rest = _product(todo[(offset + 1) * schedule.factors :], len(moved))
            codes = [x + 1 for x in before] or [0] * block
            for word, so_far in begun[offset].items():
                code = int(np.dot([*codes, *(x + 1 for x in word[:-1])], weights[: len(rows)]))
                symbol = symbols.setdefault((now, then(rest, so_far)), len(symbols))
                table[position * letters + word[-1], code] = symbol
    table[-1] = len(symbols)
    keys = np.concatenate(
        [np.repeat(np.eye(period, dtype=np.int64), letters, axis=0), np.zeros((1, period), dtype=int)]
    )
    written = np.append(np.tile(np.arange(1, letters + 1), period), 0)
    held = rationals(np.arange(radix)[:, None])
    return Layer(
        HouseholderTransition(rationals(keys[:, None, :]), rationals((written > 0).astype(np.int64)[:, None])),
        rationals((keys * written[:, None])[:, :, None]),
        zeros(period, 1),
        Readout(tuple(Block(np.array([row]), held) for row in range(period)), select, table, len(symbols) + 1),
    )


def _product(pairs: list[tuple[int, int]], points: int) -> Permutation:
    moved = list(range(points))
    for i, j in pairs:
        moved = [j if at == i else i if at == j else at for at in moved]
    return tuple(moved)


# Apply ---------------------------------------------------------------------------------------------------------------


def _apply(automaton: Automaton, schedule: Schedule, symbols: dict[Symbol, int]) -> Layer | None:
    """Swap coordinates as told; answer the verdict on the state that the missing permutation leads to."""
    action, points = schedule.action, schedule.action.start.size
    two = rationals(2)
    per_symbol = []
    for now, _ in symbols:
        keys = np.zeros((len(now), points), dtype=np.int64)
        for row, (i, j) in zip(keys, now, strict=True):
            row[i], row[j] = 1, -1
        per_symbol.append([(rationals(key), two) for key in keys])
    vectors = _partial_vectors(schedule)
    if vectors is None:
        return None
    state_of = {tuple(vector): state for vector, state in zip(action.vectors.tolist(), action.states, strict=True)}
    table = np.zeros((len(symbols) + 1, len(vectors)), dtype=np.int64)
    for (_, missing), symbol in symbols.items():
        back = np.argsort(missing)
        for code, vector in enumerate(np.array(vectors)[:, back].tolist()):
            # A vector that no word leads to under this symbol may decode to no state; its answer is never given.
            state = state_of.get(tuple(vector))
            table[symbol, code] = 0 if state is None else int(automaton.accepting[state])
    table[-1] = int(automaton.accepting[automaton.start])
    start = rationals(action.start)
    return Layer(
        with_extra_letter(padded_factors(per_symbol, points), start, rationals(1)),
        concatenate([no_input(len(symbols), points), start.reshape(1, points, 1)]),
        zeros(points, 1),
        single_block(rationals(np.array(vectors)), table, 2),
    )


def _partial_vectors(schedule: Schedule) -> list[Permutation] | None:
    """All vectors the apply layer can hold: a reachable one, after some of the swaps of a block's product."""
    found = dict.fromkeys(tuple(vector) for vector in schedule.action.vectors.tolist())
    for moved in set(schedule.products(schedule.block).values()):
        vectors = schedule.action.vectors.copy()
        todo = swaps(moved)
        for begin in range(0, len(todo), schedule.factors):
            for i, j in todo[begin : begin + schedule.factors]:
                vectors[:, [i, j]] = vectors[:, [j, i]]
            found |= dict.fromkeys(tuple(vector) for vector in vectors.tolist())
        if len(found) > _MOST_POINTS:
            return None
    return list(found)
