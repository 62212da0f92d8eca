"""Compiled rounding: the magic addition at memory speed, and one scalar body for every format and mode.

`nearest_even` rounds a whole array; `round_pair` rounds one exact sum hi + lo and is meant to be called from other
kernels. A plan is `rounding_plan.RoundingPlan`, a named tuple of plain numbers.
"""
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators

import math

import numpy as np

from expressivity.compiled import compiled

_MAGNITUDE = np.int64(0x7FFFFFFFFFFFFFFF)
_EXPONENT = np.int64(0x7FF0000000000000)
_FRACTION = np.int64(0x000FFFFFFFFFFFFF)
_SIGN = np.int64(-0x8000000000000000)
_NAN = np.int64(0x7FF8000000000000)
_INVERSE = np.int64(2046 << 52)  # the bits of s and 1/s add up to this when s is a power of two
_HUGE = 2.0**600  # no format but fp64 tells magnitudes beyond it apart
_UNIT = 2.0**52  # the spacing of float64 numbers from here on is at least 1


@compiled(forceinline=True)
def nearest_even_bits(b, magic):
    """Round one float64 bit pattern to the nearest number, ties to even; `magic` is a `rounding_plan.MagicConstants`.

    Adding and subtracting 1.5·2^(e+53−p) makes the float64 adder itself round at bit p, because the sum's last bit is
    worth exactly one spacing; 2 ≤ p ≤ 51. Everything else is a selection, so loops over it vectorise.
    """
    magnitude = np.int64(b & _MAGNITUDE).view(np.float64)
    number = np.int64(b & _EXPONENT).view(np.float64) * magic.scale
    number = number if number > magic.least_magic else magic.least_magic
    rounded = (magnitude + number) - number
    rounded = rounded if rounded >= magic.least else 0.0
    sign = b & _SIGN
    inside = np.float64(rounded).view(np.int64) | (sign if rounded != 0.0 else sign & magic.zero_sign)
    outside = magic.above_bits | (sign & magic.above_sign) if magnitude == magnitude else _NAN
    return inside if magnitude <= magic.limit else outside


@compiled()
def nearest_even_number(value, magic):
    """Round one float64 number to the nearest, ties to even: for use inside other kernels."""
    return np.int64(nearest_even_bits(np.float64(value).view(np.int64), magic)).view(np.float64)


@compiled()
def nearest_even(bits, out_bits, magic):
    """Round an array of float64 bit patterns to the nearest numbers, ties to even."""
    for i in range(bits.size):
        out_bits[i] = nearest_even_bits(bits[i], magic)


@compiled(forceinline=True)
def power_of_two(exponent):
    """2^exponent for −1022 ≤ exponent ≤ 1023."""
    return np.int64((exponent + 1023) << 52).view(np.float64)


