"""Check, by exact arithmetic alone, that matrices are a faithful orthogonal representation of a permutation group.

Shares no code with the construction of the matrices: it enumerates the group from its generators, gives each element
the matrix of the word that reached it, and compares every product (element, generator) with the matrix already given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from expressivity.errors import CertificateError
from expressivity.exact import ExactArray, concatenate, identity


@dataclass(frozen=True)
class RepresentationCertificate:
    """What `check_representation` has verified, in exact arithmetic.

    Arguments:
        order: number of elements enumerated.
        products: number of products compared.
        letters: number of letters whose matrices were compared.
        dot_product: whether the matrices are orthogonal for the dot product; otherwise they preserve the given form.
        conductor: N of the field Q(2cos 2π/N), 1 for Q.
    """

    order: int
    products: int
    letters: int
    dot_product: bool
    conductor: int


def check_representation(
    generators: Int[np.ndarray, "generator point"],
    matrices: ExactArray,
    form: ExactArray,
    *,
    letters: Int[np.ndarray, "letter point"] | None = None,
    letter_matrices: ExactArray | None = None,
) -> RepresentationCertificate:
    """Verify that ρ is a homomorphism on the group generated, preserves the form, is faithful, and has given values.

    Products are compositions: the matrix of "first p, then q" must be ρ(q)·ρ(p).

    Arguments:
        generators: the permutations, shape (generator, point).
        matrices: ρ at the generators, shape (generator, width, width).
        form: symmetric positive definite matrix, shape (width, width).
        letters: further elements, shape (letter, point).
        letter_matrices: the matrices claimed for them, shape (letter, width, width).

    Raises:
        CertificateError: listing everything that does not hold.
    """
    width = form.shape[0]
    if matrices.shape != (len(generators), width, width) or form.shape != (width, width):
        raise CertificateError(
            f"matrices of shape {matrices.shape} and a form of shape {form.shape} for {len(generators)} generators; "
            "expected (generator, width, width) and (width, width)"
        )
    problems = []
    if not form.equals(form.transposed) or not _is_positive_definite(form):
        problems.append("the form is not symmetric and positive definite")
    moved = matrices.transposed @ form @ matrices
    problems += [
        f"the form is not preserved by generator {g}" for g in range(len(generators)) if not moved[g].equals(form)
    ]
    rows, words = _enumerate(generators)
    images = _images(words, matrices)
    for g in range(len(generators)):
        wrong = np.flatnonzero(_differ(matrices[g] @ images, images[words.edges[g]]))
        if wrong.size:
            problems.append(
                f"no homomorphism: generator {g} after element {list(rows[wrong[0]])} has another matrix than their "
                f"composition ({wrong.size} of {len(rows)} products differ)"
            )
    kernel = np.flatnonzero(~_differ(images, identity(width)))
    if len(kernel) != 1:
        problems.append(
            f"not faithful: {len(kernel)} elements have the identity matrix, among them {list(rows[kernel[-1]])}"
        )
    count = 0 if letters is None else len(letters)
    if letters is not None and letter_matrices is not None and count:
        number = {row: i for i, row in enumerate(rows)}
        found = [number.get(tuple(row), -1) for row in letters.tolist()]
        problems += [f"letter {x} is not in the group" for x in range(count) if found[x] < 0]
        if min(found) >= 0:
            wrong = np.flatnonzero(_differ(images[np.array(found)], letter_matrices))
            problems += [f"letter {x} has another matrix than the group element it is" for x in wrong.tolist()]
    if problems:
        raise CertificateError("not a faithful orthogonal representation: " + "; ".join(problems))
    return RepresentationCertificate(
        len(rows), len(rows) * len(generators), count, form.equals(identity(width)), matrices.conductor
    )


@dataclass(frozen=True, eq=False)
class _Words:
    """A breadth-first tree over the elements, and all products with a generator."""

    layers: list[tuple[np.ndarray, np.ndarray, np.ndarray]]  # (new elements, their parents, the generators used)
    edges: np.ndarray  # [generator, element] → element


def _enumerate(generators: np.ndarray) -> tuple[list[tuple[int, ...]], _Words]:
    """All elements, breadth-first, the identity first, as composition with generators on the left."""
    rows = [tuple(range(generators.shape[1]))]
    number = {rows[0]: 0}
    edges: list[list[int]] = [[] for _ in generators]
    layers = []
    begin = 0
    while begin < len(rows):
        end = len(rows)
        new, parents, used = [], [], []
        for parent in range(begin, end):
            for g, image in enumerate(generators[:, list(rows[parent])].tolist()):
                key = tuple(image)
                if key not in number:
                    number[key] = len(rows)
                    rows.append(key)
                    new.append(number[key])
                    parents.append(parent)
                    used.append(g)
                edges[g].append(number[key])
        layers.append(
            (np.array(new, dtype=np.int64), np.array(parents, dtype=np.int64), np.array(used, dtype=np.int64))
        )
        begin = end
    return rows, _Words(layers, np.array(edges, dtype=np.int64).reshape(len(generators), len(rows)))


def _images(words: _Words, matrices: ExactArray) -> ExactArray:
    """The matrix of every element, as the word that reached it first multiplies out."""
    one = identity(matrices.shape[1]).embed(matrices.conductor)
    parts = [ExactArray(one.numerators[None], 1, one.conductor)]
    before, total = 0, 1
    for new, parents, used in words.layers:
        if len(new):
            parts.append(matrices[used] @ parts[-1][parents - before])
            before, total = total, total + len(new)
    return concatenate(parts)


def _differ(first: ExactArray, second: ExactArray) -> np.ndarray:
    difference = first - second
    result: np.ndarray = np.any(difference.numerators.reshape(difference.shape[0], -1) != 0, axis=1)
    return result


def _is_positive_definite(form: ExactArray) -> bool:
    """Positive pivots in interval arithmetic, with precision growing until every sign is decided."""
    if form.equals(identity(form.shape[0])):
        return True
    from expressivity.exact.enclosures import cholesky

    return cholesky(form) is not None
