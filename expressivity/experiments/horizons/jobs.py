"""What a horizon experiment asks, and what it answers: a job is a pure function of its name, so sweeps can resume."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.constructions.compiler import constructions_for, option_problems
from expressivity.constructions.registry import Construction
from expressivity.errors import ExperimentError, FormatError
from expressivity.languages import language as read_language
from expressivity.networks.exchange import automaton_to_json, fingerprint, network_to_json
from expressivity.networks.families import family as find_family
from expressivity.networks.network import Network

INFINITE, FINITE, UNDECIDED, NOT_RUN = "infinite", "finite", "undecided", "not run"
"""The answers: right on all words; wrong on a shortest word; open within the budget; no question to ask."""

FORMATS = (
    "fp64",
    "fp32",
    "tf32",
    "fp16",
    "bf16",
    "fp8_e4m3fn",
    "fp8_e5m2",
    "fp6_e2m3",
    "fp6_e3m2",
    "fp4_e2m1",
    "bf16:fp32",
)
"""What `all` formats are; `weights:state` stores weights in another format than the state."""

ORDERS = ("fused", "per-operation", "accumulate-fp32")
"""The evaluation orders of a sweep that names none."""

READ_OUTS = ("nearest-point", "per-coordinate")
"""Decode the state to the nearest code point, or every coordinate on its own to the nearest value it may have."""


@dataclass(frozen=True)
class Subject:
    """A language and how its network is built: what the rows of a table are.

    Arguments:
        language: the language as the user wrote it.
        automaton: its minimal automaton, as canonical JSON.
        family: architecture family.
        key: kind of keys, as in `compile`.
        construction: beginning of the name of a construction, "" for the cheapest.
        read_out: one of `READ_OUTS`.
        factors: most Householder factors per letter, None for no limit.
        layers: most layers, None for no limit.
        delay: as in `compile`.
        weights: fingerprint of a network that is given, "" where one is built.
        given: that network.
    """

    language: str
    automaton: str
    family: str
    key: str = "swap"
    construction: str = ""
    read_out: str = "nearest-point"
    factors: int | None = None
    layers: int | None = None
    delay: int | None = None
    weights: str = ""
    given: Network | None = field(default=None, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The subject in a few words; what is at its default is left out."""
        parts = [self.language, self.family or "a network"]
        parts += [f"key {self.key}"] * (self.key != "swap")
        parts += [self.construction] * bool(self.construction)
        parts += [f"{self.read_out} read-out"] * (self.read_out != "nearest-point")
        limits = (("factors", self.factors), ("layers", self.layers), ("delay", self.delay))
        parts += [f"{name} {value}" for name, value in limits if value is not None]
        return ", ".join(parts)


