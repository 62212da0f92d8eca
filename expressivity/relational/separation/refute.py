"""Two structures and a bound on variables → a proof that no weights separate them, or what such a proof lacks.

Theorem (S1). If every rule of a template has at most k variables and neither rules nor facts single out an element
(no constants, no order), the values of its atoms depend on the arguments' k-variable counting type only; so when
(k−1)-FWL does not separate two structures, no weights do. The proof is in `proofs/relational_variable_bound.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from expressivity.checker import Rejected, check
from expressivity.errors import CertificateError, TemplateError
from expressivity.relational.language.examples import Example, pair_types
from expressivity.relational.language.graphs import as_graph
from expressivity.relational.language.rules import ORDERED
from expressivity.relational.language.templates import Template
from expressivity.relational.separation.refinement import refine
from expressivity.verification.answers import CHECKER, UNCHECKED, BaseAnswer, Certificate, Check, Told

THEOREM = "k-variable templates are invariant under k-variable counting logic (S1)"


@dataclass(frozen=True)
class Inseparable(BaseAnswer):
    """No template of the class separates the two structures, whatever its weights.

    Arguments:
        theorem: the theorem used.
        hypotheses: its hypotheses, each with how it was found to hold.
        statement: what is proved, in a sentence.
        variables: the largest number k of variables a rule may have.
        certificate: a stable joint colouring of (k−1)-tuples, to be checked by `expressivity.checker`.
        checked: who checked the certificate.
    """

    holds = True

    theorem: str
    hypotheses: tuple[tuple[str, str], ...]
    statement: str
    variables: int
    certificate: Certificate
    checked: Check = UNCHECKED

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values, without its certificate."""
        return {
            "answer": "impossible",
            "variables": self.variables,
            "theorem": self.theorem,
            "because": self.statement,
            "hypotheses": [{"hypothesis": name, "holds": holds} for name, holds in self.hypotheses],
            **self.checked.to_json(),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        reasons = [f"· {name}: {holds}" for name, holds in self.hypotheses]
        return Told(f"IMPOSSIBLE for all weights: {self.theorem}", (self.statement, *reasons, self.checked.told()))


@dataclass(frozen=True)
class OpenSeparation(BaseAnswer):
    """Whether some weights separate the two structures was not decided.

    Arguments:
        statement: what was looked for and not found.
        reasons: what the theorem would need and does not have here, or what was tried, one sentence each.
    """

    holds = None

    statement: str
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {"answer": "open", "because": self.statement, "reasons": list(self.reasons)}

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        return Told(f"OPEN: {self.statement}", tuple(f"· {reason}" for reason in self.reasons))


def refute(template: Template | int, first: Any, second: Any) -> Inseparable | OpenSeparation:
    """Prove that a template, or every template with so many variables per rule, gives both structures equal outputs.

    Arguments:
        template: a template (its weights are ignored), or the bound k on the variables of a rule, from 1 to 4.
        first: a graph (anything `as_graph` takes) or an `Example`.
        second: the same.

    Returns:
        The proof, checked by the independent checker; or that it is open, because a hypothesis fails, because
        (k−1)-FWL separates the structures, or because they have no elements to colour.

    Raises:
        TemplateError: when the bound is out of range, or a fact is about more than two elements.
    """
    if isinstance(template, Template):
        failures, hypotheses, variables = _hypotheses(template)
        if variables > 4:
            failures.append(f"a rule has {variables} variables; at most 4 can be dealt with")
        if failures:
            return _open(*failures)
    else:
        variables = template
        hypotheses = (("no constants, no order", "assumed of every template in the class"),)
        if not 1 <= variables <= 4:
            raise TemplateError(f"the bound on variables is {variables}; expected 1 to 4 (4 needs 3-FWL)")
    sources = [source if isinstance(source, Example) else as_graph(source) for source in (first, second)]
    pairs = pair_types(sources)
    # A pair type is about elements: where there are none, facts without arguments have no place in a colouring.
    counts = len(pairs[0]), len(pairs[1])
    if counts[0] != counts[1] or 0 in counts:
        return _open(f"the structures have {counts[0]} and {counts[1]} elements; expected equally many, and some")
    dimension = max(1, variables - 1)
    colouring = refine(pairs, dimension=dimension, stop_when_separated=True)
    if colouring.separates:
        return _open(f"{dimension}-FWL separates the structures, so some template with {variables} variables may too")
    certificate = Certificate(
        {
            "format": "expressivity-certificate",
            "version": 1,
            "claim": "inseparable",
            "dimension": dimension,
            "pairs": [table.tolist() for table in pairs],
            "colours": [colours.ravel().tolist() for colours in colouring.colours],
        }
    )
    proved = check_relational(certificate)
    hypotheses = (
        *hypotheses,
        ("at most k variables in every rule", f"k = {variables}"),
        (f"{dimension}-FWL does not separate the structures", proved),
    )
    statement = (
        f"every template whose rules have at most {max(variables, 2)} variables gives both structures the same value "
        "for every query without arguments, and the same multiset of values for every other"
    )
    return Inseparable(THEOREM, hypotheses, statement, variables, certificate, Check(CHECKER, proved))


def _open(*reasons: str) -> OpenSeparation:
    return OpenSeparation("the theorem does not apply; try `relational separate`", reasons)


def check_relational(certificate: Certificate) -> str:
    """Have the independent checker of this room check a certificate; its sentence says what is proved.

    Raises:
        CertificateError: when a claim does not hold.
    """
    try:
        return check(certificate.data)
    except Rejected as error:
        raise CertificateError(f"relational certificate rejected: {error}") from None


def _hypotheses(template: Template) -> tuple[list[str], tuple[tuple[str, str], ...], int]:
    """What fails of the theorem's hypotheses, what holds, and the largest number of variables of a rule."""
    failures = []
    for number, rule in enumerate(template.rules):
        atoms = [rule.head, *(literal.atom for literal in rule.body)]
        if any(isinstance(term, str | int) for atom in atoms for term in atom.arguments):
            failures.append(f"rule {number} names a constant")
        if any(literal.atom.predicate in ORDERED for literal in rule.body):
            failures.append(f"rule {number} uses an order")
    failures += [f"template fact {fact.atom} names a constant" for fact in template.facts if fact.atom.arguments]
    most = max((len(rule.variables) for rule in template.rules), default=1)
    holds = (
        ("no constants in rules and template facts", f"none in {len(template.rules)} rules"),
        ("no order predicate", f"neither {' nor '.join(sorted(ORDERED))} occurs"),
    )
    return failures, holds, most
