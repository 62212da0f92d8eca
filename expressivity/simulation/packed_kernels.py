"""Names of the columns and kinds of a packed network, for who packs it and for the compiled loops that run it."""

NATIVE, MAGIC, SELECTED, PLAIN = range(4)
"""How an operation is rounded: not at all (float64 itself); float64 operation and magic addition; exact operation and
one comparison; float64 operation, which is exact, and the general rounding."""

DOWN = 4
"""The position of rounding `down` in `rounding_plan.ROUNDINGS`."""

(
    FIRST_NUMBER,
    NUMBERS,
    DELAY,
    SYMBOLS,
    FIRST_LETTER,
    FIRST_PROGRAM,
    FIRST_BLOCK,
    READS,
    RADIX,
    FIRST_ANSWER,
    ANSWER_COLUMNS,
    FIRST_SELECT,
    CHUNK,
    LETTERS,
) = range(14)
"""Columns of `PackedLayers.layers`."""

FIRST_COORDINATE, COORDINATES, FIRST_POINT, POINTS, FIRST_HALF, SHARP = range(6)
"""Columns of `PackedLayers.blocks`."""

OPERATION, TARGET, FIRST_OPERAND, SECOND_OPERAND = range(4)
"""Columns of `PackedLayers.instructions`; operations are those of `instructions`."""

LANE, LAYER, BLOCK = range(3)
"""Places in `Trouble.place`."""
