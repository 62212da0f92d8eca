"""The forward run of one layer as a compiled loop, parallel over the batch.

Two choices make it quick at the small widths of real constructions. Rows stand in lanes of eight, as vectors the loop
vectoriser would not form for a handful of rows; each lane still adds its terms in the order of the columns, one
rounding per product and per sum. And several words advance side by side, so that the processor works on one while the
additions of another wait for each other.
"""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
# An intrinsic is called without the typing context its definition takes, and llvmlite (numba's own) has no types.
# mypy: disable-error-code="call-arg, import-untyped"

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from expressivity.compiled import compiled

LANES = 8  # rows, or code points, computed together
TILE = 8  # words advanced side by side


@intrinsic
def affine_lanes(typing, out, out_at, shift, shift_at, columns, columns_at, vector, vector_at, count):
    """out[o:o+8] = shift[s:s+8] + Σ_j columns[c+8j : c+8j+8] · vector[v+j], j < count, added in the order of j.

    All arrays are contiguous and of float64; nothing is checked. Multiplications and additions are rounded one by
    one (no contraction into fused operations), as in the plain loop.
    """
    signature = types.void(out, out_at, shift, shift_at, columns, columns_at, vector, vector_at, count)

    def generate(context, builder, signature, values):
        lanes = ir.VectorType(ir.DoubleType(), LANES)
        undefined = ir.Constant(lanes, ir.Undefined)
        same_lane = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        integer = ir.IntType(64)

        def pointer(place, index):
            data = make_array(signature.args[place])(context, builder, values[place]).data
            return builder.gep(data, [index])

        def lanes_at(place, index):
            return builder.bitcast(pointer(place, index), lanes.as_pointer())

        total = cgutils.alloca_once_value(builder, builder.load(lanes_at(2, values[3]), align=8))
        with cgutils.for_range(builder, values[8]) as loop:
            column_at = builder.add(values[5], builder.mul(loop.index, integer(LANES)))
            column = builder.load(lanes_at(4, column_at), align=8)
            number = builder.load(pointer(6, builder.add(values[7], loop.index)))
            spread = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
            spread = builder.shuffle_vector(spread, undefined, same_lane)
            builder.store(builder.fadd(builder.load(total), builder.fmul(column, spread)), total)
        builder.store(builder.load(total), lanes_at(0, values[1]), align=8)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def first_largest(typing, scores, at):
    """Lane of the largest of scores[at:at+8], the lowest on ties; 0 where none is a number.

    Without branches: which code point wins is anybody's guess, and a wrong guess of the processor's is dear.
    """
    signature = types.int64(scores, at)

    def generate(context, builder, signature, values):
        lanes = ir.VectorType(ir.DoubleType(), LANES)
        byte = ir.IntType(LANES)
        data = make_array(signature.args[0])(context, builder, values[0]).data
        given = builder.load(builder.bitcast(builder.gep(data, [values[1]]), lanes.as_pointer()), align=8)
        largest = given
        for distance in (4, 2, 1):
            order = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [lane ^ distance for lane in range(LANES)])
            other = builder.shuffle_vector(largest, largest, order)
            largest = builder.select(builder.fcmp_ordered(">", largest, other), largest, other)
        winners = builder.bitcast(builder.fcmp_ordered("==", given, largest), byte)
        lane = builder.cttz(winners, ir.Constant(ir.IntType(1), 0))
        lane = builder.select(builder.icmp_unsigned("==", winners, byte(0)), byte(0), lane)
        return builder.zext(lane, ir.IntType(64))

    return signature, generate


