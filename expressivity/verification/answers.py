"""The answers a decision can have; each says what it is, who checked it, and carries its evidence."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from expressivity.errors import CertificateError
from expressivity.files import replace_file


@dataclass(frozen=True)
class Certificate:
    """Evidence as a JSON object, to be re-checked by `expressivity.checker`, which shares no code with us.

    Arguments:
        data: the JSON object.
    """

    data: dict[str, Any] = field(repr=False)

    def save(self, path: str | Path) -> None:
        """Write the certificate as JSON, atomically."""
        replace_file(Path(path), json.dumps(self.data, separators=(",", ":")), error=CertificateError)

    @classmethod
    def load(cls, path: str | Path) -> Certificate:
        """Read a certificate.

        Raises:
            CertificateError: when the file is missing or is not a JSON object.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise CertificateError(f"cannot read {path}: {error.strerror}; expected a certificate (JSON)") from None
        except ValueError as error:
            raise CertificateError(f"{path} is not JSON ({error}); expected a certificate") from None
        if not isinstance(data, dict):
            raise CertificateError(f"{path} holds a JSON {type(data).__name__}; expected an object")
        return cls(data)


@dataclass(frozen=True)
class Check:
    """Who checked a certificate.

    Arguments:
        by: who did, "" for nobody.
        said: the checker's own sentence; or why it was not asked.
    """

    by: str
    said: str

    def to_json(self) -> dict[str, Any]:
        """What an answer's JSON object says about its certificate."""
        return {"checked": bool(self.by), "checker": self.said}

    def told(self) -> str:
        """What an answer's details say about its certificate."""
        if self.by:
            return f"the certificate passed {self.by}"
        return f"{CHECKER} has not seen the certificate: {self.said}"


UNCHECKED = Check("", "it was not asked to (check=False)")
"""The answer's certificate was not shown to the independent checker."""

CHECKER = "the independent checker"
"""Who checks certificates: `expressivity.checker`."""


@dataclass(frozen=True)
class Told:
    """An answer in plain words.

    Arguments:
        sentence: what the answer is; it ends with a colon where the first detail goes on with it.
        details: evidence and reasons, a line each.
    """

    sentence: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.sentence, *(f"  {line}" for line in self.details)])


class BaseAnswer(ABC):
    """What all answers share: whether what was asked holds, plain JSON values, plain words, and no truth value."""

    holds: ClassVar[bool | None]
    """Whether what was asked is proved (True), falsified (False) or neither (None)."""

    _instead: ClassVar[str] = "isinstance(answer, ex.{})"

    def __bool__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"an answer has no truth value, because one that falsifies or leaves open is an answer too (this is "
            f"{name}): {self.told().sentence.rstrip(':')}; write {self._instead.format(name)}"
        )

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values, without its certificate."""

    @abstractmethod
    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words.

        Arguments:
            letters: most letters of a word that are spelled out.
        """


class _AboutNetwork(BaseAnswer):
    _instead = (
        "isinstance(answer, ex.Equivalent), or in a test ex.assert_verified(network, language, arithmetic=...), which "
        "raises an AssertionError unless the network is proved right"
    )


