"""What the app's controls offer, and what their values mean: the cells of the notebook only arrange it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from expressivity.algebra.green import EggBox
from expressivity.automaton import Automaton
from expressivity.errors import ExpressivityError, LanguageError
from expressivity.experiments.verdict_table import Verdict
from expressivity.languages import zoo_entry
from expressivity.networks.families import FAMILIES
from expressivity.networks.network import Network
from expressivity.playground.questions import (
    Built,
    Decision,
    read_typed,
    read_upload,
    read_word,
    run_word,
    spelled,
)
from expressivity.playground.sentences import (
    Told,
    arithmetic_sentence,
    family_sentence,
    shortest_words,
    tell_decision,
    tell_error,
    tell_language,
    tell_refusal,
    tell_search,
)
from expressivity.playground.server import APP, notebooks
from expressivity.playground.text import markdown_table, plain
from expressivity.playground.weights import hidden_rows, weight_rows
from expressivity.playground.worker import Worker
from expressivity.plots.automata import automata_figure
from expressivity.plots.orbits import drift_figure, orbit_figure
from expressivity.verification.answers import Counterexample, Undecided
from expressivity.verification.traces import Trace

ZOO, TYPED, FILE = "from the zoo", "type it", "from a file"
"""Where a language comes from."""

FORMATS = (
    "exact",
    "fp64",
    "fp32",
    "tf32",
    "fp16",
    "bf16",
    "bf16:fp32",
    "fp8_e4m3fn",
    "fp8_e5m2",
    "fp6_e2m3",
    "fp6_e3m2",
    "fp4_e2m1",
    "q3.4",
    "int8",
    "uint8",
)
"""Number formats offered; `bf16:fp32` keeps weights in bf16 and the state in fp32."""

CAST = "exact-then-cast"
ORDERS = ("per-operation", "fused", "accumulate-fp32", "chunked:2", "chunked:16", "chunked:64", CAST)
"""Evaluation orders offered."""

ROUNDINGS = ("nearest-even", "nearest-away", "toward-zero", "up", "down")
"""Roundings offered."""

FACTORS = {"any": None, "at most 1": 1, "at most 2": 2, "at most 3": 3, "at most 4": 4}
"""Limits on the Householder factors of a letter."""

PATIENCE = {"5 seconds": 5.0, "20 seconds": 20.0, "1 minute": 60.0, "5 minutes": 300.0}
"""Limits on the time of an answer."""

_MOST_ROWS = 24
_MOST_TYPED = 500  # letters of a failing word that are put into the field for words


@runtime_checkable
class Upload(Protocol):
    """A file as marimo hands it over."""

    name: str
    contents: bytes


@dataclass(frozen=True)
class LanguageChoice:
    """Which language is asked about.

    Arguments:
        kind: `ZOO`, `TYPED` or `FILE`.
        text: the name, the text, or the file's name.
        contents: bytes of the file.
    """

    kind: str
    text: str
    contents: bytes = b""

    @property
    def spec(self) -> str:
        """The language as the command line reads it."""
        return spelled(self.text) if self.kind == TYPED else self.text

    @property
    def stem(self) -> str:
        """A file name for what is about this language, without an ending."""
        kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in self.text.removesuffix(".json"))
        return kept.strip("-")[:40] or "language"


def language_choice(kind: str, zoo: str | None, typed: str, uploads: Sequence[Upload]) -> LanguageChoice:
    """What the controls for a language say.

    Arguments:
        kind: which of the three is in front.
        zoo: the name chosen.
        typed: the text typed.
        uploads: files given, the last one counts.
    """
    if kind == TYPED:
        return LanguageChoice(TYPED, typed)
    if kind == FILE:
        return LanguageChoice(FILE, uploads[-1].name, uploads[-1].contents) if uploads else LanguageChoice(FILE, "")
    return LanguageChoice(ZOO, zoo or "parity")


def read_choice(choice: LanguageChoice) -> Automaton:
    """The automaton of a choice.

    Arguments:
        choice: the choice.

    Raises:
        LanguageError: when there is no such language, or no file yet.
    """
    if choice.kind == ZOO:
        return zoo_entry(choice.text).automaton()
    if choice.kind == TYPED:
        return read_typed(choice.text)
    if not choice.text:
        raise LanguageError("no file is chosen yet; choose one that ends in .att, .jff, .dot or .json")
    return read_upload(choice.text, choice.contents)


def family_options() -> list[str]:
    """Names of the families."""
    return list(FAMILIES)


def arithmetic_of(number_format: str, order: str, rounding: str) -> str:
    """The arithmetic that three controls name together.

    Arguments:
        number_format: one of `FORMATS`.
        order: one of `ORDERS`; without meaning for exact numbers.
        rounding: one of `ROUNDINGS`; likewise.
    """
    if number_format == "exact":
        return "exact"
    state = number_format.rpartition(":")[2]
    base = f"exact:{state}" if order == CAST else number_format
    return f"{base}/{order}" + ("" if rounding == "nearest-even" else f"/{rounding}")


class Desk:
    """Takes questions, and gives an answer or a sentence on why there is none.

    Arguments:
        worker: the process that works on them.
        seconds: time for each.
    """

    def __init__(self, worker: Worker, seconds: int | float) -> None:
        self.worker, self.seconds = worker, seconds

    def ask(self, function: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, Told | None]:
        """The answer and None; or None and the reason; or twice None when something the question needs is missing.

        Arguments:
            function: the question, a function of `questions` or alike.
            args: what it is about; None stands for an earlier question without an answer.
            options: further arguments.
        """
        if any(arg is None for arg in args):
            return None, None
        try:
            return self.worker.ask(function, self.seconds, *args, **options), None
        except ExpressivityError as error:
            return None, tell_error(error)


def network_of(built: Built | None) -> Network | None:
    """The network, if there is one."""
    return None if built is None else built.network


def told_of(problems: Sequence[Told | None], built: Built | None, family: str, decision: Decision | None) -> Told:
    """The verdict of the page: the first problem on the way, a refusal, or the decision.

    Arguments:
        problems: why questions have no answer, in the order of asking.
        built: what compiling gave.
        family: name of the family.
        decision: what verifying gave.
    """
    for problem in problems:
        if problem is not None:
            return problem
    if built is not None and built.network is None:
        return tell_refusal(built, family)
    if decision is not None:
        return tell_decision(decision)
    return Told("neutral", "Nothing is asked yet.")


def summary(language: Automaton | None, built: Built | None, family: str, arithmetic: str) -> str:
    """What was asked, as a Markdown list."""
    lines = [] if language is None else [f"**Language**: {tell_language(language)}"]
    lines.append(family_sentence(family))
    if built is not None and built.network is not None:
        network = built.network
        layers, width = len(network.layers), sum(network.widths)
        factors = (
            "" if network.factors is None else f", {network.factors} factor{'s' * (network.factors != 1)} a letter"
        )
        size = f"{layers} layer{'s' * (layers != 1)}, width {width}{factors}"
        lines.append(f"**Network**: {size}; {plain(network.about)}.")
    lines.append(f"**Arithmetic** `{arithmetic}`: {arithmetic_sentence(arithmetic)}")
    return "\n".join(f"- {line}" for line in lines)


def first_word(language: Automaton | None, decision: Decision | None) -> str:
    """A word to begin with: the failing one, else a short one of the language that is not empty."""
    if language is None:
        return ""
    if (
        decision is not None
        and isinstance(decision.answer, Counterexample)
        and len(decision.answer.word) <= _MOST_TYPED
    ):
        return typed(decision.answer.word, language.letters)
    words = [word for word in shortest_words(language, 3) if word] or [language.letters[:1]]
    return typed(words[-1], language.letters)


def typed(word: Sequence[str], letters: Sequence[str]) -> str:
    """A word as one would type it for `questions.read_word`."""
    return ("" if all(len(letter) == 1 for letter in letters) else " ").join(word)


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


def run_typed(network: Network, language: Automaton, text: str, arithmetic: str) -> Run:
    """A run on a word as it is typed; arguments and errors as in `questions.read_word` and `questions.run_word`."""
    word = read_word(text, language.letters)
    exact = None if arithmetic == "exact" else run_word(network, word, "exact")
    return Run(run_word(network, word, arithmetic), exact)


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


def weights_told(network: Network | None) -> str:
    """The weights as a Markdown table."""
    if network is None:
        return "There is no network."
    rest = hidden_rows(network)
    more = f"\n\n{rest:,} more letters are in the file." if rest else ""
    return f"The state moves by h ↦ A(x) h + B(x) with every letter x.\n\n{markdown_table(weight_rows(network))}{more}"


def boxes_told(boxes: tuple[EggBox, ...] | int | None) -> str:
    """What the picture of the monoid shows, in a sentence."""
    if boxes is None:
        return ""
    if isinstance(boxes, int):
        return f"The syntactic monoid has more than {boxes:,} elements, too many for its egg-box picture."
    return (
        "The egg-box picture of its syntactic monoid: a table for each 𝒟-class, from top to bottom what loses more and "
        "more states; shaded boxes are groups."
    )


def realised_told(realised: Automaton | Undecided | None, problem: Told | None) -> str:
    """What the network is as an automaton, in a sentence."""
    if problem is not None:
        return problem.text
    if realised is None:
        return "There is no network."
    if isinstance(realised, Undecided):
        return f"More than {realised.states:,} states, too many to draw."
    return f"A finite automaton; after minimisation it has {realised.states:,} state{'s' * (realised.states != 1)}."


def automata(language: Automaton | None, realised: Automaton | Undecided | None, decision: Decision | None) -> Any:
    """The figure of both automata, or None where one is missing."""
    if language is None or not isinstance(realised, Automaton):
        return None
    answer = None if decision is None else decision.answer
    word = answer.word if isinstance(answer, Counterexample) else None
    return automata_figure(language.minimal(), realised.with_letters(language.letters), word=word)


def box(told: Told | None) -> list[Any]:
    """A callout with what is told, and the details folded away."""
    import marimo as mo

    if told is None:
        return []
    folded = [mo.accordion({"why": mo.md(told.details)})] if told.details else []
    return [mo.callout(mo.md(told.text), kind=told.kind), *folded]


def downloads(stem: str, arithmetic: str, built: Built | None, decision: Decision | None) -> list[Any]:
    """Buttons that give the weights and the certificate as files.

    Arguments:
        stem: begins the names of the files.
        arithmetic: the arithmetic of the certificate.
        built: the network.
        decision: the certificate.
    """
    certificate = b"" if decision is None else decision.certificate
    weights = b"" if built is None else built.weights
    return _files(stem, f"{stem}--{arithmetic.replace('/', '-').replace(':', '-')}", weights, certificate)


def _files(stem: str, long_stem: str, weights: bytes, certificate: bytes) -> list[Any]:
    import marimo as mo

    offered = [
        (weights, f"{stem}.safetensors", "application/octet-stream", "download the weights"),
        (certificate, f"{long_stem}.json", "application/json", "download the certificate"),
    ]
    return [
        mo.download(data=data, filename=name, mimetype=kind, label=label) for data, name, kind, label in offered if data
    ]


def search_result(stem: str, found: tuple[Verdict, bytes, bytes] | None, problem: Told | None) -> list[Any]:
    """What a search over all networks of a family found, with its files; empty when none was asked for.

    Arguments:
        stem: begins the names of the files.
        found: the answer of `questions.search`.
        problem: why there is none.
    """
    if found is None:
        return box(problem)
    cell, weights, certificate = found
    return [*box(tell_search(cell)), *_files(f"{stem}--{cell.family}", cell.stem, weights, certificate)]


def letter_buttons(language: Automaton | None, set_word: Callable[[Callable[[str], str]], object]) -> Any:
    """Buttons that add a letter, take the last one back, and clear the word; keep them in a variable of the notebook.

    They change the word that is there and do not read it, so that they stay in place while it changes.

    Arguments:
        language: its letters; only the first 12 get a button.
        set_word: takes a function from the word as it is typed to the word as it is to be typed.
    """
    import marimo as mo

    if language is None:
        return mo.ui.array([])
    letters = language.letters

    def button(label: str, change: Callable[[tuple[str, ...]], Sequence[str]]) -> Any:
        def press(_: object) -> None:
            set_word(lambda text: pressed(text, letters, change))

        return mo.ui.button(label=label, on_change=press)

    def adds(letter: str) -> Callable[[tuple[str, ...]], Sequence[str]]:
        return lambda word: (*word, letter)

    buttons = [button(plain(letter), adds(letter)) for letter in letters[:12]]
    buttons += [button("take back", lambda word: word[:-1]), button("clear", lambda word: ())]
    return mo.ui.array(buttons)


def pressed(text: str, letters: tuple[str, ...], change: Callable[[tuple[str, ...]], Sequence[str]]) -> str:
    """The word as it is typed after a button; a word that cannot be read is begun anew.

    Arguments:
        text: the word as it is typed.
        letters: the alphabet.
        change: what the button does to it.
    """
    try:
        word = read_word(text, letters)
    except LanguageError:
        word = ()
    return typed(change(word), letters)


def lessons() -> str:
    """Links to the other pages of `expressivity play`, as Markdown; empty when the app is opened by itself."""
    import marimo as mo

    if mo.app_meta().mode != "run":
        return ""
    names = [name for name in notebooks() if name != APP]
    return "Lessons: " + " · ".join(f"[{name.replace('_', ' ')}](./{name}/)" for name in names)
