"""One state followed along a repeated word, compiled: Brent's cycle detection keeps two states and no more."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

from expressivity.arithmetic.operations_kernels import add_selected, multiply_selected, round_odd_pair
from expressivity.arithmetic.rounding_kernels import nearest_even_bits, round_pair
from expressivity.compiled import compiled
from expressivity.simulation.machine_kernels import (
    DONE,
    UNDECIDED_STATE,
    decode_exactly,
    error_bound,
    exact_dot,
    misplaced,
)
from expressivity.verification.rounded_states_kernels import CLOSED, CODE, DIFFERS, PAUSED, SUM, tidy


@compiled(forceinline=True)
def round_one(value, rounder):
    """The result of one float64 operation, rounded as `machine_kernels.round_lanes` does."""
    if rounder.kind == 1:
        return np.int64(nearest_even_bits(np.float64(value).view(np.int64), rounder.magic)).view(np.float64)
    if rounder.kind == 0:
        return value if value == value else math.nan
    if rounder.kind == 2:
        return round_odd_pair(value, 0.0, rounder.choice)
    return round_pair(value, 0.0, 0.0, rounder.plan)


@compiled(forceinline=True)
def run_one(packed, program, registers):
    """`machine_kernels.run_program` for a single lane, without its loops over lanes."""
    rounder = packed.operations
    selected = rounder.kind == 2
    for line in range(packed.bounds[program], packed.ends[program]):
        operation = packed.instructions[line, 0]
        target = packed.instructions[line, 1]
        a = packed.instructions[line, 2]
        b = packed.instructions[line, 3]
        if operation == 5:
            value, certain = exact_dot(packed, a, b, registers, 0, rounder.plan)
            if not certain:
                return False
        elif operation == 6:
            value = round_one(registers[a, 0], packed.states)
        elif operation == 0:
            if selected:
                value = multiply_selected(packed.constants[a], registers[b, 0], rounder.choice)
            else:
                value = round_one(packed.constants[a] * registers[b, 0], rounder)
        elif operation == 7:
            if selected:
                value = multiply_selected(registers[a, 0], registers[b, 0], rounder.choice)
            else:
                value = round_one(registers[a, 0] * registers[b, 0], rounder)
        elif operation == 8:
            value = registers[a, 0]
        elif operation == 4:
            value = round_one(packed.constants[a], rounder)
        else:
            first = packed.constants[a] if operation == 3 else registers[a, 0]
            second = -registers[b, 0] if operation == 2 else registers[b, 0]
            value = add_selected(first, second, rounder.choice) if selected else round_one(first + second, rounder)
        registers[target, 0] = value
    return True


@compiled(forceinline=True)
def step_one(packed, state, past, letter, registers, settled, settled_codes, trouble):
    """One letter for one state of the whole stack, in place; returns a status and the verdict.

    Arguments are those of `machine_kernels.step`, for a single row; `trouble` receives layer and block.
    """
    symbol = letter
    for layer in range(packed.layers.shape[0] - 1):
        info = packed.layers[layer]
        offset, size = info[0], info[1]
        if info[2] != 0:
            before = past[layer]
            past[layer] = symbol
            symbol += info[3] * before
        chunk, position = info[12], state[offset + size - 1]
        ends_block = chunk > 0 and position == chunk - 1
        program = packed.program_of[info[4] + symbol + (info[13] if ends_block else 0)]
        for j in range(size):
            registers[j, 0] = state[offset + j]
        result = packed.results[program]
        if not run_one(packed, program, registers) or misplaced(packed, registers, result, size, 1):
            return UNDECIDED_STATE, 0
        for j in range(size):
            state[offset + j] = registers[result + j, 0]
        if chunk > 0:
            state[offset + size - 1] = 0.0 if ends_block else position + 1
        combined = 0
        scale = 1
        for read in range(info[7]):
            local = packed.select[info[11] + symbol * info[7] + read]
            if local >= 0:
                block = info[6] + local
                coordinate = packed.blocks[block, 0]
                numbers = packed.blocks[block, 1]
                place = packed.blocks[block, 2]
                half = packed.blocks[block, 4]
                best, second, code = -math.inf, -math.inf, -1
                for candidate in range(packed.blocks[block, 3]):
                    score = -packed.halves[half + candidate]
                    for i in range(numbers):
                        score += packed.points[place] * state[offset + packed.coordinates[coordinate + i]]
                        place += 1
                    if score > best:
                        best, second, code = score, best, candidate
                    elif score > second:
                        second = score
                error = error_bound(packed, block, registers, result, 0)
                if not best - second > error or not math.isfinite(best):
                    code = decode_exactly(packed, block, registers, result, 0, error, settled, settled_codes)
                    if code < 0:
                        trouble[0], trouble[1] = layer, local
                        return 1, 0
                combined += scale * code
            scale *= info[8]
        symbol = packed.table[info[9] + symbol * info[10] + combined]
    tidy(state)
    return DONE, symbol


@compiled()
def same(first, first_past, second, second_past, counters):
    """Whether two tidy states, their previous symbols and their labels (the first two counters) are equal."""
    if counters[0] != counters[1]:
        return False
    a, b = first.view(np.int64), second.view(np.int64)
    for j in range(a.size):
        if a[j] != b[j]:
            return False
    equal = True
    for j in range(first_past.size):
        equal &= first_past[j] == second_past[j]
    return equal


@compiled()
def find_cycle(
    packed,
    word,
    suffix,
    table,
    accepting,
    compares,
    hare,
    hare_past,
    tortoise,
    tortoise_past,
    counters,
    verdicts,
    settled,
    settled_codes,
    trouble,
    trouble_row,
    slice_length,
):
    """Continue Brent's search for some repetitions of the word; returns a status of `rounded_states_kernels`.

    Arguments:
        packed: the network.
        word: letters that are repeated.
        suffix: letters read, from a copy of the state, after each number of repetitions.
        table: the automaton's, shape (letter, state).
        accepting: the automaton's.
        compares: stop at the first letter after which network and automaton differ.
        hare: the state that moves; like the next arrays changed in place.
        hare_past: its previous symbols.
        tortoise: the state that waits.
        tortoise_past: its previous symbols.
        counters: labels of hare and tortoise, Brent's power and length, repetitions done, last verdict.
        verdicts: receives the verdict after each repetition and the suffix, from the start of this call on.
        settled: as in `machine_kernels.decode_exactly`.
        settled_codes: as in `machine_kernels.decode_exactly`.
        trouble: layer and block of a read-out to be settled outside.
        trouble_row: the state it is about.
        slice_length: repetitions to go before returning.
    """
    registers = np.empty((packed.registers, 1))
    copy, copy_past = hare.copy(), hare_past.copy()
    after, after_past = hare.copy(), hare_past.copy()
    for done in range(slice_length):
        if counters[2] == counters[3]:
            tortoise[:] = hare
            tortoise_past[:] = hare_past
            counters[1] = counters[0]
            counters[2] *= 2
            counters[3] = 0
        copy[:] = hare
        copy_past[:] = hare_past
        label = counters[0]
        verdict = 0
        status = DONE
        for letter in word:
            status, verdict = step_one(packed, copy, copy_past, letter, registers, settled, settled_codes, trouble)
            if status != DONE:
                break
            label = np.int64(table[letter, label])
            if compares and (verdict == 1) != accepting[label]:
                counters[5] = verdict
                return DIFFERS
        if status == DONE and suffix.size > 0:
            after[:] = copy
            after_past[:] = copy_past
            for letter in suffix:
                status, verdict = step_one(
                    packed, after, after_past, letter, registers, settled, settled_codes, trouble
                )
                if status != DONE:
                    copy[:] = after
                    break
        if status != DONE:
            trouble_row[:] = copy
            return CODE if status == 1 else SUM
        hare[:] = copy
        hare_past[:] = copy_past
        counters[0] = label
        counters[3] += 1
        counters[4] += 1
        if done < verdicts.size:
            verdicts[done] = verdict
        if same(hare, hare_past, tortoise, tortoise_past, counters):
            return CLOSED
    return PAUSED


@compiled()
def walk(packed, word, table, states, pasts, counters, together, settled, settled_codes, slice_length):
    """Let the first state run ahead, or both states run until they meet; returns `PAUSED` or `CLOSED`.

    Arguments:
        packed: the network.
        word: letters that are repeated.
        table: the automaton's.
        states: two states, shape (2, number).
        pasts: their previous symbols.
        counters: their labels; the repetitions done in this phase.
        together: whether both move.
        settled: every read-out that `find_cycle` had settled.
        settled_codes: their codes.
        slice_length: repetitions to go before returning.
    """
    registers = np.empty((packed.registers, 1))
    trouble = np.zeros(2, dtype=np.int64)
    for _ in range(slice_length):
        if together and same(states[0], pasts[0], states[1], pasts[1], counters):
            return CLOSED
        for which in range(2 if together else 1):
            for letter in word:
                step_one(packed, states[which], pasts[which], letter, registers, settled, settled_codes, trouble)
                counters[which] = np.int64(table[letter, counters[which]])
        counters[2] += 1
    return PAUSED
