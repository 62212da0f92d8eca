"""Words that are run letter by letter, and how a run is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.networks.network import Network
from expressivity.playground.app.markdown import plain, shown_word
from expressivity.playground.app.sentences import shortest_words
from expressivity.plots.orbits import drift_figure, orbit_figure
from expressivity.verification.answers import Answer, Counterexample
from expressivity.verification.traces import Trace, trace

_MOST_RUN = 2_000
_MOST_ROWS = 24
_MOST_NAMED = 12  # letters that are named


def read_word(text: str, letters: tuple[str, ...]) -> tuple[str, ...]:
    """A word as somebody types it: letters one after the other, or separated by blanks where they are longer.

    Arguments:
        text: the word; blanks around it are ignored.
        letters: the alphabet.

    Raises:
        LanguageError: naming the first part that is no letter.
    """
    text = text.strip()
    if not text:
        return ()
    parts = tuple(text.split()) if not _single(letters) or " " in text else tuple(text)
    for part in parts:
        if part not in letters:
            some = " ".join(letters[:_MOST_NAMED]) + (" …" if len(letters) > _MOST_NAMED else "")
            raise LanguageError(f"{part!r} is no letter of this language; type letters out of {some}, {_how(letters)}")
    return parts


def _single(letters: tuple[str, ...]) -> bool:
    return all(len(letter) == 1 for letter in letters)


def _how(letters: tuple[str, ...]) -> str:
    return "one after the other" if _single(letters) else "separated by blanks"


def first_word(language: Automaton | None, answer: Answer | None) -> tuple[str, ...]:
    """A word worth running: the failing one, else a short one of the language that is not empty.

    Arguments:
        language: the language; without one the word is empty.
        answer: what verifying gave, which may know a failing word; one too long to be run is passed over.
    """
    if language is None:
        return ()
    failing = _failing(answer)
    if failing is not None:
        return failing
    return next((word for word in reversed(shortest_words(language, 3)) if word), language.letters[:1])


def _failing(answer: Answer | None) -> tuple[str, ...] | None:
    word = answer.word if isinstance(answer, Counterexample) else None
    return word if word is not None and len(word) <= _MOST_RUN else None


def words_told(text: str, language: Automaton | None, answer: Answer | None) -> str:
    """What can be typed, and which word is run when nothing is, in Markdown.

    Arguments:
        text: what is typed.
        language: the language; without one there is nothing to tell.
        answer: as in `first_word`.
    """
    if language is None:
        return ""
    letters = language.letters
    named = " ".join(shown_word((letter,)) for letter in letters[:_MOST_NAMED])
    more = f" and {len(letters) - _MOST_NAMED:,} more" if len(letters) > _MOST_NAMED else ""
    told = f"Letters: {named}{more}, {_how(letters)}."
    if text.strip():
        return told
    kind = "a short word" if _failing(answer) is None else "the failing word of the verdict"
    return f"{told} Nothing is typed; this is the run on {kind}, {shown_word(first_word(language, answer))}."


def trace_rows(trace: Trace, language: Automaton) -> list[dict[str, object]]:
    """A run as rows of a table, letter by letter; of a long one the beginning, the first error and the end.

    Arguments:
        trace: the run.
        language: what the verdicts should be.
    """
    numbers = language.encode(trace.word)
    wanted = [bool(language.accepting[q]) for q in language.run(numbers)]
    got = [bool(flag) for flag in trace.verdicts]
    wrong = first_error(trace, language)
    steps = list(range(len(got)))
    if len(steps) > _MOST_ROWS:
        around = [] if wrong is None else [s for s in range(wrong - 2, wrong + 3) if 0 <= s < len(got)]
        steps = sorted({*steps[:8], *around, *steps[-8:]})
    rows: list[dict[str, object]] = []
    for step in steps:
        right = got[step] == wanted[step]
        rows.append(
            {
                "t": step,
                "letter": plain(trace.word[step - 1]) if step else "–",
                "state": " · ".join(_state(trace, depth, step) for depth in range(len(trace.states))),
                "network": "accepts" if got[step] else "rejects",
                "language": "in" if wanted[step] else "not in",
                "": "✓" if right else "✗ wrong",
            }
        )
    return rows


def _state(trace: Trace, depth: int, step: int) -> str:
    values = trace.floats(depth)[step].tolist()
    shown = ", ".join(f"{value:.6g}".replace("-", "−") for value in values[:6])
    return f"({shown}{', …' if len(values) > 6 else ''})"


@dataclass(frozen=True, eq=False)
class Run:
    """A run on a word, and the exact run beside it.

    Arguments:
        run: in the arithmetic asked for.
        exact: in exact arithmetic; None where that is the one asked for.
    """

    run: Trace
    exact: Trace | None


def run_typed(network: Network, language: Automaton, text: str, otherwise: tuple[str, ...], arithmetic: str) -> Run:
    """A run on a word as it is typed, step by step.

    Arguments:
        network: the network.
        language: its language, for the letters.
        text: the word as `read_word` reads it.
        otherwise: the word to run when nothing is typed.
        arithmetic: as `parse_arithmetic` reads it.

    Raises:
        LanguageError: for a word of more than 2,000 letters, or with a letter outside the alphabet.
        FormatError: for an arithmetic in which networks are not run.
    """
    word = read_word(text, language.letters) if text.strip() else otherwise
    if len(word) > _MOST_RUN:
        raise LanguageError(f"the word has {len(word):,} letters; the page runs at most {_MOST_RUN:,}")
    exact = None if arithmetic == "exact" else trace(network, word, "exact")
    return Run(trace(network, word, arithmetic), exact)


def run_figure(run: Run | None, language: Automaton | None) -> Any:
    """The orbit of the last layer's states; in finite arithmetic beside the exact one, the first error marked."""
    if run is None or language is None:
        return None
    if run.exact is None:
        return orbit_figure(run.run.floats())
    wrong = first_error(run.run, language)
    return drift_figure(run.exact.floats(), run.run.floats(), label=_with_order(run.run.arithmetic), horizon=wrong)


def _with_order(arithmetic: str) -> str:
    """An arithmetic with its order, also where that is the usual one."""
    return arithmetic if "/" in arithmetic else f"{arithmetic}/per-operation"


def first_error(trace: Trace, language: Automaton) -> int | None:
    """The length of the shortest prefix on which the verdict is wrong, or None."""
    wanted = language.accepting[np.asarray(language.run(language.encode(trace.word)))]
    wrong = np.flatnonzero(np.asarray(wanted, dtype=bool) != trace.verdicts)
    return int(wrong[0]) if wrong.size else None
