"""Every console and Python block of the README is run, and what it prints is what the README says it prints.

`…` stands for any text of a line, alone on its line for any lines. Durations, speeds, ports and errors at rounding
level differ from machine to machine; any other number in their place is as good. A command without output may print.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from expressivity.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

NOT_RUN = {"pip install .", 'pip install -e ".[test]"', "pytest"}
"""Installing needs a network, and pytest is what runs this; `.ci/run` does all three."""

LONG = ("expressivity horizon", "expressivity demo", "expressivity play")
"""Beginnings of commands that take more than a few seconds."""

GIVEN = {"fib.csv": "1\n1\n2\n3\n5\n8\n13\n21\n34\n55\n89\n144\n"}
"""Files that the README speaks of and no command of it writes."""

VARIABLE = [
    (r"\d[\d,]*(\.\d+)? (?=s\b|candidates/s)", "0 "),
    (r"(?<=http://127\.0\.0\.1:)\d+", "0"),
    (r"\d(\.\d+)?e-1\d", "1e-15"),
]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, and the line of the README at which they begin."""

    kind: str
    first: int
    lines: tuple[str, ...]

    @property
    def long(self) -> bool:
        """Whether running it takes more than a few seconds."""
        return any(command.startswith(LONG) for line in self.lines for command in commands(line))

    def writes(self, name: str) -> bool:
        """Whether one of its commands writes a file."""
        return any(f"-o {name}" in line for line in self.lines)


