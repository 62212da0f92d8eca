"""Soccer games: positions that any values would have been reproduced as exactly as, and an honest forecast."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np

from expressivity.errors import SeriesError
from expressivity.spectral.estimator import LinearRecurrence
from expressivity.spectral.identification import IdentificationWarning
from expressivity.spectral.reduction import reduce_spectrum
from expressivity.spectral.reproductions.comparison import Cell, Comparison, Progress, data_file, data_folder
from expressivity.spectral.reservoir import learn
from expressivity.spectral.scores import mean_forecast, persistence, rmse

_STRETCHES = 10


def robocup(
    *,
    folder: str | Path | None = None,
    games: tuple[int, ...] = (1, 9),
    step: int = 10,
    units: int = 500,
    horizon: int = 5,
    seed: int = 0,
    progress: Progress = lambda text: None,
) -> Comparison:
    """Positions of ball and players in simulated games: RMSE of the ball, in metres.

    Arguments:
        folder: the authors' data.
        games: numbers of the games.
        step: only every so many cycles are used, as published (10 fits the published sizes).
        units: N_res.
        horizon: steps of the honest forecasts, which the last stretches of each game are held out for.
        seed: of the reservoirs.
        progress: called with a line now and then.

    Raises:
        SeriesError: when the data are missing.
    """
    place = data_folder(folder)
    with data_file(place, "paper_robocup_table.csv").open(encoding="utf-8") as file:
        table = {row["game"]: row for row in csv.DictReader(file)}
    rows: list[tuple[Cell, ...]] = []
    for game in games:
        data = np.load(data_file(place, f"robocup_game{game}.npy")).T[::step].astype(np.float64)
        generator = np.random.default_rng(seed)
        progress(f"game {game}: {len(data)} columns, learning {units} units")
        network = learn([data], units, generator=generator)
        before = rmse(data[:, :2], network.run(data[0], len(data))[:, :2])
        # The same network on positions that are pure chance: exactness says nothing about soccer.
        noise = generator.standard_normal(data.shape) * data.std(axis=0)
        chance = learn([noise], units, generator=generator)
        by_chance = rmse(noise[:, :2], chance.run(noise[0], len(noise))[:, :2])
        progress(f"game {game}: reducing")
        reduction = reduce_spectrum(network.spectrum(), [data], 1.0, relevant=2)
        paper = table[str(game)]
        rows.append(
            (
                game,
                len(data),
                float(paper["rmse_before"]),
                before,
                by_chance,
                int(paper["N"]),
                None if reduction is None else reduction.model.order,
                float(paper["rmse_after"]),
                None if reduction is None else reduction.error,
                *_honest(data[:, :2], horizon),
            )
        )
    if not rows:
        raise SeriesError("no game was named; choose among 1 and 9")
    return Comparison(
        f"soccer: RMSE of the ball in metres; last four columns: {_STRETCHES} forecasts of {horizon} unseen steps",
        (
            *("game", "columns", "paper: RMSE (1)", "RMSE (1)", "RMSE (1), random data"),
            *("paper: N", "N", "paper: RMSE (2)", "RMSE (2)", "persistence", "mean", "AR(5)", "Ho–Kalman"),
        ),
        tuple(rows),
        (
            "every tenth cycle leaves fewer columns than units, so the training values are met exactly whatever they "
            "are (Property 8): random numbers are reproduced as well as the game, and nothing was forecast",
            "the reduced sizes are therefore near the number of columns: what is kept is an interpolation, not a "
            "compression of the game",
        ),
        (
            "on unseen stretches every method is metres off, and none is far better than repeating the last position: "
            f"on average {_mean(rows, -4):.1f} m for persistence, {_mean(rows, -2):.1f} m for AR(5), "
            f"{_mean(rows, -1):.1f} m for Ho–Kalman",
        ),
    )


def _mean(rows: list[tuple[Cell, ...]], column: int) -> float:
    return float(np.mean([float(row[column] or 0.0) for row in rows]))


def _honest(ball: np.ndarray, horizon: int) -> tuple[float, ...]:
    """Mean errors of the baselines and of Ho–Kalman over the last stretches of the ball's path, each unseen."""
    errors = []
    for back in range(_STRETCHES, 0, -1):
        end = len(ball) - back * horizon
        known, test = ball[:end], ball[end : end + horizon]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IdentificationWarning)
            auto = LinearRecurrence(method="ar", order=5).fit(known).forecast(horizon)
            forecast = LinearRecurrence(window=min(60, end // 2)).fit(known).forecast(horizon)
        candidates = (persistence(known, horizon), mean_forecast(known, horizon), auto, forecast)
        errors.append([rmse(test, candidate) for candidate in candidates])
    return tuple(np.mean(errors, axis=0).tolist())
