"""An independent checker of certificates: standard library only, exact arithmetic on Python integers and fractions.

It shares no code with the search that made a certificate. It reads the network and the language from the certificate,
recomputes every step of every labelled box with its own arithmetic, and rejects at the first claim that does not
hold. `python -m expressivity.checker certificate.json` checks a file on its own.

A certificate of equivalence is an inductive invariant. Boxes are products of closed intervals of network states (a
point is a box), each labelled with a state of a deterministic automaton. Checked, exactly:
  1. the network's start state lies in the first box, whose label is the automaton's start state, and the verdict on
     the empty word is right;
  2. for each box and each letter, the image of the box lies in the box named as its successor; that one's label is
     the automaton's next state; and the network's verdict, constant on the box, is the automaton's.
Over one letter the certificate may name a cycle instead: all verdicts until a state comes again are the automaton's.
In finite arithmetic boxes are evaluated by intervals (see `intervals`); in exact arithmetic a layer's box may also be a
sign cell, open and without end (see `cones`).
By induction over the length of a word the network is right on every word. Which language the automaton accepts is a
separate question, settled by `same_language`.
"""

from __future__ import annotations

from typing import Any

from expressivity.checker import cast, cast_periods, cones, impossible, relational, rounded
from expressivity.checker.cones import Cone
from expressivity.checker.errors import Rejected
from expressivity.checker.fields import Field
from expressivity.checker.layers import Box, Layer

MOST_STEPS = 1_000_000
"""Steps of a cycle or of a repeated letter that are re-run; a step of a small layer takes some 10 to 100 µs."""


class Machine:
    """The whole network on boxes; in finite arithmetic, on points."""

    def __init__(self, data: dict[str, Any], arithmetic: str = "exact") -> None:
        self.letters: list[str] = data["letters"]
        self.bos, self.accepts_empty = data["bos"], data["accepts_empty"]
        self.layers: list[Any] = [Layer(layer) for layer in data["layers"]]
        if arithmetic != "exact":
            try:
                spelling = rounded.Spelling(arithmetic)
            except (ValueError, AttributeError, IndexError) as error:
                raise Rejected(f"arithmetic {arithmetic!r} is unknown to this checker ({error})") from None
            self.layers = [rounded.RoundedLayer(layer, spelling) for layer in self.layers]

    def start(self) -> tuple[list[Box], list[list[int]], bool]:
        """Boxes and previous symbols before the first letter, and the verdict on the empty word."""
        boxes: list[Box] = [(layer.start, layer.start) for layer in self.layers]
        previous = [[layer.symbols] if layer.delay else [] for layer in self.layers]
        if not self.bos:
            return boxes, previous, self.accepts_empty
        return self.step(boxes, previous, len(self.letters))

    def step(self, boxes: list[Box], previous: list[list[int]], letter: int) -> tuple[list[Box], list[list[int]], bool]:
        """Boxes, previous symbols and verdict after one letter.

        A layer with delay has a list of symbols its previous input may have been; the answer must be the same for
        all of them, and the box afterwards encloses what becomes of all of them.
        """
        symbol, following, remembered = letter, [], []
        for layer, box, before in zip(self.layers, boxes, previous, strict=True):
            reads = [symbol + layer.symbols * past for past in before] if layer.delay else [symbol]
            moved = [layer.image(box, read) for read in reads]
            answers = {layer.answer(image, read) for image, read in zip(moved, reads, strict=True)}
            if len(answers) != 1:
                raise Rejected(f"a layer gives the answers {sorted(answers)} depending on what the box leaves open")
            remembered.append([symbol] if layer.delay else [])
            following.append(_enclose(layer, moved))
            symbol = answers.pop()
        if symbol not in (0, 1):
            raise Rejected(f"the last layer answers {symbol}; expected 0 or 1")
        return following, remembered, symbol == 1


