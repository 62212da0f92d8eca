"""Modes → better modes: variable projection, i.e. Gauss–Newton on the eigenvalues with the readouts solved for."""

from __future__ import annotations

import numpy as np
from jaxtyping import Complex128, Float64

from expressivity.spectral.least_squares import solve
from expressivity.spectral.modes import ModalModel, Modes, fit_modes, jordan_function, modes_of
from expressivity.spectral.scores import training_error
from expressivity.spectral.series import Series
from expressivity.threads import one_blas_thread

_MOST_STEPS = 60
_MOST_GROWTH = 1e100
_ROUNDING = 1e-13  # of the values' root mean square
_GAPS = (0.0, 1e-6, 1e-4, 1e-2)
_DAMPINGS = (0.0, 1e-6, 1e-4, 1e-2, 1.0, 1e2)


def polish(modes: Modes, series: Series) -> tuple[ModalModel, float]:
    """Move the eigenvalues to where the modes fit all series best.

    Each step linearises the residual in the eigenvalues, with the readouts eliminated (Kaufman's form), and solves
    for a correction; corrections are damped only when the full one does not help. It ends when no correction lowers
    the error, which near the optimum means rounding level.

    Arguments:
        modes: the start; it must be near the optimum for the optimum to be found.
        series: checked series.

    Returns:
        The model and its root mean square error; never worse than the modes given.

    Source: Golub & Pereyra 1973; Kaufman 1975.
    """
    best = fit_modes(modes, series)
    error = _error(best, series)
    longest = max(len(one) for one in series)
    for _ in range(_MOST_STEPS):
        residual, jacobian = _linearised(best, series)
        improved = False
        for damping in _DAMPINGS:
            step = _correction(jacobian, residual, damping)
            moved = _moved(best.modes, step, longest)
            if moved is None:
                continue
            candidate = fit_modes(moved, series)
            candidate_error = _error(candidate, series)
            if candidate_error < error:
                finished = candidate_error > error * (1 - 1e-6)
                best, error, improved = candidate, candidate_error, not finished
                break
        if not improved:
            break
    return best, error


@one_blas_thread()
def polish_clustered(spectrum: Complex128[np.ndarray, " eigenvalue"], series: Series) -> tuple[ModalModel, float]:
    """Polish from the eigenvalues of a fitted recurrence, with those that rounding may have split put together.

    An eigenvalue of block size m comes out of floating point as m eigenvalues that lie about ε^(1/m) apart, too close
    to be fitted separately. Several gaps are tried, and what fits best is kept.

    Arguments:
        spectrum: the eigenvalues, closed under conjugation.
        series: checked series.
    """
    best: tuple[ModalModel, float] | None = None
    seen = set()
    for delta in _GAPS:
        modes = modes_of(spectrum, delta=delta)
        shape = tuple(modes.widths.tolist())
        if shape in seen:
            continue
        seen.add(shape)
        candidate = polish(modes, series)
        if best is None or candidate[1] < best[1]:
            best = candidate
    assert best is not None
    return _without_idle_modes(*best, series)


def _without_idle_modes(model: ModalModel, error: float, series: Series) -> tuple[ModalModel, float]:
    """The model without modes that fit nothing but rounding errors; unchanged where the error is above rounding level.

    The published reduction may keep a mode too many, because its binary search needs an error that falls with every
    mode. Only at rounding level is it certain that a mode is idle: in noise every mode lowers the error a little.
    """
    level = _ROUNDING * training_error(series, [np.zeros_like(one) for one in series])
    while error <= level and len(model.modes.sizes) > 1:
        borders = np.concatenate([[0], np.cumsum(model.modes.widths)])
        shares = np.zeros(len(model.modes.sizes))
        for one, readout in zip(series, model.readouts, strict=True):
            basis = model.modes.basis(np.arange(len(one)))
            for i in range(len(shares)):
                part = slice(borders[i], borders[i + 1])
                shares[i] += np.linalg.norm(basis[:, part] @ readout[part])
        kept = np.delete(np.arange(len(shares)), np.argmin(shares))
        candidate = polish(model.modes.chosen(kept), series)
        if candidate[1] > level:
            break
        model, error = candidate
    return model, error


def _error(model: ModalModel, series: Series) -> float:
    fitted = [model.values(np.arange(len(one)), series=k) for k, one in enumerate(series)]
    error = training_error(series, fitted)
    return error if np.isfinite(error) else float("inf")


def _linearised(
    model: ModalModel, series: Series
) -> tuple[Float64[np.ndarray, " equation"], Float64[np.ndarray, "equation parameter"]]:
    """Residuals of all series and outputs, and how the model's values respond to the parameters."""
    residuals, rows = [], []
    for k, one in enumerate(series):
        times = np.arange(len(one))
        basis = model.modes.basis(times)
        lengths = np.linalg.norm(basis, axis=0)
        orthonormal, _ = np.linalg.qr(basis / np.where(lengths > 0, lengths, 1.0))
        columns = []
        position = 0
        for value, size in zip(model.modes.eigenvalues, model.modes.sizes, strict=True):
            paired = value.imag > 0
            change = np.zeros(one.shape, dtype=np.complex128)
            for j in range(int(size)):
                # d/dλ C(t, j) λ^(t−j) = (j + 1) C(t, j + 1) λ^(t−j−1)
                slope = (j + 1) * jordan_function(complex(value), j + 1, times)[:, None]
                if paired:
                    weight = model.readouts[k][position] - 1j * model.readouts[k][position + 1]
                    position += 2
                else:
                    weight = model.readouts[k][position]
                    position += 1
                change += slope * weight
            columns.append(change.real)
            if paired:
                columns.append(-change.imag)
        stacked = np.stack(columns, axis=-1)
        flat = stacked.reshape(len(one), -1)
        flat = flat - orthonormal @ (orthonormal.T @ flat)
        rows.append(flat.reshape(-1, stacked.shape[-1]))
        residuals.append((one - model.values(times, series=k)).reshape(-1))
    return np.concatenate(residuals), np.concatenate(rows)


def _correction(
    jacobian: Float64[np.ndarray, "equation parameter"], residual: Float64[np.ndarray, " equation"], damping: float
) -> Float64[np.ndarray, " parameter"]:
    if not np.all(np.isfinite(jacobian)):
        return np.full(jacobian.shape[1], np.nan)
    if damping:
        lengths = np.linalg.norm(jacobian, axis=0)
        jacobian = np.concatenate([jacobian, np.sqrt(damping) * np.diag(np.where(lengths > 0, lengths, 1.0))])
        residual = np.concatenate([residual, np.zeros(jacobian.shape[1])])
    return solve(jacobian, residual[:, None])[:, 0]


def _moved(modes: Modes, step: Float64[np.ndarray, " parameter"], longest: int) -> Modes | None:
    """The modes after a correction; None when a conjugate pair would meet the real axis or powers leave the range."""
    if not np.all(np.isfinite(step)):
        return None
    values: Complex128[np.ndarray, " mode"] = modes.eigenvalues.copy()
    position = 0
    for i, value in enumerate(modes.eigenvalues):
        if value.imag > 0:
            values[i] += step[position] + 1j * step[position + 1]
            position += 2
            if values[i].imag <= 0:
                return None
        else:
            values[i] += step[position]
            position += 1
    largest, before = np.abs(values).max(), np.abs(modes.eigenvalues).max()
    if largest > max(before, _MOST_GROWTH ** (1 / longest)):
        return None
    return Modes(values, modes.sizes)
