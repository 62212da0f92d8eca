"""Daily share prices: the published forecasts with their leak, and the same without it."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from expressivity.errors import SeriesError
from expressivity.spectral.estimator import LinearRecurrence
from expressivity.spectral.identification import IdentificationWarning
from expressivity.spectral.reproductions.comparison import Cell, Comparison, Progress, data_file, data_folder
from expressivity.spectral.scores import mean_forecast, persistence, rmse
from expressivity.spectral.series import read_csv

_TRAIN, _VALIDATION, _TEST = 200, 50, 50


def dax(
    *,
    folder: str | Path | None = None,
    draws: int = 20,
    seed: int = 0,
    progress: Progress = lambda text: None,
) -> Comparison:
    """Adjusted closing prices: 200 days for training, 50 to choose among reservoirs, 50 for the test.

    Errors are RMSE divided by the mean price before the test. The reservoir has 10 units and θ is a tenth of the mean
    price, as published.

    Arguments:
        folder: the authors' data.
        draws: reservoirs among which the validation days choose.
        seed: of the reservoirs.
        progress: called with a line now and then.

    Raises:
        SeriesError: when the data are missing.
    """
    place = data_folder(folder)
    with data_file(place, "paper_dax_table.csv").open(encoding="utf-8") as file:
        table = {row["ticker"]: row for row in csv.DictReader(file)}
    rows: list[tuple[Cell, ...]] = []
    for path in sorted((place / "dax").glob("*.csv")):
        progress(path.stem)
        prices = read_csv(path, columns=["Adj Close"])[0][-(_TRAIN + _VALIDATION + _TEST) :]
        known, test = prices[: _TRAIN + _VALIDATION], prices[_TRAIN + _VALIDATION :]
        scale = float(known.mean())
        units, leaky, honest = _forecasts(known, test, draws=draws, seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IdentificationWarning)
            auto = LinearRecurrence(method="ar", order=2).fit(known).forecast(_TEST)
        paper = table[path.stem]
        rows.append(
            (
                path.stem,
                float(paper["baseline"]),
                rmse(test, persistence(known, _TEST)) / scale,
                rmse(test, mean_forecast(known, _TEST)) / scale,
                rmse(test, auto) / scale,
                int(paper["lrnn_N"]),
                float(paper["lrnn"]),
                units,
                rmse(test, leaky) / scale,
                rmse(test, honest) / scale,
            )
        )
    if not rows:
        raise SeriesError(f"{place / 'dax'} holds no *.csv; --data must name the folder with the authors' data")
    columns = list(zip(*rows, strict=True))
    base = np.array(columns[2], dtype=float)
    wins = {
        name: int(np.sum(np.array(columns[i], dtype=float) < base))
        for name, i in (("paper", 6), ("leaky", 8), ("honest", 9))
    }
    return Comparison(
        "shares: RMSE over 50 days, relative to the mean price",
        (
            *("share", "paper: baseline", "persistence", "mean", "AR(2)", "paper: N", "paper: LRNN"),
            *("LRNN N", "LRNN, shifted as published", "LRNN, honest"),
        ),
        tuple(rows),
        (
            "the published forecasts are shifted so that they begin at the first *test* price, a value the forecast "
            "was to predict; the baseline they are compared with is not",
        ),
        (
            f"better than persistence in {wins['paper']} of {len(rows)} shares as published, in {wins['leaky']} when "
            f"we shift likewise, in {wins['honest']} when the shift uses the last known price instead",
            "our persistence equals the published baseline to four digits, which fixes the split and the scale",
        ),
    )


def _forecasts(
    known: Float64[np.ndarray, "time one"], test: Float64[np.ndarray, "late one"], *, draws: int, seed: int
) -> tuple[int, Float64[np.ndarray, "late one"], Float64[np.ndarray, "late one"]]:
    """Units of the best reservoir, and its forecast shifted to the first test price, and to the last known one."""
    train, validation = known[:_TRAIN], known[_TRAIN:]
    best: tuple[float, int, np.ndarray] | None = None
    for draw in range(draws):
        learner = LinearRecurrence(
            method="reservoir", units=10, threshold=0.1 * float(train.mean()), random_state=seed + draw
        )
        try:
            forecast = learner.fit(train).forecast(_VALIDATION + _TEST)
        except SeriesError:
            continue
        error = rmse(validation, forecast[:_VALIDATION] - forecast[0] + validation[0])
        if best is None or error < best[0]:
            best = (error, learner.order_, forecast)
    if best is None:
        raise SeriesError(f"none of {draws} reservoirs fits a share within a tenth of its mean; take more draws")
    forecast = best[2]
    late = forecast[_VALIDATION:]
    return best[1], late - late[0] + test[0], late - forecast[_VALIDATION - 1] + known[-1]
