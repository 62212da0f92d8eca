"""Answers as a person would say them, in Markdown, with the kind of box they belong into."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from expressivity.algebra.facts import Profile
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.experiments.verdicts.verdict_table import NO, YES, Verdict
from expressivity.networks.families import FAMILIES
from expressivity.networks.network import Network
from expressivity.playground.app.markdown import MOST_LETTERS, plain, shown_word
from expressivity.playground.app.questions import Built
from expressivity.playground.app.worker import TookTooLong
from expressivity.verification.answers import BaseAnswer, Impossible

Kind = Literal["success", "danger", "warn", "neutral"]


@dataclass(frozen=True)
class Callout:
    """An answer in words.

    Arguments:
        kind: "success" for what is proved right, "danger" for what is proved wrong or impossible, "warn" for what is
            open, "neutral" for what was not asked.
        text: Markdown; the first line says it all.
        details: more Markdown, for those who ask why; or "".
    """

    kind: Kind
    text: str
    details: str = ""


def tell_answer(answer: BaseAnswer) -> Callout:
    """An answer in its own words, as the command line prints it."""
    told = answer.told(letters=MOST_LETTERS)
    kinds: dict[bool | None, Kind] = {True: "success", False: "danger", None: "warn"}
    lines = [f"**{plain(told.sentence.rstrip(':'))}**", *(plain(line) for line in told.details)]
    return Callout(kinds[answer.holds], "\n\n".join(lines))


def tell_refusal(built: Built, family: str) -> Callout:
    """Why there is no network."""
    why = f"{plain(_capital(built.refusal))}."
    if built.proved:
        first = f"**No network of {family} recognises this language** in exact arithmetic: that is a theorem."
        return Callout("danger", f"{first}\n\n{why}")
    first = f"**No construction here gives a network of {family}** for this language, and no theorem here forbids one."
    return Callout("warn", first, why)


def tell_theorem(found: Impossible) -> Callout:
    """A theorem in its own words, its hypotheses folded away."""
    told = found.told(letters=MOST_LETTERS)
    statement, *details = (plain(line) for line in told.details)
    hypotheses = [line.replace("·", "-", 1) for line in details if line.startswith("·")]
    rest = [line for line in details if not line.startswith("·")]
    folded = "\n\n".join(["Its hypotheses, one by one:", "\n".join(hypotheses), *rest])
    return Callout("danger", f"**{plain(told.sentence)}**\n\n{statement}", folded)


def tell_error(error: Exception) -> Callout:
    """Why a question has no answer."""
    if isinstance(error, TookTooLong):
        return Callout(
            "warn", f"**No answer in time.** {_capital(str(error))}; allow more time, or ask something smaller."
        )
    return Callout("warn", f"**That cannot be asked.** {plain(_capital(str(error)))}")


def tell_search(cell: Verdict) -> Callout:
    """A cell of the verdict table."""
    if cell.answer == NO and cell.impossible is not None:
        return tell_theorem(cell.impossible)
    if cell.answer == YES:
        first = (
            f"**Yes: a network of {cell.family} is right for all lengths**, in {cell.arithmetic} arithmetic, certified."
        )
        return Callout("success", f"{first}\n\n{plain(_capital(cell.because))}.")
    return Callout("warn", f"**Open.** {plain(_capital(cell.because))}.")


def tell_language(automaton: Automaton) -> str:
    """A language in a sentence: how many states and letters, and some words of it."""
    minimal = automaton.minimal()
    letters = ", ".join(f"`{letter}`" for letter in minimal.letters[:8])
    more = f", … ({len(minimal.letters)} letters)" if len(minimal.letters) > 8 else ""
    words = shortest_words(minimal, 5)
    some = ", ".join(shown_word(word) for word in words)
    shown = f"Its shortest words: {some}." if words else "It has no word at all."
    return f"{minimal.states} states over the letters {letters}{more}. {shown}"


def shortest_words(automaton: Automaton, count: int, *, visits: int = 3_000) -> list[tuple[str, ...]]:
    """Some words of a language, shortest first, in the order of the alphabet.

    Arguments:
        automaton: the automaton.
        count: most words.
        visits: prefixes looked at; a language whose shortest words are longer shows fewer.
    """
    living = _living(automaton)
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[tuple[str, ...], int]] = [((), automaton.start)]
    for word, state in waiting:
        if bool(automaton.accepting[state]):
            found.append(word)
        if len(found) == count:
            break
        for number, letter in enumerate(automaton.letters):
            target = int(automaton.table[number, state])
            if target in living and len(waiting) < visits:
                waiting.append(((*word, letter), target))
    return found


def _living(automaton: Automaton) -> set[int]:
    """States from which some word is accepted."""
    living = {q for q in range(automaton.states) if bool(automaton.accepting[q])}
    while True:
        more = {
            q
            for q in range(automaton.states)
            if q not in living and any(target in living for target in automaton.table[:, q].tolist())
        }
        if not more:
            return living
        living |= more


def algebra_rows(profile: Profile) -> list[dict[str, object]]:
    """What decides expressivity, and what it decides, as rows of a table."""
    order = "undecided" if profile.monoid_order is None else f"{profile.monoid_order:,}"
    names = sorted({s.name for s in profile.subgroups or ()}, key=lambda name: (len(name), name))
    groups = ", ".join(names[:8]) + (" …" if len(names) > 8 else "") if names else "none but trivial ones"
    groups = "undecided" if profile.subgroups is None else groups
    facts: list[tuple[str, object, str]] = [
        ("states of the minimal automaton", f"{profile.states:,}", ""),
        ("order of the syntactic monoid", order, ""),
        ("groups in it", groups, ""),
        ("star-free (no groups)", _yes(profile.aperiodic), "non-negative diagonal layers (`mamba`) suffice"),
        ("groups are 2-groups", _yes(profile.subgroups_2_groups), "signed diagonal layers (`mamba-signed`) suffice"),
        ("groups are solvable", _yes(profile.solvable), "complex diagonal layers, or one reflection a letter, suffice"),
        ("is itself a group", _yes(profile.group), "one layer of Householder products can do it"),
        ("levels of the linear cascade", profile.linear_levels, "layers that suffice for `deltaproduct`"),
    ]
    return [{"fact": fact, "here": plain(str(value)), "if yes": meaning} for fact, value, meaning in facts]


def _yes(fact: bool | None) -> str:
    return "undecided" if fact is None else "yes" if fact else "no"


def family_sentence(name: str) -> str:
    """A family in a sentence."""
    family = FAMILIES[name]
    return (
        f"**{name}**: A(x) is {plain(family.transition)}, eigenvalues in {plain(family.eigenvalues)} "
        f"({plain(family.reference)})."
    )


def arithmetic_sentence(arithmetic: str) -> str:
    """An arithmetic in a sentence."""
    model = parse_arithmetic(arithmetic)
    if model.exact and model.weights.kind == "exact":
        return "Real arithmetic on exact weights: nothing is rounded."
    how = {
        "per-operation": "every multiplication and addition is rounded",
        "fused": "every dot product is exact and rounded once",
        "accumulate-fp32": "sums run in fp32 and are rounded at the end",
        "chunked": f"transitions of {model.chunk} letters are multiplied first, then applied, every operation rounded",
        "exact-then-cast": "the run is exact and its states are cast when they are read (the papers' own model)",
    }[model.order]
    same = model.weights == model.state
    where = model.state.name if same else f"{model.weights.name} for weights, {model.state.name} for the state"
    return f"{_capital(where) if not same else where}: {how}, {model.rounding}."


def commands(
    language: str, family: str, arithmetic: str, *, options: Mapping[str, object], network: Network | None
) -> str:
    """The same question as lines for a terminal.

    Arguments:
        language: as the command line reads it.
        family: name of the family.
        arithmetic: the arithmetic.
        options: further options of `compile` with their values; those that are None are left out.
        network: the network, or None where compiling refuses.
    """
    name = shlex.quote(language)
    given = "".join(f" --{option} {value}" for option, value in options.items() if value is not None)
    if network is None:
        return f"expressivity refute {family} {name} --arithmetic {arithmetic}"
    return (
        f"expressivity compile {name} --into {family}{given} -o network.safetensors\n"
        f"expressivity verify network.safetensors {name} --arithmetic {arithmetic} -o certificate.json"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
