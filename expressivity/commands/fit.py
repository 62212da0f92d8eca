"""`expressivity fit`: learn the smallest recurrence of a CSV file, judge it on held-out values, continue it."""

from __future__ import annotations

import argparse
import warnings
from typing import TYPE_CHECKING, Any

from expressivity.commands.common import HOLDS, AddCommand, print_json
from expressivity.errors import ExpressivityError, SeriesError

if TYPE_CHECKING:
    import numpy as np

    from expressivity.spectral.estimator import LinearRecurrence

_SHOWN_MODES, _MOST_EXACT_ORDER = 20, 12


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("fit", _fit, "learn the smallest linear recurrence of a CSV file and continue it")
    sub.add_argument("data", help="CSV file, one row per time")
    sub.add_argument("--columns", metavar="A,B", help="columns to read (default: all columns of numbers)")
    sub.add_argument("--method", default="ho-kalman", help="ho-kalman, reservoir or ar (default: ho-kalman)")
    sub.add_argument("--polish", action="store_true", help="move the eigenvalues to the least-squares optimum")
    sub.add_argument("--order", type=int, metavar="N", help="states, or lags of ar (default: automatic)")
    sub.add_argument("--noise", type=float, metavar="S", help="standard deviation of the noise, where it is known")
    sub.add_argument("--units", type=int, metavar="N", help="units of the reservoir")
    sub.add_argument("--threshold", type=float, metavar="E", help="error that the reduction of a reservoir keeps below")
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the reservoirs (default: 0)")
    sub.add_argument("--forecast", type=int, default=10, metavar="N", help="values to continue by (default: 10)")
    sub.add_argument("--hold-out", type=int, metavar="N", help="last values to judge by (default: a fifth)")
    sub.add_argument("--plot", metavar="FILE", help="draw eigenvalues, singular values and errors (needs matplotlib)")


def _fit(options: argparse.Namespace) -> int:
    from expressivity.spectral.estimator import LinearRecurrence
    from expressivity.spectral.series import as_series, read_csv

    if options.forecast < 0 or (options.hold_out is not None and options.hold_out < 0):
        raise ExpressivityError("--forecast and --hold-out count values; give numbers from 0")
    columns = None if options.columns is None else [name.strip() for name in options.columns.split(",")]
    values, names = read_csv(options.data, columns=columns)
    (series,) = as_series(values)
    learner = LinearRecurrence(
        method=options.method,
        polish=options.polish,
        order=options.order,
        noise=options.noise,
        units=options.units,
        threshold=options.threshold,
        random_state=options.seed,
    )
    held = len(series) // 5 if options.hold_out is None else options.hold_out
    judged = _judge(learner, series, held) if held else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learner.fit(series)
    result = {
        "file": options.data,
        "columns": list(names),
        "values": len(series),
        "method": learner.method,
        "order": learner.order_,
        "training_error": learner.training_error_,
        "condition": learner.condition_,
        "modes": _modes(learner),
        "notes": list(learner.notes_),
        "exact": _exact(series),
        "hold_out": None if judged is None else {"values": held, "nrmse": judged["errors"]},
        "forecast": learner.forecast(options.forecast).tolist(),
    }
    if options.plot:
        from expressivity.plots.spectral import save_overview

        if judged is None:
            raise SeriesError("--plot shows errors on held-out values; give --hold-out of at least 1")
        save_overview(options.plot, series, learner, series[-held:], judged["forecasts"])
    if options.json:
        print_json(result)
    else:
        _print(result, options)
    return HOLDS


