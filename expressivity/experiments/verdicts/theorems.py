"""`proofs/` → theorems as data: what each file states, and whether every hypothesis has a witness.

A proof file is a plain Python module. Its docstring begins with a title and has the sections `Statement`, `Source`,
`Hypotheses`, `Derivation`, `Checked` and `Open`, each headed by a line that begins with that word and a colon (or that
is that word alone). Hypotheses are items `- name: text` (or `- name`). Its checks are functions without arguments,
which raise when something does not hold and print what there is to show:

    test_derives_…           a step of the derivation, carried out exactly
    test_holds_…             the statement, on a domain that is enumerated completely and whose size is asserted
    test_needs_<hypothesis>  a witness that the statement fails once this hypothesis is dropped
    test_…                   anything else worth keeping, such as a published slip that is found to be false

A witness belongs to a hypothesis when at least half of the words of its name, articles and the like left out, are
words of the hypothesis's name; every hypothesis needs one of its own.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from expressivity.errors import ExpressivityError
from expressivity.files import content_folder

SECTIONS = ("Statement", "Source", "Hypotheses", "Derivation", "Checked", "Open")
"""Sections of the docstring of a proof file, in order."""

_HEADING = re.compile(rf"^[#*\s]*({'|'.join(SECTIONS)})[*]*\s*(?:[:.·—–-]+[*]*\s+(\S.*)|[:.·—–-]*[*]*\s*)$")
_FILLERS = set(
    re.findall(
        r"\w+", "a an the of for in to on at by is are be that this no not and or as they it its with each every"
    )
)
_ITEM = re.compile(r"^\s*[-*•]\s+")


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis of a theorem.

    Arguments:
        name: a few words; `test_needs_<name>`, with underscores, is the witness that it cannot be left out.
        text: what it says.
    """

    name: str
    text: str

    @property
    def witness(self) -> str:
        """A name for the function that shows what happens without it."""
        return "test_needs_" + "_".join(re.findall(r"\w+", self.name.lower()))

    def is_witnessed_by(self, check: str) -> bool:
        """Whether a function is, by its name, about this hypothesis."""
        return _is_about(check, self.name)


def _is_about(check: str, text: str) -> bool:
    words = _words(check.removeprefix("test_needs_"))
    return 2 * len(words & _words(text)) >= max(1, len(words))


def _words(text: str) -> set[str]:
    """The words of a name that say something."""
    return set(re.findall(r"[^\W_]+", text.lower())) - _FILLERS


@dataclass(frozen=True)
class Theorem:
    """A proof file as it presents itself; nothing in it has been run.

    Arguments:
        name: the file's name in kebab case.
        path: the file.
        title: first line of its docstring.
        sections: text of each section that it has.
        hypotheses: the items of its section `Hypotheses`.
        checks: names of its functions `test_…`, in the order of the file.
        unfit: what keeps a plain installation from running it, one sentence each.
    """

    name: str
    path: Path
    title: str
    sections: dict[str, str]
    hypotheses: tuple[Hypothesis, ...]
    checks: tuple[str, ...]
    unfit: tuple[str, ...] = ()

    def problems(self) -> tuple[str, ...]:
        """What a complete proof file has and this one lacks, one sentence each."""
        found = [f"no section {section!r}" for section in SECTIONS if not self.sections.get(section)]
        if self.sections.get("Hypotheses") and not self.hypotheses:
            found.append("the section 'Hypotheses' names none; write each as '- name: text'")
        if not any(check.startswith("test_holds_") for check in self.checks):
            found.append("no function test_holds_…")
        if not any(check.startswith("test_needs_") for check in self.checks):
            found.append("no function test_needs_…")
        witnesses = [check for check in self.checks if check.startswith("test_needs_")]
        found += [
            f"no function {hypothesis.witness}, the witness that {hypothesis.name!r} is needed"
            for hypothesis in self._unwitnessed(witnesses)
        ]
        found += [
            f"{check} is a witness for no hypothesis that the docstring names"
            for check in witnesses
            if self.hypotheses and not any(_is_about(check, f"{h.name} {h.text}") for h in self.hypotheses)
        ]
        return (*found, *self.unfit)

    def _unwitnessed(self, witnesses: list[str]) -> list[Hypothesis]:
        """Hypotheses left without a witness when each takes one of its own, as many as possible being served."""
        taken: dict[str, Hypothesis] = {}

        def serve(hypothesis: Hypothesis, tried: set[str]) -> bool:
            # The exact name first, so that the message points at the hypothesis that is really without.
            for check in sorted(witnesses, key=lambda check: check != hypothesis.witness):
                if check in tried or not hypothesis.is_witnessed_by(check):
                    continue
                tried.add(check)
                if check not in taken or serve(taken[check], tried):
                    taken[check] = hypothesis
                    return True
            return False

        return [hypothesis for hypothesis in self.hypotheses if not serve(hypothesis, set())]


