"""Duels of the tool with oracles: one drawn network each, every public way of deciding about it, and what disagrees."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

import expressivity as ex
from expressivity.exact import rationals
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.networks.layer import Block, Readout
from oracles import drawn
from oracles.definition import NetworkDefinition, UnreadableError, first_difference

Refused = ex.ExpressivityError


@dataclass
class Tally:
    """What was done, and what went wrong.

    Arguments:
        counts: how often each thing happened.
        faults: what must never happen, with what is needed to see it again.
    """

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)

    def fault(self, what: str, **details: Any) -> None:
        """Note a fault."""
        self.counts[f"FAULT {what}"] += 1
        self.faults.append({"what": what, **{name: str(value) for name, value in details.items()}})

    def add(self, other: Tally) -> None:
        """Take over what another one counted."""
        self.counts += other.counts
        self.faults += other.faults


def tried(do: Callable[[], Any]) -> Any:
    """What a call returns, or the library's own error that it raises; any other error is the caller's to report."""
    try:
        return do()
    except Refused as error:
        return error


def _same(first: Any, second: Any) -> bool:
    """Whether two numbers are equal, zeros and NaN counting as one each."""
    a, b = float(first), float(second)
    return a == b or (a != a and b != b)


def run_duel(rng: np.random.Generator, family: str, arithmetic: str) -> Tally:
    """`simulate`, `run` and `trace` against the definition, on some words."""
    tally = Tally()
    network = drawn.member(rng, family)
    words = rng.integers(0, len(network.letters), (3, 6))
    here = {"family": family, "arithmetic": arithmetic, "network": network_to_json(network), "words": words.tolist()}
    try:
        definition = NetworkDefinition(here["network"], arithmetic)
        wanted = [definition.verdicts(word) for word in words.tolist()]
    except UnreadableError:
        wanted = None
    ways: dict[str, Callable[[], Any]] = {
        "simulate": lambda: ex.simulate(network, words, arithmetic, engine="numpy").tolist(),
        "simulate compiled": lambda: ex.simulate(network, words, arithmetic, engine="compiled").tolist(),
        "trace": lambda: [
            ex.trace(network, [network.letters[x] for x in word], arithmetic).verdicts[1:].tolist() for word in words
        ],
    }
    if arithmetic == "exact":
        del ways["simulate"], ways["simulate compiled"]
        ways["run"] = lambda: network.run(words).tolist()
    for way, do in ways.items():
        try:
            got = tried(do)
        except Exception as error:
            tally.fault(f"{way} crashes", error=repr(error), **here)
            continue
        if isinstance(got, Refused) and "no compiled path" in str(got):
            tally.counts[f"{way}: no such path"] += 1
        elif isinstance(got, Refused) != (wanted is None):
            tally.fault(f"{way} and the definition: one refuses", got=got, **here)
        elif wanted is not None and got != [verdicts[1:] for verdicts in wanted]:
            tally.fault(f"{way} differs from the definition", got=got, wanted=wanted, **here)
        else:
            tally.counts[f"{way}: {'refused alike' if wanted is None else 'same'}"] += 1
            tally.counts["words"] += len(words) if wanted is not None else 0
    _compare_states(tally, network, definition if wanted is not None else None, arithmetic, words[0].tolist(), here)
    return tally


def _compare_states(
    tally: Tally,
    network: ex.Network,
    definition: NetworkDefinition | None,
    arithmetic: str,
    word: list[int],
    here: dict[str, Any],
) -> None:
    """The states of every layer after every letter."""
    if definition is None:
        return
    found = tried(lambda: ex.trace(network, [network.letters[x] for x in word], arithmetic))
    if isinstance(found, Refused):
        return
    state, _ = definition.begin()
    for time, letter in enumerate(word, start=1):
        state, _, seen = definition.step(state, letter)
        for layer, (shown, wanted) in enumerate(zip(found.states, seen, strict=True)):
            row = shown[time].fractions().tolist() if arithmetic == "exact" else shown[time].tolist()
            if not all(_same(a, b) for a, b in zip(row, wanted, strict=True)):
                tally.fault("trace has other states", layer=layer, time=time, row=row, wanted=wanted, **here)
                return
    tally.counts["trace: same states"] += 1


def verify_duel(rng: np.random.Generator, family: str, arithmetic: str, *, length: int = 7) -> Tally:
    """`verify` against all words up to a length: of its own language, of that with a fault, and of a random one."""
    tally = Tally()
    network = drawn.member(rng, family)
    here: dict[str, Any] = {"family": family, "arithmetic": arithmetic, "network": network_to_json(network)}
    try:
        definition = NetworkDefinition(here["network"], arithmetic)
        definition.begin()
    except UnreadableError:
        definition = None
    try:
        own = tried(lambda: ex.realise(network, arithmetic, max_states=400, max_seconds=2))
    except Exception as error:
        tally.fault("realise crashes", error=repr(error), **here)
        return tally
    languages: dict[str, ex.Automaton] = {"random": drawn.automaton(rng, network.letters, int(rng.integers(1, 5)))}
    if isinstance(own, ex.Automaton):
        languages["own"] = own.minimal()
        if len(own.accepting) < 60:
            flipped = own.accepting.copy()
            flipped[rng.integers(len(flipped))] ^= True
            languages["own but for a state"] = ex.Automaton(own.table, own.start, flipped, own.letters).minimal()
    else:
        tally.counts[f"realise: {type(own).__name__}"] += 1
    for name, language in languages.items():
        _judge(tally, network, definition, language, name, arithmetic, length, here)
    return tally


def _judge(
    tally: Tally,
    network: ex.Network,
    definition: NetworkDefinition | None,
    language: ex.Automaton,
    name: str,
    arithmetic: str,
    length: int,
    here: dict[str, Any],
) -> None:
    here = here | {"language": automaton_to_json(language)}
    try:
        answer = tried(lambda: ex.verify(network, language, arithmetic=arithmetic, max_states=1_500, max_seconds=3))
    except Exception as error:
        tally.fault("verify crashes", error=repr(error), **here)
        return
    if isinstance(answer, Refused):
        if isinstance(answer, ex.DefectError):
            tally.fault("the checker rejects what the search found", error=answer, **here)
        tally.counts["verify: refused"] += 1
        return
    tally.counts[f"verify: {type(answer).__name__}"] += 1
    if name == "own" and isinstance(answer, ex.Counterexample):
        tally.fault("verify and realise differ", word=answer.word, **here)
    if not isinstance(answer, ex.Undecided) and not answer.checked.by:
        tally.counts["verify: not checked"] += 1
    if definition is None:
        return
    try:
        order = [language.letters.index(letter) for letter in network.letters]
        written = automaton_to_json(language)
        written["table"] = [written["table"][x] for x in order]
        word, proved = first_difference(definition, written, length, 2_000)
    except UnreadableError:
        tally.counts["verify: a word without a verdict"] += 1
        return
    tally.counts["brute force"] += 1
    shortest = None if word is None else len(word)
    if isinstance(answer, ex.Equivalent) and word is not None:
        tally.fault("false Equivalent", word=word, statement=answer.statement, **here)
    if isinstance(answer, ex.Undecided) and shortest is not None and shortest <= answer.proved_length:
        tally.fault("a proved length that is not right", word=word, answer=answer, **here)
    if isinstance(answer, ex.Counterexample):
        _judge_word(tally, definition, written, answer, shortest, proved, here)


def _judge_word(
    tally: Tally,
    definition: NetworkDefinition,
    automaton: dict[str, Any],
    answer: ex.Counterexample,
    shortest: int | None,
    proved: int,
    here: dict[str, Any],
) -> None:
    """A counterexample: it must be one, and a shortest one where it is said to be."""
    if answer.word is None or len(answer.word) > 200:
        tally.counts["verify: a counterexample too long to replay"] += 1
        return
    word = [definition.letters.index(letter) for letter in answer.word]
    state = automaton["start"]
    for letter in word:
        state = automaton["table"][letter][state]
    said = definition.verdicts(word)[-1]
    if said == (state in automaton["accepting"]) or said != answer.network_accepts:
        tally.fault("false Counterexample", word=answer.word, **here)
    elif shortest is not None and shortest < len(word) and (answer.shortest or answer.proved_length >= shortest):
        tally.fault("a shorter word fails", word=answer.word, shortest=shortest, **here)
    elif shortest is None and len(word) <= proved:
        tally.fault("brute force missed the word", word=answer.word, **here)


def telling(rng: np.random.Generator, network: ex.Network, arithmetic: str) -> ex.Network:
    """The network with a read-out that tells its states apart, as far as there are few, and accepts in some of them.

    What its letters do to the states is then in the language, groups included, where a drawn read-out loses it.
    """
    if len(network.layers) > 1:
        return network
    found = ex.realisation(network, arithmetic, max_states=60, max_seconds=2)
    if isinstance(found, ex.Undecided):
        return network
    rows = found.states[0].fractions() if isinstance(found.states[0], ex.ExactArray) else found.states[0]
    points = list({tuple(map(Fraction, row)): None for row in rows.tolist() if all(map(math.isfinite, row))})
    (layer,) = network.layers
    if len(points) < 2:
        return network
    table = np.repeat(rng.random((1, len(points))) < _pick(rng), layer.letters, axis=0).astype(np.int64)
    block = Block(np.arange(layer.size), rationals(np.array([*points, None], dtype=object)[:-1].tolist()))
    readout = Readout((block,), np.zeros((layer.letters, 1), dtype=np.int64), table, 2)
    return dataclasses.replace(network, layers=(dataclasses.replace(layer, readout=readout),))


def _pick(rng: np.random.Generator) -> float:
    return float(rng.choice([0.1, 0.3, 0.5]))


def victim_duel(rng: np.random.Generator, family: str, arithmetic: str) -> Tally:
    """`refute` on the very language that a member of the family recognises there: it must not say Impossible."""
    tally = Tally()
    network = drawn.member(rng, family)
    if rng.random() < 0.7:
        with contextlib.suppress(Refused):
            network = telling(rng, network, arithmetic)
    here: dict[str, Any] = {"family": family, "arithmetic": arithmetic, "network": network_to_json(network)}
    try:
        own = tried(lambda: ex.realise(network, arithmetic, max_states=3_000, max_seconds=2))
        if not isinstance(own, ex.Automaton):
            tally.counts["victim: no automaton"] += 1
            return tally
        minimal = own.minimal()
        if len(minimal.accepting) > 200:
            tally.counts["victim: too large"] += 1
            return tally
        answer = tried(lambda: ex.refute(family, minimal, arithmetic=arithmetic))
    except Exception as error:
        tally.fault("refute crashes", error=repr(error), **here)
        return tally
    if isinstance(answer, ex.Impossible):
        tally.fault("false Impossible", theorem=answer.theorem, language=automaton_to_json(minimal), **here)
    tally.counts["victims"] += 1
    tally.counts[f"victims of {family}"] += 1
    tally.counts["victims that count"] += int(_counts(minimal))
    return tally


def _counts(minimal: ex.Automaton) -> bool:
    """Whether some word moves states round: only such languages are excluded by a theorem about cycles."""
    return not ex.describe(minimal).aperiodic if len(minimal.accepting) <= 12 else True
