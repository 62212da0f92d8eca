"""The process behind `worker.Worker`: reads questions from stdin, writes answers to stdout, until stdin closes."""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from io import BufferedIOBase
from typing import Any

_MOST_IDLE = 1800.0  # seconds without a question after which the process ends; the next question starts another one


def serve(
    questions: BufferedIOBase, answers: BufferedIOBase, *, preparations: list[Callable[[], object]] | None = None
) -> None:
    """Answer questions in order until there is no more, or none for half an hour.

    Arguments:
        questions: pickles of (function, arguments, options).
        answers: gets a pickle of (True, result) or (False, error) for each.
        preparations: calls made while no question waits, each at most once.
    """
    waiting: queue.Queue[tuple[Any, Any, Any] | None] = queue.Queue()
    threading.Thread(target=_read, args=(questions, waiting), daemon=True).start()
    left = list(preparations or [])
    while left and waiting.empty():
        left.pop(0)()
    while True:
        try:
            question = waiting.get(timeout=_MOST_IDLE)
        except queue.Empty:
            return
        if question is None:
            return
        answers.write(_answer(*question))
        answers.flush()


def _answer(function: Callable[..., Any], args: Any, options: Any) -> bytes:
    try:
        return pickle.dumps((True, function(*args, **options)))
    except Exception as error:
        from expressivity.errors import ExperimentError, ExpressivityError

        if isinstance(error, ExpressivityError):
            return pickle.dumps((False, error))
        traceback.print_exc()
        text = f"{type(error).__name__}: {error}"
        return pickle.dumps((False, ExperimentError(f"an error that nobody expected, please report it: {text}")))


def _read(pipe: BufferedIOBase, waiting: queue.Queue[tuple[Any, Any, Any] | None]) -> None:
    while True:
        try:
            waiting.put(pickle.load(pipe))
        except (EOFError, OSError):
            waiting.put(None)
            return


def _preparations() -> list[Callable[[], object]]:
    """What most questions need: the decision of a small network in exact and in finite arithmetic."""
    from expressivity.playground.app.questions import build, decide, profile, read_typed

    def in_arithmetic(arithmetic: str) -> Callable[[], object]:
        def call() -> object:
            language = read_typed("parity")
            network = build(language, "deltanet-signed").network
            return None if network is None else decide(network, language, arithmetic)

        return call

    return [
        lambda: profile(read_typed("(aa)*")),
        in_arithmetic("exact"),
        in_arithmetic("bf16"),
        in_arithmetic("fp8_e4m3fn/fused"),
    ]


def main() -> None:
    """Serve on stdin and stdout; what the library prints goes to stderr."""
    questions = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # Ctrl-C in a terminal reaches this process too; its end is the other process's business.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(questions, answers, preparations=_preparations())


if __name__ == "__main__":
    main()
