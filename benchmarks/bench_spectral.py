"""Eight sines continued by everybody, in one run: units, NRMSE and time, with and without noise.

    python benchmarks/bench_spectral.py [--repeats 3]

400 values are learned from and the next 300 are forecast in a free run; the NRMSE is against the values without noise.
The peers are optional, and one that is not installed is left out with a line that says so: PyDMD (BOPDMD on a delay
embedding, HankelDMD), statsmodels (AutoReg), python-control (eigensystem realisation). Each is told the order 16, which
our Ho–Kalman finds; none of them looks for it. Times are the fastest of the repeats, fit and forecast together.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

import expressivity as ex
from expressivity.spectral.reproductions.oscillators import oscillators
from expressivity.spectral.scores import nrmse

TRAIN, FREE, ORDER, WINDOW = 400, 300, 16, 200
Forecast = Callable[[np.ndarray], tuple[int, np.ndarray]]


def ours(**options) -> Forecast:
    def forecast(values: np.ndarray) -> tuple[int, np.ndarray]:
        learner = ex.LinearRecurrence(**options).fit(values)
        return learner.order_, learner.forecast(FREE)

    return forecast


def bopdmd(**tolerances) -> Forecast:
    def forecast(values: np.ndarray) -> tuple[int, np.ndarray]:
        from pydmd import BOPDMD
        from pydmd.preprocessing import hankel_preprocessing

        model = hankel_preprocessing(BOPDMD(svd_rank=ORDER, num_trials=0, varpro_opts_dict=tolerances), d=WINDOW)
        model.fit(values[None, :], t=np.arange(TRAIN - WINDOW + 1))
        modes, eigenvalues, amplitudes = model.modes[0], model.eigs, model.amplitudes
        times = np.arange(TRAIN, TRAIN + FREE)
        return len(eigenvalues), (np.exp(np.outer(times, eigenvalues)) @ (modes * amplitudes)).real

    return forecast


def hankel_dmd(values: np.ndarray) -> tuple[int, np.ndarray]:
    from pydmd import HankelDMD

    model = HankelDMD(svd_rank=ORDER, d=WINDOW)
    model.fit(values[None, :])
    model.dmd_time["tend"] = TRAIN + FREE - 1
    return len(model.eigs), model.reconstructed_data[0, TRAIN : TRAIN + FREE].real


def auto_reg(lags: int) -> Forecast:
    def forecast(values: np.ndarray) -> tuple[int, np.ndarray]:
        from statsmodels.tsa.ar_model import AutoReg

        return lags, AutoReg(values, lags=lags, trend="n").fit().predict(TRAIN, TRAIN + FREE - 1)

    return forecast


def eigensystem_realisation(values: np.ndarray) -> tuple[int, np.ndarray]:
    import control

    # Markov parameters: the first is the feed-through, the others C A^(k−1) B.
    markov = np.concatenate([[0.0], values])[None, None, :]
    system, _ = control.eigensys_realization(markov, ORDER, m=TRAIN // 2 - 1, n=TRAIN // 2 - 1)
    state, found = system.B[:, 0], []
    for _ in range(TRAIN + FREE):
        found.append(float(system.C[0] @ state))
        state = system.A @ state
    return system.nstates, np.array(found[TRAIN:])


METHODS: list[tuple[str, str | None, Forecast]] = [
    ("Ho–Kalman", None, ours()),
    ("Ho–Kalman, polished", None, ours(polish=True)),
    ("autoregression (100)", None, ours(method="ar")),
    ("published LRNN, N_res = 200", None, ours(method="reservoir", units=200, threshold=0.5)),
    ("published LRNN, polished", None, ours(method="reservoir", units=200, threshold=0.5, polish=True)),
    ("PyDMD BOPDMD, as it comes", "pydmd", bopdmd()),
    ("PyDMD BOPDMD, tolerance 1e-14", "pydmd", bopdmd(tol=1e-14, maxiter=60, eps_stall=1e-16)),
    ("PyDMD HankelDMD", "pydmd", hankel_dmd),
    ("python-control ERA", "control", eigensystem_realisation),
    ("statsmodels AutoReg(16)", "statsmodels", auto_reg(16)),
    ("statsmodels AutoReg(100)", "statsmodels", auto_reg(100)),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    clean = oscillators(8, TRAIN + FREE)
    noisy = clean + 0.1 * np.random.default_rng(0).standard_normal(len(clean))
    warnings.simplefilter("ignore")
    for title, values in (("without noise", clean[:TRAIN]), ("with noise of standard deviation 0.1", noisy[:TRAIN])):
        print(f"\nMSO8 {title}\n{'method':30} {'units':>5} {'NRMSE':>10} {'seconds':>9}")
        for name, package, forecast in METHODS:
            if package is not None and find_spec(package) is None:
                print(f"{name:30} is not installed")
                continue
            seconds = float("inf")
            try:
                # Some peers switch their warnings on again whatever the filters say; recording keeps the table whole.
                with warnings.catch_warnings(record=True):
                    for _ in range(repeats):
                        begin = time.perf_counter()
                        units, found = forecast(values)
                        seconds = min(seconds, time.perf_counter() - begin)
            except ex.SeriesError as error:
                print(f"{name:30} {error}")
                continue
            error = nrmse(clean[TRAIN:, None], found[:, None])
            print(f"{name:30} {units:>5} {error:10.2g} {seconds:9.4f}", flush=True)


if __name__ == "__main__":
    main()
