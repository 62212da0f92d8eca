"""What the app asks: each question takes and gives plain data, so that it can be answered in another process."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from expressivity.algebra.facts import Profile
from expressivity.algebra.monoids.green import EggBox, greens_relations
from expressivity.algebra.monoids.monoid import transition_monoid
from expressivity.algebra.profile import describe
from expressivity.automaton import Automaton
from expressivity.constructions.compiler import compile as compile_network
from expressivity.errors import CannotCompile, LanguageError
from expressivity.experiments.verdicts.verdict_table import YES, Verdict, verdict
from expressivity.languages import FAMILIES, language, zoo_names
from expressivity.networks.network import Network
from expressivity.verification.answers import Answer, Certificate, Undecided
from expressivity.verification.realise import realise
from expressivity.verification.verify import verify

UPLOADS = (".att", ".jff", ".dot", ".json")
"""Endings of files that are languages."""

_MOST_UPLOADED = 5_000_000  # bytes
_MOST_RUN = 2_000  # letters of a word that is run step by step
_MOST_DRAWN = 2_000  # states of an automaton to be drawn
_MOST_ELEMENTS = 400  # of a monoid whose egg-boxes are drawn


@dataclass(frozen=True)
class Built:
    """A family and a language: a network, or why there is none.

    Arguments:
        network: the network, or None.
        weights: the file that `expressivity compile -o` would write, or b"".
        refusal: why there is no network, or "".
        proved: whether a theorem forbids every network of the family.
    """

    network: Network | None
    weights: bytes = b""
    refusal: str = ""
    proved: bool = False


def read_typed(text: str) -> Automaton:
    """A language as somebody types it: a name of the zoo, a family call, or else a regular expression.

    No file is read, whatever the text says: the page may be open to others.

    Arguments:
        text: such as "parity", "symmetric_group(3)", "(aa)*|b", "re[ab]:(aa)*".

    Raises:
        LanguageError: saying what is wrong with it.
    """
    text = text.strip()
    if not text:
        raise LanguageError("nothing is typed; give a regular expression such as (aa)*, or a name such as parity")
    return language(spelled(text))


def spelled(text: str) -> str:
    """The text as the command line reads it: what is no name, no call of a family and no pattern yet gets a "re:"."""
    text = text.strip()
    call = re.fullmatch(r"([A-Za-z_]\w*)\(.*\)", text, re.DOTALL)
    known = text in zoo_names() or re.match(r"re(\[|:)", text) or (call is not None and call[1] in FAMILIES)
    return text if known else f"re:{text}"


def read_upload(name: str, contents: bytes) -> Automaton:
    """A language from the contents of a file.

    Arguments:
        name: the file's name; its ending says what it is.
        contents: its bytes.

    Raises:
        LanguageError: saying what is wrong with it.
    """
    shown = Path(name.replace("\\", "/")).name
    ending = Path(shown).suffix.lower()
    if ending not in UPLOADS:
        raise LanguageError(f"{shown} is no file of a language; expected one that ends in {', '.join(UPLOADS)}")
    if len(contents) > _MOST_UPLOADED:
        raise LanguageError(f"{shown} has {len(contents):,} bytes; the page reads at most {_MOST_UPLOADED:,}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{ending}"
        path.write_bytes(contents)
        try:
            return language(path)
        except LanguageError as error:
            raise LanguageError(str(error).replace(str(path), shown).replace(path.name, shown)) from None


def profile(automaton: Automaton) -> Profile:
    """What is known about the language of an automaton."""
    return describe(automaton)


def egg_boxes(automaton: Automaton) -> tuple[EggBox, ...] | int:
    """The 𝒟-classes of the syntactic monoid of a language; of a monoid too large for a picture, what its order exceeds.

    Arguments:
        automaton: the automaton.
    """
    monoid = transition_monoid(automaton.minimal(), limit=_MOST_ELEMENTS)
    if not monoid.complete:
        return _MOST_ELEMENTS
    green = greens_relations(monoid)
    return tuple(green.egg_box(d_class) for d_class in green.d_classes)


def build(
    automaton: Automaton, family: str, *, key: str = "swap", factors: int | None = None, delay: int | None = None
) -> Built:
    """Compile a language into a family; a refusal is an answer. Arguments as in `expressivity.compile`."""
    try:
        network = compile_network(automaton, family, key=key, factors=factors, delay=delay)
    except CannotCompile as refusal:
        return Built(None, refusal=str(refusal), proved=refusal.proved)
    return Built(network, file_of(network))


def file_of(network: Network) -> bytes:
    """The bytes of the file that a network is saved as."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.safetensors"
        network.save(path)
        return path.read_bytes()


def decide(network: Network, automaton: Automaton, arithmetic: str, *, max_states: int = 50_000) -> Answer:
    """Decide whether a network recognises a language, by `verify`, within the budget of a page.

    Arguments:
        network: the network.
        automaton: the language.
        arithmetic: as `parse_arithmetic` reads it.
        max_states: budget of the search.

    Raises:
        FormatError: for an arithmetic in which networks are not run.
    """
    return verify(network, automaton, arithmetic=arithmetic, max_states=max_states)


def certificate_file(certificate: Certificate | None) -> bytes:
    """The bytes of the file that a certificate is saved as, b"" where there is none."""
    return b"" if certificate is None else json.dumps(certificate.data, separators=(",", ":")).encode()


def search(automaton: Automaton, family: str, arithmetic: str) -> tuple[Verdict, bytes, bytes]:
    """Every construction, variant and stored find of the family for this arithmetic, tried one after the other.

    Arguments:
        automaton: the language.
        family: name of the family.
        arithmetic: as `parse_arithmetic` reads it.

    Returns:
        The cell of the verdict table, and the files of its network and its certificate (b"" where there is none).
    """
    cell = verdict(automaton, family, arithmetic, max_states=20_000)
    weights = b"" if cell.answer != YES or cell.network is None else file_of(cell.network)
    return cell, weights, certificate_file(cell.certificate)


def realised(network: Network, arithmetic: str) -> Automaton | Undecided:
    """The automaton that a network is, minimal, when it has few enough states to be drawn.

    Arguments:
        network: the network.
        arithmetic: as `parse_arithmetic` reads it.
    """
    found = realise(network, arithmetic, max_states=_MOST_DRAWN)
    return found if isinstance(found, Undecided) else found.minimal()
