"""`expressivity describe`: what a language's monoid is."""

from __future__ import annotations

import argparse

from expressivity.commands.common import (
    HOLDS,
    LANGUAGE,
    AddCommand,
    print_json,
)


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("describe", _describe, "say what a language's monoid is")
    sub.add_argument("language", help=LANGUAGE)


def _describe(options: argparse.Namespace) -> int:
    from expressivity.algebra.profile import describe

    profile = describe(options.language)
    if options.json:
        print_json(profile.to_json())
    else:
        print(profile.table())
    return HOLDS