@compiled()
def round_pair(hi, lo, uniform, plan):
    """Round the exact sum hi + lo, |lo| at most the last place of hi, to a format.

    Outside fp64 magnitudes are first brought into a range beyond which the format tells nothing apart. For fp64 with
    lo ≠ 0, hi must be a normal number and its result must not overflow (`operations` scales it so).
    """
    if hi != hi:
        return math.nan
    negative = np.float64(hi).view(np.int64) < 0
    magnitude = -hi if negative else hi
    if magnitude == math.inf:
        return plan.minus_infinity if negative else plan.plus_infinity
    if magnitude == 0.0:
        return -0.0 if negative and plan.negative_zero else 0.0
    tail = -lo if negative else lo
    if plan.modulus > 0.0:
        if magnitude >= plan.modulus:
            # One modulus is kept so that the sign, which directed modes look at, survives a negative tail.
            magnitude = np.fmod(magnitude, plan.modulus) + plan.modulus
    elif plan.precision < 53:
        if magnitude > 2.0**600:
            magnitude, tail = 2.0**600, 0.0
        elif magnitude < power_of_two(plan.finest - 200):
            magnitude, tail = power_of_two(plan.finest - 200), 0.0
    elif lo == 0.0:
        return hi
    bits = np.float64(magnitude).view(np.int64)
    exponent = (bits >> 52) - 1023
    if tail < 0.0 and (bits & _FRACTION) == 0:
        exponent -= 1  # the sum lies below this power of two, where neighbours are closer
    spacing = plan.finest
    if plan.floating and exponent - plan.precision + 1 > spacing:
        spacing = exponent - plan.precision + 1
    # Two steps, because fp64 reaches spacings whose inverse is no float64 number.
    inverse = power_of_two(-spacing // 2)
    scaled_tail = tail * inverse * power_of_two(-spacing - (-spacing // 2))
    if tail != 0.0 and abs(scaled_tail) < 2.0**-300:
        # Too small to scale, it still decides directions; this is less than anything it is compared with.
        scaled_tail = math.copysign(2.0**-300, tail)
    scaled = magnitude * inverse * power_of_two(-spacing - (-spacing // 2))
    count = np.floor(scaled)
    rest = scaled - count
    if rest == 0.0 and scaled_tail < 0.0:
        count -= 1.0
        rest = 1.0
    inexact = rest != 0.0 or scaled_tail != 0.0
    if inexact and moves_away(count, rest, scaled_tail, negative, uniform, spacing, plan):
        count += 1.0
    result = count * power_of_two(spacing // 2) * power_of_two(spacing - spacing // 2)
    return settle(result, negative, plan)


@compiled()
def moves_away(count, rest, tail, negative, uniform, spacing, plan):
    """Whether count + rest + tail (inexact, in spacings) rounds to count + 1."""
    mode = plan.mode
    if mode == 2:
        return False
    if mode == 3:
        return not negative
    if mode == 4:
        return negative
    if mode == 6:
        # uniform < rest + tail, decided exactly: the difference is the sum of s, t and −tail.
        s = uniform - rest
        back = s - uniform
        t = (uniform - (s - back)) + (-rest - back)
        a = s - tail
        back = a - s
        b = (s - (a - back)) + (-tail - back)
        return a + (b + t) < 0.0
    half = count * 0.5
    odd = half != np.floor(half)
    if plan.precision == 1 and plan.floating and count == 1.0:
        odd = (spacing - plan.quantum) % 2 == 0  # one significand bit: parity of the code is parity of the binade
    if mode == 5:
        return not odd
    beyond_half = (rest - 0.5) + tail
    if beyond_half == 0.0:
        return odd or mode == 1
    return beyond_half > 0.0


@compiled()
def settle(result, negative, plan):
    """Underflow, sign and overflow of a magnitude already on the grid."""
    if result < plan.least:
        result = 0.0
    if result == 0.0:
        return -0.0 if negative and plan.negative_zero else 0.0
    if negative:
        result = -result
    if plan.modulus > 0.0:
        if abs(result) >= plan.modulus:
            result = np.fmod(result, plan.modulus)
        if result > plan.largest:
            result -= plan.modulus
        elif result < plan.lowest:
            result += plan.modulus
        return result + 0.0
    if result > plan.largest:
        return plan.above
    if result < plan.lowest:
        return plan.below
    return result


@compiled()
def round_array(values, uniforms, out, plan):
    """Round an array in any mode; `uniforms` has one number per value for `stochastic`, else it is empty."""
    stochastic = plan.mode == 6
    for i in range(values.size):
        out[i] = round_pair(values[i], 0.0, uniforms[i] if stochastic else 0.0, plan)


@compiled(forceinline=True)
def selected_bits(b, even_threshold, odd_threshold, choice):
    """Round one bit pattern without a branch; `choice` is a `rounding_plan.SelectConstants`.

    The value moves away from zero when the part between its neighbours exceeds the threshold for the parity of the
    lower one. The spacing is found as a float64 power of two, whose inverse is a subtraction of exponents; floors are
    taken by adding and subtracting 2^52, so that loops over this vectorise.
    """
    given = np.int64(b & _MAGNITUDE).view(np.float64)
    magnitude = given if given < _HUGE else _HUGE
    magnitude = magnitude if (magnitude >= choice.tiny) | (magnitude == 0.0) else choice.tiny
    power = np.int64(np.float64(magnitude).view(np.int64) & _EXPONENT).view(np.float64)
    spacing = power * choice.relative
    spacing = spacing if spacing > choice.finest else choice.finest
    scaled = magnitude * np.int64(_INVERSE - np.float64(spacing).view(np.int64)).view(np.float64)
    count = (scaled + _UNIT) - _UNIT
    count = count - 1.0 if count > scaled else count
    count = count if scaled < _UNIT else scaled
    half = count * 0.5
    even = ((half + _UNIT) - _UNIT) == half
    threshold = even_threshold if even else odd_threshold
    result = (count + 1.0 if scaled - count > threshold else count) * spacing
    result = result if result >= choice.least else 0.0
    sign = b & _SIGN if result != 0.0 else b & choice.zero_sign
    result = np.int64(np.float64(result).view(np.int64) | sign).view(np.float64)
    result = choice.above if result > choice.largest else result
    result = choice.below if result < choice.lowest else result
    infinite = choice.plus_infinity if b >= 0 else choice.minus_infinity
    result = result if given < math.inf else infinite
    return np.float64(result).view(np.int64) if given == given else _NAN


@compiled()
def round_selected(bits, out_bits, choice):
    """Round an array of bit patterns in a deterministic mode."""
    for i in range(bits.size):
        b = bits[i]
        even_threshold = choice.plus_even if b >= 0 else choice.minus_even
        odd_threshold = choice.plus_odd if b >= 0 else choice.minus_odd
        out_bits[i] = selected_bits(b, even_threshold, odd_threshold, choice)


@compiled()
def round_stochastic(bits, uniforms, out_bits, choice):
    """Round an array of bit patterns with one uniform number each."""
    for i in range(bits.size):
        out_bits[i] = selected_bits(bits[i], uniforms[i], uniforms[i], choice)


@compiled()
def round_pairs(hi, lo, uniforms, out, plan):
    """Round exact sums hi + lo in any mode; `uniforms` as in `round_array`."""
    stochastic = plan.mode == 6
    for i in range(hi.size):
        out[i] = round_pair(hi[i], lo[i], uniforms[i] if stochastic else 0.0, plan)
