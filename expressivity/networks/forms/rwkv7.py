"""The transition of RWKV-7: a diagonal decay minus a rank-one removal in every head, not symmetric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float64

from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.operations import multiply
from expressivity.arithmetic.spec import Arithmetic
from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, concatenate, rationals, sign, zeros
from expressivity.networks.forms.family import Family, outside, started, stored_as
from expressivity.networks.forms.form import StepProgram, StoredRows
from expressivity.networks.forms.instructions import Bank, Writer
from expressivity.networks.forms.notation import number_texts, vector_text
from expressivity.networks.forms.opcodes_kernels import MULTIPLY, SHIFT, SUBTRACT
from expressivity.networks.forms.rows import matrix_rows
from expressivity.networks.forms.weights import exact_unit_keys, finite, round_exact, round_unit_keys, store
from expressivity.networks.layer import Layer


@dataclass(frozen=True, eq=False)
class Rwkv7Transition:
    """A(x) = Diag(w) − (a ⊙ κ̂) κ̂ᵀ in each head, with κ̂ = κ / ‖κ‖ the removal key of the head.

    The publication writes the state with the heads' keys along its columns and multiplies by Diag(w) − κ̂ᵀ(a ⊙ κ̂),
    κ̂ a row, from the right; on our columns its transpose acts, which is the formula above. The layer normalises κ,
    so an exact key need not have length one; its squared length must be a positive rational wherever a ⊙ κ ≠ 0.

    Arguments:
        decays: w, shape (letter, width), where width = head · channel and the channels of a head are adjacent.
        keys: κ, shape (letter, head, channel).
        rates: a (the in-context learning rate), shape (letter, width).

    Source: Peng et al. 2025 (RWKV-7), with several heads as in the released layers.
    """

    kind: ClassVar[str] = "rwkv7"
    in_checker: ClassVar[bool] = True

    decays: ExactArray
    keys: ExactArray
    rates: ExactArray

    def __post_init__(self) -> None:
        problems = []
        if len(self.keys.shape) != 3:
            problems.append(f"keys have shape {self.keys.shape}; expected (letter, head, channel)")
        else:
            letters, heads, channels = self.keys.shape
            for name, array in (("decays", self.decays), ("rates", self.rates)):
                if array.shape != (letters, heads * channels):
                    problems.append(
                        f"{name} have shape {array.shape}; expected (letter, head·channel) = "
                        f"{(letters, heads * channels)}"
                    )
        if not problems:
            irrational = self.removes & np.any(self.squared_lengths.numerators[..., 1:], axis=-1)
            for letter, head in zip(*np.nonzero(irrational), strict=True):
                problems.append(f"key of letter {letter}, head {head} has an irrational squared length")
        if problems:
            raise NetworkError("not an RWKV-7 transition: " + "; ".join(problems))

    @property
    def letters(self) -> int:
        """Number of letters."""
        return self.keys.shape[0]

    @property
    def heads(self) -> int:
        """Number of heads."""
        return self.keys.shape[1]

    @property
    def channels(self) -> int:
        """Channels per head."""
        return self.keys.shape[2]

    @property
    def width(self) -> int:
        """Number of state coordinates: heads · channels."""
        return self.heads * self.channels

    @cached_property
    def removes(self) -> Bool[np.ndarray, "letter head"]:
        """Heads in which a letter removes something: a ⊙ κ ≠ 0."""
        product = self.rates.reshape(*self.keys.shape) * self.keys
        active: np.ndarray = np.any(product.numerators, axis=(-2, -1))
        return active

    @cached_property
    def squared_lengths(self) -> ExactArray:
        """κᵀκ of each head, shape (letter, head)."""
        letters, heads, channels = self.keys.shape
        row = self.keys.reshape(letters, heads, 1, channels)
        return (row @ row.transposed).reshape(letters, heads)

    @cached_property
    def matrices(self) -> ExactArray:
        """The matrices themselves, block diagonal, shape (letter, width, width)."""
        letters, heads, channels = self.keys.shape
        squares, over = self.squared_lengths.numerators[..., 0], self.squared_lengths.denominator
        inverse = np.zeros((letters, heads), dtype=object)
        inverse[self.removes] = [Fraction(over, square) for square in squares[self.removes].tolist()]
        column = self.keys.reshape(letters, heads, channels, 1)
        removal = (
            (self.rates.reshape(letters, heads, channels, 1) * column)
            @ column.transposed
            * rationals(inverse.reshape(letters, heads, 1, 1))
        )
        eye = rationals(np.eye(channels, dtype=np.int64))
        blocks = (self.decays.reshape(letters, heads, channels, 1) * eye - removal).simplified()
        shape = (letters, heads, channels, heads, channels)
        placed = np.zeros((*shape, blocks.degree), dtype=blocks.numerators.dtype)
        for head in range(heads):
            placed[:, head, :, head] = blocks.numerators[:, head]
        return ExactArray(placed.reshape(letters, self.width, self.width, -1), blocks.denominator, blocks.conductor)

    @property
    def block_side(self) -> int:
        """The channels of a head interact."""
        return self.channels

    @property
    def factors(self) -> int | None:
        """It is not made of Householder factors."""
        return None

    def rows(self, number_format: Format) -> StoredRows:
        """The columns of a row's own head, zeros included: a NaN of one head must not reach another as 0·NaN."""
        side = self.channels
        pattern = [[range(i - i % side, i - i % side + side) for i in range(self.width)]] * self.letters
        return matrix_rows(self.matrices, number_format, pattern)

    def stored(self, number_format: Format) -> ExactArray:
        """Diag(w) − (a ⊙ κ)κᵀ of every head, with w, a and the unit key κ stored."""
        letters, heads, channels = self.keys.shape
        decays = store(self.decays, number_format).fractions()
        rates = store(self.rates, number_format).fractions()
        units = finite(self.unit_keys(number_format), number_format).fractions()
        result = np.full((letters, self.width, self.width), Fraction(0), dtype=object)
        for letter in range(letters):
            for head in range(heads):
                at = slice(head * channels, (head + 1) * channels)
                key = units[letter, head]
                result[letter, at, at] = -np.outer(rates[letter, at] * key, key)
            result[letter] += np.diag(decays[letter])
        return rationals(result)

    def unit_keys(self, number_format: Format) -> Float64[np.ndarray, "letter head channel"]:
        """The unit keys, every entry rounded once; zeros where a head removes nothing."""
        return round_unit_keys(self.keys, self.squared_lengths, self.removes, number_format)

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        """Head by head, in place."""
        return _Heads(self, arithmetic, operations)

    def numbers(self) -> Iterator[ExactArray | None]:
        """Decays, unit keys and rates."""
        yield self.decays
        yield exact_unit_keys(self.keys, self.squared_lengths, self.removes)
        yield self.rates

    def shown(self, letter: int) -> str:
        """w, κ and a."""
        decays, keys, rates = (vector_text(number_texts(a[letter])) for a in (self.decays, self.keys, self.rates))
        return f"w = {decays}, κ ∝ {keys}, a = {rates}"


