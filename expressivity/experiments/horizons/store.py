"""Finished jobs in a SQLite file, one row each, keyed by the job: a killed sweep continues where it stopped.

Every answer is a transaction of its own, with SQLite's rollback journal: a process killed at any moment leaves a file
that holds exactly the answers written before. One process writes; workers hand their answers to it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from expressivity import __version__
from expressivity.errors import ExperimentError
from expressivity.experiments.horizons.jobs import Horizon, Job

_APPLICATION = 0x45787072  # "Expr", which SQLite keeps in the file's header
_SCHEMA = 1
_COLUMNS = """
    name TEXT PRIMARY KEY, language TEXT, family TEXT, key TEXT, construction TEXT, read_out TEXT, format TEXT,
    evaluation_order TEXT, max_states INTEGER, seed INTEGER, answer TEXT, horizon INTEGER, proved_length INTEGER,
    upper_bound INTEGER, word_length INTEGER, states INTEGER, seconds REAL, version TEXT, network TEXT, job TEXT,
    result TEXT
"""


class Store:
    """A store of finished jobs, to be used in a `with` statement.

    Arguments:
        path: the SQLite file, made when there is none; None keeps the answers in memory.

    Raises:
        ExperimentError: when the file cannot be opened, is no SQLite file, belongs to another program, or was written
            by another version of this package, whose answers may differ.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = path
        if path is not None and Path(path).is_dir():
            raise ExperimentError(f"store {path} is a directory; give the name of a file")
        try:
            self._connection = sqlite3.connect(":memory:" if path is None else path, timeout=30)
        except sqlite3.Error as error:
            raise ExperimentError(
                f"store {path} cannot be opened ({error}); choose a file in an existing, writable folder"
            ) from None
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise ExperimentError(
                f"store {path} cannot be used ({error}); expected a writable file that `expressivity horizon --store` "
                "wrote, or a name that is still free"
            ) from None
        except ExperimentError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        connection = self._connection
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application == 0 and tables == 0:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(f"CREATE TABLE IF NOT EXISTS results ({_COLUMNS})")
                connection.execute("CREATE TABLE IF NOT EXISTS about (version TEXT)")
                connection.execute("INSERT INTO about VALUES (?)", (__version__,))
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {_SCHEMA}")
            return
        if application != _APPLICATION:
            raise ExperimentError(
                f"store {self.path} is a SQLite file of another program; expected one that `expressivity horizon "
                "--store` wrote, or a name that is still free"
            )
        schema = connection.execute("PRAGMA user_version").fetchone()[0]
        version = connection.execute("SELECT version FROM about").fetchone()[0]
        if schema != _SCHEMA or version != __version__:
            raise ExperimentError(
                f"store {self.path} was written by version {version} (layout {schema}) and this is {__version__} "
                f"(layout {_SCHEMA}), whose answers may differ; give another --store, or install that version"
            )

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def known(self, jobs: Iterable[Job]) -> dict[str, Horizon]:
        """The answers that are there, by the name of the job."""
        found = {}
        for job in jobs:
            row = self._connection.execute("SELECT result FROM results WHERE name = ?", (job.name,)).fetchone()
            if row is not None:
                found[job.name] = Horizon.from_json(json.loads(row[0]))
        return found

    def add(self, job: Job, answer: Horizon) -> None:
        """Write one answer; it is on the disk when this returns.

        Raises:
            ExperimentError: when the file cannot be written.
        """
        subject = job.subject
        row = (
            job.name,
            subject.language,
            subject.family,
            subject.key,
            subject.construction,
            subject.read_out,
            job.format,
            job.order,
            job.max_states,
            job.seed,
            answer.answer,
            answer.horizon,
            answer.proved_length,
            _column(answer.upper_bound),
            None if answer.word is None else len(answer.word),
            answer.states,
            answer.seconds,
            answer.version,
            answer.network,
            json.dumps(job.identity(), sort_keys=True),
            json.dumps(answer.to_json(), ensure_ascii=False, sort_keys=True),
        )
        places = ", ".join("?" * len(row))
        try:
            with self._connection:
                self._connection.execute(f"INSERT OR IGNORE INTO results VALUES ({places})", row)
        except sqlite3.Error as error:
            raise ExperimentError(
                f"store {self.path} cannot be written ({error}); what it holds is kept: free the disk or the lock and "
                "run the same command again"
            ) from None


def _column(number: int | None) -> int | str | None:
    """A number as a column can hold it: SQLite's integers have 64 bits, longer ones are written out."""
    return number if number is None or number < 2**63 else str(number)