@compiled()
def in_lanes(rows, at, width, count):
    """Rows `rows[at + width·i + j]`, i < count, as groups of eight rows, column by column, filled up with zeros."""
    groups = (count + LANES - 1) // LANES
    packed = np.zeros(groups * width * LANES)
    for i in range(count):
        for j in range(width):
            packed[((i // LANES) * width + j) * LANES + i % LANES] = rows[at + width * i + j]
    return packed


@compiled(parallel=True)
def run_layer(matrices, inputs, start, coordinates, points, halves, offsets, select, table, radix, symbols):
    """Answers after every letter, shape (batch, time); arrays as in `forward.FloatLayer`, −1 marks padding."""
    batch, time = symbols.shape
    width = start.size
    letters = matrices.shape[0]
    groups = (width + LANES - 1) // LANES
    padded = groups * LANES

    # The weights in lanes: A by columns, B, the code points of each block by columns, and minus half their squares.
    rows = np.ascontiguousarray(matrices).reshape(-1)
    columns = np.empty(letters * width * padded)
    shifts = np.zeros(letters * padded)
    for x in range(letters):
        columns[x * width * padded : (x + 1) * width * padded] = in_lanes(rows, x * width * width, width, width)
        for i in range(width):
            shifts[x * padded + i] = inputs[x, i]
    # Of each block: how many numbers it reads, from where (−1: from coordinates that do not follow each other), and
    # where its code points and their constants begin.
    blocks = offsets.shape[0] - 1
    reads = np.zeros((blocks + 1, 5), dtype=np.int64)
    for block in range(blocks):
        first, numbers = offsets[block, 0], offsets[block + 1, 0] - offsets[block, 0]
        lanes = (offsets[block + 1, 2] - offsets[block, 2] + LANES - 1) // LANES * LANES
        reads[block, 0] = numbers
        reads[block, 1] = coordinates[first] if numbers > 0 else 0
        for i in range(1, numbers):
            if coordinates[first + i] != coordinates[first] + i:
                reads[block, 1] = -1
        reads[block, 2] = lanes
        reads[block + 1, 3] = reads[block, 3] + lanes * numbers
        reads[block + 1, 4] = reads[block, 4] + lanes
    scorers = np.empty(reads[blocks, 3])
    constants = np.full(reads[blocks, 4], -np.inf)  # lanes without a code point never win
    for block in range(blocks):
        codes = offsets[block + 1, 2] - offsets[block, 2]
        scorers[reads[block, 3] : reads[block + 1, 3]] = in_lanes(points, offsets[block, 1], reads[block, 0], codes)
        for code in range(codes):
            constants[reads[block, 4] + code] = -halves[offsets[block, 2] + code]

    answers = np.empty((batch, time), dtype=np.int64)
    for tile in numba.prange((batch + TILE - 1) // TILE):
        first_word = tile * TILE
        words = min(TILE, batch - first_word)
        # Two copies of the states of the tile, the present ones and those being computed; then room for coordinates
        # gathered for a block. One array: choosing between two would count references at every step.
        gathered = 2 * TILE * padded
        states = np.zeros(gathered + reads[:, 0].max())
        for word in range(words):
            states[word * padded : word * padded + width] = start
        scores = np.empty(reads[:, 2].max())
        for t in range(time):
            present = (t % 2) * TILE * padded
            following = TILE * padded - present
            for word in range(words):
                x = symbols[first_word + word, t]
                if x < 0:
                    continue
                for group in range(groups):
                    affine_lanes(
                        states,
                        following + word * padded + group * LANES,
                        shifts,
                        x * padded + group * LANES,
                        columns,
                        (x * groups + group) * width * LANES,
                        states,
                        present + word * padded,
                        width,
                    )
            for word in range(words):
                x = symbols[first_word + word, t]
                if x < 0:
                    answers[first_word + word, t] = -1
                    continue
                at = following + word * padded
                code = 0
                scale = 1
                for read in range(select.shape[1]):
                    block = select[x, read]
                    if block >= 0:
                        numbers = reads[block, 0]
                        from_there = reads[block, 1]
                        lanes = reads[block, 2]
                        points_at = reads[block, 3]
                        constants_at = reads[block, 4]
                        seen_at = at + from_there
                        if from_there < 0:
                            seen_at = gathered
                            for i in range(numbers):
                                states[gathered + i] = states[at + coordinates[offsets[block, 0] + i]]
                        best = -np.inf
                        best_code = 0
                        for low in range(0, lanes, LANES):
                            affine_lanes(
                                scores,
                                low,
                                constants,
                                constants_at + low,
                                scorers,
                                points_at + low * numbers,
                                states,
                                seen_at,
                                numbers,
                            )
                            p = low + first_largest(scores, low)
                            if scores[p] > best:
                                best = scores[p]
                                best_code = p
                        code += scale * best_code
                    scale *= radix
                answers[first_word + word, t] = table[x, code]
    return answers
