"""Names of the counters that the compiled searches keep."""

KNOWN, DONE, SOURCE, LETTER, VERDICT = range(5)
"""Of a breadth-first search: pairs known, pairs settled; on a difference the pair, the letter and the verdict."""

POWER, LENGTH, REPETITIONS = range(3)
"""Of Brent's method: its power of two, those since the tortoise waits, repetitions done; and the last `VERDICT`."""
