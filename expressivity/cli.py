"""The command line: describe, compile, verify, zoo, demo.

Results go to stdout (`--json` for one JSON object), progress and errors to stderr. Exit codes: 0 it holds, 1 it is
falsified (the word is printed), 2 wrong usage or input, 3 undecided.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from expressivity.errors import CannotCompile, CertificateError, ExpressivityError

if TYPE_CHECKING:
    from expressivity.networks.network import Network
    from expressivity.verification.answers import Answer

HOLDS, FALSIFIED, USAGE, UNDECIDED = 0, 1, 2, 3

_LANGUAGE = "zoo name, re:REGEX, family call such as symmetric_group(4), or a file (.att, .jff, .dot, .json)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        result: int = options.command(options)
    except ExpressivityError as error:
        print(f"expressivity: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()
        return USAGE
    except KeyboardInterrupt:
        print("expressivity: interrupted; nothing was written", file=sys.stderr)
        return UNDECIDED
    return result


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="expressivity",
        description="Decide what linear RNNs can express: compile, certify and refute formal languages.",
        epilog="Exit codes: 0 it holds, 1 falsified (the word is printed), 2 wrong usage or input, 3 undecided.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    parser.set_defaults(command=lambda options: _version_or_help(parser, options))
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.add_argument("--json", action="store_true", help="print one JSON object instead of text")
        sub.set_defaults(command=command)
        return sub

    sub = add("describe", _describe, "say what a language's monoid is")
    sub.add_argument("language", help=_LANGUAGE)

    sub = add("compile", _compile, "build a network that recognises a language")
    sub.add_argument("language", help=_LANGUAGE)
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

    sub = add("verify", _verify, "prove that a network recognises a language, or find a shortest word it fails on")
    sub.add_argument("network", nargs="?", help="network file written by compile")
    sub.add_argument("language", nargs="?", help=_LANGUAGE)
    sub.add_argument("--certificate", metavar="FILE", help="check this certificate, independently of any search")
    sub.add_argument("--arithmetic", default="exact", help="arithmetic of the run (default: exact)")
    sub.add_argument("--max-states", type=int, default=200_000, metavar="N", help="budget of the search")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the certificate here (JSON)")

    sub = add("zoo", _zoo, "list the languages of the zoo, or show one")
    sub.add_argument("name", nargs="?", help="name of one language")

    add("demo", _demo, "show the story: parity and S_5 compiled and certified, and a planted error found")
    return parser


def show_word(word: Sequence[str]) -> str:
    """A word as a person reads it: letters run together when each is one character."""
    if not word:
        return "the empty word"
    return "".join(word) if all(len(letter) == 1 for letter in word) else " ".join(word)


class Reporter:
    """Progress on stderr: silent for the first second, then at most two lines a second."""

    def __init__(self) -> None:
        self.last = time.monotonic() + 0.5

    def __call__(self, text: str) -> None:
        """Print the line, unless it comes too soon."""
        now = time.monotonic()
        if now - self.last >= 0.5:
            self.last = now
            print(f"  … {text}", file=sys.stderr, flush=True)


def _version_or_help(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.version:
        from expressivity import __version__

        print(f"expressivity {__version__}")
        return HOLDS
    parser.print_help(sys.stderr)
    return USAGE


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _describe(options: argparse.Namespace) -> int:
    from expressivity.algebra.profile import describe

    profile = describe(options.language)
    if options.json:
        _print_json(profile.to_json())
    else:
        print(profile.table())
    return HOLDS


def _compile(options: argparse.Namespace) -> int:
    from expressivity.constructions.compiler import compile as compile_network

    limits = {name: getattr(options, name) for name in ("factors", "layers", "delay", "key")}
    if options.into == "all":
        return _compile_all(options, limits)
    try:
        network = compile_network(options.language, options.into, **limits)
    except CannotCompile as error:
        print(f"expressivity: {error}", file=sys.stderr)
        return FALSIFIED if error.proved else UNDECIDED
    if options.output:
        network.save(options.output)
    if options.json:
        _print_json(_network_facts(network) | {"file": options.output})
        return HOLDS
    facts = _network_facts(network)
    print(f"{facts['family']}: {network.about}")
    print(f"  layers {facts['layers']}, width {facts['width']}, factors per letter {facts['factors'] or '–'}")
    print(f"  written to {options.output}" if options.output else "  not written; give -o FILE to keep it")
    return HOLDS


def _compile_all(options: argparse.Namespace, limits: dict[str, Any]) -> int:
    """One row per family: what the language costs there and what is proved, or why there is no network."""
    from expressivity.verification.overview import compile_all

    if options.output:
        raise ExpressivityError("-o names one file, but --into all makes a network for each family; leave -o out")
    rows = compile_all(options.language, progress=Reporter(), **limits)
    if options.json:
        _print_json([row.to_json() for row in rows])
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


def _verify(options: argparse.Namespace) -> int:
    from expressivity.networks.network import Network
    from expressivity.verification.answers import Certificate
    from expressivity.verification.verify import check_certificate, verify

    network = None if options.network is None else Network.load(options.network)
    if options.certificate:
        certificate = Certificate.load(options.certificate)
        try:
            statement = check_certificate(certificate, network=network, language=options.language)
        except CertificateError as error:
            if options.json:
                _print_json({"answer": "rejected", "because": str(error)})
            else:
                print(f"REJECTED: {error}")
            return FALSIFIED
        falsifies = certificate.data["claim"] == "counterexample"
        if options.json:
            claim = "counterexample" if falsifies else "equivalent"
            _print_json({"answer": claim, "word": certificate.data.get("word"), "statement": statement})
        else:
            print(f"certificate accepted: {statement}")
        return FALSIFIED if falsifies else HOLDS
    if network is None or options.language is None:
        raise ExpressivityError("verify needs a network file and a language, or --certificate FILE")
    answer = verify(
        network,
        options.language,
        arithmetic=options.arithmetic,
        max_states=options.max_states,
        progress=Reporter(),
    )
    return _report(answer, options)


def _report(answer: Answer, options: argparse.Namespace) -> int:
    from expressivity.verification.answers import Counterexample, Equivalent
    from expressivity.verification.verify import check_certificate

    if isinstance(answer, Equivalent | Counterexample):
        # No answer leaves without having passed the independent checker.
        check_certificate(answer.certificate)
        if options.output:
            answer.certificate.save(options.output)
    if isinstance(answer, Equivalent):
        if options.json:
            _print_json(
                {
                    "answer": "equivalent",
                    "word": None,
                    "arithmetic": answer.arithmetic,
                    "proved_length": None,
                    "states": answer.boxes,
                }
            )
        else:
            print(f"EQUIVALENT for all lengths, in {answer.arithmetic} arithmetic")
            print(f"  {answer.statement}")
            print("  the certificate passed the independent checker")
            if options.output:
                print(f"  certificate written to {options.output}")
        return HOLDS
    if isinstance(answer, Counterexample):
        if options.json:
            _print_json(
                {
                    "answer": "counterexample",
                    "word": list(answer.word),
                    "arithmetic": answer.arithmetic,
                    "proved_length": len(answer.word) - 1,
                }
            )
        else:
            says, is_in = ("accepts", "is not in") if answer.network_accepts else ("rejects", "is in")
            print(f"FALSIFIED in {answer.arithmetic} arithmetic by a shortest word, of length {len(answer.word)}:")
            print(f"  {show_word(answer.word)}")
            print(f"  the network {says} it, but it {is_in} the language")
        return FALSIFIED
    if options.json:
        _print_json(
            {
                "answer": "undecided",
                "word": None,
                "arithmetic": answer.arithmetic,
                "proved_length": answer.proved_length,
                "states": answer.states,
                "budget": answer.budget,
            }
        )
    else:
        print(f"UNDECIDED: the budget ended ({answer.budget}) after {answer.states} states")
        print(f"  network and language agree on all words up to length {answer.proved_length}")
    return UNDECIDED


def _zoo(options: argparse.Namespace) -> int:
    from expressivity.languages import zoo_entry, zoo_names

    names = zoo_names() if options.name is None else (options.name,)
    entries = [zoo_entry(name) for name in names]
    if options.json:
        shown = [{"name": e.name, "title": e.title, "source": e.source, "facts": dict(e.facts)} for e in entries]
        _print_json(shown if options.name is None else shown[0])
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


def _demo(options: argparse.Namespace) -> int:
    from expressivity.demo import run_demo

    return run_demo(as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
