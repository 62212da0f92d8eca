"""A proof file → what happened when its checks ran: what was derived, exhausted and broken, or what failed."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from expressivity.experiments.verdicts.theorems import Theorem

KINDS = {"test_derives_": "derived", "test_holds_": "exhausted", "test_needs_": "breaks", "test_": "checked"}
"""Prefix of a check → what its success means; the first that fits counts."""

_ORDER = ("derived", "exhausted", "checked", "breaks")


@dataclass(frozen=True)
class Step:
    """One check of a proof file that was run.

    Arguments:
        name: name of the function.
        kind: "derived", "exhausted", "breaks" (a hypothesis was dropped and the statement failed, as it should) or
            "checked" (anything else); "complete" for the check that the file has all its parts.
        about: what the function says it does.
        printed: what it printed.
        problem: why it failed, or None.
        seconds: how long it took.
    """

    name: str
    kind: str
    about: str
    printed: tuple[str, ...]
    problem: str | None
    seconds: float

    @property
    def title(self) -> str:
        """The function's name as words."""
        prefix = next((prefix for prefix in KINDS if self.name.startswith(prefix)), "")
        return self.name.removeprefix(prefix).replace("_", " ")

    def to_json(self) -> dict[str, Any]:
        """The step as plain values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "about": self.about,
            "printed": list(self.printed),
            "problem": self.problem,
            "seconds": round(self.seconds, 3),
        }


def run_theorem(
    theorem: Theorem, *, only: str | None = None, progress: Callable[[str], None] | None = None
) -> Iterator[Step]:
    """Run the checks of a proof file, derivations first, then what was exhausted, then the witnesses.

    A file that lacks a section or a witness is reported as a failed step of its own, so that a statement which leaves
    a hypothesis unexamined does not pass as proved.

    Arguments:
        theorem: the theorem; its file is executed.
        only: name of the one check to run; all by default.
        progress: called with one line before each check.
    """
    missing = theorem.problems()
    if missing:
        yield Step("complete", "complete", "Every section and every witness is there.", (), "; ".join(missing), 0.0)
    began = time.perf_counter()
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            module = _loaded(theorem.path)
    except Exception as error:
        took = time.perf_counter() - began
        yield Step("complete", "complete", "The file runs.", (), f"the file cannot be loaded: {_said(error)}", took)
        return
    chosen = [check for check in theorem.checks if only in (None, check)]
    ordered = sorted(chosen, key=lambda check: _ORDER.index(_kind(check)))
    for number, check in enumerate(ordered, start=1):
        if progress is not None:
            progress(f"check {number} of {len(ordered)}: {check.removeprefix('test_').replace('_', ' ')}")
        yield _run(getattr(module, check))


@contextlib.contextmanager
def refused(error: type[Exception], containing: str) -> Iterator[None]:
    """For proof files: what is inside must raise an error of a class, with a text that contains some words.

    Raises:
        AssertionError: when nothing was raised, or the text does not contain the words.
    """
    try:
        yield
    except error as raised:
        if containing not in str(raised):
            raise AssertionError(f"the {error.__name__} says {str(raised)!r}, without {containing!r}") from raised
    else:
        raise AssertionError(f"nothing was refused; expected {error.__name__} with {containing!r}")


def _kind(check: str) -> str:
    return next(meaning for prefix, meaning in KINDS.items() if check.startswith(prefix))


def _run(check: Callable[[], object]) -> Step:
    """One check, its prints captured and its failure caught."""
    printed, problem = io.StringIO(), None
    began = time.perf_counter()
    try:
        with contextlib.redirect_stdout(printed):
            check()
    except Exception as error:
        problem = _said(error)
    took = time.perf_counter() - began
    name = check.__name__
    about = (inspect.getdoc(check) or "").split("\n\n")[0].replace("\n", " ")
    return Step(name, _kind(name), about, tuple(printed.getvalue().splitlines()), problem, took)


def _loaded(path: Path) -> ModuleType:
    """The module of a file, executed afresh and entered nowhere for good."""
    name = f"proof_{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    before, beside = set(sys.modules), str(path.parent)
    # Dataclasses look their module up while they are made; what proofs share lies beside them.
    sys.modules[name] = module
    sys.path.append(beside)
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    finally:
        sys.path.remove(beside)
        for other in sys.modules.keys() - before:
            if other == name or Path(getattr(sys.modules[other], "__file__", None) or "").parent == path.parent:
                del sys.modules[other]
    return module


def _said(error: Exception) -> str:
    """An error in one line: its text, or the source line of the assertion that failed."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    text = str(error) or "the assertion does not hold"
    kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
    return f"{kind}{text}{where}"
