"""Layers × width × factors of some languages in every family, beside the bounds of the papers, as Markdown.

Every entry is a compiled network certified for all lengths by `verify` and the independent checker; `n/a: …` is a
theorem, `–` a language that no construction here covers, `(…)?` a network whose certification ran out of budget.
"""

from __future__ import annotations

import argparse
import sys

import expressivity as ex
from expressivity.networks.families import FAMILIES
from expressivity.verification.all_families import FamilyRow

LANGUAGES = {
    "S3": "1 layer, 2 factors",
    "S4": "1 layer, 3 factors",
    "A5": "1 layer, 4 factors",
    "S5": "1 layer, 4 factors",
    "T3": "8 layers",
    "T4": "16 layers",
    "dyck-1-depth-3": "32 layers",
    **{f"tomita-{k}": "" for k in range(1, 8)},
    "mod3-with-reset": "8 layers",
}
FAMILY_NAMES = tuple(FAMILIES)


def entry(row: FamilyRow) -> str:
    """One cell."""
    if row.network is None:
        return "no" if row.proved else "–"
    size = f"{row.layers}×{row.width}" + (f"×{row.factors}" if row.factors is not None else "")
    return size if isinstance(row.answer, ex.Equivalent) else f"({size})?"


def main() -> None:
    """Print the table, a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-states", type=int, default=60_000, help="budget of each certification")
    parser.add_argument("languages", nargs="*", help="languages instead of the usual ones")
    options = parser.parse_args()
    print("| language | states | papers' bound | " + " | ".join(FAMILY_NAMES) + " |")
    print("|---|---|---|" + "---|" * len(FAMILY_NAMES))
    for name in options.languages or LANGUAGES:
        states = ex.language(name).minimal().states
        bound = LANGUAGES.get(name) or f"{2**states} layers"
        rows = ex.compile_all(name, max_states=options.max_states, progress=lambda text: print(text, file=sys.stderr))
        cells = " | ".join(entry(row) for row in rows)
        print(f"| {name} | {states} | {bound} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
