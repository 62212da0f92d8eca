"""Work on small matrices holds BLAS to one thread, and gives the threads back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from expressivity.experiments.horizons import backends
from expressivity.experiments.horizons.jobs import INFINITE, Horizon, Job, jobs, subject
from expressivity.spectral import estimator
from expressivity.spectral.estimator import LinearRecurrence
from expressivity.spectral.reservoir import ReservoirNetwork
from expressivity.threads import one_blas_thread


def blas_threads() -> set[int]:
    """The numbers of threads that the BLAS libraries of this process may use."""
    import scipy.linalg  # noqa: F401

    return {library.num_threads for library in ThreadpoolController().select(user_api="blas").lib_controllers}


@pytest.fixture(autouse=True)
def two_threads():
    """The suite holds BLAS to one thread; here it may use two."""
    import scipy.linalg  # noqa: F401

    with threadpool_limits(limits=2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("needs a BLAS whose threads can be counted")
        yield


def test_threads_are_held_and_given_back() -> None:
    with one_blas_thread(), one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == {2}
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert blas_threads() == {2}


def test_a_fit_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    learn = estimator.learn

    def spy(*args: Any, **options: Any) -> ReservoirNetwork:
        seen.append(blas_threads())
        return learn(*args, **options)

    monkeypatch.setattr(estimator, "learn", spy)
    LinearRecurrence(method="reservoir", units=20).fit(np.cos(0.3 * np.arange(60)))
    assert seen == [{1}]
    assert blas_threads() == {2}


def test_a_job_of_a_sweep_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    answer = Horizon(INFINITE)

    def spy(job: Job) -> Horizon:
        seen.append(blas_threads())
        return answer

    monkeypatch.setattr(backends, "find_horizon", spy)
    (job,) = jobs([subject("parity", "dense")], formats=["bf16"], orders=["fused"])
    assert backends.numbered(7, job) == (7, answer)
    assert seen == [{1}]