class _Heads:
    """Diag(w) − (a ⊙ κ) κᵀ head by head, in place.

    Arguments:
        transition: the transitions.
        arithmetic: the arithmetic.
        operations: format of single operations.
    """

    def __init__(self, transition: Rwkv7Transition, arithmetic: Arithmetic, operations: Format) -> None:
        letters, self.heads, self.channels = transition.keys.shape
        self.decays = round_exact(transition.decays, arithmetic.weights)
        rates = round_exact(transition.rates, arithmetic.weights)
        self.keys = transition.unit_keys(arithmetic.weights)
        self.active = transition.removes
        flat = self.keys.reshape(letters, self.heads * self.channels)
        self.removals = multiply(rates, flat, operations, engine="numpy")

    def signature(self, letter: int) -> tuple[bytes, ...]:
        """What the letter's transition is made of: equal for letters that do the same."""
        parts = (self.decays, self.keys, self.removals, self.active)
        return tuple(part[letter].tobytes() for part in parts)

    def write(self, writer: Writer, letter: int, bank: Bank, inputs: Float64[np.ndarray, "width column"]) -> int:
        """Write the operations; returns the register where the new matrix begins."""
        inner, spare = bank.free, bank.free + 1
        for head in range(self.heads):
            rows = range(head * self.channels, (head + 1) * self.channels)
            for column in range(bank.columns):
                if self.active[letter, head]:
                    registers = [bank.at(i, column) for i in rows]
                    writer.sum_of_products(self.keys[letter, head].tolist(), registers, inner, spare)
                for i in rows:
                    register = bank.at(i, column)
                    writer.write(MULTIPLY, register, writer.constant(self.decays[letter, i]), register)
                    if self.active[letter, head]:
                        writer.write(MULTIPLY, spare, writer.constant(self.removals[letter, i]), inner)
                        writer.write(SUBTRACT, register, register, spare)
                    if column < inputs.shape[1]:
                        writer.write(SHIFT, register, writer.constant(inputs[i, column]), register)
                        writer.finish(register)
        return bank.first


