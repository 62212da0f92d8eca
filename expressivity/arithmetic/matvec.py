"""A matrix times a batch of columns, rounded after every operation as hardware with small registers does."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.operations import add, multiply, single_operations_suffice
from expressivity.arithmetic.rounding import Engine, as_float64, refuse_nan, use_compiled
from expressivity.arithmetic.rounding_plan import has_magic, magic_constants, resolve_format, rounding_plan
from expressivity.errors import FormatError


def matvec(
    matrix: Float[np.ndarray, "row column"],
    columns: Float[np.ndarray, "column batch"],
    number_format: Format | str,
    rounding: str = "nearest-even",
    *,
    operands: Format | str | None = None,
    out: Float64[np.ndarray, "row batch"] | None = None,
    rng: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> Float64[np.ndarray, "row batch"]:
    """((a_0·h_0) + (a_1·h_1)) + … for every row and every column of a batch, each product and each sum rounded once.

    Arguments:
        matrix: any float64 values.
        columns: any float64 values, the batch innermost.
        number_format: format of every product and every sum.
        rounding: one of `ROUNDINGS`.
        operands: a format that is known, and not checked, to hold matrix and columns; lets float64 operations be
            rounded where that is proved to give the same bits (see `operations`).
        out: a contiguous array that receives the result, and is no part of the operands.
        rng: generator for `stochastic`: products of the first column, then products and sums of every other one, each
            drawing one number per result in C order.
        engine: as in `round_to`.

    Returns:
        The products; +0 where there are no columns to multiply.

    Raises:
        FormatError: as `round_to`; for an `out` that is not contiguous or shares memory with an operand.
    """
    form = resolve_format(number_format)
    matrix, columns = as_float64(matrix, "matrix"), as_float64(columns, "columns")
    (rows, width), batch = matrix.shape, columns.shape[1]
    if out is not None and not (out.flags.c_contiguous and out.flags.writeable):
        raise FormatError("out is not a contiguous array that can be written to; pass np.empty((rows, batch))")
    if out is not None and (np.may_share_memory(out, matrix) or np.may_share_memory(out, columns)):
        raise FormatError("out shares memory with an operand, which is read after out is written; pass another array")
    result = np.empty((rows, batch)) if out is None else out
    if width == 0:
        result[:] = 0.0
        return result
    suffices = single_operations_suffice(operands, form, rounding)
    plan = rounding_plan(form, rounding) if suffices and not form.native else None
    if plan is not None and has_magic(plan) and use_compiled(engine, rows * width * batch):
        from expressivity.arithmetic.matvec_kernels import matvec_nearest_even

        unit, quantum = 2.0**-form.precision, 2.0**form.quantum
        both = np.ascontiguousarray(matrix), np.ascontiguousarray(columns)
        matvec_nearest_even(*both, result, magic_constants(plan), unit, quantum)
        refuse_nan(result, form)
        return result
    total: np.ndarray | None = None  # sums, like products, are numbers of the result's format
    for j in range(width):
        product = multiply(matrix[:, j, None], columns[j], form, rounding, operands=operands, rng=rng, engine=engine)
        total = product if total is None else add(total, product, form, rounding, operands=form, rng=rng, engine=engine)
    assert total is not None
    result[:] = total
    return result
