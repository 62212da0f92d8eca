"""Weighted automata: f(w) = α A_{w1} ⋯ A_{wn} β, the linear recurrences over many letters."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.automaton.words import Word, encode_word
from expressivity.errors import WeightedAutomatonError
from expressivity.languages import language as read_language
from expressivity.networks.network import Network
from expressivity.spectral import weighted_learning, weighted_network, weighted_reduction
from expressivity.spectral.rational_matrices import as_fractions, from_flint, to_flint

Weight = Fraction | float


@dataclass(frozen=True, eq=False)
class WeightedAutomaton:
    """A weighted automaton over the rationals, or over float64 when a weight is a float.

    Weights may be given as anything NumPy reads; they are held as arrays of fractions, or of float64.

    Arguments:
        alpha: start weights, shape (state,).
        matrices: for each letter its matrix, shape (state, state); rows are where a step begins.
        beta: final weights, shape (state,).

    Raises:
        WeightedAutomatonError: listing every mismatch between the parts.
    """

    alpha: Any
    matrices: Mapping[str, Any]
    beta: Any

    def __post_init__(self) -> None:
        parts = {"alpha": self.alpha, "beta": self.beta, **{f"matrix {x!r}": m for x, m in self.matrices.items()}}
        problems, exact = [], {}
        for name, part in parts.items():
            try:
                exact[name] = as_fractions(part)
            except (TypeError, ValueError) as error:
                problems.append(f"{name}: {error}; give integers, fractions or floats")
        if not self.matrices:
            problems.append("there is no letter; give a matrix for at least one")
        if any(not isinstance(letter, str) or not letter for letter in self.matrices):
            problems.append("letter names must be non-empty strings")
        if problems:
            raise WeightedAutomatonError("not a weighted automaton: " + "; ".join(problems))
        if any(part is None for part in exact.values()):
            arrays = {name: np.asarray(part, dtype=np.float64) for name, part in parts.items()}
            problems += [
                f"{name} holds a value that is not finite" for name, a in arrays.items() if not np.isfinite(a).all()
            ]
        else:
            arrays = {name: part for name, part in exact.items() if part is not None}
        states = arrays["alpha"].size
        for name, array in arrays.items():
            wanted = (states, states) if name.startswith("matrix") else (states,)
            if array.shape != wanted and not (states == 0 and array.size == 0):
                problems.append(f"{name} has shape {array.shape}; expected {wanted}")
        if problems:
            raise WeightedAutomatonError("not a weighted automaton: " + "; ".join(problems))
        for array in arrays.values():
            array.setflags(write=False)
        object.__setattr__(self, "alpha", arrays["alpha"].reshape(states))
        object.__setattr__(self, "beta", arrays["beta"].reshape(states))
        shaped = {x: arrays[f"matrix {x!r}"].reshape(states, states) for x in self.matrices}
        object.__setattr__(self, "matrices", shaped)

    # Making weighted automata ---------------------------------------------------------------------------------------

    @classmethod
    def from_automaton(cls, automaton: Automaton) -> WeightedAutomaton:
        """The characteristic function of an automaton's language: 1 on its words, 0 elsewhere."""
        states = automaton.states
        matrices = {}
        for x, letter in enumerate(automaton.letters):
            matrix = np.zeros((states, states), dtype=np.int64)
            matrix[np.arange(states), automaton.table[x]] = 1
            matrices[letter] = matrix
        return cls(np.eye(states, dtype=np.int64)[automaton.start], matrices, automaton.accepting.astype(np.int64))

    @classmethod
    def from_function(
        cls, function: Callable[[tuple[str, ...]], Any], letters: Sequence[str], *, length: int
    ) -> WeightedAutomaton:
        """Reconstruct a function from its values on words, exactly where these are integers or fractions.

        The Hankel block of all words up to `length` is read. The result is the function itself if it has a weighted
        automaton of at most `length` + 1 states, because words up to that length then span all rows and columns; of
        another function it is an approximation that agrees on the block.

        Arguments:
            function: takes a tuple of letters, returns an integer, a fraction or a float.
            letters: the alphabet.
            length: longest prefix and suffix, at least 0; words up to 2·length + 1 letters are asked for.

        Raises:
            WeightedAutomatonError: when a value is no finite number, or the block is empty.

        Source: Carlyle & Paz 1971, Fliess 1974; for float values the spectral algorithm, see `from_samples`.
        """
        words = list(words_up_to(letters, length))
        return cls(*weighted_learning.reconstruct(function, words, words, letters))

    @classmethod
    def from_samples(
        cls,
        samples: Mapping[Any, Any] | Sequence[Word],
        letters: Sequence[str],
        *,
        prefixes: Sequence[Word] | None = None,
        suffixes: Sequence[Word] | None = None,
        order: int | None = None,
    ) -> WeightedAutomaton:
        """Learn from values on words, or from words drawn from a distribution: the spectral algorithm, in float64.

        Arguments:
            samples: a table from words to values, which must contain every word that the basis asks for; or words,
                whose relative frequencies are the values (0 for words that do not occur).
            letters: the alphabet.
            prefixes: rows of the Hankel block; all words as long as the table allows when left out.
            suffixes: columns; as the prefixes when left out.
            order: number of states; the singular values above rounding level when left out, which for frequencies
                means too many: give it for sampled words.

        Returns:
            An automaton in float64: exact up to rounding for exact values of a function whose rank the block has, an
            estimate for frequencies.

        Raises:
            WeightedAutomatonError: naming a missing word, or an order the block cannot show.

        Source: Hsu, Kakade & Zhang 2009; Balle, Carreras, Luque & Quattoni 2014.
        """
        table = weighted_learning.value_table(samples, letters)
        longest = max((len(word) for word in table), default=0)
        default = list(words_up_to(letters, max(0, (longest - 1) // 2)))
        rows = default if prefixes is None else [tuple(word) for word in prefixes]
        columns = rows if suffixes is None else [tuple(word) for word in suffixes]
        complete = isinstance(samples, Mapping)
        return cls(*weighted_learning.spectral(table, rows, columns, letters, order=order, complete=complete))

    # What it is -----------------------------------------------------------------------------------------------------

    @property
    def letters(self) -> tuple[str, ...]:
        """The alphabet."""
        return tuple(self.matrices)

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.alpha.size)

    @property
    def exact(self) -> bool:
        """Whether all weights are rational numbers; otherwise they are float64."""
        return bool(self.alpha.dtype == object)

    def __repr__(self) -> str:
        field = "Q" if self.exact else "float64"
        return f"WeightedAutomaton({self.states} states, letters {{{', '.join(self.letters)}}}, {field})"

    @cached_property
    def _factors(self) -> tuple[Any, list[Any], Any]:
        """α as a row, the matrices, β as a column; for python-flint where exact."""
        parts = (self.alpha[None, :], [self.matrices[x] for x in self.letters], self.beta[:, None])
        if not self.exact:
            return parts
        return to_flint(parts[0]), [to_flint(matrix) for matrix in parts[1]], to_flint(parts[2])

    def value(self, word: Word) -> Weight:
        """f(w).

        Raises:
            LanguageError: naming a letter outside the alphabet.
        """
        row, matrices, beta = self._factors
        for x in encode_word(word, self.letters).tolist():
            row = row * matrices[x] if self.exact else row @ matrices[x]
        if self.states == 0:
            return self._number(None)
        return self._number((row * beta if self.exact else row @ beta)[0, 0])

    def _number(self, value: Any) -> Weight:
        """A result as callers hold it; None is the value without states."""
        if not self.exact:
            return float(value or 0.0)
        return Fraction(0) if value is None else Fraction(int(value.p), int(value.q))

    def values_up_to(self, length: int) -> dict[tuple[str, ...], Weight]:
        """f(w) for every word of at most so many letters; prefixes are shared, which `value` cannot do."""
        row, matrices, beta = self._factors
        found: dict[tuple[str, ...], Weight] = {}
        rows = row
        words: list[tuple[str, ...]] = [()]
        for size in range(length + 1):
            values = None if self.states == 0 else rows * beta if self.exact else rows @ beta
            for i, word in enumerate(words):
                found[word] = self._number(None if values is None else values[i, 0])
            if size < length:
                # All words of one length at once: as many matrix products as letters.
                rows = weighted_reduction.interleaved([rows * m if self.exact else rows @ m for m in matrices])
                words = [(*word, letter) for word in words for letter in self.letters]
        return found

    def hankel(self, prefixes: Sequence[Word], suffixes: Sequence[Word]) -> np.ndarray:
        """The Hankel block H[p, s] = f(ps), fractions or float64; shape (prefix, suffix)."""
        values = [[self.value((*tuple(p), *tuple(s))) for s in suffixes] for p in prefixes]
        return np.array(values, dtype=object if self.exact else np.float64).reshape(len(prefixes), len(suffixes))

    def _require_exact(self, what: str) -> None:
        if not self.exact:
            raise WeightedAutomatonError(
                f"{what} is decided over the rationals, and these weights are floats; build the automaton from "
                "integers or fractions (Fraction(x) is the exact value of a float x)"
            )

    def minimise(self) -> WeightedAutomaton:
        """An automaton with fewest states for the same function, exactly.

        Raises:
            WeightedAutomatonError: when weights are floats.

        Source: Schützenberger 1961: the part that is reached, then the part that is observed.
        """
        self._require_exact("a least number of states")
        alpha, matrices, beta = weighted_reduction.minimise(*self._factors)
        shaped = {letter: from_flint(matrix) for letter, matrix in zip(self.letters, matrices, strict=True)}
        return WeightedAutomaton(from_flint(alpha)[0], shaped, from_flint(beta)[:, 0])

    @cached_property
    def rank(self) -> int:
        """Rank of the whole (infinite) Hankel matrix: the least number of states of any automaton for f.

        Raises:
            WeightedAutomatonError: when weights are floats.

        Source: Carlyle & Paz 1971, Fliess 1974.
        """
        self._require_exact("the rank of the Hankel matrix")
        return int(weighted_reduction.minimise(*self._factors)[0].ncols())

    def counterexample(self, other: WeightedAutomaton) -> tuple[str, ...] | None:
        """A shortest word on which two automata differ, the first in length-lexicographic order; None if there is none.

        Raises:
            WeightedAutomatonError: when weights are floats or the alphabets differ.

        Source: Schützenberger 1961; Tzeng 1992.
        """
        self._require_exact("equivalence")
        other._require_exact("equivalence")
        if set(self.letters) != set(other.letters):
            raise WeightedAutomatonError(
                f"the alphabets differ: {list(self.letters)} and {list(other.letters)}; "
                "give a letter that never contributes the zero matrix"
            )
        difference = self - other
        word = weighted_reduction.shortest_word_off_zero(*difference._factors)
        return None if word is None else tuple(self.letters[x] for x in word)

    def equivalent(self, other: WeightedAutomaton) -> bool:
        """Whether two automata have the same value on every word, decided exactly; see `counterexample`."""
        return self.counterexample(other) is None

    def __sub__(self, other: WeightedAutomaton) -> WeightedAutomaton:
        """The difference of the two functions, over the letters of the first."""
        n, m = self.states, other.states
        matrices = {}
        for letter in self.letters:
            block = np.full((n + m, n + m), Fraction(0), dtype=object)
            block[:n, :n] = self.matrices[letter]
            block[n:, n:] = other.matrices[letter]
            matrices[letter] = block if self.exact and other.exact else block.astype(np.float64)
        return WeightedAutomaton(
            np.concatenate([self.alpha, other.alpha]), matrices, np.concatenate([self.beta, -other.beta])
        )

    # Bridges --------------------------------------------------------------------------------------------------------

    def to_automaton(self, *, max_states: int = 100_000) -> Automaton:
        """The automaton of the language on which f is 1, for a function with values 0 and 1 only.

        Raises:
            WeightedAutomatonError: naming a shortest word with another value; when weights are floats; or when more
                than `max_states` rows were reached.
        """
        self._require_exact("the set of values")
        smallest = self.minimise()
        return weighted_network.characteristic_automaton(*smallest._factors, self.letters, max_states=max_states)

    def to_network(self, *, max_states: int = 100_000) -> Network:
        """A dense network of one layer, as wide as the Hankel rank, that accepts where f is 1.

        A layer answers with finitely many letters, so its read-out can stand for the linear one only where that takes
        finitely many values. That is decided here for the values 0 and 1, the characteristic functions of languages.
        Cut-point languages such as {w : f(w) > 1/2} of other functions need not be regular and have no such network.

        Raises:
            WeightedAutomatonError: as `to_automaton`.
        """
        self.to_automaton(max_states=max_states)
        smallest = self.minimise()
        return weighted_network.linear_readout_network(
            smallest.alpha, [smallest.matrices[x] for x in self.letters], smallest.beta, self.letters
        )


def words_up_to(letters: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    """All words of at most so many letters, shorter ones first."""
    for size in range(length + 1):
        yield from itertools.product(letters, repeat=size)


def hankel_rank(language: Any) -> int:
    """Rank of the Hankel matrix of a language: the least width of a dense layer with a linear read-out for it.

    Arguments:
        language: anything `expressivity.language` reads.

    Raises:
        LanguageError: when the language cannot be read.

    Source: Carlyle & Paz 1971; Fliess 1974.
    """
    from flint import fmpq_mat

    minimal = read_language(language).minimal()
    states = minimal.states
    start, final, matrices = fmpq_mat(1, states), fmpq_mat(states, 1), []
    start[0, minimal.start] = 1
    for q in range(states):
        final[q, 0] = int(minimal.accepting[q])
    for row in minimal.table.tolist():
        matrix = fmpq_mat(states, states)
        for q, target in enumerate(row):
            matrix[q, target] = 1
        matrices.append(matrix)
    return int(weighted_reduction.minimise(start, matrices, final)[0].ncols())
