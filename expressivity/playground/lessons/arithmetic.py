"""The story of arithmetic: one network in many formats, a value rounded twice, and a cycle that rounding makes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rounding import round_to
from expressivity.automaton import Automaton
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network

CYCLE = ((1, 1), (0, 1), (-1, -1), (0, -1))
"""The states that the limit cycle of the theory notes visits on the integers."""

CYCLE_ARITHMETIC = "q7.8:int8/fused"
"""Weights with eight fractional bits, a state of integers, one rounding for each dot product."""


def format_rows(names: Sequence[str]) -> list[dict[str, object]]:
    """What number formats are, as rows of a table.

    Arguments:
        names: formats, as `parse_format` reads them.
    """
    return [_format_row(parse_format(name)) for name in names]


def _format_row(form: Format) -> dict[str, object]:
    beyond = {"infinity": "infinity", "nan": "NaN", "saturate": "the largest", "wrap": "wraps around"}
    return {
        "format": form.name,
        "step above 1": f"$2^{{{_step_exponent(form)}}}$",
        "largest": f"{form.largest:.6g}",
        "beyond it": beyond.get(form.overflow, form.overflow),
    }


def _step_exponent(form: Format) -> int:
    """log2 of the distance from 1 to the next number of a format."""
    return 1 - form.precision if form.kind == "float" else form.quantum


def rounded_twice(number_format: str = "bf16", *, through: str = "fp32") -> tuple[float, float, float]:
    """A value that comes out differently when it is rounded to a wider format first: value, once, twice.

    The value lies just above the middle of 1 and its neighbour: rounding it to the wider format puts it on the middle,
    and the second rounding then goes to even.

    Arguments:
        number_format: the format.
        through: the wider format.
    """
    value = 1 + 2.0 ** (_step_exponent(parse_format(number_format)) - 1) + 2.0**-40
    once = round_to(np.array([value]), number_format)
    twice = round_to(round_to(np.array([value]), through), number_format)
    return value, float(once[0]), float(twice[0])


def limit_cycle() -> tuple[Network, Automaton]:
    """A network with the eigenvalues 5/16 and 1/8, and the words whose number of ones is divisible by four.

    Over the reals A fades every state to zero. Rounded to integers once a step it turns through four states.

    Source: theory notes of this project, Section 3; checked there by hand.
    """
    matrix = [[Fraction(13, 8), Fraction(-9, 8)], [Fraction(7, 4), Fraction(-19, 16)]]
    answers = np.array([[1, 0, 0, 0]] * 2)
    layer = Layer(
        DenseTransition(rationals([[[1, 0], [0, 1]], matrix])),
        no_input(2, 2),
        rationals([[1], [1]]),
        single_block(rationals([list(point) for point in CYCLE]), answers, 2),
    )
    network = Network(("0", "1"), (layer,), accepts_empty=True, about="a limit cycle of rounding")
    table = np.array([[0, 1, 2, 3], [1, 2, 3, 0]], dtype=np.int32)
    return network, Automaton.from_table(table, accepting=[0], letters=("0", "1"))
