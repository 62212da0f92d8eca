"""`expressivity refute`: a theorem that no network of a family recognises a language, or nothing."""

from __future__ import annotations

import argparse

from expressivity.commands.common import HOLDS, LANGUAGE, UNDECIDED, AddCommand, print_json, show_word


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("refute", _refute, "prove that no network of a family recognises a language, where a theorem does")
    sub.add_argument("family", help="architecture family, e.g. mamba")
    sub.add_argument("language", help=LANGUAGE)
    sub.add_argument("--arithmetic", default="exact", help="arithmetic the theorem is to be about (default: exact)")
    sub.add_argument("--given", help="ask only about networks with this property: margin or finitely-many-states")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the certificate here (JSON)")


def _refute(options: argparse.Namespace) -> int:
    from expressivity.constructions.refusals import GIVEN
    from expressivity.verification.refute import refute

    found = refute(options.family, options.language, arithmetic=options.arithmetic, given=options.given)
    if found is None:
        if options.json:
            print_json({"answer": "open", "family": options.family, "arithmetic": options.arithmetic})
        else:
            print(f"OPEN: no theorem here forbids {options.family} in {options.arithmetic} arithmetic")
            print("  that says nothing about whether a network exists; try compile and verify")
        return UNDECIDED
    if options.output:
        found.certificate.save(options.output)
    if options.json:
        print_json(
            {
                "answer": "impossible",
                "family": found.family,
                "arithmetic": found.arithmetic,
                "theorem": found.theorem,
                "given": found.given or None,
                "because": found.statement,
                "hypotheses": list(found.hypotheses),
                "pair": [list(word) for word in found.pair],
                "confuses": found.confuses,
                "proof": found.proof or None,
            }
        )
        return HOLDS
    which = f" {GIVEN[found.given]}" if found.given else ""
    print(f"IMPOSSIBLE in {found.arithmetic} arithmetic, for every network of {found.family}{which}: {found.theorem}")
    print(f"  {found.statement}")
    for hypothesis in found.hypotheses:
        print(f"  · {hypothesis}")
    print(f"  told apart by the language: {show_word(found.pair[0])} | {show_word(found.pair[1])}")
    print(f"  {found.confuses}")
    if found.proof:
        print(f"  see it proved and broken: expressivity prove {found.proof}")
    print("  the certificate passed the independent checker")
    if options.output:
        print(f"  certificate written to {options.output}")
    return HOLDS
