"""Turns our own JSON files into automata, and automata into such files: the format that loses nothing.

    {"format": "expressivity automaton", "version": 1,
     "letters": ["a", "b"], "start": 0, "accepting": [1], "table": [[1, 0], [0, 1]]}

The table has one row per letter: the next state of every state.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.text_files import read_text

_FORMAT = "expressivity automaton"
_VERSION = 1


def read_json(path: str | Path) -> Automaton:
    """Read an automaton from our JSON format.

    Raises:
        LanguageError: listing everything that is missing or malformed.
    """
    try:
        content = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise LanguageError(f"{path} is no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise LanguageError(f'{path} is not one of our automata; expected an object with "format": "{_FORMAT}"')
    if content.get("version") != _VERSION:
        raise LanguageError(
            f"{path} has version {content.get('version')!r}; this release reads version {_VERSION}: upgrade the library"
        )
    problems = [f"{key} is missing" for key in ("letters", "start", "accepting", "table") if key not in content]
    letters, table = content.get("letters", []), content.get("table", [])
    if not isinstance(letters, list) or not all(isinstance(letter, str) for letter in letters):
        problems.append("letters is no list of texts")
    if not _is_int(content.get("start", 0)):
        problems.append(f"start is {content['start']!r}; expected a state number")
    if not _are_ints(content.get("accepting", [])):
        problems.append("accepting is no list of state numbers")
    if not isinstance(table, list) or not all(_are_ints(row) for row in table):
        problems.append("table is no list of rows of state numbers")
    elif len({len(row) for row in table}) > 1:
        problems.append(f"the rows of table have different lengths {[len(row) for row in table][:10]}")
    elif any(abs(target) >= 2**31 for row in table for target in row):
        problems.append("table holds numbers that do not fit 32 bits")
    if problems:
        raise LanguageError(f"{path} is malformed: " + "; ".join(problems))
    if not table:
        raise LanguageError(f"{path} is malformed: the alphabet is empty; give at least one letter")
    rows = np.array(table, dtype=np.int32)
    try:
        return Automaton.from_table(rows, content["start"], accepting=content["accepting"], letters=letters)
    except LanguageError as error:
        raise LanguageError(f"{path} is malformed: {error}") from None


def write_json(automaton: Automaton) -> str:
    """The text of a JSON file, one row of the table per line."""
    rows = ",\n  ".join(json.dumps(row) for row in automaton.table.tolist())
    fields = {
        "format": _FORMAT,
        "version": _VERSION,
        "letters": list(automaton.letters),
        "start": automaton.start,
        "accepting": np.flatnonzero(automaton.accepting).tolist(),
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items()]
    return "{\n" + ",\n".join(lines) + f',\n "table": [\n  {rows}\n ]\n}}\n'


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_ints(values: Any) -> bool:
    return isinstance(values, list) and all(_is_int(value) for value in values)
