"""Claims about a network in exact or stepwise arithmetic: an inductive invariant, a cycle, a word.

An inductive invariant is made of boxes, products of closed intervals of network states (a point is a box; in exact
arithmetic so is a sign cell, see `cones`), each labelled with a state of a deterministic automaton. Checked, exactly:
  1. the network's start state lies in the first box, whose label is the automaton's start state, and the verdict on
     the empty word is right;
  2. for each box and each letter, the image of the box lies in the box named as its successor; that one's label is
     the automaton's next state; and the network's verdict, constant on the box, is the automaton's.
By induction over the length of a word the network is right on every word. Over one letter a certificate may name a
cycle instead: all verdicts until a state comes again are the automaton's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from expressivity.checker.errors import Rejected
from expressivity.checker.layers import Box
from expressivity.checker.machine import Machine, Remembered, inside
from expressivity.checker.reading import Fields, integer, integers, items, text
from expressivity.checker.records import Automaton

MOST_STEPS = 3_000_000
"""Steps of a cycle or of a repeated letter that are re-run; a step of a small layer takes some 4 µs."""


class Entry(NamedTuple):
    """A labelled box."""

    boxes: list[Box]
    previous: Remembered
    label: int
    successors: tuple[int, ...]


def read_entries(machine: Machine, automaton: Automaton, value: Any) -> list[Entry]:
    """The labelled boxes of an invariant, from JSON."""
    written = items(value, "the invariant")
    if not written:
        raise Rejected("the invariant has no box")
    layers, last, states, letters = machine.layers, len(written) - 1, automaton.states - 1, len(machine.letters)
    entries = []
    for number, data in enumerate(written):
        where = f"box {number}"
        fields = Fields(data, where)
        boxes = machine.read(items(fields.take("layers"), where, len(layers)), where)
        previous = items(fields.take("previous"), where, len(layers))
        for layer, past in zip(layers, previous, strict=True):
            integers(past, f"{where}: previous symbols", 0, layer.symbols)
            if bool(past) != bool(layer.delay):
                raise Rejected(f"{where}: exactly the layers with a delay have previous symbols")
        label = integer(fields.take("label"), f"{where}: the label", 0, states)
        successors = integers(fields.take("successors"), f"{where}: successors", 0, last, letters)
        fields.done()
        entries.append(Entry(boxes, previous, label, successors))
    return entries


def check_equivalence(machine: Machine, automaton: Automaton, entries: list[Entry]) -> str:
    """Check an inductive invariant and say what it proves."""
    boxes, previous, verdict = machine.start()
    first = entries[0]
    if not inside(machine, boxes, first.boxes) or not _among(previous, first.previous):
        raise Rejected("the start state is outside the first box")
    if first.label != automaton.start:
        raise Rejected(f"the first box is labelled {first.label}; the automaton starts in {automaton.start}")
    if verdict is not (automaton.start in automaton.accepting):
        raise Rejected("the verdict on the empty word is wrong")
    accepts = [state in automaton.accepting for state in range(automaton.states)]
    for number, (boxes, before, label, successors) in enumerate(entries):
        for letter, successor in enumerate(successors):
            target, following = automaton.table[letter][label], entries[successor]
            try:
                moved, remembered, verdict = machine.step(boxes, before, letter, (letter, target))
            except (Rejected, ValueError) as error:
                raise Rejected(f"{_where(machine, number, letter)}: {error}") from None
            if following.label != target:
                problem = f"the successor is labelled {following.label}, not {target}"
            elif verdict is not accepts[target]:
                problem = f"the network says {verdict}, the automaton {accepts[target]}"
            elif not inside(machine, moved, following.boxes):
                problem = f"the image is not inside box {successor}"
            elif not _among(remembered, following.previous):
                problem = f"the remembered symbols are not among those of box {successor}"
            else:
                continue
            raise Rejected(f"{_where(machine, number, letter)}: {problem}")
    return (
        f"proved for all lengths: {len(entries)} labelled boxes are closed under {len(machine.letters)} letters and "
        f"decode onto the automaton's {onto(automaton)}"
    )


def onto(automaton: Automaton) -> str:
    """The states of an automaton that an invariant holds a box of: those that words lead to."""
    reached = len(automaton.reached())
    return f"{automaton.states} states" if reached == automaton.states else f"{reached} states that words lead to"


def _where(machine: Machine, number: int, letter: int) -> str:
    return f"box {number}, letter {machine.letters[letter]!r}"


def _among(remembered: Remembered, allowed: Remembered) -> bool:
    """Whether every remembered symbol is one the box allows."""
    return all(not past or set(past) <= set(options) for past, options in zip(remembered, allowed, strict=True))


def check_cycle(machine: Machine, automaton: Automaton, value: Any) -> str:
    """Over one letter: run until a state comes again, all verdicts right."""
    fields = Fields(value, "the cycle")
    preperiod = integer(fields.take("preperiod"), "the preperiod", 0)
    period = integer(fields.take("period"), "the period", 1)
    fields.done()
    if len(machine.letters) != 1:
        raise Rejected(f"a cycle settles languages over one letter; the network reads {list(machine.letters)}")
    if preperiod + period > MOST_STEPS:
        raise Rejected(f"the cycle closes after {preperiod + period} steps; this checker re-runs at most {MOST_STEPS}")
    accepting, row = automaton.accepting, automaton.table[0]
    boxes, previous, verdict = machine.start()
    state, kept = automaton.start, None
    for step in range(preperiod + period + 1):
        if verdict is not (state in accepting):
            raise Rejected(f"after {step} letters the network says {verdict}, the automaton {state in accepting}")
        if step == preperiod:
            kept = boxes, previous, state
        if step < preperiod + period:
            boxes, previous, verdict = machine.step(boxes, previous, 0)
            state = row[state]
    if kept is None or kept[1:] != (previous, state) or not inside(machine, boxes, kept[0]):
        raise Rejected(f"the state after {preperiod} letters does not come again after {period} more")
    return f"proved for all lengths: after {preperiod} letters the states repeat every {period}, and all verdicts agree"


def read_word(letters: tuple[str, ...], value: Any) -> list[int]:
    """A word as letter numbers, from its letters or from one letter and how often it is repeated."""
    if type(value) is dict:
        fields = Fields(value, "the word")
        name = text(fields.take("repeat"), "the letter repeated")
        times = integer(fields.take("times"), "how often the letter is repeated", 0)
        fields.done()
        if times > MOST_STEPS:
            raise Rejected(f"the word has {times} letters; this checker replays at most {MOST_STEPS}")
        names = [name] * times
    else:
        names = [text(name, "a letter of the word") for name in items(value, "the word")]
    numbers = {name: number for number, name in enumerate(letters)}
    unknown = next((name for name in names if name not in numbers), None)
    if unknown is not None:
        raise Rejected(f"letter {unknown!r} of the word is not in the alphabet")
    return [numbers[name] for name in names]


def check_counterexample(machine: Machine, automaton: Automaton, word: list[int]) -> str:
    """Replay a word on which network and automaton are said to disagree."""
    boxes, previous, verdict = machine.start()
    state = automaton.start
    for letter in word:
        boxes, previous, verdict = machine.step(boxes, previous, letter)
        state = automaton.table[letter][state]
    return disagreement(verdict, state in automaton.accepting, len(word))


def disagreement(verdict: bool, expected: bool, length: int) -> str:
    """The sentence about a word on which network and automaton differ."""
    if verdict is expected:
        raise Rejected(f"network and automaton agree on the word: both say {verdict}")
    return f"the network says {verdict} and the automaton {expected} on a word of {length} letters"
