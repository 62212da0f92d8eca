"""Languages × families × arithmetics → yes, no or open, each with its evidence.

*yes* is a network of the family with a certificate that passed the independent checker, in that arithmetic and for all
lengths; *no* is a theorem with its hypotheses discharged, checked likewise; *open* says what is missing. No cell is
filled by analogy: what is known in exact arithmetic says nothing here about bf16.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton
from expressivity.constructions.compiler import compile_candidates
from expressivity.constructions.rwkv7 import as_rwkv7
from expressivity.constructions.variants import all_variants, variants
from expressivity.errors import ExpressivityError, FormatError
from expressivity.experiments.counting.counters import counter_network
from expressivity.experiments.counting.rounded_parity import rounded_parity
from expressivity.experiments.counting.witnesses import load_witness, witness_names
from expressivity.languages import language as read_language
from expressivity.networks.families import FAMILIES
from expressivity.networks.families import family as find_family
from expressivity.networks.network import Network
from expressivity.verification.answers import Certificate, Counterexample, Equivalent, Impossible, Undecided
from expressivity.verification.refute import refute
from expressivity.verification.verify import verify

YES, NO, OPEN = "yes", "no", "open"

LANGUAGES = ("parity", "mod3", "mod4", "S3", "A5", "S5", "flip-flop", "dyck-1-depth-2", "tomita-3")
"""The languages of the table in the README."""

ARITHMETICS = ("exact:bf16/exact-then-cast", "bf16/fused", "fp8_e4m3fn/fused", "uint8")
"""The arithmetics of the table in the README; the first is the model of Grazzi et al. 2025, cast to bf16."""

_MOST_TRIES = 40


@dataclass(frozen=True)
class Verdict:
    """One cell.

    Arguments:
        language: the language as it was named.
        family: name of the family.
        arithmetic: the arithmetic.
        answer: `YES`, `NO` or `OPEN`.
        because: the evidence, or what is missing, in a sentence.
        network: the network, for `YES`.
        certificate: for `YES` and `NO`.
        impossible: the theorem with its hypotheses, for `NO`.
        tried: networks that were verified.
        seconds: time taken.
    """

    language: str
    family: str
    arithmetic: str
    answer: str
    because: str
    network: Network | None = None
    certificate: Certificate | None = None
    impossible: Impossible | None = None
    tried: int = 0
    seconds: float = 0.0

    @property
    def stem(self) -> str:
        """A file name for the evidence of this cell, without its ending."""
        return re.sub(r"[^\w.-]+", "-", f"{self.language}--{self.family}--{self.arithmetic}")

    def to_json(self) -> dict[str, Any]:
        """The cell as plain JSON values, without the evidence itself."""
        return {
            "language": self.language,
            "family": self.family,
            "arithmetic": self.arithmetic,
            "answer": self.answer,
            "because": self.because,
        }


def verdict(
    language: Any,
    family: str,
    arithmetic: str,
    *,
    name: str | None = None,
    networks: Sequence[Network] | None = None,
    compiled: Callable[[Automaton, str], Sequence[Network]] | None = None,
    max_states: int = 20_000,
    progress: Callable[[str], None] | None = None,
) -> Verdict:
    """Decide one cell: can this family recognise this language in this arithmetic?

    Theorems are asked first; then the networks of every construction, with variants that differ under rounding, are
    verified until one is right.

    Arguments:
        language: anything `expressivity.language` reads.
        family: name of the family.
        arithmetic: as `parse_arithmetic` reads it.
        name: what to call the language; by default the string it was given as.
        networks: further networks to try first, those outside the family left out; by default what `found_networks`
            gives for the arithmetic.
        compiled: what the constructions give for an automaton and a family, by default `compile_candidates`; a table
            hands in a function that remembers.
        max_states: budget of each verification.
        progress: called with one line per network tried.

    Raises:
        ExpressivityError: for an unknown family or language, a wrong arithmetic or budget.
    """
    find_family(family)
    arithmetic = str(parse_arithmetic(arithmetic))
    if max_states < 1:
        raise ExpressivityError(f"max_states={max_states} allows no state at all; give a positive budget")
    minimal = read_language(language).minimal()
    shown = name or (language if isinstance(language, str) else f"automaton of {minimal.states} states")
    begin = time.perf_counter()

    def cell(answer: str, because: str, **evidence: Any) -> Verdict:
        return Verdict(shown, family, arithmetic, answer, because, seconds=time.perf_counter() - begin, **evidence)

    impossible = refute(family, minimal, arithmetic=arithmetic)
    if isinstance(impossible, Impossible):
        because = f"{impossible.theorem}: {impossible.statement}"
        return cell(NO, because, impossible=impossible, certificate=impossible.certificate)
    if networks is None:
        networks = found_networks(family, arithmetic)
    failures: list[str] = []
    tried = 0
    for network in _candidates(minimal, family, arithmetic, networks, compiled or _compiled):
        if tried == _MOST_TRIES:
            break
        tried += 1
        if progress is not None:
            progress(f"{shown}, {family}, {arithmetic}: network {tried}, {network.about}")
        try:
            answer = verify(network, minimal, arithmetic=arithmetic, max_states=max_states)
        except FormatError as error:
            failures.append(str(error))
            continue
        if isinstance(answer, Equivalent) and answer.checked.by:
            because = f"{network.about or 'a network'}: {answer.statement}"
            return cell(YES, because, network=network, certificate=answer.certificate, tried=tried)
        failures.append(_failure(answer))
    return cell(OPEN, _missing(tried, failures), tried=tried)


def _compiled(automaton: Automaton, family: str) -> list[Network]:
    return list(compile_candidates(automaton, family))


def _candidates(
    minimal: Automaton,
    family: str,
    arithmetic: str,
    networks: Sequence[Network],
    compiled: Callable[[Automaton, str], Sequence[Network]],
) -> Iterator[Network]:
    for network in networks:
        if set(network.letters) == set(minimal.letters) and not FAMILIES[family].problems(network):
            yield network
    own = compiled(minimal, family)
    yield from own
    for network in own:
        for variant in variants(network, family, arithmetic):
            if variant is not network:
                yield variant
    larger = _LARGER.get(family)
    if larger is None or not parse_arithmetic(arithmetic).state.modulus:
        return
    # In integers that wrap around, variants of networks of a larger family lie in the smaller one.
    for network in compiled(minimal, larger):
        for variant in all_variants(network, arithmetic):
            moved = as_rwkv7(variant) if family.startswith("rwkv7") else variant
            if moved is not None and not FAMILIES[family].problems(moved):
                yield replace(moved, family=family)


_LARGER = {
    "mamba": "mamba-signed",
    "complex-diagonal": "mamba-signed",
    "deltanet": "deltanet-signed",
    "rwkv7": "mamba-signed",
    "rwkv7-signed": "mamba-signed",
}


def found_networks(family: str, arithmetic: str) -> list[Network]:
    """Networks of a family that searches found to count by rounding in an arithmetic, small moduli first.

    Arguments:
        family: name of the family.
        arithmetic: as `parse_arithmetic` reads it.
    """
    arithmetic = str(parse_arithmetic(arithmetic))
    stored = [network for home, spelling, network in _stored_counters() if (home, spelling) == (family, arithmetic)]
    return rounded_parity(family, arithmetic) + stored


@lru_cache(maxsize=1)
def _stored_counters() -> tuple[tuple[str, str, Network], ...]:
    """Family, arithmetic and network of every stored witness; each is run once when it is loaded."""
    counters = sorted((load_witness(name) for name in witness_names()), key=lambda c: (c.modulus, c.size))
    return tuple((c.family, str(parse_arithmetic(c.arithmetic)), counter_network(c)) for c in counters)


def _failure(answer: Equivalent | Counterexample | Undecided) -> str:
    if isinstance(answer, Equivalent):
        return "is right in a run that is too long for the independent checker"
    if isinstance(answer, Counterexample):
        if answer.word is None:
            return "wrong on words too long to write down"
        return f"wrong first on a word of {len(answer.word)} letters"
    return f"not decided within {answer.budget} (right on all words up to length {answer.proved_length})"


def _missing(tried: int, failures: list[str]) -> str:
    """What an open cell lacks, in a sentence."""
    if not tried:
        return "no theorem here applies, and no construction here gives a network of this family for this language"
    best = max(failures, key=lambda text: (text.startswith("not decided"), [int(n) for n in re.findall(r"\d+", text)]))
    return f"no theorem here applies; of {tried} networks tried none is proved right, the best {best}"


def verdict_table(
    languages: Sequence[Any] = LANGUAGES,
    families: Sequence[str] | None = None,
    arithmetics: Sequence[str] = ARITHMETICS,
    *,
    max_states: int = 20_000,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Verdict]:
    """The cells of a table, one after the other: languages, then families, then arithmetics, in the order given.

    Arguments:
        languages: languages, as `expressivity.language` reads them.
        families: names of families; None for all.
        arithmetics: arithmetics, as `parse_arithmetic` reads them.
        max_states: budget of each verification.
        progress: called now and then with one line.

    Raises:
        ExpressivityError: before any work, for an empty list, an unknown family, arithmetic or language.
    """
    chosen = tuple(FAMILIES if families is None else families)
    for what, values in (("language", languages), ("family", chosen), ("arithmetic", arithmetics)):
        if not values:
            raise ExpressivityError(f"the table has no {what}; give at least one")
    for each in chosen:
        find_family(each)
    for text in arithmetics:
        parse_arithmetic(text)
    read = [(each if isinstance(each, str) else None, read_language(each).minimal()) for each in languages]
    memory: dict[tuple[Any, ...], list[Network]] = {}

    def remembered(automaton: Automaton, family: str) -> list[Network]:
        table, accepting = automaton.table.tobytes(), automaton.accepting.tobytes()
        key = (table, accepting, automaton.start, automaton.letters, family)
        if key not in memory:
            memory[key] = _compiled(automaton, family)
        return memory[key]

    return (
        verdict(
            automaton,
            each,
            text,
            name=name,
            compiled=remembered,
            max_states=max_states,
            progress=progress,
        )
        for name, automaton in read
        for each in chosen
        for text in arithmetics
    )


def save_evidence(cell: Verdict, folder: Path) -> dict[str, str]:
    """Write the network and the certificate of a cell into a folder; returns the names of the files.

    Arguments:
        cell: the cell; an open one has nothing to write.
        folder: an existing folder.
    """
    files = {}
    if cell.network is not None:
        files["network"] = f"{cell.stem}.safetensors"
        cell.network.save(folder / files["network"])
    if cell.certificate is not None:
        files["certificate"] = f"{cell.stem}.json"
        cell.certificate.save(folder / files["certificate"])
    return files


def markdown(cells: Sequence[Verdict]) -> str:
    """A table in Markdown: a row for each language and arithmetic, a column for each family.

    Arguments:
        cells: the cells.
    """
    families = list(dict.fromkeys(cell.family for cell in cells))
    rows = list(dict.fromkeys((cell.language, cell.arithmetic) for cell in cells))
    known = {(cell.language, cell.arithmetic, cell.family): cell.answer for cell in cells}
    lines = ["| language | arithmetic | " + " | ".join(families) + " |", "|" + "---|" * (len(families) + 2)]
    for language, arithmetic in rows:
        marks = [known.get((language, arithmetic, each), "") for each in families]
        lines.append(f"| {language} | {arithmetic} | " + " | ".join(marks) + " |")
    return "\n".join(lines)


def text(cells: Sequence[Verdict]) -> str:
    """The same table for a terminal, with ✓ for yes, ✗ for no and ? for open.

    Arguments:
        cells: the cells.
    """
    families = list(dict.fromkeys(cell.family for cell in cells))
    rows = list(dict.fromkeys((cell.language, cell.arithmetic) for cell in cells))
    known = {(cell.language, cell.arithmetic, cell.family): cell.answer for cell in cells}
    marks = {YES: "✓", NO: "✗", OPEN: "?"}
    first = max(len("language"), *(len(language) for language, _ in rows))
    second = max(len("arithmetic"), *(len(arithmetic) for _, arithmetic in rows))
    lines = [f"{number:>2} {each}" for number, each in enumerate(families, start=1)]
    head = f"{'language':<{first}}  {'arithmetic':<{second}}  "
    lines.append(head + " ".join(f"{number:>2}" for number in range(1, len(families) + 1)))
    for language, arithmetic in rows:
        cell_marks = [f"{marks.get(known.get((language, arithmetic, each), ''), ' '):>2}" for each in families]
        lines.append(f"{language:<{first}}  {arithmetic:<{second}}  " + " ".join(cell_marks))
    counts = {answer: sum(cell.answer == answer for cell in cells) for answer in (YES, NO, OPEN)}
    lines.append(f"{counts[YES]} yes (✓, certified), {counts[NO]} no (✗, by theorem), {counts[OPEN]} open (?)")
    return "\n".join(lines)
