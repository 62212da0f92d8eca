"""A(x) as products of generalised Householder factors: DeltaNet, Gated DeltaNet, DeltaProduct."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, concatenate, identity, rationals, stack, zeros
from expressivity.networks.forms.family import Family, outside, started, stored_as
from expressivity.networks.forms.form import StepProgram, StoredRows
from expressivity.networks.forms.instructions import Bank, Writer
from expressivity.networks.forms.notation import number_text, number_texts, vector_text
from expressivity.networks.forms.opcodes_kernels import MULTIPLY, SHIFT, SUBTRACT
from expressivity.networks.forms.rows import matrix_rows
from expressivity.networks.forms.weights import exact_unit_keys, finite, round_exact, round_unit_keys, store
from expressivity.networks.layer import Layer


@dataclass(frozen=True, eq=False)
class HouseholderTransition:
    """A(x) = α(x) · C_k ⋯ C_1 with generalised Householder factors C_j = I − β_j k_j k_jᵀ / (k_jᵀ k_j).

    Keys are normalised by the layer, as real kernels do, so an exact key need not have length one; its squared length
    must be a positive rational wherever β is not zero. Factor 0 is applied first. A letter that needs fewer factors
    has β = 0 in the rest.

    Arguments:
        keys: shape (letter, factor, width).
        betas: shape (letter, factor).
        gates: shape (letter,), or None for α = 1.

    Source: Grazzi et al. 2025, Section 4 (M_k^n); Siems et al. 2025 (DeltaProduct).
    """

    kind: ClassVar[str] = "householder"
    in_checker: ClassVar[bool] = True

    keys: ExactArray
    betas: ExactArray
    gates: ExactArray | None = None

    def __post_init__(self) -> None:
        problems = []
        if len(self.keys.shape) != 3:
            problems.append(f"keys have shape {self.keys.shape}; expected (letter, factor, width)")
        elif self.betas.shape != self.keys.shape[:2]:
            problems.append(f"betas have shape {self.betas.shape}; expected (letter, factor) = {self.keys.shape[:2]}")
        if self.gates is not None and self.gates.shape != self.keys.shape[:1]:
            problems.append(f"gates have shape {self.gates.shape}; expected (letter,) = {self.keys.shape[:1]}")
        if not problems:
            squares = self.squared_lengths
            for letter, factor in zip(*np.nonzero(self.used), strict=True):
                square = squares[letter, factor]
                if not square.is_rational:
                    problems.append(f"key of letter {letter}, factor {factor} has an irrational squared length")
                elif not np.any(square.numerators):
                    problems.append(f"key of letter {letter}, factor {factor} is zero; a factor with β ≠ 0 needs a key")
        if problems:
            raise NetworkError("not a product of generalised Householder factors: " + "; ".join(problems))

    @property
    def letters(self) -> int:
        """Number of letters."""
        return self.keys.shape[0]

    @property
    def factors(self) -> int:
        """Factors per letter."""
        return self.keys.shape[1]

    @property
    def width(self) -> int:
        """Number of state coordinates."""
        return self.keys.shape[2]

    @cached_property
    def squared_lengths(self) -> ExactArray:
        """k_jᵀ k_j, shape (letter, factor)."""
        letters, factors, width = self.keys.shape
        row = self.keys.reshape(letters, factors, 1, width)
        return (row @ row.transposed).reshape(letters, factors)

    def factor_strengths(self) -> ExactArray:
        """β_j / (k_jᵀ k_j), shape (letter, factor); 0 where β is 0."""
        active = self.used
        inverse = np.zeros(active.shape, dtype=object)
        for index in zip(*np.nonzero(active), strict=True):
            inverse[index] = 1 / Fraction(self.squared_lengths[index].fractions().item())
        return self.betas * rationals(inverse)

    def apply_factor(self, factor: int, vectors: ExactArray) -> ExactArray:
        """C_j applied for every letter to columns of shape (letter, width, column)."""
        letters = self.letters
        key = self.keys[:, factor].reshape(letters, self.width, 1)
        strength = self.factor_strengths()[:, factor].reshape(letters, 1, 1)
        return vectors - strength * (key @ (key.transposed @ vectors))

    @cached_property
    def matrices(self) -> ExactArray:
        """The products themselves, shape (letter, width, width)."""
        product = stack([identity(self.width)] * self.letters)
        for factor in range(self.factors):
            product = self.apply_factor(factor, product)
        if self.gates is not None:
            product = self.gates.reshape(self.letters, 1, 1) * product
        return product.simplified()

    @property
    def used(self) -> Bool[np.ndarray, "letter factor"]:
        """Factors that are applied: β ≠ 0."""
        active: np.ndarray = np.any(self.betas.numerators, axis=-1)
        return active

    @property
    def block_side(self) -> int:
        """All coordinates interact."""
        return self.width

    def rows(self, number_format: Format) -> StoredRows:
        """All columns of the product, zeros included."""
        return matrix_rows(self.matrices, number_format)

    def stored(self, number_format: Format) -> ExactArray:
        """The product of factors made of stored unit keys, β and gates; the keys are not normalised again."""
        letters, width = self.letters, self.width
        units = finite(self.unit_keys(number_format), number_format)
        betas = store(self.betas, number_format)
        product = stack([identity(width)] * letters)
        for factor in range(self.factors):
            key = units[:, factor].reshape(letters, width, 1)
            strength = betas[:, factor].reshape(letters, 1, 1)
            product = product - strength * (key @ (key.transposed @ product))
        if self.gates is not None:
            product = store(self.gates, number_format).reshape(letters, 1, 1) * product
        return product

    def unit_keys(self, number_format: Format) -> Float64[np.ndarray, "letter factor width"]:
        """The unit keys, every entry rounded once; zeros where β is zero."""
        return round_unit_keys(self.keys, self.squared_lengths, self.used, number_format)

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        """Factor by factor, in place, as the kernels do."""
        return _Factors(self, arithmetic)

    def numbers(self) -> Iterator[ExactArray | None]:
        """Unit keys, β and gates."""
        yield exact_unit_keys(self.keys, self.squared_lengths, self.used)
        yield self.betas
        if self.gates is not None:
            yield self.gates

    def shown(self, letter: int) -> str:
        """The gate, and β and the key of every factor."""
        factors = [
            f"β = {number_text(self.betas[letter, k])}, k ∝ {vector_text(number_texts(self.keys[letter, k]))}"
            for k in np.flatnonzero(self.used[letter]).tolist()
        ]
        gate = [] if self.gates is None else [f"α = {number_text(self.gates[letter])}"]
        return "; ".join([*gate, *factors]) or "identity"


class _Factors:
    """The kernels' own order, in place.

    Arguments:
        transition: the transitions.
        arithmetic: the arithmetic.
    """

    def __init__(self, transition: HouseholderTransition, arithmetic: Arithmetic) -> None:
        self.keys = transition.unit_keys(arithmetic.weights)
        self.betas = round_exact(transition.betas, arithmetic.weights)
        self.active = transition.used
        self.gates = None if transition.gates is None else round_exact(transition.gates, arithmetic.weights)

    def signature(self, letter: int) -> tuple[bytes, ...]:
        """What the letter's transition is made of: equal for letters that do the same."""
        gate = b"" if self.gates is None else self.gates[letter].tobytes()
        return self.keys[letter].tobytes(), self.betas[letter].tobytes(), self.active[letter].tobytes(), gate

    def write(self, writer: Writer, letter: int, bank: Bank, inputs: Float64[np.ndarray, "width column"]) -> int:
        """Write the operations; returns the register where the new matrix begins."""
        width = len(inputs)
        inner, spare = bank.free, bank.free + 1
        if self.gates is not None:
            gate = writer.constant(self.gates[letter])
            for register in range(bank.first, bank.first + width * bank.columns):
                writer.write(MULTIPLY, register, gate, register)
        for factor in np.flatnonzero(self.active[letter]).tolist():
            key = self.keys[letter, factor].tolist()
            beta = writer.constant(self.betas[letter, factor])
            for column in range(bank.columns):
                registers = [bank.at(i, column) for i in range(width)]
                writer.sum_of_products(key, registers, inner, spare)
                writer.write(MULTIPLY, inner, beta, inner)
                for k, register in zip(key, registers, strict=True):
                    writer.write(MULTIPLY, spare, writer.constant(k), inner)
                    writer.write(SUBTRACT, register, register, spare)
        for i, row in enumerate(inputs.tolist()):
            for column, shift in enumerate(row):
                writer.write(SHIFT, bank.at(i, column), writer.constant(shift), bank.at(i, column))
                writer.finish(bank.at(i, column))
        return bank.first


