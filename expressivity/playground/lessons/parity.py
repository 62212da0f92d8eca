"""The story of parity: one number that turns or fades, the theorem about it, and the rounding that steps around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from expressivity.constructions.compiler import compile as compile_network
from expressivity.exact import rationals
from expressivity.exact.spectra import spectrum
from expressivity.experiments.counting.counters import Counter, counter_network, stored_matrices
from expressivity.experiments.counting.witnesses import load_witness, witness_names
from expressivity.experiments.verdicts.theorem_runs import Step, run_theorem
from expressivity.experiments.verdicts.theorems import find_theorem
from expressivity.networks.forms.form import must_have_form
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.network import Network
from expressivity.playground.app.markdown import plain
from expressivity.playground.lessons.horizon_panels import Cell
from expressivity.verification.answers import Counterexample, Equivalent
from expressivity.verification.verify import verify

EIGENVALUES = tuple(Fraction(n, 8) for n in (8, 6, 4, 0, -4, -6, -7, -8))
"""Eigenvalues that the lesson compares."""


def scalar_network(eigenvalue: Fraction) -> Network:
    """One number h, moved by h ↦ λh + 1 with every letter, that is read as even when it is nearer to 0 than to 1.

    Arguments:
        eigenvalue: λ. With λ = −1 the number goes 0, 1, 0, 1, …

    Source: Grazzi et al. 2025, Section 4.1; β = 1 − λ.
    """
    network = compile_network("parity", "deltanet-signed")
    (layer,) = network.layers
    turned = replace(
        must_have_form(layer.transition, HouseholderTransition),
        betas=rationals(np.array([[1 - eigenvalue]], dtype=object)),
    )
    return replace(network, layers=(replace(layer, transition=turned),), about=f"eigenvalue {eigenvalue}")


def eigenvalue_rows(eigenvalues: Sequence[Fraction] = EIGENVALUES) -> list[dict[str, object]]:
    """For each eigenvalue how far its number counts, decided exactly, as rows of a table.

    Arguments:
        eigenvalues: the eigenvalues.
    """
    rows: list[dict[str, object]] = []
    for eigenvalue in eigenvalues:
        answer = verify(scalar_network(eigenvalue), "parity")
        if isinstance(answer, Equivalent):
            right = "for ever, certified"
        else:
            assert isinstance(answer, Counterexample)
            right = f"wrong first after {answer.lengths[0]} letters"
        rows.append({"λ": str(eigenvalue).replace("-", "−"), "β = 1 − λ": str(1 - eigenvalue), "counts": right})
    return rows


def tracker_names() -> list[str]:
    """Stored networks with one factor a letter, β in [0, 1], that decide parity because of rounding."""
    return [name for name in witness_names() if name.endswith("-one-factor-mod-2") and "gated" not in name]


def tracker(name: str) -> tuple[Counter, Network]:
    """A stored tracker, and its network.

    Arguments:
        name: one of `tracker_names`.
    """
    counter = load_witness(name)
    return counter, counter_network(counter)


def tracker_sentence(counter: Counter) -> str:
    """The weights of a tracker in a sentence."""

    def row(values: Sequence[Fraction]) -> str:
        return f"({', '.join(str(value).replace('-', '−') for value in values)})"

    (key,), (beta,) = counter.keys, counter.betas
    return f"k ∝ {row(key)}, β = {beta}, from h = {row(counter.start)}"


def counting_lines(found: Sequence[Sequence[Cell]], network: Network) -> str:
    """For every arithmetic in which a network is right, whether the weights stored there keep the hypothesis.

    Weights are rounded before anything runs: a stored key may be longer than 1, and an eigenvalue slip below 0.

    Arguments:
        found: the arithmetics, as `horizon_panels.cells` gives them.
        network: the network.
    """
    lines = []
    for cell in (cell for row in found for cell in row if isinstance(cell.answer, Equivalent)):
        (matrix, *_) = stored_matrices(network.layers[0].transition, cell.arithmetic)
        kept = spectrum(rationals(np.array(matrix, dtype=object))).nonnegative
        said = "no stored eigenvalue is negative" if kept else "a stored eigenvalue is negative after all"
        lines.append(f"- **{cell.arithmetic}**: {said}")
    return "\n".join(lines) or "It counts in none of them."


def theorem_rows(name: str) -> list[dict[str, object]]:
    """What a theorem's file derives, exhausts and breaks, as rows of a table; every check is run.

    Arguments:
        name: of the theorem, as `expressivity prove --list` shows it.
    """
    marks = {"derived": "derived", "exhausted": "exhausted", "breaks": "it breaks without", "checked": "checked"}
    return [
        {"": marks[step.kind], "what": plain(step.title), "in words": plain(_words(step))}
        for step in _passed(run_theorem(find_theorem(name)))
    ]


def _passed(steps: Iterator[Step]) -> Iterator[Step]:
    for step in steps:
        assert step.problem is None, step.problem
        yield step


def _words(step: Step) -> str:
    return step.about or " ".join(step.printed) or "every case of a finite domain"
