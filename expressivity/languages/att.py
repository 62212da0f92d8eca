"""Turns AT&T finite-state files (OpenFst text, MLRegTest) into automata, and automata into such files.

One transition per line, `source target input output` with input = output, separated by tabs or spaces; a line with a
single number marks an accepting state. The start state is the source of the first line.
"""

from __future__ import annotations

from pathlib import Path

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.text_files import read_text
from expressivity.languages.transitions import Transition, assemble

_EPSILON = ("<eps>", "<epsilon>", "@0@", "ε")


def read_att(path: str | Path) -> Automaton:
    """Read an AT&T file; a partial automaton is completed with a rejecting sink, put last.

    States keep their numbers when these are 0 … n−1. Letters are in the order of their first appearance, which is the
    order the file was written in if it was written by `write_att`.

    Raises:
        LanguageError: listing the malformed lines, or the lines that make the automaton nondeterministic.
    """
    transitions: list[Transition] = []
    accepting: list[int] = []
    problems: list[str] = []
    start: int | None = None
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        states = fields[:2]
        wrong = [state for state in states if not (state.isascii() and state.isdigit())]
        if wrong:
            problems.append(f"line {number}: {wrong[0]!r} is no state number")
            continue
        if start is None:
            start = int(fields[0])
        if len(fields) == 1:
            accepting.append(int(fields[0]))
        elif len(fields) == 4:
            if fields[2] != fields[3]:
                problems.append(
                    f"line {number}: input {fields[2]!r} differs from output {fields[3]!r}; "
                    "only automata are read, no transducers"
                )
            elif fields[2] in _EPSILON:
                problems.append(f"line {number}: {fields[2]} is the empty word; remove such transitions first")
            else:
                transitions.append(Transition(int(fields[0]), fields[2], int(fields[1]), f"line {number}"))
        else:
            problems.append(
                f"line {number}: {len(fields)} fields; expected 4 (source target input output, no weights) or 1 "
                "(accepting state)"
            )
    if start is None and not problems:
        problems.append("the file is empty; the source of its first line would be the start state")
    if problems or start is None:
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise LanguageError(f"{path} is no AT&T automaton: " + "; ".join(problems[:10]) + more)
    return assemble(
        transitions,
        states=[start, *accepting, *(q for move in transitions for q in (move.source, move.target))],
        start=start,
        accepting=accepting,
        origin=str(path),
        remedy="determinise it first (`fstdeterminize`)",
    )


def write_att(automaton: Automaton) -> str:
    """The text of an AT&T file; the start state's transitions come first, so that reading it back is exact.

    Raises:
        LanguageError: when a letter name cannot be written, because it has white space in it or means the empty word.
    """
    unfit = [x for x in automaton.letters if x in _EPSILON or not x.isprintable() or x.split() != [x]]
    if unfit:
        raise LanguageError(f"letters {unfit} cannot be written in the AT&T format; rename them or save as .json")
    order = [automaton.start, *(q for q in range(automaton.states) if q != automaton.start)]
    table = automaton.table.tolist()
    lines = [f"{q}\t{table[x][q]}\t{letter}\t{letter}" for q in order for x, letter in enumerate(automaton.letters)]
    lines += [str(q) for q in range(automaton.states) if automaton.accepting[q]]
    return "\n".join(lines) + "\n"
