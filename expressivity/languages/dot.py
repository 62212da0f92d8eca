"""Turns automata into Graphviz files (.dot), and reads those files back.

The letters stand twice on every edge: as its label, for people, and as letter numbers in an attribute of our own, which
Graphviz ignores, for reading. Graphviz files from elsewhere are not read: they do not say which node is the start.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.text_files import read_text

_HEAD = "// expressivity automaton, version 1: "
_NODE = re.compile(r"  (\d+) \[shape=(circle|doublecircle)\];")
_EDGE = re.compile(r'  (\d+) -> (\d+) \[label="(?:[^"\\]|\\.)*", letters="([\d ]+)"\];')


def write_dot(automaton: Automaton) -> str:
    """The text of a Graphviz file: accepting states have a double circle, edges between two states are drawn once."""
    # Escaped non-ASCII keeps line separators inside letter names from cutting the head line.
    head = json.dumps({"letters": list(automaton.letters), "start": automaton.start, "states": automaton.states})
    lines = [_HEAD + head, "digraph automaton {", "  rankdir=LR;", '  start [shape=point, label=""];']
    lines += [
        f"  {state} [shape={'doublecircle' if automaton.accepting[state] else 'circle'}];"
        for state in range(automaton.states)
    ]
    lines.append(f"  start -> {automaton.start};")
    for state, targets in enumerate(automaton.table.T.tolist()):
        edges: dict[int, list[int]] = {}
        for letter, target in enumerate(targets):
            edges.setdefault(target, []).append(letter)
        for target, numbers in edges.items():
            label = _quoted(", ".join(automaton.letters[x] for x in numbers))
            lines.append(f'  {state} -> {target} [label="{label}", letters="{" ".join(map(str, numbers))}"];')
    return "\n".join([*lines, "}"]) + "\n"


def read_dot(path: str | Path) -> Automaton:
    """Read a Graphviz file that `write_dot` has written.

    Raises:
        LanguageError: when the file comes from elsewhere, or lines are missing or damaged.
    """
    lines = read_text(path).split("\n")
    if not lines[0].startswith(_HEAD):
        raise LanguageError(
            f"{path} was not written by this library (its first line should begin with {_HEAD.strip()!r}); "
            "convert it to .att, .jff or .json"
        )
    try:
        head = json.loads(lines[0][len(_HEAD) :])
        letters, start, states = tuple(head["letters"]), int(head["start"]), int(head["states"])
    except (ValueError, TypeError, KeyError):
        raise LanguageError(f"{path}, line 1: the head is damaged; write the file again") from None
    if not 0 < states <= len(lines):
        raise LanguageError(f"{path} has {len(lines)} lines for {states} states; write the file again")
    table = np.full((len(letters), states), -1, dtype=np.int32)
    accepting = np.zeros(states, dtype=bool)
    problems = []
    for number, line in enumerate(lines, start=1):
        numbers: list[int] = []
        if node := _NODE.fullmatch(line):
            numbers = [int(node[1])]
        elif edge := _EDGE.fullmatch(line):
            numbers = [int(edge[1]), int(edge[2])]
        elif re.match(r"  \d", line):
            problems.append(f"line {number} is damaged: {line.strip()[:60]!r}")
        if any(state >= states for state in numbers):
            problems.append(f"line {number} names state {max(numbers)}; there are {states} states")
        elif node and numbers:
            accepting[numbers[0]] = node[2] == "doublecircle"
        elif numbers and edge:
            chosen = [int(text) for text in edge[3].split()]
            if any(letter >= len(letters) for letter in chosen):
                problems.append(f"line {number} names letter {max(chosen)}; there are {len(letters)} letters")
            else:
                table[chosen, numbers[0]] = numbers[1]
    missing = np.argwhere(table < 0)
    if len(missing) and not problems:
        letter, state = missing[0]
        problems.append(f"state {state} has no edge for letter {letters[letter]!r}")
    if problems:
        raise LanguageError(f"{path} is malformed: " + "; ".join(problems[:10]))
    return Automaton(table, start, accepting, letters)


def _quoted(text: str) -> str:
    """Text inside a quoted Graphviz label; characters that are not printable are shown by their code."""
    shown = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
    return shown.replace("\\", "\\\\").replace('"', '\\"')
