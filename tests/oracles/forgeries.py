"""Forged certificates: mutants of true ones, drawn by structure, and a judge who takes nobody's word for them."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import FrameType
from typing import Any

import numpy as np

import expressivity as ex
from expressivity.checker import Rejected, check
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.relational.language.examples import Example, Fact
from expressivity.relational.language.graphs import cycles, from_edges, separating_pairs
from expressivity.relational.separation.refinement import refine
from expressivity.relational.separation.refute import Inseparable
from expressivity.relational.separation.refute import refute as refute_separation
from expressivity.relational.separation.separate import Separated, certify, separate
from oracles.definition import NetworkDefinition, UnreadableError, first_difference

Json = Any
Certificate = dict[str, Any]

# True certificates ----------------------------------------------------------------------------------------------------


def _diagonal(
    values: list[str], inputs: list[int], points: list[str], start: int = 0, letters: str = "a"
) -> ex.Network:
    """One coordinate that is multiplied and added to, read by the nearest of some numbers, the last one accepting."""

    def array(numbers: list[Any], *shape: int) -> Any:
        return rationals(np.array([*map(Fraction, numbers), None], dtype=object)[:-1].reshape(shape))

    count = len(values)
    block = Block(np.array([0]), array(points, len(points), 1))
    table = np.array([[0] * (len(points) - 1) + [1]] * count)
    readout = Readout((block,), np.zeros((count, 1), dtype=np.int64), table, 2)
    layer = Layer(
        DiagonalTransition(array(values, count, 1)), array(inputs, count, 1, 1), array([start], 1, 1), readout
    )
    return ex.Network(tuple(letters[:count]), (layer,), accepts_empty=False)


def _proof(network: ex.Network, language: Any, arithmetic: str = "exact", **budget: Any) -> Certificate:
    answer = ex.verify(network, language, arithmetic=arithmetic, **budget)
    assert not isinstance(answer, ex.Undecided), (arithmetic, answer)
    found: Certificate = answer.certificate.data
    return found


def _exact_points() -> Iterator[Certificate]:
    yield _proof(ex.compile("parity", into="deltanet-signed"), "parity")
    yield _proof(ex.compile("S3", into="deltaproduct"), "S3")
    yield _proof(ex.compile("tomita-2", into="mamba"), "tomita-2")
    yield _proof(ex.compile("parity", into="rwkv7-signed"), "parity")
    yield _proof(ex.compile("mod3", into="pd-ssm"), "mod3")


_FADING = ("re[ab]:(a|b)*b", ["1/3", "1/3"], [0, 1], ["0", "3/2"])


def _fading() -> tuple[ex.Network, str]:
    """The last letter, remembered by a number that never comes to rest."""
    language, values, inputs, points = _FADING
    return _diagonal(values, inputs, points, letters="ab"), language


def _boxes() -> Iterator[Certificate]:
    yield _proof(*_fading())
    yield _proof(_diagonal(["1/2"], [1], ["0", "2"]), "re[a]:aaa*")


def _cones() -> Iterator[Certificate]:
    yield _proof(_diagonal(["-1/2"], [0], ["1", "-1"], start=1), "re[a]:a(aa)*", max_states=2_000)
    yield _proof(_diagonal(["-3/2"], [0], ["1", "-1"], start=1), "re[a]:a(aa)*", max_states=2_000)


def _rounded_points() -> Iterator[Certificate]:
    yield _proof(ex.compile("mod3", into="complex-diagonal"), "mod3", "bf16")
    yield _proof(ex.compile("parity", into="deltanet-signed"), "parity", "fp8_e4m3fn/fused")
    yield _proof(ex.compile("tomita-2", into="mamba"), "tomita-2", "uint8")
    yield _proof(ex.compile("parity", into="rwkv7-signed"), "parity", "bf16:fp32/accumulate-fp32")
    yield _proof(ex.compile("parity", into="deltanet-signed"), "parity", "fp16/chunked:2")
    grown = _diagonal(["1"], [1], ["0", "6"])
    yield _proof(grown, ex.realise(grown, "fp4_e2m1").minimal(), "fp4_e2m1")


def _rounded_boxes() -> Iterator[Certificate]:
    for arithmetic in ("bf16", "fp32/fused", "fp8_e4m3fn/accumulate-fp32"):
        network, language = _fading()
        yield _proof(network, language, arithmetic)


def _cycles() -> Iterator[Certificate]:
    """Searches write these only where states are too many to list; here their points are replaced by hand."""
    grown = _diagonal(["1"], [1], ["0", "6"])
    for arithmetic in ("fp4_e2m1", "int3", "q4.1/fused", "e3m1/chunked:3"):
        points = _proof(grown, ex.realise(grown, arithmetic).minimal(), arithmetic)
        found = ex.period(grown, "a", arithmetic)
        assert isinstance(found, ex.Periodicity)
        del points["invariant"]
        yield points | {"cycle": {"preperiod": found.preperiod, "period": found.period}}


def _casts() -> Iterator[Certificate]:
    arithmetic = "exact:bf16/exact-then-cast"
    yield _proof(ex.compile("mod3", into="pd-ssm"), "mod3", arithmetic)
    yield _proof(ex.compile("parity", into="deltanet-signed"), "parity", arithmetic)
    yield _proof(ex.compile("mod3", into="pd-ssm"), "mod3", "fp8_e4m3fn/exact-then-cast")
    turning = _diagonal(["-1", "1"], [0, 0], ["-1", "1"], start=1, letters="ab")
    yield _proof(turning, _even_but_empty(), arithmetic)


def _even_but_empty() -> ex.Automaton:
    """Words with an even number of a that are not empty."""
    table = np.array([[2, 2, 1], [1, 1, 2]], dtype=np.int32)
    return ex.Automaton(table, 0, np.array([False, True, False]), ("a", "b"))


def _periods() -> Iterator[Certificate]:
    yield _proof(_diagonal(["1/2"], [1], ["0", "2"]), "re[a]:aaa*", "exact:bf16/exact-then-cast")
    yield _proof(_diagonal(["1/2"], [1], ["0", "2"]), "re[a]:aaa*", "exact:fp8_e4m3fn/exact-then-cast")
    yield _proof(_diagonal(["3/4"], [0], ["0", "1/2"], start=1), "re[a]:aa?a?a?", "exact:fp8_e5m2/exact-then-cast")


def _refuted_by_period() -> Iterator[Certificate]:
    # Formats so coarse that the periods begin early enough to be replayed by the judge.
    for arithmetic in ("exact:fp4_e2m1/exact-then-cast", "exact:e3m1/exact-then-cast", "exact:e3m0+fn/exact-then-cast"):
        network = _diagonal(["1"], [1], ["0", "10"])
        for language in ("re[a]:aaaaaaa*", "re[a]:(aa)*"):
            found = ex.refute_network(network, language, arithmetic=arithmetic)
            if isinstance(found, ex.NetworkRefutation):
                yield found.certificate.data


def _counterexamples() -> Iterator[Certificate]:
    yield _proof(ex.compile("parity", into="deltanet-signed"), "re[1]:1(111)*")
    yield _proof(ex.compile("S3", into="deltaproduct"), _everything(ex.language("S3").letters))
    yield _proof(_fading()[0], "re[ab]:(a|b)*b(a|b)?", "bf16")
    yield _proof(_diagonal(["1"], [1], ["0", "20"]), "re[a]:" + "a" * 12 + "a*", "exact:fp8_e4m3fn/exact-then-cast")


def _everything(letters: tuple[str, ...]) -> ex.Automaton:
    return ex.Automaton(np.zeros((len(letters), 1), dtype=np.int32), 0, np.array([True]), letters)


def _impossible() -> Iterator[Certificate]:
    for family, arithmetic, language, given in (
        ("mamba", "exact", "parity", None),
        ("mamba", "bf16", "tomita-3", None),
        ("mamba", "int8", "mod3", None),
        ("mamba-signed", "exact:bf16/exact-then-cast", "mod3", None),
        ("mamba-signed", "fp8_e4m3fn/fused/down", "S3", None),
        ("deltanet", "exact", "parity", None),
        ("complex-diagonal", "uint8", "mod3", None),
        ("complex-diagonal", "exact", "A5", "finitely-many-states"),
        ("rwkv7", "exact", "parity", "margin"),
    ):
        found = ex.refute(family, language, arithmetic=arithmetic, given=given)
        if isinstance(found, ex.Impossible):
            yield found.certificate.data


def _inseparable() -> Iterator[Certificate]:
    for variables, pair in ((2, separating_pairs()["hexagon"]), (3, (cycles(4), cycles(4)))):
        found = refute_separation(variables, *pair)
        if isinstance(found, Inseparable):
            yield found.certificate.data


@lru_cache
def _separating() -> Separated:
    found = separate(cycles(3), from_edges(3, [(0, 1), (1, 2)]))
    assert isinstance(found, Separated)
    return found


@lru_cache
def _separating() -> Separated:
    found = separate(cycles(3), from_edges(3, [(0, 1), (1, 2)]))
    assert isinstance(found, Separated)
    return found


def _separated() -> Iterator[Certificate]:
    yield _separating().certificate.data


ORIGINALS: dict[str, Callable[[], Iterator[Certificate]]] = {
    "exact points": _exact_points,
    "boxes": _boxes,
    "cones": _cones,
    "rounded points": _rounded_points,
    "rounded boxes": _rounded_boxes,
    "cycles": _cycles,
    "cast": _casts,
    "period": _periods,
    "refuted by period": _refuted_by_period,
    "counterexample": _counterexamples,
    "impossible": _impossible,
    "inseparable": _inseparable,
    "separated": _separated,
}
"""Every kind of certificate, and true ones of it, small so that many mutants can be looked at."""


@lru_cache
def originals(kind: str) -> tuple[Certificate, ...]:
    """The true certificates of a kind, as they come out of a file."""
    found = tuple(json.loads(json.dumps(data)) for data in ORIGINALS[kind]())
    assert found, f"no certificate of {kind}"
    return found


# Mutations ------------------------------------------------------------------------------------------------------------

ARITHMETICS = (
    "exact",
    "bf16",
    "fp32",
    "fp8_e4m3fn",
    "fp8_e4m3fn/fused",
    "fp4_e2m1",
    "uint8",
    "int8+sat",
    "uint8+sat:uint8",
    "bf16/chunked:2",
    "bf16/fused/up",
    "bf16:fp32/accumulate-fp32",
    "exact:bf16/exact-then-cast",
    "exact:fp8_e4m3fn/exact-then-cast",
    "exact:fp4_e2m1/exact-then-cast/up",
    "bf16/per-operation/stochastic",
    "bf16+zzz",
    "bf16:bf16:bf16",
    "bf16/",
    "exact/fused",
    "bf16/chunked:0",
    "",
)
CLAIMS = ("equivalent", "counterexample", "equivalent-by-period", "refuted-by-period", "impossible", "inseparable")
NUMBERS = (0, 1, -1, 2, 3, "1/2", "-1/2", "1/3", "0/1", "2/2", "1/0", "nan", "inf", "-inf", 10**20, "1/100000000000")


def _pick(rng: np.random.Generator, things: Any) -> Any:
    return things[int(rng.integers(len(things)))]


def _places(rng: np.random.Generator, data: Json) -> tuple[Any, Any]:
    """A container and a key in it, every level of the tree chosen alike."""
    holder, key = data, _pick(rng, list(data))
    while isinstance(holder[key], dict | list) and holder[key] and rng.random() < 0.85:
        holder = holder[key]
        key = _pick(rng, list(holder)) if isinstance(holder, dict) else int(rng.integers(len(holder)))
    return holder, key


def _another(rng: np.random.Generator, value: Any) -> Any:
    """A value in place of another one: near to it, of another type, or any."""
    kind = rng.random()
    if isinstance(value, bool):
        return _pick(rng, [not value, int(value), str(value), None])
    if isinstance(value, int) and kind < 0.5:
        return value + int(_pick(rng, [-2, -1, 1, 2, 3]))
    if isinstance(value, int) and kind < 0.8:
        return _pick(rng, [float(value), str(value), value == 1, [value], None, f"{value}/1", f"{2 * value}/2"])
    if isinstance(value, str) and "/" in value and kind < 0.6:
        with contextlib.suppress(ValueError, ZeroDivisionError):
            number = Fraction(value) * _pick(rng, [-1, 2, Fraction(1, 2)]) + _pick(rng, [0, 1, Fraction(1, 64)])
            return str(number)
    if isinstance(value, str) and kind < 0.8:
        return _pick(rng, [value + "x", value[:-1], value.upper(), [value], "", None])
    return _pick(rng, NUMBERS)


def _change_scalar(rng: np.random.Generator, data: Json) -> None:
    holder, key = _places(rng, data)
    if isinstance(holder[key], dict | list):
        holder[key] = _pick(rng, [None, [], {}, 0, [holder[key]], "x"])
    else:
        holder[key] = _another(rng, holder[key])


def _drop(rng: np.random.Generator, data: Json) -> None:
    holder, key = _places(rng, data)
    del holder[key]


def _double(rng: np.random.Generator, data: Json) -> None:
    holder, key = _places(rng, data)
    if isinstance(holder, list):
        holder.insert(int(rng.integers(len(holder) + 1)), copy.deepcopy(holder[key]))
    else:
        holder[_pick(rng, [key + "2", "lower", "upper", "point", "signs", "cycle", "steady"])] = copy.deepcopy(
            holder[key]
        )


def _exchange(rng: np.random.Generator, data: Json) -> None:
    """Two values of the document change places."""
    first, second = _places(rng, data), _places(rng, data)
    a, b = first[0][first[1]], second[0][second[1]]
    first[0][first[1]], second[0][second[1]] = copy.deepcopy(b), copy.deepcopy(a)


def _shuffle(rng: np.random.Generator, data: Json) -> None:
    holder, key = _places(rng, data)
    if isinstance(holder, list):
        rng.shuffle(holder)
    elif isinstance(holder[key], list):
        rng.shuffle(holder[key])


def _rename(rng: np.random.Generator, data: Json) -> None:
    if "arithmetic" in data:
        data["arithmetic"] = _pick(rng, ARITHMETICS)


def _claim(rng: np.random.Generator, data: Json) -> None:
    data["claim"] = _pick(rng, CLAIMS)


def _everywhere(rng: np.random.Generator, data: Json) -> None:
    """One number replaced wherever it stands: in the network, in the boxes, and in both alike."""
    holder, key = _places(rng, data)
    old = holder[key]
    if isinstance(old, dict | list):
        return
    new = _another(rng, old)

    def replaced(value: Json) -> Json:
        if isinstance(value, dict):
            return {name: replaced(part) for name, part in value.items()}
        if isinstance(value, list):
            return [replaced(part) for part in value]
        return new if type(value) is type(old) and value == old else value

    part = _pick(rng, [name for name in data if name not in ("format", "version", "claim")])
    chosen = [part] if rng.random() < 0.3 else ["network", "invariant", "evidence", "automaton", "pairs", "colours"]
    for name in chosen:
        if name in data:
            data[name] = replaced(data[name])


def _entries(data: Json) -> list[Any]:
    found = data.get("invariant")
    return found if isinstance(found, list) and all(isinstance(e, dict) for e in found) else []


def _labels(rng: np.random.Generator, data: Json) -> None:
    entries = _entries(data)
    if entries:
        entry = _pick(rng, entries)
        entry["label"] = int(rng.integers(3)) if rng.random() < 0.7 else _another(rng, entry.get("label"))


def _successors(rng: np.random.Generator, data: Json) -> None:
    entries = _entries(data)
    chosen = _pick(rng, entries) if entries else {}
    if isinstance(chosen.get("successors"), list) and chosen["successors"]:
        place = int(rng.integers(len(chosen["successors"])))
        chosen["successors"][place] = int(rng.integers(-1, len(entries) + 1))


def _merge(rng: np.random.Generator, data: Json) -> None:
    """One box is dropped, and whatever led there leads to another one."""
    entries = _entries(data)
    if len(entries) < 2:
        return
    gone, heir = (int(v) for v in rng.permutation(len(entries))[:2])
    for entry in entries:
        if isinstance(entry.get("successors"), list):
            moved = [heir if s == gone else s for s in entry["successors"]]
            entry["successors"] = [s - 1 if type(s) is int and s > gone else s for s in moved]
    del entries[gone]


def _widen(rng: np.random.Generator, data: Json) -> None:
    """A point becomes a box, a box a point, and ends move apart or together."""
    entries = _entries(data)
    layers = _pick(rng, entries).get("layers") if entries else None
    if not isinstance(layers, list) or not layers or not isinstance(layers[0], dict):
        return
    part = _pick(rng, layers)
    if "point" in part and isinstance(part["point"], list):
        point = part.pop("point")
        part["lower"], part["upper"] = copy.deepcopy(point), copy.deepcopy(point)
        if rng.random() < 0.5 and point:
            part["upper"][0] = _another(rng, point[0])
    elif "lower" in part and isinstance(part["lower"], list) and part["lower"]:
        if rng.random() < 0.3:
            part["point"] = part.pop("lower")
        else:
            part[_pick(rng, ["lower", "upper"])][0] = _pick(rng, NUMBERS)


def _other_language(rng: np.random.Generator, data: Json) -> None:
    """Another automaton, and labels that fit it as far as they can."""
    automaton = data.get("automaton")
    if not isinstance(automaton, dict) or not isinstance(automaton.get("letters"), list):
        return
    letters, kind = len(automaton["letters"]), rng.random()
    if kind < 0.4:
        data["automaton"] = automaton | {"table": [[0]] * letters, "start": 0, "accepting": _pick(rng, [[], [0]])}
        for entry in _entries(data):
            entry["label"] = 0
    elif kind < 0.7:
        states = int(rng.integers(1, 4))
        table = rng.integers(0, states, (letters, states)).tolist()
        accepting = np.flatnonzero(rng.random(states) < 0.5).tolist()
        data["automaton"] = automaton | {"table": table, "start": 0, "accepting": accepting}
    elif isinstance(automaton.get("table"), list) and automaton["table"]:
        states = len(automaton["table"][0])
        automaton["accepting"] = [q for q in range(states) if q not in automaton["accepting"]]
        if rng.random() < 0.5:
            network = data.get("network", {})
            network["accepts_empty"] = not network.get("accepts_empty")
            for layer in network.get("layers", [])[-1:]:
                layer["table"] = [[1 - v if v in (0, 1) else v for v in row] for row in layer["table"]]


def _other_network(rng: np.random.Generator, data: Json) -> None:
    """The network of another certificate, whatever its kind."""
    donor = _pick(rng, [c for kind in ORIGINALS for c in originals(kind) if "network" in c])
    if "network" in data:
        part = _pick(rng, ["network", "invariant", "automaton", "layers"])
        if part == "layers" and isinstance(data["network"], dict):
            data["network"]["layers"] = copy.deepcopy(donor["network"]["layers"])
        elif part in donor:
            data[part] = copy.deepcopy(donor[part])


def _flags(rng: np.random.Generator, data: Json) -> None:
    network = data.get("network")
    if isinstance(network, dict):
        key = _pick(rng, ["bos", "accepts_empty", "letters"])
        if key == "letters":
            network["letters"] = list(reversed(network["letters"]))
            if rng.random() < 0.5 and isinstance(data.get("automaton"), dict):
                data["automaton"]["letters"] = list(network["letters"])
        else:
            network[key] = _pick(rng, [not network.get(key), int(bool(network.get(key))), 1, "true", None])


def _counts(rng: np.random.Generator, data: Json) -> None:
    """Terms of cast memories, bounds of periods and cycles, words and lengths: whatever else a claim rests on."""
    names = ("terms", "steady", "layers", "preperiod", "period", "eventual", "lengths", "word", "cycle", "evidence")
    found = [(holder, key) for holder, key in _all_places(data) if key in names and holder is not data.get("network")]
    if found:
        holder, key = _pick(rng, found)
        if isinstance(holder[key], list | dict) and holder[key] and rng.random() < 0.9:
            _change_scalar(rng, holder[key] if isinstance(holder[key], dict) else {"list": holder[key]})
        else:
            holder[key] = _another(rng, holder[key])


def _all_places(value: Json) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, part in list(value.items()):
            yield value, key
            yield from _all_places(part)
    elif isinstance(value, list):
        for part in value:
            yield from _all_places(part)


MUTATIONS: tuple[Callable[[np.random.Generator, Json], None], ...] = (
    _change_scalar,
    _change_scalar,
    _change_scalar,
    _drop,
    _double,
    _exchange,
    _shuffle,
    _rename,
    _claim,
    _everywhere,
    _everywhere,
    _labels,
    _successors,
    _merge,
    _widen,
    _other_language,
    _other_language,
    _other_network,
    _flags,
    _counts,
    _counts,
)


def forge(rng: np.random.Generator, kind: str) -> tuple[Certificate, Certificate]:
    """A mutant of a true certificate of a kind, and the true one; the mutant has one to three changes."""
    original = _pick(rng, originals(kind))
    while True:
        mutant = copy.deepcopy(original)
        for _ in range(int(_pick(rng, [1, 1, 1, 2, 2, 3]))):
            with contextlib.suppress(TypeError, KeyError, IndexError, AttributeError, ValueError):
                _pick(rng, MUTATIONS)(rng, mutant)
        with contextlib.suppress(TypeError, ValueError):
            mutant = json.loads(json.dumps(mutant))
            if mutant != original or json.dumps(mutant) != json.dumps(original):
                return mutant, original


# The judge ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Arguments:
        outcome: "rejected", "true" (accepted, and shown true), "same" (accepted, and it says what the true one says),
            "crash", "slow", "ill-formed" (accepted, and no well-typed certificate), "unshown" (accepted, and no route
            here shows it) or "false" (accepted, and shown false).
        because: how that is known.
    """

    outcome: str
    because: str = ""


