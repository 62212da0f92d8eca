"""What every command shares: exit codes, help texts, progress on stderr, words and JSON on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from expressivity.verification.answers import BaseAnswer, Certificate

HOLDS, FALSIFIED, USAGE, UNDECIDED = 0, 1, 2, 3
"""Exit codes: it holds; it is falsified; wrong usage or input; undecided."""

LANGUAGE = "zoo name, re:REGEX, family call such as symmetric_group(4), or a file (.att, .jff, .dot, .json)"
"""Help text of an argument that names a language."""

Command = Callable[[argparse.Namespace], int]
"""Runs a command and returns its exit code."""


@runtime_checkable
class AddCommand(Protocol):
    """Declares a command: name, function, one line of help; returns its parser, which already knows `--json`."""

    def __call__(self, name: str, command: Command, text: str) -> argparse.ArgumentParser:
        """Declare it."""
        ...


def add_budgets(sub: argparse.ArgumentParser, *, states: int) -> None:
    """Declare the three budgets of a search."""
    sub.add_argument("--max-states", type=int, default=states, metavar="N", help=f"most states (default: {states})")
    sub.add_argument("--max-seconds", type=float, metavar="S", help="most seconds (default: no limit)")
    sub.add_argument(
        "--max-memory", type=_bytes, metavar="BYTES", help="most bytes of states, as in 500M or 2G (default: no limit)"
    )


def _bytes(text: str) -> int:
    """A number of bytes with an optional suffix K, M or G (powers of 1000)."""
    factor = {"K": 10**3, "M": 10**6, "G": 10**9}.get(text[-1:].upper(), 1)
    try:
        return int(float(text[:-1]) * factor) if factor > 1 else int(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of bytes; write 500M, 2G or an integer") from None


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


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    print(json.dumps(value, ensure_ascii=False))


def exit_code(answer: BaseAnswer) -> int:
    """The exit code that an answer stands for, in every command."""
    return {True: HOLDS, False: FALSIFIED, None: UNDECIDED}[answer.holds]


def report(answer: BaseAnswer, options: argparse.Namespace) -> int:
    """Print an answer as `--json` or in words, write its certificate to the file of `-o`; returns the exit code."""
    certificate: Certificate | None = getattr(answer, "certificate", None)
    output = options.output if certificate is not None else None
    if certificate is not None and output:
        certificate.save(output)
    if options.json:
        print_json(answer.to_json())
    else:
        print(answer.told())
        if output:
            print(f"  certificate written to {output}")
    return exit_code(answer)
