"""Compiled search for cycles of x ← round(A x): one loop per candidate, every operation rounded as the programs say.

A candidate is either a matrix or generalised Householder factors with an optional gate. Sums of `fused` are taken in
float64, so a find is a proposal that `verify` decides; for formats of at most eight bits the float64 sums are exact,
and so are sweeps over all states.
"""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

from expressivity.arithmetic.rounding_kernels import selected_bits
from expressivity.compiled import compiled


@compiled(forceinline=True)
def rounded(value, choice):
    """One number rounded in the mode of a `rounding_plan.SelectConstants`."""
    bits = np.float64(value).view(np.int64)
    even = choice.plus_even if bits >= 0 else choice.minus_even
    odd = choice.plus_odd if bits >= 0 else choice.minus_odd
    return np.int64(selected_bits(bits, even, odd, choice)).view(np.float64)


@compiled()
def step_factors(state, keys, betas, gate, inner, outer, again):
    """One letter of α·C_k ⋯ C_1 in place, in the kernels' order; `again` rounds the new state once more."""
    width = state.size
    if gate != 1.0:
        for i in range(width):
            state[i] = rounded(gate * state[i], inner)
    for factor in range(betas.size):
        key = keys[factor]
        total = rounded(key[0] * state[0], inner)
        for i in range(1, width):
            total = rounded(total + rounded(key[i] * state[i], inner), inner)
        total = rounded(betas[factor] * total, inner)
        for i in range(width):
            state[i] = rounded(state[i] - rounded(key[i] * total, inner), inner)
    if again:
        for i in range(width):
            state[i] = rounded(state[i], outer)


@compiled()
def step_matrix(state, matrix, work, inner, outer, fused):
    """One letter of a stored matrix in place; `work` holds a state."""
    width = state.size
    for i in range(width):
        if fused:
            total = 0.0
            for j in range(width):
                total += matrix[i, j] * state[j]
        else:
            total = rounded(matrix[i, 0] * state[0], inner)
            for j in range(1, width):
                total = rounded(total + rounded(matrix[i, j] * state[j], inner), inner)
        work[i] = rounded(total, outer)
    for i in range(width):
        state[i] = work[i]


@compiled(forceinline=True)
def _same(first, second):
    different = 0
    for i in range(first.size):
        different += first[i] != second[i]
    return different == 0


@compiled(forceinline=True)
def _finite(state):
    infinite = 0
    for i in range(state.size):
        infinite += not math.isfinite(state[i])
    return infinite == 0


@compiled()
def cycles(matrices, keys, betas, gates, states, burn_in, longest, inner, outer, fused, again, periods):
    """Length of the cycle each candidate ends in; 0 where none of at most `longest` steps shows, or a state overflows.

    Arguments:
        matrices: shape (candidate, width, width); empty when candidates are factors.
        keys: shape (candidate, factor, width).
        betas: shape (candidate, factor).
        gates: shape (candidate,).
        states: starts, shape (candidate, width); left at a state of the cycle.
        burn_in: steps before cycles are looked for.
        longest: longest cycle to look for.
        inner: rounding of single operations.
        outer: rounding to the state format.
        fused: whether dot products are rounded once.
        again: whether the state is rounded after the operations.
        periods: receives the lengths.
    """
    width = states.shape[1]
    before, work = np.empty(width), np.empty(width)
    dense = matrices.shape[0] > 0
    for c in range(states.shape[0]):
        state = states[c]
        periods[c] = 0
        length, power = 0, 0
        for t in range(burn_in + 2 * longest):
            if t <= burn_in or length == power:
                before[:] = state
                power = 1 if t <= burn_in else 2 * power
                length = 0
            if dense:
                step_matrix(state, matrices[c], work, inner, outer, fused)
            else:
                step_factors(state, keys[c], betas[c], gates[c], inner, outer, again)
            length += 1
            if _same(before, state):
                # A repetition before the end of the burn-in can only be a fixed point, since `before` is one step old.
                periods[c] = length
                break
            if not _finite(state):
                break


@compiled()
def all_cycles(matrix, keys, betas, gate, values, inner, outer, fused, again, marks, order, counts, examples):
    """Every cycle of one candidate over ALL states of a format: counts[p] cycles of length p.

    Arguments:
        matrix: shape (width, width); empty when the candidate is factors.
        keys: shape (factor, width).
        betas: shape (factor,).
        gate: the gate.
        values: the finite numbers of the state format, ascending.
        inner: as in `cycles`.
        outer: as in `cycles`.
        fused: as in `cycles`.
        again: as in `cycles`.
        marks: one int64 per state, working space.
        order: one int64 per state, working space.
        counts: receives the counts; lengths beyond its end are counted at index 0.
        examples: receives the number of a state on a cycle of each length; state s has coordinate i equal to
            values[s // size^i % size].
    """
    size = values.size
    width = keys.shape[1]
    state, work = np.empty(width), np.empty(width)
    dense = matrix.size > 0
    counts[:] = 0
    marks[:] = 0
    for first in range(size**width):
        if marks[first] != 0:
            continue
        at, length = first, 0
        while at >= 0 and marks[at] == 0:
            order[length] = at
            length += 1
            marks[at] = length
            rest = at
            for i in range(width):
                state[i] = values[rest % size]
                rest //= size
            if dense:
                step_matrix(state, matrix, work, inner, outer, fused)
            else:
                step_factors(state, keys, betas, gate, inner, outer, again)
            at = -1
            if _finite(state):
                at, scale = 0, 1
                for i in range(width):
                    at += scale * np.searchsorted(values, state[i])
                    scale *= size
        if at >= 0 and marks[at] > 0:
            period = length - marks[at] + 1
            place = period if period < counts.size else 0
            counts[place] += 1
            examples[place] = at
        for i in range(length):
            marks[order[i]] = -1