def judge(mutant: Certificate, original: Certificate, *, seconds: int = 20) -> Verdict:
    """Have the checker look at a mutant, and look oneself where it accepts.

    Arguments:
        mutant: the forged certificate.
        original: what it was made of.
        seconds: after so many the checker is stopped.
    """
    try:
        with _alarm(seconds):
            said = check(copy.deepcopy(mutant))
    except Rejected as error:
        return Verdict("rejected", str(error))
    except TimeoutError:
        return Verdict("slow")
    except Exception as error:
        return Verdict("crash", repr(error))
    if _meaning(mutant) == _meaning(original):
        return Verdict("same", said)
    try:
        with _alarm(seconds):
            shown = _SHOWN[mutant["claim"]](mutant, original)
    except UnreadableError as error:
        return Verdict("ill-formed", f"{said}; {error}")
    except Exception as error:
        return Verdict("unshown", f"{said}; {error!r}")
    if shown is None:
        return Verdict("unshown", said)
    return Verdict("true" if shown else "false", said)


@contextlib.contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _meaning(value: Json) -> Json:
    """A document with its numbers in lowest terms and without keys that say nothing; types stay what they are."""
    if isinstance(value, dict):
        kept = {key: _meaning(part) for key, part in value.items() if key not in ("outputs",)}
        if "accepting" in kept and isinstance(value["accepting"], list):
            kept["accepting"] = sorted(map(str, set(map(str, value["accepting"]))))
        return kept
    if isinstance(value, list):
        return [_meaning(part) for part in value]
    if type(value) is int:
        return ("number", str(value))
    if isinstance(value, str) and value.lstrip("-")[:1].isdigit():
        with contextlib.suppress(ValueError, ZeroDivisionError):
            return ("number", str(Fraction(value)))
    return (type(value).__name__, value)