def _judge(learner: LinearRecurrence, series: np.ndarray, held: int) -> dict[str, Any]:
    """Errors on the last values of a recurrence learned from the others, with the baselines."""
    from expressivity.spectral.estimator import LinearRecurrence
    from expressivity.spectral.scores import mean_forecast, nrmse, persistence

    if len(series) - held < 3:
        raise SeriesError(
            f"holding out {held} of {len(series)} values leaves too few; give --hold-out a smaller number"
        )
    known, test = series[:-held], series[-held:]
    forecasts = {"persistence": persistence(known, held), "mean": mean_forecast(known, held)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, candidate in (
            ("autoregression", LinearRecurrence(method="ar")),
            (learner.method + (", polished" if learner.polish else ""), learner),
        ):
            try:
                forecasts[name] = candidate.fit(known).forecast(held)
            except SeriesError:
                # A baseline that cannot be fitted is left out; the method that was asked for is not.
                if candidate is learner:
                    raise
    errors = {name: nrmse(test, found) for name, found in forecasts.items()}
    return {"forecasts": forecasts, "errors": {k: v if v < float("inf") else None for k, v in errors.items()}}


def _modes(learner: LinearRecurrence) -> list[dict[str, Any]]:
    return [
        {
            "eigenvalue": [row.eigenvalue.real, row.eigenvalue.imag],
            "block": row.size,
            "frequency": row.angular_frequency,
            "period": row.period if row.period < float("inf") else None,
            "growth": row.growth,
            "amplitude": list(row.amplitudes),
        }
        for row in learner.frequencies_table()
    ]


def _exact(series: np.ndarray) -> dict[str, Any] | None:
    """The exact recurrence of a whole-numbered sequence, when its terms determine one of moderate order."""
    import numpy as np

    from expressivity.spectral.closed_form import closed_form
    from expressivity.spectral.exact_recurrence import exact_recurrence
    from expressivity.spectral.long_run import long_run

    if series.shape[1] != 1 or np.any(series != np.rint(series)) or np.abs(series).max() > 2**53:
        return None
    try:
        found = exact_recurrence([int(value) for value in series[:, 0]], most_order=_MOST_EXACT_ORDER)
    except SeriesError:
        return None
    if not found.determined:
        return None
    return {
        "recurrence": str(found),
        "order": found.order,
        "spare_terms": found.spare,
        "closed_form": str(closed_form(found)),
        "long_run": str(long_run(found)),
    }


def _print(result: dict[str, Any], options: argparse.Namespace) -> None:
    print(
        f"{result['file']}: {result['values']} values of {', '.join(result['columns'])}\n"
        f"order {result['order']} by {result['method']}, training RMSE {result['training_error']:.3g}, "
        f"condition {result['condition']:.3g}"
    )
    for note in result["notes"]:
        print(f"  note: {note}")
    print(f"\n{'amplitude':>12} {'frequency':>12} {'period':>10} {'growth':>14}  block")
    for mode in result["modes"][:_SHOWN_MODES]:
        period = "–" if mode["period"] is None else f"{mode['period']:.4f}"
        largest = max(mode["amplitude"])
        print(f"{largest:>12.5g} {mode['frequency']:>12.8f} {period:>10} {mode['growth']:>14.10f}  {mode['block']}")
    if len(result["modes"]) > _SHOWN_MODES:
        print(f"{'…':>12} and {len(result['modes']) - _SHOWN_MODES} more modes of smaller amplitude")
    if result["exact"]:
        exact = result["exact"]
        print(f"\nexactly: {exact['recurrence']}   ({exact['spare_terms']} terms to spare)")
        print(f"  closed form: {exact['closed_form']}\n  long run: {exact['long_run']}")
    if result["hold_out"]:
        print(f"\nNRMSE on the last {result['hold_out']['values']} values, learned from the others:")
        for name, error in result["hold_out"]["nrmse"].items():
            print(f"  {name:<20} {'–' if error is None else format(error, '.3g')}")
    if result["forecast"]:
        print(f"\nnext {len(result['forecast'])} values:")
        for row in result["forecast"]:
            print("  " + "  ".join(f"{value:.10g}" for value in row))
    if options.plot:
        print(f"\nplot written to {options.plot}")
