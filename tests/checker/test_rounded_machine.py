"""The checker's layers in finite arithmetic, against scalar loops over the definition of rounding: points and boxes."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from expressivity.checker.formats import read_arithmetic
from expressivity.checker.layers import Box
from expressivity.checker.machine import Machine
from expressivity.checker.records import read_network
from expressivity.checker.rounded import RoundedLayer
from expressivity.checker.rounding import same
from expressivity.networks.exchange import network_to_json
from expressivity.networks.network import Network
from oracles.networks import FORMS, random_network
from oracles.scalar_simulator import ChunkedMachine
from oracles.scalar_simulator import Machine as ScalarMachine

ORDERS = ("per-operation", "fused", "accumulate-fp32")
FORMATS = ("fp8_e4m3fn", "fp8_e5m2", "bf16", "fp4_e2m1", "q3.4", "int8", "e3m2+nosub", "fp32:bf16", "bf16:fp32", "fp64")
MODES = ("nearest-even", "nearest-even", "toward-zero", "up", "down", "to-odd", "nearest-away")


def machine(network: Network, arithmetic: str) -> Machine:
    return Machine(read_network(json.loads(json.dumps(network_to_json(network)))), read_arithmetic(arithmetic))


def states_after(made: Machine, word: list[int]) -> tuple[list[bool], list[Box]]:
    boxes, previous, _ = made.start()
    verdicts = []
    for letter in word:
        boxes, previous, verdict = made.step(boxes, previous, letter)
        verdicts.append(verdict)
    return verdicts, boxes


def as_floats(layer: RoundedLayer, values: list[int | float]) -> list[float]:
    return [v if isinstance(v, float) else float(Fraction(v, 2**layer.bits)) for v in values]


def layer_of(made: Machine) -> RoundedLayer:
    (layer,) = made.layers
    assert isinstance(layer, RoundedLayer)
    return layer


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("order", ORDERS)
def test_verdicts_and_states_are_those_of_a_scalar_loop(kind: str, order: str) -> None:
    """Entries up to 12 overflow small formats within few letters: infinities, NaN, saturation and wrapping included."""
    specials = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        form, mode = FORMATS[seed % len(FORMATS)], MODES[seed % len(MODES)]
        if order == "accumulate-fp32" and form in ("int8", "fp64"):
            continue
        options = {"columns": 1 + seed % 2, "delay": int(seed % 3 == 0), "bos": seed % 5 == 0}
        network = random_network(seed, kind, width=2, **options)
        word = rng.integers(0, 2, 12).tolist()
        weights, state = form.split(":")[0], form.split(":")[-1]
        try:
            verdicts, states = ScalarMachine(network, weights, state, order, mode).run(word)
        except ValueError:  # a NaN in a format without one
            continue
        made = machine(network, f"{form}/{order}/{mode}")
        found, boxes = states_after(made, word)
        assert found == verdicts, (form, mode, seed)
        values = as_floats(layer_of(made), boxes[0][0])
        assert all(same(a, b) for a, b in zip(values, states[0], strict=True)), (form, mode, seed)
        specials += any(v != v or abs(v) == float("inf") for v in values)
    assert specials or kind == "householder"  # reflections hardly lengthen anything


@pytest.mark.parametrize("kind", FORMS)
def test_products_of_transitions_first(kind: str) -> None:
    for seed in range(6):
        network = random_network(seed, kind, width=2, columns=1 + seed % 2)
        word = np.random.default_rng(seed).integers(0, 2, 11).tolist()
        verdicts, _ = ChunkedMachine(network, "bf16", "bf16", 3).run(word)
        assert states_after(machine(network, "bf16/chunked:3"), word)[0] == verdicts


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("order", ORDERS)
def test_the_image_of_a_box_holds_the_images_of_its_points(kind: str, order: str) -> None:
    looked = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        form = ("bf16", "fp8_e4m3fn+sat", "q5.4", "fp16")[seed % 4]
        network = random_network(seed, kind, width=2)
        made = machine(network, f"{form}/{order}/{MODES[seed % len(MODES)]}")
        layer = layer_of(made)
        ends = [
            sorted(layer.state.of(Fraction(int(v), 8)) for v in rng.integers(-24, 25, 2)) for _ in range(layer.size)
        ]
        lower, upper = [low for low, _ in ends], [high for _, high in ends]
        try:
            bottom, top = layer.image((lower, upper), seed % 2)
        except ValueError:
            continue
        looked += 1
        answers = layer.answers((bottom, top), seed % 2)
        for _ in range(12):
            point = [
                layer.state(int(low + int(k) * (high - low) // 16))
                for (low, high), k in zip(ends, rng.integers(0, 17, layer.size), strict=True)
            ]
            moved, _ = layer.image((point, point), seed % 2)
            assert all(b <= v <= t for b, v, t in zip(bottom, moved, top, strict=True))
            assert layer.answers((moved, moved), seed % 2) <= answers
    assert looked > 6
