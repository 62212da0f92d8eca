"""The compiled machine: programs run on many states side by side, read-outs decided exactly.

Every state of a group reads the same letter, so an instruction is one loop over the group, which the compiler turns
into vector instructions. Arrays are those of `packed.PackedLayers`.
"""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

import expressivity.networks.forms.opcodes_kernels as op
import expressivity.simulation.packed_kernels as at
from expressivity.arithmetic.operations_kernels import (
    add_selected,
    add_term,
    as_pair,
    in_range,
    multiply_selected,
    round_odd_pair,
    two_product,
)
from expressivity.arithmetic.rounding_kernels import nearest_even_bits, round_pair
from expressivity.compiled import compiled

LANES = 128
_SIGN = np.int64(-0x8000000000000000)
_UNIT = 2.0**-52
_ABSOLUTE = 1e-290
_TAIL = 2.0**-100

STEPPED, UNDECIDED_CODE, UNDECIDED_STATE = range(3)
"""What came of a step: it was taken, or a read-out or a state needs more than these loops."""


@compiled()
def round_lanes(lane, count, rounder):
    """Round the results of float64 operations in place."""
    if rounder.kind == at.MAGIC:
        bits = lane.view(np.int64)
        for i in range(count):
            bits[i] = nearest_even_bits(bits[i], rounder.magic)
    elif rounder.kind == at.NATIVE:
        for i in range(count):
            lane[i] = lane[i] if lane[i] == lane[i] else math.nan
    elif rounder.kind == at.SELECTED:
        for i in range(count):
            lane[i] = round_odd_pair(lane[i], 0.0, rounder.choice)
    else:
        for i in range(count):
            lane[i] = round_pair(lane[i], 0.0, 0.0, rounder.plan)


@compiled()
def selected_products(weight, source, target, count, choice):
    """Exact products rounded once, where float64 alone would not do."""
    for i in range(count):
        target[i] = multiply_selected(weight, source[i], choice)


@compiled()
def selected_lane_products(first, second, target, count, choice):
    """Exact products of two lanes rounded once, where float64 alone would not do."""
    for i in range(count):
        target[i] = multiply_selected(first[i], second[i], choice)


@compiled()
def selected_sums(first, second, sign, target, count, choice):
    """Exact sums first + sign·second rounded once, where float64 alone would not do."""
    for i in range(count):
        target[i] = add_selected(first[i], sign * second[i], choice)


@compiled()
def misplaced(packed, registers, first, number, count):
    """Whether a new state holds a NaN that its format has no place for: a NaN is never lost on the way to the state."""
    if not packed.states.nan:
        for j in range(first, first + number):
            for i in range(count):
                if registers[j, i] != registers[j, i]:
                    return True
    return False


@compiled()
def run_program(packed, program, registers, count):
    """Run one program on the first `count` lanes of the registers; false when an exact sum needs more room."""
    rounder = packed.operations
    selected = rounder.kind == at.SELECTED
    for line in range(packed.bounds[program], packed.ends[program]):
        operation = packed.instructions[line, at.OPERATION]
        target = registers[packed.instructions[line, at.TARGET]]
        a = packed.instructions[line, at.FIRST_OPERAND]
        b = packed.instructions[line, at.SECOND_OPERAND]
        if operation == op.DOT:
            for i in range(count):
                target[i], certain = exact_dot(packed, a, b, registers, i, rounder.plan)
                if not certain:
                    return False
            continue
        if operation == op.ROUND:
            source = registers[a]
            for i in range(count):
                target[i] = source[i]
            round_lanes(target, count, packed.states)
            continue
        weight = packed.constants[a] if operation in (op.MULTIPLY, op.SHIFT, op.SET) else 0.0
        if operation == op.MOVE:
            target[:count] = registers[a, :count]
            continue
        if selected and operation == op.MULTIPLY:
            selected_products(weight, registers[b], target, count, rounder.choice)
            continue
        if selected and operation == op.PRODUCT:
            selected_lane_products(registers[a], registers[b], target, count, rounder.choice)
            continue
        if selected and operation != op.SET:
            first = np.full(count, weight) if operation == op.SHIFT else registers[a]
            sign = -1.0 if operation == op.SUBTRACT else 1.0
            selected_sums(first, registers[b], sign, target, count, rounder.choice)
            continue
        if operation == op.MULTIPLY:
            source = registers[b]
            for i in range(count):
                target[i] = weight * source[i]
        elif operation in (op.ADD, op.SUBTRACT):
            first = registers[a]
            second = registers[b]
            sign = 1.0 if operation == op.ADD else -1.0
            for i in range(count):
                target[i] = first[i] + sign * second[i]
        elif operation == op.SHIFT:
            source = registers[b]
            for i in range(count):
                target[i] = weight + source[i]
        elif operation == op.PRODUCT:
            first = registers[a]
            second = registers[b]
            for i in range(count):
                target[i] = first[i] * second[i]
        else:
            target[:count] = weight
        round_lanes(target, count, rounder)
    return True


