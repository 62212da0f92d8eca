"""Forward runs against the automaton and against a plain loop; compiled and NumPy paths against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.exact import rationals, zeros
from expressivity.networks import forward, forward_kernels
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.layer import Block, Layer, Readout, no_input, single_block
from expressivity.strategies import automata, words


@given(st.data(), automata())
def test_run_gives_the_verdict_after_every_letter(data: st.DataObject, automaton: ex.Automaton) -> None:
    network = ex.compile(automaton, "dense")
    batch = data.draw(st.lists(words(automaton), max_size=5))
    flags = network.run(batch)
    whole = network.accepts(batch)
    assert flags.shape == (len(batch), max((len(w) for w in batch), default=0))
    for row, verdict, word in zip(flags, whole, batch, strict=True):
        wanted = automaton.accepting[automaton.run(automaton.encode(word))]
        assert row[: len(word)].tolist() == wanted[1:].tolist()
        assert not row[len(word) :].any()
        assert verdict == wanted[-1]


@pytest.mark.parametrize(
    ("name", "family"), [("S5", "deltaproduct"), ("mod5", "deltanet-signed"), ("mod3-with-reset", "dense")]
)
def test_compiled_loop_and_numpy_agree_bit_for_bit(name: str, family: str) -> None:
    network = ex.compile(name, family)
    generator = np.random.default_rng(5)
    letters = generator.integers(0, len(network.letters), (40, 30))
    letters[np.arange(30) >= generator.integers(0, 31, 40)[:, None]] = -1
    for layer in network.layers:
        if letters.max() >= layer.symbols:
            break
        lowered = forward.lower(layer)
        arrays = [getattr(lowered, field) for field in lowered.__dataclass_fields__]
        slow, fast = forward._run_layer(lowered, letters), forward_kernels.run_layer(*arrays, letters)
        assert np.array_equal(slow, fast)
        letters = slow


def test_a_layer_with_delay_reads_its_previous_input() -> None:
    # One layer that accepts exactly when the last two letters are equal: 0 after the first letter.
    letters = 2 * 3
    table = np.zeros((letters, 1), dtype=np.int64)
    for previous in range(2):
        table[previous + 2 * previous] = 1
    point = single_block(zeros(1, 1), table, 2)
    layer = Layer(DenseTransition(zeros(letters, 1, 1)), no_input(letters, 1), zeros(1, 1), point, delay=1)
    network = ex.Network(("a", "b"), (layer,))
    assert network.run(["aabba"]).tolist() == [[False, True, False, True, False]]
    equal = ex.language("re[ab]:(a|b)*(aa|bb)")
    assert isinstance(ex.verify(network, equal), ex.Equivalent)


def test_readouts_of_several_blocks_combine_codes() -> None:
    # Two one-hot bits side by side; letter 0 reads both (and), letter 1 reads none.
    blocks = (
        Block(np.array([0]), rationals([[0], [1]])),
        Block(np.array([1]), rationals([[0], [1]])),
    )
    readout = Readout(blocks, np.array([[0, 1], [-1, -1]]), np.array([[0, 0, 0, 1], [0, 1, 1, 1]]), 2)
    write = rationals([[[1], [1]], [[1], [0]]])
    layer = Layer(DenseTransition(zeros(2, 2, 2)), write, zeros(2, 1), readout)
    network = ex.Network(("a", "b"), (layer,))
    assert network.run(["ab"]).tolist() == [[True, False]]


def test_mismatches_between_layers_are_all_reported() -> None:
    layer = ex.compile("parity", "dense").layers[0]
    with pytest.raises(ex.NetworkError, match=r"layer 0 reads 1 symbols but 2 come from below; layer 1 reads 1"):
        ex.Network(("a", "b"), (layer, layer))
    with pytest.raises(ex.NetworkError, match="it has no layer"):
        ex.Network(("a",), ())


def test_bad_words_are_refused() -> None:
    network = ex.compile("parity", "dense")
    with pytest.raises(ex.LanguageError, match=r"letter '2' is not in the alphabet \{1\}"):
        network.run(["12"])
    with pytest.raises(ex.NetworkError, match=r"for one word write \['11'\]"):
        network.run("11")
    with pytest.raises(ex.NetworkError, match="a letter follows −1"):
        network.run(np.array([[0, -1, 0]]))
    with pytest.raises(ex.NetworkError, match="expected 0 to 0"):
        network.run(np.array([[3]]))
