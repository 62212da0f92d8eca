"""Sweeps: one worker, many, a cluster, killed and resumed all give the same table."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from expressivity.errors import ExperimentError
from expressivity.experiments.horizons import sweep as module
from expressivity.experiments.horizons.jobs import Horizon, Job, jobs, subject
from expressivity.experiments.horizons.store import Store
from expressivity.experiments.horizons.sweep import Cell, sweep
from expressivity.experiments.horizons.tables import csv_table

needs_joblib = pytest.mark.skipif(
    importlib.util.find_spec("joblib") is None, reason="needs joblib (pip install 'expressivity[experiments]')"
)
needs_distributed = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="needs distributed (pip install 'expressivity[experiments]')",
)


def small_jobs() -> list[Job]:
    subjects = [subject("parity", "deltanet-signed"), subject("S3-transpositions", "deltanet-signed")]
    formats = ["bf16", "fp4_e2m1", "bf16:fp32"]
    return jobs(subjects, formats=formats, orders=["fused", "per-operation"], max_states=200, probe_letters=500)


def timeless(cells: list[Cell]) -> list[Horizon]:
    return [cell.answer.without_time() for cell in cells]


@pytest.fixture(scope="module")
def expected() -> list[Horizon]:
    made = small_jobs()
    cells = sweep(made)
    assert [cell.job for cell in cells] == made
    assert {cell.answer.answer for cell in cells} == {"infinite", "finite", "undecided"}
    return timeless(cells)


@needs_joblib
def test_two_workers_give_the_same_bits(expected, tmp_path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        assert timeless(sweep(small_jobs(), store=store, workers=2)) == expected
        assert len(store.known(small_jobs())) == len(expected)


@needs_joblib
def test_a_lost_worker_is_a_sentence(monkeypatch) -> None:
    from expressivity.experiments.horizons import backends

    # A lambda travels by value, so the worker process really ends.
    monkeypatch.setattr(backends, "numbered", lambda *_: os._exit(9))
    with pytest.raises(ExperimentError, match=r"a worker process ended before its job .*run the same command again"):
        sweep(small_jobs(), workers=2)


def test_extras_that_are_missing_are_named(monkeypatch) -> None:
    for module_name, options in (("joblib", {"workers": 2}), ("distributed", {"backend": "dask", "scheduler": "x"})):
        monkeypatch.setitem(sys.modules, module_name, None)
        with pytest.raises(ExperimentError, match=rf"needs? {module_name}; run pip install 'expressivity\[experim"):
            sweep(small_jobs(), **options)


def test_what_is_stored_is_not_computed_again(expected, tmp_path, monkeypatch) -> None:
    made, lines = small_jobs(), []
    with Store(tmp_path / "s.sqlite") as store:
        sweep(made[:5], store=store)
        asked = []
        find = module.find_horizon
        monkeypatch.setattr(module, "find_horizon", lambda job: asked.append(job) or find(job))
        assert timeless(sweep(made + made, store=store, progress=lines.append)) == expected + expected
    assert asked == made[5:]
    assert lines[-1].startswith(f"{len(made)}/{len(made)}  S3-transpositions, deltanet-signed  bf16:fp32/per-operation")


def test_what_was_not_run_is_asked_again(tmp_path) -> None:
    made = jobs([subject("parity", "mamba")], formats=["bf16"], orders=["fused", "fused/up"])
    with Store(tmp_path / "s.sqlite") as store:
        assert [cell.answer.answer for cell in sweep(made, store=store)] == ["not run", "not run"]
        assert store.known(made) == {}


def test_wrong_options_are_all_reported_before_any_work() -> None:
    for workers in (0, -3):
        with pytest.raises(ExperimentError, match=f"workers={workers} does no work; give 1 or more; a scheduler"):
            sweep(small_jobs(), workers=workers, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(ExperimentError, match="backend 'cloud' is not known; give processes or dask"):
        sweep(small_jobs(), backend="cloud")
    with pytest.raises(ExperimentError, match="needs the address of a scheduler"):
        sweep(small_jobs(), backend="dask")


# Killed and interrupted sweeps ----------------------------------------------------------------------------------------

ARGUMENTS = ["S3-transpositions", "--into", "deltanet-signed", "--key", "swap,dyadic"]
ARGUMENTS += ["--formats", "fp16,bf16,fp8_e4m3fn,fp8_e5m2", "--max-states", "3000"]


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "expressivity.cli", "horizon", *ARGUMENTS, *arguments]
    path = os.pathsep.join([str(Path(__file__).resolve().parents[3]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        start_new_session=True,
        # A shell that runs its tests in the background has them ignore Ctrl-C, and processes inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def rows(path: Path) -> int:
    try:
        return int(
            sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("SELECT count(*) FROM results").fetchone()[0]
        )
    except sqlite3.Error:
        return 0


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def table_of(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    cells = json.loads(out)["cells"]
    return [{name: value for name, value in cell.items() if name != "seconds"} for cell in cells]


@pytest.mark.slow
def test_a_sweep_killed_halfway_resumes_and_ends_with_the_same_table(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    process = start("--store", str(path))
    wait_for(lambda: rows(path) >= 6, process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    finished = rows(path)
    assert 6 <= finished < 24
    connection = sqlite3.connect(path)
    kept = connection.execute("SELECT name, result FROM results").fetchall()
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    resumed = table_of(start("--store", str(path), "--json"))
    assert resumed == table_of(start("--json"))
    assert len(resumed) == 24
    # What was there before the kill was kept, times included.
    assert set(kept) <= set(sqlite3.connect(path).execute("SELECT name, result FROM results").fetchall())


def test_an_interrupted_sweep_says_how_to_go_on(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    process = start("--store", str(path))
    wait_for(lambda: rows(path) >= 4, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert f"interrupted; {rows(path)} of 24 answers are in {path}; run the same command again" in err
    assert "Traceback" not in err


# A cluster ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_distributed
def test_a_local_dask_cluster_gives_the_same_bits(expected, tmp_path) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=0
        ) as cluster,
        Store(tmp_path / "s.sqlite") as store,
    ):
        assert cluster.scheduler_address.startswith("tcp://127.0.0.1:")
        cells = sweep(small_jobs(), store=store, backend="dask", scheduler=cluster.scheduler_address)
        assert timeless(cells) == expected
        assert len(store.known(small_jobs())) == len(expected)
        assert csv_table(cells).count("\n") == len(cells) + 1


@needs_distributed
def test_a_scheduler_that_is_not_there_fails_fast(monkeypatch) -> None:
    from expressivity.experiments.horizons import backends

    monkeypatch.setattr(backends, "CONNECT_SECONDS", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(ExperimentError, match=f"no Dask scheduler answers at '{address}'.*start one with"):
            sweep(small_jobs(), backend="dask", scheduler=address)
        assert time.monotonic() - begun < 20
    for nonsense in ("somewhere", "ftp://127.0.0.1:1"):
        with pytest.raises(ExperimentError, match="no Dask scheduler answers at"):
            sweep(small_jobs(), backend="dask", scheduler=nonsense)


@needs_distributed
def test_a_cluster_without_workers_says_so() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        with pytest.raises(ExperimentError, match=f"the Dask scheduler at {address} has no worker; start one with"):
            sweep(small_jobs(), backend="dask", scheduler=address)


@needs_distributed
def test_a_cluster_of_another_version_is_refused(monkeypatch) -> None:
    from distributed import LocalCluster

    from expressivity.experiments.horizons import backends

    monkeypatch.setattr(backends, "package_version", lambda: "0.0.3")
    options = {"host": "127.0.0.1", "dashboard_address": None, "memory_limit": 0}
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, **options) as cluster,
        pytest.raises(ExperimentError, match=r"and the cluster has 0\.0\.3 on tcp:.*install the same everywhere"),
    ):
        sweep(small_jobs(), backend="dask", scheduler=cluster.scheduler_address)
