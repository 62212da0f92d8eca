"""Questions answered in a process of its own, so that one that takes too long can be ended.

A compiled search or a symbolic computation cannot be interrupted from inside; ending its process always works. The
process is started ahead of the first question, loads what most questions need, and lives from question to question.
"""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from expressivity.errors import ExperimentError, ExpressivityError

P = ParamSpec("P")
R = TypeVar("R")

_COMMAND = [sys.executable, "-m", "expressivity.playground.app.worker_main"]
_Replies = queue.Queue[tuple[bool, Any] | None]


class TookTooLong(ExpressivityError):  # noqa: N818 (what happened, in the words of the page)
    """A question was ended because its time was over; the text says after how long."""


class Worker:
    """A process that answers one question after the other; close it, or use it in a `with` statement.

    Questions from several threads wait for each other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: _Replies = queue.Queue()
        self._closed = False
        self._start()

    def ask(self, function: Callable[P, R], seconds: int | float, *args: P.args, **options: P.kwargs) -> R:
        """Call a function in the process.

        Arguments:
            function: a function of a module; arguments, result and errors must be picklable.
            seconds: after this time the process is ended, and a new one started for the next question.
            args: its positional arguments.
            options: its keyword arguments.

        Returns:
            What the function returns.

        Raises:
            TookTooLong: when there is no answer in time.
            ExperimentError: when the process dies, as it may for lack of memory.
            Exception: whatever the function raises.
        """
        with self._lock:
            if self._closed:
                raise ExperimentError("the worker is closed; make a new one")
            if self._process is None or self._process.poll() is not None:
                self._start()
            try:
                self._send(function, args, options)
                reply = self._replies.get(timeout=seconds)
            except queue.Empty:
                self._restart()
                raise TookTooLong(f"no answer within {seconds:g} seconds, so the work was ended") from None
            except OSError:
                reply = None
            except BaseException:
                # Interrupted while waiting: the answer would be taken for that of the next question.
                self._restart()
                raise
            if reply is None:
                self._restart()
                raise ExperimentError("the process that works on questions died, perhaps for lack of memory; ask again")
        done, value = reply
        if not done:
            raise value
        result: R = value
        return result

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = True
            self._end()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _start(self) -> None:
        # Errors that nobody expects are printed by the process on our stderr. When this process ends, the pipe of the
        # other one closes, and it ends too.
        self._process = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._replies = queue.Queue()
        threading.Thread(target=_read, args=(self._process.stdout, self._replies), daemon=True).start()

    def _send(self, function: Callable[..., Any], args: Any, options: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pickle.dump((function, args, options), self._process.stdin)
        self._process.stdin.flush()

    def _restart(self) -> None:
        self._end()
        self._start()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # what could not be written any more
                pass


def _read(pipe: Any, replies: _Replies) -> None:
    """Hand on replies until the pipe closes, and then None."""
    while True:
        try:
            reply = pickle.load(pipe)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            replies.put(None)
            return
        replies.put(reply)
