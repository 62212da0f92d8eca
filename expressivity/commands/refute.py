"""`expressivity refute`: a theorem that no network of a family recognises a language, or what each would need."""

from __future__ import annotations

import argparse

from expressivity.commands.common import LANGUAGE, AddCommand, report


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("refute", _refute, "prove that no network of a family recognises a language, where a theorem does")
    sub.add_argument("family", help="architecture family, e.g. mamba")
    sub.add_argument("language", help=LANGUAGE)
    sub.add_argument("--arithmetic", default="exact", help="arithmetic the theorem is to be about (default: exact)")
    sub.add_argument("--given", help="ask only about networks with this property: margin or finitely-many-states")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the certificate here (JSON)")


def _refute(options: argparse.Namespace) -> int:
    from expressivity.verification.refute import refute

    return report(refute(options.family, options.language, arithmetic=options.arithmetic, given=options.given), options)
