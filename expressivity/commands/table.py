"""`expressivity table`: which family recognises which language in which arithmetic."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from expressivity.commands.common import HOLDS, UNDECIDED, AddCommand, Reporter, print_json
from expressivity.errors import ExpressivityError

if TYPE_CHECKING:
    from expressivity.experiments.verdicts.verdict_table import Verdict


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("table", _table, "say for languages × families × arithmetics: yes, no or open, each with its evidence")
    sub.add_argument("--languages", nargs="+", metavar="LANG", help="languages (default: those of the README)")
    sub.add_argument("--families", nargs="+", metavar="FAMILY", help="families (default: all)")
    sub.add_argument("--arithmetic", nargs="+", metavar="A", dest="arithmetics", help="arithmetics, e.g. bf16/fused")
    sub.add_argument("--max-states", type=int, default=20_000, metavar="N", help="budget of each verification")
    sub.add_argument("--save", metavar="DIR", help="write the network and the certificate of every cell here")
    sub.add_argument("--plot", metavar="FILE", help="draw the table here (.png, .svg or .pdf)")
    sub.add_argument("--markdown", action="store_true", help="print a Markdown table")
    sub.add_argument("--reasons", action="store_true", help="print the evidence of every cell below the table")


def _table(options: argparse.Namespace) -> int:
    from expressivity.experiments.verdicts import verdict_table as tables
    from expressivity.plots import check_plot_file, save_figure, verdict_map

    folder = None if options.save is None else Path(options.save)
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ExpressivityError(f"cannot use {folder} for the evidence ({error.strerror}); give a folder") from None
    if options.plot:
        problems = check_plot_file(options.plot)
        if problems:
            raise ExpressivityError("; ".join(problems))
    cells: list[Verdict] = []
    files: list[dict[str, str]] = []
    try:
        for cell in tables.verdict_table(
            options.languages or tables.LANGUAGES,
            options.families,
            options.arithmetics or tables.ARITHMETICS,
            max_states=options.max_states,
            progress=Reporter(),
        ):
            cells.append(cell)
            files.append({} if folder is None else tables.save_evidence(cell, folder))
    except KeyboardInterrupt:
        print(f"expressivity: interrupted after {len(cells)} cells; the table below ends there", file=sys.stderr)
    if options.plot and cells:
        answers = {(cell.language, cell.family, cell.arithmetic): cell.answer for cell in cells}
        save_figure(verdict_map(answers), options.plot)
    if options.json:
        print_json(
            [cell.to_json() | ({"files": saved} if saved else {}) for cell, saved in zip(cells, files, strict=True)]
        )
        return HOLDS
    if cells:
        print(tables.markdown(cells) if options.markdown else tables.text(cells))
    if options.reasons:
        for cell in cells:
            print(f"\n{cell.language}, {cell.family}, {cell.arithmetic}: {cell.answer}\n  {cell.because}")
    return UNDECIDED if any(cell.answer == tables.OPEN for cell in cells) else HOLDS
