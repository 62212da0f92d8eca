"""What the pages show by marimo's elements: callouts, files to download, links."""

from __future__ import annotations

from typing import Any

from expressivity.experiments.verdicts.verdict_table import Verdict
from expressivity.playground.app.questions import Built, certificate_file
from expressivity.playground.app.sentences import Callout, tell_search
from expressivity.playground.app.server import APP, notebooks
from expressivity.verification.answers import Answer


def box(told: Callout | None) -> list[Any]:
    """A callout with what is told, and the details folded away."""
    import marimo as mo

    if told is None:
        return []
    folded = [mo.accordion({"why": mo.md(told.details)})] if told.details else []
    return [mo.callout(mo.md(told.text), kind=told.kind), *folded]


def downloads(stem: str, arithmetic: str, built: Built | None, answer: Answer | None) -> list[Any]:
    """Buttons that give the weights and the certificate as files.

    Arguments:
        stem: begins the names of the files.
        arithmetic: the arithmetic of the certificate.
        built: the network.
        answer: the certificate.
    """
    certificate = certificate_file(getattr(answer, "certificate", None))
    weights = b"" if built is None else built.weights
    return _files(stem, f"{stem}--{arithmetic.replace('/', '-').replace(':', '-')}", weights, certificate)


def _files(stem: str, long_stem: str, weights: bytes, certificate: bytes) -> list[Any]:
    import marimo as mo

    offered = [
        (weights, f"{stem}.safetensors", "application/octet-stream", "download the weights"),
        (certificate, f"{long_stem}.json", "application/json", "download the certificate"),
    ]
    return [
        mo.download(data=data, filename=name, mimetype=kind, label=label) for data, name, kind, label in offered if data
    ]


def search_result(stem: str, found: tuple[Verdict, bytes, bytes] | None, problem: Callout | None) -> list[Any]:
    """What a search over all networks of a family found, with its files; empty when none was asked for.

    Arguments:
        stem: begins the names of the files.
        found: the answer of `questions.search`.
        problem: why there is none.
    """
    if found is None:
        return box(problem)
    cell, weights, certificate = found
    return [*box(tell_search(cell)), *_files(f"{stem}--{cell.family}", cell.stem, weights, certificate)]


def lessons() -> str:
    """Links to the other pages of `expressivity play`, as Markdown; empty when the app is opened by itself."""
    import marimo as mo

    if mo.app_meta().mode != "run":
        return ""
    names = [name for name in notebooks() if name != APP]
    return "Lessons: " + " · ".join(f"[{name.replace('_', ' ')}](./{name}/)" for name in names)
