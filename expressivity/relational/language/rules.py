"""Weighted first-order rules as data.

A rule `W h(X) :- W1 b1(X, Y), W2 b2(Y), hidden c(Y).` has an instance for every assignment of its variables that makes
the body true. An instance is worth act(Σ Wᵢ·bᵢ + bias) over its counted literals, or the product instead of the sum;
a ground head gets W times the aggregate of its instances from every rule, plus the predicate's bias, through the
predicate's activation. Values are vectors; a scalar is a vector of one entry and goes with vectors of any length.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Constant

ACTIVATIONS = ("identity", "relu", "sigmoid", "tanh", "zero")
"""Names of activations; `zero` silences a rule."""
AGGREGATIONS = ("sum", "avg", "max", "min", "count")
COMBINATIONS = ("sum", "product")
SEMANTICS = ("bag", "set")
ORDERED = frozenset({"<", "next"})
"""Special predicates that look at the names of elements; `next(X, Y)` holds of integers with Y = X + 1."""
SPECIAL = frozenset({"!=", "alldiff"}) | ORDERED

Value = Fraction | tuple[Fraction, ...] | tuple[tuple[Fraction, ...], ...]
"""A scalar, a vector or a matrix of rationals."""
Predicate = tuple[str, int]
"""Name and arity."""


@dataclass(frozen=True, order=True)
class Variable:
    """A variable of a rule."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Atom:
    """A predicate applied to variables and constants."""

    predicate: str
    arguments: tuple[Variable | Constant, ...] = ()

    @property
    def signature(self) -> Predicate:
        """Name and arity."""
        return self.predicate, len(self.arguments)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables, in order of appearance, each once."""
        return tuple(dict.fromkeys(term.name for term in self.arguments if isinstance(term, Variable)))

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(map(str, self.arguments))})" if self.arguments else self.predicate


@dataclass(frozen=True)
class Weight:
    """A weight, shared by every place that names it.

    Arguments:
        name: its name; places with one name share one weight.
        shape: () for a scalar, (rows,) for a vector applied to a scalar, (rows, columns) for a matrix.
        value: its value, or where training starts; None to be drawn.
        fixed: whether training leaves it alone.
    """

    name: str
    shape: tuple[int, ...] = ()
    value: Value | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Literal:
    """One condition of a body.

    Arguments:
        atom: what must hold, a special predicate included.
        weight: what its value is multiplied by; None for one.
        negated: holds when the atom is not entailed; has no value.
        hidden: a condition only; its value is not counted.
    """

    atom: Atom
    weight: Weight | None = None
    negated: bool = False
    hidden: bool = False

    @property
    def special(self) -> bool:
        """Whether it is a built-in condition on elements."""
        return self.atom.predicate in SPECIAL

    @property
    def positive(self) -> bool:
        """Whether it binds its variables."""
        return not self.negated and not self.special

    @property
    def counted(self) -> bool:
        """Whether its value enters the rule's."""
        return self.positive and not self.hidden


@dataclass(frozen=True)
class Rule:
    """A weighted rule.

    Arguments:
        head: the atom it concludes.
        body: its conditions.
        head_weight: weight of its aggregate in the head's value; None for one.
        bias: added to the combination of the body's values.
        activation: applied to every instance.
        aggregation: over the instances with one ground head.
        combination: of the counted literals' weighted values: "sum", or "product" entry by entry.
        semantics: "bag" counts every assignment of the variables; "set" counts assignments that agree on the head
            and on the counted literals once; None where both mean the same.
    """

    head: Atom
    body: tuple[Literal, ...]
    head_weight: Weight | None = None
    bias: Weight | None = None
    activation: str = "identity"
    aggregation: str = "sum"
    combination: str = "sum"
    semantics: str | None = None

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Names of all variables, head first, each once."""
        atoms = [self.head, *(literal.atom for literal in self.body)]
        return tuple(dict.fromkeys(name for atom in atoms for name in atom.variables))

    @cached_property
    def visible(self) -> tuple[str, ...]:
        """The variables of the head and of the counted literals, in the order of `variables`."""
        atoms = [self.head, *(literal.atom for literal in self.body if literal.counted)]
        seen = {name for atom in atoms for name in atom.variables}
        return tuple(name for name in self.variables if name in seen)

    @property
    def instance_variables(self) -> tuple[str, ...]:
        """The variables whose assignments are counted one by one."""
        return self.visible if self.semantics == "set" else self.variables

    @property
    def weights(self) -> tuple[Weight, ...]:
        """All its weights."""
        found = [self.head_weight, *(literal.weight for literal in self.body), self.bias]
        return tuple(weight for weight in found if weight is not None)


@dataclass(frozen=True)
class TemplateFact:
    """A ground atom that holds in every example, with a weight that may be learned."""

    atom: Atom
    weight: Weight | None = None


@dataclass(frozen=True)
class PredicateOptions:
    """What happens where the rules of a predicate meet: activation(sum + bias)."""

    activation: str = "identity"
    bias: Weight | None = None


def shape_of(value: Value) -> tuple[int, ...]:
    """() of a scalar, (rows,) of a vector, (rows, columns) of a matrix."""
    if not isinstance(value, tuple):
        return ()
    first = value[0]
    return (len(value), len(first)) if isinstance(first, tuple) else (len(value),)


def exact_value(source: Any) -> Value:
    """Numbers, nested lists or arrays of them → a value; floats keep the exact rational they stand for.

    Raises:
        TemplateError: when rows differ in length, or there are more than two axes.
    """
    if hasattr(source, "tolist"):
        source = source.tolist()
    if not isinstance(source, list | tuple):
        return Fraction(source)
    rows = [exact_value(entry) for entry in source]
    shapes = {shape_of(row) for row in rows}
    if len(shapes) != 1 or len(next(iter(shapes))) > 1:
        raise TemplateError(f"{source!r} is neither a vector nor a matrix: expected rows of one length")
    return tuple(rows)  # type: ignore[return-value]
