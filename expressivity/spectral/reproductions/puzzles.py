"""Number puzzles: the next number by exact recurrences, and how often random reservoirs hit it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from expressivity.errors import SeriesError
from expressivity.spectral.estimator import LinearRecurrence
from expressivity.spectral.exact_recurrence import exact_recurrence
from expressivity.spectral.reproductions.comparison import Cell, Comparison, Progress, data_file, data_folder


def puzzles(
    *,
    folder: str | Path | None = None,
    draws: int = 100,
    seed: int = 0,
    progress: Progress = lambda text: None,
) -> Comparison:
    """Twenty puzzles: seven numbers given, the eighth asked.

    Arguments:
        folder: the authors' data.
        draws: reservoirs per puzzle.
        seed: of the reservoirs.
        progress: called with a line now and then.

    Raises:
        SeriesError: when the data are missing.
    """
    place = data_folder(folder)
    with data_file(place, "number_puzzles.csv").open(encoding="utf-8") as file:
        numbers = [[int(cell) for cell in row] for row in csv.reader(file)]
    with data_file(place, "paper_puzzles_table.csv").open(encoding="utf-8") as file:
        table = {row["series"]: row for row in csv.DictReader(file)}
    rows: list[tuple[Cell, ...]] = []
    exact_right = determined = 0
    baselines = np.zeros(3, dtype=np.int64)
    for index, row in enumerate(numbers, start=1):
        progress(f"puzzle {index}")
        given, asked = row[:7], row[7]
        found = exact_recurrence(given)
        answer = found.terms(8)[-1]
        exact_right += found.determined and answer == asked
        determined += found.determined
        values = np.array(given, dtype=np.float64)
        # The clue: every column also shows the number before.
        clue = np.stack([values[1:], values[:-1]], axis=1)
        two_lags = LinearRecurrence(method="ar", order=2).fit(values).forecast(1)[0]
        baselines += np.rint([values[-1], values.mean(), two_lags]) == asked
        paper = table[f"S{index}"]
        rows.append(
            (
                f"S{index}",
                asked,
                str(answer),
                found.order,
                found.determined,
                float(paper["reduction"]),
                _hits(values, 5, asked, draws=draws, seed=seed),
                float(paper["clue"]),
                _hits(clue, 3, asked, draws=draws, seed=seed),
                2 * given[-1] - given[-2] == asked,
            )
        )
    return Comparison(
        "number puzzles: the eighth number from seven; percentages are draws that round to it",
        (
            *("series", "asked", "exact answer", "order", "determined"),
            *("paper: reduction %", "reduction %", "paper: with clue %", "with clue %", "straight line right"),
        ),
        tuple(rows),
        (
            "a puzzle counts as solved when the right number is the most frequent among random networks, so the "
            "published percentages measure reservoirs, not the series",
            "the clue (each value paired with the one before) tells the network that a recurrence of low order is "
            "sought; without it there are as many weights as equations, so every draw fits and continues differently",
        ),
        (
            f"{determined} puzzles are decided by an exact recurrence of order 3 or less, of which {exact_right} "
            "rightly; the others follow one of order 4, which takes eight numbers",
            f"baselines: persistence is right {baselines[0]} times, the mean {baselines[1]}, AR(2) by least squares "
            f"{baselines[2]}, of {len(rows)}",
        ),
    )


def _hits(values: np.ndarray, units: int, asked: int, *, draws: int, seed: int) -> float:
    """Percentage of reservoirs whose forecast rounds to the number asked."""
    hits = 0
    for draw in range(draws):
        learner = LinearRecurrence(method="reservoir", units=units, threshold=0.1, random_state=seed + draw)
        try:
            forecast = learner.fit(values).forecast(1)
        except SeriesError:
            continue
        hits += int(np.rint(forecast.reshape(-1)[0]) == asked)
    return 100 * hits / draws
