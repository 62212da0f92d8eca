"""`expressivity demo`: the story in a few seconds."""

from __future__ import annotations

import argparse

from expressivity.commands.common import (
    AddCommand,
)


def register(add: AddCommand) -> None:
    """Declare the command."""
    add("demo", _demo, "show the story: parity and S_5 compiled and certified, and a planted error found")


def _demo(options: argparse.Namespace) -> int:
    from expressivity.demo import run_demo

    return run_demo(as_json=options.json)