def _uncoupled_writes(transition: Rwkv7Transition, inputs: ExactArray) -> Iterator[str]:
    """Why B(x) is not what an RWKV-7 layer writes; nothing when it is.

    With key k the layer removes κ = k ⊙ ξ and writes k̃ vᵀ, k̃ = k ⊙ (1 + (a − 1) ⊙ α), with channel parameters ξ and
    α common to all letters and a value v of each head at will. Hence B_c(x) = κ_c(x) (μ_c + ν_c a_c(x)) v(x)ᵀ with
    μ = (1 − α)/ξ and ν = α/ξ. For letters that write, 1/‖v‖ enters linearly beside μ and ν: the writes are coupled
    exactly when one homogeneous linear system has a solution in which no 1/‖v‖ and no μ_c + ν_c = 1/ξ_c is zero. A
    channel no letter removes from may have ξ = 0, and is then written freely.

    Arguments:
        transition: A(x).
        inputs: B(x), shape (letter, width, column).
    """
    letters, heads, channels = transition.keys.shape
    columns = inputs.shape[2]
    rates = transition.rates.reshape(letters, heads, channels)
    writes = inputs.reshape(letters, heads, channels, columns)
    for head in range(heads):
        keyed = np.any(transition.keys.numerators[:, head], axis=-1)
        used = np.flatnonzero(keyed.any(axis=0))
        active = _distinct_writers(transition.keys[:, head], rates[:, head], writes[:, head])
        profiles: dict[int, ExactArray] = {}
        fine = True
        for x in active:
            write = writes[x, head]
            lead = int(np.argmax(np.any(write.numerators, axis=(0, -1))))
            profile = write[:, lead : lead + 1]
            # Rank one: every 2 × 2 minor with the leading column vanishes.
            minors = profile.reshape(channels, 1, 1) * write.reshape(1, channels, columns)
            if np.any((minors - _swapped(minors)).numerators):
                yield f"B of letter {x}, head {head} has rank above one; a head writes one key times one value"
                fine = False
            for c in used:
                if not keyed[x, c] and np.any(profile[int(c)].numerators):
                    yield (
                        f"B of letter {x} writes channel {c} of head {head}, where its key is zero "
                        "(key and removal key share their zeros)"
                    )
                    fine = False
            profiles[x] = profile.reshape(channels)
        if fine and active and not _proportional(transition.keys[:, head], rates[:, head], profiles, used, keyed):
            yield (
                f"the writes of letters {', '.join(map(str, active))} in head {head} are not keys times values "
                "for any channel parameters: expected B_c = κ_c (μ_c + ν_c a_c) v with μ and ν common to all letters"
            )


