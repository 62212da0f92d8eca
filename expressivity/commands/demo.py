"""`expressivity demo`: the story in a few seconds, or as one picture."""

from __future__ import annotations

import argparse

from expressivity.commands.common import HOLDS, AddCommand, print_json
from expressivity.errors import ExpressivityError


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("demo", _demo, "show the story: parity and S_5 compiled and certified, and a planted error found")
    sub.add_argument("--plot", metavar="FILE", help="draw the project in one look instead (.png, .svg or .pdf)")


def _demo(options: argparse.Namespace) -> int:
    if options.plot is None:
        from expressivity.demo import run_demo

        return run_demo(as_json=options.json)
    from expressivity.plots import check_plot_file, save_figure

    if problems := check_plot_file(options.plot):
        raise ExpressivityError("; ".join(problems))
    from expressivity.experiments.verdicts.one_look import one_look_figure

    save_figure(one_look_figure(), options.plot)
    if options.json:
        print_json({"picture": options.plot})
    else:
        print(f"the project in one look: {options.plot}")
    return HOLDS
