"""`expressivity realise`: the finite automaton that a network is, in some arithmetic."""

from __future__ import annotations

import argparse

from expressivity.commands.common import (
    AddCommand,
    Reporter,
    add_budgets,
    exit_code,
    print_json,
    report,
)

_DESCRIBED = 200  # minimal states up to which the monoid is looked at


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("realise", _realise, "say which finite automaton a network is, in some arithmetic")
    sub.add_argument("network", help="network file written by compile")
    sub.add_argument("--arithmetic", default="exact", help="arithmetic of the run (default: exact)")
    add_budgets(sub, states=1_000_000)
    sub.add_argument(
        "-o", "--output", metavar="FILE", help="write the minimal automaton here (.json, .dot, .att or .jff)"
    )


def _realise(options: argparse.Namespace) -> int:
    from expressivity.algebra.profile import describe
    from expressivity.languages import save_language
    from expressivity.networks.network import Network
    from expressivity.verification.answers import Undecided
    from expressivity.verification.realise import realisation

    found = realisation(
        Network.load(options.network),
        options.arithmetic,
        max_states=options.max_states,
        max_seconds=options.max_seconds,
        max_memory=options.max_memory,
        progress=Reporter(),
    )
    if isinstance(found, Undecided):
        return report(found, options)
    minimal = found.minimal()
    if options.output:
        save_language(minimal, options.output)
    profile = describe(minimal) if minimal.states <= _DESCRIBED else None
    if options.json:
        described = None if profile is None else profile.to_json()
        print_json(found.to_json() | {"file": options.output, "describe": described})
        return exit_code(found)
    print(found.told())
    if profile is None:
        print(f"  its monoid is not looked at beyond {_DESCRIBED} minimal states")
    else:
        print("  " + profile.table().replace("\n", "\n  "))
    if options.output:
        print(f"  minimal automaton written to {options.output}")
    return exit_code(found)
