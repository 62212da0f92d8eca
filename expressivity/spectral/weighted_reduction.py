"""Spans of the row vectors of a weighted automaton over Q: minimisation, and shortest words off zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from expressivity.spectral.rational_matrices import chosen_rows, coordinates, independent_rows, stacked


def reached_span(start: Any, matrices: list[Any]) -> tuple[Any, list[tuple[int, ...]]]:
    """A basis of the span of all α A_w, and the words it belongs to.

    Level by level, the vectors of longer words that depend on those before them in length-lexicographic order are
    dropped; their extensions depend on earlier ones too, so nothing is missed.

    Arguments:
        start: α, one row.
        matrices: A_x for each letter.

    Returns:
        The basis vectors as rows, and their words as letter numbers, in length-lexicographic order.
    """
    from flint import fmpq_mat

    width = start.ncols()
    no_letters: tuple[int, ...] = ()
    if width == 0 or all(value == 0 for value in start.entries()):
        return fmpq_mat(0, width), []
    basis, words = start, [no_letters]
    newest, newest_words = start, [no_letters]
    seen = {tuple(start.entries())}
    while newest_words and basis.nrows() < width:
        # Letter after letter within one prefix, so that the order is that of the words.
        images = [(newest * matrix).entries() for matrix in matrices]
        rows, longer = [], []
        for i, word in enumerate(newest_words):
            for x, image in enumerate(images):
                row = image[i * width : (i + 1) * width]
                # Automata reach equal vectors by many words; comparing is cheaper than eliminating.
                if tuple(row) not in seen:
                    seen.add(tuple(row))
                    rows.append(row)
                    longer.append((*word, x))
        if not rows:
            break
        candidates = fmpq_mat(rows)
        kept = [i - basis.nrows() for i in independent_rows(stacked(basis, candidates)) if i >= basis.nrows()]
        newest, newest_words = chosen_rows(candidates, kept), [longer[i] for i in kept]
        basis, words = stacked(basis, newest), words + newest_words
    return basis, words


def _reached_part(alpha: Any, matrices: list[Any], beta: Any) -> tuple[Any, list[Any], Any]:
    """The same function on the span that is reached."""
    from flint import fmpq_mat

    basis, _ = reached_span(alpha, matrices)
    if basis.nrows() == 0:
        return fmpq_mat(1, 0), [fmpq_mat(0, 0) for _ in matrices], fmpq_mat(0, 1)
    expressed = coordinates(basis)
    return expressed(alpha), [expressed(basis * m) for m in matrices], basis * beta


def minimise(alpha: Any, matrices: list[Any], beta: Any) -> tuple[Any, list[Any], Any]:
    """Fewest states for the same function: the reached part, and of that the observed part."""
    alpha, matrices, beta = _reached_part(alpha, matrices, beta)
    back, transposed, front = _reached_part(beta.transpose(), [m.transpose() for m in matrices], alpha.transpose())
    return front.transpose(), [m.transpose() for m in transposed], back.transpose()


def shortest_word_off_zero(alpha: Any, matrices: list[Any], beta: Any) -> tuple[int, ...] | None:
    """The first word in length-lexicographic order whose value is not 0, or None when the function is 0.

    It belongs to the basis of the reached span: a word that is dropped depends on earlier words, all of value 0.
    """
    basis, words = reached_span(alpha, matrices)
    values = basis * beta
    return next((word for i, word in enumerate(words) if values[i, 0] != 0), None)


def interleaved(images: list[Any]) -> Any:
    """Row 0 of every matrix, then row 1 of every matrix, and so on; for python-flint and NumPy matrices."""
    if isinstance(images[0], np.ndarray):
        return np.stack(images, axis=1).reshape(-1, images[0].shape[1])
    from flint import fmpq_mat

    height, width = images[0].nrows(), images[0].ncols()
    flat = [image.entries() for image in images]
    return fmpq_mat(
        height * len(images),
        width,
        [value for i in range(height) for entries in flat for value in entries[i * width : (i + 1) * width]],
    )
