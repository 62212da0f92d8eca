"""Deterministic finite automata as dense NumPy tables: the currency of the whole library."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Int, Int32

from expressivity.automaton import automaton_loops
from expressivity.automaton.words import Word as Word
from expressivity.automaton.words import character_codes, letter_of_code, not_a_letter
from expressivity.automaton.words import encode_word as encode_word
from expressivity.errors import LanguageError

if TYPE_CHECKING:
    from automata.fa.dfa import DFA
    from automata.fa.nfa import NFA

# Loading the compiled kernels takes some tenths of a second; these are the sizes from which it pays for itself.
_COMPILED_FROM = 20_000  # letters × states
_COMPILED_ONCE_LOADED_FROM = 500
_COMPILED_WORDS_FROM = 500_000  # letters


@dataclass(frozen=True, eq=False)
class Automaton:
    """A complete deterministic finite automaton (Σ, Q, q0, δ, F).

    Arguments:
        table: transition table, `table[letter, state]` is the next state, each entry in `[0, states)`.
        start: start state.
        accepting: mask over states, `True` where the state accepts.
        letters: names of the letters, in the order of the first axis of `table`; distinct, non-empty strings.

    Raises:
        LanguageError: listing every inconsistency found between the fields.
    """

    table: Int32[np.ndarray, "letter state"]
    start: int
    accepting: Bool[np.ndarray, " state"]
    letters: tuple[str, ...]

    def __post_init__(self) -> None:
        problems = []
        if self.table.ndim != 2 or self.table.shape[1] == 0:
            problems.append(f"table has shape {self.table.shape}; expected (letters, states) with at least one state")
        elif self.table.size and (self.table.min() < 0 or self.table.max() >= self.table.shape[1]):
            problems.append(
                f"table holds values from {self.table.min()} to {self.table.max()}; "
                f"expected states 0 to {self.table.shape[1] - 1}"
            )
        if self.table.ndim == 2:
            if not 0 <= self.start < max(self.table.shape[1], 1):
                problems.append(f"start state {self.start} is outside 0 to {self.table.shape[1] - 1}")
            if self.accepting.shape != (self.table.shape[1],):
                problems.append(f"accepting has shape {self.accepting.shape}; expected ({self.table.shape[1]},)")
            if len(self.letters) != self.table.shape[0]:
                problems.append(f"{len(self.letters)} letter names for {self.table.shape[0]} rows of the table")
        if not self.letters:
            problems.append("the alphabet is empty; give at least one letter")
        if len(set(self.letters)) != len(self.letters):
            repeated = sorted({letter for letter in self.letters if self.letters.count(letter) > 1})
            problems.append(f"letters {repeated} occur twice; letter names must be distinct")
        if any(not isinstance(letter, str) or letter == "" for letter in self.letters):
            problems.append("letter names must be non-empty strings")
        if problems:
            raise LanguageError("not an automaton: " + "; ".join(problems))
        # One memory layout, so that the kernels are compiled once; the dataclass is frozen, hence the detour.
        object.__setattr__(self, "table", np.ascontiguousarray(self.table))
        object.__setattr__(self, "accepting", np.ascontiguousarray(self.accepting))
        self.table.setflags(write=False)
        self.accepting.setflags(write=False)

    # Making automata ------------------------------------------------------------------------------------------------

    @classmethod
    def from_table(
        cls,
        table: Any,
        start: int = 0,
        *,
        accepting: Iterable[int] | np.ndarray,
        letters: Sequence[str] | None = None,
    ) -> Automaton:
        """Make an automaton from anything NumPy reads as a (letter, state) table.

        Arguments:
            table: integers of shape (letter, state).
            start: start state.
            accepting: accepting states as numbers, or a boolean mask over states.
            letters: letter names; the default is a, b, c, … (x0, x1, … beyond 26 letters).

        Raises:
            LanguageError: when the table is not integral or the fields do not fit together.
        """
        array = np.asarray(table)
        if array.size and not np.issubdtype(array.dtype, np.integer):
            raise LanguageError(f"the table has entries of type {array.dtype}; expected integers, the next states")
        array = np.array(array, dtype=np.int32, ndmin=2)
        mask = np.zeros(array.shape[1], dtype=bool)
        chosen = np.asarray(accepting if isinstance(accepting, np.ndarray) else list(accepting))
        if chosen.dtype == bool:
            mask = chosen.copy()
        elif chosen.size:
            outside = [int(q) for q in chosen if not 0 <= q < array.shape[1]]
            if outside:
                raise LanguageError(f"accepting states {outside} are outside 0 to {array.shape[1] - 1}")
            mask[chosen.astype(np.int64)] = True
        if letters is None:
            letters = default_letters(array.shape[0])
        return cls(array, int(start), mask, tuple(letters))

    @classmethod
    def from_dfa(cls, dfa: DFA) -> Automaton:
        """Read an automata-lib `DFA`; a partial one is completed with a rejecting sink.

        Letters keep their names, sorted; states are numbered breadth-first from the start, so equal inputs give equal
        tables. States that cannot be reached are dropped.
        """
        letters = sorted(dfa.input_symbols)
        if not all(isinstance(letter, str) and letter for letter in letters):
            raise LanguageError(f"the automaton's input symbols {letters[:5]} are not non-empty strings; rename them")
        numbers: dict[Any, int] = {dfa.initial_state: 0}
        queue: list[Any] = [dfa.initial_state]
        rows: list[list[int]] = []
        sink = object()
        for state in queue:
            moves = {} if state is sink else dfa.transitions.get(state, {})
            row = []
            for letter in letters:
                target = moves.get(letter, sink)
                if target not in numbers:
                    numbers[target] = len(queue)
                    queue.append(target)
                row.append(numbers[target])
            rows.append(row)
        table = np.array(rows, dtype=np.int32).reshape(len(rows), len(letters)).T
        return cls.from_table(
            table.copy(),
            accepting=[numbers[q] for q in dfa.final_states if q in numbers],
            letters=letters,
        )

    @classmethod
    def from_nfa(cls, nfa: NFA) -> Automaton:
        """Read an automata-lib `NFA` through its subset automaton, minimised."""
        from automata.fa.dfa import DFA

        return cls.from_dfa(DFA.from_nfa(nfa, retain_names=False, minify=False)).minimal()

    def to_dfa(self) -> DFA:
        """The same automaton as an automata-lib `DFA` with states 0 … n−1."""
        from automata.fa.dfa import DFA

        return DFA(
            states=set(range(self.states)),
            input_symbols=set(self.letters),
            transitions={
                q: {letter: int(self.table[x, q]) for x, letter in enumerate(self.letters)} for q in range(self.states)
            },
            initial_state=self.start,
            final_states={int(q) for q in np.flatnonzero(self.accepting)},
            allow_partial=False,
        )

    # What it is -----------------------------------------------------------------------------------------------------

    @property
    def states(self) -> int:
        """Number of states |Q|."""
        return int(self.table.shape[1])

    def __repr__(self) -> str:
        shown = ", ".join(self.letters[:6]) + (", …" if len(self.letters) > 6 else "")
        return f"Automaton({self.states} states, letters {{{shown}}}, {int(self.accepting.sum())} accepting)"

    def __eq__(self, other: object) -> bool:
        """Same table, start, accepting states and letters; for equality of languages see `counterexample`."""
        if not isinstance(other, Automaton):
            return NotImplemented
        return (
            self.letters == other.letters
            and self.start == other.start
            and np.array_equal(self.table, other.table)
            and np.array_equal(self.accepting, other.accepting)
        )

    def __hash__(self) -> int:
        return hash((self.letters, self.start, self.table.tobytes(), self.accepting.tobytes()))

    # Words ----------------------------------------------------------------------------------------------------------

    def encode(self, word: Word) -> Int[np.ndarray, " time"]:
        """Letter numbers of a word.

        Raises:
            LanguageError: naming the first letter outside the alphabet.
        """
        return encode_word(word, self.letters)

    def run(self, word: Int[np.ndarray, " time"]) -> Int[np.ndarray, " time_plus_1"]:
        """States visited on a word of letter numbers, the start state first.

        Raises:
            LanguageError: when a number is no letter.
        """
        self._check_encoded(word)
        if len(word) >= _COMPILED_WORDS_FROM:
            from expressivity.automaton import automaton_kernels

            visited: np.ndarray = automaton_kernels.visited_states(self.table, self.start, word)
            return visited
        visited = np.empty(len(word) + 1, dtype=np.int32)
        visited[0] = state = self.start
        table = self.table.tolist() if len(word) > 4 * self.states else self.table
        for t, letter in enumerate(word.tolist(), start=1):
            visited[t] = state = table[letter][state]
        return visited

    def accepts(self, word: Word) -> bool:
        """Whether the word is in the language; long words run through a compiled loop.

        Raises:
            LanguageError: naming the first letter outside the alphabet.
        """
        if len(word) < _COMPILED_WORDS_FROM:
            return bool(self.accepting[self.run(self.encode(word))[-1]])
        if not isinstance(word, str):
            return self.accepts_encoded(self.encode(word))
        from expressivity.automaton import automaton_kernels

        moves = (self.table.T * len(self.letters)).astype(np.int64).ravel()
        codes, numbers = character_codes(word), letter_of_code(self.letters)
        state, wrong = automaton_kernels.final_state_of_codes(moves, len(self.letters), self.start, codes, numbers)
        if wrong >= 0:
            raise not_a_letter(word[wrong], word, self.letters)
        return bool(self.accepting[state])

    def accepts_encoded(self, word: Int[np.ndarray, " time"]) -> bool:
        """Whether a word of letter numbers is in the language.

        Raises:
            LanguageError: when a number is no letter.
        """
        if len(word) < _COMPILED_WORDS_FROM:
            return bool(self.accepting[self.run(word)[-1]])
        from expressivity.automaton import automaton_kernels

        self._check_encoded(word)
        return bool(self.accepting[automaton_kernels.final_state(self.table, self.start, word)])

    def _check_encoded(self, word: np.ndarray) -> None:
        if len(word) and (word.min() < 0 or word.max() >= len(self.letters)):
            at = int(np.flatnonzero((word < 0) | (word >= len(self.letters)))[0])
            raise LanguageError(
                f"letter number {int(word[at])} at position {at} is outside 0 to {len(self.letters) - 1}; "
                "`encode` turns a word into letter numbers"
            )

    # Operations -----------------------------------------------------------------------------------------------------

    def reachable(self) -> Automaton:
        """The reachable part, states renumbered breadth-first from the start with letters in order."""
        if _worth_compiling(self.table.size):
            from expressivity.automaton import automaton_kernels

            kept: np.ndarray = automaton_kernels.reachable_order(self.table, self.start)
        else:
            order = [self.start]
            seen = {self.start}
            columns = self.table.T.tolist()
            for state in order:
                for target in columns[state]:
                    if target not in seen:
                        seen.add(target)
                        order.append(target)
            kept = np.array(order)
        number = np.full(self.states, -1, dtype=np.int32)
        number[kept] = np.arange(len(kept), dtype=np.int32)
        return Automaton(number[self.table[:, kept]], 0, self.accepting[kept], self.letters)

    def minimal(self) -> Automaton:
        """The minimal complete automaton of the same language, numbered breadth-first (a canonical form).

        Source: Hopcroft 1971, in n log n: compiled for large tables, in plain Python for small ones.
        """
        trimmed = self.reachable()
        if _worth_compiling(trimmed.table.size):
            from expressivity.automaton import automaton_kernels

            block = automaton_kernels.hopcroft(trimmed.table, trimmed.accepting)
        else:
            block = automaton_loops.hopcroft(trimmed.table, trimmed.accepting)
        count = int(block.max()) + 1
        representative = np.zeros(count, dtype=np.int64)
        representative[block] = np.arange(trimmed.states)
        table = block[trimmed.table[:, representative]].astype(np.int32)
        return Automaton(table, int(block[0]), trimmed.accepting[representative], self.letters).reachable()

    def counterexample(self, other: Automaton) -> tuple[str, ...] | None:
        """A shortest word on which the two languages differ, or None when they are equal.

        Letters are matched by name; among shortest words the first in breadth-first order is returned.

        Raises:
            LanguageError: when the alphabets differ.

        Source: Hopcroft & Karp 1971 with a first-in-first-out queue, which keeps counterexamples shortest.
        """
        if set(self.letters) != set(other.letters):
            missing = sorted(set(self.letters) ^ set(other.letters))
            raise LanguageError(
                f"the alphabets differ: {list(self.letters)} and {list(other.letters)} (not shared: {missing}); "
                "extend the smaller one with `with_letters`"
            )
        rows = [other.letters.index(letter) for letter in self.letters]
        second = np.ascontiguousarray(other.table[rows])
        second.setflags(write=False)
        if _worth_compiling(self.table.size + second.size):
            from expressivity.automaton import automaton_kernels

            found = automaton_kernels.hopcroft_karp(
                self.table, self.start, self.accepting, second, other.start, other.accepting
            )
            letters = None if found is None else [int(x) for x in found]
        else:
            letters = automaton_loops.hopcroft_karp(
                self.table, self.start, self.accepting, second, other.start, other.accepting
            )
        return None if letters is None else tuple(self.letters[x] for x in letters)

    def complement(self) -> Automaton:
        """The automaton of the complementary language."""
        return Automaton(self.table, self.start, ~self.accepting, self.letters)

    def with_letters(self, letters: Sequence[str]) -> Automaton:
        """The same language over another order of its alphabet, or over a larger alphabet.

        Letters that were not there lead to a rejecting sink.

        Raises:
            LanguageError: when a present letter is left out.
        """
        lost = [letter for letter in self.letters if letter not in letters]
        if lost:
            raise LanguageError(f"letters {lost} would be lost; the new alphabet must contain {list(self.letters)}")
        if set(letters) == set(self.letters):
            rows = [self.letters.index(letter) for letter in letters]
            return Automaton(self.table[rows], self.start, self.accepting, tuple(letters))
        table = np.full((len(letters), self.states + 1), self.states, dtype=np.int32)
        for x, letter in enumerate(letters):
            if letter in self.letters:
                table[x, :-1] = self.table[self.letters.index(letter)]
        return Automaton(table, self.start, np.append(self.accepting, False), tuple(letters))


def _worth_compiling(entries: int) -> bool:
    """Whether the compiled kernels beat plain Python on tables of this many entries; both give the same results."""
    loaded = "expressivity.automaton.automaton_kernels" in sys.modules
    return entries >= (_COMPILED_ONCE_LOADED_FROM if loaded else _COMPILED_FROM)


def default_letters(count: int) -> tuple[str, ...]:
    """Names for letters nobody named: a … z, then x0, x1, …."""
    if count <= 26:
        return tuple("abcdefghijklmnopqrstuvwxyz"[:count])
    return tuple(f"x{i}" for i in range(count))