@compiled()
def exact_dot(packed, first, number, registers, lane, plan):
    """One exact sum of products rounded once, and whether float64 numbers could hold it."""
    s, e, f = 0.0, 0.0, 0.0
    special = 0.0
    is_special = False
    all_minus, any_minus = 1, 0
    for term in range(first, first + number):
        x = packed.constants[packed.term_constants[term]]
        register = packed.term_registers[term]
        y = registers[register, lane] if register >= 0 else 1.0
        value = x * y
        if not math.isfinite(value):
            special += value
            is_special = True
            continue
        if not (in_range(x) and in_range(y)):
            return 0.0, False
        minus = 1 if (np.float64(x).view(np.int64) ^ np.float64(y).view(np.int64)) < 0 else 0
        all_minus &= minus
        any_minus |= minus
        product, error = two_product(x, y)
        s, e, f, left = add_term(s, e, f, product)
        if left != 0.0:
            return 0.0, False
        if error != 0.0:
            s, e, f, left = add_term(s, e, f, error)
            if left != 0.0:
                return 0.0, False
    if is_special:
        return round_pair(special, 0.0, 0.0, plan), True
    hi, lo, small = as_pair(s, e, f)
    if hi == 0.0:
        hi = -0.0 if all_minus == 1 or (any_minus == 1 and plan.mode == at.DOWN) else 0.0
    return round_pair(hi, lo, 0.0, plan), small


@compiled()
def exact_score_gap(packed, block, one, other, registers, base, lane):
    """Sign of (p·h − |p|²/2) − (q·h − |q|²/2) for two code points; 2 when float64 pairs do not decide it."""
    numbers = packed.blocks[block, at.COORDINATES]
    coordinate = packed.blocks[block, at.FIRST_COORDINATE]
    first = packed.blocks[block, at.FIRST_POINT] + one * numbers
    second = packed.blocks[block, at.FIRST_POINT] + other * numbers
    half = packed.blocks[block, at.FIRST_HALF]
    s, e, f = 0.0, 0.0, 0.0
    size = abs(packed.halves[half + one]) + abs(packed.halves[half + other])
    for i in range(numbers + 1):
        h = registers[base + packed.coordinates[coordinate + i], lane] if i < numbers else -1.0
        if not in_range(h):
            return 2
        for part in range(4):
            if i < numbers:
                place = (first if part < 2 else second) + i
                p = packed.points[place] if part % 2 == 0 else packed.points_low[place]
            else:
                place = half + (one if part < 2 else other)
                p = packed.halves[place] if part % 2 == 0 else packed.halves_low[place]
            p = p if part < 2 else -p
            if not in_range(p):
                return 2
            product, error = two_product(p, h)
            size += abs(product)
            s, e, f, left = add_term(s, e, f, product)
            if left != 0.0:
                return 2
            s, e, f, left = add_term(s, e, f, error)
            if left != 0.0:
                return 2
    hi, _, small = as_pair(s, e, f)
    if not small:
        return 2
    if packed.blocks[block, at.SHARP] == 0 and not abs(hi) > _TAIL * size:
        return 2
    return 0 if hi == 0.0 else (1 if hi > 0.0 else -1)


@compiled()
def score_lanes(packed, block, registers, base, count, codes):
    """Code of the point with the best score p·h − |p|²/2 for every lane; −1 where float64 does not decide it."""
    coordinate = packed.blocks[block, at.FIRST_COORDINATE]
    numbers = packed.blocks[block, at.COORDINATES]
    place = packed.blocks[block, at.FIRST_POINT]
    half = packed.blocks[block, at.FIRST_HALF]
    score, best, second = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    best[:count] = -math.inf
    second[:count] = -math.inf
    codes[:count] = -1.0
    for code in range(packed.blocks[block, at.POINTS]):
        score[:count] = -packed.halves[half + code]
        for i in range(numbers):
            lane = registers[base + packed.coordinates[coordinate + i]]
            p = packed.points[place]
            place += 1
            for k in range(count):
                score[k] += p * lane[k]
        number = np.float64(code)
        for k in range(count):
            value = score[k]
            better = value > best[k]
            lower = best[k] if better else value
            second[k] = lower if lower > second[k] else second[k]
            codes[k] = number if better else codes[k]
            best[k] = value if better else best[k]
    size = score
    size[:count] = packed.half_reach[block]
    for i in range(numbers):
        lane = registers[base + packed.coordinates[coordinate + i]]
        reach = packed.reach[coordinate + i]
        for k in range(count):
            size[k] += reach * abs(lane[k])
    for k in range(count):
        error = 4.0 * (numbers + 4) * _UNIT * size[k] + _ABSOLUTE
        certain = (best[k] - second[k] > error) & (abs(best[k]) < math.inf)
        codes[k] = codes[k] if certain else -1.0


