"""`expressivity reproduce`: a published experiment run again, the paper's value beside ours."""

from __future__ import annotations

import argparse
from typing import Any

from expressivity.commands.common import HOLDS, AddCommand, Reporter, print_json
from expressivity.errors import ExpressivityError

EXPERIMENTS = ("mso8", "mso-random", "dax", "robocup", "puzzles", "ellipse")
"""Names of the experiments."""


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("reproduce", _reproduce, "run a published experiment again, the paper's value beside ours")
    sub.add_argument("experiment", choices=EXPERIMENTS, help="which one")
    sub.add_argument("--data", metavar="FOLDER", help="the authors' data (mso8 and ellipse need none)")
    sub.add_argument("--draws", type=int, metavar="N", help="random networks per case")
    sub.add_argument("--plot", metavar="FILE", help="ellipse only: draw one orbit with its ellipse (needs matplotlib)")
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the random networks (default: 0)")


def _reproduce(options: argparse.Namespace) -> int:
    from expressivity.spectral.reproductions.ellipses import ellipses
    from expressivity.spectral.reproductions.oscillators import mso8, random_oscillators
    from expressivity.spectral.reproductions.puzzles import puzzles
    from expressivity.spectral.reproductions.shares import dax
    from expressivity.spectral.reproductions.soccer import robocup

    if options.draws is not None and options.draws < 1:
        raise ExpressivityError(f"--draws {options.draws} is not a positive number")
    given: dict[str, Any] = {"seed": options.seed, "progress": Reporter()}
    if options.draws is not None and options.experiment != "robocup":
        given["draws"] = options.draws
    if options.experiment not in ("mso8", "ellipse"):
        given["folder"] = options.data
    runs: dict[str, Any] = {
        "mso8": mso8,
        "mso-random": random_oscillators,
        "dax": dax,
        "robocup": robocup,
        "puzzles": puzzles,
        "ellipse": ellipses,
    }
    if options.plot and options.experiment != "ellipse":
        raise ExpressivityError(
            "--plot draws an orbit, which only the experiment ellipse has; `fit --plot` draws series"
        )
    comparison = runs[options.experiment](**given)
    if options.plot:
        from expressivity.plots.spectral import save_random_orbit

        save_random_orbit(options.plot, seed=options.seed)
    if options.json:
        print_json(comparison.to_json())
    else:
        print(comparison.table())
    return HOLDS