def _distinct_writers(keys: ExactArray, rates: ExactArray, writes: ExactArray) -> list[int]:
    """Letters that write, one for each (κ, a, B up to a rational factor): the others ask for nothing new."""
    letters = len(keys)
    flat = writes.numerators.reshape(letters, -1)
    divisors = np.gcd.reduce(flat, axis=1)
    rows = np.concatenate([array.numerators.reshape(letters, -1) for array in (keys, rates)], axis=1)
    first: dict[tuple[object, ...], int] = {}
    for x in np.flatnonzero(divisors).tolist():
        first.setdefault((*rows[x].tolist(), *(flat[x] // divisors[x]).tolist()), x)
    return list(first.values())


def _swapped(minors: ExactArray) -> ExactArray:
    """The first two axes exchanged."""
    return ExactArray(np.swapaxes(minors.numerators, 0, 1), minors.denominator, minors.conductor)


def _proportional(
    keys: ExactArray, rates: ExactArray, profiles: dict[int, ExactArray], used: np.ndarray, keyed: np.ndarray
) -> bool:
    """Whether s_x B_c(x) = κ_c(x) (μ_c + ν_c a_c(x)) has a solution without a zero among s_x and μ_c + ν_c."""
    from flint import fmpz_mat

    place = {x: i for i, x in enumerate(profiles)}
    unknowns = len(profiles) + 2 * len(used)
    rows = []
    for x, profile in profiles.items():
        for i, c in enumerate(used.tolist()):
            if keyed[x, c]:
                row = [zeros(1)] * unknowns
                row[place[x]] = profile[c].reshape(1)
                row[len(profiles) + 2 * i] = -keys[x, c].reshape(1)
                row[len(profiles) + 2 * i + 1] = -(keys[x, c] * rates[x, c]).reshape(1)
                rows.append(concatenate(row).reshape(1, unknowns))
    if not rows:
        return True
    system = concatenate(rows)
    lifted = system.over_rationals()
    height, length = lifted.shape
    basis, nullity = fmpz_mat(height, length, [int(v) for v in lifted.reshape(-1).tolist()]).nullspace()
    solutions = np.array([[int(basis[i, j]) for j in range(nullity)] for i in range(length)], dtype=object)
    solutions = solutions.reshape(unknowns, -1)
    pairs = solutions[len(profiles) :].reshape(len(used), 2, -1)
    # A functional that is not identically zero on the solutions is non-zero on a generic one.
    return bool(np.all(np.any(solutions[: len(profiles)], axis=1)) and np.all(np.any(pairs.sum(axis=1), axis=1)))


def _rwkv7(top: int) -> Callable[[Layer], Iterator[str]]:
    """RWKV-7: w in [e^(−e^(−1/2)), 1], a in [0, top], one write per head coupled to its key, a zero start."""

    def rule(layer: Layer, transition: Rwkv7Transition) -> Iterator[str]:
        yield from _below_floor(transition.decays)
        yield from outside(transition.decays, 0, 1, "decay w of letter {0}, coordinate {1}")
        yield from outside(transition.rates, 0, top, "rate a of letter {0}, coordinate {1}")
        yield from started(layer)
        yield from _uncoupled_writes(transition, layer.inputs)

    return stored_as(Rwkv7Transition, rule, expected="Rwkv7Transition (w, κ and a)")


def _below_floor(decays: ExactArray) -> Iterator[str]:
    """Decays from 0 up to, but not including, e^(−e^(−1/2)), by interval arithmetic of growing precision."""
    from flint import arb, ctx

    verdicts: dict[tuple[int, ...], bool] = {}
    precision = ctx.prec
    try:
        for index in np.ndindex(decays.shape):
            row = tuple(int(v) for v in decays.numerators[index].tolist())
            ctx.prec = 32
            while row not in verdicts:
                ctx.prec *= 2
                c = 2 * arb.cos_pi(arb(2) / decays.conductor)
                value = arb(0)
                for coefficient in reversed(row):
                    value = value * c + coefficient
                gap = value / decays.denominator - (-(arb(-0.5).exp())).exp()
                if gap > 0 or gap < 0:
                    verdicts[row] = bool(gap < 0) and sign(row, decays.conductor) >= 0
            if verdicts[row]:
                shown = f"{float(decays[index].to_float()):.6g}"
                yield (
                    f"decay w of letter {index[0]}, coordinate {index[1]} is {shown}, "
                    "below exp(−exp(−1/2)) = 0.545239…, the least that w = exp(−exp(−1/2)·σ) reaches"
                )
    finally:
        ctx.prec = precision


FAMILIES = (
    Family(
        "rwkv7",
        "Diag(w) − (a ⊙ κ̂) κ̂ᵀ",
        "[−0.4548, 1]",
        "Peng et al. 2025: w ∈ [exp(−exp(−1/2)), 1], a ∈ [0, 1], the closure of the published open ranges",
        _rwkv7(1),
    ),
    Family(
        "rwkv7-signed",
        "Diag(w) − (a ⊙ κ̂) κ̂ᵀ",
        "[−1.4548, 1]",
        "RWKV-7 with a doubled to [0, 2]: what exact copies and reflections need",
        _rwkv7(2),
    ),
)
"""The families that store A(x) so."""
