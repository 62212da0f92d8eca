"""The order `exact-then-cast`: products exact, every term cast once, the sum exact, the sum cast once.

    Ĥ_t = cast( Σ_i cast(A(w_t) ⋯ A(w_{i+1}) B(w_i)) + cast(A(w_t) ⋯ A(w_1) H_0) )

Nothing is rounded inside the recurrence. The read-out decodes Ĥ_t, and its answer is the letter of the next layer.

- *cast* rounds to the state's format in the arithmetic's rounding mode, overflow included, as in `arithmetic.formats`.
  Every deterministic mode is monotone on the numbers that do not overflow, and constant above and below them; the
  paper's own breaks ties towards the smaller number. Where overflow gives NaN the cast as a whole is not monotone (NaN,
  numbers, NaN): arguments by Lemma 1 have to tell the two sides apart (see `verification.repeats.orbits`). Wrapping
  formats have no such side, stochastic rounding is no function: both are refused.
- *Weights* are stored in the weight format first, rounded to nearest even, in the form the layer has them (entries of
  matrices and diagonals; unit keys, β, w, a and gates), with B and H_0; the transition matrices are then the exact
  products of what is stored. `exact:bf16/exact-then-cast` keeps the exact weights, as the paper does.
- *Specials.* A term that casts to an infinity or NaN makes the sum so, as in IEEE 754; −0 counts as 0. A block of the
  read-out that meets one has code 0.

Source: Grazzi et al. 2025, Section 4.1 and Appendix B.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.rational_rounding import exact_end, round_enclosed, round_fraction
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import FormatError
from expressivity.exact import ExactArray
from expressivity.networks.exchange import layer_conductor
from expressivity.networks.forms.weights import store
from expressivity.networks.layer import Layer, column_by_column
from expressivity.simulation.decoding import Decoder, answers

ORDER = "exact-then-cast"

Vector = tuple[Any, ...]
"""An exact state or term, flattened, each coordinate by its rational coefficients (int or Fraction)."""

Value = Any
"""A cast coordinate: a whole number of quanta of the format, or a float that is infinite or NaN."""

_ORBIT = 500  # most vectors of an orbit that is looked at for staying inside the format


def _saturating(form: Format) -> str:
    """The name of a wrapping format's saturating twin: fixed point saturates unless it is told to wrap."""
    base = form.name.removesuffix("+wrap")
    return base if base != form.name and "q" in base else f"{base}+sat"


def castable(arithmetic: Arithmetic) -> Arithmetic:
    """The arithmetic, if networks can be run in it in the order `exact-then-cast`.

    Raises:
        FormatError: when its cast is not a function that is constant from some number on and below another.
    """
    if arithmetic.state.overflow == "wrap":
        raise FormatError(
            f"arithmetic {str(arithmetic)!r}: a wrapping format is no cast to the nearest value; use a saturating one, "
            f"such as {_saturating(arithmetic.state)}"
        )
    if arithmetic.rounding == "stochastic":
        raise FormatError(
            f"arithmetic {str(arithmetic)!r}: a cast must be a function; choose a rounding mode other than stochastic"
        )
    return arithmetic


def stored_weights(layer: Layer, number_format: Format) -> tuple[ExactArray, ExactArray, ExactArray]:
    """A(x) on the flattened state, B(x) and H_0 as the exact numbers that a weight format makes of them.

    Arguments:
        layer: the layer.
        number_format: the weight format; `exact` changes nothing.

    Returns:
        Arrays of shapes (letter, size, size), (letter, size) and (size,).

    Raises:
        FormatError: when a weight becomes infinite or NaN.
    """
    inputs, start = layer.inputs.reshape(layer.letters, layer.size), layer.start.reshape(layer.size)
    if number_format.kind == "exact":
        return layer.flat_matrices, inputs, start

    matrices = column_by_column(layer.transition.stored(number_format), layer.columns)
    return matrices, store(inputs, number_format), store(start, number_format)