@compiled()
def error_bound(packed, block, registers, base, k):
    """Twice the largest error of a score of one lane; infinite where a coordinate is no finite number."""
    coordinate = packed.blocks[block, at.FIRST_COORDINATE]
    numbers = packed.blocks[block, at.COORDINATES]
    size = packed.half_reach[block]
    for i in range(numbers):
        size += packed.reach[coordinate + i] * abs(registers[base + packed.coordinates[coordinate + i], k])
    return 4.0 * (numbers + 4) * _UNIT * size + _ABSOLUTE


@compiled()
def decode_exactly(packed, block, registers, base, lane, error, settled):
    """Code of the nearest code point to one lane of registers[base:], or −1 when it has to be settled outside.

    `error` bounds the difference of two float64 scores from the exact one; `settled` is a `packed.Settled`.
    """
    coordinate = packed.blocks[block, at.FIRST_COORDINATE]
    numbers = packed.blocks[block, at.COORDINATES]
    points = packed.blocks[block, at.POINTS]
    half = packed.blocks[block, at.FIRST_HALF]
    for i in range(numbers):
        if not math.isfinite(registers[base + packed.coordinates[coordinate + i], lane]):
            return 0
    scores = np.empty(points)
    place = packed.blocks[block, at.FIRST_POINT]
    for code in range(points):
        score = -packed.halves[half + code]
        for i in range(numbers):
            score += packed.points[place] * registers[base + packed.coordinates[coordinate + i], lane]
            place += 1
        scores[code] = score
    best = scores.max()
    undecided = not (math.isfinite(best) and math.isfinite(error))
    winner = -1
    if not undecided:
        # Some others may be as near as float64 can tell: compare them exactly, the lower code winning ties.
        for code in range(points):
            if scores[code] >= best - error:
                gap = 1 if winner < 0 else exact_score_gap(packed, block, code, winner, registers, base, lane)
                if gap == 2:
                    undecided = True
                    break
                if gap == 1:
                    winner = code
    if not undecided:
        return winner
    for row in range(settled.codes.size):
        if settled.parts[row, 0] == block:
            same = True
            for i in range(numbers):
                same &= settled.parts[row, 1 + i] == registers[base + packed.coordinates[coordinate + i], lane]
            if same:
                return settled.codes[row]
    return -1


