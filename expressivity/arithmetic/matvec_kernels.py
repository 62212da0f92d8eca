"""Matrix times columns, every product and every sum rounded to nearest even: two more operations per rounding."""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import numpy as np

from expressivity.arithmetic.rounding_kernels import nearest_even_bits
from expressivity.compiled import compiled

_TILE = 512
_MAGNITUDE = np.int64(0x7FFFFFFFFFFFFFFF)
_EXPONENT = np.int64(0x7FF0000000000000)
_SIGN = np.int64(-0x8000000000000000)
_ONE = np.int64(1023 << 52)  # the bits of 1
_SIGNED_EXPONENT = np.int64(-0x10000000000000)


@compiled(forceinline=True)
def round_any(value, magic):
    """`rounding_kernels.nearest_even_bits` of a number."""
    return np.int64(nearest_even_bits(np.float64(value).view(np.int64), magic)).view(np.float64)


@compiled(forceinline=True)
def round_normal(value, lift):
    """Round a number that neither overflows nor loses digits to a subnormal spacing; every zero becomes +0.

    The magic number is 2^(e+53−p) with the other sign, an addition to the exponent: the difference of opposite signs
    lies above that power of two, where float64's spacing is that of the rounded number.
    """
    number = np.int64((np.float64(value).view(np.int64) & _SIGNED_EXPONENT) + lift).view(np.float64)
    return number - (number - value)


@compiled(forceinline=True)
def round_small(value, shift, least_magic):
    """Round a number that does not overflow; every zero becomes +0."""
    number = np.int64((np.float64(value).view(np.int64) & _EXPONENT) + shift).view(np.float64)
    number = number if number > least_magic else least_magic
    return (value + number) - number


@compiled()
def extremes(column):
    """Largest magnitude of a column (NaN above infinity), and the smallest that is not zero (or infinity)."""
    bits = column.view(np.int64)
    top, low = np.int64(0), _EXPONENT
    for k in range(column.size):
        magnitude = bits[k] & _MAGNITUDE
        top = max(top, magnitude)
        low = min(low, magnitude if magnitude != 0 else _EXPONENT)
    return np.int64(top).view(np.float64), np.int64(low).view(np.float64)


@compiled()
def stays_inside(weights, tops, unit, quantum, limit):
    """Whether no product and no partial sum of a row can leave the format, whatever the roundings do."""
    bound = 0.0
    for j in range(weights.size):
        bound = (bound + abs(weights[j]) * tops[j] * (1.0 + unit) + quantum) * (1.0 + unit)
    return bound * 1.0001 <= limit


@compiled()
def one_sum(weights, columns, lane, magic):
    """((a_0·h_0) + (a_1·h_1)) + … for one column of the batch, whatever its magnitudes."""
    total = round_any(weights[0] * columns[0, lane], magic)
    for j in range(1, weights.size):
        total = round_any(total + round_any(weights[j] * columns[j, lane], magic), magic)
    return total


@compiled()
def minus_zero(weights, columns, lane, half):
    """Whether a sum that is zero is −0: every product is, or lies between it and half the smallest number below."""
    for j in range(weights.size):
        product = weights[j] * columns[j, lane]
        if np.float64(product).view(np.int64) >= 0 or product < -half:
            return False
    return True


@compiled()
def matvec_nearest_even(matrix, columns, out, magic, unit, quantum):
    """((a_0·h_0) + (a_1·h_1)) + … for every row and column of a batch, where float64 operations may be rounded.

    A tile of the batch whose magnitudes show that no result overflows needs no comparison with the limits. Sums of
    numbers of the format that are subnormal are exact, and short, so only products look at the least spacing, and only
    where the smallest of them may be subnormal. Signs of zeros never reach a number that is not zero; they come last.
    """
    rows, width = matrix.shape
    batch = columns.shape[1]
    # What to add to the exponent of a value to have that of its magic number, with the significand 1.5 or the sign −1.
    shift = np.float64(magic.scale).view(np.int64) - _ONE
    lift = (shift & _EXPONENT) + _SIGN
    tops, lows = np.empty(width), np.empty(width)
    for begin in range(0, batch, _TILE):
        end = min(batch, begin + _TILE)
        count = end - begin
        for j in range(width):
            tops[j], lows[j] = extremes(columns[j, begin:end])
        for i in range(rows):
            total = out[i, begin:end]
            if magic.least != 0.0 or not stays_inside(matrix[i], tops, unit, quantum, magic.limit):
                for k in range(count):
                    total[k] = one_sum(matrix[i], columns, begin + k, magic)
                continue
            for j in range(width):
                weight = matrix[i, j]
                column = columns[j, begin:end]
                normal = abs(weight) * lows[j] * magic.scale >= magic.least_magic
                if normal and j == 0:
                    for k in range(count):
                        total[k] = round_normal(weight * column[k], lift)
                elif normal:
                    for k in range(count):
                        total[k] = round_normal(total[k] + round_normal(weight * column[k], lift), lift)
                elif j == 0:
                    for k in range(count):
                        total[k] = round_small(weight * column[k], shift, magic.least_magic)
                else:
                    for k in range(count):
                        product = round_small(weight * column[k], shift, magic.least_magic)
                        total[k] = round_normal(total[k] + product, lift)
            zeros = np.int64(0)
            weight, column, half = matrix[i, 0], columns[0, begin:end], 0.5 * quantum
            for k in range(count):
                zeros += np.int64((total[k] == 0.0) & (abs(weight * column[k]) <= half))
            if magic.zero_sign != 0 and zeros > 0:
                for k in range(count):
                    if total[k] == 0.0 and minus_zero(matrix[i], columns, begin + k, half):
                        total[k] = -0.0
