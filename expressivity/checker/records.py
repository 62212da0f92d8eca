"""The parts of a certificate that all claims share, read into records: automata and networks.

What is read here is checked to have the shape that the definitions give it, so that nothing below looks anything up
beyond its ends, decodes two equal code points, or meets a symbol that no layer sends.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from expressivity.checker.errors import Rejected
from expressivity.checker.fields import Field, Number
from expressivity.checker.reading import Fields, boolean, integer, integers, items, text

_MOST_STATES = 10**7
_SHOWN = 32  # digits of a fingerprint: two networks that share fewer can be made on purpose


class Automaton(NamedTuple):
    """A complete deterministic automaton."""

    letters: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]  # for each letter, where it takes every state
    start: int
    accepting: frozenset[int]

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.table[0])

    def reached(self) -> set[int]:
        """The states that words lead to."""
        queue = [self.start]
        seen = set(queue)
        for q in queue:
            fresh = {row[q] for row in self.table} - seen
            seen |= fresh
            queue += sorted(fresh)
        return seen


class Block(NamedTuple):
    """Coordinates of a state that are decoded to the number of the nearest code point."""

    coordinates: tuple[int, ...]
    points: tuple[tuple[Number, ...], ...]


class LayerRecord(NamedTuple):
    """A layer as it is written: A(x) by its form's weights, B(x), H_0 and the read-out."""

    field: Field
    kind: str
    weights: dict[str, Any]
    width: int
    columns: int
    delay: bool
    symbols: int
    inputs: tuple[tuple[Number, ...], ...]
    start: tuple[Number, ...]
    blocks: tuple[Block, ...]
    select: tuple[tuple[int, ...], ...]
    table: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Numbers in the state."""
        return self.width * self.columns


class Network(NamedTuple):
    """A stack of layers."""

    letters: tuple[str, ...]
    bos: bool
    accepts_empty: bool
    layers: tuple[LayerRecord, ...]
    fingerprint: str  # SHA-256 of the JSON text in canonical form

    def __str__(self) -> str:
        widths = ", ".join(str(layer.size) for layer in self.layers)
        layers, plural = len(self.layers), "s" * (len(self.layers) > 1)
        return f"network {self.fingerprint[:_SHOWN]} ({layers} layer{plural}, width{plural} {widths})"


def read_automaton(value: Any) -> Automaton:
    """An automaton from JSON."""
    fields = Fields(value, "the automaton")
    letters = _letters(fields.take("letters"), "the automaton")
    rows = items(fields.take("table"), "the automaton's table", len(letters))
    states = len(items(rows[0], "a row of the automaton's table"))
    if not 1 <= states <= _MOST_STATES:
        raise Rejected(f"the automaton has {states} states; expected 1 to {_MOST_STATES}")
    table = tuple(integers(row, "a row of the automaton's table", 0, states - 1, states) for row in rows)
    start = integer(fields.take("start"), "the automaton's start", 0, states - 1)
    accepting = integers(fields.take("accepting"), "the automaton's accepting states", 0, states - 1)
    if len(set(accepting)) != len(accepting):
        raise Rejected("the automaton's accepting states hold a state twice")
    fields.done()
    return Automaton(letters, table, start, frozenset(accepting))


def read_network(value: Any) -> Network:
    """A network from JSON."""
    fields = Fields(value, "the network")
    letters = _letters(fields.take("letters"), "the network")
    bos = boolean(fields.take("bos"), "the network's bos")
    accepts_empty = boolean(fields.take("accepts_empty"), "the network's accepts_empty")
    below, layers = len(letters) + bos, []
    for number, data in enumerate(items(fields.take("layers"), "the network's layers")):
        layer, below = _layer(data, f"layer {number}", below)
        layers.append(layer)
    fields.done()
    if not layers or below != 2:
        raise Rejected(f"the last layer has {below} answers; expected at least one layer, and 2 answers of the last")
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    fingerprint = hashlib.sha256(canonical.encode()).hexdigest()
    return Network(letters, bos, accepts_empty, tuple(layers), fingerprint)


def _letters(value: Any, where: str) -> tuple[str, ...]:
    letters = tuple(text(letter, f"a letter of {where}") for letter in items(value, f"the letters of {where}"))
    if not letters or not all(letters) or len(set(letters)) != len(letters):
        raise Rejected(f"the alphabet of {where} is empty, repeats a letter, or has one without a name")
    return letters


def _layer(value: Any, where: str, below: int) -> tuple[LayerRecord, int]:
    """A layer that reads so many symbols, and how many it answers with."""
    fields = Fields(value, where)
    field = Field(integer(fields.take("conductor"), f"{where}: the conductor", 1, 10_000))
    width = integer(fields.take("width"), f"{where}: the width", 1, 10**6)
    columns = integer(fields.take("columns"), f"{where}: the columns", 1, 10**6)
    delay = integer(fields.take("delay"), f"{where}: the delay", 0, 1) == 1
    symbols = integer(fields.take("symbols"), f"{where}: the number of symbols", below, below)
    letters, size = symbols * (1 + delay * symbols), width * columns
    kind = text(fields.take("kind"), f"{where}: the kind")
    # Inputs first: they have as many entries as letters and width say, so that no small file asks for large matrices.
    rows = items(fields.take("inputs"), f"{where}: the inputs", letters)
    inputs = tuple(_vector(row, field, f"{where}: an input", size) for row in rows)
    weights = _weights(fields.take("weights"), kind, field, f"{where}: the weights", letters, width)
    blocks = items(fields.take("blocks"), f"{where}: the blocks")
    outputs = integer(fields.take("outputs"), f"{where}: the number of outputs", 1)
    select = items(fields.take("select"), f"{where}: select", letters)
    table = items(fields.take("table"), f"{where}: the table", letters)
    found = LayerRecord(
        field=field,
        kind=kind,
        weights=weights,
        width=width,
        columns=columns,
        delay=delay,
        symbols=symbols,
        inputs=inputs,
        start=_vector(fields.take("start"), field, f"{where}: the start", size),
        blocks=tuple(_block(block, field, f"{where}: a block", size) for block in blocks),
        select=tuple(integers(row, f"{where}: select", -1, len(blocks) - 1) for row in select),
        table=tuple(integers(row, f"{where}: the table", 0, outputs - 1) for row in table),
    )
    fields.done()
    radix = max((len(block.points) for block in found.blocks), default=1)
    for reads, answers in zip(found.select, found.table, strict=True):
        if len(reads) != len(found.select[0]) or len(answers) != radix ** len(reads):
            raise Rejected(f"{where}: the table has {len(answers)} answers for {len(reads)} reads in base {radix}")
    return found, outputs


def _block(value: Any, field: Field, where: str, size: int) -> Block:
    fields = Fields(value, where)
    coordinates = integers(fields.take("coordinates"), f"{where}'s coordinates", 0, size - 1)
    rows = items(fields.take("points"), f"{where}'s points")
    points = tuple(_vector(row, field, f"{where}'s code point", len(coordinates)) for row in rows)
    fields.done()
    if not points or len(set(points)) != len(points):
        raise Rejected(f"{where} has no code point, or two that are equal")
    return Block(coordinates, points)


def _vector(value: Any, field: Field, where: str, count: int) -> tuple[Number, ...]:
    return tuple(field.read(number) for number in items(value, where, count))


def _array(value: Any, field: Field, where: str, *shape: int) -> Any:
    """Nested lists of numbers of a shape, −1 standing for any length."""
    if not shape:
        return field.read(value)
    rows = items(value, where, None if shape[0] < 0 else shape[0])
    return tuple(_array(row, field, where, *shape[1:]) for row in rows)


def _weights(value: Any, kind: str, field: Field, where: str, letters: int, width: int) -> dict[str, Any]:
    """The weights of a form of A(x), by name."""
    fields = Fields(value, where)
    found: dict[str, Any] = {}
    if kind == "dense":
        found["matrices"] = [
            _sparse(matrix, field, where, width) for matrix in items(fields.take("matrices"), where, letters)
        ]
    elif kind == "diagonal":
        found["diagonal"] = _array(fields.take("diagonal"), field, where, letters, width)
    elif kind == "complex-diagonal":
        if width % 2:
            raise Rejected(f"{where}: complex coordinates are pairs, and the width is {width}")
        for name in ("real", "imaginary"):
            found[name] = _array(fields.take(name), field, where, letters, width // 2)
    elif kind == "permutation-diagonal":
        imaginary = fields.take("imaginary")
        pairs = 1 if imaginary is None else 2
        if width % pairs:
            raise Rejected(f"{where}: complex coordinates are pairs, and the width is {width}")
        count = width // pairs
        rows = items(fields.take("index"), where, letters)
        found["index"] = [integers(row, f"{where}: a column's 1", 0, count - 1, count) for row in rows]
        found["real"] = _array(fields.take("real"), field, where, letters, count)
        found["imaginary"] = None if imaginary is None else _array(imaginary, field, where, letters, count)
    elif kind == "householder":
        found["keys"] = _array(fields.take("keys"), field, where, letters, -1, width)
        factors = [len(keys) for keys in found["keys"]]
        rows = items(fields.take("betas"), where, letters)
        found["betas"] = [_array(row, field, where, count) for row, count in zip(rows, factors, strict=True)]
        gates = fields.take("gates")
        found["gates"] = None if gates is None else _array(gates, field, where, letters)
        used = zip(found["keys"], found["betas"], strict=True)
        _check_lengths(field, where, [(k, b != field.zero) for ks, bs in used for k, b in zip(ks, bs, strict=True)])
    elif kind == "rwkv7":
        found["decays"] = _array(fields.take("decays"), field, where, letters, width)
        found["rates"] = _array(fields.take("rates"), field, where, letters, width)
        found["keys"] = keys = _array(fields.take("keys"), field, where, letters, -1, -1)
        channels = len(keys[0][0]) if keys[0] else 0
        if any(len(heads) * channels != width or any(len(head) != channels for head in heads) for heads in keys):
            raise Rejected(f"{where}: the keys of the heads do not have {width} coordinates of equal parts")
        for rates, heads in zip(found["rates"], keys, strict=True):
            parts = [rates[i * channels : (i + 1) * channels] for i in range(len(heads))]
            _check_lengths(
                field, where, [(head, removes(field, head, part)) for head, part in zip(heads, parts, strict=True)]
            )
    else:
        raise Rejected(f"transition form {kind!r} is unknown to this checker")
    fields.done()
    return found


def removes(field: Field, key: tuple[Number, ...], rates: tuple[Number, ...]) -> bool:
    """Whether a head of RWKV-7 removes anything: a ⊙ κ is not zero."""
    return any(k != field.zero and a != field.zero for k, a in zip(key, rates, strict=True))


def _sparse(value: Any, field: Field, where: str, width: int) -> list[dict[int, Number]]:
    """A matrix from its (row, column, value) entries, by rows."""
    rows: list[dict[int, Number]] = [{} for _ in range(width)]
    for entry in items(value, where):
        i, j, number = items(entry, where, 3)
        integer(i, f"{where}: a row", 0, width - 1)
        integer(j, f"{where}: a column", 0, width - 1)
        if j in rows[i]:
            raise Rejected(f"{where}: entry ({i}, {j}) is given twice")
        rows[i][j] = field.read(number)
    return rows


def _check_lengths(field: Field, where: str, keys: list[tuple[tuple[Number, ...], bool]]) -> None:
    """A key in use must have a positive squared length, and a rational one."""
    for key, used in keys:
        square = field.squared_length(key)
        if used and (square is None or square == 0):
            raise Rejected(f"{where}: a key has a squared length that is zero or irrational")
