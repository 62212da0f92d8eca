"""The learner users hold: values in, the smallest recurrence found out, with scikit-learn's conventions."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Complex128, Float64

from expressivity.errors import NotFitted, SeriesError
from expressivity.spectral.autoregression import autoregression, default_lags, past_values
from expressivity.spectral.hankel import choose_order, hankel_factors
from expressivity.spectral.ho_kalman import ho_kalman
from expressivity.spectral.identification import IdentificationWarning, notes_on_order
from expressivity.spectral.modes import ModalModel, Modes, fit_modes, modes_of
from expressivity.spectral.polish import polish_clustered
from expressivity.spectral.reduction import Reduction, reduce_spectrum
from expressivity.spectral.reservoir import ReservoirNetwork, learn
from expressivity.spectral.scores import rmse, training_error
from expressivity.spectral.series import Series, as_series
from expressivity.spectral.state_space import StateSpace
from expressivity.threads import one_blas_thread

METHODS = ("ho-kalman", "reservoir", "ar")
"""How a recurrence can be found."""

_DEFAULT_THRESHOLD = 0.05  # of the values' root mean square deviation
_MOST_DEFAULT_UNITS = 200


@dataclass(frozen=True)
class Frequency:
    """One mode of a fitted recurrence.

    Arguments:
        eigenvalue: λ; with a positive imaginary part it stands for the conjugate pair.
        size: block size; above 1 the mode is multiplied by polynomials of degree below it.
        angular_frequency: radians per step, 0 to π.
        period: steps per turn; infinite for a real positive eigenvalue.
        growth: factor |λ| per step.
        amplitudes: of each output of the first series, at time 0 (of the leading part, for a larger block).
        phases: of each output, such that the mode is amplitude · cos(frequency · t + phase).
    """

    eigenvalue: complex
    size: int
    angular_frequency: float
    period: float
    growth: float
    amplitudes: tuple[float, ...]
    phases: tuple[float, ...]


class LinearRecurrence:
    """Learn a linear recurrence from values: `LinearRecurrence().fit(values).forecast(50)`.

    Arguments:
        method: "ho-kalman" (least order from the Hankel matrix), "reservoir" (the published network with its spectral
            reduction), or "ar" (least squares on past values).
        polish: move the eigenvalues to the least-squares optimum by variable projection.
        order: states for "ho-kalman", past values for "ar"; found automatically when left out. The reservoir's
            reduction always finds its own.
        noise: standard deviation of the noise, where it is known, for the automatic order of "ho-kalman".
        window: block rows of the Hankel matrix; half the series when left out.
        units: reservoir size N_res; as many as there are equations, at most 200, when left out.
        threshold: training RMSE the reduction must stay below, in units of the values; 5% of their root mean square
            deviation when left out.
        delta: eigenvalues nearer than this become one block in the reduction; 0 for no clustering.
        draws: reservoirs to try before giving up.
        random_state: seed or generator of the reservoirs; the same seed gives the same result.

    Attributes:
        model_: the fitted model. eigenvalues_: its spectrum. order_: its units. modes_: its modes.
        singular_values_: of the Hankel matrix. condition_: of the problem that was solved. notes_: what the values do
        not identify. training_error_: RMSE on the training values. For "reservoir" also network_, reduction_, draws_.
    """

    def __init__(
        self,
        *,
        method: str = "ho-kalman",
        polish: bool = False,
        order: int | None = None,
        noise: float | None = None,
        window: int | None = None,
        units: int | None = None,
        threshold: float | None = None,
        delta: float = 0.0,
        draws: int = 100,
        random_state: int | np.random.Generator = 0,
    ) -> None:
        self.method = method
        self.polish = polish
        self.order = order
        self.noise = noise
        self.window = window
        self.units = units
        self.threshold = threshold
        self.delta = delta
        self.draws = draws
        self.random_state = random_state

    # Parameters -----------------------------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The options by name, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in _options()}

    def set_params(self, **options: Any) -> LinearRecurrence:
        """Change options.

        Raises:
            SeriesError: naming an option that does not exist.
        """
        unknown = sorted(set(options) - set(_options()))
        if unknown:
            raise SeriesError(f"options {unknown} do not exist; choose among {', '.join(_options())}")
        for name, value in options.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        given = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items() if v != _options()[k].default)
        return f"LinearRecurrence({given})"

    # Fitting --------------------------------------------------------------------------------------------------------

    @one_blas_thread()
    def fit(self, values: Any, y: None = None) -> LinearRecurrence:
        """Learn from values.

        Arguments:
            values: one series of shape (time,) or (time, output), or a list of such arrays: series of one recurrence
                with different starts.
            y: not used; there for scikit-learn's convention.

        Raises:
            SeriesError: for values no recurrence can be learned from (see `as_series`), and for impossible options.

        Warns:
            IdentificationWarning: for each thing that the values do not identify.
        """
        series = as_series(values)
        self._check_options(series)
        several = isinstance(values, list | tuple) and np.ndim(values[0]) > 0
        self._flat = np.ndim(values[0] if several else values) == 1
        self._series = series
        factors = hankel_factors(series, window=self.window)
        self.singular_values_ = factors.singular_values
        notes: list[str] = []
        if self.method == "ho-kalman":
            choice = choose_order(factors, noise=self.noise, outputs=series[0].shape[1])
            order = choice.order if self.order is None else self.order
            notes += notes_on_order(factors, choice, order, automatic=self.order is None)
            space = ho_kalman(series, factors, order)
            self.condition_ = float(factors.singular_values[0] / factors.singular_values[order - 1])
            self._settle(space, space.spectrum())
        elif self.method == "ar":
            self._fit_autoregression(series)
        else:
            self._fit_reservoir(series)
        self.notes_ = tuple(notes)
        for note in notes:
            warnings.warn(note, IdentificationWarning, stacklevel=2)
        return self

    def _check_options(self, series: Series) -> None:
        problems = []
        if self.method not in METHODS:
            problems.append(f"method {self.method!r} is unknown; choose among {', '.join(METHODS)}")
        for name in ("order", "window", "units", "draws"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int | np.integer) or value < 1):
                problems.append(f"{name}={value!r} is not a positive whole number")
        for name in ("noise", "threshold", "delta"):
            value = getattr(self, name)
            if value is not None and not (np.isreal(value) and np.isfinite(value) and value >= 0):
                problems.append(f"{name}={value!r} is not a number from 0")
        if self.method == "reservoir" and self.order is not None:
            problems.append("the reservoir's reduction finds its own order; set threshold= instead of order=")
        shortest = min(len(one) for one in series)
        if isinstance(self.window, int) and not 1 < self.window < shortest:
            problems.append(f"window={self.window} is outside 2 to {shortest - 1}, the shortest series less one")
        if problems:
            raise SeriesError("; ".join(problems))

    def _threshold(self, series: Series) -> float:
        if self.threshold is not None:
            return self.threshold
        centred = [one - one.mean(axis=0) for one in series]
        return _DEFAULT_THRESHOLD * training_error(centred, [np.zeros_like(one) for one in centred])

    def _fit_autoregression(self, series: Series) -> None:
        lags = default_lags(series) if self.order is None else self.order
        space = autoregression(series, lags)
        self.condition_ = float(np.linalg.cond(past_values(series, lags)))
        spectrum = np.roots(np.concatenate([[1.0], -space.transition[lags - 1, :lags][::-1]])).astype(np.complex128)
        if self.polish:
            # Most of the roots of a long autoregression carry nothing; only those that matter can be polished.
            reduction = reduce_spectrum(spectrum, series, self._threshold(series), delta=self.delta)
            if reduction is None:
                raise SeriesError(
                    f"the roots of {lags} lags fit no better than {self._threshold(series):.3g}; "
                    "raise threshold= or change order= before polishing"
                )
            self._settle(reduction.model, reduction.model.modes.spectrum())
            return
        self._settle(space, spectrum, offset=lags)

    def _fit_reservoir(self, series: Series) -> None:
        outputs = series[0].shape[1]
        equations = sum(len(one) - 1 for one in series)
        units = max(1, min(equations - outputs, _MOST_DEFAULT_UNITS)) if self.units is None else self.units
        threshold = self._threshold(series)
        generator = np.random.default_rng(self.random_state)
        for draw in range(1, self.draws + 1):
            network = learn(series, units, generator=generator)
            reduction = reduce_spectrum(network.spectrum(), series, threshold, delta=self.delta)
            if reduction is not None:
                self.network_: ReservoirNetwork = network
                self.reduction_: Reduction = reduction
                self.draws_ = draw
                self.condition_ = network.condition
                self._settle(reduction.model, reduction.model.modes.spectrum())
                return
        raise SeriesError(
            f"none of {self.draws} reservoirs of {units} units fits the values within {threshold:.3g}; "
            "raise threshold=, take more units=, or use method='ho-kalman'"
        )

    def _settle(
        self, model: StateSpace | ModalModel, spectrum: Complex128[np.ndarray, " eigenvalue"], *, offset: int = 0
    ) -> None:
        """Keep a model, polished where that is asked for and helps."""
        self.model_ = model
        self._offset = offset
        self.training_error_ = training_error(self._series, [self.fitted(series=k) for k in range(len(self._series))])
        self.modes_: Modes = model.modes if isinstance(model, ModalModel) else modes_of(spectrum)
        if self.polish:
            polished, error = polish_clustered(spectrum, self._series)
            # At rounding level the smaller error is chance; of equals take the modes, in which no errors accumulate.
            if error <= 2 * self.training_error_:
                self.model_, self.training_error_, self.modes_ = polished, error, polished.modes
                spectrum = polished.modes.spectrum()
        self.eigenvalues_ = spectrum[np.argsort(-np.abs(spectrum), kind="stable")]
        self.order_ = self.model_.order if offset == 0 else offset

    # Using ----------------------------------------------------------------------------------------------------------

    def _check_fitted(self, series: int) -> None:
        if not hasattr(self, "model_"):
            raise NotFitted("this recurrence has learned nothing yet; call fit(values) first")
        if not 0 <= series < len(self._series):
            raise SeriesError(f"series {series} is outside 0 to {len(self._series) - 1}")

    def forecast(self, steps: int, *, series: int = 0) -> Float64[np.ndarray, " step *output"]:
        """The values that follow a series.

        Arguments:
            steps: how many.
            series: which series to continue, from 0.

        Returns:
            Shape (step,) for series given as plain lists of numbers, else (step, output).

        Raises:
            NotFitted: before `fit`.
            SeriesError: when steps is negative or there is no such series.
        """
        self._check_fitted(series)
        if steps < 0:
            raise SeriesError(f"steps={steps} is negative; give the number of values to forecast")
        first = self._offset or len(self._series[series])
        values = self.model_.values(np.arange(first, first + steps), series=series)
        return values[:, 0] if self._flat else values

    def fitted(self, *, series: int = 0) -> Float64[np.ndarray, "time output"]:
        """The model's values at the times of a series it has learned.

        For "ar" each value is predicted from the true ones before it, the first ones being given.
        """
        self._check_fitted(series)
        one = self._series[series]
        if isinstance(self.model_, StateSpace) and self._offset:
            lags = self._offset
            coefficients = self.model_.transition[lags - 1, :lags]
            windows = np.lib.stride_tricks.sliding_window_view(one, lags, axis=0)[:-1]
            return np.concatenate([one[:lags], windows @ coefficients])
        return self.model_.values(np.arange(len(one)), series=series)

    def score(self, values: Any, y: None = None) -> float:
        """R² of the forecast of the values that follow the first series: 1 − NRMSE², at most 1.

        Arguments:
            values: the values after the training values, shaped like them.
            y: not used; there for scikit-learn's convention.
        """
        wanted = np.asarray(values, dtype=np.float64)
        wanted = wanted[:, None] if wanted.ndim == 1 else wanted
        self._check_fitted(0)
        found = self.forecast(len(wanted)).reshape(wanted.shape)
        spread = rmse(wanted, np.broadcast_to(wanted.mean(axis=0), wanted.shape))
        if spread == 0:
            raise SeriesError("the values to score never change, so no share of their variation can be explained")
        return 1.0 - (rmse(wanted, found) / spread) ** 2

    def frequencies_table(self) -> list[Frequency]:
        """The modes, those of largest amplitude first, with the amplitudes in the first series."""
        self._check_fitted(0)
        model = fit_modes(self.modes_, self._series[:1])
        rows, position = [], 0
        for value, size in zip(model.modes.eigenvalues.tolist(), model.modes.sizes.tolist(), strict=True):
            paired = value.imag > 0
            first = model.readouts[0][position]
            weight = first - 1j * model.readouts[0][position + 1] if paired else first.astype(np.complex128)
            angle = float(np.angle(value))
            rows.append(
                Frequency(
                    eigenvalue=value,
                    size=size,
                    angular_frequency=angle,
                    period=2 * np.pi / angle if angle else float("inf"),
                    growth=abs(value),
                    amplitudes=tuple(np.abs(weight).tolist()),
                    phases=tuple(np.angle(weight).tolist()),
                )
            )
            position += size * (2 if paired else 1)
        return sorted(rows, key=lambda row: -max(row.amplitudes))


def _options() -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(LinearRecurrence.__init__).parameters
    return {name: parameter for name, parameter in parameters.items() if name != "self"}
