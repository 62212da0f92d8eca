"""The forward run of one layer as a compiled loop, parallel over the batch."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, parallel=True)
def run_layer(matrices, inputs, start, coordinates, points, halves, offsets, select, table, radix, symbols):
    """Answers after every letter, shape (batch, time); arrays as in `forward.FloatLayer`, −1 marks padding."""
    batch, time = symbols.shape
    width = start.size
    letters = matrices.shape[0]
    # Columns of A lie contiguously, so the inner loop over rows runs in vector registers.
    columns = np.empty((letters, width, width))
    for x in range(letters):
        for i in range(width):
            for j in range(width):
                columns[x, j, i] = matrices[x, i, j]
    answers = np.full((batch, time), -1, dtype=np.int64)
    for b in numba.prange(batch):
        state = start.copy()
        following = np.empty(width)
        for t in range(time):
            x = symbols[b, t]
            if x < 0:
                break
            for i in range(width):
                following[i] = inputs[x, i]
            for j in range(width):
                value = state[j]
                for i in range(width):
                    following[i] += columns[x, j, i] * value
            state, following = following, state
            code = 0
            scale = 1
            for read in range(select.shape[1]):
                block = select[x, read]
                if block >= 0:
                    first = offsets[block, 0]
                    count = offsets[block + 1, 0] - first
                    at = offsets[block, 1]
                    best = -np.inf
                    best_code = 0
                    for p in range(offsets[block + 1, 2] - offsets[block, 2]):
                        score = -halves[offsets[block, 2] + p]
                        for i in range(count):
                            score += points[at + i] * state[coordinates[first + i]]
                        at += count
                        if score > best:
                            best = score
                            best_code = p
                    code += scale * best_code
                scale *= radix
            answers[b, t] = table[x, code]
    return answers
