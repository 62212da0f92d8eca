"""A cycle of a rounded recurrence → a network that counts modulo its length, certified for all lengths.

A counter has one letter whose A(1) has non-negative real eigenvalues only, in the weights as they are stored, B(1) = 0,
and begins on a cycle of x ← round(A x): a dense layer starts there, the families that start from zero write the state
at the beginning-of-sequence letter, with β = 1/2 and a key along it. The read-out knows the states of the cycle and
accepts the first, so that the network recognises (1^m)* if and only if the cycle has exactly m states under the
arithmetic: `certify` decides that.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.errors import CertificateError
from expressivity.exact import ExactArray, rationals, stack, zeros
from expressivity.exact.spectra import spectrum
from expressivity.languages.families import call_family
from expressivity.networks.families import family
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.form import Transition, in_form
from expressivity.networks.forms.householder import HouseholderTransition, with_extra_letter
from expressivity.networks.layer import Layer, no_input, single_block
from expressivity.networks.network import Network
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.programs import runnable
from expressivity.verification.answers import Certificate, Equivalent
from expressivity.verification.verify import verify

_LONGEST = 1 << 16


@dataclass(frozen=True)
class Counter:
    """A network with one letter that is claimed to count modulo `modulus` by rounding alone.

    Arguments:
        arithmetic: arithmetic of the claim.
        modulus: length of the cycle.
        family: family the network belongs to.
        start: a state of the cycle.
        keys: keys of the factors before normalisation, or () where A is a matrix.
        betas: β of each factor.
        gate: α, or None for a family without gates.
        matrix: rows of A, or () where A is a product of factors.
    """

    arithmetic: str
    modulus: int
    family: str
    start: tuple[Fraction, ...]
    keys: tuple[tuple[Fraction, ...], ...] = ()
    betas: tuple[Fraction, ...] = ()
    gate: Fraction | None = None
    matrix: tuple[tuple[Fraction, ...], ...] = ()

    @property
    def width(self) -> int:
        """Numbers in the state."""
        return len(self.start)

    @property
    def size(self) -> tuple[int, ...]:
        """What makes one counter smaller than another: width, non-zero entries, bits of weights, bits of the start."""
        weights = [*(x for row in (*self.keys, *self.matrix) for x in row), *self.betas]
        weights += [] if self.gate is None else [self.gate]
        return (
            self.width,
            sum(x != 0 for x in weights),
            sum(map(_bits, weights)),
            sum(map(_bits, self.start)),
        )


def _bits(value: Fraction) -> int:
    """Significand bits of a dyadic number (numerator and denominator for others)."""
    numerator, denominator = abs(value.numerator), value.denominator
    if denominator & (denominator - 1):
        return numerator.bit_length() + denominator.bit_length()
    return (numerator // (numerator & -numerator)).bit_length() if numerator else 0


def _exact(rows: Any) -> ExactArray:
    return rationals(np.array(rows, dtype=object))


def transition_of(counter: Counter) -> Transition:
    """A(1) of a counter, in the form its family stores."""
    if counter.matrix:
        return DenseTransition(_exact([counter.matrix]))
    gates = None if counter.gate is None else _exact([counter.gate])
    return HouseholderTransition(_exact([counter.keys]), _exact([counter.betas]), gates)


def orbit(counter: Counter) -> list[tuple[Fraction, ...]]:
    """The states of the cycle from the start on, in the counter's arithmetic.

    Raises:
        CertificateError: when the start is not on a cycle of at most 2^16 states, or a state overflows.
    """
    transition = transition_of(counter)
    points = _exact([counter.start])
    layer = Layer(
        transition,
        no_input(1, counter.width),
        _exact([[x] for x in counter.start]),
        single_block(points, np.ones((1, 1), dtype=np.int64), 2),
    )
    rounded = RoundedLayer(layer, runnable(counter.arithmetic))
    state = rounded.program.start[None, :] + 0.0
    states: dict[tuple[Fraction, ...], None] = {}
    letter = np.zeros(1, dtype=np.int64)
    for _ in range(_LONGEST):
        found = tuple(Fraction(x) for x in state[0].tolist())
        if found in states:
            break
        states[found] = None
        state = rounded.advance(state, letter) + 0.0
        if not np.isfinite(state).all():
            raise CertificateError(f"the orbit overflows in {counter.arithmetic}; it is no cycle")
    listed = list(states)
    if len(listed) == _LONGEST or found != listed[0]:
        raise CertificateError(
            f"the start is not repeated in {counter.arithmetic}: it is on no cycle of at most {_LONGEST} states"
        )
    return listed


def counter_network(counter: Counter) -> Network:
    """The network of a counter, over the letter "1"; it accepts whenever it is back at the start."""
    states = orbit(counter)
    transition = transition_of(counter)
    product = in_form(transition, HouseholderTransition)
    start = _exact([[x] for x in counter.start])
    inputs = no_input(1, counter.width)
    if product is not None:
        transition = with_extra_letter(product, _exact(counter.start), rationals(Fraction(1, 2)))
        inputs = stack([zeros(counter.width, 1), start])
        start = zeros(counter.width, 1)
    answers = np.zeros((transition.letters, len(states)), dtype=np.int64)
    answers[:, 0] = 1
    layer = Layer(transition, inputs, start, single_block(_exact(states), answers, 2))
    about = f"a cycle of {len(states)} states of the rounded recurrence in {counter.arithmetic}"
    return Network(
        ("1",), (layer,), accepts_empty=product is None, bos=product is not None, family=counter.family, about=about
    )


def stored_matrices(transition: Transition, arithmetic: str) -> list[list[list[Fraction]]]:
    """A(x) of every letter, exactly, from the weights that are stored: rounded keys are not normalised again."""
    model = parse_arithmetic(arithmetic)
    if model.order == "fused":
        stored = [[dict(row) for row in matrix] for matrix in transition.rows(model.weights)]
        return [[[Fraction(row.get(j, 0)) for j in range(len(matrix))] for row in matrix] for matrix in stored]
    matrices: list[list[list[Fraction]]] = transition.stored(model.weights).fractions().tolist()
    return matrices


def hypothesis_problems(counter: Counter) -> list[str]:
    """Why a counter does not violate the theorem: everything that is wrong with its hypotheses, decided exactly."""
    network = counter_network(counter)
    problems = list(family(counter.family).problems(network))
    problems += [f"β = {beta} lies outside [0, 1]" for beta in counter.betas if not 0 <= beta <= 1]
    if counter.gate is not None and not 0 <= counter.gate <= 1:
        problems.append(f"the gate {counter.gate} lies outside [0, 1]")
    for name, matrix in zip(
        ("1", "BOS"), stored_matrices(network.layers[0].transition, counter.arithmetic), strict=False
    ):
        if not spectrum(_exact(matrix)).nonnegative:
            problems.append(f"an eigenvalue of the stored A({name}) is no non-negative real number")
    return problems


def certify(counter: Counter) -> Certificate:
    """Prove that a counter recognises (1^m)* in its arithmetic for all lengths, under the theorem's hypotheses.

    Returns:
        The certificate, which has passed the independent checker.

    Raises:
        CertificateError: naming the hypothesis or the part of the claim that fails.
    """
    problems = hypothesis_problems(counter)
    if problems:
        raise CertificateError("the counter violates nothing: " + "; ".join(problems))
    network = counter_network(counter)
    language = call_family("unary_modulus", [counter.modulus], {})
    answer = verify(network, language, arithmetic=counter.arithmetic)
    if not isinstance(answer, Equivalent):
        raise CertificateError(
            f"the network does not recognise (1^{counter.modulus})* in {counter.arithmetic}: {answer.told()}"
        )
    if not answer.checked.by:
        raise CertificateError(f"the claim is too large for the independent checker: {answer.checked.said}")
    return answer.certificate