def padded_factors(per_letter: list[list[tuple[ExactArray, ExactArray]]], width: int) -> HouseholderTransition:
    """A Householder transition from a list of (key, β) for each letter, padded with β = 0 to equal length.

    Arguments:
        per_letter: for each letter its factors in order of application; keys of shape (width,), β of shape ().
        width: number of state coordinates.
    """
    count = max([1, *(len(factors) for factors in per_letter)])
    keys, betas = [], []
    blank_key, blank_beta = zeros(width), zeros()
    for factors in per_letter:
        rest = count - len(factors)
        keys.append(stack([key for key, _ in factors] + [blank_key] * rest))
        betas.append(stack([beta for _, beta in factors] + [blank_beta] * rest))
    return HouseholderTransition(stack(keys).simplified(), stack(betas).simplified())


def with_extra_letter(transition: HouseholderTransition, key: ExactArray, beta: ExactArray) -> HouseholderTransition:
    """The same transition with one more letter at the end, whose only factor is (key, β)."""
    _, factors, width = transition.keys.shape
    keys = concatenate([key.reshape(1, 1, width), zeros(1, factors - 1, width)], axis=1)
    betas = concatenate([beta.reshape(1, 1), zeros(1, factors - 1)], axis=1)
    gates = None if transition.gates is None else concatenate([transition.gates, rationals([1])])
    return HouseholderTransition(concatenate([transition.keys, keys]), concatenate([transition.betas, betas]), gates)


