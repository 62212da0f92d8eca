"""What the app's controls offer, and what their values mean: the cells of the notebook only arrange it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from expressivity.algebra.monoids.green import EggBox
from expressivity.arithmetic import rounding_plan
from expressivity.automaton import Automaton
from expressivity.errors import ExpressivityError, LanguageError
from expressivity.languages import zoo_entry
from expressivity.networks.families import FAMILIES
from expressivity.networks.network import Network
from expressivity.playground.app.markdown import markdown_table, plain
from expressivity.playground.app.questions import (
    Built,
    read_typed,
    read_upload,
    spelled,
)
from expressivity.playground.app.sentences import (
    Callout,
    arithmetic_sentence,
    family_sentence,
    tell_answer,
    tell_error,
    tell_language,
    tell_refusal,
)
from expressivity.playground.app.weights import hidden_rows, weight_rows
from expressivity.playground.app.worker import Worker
from expressivity.plots.automata import automata_figure
from expressivity.verification.answers import Answer, Counterexample, Undecided

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

ROUNDINGS = tuple(name for name in rounding_plan.ROUNDINGS if name != "stochastic")
"""Roundings offered: those that give the same answer every time."""

FACTORS = {"any": None, "at most 1": 1, "at most 2": 2, "at most 3": 3, "at most 4": 4}
"""Limits on the Householder factors of a letter."""

PATIENCE = {"5 seconds": 5.0, "20 seconds": 20.0, "1 minute": 60.0, "5 minutes": 300.0}
"""Limits on the time of an answer."""


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

    def ask(self, function: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, Callout | None]:
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


def told_of(problems: Sequence[Callout | None], built: Built | None, family: str, answer: Answer | None) -> Callout:
    """The verdict of the page: the first problem on the way, a refusal, or the decision.

    Arguments:
        problems: why questions have no answer, in the order of asking.
        built: what compiling gave.
        family: name of the family.
        answer: what verifying gave.
    """
    for problem in problems:
        if problem is not None:
            return problem
    if built is not None and built.network is None:
        return tell_refusal(built, family)
    if answer is not None:
        return tell_answer(answer)
    return Callout("neutral", "Nothing is asked yet.")


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


def weights_told(network: Network | None) -> str:
    """The weights as a Markdown table."""
    if network is None:
        return "There is no network."
    rest = hidden_rows(network)
    more = f"\n\n{rest:,} more letters are in the file." if rest else ""
    return f"The state moves by h ↦ A(x) h + B(x) with every letter x.\n\n{markdown_table(weight_rows(network))}{more}"


def boxes_told(boxes: tuple[EggBox, ...] | int | None, problem: Callout | None) -> str:
    """What the picture of the monoid shows, or why there is none, in a sentence."""
    if problem is not None:
        return problem.text
    if boxes is None:
        return ""
    if isinstance(boxes, int):
        return f"The syntactic monoid has more than {boxes:,} elements, too many for its egg-box picture."
    return (
        "The egg-box picture of its syntactic monoid: a table for each 𝒟-class, from top to bottom what loses more and "
        "more states; shaded boxes are groups."
    )


def realised_told(realised: Automaton | Undecided | None, problem: Callout | None) -> str:
    """What the network is as an automaton, in a sentence."""
    if problem is not None:
        return problem.text
    if realised is None:
        return "There is no network."
    if isinstance(realised, Undecided):
        return f"More than {realised.states:,} states, too many to draw."
    return f"A finite automaton; after minimisation it has {realised.states:,} state{'s' * (realised.states != 1)}."


def automata(language: Automaton | None, realised: Automaton | Undecided | None, answer: Answer | None) -> Any:
    """The figure of both automata, or None where one is missing."""
    if language is None or not isinstance(realised, Automaton):
        return None
    word = answer.word if isinstance(answer, Counterexample) else None
    return automata_figure(language.minimal(), realised.with_letters(language.letters), word=word)
