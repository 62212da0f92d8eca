"""The MLRegTest slice as minimal automata, read by a reader of its own."""

import csv

import numpy as np
import pytest

from expressivity.automaton import Automaton


def _read(path):
    edges, final = [], set()
    for line in path.read_text().splitlines():
        cells = line.split()
        if len(cells) == 1:
            final.add(cells[0])
        elif cells:
            edges.append((cells[0], cells[2], cells[1]))
    letters = sorted({letter for _, letter, _ in edges})
    names = list(dict.fromkeys(name for source, _, target in edges for name in (source, target)))
    table = np.full((len(letters), len(names) + 1), len(names), dtype=np.int32)
    for source, letter, target in edges:
        table[letters.index(letter), names.index(source)] = names.index(target)
    start = names.index(edges[0][0])
    accepting = [names.index(name) for name in final if name in names]
    return Automaton.from_table(table, start, accepting=accepting, letters=letters).minimal()


@pytest.fixture(scope="session")
def mlregtest(shared):
    """All 264 languages as (file name, minimal complete automaton, row of counts.tsv)."""
    found = []
    with (shared / "mlregtest" / "counts.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            name = ".".join(row[key] for key in ("Alph", "Tier", "Class", "k", "j", "i")) + ".att"
            found.append((name, _read(shared / "mlregtest" / name), row))
    assert len(found) == 264
    return found