def _network(data: Certificate) -> NetworkDefinition:
    definition = NetworkDefinition(data["network"], data["arithmetic"])
    if definition.letters != data["automaton"]["letters"]:
        raise UnreadableError("network and automaton have different letters")
    return definition


def _shown_equivalent(data: Certificate, original: Certificate) -> bool | None:
    network = _network(data)
    length = 12 if len(network.letters) > 1 else 60 if "exact-then-cast" in data["arithmetic"] else 400
    word, proved = first_difference(network, data["automaton"], length, 3_000)
    return word is None and proved >= min(length, 6)


def _shown_word(data: Certificate, original: Certificate) -> bool | None:
    network, word = _network(data), data["word"]
    if isinstance(word, dict):
        if word["times"] > 3_000:
            return None
        word = [word["repeat"]] * word["times"]
    letters = [network.letters.index(name) for name in word]
    state = data["automaton"]["start"]
    for letter in letters:
        state = data["automaton"]["table"][letter][state]
    return network.verdicts(letters)[-1] != (state in data["automaton"]["accepting"])


def _shown_refuted(data: Certificate, original: Certificate) -> bool | None:
    """The verdicts as far as they begin to repeat, and for lengths beyond that what they say by then."""
    network, automaton = _network(data), data["automaton"]
    begin, period, lengths = int(data["preperiod"]), data["period"], [int(v) for v in data["lengths"]]
    if begin > 2_000 or period > 200:
        return None
    loop = [network.letters.index(name) for name in data["loop"]]
    word = [network.letters.index(name) for name in data["prefix"]]
    while len(word) < begin + 6 * period:
        word += loop
    says = network.verdicts(word)
    if any(says[n] != data["eventual"][(n - begin) % period] for n in range(begin, len(says))):
        return False
    state, member = automaton["start"], [automaton["start"] in automaton["accepting"]]
    # After so many rounds of the loop the automaton's own states repeat with a period that divides this product.
    turn = len(loop) * math.lcm(*range(1, len(automaton["table"][0]) + 1))
    first = len(data["prefix"]) + len(loop) * len(automaton["table"][0])
    while len(word) < first + turn:
        word += loop
    for letter in word:
        state = automaton["table"][letter][state]
        member.append(state in automaton["accepting"])

    def at(length: int) -> tuple[bool, bool]:
        said = says[length] if length < begin else data["eventual"][(length - begin) % period]
        return bool(said), member[length if length < first + turn else first + (length - first) % turn]

    found = [at(length) for length in lengths]
    if len(lengths) == 1:
        return found[0][0] != found[0][1]
    apart = found[0][1] != found[1][1] and (lengths[1] - lengths[0]) % period == 0
    return apart and begin <= lengths[0] < lengths[1]


