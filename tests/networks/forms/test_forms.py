"""The forms of A(x) beyond plain and Householder matrices: matrices, families, files, exchange, the checker."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.checker.fields import Field
from expressivity.checker.layers import Layer as CheckedLayer
from expressivity.checker.records import read_network
from expressivity.exact import cosines, rationals, stack
from expressivity.networks.exchange import network_to_json
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Layer, no_input, single_block


def one_layer(transition: Transition, inputs: Any = None, start: Any = None) -> ex.Network:
    """A network whose only purpose is to hold a transition."""
    letters, width = transition.letters, transition.width
    columns = 1 if inputs is None else len(inputs[0][0])
    readout = single_block(rationals(np.zeros((1, width * columns))), np.zeros((letters, 1), dtype=np.int64), 2)
    layer = Layer(
        transition,
        no_input(letters, width) if inputs is None else rationals(inputs),
        rationals(np.zeros((width, columns)) if start is None else start),
        readout,
    )
    return ex.Network(tuple("abcdefgh"[:letters]), (layer,))


def checker_matrices(network: ex.Network) -> list[list[list[Any]]]:
    """The matrices as the independent checker reads them from JSON, as coefficient lists."""
    layer = CheckedLayer(read_network(json.loads(json.dumps(network_to_json(network)))).layers[0])
    dense = []
    for letter in range(len(network.letters)):
        rows = [[layer.field.zero] * layer.size for _ in range(layer.size)]
        for i, row in enumerate(layer.rows(letter)):
            for j, value in row:
                rows[i][j] = value
        dense.append(rows)
    return dense


def assert_forms_agree(transition: Transition, folder: Path) -> None:
    """The library's matrices, the checker's, and those read back from a file are the same exact numbers."""
    network = one_layer(transition)
    layer = network.layers[0]
    field = Field(network_to_json(network)["layers"][0]["conductor"])
    wide = layer.transition.matrices.embed(field.conductor)
    for letter, rows in enumerate(checker_matrices(network)):
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                wanted = [Fraction(int(v), wide.denominator) for v in wide.numerators[letter, i, j].tolist()]
                assert list(value if field.degree > 1 else (value,)) == wanted
    network.save(folder / "n.safetensors")
    again = ex.Network.load(folder / "n.safetensors")
    assert type(again.layers[0].transition) is type(transition)
    assert network_to_json(again) == network_to_json(network)


def turning(m: int, *, letters: int = 1) -> ex.Network:
    """H ← ζ^x H with ζ = exp(2πi/m) for letters x = 0, 1, …: addition modulo m in one complex coordinate."""
    angles = (
        cosines([4 * x for x in range(letters + 1)], 4 * m),
        cosines([4 * x - m for x in range(letters + 1)], 4 * m),
    )
    real, imaginary = (part.reshape(letters + 1, 1) for part in angles)
    powers = [cosines([4 * k for k in range(m)], 4 * m), cosines([4 * k - m for k in range(m)], 4 * m)]
    points = stack(powers).transposed
    table = np.zeros((letters + 1, m), dtype=np.int64)
    table[:, 0] = 1
    layer = Layer(
        ComplexDiagonalTransition(real, imaginary),
        no_input(letters + 1, 2),
        rationals([[1], [0]]),
        single_block(points, table, 2),
    )
    return ex.Network(tuple("0123456789"[: letters + 1]), (layer,), accepts_empty=True, family="complex-diagonal")


def sum_modulo(m: int, letters: int) -> ex.Automaton:
    table = (np.arange(m)[None, :] + np.arange(letters + 1)[:, None]) % m
    return ex.Automaton.from_table(table, accepting=[0], letters=tuple("0123456789"[: letters + 1]))


@given(st.data(), st.integers(1, 3), st.integers(1, 3))
def test_complex_diagonals_multiply_complex_numbers(data: st.DataObject, letters: int, pairs: int) -> None:
    numbers = st.fractions(-2, 2, max_denominator=6)
    parts = np.array([data.draw(numbers) for _ in range(3 * letters * pairs)] + [Fraction(0)], dtype=object)[:-1]
    real, imaginary, vector = parts.reshape(3, letters, pairs)
    matrices = ComplexDiagonalTransition(rationals(real), rationals(imaginary)).matrices.fractions()
    for x in range(letters):
        state = np.stack([vector[x], real[x]], axis=1).reshape(-1)
        moved = (matrices[x] @ state).reshape(pairs, 2)
        for p in range(pairs):
            a, b, c, d = real[x, p], imaginary[x, p], vector[x, p], real[x, p]
            assert moved[p].tolist() == [a * c - b * d, a * d + b * c]


def test_complex_diagonals_survive_file_exchange_and_checker(tmp_path: Path) -> None:
    assert_forms_agree(turning(5, letters=2).layers[0].transition, tmp_path)
    rational = ComplexDiagonalTransition(
        rationals([[Fraction(3, 5), 0], [1, Fraction(-1, 2)]]), rationals([[Fraction(4, 5), 1], [0, Fraction(1, 3)]])
    )
    assert_forms_agree(rational, tmp_path)


@pytest.mark.parametrize("m", [3, 4, 5, 8, 12])
def test_roots_of_unity_count_exactly(m: int) -> None:
    network, language = turning(m, letters=2), sum_modulo(m, 2)
    assert FAMILIES["complex-diagonal"].problems(network) == ()
    ex.assert_verified(network, language)
    longer = sum_modulo(m + 1, 2)
    assert isinstance(ex.verify(network, longer), ex.Counterexample)


def test_the_unit_disk_is_decided_exactly() -> None:
    problems = FAMILIES["complex-diagonal"].problems
    # (3 + 4i)/5 lies on the circle; a millionth beyond it does not belong, nor does a rotation times that.
    grown = Fraction(4, 5) + Fraction(1, 10**6)
    on = ComplexDiagonalTransition(rationals([[Fraction(3, 5)]]), rationals([[Fraction(4, 5)]]))
    off = ComplexDiagonalTransition(rationals([[0, Fraction(3, 5)]]), rationals([[1, grown]]))
    assert problems(one_layer(on)) == ()
    (text,) = problems(one_layer(off))
    assert text.startswith("layer 0: squared modulus of entry 1 of the complex diagonal of letter 0 is ")
    assert text.endswith(", outside [0, 1]")
    transition = turning(7).layers[0].transition
    assert isinstance(transition, ComplexDiagonalTransition)
    assert problems(one_layer(transition)) == ()
    slightly = rationals(1 + Fraction(1, 10**9))
    beyond = ComplexDiagonalTransition(transition.real * slightly, transition.imaginary * slightly)
    assert len(problems(one_layer(beyond))) == 2
    assert problems(one_layer(DiagonalTransition(rationals([[-1, Fraction(1, 2)]])))) == ()
    assert problems(one_layer(DiagonalTransition(rationals([[-2]])))) != ()
    assert "expected ComplexDiagonalTransition" in problems(ex.compile("parity", "dense"))[0]


def test_mismatched_parts_are_refused() -> None:
    with pytest.raises(ex.NetworkError, match=r"real parts have shape \(1, 2\) and imaginary parts \(1, 1\)"):
        ComplexDiagonalTransition(rationals([[1, 0]]), rationals([[1]]))


# RWKV-7 ---------------------------------------------------------------------------------------------------------------


def rwkv7(decays: Any, keys: Any, rates: Any) -> Rwkv7Transition:
    return Rwkv7Transition(rationals(decays), rationals(keys), rationals(rates))


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 2), st.integers(1, 3))
def test_rwkv7_is_the_published_recurrence(seed: int, letters: int, heads: int, channels: int) -> None:
    """The published state has keys along its columns and is multiplied from the right, head by head."""
    random = np.random.default_rng(seed)
    shape = letters, heads, channels
    decays, rates = random.integers(9, 17, shape) / 16, random.integers(0, 17, shape) / 16
    keys = random.integers(-3, 4, shape)
    keys[..., 0] = np.where(keys.any(axis=-1), keys[..., 0], 1)
    exact = rwkv7(decays.reshape(letters, -1), keys, rates.reshape(letters, -1)).matrices.to_float()
    state = random.integers(-3, 4, (heads, 2, channels)).astype(float)
    ours = state.transpose(0, 2, 1).reshape(heads * channels, 2).copy()
    for x in range(letters):
        for h in range(heads):
            unit = (keys[x, h] / np.linalg.norm(keys[x, h]))[None, :]
            state[h] = state[h] @ (np.diag(decays[x, h]) - unit.T @ (rates[x, h] * unit))
        ours = exact[x] @ ours
    assert ours.reshape(heads, channels, 2).transpose(0, 2, 1) == pytest.approx(state, abs=1e-9)


def test_rwkv7_survives_file_exchange_and_checker(tmp_path: Path) -> None:
    half, third = Fraction(1, 2), Fraction(1, 3)
    transition = rwkv7(
        [[1, 1, 1, 1], [third, 1, half, 1]],
        [[[1, -1], [0, 1]], [[1, 2], [0, 0]]],
        [[2, 0, half, 1], [third, 1, 1, 1]],
    )
    assert_forms_agree(transition, tmp_path)
    angles = cosines([1, -4], 20)
    keys = stack([angles, rationals([3, 4])]).reshape(2, 1, 2)
    irrational = Rwkv7Transition(rationals([[1, 1], [1, 1]]), keys, rationals([[2, 2], [1, half]]))
    assert_forms_agree(irrational, tmp_path)


def test_rwkv7_ranges_are_decided_exactly() -> None:
    published, signed = FAMILIES["rwkv7"].problems, FAMILIES["rwkv7-signed"].problems
    # exp(−exp(−1/2)) = 0.545239211892605…; neighbours that differ in the twelfth digit fall on either side.
    above, below = Fraction(545_239_211_893, 10**12), Fraction(545_239_211_892, 10**12)
    inside = one_layer(rwkv7([[above, 1]], [[[1, 2]]], [[1, 0]]))
    assert published(inside) == signed(inside) == ()
    (text,) = published(one_layer(rwkv7([[1, below]], [[[1, 2]]], [[1, 0]])))
    assert text.startswith("layer 0: decay w of letter 0, coordinate 1 is 0.545239, below exp(−exp(−1/2))")
    doubled = one_layer(rwkv7([[1, 1]], [[[1, 2]]], [[2, 0]]))
    assert published(doubled) == ("layer 0: rate a of letter 0, coordinate 0 is 2, outside [0, 1]",)
    assert signed(doubled) == ()
    assert "outside [0, 2]" in signed(one_layer(rwkv7([[1]], [[[1]]], [[Fraction(9, 4)]])))[0]
    assert "outside [0, 1]" in published(one_layer(rwkv7([[Fraction(9, 8)]], [[[1]]], [[0]])))[0]
    assert len(published(one_layer(rwkv7([[-1]], [[[1]]], [[0]])))) == 1
    assert "its start state is not zero" in published(one_layer(rwkv7([[1]], [[[1]]], [[0]]), start=[[1]]))[0]
    assert "expected Rwkv7Transition" in published(ex.compile("parity", "dense"))[0]
    cosine = cosines([1], 5).reshape(1, 1)  # 0.309…, an irrational number below the least decay
    low = Rwkv7Transition(cosine, rationals([[[1]]]), rationals([[0]]))
    assert "is 0.309017, below" in published(one_layer(low))[0]


def test_rwkv7_writes_are_coupled_to_removal_keys() -> None:
    problems = FAMILIES["rwkv7"].problems
    two = [[1, 1], [1, 1]]
    keys = [[[1, 1]], [[1, 2]]]
    # Along the key, with any value; channel parameters rescale all letters alike.
    assert problems(one_layer(rwkv7(two, keys, two), [[[3], [3]], [[5], [10]]])) == ()
    assert problems(one_layer(rwkv7(two, keys, two), [[[3], [6]], [[5], [20]]])) == ()
    # Letter 0 asks for equal channel parameters, letter 1 for others.
    (text,) = problems(one_layer(rwkv7(two, keys, two), [[[3], [3]], [[5], [5]]]))
    assert "the writes of letters 0, 1 in head 0 are not keys times values" in text
    # With different rates the same writes are coupled: μ + ν a is 1 for a = 1 and ½ for a = 0.
    half_rate = [[1, 1], [1, 0]]
    assert problems(one_layer(rwkv7(two, keys, half_rate), [[[3], [3]], [[5], [5]]])) == ()
    # A third letter with a = ½ has μ + ν a = ¾ there, and nothing else.
    three, rates = [[1, 1]] * 3, [[1, 1], [1, 0], [1, Fraction(1, 2)]]
    more = [[[1, 1]], [[1, 2]], [[1, 4]]]
    good, bad = [[[3], [3]], [[5], [5]], [[1], [3]]], [[[3], [3]], [[5], [5]], [[1], [4]]]
    assert problems(one_layer(rwkv7(three, more, rates), good)) == ()
    assert problems(one_layer(rwkv7(three, more, rates), bad)) != ()
    # A write on one channel only needs the other's factor to vanish, hence ν = −μ, which no parameter gives at a = 1.
    assert problems(one_layer(rwkv7([[1, 1]], [[[1, 1]]], [[1, 1]]), [[[1], [0]]])) != ()
    assert problems(one_layer(rwkv7([[1, 1]], [[[1, 1]]], [[1, 0]]), [[[1], [0]]])) == ()
    # Zeros of the key, ranks, and channels that are never removed from.
    (text,) = problems(one_layer(rwkv7(two, [[[1, 0]], [[1, 1]]], two), [[[1], [1]], [[0], [0]]]))
    assert "B of letter 0 writes channel 1 of head 0, where its key is zero" in text
    assert problems(one_layer(rwkv7(two, [[[1, 0]], [[1, 0]]], two), [[[1], [1]], [[1], [-7]]])) == ()
    wide = [[[1, 2], [1, 2]], [[1, 0], [2, 0]]]
    assert problems(one_layer(rwkv7(two, keys, two), wide)) == ()
    wide[0][1][1] = 3
    (text,) = problems(one_layer(rwkv7(two, keys, two), wide))
    assert "B of letter 0, head 0 has rank above one" in text
    # Heads write independently of one another.
    assert problems(one_layer(rwkv7(two, [[[1], [1]], [[1], [2]]], two), [[[3], [3]], [[5], [5]]])) == ()


def test_malformed_rwkv7_transitions_are_refused_with_every_problem() -> None:
    with pytest.raises(ex.NetworkError, match=r"decays have shape \(1, 3\).* = \(1, 2\); rates have shape \(2, 2\)"):
        rwkv7([[1, 1, 1]], [[[1, 0]]], [[1, 1], [1, 1]])
    with pytest.raises(ex.NetworkError, match=r"expected \(letter, head, channel\)"):
        rwkv7([[1]], [[1]], [[1]])
    key = stack([cosines([1], 5)[0], rationals(1)]).reshape(1, 1, 2)
    with pytest.raises(ex.NetworkError, match="key of letter 0, head 0 has an irrational squared length"):
        Rwkv7Transition(rationals([[1, 1]]), key, rationals([[1, 1]]))
    Rwkv7Transition(rationals([[1, 1]]), key, rationals([[0, 0]]))


# PD-SSM ---------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 4))
def test_pd_ssm_is_a_one_hot_matrix_times_a_diagonal_one(seed: int, letters: int, coordinates: int) -> None:
    random = np.random.default_rng(seed)
    index = random.integers(0, coordinates, (letters, coordinates))
    real, imaginary = random.integers(-4, 5, (2, letters, coordinates)) / 4
    form = PermutationDiagonalTransition(index, rationals(real), rationals(imaginary))
    plain = PermutationDiagonalTransition(index, rationals(real))
    for x in range(letters):
        p = np.zeros((coordinates, coordinates))
        p[index[x], np.arange(coordinates)] = 1
        assert np.array_equal(plain.matrices.to_float()[x], p @ np.diag(real[x]))
        product = p @ np.diag(real[x] + 1j * imaginary[x])
        blocks = form.matrices.to_float()[x].reshape(coordinates, 2, coordinates, 2)
        assert np.array_equal(blocks[:, 0, :, 0], product.real)
        assert np.array_equal(blocks[:, 1, :, 1], product.real)
        assert np.array_equal(blocks[:, 1, :, 0], product.imag)
        assert np.array_equal(blocks[:, 0, :, 1], -product.imag)


def test_pd_ssm_survives_file_exchange_and_checker(tmp_path: Path) -> None:
    index = np.array([[1, 1, 0], [2, 0, 1]])
    diagonal = rationals([[1, Fraction(1, 3), -1], [0, 1, Fraction(1, 2)]])
    assert_forms_agree(PermutationDiagonalTransition(index, diagonal), tmp_path)
    circle = stack([cosines([4, 8, 0], 20), cosines([0, 1, 2], 20)]), stack([cosines([-1, 3, -5], 20)] * 2)
    assert_forms_agree(PermutationDiagonalTransition(index, *circle), tmp_path)


def test_pd_ssm_stays_in_the_unit_disk() -> None:
    problems = FAMILIES["pd-ssm"].problems
    index = np.array([[0, 0]])
    assert problems(one_layer(PermutationDiagonalTransition(index, rationals([[1, -1]])))) == ()
    (text,) = problems(one_layer(PermutationDiagonalTransition(index, rationals([[1, Fraction(-3, 2)]]))))
    assert text == "layer 0: squared modulus of entry 1 of D of letter 0 is 9/4, outside [0, 1]"
    both = PermutationDiagonalTransition(index, rationals([[1, 1]]), rationals([[0, Fraction(1, 100)]]))
    assert len(problems(one_layer(both))) == 1
    assert "expected PermutationDiagonalTransition" in problems(ex.compile("parity", "dense"))[0]


def test_malformed_pd_ssm_transitions_are_refused() -> None:
    with pytest.raises(ex.NetworkError, match=r"real parts have shape \(1, 1\).*; index names a row outside 0 to 1"):
        PermutationDiagonalTransition(np.array([[0, 2]]), rationals([[1]]))


# The checker's own reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "family", "path", "value"),
    [
        ("binary-multiples-of-3", "rwkv7-signed", ("rates", 0, 1), 1),
        ("binary-multiples-of-3", "rwkv7-signed", ("decays", 0, 1), "3/4"),
        ("binary-multiples-of-3", "rwkv7-signed", ("keys", 1, 0, 0), 5),
        ("binary-multiples-of-3", "rwkv7-signed", ("keys", 1, 0), [0, 0, 0]),
        ("binary-multiples-of-3", "rwkv7-signed", ("rates", 0), [0]),
        ("S3", "pd-ssm", ("index", 1, 2), 0),
        ("S3", "pd-ssm", ("index", 1, 2), -1),
        ("S3", "pd-ssm", ("index", 1, 2), "0"),
        ("S3", "pd-ssm", ("real", 0, 3), "1/2"),
        ("S3", "pd-ssm", ("imaginary",), [[1] * 6] * 6),
    ],
)
def test_every_planted_weight_is_found(name: str, family: str, path: tuple[Any, ...], value: Any) -> None:
    answer = ex.verify(ex.compile(name, family), name)
    assert isinstance(answer, ex.Equivalent)
    data = json.loads(json.dumps(answer.certificate.data))
    checker.check(data)
    target = data["network"]["layers"][0]["weights"]
    for step in path[:-1]:
        target = target[step]
    assert target[path[-1]] != value
    target[path[-1]] = value
    with pytest.raises(checker.Rejected):
        checker.check(data)


@pytest.mark.parametrize("part", ["real", "imaginary"])
def test_a_planted_part_of_a_complex_entry_is_found(part: str) -> None:
    answer = ex.verify(turning(5), sum_modulo(5, 1))
    assert isinstance(answer, ex.Equivalent)
    data = json.loads(json.dumps(answer.certificate.data))
    checker.check(data)
    entry = data["network"]["layers"][0]["weights"][part][1]
    entry[0] = [0] * len(entry[0])
    with pytest.raises(checker.Rejected):
        checker.check(data)
