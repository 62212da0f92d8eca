"""Languages in: patterns, files, parametric families and named languages, each turned into an `Automaton`."""

from __future__ import annotations

from expressivity.languages.families import FAMILIES as FAMILIES
from expressivity.languages.regex import from_regex as from_regex
from expressivity.languages.resolve import language as language
from expressivity.languages.resolve import save_language as save_language
from expressivity.languages.zoo import ZooEntry as ZooEntry
from expressivity.languages.zoo import zoo_entry as zoo_entry
from expressivity.languages.zoo import zoo_names as zoo_names
