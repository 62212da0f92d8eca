"""`exact-then-cast` against its definition: every product formed anew, every term cast, one sum, one cast."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

import expressivity as ex
from expressivity.checker import reference
from expressivity.exact import rationals
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.exact_then_cast import stored_weights


def random_network(rng: np.random.Generator, letters: int, width: int, layers: int) -> ex.Network:
    """Dense layers with small dyadic entries; code points are random vectors."""
    stack, below = [], letters
    for number in range(layers):
        outputs = 2 if number == layers - 1 else 3
        matrices = rng.integers(-6, 7, (below, width, width)) / 4
        points = np.unique(rng.integers(-8, 9, (4, width)), axis=0)
        readout = single_block(rationals(points), rng.integers(0, outputs, (below, len(points))), outputs)
        inputs = rng.integers(-9, 10, (below, width, 1)) / 8
        start = rng.integers(-4, 5, (width, 1)) / 2
        stack.append(Layer(DenseTransition(rationals(matrices)), rationals(inputs), rationals(start), readout))
        below = outputs
    return ex.Network(tuple("abcdef"[:letters]), tuple(stack))


def by_definition(network: ex.Network, word: list[int], state: str, weights: str, rounding: str) -> list[bool]:
    """Ĥ_t = cast(Σ_i cast(A(w_t)…A(w_{i+1})B(w_i)) + cast(A(w_t)…A(w_1)H_0)) from the formula, for every t."""

    def stored(value: Fraction) -> Fraction:
        return value if weights == "exact" else Fraction(reference.round_number(value, weights))

    def cast(value: Fraction) -> float:
        return reference.round_number(value, state, rounding)

    symbols = word
    for layer in network.layers:
        width = layer.width
        matrices = [[[stored(v) for v in row] for row in m] for m in layer.transition.matrices.fractions()]
        inputs = [[stored(v) for v in column[:, 0]] for column in layer.inputs.fractions()]
        start = [stored(v) for v in layer.start.fractions()[:, 0]]
        points = layer.readout.blocks[0].points.fractions()
        answers = []
        for t in range(1, len(symbols) + 1):
            sums: list[Fraction | float] = [Fraction(0)] * width
            for i in range(t + 1):
                term = start if i == 0 else inputs[symbols[i - 1]]
                for letter in symbols[i:t]:
                    term = [sum(a * b for a, b in zip(row, term, strict=True)) for row in matrices[letter]]
                for place, number in enumerate(term):
                    part = cast(number)
                    if math.isfinite(part) and isinstance(sums[place], Fraction):
                        sums[place] += Fraction(part)
                    else:
                        sums[place] = float(sums[place]) + part
            final = [cast(s) for s in sums]
            code = 0
            if all(math.isfinite(v) for v in final):
                distance = [sum((Fraction(v) - p) ** 2 for v, p in zip(final, point, strict=True)) for point in points]
                code = distance.index(min(distance))
            answers.append(int(layer.readout.table[symbols[t - 1], code]))
        symbols = answers
    return [symbol == 1 for symbol in symbols]


ARITHMETICS = [
    ("bf16", "bf16", "nearest-even"),
    ("exact", "fp8_e4m3fn", "nearest-even"),
    ("fp4_e2m1", "fp4_e2m1", "nearest-away"),
    ("exact", "fp8_e5m2", "up"),
    ("fp16", "int8+sat", "toward-zero"),
    ("exact", "q2.2", "to-odd"),
    ("exact", "e3m2+nosub", "down"),
    ("exact", "uint8+sat", "nearest-even"),
]


@pytest.mark.parametrize(("weights", "state", "rounding"), ARITHMETICS)
def test_the_definition_is_what_runs(weights: str, state: str, rounding: str) -> None:
    rng = np.random.default_rng(7)
    names = state if weights == state else f"{weights}:{state}"
    arithmetic = f"{names}/exact-then-cast/{rounding}"
    seen = set()
    for case in range(8):
        network = random_network(rng, 2, 1 + case % 3, 1 + case % 2)
        words = rng.integers(0, 2, (2, 10))
        verdicts = ex.simulate(network, words, arithmetic)
        for word, row in zip(words.tolist(), verdicts.tolist(), strict=True):
            assert row == by_definition(network, word, state, weights, rounding)
            seen.update(row)
    assert seen == {True, False}


def test_all_short_words_of_one_network_in_a_coarse_format() -> None:
    network = random_network(np.random.default_rng(3), 2, 2, 2)
    words = list(itertools.product(range(2), repeat=6))
    verdicts = ex.simulate(network, np.array(words), "exact:fp4_e2m1/exact-then-cast")
    for word, row in zip(words, verdicts.tolist(), strict=True):
        assert row == by_definition(network, list(word), "fp4_e2m1", "exact", "nearest-even")


def test_states_are_casts_of_sums_of_casts() -> None:
    """1/3 is cast to 0.34375 (e5m2 has two fraction bits: 0.3125); three terms are summed before the last cast."""
    layer = Layer(
        DenseTransition(rationals([[[1]]])),
        rationals(np.array([[[Fraction(1, 3)]]], dtype=object)),
        rationals([[0]]),
        single_block(rationals([[0], [1]]), np.array([[0, 1]]), 2),
    )
    network = ex.Network(("a",), (layer,))
    (state,) = ex.final_states(network, ["aaa", "a", ""], "exact:fp8_e5m2/exact-then-cast")
    assert state.tolist() == [[1.0], [0.3125], [0.0]]
    (stored,) = ex.final_states(network, ["aaa"], "bf16:fp8_e5m2/exact-then-cast")
    assert stored.tolist() == [[1.0]]
    (tall,) = ex.final_states(network, ["a" * 9], "exact:fp4_e2m1/exact-then-cast")
    assert tall.tolist() == [[4.0]]  # each term is cast to 1/2, nine of them make 4.5, a tie that goes to the even 4


def test_weights_are_stored_in_the_form_the_layer_has() -> None:
    """A swap with key (1, −1)/√2 is exact with exact weights, not with the key that bf16 stores."""
    network = ex.compile("S3", "deltaproduct")
    layer = network.layers[0]
    exact, _, _ = stored_weights(layer, ex.parse_arithmetic("exact").weights)
    assert exact.equals(layer.flat_matrices)
    stored, _, _ = stored_weights(layer, ex.parse_arithmetic("bf16").weights)
    assert not stored.equals(layer.flat_matrices)
    key = Fraction(reference.round_number(math.sqrt(0.5), "bf16"))
    assert 1 - 2 * key * key in set(stored.fractions().reshape(-1).tolist())


def test_rwkv7_and_gates_are_stored_too() -> None:
    for name, family in (("flip-flop", "rwkv7"), ("mod3-with-reset", "gated-deltaproduct")):
        network = ex.compile(name, family)
        rng = np.random.default_rng(1)
        words = rng.integers(0, len(network.letters), (3, 8))
        truth = ex.language(name).with_letters(network.letters)
        verdicts = ex.simulate(network, words, "bf16/exact-then-cast")
        for word, row in zip(words, verdicts, strict=True):
            assert row.tolist() == [truth.accepts_encoded(word[: t + 1]) for t in range(8)]


def test_irrational_terms_are_cast_from_enclosures() -> None:
    network = ex.compile("mod5", "complex-diagonal")
    verdicts = ex.simulate(network, ["1" * 40], "exact:bf16/exact-then-cast")[0]
    assert verdicts.tolist() == [(t + 1) % 5 == 0 for t in range(40)]
    (state,) = ex.final_states(network, ["1"], "exact:bf16/exact-then-cast/up")
    cosine, sine = math.cos(2 * math.pi / 5), math.sin(2 * math.pi / 5)
    assert sorted(state[0].tolist()) == sorted(
        [reference.round_number(cosine, "bf16", "up"), reference.round_number(sine, "bf16", "up")]
    )


def test_refusals() -> None:
    network = ex.compile("parity", "deltanet-signed")
    with pytest.raises(ex.FormatError, match=r"use a saturating one, such as uint8\+sat"):
        ex.simulate(network, ["1"], "uint8/exact-then-cast")
    with pytest.raises(ex.FormatError, match="a cast must be a function"):
        ex.simulate(network, ["1"], "bf16/exact-then-cast/stochastic", rng=np.random.default_rng(0))
    big = Layer(
        DenseTransition(rationals([[[1000]]])),
        rationals([[[0]]]),
        rationals([[0]]),
        single_block(rationals([[0], [1]]), np.array([[0, 1]]), 2),
    )
    with pytest.raises(ex.FormatError, match="a weight overflows in fp8_e4m3fn"):
        ex.simulate(ex.Network(("a",), (big,)), ["a"], "fp8_e4m3fn/exact-then-cast")
