"""How long the suite's networks stay right in every format and order: `python benchmarks/table_horizons.py [STORE]`.

Writes `horizons.md`, `horizons.csv` (with the failing words) and `horizons.png` into `benchmarks/results/`. With a
store, a run that was stopped goes on where it was. The same as

    expressivity horizon --suite --store STORE --csv … --plot … --markdown
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from expressivity import __version__
from expressivity.experiments.horizons.jobs import jobs
from expressivity.experiments.horizons.pictures import horizon_figure
from expressivity.experiments.horizons.store import Store
from expressivity.experiments.horizons.sweep import sweep
from expressivity.experiments.horizons.tables import csv_table, markdown_table
from expressivity.experiments.horizons.textbook_subjects import textbook_subjects
from expressivity.plots import save_figure

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    made = jobs(textbook_subjects())
    with Store(sys.argv[1] if len(sys.argv) > 1 else None) as store:
        cells = sweep(made, store=store, progress=lambda line: print(line, file=sys.stderr, flush=True))
    counts = Counter(cell.answer.answer for cell in cells)
    seconds = sum(cell.answer.seconds for cell in cells)
    budget = f"{made[0].max_states:,} states a cell, words of {made[0].probe_letters:,} letters where undecided"
    head = [
        "# Exact horizons",
        "",
        f"`python benchmarks/table_horizons.py`, version {__version__}, {budget}: {len(cells)} cells in "
        f"{seconds / 60:.0f} minutes of one core; " + ", ".join(f"{n} {answer}" for answer, n in counts.most_common()),
        "",
        "",
    ]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "horizons.md").write_text("\n".join(head) + markdown_table(cells), encoding="utf-8")
    (RESULTS / "horizons.csv").write_text(csv_table(cells), encoding="utf-8")
    save_figure(horizon_figure(cells), RESULTS / "horizons.png")


if __name__ == "__main__":
    main()
