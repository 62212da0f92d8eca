"""An exact recurrence → its closed form: a sum of polynomial × power over the roots, with exact coefficients."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from expressivity.spectral.exact_recurrence import ExactRecurrence


def closed_form(recurrence: ExactRecurrence) -> Any:
    """A sympy expression in the symbol `t` (a non-negative integer) that equals f(t).

    The characteristic polynomial is factored over Q. An irreducible factor p contributes the sum over its roots λ of
    g(λ) t^j λ^t with rational polynomials g of degree below deg p: a trace, hence rational, so that the coefficients
    of all g solve one linear system over Q. Roots are written out for linear and quadratic factors; for others the
    sum stays a `RootSum`. A root 0 contributes to the first terms only, as Kronecker deltas.

    Arguments:
        recurrence: the recurrence.

    Source: Property 2 of Stolzenburg et al. (f(t) = V Jᵗ V⁻¹ s), kept exact; the missing factor 2 in their
        c λᵗ + c̄ λ̄ᵗ does not occur, because both conjugates are summed.
    """
    import sympy
    from flint import fmpq_mat

    t = sympy.Symbol("t", integer=True, nonnegative=True)
    order = recurrence.order
    if order == 0:
        return sympy.Integer(0)
    _, factors = recurrence.characteristic.factor()
    unknowns: list[tuple[Any, int, int]] = []
    columns: list[list[Any]] = []
    for factor, multiplicity in factors:
        if factor.degree() == 1 and factor[0] == 0:
            for j in range(multiplicity):
                unknowns.append((None, j, 0))
                columns.append([int(s == j) for s in range(order)])
            continue
        sums = _power_sums(factor, order + factor.degree())
        for j in range(multiplicity):
            for i in range(factor.degree()):
                unknowns.append((factor, j, i))
                columns.append([s**j * sums[s + i] if s or j == 0 else 0 for s in range(order)])
    system = fmpq_mat(order, order, [columns[c][r] for r in range(order) for c in range(order)])
    right = fmpq_mat(order, 1, [_flint(value) for value in recurrence.start])
    solution = system.solve(right)
    total = sympy.Integer(0)
    for factor, multiplicity in factors:
        for j in range(multiplicity):
            chosen = [
                _sympy(solution[k, 0]) for k, (f, level, _) in enumerate(unknowns) if level == j and _same(f, factor)
            ]
            if factor.degree() == 1 and factor[0] == 0:
                total += chosen[0] * sympy.KroneckerDelta(t, j)
            else:
                total += t**j * _sum_over_roots(factor, chosen, t)
    return total


def _same(first: Any, factor: Any) -> bool:
    """Whether an unknown belongs to a factor; None stands for the factor x."""
    return bool(first == factor) if first is not None else factor.degree() == 1 and factor[0] == 0


def _power_sums(factor: Any, count: int) -> list[Any]:
    """Σ λ^k over the roots of a monic-able polynomial, for k below count, by Newton's identities."""
    from flint import fmpq

    degree = factor.degree()
    lead = fmpq(1) * factor[degree]
    elementary = [factor[degree - k] / lead for k in range(degree + 1)]
    sums = [fmpq(degree)]
    for k in range(1, count):
        value = -k * elementary[k] if k <= degree else fmpq(0)
        for i in range(1, min(k - 1, degree) + 1):
            value -= elementary[i] * sums[k - i]
        if k > degree:
            value = fmpq(0)
            for i in range(1, degree + 1):
                value -= elementary[i] * sums[k - i]
        sums.append(value)
    return sums


def _sum_over_roots(factor: Any, coefficients: list[Any], t: Any) -> Any:
    """Σ g(λ) λ^t over the roots of a factor."""
    import sympy

    x = sympy.Symbol("x")
    polynomial = sympy.Poly([_sympy(c) for c in reversed(list(factor.coeffs()))], x)
    weight = sum((c * x**i for i, c in enumerate(coefficients)), sympy.Integer(0))
    if polynomial.degree() <= 2:
        return sum(
            (sympy.radsimp(sympy.expand(weight.subs(x, root))) * root**t for root in sympy.roots(polynomial)),
            sympy.Integer(0),
        )
    return sympy.RootSum(polynomial, sympy.Lambda(x, weight * x**t), auto=False)


def _flint(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)


def _sympy(value: Any) -> Any:
    import sympy
    from flint import fmpq

    fraction = fmpq(1) * value
    return sympy.Rational(int(fraction.p), int(fraction.q))
