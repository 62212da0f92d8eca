"""The command line: parses arguments, runs one command of `commands`, turns errors into exit codes.

Results go to stdout (`--json` for JSON), progress and errors to stderr. Exit codes: 0 it holds, 1 it is
falsified (the word is printed), 2 wrong usage or input, 3 undecided.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from expressivity.commands import compile as compile_command
from expressivity.commands import (
    demo,
    describe,
    fit,
    horizon,
    hunt,
    play,
    prove,
    realise,
    refute,
    relational,
    reproduce,
    table,
    verify,
    zoo,
)
from expressivity.commands.common import HOLDS, UNDECIDED, USAGE, Command
from expressivity.errors import ExpressivityError

COMMANDS = (
    describe,
    compile_command,
    verify,
    realise,
    refute,
    table,
    horizon,
    prove,
    hunt,
    fit,
    reproduce,
    relational,
    zoo,
    play,
    demo,
)
"""Modules of the commands, in the order of `--help`."""


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

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.add_argument("--json", action="store_true", help="print JSON instead of text")
        sub.set_defaults(command=command)
        return sub

    for module in COMMANDS:
        module.register(add)
    return parser


def _version_or_help(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.version:
        from expressivity import __version__

        print(f"expressivity {__version__}")
        return HOLDS
    parser.print_help(sys.stderr)
    return USAGE


if __name__ == "__main__":
    sys.exit(main())
