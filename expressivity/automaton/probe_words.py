"""Words that probe a recogniser of a regular language: all short ones, random long ones, those of the W-method.

Words are letter numbers, given in batches of equal lengths: arrays of shape (batch, time).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from expressivity.automaton import Automaton

_W_METHOD_BUDGET = 10_000  # words, when the caller names no number of extra states
_MOST_EXTRA_STATES = 8  # tried on nobody's request; over one letter the budget alone would allow thousands
_CHUNK = 512  # words per batch, roughly

_Batch = np.ndarray


def count_words(letters: int, length: int) -> int:
    """Number of words of up to `length` letters."""
    return sum(letters**t for t in range(length + 1))


def all_words(letters: int, lengths: range) -> Iterator[_Batch]:
    """All words of the given lengths, shortest first and in the order of the letters."""
    for length in lengths:
        powers = [letters**t for t in reversed(range(length))]
        total = letters**length
        for first in range(0, total, 8 * _CHUNK):
            numbers = np.arange(first, min(total, first + 8 * _CHUNK))
            yield (
                np.stack([numbers // power % letters for power in powers], axis=1)
                if length
                else numbers[:, None][:, :0]
            )


def random_words(
    language: Automaton, count: int, shortest: int, longest: int, rng: np.random.Generator
) -> Iterator[_Batch]:
    """`count` words, lengths on a geometric ladder beyond `shortest`, shared out evenly among the six kinds."""
    lowest = min(shortest + 1, longest)
    lengths = sorted({round(x) for x in np.geomspace(lowest, longest, 8)})
    kinds = (_independent, _lopsided, _runs, _periodic, _walks, _changed_walks)
    plans = [(kind, length) for length in lengths for kind in kinds]
    for i, (kind, length) in enumerate(plans):
        share = count // len(plans) + (i < count % len(plans))
        if share:
            yield kind(language, share, length, rng)


def _independent(language: Automaton, count: int, length: int, rng: np.random.Generator) -> _Batch:
    """Independent letters."""
    return rng.integers(len(language.letters), size=(count, length))


def _lopsided(language: Automaton, count: int, length: int, rng: np.random.Generator) -> _Batch:
    """Independent letters in proportions of which a few dominate."""
    letters = len(language.letters)
    shares = rng.dirichlet(np.full(letters, 0.3), size=count)
    return np.stack([rng.choice(letters, size=length, p=share) for share in shares])


def _runs(language: Automaton, count: int, length: int, rng: np.random.Generator) -> _Batch:
    """Runs of one letter, of geometric lengths, longer in some words than in others."""
    drawn = rng.integers(len(language.letters), size=(count, length))
    begins = rng.random((count, length)) < 1 / rng.integers(2, 2 * language.states + 8, size=(count, 1))
    begins[:, 0] = True
    origin = np.maximum.accumulate(np.where(begins, np.arange(length), 0), axis=1)
    return np.take_along_axis(drawn, origin, axis=1)


def _periodic(language: Automaton, count: int, length: int, rng: np.random.Generator) -> _Batch:
    """A block repeated over and over."""
    periods = rng.integers(1, language.states + 3, size=(count, 1))
    drawn = rng.integers(len(language.letters), size=(count, int(periods.max())))
    return np.take_along_axis(drawn, np.arange(length)[None, :] % periods, axis=1)


def _walks(language: Automaton, count: int, length: int, rng: np.random.Generator) -> _Batch:
    """Walks that avoid states from which the verdict is settled, wherever a letter allows it."""
    settled = (language.table == np.arange(language.states)).all(axis=0)
    state = np.full(count, language.start)
    word = np.empty((count, length), dtype=np.int64)
    for t in range(length):
        targets = language.table[:, state].T
        word[:, t] = np.argmax(rng.random(targets.shape) - settled[targets], axis=1)
        state = language.table[word[:, t], state]
    return word


def _changed_walks(language: Automaton, count: int, length: int, rng: np.random.Generator) -> _Batch:
    """Such walks with one letter changed at random."""
    word = _walks(language, count, length, rng)
    word[np.arange(count), rng.integers(length, size=count)] = rng.integers(len(language.letters), size=count)
    return word


def w_method(language: Automaton, extra_states: int | None, beyond: int) -> tuple[int | None, Iterator[_Batch]]:
    """The number k of extra states and the W-method words of more than `beyond` letters for it."""
    letters, states = len(language.letters), language.states
    # At least log2 |Q| words are needed to tell |Q| states apart: where even these are too many, spare the search.
    fewest = states * (1 + letters) * max(1, (states - 1).bit_length())
    if extra_states is None and fewest > _W_METHOD_BUDGET:
        return None, iter(())
    tests = characterising_set(language)
    if extra_states is None:
        sizes = [states * count_words(letters, k + 1) * len(tests) for k in range(_MOST_EXTRA_STATES + 1)]
        extra_states = sum(size <= _W_METHOD_BUDGET for size in sizes) - 1
        if extra_states < 0:
            return None, iter(())
    return extra_states, _w_method_words(language, tests, extra_states, beyond)


def _w_method_words(
    language: Automaton, tests: list[tuple[int, ...]], extra_states: int, beyond: int
) -> Iterator[_Batch]:
    """The words u·v·w of the W-method, gathered by length into batches."""
    waiting: dict[int, list[np.ndarray]] = {}
    for u in access_words(language):
        for middle in all_words(len(language.letters), range(extra_states + 2)):
            for w in tests:
                length = len(u) + middle.shape[1] + len(w)
                if length <= beyond:
                    continue
                row = np.empty((len(middle), length), dtype=np.int64)
                row[:, : len(u)] = u
                row[:, len(u) : length - len(w)] = middle
                row[:, length - len(w) :] = w
                waiting.setdefault(length, []).append(row)
                if sum(map(len, waiting[length])) >= _CHUNK:
                    yield np.unique(np.concatenate(waiting.pop(length)), axis=0)
    for length in sorted(waiting):
        yield np.unique(np.concatenate(waiting[length]), axis=0)


def access_words(language: Automaton) -> list[tuple[int, ...]]:
    """A shortest word to every state of an automaton all of whose states can be reached."""
    words: dict[int, tuple[int, ...]] = {language.start: ()}
    queue = [language.start]
    for state in queue:
        for letter, target in enumerate(language.table[:, state].tolist()):
            if target not in words:
                words[target] = (*words[state], letter)
                queue.append(target)
    return list(words.values())


def characterising_set(language: Automaton) -> list[tuple[int, ...]]:
    """At most max(1, |Q| − 1) words, the empty one among them, that tell all states of a minimal automaton apart."""
    words: list[tuple[int, ...]] = [()]
    answers = [language.accepting]
    block = np.unique(language.accepting, return_inverse=True)[1].reshape(-1)
    while int(block.max()) + 1 < language.states:
        # Some letter leads two states of one block to different blocks, else the automaton would not be minimal.
        for letter, row in enumerate(language.table):
            split = block * language.states + block[row]
            order = np.argsort(split, kind="stable")
            p, q = order[:-1], order[1:]
            parted = np.flatnonzero((block[p] == block[q]) & (split[p] != split[q]))
            if parted.size:
                first, second = row[p[parted[0]]], row[q[parted[0]]]
                word = next(i for i, answer in enumerate(answers) if answer[first] != answer[second])
                words.append((letter, *words[word]))
                answers.append(answers[word][row])
                block = np.unique(2 * block + answers[-1], return_inverse=True)[1].reshape(-1)
                break
    return words
