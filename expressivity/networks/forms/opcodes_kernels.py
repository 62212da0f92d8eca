"""Names of the rounded operations, for the writers of programs and for the compiled loops that run them."""

MULTIPLY, ADD, SUBTRACT, SHIFT, SET, DOT, ROUND, PRODUCT, MOVE = range(9)
"""Operations: d ← const·a, a + b, a − b, const + a, const, Σ terms, a rounded to the state format, a·b, a as it is."""

ONE = -1
"""The register of a term of `DOT` that stands for the number 1."""
