"""The spectrum of a large linear network → its few modes that matter: the published spectral reduction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64

from expressivity.spectral.least_squares import solve
from expressivity.spectral.modes import ModalModel, Modes, fit_modes, modes_of
from expressivity.spectral.scores import training_error
from expressivity.spectral.series import Series
from expressivity.threads import one_blas_thread


@dataclass(frozen=True, eq=False)
class Reduction:
    """What the reduction kept and dropped.

    Arguments:
        model: the reduced model; it fits within the threshold.
        error: its training RMSE.
        all_modes: every mode of the spectrum, most relevant first; the model keeps a prefix.
        scores: RMSE without each of those modes, falling.
        full_error: training RMSE of all modes together.
    """

    model: ModalModel
    error: float
    all_modes: Modes
    scores: Float64[np.ndarray, " mode"]
    full_error: float


@one_blas_thread()
def reduce_spectrum(
    spectrum: Complex128[np.ndarray, " eigenvalue"],
    series: Series,
    threshold: float,
    *,
    delta: float = 0.0,
    relevant: int | None = None,
) -> Reduction | None:
    """Keep the smallest prefix of modes, most relevant first, whose training RMSE lies below the threshold.

    A mode's relevance is the RMSE after dropping it and fitting the readout of the rest anew. The prefix is found by
    binary search, as published; because the error need not fall with every mode, it is a smallest prefix only among
    those that the search looks at.

    Arguments:
        spectrum: eigenvalues of the network's transition matrix.
        series: the series it learned.
        threshold: θ, in units of the values.
        delta: δ of the clustering, 0 for none.
        relevant: number of leading outputs whose error counts; all of them when left out.

    Returns:
        The reduction, or None when even all modes together miss the threshold (draw another reservoir then).

    Source: Stolzenburg et al., Section 4; their pseudocode returns the wrong variable, their program the right one.
    """
    modes = modes_of(spectrum, delta=delta)
    wanted = [one[:, :relevant] for one in series]
    bases = [modes.basis(np.arange(len(one))) for one in wanted]
    borders = np.concatenate([[0], np.cumsum(modes.widths)])

    def error_with(which: np.ndarray) -> float:
        columns = np.concatenate([np.arange(borders[i], borders[i + 1]) for i in which])
        fitted = []
        for one, basis in zip(wanted, bases, strict=True):
            part = basis[:, columns]
            fitted.append(part @ solve(part, one))
        error = training_error(wanted, fitted)
        return error if np.isfinite(error) else float("inf")

    everything = np.arange(len(modes.sizes))
    full_error = error_with(everything)
    if not full_error < threshold:
        return None
    if len(everything) == 1:
        scores = np.array([training_error(wanted, [np.zeros_like(one) for one in wanted])])
    else:
        scores = np.array([error_with(np.delete(everything, i)) for i in everything])
    order = np.argsort(-scores, kind="stable")
    low, high = 1, len(order)
    while low < high:
        middle = (low + high) // 2
        if error_with(order[:middle]) < threshold:
            high = middle
        else:
            low = middle + 1
    model = fit_modes(modes.chosen(order[:high]), series)
    fitted = [model.values(np.arange(len(one)), series=k)[:, :relevant] for k, one in enumerate(series)]
    return Reduction(model, training_error(wanted, fitted), modes.chosen(order), scores[order], full_error)
