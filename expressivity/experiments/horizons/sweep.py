"""Many jobs, here or on a cluster; answers are stored as they come and handed back in the order of the jobs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from expressivity.errors import ExperimentError
from expressivity.experiments.horizons.backends import dask_answers, process_answers
from expressivity.experiments.horizons.decision import find_horizon
from expressivity.experiments.horizons.jobs import NOT_RUN, Horizon, Job
from expressivity.experiments.horizons.store import Store

BACKENDS = ("processes", "dask")
"""Where jobs run: processes on this machine, or the workers of a Dask cluster."""


@dataclass(frozen=True)
class Cell:
    """A job with its answer.

    Arguments:
        job: the job.
        answer: its answer.
    """

    job: Job
    answer: Horizon


def sweep(
    jobs: Sequence[Job],
    *,
    store: Store | None = None,
    workers: int = 1,
    backend: str = "processes",
    scheduler: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Cell]:
    """Answer jobs, those in the store excepted.

    The table is the same bit for bit, times apart, whatever the backend and the number of workers.

    Arguments:
        jobs: the jobs; equal ones are answered once.
        store: where answers are looked up and kept; a job that could not be run is not kept, because a later
            release may run it.
        workers: processes on this machine; one runs the jobs in this process and needs no extra package.
        backend: one of `BACKENDS`.
        scheduler: address of the Dask scheduler, such as "tcp://127.0.0.1:8786", for the backend `dask`.
        progress: called with one line after every job.

    Returns:
        The cells, in the order of the jobs.

    Raises:
        ExperimentError: for a wrong backend, number of workers or scheduler, before any work starts.
        KeyboardInterrupt: when interrupted; the store holds every job that was finished.
    """
    problems = []
    if backend not in BACKENDS:
        problems.append(f"backend {backend!r} is not known; give {' or '.join(BACKENDS)}")
    if workers < 1:
        problems.append(f"workers={workers} does no work; give 1 or more")
    if backend == "dask" and scheduler is None:
        problems.append("backend 'dask' needs the address of a scheduler, such as tcp://127.0.0.1:8786")
    if backend != "dask" and scheduler is not None:
        problems.append(f"a scheduler ({scheduler}) is used with backend 'dask' only; add it or leave the address out")
    if problems:
        raise ExperimentError("; ".join(problems))
    own = Store() if store is None else store
    try:
        return _sweep(jobs, own, workers, scheduler, progress)
    finally:
        if store is None:
            own.close()


def _sweep(
    jobs: Sequence[Job],
    store: Store,
    workers: int,
    scheduler: str | None,
    progress: Callable[[str], None] | None,
) -> list[Cell]:
    names = {job.name: job for job in jobs}
    answers = store.known(names.values())
    waiting = [job for name, job in names.items() if name not in answers]
    with closing(_answers(waiting, workers, scheduler)) as arriving:
        for position, answer in arriving:
            job = waiting[position]
            answers[job.name] = answer
            if answer.answer != NOT_RUN:
                store.add(job, answer)
            if progress is not None:
                progress(f"{len(answers)}/{len(names)}  {job.subject.label}  {job.arithmetic}: {answer.answer}")
    return [Cell(job, answers[job.name]) for job in jobs]


def _answers(waiting: Sequence[Job], workers: int, scheduler: str | None) -> Generator[tuple[int, Horizon], None, None]:
    """Answers as they come, each with the position of its job."""
    if scheduler is not None:
        yield from dask_answers(waiting, scheduler)
    elif workers == 1 or len(waiting) < 2:
        for position, job in enumerate(waiting):
            yield position, find_horizon(job)
    else:
        yield from process_answers(waiting, workers)
