"""`expressivity horizon`: how long networks stay right, in every number format and evaluation order."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from expressivity.commands.common import HOLDS, LANGUAGE, UNDECIDED, AddCommand, Reporter, print_json
from expressivity.errors import ExperimentError

if TYPE_CHECKING:
    from expressivity.experiments.horizons.jobs import Job
    from expressivity.experiments.horizons.sweep import Cell


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("horizon", _horizon, "tabulate how long networks stay right, by number format and evaluation order")
    sub.add_argument("languages", nargs="*", metavar="language", help=LANGUAGE)
    sub.add_argument("--into", metavar="FAMILY", help="architecture family; several are separated by commas")
    sub.add_argument("--suite", action="store_true", help="run the library's own list of languages and networks")
    sub.add_argument("--formats", default="all", metavar="LIST", help="all, or formats such as bf16,fp16,bf16:fp32")
    sub.add_argument(
        "--orders", metavar="LIST", help="default: fused,per-operation,accumulate-fp32; a rounding may follow: fused/up"
    )
    sub.add_argument("--key", default="swap", metavar="LIST", help="keys of permutations: swap, dyadic or both")
    sub.add_argument("--construction", default="", metavar="NAME", help="beginning of a construction's name")
    sub.add_argument(
        "--read-out", default="nearest-point", metavar="LIST", help="nearest-point, per-coordinate or both"
    )
    sub.add_argument("--factors", type=int, metavar="K", help="most Householder factors per letter")
    sub.add_argument("--layers", type=int, metavar="L", help="most layers")
    sub.add_argument("--delay", type=int, metavar="D", help="0: no short convolution")
    sub.add_argument("--max-states", type=int, default=100_000, metavar="N", help="budget of every search")
    sub.add_argument(
        "--probe-letters", type=int, default=10_000, metavar="N", help="length of words run where undecided"
    )
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the random ones among those words")
    sub.add_argument("--store", metavar="FILE", help="keep answers in this SQLite file, and go on where it stops")
    sub.add_argument("--jobs", type=int, default=1, metavar="N", help="processes on this machine (default: 1)")
    sub.add_argument("--backend", default="processes", help="processes, or dask with --scheduler")
    sub.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler, such as tcp://127.0.0.1:8786")
    sub.add_argument("--csv", metavar="FILE", help="write one line per cell here, with the failing words")
    sub.add_argument("--markdown", action="store_true", help="print a Markdown table")
    sub.add_argument("--plot", metavar="FILE", help="draw the table here (.png, .svg or .pdf)")


def _horizon(options: argparse.Namespace) -> int:
    from expressivity.experiments.horizons.store import Store
    from expressivity.experiments.horizons.sweep import sweep

    _check_files(options)
    jobs = _jobs(options)
    with Store(options.store) as store:
        try:
            cells = sweep(
                jobs,
                store=store,
                workers=options.jobs,
                backend=options.backend,
                scheduler=options.scheduler,
                progress=Reporter(),
            )
        except KeyboardInterrupt:
            kept = f"{len(store.known(jobs))} of {len(jobs)} answers are in {options.store}; run the same command again"
            lost = "nothing was kept; give --store FILE to be able to go on"
            print(f"expressivity: interrupted; {kept if options.store else lost}", file=sys.stderr)
            return UNDECIDED
    _report(cells, options)
    return HOLDS


def _jobs(options: argparse.Namespace) -> list[Job]:
    from expressivity.experiments.horizons.jobs import FORMATS, ORDERS, jobs, subject
    from expressivity.experiments.horizons.textbook_subjects import textbook_subjects

    if options.suite == bool(options.languages):
        raise ExperimentError("horizon needs languages with --into FAMILY, or --suite alone")
    if options.suite:
        subjects = textbook_subjects()
    else:
        if options.into is None:
            raise ExperimentError(f"into which family? add --into FAMILY for {', '.join(options.languages)}")
        limits = {name: getattr(options, name) for name in ("construction", "factors", "layers", "delay")}
        subjects = [
            subject(language, family, key=key, read_out=read_out, **limits)
            for language in options.languages
            for family in _parts(options.into)
            for key in _parts(options.key)
            for read_out in _parts(options.read_out)
        ]
    return jobs(
        subjects,
        formats=FORMATS if options.formats == "all" else _parts(options.formats),
        orders=ORDERS if options.orders is None else _parts(options.orders),
        max_states=options.max_states,
        probe_letters=options.probe_letters,
        seed=options.seed,
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _check_files(options: argparse.Namespace) -> None:
    """Complain about files that cannot be written before hours of work, not after."""
    problems = []
    for option in ("csv", "plot"):
        name = getattr(options, option)
        if name is None:
            continue
        path = Path(name)
        if path.is_dir() or not os.access(path.parent, os.W_OK):
            problems.append(f"--{option} {name} cannot be written; choose a file in an existing, writable folder")
    if options.plot is not None:
        from expressivity.plots import check_plot_file

        problems += check_plot_file(options.plot)
    if problems:
        raise ExperimentError("; ".join(problems))


def _report(cells: list[Cell], options: argparse.Namespace) -> None:
    from expressivity.experiments.horizons.tables import cell_json, csv_table, markdown_table, terminal_table
    from expressivity.files import replace_file

    if options.csv:
        replace_file(Path(options.csv), csv_table(cells), error=ExperimentError)
    if options.plot:
        from expressivity.experiments.horizons.pictures import horizon_figure
        from expressivity.plots import save_figure

        save_figure(horizon_figure(cells), options.plot)
    if options.json:
        print_json({"cells": [cell_json(cell.job, cell.answer) for cell in cells]})
    elif options.markdown:
        print(markdown_table(cells), end="")
    else:
        print(terminal_table(cells))