def _enclose(layer: Layer, boxes: list[Box]) -> Box:
    """The smallest box around some boxes."""
    sides = [box for box in boxes if not isinstance(box, Cone)]
    if len(sides) < len(boxes):
        if any(box != boxes[0] for box in boxes):
            raise Rejected("a cone moves in different ways for the previous symbols that are left open")
        return boxes[0]
    if all(low is high and low == sides[0][0] for low, high in sides):
        return sides[0]
    if layer.field.degree > 1:
        raise Rejected("a box that is not a point needs rational weights")
    lower = [min(values) for values in zip(*(low for low, _ in sides), strict=True)]
    upper = [max(values) for values in zip(*(high for _, high in sides), strict=True)]
    return lower, upper


def _inside(machine: Machine, inner: list[Box], outer: list[Box]) -> bool:
    for layer, this, that in zip(machine.layers, inner, outer, strict=True):
        if isinstance(that, Cone):
            if not isinstance(this, Cone) and this[0] is not this[1]:
                raise Rejected("a box that is not a point is no part of a sign cell")
            if not cones.inside(layer.field, this if isinstance(this, Cone) else Cone(this[0], []), that):
                return False
            continue
        if isinstance(this, Cone):
            raise Rejected("a cone is no part of a box")
        (low, high), (bottom, top) = this, that
        if low is high and bottom is top:
            if low != bottom:
                return False
        elif layer.field.degree > 1:
            raise Rejected("a box that is not a point needs rational weights")
        elif any(b > l or h > t for l, h, b, t in zip(low, high, bottom, top, strict=True)):  # noqa: E741
            return False
    return True


def _read_boxes(machine: Machine, entry: dict[str, Any]) -> tuple[list[Box], list[list[int]]]:
    boxes: list[Box] = []
    if len(entry["layers"]) != len(machine.layers):
        raise Rejected(f"a box has {len(entry['layers'])} layers; the network has {len(machine.layers)}")
    for layer, part in zip(machine.layers, entry["layers"], strict=True):
        if "signs" in part:
            if not isinstance(layer, Layer):
                raise Rejected("a sign cell needs exact arithmetic")
            boxes.append(cones.read(layer.field, layer.size, part))
            continue
        lower = [layer.field.read(v) for v in part["lower" if "lower" in part else "point"]]
        upper = [layer.field.read(v) for v in part["upper"]] if "lower" in part else lower
        if len(lower) != layer.size or len(upper) != layer.size:
            raise Rejected(f"a box has {len(lower)} numbers where the layer's state has {layer.size}")
        if lower is not upper:
            if layer.field.degree > 1:
                raise Rejected("a box that is not a point needs rational weights")
            if any(b > t for b, t in zip(lower, upper, strict=True)):
                raise Rejected("a box is empty: a lower end exceeds its upper end")
        boxes.append((lower, upper))
    previous = entry["previous"]
    for layer, past in zip(machine.layers, previous, strict=True):
        if any(type(symbol) is not int or not 0 <= symbol <= layer.symbols for symbol in past):
            raise Rejected(f"previous symbols {past!r} are not all integers from 0 to {layer.symbols}")
        if bool(past) != bool(layer.delay):
            raise Rejected("exactly the layers with a delay have previous symbols")
    return boxes, previous


CLAIMS = ("equivalent", "counterexample", "equivalent-by-period", "refuted-by-period", "impossible")


def check(certificate: dict[str, Any]) -> str:
    """Check a certificate and say in one sentence what it proves.

    Arguments:
        certificate: the JSON object.

    Returns:
        The statement that was checked.

    Raises:
        Rejected: naming the first claim that does not hold.
    """
    try:
        if certificate["format"] != "expressivity-certificate" or certificate["version"] != 1:
            raise Rejected("not a certificate of version 1")
        claim = certificate["claim"]
        if claim in relational.CLAIMS:
            return relational.check(certificate)
        if claim not in CLAIMS:
            raise Rejected(f"claim {claim!r} is unknown to this checker")
        if claim == "impossible":
            return _check_impossible(certificate)
        arithmetic = certificate["arithmetic"]
        automaton = certificate["automaton"]
        _check_automaton(automaton)
        if "exact-then-cast" in arithmetic.split("/"):
            return _check_cast(certificate, automaton)
        machine = Machine(certificate["network"], arithmetic)
        if machine.letters != automaton["letters"]:
            raise Rejected(f"the network reads {machine.letters}, the automaton {automaton['letters']}")
        if claim == "equivalent":
            if "cycle" in certificate:
                return _check_cycle(machine, automaton, certificate["cycle"])
            return _check_equivalence(machine, automaton, certificate["invariant"])
        if claim == "counterexample":
            return _check_counterexample(machine, automaton, certificate["word"])
        raise Rejected(f"claim {claim!r} needs the order exact-then-cast; the certificate says {arithmetic!r}")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Rejected(f"the certificate is malformed ({error!r})") from None


