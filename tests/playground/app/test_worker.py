"""The process behind the app: answers, errors, and questions that never end."""

from __future__ import annotations

import io
import math
import operator
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

import expressivity as ex
from expressivity.errors import ExperimentError
from expressivity.playground.app.worker import TookTooLong, Worker
from expressivity.playground.app.worker_main import serve


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


def test_an_answer_comes_back_as_it_is(worker: Worker) -> None:
    found = worker.ask(ex.compile, 60, "parity", "deltanet-signed")
    assert found.run(["1111"]).tolist() == ex.compile("parity", "deltanet-signed").run(["1111"]).tolist()


def test_an_error_of_the_library_comes_back_as_it_is(worker: Worker) -> None:
    with pytest.raises(ex.CannotCompile, match="subgroup C2") as caught:
        worker.ask(ex.compile, 60, "parity", "mamba")
    assert caught.value.proved


def test_an_error_nobody_expected_asks_for_a_report(capfd: pytest.CaptureFixture[str]) -> None:
    with Worker() as worker, pytest.raises(ExperimentError, match="please report it: ZeroDivisionError"):
        worker.ask(operator.truediv, 60, 1, 0)
    assert "Traceback" in capfd.readouterr().err


def test_a_question_that_never_ends_is_ended_and_the_next_one_answered(worker: Worker) -> None:
    begun = time.monotonic()
    with pytest.raises(TookTooLong, match=r"no answer within 0\.5 seconds"):
        worker.ask(time.sleep, 0.5, 3600)
    assert time.monotonic() - begun < 30
    assert worker.ask(math.gcd, 60, 12, 18) == 6


def test_a_process_that_dies_is_replaced(worker: Worker) -> None:
    with pytest.raises(ExperimentError, match="ask again"):
        worker.ask(os._exit, 60, 3)
    assert worker.ask(math.gcd, 60, 12, 18) == 6


def test_what_the_library_prints_does_not_disturb_the_answers(worker: Worker) -> None:
    assert worker.ask(print, 60, "not an answer") is None
    assert worker.ask(math.gcd, 60, 12, 18) == 6


def test_questions_of_several_threads_get_their_own_answers(worker: Worker) -> None:
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        answers[number] = worker.ask(operator.mul, 60, number, number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number * number for number in range(20)}


def test_a_question_that_cannot_be_sent_leaves_a_worker_that_works(worker: Worker) -> None:
    with pytest.raises((AttributeError, pickle.PicklingError)):
        worker.ask(lambda: 1, 60)
    assert worker.ask(math.gcd, 60, 12, 18) == 6


def test_a_closed_worker_says_so() -> None:
    worker = Worker()
    worker.close()
    with pytest.raises(ExperimentError, match="make a new one"):
        worker.ask(math.gcd, 60, 12, 18)


@pytest.mark.skipif(sys.platform == "win32", reason="reads the process table as POSIX has it")
def test_no_process_is_left_when_the_page_dies() -> None:
    program = (
        "from expressivity.playground.app.worker import Worker; import os, time\n"
        "print(Worker().ask(os.getpid, 60), flush=True); time.sleep(600)"
    )
    # The worker is not closed: it must notice by itself.
    page = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert page.stdout is not None
    child = int(page.stdout.readline())
    page.send_signal(signal.SIGKILL)
    page.wait()
    page.stdout.close()
    for _ in range(100):
        if not _alive(child):
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the process of the worker outlived its page by ten seconds")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_preparations_give_way_to_questions() -> None:
    done: list[int] = []
    questions, answers = io.BytesIO(pickle.dumps((math.gcd, (4, 6), {}))), io.BytesIO()

    def prepare(number: int) -> None:
        done.append(number)
        time.sleep(0.2)

    serve(questions, answers, preparations=[lambda k=k: prepare(k) for k in range(50)])
    assert pickle.loads(answers.getvalue()) == (True, 2)
    assert len(done) < 50
