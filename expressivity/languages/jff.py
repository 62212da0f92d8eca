"""Turns JFLAP files of finite automata (.jff) into automata, and automata into such files.

Each label of a transition is taken as one letter, however long; an empty label is the empty word.
"""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.text_files import read_text
from expressivity.languages.transitions import Transition, assemble


def read_jff(path: str | Path, *, determinise: bool = False) -> Automaton:
    """Read a JFLAP finite automaton; a partial one is completed with a rejecting sink, put last.

    States keep their numbers when these are 0 … n−1. Letters are in the order of their first appearance.

    Arguments:
        path: the file.
        determinise: take the minimal automaton of a nondeterministic one (with several choices or empty labels);
            without it such a file is an error.

    Raises:
        LanguageError: when the file is no XML, no JFLAP finite automaton, or nondeterministic.
    """
    root = _parse(str(path), read_text(path))
    kind = (root.findtext("type") or "").strip()
    if root.tag != "structure" or kind != "fa":
        found = f"type {kind!r}" if root.tag == "structure" else f"root element <{root.tag}>"
        raise LanguageError(f"{path} is no JFLAP finite automaton ({found}); expected <structure> with <type>fa</type>")
    body = root.find("automaton")
    body = root if body is None else body  # files of JFLAP 4 have no <automaton> element
    problems: list[str] = []
    states: list[int] = []
    known: set[int] = set()
    starts: list[int] = []
    accepting: list[int] = []
    for element in body.findall("state"):
        text = element.get("id", "")
        if not text.isdecimal():
            problems.append(f"state id {text!r} is no number")
            continue
        state = int(text)
        if state in known:
            problems.append(f"state {state} is declared twice")
        states.append(state)
        known.add(state)
        if element.find("initial") is not None:
            starts.append(state)
        if element.find("final") is not None:
            accepting.append(state)
    if len(starts) != 1:
        problems.append(f"{len(starts)} initial states; expected one")
    transitions: list[Transition] = []
    for index, element in enumerate(body.findall("transition"), start=1):
        ends = [(element.findtext(tag) or "").strip() for tag in ("from", "to")]
        unknown = [end for end in ends if not end.isdecimal() or int(end) not in known]
        if unknown:
            problems.append(f"transition {index} joins a state {unknown[0]!r} that is not declared")
            continue
        label = element.findtext("read") or ""
        transitions.append(Transition(int(ends[0]), label, int(ends[1]), f"transition {index}"))
    if problems:
        raise LanguageError(f"{path} is malformed: " + "; ".join(problems))
    silent = [transition.place for transition in transitions if not transition.letter]
    if determinise:
        return _determinise(transitions, states, starts[0], accepting, str(path))
    if silent:
        raise LanguageError(
            f"{path} is nondeterministic: {', '.join(silent[:5])} read the empty word; pass determinise=True"
        )
    return assemble(
        transitions,
        states=states,
        start=starts[0],
        accepting=accepting,
        origin=str(path),
        remedy="pass determinise=True",
    )


def write_jff(automaton: Automaton) -> str:
    """The text of a JFLAP file, with the states drawn on a circle.

    Raises:
        LanguageError: when a letter name holds characters that XML cannot.
    """
    unfit = [letter for letter in automaton.letters if not letter.isprintable()]
    if unfit:
        raise LanguageError(f"letters {unfit} cannot be written in XML; rename them or save as .json")
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="no"?>', "<structure>", "  <type>fa</type>"]
    lines.append("  <automaton>")
    radius = 60 + 20 * automaton.states
    for state in range(automaton.states):
        turn = 2 * math.pi * state / automaton.states
        marks = ("<initial/>" if state == automaton.start else "") + ("<final/>" if automaton.accepting[state] else "")
        x, y = radius * (1 - math.cos(turn)) + 40, radius * (1 - math.sin(turn)) + 40
        lines.append(f'    <state id="{state}" name="q{state}"><x>{x:.1f}</x><y>{y:.1f}</y>{marks}</state>')
    table = automaton.table.tolist()
    labels = [escape(letter, quote=False) for letter in automaton.letters]
    for state in range(automaton.states):
        lines += [
            f"    <transition><from>{state}</from><to>{table[x][state]}</to><read>{label}</read></transition>"
            for x, label in enumerate(labels)
        ]
    return "\n".join([*lines, "  </automaton>", "</structure>"]) + "\n"


def _parse(name: str, text: str) -> ElementTree.Element:
    """Parse XML, refusing document types: JFLAP writes none, and they are how entities are made to explode."""

    def refuse(*_: object) -> None:
        raise LanguageError(f"{name} declares a document type, which JFLAP files do not have; remove the DOCTYPE line")

    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = refuse
    try:
        guard.Parse(text.encode(), True)
        return ElementTree.fromstring(text.encode())
    except (expat.ExpatError, ElementTree.ParseError) as error:
        raise LanguageError(f"{name} is no well-formed XML: {error}") from None


def _determinise(
    transitions: list[Transition], states: list[int], start: int, accepting: list[int], origin: str
) -> Automaton:
    letters = tuple(dict.fromkeys(transition.letter for transition in transitions if transition.letter))
    if not letters:
        raise LanguageError(f"{origin} has no letters, so its alphabet is unknown; add a transition that reads one")
    from automata.fa.nfa import NFA

    moves: dict[int, dict[str, set[int]]] = {state: {} for state in states}
    for transition in transitions:
        moves[transition.source].setdefault(transition.letter, set()).add(transition.target)
    nfa = NFA(
        states=set(states),
        input_symbols=set(letters),
        transitions=moves,
        initial_state=start,
        final_states=set(accepting),
    )
    return Automaton.from_nfa(nfa).with_letters(letters).reachable()