@compiled()
def advance_layer(packed, layer, states, symbols, count, registers, settled, trouble):
    """One letter for the first `count` lanes, in place; symbols become answers. Returns a status.

    Arguments:
        packed: the network.
        layer: number of the layer.
        states: all layers' states above one another, shape (number, lane), at most `LANES` lanes.
        symbols: letters of this layer (the previous symbol counted in).
        count: number of states.
        registers: working space, shape (register, lane).
        settled: as in `decode_exactly`.
        trouble: receives a read-out that has to be settled outside, `packed.Trouble`.
    """
    info = packed.layers[layer]
    offset, size = info[at.FIRST_NUMBER], info[at.NUMBERS]
    first_letter, first_block, reads = info[at.FIRST_LETTER], info[at.FIRST_BLOCK], info[at.READS]
    radix, table, codes, select = info[at.RADIX], info[at.FIRST_ANSWER], info[at.ANSWER_COLUMNS], info[at.FIRST_SELECT]
    chunk, letters = info[at.CHUNK], info[at.LETTERS]
    position = offset + size - 1
    members = np.empty(LANES, dtype=np.int64)
    combined = np.empty(LANES, dtype=np.int64)
    waiting = np.empty(LANES, dtype=np.bool_)
    programs = np.empty(LANES, dtype=np.int64)
    found = np.empty(LANES)
    uniform, alike = True, True
    for i in range(count):
        symbol = symbols[i]
        alike &= symbol == symbols[0]
        if chunk > 0 and states[position, i] == chunk - 1:
            symbol += letters
        programs[i] = packed.program_of[first_letter + symbol]
        uniform &= programs[i] == programs[0]
    order = members if uniform else np.argsort(programs[:count], kind="mergesort")
    begin = 0
    while begin < count:
        if uniform:
            number = count
            for i in range(count):
                members[i] = i
            for j in range(size):
                for i in range(count):
                    registers[j, i] = states[offset + j, i]
        else:
            number = 0
            while begin + number < count and programs[order[begin + number]] == programs[order[begin]]:
                members[number] = order[begin + number]
                number += 1
            for j in range(size):
                for i in range(number):
                    registers[j, i] = states[offset + j, members[i]]
        program = programs[members[0]]
        result = packed.results[program]
        certain = run_program(packed, program, registers, number)
        if not certain or misplaced(packed, registers, result, size, number):
            return UNDECIDED_STATE
        if chunk > 0:
            for i in range(number):
                before = states[position, members[i]]
                registers[result + size - 1, i] = before + 1 if before + 1 < chunk else 0.0
        for j in range(size):
            if uniform:
                for i in range(count):
                    states[offset + j, i] = registers[result + j, i]
            else:
                for i in range(number):
                    states[offset + j, members[i]] = registers[result + j, i]
        for i in range(number):
            combined[i] = 0
        scale = 1
        for read in range(reads):
            waiting[:number] = True
            for lead in range(number):
                if not waiting[lead]:
                    continue
                local = packed.select[select + symbols[members[lead]] * reads + read]
                if local >= 0:
                    score_lanes(packed, first_block + local, registers, result, number, found)
                for i in range(lead, number):
                    if not alike:
                        if not waiting[i] or packed.select[select + symbols[members[i]] * reads + read] != local:
                            continue
                        waiting[i] = False
                    if local < 0:
                        continue
                    code = np.int64(found[i])
                    if code < 0:
                        block = first_block + local
                        error = error_bound(packed, block, registers, result, i)
                        code = decode_exactly(packed, block, registers, result, i, error, settled)
                        if code < 0:
                            trouble.place[at.LANE] = members[i]
                            trouble.place[at.LAYER], trouble.place[at.BLOCK] = layer, local
                            trouble.row[:] = states[:, members[i]]
                            return UNDECIDED_CODE
                    combined[i] += scale * code
                if alike:
                    break
            scale *= radix
        for i in range(number):
            row = members[i]
            symbols[row] = packed.table[table + symbols[row] * codes + combined[i]]
        begin += number
    return STEPPED


@compiled()
def step(packed, states, previous, symbols, count, registers, settled, trouble):
    """One letter for the whole stack, in place; symbols become verdicts. Returns a status.

    States have shape (number, lane). `previous` has one row per layer, the symbol each layer with a delay read last;
    none where no layer has one.
    """
    for layer in range(packed.layers.shape[0] - 1):
        if packed.layers[layer, at.DELAY] != 0:
            known = packed.layers[layer, at.SYMBOLS]
            for i in range(count):
                before = previous[layer, i]
                previous[layer, i] = symbols[i]
                symbols[i] += known * before
        status = advance_layer(packed, layer, states, symbols, count, registers, settled, trouble)
        if status != STEPPED:
            return status
    return STEPPED


@compiled()
def run_words(packed, states, previous, letters, verdicts, settled, trouble):
    """Verdicts of a batch of words, shape (word, time); −1 marks padding. States are left as they end."""
    batch, time = letters.shape
    registers = np.empty((packed.registers, LANES))
    rows = np.empty((states.shape[1], LANES))
    pasts = np.empty((previous.shape[1], LANES), dtype=np.int64)
    symbols = np.empty(LANES, dtype=np.int64)
    members = np.empty(LANES, dtype=np.int64)
    for tile in range(0, batch, LANES):
        for t in range(time):
            count = 0
            for word in range(tile, min(tile + LANES, batch)):
                if letters[word, t] >= 0:
                    members[count] = word
                    symbols[count] = letters[word, t]
                    for j in range(rows.shape[0]):
                        rows[j, count] = states[word, j]
                    for j in range(pasts.shape[0]):
                        pasts[j, count] = previous[word, j]
                    count += 1
            if count == 0:
                break
            status = step(packed, rows, pasts, symbols, count, registers, settled, trouble)
            if status != STEPPED:
                return status
            for i in range(count):
                word = members[i]
                verdicts[word, t] = symbols[i]
                for j in range(rows.shape[0]):
                    states[word, j] = rows[j, i]
                for j in range(pasts.shape[0]):
                    previous[word, j] = pasts[j, i]
    return STEPPED
