"""Architecture families as data: which layers each admits, decided exactly, entry by entry."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from expressivity.errors import ExpressivityError
from expressivity.exact import ExactArray, rationals, sign
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition, uncoupled_writes
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network


@dataclass(frozen=True)
class Family:
    """An architecture family: a constraint on the weights of a layer.

    Arguments:
        name: its name on the command line.
        transition: A(x) in the field's notation.
        eigenvalues: where the eigenvalues of A(x) lie.
        reference: real architectures of the family, or the source of its definition.
        violations: exact membership test of one layer; yields one sentence per entry that breaks it.
    """

    name: str
    transition: str
    eigenvalues: str
    reference: str
    violations: Callable[[Layer], Iterator[str]]

    def problems(self, network: Network) -> tuple[str, ...]:
        """Why a network is not in the family, one sentence per offending entry; empty when it is."""
        return tuple(
            f"layer {number}: {text}" for number, layer in enumerate(network.layers) for text in self.violations(layer)
        )


def _outside(array: ExactArray, low: int, high: int, what: str) -> Iterator[str]:
    """One sentence per entry outside [low, high]; `what` names the axes as a format string of the index."""
    flat = array.numerators.reshape(-1, array.degree)
    below = _signs(flat, array.conductor, -low * array.denominator)
    above = _signs(flat, array.conductor, -high * array.denominator)
    for position in np.flatnonzero((below < 0) | (above > 0)):
        index = np.unravel_index(position, array.shape)
        value = array[tuple(int(i) for i in index)]
        shown = str(value.fractions().item()) if value.is_rational else f"{float(value.to_float()):.6g}"
        yield f"{what.format(*index)} is {shown}, outside [{low}, {high}]"


def _signs(flat: np.ndarray, conductor: int, shift: int) -> np.ndarray:
    """Signs of (entry + shift) for rows of coefficients, exactly."""
    if flat.shape[1] == 1:
        return np.array([(v + shift > 0) - (v + shift < 0) for v in flat[:, 0].tolist()], dtype=np.int64)
    return np.array([sign([row[0] + shift, *row[1:]], conductor) for row in flat.tolist()], dtype=np.int64)


def _any_layer(layer: Layer) -> Iterator[str]:
    yield from ()


def _diagonal(low: int, high: int) -> Callable[[Layer], Iterator[str]]:
    def violations(layer: Layer) -> Iterator[str]:
        if not isinstance(layer.transition, DiagonalTransition):
            yield f"A is stored as {type(layer.transition).__name__}; expected DiagonalTransition"
            return
        yield from _outside(layer.transition.diagonal, low, high, "entry {1} of the diagonal of letter {0}")

    return violations


def _complex_diagonal(layer: Layer) -> Iterator[str]:
    """Complex entries in the closed unit disk; a real diagonal is the case of imaginary parts 0."""
    transition = layer.transition
    if isinstance(transition, DiagonalTransition):
        yield from _diagonal(-1, 1)(layer)
    elif isinstance(transition, ComplexDiagonalTransition):
        yield from _outside(
            transition.squared_moduli, 0, 1, "squared modulus of entry {1} of the complex diagonal of letter {0}"
        )
    else:
        found = type(transition).__name__
        yield f"A is stored as {found}; expected ComplexDiagonalTransition (or DiagonalTransition)"


def _rwkv7(top: int) -> Callable[[Layer], Iterator[str]]:
    """RWKV-7: w in [e^(−e^(−1/2)), 1], a in [0, top], one write per head coupled to its key, a zero start."""

    def violations(layer: Layer) -> Iterator[str]:
        transition = layer.transition
        if not isinstance(transition, Rwkv7Transition):
            yield f"A is stored as {type(transition).__name__}; expected Rwkv7Transition (w, κ and a)"
            return
        yield from _below_floor(transition.decays)
        yield from _outside(transition.decays, 0, 1, "decay w of letter {0}, coordinate {1}")
        yield from _outside(transition.rates, 0, top, "rate a of letter {0}, coordinate {1}")
        yield from _started(layer)
        yield from uncoupled_writes(transition, layer.inputs)

    return violations


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


def _pd_ssm(layer: Layer) -> Iterator[str]:
    """Column-one-hot P by construction; entries of D in the closed unit disk."""
    transition = layer.transition
    if isinstance(transition, PermutationDiagonalTransition):
        yield from _outside(transition.squared_moduli, 0, 1, "squared modulus of entry {1} of D of letter {0}")
    else:
        yield f"A is stored as {type(transition).__name__}; expected PermutationDiagonalTransition (P and D)"


def _started(layer: Layer) -> Iterator[str]:
    if np.any(layer.start.numerators):
        yield "its start state is not zero; the family starts from zero (write the start with a BOS letter)"


def _delta(top: int, *, factors: int | None, gated: bool) -> Callable[[Layer], Iterator[str]]:
    """The DeltaNet forms: β in [0, top], writes coupled to the keys, a zero start, at most `factors` factors."""

    def violations(layer: Layer) -> Iterator[str]:
        transition = layer.transition
        if not isinstance(transition, HouseholderTransition):
            yield f"A is stored as {type(transition).__name__}; expected HouseholderTransition (keys and β)"
            return
        if factors is not None and transition.factors > factors:
            yield f"it spends {transition.factors} factors per letter; the family has {factors}"
        yield from _outside(transition.betas, 0, top, "β of letter {0}, factor {1}")
        if transition.gates is not None:
            if gated:
                yield from _outside(transition.gates, 0, 1, "gate α of letter {0}")
            elif not transition.gates.equals(rationals(np.ones(transition.letters, dtype=np.int64))):
                yield "it has a gate α other than 1; the family has none"
        yield from _started(layer)
        yield from _uncoupled_writes(layer, transition)

    return violations


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


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("dense", "any matrix", "anywhere", "one-layer baseline", _any_layer),
        Family(
            "mamba",
            "Diag(s(x))",
            "[0, 1]",
            "Mamba, S4D-real, mLSTM, RetNet, GLA, HGRN with real diagonals",
            _diagonal(0, 1),
        ),
        Family("mamba-signed", "Diag(2s(x) − 1)", "[−1, 1]", "Grazzi et al. 2025", _diagonal(-1, 1)),
        Family(
            "complex-diagonal",
            "Diag(d(x)), d complex",
            "unit disk",
            "S4D, LRU and Mamba-3 with complex diagonals, in real form (2×2 blocks)",
            _complex_diagonal,
        ),
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
        Family(
            "pd-ssm",
            "P(x) Diag(d(x)), P column-one-hot, d complex",
            "unit disk",
            "Terzić et al. 2025 (PD-SSM), |d| ≤ 1, the closure of the published open range",
            _pd_ssm,
        ),
    )
}


def family(name: str) -> Family:
    """The family of a name.

    Raises:
        ExpressivityError: suggesting near names.
    """
    if name in FAMILIES:
        return FAMILIES[name]
    near = difflib.get_close_matches(name, FAMILIES, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise ExpressivityError(f"{name!r} is not a family; {hint}the families are {', '.join(FAMILIES)}")