def _check_impossible(certificate: dict[str, Any]) -> str:
    _check_automaton(certificate["automaton"])
    try:
        return impossible.check(certificate)
    except ValueError as error:
        raise Rejected(str(error)) from None


def _check_cast(certificate: dict[str, Any], automaton: dict[str, Any]) -> str:
    """Claims about the order `exact-then-cast`, which has states of its own kind."""
    data = certificate["network"]
    machine = cast.CastMachine(data, [Layer(layer) for layer in data["layers"]], certificate["arithmetic"], Field(1))
    if machine.letters != automaton["letters"]:
        raise Rejected(f"the network reads {machine.letters}, the automaton {automaton['letters']}")
    claim = certificate["claim"]
    try:
        if claim == "equivalent":
            return str(cast.check_invariant(machine, automaton, certificate))
        if claim == "counterexample":
            return str(cast.check_word(machine, automaton, certificate["word"]))
        if claim in ("equivalent-by-period", "refuted-by-period"):
            return str(cast_periods.check_periods(machine, automaton, certificate))
    except (ValueError, ZeroDivisionError) as error:
        raise Rejected(str(error)) from None
    raise Rejected(f"claim {claim!r} is unknown to this checker")


def _check_equivalence(machine: Machine, automaton: dict[str, Any], invariant: list[dict[str, Any]]) -> str:
    table, accepting = automaton["table"], set(automaton["accepting"])
    entries = [(*_read_boxes(machine, entry), entry["label"], entry["successors"]) for entry in invariant]
    if not entries:
        raise Rejected("the invariant has no box")
    boxes, previous, verdict = machine.start()
    if not _inside(machine, boxes, entries[0][0]) or not _among(previous, entries[0][1]):
        raise Rejected("the start state is outside the first box")
    if entries[0][2] != automaton["start"]:
        raise Rejected(f"the first box is labelled {entries[0][2]}; the automaton starts in {automaton['start']}")
    if verdict is not (automaton["start"] in accepting):
        raise Rejected("the verdict on the empty word is wrong")
    for number, (box, before, label, successors) in enumerate(entries):
        if len(successors) != len(machine.letters):
            raise Rejected(f"box {number} names {len(successors)} successors for {len(machine.letters)} letters")
        for letter, successor in enumerate(successors):
            where = f"box {number}, letter {machine.letters[letter]!r}"
            target = table[letter][label]
            moved, remembered, verdict = machine.step(box, before, letter)
            if not 0 <= successor < len(entries):
                raise Rejected(f"{where}: successor {successor} does not exist")
            if entries[successor][2] != target:
                raise Rejected(f"{where}: the successor is labelled {entries[successor][2]}, not {target}")
            if verdict is not (target in accepting):
                raise Rejected(f"{where}: the network says {verdict}, the automaton {target in accepting}")
            if not _inside(machine, moved, entries[successor][0]):
                raise Rejected(f"{where}: the image is not inside box {successor}")
            if not _among(remembered, entries[successor][1]):
                raise Rejected(f"{where}: the remembered symbols are not among those of box {successor}")
    return (
        f"proved for all lengths: {len(entries)} labelled boxes are closed under {len(machine.letters)} letters and "
        f"decode onto the automaton's {len(table[0])} states"
    )