@dataclass(frozen=True)
class Job:
    """One cell of a table: how long is this network right in this arithmetic?

    Arguments:
        subject: the language and how its network is built.
        format: number format, or `weights:state`.
        order: evaluation order, as arithmetic strings spell it; "" for exact numbers, which have none.
        max_states: budget of the search, in (network state, automaton state) pairs.
        probe_letters: length of the long words that are run where the search stays undecided; 0 for none.
        seed: seed of the random ones among them.
    """

    subject: Subject
    format: str
    order: str
    max_states: int = 100_000
    probe_letters: int = 10_000
    seed: int = 0

    @property
    def arithmetic(self) -> str:
        """The arithmetic as `verify` reads it."""
        return f"{self.format}/{self.order}" if self.order else self.format

    def identity(self) -> dict[str, Any]:
        """What the answer depends on, as plain values; the automaton by its fingerprint."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "subject"}
        of_subject = {each.name: getattr(self.subject, each.name) for each in fields(self.subject)}
        del of_subject["given"]
        if not self.subject.weights:
            del of_subject["weights"]
        return of_subject | values | {"automaton": fingerprint(json.loads(self.subject.automaton))}

    @property
    def name(self) -> str:
        """SHA-256 of the identity in canonical JSON: the key of the job in a store."""
        return fingerprint(self.identity())


@dataclass(frozen=True)
class Horizon:
    """The answer to a job.

    Arguments:
        answer: `INFINITE`, `FINITE`, `UNDECIDED` or `NOT_RUN`.
        horizon: length of the shortest word on which network and language disagree, for `FINITE`.
        proved_length: network and language agree on all words up to this length; None where that is all words, or
            nothing was run.
        upper_bound: a length where the shortest failing word is not known: some word of at most so many letters fails.
        word: the failing word whose length is `horizon` or `upper_bound`.
        states: pairs that the search reached.
        budget: what ended an undecided search.
        because: the evidence in a sentence: what the checker said, how a word was found, why nothing was run.
        confirmed_by: who replayed the word or accepted the certificate.
        network: fingerprint of the network's exact weights.
        about: what the network is.
        seconds: time taken; no part of the answer.
        version: version of the package that answered.
    """

    answer: str
    horizon: int | None = None
    proved_length: int | None = None
    upper_bound: int | None = None
    word: tuple[str, ...] | None = None
    states: int | None = None
    budget: str = ""
    because: str = ""
    confirmed_by: tuple[str, ...] = ()
    network: str = ""
    about: str = ""
    seconds: float = 0.0
    version: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        values = asdict(self)
        values["word"] = None if self.word is None else list(self.word)
        values["confirmed_by"] = list(self.confirmed_by)
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Horizon:
        """What `to_json` wrote."""
        word = values["word"]
        return cls(
            **values | {"word": None if word is None else tuple(word), "confirmed_by": tuple(values["confirmed_by"])}
        )

    def without_time(self) -> Horizon:
        """The answer alone, which two runs of the same job share bit for bit."""
        return replace(self, seconds=0.0)


def subject(language: Any, family: str, **options: Any) -> Subject:
    """A language and how its network is to be built.

    Arguments:
        language: anything `expressivity.language` reads.
        family: name of the family.
        options: `key`, `construction`, `read_out`, `factors`, `layers`, `delay`, as in `Subject`.

    Raises:
        LanguageError: when the language cannot be read.
        ExpressivityError: for an unknown family.
        ExperimentError: with everything that is wrong with the options.
    """
    find_family(family)
    automaton = read_language(language).minimal()
    name = language if isinstance(language, str) else f"automaton of {automaton.states} states"
    made = Subject(name, _canonical(automaton), family, **options)
    problems = option_problems(made.factors, made.layers, made.delay, made.key)
    if made.read_out not in READ_OUTS:
        problems.append(f"read-out {made.read_out!r} is not known; give {' or '.join(READ_OUTS)}")
    if made.construction and not named_constructions(made.construction, family):
        known = sorted({each.name for each in constructions_for(family)})
        problems.append(
            f"no construction of {family!r} begins with {made.construction!r}; expected one of: {'; '.join(known)}"
        )
    if problems:
        raise ExperimentError("; ".join(problems))
    return made


def given_subject(language: Any, network: Network, *, read_out: str = "nearest-point") -> Subject:
    """A language and a network that is there already.

    Arguments:
        language: anything `expressivity.language` reads, over the network's letters.
        network: the network.
        read_out: one of `READ_OUTS`.

    Raises:
        LanguageError: when the language cannot be read.
        ExperimentError: with everything that is wrong.
    """
    automaton = read_language(language).minimal()
    problems = []
    if set(automaton.letters) != set(network.letters):
        problems.append(
            f"the network reads {list(network.letters)} and the language {list(automaton.letters)}; give the language "
            "over the network's alphabet"
        )
    if read_out not in READ_OUTS:
        problems.append(f"read-out {read_out!r} is not known; give {' or '.join(READ_OUTS)}")
    if problems:
        raise ExperimentError("; ".join(problems))
    name = language if isinstance(language, str) else f"automaton of {automaton.states} states"
    weights = fingerprint(network_to_json(network))
    return Subject(name, _canonical(automaton), network.family, read_out=read_out, weights=weights, given=network)


def named_constructions(beginning: str, family: str) -> list[Construction]:
    """The constructions of a family whose name begins with some text."""
    return [each for each in constructions_for(family) if each.name.startswith(beginning)]


def jobs(
    subjects: Sequence[Subject],
    *,
    formats: Sequence[str] = FORMATS,
    orders: Sequence[str] = ORDERS,
    max_states: int = 100_000,
    probe_letters: int = 10_000,
    seed: int = 0,
) -> list[Job]:
    """The cells of a table in canonical order: subjects, then formats, then orders, as given, each once.

    Arguments:
        subjects: rows of the table.
        formats: number formats, or `weights:state`; "exact" for networks that are given, in no order.
        orders: evaluation orders, each perhaps with a rounding (fused/up); one that rounds at random becomes a
            cell that says so.
        max_states: budget of every search.
        probe_letters: length of the long words that are run where a search stays undecided; 0 for none.
        seed: seed of the random ones among them.

    Raises:
        ExperimentError: with everything that is wrong, before any work starts.
    """
    problems = []
    for name, values in (("language", subjects), ("format", formats), ("order", orders)):
        if not values:
            problems.append(f"there is no {name}, so the table would be empty; give at least one {name}")
    for each in dict.fromkeys(formats):
        for part in each.split(":", 1):
            try:
                exact = parse_format(part).kind == "exact" and part == each
                if exact and not (subjects and all(one.given is not None for one in subjects)):
                    problems.append(f"format {each!r} is exact: its horizon is infinite by construction; leave it out")
            except FormatError as error:
                problems.append(str(error))
    for order in dict.fromkeys(orders):
        try:
            parse_arithmetic(f"fp64/{order}")
        except FormatError as error:
            problems.append(str(error))
    if max_states < 1:
        problems.append(f"max_states={max_states} allows no state at all; give a positive budget")
    if probe_letters < 0:
        problems.append(f"probe_letters={probe_letters} is negative; give 0 for no long words")
    if seed < 0:
        problems.append(f"seed={seed} is negative; give 0 or more")
    if problems:
        raise ExperimentError("; ".join(problems))
    return [
        Job(each, form, order, max_states, probe_letters, seed)
        for each in dict.fromkeys(subjects)
        for form in dict.fromkeys(formats)
        for order in (("",) if parse_format(form.split(":")[-1]).kind == "exact" else dict.fromkeys(orders))
    ]


def _canonical(automaton: Automaton) -> str:
    return json.dumps(automaton_to_json(automaton), sort_keys=True, separators=(",", ":"))
