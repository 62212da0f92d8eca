"""Every tiny format, mode and switch: both paths against the reference at every value, midpoint and neighbour."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.rounding_plan import ROUNDINGS
from expressivity.checker import reference
from expressivity.errors import FormatError

MODES = [mode for mode in ROUNDINGS if mode != "stochastic"]


def tiny_formats(exponent_bits: int) -> list[Format]:
    """Floats of so many exponent bits and at most 2 fraction bits, with all switches; fixed point for 0."""
    if exponent_bits == 0:
        heads = ["int1+sat", "int1", "int2+sat", "int3", "q0.1", "q1.1", "q2.0+wrap", "q0.2+wrap"]
        names = [f"{unsigned}{head}" for unsigned in ("", "u") for head in heads]
    else:
        switches = itertools.product(("", "+sat", "+fn", "+fnuz", "+finite"), ("", "+nosub"))
        names = [f"e{exponent_bits}m{m}{''.join(chosen)}" for chosen in switches for m in (0, 1, 2)]
    found = []
    for name in names:
        try:
            found.append(parse_format(name))
        except FormatError:
            continue
    return found


def places(form: Format) -> np.ndarray:
    """Values, quarter points between them and neighbours of both, below the format, inside it and beyond it."""
    spacing, least, top = 2.0**form.quantum, form.smallest_normal, form.largest
    grid = {0.0, *np.abs(form.values()).tolist(), top + spacing, *(top * k for k in (1.5, 2, 4, 16))}
    grid |= {v * 2.0**-k for v in (spacing, least) for k in range(4)}
    points = {0.0, 1e300, 1e-300, 5e-324, math.inf}
    for low, high in itertools.pairwise(sorted(grid)):
        middle = (low + high) / 2
        points |= {low, middle, math.nextafter(low, math.inf), (low + middle) / 2, math.nextafter(high, 0), high}
        points |= {math.nextafter(middle, math.inf), math.nextafter(middle, 0)}
    points |= {-x for x in points}
    return np.array([*sorted(points), -0.0, math.nan])


def bits(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), np.nan, values).view(np.int64)


@pytest.mark.parametrize("exponent_bits", [0, 1, 2])
def test_tiny_formats_round_as_the_reference_in_every_mode(exponent_bits: int) -> None:
    """Story: `round_to(0.75, "e2m0+nosub")` was 0 and the reference said 1.

    With one significand bit the parity of a tie is the parity of the binade, and the reference took the binade below
    the smallest normal, which exists only where numbers are flushed, for an odd one.
    """
    forms = tiny_formats(exponent_bits)
    assert len(forms) == {0: 16, 1: 20, 2: 30}[exponent_bits]
    for form, mode in itertools.product(forms, MODES):
        values = places(form)
        layout = reference.layout(form.name)
        wanted, homeless = np.zeros(len(values)), np.zeros(len(values), dtype=bool)
        for i, value in enumerate(values.tolist()):
            try:
                wanted[i] = reference.round_number(value, layout, mode)
            except ValueError:
                homeless[i] = True
        for engine in ("numpy", "compiled"):
            rounded = round_to(values[~homeless], form, mode, engine=engine)
            wrong = np.flatnonzero(bits(rounded) != bits(wanted[~homeless]))
            assert not wrong.size, (form.name, mode, engine, values[~homeless][wrong[0]], rounded[wrong[0]])
            for value in values[homeless][:3]:
                with pytest.raises(FormatError, match="has no place"):
                    round_to(np.array([value]), form, mode, engine=engine)


def test_a_format_whose_only_numbers_are_subnormals_needs_them() -> None:
    """Story: `e1m1+nosub` was a format with `largest` 1, although 1 is flushed to zero there."""
    assert parse_format("e1m1").values().tolist() == [-1.0, 0.0, 1.0]
    with pytest.raises(FormatError, match="no positive finite number is left"):
        parse_format("e1m1+nosub")
