"""`expressivity zoo`: the languages that come with the library."""

from __future__ import annotations

import argparse

from expressivity.commands.common import (
    HOLDS,
    AddCommand,
    print_json,
)


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("zoo", _zoo, "list the languages of the zoo, or show one")
    sub.add_argument("name", nargs="?", help="name of one language")


def _zoo(options: argparse.Namespace) -> int:
    from expressivity.languages import zoo_entry, zoo_names

    names = zoo_names() if options.name is None else (options.name,)
    entries = [zoo_entry(name) for name in names]
    if options.json:
        shown = [{"name": e.name, "title": e.title, "source": e.source, "facts": dict(e.facts)} for e in entries]
        print_json(shown if options.name is None else shown[0])
        return HOLDS
    if options.name is None:
        width = max(len(name) for name in names)
        for entry in entries:
            print(f"{entry.name:<{width}}  {entry.title}")
        return HOLDS
    entry = entries[0]
    print(f"{entry.name}: {entry.title}\n  source: {entry.source}")
    for fact, value in entry.facts.items():
        print(f"  {fact.replace('_', ' ')}: {value}")
    print(f"  {entry.automaton()!r}")
    return HOLDS
