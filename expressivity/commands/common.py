"""What every command shares: exit codes, help texts, progress on stderr, words and JSON on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

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


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    print(json.dumps(value, ensure_ascii=False))
