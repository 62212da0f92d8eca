"""Turns whatever a user has – a name, a pattern, a file, an object – into an automaton."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.files import replace_file
from expressivity.languages.att import read_att, write_att
from expressivity.languages.dot import read_dot, write_dot
from expressivity.languages.families import FAMILIES, read_family_call
from expressivity.languages.jff import read_jff, write_jff
from expressivity.languages.json_file import read_json, write_json
from expressivity.languages.regex import from_regex
from expressivity.languages.zoo import zoo_entry, zoo_names

if TYPE_CHECKING:
    from automata.fa.dfa import DFA
    from automata.fa.nfa import NFA

_WRITERS = {".att": write_att, ".jff": write_jff, ".dot": write_dot, ".json": write_json}


def language(
    spec: str | Path | Automaton | DFA | NFA,
    *,
    alphabet: str | Sequence[str] | None = None,
    determinise: bool = False,
) -> Automaton:
    """The automaton of a language, however it is given.

    Arguments:
        spec: one of
            a name of the zoo ("parity");
            a regular expression after "re:" ("re:(aa)*"), its alphabet in brackets if need be ("re[ab]:(aa)*");
            a call of a family ("symmetric_group(4, letters='adjacent')");
            the path of a file ending in .att, .jff, .dot or .json;
            an `Automaton`, or an automata-lib `DFA` or `NFA`.
        alphabet: the letters in the order wanted, which may be more than the language mentions.
        determinise: accept a nondeterministic .jff file, and take its subset automaton.

    Returns:
        The automaton, complete. Named languages, patterns and NFAs come minimal; files and DFAs come as they are.

    Raises:
        LanguageError: saying what is wrong with the specification.
    """
    if alphabet is not None and not len(alphabet):
        raise LanguageError("the alphabet is empty; give at least one letter")
    if isinstance(spec, str) and (pattern := re.match(r"re(?:\[((?:[^\]\\]|\\.)*)\])?:", spec)):
        inside = pattern.group(1)
        if inside is not None and alphabet is not None:
            raise LanguageError(f"{spec!r} brings its own alphabet; leave alphabet={alphabet!r} out")
        if inside == "":
            raise LanguageError(f"the alphabet in {spec!r} is empty; give at least one letter")
        chosen = alphabet if inside is None else re.sub(r"\\(.)", r"\1", inside)
        return from_regex(spec[pattern.end() :], chosen)
    found = _resolve(spec, determinise)
    return found if alphabet is None or tuple(alphabet) == found.letters else found.with_letters(tuple(alphabet))


def save_language(automaton: Automaton, path: str | Path) -> None:
    """Write an automaton to a file in the format of its suffix: .att, .jff, .dot or .json.

    The file appears whole or not at all. Reading it back gives an equal automaton.

    Raises:
        LanguageError: when the suffix is unknown, the folder is missing, or the format cannot hold the letter names.
    """
    path = Path(path)
    if path.suffix not in _WRITERS:
        raise LanguageError(f"{path.name!r} does not end in a known suffix; choose one of {', '.join(_WRITERS)}")
    replace_file(path, _WRITERS[path.suffix](automaton), error=LanguageError)


def _resolve(spec: Any, determinise: bool) -> Automaton:
    if isinstance(spec, Automaton):
        return spec
    if isinstance(spec, str):
        if spec in zoo_names():
            return zoo_entry(spec).automaton()
        if re.fullmatch(r"\s*[A-Za-z_]\w*\(.*\)\s*", spec, re.DOTALL):
            return read_family_call(spec)
        if not spec:
            raise LanguageError(f"the specification is empty; {_FORMS}")
        if os.sep in spec or "/" in spec or Path(spec).suffix in _WRITERS or Path(spec).exists():
            return _read(Path(spec), determinise)
        near = difflib.get_close_matches(spec, [*zoo_names(), *FAMILIES], n=4, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else _FORMS
        raise LanguageError(f"there is no language {spec!r}; {hint}")
    if isinstance(spec, Path):
        return _read(spec, determinise)
    # An automata-lib object can only exist once that library is loaded, so this import costs nothing then.
    if type(spec).__module__.partition(".")[0] == "automata":
        from automata.fa.dfa import DFA
        from automata.fa.nfa import NFA

        if isinstance(spec, DFA):
            return Automaton.from_dfa(spec)
        if isinstance(spec, NFA):
            return Automaton.from_nfa(spec)
    raise LanguageError(f"a {type(spec).__name__} is no language; {_FORMS}")


_FORMS = (
    'give a name of the zoo, "re:" and a pattern, a family such as "unary_modulus(3)", a file ending in '
    ".att, .jff, .dot or .json, an Automaton, or an automata-lib DFA or NFA"
)


def _read(path: Path, determinise: bool) -> Automaton:
    if path.is_dir():
        inside = sorted(child.name for child in path.iterdir() if child.suffix in _WRITERS)
        some = f" such as {path / inside[0]}" if inside else ""
        raise LanguageError(f"{path} is a folder; give one file{some}")
    if not path.exists():
        siblings = [child.name for child in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, siblings, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "check the path"
        raise LanguageError(f"there is no file {path}; {hint}")
    if path.suffix == ".att":
        return read_att(path)
    if path.suffix == ".jff":
        return read_jff(path, determinise=determinise)
    if path.suffix == ".dot":
        return read_dot(path)
    if path.suffix == ".json":
        return read_json(path)
    raise LanguageError(f"{path} does not end in a known suffix; expected one of {', '.join(_WRITERS)}")
