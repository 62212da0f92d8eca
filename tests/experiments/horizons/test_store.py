"""The store: what is written is found again, and files that are something else are refused with a reason."""

from __future__ import annotations

import sqlite3

import pytest

import expressivity
from expressivity.errors import ExperimentError
from expressivity.experiments.horizons.jobs import Horizon, Job, subject
from expressivity.experiments.horizons.store import Store

JOB = Job(subject("parity", "deltanet-signed"), "bf16", "fused")
OTHER = Job(subject("parity", "deltanet-signed"), "fp16", "fused")
ANSWER = Horizon("finite", 2, 1, None, ("1", "1"), because="x", confirmed_by=("y",), seconds=0.25, version="v")


def test_what_was_written_is_found_again(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    with Store(path) as store:
        assert store.known([JOB, OTHER]) == {}
        store.add(JOB, ANSWER)
        store.add(JOB, Horizon("infinite"))  # the first answer stays
    with Store(path) as store:
        assert store.known([JOB, OTHER]) == {JOB.name: ANSWER}
    row = sqlite3.connect(path).execute("SELECT language, format, evaluation_order, answer, word_length FROM results")
    assert row.fetchall() == [("parity", "bf16", "fused", "finite", 2)]


def test_without_a_path_it_is_in_memory() -> None:
    with Store() as store:
        store.add(JOB, ANSWER)
        assert store.known([JOB]) == {JOB.name: ANSWER}


def test_an_uncommitted_answer_is_no_answer(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    with Store(path) as store:
        store.add(JOB, ANSWER)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM results")  # never committed
    connection.close()
    with Store(path) as store:
        assert store.known([JOB]) == {JOB.name: ANSWER}


def test_an_empty_file_becomes_a_store(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    path.touch()
    with Store(path) as store:
        store.add(JOB, ANSWER)
        assert len(store.known([JOB])) == 1


def test_files_that_are_something_else(tmp_path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("these are notes, not answers\n" * 20)
    with pytest.raises(ExperimentError, match=r"notes\.txt cannot be used \(file is not a database\); expected a wri"):
        Store(text)
    assert text.read_text().startswith("these are notes")
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(ExperimentError, match="a SQLite file of another program"):
        Store(foreign)
    with pytest.raises(ExperimentError, match="is a directory; give the name of a file"):
        Store(tmp_path)
    with pytest.raises(ExperimentError, match=r"cannot be opened .* existing, writable folder"):
        Store(tmp_path / "nowhere" / "s.sqlite")
    cut = tmp_path / "cut.sqlite"
    Store(cut).close()
    cut.write_bytes(cut.read_bytes()[:2000])
    with pytest.raises(ExperimentError, match="cannot be used"):
        Store(cut)


def test_a_store_of_another_version_is_refused(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE about SET version = '0.0.3'")
    expected = f"written by version 0.0.3 .* this is {expressivity.__version__}.* give another --store"
    with pytest.raises(ExperimentError, match=expected):
        Store(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE about SET version = '{expressivity.__version__}'")
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(ExperimentError, match="layout 9"):
        Store(path)


def test_a_store_that_cannot_be_written_says_so(tmp_path) -> None:
    path = tmp_path / "s.sqlite"
    with Store(path) as store:
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE results")
        with pytest.raises(ExperimentError, match=r"cannot be written .*no such table.* run the same command again"):
            store.add(JOB, ANSWER)
