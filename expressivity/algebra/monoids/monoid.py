"""Automaton → its transition monoid, enumerated with shortest words and the Cayley graphs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int, Int32, UInt

from expressivity.automaton import Automaton

_COMPILED_FROM = 300_000  # products computed in plain Python before the compiled enumeration is loaded
_BATCH_ENTRIES = 4_000_000  # tens of megabytes of indices at a time


@dataclass(frozen=True, eq=False)
class TransitionMonoid:
    """The maps δ(·, w) of an automaton, in the breadth-first order of their first words w.

    Words act from left to right: the element of w·a is the element of w followed by the letter a. Element 0 is the
    identity, the element of the empty word. Of the minimal automaton this is the syntactic monoid of the language.

    Arguments:
        generators: the letters' maps.
        letters: the letters' names.
        elements: one map per row, `uint8` up to 256 states, `uint16` up to 65,536, `uint32` beyond.
        parent: element of the first word without its last letter; −1 for the identity.
        last_letter: number of the last letter of the first word; −1 for the identity.
        right: right Cayley graph, `right[f, a]` is the element f·a; −1 where an incomplete enumeration did not get.
        complete: whether these are all elements; if not, there are more than `len(elements)`.
    """

    generators: Int32[np.ndarray, "letter state"]
    letters: tuple[str, ...]
    elements: UInt[np.ndarray, "element state"]
    parent: Int32[np.ndarray, " element"]
    last_letter: Int32[np.ndarray, " element"]
    right: Int32[np.ndarray, "element letter"]
    complete: bool

    def __len__(self) -> int:
        """Number of elements enumerated."""
        return len(self.elements)

    @property
    def order(self) -> int | None:
        """Number of elements of the monoid, None when the enumeration is incomplete."""
        return len(self.elements) if self.complete else None

    def __repr__(self) -> str:
        count = f"{len(self):,}" if self.complete else f"more than {len(self):,}"
        return f"TransitionMonoid({count} elements on {self.elements.shape[1]} states)"

    def word(self, element: int) -> tuple[str, ...]:
        """The first shortest word whose map is the element."""
        letters: list[str] = []
        while self.parent[element] >= 0:
            letters.append(self.letters[self.last_letter[element]])
            element = int(self.parent[element])
        return tuple(reversed(letters))

    def product(self, first: int, second: int) -> int:
        """Element of `first` followed by `second`; −1 when it lies beyond an incomplete enumeration."""
        path: list[int] = []
        while self.parent[second] >= 0:
            path.append(int(self.last_letter[second]))
            second = int(self.parent[second])
        for letter in reversed(path):
            first = int(self.right[first, letter])
            if first < 0:
                return -1
        return first

    @cached_property
    def left(self) -> Int32[np.ndarray, "element letter"]:
        """Left Cayley graph: `left[f, a]` is the element a·f; −1 where an incomplete enumeration did not get.

        Source: Froidure & Pin 1997: with f = p·b, a·f = (a·p)·b, so no map is composed again.
        """
        table = np.full(self.right.shape, -1, dtype=np.int32)
        table[0] = self.right[0]
        # Parents are numbered in increasing order, so blocks of elements whose parents are all done go at once.
        start = 1
        while start < len(table):
            stop = int(np.searchsorted(self.parent, start, side="left"))
            before = table[self.parent[start:stop]]
            after = self.right[before, self.last_letter[start:stop, None]]
            table[start:stop] = np.where(before >= 0, after, -1)
            start = stop
        return table

    @cached_property
    def ranks(self) -> Int[np.ndarray, " element"]:
        """Number of states in the image of each element."""
        ordered = np.sort(self.elements, axis=1)
        return np.asarray(1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1))

    @cached_property
    def idempotent(self) -> Bool[np.ndarray, " element"]:
        """Which elements f satisfy f·f = f."""
        return np.concatenate([(_compose(maps, maps) == maps).all(axis=1) for maps in self._batches()])

    @property
    def identity_is_a_word(self) -> bool:
        """Whether a non-empty word acts as the identity, so that the syntactic semigroup is the whole monoid."""
        return bool((self.right == 0).any())

    def is_aperiodic(self) -> bool | None:
        """Whether f^(k+1) = f^k for every element and large k; None when that is not settled by the known elements."""
        for maps in self._batches():
            power, exponent = maps, 1
            while exponent < maps.shape[1]:
                power, exponent = _compose(power, power), 2 * exponent
            if not np.array_equal(_compose(maps, power), power):
                return False
        return True if self.complete else None

    def _batches(self) -> Iterator[np.ndarray]:
        """The elements as index arrays, a few million entries at a time."""
        rows = max(1, _BATCH_ENTRIES // self.elements.shape[1])
        for start in range(0, len(self), rows):
            yield self.elements[start : start + rows].astype(np.intp)


def transition_monoid(automaton: Automaton, *, limit: int = 1_000_000, memory: int = 2 << 30) -> TransitionMonoid:
    """Enumerate the transition monoid breadth-first, words in shortlex order of the alphabet.

    Arguments:
        automaton: any complete automaton; take `.minimal()` first for the syntactic monoid.
        limit: largest number of elements to enumerate, at least 1.
        memory: bytes that the elements and their Cayley graph may take; it lowers the limit for wide automata.

    Returns:
        The monoid; its field `complete` says whether the enumeration closed within the limit.

    Raises:
        ValueError: when the limit is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; expected at least 1 element (the identity)")
    table = automaton.table
    row_bytes = table.shape[1] * _element_type(table.shape[1]).itemsize + 4 * table.shape[0] + 32
    limit = min(limit, max(1, memory // row_bytes))
    loaded = "expressivity.algebra.monoids.monoid_kernels" in sys.modules
    small = min(limit, max(1_000, (_COMPILED_FROM // 10 if loaded else _COMPILED_FROM) // len(table)))
    found = _enumerate_plain(table, small)
    if not found[-1] and small < limit:
        found = _enumerate_compiled(table, limit)
    elements, parent, last, right, complete = found
    return TransitionMonoid(table, automaton.letters, elements, parent, last, right, complete)


def _compose(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Row by row, the first map followed by the second."""
    return np.take_along_axis(second, first, axis=1)


_Enumeration = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, bool]


def _element_type(states: int) -> np.dtype[np.unsignedinteger]:
    return np.dtype(np.uint8 if states <= 256 else np.uint16 if states <= 65_536 else np.uint32)


def _enumerate_plain(table: np.ndarray, limit: int) -> _Enumeration:
    letters, states = table.shape
    kind = _element_type(states)
    if states <= 256:  # bytes.translate composes a map with a letter in one call of C speed
        tables = [bytes(row) + bytes(256 - states) for row in table.astype(np.uint8)]

        def products(element: bytes) -> list[bytes]:
            return [element.translate(translation) for translation in tables]
    else:
        rows = table.astype(kind)

        def products(element: bytes) -> list[bytes]:
            return [row.tobytes() for row in rows[:, np.frombuffer(element, dtype=kind)]]

    elements = [np.arange(states, dtype=kind).tobytes()]
    number = {elements[0]: 0}
    parent, last = [-1], [-1]
    right: list[int] = []
    complete = True
    for position, element in enumerate(elements):
        for letter, candidate in enumerate(products(element)):
            target = number.get(candidate)
            if target is None:
                if len(elements) >= limit:
                    complete = False
                    break
                target = len(elements)
                number[candidate] = target
                elements.append(candidate)
                parent.append(position)
                last.append(letter)
            right.append(target)
        if not complete:
            break
    graph = np.full(len(elements) * letters, -1, dtype=np.int32)
    graph[: len(right)] = right
    rows_found = np.frombuffer(b"".join(elements), dtype=kind).reshape(len(elements), states)
    return (
        rows_found,
        np.array(parent, dtype=np.int32),
        np.array(last, dtype=np.int32),
        graph.reshape(-1, letters),
        complete,
    )


def _enumerate_compiled(table: np.ndarray, limit: int) -> _Enumeration:
    from expressivity.algebra.monoids import monoid_kernels as kernels

    letters, states = table.shape
    kind = _element_type(states)
    packed = states <= 16
    # Rows are padded to whole 64-bit words, for hashing and comparing; packed maps are words of their own.
    stride = states if packed else -(-states * kind.itemsize // 8) * 8 // kind.itemsize
    generators = table.astype(kind)
    shifts = np.arange(states, dtype=np.uint64) * np.uint64(4)
    room = min(limit, 1 << 20)
    rows = np.zeros((room + 1, stride), dtype=kind)
    rows[0, :states] = np.arange(states)
    words = np.zeros(room + 1 if packed else 0, dtype=np.uint64)
    if packed:
        pairs = _pair_tables(table)
        words[0] = (np.arange(states, dtype=np.uint64) << shifts).sum()
    right = np.full((room, letters), -1, dtype=np.int32)
    parent = np.full(room, -1, dtype=np.int32)
    last = np.full(room, -1, dtype=np.int32)
    count, position = 1, 0
    while True:
        slots = np.full(1 << (2 * room + 1).bit_length(), -1, dtype=np.int32)
        if packed:
            kernels.insert_packed(words, slots, count)
            count, position = kernels.explore_packed(
                rows, words, pairs, right, parent, last, slots, count, position, room
            )
        else:
            wide = rows.view(np.uint64)
            kernels.insert_rows(wide, slots, count)
            count, position = kernels.explore(rows, wide, generators, right, parent, last, slots, count, position, room)
        complete = position == count
        if complete or room == limit:
            break
        more = min(limit, 4 * room) - room
        rows = np.vstack([rows, np.zeros((more, stride), dtype=kind)])
        words = np.concatenate([words, np.zeros(more if packed else 0, dtype=np.uint64)])
        right = np.vstack([right, np.full((more, letters), -1, dtype=np.int32)])
        parent = np.concatenate([parent, np.full(more, -1, dtype=np.int32)])
        last = np.concatenate([last, np.full(more, -1, dtype=np.int32)])
        room += more
    elements = rows[:count, :states]
    if count < room or not packed:
        elements, parent, last, right = (
            elements.copy(),
            parent[:count].copy(),
            last[:count].copy(),
            right[:count].copy(),
        )
    return np.ascontiguousarray(elements), parent, last, right, complete


def _pair_tables(table: np.ndarray) -> np.ndarray:
    """Images of two points at a time under each letter, as `monoid_kernels.explore_packed` reads them."""
    letters, states = table.shape
    images = np.zeros((letters, 16), dtype=np.uint64)
    images[:, :states] = table
    values = np.arange(256)
    both = images[:, values & 15] | (images[:, values >> 4] << np.uint64(4))
    places = np.arange((states + 1) // 2, dtype=np.uint64) * np.uint64(8)
    pairs = both[:, None, :] << places[None, :, None]
    if states % 2:  # the last byte holds one point only
        pairs[:, -1, :] = images[:, None, values & 15][:, 0] << places[-1]
    return np.ascontiguousarray(pairs)
