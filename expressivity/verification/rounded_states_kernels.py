"""Breadth-first search over (rounded states of all layers, label) pairs, compiled, with a hash table of its own."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

from expressivity.compiled import compiled
from expressivity.simulation.machine_kernels import DONE, LANES, step

CLOSED, DIFFERS, BUDGET, GROW, PAUSED, CODE, SUM = range(7)


EMPTY = np.int64(-1)
_LOW = np.int64(0xFFFFFFFF)


@compiled()
def tag_lanes(bits, pasts, labels, count, tags):
    """32 bits that stand for each lane's pair in the hash table: its bits, previous symbols and label mixed.

    All lanes take each step together, so that one lane's multiplication does not wait for its last one.
    """
    mixed = np.empty(count, dtype=np.uint64)
    for i in range(count):
        mixed[i] = np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(labels[i])
    for j in range(bits.shape[0]):
        for i in range(count):
            h = (mixed[i] ^ np.uint64(bits[j, i])) * np.uint64(0xBF58476D1CE4E5B9)
            mixed[i] = h ^ (h >> np.uint64(31))
    for j in range(pasts.shape[0]):
        for i in range(count):
            h = (mixed[i] ^ np.uint64(pasts[j, i])) * np.uint64(0xBF58476D1CE4E5B9)
            mixed[i] = h ^ (h >> np.uint64(29))
    for i in range(count):
        tags[i] = np.int64((mixed[i] * np.uint64(0x94D049BB133111EB)) >> np.uint64(32))


@compiled()
def rehash(old, new):
    """Fill an empty hash table with the entries of a smaller one.

    An entry is (tag, number of the pair) and is looked for from the tag's last bits on, so that no pair is read here,
    and hardly ever one that is not the pair looked for.
    """
    mask = new.size - 1
    for entry in old:
        if entry != EMPTY:
            at = (entry >> 32) & mask
            while new[at] != EMPTY:
                at = (at + 1) & mask
            new[at] = entry


@compiled()
def tidy(row):
    """One zero and one NaN: signs of zeros never reach a value that is not zero."""
    for j in range(row.size):
        value = row[j] + 0.0
        row[j] = value if value == value else math.nan


@compiled()
def explore(
    packed,
    table,
    accepting,
    keeps_verdicts,
    rows,
    pasts,
    labels,
    sources,
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
        depths: number of letters after which each was.
        successors: shape (pair, letter).
        slots: hash table, see `rehash`.
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
    here = np.empty((width, lanes))
    here_past = np.empty((pasts.shape[1], lanes), dtype=np.int64)
    moved = np.empty((letters, width, lanes))
    remembered = np.empty((letters, pasts.shape[1], lanes), dtype=np.int64)
    verdicts = np.empty((letters, lanes), dtype=np.int64)
    targets = np.empty((letters, lanes), dtype=np.int64)
    tags = np.empty((letters, lanes), dtype=np.int64)
    heads = np.empty((letters, lanes), dtype=np.int64)
    where = np.zeros(3, dtype=np.int64)
    bits = rows.view(np.int64)
    moved_bits = moved.view(np.int64)
    mask = slots.size - 1
    done = 0
    while counters[1] < counters[0]:
        if done >= slice_length:
            return PAUSED
        first = counters[1]
        chunk = min(lanes, counters[0] - first)
        room = counters[0] + chunk * letters + 1
        if room > labels.size or 2 * room > slots.size:
            return GROW
        for i in range(chunk):
            for j in range(width):
                here[j, i] = rows[first + i, j]
            for j in range(pasts.shape[1]):
                here_past[j, i] = pasts[first + i, j]
        for letter in range(letters):
            after = moved[letter]
            past = remembered[letter]
            symbols = verdicts[letter]
            for j in range(width):
                for i in range(chunk):
                    after[j, i] = here[j, i]
            for j in range(pasts.shape[1]):
                for i in range(chunk):
                    past[j, i] = here_past[j, i]
            for i in range(chunk):
                symbols[i] = letter
            status = step(packed, after, past, symbols, chunk, registers, settled, settled_codes, where)
            if status != DONE:
                trouble_row[:] = after[:, where[0]]
                trouble[0], trouble[1] = where[1], where[2]
                return CODE if status == 1 else SUM
            for j in range(width):
                tidy(after[j, :chunk])
            target = targets[letter]
            for i in range(chunk):
                target[i] = np.int64(symbols[i] == 1) if keeps_verdicts else table[letter, labels[first + i]]
            tag_lanes(moved_bits[letter], past, target, chunk, tags[letter])
            # Looked up together these loads overlap; a place once taken stays as it is, an empty one is read again.
            for i in range(chunk):
                heads[letter, i] = slots[tags[letter, i] & mask]
        known = counters[0]
        for i in range(chunk):
            source = first + i
            for letter in range(letters):
                label = targets[letter, i]
                if not keeps_verdicts:
                    verdict = verdicts[letter, i] == 1
                    if verdict != accepting[label]:
                        counters[0] = known
                        counters[2], counters[3], counters[4] = source, letter, np.int64(verdict)
                        return DIFFERS
                tag = tags[letter, i]
                at = tag & mask
                entry = heads[letter, i]
                if entry == EMPTY:
                    entry = slots[at]
                found = known
                while entry != EMPTY:
                    if (entry >> 32) & _LOW == tag:
                        other = entry & _LOW
                        same = labels[other] == label
                        for j in range(width):
                            same &= bits[other, j] == moved_bits[letter, j, i]
                        for j in range(pasts.shape[1]):
                            same &= pasts[other, j] == remembered[letter, j, i]
                        if same:
                            found = other
                            break
                    at = (at + 1) & mask
                    entry = slots[at]
                if found == known:
                    slots[at] = (tag << 32) | known
                    for j in range(width):
                        rows[known, j] = moved[letter, j, i]
                    for j in range(pasts.shape[1]):
                        pasts[known, j] = remembered[letter, j, i]
                    labels[known] = label
                    sources[known] = source
                    depths[known] = depths[source] + 1
                    known += 1
                successors[source, letter] = found
            if known > max_states:
                counters[0], counters[1] = known, source
                return BUDGET
        counters[0] = known
        counters[1] += chunk
        done += chunk
    return CLOSED
