"""Irreducible real representation → exact matrices, orthogonal for the dot product where a basis is found.

The representation is spanned by the vectors ρ(g)v of `line_stabilisers.py`, whose inner products φ are known exactly.
An orthogonal basis with all lengths equal is looked for in four steps, each of which is exact when it succeeds:
mutually orthogonal vectors among the ρ(g)v; the Gram–Schmidt process over sums and differences of them with lengths
that are squares in a field Q(2cos 2π/N) of small degree; the pivots of the Gram matrix where they are rational, with
all the square roots that takes; else the basis is left as it is and the Gram matrix is the form that ρ preserves.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Int

from expressivity.algebra.groups.conjugacy import ConjugacyClasses
from expressivity.algebra.groups.permutations import inverses
from expressivity.algebra.representations.irreducible import RealIrreducible
from expressivity.algebra.representations.line_stabilisers import (
    SignedSubgroup,
    matrix_coefficients,
    signed_subgroups,
    spans_one_line,
)
from expressivity.errors import GroupError
from expressivity.exact import ExactArray, concatenate, cosine_polynomial, identity, rationals, stack
from expressivity.exact.linear import inverse, reciprocal, square_root, square_root_field

_CANDIDATES = 16
_LINES = 300
_CLIQUE_NODES = 3_000
_SEARCH_NODES = 60
_FIELD_DEGREE = 8
_ROOTS_DEGREE = 16
_EXTENSIONS = (1, 4, 8, 12, 5, 24, 20, 40, 15, 60, 21, 28)


@dataclass(frozen=True, eq=False)
class Frame:
    """A basis of an irreducible representation made of combinations of vectors ρ(g)v.

    Arguments:
        irreducible: the representation.
        coefficients: φ(g) = ⟨v, ρ(g)v⟩ for every element, shape (element,).
        spanning: element numbers g of independent vectors ρ(g)v, one per dimension.
        basis: columns express the basis in those vectors; shape (width, width).
        form: inner products of the basis vectors, the identity exactly when the matrices are orthogonal as they stand.
        how: how the basis was found, in words.
    """

    irreducible: RealIrreducible
    coefficients: ExactArray
    spanning: Int[np.ndarray, " width"]
    basis: ExactArray
    form: ExactArray
    how: str

    @property
    def orthonormal(self) -> bool:
        """Whether the matrices are orthogonal for the dot product."""
        return self.form.equals(identity(self.form.shape[0]))

    def matrices(self, classes: ConjugacyClasses, rows: Int[np.ndarray, "batch point"]) -> ExactArray:
        """ρ of some elements of the group, shape (batch, width, width)."""
        spanning = classes.elements[self.spanning]
        back = inverses(spanning)
        # ⟨ρ(gᵢ)v, ρ(g)ρ(gⱼ)v⟩ = φ(gᵢ⁻¹ g gⱼ), products being compositions: the right factor acts first.
        moved = rows[:, spanning]
        images = np.stack([row[moved] for row in back], axis=1)
        count = len(back)
        flat = images.reshape(len(rows) * count * count, rows.shape[1])
        numbers = classes.chain.rank(flat).reshape(len(rows), count, count)
        paired = self.basis.transposed @ self.coefficients[numbers] @ self.basis
        return paired if self.orthonormal else inverse(self.form) @ paired


@dataclass(frozen=True, eq=False)
class _Orbit:
    """The lines spanned by the vectors ρ(g)v: one element number per line, and the inner products."""

    coefficients: ExactArray
    lines: np.ndarray
    products: np.ndarray  # element numbers of gᵢ⁻¹gⱼ


def matrices_of(classes: ConjugacyClasses, irreducible: RealIrreducible) -> Frame:
    """An exact basis of an irreducible real representation, orthonormal where one is found.

    Arguments:
        classes: the group.
        irreducible: one of its irreducible real representations.

    Raises:
        GroupError: when no subgroup singles out a line; the search covers subgroups with at most two generators.
    """
    candidates = signed_subgroups(classes)
    suitable = list(itertools.islice((h for h in candidates if spans_one_line(classes, irreducible, h)), _CANDIDATES))
    if not suitable:
        raise GroupError(
            f"no subgroup with at most two generators and character ±1 singles out a line in the irreducible "
            f"representation of dimension {irreducible.dimension}; its character and ranks are exact, "
            "but no exact matrices were found"
        )
    orbits = []
    seen = set()
    # A larger subgroup leaves fewer lines to search.
    for subgroup in sorted(suitable, key=lambda h: -len(h.elements)):
        orbit = _orbit(classes, irreducible, subgroup)
        key = (len(orbit.lines), np.sort(orbit.coefficients.to_float()).round(9).tobytes())
        if key in seen:
            continue
        seen.add(key)
        frame = _orthogonal_lines(irreducible, orbit)
        if frame is not None:
            return frame
        orbits.append(orbit)
    for orbit in orbits[:3]:
        frame = _square_lengths(irreducible, orbit)
        if frame is not None:
            return frame
    return _pivots(irreducible, orbits[0])


def _orbit(classes: ConjugacyClasses, irreducible: RealIrreducible, subgroup: SignedSubgroup) -> _Orbit:
    coefficients = matrix_coefficients(classes, irreducible, subgroup)
    elements = classes.elements
    one = coefficients.denominator
    numerators = coefficients.numerators
    same = np.flatnonzero((np.abs(numerators[:, 0]) == one) & ~np.any(numerators[:, 1:], axis=1))
    line_of = np.full(len(elements), -1, dtype=np.int64)
    lines: list[int] = []
    for number in range(len(elements)):
        if line_of[number] < 0:
            line_of[classes.chain.rank(elements[number][elements[same]])] = len(lines)
            lines.append(number)
    kept = np.array(lines[:_LINES] if len(lines) <= _LINES else _spread(lines))
    back = inverses(elements[kept])
    products = np.array([classes.chain.rank(row[elements[kept]]) for row in back])
    return _Orbit(coefficients, kept, products)


def _spread(lines: list[int]) -> list[int]:
    """A bounded choice among many lines: the first, and others at random, always the same."""
    random = np.random.default_rng(0)
    return [lines[0], *(lines[i] for i in np.sort(random.choice(np.arange(1, len(lines)), _LINES - 1, replace=False)))]


def _orthogonal_lines(irreducible: RealIrreducible, orbit: _Orbit) -> Frame | None:
    """A basis of mutually orthogonal lines, by backtracking; the group is transitive on lines, so line 0 is in it."""
    width = irreducible.dimension
    orthogonal = ~np.any(orbit.coefficients.numerators, axis=-1)[orbit.products]
    nodes = 0

    def search(chosen: list[int], open_lines: np.ndarray) -> list[int] | None:
        nonlocal nodes
        nodes += 1
        if len(chosen) == width:
            return chosen
        while len(open_lines) >= width - len(chosen) and nodes < _CLIQUE_NODES:
            line, open_lines = int(open_lines[0]), open_lines[1:]
            found = search([*chosen, line], open_lines[orthogonal[line, open_lines]])
            if found is not None:
                return found
        return None

    found = search([0], np.flatnonzero(orthogonal[0]))
    if found is None:
        return None
    one = identity(width)
    how = "mutually orthogonal lines that the group permutes among others"
    return Frame(irreducible, orbit.coefficients, orbit.lines[found], one, one, how)


def _spanning_lines(orbit: _Orbit, width: int) -> list[int]:
    """Independent lines, by pivoting in floating point; the exact inverse of their Gram matrix proves them so."""
    gram = orbit.coefficients.to_float()[orbit.products]
    chosen: list[int] = []
    residual = gram.copy()
    for _ in range(width):
        line = int(np.argmax(np.diag(residual).round(9)))
        chosen.append(line)
        residual = residual - np.outer(residual[:, line], residual[line]) / residual[line, line]
    return chosen


def _degree(conductor: int) -> int:
    return len(cosine_polynomial(conductor)) - 1


def _square_lengths(irreducible: RealIrreducible, orbit: _Orbit) -> Frame | None:
    """Gram–Schmidt over lines, sums and differences of lines, with lengths that are squares in a small field.

    An orthonormal basis needs a Gram matrix whose determinant is a square. In odd dimension the inner product times
    its determinant always has that, in even dimension the field is extended until it holds.
    """
    width = irreducible.dimension
    spanning = _spanning_lines(orbit, width)
    coefficients = orbit.coefficients
    gram = coefficients[orbit.products[np.ix_(spanning, spanning)]]
    coordinates = coefficients[orbit.products[spanning]].transposed @ inverse(gram)
    determinant = _product_of([length for _, length in _gram_schmidt(gram)])
    if width % 2 and square_root(determinant) is None:
        coefficients, gram, determinant = coefficients * determinant, gram * determinant, rationals(np.array(1))
    pool = _pool(coordinates)
    own = gram.conductor
    for conductor in sorted({math.lcm(own, extra) for extra in _EXTENSIONS}, key=lambda n: (_degree(n), n)):
        if _degree(conductor) > _FIELD_DEGREE or square_root(determinant.embed(conductor)) is None:
            continue
        basis = _Search(gram.embed(conductor), pool).run()
        if basis is not None:
            how = f"Gram–Schmidt with square lengths in a field of degree {_degree(basis.conductor)}"
            return Frame(irreducible, coefficients, orbit.lines[spanning], basis, identity(width), how)
    return None


def _product_of(factors: list[ExactArray]) -> ExactArray:
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product


def _gram_schmidt(gram: ExactArray) -> list[tuple[ExactArray, ExactArray]]:
    """Orthogonal vectors with their squared lengths, from the unit vectors in order."""
    width = gram.shape[0]
    done: list[tuple[ExactArray, ExactArray]] = []
    for i in range(width):
        vector = identity(width)[i]
        for earlier, length in done:
            product = (earlier.reshape(1, width) @ gram[i].reshape(width, 1)).reshape()
            vector = vector - earlier * (product * reciprocal(length))
        done.append((vector, (vector.reshape(1, width) @ gram @ vector.reshape(width, 1)).reshape()))
    return done


def _pool(coordinates: ExactArray) -> list[ExactArray]:
    """Lines, then sums and differences of the first few pairs of lines, as coordinate vectors."""
    count = min(len(coordinates), 24)
    single = [coordinates[i] for i in range(count)]
    return single + [a + b if plus else a - b for a, b in itertools.combinations(single, 2) for plus in (True, False)]


class _Search:
    """Depth-first search for an orthonormal basis among residuals of the vectors of a pool."""

    def __init__(self, gram: ExactArray, pool: list[ExactArray]) -> None:
        self.gram = gram
        self.pool = pool
        self.width = gram.shape[0]
        self.nodes = 0
        self._float_gram = gram.to_float()
        self._float_pool = np.array([vector.to_float() for vector in pool])

    def run(self) -> ExactArray | None:
        """The basis as columns, all of length one, or None."""
        found = self._extend([])
        return None if found is None else stack(found).transposed

    def _product(self, first: ExactArray, second: ExactArray) -> ExactArray:
        width = self.width
        return (first.reshape(1, width) @ self.gram @ second.reshape(width, 1)).reshape()

    def _extend(self, basis: list[ExactArray]) -> list[ExactArray] | None:
        if len(basis) == self.width:
            return basis
        self.nodes += 1
        if self.nodes > _SEARCH_NODES:
            return None
        floats = np.array([vector.to_float() for vector in basis]).reshape(len(basis), self.width)
        parts = self._float_pool @ self._float_gram @ floats.T
        residuals = self._float_pool - parts @ floats
        norms = np.einsum("bi,ij,bj->b", residuals, self._float_gram, residuals).round(8)
        tried: set[float] = set()
        for index in np.argsort(-norms, kind="stable"):
            if norms[index] < 1e-6 or norms[index] in tried or len(tried) >= 8:
                continue
            tried.add(norms[index])
            residual = self.pool[index]
            for vector in basis:
                residual = residual - vector * self._product(vector, self.pool[index])
            length = square_root(self._product(residual, residual).embed(self.gram.conductor))
            if length is None:
                continue
            found = self._extend([*basis, residual * reciprocal(length)])
            if found is not None:
                return found
        return None


def _pivots(irreducible: RealIrreducible, orbit: _Orbit) -> Frame:
    """Gram–Schmidt over spanning lines; normalised when the pivots are rational and the field stays small."""
    width = irreducible.dimension
    spanning = _spanning_lines(orbit, width)
    gram = orbit.coefficients[orbit.products[np.ix_(spanning, spanning)]]
    pairs = _gram_schmidt(gram)
    basis, lengths = stack([vector for vector, _ in pairs]).transposed, [length for _, length in pairs]
    if all(length.is_rational for length in lengths):
        squares = [Fraction(length.simplified().fractions().item()) for length in lengths]
        conductor = math.lcm(gram.conductor, *(square_root_field(q.numerator * q.denominator) for q in squares))
        if _degree(conductor) <= _ROOTS_DEGREE:
            roots = [square_root(rationals(np.array(q)).embed_rational(conductor)) for q in squares]
            if all(root is not None for root in roots):
                scales = [reciprocal(root) for root in roots if root is not None]
                normal = basis.embed(conductor) * concatenate([scale.reshape(1) for scale in scales])
                how = f"Gram–Schmidt with the square roots of its pivots, a field of degree {_degree(conductor)}"
                return Frame(irreducible, orbit.coefficients, orbit.lines[spanning], normal, identity(width), how)
    how = "no orthonormal basis was found; the matrices preserve the form given"
    return Frame(irreducible, orbit.coefficients, orbit.lines[spanning], identity(width), gram, how)