def _shown_impossible(data: Certificate, original: Certificate) -> bool | None:
    """The search's own list of hypotheses, which shares no code with the checker's, and the words tried out."""
    written, evidence = data["automaton"], data["evidence"]
    table = np.array(written["table"], dtype=np.int32)
    accepting = np.isin(np.arange(table.shape[1]), written["accepting"])
    automaton = ex.Automaton(table, written["start"], accepting, tuple(written["letters"]))
    found = ex.refute(data["family"], automaton, arithmetic=data["arithmetic"], given=data["assumes"] or None)
    if not isinstance(found, ex.Impossible) or (found.given and found.given != data["assumes"]):
        return False
    if "points" in evidence:
        return not ex.describe(automaton).solvable
    period, states = evidence["period"], []
    state = automaton.start
    for letter in evidence["prefix"]:
        state = int(table[letter, state])
    for _ in range(4 * period):
        end = state
        for letter in evidence["suffix"]:
            end = int(table[letter, end])
        states.append(bool(accepting[end]))
        for letter in evidence["word"]:
            state = int(table[letter, state])
    if any(states[k] != states[k + period] for k in range(3 * period)):
        return False
    return all(any(states[k] != states[k + d] for k in range(period)) for d in range(1, period) if period % d == 0)


def _shown_inseparable(data: Certificate, original: Certificate) -> bool | None:
    """Refinement of the two structures by the search, after their pair types have been numbered anew."""
    if any(type(v) is not int for table in data["pairs"] for row in table for v in row):
        return None
    # Equality is part of a type, whether or not the numbers say so.
    numbers: dict[tuple[int, bool], int] = {}
    pairs = [
        np.array(
            [[numbers.setdefault((v, i == j), len(numbers)) for j, v in enumerate(row)] for i, row in enumerate(table)],
            dtype=np.int64,
        ).reshape(len(table), len(table))
        for table in data["pairs"]
    ]
    return not refine(pairs, dimension=data["dimension"]).separates


