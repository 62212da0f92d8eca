"""`expressivity compile`: a network that recognises a language, or the reason why there is none."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from expressivity.commands.common import (
    FALSIFIED,
    HOLDS,
    LANGUAGE,
    UNDECIDED,
    AddCommand,
    Reporter,
    print_json,
)
from expressivity.errors import CannotCompile, ExpressivityError

if TYPE_CHECKING:
    from expressivity.networks.network import Network


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("compile", _compile, "build a network that recognises a language")
    sub.add_argument("language", help=LANGUAGE)
    sub.add_argument(
        "--into", required=True, metavar="FAMILY", help="architecture family, e.g. deltanet-signed; or all"
    )
    sub.add_argument("--factors", type=int, metavar="K", help="most Householder factors per letter")
    sub.add_argument("--layers", type=int, metavar="L", help="most layers")
    sub.add_argument("--delay", type=int, metavar="D", help="0: no short convolution (default: layers may have one)")
    sub.add_argument(
        "--key", default="swap", help="keys of permutations: swap (textbook) or dyadic (exact in hardware)"
    )
    sub.add_argument("-o", "--output", metavar="FILE", help="write the network here (safetensors)")


def _compile(options: argparse.Namespace) -> int:
    from expressivity.constructions.compiler import compile as compile_network

    limits = {name: getattr(options, name) for name in ("factors", "layers", "delay", "key")}
    if options.into == "all":
        return _compile_all(options, limits)
    try:
        network = compile_network(options.language, options.into, **limits)
    except CannotCompile as error:
        if options.json:
            print_json({"family": options.into, "proved": error.proved, "reason": str(error), "file": None})
        print(f"expressivity: {error}", file=sys.stderr)
        return FALSIFIED if error.proved else UNDECIDED
    if options.output:
        network.save(options.output)
    if options.json:
        print_json(_network_facts(network) | {"file": options.output})
        return HOLDS
    facts = _network_facts(network)
    print(f"{facts['family']}: {network.about}")
    print(f"  layers {facts['layers']}, width {facts['width']}, factors per letter {facts['factors'] or '–'}")
    print(f"  written to {options.output}" if options.output else "  not written; give -o FILE to keep it")
    return HOLDS


def _compile_all(options: argparse.Namespace, limits: dict[str, Any]) -> int:
    """One row per family: what the language costs there and what is proved, or why there is no network."""
    from expressivity.verification.all_families import compile_all

    if options.output:
        raise ExpressivityError("-o names one file, but --into all makes a network for each family; leave -o out")
    rows = compile_all(options.language, progress=Reporter(), **limits)
    if options.json:
        print_json([row.to_json() for row in rows])
        return HOLDS
    print(f"{'family':<20} {'layers':>6} {'width':>6} {'factors':>8}  {'narrowest exact format':<22}  result")
    for row in rows:
        numbers = [str(n) if n is not None else "–" for n in (row.layers, row.width, row.factors)]
        narrowest = row.formats[0] if row.formats else "–"
        print(
            f"{row.family:<20} {numbers[0]:>6} {numbers[1]:>6} {numbers[2]:>8}  {narrowest:<22}  "
            f"{'no: ' if row.proved else ''}{row.reason}"
        )
    return HOLDS


def _network_facts(network: Network) -> dict[str, Any]:
    return {
        "family": network.family,
        "layers": len(network.layers),
        "width": sum(network.widths),
        "factors": network.factors,
    }
