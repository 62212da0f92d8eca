"""The answers a decision can have; each says what it is and carries its evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
class Equivalent:
    """The network recognises the language, for all lengths.

    Arguments:
        certificate: an inductive invariant: boxes of states, each labelled with a state of the minimal automaton,
            closed under every letter, on which the network's verdict is the automaton's.
        boxes: number of labelled boxes.
        arithmetic: the arithmetic the proof is about.
        statement: what is proved, in a sentence.
        checkable: whether the independent checker re-runs the certificate; it refuses cycles beyond its stated limit.
    """

    certificate: Certificate
    boxes: int
    arithmetic: str
    statement: str
    checkable: bool = True


@dataclass(frozen=True)
class Counterexample:
    """A shortest word on which network and language disagree.

    Arguments:
        word: the letters of the word; its length is the exact horizon.
        network_accepts: the network's verdict; the language's is the opposite.
        arithmetic: the arithmetic of the run.
        certificate: the word with the network and the language, to be replayed independently.
        checkable: whether the independent checker replays a word of this length.
    """

    word: tuple[str, ...]
    network_accepts: bool
    arithmetic: str
    certificate: Certificate
    checkable: bool = True


@dataclass(frozen=True)
class Undecided:
    """The budget ran out before the reachable states closed.

    Arguments:
        proved_length: network and language agree on every word up to this length (−1: on none yet).
        states: number of (network state, automaton state) pairs that had been reached.
        budget: what ran out.
        arithmetic: the arithmetic of the run.
    """

    proved_length: int
    states: int
    budget: str
    arithmetic: str


@dataclass(frozen=True)
class Impossible:
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
    """

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


Answer = Equivalent | Counterexample | Undecided
