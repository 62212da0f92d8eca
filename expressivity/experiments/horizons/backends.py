"""The two ways to run jobs elsewhere: joblib's processes on this machine, and the workers of a Dask cluster.

A worker computes and returns; it writes nothing. Every worker uses one thread: jobs are what runs side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from typing import Any

from expressivity import __version__
from expressivity.errors import ExperimentError
from expressivity.experiments.horizons.decision import find_horizon
from expressivity.experiments.horizons.jobs import Horizon, Job
from expressivity.threads import one_blas_thread

CONNECT_SECONDS = 10
"""How long a scheduler may take to answer."""


def numbered(position: int, job: Job) -> tuple[int, Horizon]:
    """A job's answer with its position, because answers come in any order."""
    with one_blas_thread():
        return position, find_horizon(job)


def process_answers(jobs: Sequence[Job], workers: int) -> Iterator[tuple[int, Horizon]]:
    """Answers from worker processes on this machine, as they come.

    Arguments:
        jobs: the jobs.
        workers: number of processes.

    Raises:
        ExperimentError: when joblib is not installed, or a worker is lost.
    """
    try:
        from joblib import Parallel, delayed, parallel_config
    except ImportError:
        raise ExperimentError(
            f"{workers} workers need joblib; run pip install 'expressivity[experiments]', or use one worker"
        ) from None
    with parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1):
        pool = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch=2 * workers)
        try:
            yield from pool(delayed(numbered)(position, job) for position, job in enumerate(jobs))
        except BrokenExecutor as error:
            raise _lost("a worker process ended before its job", error) from None


def dask_answers(jobs: Sequence[Job], scheduler: str) -> Iterator[tuple[int, Horizon]]:
    """Answers from the workers of a Dask cluster, as they come; the cluster itself is left running.

    Arguments:
        jobs: the jobs.
        scheduler: address of the scheduler.

    Raises:
        ExperimentError: when distributed is not installed, the scheduler does not answer, its workers run another
            version of this package, or one is lost.
    """
    try:
        import distributed as library
    except ImportError:
        raise ExperimentError("backend 'dask' needs distributed; run pip install 'expressivity[experiments]'") from None
    distributed: Any = library  # its functions do not say their types
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ExperimentError(
            f"no Dask scheduler answers at {scheduler!r} ({error or type(error).__name__}); start one with `dask "
            "scheduler` and give its address, such as tcp://127.0.0.1:8786"
        ) from None
    with client:
        _same_version(client, scheduler)
        futures = [client.submit(numbered, position, job, pure=False) for position, job in enumerate(jobs)]
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                yield future.result()
        except (distributed.KilledWorker, CancelledError, OSError) as error:
            raise _lost(f"the cluster at {scheduler} lost its scheduler or a worker", error) from None
        finally:
            client.cancel(futures)


def _lost(what: str, error: BaseException) -> ExperimentError:
    return ExperimentError(
        f"{what} ({type(error).__name__}), perhaps for want of memory; answers in a store are kept: run the same "
        "command again, with fewer workers or a smaller --max-states"
    )


def _same_version(client: Any, scheduler: str) -> None:
    if not client.scheduler_info()["workers"]:
        raise ExperimentError(
            f"the Dask scheduler at {scheduler} has no worker; start one with `dask worker {scheduler}`"
        )
    try:
        versions = client.run(package_version)
    except ImportError as error:
        raise ExperimentError(
            f"a worker of the cluster at {scheduler} lacks this package ({error}); install it there"
        ) from None
    found = {address: version for address, version in versions.items() if version != __version__}
    if found:
        listed = ", ".join(f"{version} on {address}" for address, version in sorted(found.items()))
        raise ExperimentError(
            f"this is version {__version__} and the cluster has {listed}; install the same everywhere"
        )


def package_version() -> str:
    """The version of this package where the call runs."""
    return __version__
