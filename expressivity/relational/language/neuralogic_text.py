"""NeuraLogic's example and query files → examples and queries, read as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import ONE, Constant, Example, Fact, Query

_ATOM = re.compile(
    r"\s*(?:(?P<value>[-+]?\d[\d./eE+-]*|\[[^\]]*\])\s+)?(?P<name>[^\W\d]\w*)\s*(?:\((?P<terms>[^()]*)\))?\s*(?P<end>[,.]|$)"
)
_WHOLE = re.compile(r"[-+]?\d+\Z")


def read_examples(path: str | Path) -> tuple[Example, ...]:
    """Read a file of examples: facts between commas, an example ended by a full stop or by its line.

    A line whose last fact is followed by a comma goes on in the next one.

    Arguments:
        path: the file; a fact may have a value before it: a number, or a list of them.

    Raises:
        TemplateError: when the file is missing, or naming line and text of every piece that is no fact.
    """
    examples: list[Example] = []
    facts: list[Fact] = []
    problems: list[str] = []
    for number, line in enumerate(_lines(path), start=1):
        body = line.split("%")[0].rstrip()
        if not body:
            continue
        position, end = 0, ""
        while position < len(body):
            match = _ATOM.match(body, position)
            if match is None:
                problems.append(f"line {number}: {body[position : position + 40]!r} is no fact")
                break
            facts.append(Fact(match["name"], _terms(match["terms"]), _vector(match["value"])))
            position, end = match.end(), match["end"]
            if end == ".":
                examples.append(Example(tuple(facts)))
                facts = []
        if end == "" and facts:
            examples.append(Example(tuple(facts)))
            facts = []
    if facts:
        examples.append(Example(tuple(facts)))
    _refuse(path, problems)
    return tuple(examples)


def read_queries(path: str | Path, *, examples: int) -> tuple[Query, ...]:
    """Read a file of queries, one `target atom.` a line; blank lines only separate groups.

    Arguments:
        path: the file.
        examples: number of examples they are about: all about the only one, or one for each in order.

    Raises:
        TemplateError: when the file is missing, a line is no query, or the numbers do not fit.
    """
    queries: list[Query] = []
    problems: list[str] = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        match = _ATOM.match(line)
        if match is None or line[match.end() :].strip() or match["value"] is None:
            problems.append(f"line {number}: {line.strip()[:40]!r} is no query; expected `target atom.`")
            continue
        queries.append(Query(match["name"], _terms(match["terms"]), float(Fraction(match["value"])), len(queries)))
    if not problems and examples != 1 and len(queries) != examples:
        problems.append(f"{len(queries)} queries for {examples} examples; expected one each, or one example")
    _refuse(path, problems)
    if examples == 1:
        return tuple(Query(query.predicate, query.arguments, query.target, 0) for query in queries)
    return tuple(queries)


def _lines(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}; expected a NeuraLogic text file") from None


def _refuse(path: str | Path, problems: Sequence[str]) -> None:
    if problems:
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise TemplateError(f"{path}: " + "; ".join(problems[:10]) + more)


def _terms(text: str | None) -> tuple[Constant, ...]:
    if text is None or not text.strip():
        return ()
    terms = [term.strip() for term in text.split(",")]
    return tuple(int(term) if _WHOLE.match(term) else term for term in terms)


def _vector(text: str | None) -> tuple[Fraction, ...]:
    if text is None:
        return ONE
    return tuple(Fraction(number.strip()) for number in text.strip("[]").split(","))
