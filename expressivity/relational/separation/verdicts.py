"""Architecture template × pair of structures → can some weights separate them, or none: with evidence for each cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from expressivity.errors import TemplateError
from expressivity.relational.grounding.evaluate import EXACT_ACTIVATIONS
from expressivity.relational.language.examples import Example, graph_example
from expressivity.relational.language.graphs import as_graph
from expressivity.relational.language.rules import exact_value
from expressivity.relational.language.templates import Template
from expressivity.relational.separation.refute import Inseparable, OpenSeparation, check_relational, refute
from expressivity.relational.separation.separate import Separated, certify
from expressivity.verification.answers import CHECKER, Check

_DRAWS = 8


@dataclass(frozen=True)
class SeparationCell:
    """One cell of the table.

    Arguments:
        architecture: name of the template.
        pair: name of the pair.
        answer: "yes" (weights found), "no" (impossible for all weights) or "open".
        because: the reason in a few words.
        evidence: the answer, certified unless it is open.
    """

    architecture: str
    pair: str
    answer: str
    because: str
    evidence: Separated | Inseparable | OpenSeparation


def decide_separation(
    template: Template, first: Any, second: Any, *, query: str = "predict", seed: int = 0
) -> Separated | Inseparable | OpenSeparation:
    """Decide whether some weights of a template give two structures different outputs.

    Arguments:
        template: the architecture; values of weights that are not fixed are ignored.
        first: a graph (anything `as_graph` takes) or an `Example`.
        second: the same.
        query: an atom without arguments.
        seed: of the rational weights that are tried.

    Returns:
        The impossibility proof, or weights with exactly different outputs, or that neither was found.

    Raises:
        TemplateError: when the query is not entailed on one of the structures.
    """
    impossible = refute(template, first, second)
    if isinstance(impossible, Inseparable):
        return impossible
    used = {rule.activation for rule in template.rules} | {option.activation for option in template.options.values()}
    statement = "no theorem applies and no weights were found"
    if inexact := used - EXACT_ACTIVATIONS:
        names = ", ".join(sorted(map(str, inexact)))
        return OpenSeparation(statement, (*impossible.reasons, f"not computed exactly, and so not tried: {names}"))
    sources = (first, second)
    examples = [source if isinstance(source, Example) else graph_example(as_graph(source)) for source in sources]
    generator = np.random.default_rng(seed)
    for _ in range(_DRAWS):
        values = {
            name: exact_value((generator.integers(-4, 5, size=weight.shape)).tolist())
            for name, weight in template.weights.items()
            if not weight.fixed
        }
        drawn = template.with_weights(values)
        certificate = certify(drawn, examples, query=query)
        one, other = certificate.data["outputs"]
        if one != other:
            checked = Check(CHECKER, check_relational(certificate))
            outputs = (Fraction(one[0]), Fraction(other[0]))
            return Separated(drawn, outputs, template.largest_variables, None, certificate, checked)
    return OpenSeparation(statement, (*impossible.reasons, f"{_DRAWS} draws of weights gave equal outputs"))


def separation_table(
    architectures: Mapping[str, Template], pairs: Mapping[str, tuple[Any, Any]], *, query: str = "predict"
) -> Iterator[SeparationCell]:
    """Decide every architecture on every pair.

    Arguments:
        architectures: templates by name.
        pairs: pairs of structures by name.
        query: an atom without arguments, the same for all.

    Yields:
        The cells, row by row.
    """
    if not architectures or not pairs:
        raise TemplateError("the table has no cell; give at least one architecture and one pair")
    for name, template in architectures.items():
        for pair, (first, second) in pairs.items():
            found = decide_separation(template, first, second, query=query)
            if isinstance(found, Inseparable):
                because = f"{max(2, found.variables) - 1}-FWL does not separate them"
                yield SeparationCell(name, pair, "no", because, found)
            elif isinstance(found, Separated):
                because = f"{query} is {found.outputs[0]} and {found.outputs[1]}"
                yield SeparationCell(name, pair, "yes", because, found)
            else:
                yield SeparationCell(name, pair, "open", found.statement, found)
