"""Breadth-first search over (rounded states of all layers, label) pairs, compiled, with a hash table of its own."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numba
import numpy as np

from expressivity.simulation.machine_kernels import DONE, LANES, step

CLOSED, DIFFERS, BUDGET, GROW, PAUSED, CODE, SUM = range(7)


@numba.njit(cache=True, nogil=True, forceinline=True)
def slot_of(bits, pasts, number, label, mask):
    """Where the search for a pair begins in the hash table."""
    h = np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(label)
    for j in range(bits.shape[1]):
        h = (h ^ np.uint64(bits[number, j])) * np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(31)
    for j in range(pasts.shape[1]):
        h = (h ^ np.uint64(pasts[number, j])) * np.uint64(0x94D049BB133111EB)
        h ^= h >> np.uint64(29)
    return np.int64(h & np.uint64(mask))


@numba.njit(cache=True, nogil=True)
def rehash(rows, pasts, labels, count, slots):
    """Fill an empty hash table with the first `count` pairs."""
    bits = rows.view(np.int64)
    mask = slots.size - 1
    for number in range(count):
        at = slot_of(bits, pasts, number, labels[number], mask)
        while slots[at] >= 0:
            at = (at + 1) & mask
        slots[at] = number


@numba.njit(cache=True, nogil=True)
def find_or_add(bits, pasts, labels, number, slots):
    """The pair equal to the one standing at `number`, which is entered there if it is new."""
    mask = slots.size - 1
    at = slot_of(bits, pasts, number, labels[number], mask)
    while slots[at] >= 0:
        other = slots[at]
        same = labels[other] == labels[number]
        if same:
            for j in range(bits.shape[1]):
                if bits[other, j] != bits[number, j]:
                    same = False
                    break
        if same:
            for j in range(pasts.shape[1]):
                if pasts[other, j] != pasts[number, j]:
                    same = False
                    break
        if same:
            return other
        at = (at + 1) & mask
    slots[at] = number
    return number


@numba.njit(cache=True, nogil=True)
def tidy(row):
    """One zero and one NaN: signs of zeros never reach a value that is not zero."""
    for j in range(row.size):
        value = row[j] + 0.0
        row[j] = value if value == value else math.nan


@numba.njit(cache=True, nogil=True)
def explore(
    packed,
    table,
    accepting,
    keeps_verdicts,
    rows,
    pasts,
    labels,
    sources,
    reads,
    depths,
    successors,
    slots,
    counters,
    settled,
    settled_codes,
    trouble,
    trouble_row,
    max_states,
    slice_length,
):
    """Continue the search for a while; returns a status.

    Arguments:
        packed: the network.
        table: the automaton's, shape (letter, state).
        accepting: the automaton's.
        keeps_verdicts: label states by the network's own verdict and compare with nothing.
        rows: states of the pairs; like the next arrays with room for more at the end.
        pasts: previous symbols of the pairs.
        labels: labels of the pairs.
        sources: pair from which each pair was reached first.
        reads: letter with which it was.
        depths: number of letters after which it was.
        successors: shape (pair, letter).
        slots: hash table, −1 where empty.
        counters: pairs known, pairs settled; on `DIFFERS` the pair, the letter and the verdict.
        settled: as in `machine_kernels.decode_exactly`.
        settled_codes: as in `machine_kernels.decode_exactly`.
        trouble: layer and block of a read-out to be settled outside.
        trouble_row: the state it is about.
        max_states: most pairs.
        slice_length: pairs to settle before returning.
    """
    letters = table.shape[0]
    width = rows.shape[1]
    lanes = max(1, min(LANES, (1 << 18) // (letters * width + 1)))
    registers = np.empty((packed.registers, LANES))
    moved = np.empty((letters, lanes, width))
    remembered = np.empty((letters, lanes, pasts.shape[1]), dtype=np.int64)
    verdicts = np.empty((letters, lanes), dtype=np.int64)
    where = np.zeros(3, dtype=np.int64)
    bits = rows.view(np.int64)
    done = 0
    while counters[1] < counters[0]:
        if done >= slice_length:
            return PAUSED
        first = counters[1]
        chunk = min(lanes, counters[0] - first)
        room = counters[0] + chunk * letters + 1
        if room > labels.size or 2 * room > slots.size:
            return GROW
        for letter in range(letters):
            symbols = verdicts[letter]
            for i in range(chunk):
                moved[letter, i] = rows[first + i]
                remembered[letter, i] = pasts[first + i]
                symbols[i] = letter
            status = step(
                packed, moved[letter], remembered[letter], symbols, chunk, registers, settled, settled_codes, where
            )
            if status != DONE:
                trouble_row[:] = moved[letter, where[0]]
                trouble[0], trouble[1] = where[1], where[2]
                return CODE if status == 1 else SUM
        for i in range(chunk):
            source = first + i
            for letter in range(letters):
                verdict = verdicts[letter, i] == 1
                number = counters[0]
                if keeps_verdicts:
                    label = np.int64(verdict)
                else:
                    label = np.int64(table[letter, labels[source]])
                    if verdict != accepting[label]:
                        counters[2], counters[3], counters[4] = source, letter, np.int64(verdict)
                        return DIFFERS
                rows[number] = moved[letter, i]
                tidy(rows[number])
                pasts[number] = remembered[letter, i]
                labels[number] = label
                found = find_or_add(bits, pasts, labels, number, slots)
                if found == number:
                    sources[number] = source
                    reads[number] = letter
                    depths[number] = depths[source] + 1
                    counters[0] += 1
                successors[source, letter] = found
            if counters[0] > max_states:
                counters[1] = source
                return BUDGET
        counters[1] += chunk
        done += chunk
    return CLOSED
