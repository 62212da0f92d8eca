"""The zoo: named languages, one TOML file each in the folder `automata`, with facts from the literature.

A file has `name`, `title`, `source`, and a table `[definition]` that is one of

    regex = "(11)*"            alphabet = "1"
    family = "tomita"          arguments = [3]       options = {}        (arguments and options may be left out)
    letters = ["a", "b"]       start = 0             accepting = [0]     table = [[…], […]]   (one row per letter)

and a table `[facts]`. Facts are about the minimal complete automaton and its transition monoid; tests check them.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.files import content_folder
from expressivity.languages.families import call_family
from expressivity.languages.regex import from_regex

_DEFINITIONS = {
    "regex": {"regex", "alphabet"},
    "family": {"family", "arguments", "options"},
    "table": {"table", "letters", "start", "accepting"},
}
_FACTS = {"states": int, "monoid_order": int, "aperiodic": bool, "group": bool, "solvable": bool, "commutative": bool}


@dataclass(frozen=True)
class ZooEntry:
    """A named language as its file states it.

    Arguments:
        name: the name to give to `language`.
        title: the language in one sentence.
        source: where it comes from.
        definition: how it is made; see the head of this module.
        facts: what is known about its minimal complete automaton: `states`, `monoid_order` (identity included),
            `aperiodic`, `group`, `solvable` (every group in the monoid is), `commutative`.
    """

    name: str
    title: str
    source: str
    definition: dict[str, Any]
    facts: dict[str, int | bool]

    def automaton(self) -> Automaton:
        """The minimal complete automaton, numbered breadth-first."""
        given = self.definition
        if "regex" in given:
            return from_regex(given["regex"], given.get("alphabet"))
        if "family" in given:
            return call_family(given["family"], given.get("arguments", []), given.get("options", {})).minimal()
        made = Automaton.from_table(
            given["table"], given.get("start", 0), accepting=given["accepting"], letters=given["letters"]
        )
        return made.minimal()


def zoo_folder() -> Path:
    """The folder of the zoo files: inside an installed package, or beside the package in a checkout.

    Raises:
        LanguageError: when there is neither.
    """
    return content_folder("automata", "named languages", error=LanguageError)


def zoo_names() -> tuple[str, ...]:
    """The names of all languages of the zoo, sorted."""
    return tuple(sorted(path.stem for path in zoo_folder().glob("*.toml")))


def zoo_entry(name: str) -> ZooEntry:
    """What the zoo says about a named language.

    Raises:
        LanguageError: when there is no such name (near ones are suggested), or its file is malformed.
    """
    if name not in zoo_names():
        near = difflib.get_close_matches(name, zoo_names(), n=4, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`zoo_names()` lists them"
        raise LanguageError(f"the zoo has no language {name!r}; {hint}")
    return read_zoo_file(zoo_folder() / f"{name}.toml")


@cache
def read_zoo_file(path: Path) -> ZooEntry:
    """Read and check one file of the zoo.

    Raises:
        LanguageError: listing everything that is wrong with it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LanguageError(f"{path.name} is not TOML: {error}") from None
    problems = [
        f"{key} is missing or no text" for key in ("name", "title", "source") if not isinstance(content.get(key), str)
    ]
    if isinstance(content.get("name"), str) and content["name"] != path.stem:
        problems.append(f"name {content['name']!r} differs from the file's name {path.stem!r}")
    unknown = sorted(set(content) - {"name", "title", "source", "definition", "facts"})
    if unknown:
        problems.append(f"unknown keys {unknown}")
    definition, facts = content.get("definition", {}), content.get("facts", {})
    kinds = [kind for kind in _DEFINITIONS if kind in definition]
    if len(kinds) != 1:
        problems.append("[definition] needs exactly one of regex, family and table")
    else:
        if set(definition) - _DEFINITIONS[kinds[0]]:
            problems.append(f"[definition] has unknown keys {sorted(set(definition) - _DEFINITIONS[kinds[0]])}")
        if kinds[0] == "table" and {"letters", "accepting"} - set(definition):
            problems.append(f"[definition] lacks {sorted({'letters', 'accepting'} - set(definition))}")
    for fact, value in facts.items():
        if fact not in _FACTS:
            problems.append(f"unknown fact {fact}; known are {', '.join(_FACTS)}")
        elif type(value) is not _FACTS[fact]:
            problems.append(f"fact {fact} is {value!r}; expected {_FACTS[fact].__name__}")
    if problems:
        raise LanguageError(f"{path.name}: " + "; ".join(problems))
    return ZooEntry(content["name"], content["title"], content["source"], definition, facts)
