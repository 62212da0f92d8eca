"""Compiled loops of colour refinement: rows of integers numbered by an exact hash table."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

from __future__ import annotations

import numpy as np

from expressivity.compiled import compiled


@compiled()
def number_rows(rows, old):
    """Number (old colour, row) pairs by first appearance; equal pairs get equal numbers, different ones never do.

    Hashes only choose the slot: every candidate is compared with the row it would be merged with.
    """
    count, width = rows.shape
    size = 16
    while size < 2 * count:
        size *= 2
    slots = np.full(size, -1, dtype=np.int64)
    mask = np.uint64(size - 1)
    numbers = np.empty(count, dtype=np.int64)
    found = 0
    for row in range(count):
        value = np.uint64(old[row]) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x7F4A7C15)
        for column in range(width):
            value = (value ^ np.uint64(rows[row, column])) * np.uint64(0xFF51AFD7ED558CCD)
            value ^= value >> np.uint64(32)
        slot = value & mask
        while True:
            other = slots[slot]
            if other < 0:
                slots[slot] = row
                numbers[row] = found
                found += 1
                break
            same = old[other] == old[row]
            if same:
                for column in range(width):
                    if rows[other, column] != rows[row, column]:
                        same = False
                        break
            if same:
                numbers[row] = numbers[other]
                break
            slot = (slot + np.uint64(1)) & mask
    return numbers, found
