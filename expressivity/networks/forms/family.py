"""An architecture family: which layers it admits, decided exactly, entry by entry; forms of A(x) state theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from expressivity.exact import ExactArray, sign
from expressivity.networks.forms.form import AnyForm, in_form
from expressivity.networks.layer import Layer

if TYPE_CHECKING:
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


def stored_as(
    form: type[AnyForm], rule: Callable[[Layer, AnyForm], Iterator[str]], *, expected: str = ""
) -> Callable[[Layer], Iterator[str]]:
    """The membership test of families whose layers all have one form.

    Arguments:
        form: the form.
        rule: what a layer of the form must satisfy: one sentence per entry that breaks it.
        expected: the form and what it is made of, in words; its name if left out.
    """

    def violations(layer: Layer) -> Iterator[str]:
        transition = in_form(layer.transition, form)
        if transition is None:
            yield f"A is stored as {type(layer.transition).__name__}; expected {expected or form.__name__}"
        else:
            yield from rule(layer, transition)

    return violations


def outside(array: ExactArray, low: int, high: int, what: str) -> Iterator[str]:
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


def started(layer: Layer) -> Iterator[str]:
    """Whether a layer starts from zero, as real ones do; a sentence when it does not."""
    if np.any(layer.start.numerators):
        yield "its start state is not zero; the family starts from zero (write the start with a BOS letter)"
