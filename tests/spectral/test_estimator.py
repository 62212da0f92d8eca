"""Orders and forecasts of the three methods on signals whose recurrence is known, and what they say when it is not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.spectral.estimator import LinearRecurrence
from expressivity.spectral.identification import IdentificationWarning
from expressivity.spectral.scores import nrmse
from oracles.oscillators import FREQUENCIES, oscillators

TRAIN, FREE = 400, 300


def free_run_error(learner: LinearRecurrence, signal: np.ndarray) -> float:
    learner.fit(signal[:TRAIN])
    return nrmse(signal[TRAIN:, None], learner.forecast(len(signal) - TRAIN)[:, None])


@pytest.mark.parametrize("count", range(1, 9))
def test_sums_of_sines_are_found_with_two_units_each_at_the_floor_of_float64(count: int) -> None:
    signal = oscillators(count, TRAIN + FREE)
    plain, polished = LinearRecurrence(), LinearRecurrence(polish=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert free_run_error(plain, signal) < 1e-12
        assert free_run_error(polished, signal) <= 5e-14
    assert plain.order_ == polished.order_ == 2 * count
    found = sorted(row.angular_frequency for row in polished.frequencies_table())
    assert np.allclose(found, FREQUENCIES[:count], rtol=0, atol=1e-13)
    assert all(abs(row.amplitudes[0] - 1) < 1e-9 for row in polished.frequencies_table())


@pytest.mark.parametrize("count", range(1, 9))
def test_the_reduced_reservoir_is_polished_to_the_same_floor(count: int) -> None:
    learner = LinearRecurrence(method="reservoir", units=100, threshold=0.5, polish=True)
    assert free_run_error(learner, oscillators(count, TRAIN + FREE)) <= 5e-14
    assert learner.order_ == 2 * count


def test_modes_that_fit_only_rounding_errors_are_dropped() -> None:
    # With this seed the binary search of the published reduction ends at 20 units instead of 16.
    options = {"method": "reservoir", "units": 100, "threshold": 0.5, "random_state": 4}
    signal = oscillators(8, TRAIN + FREE)
    published, polished = LinearRecurrence(**options), LinearRecurrence(**options, polish=True)
    free_run_error(published, signal)
    assert published.order_ == 20
    assert free_run_error(polished, signal) <= 5e-14
    assert polished.order_ == 16


def test_autoregression_reaches_the_floor_with_more_units() -> None:
    signal = oscillators(8, TRAIN + FREE)
    learner = LinearRecurrence(method="ar")
    assert free_run_error(learner, signal) < 1e-13
    assert learner.order_ == 100
    assert nrmse(signal[:TRAIN, None], learner.fitted()) < 1e-13
    reduced = LinearRecurrence(method="ar", polish=True)
    assert free_run_error(reduced, signal) <= 5e-14
    assert reduced.order_ == 16


def test_noise_is_met_with_a_warning_and_a_sensible_order() -> None:
    clean = oscillators(8, TRAIN + FREE)
    noisy = clean + 0.1 * np.random.default_rng(0).standard_normal(len(clean))
    for options in ({}, {"noise": 0.1}):
        learner = LinearRecurrence(polish=True, **options)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            learner.fit(noisy[:TRAIN])
        assert learner.order_ == 16
        assert nrmse(clean[TRAIN:, None], learner.forecast(FREE)[:, None]) < 0.03
        assert bool(learner.notes_) == bool(caught) == (not options)
        assert not learner.notes_ or "all 200 singular values lie above rounding level" in learner.notes_[0]


@pytest.mark.filterwarnings("ignore::expressivity.spectral.identification.IdentificationWarning")
@pytest.mark.parametrize(
    ("values", "order", "sizes"),
    [
        (np.arange(60.0) ** 2, 3, [3]),
        (np.arange(60.0), 2, [2]),
        (np.arange(60) * np.sin(0.3 * np.arange(60)), 4, [2]),
        (np.arange(60) * 3 + np.sin(np.arange(60)), 4, None),
        (2.0 ** np.arange(60), 1, [1]),
        ((-1.0) ** np.arange(60), 1, [1]),
    ],
)
def test_trends_and_repeated_roots(values: np.ndarray, order: int, sizes: list[int] | None) -> None:
    for polish in (False, True):
        learner = LinearRecurrence(polish=polish).fit(values[:40])
        assert learner.order_ == order
        assert nrmse(values[40:, None], learner.forecast(20)[:, None]) < 1e-12
        if polish and sizes is not None:
            assert learner.modes_.sizes.tolist() == sizes


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_random_recurrences_are_continued(order: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    angles = np.linspace(0.3, 2.7, order) + generator.uniform(-0.1, 0.1, order)
    times = np.arange(120)
    weights = generator.uniform(0.5, 2, (order, 1)) * np.cos(
        np.outer(angles, times) + generator.uniform(0, 6, (order, 1))
    )
    signal = weights.sum(axis=0)
    learner = LinearRecurrence().fit(signal[:80])
    assert learner.order_ == 2 * order
    assert nrmse(signal[80:, None], learner.forecast(40)[:, None]) < 1e-9


def test_several_series_and_outputs_share_one_recurrence() -> None:
    def series(length: int, first: complex, second: complex) -> np.ndarray:
        slow, fast = first * np.exp(0.3j * np.arange(length)), second * np.exp(0.8j * np.arange(length))
        return np.stack([slow.imag, slow.real + fast.imag], axis=1)

    first, second = series(160, 1, 1), series(90, 0.3 + 1j, -2 + 0.1j)
    for learner in (
        LinearRecurrence(),
        LinearRecurrence(polish=True),
        LinearRecurrence(method="reservoir", units=60, polish=True),
    ):
        learner.fit([first[:120], second[:60]])
        assert learner.order_ == 4
        assert nrmse(first[120:], learner.forecast(40)) < 1e-10
        assert nrmse(second[60:], learner.forecast(30, series=1)) < 1e-10


def test_the_same_seed_gives_the_same_reservoir_and_another_seed_another() -> None:
    signal = oscillators(2, 120)
    options = {"method": "reservoir", "units": 40}
    first, again, other = (LinearRecurrence(**options, random_state=seed).fit(signal) for seed in (3, 3, 4))
    assert np.array_equal(first.network_.weights, again.network_.weights)
    assert np.array_equal(first.forecast(10), again.forecast(10))
    assert not np.array_equal(first.network_.weights, other.network_.weights)


def test_a_reservoir_as_wide_as_the_series_meets_any_values() -> None:
    # Property 8: exactness on the training values says nothing about what follows.
    noise = np.random.default_rng(1).standard_normal(30)
    learner = LinearRecurrence(method="reservoir", units=29, threshold=1e-3).fit(noise)
    assert nrmse(noise[:, None], learner.network_.run(noise[:1], 30)) < 1e-3
    with pytest.raises(ex.SeriesError, match="take more units=, or use method='ho-kalman'"):
        LinearRecurrence(method="reservoir", units=5, threshold=1e-3, draws=3).fit(noise)


def test_conventions_of_scikit_learn() -> None:
    learner = LinearRecurrence(method="ar", order=4)
    assert learner.get_params()["order"] == 4
    assert repr(learner) == "LinearRecurrence(method='ar', order=4)"
    assert learner.set_params(order=6) is learner
    assert learner.fit(oscillators(2, 60)[:40]) is learner
    assert learner.score(oscillators(2, 60)[40:]) > 1 - 1e-12
    base = pytest.importorskip("sklearn.base")
    copy = base.clone(learner)
    assert copy.get_params() == learner.get_params()
    assert not hasattr(copy, "model_")


def test_a_wrong_frequency_is_found() -> None:
    # The floor is a claim about these frequencies: one of them off by 1e-10 must show.
    signal = oscillators(8, TRAIN + FREE)
    times = np.arange(1, TRAIN + FREE + 1)
    signal[TRAIN:] += np.sin((0.97 + 1e-10) * times[TRAIN:]) - np.sin(0.97 * times[TRAIN:])
    assert free_run_error(LinearRecurrence(polish=True), signal) > 1e-9


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"method": "dmd"}, "method 'dmd' is unknown; choose among ho-kalman, reservoir, ar"),
        ({"order": 0}, "order=0 is not a positive whole number"),
        ({"noise": -1.0}, "noise=-1.0 is not a number from 0"),
        ({"window": 80}, "window=80 is outside 2 to 39"),
        ({"order": 30}, "order 30 is outside 1 to 19"),
        ({"method": "ar", "order": 40}, "40 lags are outside 1 to 39"),
        ({"method": "reservoir", "order": 3}, "set threshold= instead of order="),
        ({"method": "x", "draws": 0}, "method 'x' is unknown.*; draws=0 is not"),
    ],
)
def test_impossible_options(options: dict, expected: str) -> None:
    with pytest.raises(ex.SeriesError, match=expected):
        LinearRecurrence(**options).fit(oscillators(1, 40))


def test_results_before_fit_and_unknown_options() -> None:
    with pytest.raises(ex.NotFitted, match=r"call fit\(values\) first"):
        LinearRecurrence().forecast(3)
    with pytest.raises(ex.SeriesError, match=r"options \['size'\] do not exist"):
        LinearRecurrence().set_params(size=3)
    learner = LinearRecurrence().fit(oscillators(1, 40))
    with pytest.raises(ex.SeriesError, match="series 1 is outside 0 to 0"):
        learner.forecast(3, series=1)
    with pytest.raises(ex.SeriesError, match="steps=-1 is negative"):
        learner.forecast(-1)


def test_more_order_than_the_values_show_is_said() -> None:
    with pytest.warns(IdentificationWarning, match="the values show only 2: 3 of the modes are fitted to rounding"):
        LinearRecurrence(order=5).fit(oscillators(1, 40))


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        # Order 16 takes 33 values at least; in float64, where eight sines look alike over a short time, some more.
        (20, "all 10 singular values lie above rounding level"),
        (27, "further ones may hide below it: the order is 13 as far as float64 shows"),
        (33, "the order is 14 as far as float64 shows"),
    ],
)
def test_too_few_values_for_the_order_are_said(length: int, expected: str) -> None:
    with pytest.warns(IdentificationWarning, match=expected):
        LinearRecurrence().fit(oscillators(8, length))


def test_enough_values_raise_no_doubt_and_the_least_number_some() -> None:
    fibonacci = [1.0, 1, 2, 3, 5, 8, 13, 21, 34, 55]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert LinearRecurrence().fit(fibonacci).order_ == 2
    with pytest.warns(IdentificationWarning, match="order 2 is confirmed only once; more values would tell"):
        assert LinearRecurrence().fit(fibonacci[:5]).order_ == 2


def test_a_mode_at_the_edge_of_rounding_is_said() -> None:
    times = np.arange(100)
    with pytest.warns(IdentificationWarning, match="more values, or modes further apart, would decide"):
        LinearRecurrence().fit(np.sin(0.5 * times) + 2e-14 * np.cos(0.9 * times))


def test_long_series_are_affordable() -> None:
    signal = oscillators(3, 60_000)
    learner = LinearRecurrence().fit(signal[:50_000])
    assert learner.order_ == 6
    assert nrmse(signal[50_000:, None], learner.forecast(10_000)[:, None]) < 1e-9