class CastLayer:
    """One layer with its weights stored, acting on terms.

    Arguments:
        layer: the layer.
        arithmetic: an arithmetic of this order.
    """

    def __init__(self, layer: Layer, arithmetic: Arithmetic) -> None:
        self.layer, self.arithmetic = layer, arithmetic
        matrices, inputs, start = stored_weights(layer, arithmetic.weights)
        conductor = layer_conductor(layer) if arithmetic.weights.kind == "exact" else 1
        matrices, inputs, start = (a.embed(conductor) for a in (matrices, inputs, start))
        self.conductor, self.degree = conductor, matrices.degree
        self.matrices = matrices
        wide = matrices.over_rationals().tolist()
        self.rows = [
            [[(j, tidy(Fraction(v, matrices.denominator))) for j, v in enumerate(row) if v] for row in wide[letter]]
            for letter in range(layer.letters)
        ]
        self.inputs = [_vector(inputs[letter]) for letter in range(layer.letters)]
        self.start = _vector(start)
        self.zero: Vector = (0,) * len(self.start)
        self.decoders = [Decoder(block) for block in layer.readout.blocks]
        self.form = arithmetic.state
        self.unit = Fraction(2) ** self.form.quantum
        self._casts: dict[Vector, Value] = {}
        self._sums: dict[int, Value] = {}
        self._steady: dict[Vector, bool] = {self.zero: True}
        self._answers: dict[tuple[tuple[Value, ...], int], int] = {}

    # Terms ----------------------------------------------------------------------------------------------------------

    def advance(self, vector: Vector, letter: int) -> Vector:
        """A(x) applied to an exact vector."""
        return tuple(tidy(sum(weight * vector[j] for j, weight in row)) for row in self.rows[letter])

    def cast(self, vector: Vector) -> list[Value]:
        """Every coordinate of a term cast to the format."""
        return [self.cast_number(vector[i : i + self.degree]) for i in range(0, len(vector), self.degree)]

    def cast_number(self, coefficients: Vector) -> Value:
        """One exact number, given by its rational coefficients, cast to the format."""
        if coefficients not in self._casts:
            if any(coefficients[1:]):
                rounded = self._cast_irrational(coefficients)
            else:
                rounded = round_fraction(Fraction(coefficients[0]), self.form, self.arithmetic.rounding)
            self._casts[coefficients] = self._quanta(rounded)
        return self._casts[coefficients]

    def _quanta(self, value: float) -> Value:
        return int(Fraction(value) / self.unit) if math.isfinite(value) else value

    def _cast_irrational(self, coefficients: Vector) -> float:
        """Ends of ever finer enclosures, until both are cast alike; an irrational number is no boundary of a cast."""
        from flint import arb, ctx, fmpq

        precision = ctx.prec
        try:
            ctx.prec = 96
            while True:
                c = 2 * arb.cos_pi_fmpq(fmpq(2, self.conductor))
                value = arb(0)
                for coefficient in reversed(coefficients):
                    fraction = Fraction(coefficient)
                    value = value * c + arb(fmpq(fraction.numerator, fraction.denominator))
                low, high = exact_end(value.lower()), exact_end(value.upper())
                rounded = round_enclosed(low, high, self.form, self.arithmetic.rounding)
                if rounded is not None:
                    return rounded
                ctx.prec *= 2
        finally:
            ctx.prec = precision

    def steady(self, vector: Vector) -> bool:
        """Whether every vector that the letters make of this one is made of numbers of the format (within a budget).

        The cast changes nothing on such terms, for ever, so that they may be added up before they are cast.
        """
        if vector not in self._steady:
            orbit, queue = {vector}, [vector]
            found = True
            for item in queue:
                if not self._representable(item) or len(orbit) > _ORBIT:
                    found = False
                    break
                for letter in range(self.layer.letters):
                    image = self.advance(item, letter)
                    if image not in orbit and not self._steady.get(image, False):
                        orbit.add(image)
                        queue.append(image)
            self._steady[vector] = found
            if found:
                self._steady.update(dict.fromkeys(orbit, True))
        return self._steady[vector]

    def _representable(self, vector: Vector) -> bool:
        for i in range(0, len(vector), self.degree):
            value = self.cast_number(vector[i : i + self.degree])
            if isinstance(value, float) or any(vector[i + 1 : i + self.degree]) or value * self.unit != vector[i]:
                return False
        return True

    def steady_vectors(self) -> list[Vector]:
        """The vectors found to be steady, the zero vector among them."""
        return [vector for vector, found in self._steady.items() if found]

    # States ---------------------------------------------------------------------------------------------------------

    def cast_sum(self, total: Value) -> Value:
        """A sum of cast terms, cast again."""
        if isinstance(total, float):
            return total
        if total not in self._sums:
            rounded = round_fraction(total * self.unit, self.form, self.arithmetic.rounding)
            self._sums[total] = self._quanta(rounded)
        return self._sums[total]

    def floats(self, state: Sequence[Value]) -> Float64[np.ndarray, " width"]:
        """A cast state as the float64 numbers it consists of."""
        return np.array([v if isinstance(v, float) else float(v * self.unit) for v in state], dtype=np.float64)

    def answer(self, state: Sequence[Value], letter: int) -> int:
        """dec(Ĥ, x)."""
        key = (tuple("nan" if v != v else v for v in state), letter)
        if key not in self._answers:
            found = answers(self.layer.readout, self.decoders, self.floats(state)[None], np.array([letter]))
            self._answers[key] = int(found[0])
        return self._answers[key]


def tidy(value: Any) -> Any:
    """A whole number as an integer."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _vector(array: ExactArray) -> Vector:
    return tuple(tidy(Fraction(int(v), array.denominator)) for v in array.numerators.reshape(-1).tolist())


def add_values(first: Value, second: Value) -> Value:
    """The exact sum of two cast numbers; an infinity or NaN prevails, opposite infinities give NaN."""
    if isinstance(first, float) or isinstance(second, float):
        special = [v for v in (first, second) if isinstance(v, float)]
        return special[0] if len(special) == 1 else special[0] + special[1]
    return first + second
