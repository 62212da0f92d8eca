"""Breadth-first search over (rounded states of all layers, label) pairs, compiled, with a hash table of its own."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

from expressivity.compiled import compiled
from expressivity.simulation.machine_kernels import LANES, STEPPED, UNDECIDED_CODE, step
from expressivity.verification.exploration.counters_kernels import DONE, KNOWN, LETTER, SOURCE, VERDICT

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
def explore(packed, aim, pairs, counters, settled, trouble, max_states, slice_length):
    """Continue the search for a while; returns a status.

    Arguments:
        packed: the network, `packed.PackedLayers`.
        aim: what verdicts are compared with, `compiled.Aim`.
        pairs: the pairs, `compiled.Pairs`.
        counters: see `counters_kernels`.
        settled: read-outs settled so far, `packed.Settled`.
        trouble: receives a read-out that has to be settled outside, `packed.Trouble`.
        max_states: most pairs.
        slice_length: pairs to settle before returning.
    """
    rows, pasts, labels, slots = pairs.rows, pairs.pasts, pairs.labels, pairs.slots
    letters = aim.table.shape[0]
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
    bits = rows.view(np.int64)
    moved_bits = moved.view(np.int64)
    mask = slots.size - 1
    done = 0
    while counters[DONE] < counters[KNOWN]:
        if done >= slice_length:
            return PAUSED
        first = counters[DONE]
        chunk = min(lanes, counters[KNOWN] - first)
        room = counters[KNOWN] + chunk * letters + 1
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
            status = step(packed, after, past, symbols, chunk, registers, settled, trouble)
            if status != STEPPED:
                return CODE if status == UNDECIDED_CODE else SUM
            for j in range(width):
                tidy(after[j, :chunk])
            target = targets[letter]
            for i in range(chunk):
                target[i] = aim.table[letter, labels[first + i]] if aim.compares else np.int64(symbols[i] == 1)
            tag_lanes(moved_bits[letter], past, target, chunk, tags[letter])
            # Looked up together these loads overlap; a place once taken stays as it is, an empty one is read again.
            for i in range(chunk):
                heads[letter, i] = slots[tags[letter, i] & mask]
        known = counters[KNOWN]
        for i in range(chunk):
            source = first + i
            for letter in range(letters):
                label = targets[letter, i]
                if aim.compares:
                    verdict = verdicts[letter, i] == 1
                    if verdict != aim.accepting[label]:
                        counters[KNOWN] = known
                        counters[SOURCE], counters[LETTER], counters[VERDICT] = source, letter, np.int64(verdict)
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
                    pairs.sources[known] = source
                    pairs.depths[known] = pairs.depths[source] + 1
                    known += 1
                pairs.successors[source, letter] = found
            if known > max_states:
                counters[KNOWN], counters[DONE] = known, source
                return BUDGET
        counters[KNOWN] = known
        counters[DONE] += chunk
        done += chunk
    return CLOSED