def blocks(text: str) -> list[Block]:
    """The console and Python blocks of a Markdown text."""
    return [
        Block(match[1], text[: match.start(2)].count("\n") + 1, tuple(match[2].splitlines()))
        for match in re.finditer(r"^```(console|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def commands(line: str) -> list[str]:
    """The commands of a line of a console block, without those that are not run here."""
    if not line.startswith("$ "):
        return []
    return [part for part in line.removeprefix("$ ").split(" && ") if part not in NOT_RUN]


def steps(block: Block) -> Iterator[tuple[int, str, list[str]]]:
    """Line number, command and announced output of each step of a console block."""
    starts = [i for i, line in enumerate(block.lines) if line.startswith("$ ")]
    assert starts[0] == 0
    for begin, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        for command in commands(block.lines[begin]):
            yield block.first + begin, command, list(block.lines[begin + 1 : end])


def announced_by_comments(block: Block) -> tuple[list[int], list[str]]:
    """Line numbers and texts of the comments that follow a `print(…)` on its line or on the next one."""
    numbers, texts = [], []
    for i, line in enumerate(block.lines):
        if line.startswith("print("):
            place = i if "  # " in line else i + 1
            numbers.append(block.first + place)
            texts.append(block.lines[place].partition("# ")[2])
    return numbers, texts


def usual(text: str) -> str:
    """A text with its numbers that differ from machine to machine replaced by fixed ones."""
    for pattern, number in VARIABLE:
        text = re.sub(pattern, number, text)
    return text


def first_difference(announced: list[str], printed: str) -> int | None:
    """Number of the first announced line that is not what was printed; None when all is as announced."""
    printed = "".join(f"{line.rstrip()}\n" for line in usual(printed).splitlines())
    pattern = ""
    for number, line in enumerate(announced):
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += r"[^\n]*".join(map(re.escape, usual(line).split("…"))) + r"\n"
        whole = number == len(announced) - 1
        if not (re.fullmatch if whole else re.match)(pattern, printed):
            return number
    return None


def run_command(command: str) -> str:
    """What a command prints."""
    words = shlex.split(command)
    if command.startswith("expressivity play"):
        return run_server(words)
    if words[0] == "expressivity":
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = main(words[1:])
        assert code in (0, 1, 3), f"{command} was refused"
        return printed.getvalue()
    assert words[0] == "python", f"{command} is neither a command of ours nor of Python"
    done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, env=environment(), timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def run_server(words: list[str]) -> str:
    """What the server prints until it says how to end it."""
    pytest.importorskip("marimo", reason="the playground needs marimo")
    command = [sys.executable, "-m", "expressivity.cli", *words[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    return "".join(lines)


def environment() -> dict[str, str]:
    """The environment of a subprocess that is to find this package from any folder."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def complaints(text: str, block: Block) -> list[str]:
    """Where a block of a text prints something else than the text says, run in the present folder."""
    for name in {name for line in block.lines for name in re.findall(r"[\w-]+\.(?:csv|json|safetensors)", line)}:
        if name in GIVEN:
            Path(name).write_text(GIVEN[name])
        elif not Path(name).exists() and not block.writes(name):
            writer = next((other for other in blocks(text) if other.writes(name)), None)
            if writer is not None and writer.first < block.first:
                assert complaints(text, writer) == []
    if block.kind == "python":
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n".join(block.lines), "README.md", "exec"), {"__name__": "__main__"})
        numbers, announced = announced_by_comments(block)
        wrong = first_difference(announced, printed.getvalue())
        return [] if wrong is None else [f"README.md:{numbers[wrong]} is not what is printed:\n{printed.getvalue()}"]
    found = []
    for number, command, announced in steps(block):
        printed_text = run_command(command)
        wrong = first_difference(announced, printed_text) if announced else None
        if wrong is not None:
            found.append(f"README.md:{number + 1 + wrong} is not what `{command}` prints:\n{printed_text}")
    return found


def examples() -> list[object]:
    """The blocks as parameters, those that take long marked so."""
    return [
        pytest.param(block, id=f"line-{block.first}", marks=[pytest.mark.slow] if block.long else [])
        for block in blocks(README)
    ]


@pytest.mark.parametrize("block", examples())
def test_the_readme_prints_what_it_says(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--shapes") and block.long:
        pytest.skip("speeds and budgets are not those of the README when shapes are checked")
    monkeypatch.chdir(tmp_path)
    assert complaints(README, block) == []


def test_all_is_read() -> None:
    found = blocks(README)
    assert len(found) >= 10
    assert len(found) == len(re.findall(r"^```(?!$)", README, re.MULTILINE))
    run = [command for block in found for line in block.lines for command in commands(line)]
    assert sum(command.startswith("expressivity") for command in run) >= 12
    assert "expressivity demo" in run


SMALL = {
    "console": """```console
$ expressivity compile "re:(aa)*" --into deltanet-signed -o p.safetensors
deltanet-signed: …
  …
$ expressivity verify p.safetensors "re:(aaa)*"
FALSIFIED in exact arithmetic by a shortest word, of length 2:
  aa
  the network accepts it, but it is not in the language
```
""",
    "python": """```python
print(1 + 1)  # 2
print("abc")
# a…c
```
""",
}


@pytest.mark.parametrize("kind", SMALL)
def test_right_blocks_pass(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = blocks(SMALL[kind])
    assert complaints(SMALL[kind], block) == []


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "line"),
    [
        ("console", "of length 2:", "of length 3:", 6),
        ("console", "  …\n", "", 3),
        ("console", "  aa\n", "  aa\n  aa\n", 8),
        ("console", ", but it is not in the language", "", 8),
        ("python", "# 2", "# 3", 2),
        ("python", "# a…c", "# a…d", 4),
        ("python", "print(1 + 1)  # 2", "print(1 + 1)  # 2…3", 2),
    ],
)
def test_a_planted_wrong_line_is_found(
    kind: str, right: str, wrong: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert right in SMALL[kind]
    text = SMALL[kind].replace(right, wrong)
    (block,) = blocks(text)
    (complaint,) = complaints(text, block)
    assert complaint.startswith(f"README.md:{line} ")


def test_a_refused_command_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("```console\n$ expressivity verify missing.safetensors parity\n```\n")
    with pytest.raises(AssertionError, match="was refused"):
        complaints("", block)


def test_speeds_may_differ_and_counts_may_not() -> None:
    announced = ["took 0.04 s", "9,633 candidates/s", "RMSE 2.89e-14, 12 states"]
    assert first_difference(announced, "took 12.5 s\n10 candidates/s\nRMSE 1e-15, 12 states\n") is None
    assert first_difference(announced, "took 12.5 s\n10 candidates/s\nRMSE 1e-15, 13 states\n") == 2
