"""Networks over one letter with chosen eigenvalues, for the order `exact-then-cast`."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

import expressivity as ex
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, single_block


def similar(form: list[list[Fraction | int]], rng: np.random.Generator) -> np.ndarray:
    """A matrix similar to a given one by small integer row operations."""
    width = len(form)
    matrix = np.array([[Fraction(v) for v in row] for row in form], dtype=object)
    for _ in range(width):
        if width > 1:
            i, j = (int(v) for v in rng.choice(width, 2, replace=False))
            factor = int(rng.integers(-2, 3))
            matrix[i] += factor * matrix[j]
            matrix[:, j] -= factor * matrix[:, i]
    return matrix


def dense_layer(
    matrices: list[np.ndarray], inputs: np.ndarray, start: np.ndarray, points: np.ndarray, table: np.ndarray
) -> Layer:
    """A layer from plain arrays of fractions or integers."""
    readout = single_block(rationals(points), table, int(table.max()) + 1 if table.max() > 0 else 2)
    return Layer(
        DenseTransition(rationals(np.array(matrices, dtype=object))),
        rationals(inputs.reshape(len(matrices), -1, 1)),
        rationals(start.reshape(-1, 1)),
        readout,
    )


def random_stack(
    rng: np.random.Generator, eigenvalues: list[Fraction], *, layers: int, width: int = 2, letters: int = 1
) -> ex.Network:
    """Layers whose every A(x) has eigenvalues drawn from a list, Jordan blocks included."""
    stack, below = [], letters
    for number in range(layers):
        outputs = 2 if number == layers - 1 else 3
        matrices = []
        for _ in range(below):
            form: list[list[Fraction | int]] = [[0] * width for _ in range(width)]
            for i in range(width):
                form[i][i] = eigenvalues[int(rng.integers(len(eigenvalues)))]
                if i and form[i][i] == form[i - 1][i - 1] and rng.random() < 0.5:
                    form[i - 1][i] = 1
            matrices.append(similar(form, rng))
        points = np.unique(rng.integers(-6, 7, (5, width)), axis=0)
        table = rng.integers(0, outputs, (below, len(points)))
        table[0, 0] = outputs - 1
        inputs = rng.integers(-2, 3, (below, width)) / 2
        stack.append(dense_layer(matrices, inputs, rng.integers(-3, 4, width) / 2, points, table))
        below = outputs
    return ex.Network(tuple("1abc"[:letters]), tuple(stack), accepts_empty=bool(rng.integers(2)))


def one_layer(
    matrix: list[list[Fraction | int]],
    write: list[int],
    start: list[int],
    points: list[list[int]],
    accepting: list[int],
) -> ex.Network:
    """One letter, one layer."""
    table = np.array([[int(code in accepting) for code in range(len(points))]])
    layer = dense_layer(
        [np.array([[Fraction(v) for v in row] for row in matrix], dtype=object)],
        np.array(write),
        np.array(start),
        np.array(points),
        table,
    )
    return ex.Network(("1",), (layer,), accepts_empty=True)