def proofs_folder() -> Path:
    """The folder of the proof files.

    Raises:
        ExpressivityError: when it is missing.
    """
    return content_folder("proofs", "proofs", error=ExpressivityError)


def theorems(folder: Path | None = None) -> tuple[Theorem, ...]:
    """All theorems of a folder, by name.

    Arguments:
        folder: the folder; the one that comes with the library by default.

    Raises:
        ExpressivityError: when a file is not Python.
    """
    files = sorted((folder or proofs_folder()).glob("[!_]*.py"))
    return tuple(read_theorem(path) for path in files if path.name != "conftest.py")


def find_theorem(name: str, folder: Path | None = None) -> Theorem:
    """The theorem of a name, in kebab case or as the file is called, or of a path to a proof file.

    Arguments:
        name: the name, or a path that ends in `.py`.
        folder: where to look; the folder that comes with the library by default.

    Raises:
        ExpressivityError: when there is none (near names are suggested).
    """
    if name.endswith(".py") and Path(name).is_file():
        return read_theorem(Path(name))
    known = {theorem.name: theorem for theorem in theorems(folder)}
    wanted = Path(name).name.removesuffix(".py").replace("_", "-").lower()
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.4)
    words = set(wanted.split("-"))
    near += [other for other in known if words & set(other.split("-")) and other not in near and not near]
    hint = f"did you mean {' or '.join(near[:3])}?" if near else "`expressivity prove --list` shows them"
    raise ExpressivityError(f"there is no proof {name!r}; {hint}")


def read_theorem(path: Path) -> Theorem:
    """What a proof file says about itself, without running it.

    Raises:
        ExpressivityError: when it cannot be read as Python.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise ExpressivityError(f"{path} is no proof file: {error}; expected a Python module") from None
    lines = (ast.get_docstring(tree) or "").splitlines()
    sections = _sections(lines)
    return Theorem(
        name=path.stem.replace("_", "-"),
        path=path,
        title=lines[0].strip() if lines and not _HEADING.match(lines[0]) else path.stem.replace("_", " "),
        sections=sections,
        hypotheses=_hypotheses(sections.get("Hypotheses", "")),
        checks=tuple(
            node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ),
        unfit=tuple(_unfit(tree)),
    )


def _unfit(tree: ast.Module) -> list[str]:
    """Arguments that nobody passes, and imports of what only the tests' installation has."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and ast.unparse(node.args):
            found.append(f"{node.name} takes arguments ({ast.unparse(node.args)}); loop over them inside")
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.split(".")[0] == "pytest" for name in names):
            found.append("it imports pytest, which a plain installation lacks; use theorem_runs.refused for errors")
    return found


def _sections(lines: list[str]) -> dict[str, str]:
    """Text below each heading; underlines of headings are dropped."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        heading = _HEADING.match(line)
        if heading and heading[1] not in found:
            current = found.setdefault(heading[1], [])
            current += [heading[2]] if heading[2] else []
        elif current or not re.fullmatch(r"\s*[-=~]{3,}\s*", line):
            current.append(line)
    return {name: "\n".join(_dedented(text)).strip() for name, text in found.items()}


def _dedented(lines: list[str]) -> list[str]:
    """Lines without the indentation they share; a first line beside its heading has none of its own."""
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    common = min(indents, default=0)
    return [lines[0].strip(), *(line[common:].rstrip() for line in lines[1:])] if lines else []


def _hypotheses(text: str) -> tuple[Hypothesis, ...]:
    """The items of a list `- name: text`; indented lines below an item continue it, others are prose between."""
    items: list[str] = []
    for line in text.splitlines():
        if _ITEM.match(line):
            items.append(_ITEM.sub("", line, count=1))
        elif items and line.startswith(" ") and line.strip():
            items[-1] += " " + line.strip()
    pairs = [re.split(r"\s*[:—]\s+", item.strip(), maxsplit=1) for item in items]
    return tuple(Hypothesis(pair[0].strip("`*_. "), pair[-1].strip()) for pair in pairs)
