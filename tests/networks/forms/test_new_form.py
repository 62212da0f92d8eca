"""Forms of A(x) that the library has never seen, stated in this file alone, from weights to certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import Format
from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.checker import reference
from expressivity.errors import CertificateError, FormatError, NetworkError
from expressivity.exact import ExactArray, rationals
from expressivity.experiments.horizons.replay import replay
from expressivity.networks.exchange import network_to_json
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.family import Family, outside, started, stored_as
from expressivity.networks.forms.form import StepProgram, StoredRows, in_form, must_have_form
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.instructions import Bank, Writer
from expressivity.networks.forms.notation import number_text, number_texts, vector_text
from expressivity.networks.forms.opcodes_kernels import MOVE, MULTIPLY, SHIFT
from expressivity.networks.forms.registry import FAMILIES, FORMS, register
from expressivity.networks.forms.rows import matrix_rows
from expressivity.networks.forms.weights import round_exact, store
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.programs import layer_program
from expressivity.simulation.simulate import final_states
from expressivity.verification.all_families import exact_formats
from expressivity.verification.verify import check_certificate

# The one file of the form -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ScaledPermutation:
    """A(x) = s(x) P(x): coordinate j moves to `index[x, j]` and is scaled by one number for all.

    Arguments:
        scales: s, shape (letter,).
        index: where each coordinate goes, shape (letter, width).
    """

    kind: ClassVar[str] = "scaled-permutation"
    in_checker: ClassVar[bool] = False

    scales: ExactArray
    index: np.ndarray

    @property
    def letters(self) -> int:
        return int(self.index.shape[0])

    @property
    def width(self) -> int:
        return int(self.index.shape[1])

    @cached_property
    def matrices(self) -> ExactArray:
        return self._placed(self.scales)

    def _placed(self, scales: ExactArray) -> ExactArray:
        placed = np.zeros((self.letters, self.width, self.width), dtype=np.int64)
        for letter, targets in enumerate(self.index.tolist()):
            placed[letter, targets, np.arange(self.width)] = 1
        return scales.reshape(self.letters, 1, 1) * rationals(placed)

    @property
    def block_side(self) -> int:
        return self.width

    @property
    def factors(self) -> int | None:
        return None

    def rows(self, number_format: Format) -> StoredRows:
        pattern = [[[targets.index(i)] for i in range(self.width)] for targets in self.index.tolist()]
        return matrix_rows(self.matrices, number_format, pattern)

    def stored(self, number_format: Format) -> ExactArray:
        return self._placed(store(self.scales, number_format))

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        return _ScaleThenMove(self, arithmetic)

    def numbers(self) -> Iterator[ExactArray | None]:
        yield self.scales

    def shown(self, letter: int) -> str:
        return f"{number_text(self.scales[letter])} times coordinates to {vector_text(self.index[letter].tolist())}"


class _ScaleThenMove:
    """Every coordinate is scaled in place, then moved."""

    def __init__(self, transition: ScaledPermutation, arithmetic: Arithmetic) -> None:
        self.scales = round_exact(transition.scales, arithmetic.weights)
        self.index = transition.index

    def signature(self, letter: int) -> tuple[bytes, ...]:
        return self.scales[letter].tobytes(), self.index[letter].tobytes()

    def write(self, writer: Writer, letter: int, bank: Bank, inputs: np.ndarray) -> int:
        scale = writer.constant(self.scales[letter])
        for j, i in enumerate(self.index[letter].tolist()):
            for column in range(bank.columns):
                source, target = bank.at(j, column), bank.free + i * bank.columns + column
                writer.write(MULTIPLY, source, scale, source)
                writer.write(MOVE, target, source)
                if column < inputs.shape[1]:
                    writer.write(SHIFT, target, writer.constant(inputs[i, column]), target)
                writer.finish(target)
        return bank.free


def _bounded(layer: Layer, transition: ScaledPermutation) -> Iterator[str]:
    yield from outside(transition.scales, -1, 1, "scale s of letter {0}")
    yield from started(layer)


SCALED = Family(
    "scaled-permutation", "s(x) P(x)", "unit disk", "this file", stored_as(ScaledPermutation, _bounded, expected="s, P")
)


# What the library makes of it ---------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="module")
def _registered() -> Iterator[None]:
    register(ScaledPermutation, [SCALED])
    yield
    del FORMS[ScaledPermutation.kind], FAMILIES[SCALED.name]


LETTERS = ("0", "1")


def counter(scale: Fraction = Fraction(-1)) -> ex.Network:
    """Letter 1 turns three coordinates and negates them: −P has order six. A start letter writes e_0."""
    index = np.array([[0, 1, 2], [1, 2, 0], [0, 1, 2]])
    transition = ScaledPermutation(rationals([Fraction(1), scale, Fraction(1)]), index)
    points = np.array([(-1) ** k * np.eye(3, dtype=np.int64)[k % 3] for k in range(6)])
    table = np.tile(np.arange(6) == 0, (3, 1)).astype(np.int64)
    inputs = rationals([[[0]] * 3, [[0]] * 3, [[1], [0], [0]]])
    layer = Layer(transition, inputs, rationals([[0]] * 3), single_block(rationals(points), table, 2))
    return ex.Network(LETTERS, (layer,), bos=True, family=SCALED.name)


def modulo_six() -> ex.Automaton:
    table = np.array([np.arange(6), (np.arange(6) + 1) % 6])
    return ex.Automaton.from_table(table, accepting=[0], letters=LETTERS)


def fading() -> ex.Network:
    """One coordinate, h ← h/4 + ¾ or h ← h/4: near 1 or near 0, whichever letter was last."""
    transition = ScaledPermutation(rationals([Fraction(1, 4)] * 2), np.array([[0], [0]]))
    readout = single_block(rationals([[0], [1]]), np.array([[0, 1]] * 2), 2)
    return ex.Network(LETTERS, (Layer(transition, rationals([[[0]], [[Fraction(3, 4)]]]), rationals([[0]]), readout),))


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    network = counter(Fraction(-1, 3))
    network.save(tmp_path / "n.safetensors")
    again = ex.Network.load(tmp_path / "n.safetensors")
    loaded = must_have_form(again.layers[0].transition, ScaledPermutation)
    assert loaded.scales.fractions().tolist() == [1, Fraction(-1, 3), 1]
    assert network_to_json(again) == network_to_json(network)
    assert network_to_json(network)["layers"][0]["weights"] == {
        "scales": [1, "-1/3", 1],
        "index": [[0, 1, 2], [1, 2, 0], [0, 1, 2]],
    }


def test_a_file_of_a_form_that_is_not_entered_is_refused_by_its_name(tmp_path: Path) -> None:
    counter().save(tmp_path / "n.safetensors")
    del FORMS[ScaledPermutation.kind]
    try:
        with pytest.raises(
            NetworkError, match=r"the form 'scaled-permutation' of A\(x\) is unknown; the forms are dense,"
        ):
            ex.Network.load(tmp_path / "n.safetensors")
    finally:
        register(ScaledPermutation, [SCALED])


def test_it_is_decided_in_exact_arithmetic_and_checked_independently() -> None:
    network, language = counter(), modulo_six()
    answer = ex.verify(network, language)
    assert isinstance(answer, ex.Equivalent)
    assert answer.checked.by == "the independent checker"
    assert check_certificate(answer.certificate, network=network, language=language).startswith(
        "proved for all lengths"
    )
    assert answer.certificate.data["network"]["layers"][0]["kind"] == "dense"
    wrong = ex.verify(counter(Fraction(1)), language)
    assert isinstance(wrong, ex.Counterexample)
    check_certificate(wrong.certificate, network=counter(Fraction(1)), language=language)
    with pytest.raises(CertificateError, match="about another network"):
        check_certificate(answer.certificate, network=counter(Fraction(1)))


def test_a_planted_entry_of_its_matrices_is_found() -> None:
    answer = ex.verify(counter(), modulo_six())
    assert isinstance(answer, ex.Equivalent)
    answer.certificate.data["network"]["layers"][0]["weights"]["matrices"][1][0][2] = 1
    with pytest.raises(CertificateError, match="rejected"):
        check_certificate(answer.certificate)


@pytest.mark.parametrize(
    "arithmetic",
    ["bf16", "bf16/fused", "fp8_e4m3fn/accumulate-fp32", "bf16/chunked:2", "bf16/exact-then-cast", "bf16:fp32"],
)
def test_it_is_decided_in_every_order(arithmetic: str) -> None:
    network, language = counter(), modulo_six()
    assert isinstance(ex.verify(network, language, arithmetic=arithmetic), ex.Equivalent)
    assert isinstance(ex.verify(counter(Fraction(1)), language, arithmetic=arithmetic), ex.Counterexample)


@pytest.mark.parametrize("arithmetic", ["exact", "bf16", "bf16/exact-then-cast"])
def test_every_other_question_is_answered_too(arithmetic: str) -> None:
    network = counter()
    assert ex.realise(network, arithmetic).minimal() == modulo_six()
    assert ex.period(network, "1", arithmetic).period == 6
    assert ex.trace(network, "111111", arithmetic).verdicts.tolist() == [True, *[False] * 5, True]


def test_where_something_is_rounded_the_checker_refuses_it_by_its_name() -> None:
    # A dense matrix would be applied in another order of operations: it would not be the same network.
    answer = ex.verify(counter(), modulo_six(), arithmetic="bf16")
    assert isinstance(answer, ex.Equivalent)
    assert answer.checked.by == ""
    assert answer.checked.said.startswith("it does not state the order of operations of the form scaled-permutation")
    with pytest.raises(CertificateError, match="form 'scaled-permutation' is unknown to this checker"):
        check_certificate(answer.certificate)
    with pytest.raises(FormatError, match="the scalar loop does not state the form scaled-permutation"):
        replay(counter(), "1", "bf16")


@given(st.fractions(-1, 1, max_denominator=50), st.text("01", min_size=1, max_size=12))
def test_its_own_order_of_operations_is_what_runs(scale: Fraction, word: str) -> None:
    """The scale is stored once, and every product and sum is rounded by itself."""
    state = [1.0, 0.0, 0.0]
    stored = reference.round_number(scale, "bf16")
    for letter in word:
        if letter == "1":
            scaled = [reference.multiply(stored, value, "bf16") for value in state]
            state = [reference.add(0.0, scaled[j], "bf16") for j in (2, 0, 1)]
    (found,) = final_states(counter(scale), [word], arithmetic="bf16")
    assert found.tolist() == [state]


def test_a_fading_state_is_proved_by_boxes() -> None:
    language = ex.language("re[01]:(0|1)*1")
    for arithmetic in ("fp32", "fp32/fused"):
        answer = ex.verify(fading(), language, arithmetic=arithmetic)
        assert isinstance(answer, ex.Equivalent)
        assert answer.boxes < 100


def test_families_tables_and_texts_know_it() -> None:
    network = counter(Fraction(-3, 2))
    assert ex.FAMILIES["scaled-permutation"].problems(counter()) == ()
    assert ex.FAMILIES["scaled-permutation"].problems(network) == (
        "layer 0: scale s of letter 1 is -3/2, outside [-1, 1]",
    )
    (text,) = ex.FAMILIES["scaled-permutation"].problems(ex.compile("parity", "dense"))
    assert text == "layer 0: A is stored as DenseTransition; expected s, P"
    assert "expected HouseholderTransition" in ex.FAMILIES["deltanet"].problems(counter())[0]
    assert network.layers[0].transition.shown(1) == "−3/2 times coordinates to (1, 2, 0)"
    assert "bf16" in exact_formats(network)
    assert exact_formats(counter(Fraction(1, 3))) == ()
    assert network.factors is None


def test_two_forms_or_families_of_one_name_are_refused() -> None:
    class Other(ScaledPermutation):
        pass

    with pytest.raises(NetworkError, match="there is another form 'scaled-permutation' already"):
        register(Other)
    register(ScaledPermutation, [SCALED])
    assert FORMS[ScaledPermutation.kind] is ScaledPermutation


def test_a_form_that_is_meant_is_asked_for() -> None:
    transition = counter().layers[0].transition
    assert in_form(transition, HouseholderTransition) is None
    assert in_form(transition, ScaledPermutation) is transition
    with pytest.raises(NetworkError, match="A is stored as ScaledPermutation; expected HouseholderTransition"):
        must_have_form(transition, HouseholderTransition)


# A second one, evaluated row by row, with a plain number among what it stores ---------------------------------------


@dataclass(frozen=True, eq=False)
class HeadDecay:
    """A(x) = Diag(d(x)) ⊗ I: one decay for all channels of a head.

    Arguments:
        decays: shape (letter, head).
        channels: channels of a head.
    """

    kind: ClassVar[str] = "head-decay"
    in_checker: ClassVar[bool] = False

    decays: ExactArray
    channels: int

    @property
    def letters(self) -> int:
        return self.decays.shape[0]

    @property
    def width(self) -> int:
        return self.decays.shape[1] * self.channels

    def _diagonal(self) -> DiagonalTransition:
        return DiagonalTransition(self.decays[:, np.repeat(np.arange(self.decays.shape[1]), self.channels)])

    @cached_property
    def matrices(self) -> ExactArray:
        return self._diagonal().matrices

    @property
    def block_side(self) -> int:
        return 1

    @property
    def factors(self) -> int | None:
        return None

    def rows(self, number_format: Format) -> StoredRows:
        return self._diagonal().rows(number_format)

    def stored(self, number_format: Format) -> ExactArray:
        return self._diagonal().stored(number_format)

    def step_program(self, arithmetic: Arithmetic, operations: Format) -> StepProgram | None:
        return None

    def numbers(self) -> Iterator[ExactArray | None]:
        yield self.decays

    def shown(self, letter: int) -> str:
        return f"decays {vector_text(number_texts(self.decays[letter]))} for {self.channels} channels each"


@pytest.mark.parametrize("arithmetic", ["exact", "bf16", "fp32"])
def test_a_form_that_is_applied_row_by_row(arithmetic: str, tmp_path: Path) -> None:
    """Two heads of two channels do what four diagonal entries do."""
    decays = rationals([[Fraction(1, 4), 0], [0, Fraction(1, 4)]])
    form = HeadDecay(decays, 2)
    inputs = rationals([[[0], [Fraction(3, 4)], [0], [1]], [[1], [0], [Fraction(3, 4)], [0]]])
    readout = single_block(rationals([[0, 1, 0, 1], [1, 0, 1, 0]]), np.array([[0, 1]] * 2), 2)
    layer = Layer(form, inputs, rationals([[0]] * 4), readout)
    register(HeadDecay)
    try:
        ex.Network(LETTERS, (layer,)).save(tmp_path / "n.safetensors")
        network = ex.Network.load(tmp_path / "n.safetensors")
    finally:
        del FORMS[HeadDecay.kind]
    assert must_have_form(network.layers[0].transition, HeadDecay).channels == 2
    plain = ex.Network(LETTERS, (replace(layer, transition=form._diagonal()),))
    language = ex.language("re[01]:(0|1)*1")
    answers = [ex.verify(n, language, arithmetic=arithmetic) for n in (network, plain)]
    assert all(isinstance(answer, ex.Equivalent) for answer in answers)
    assert answers[0].statement == answers[1].statement
    chunked = [layer_program(n.layers[0], parse_arithmetic("bf16/chunked:3")) for n in (network, plain)]
    assert np.array_equal(chunked[0].instructions, chunked[1].instructions)
    stored = [n.layers[0].transition.stored(parse_format("fp8_e4m3fn")) for n in (network, plain)]
    assert stored[0].equals(stored[1])
    assert network_to_json(network)["layers"][0]["weights"]["channels"] == 2
    assert network.layers[0].transition.shown(0) == "decays (1/4, 0) for 2 channels each"
