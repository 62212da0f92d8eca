"""One state followed along a repeated word, compiled: Brent's cycle detection keeps two states and no more."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

import expressivity.networks.forms.opcodes_kernels as op
import expressivity.simulation.packed_kernels as at
from expressivity.arithmetic.operations_kernels import add_selected, multiply_selected, round_odd_pair
from expressivity.arithmetic.rounding_kernels import nearest_even_bits, round_pair
from expressivity.compiled import compiled
from expressivity.simulation.machine_kernels import (
    STEPPED,
    UNDECIDED_CODE,
    UNDECIDED_STATE,
    decode_exactly,
    error_bound,
    exact_dot,
    misplaced,
)
from expressivity.verification.exploration.compiled_kernels import CLOSED, CODE, DIFFERS, PAUSED, SUM, tidy
from expressivity.verification.exploration.counters_kernels import LENGTH, POWER, REPETITIONS, VERDICT


@compiled(forceinline=True)
def round_one(value, rounder):
    """The result of one float64 operation, rounded as `machine_kernels.round_lanes` does."""
    if rounder.kind == at.MAGIC:
        return np.int64(nearest_even_bits(np.float64(value).view(np.int64), rounder.magic)).view(np.float64)
    if rounder.kind == at.NATIVE:
        return value if value == value else math.nan
    if rounder.kind == at.SELECTED:
        return round_odd_pair(value, 0.0, rounder.choice)
    return round_pair(value, 0.0, 0.0, rounder.plan)


@compiled(forceinline=True)
def run_one(packed, program, registers):
    """`machine_kernels.run_program` for a single lane, without its loops over lanes."""
    rounder = packed.operations
    selected = rounder.kind == at.SELECTED
    for line in range(packed.bounds[program], packed.ends[program]):
        operation = packed.instructions[line, at.OPERATION]
        target = packed.instructions[line, at.TARGET]
        a = packed.instructions[line, at.FIRST_OPERAND]
        b = packed.instructions[line, at.SECOND_OPERAND]
        if operation == op.DOT:
            value, certain = exact_dot(packed, a, b, registers, 0, rounder.plan)
            if not certain:
                return False
        elif operation == op.ROUND:
            value = round_one(registers[a, 0], packed.states)
        elif operation == op.MULTIPLY:
            if selected:
                value = multiply_selected(packed.constants[a], registers[b, 0], rounder.choice)
            else:
                value = round_one(packed.constants[a] * registers[b, 0], rounder)
        elif operation == op.PRODUCT:
            if selected:
                value = multiply_selected(registers[a, 0], registers[b, 0], rounder.choice)
            else:
                value = round_one(registers[a, 0] * registers[b, 0], rounder)
        elif operation == op.MOVE:
            value = registers[a, 0]
        elif operation == op.SET:
            value = round_one(packed.constants[a], rounder)
        else:
            first = packed.constants[a] if operation == op.SHIFT else registers[a, 0]
            second = -registers[b, 0] if operation == op.SUBTRACT else registers[b, 0]
            value = add_selected(first, second, rounder.choice) if selected else round_one(first + second, rounder)
        registers[target, 0] = value
    return True


@compiled(forceinline=True)
def step_one(packed, state, past, letter, registers, settled, trouble):
    """One letter for one state of the whole stack, in place; returns a status and the verdict.

    Arguments are those of `machine_kernels.step`, for a single row.
    """
    symbol = letter
    for layer in range(packed.layers.shape[0] - 1):
        info = packed.layers[layer]
        offset, size = info[at.FIRST_NUMBER], info[at.NUMBERS]
        if info[at.DELAY] != 0:
            before = past[layer]
            past[layer] = symbol
            symbol += info[at.SYMBOLS] * before
        chunk, position = info[at.CHUNK], state[offset + size - 1]
        ends_block = chunk > 0 and position == chunk - 1
        program = packed.program_of[info[at.FIRST_LETTER] + symbol + (info[at.LETTERS] if ends_block else 0)]
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
        for read in range(info[at.READS]):
            local = packed.select[info[at.FIRST_SELECT] + symbol * info[at.READS] + read]
            if local >= 0:
                block = info[at.FIRST_BLOCK] + local
                coordinate = packed.blocks[block, at.FIRST_COORDINATE]
                numbers = packed.blocks[block, at.COORDINATES]
                place = packed.blocks[block, at.FIRST_POINT]
                half = packed.blocks[block, at.FIRST_HALF]
                best, second, code = -math.inf, -math.inf, -1
                for candidate in range(packed.blocks[block, at.POINTS]):
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
                    code = decode_exactly(packed, block, registers, result, 0, error, settled)
                    if code < 0:
                        trouble.place[at.LANE], trouble.place[at.LAYER], trouble.place[at.BLOCK] = 0, layer, local
                        trouble.row[:] = state
                        return UNDECIDED_CODE, 0
                combined += scale * code
            scale *= info[at.RADIX]
        symbol = packed.table[info[at.FIRST_ANSWER] + symbol * info[at.ANSWER_COLUMNS] + combined]
    tidy(state)
    return STEPPED, symbol


@compiled()
def same(first, second):
    """Whether two tidy states, their previous symbols and their labels are equal."""
    if first.label[0] != second.label[0]:
        return False
    a, b = first.state.view(np.int64), second.state.view(np.int64)
    for j in range(a.size):
        if a[j] != b[j]:
            return False
    equal = True
    for j in range(first.past.size):
        equal &= first.past[j] == second.past[j]
    return equal


@compiled()
def find_cycle(packed, path, aim, hare, tortoise, counters, verdicts, settled, trouble, slice_length):
    """Continue Brent's search for some repetitions of the word; returns a status of `compiled_kernels`.

    Arguments:
        packed: the network, `packed.PackedLayers`.
        path: the letters, `cycles.Path`.
        aim: what verdicts are compared with, letter by letter, `compiled.Aim`.
        hare: the state that moves, `cycles.Runner`; like the next one changed in place.
        tortoise: the state that waits.
        counters: see `counters_kernels`.
        verdicts: receives the verdict after each repetition and the suffix, from the start of this call on.
        settled: read-outs settled so far, `packed.Settled`.
        trouble: receives a read-out that has to be settled outside, `packed.Trouble`.
        slice_length: repetitions to go before returning.
    """
    registers = np.empty((packed.registers, 1))
    copy, copy_past = hare.state.copy(), hare.past.copy()
    after, after_past = hare.state.copy(), hare.past.copy()
    for done in range(slice_length):
        if counters[POWER] == counters[LENGTH]:
            tortoise.state[:] = hare.state
            tortoise.past[:] = hare.past
            tortoise.label[0] = hare.label[0]
            counters[POWER] *= 2
            counters[LENGTH] = 0
        copy[:] = hare.state
        copy_past[:] = hare.past
        label = hare.label[0]
        verdict = 0
        status = STEPPED
        for letter in path.word:
            status, verdict = step_one(packed, copy, copy_past, letter, registers, settled, trouble)
            if status != STEPPED:
                break
            label = np.int64(aim.table[letter, label])
            if aim.compares and (verdict == 1) != aim.accepting[label]:
                counters[VERDICT] = verdict
                return DIFFERS
        if status == STEPPED and path.suffix.size > 0:
            after[:] = copy
            after_past[:] = copy_past
            for letter in path.suffix:
                status, verdict = step_one(packed, after, after_past, letter, registers, settled, trouble)
                if status != STEPPED:
                    break
        if status != STEPPED:
            return CODE if status == UNDECIDED_CODE else SUM
        hare.state[:] = copy
        hare.past[:] = copy_past
        hare.label[0] = label
        counters[LENGTH] += 1
        counters[REPETITIONS] += 1
        if done < verdicts.size:
            verdicts[done] = verdict
        if same(hare, tortoise):
            return CLOSED
    return PAUSED


@compiled()
def walk(packed, path, aim, first, second, counters, together, settled, trouble, slice_length):
    """Let the first state run ahead, or both states run until they meet; returns `PAUSED` or `CLOSED`.

    Arguments:
        packed: the network.
        path: the letters.
        aim: the automaton that labels states.
        first: a state; like the next one changed in place.
        second: a state.
        counters: see `counters_kernels`; the repetitions of this phase are counted.
        together: whether both move.
        settled: every read-out that `find_cycle` had settled.
        trouble: not met, since all read-outs are settled.
        slice_length: repetitions to go before returning.
    """
    registers = np.empty((packed.registers, 1))
    for _ in range(slice_length):
        if together and same(first, second):
            return CLOSED
        for which in range(2 if together else 1):
            runner = first if which == 0 else second
            for letter in path.word:
                step_one(packed, runner.state, runner.past, letter, registers, settled, trouble)
                runner.label[0] = np.int64(aim.table[letter, runner.label[0]])
        counters[REPETITIONS] += 1
    return PAUSED
