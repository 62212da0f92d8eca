"""Compiled loops of the transition monoid: hashed breadth-first enumeration and strong components."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

from __future__ import annotations

import numpy as np

from expressivity.compiled import compiled


@compiled()
def insert_rows(words, slots, count):
    """Enter the first `count` rows, known to be distinct, into an empty hash table of row numbers."""
    mask = np.uint64(slots.shape[0] - 1)
    for row in range(count):
        slot = _hash(words, row) & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = row


@compiled()
def explore(rows, words, generators, right, parent, last, slots, count, position, room):
    """Go on with a breadth-first enumeration until it closes or `room` elements are known.

    `words` is the memory of `rows` seen as 64-bit words, `rows[room]` is scratch space for the candidate.
    Returns the number of elements and the first element whose products are not all known.
    """
    letters, points = generators.shape
    mask = np.uint64(slots.shape[0] - 1)
    width = words.shape[1]
    while position < count:
        for letter in range(letters):
            for point in range(points):
                rows[count, point] = generators[letter, rows[position, point]]
            slot = _hash(words, count) & mask
            found = -1
            while slots[slot] >= 0:
                other = slots[slot]
                same = True
                for word in range(width):
                    if words[other, word] != words[count, word]:
                        same = False
                        break
                if same:
                    found = other
                    break
                slot = (slot + np.uint64(1)) & mask
            if found < 0:
                if count == room:
                    return count, position
                found = count
                slots[slot] = count
                parent[count] = position
                last[count] = letter
                count += 1
            right[position, letter] = found
        position += 1
    return count, position


@compiled()
def explore_packed(rows, words, pairs, right, parent, last, slots, count, position, room):
    """`explore` for at most 16 points: a map is one 64-bit word, four bits per point, composed in registers.

    `pairs[letter, i, v]` holds the letter's images of the points v mod 16 and v div 16, moved to the places of
    points 2i and 2i + 1.
    """
    letters, bytes_used = pairs.shape[0], pairs.shape[1]
    points = rows.shape[1]
    shift = np.uint64(64)
    size = slots.shape[0]
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    mask = np.uint64(slots.shape[0] - 1)
    while position < count:
        element = words[position]
        for letter in range(letters):
            candidate = np.uint64(0)
            rest = element
            for i in range(bytes_used):
                candidate |= pairs[letter, i, rest & np.uint64(255)]
                rest >>= np.uint64(8)
            slot = (candidate * np.uint64(0x9E3779B97F4A7C15)) >> shift
            found = slots[slot]
            while found >= 0 and words[found] != candidate:
                slot = (slot + np.uint64(1)) & mask
                found = slots[slot]
            if found < 0:
                if count == room:
                    return count, position
                found = count
                slots[slot] = count
                words[count] = candidate
                parent[count] = position
                last[count] = letter
                for point in range(points):
                    rows[count, point] = (candidate >> np.uint64(4 * point)) & np.uint64(15)
                count += 1
            right[position, letter] = found
        position += 1
    return count, position


@compiled()
def insert_packed(words, slots, count):
    """Enter the first `count` packed maps, known to be distinct, into an empty hash table of their numbers."""
    shift = np.uint64(64)
    size = slots.shape[0]
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    mask = np.uint64(slots.shape[0] - 1)
    for element in range(count):
        slot = (words[element] * np.uint64(0x9E3779B97F4A7C15)) >> shift
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = element


@compiled(inline="always")
def _hash(words, row):
    value = np.uint64(0)
    for word in range(words.shape[1]):
        value = (value ^ words[row, word]) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(29)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(32))


@compiled()
def strong_components(successors):
    """Tarjan's components of a successor table (−1: no edge), numbered so that edges lead to smaller numbers."""
    size, edges = successors.shape
    component = np.full(size, -1, np.int64)
    index = np.full(size, -1, np.int64)
    low = np.zeros(size, np.int64)
    opened = np.empty(size, np.int64)
    path = np.empty(size, np.int64)
    following = np.zeros(size, np.int64)
    opened_count = 0
    counter = 0
    found = 0
    for root in range(size):
        if index[root] >= 0:
            continue
        path[0] = root
        depth = 1
        index[root] = low[root] = counter
        counter += 1
        opened[opened_count] = root
        opened_count += 1
        while depth > 0:
            vertex = path[depth - 1]
            descended = False
            while following[vertex] < edges:
                target = successors[vertex, following[vertex]]
                following[vertex] += 1
                if target < 0 or component[target] >= 0:
                    continue
                if index[target] < 0:
                    index[target] = low[target] = counter
                    counter += 1
                    opened[opened_count] = target
                    opened_count += 1
                    path[depth] = target
                    depth += 1
                    descended = True
                    break
                low[vertex] = min(low[vertex], index[target])
            if descended:
                continue
            depth -= 1
            if low[vertex] == index[vertex]:
                while True:
                    opened_count -= 1
                    member = opened[opened_count]
                    component[member] = found
                    if member == vertex:
                        break
                found += 1
            if depth > 0:
                above = path[depth - 1]
                low[above] = min(low[above], low[vertex])
    return component
