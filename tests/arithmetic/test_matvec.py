"""Matrices times columns, rounded after every operation, against the same operations one at a time."""

from __future__ import annotations

import numpy as np
import pytest

import expressivity as ex
from expressivity.arithmetic import operations
from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.rounding import round_to
from expressivity.checker import reference
from expressivity.errors import FormatError
from oracles.rounding import random_values, same_bits


def drawn(name: str, rows: int, columns: int, seed: int, *, wide: bool) -> np.ndarray:
    """Numbers of a format, over its whole range or near 1, zeros of both signs among them."""
    rng = np.random.default_rng(seed)
    count = rows * columns
    values = random_values(parse_format(name), rng, count) if wide else rng.standard_normal(count)
    values[rng.random(count) < 0.1] = 0.0
    values = values * rng.choice([-1.0, 1.0], count)
    return round_to(values, name).reshape(rows, columns)


def one_at_a_time(matrix: np.ndarray, columns: np.ndarray, name: str, rounding: str) -> np.ndarray:
    """The definition, by operations on whole columns that know nothing about their operands."""
    total = operations.multiply(matrix[:, :1], columns[0], name, rounding)
    for j in range(1, len(columns)):
        product = operations.multiply(matrix[:, j, None], columns[j], name, rounding)
        total = operations.add(total, product, name, rounding)
    return total


@pytest.mark.parametrize("wide", [False, True], ids=["near 1", "whole range"])
@pytest.mark.parametrize(
    "name",
    [
        "bf16",
        "fp16",
        "fp32",
        "fp8_e4m3fn",
        "fp8_e5m2",
        "fp8_e4m3fnuz",
        "fp4_e2m1",
        "e6m9",
        "e5m2+nosub",
        "q3.4",
        "fp64",
    ],
)
def test_matvec_is_its_operations_one_at_a_time(name: str, wide: bool) -> None:
    for seed in range(3):
        matrix, columns = drawn(name, 4, 8, seed, wide=wide), drawn(name, 8, 1100, seed + 9, wide=wide)
        expected = one_at_a_time(matrix, columns, name, "nearest-even")
        for engine in ("numpy", "compiled"):
            found = ex.matvec(matrix, columns, name, operands=name, engine=engine)
            same_bits(found.ravel(), expected.ravel(), np.zeros(found.size))


@pytest.mark.parametrize("name", ["bf16", "fp8_e4m3fn"])
def test_matvec_against_the_reference(name: str) -> None:
    matrix, columns = drawn(name, 2, 3, 5, wide=True), drawn(name, 3, 600, 6, wide=True)
    found = ex.matvec(matrix, columns, name, operands=name, engine="compiled")
    form = reference.layout(name)
    for row, weights in enumerate(matrix.tolist()):
        expected = []
        for column in columns.T.tolist():
            total = reference.multiply(weights[0], column[0], form)
            for weight, value in zip(weights[1:], column[1:], strict=True):
                total = reference.add(total, reference.multiply(weight, value, form), form)
            expected.append(total)
        same_bits(found[row], np.array(expected), columns[0])


@pytest.mark.parametrize("rounding", ["up", "down", "toward-zero", "nearest-away", "to-odd"])
def test_other_modes_and_unknown_operands(rounding: str) -> None:
    matrix, columns = drawn("fp16", 3, 5, 1, wide=False), drawn("fp16", 5, 40, 2, wide=False)
    expected = one_at_a_time(matrix, columns, "bf16", rounding)
    for operands in (None, "fp16"):
        found = ex.matvec(matrix, columns, "bf16", rounding, operands=operands)
        same_bits(found.ravel(), expected.ravel(), np.zeros(found.size))


def test_overflow_infinity_and_nan_in_one_column_of_a_tile() -> None:
    columns = np.ones((2, 1000))
    columns[:, 3], columns[0, 500], columns[1, 700] = 3e38, np.inf, np.nan
    columns = round_to(columns, "bf16")
    found = ex.matvec(np.ones((1, 2)), columns, "bf16", operands="bf16", engine="compiled")
    assert found[0, [3, 500]].tolist() == [np.inf, np.inf]
    assert np.isnan(found[0, 700])
    assert np.count_nonzero(found != 2.0) == 3


def test_products_that_become_subnormal_are_rounded_there() -> None:
    """2^-70·(1 + 2^-7)·2^-63 has one digit left in bf16: rounded at eight it would not be a number of the format."""
    columns = np.full((1, 600), (1 + 2.0**-7) * 2.0**-70)
    found = ex.matvec(np.array([[2.0**-63]]), columns, "bf16", operands="bf16", engine="compiled")
    assert set(found[0].tolist()) == {2.0**-133}


def test_zeros_keep_their_signs_and_an_empty_sum_is_plus_zero() -> None:
    columns = np.array([[0.0, -0.0, 0.0], [-0.0, -0.0, 0.0]])
    found = ex.matvec(np.ones((1, 2)), columns, "bf16", operands="bf16", engine="compiled")
    assert np.signbit(found).tolist() == [[False, True, False]]
    assert not np.signbit(ex.matvec(np.ones((1, 2)), columns, "fp8_e4m3fnuz", operands="bf16")).any()
    assert ex.matvec(np.zeros((2, 0)), np.zeros((0, 3)), "bf16").tolist() == [[0.0] * 3] * 2


def test_a_result_can_be_received_by_an_array_of_its_own() -> None:
    matrix, columns = drawn("bf16", 3, 5, 1, wide=False), drawn("bf16", 5, 40, 2, wide=False)
    for rounding in ("nearest-even", "up"):
        out = np.empty((3, 40))
        assert ex.matvec(matrix, columns, "bf16", rounding, operands="bf16", out=out) is out
        same_bits(out.ravel(), one_at_a_time(matrix, columns, "bf16", rounding).ravel(), out.ravel())
    square = np.ones((4, 4))
    with pytest.raises(FormatError, match="out shares memory with an operand"):
        ex.matvec(np.ones((4, 4)), square, "bf16", out=square)
    with pytest.raises(FormatError, match="out is not a contiguous array"):
        ex.matvec(square, square, "bf16", out=np.empty((4, 8))[:, ::2])
