"""Pictures show what they say: counts of points, the level of the cliff, an orbit on its ellipse."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import expressivity as ex
from expressivity.plots import spectral
from expressivity.spectral.ellipse import limit_ellipse

pytest.importorskip("matplotlib")

TIMES = np.arange(80)
SIGNAL = np.sin(0.3 * TIMES) + np.cos(1.1 * TIMES)


def test_eigenvalues_kept_and_dropped() -> None:
    learner = ex.LinearRecurrence(method="reservoir", units=30).fit(SIGNAL)
    axes = spectral.plot_eigenvalues(learner)
    _, dropped, kept = axes.lines
    assert len(kept.get_xdata()) == learner.order_ == 4
    assert len(dropped.get_xdata()) == 31 - 4
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["dropped (27)", "kept (4)"]
    assert np.allclose(np.hypot(kept.get_xdata(), kept.get_ydata()), 1, atol=1e-3)


def test_the_cliff_of_singular_values() -> None:
    axes = spectral.plot_singular_values(SIGNAL)
    signal, rest, level = axes.lines
    assert len(signal.get_xdata()) == 4
    assert min(signal.get_ydata()) > level.get_ydata()[0] > max(rest.get_ydata())


def test_an_orbit_on_its_ellipse() -> None:
    matrix = 1.1 * np.array([[0.6, -1.6], [0.4, 0.6]])
    start = np.array([1.0, 2.0])
    ellipse = limit_ellipse(matrix, start)
    states = ellipse.points(np.arange(40.0))
    axes = spectral.plot_orbit(states, ellipse)
    _, curve = axes.lines
    long, short = ellipse.semi_axes
    around = np.stack([curve.get_xdata(), curve.get_ydata()])
    assert np.allclose((around[0] / long) ** 2 + (around[1] / short) ** 2, 1)


def test_errors_over_the_horizon() -> None:
    wanted = SIGNAL[:10, None]
    axes = spectral.plot_errors(wanted, {"exact": wanted, "off": wanted + 1})
    exact, off = axes.lines
    assert np.isnan(exact.get_ydata()).all()
    assert np.allclose(off.get_ydata(), 1)


def test_without_matplotlib_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ex.SeriesError, match=r'pip install "expressivity\[playground\]"'):
        spectral.plot_singular_values(SIGNAL)
