"""Compiled loops over transition tables: running words, reachability, Hopcroft, Hopcroft–Karp.

Every table is `int32[letter, state]`. Nothing is checked here: `Automaton` has done so.
"""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

from __future__ import annotations

import numpy as np

from expressivity.compiled import compiled


@compiled()
def final_state(table, start, letters):
    """The state after a word of letter numbers."""
    state = start
    for letter in letters:
        state = table[letter, state]
    return state


@compiled()
def visited_states(table, start, letters):
    """The states visited on a word of letter numbers, the start state first, as int32[time + 1]."""
    visited = np.empty(len(letters) + 1, dtype=np.int32)
    state = start
    visited[0] = state
    for t in range(len(letters)):
        state = table[letters[t], state]
        visited[t + 1] = state
    return visited


@compiled()
def final_state_of_codes(moves, width, start, codes, letter_of_code):
    """The state after a word of character codes, and the first position whose character is no letter (−1 if none).

    `moves[state·width + letter]` is the next state times `width`, so that one load per letter is all that waits for
    the one before; `letter_of_code` is −1 for characters that are no letters.
    """
    at = start * width
    last = len(letter_of_code)
    for position in range(len(codes)):
        code = codes[position]
        letter = letter_of_code[code] if code < last else -1
        if letter < 0:
            return at // width, position
        at = moves[at + letter]
    return at // width, -1


@compiled()
def reachable_order(table, start):
    """Reachable states, breadth-first from the start with letters in order."""
    letters, states = table.shape
    order = np.empty(states, dtype=np.int64)
    seen = np.zeros(states, dtype=np.bool_)
    order[0] = start
    seen[start] = True
    count = 1
    done = 0
    while done < count:
        state = order[done]
        done += 1
        for letter in range(letters):
            target = table[letter, state]
            if not seen[target]:
                seen[target] = True
                order[count] = target
                count += 1
    return order[:count].copy()


@compiled()
def hopcroft(table, accepting):
    """Block numbers int64[state] of the coarsest congruence that respects the accepting states.

    Blocks are the segments of one array of states; a splitter block is used for all letters at once, and of the two
    halves of a split block the smaller is queued unless the whole one still was.

    Source: Hopcroft 1971, in O(letters · states · log states).
    """
    letters, states = table.shape

    # Predecessors of every state under every letter, one segment after the other.
    begin = np.zeros((letters, states + 1), dtype=np.int32)
    sources = np.empty((letters, states), dtype=np.int32)
    for letter in range(letters):
        for state in range(states):
            begin[letter, table[letter, state] + 1] += 1
        for state in range(states):
            begin[letter, state + 1] += begin[letter, state]
        fill = begin[letter].copy()
        for state in range(states):
            target = table[letter, state]
            sources[letter, fill[target]] = state
            fill[target] += 1

    # Block b is members[first[b]:end[b]]; the first marked[b] of them have been marked by the current splitter.
    members = np.empty(states, dtype=np.int32)
    place = np.empty(states, dtype=np.int32)
    block = np.zeros(states, dtype=np.int64)
    first = np.zeros(states, dtype=np.int32)
    end = np.zeros(states, dtype=np.int32)
    marked = np.zeros(states, dtype=np.int32)
    low, high = 0, states
    for state in range(states):
        if accepting[state]:
            members[low] = state
            place[state] = low
            low += 1
        else:
            high -= 1
            members[high] = state
            place[state] = high
    if low == 0 or low == states:
        return block
    blocks = 2
    end[0] = low
    first[1], end[1] = low, states
    for at in range(low, states):
        block[members[at]] = 1

    queue = np.empty(states, dtype=np.int64)
    queued = np.zeros(states, dtype=np.bool_)
    queue[0] = 0 if low <= states - low else 1
    queued[queue[0]] = True
    waiting = 1
    splitter = np.empty(states, dtype=np.int32)
    touched = np.empty(states, dtype=np.int64)
    while waiting:
        waiting -= 1
        chosen = queue[waiting]
        queued[chosen] = False
        # The splitter may be split while it is at work, so it works from a copy.
        size = end[chosen] - first[chosen]
        splitter[:size] = members[first[chosen] : end[chosen]]
        for letter in range(letters):
            touches = 0
            for index in range(size):
                target = splitter[index]
                for at in range(begin[letter, target], begin[letter, target + 1]):
                    state = sources[letter, at]
                    home = block[state]
                    if end[home] - first[home] == 1:
                        continue
                    if marked[home] == 0:
                        touched[touches] = home
                        touches += 1
                    here, there = place[state], first[home] + marked[home]
                    other = members[there]
                    members[there], members[here] = state, other
                    place[state], place[other] = there, here
                    marked[home] += 1
            for index in range(touches):
                home = touched[index]
                count = marked[home]
                marked[home] = 0
                total = end[home] - first[home]
                if count == total:
                    continue
                new = blocks
                blocks += 1
                # The smaller part gets the new number, so that renumbering its states is paid for by its size.
                if count <= total - count:
                    first[new] = first[home]
                    end[new] = first[home] + count
                    first[home] += count
                else:
                    first[new] = first[home] + count
                    end[new] = end[home]
                    end[home] = first[home] + count
                for at in range(first[new], end[new]):
                    block[members[at]] = new
                # If the old number waits, both halves must; if not, the smaller half is enough, and that is the new.
                queue[waiting] = new
                queued[new] = True
                waiting += 1
    return block


@compiled()
def hopcroft_karp(table_1, start_1, accepting_1, table_2, start_2, accepting_2):
    """Letter numbers of a shortest word that tells two automata apart, or None when there is none.

    Source: Hopcroft & Karp 1971, union–find over the disjoint union of states; the queue is first-in-first-out.
    """
    letters = table_1.shape[0]
    offset = table_1.shape[1]
    total = offset + table_2.shape[1]
    parent = np.arange(total)
    left = np.empty(total, dtype=np.int32)
    right = np.empty(total, dtype=np.int32)
    origin = np.empty(total, dtype=np.int64)
    by = np.empty(total, dtype=np.int64)
    left[0], right[0], origin[0], by[0] = start_1, start_2, -1, -1
    parent[start_1] = offset + start_2
    count = 1
    done = 0
    while done < count:
        p, q = left[done], right[done]
        if accepting_1[p] != accepting_2[q]:
            length = 0
            at = done
            while origin[at] >= 0:
                length += 1
                at = origin[at]
            word = np.empty(length, dtype=np.int64)
            at = done
            while origin[at] >= 0:
                length -= 1
                word[length] = by[at]
                at = origin[at]
            return word
        for letter in range(letters):
            p_next, q_next = table_1[letter, p], table_2[letter, q]
            root_p = np.int64(p_next)
            while parent[root_p] != root_p:
                parent[root_p] = parent[parent[root_p]]
                root_p = parent[root_p]
            root_q = np.int64(q_next) + offset
            while parent[root_q] != root_q:
                parent[root_q] = parent[parent[root_q]]
                root_q = parent[root_q]
            if root_p != root_q:
                parent[root_p] = root_q
                left[count], right[count], origin[count], by[count] = p_next, q_next, done, letter
                count += 1
        done += 1
    return None
