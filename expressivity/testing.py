"""For anybody's test suite: `assert_verified` decides a network; `assert_recognises` tries any recogniser on words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from jaxtyping import Bool, Int

from expressivity.automaton import Automaton, probe_words
from expressivity.errors import LanguageError

if TYPE_CHECKING:
    from expressivity.networks.network import Network
    from expressivity.verification.answers import Equivalent
    from expressivity.verification.exploration.budgets import Seconds

_EXHAUSTIVE_BUDGET = 2_000  # words, when the caller names no length
_BATCH = 512  # words handed to a batched recogniser at once
_SHRINK_BUDGET = 3_000_000  # letters read while a failing word is made shorter

_Batch = np.ndarray  # letter numbers, (batch, time)


@dataclass(frozen=True)
class RecognitionReport:
    """What `assert_recognises` tried, all of it with the expected verdict.

    Arguments:
        exhaustive_length: every word of up to this many letters was tried.
        exhaustive_words: how many words that were.
        random_words: random words tried.
        random_length: length of the longest of them.
        w_method_words: W-method words tried beyond those.
        extra_states: the k of the W-method, or None when its words were too many for the default budget.
        states: number of states of the minimal complete automaton of the language.
        empty_word: whether the recogniser could be asked about the empty word.
    """

    exhaustive_length: int
    exhaustive_words: int
    random_words: int
    random_length: int
    w_method_words: int
    extra_states: int | None
    states: int
    empty_word: bool

    @property
    def guarantee(self) -> str:
        """What follows from the words tried, and what does not."""
        if self.extra_states is None:
            exact = f"agreement is certain on words of up to {self.exhaustive_length} letters"
        else:
            bound = self.states + self.extra_states
            exact = f"agreement is certain if the recogniser is a deterministic automaton of at most {bound} states"
        if not self.empty_word:
            exact += ", the empty word aside, about which it could not be asked"
        return f"This tests and does not prove: {exact}; use expressivity.verify to decide for words of all lengths."

    def __str__(self) -> str:
        return f"agreed on {_tried(self)}. {self.guarantee}"


class RecognitionError(AssertionError):
    """A recogniser disagrees with a language, or fails, on a word.

    Attributes:
        word: the shortest failing word found, a string when all letters are single characters, else a tuple of names.
        expected: whether the language contains the word.
        observed: the recogniser's verdict, or the exception it raised.
    """

    def __init__(
        self, message: str, *, word: str | tuple[str, ...], expected: bool, observed: bool | Exception
    ) -> None:
        super().__init__(message)
        self.word = word
        self.expected = expected
        self.observed = observed


def assert_verified(
    network: Network,
    language: Any,
    *,
    arithmetic: str = "exact",
    max_states: int = 200_000,
    max_seconds: Seconds | None = None,
    max_memory: int | None = None,
    check: bool = True,
) -> Equivalent:
    """Demand that a network is proved to recognise a language, for words of all lengths.

    Arguments: as in `expressivity.verify`.

    Returns:
        The proof.

    Raises:
        AssertionError: when the network is wrong or the question stays undecided; its text is the answer in words.
        ExpressivityError: as `expressivity.verify` does.
    """
    __tracebackhide__ = True
    # Only needed here; trying a recogniser should not cost loading the decision procedures.
    from expressivity.verification.answers import Equivalent
    from expressivity.verification.verify import verify

    answer = verify(
        network,
        language,
        arithmetic=arithmetic,
        max_states=max_states,
        max_seconds=max_seconds,
        max_memory=max_memory,
        check=check,
    )
    if not isinstance(answer, Equivalent):
        raise AssertionError(str(answer.told()))
    return answer


def assert_recognises(
    recogniser: Any,
    language: Any,
    *,
    batched: bool = False,
    exhaustive_length: int | None = None,
    random_words: int = 500,
    random_length: int = 300,
    extra_states: int | None = None,
    seed: int | np.random.Generator = 0,
) -> RecognitionReport:
    """Test that a recogniser gives the verdict of a language on many words, and name a short word where it does not.

    Three kinds of words are tried: all short ones; long random ones of six kinds (independent letters, lopsided
    proportions, runs of one letter, periodic words, walks that keep the verdict open as long as possible, and such
    walks with one letter changed); and those of the W-method. A failing word is made shorter by deleting and replacing
    letters. This tests and does not prove; `expressivity.verify` decides for words of all lengths.

    The W-method words are u·v·w with u from a set of words reaching every state of the minimal complete automaton, v
    any word of up to k + 1 letters, and w from a set of words telling all its states apart, where k = `extra_states`.
    They are complete for deterministic automata: if the recogniser's verdicts are those of *some* deterministic
    automaton with at most |Q| + k states (|Q| of the minimal complete automaton) and agree on all these words, they
    agree on every word. Of other recognisers (more states, unbounded memory, chance) nothing follows.

    Arguments:
        recogniser: a callable word → bool; with `batched`, a callable list of words → sequence of bools, called with
            words of equal lengths; or an object with `run(words)` giving flags of shape (batch, time) for words of
            equal lengths, the verdict after every letter (as `Network` has; all of them are compared). About the
            empty word, of which `run` says nothing, `accepts(words)` is asked where the object has it. Also an
            `Automaton`. Words are strings when all letters are single characters, else tuples of letter names.
        language: an `Automaton`, or anything `expressivity.language` reads.
        batched: whether the callable takes a list of words.
        exhaustive_length: try all words of up to this many letters; by default as many lengths as fit in 2,000 words.
        random_words: number of random words, at least 0.
        random_length: length of the longest random words, at least 1.
        extra_states: the k above, at least 0; by default the largest up to 8 that fits in 10,000 words, if any.
        seed: seed or generator of the random words.

    Returns:
        A report of what was tried.

    Raises:
        RecognitionError: naming the shortest failing word found, and the verdicts or the recogniser's exception.
        LanguageError: when the options or the language cannot be read.

    Source: Chow 1978 and Vasilevskii 1973 for the W-method; Zeller & Hildebrandt 2002 for shortening the word.
    """
    __tracebackhide__ = True
    given = {"exhaustive_length": exhaustive_length, "random_words": random_words, "extra_states": extra_states}
    problems = [f"{name}={value} is negative" for name, value in given.items() if value is not None and value < 0]
    if random_length < 1:
        problems.append(f"random_length={random_length} is less than 1")
    if not callable(recogniser) and not hasattr(recogniser, "run"):
        problems.append(
            f"the recogniser is a {type(recogniser).__name__}; expected a callable taking a word (or a list of words, "
            "with batched=True) or an object with run(words)"
        )
    if problems:
        raise LanguageError("; ".join(problems))
    minimal = _read(language).minimal()
    judge = _Judge(recogniser, minimal, batched=batched)
    letters = len(minimal.letters)

    if exhaustive_length is None:
        exhaustive_length = 1
        while (
            probe_words.count_words(letters, exhaustive_length + 1) <= _EXHAUSTIVE_BUDGET
            and exhaustive_length < random_length
        ):
            exhaustive_length += 1
    short, found = judge.first_failure(
        probe_words.all_words(letters, range(0 if judge.empty_word else 1, exhaustive_length + 1))
    )
    tried = RecognitionReport(exhaustive_length, short, 0, 0, 0, None, minimal.states, judge.empty_word)
    if found is not None:
        note = "every shorter word was tried and none fails" if found.letters else "no word is shorter"
        _fail(judge, found, note, f"{short:,} word{'s' * (short != 1)} in order of length")

    rng = np.random.default_rng(seed)
    random, found = judge.first_failure(
        probe_words.random_words(minimal, random_words, exhaustive_length, random_length, rng)
    )
    tried = RecognitionReport(
        exhaustive_length, short, random, random_length, 0, None, minimal.states, tried.empty_word
    )
    if found is None:
        k, groups = probe_words.w_method(minimal, extra_states, exhaustive_length)
        chosen, found = judge.first_failure(groups)
        tried = RecognitionReport(
            exhaustive_length, short, random, random_length, chosen, k, minimal.states, judge.empty_word
        )
    if found is not None:
        shortest, finished = judge.shrink(found)
        note = f"shortened from {len(found.letters)}" + ("" if finished else ", stopped at the budget")
        _fail(judge, shortest, f"{note}; no word of up to {exhaustive_length} letters fails", _tried(tried))
    return tried


def _read(language: Any) -> Automaton:
    """The automaton of a language given in any way."""
    if isinstance(language, Automaton):
        return language
    # Only needed for names, patterns and files; an automaton at hand should not cost loading their readers.
    from expressivity.languages import language as read_language

    automaton: Automaton = read_language(language)
    return automaton


def _tried(report: RecognitionReport) -> str:
    """The words tried, in words."""
    parts = [f"all {report.exhaustive_words:,} words of up to {report.exhaustive_length} letters"]
    if report.random_words:
        parts.append(f"{report.random_words:,} random words of up to {report.random_length:,} letters")
    if report.w_method_words:
        parts.append(f"{report.w_method_words:,} longer W-method words for {report.extra_states} extra states")
    return ", ".join(parts)


def _fail(judge: _Judge, failure: _Failure, note: str, tried: str) -> NoReturn:
    """Raise the error of a failing word."""
    __tracebackhide__ = True
    word = judge.spell(failure.letters)
    count = len(failure.letters)
    verdict = "accept" if failure.expected else "reject"
    size = f"{count} letter" + ("s" if count != 1 else "")
    crash = isinstance(failure.observed, Exception)
    if crash:
        what = (
            f"expected {verdict}, but the recogniser failed with {type(failure.observed).__name__}: {failure.observed}"
        )
    else:
        what = f"expected {verdict}, observed {'accept' if failure.observed else 'reject'}"
    if failure.position < count:
        what += f" (as its verdict after the first {failure.position} letters of this word)"
    if failure.together > 1:
        what += f" (in a batch of {failure.together} words that begins with this one; alone it causes no exception)"
    message = (
        f"the recogniser {'fails' if crash else 'disagrees with the language'} on {word!r} ({size}; {note}): {what}.\n"
        f"Tried until then: {tried}.\n"
        "This tests and does not prove; use expressivity.verify to decide for words of all lengths."
    )
    error = RecognitionError(message, word=word, expected=failure.expected, observed=failure.observed)
    raise error from (failure.observed if isinstance(failure.observed, Exception) else None)


# Asking the recogniser ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Failure:
    """A word on which verdicts differ, `position` letters into it; or on which (`together`) the recogniser raised."""

    letters: tuple[int, ...]
    position: int
    expected: bool
    observed: bool | Exception
    together: int = 1


class _Judge:
    """Compares a recogniser with a minimal automaton on batches of words of equal lengths."""

    def __init__(self, recogniser: Any, language: Automaton, *, batched: bool) -> None:
        self.language = language
        self.every_position = False
        self.empty_word = True
        self.batch = _BATCH
        if isinstance(recogniser, Automaton):
            recogniser = recogniser.accepts
        if hasattr(recogniser, "run"):
            self.every_position = True
            self.empty_word = hasattr(recogniser, "accepts")
            self._ask: Callable[[list[Any]], Any] = recogniser.run
            self._ask_empty = recogniser.accepts if self.empty_word else recogniser.run
        elif batched:
            self._ask = self._ask_empty = recogniser
        else:
            self.batch = 1
            self._ask = self._ask_empty = lambda words: [recogniser(word) for word in words]

    def spell(self, numbers: tuple[int, ...]) -> str | tuple[str, ...]:
        """A word as the recogniser reads it."""
        names = tuple(self.language.letters[x] for x in numbers)
        return "".join(names) if all(len(letter) == 1 for letter in self.language.letters) else names

    def expected(self, group: Int[np.ndarray, "batch time"]) -> Bool[np.ndarray, "batch time_plus_1"]:
        """Verdicts of the language before the first and after every letter."""
        states = np.empty((len(group), group.shape[1] + 1), dtype=np.int64)
        states[:, 0] = self.language.start
        for t in range(group.shape[1]):
            states[:, t + 1] = self.language.table[group[:, t], states[:, t]]
        return self.language.accepting[states]

    def examine(self, group: Int[np.ndarray, "batch time"]) -> _Failure | None:
        """The first failing word of a batch handed to the recogniser at once, if any."""
        batch, time = group.shape
        expected = self.expected(group)
        expected = expected[:, 1:] if self.every_position and time else expected[:, -1:]
        words = [self.spell(tuple(row)) for row in group.tolist()]
        try:
            answer = self._ask(words) if time else self._ask_empty(words)
            observed = _flags(answer, expected.shape, every_position=self.every_position and time > 0)
        except Exception as error:
            if batch > 1:
                # Halving finds the word that raises; where none does alone, the batch itself is to blame.
                half = batch // 2
                alone = self.examine(group[:half]) or self.examine(group[half:])
                if alone is not None:
                    return alone
            return _Failure(tuple(group[0].tolist()), time, bool(expected[0, -1]), error, batch)
        rows = np.flatnonzero((observed != expected).any(axis=1))
        if not rows.size:
            return None
        row = int(rows[0])
        column = int(np.argmax(observed[row] != expected[row]))
        position = time if expected.shape[1] == 1 else column + 1
        return _Failure(tuple(group[row].tolist()), position, bool(expected[row, column]), bool(observed[row, column]))

    def first_failure(self, groups: Iterator[_Batch]) -> tuple[int, _Failure | None]:
        """How many words were tried, up to and including the batch of the first failing one, and that one."""
        count = 0
        for group in groups:
            for first in range(0, len(group), self.batch):
                part = group[first : first + self.batch]
                count += len(part)
                failure = self.examine(part)
                if failure is not None:
                    return count, failure
        return count, None

    def shrink(self, failure: _Failure) -> tuple[_Failure, bool]:
        """A shorter failing word of the same kind from which no letter can be left out; False when out of budget."""
        budget = _SHRINK_BUDGET
        crash = isinstance(failure.observed, Exception)
        states, least = self.language.states, 0 if self.empty_word else 1

        def better(groups: Iterator[_Batch]) -> _Failure | None:
            nonlocal budget
            for group in groups:
                step = min(self.batch, 16)
                for first in range(0, len(group), step):
                    part = group[first : first + step]
                    if budget < part.size:
                        budget = 0
                        return None
                    budget -= part.size
                    found = self.examine(part)
                    if found is not None and isinstance(found.observed, Exception) == crash:
                        return found
            return None

        while True:
            found = better(_simpler(np.array(failure.letters, dtype=np.int64), failure.position, states, least))
            if found is None:
                return failure, budget > 0
            failure = found


def _flags(values: Any, shape: tuple[int, ...], *, every_position: bool) -> Bool[np.ndarray, "batch position"]:
    """A recogniser's answer as booleans; anything but as many true/false (or 0/1) values is refused."""
    array = np.asarray(values)
    if array.size == 1:
        array = array.reshape(-1)
    flat = shape[1] == 1 and array.shape == shape[:1]
    if array.shape != shape and not flat:
        wanted = shape if every_position else shape[:1]
        raise ValueError(f"the answer has shape {array.shape}; expected {wanted}, one verdict each")
    if array.dtype != bool:
        numeric = array.dtype.kind in "iuf"
        if not numeric or not np.isin(array, (0, 1)).all():
            shown = np.array2string(array.reshape(-1)[:5], separator=", ")
            raise ValueError(f"the answer is {shown}; expected True or False")
    result: np.ndarray = array.astype(bool).reshape(shape)
    return result


def _simpler(word: Int[np.ndarray, " time"], position: int, states: int, least: int) -> Iterator[_Batch]:
    """Simpler words, the simplest first: a prefix, words with a piece left out, words with an earlier letter."""
    if least <= position < len(word):
        yield word[None, :position]
    # Whole cycles of the automaton must go at once where its states count something: they have at most |Q| letters.
    sizes = {2**i for i in range(len(word).bit_length())} | set(range(1, min(states, 16) + 1)) | {len(word)}
    for size in sorted((size for size in sizes if size <= len(word) - least), reverse=True):
        starts = range(0, len(word) - size + 1, max(1, size // 2))
        at_once = max(1, 2**20 // len(word))  # deleting every single letter of a very long word would fill the memory
        for chunk in range(0, len(starts), at_once):
            yield np.stack([np.delete(word, slice(i, i + size)) for i in starts[chunk : chunk + at_once]])
    for i in np.flatnonzero(word).tolist():
        changed = np.repeat(word[None, :], word[i], axis=0)
        changed[:, i] = np.arange(word[i])
        yield changed