def _delta(top: int, *, factors: int | None, gated: bool) -> Callable[[Layer], Iterator[str]]:
    """The DeltaNet forms: β in [0, top], writes coupled to the keys, a zero start, at most `factors` factors."""

    def rule(layer: Layer, transition: HouseholderTransition) -> Iterator[str]:
        if factors is not None and transition.factors > factors:
            yield f"it spends {transition.factors} factors per letter; the family has {factors}"
        yield from outside(transition.betas, 0, top, "β of letter {0}, factor {1}")
        if transition.gates is not None:
            if gated:
                yield from outside(transition.gates, 0, 1, "gate α of letter {0}")
            elif not transition.gates.equals(rationals(np.ones(transition.letters, dtype=np.int64))):
                yield "it has a gate α other than 1; the family has none"
        yield from started(layer)
        yield from _uncoupled_writes(layer, transition)

    return stored_as(HouseholderTransition, rule, expected="HouseholderTransition (keys and β)")


def _uncoupled_writes(layer: Layer, transition: HouseholderTransition) -> Iterator[str]:
    """Letters whose B(x) is not Σ_j (C_k ⋯ C_{j+1}) β_j k_j v_jᵀ for any values v_j."""
    columns: list[ExactArray] = []
    for factor in range(transition.factors):
        columns = [transition.apply_factor(factor, column) for column in columns]
        columns.append(transition.keys[:, factor].reshape(transition.letters, transition.width, 1))
    for letter in range(transition.letters):
        write = layer.inputs[letter]
        if not np.any(write.numerators):
            continue
        spanning = [c[letter] for j, c in enumerate(columns) if np.any(transition.betas[letter, j].numerators)]
        if not _spans(spanning, write):
            yield (
                f"B of letter {letter} is not a combination of the keys it is written with "
                "(B and A share β and k: B = Σ_j C_k⋯C_{j+1} β_j k_j v_jᵀ)"
            )


def _spans(columns: list[ExactArray], targets: ExactArray) -> bool:
    """Whether every column of `targets` is a combination over the reals of the given columns, by exact elimination.

    Over Q(2cos 2π/N) a vector depends linearly on others over the reals exactly when it does over the field.
    """
    from flint import fmpq, fmpq_mat

    matrix_columns = [*columns, *(targets[:, j : j + 1] for j in range(targets.shape[1]))]
    conductor = int(np.lcm.reduce([c.conductor for c in matrix_columns]))
    # Multiplying the spanning columns by every power of c turns dependence over the field into dependence over Q.
    expanded: list[list[Fraction]] = []
    goals: list[list[Fraction]] = []
    for number, column in enumerate(matrix_columns):
        wide = column.embed(conductor)
        lifted = wide.over_rationals()
        kept = lifted if number < len(columns) else lifted[:, :1]
        for j in range(kept.shape[1]):
            values = [Fraction(int(v), wide.denominator) for v in kept[:, j].tolist()]
            (expanded if number < len(columns) else goals).append(values)

    def rank(rows: list[list[Fraction]]) -> int:
        if not rows:
            return 0
        entries = [fmpq(v.numerator, v.denominator) for row in rows for v in row]
        return int(fmpq_mat(len(rows), len(rows[0]), entries).rref()[1])

    return rank(expanded) == rank(expanded + goals)


FAMILIES = (
    Family("deltanet", "I − β k kᵀ", "[0, 1]", "DeltaNet, β ∈ [0, 1]", _delta(1, factors=1, gated=False)),
    Family("deltanet-signed", "I − β k kᵀ", "[−1, 1]", "DeltaNet, β ∈ [0, 2]", _delta(2, factors=1, gated=False)),
    Family(
        "gated-deltanet",
        "α (I − β k kᵀ)",
        "[−1, 1]",
        "Gated DeltaNet, β ∈ [0, 2]",
        _delta(2, factors=1, gated=True),
    ),
    Family(
        "deltaproduct",
        "∏_j (I − β_j k_j k_jᵀ)",
        "unit disk",
        "Siems et al. 2025",
        _delta(2, factors=None, gated=False),
    ),
    Family(
        "gated-deltaproduct",
        "α ∏_j (I − β_j k_j k_jᵀ)",
        "unit disk",
        "Siems et al. 2025",
        _delta(2, factors=None, gated=True),
    ),
)
"""The families that store A(x) so."""