def _shown_separated(data: Certificate, original: Certificate) -> bool | None:
    """The library's own evaluation of the template on the facts that are stated; of this template only."""
    if _renamed(data["template"]) != _renamed(original["template"]):
        return None
    examples = [
        Example(tuple(Fact(name, tuple(about), tuple(map(Fraction, value))) for name, about, value in facts))
        for facts in data["facts"]
    ]
    name, about = data["query"]
    if about:
        return None
    outputs = certify(_separating().template, examples, query=name).data["outputs"]
    return bool(outputs == data["outputs"] and outputs[0] != outputs[1])


def _renamed(template: Json) -> str:
    """A template as text, its variables numbered in the order in which they come."""
    names: dict[str, str] = {}

    def named(value: Json) -> Json:
        if isinstance(value, dict) and "variable" in value:
            return {"variable": names.setdefault(value["variable"], f"V{len(names)}")}
        if isinstance(value, dict):
            return {key: named(part) for key, part in value.items()}
        return [named(part) for part in value] if isinstance(value, list) else value

    return json.dumps(named(template))


_SHOWN: dict[str, Callable[[Certificate, Certificate], bool | None]] = {
    "equivalent": _shown_equivalent,
    "equivalent-by-period": _shown_equivalent,
    "counterexample": _shown_word,
    "refuted-by-period": _shown_refuted,
    "impossible": _shown_impossible,
    "inseparable": _shown_inseparable,
    "separated": _shown_separated,
}
