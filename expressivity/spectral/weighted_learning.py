"""Values on words → a weighted automaton: exactly by elimination, or in float64 by the spectral algorithm."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from expressivity.automaton.words import Word, encode_word
from expressivity.errors import WeightedAutomatonError
from expressivity.spectral.rational_matrices import (
    as_fractions,
    chosen_rows,
    from_flint,
    independent_rows,
    to_flint,
)

Parts = tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]
Key = tuple[str, ...]


def value_table(samples: Mapping[Any, Any] | Sequence[Word], letters: Sequence[str]) -> dict[Key, Any]:
    """Values by word; the relative frequencies of the words when no values are given.

    Raises:
        LanguageError: naming a letter outside the alphabet.
        WeightedAutomatonError: when there is no word.
    """
    if not set(itertools.chain.from_iterable(samples)) <= set(letters):
        for word in samples:
            encode_word(word, letters)
    if not samples:
        raise WeightedAutomatonError("there are no samples; give words, or a table from words to values")
    if isinstance(samples, Mapping):
        return {tuple(word): value for word, value in samples.items()}
    counts = Counter(tuple(word) for word in samples)
    return {word: count / len(samples) for word, count in counts.items()}


def reconstruct(
    function: Callable[[Key], Any], prefixes: Sequence[Key], suffixes: Sequence[Key], letters: Sequence[str]
) -> Parts:
    """α, matrices and β from the Hankel block of a function.

    Rows of the block that do not depend on earlier ones are the states; a letter's matrix expresses the rows of the
    lengthened prefixes by them. For float values the spectral algorithm is used instead.

    Raises:
        WeightedAutomatonError: when a value is no number.
    """
    asked: dict[Key, Any] = {}

    def value(word: Key) -> Any:
        if word not in asked:
            asked[word] = function(word)
        return asked[word]

    block = np.array([[value(p + s) for s in suffixes] for p in prefixes], dtype=object)
    try:
        exact = as_fractions(block.tolist())
    except TypeError as error:
        raise WeightedAutomatonError(f"the function's value {error}; return integers, fractions or floats") from None
    if exact is None:
        for p in prefixes:
            for x in letters:
                for s in suffixes:
                    value((*p, x, *s))
        return spectral(asked, prefixes, suffixes, letters)
    matrix = to_flint(exact)
    rows = independent_rows(matrix)
    columns = independent_rows(matrix.transpose())
    if not rows:
        return (
            np.empty(0, dtype=object),
            {x: np.empty((0, 0), dtype=object) for x in letters},
            np.empty(0, dtype=object),
        )
    inverse = chosen_rows(chosen_rows(matrix, rows).transpose(), columns).transpose().inv()

    def expressed(words: Sequence[Key]) -> np.ndarray:
        """Rows of the Hankel matrix in terms of the chosen ones."""
        values = as_fractions([[value(p + suffixes[j]) for j in columns] for p in words])
        if values is None:
            raise WeightedAutomatonError("the function returns floats for some words only; return one kind of number")
        return from_flint(to_flint(values) * inverse)

    chosen = [prefixes[i] for i in rows]
    alpha = expressed([()])[0]
    matrices = {x: expressed([(*p, x) for p in chosen]) for x in letters}
    final = as_fractions([value(p) for p in chosen])
    if final is None:
        raise WeightedAutomatonError("the function returns floats for some words only; return one kind of number")
    return alpha, matrices, final


def spectral(
    table: Mapping[Key, Any],
    prefixes: Sequence[Key],
    suffixes: Sequence[Key],
    letters: Sequence[str],
    *,
    order: int | None = None,
    complete: bool = True,
) -> Parts:
    """α, matrices and β in float64: A_x = (H V)⁺ H_x V, α = h_{ε,S} V, β = (H V)⁺ h_{P,ε}.

    Arguments:
        table: values by word.
        prefixes: rows of the Hankel block.
        suffixes: columns of the Hankel block.
        letters: the alphabet.
        order: states to keep.
        complete: whether a word that the table lacks is an error; otherwise its value is 0.

    Raises:
        WeightedAutomatonError: naming a missing word; for values that are not finite; for an order out of range.
    """
    missing: list[Key] = []

    def value(word: Key) -> float:
        if word in table:
            return float(table[word])
        missing.append(word)
        return 0.0

    def block(middle: Key) -> np.ndarray:
        return np.array([[value((*p, *middle, *s)) for s in suffixes] for p in prefixes], dtype=np.float64)

    hankel = block(())
    shifted = {x: block((x,)) for x in letters}
    from_start = np.array([value(s) for s in suffixes])
    to_end = np.array([value(p) for p in prefixes])
    if missing and complete:
        raise WeightedAutomatonError(
            f"{len(set(missing))} words of the basis have no value, among them {list(missing[0])}; add them to the "
            "table, or choose shorter prefixes and suffixes"
        )
    if not all(np.isfinite(part).all() for part in (hankel, from_start, to_end, *shifted.values())):
        raise WeightedAutomatonError("a value on a word is not finite; give finite numbers")
    left, values, right = np.linalg.svd(hankel, full_matrices=False)
    level = max(hankel.shape) * float(np.finfo(np.float64).eps) * (values[0] if len(values) else 0.0)
    shown = int(np.sum(values > level))
    rank = shown if order is None else order
    if not 0 <= rank <= shown:
        raise WeightedAutomatonError(f"order {rank} is outside 0 to {shown}, the rank of the Hankel block")
    # Balanced: states are scaled by the square roots of the singular values, so that no matrix entry is out of scale.
    root = np.sqrt(values[:rank])
    project = right[:rank].T / root
    lift = (left[:, :rank] / root).T
    matrices = {x: lift @ part @ project for x, part in shifted.items()}
    return from_start @ project, matrices, lift @ to_end