@dataclass(frozen=True)
class Equivalent(_AboutNetwork):
    """The network recognises the language, for all lengths.

    Arguments:
        certificate: an inductive invariant: boxes of states, each labelled with a state of the minimal automaton,
            closed under every letter, on which the network's verdict is the automaton's.
        boxes: number of labelled boxes.
        arithmetic: the arithmetic the proof is about.
        statement: what is proved, in a sentence.
        checked: who checked the certificate, or why nobody did.
    """

    holds = True

    certificate: Certificate
    boxes: int
    arithmetic: str
    statement: str
    checked: Check = UNCHECKED

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values, without its certificate."""
        return {
            "answer": "equivalent",
            "word": None,
            "arithmetic": self.arithmetic,
            "proved_length": None,
            "states": self.boxes,
            "because": self.statement,
            **self.checked.to_json(),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        return Told(
            f"EQUIVALENT for all lengths, in {self.arithmetic} arithmetic",
            (self.statement, self.checked.told()),
        )


@dataclass(frozen=True)
class NetworkRefutation(BaseAnswer):
    """The network is wrong on infinitely many words, for a reason.

    Arguments:
        prefix: u.
        loop: w.
        preperiod: from this length on the verdicts on prefixes of u·w·w·… are periodic.
        period: their period.
        lengths: two lengths of such prefixes that the network gives the same verdict and the language does not; or one
            length at which they differ, where the language has the network's period too.
        verdict: the network's verdict at these lengths.
        word: the shortest failing prefix, or None when it is longer than what was computed.
        reason: the theorem that explains it, in a sentence.
        arithmetic: the arithmetic of the proof.
        certificate: everything, to be re-checked independently.
    """

    holds = False

    prefix: tuple[str, ...]
    loop: tuple[str, ...]
    preperiod: int
    period: int
    lengths: tuple[int, ...]
    verdict: bool
    word: tuple[str, ...] | None
    reason: str
    arithmetic: str
    certificate: Certificate

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values, without its certificate."""
        return {
            "answer": "refuted",
            "word": None if self.word is None else list(self.word),
            "arithmetic": self.arithmetic,
            "because": self.reason,
            "prefix": list(self.prefix),
            "loop": list(self.loop),
            "preperiod": self.preperiod,
            "period": self.period,
            "lengths": list(self.lengths),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        what = "constant" if self.period == 1 else f"periodic with period {self.period}"
        along = f"the powers of {show_word(self.loop, letters)}"
        if self.prefix:
            along = f"{show_word(self.prefix, letters)} and then {along}"
        says = "accepts" if self.verdict else "rejects"
        shown = describe_lengths(self.lengths)
        if len(shown) == 1:
            has = "is not" if self.verdict else "is"
            says = f"so it {says} the prefix of {shown[0]} letters, which {has} in the language"
        else:
            first, second = shown
            both = f"both the prefix of {first} letters and that of {second}"
            says = f"so it {says} {both}, of which the language has just one"
        return Told(
            f"FALSIFIED in {self.arithmetic} arithmetic, by a reason:",
            (
                f"on {along} its verdicts are {what} from length {describe_lengths((self.preperiod,))[0]} on,",
                says,
                f"because {self.reason}",
            ),
        )


@dataclass(frozen=True)
class Counterexample(_AboutNetwork):
    """A word on which network and language disagree: a shortest one, or one too long to be written down.

    Arguments:
        word: the letters of the word; None when it is too long to be written down, and `refutation` says which.
        network_accepts: the network's verdict; the language's is the opposite.
        arithmetic: the arithmetic of the run.
        certificate: the word with the network and the language, to be replayed independently; without a word that of
            the refutation.
        proved_length: network and language agree on every word up to this length.
        refutation: why the network must fail on infinitely many words, where a theorem says so.
        checked: who checked the certificate, and that of the refutation, or why nobody did.
    """

    holds = False

    word: tuple[str, ...] | None
    network_accepts: bool
    arithmetic: str
    certificate: Certificate
    proved_length: int
    refutation: NetworkRefutation | None = None
    checked: Check = UNCHECKED

    @property
    def shortest(self) -> bool:
        """Whether the word is proved to be a shortest one, so that its length is the exact horizon."""
        return self.word is not None and len(self.word) == self.proved_length + 1

    @property
    def lengths(self) -> tuple[int, ...]:
        """Length of the word; without one the lengths of the refutation, of which at least one fails."""
        if self.word is not None:
            return (len(self.word),)
        assert self.refutation is not None
        return self.refutation.lengths

    @property
    def because(self) -> str:
        """The theorem that explains the failure, in a sentence, or ""."""
        return "" if self.refutation is None else self.refutation.reason

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values, without its certificate."""
        because = {} if self.refutation is None else self.refutation.to_json()
        return because | {
            "answer": "counterexample",
            "word": None if self.word is None else list(self.word),
            "arithmetic": self.arithmetic,
            "network_accepts": self.network_accepts,
            "proved_length": self.proved_length,
            "shortest": self.shortest,
            **self.checked.to_json(),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        reason = () if self.refutation is None else self.refutation.told(letters=letters).details
        if self.word is None:
            first = f"FALSIFIED in {self.arithmetic} arithmetic, by words too long to write down:"
            return Told(first, (*reason, self.checked.told()))
        says, is_in = ("accepts", "is not in") if self.network_accepts else ("rejects", "is in")
        which = "a shortest word" if self.shortest else "a word"
        details = [show_word(self.word, letters), f"the network {says} it, but it {is_in} the language"]
        if not self.shortest:
            details.append(f"all words of up to {self.proved_length} letters are right")
        if reason:
            details += [f"and it must fail: {reason[0]}", *reason[1:]]
        if reason or not self.checked.by:
            details.append(self.checked.told())
        return Told(
            f"FALSIFIED in {self.arithmetic} arithmetic by {which}, of length {len(self.word)}:", tuple(details)
        )


@dataclass(frozen=True)
class Undecided(_AboutNetwork):
    """The budget ran out before the reachable states closed.

    Arguments:
        proved_length: network and language agree on every word up to this length (−1: on none yet); where no language
            was asked about, every word up to this length was followed.
        states: number of (network state, automaton state) pairs that had been reached.
        budget: what ran out.
        arithmetic: the arithmetic of the run.
        compared: whether the network was compared with a language.
    """

    holds = None

    proved_length: int
    states: int
    budget: str
    arithmetic: str
    compared: bool = True

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "answer": "undecided",
            **({"word": None} if self.compared else {}),
            "arithmetic": self.arithmetic,
            "proved_length": self.proved_length,
            "states": self.states,
            "budget": self.budget,
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        known = f"network and language agree on all words up to length {self.proved_length}"
        if not self.compared:
            known = f"every word up to length {self.proved_length} was followed; its states had not closed"
        return Told(f"UNDECIDED: the budget ended ({self.budget}) after {self.states} states", (known,))


@dataclass(frozen=True)
class Impossible(BaseAnswer):
    """No network of a family recognises the language in an arithmetic, whatever its depth, width and weights.

    Arguments:
        family: name of the family.
        arithmetic: the arithmetic the theorem is about.
        theorem: name of the theorem.
        given: "" where all networks of the family are excluded; else the property of those that are.
        statement: which networks are excluded, in the first sentence, and why, in the second.
        hypotheses: every hypothesis with why it holds: of the family, of the arithmetic, of the language; and last what
            is assumed of the network, where the theorem needs more than the family gives.
        pair: two words that the language tells apart and that stand for the ones every network of the family
            confuses; see `confuses`.
        confuses: which pairs a given network confuses, in a sentence.
        proof: name of the theorem's file for `expressivity prove`, or "".
        certificate: the evidence, for the independent checker.
        checked: who checked the certificate, or why nobody did.
    """

    holds = True

    family: str
    arithmetic: str
    theorem: str
    given: str
    statement: str
    hypotheses: tuple[str, ...]
    pair: tuple[tuple[str, ...], tuple[str, ...]]
    confuses: str
    proof: str
    certificate: Certificate
    checked: Check = UNCHECKED

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values, without its certificate."""
        return {
            "answer": "impossible",
            "family": self.family,
            "arithmetic": self.arithmetic,
            "theorem": self.theorem,
            "given": self.given or None,
            "because": self.statement,
            "hypotheses": list(self.hypotheses),
            "pair": [list(word) for word in self.pair],
            "confuses": self.confuses,
            "proof": self.proof or None,
            **self.checked.to_json(),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        first, second = (show_word(word, letters) for word in self.pair)
        details = [
            self.statement,
            *(f"· {hypothesis}" for hypothesis in self.hypotheses),
            f"told apart by the language: {first} | {second}",
            self.confuses,
            *([f"see it proved and broken: expressivity prove {self.proof}"] if self.proof else []),
            self.checked.told(),
        ]
        which = f"every network of {self.family}" + (f" with the property {self.given!r}" if self.given else "")
        return Told(f"IMPOSSIBLE in {self.arithmetic} arithmetic, for {which}: {self.theorem}", tuple(details))


@dataclass(frozen=True)
class Open(BaseAnswer):
    """No theorem at hand forbids a family to recognise the language, which says nothing of whether a network does.

    Arguments:
        family: name of the family.
        arithmetic: the arithmetic that was asked about.
        given: "" where all networks of the family were asked about; else the property of those that were.
        statement: that no theorem applies, in a sentence.
        hypotheses: what every theorem about the family would need and does not have here, one sentence each.
    """

    holds = None

    family: str
    arithmetic: str
    given: str
    statement: str
    hypotheses: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "answer": "open",
            "family": self.family,
            "arithmetic": self.arithmetic,
            "given": self.given or None,
            "because": self.statement,
            "hypotheses": list(self.hypotheses),
        }

    def told(self, *, letters: int = 10_000) -> Told:
        """The answer in plain words; arguments as in every answer."""
        which = f" with the property {self.given!r}" if self.given else ""
        return Told(
            f"OPEN: no theorem here forbids {self.family}{which} in {self.arithmetic} arithmetic",
            (
                "that says nothing about whether a network exists; try compile and verify",
                *(f"· {hypothesis}" for hypothesis in self.hypotheses),
            ),
        )


Answer = Equivalent | Counterexample | Undecided


def show_word(word: Sequence[str], letters: int = 10_000) -> str:
    """A word as a person reads it: letters run together when each is one character.

    Arguments:
        word: the letters.
        letters: most letters that are spelled out; of a longer word its ends are.
    """
    if not word:
        return "the empty word"
    if len(word) > letters and len(set(word)) == 1:
        return f"{word[0]} repeated {len(word)} times"
    joint = "" if all(len(letter) == 1 for letter in word) else " "
    if len(word) > letters:
        half = letters // 2
        return f"{joint.join(word[:half])} … {joint.join(word[-half:])} ({len(word):,} letters)"
    return joint.join(word)


def describe_lengths(lengths: Sequence[int]) -> tuple[str, ...]:
    """Lengths as a person reads them: written out, or as K and K + d when they are long.

    Arguments:
        lengths: one length, or two in order.
    """
    first = lengths[0]
    if first < 10**9:
        return tuple(map(str, lengths))
    digits = str(first)
    shown = f"{digits[0]}.{digits[1:3]}·10^{len(digits) - 1} ({len(digits)} digits, exact in the certificate)"
    return (f"K = {shown}", *(f"K + {other - first}" for other in lengths[1:]))