def _check_cycle(machine: Machine, automaton: dict[str, Any], cycle: dict[str, Any]) -> str:
    """Over one letter: run until a state comes again, at a rate of some 10⁴ to 10⁵ steps of a small layer a second."""
    preperiod, period = cycle["preperiod"], cycle["period"]
    if len(machine.letters) != 1:
        raise Rejected(f"a cycle settles languages over one letter; the network reads {machine.letters}")
    if type(preperiod) is not int or type(period) is not int or preperiod < 0 or period < 1:
        raise Rejected(f"preperiod {preperiod!r} and period {period!r} are not integers of at least 0 and 1")
    if preperiod + period > MOST_STEPS:
        raise Rejected(f"the cycle closes after {preperiod + period} steps; this checker re-runs at most {MOST_STEPS}")
    accepting, row = set(automaton["accepting"]), automaton["table"][0]
    boxes, previous, verdict = machine.start()
    state, kept = automaton["start"], None
    for step in range(preperiod + period + 1):
        if verdict is not (state in accepting):
            raise Rejected(f"after {step} letters the network says {verdict}, the automaton {state in accepting}")
        if step == preperiod:
            kept = boxes, previous, state
        if step < preperiod + period:
            boxes, previous, verdict = machine.step(boxes, previous, 0)
            state = row[state]
    if kept is None or kept[1:] != (previous, state) or not _inside(machine, boxes, kept[0]):
        raise Rejected(f"the state after {preperiod} letters does not come again after {period} more")
    return f"proved for all lengths: after {preperiod} letters the states repeat every {period}, and all verdicts agree"


def _check_automaton(automaton: dict[str, Any]) -> None:
    table, letters = automaton["table"], automaton["letters"]
    states = range(len(table[0])) if table else range(0)
    if len(table) != len(letters) or any(len(row) != len(states) for row in table):
        raise Rejected(f"the automaton's table does not have a row of {len(states)} states for each letter")
    for state in [automaton["start"], *automaton["accepting"], *(target for row in table for target in row)]:
        if type(state) is not int or state not in states:
            raise Rejected(f"the automaton names state {state!r}; it has {len(states)} states")


def _among(remembered: list[list[int]], allowed: list[list[int]]) -> bool:
    """Whether every remembered symbol is one the box allows."""
    return all(set(past) <= set(options) for past, options in zip(remembered, allowed, strict=True))


def _check_counterexample(machine: Machine, automaton: dict[str, Any], word: Any) -> str:
    boxes, previous, verdict = machine.start()
    state = automaton["start"]
    if isinstance(word, dict):
        if type(word["times"]) is not int or word["times"] < 0:
            raise Rejected(f"a letter cannot be repeated {word['times']!r} times")
        if word["times"] > MOST_STEPS:
            raise Rejected(f"the word has {word['times']} letters; this checker replays at most {MOST_STEPS}")
        word = [word["repeat"]] * word["times"]
    for name in word:
        if name not in machine.letters:
            raise Rejected(f"letter {name!r} of the word is not in the alphabet")
        letter = machine.letters.index(name)
        boxes, previous, verdict = machine.step(boxes, previous, letter)
        state = automaton["table"][letter][state]
    expected = state in automaton["accepting"]
    if verdict is expected:
        raise Rejected(f"network and automaton agree on the word: both say {verdict}")
    return f"the network says {verdict} and the automaton {expected} on a word of {len(word)} letters"


def same_language(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether two automata over the same letters (in any order) accept the same words, by exploring their product."""
    if sorted(first["letters"]) != sorted(second["letters"]):
        return False
    order = [second["letters"].index(letter) for letter in first["letters"]]
    accepting = set(first["accepting"]), set(second["accepting"])
    seen = {(first["start"], second["start"])}
    queue = list(seen)
    for p, q in queue:
        if (p in accepting[0]) != (q in accepting[1]):
            return False
        for x, y in enumerate(order):
            pair = first["table"][x][p], second["table"][y][q]
            if pair not in seen:
                seen.add(pair)
                queue.append(pair)
    return True
