"""Sign cells: what only shrinks or grows is proved for all lengths, in exact arithmetic; planted errors are found."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.exact import rationals
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation import machine as machine_module
from expressivity.verification.boxes.sign_cells import prove_by_signs


def rwkv7_parity(decay: str = "6/11") -> ex.Network:
    """RWKV-7 as published: w = 6/11 and a = 1 make the multiplier −5/11, and the sign is read (fault A3)."""

    def numbers(*values: Any) -> Any:
        return rationals(np.array([Fraction(v) for v in values], dtype=object))

    transition = Rwkv7Transition(
        numbers(decay, decay).reshape(2, 1), numbers(1, 1).reshape(2, 1, 1), numbers(1, 1).reshape(2, 1)
    )
    readout = single_block(rationals([[1], [-1]]), np.array([[1, 0], [1, 0]]), 2)
    layer = Layer(transition, numbers(0, 1).reshape(2, 1, 1), rationals([[0]]), readout)
    return ex.Network(("1",), (layer,), bos=True, family="rwkv7")


def dense(matrices: Any, inputs: Any, start: Any, points: Any, answers: Any, **options: Any) -> ex.Network:
    """One dense layer with letters a, b, … and one list of code points."""
    shape = np.array(inputs, dtype=object).shape
    layer = Layer(
        DenseTransition(rationals(np.array(matrices, dtype=object))),
        rationals(np.array(inputs, dtype=object).reshape(*shape, 1)),
        rationals(np.array(start, dtype=object)[:, None]),
        single_block(rationals(np.array(points, dtype=object)), np.array([answers] * len(matrices)), 2),
    )
    return ex.Network(tuple("abc"[: len(matrices)]), (layer,), **options)


def certificate(network: ex.Network, language: str) -> dict[str, Any]:
    """A certificate of sign cells."""
    minimal = ex.language(language).with_letters(network.letters).minimal()
    invariant = prove_by_signs(network, minimal)
    assert invariant is not None
    return {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "equivalent",
        "arithmetic": "exact",
        "network": network_to_json(network, arithmetic="exact"),
        "automaton": automaton_to_json(minimal),
        "invariant": invariant,
    }


def test_published_rwkv7_decides_parity_in_exact_arithmetic() -> None:
    network = rwkv7_parity()
    assert ex.FAMILIES["rwkv7"].problems(network) == ()
    answer = ex.verify(network, "parity", max_states=2_000)
    assert isinstance(answer, ex.Equivalent)
    assert "2 sign cells of exact states" in answer.statement
    assert "proved for all lengths" in ex.check_certificate(answer.certificate, network=network, language="parity")
    data = certificate(network, "parity")
    assert [part["signs"] for entry in data["invariant"] for part in entry["layers"]] == [[1], [-1]]
    assert "2 labelled boxes" in checker.check(data)


def test_states_without_bound() -> None:
    """The second coordinate grows and changes its sign at every a; the first only grows."""
    inputs, points = [[1, 0], [0, 0]], [[0, 1], [0, -1]]
    network = dense([[[3, 0], [0, -2]], [[1, 0], [0, 5]]], inputs, [0, 1], points, [1, 0], accepts_empty=True)
    data = certificate(network, "re[ab]:(b*ab*a)*b*")
    assert "proved for all lengths" in checker.check(data)
    # Once ½·(first) is added to it, its sign depends on more than signs, and nothing is claimed.
    mixed = dense(
        [[[3, 0], [Fraction(1, 2), -2]], [[1, 0], [0, 5]]], inputs, [0, 1], points, [1, 0], accepts_empty=True
    )
    assert prove_by_signs(mixed, ex.language("re[ab]:(b*ab*a)*b*").with_letters(("a", "b")).minimal()) is None


def test_a_tie_goes_to_the_lower_code_all_over_a_cell() -> None:
    """Zero times anything: both code points are equally near for ever."""
    network = dense([[[0]]], [[0]], [0], [[1], [-1]], [1, 0], accepts_empty=True)
    checker.check(certificate(network, "re[a]:a*"))


def planted(path: str, value: Any) -> Any:
    def apply(data: dict[str, Any]) -> None:
        at: Any = data
        *parents, last = path.split(".")
        for key in parents:
            at = at[int(key) if isinstance(at, list) else key]
        at[int(last) if isinstance(at, list) else last] = value

    return apply


PLANTED = [
    (planted("invariant.0.layers.0.signs.0", -1), "outside the first box"),
    (planted("invariant.0.layers.0.signs.0", 0), "outside the first box"),
    (planted("invariant.0.layers.0.signs.0", True), "holds True; expected integers from -1 to 1"),
    (planted("invariant.0.layers.0.signs", [1, 1]), "has 2 entries; expected 1"),
    (planted("invariant.0.layers.0.signs", "1"), "expected a list"),
    (planted("invariant.0.layers.0.open", True), "a state is a point, a box"),
    (planted("invariant.1.layers.0.centre.0", -1), "not inside box 1|leaves open"),
    (planted("invariant.0.layers.0.centre.0", "1/2"), "not inside box 0"),
    (planted("invariant.0.layers.0", {"point": [1]}), "no part of a box"),
    (planted("invariant.0.layers.0", {"lower": [0], "upper": [1]}), "leaves open|no part of"),
    (planted("invariant.1.successors.0", 1), "labelled"),
    (planted("network.layers.0.weights.decays.0.0", "12/11"), "says True|not inside|agree"),
    (planted("network.layers.0.inputs.0.0", "1/100"), "leaves open"),
    (planted("network.layers.0.blocks.0.points.1.0", "1/3"), "leaves open"),
    (planted("arithmetic", "bf16"), "sign cell needs exact arithmetic"),
]


@pytest.mark.parametrize(("plant", "complaint"), PLANTED)
def test_a_planted_error_is_found(plant: Any, complaint: str) -> None:
    data = copy.deepcopy(certificate(rwkv7_parity(), "parity"))
    plant(data)
    with pytest.raises(checker.Rejected, match=complaint):
        checker.check(data)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.text("ab", max_size=12))
def test_whatever_is_proved_is_right_and_the_checker_agrees(seed: int, width: int, word: str) -> None:
    """Random layers with signed code points: each proof passes the checker, and verdicts agree along random words."""
    rng = np.random.default_rng(seed)
    values = [Fraction(v) for v in ("-2", "-1/2", "0", "0", "1/3", "1", "3/2")]
    matrices = rng.choice(values, size=(2, width, width))
    inputs = rng.choice([Fraction(-1), Fraction(0), Fraction(0), Fraction(0), Fraction(1)], size=(2, width))
    points = np.unique(rng.choice([-1, 1], size=(4, width)), axis=0)
    answers = rng.integers(0, 2, len(points))
    network = dense(matrices, inputs, rng.choice(values, size=width), points, answers, accepts_empty=bool(seed % 2))
    for language in ("re[ab]:(a|b)*", "re[ab]:(b*ab*a)*b*", "re[ab]:((a|b)(a|b))*", "re[ab]:(a|b)*a"):
        minimal = ex.language(language).with_letters(("a", "b")).minimal()
        if prove_by_signs(network, minimal) is not None:
            checker.check(certificate(network, language))
            verdicts = network.run([list(word)])[0] if word else []
            assert [bool(v) for v in verdicts] == [minimal.accepts(word[: k + 1]) for k in range(len(word))]


def test_shrinking_states_that_no_sign_decides_end_undecided_without_any_budget(monkeypatch) -> None:
    # A third code point puts a border where no sign is: the right states are then only followed, and never close.
    network = dense([[[Fraction(-5, 11)]]], [[0]], [1], [[1], [-1], [50]], [0, 1, 0])
    monkeypatch.setattr(machine_module, "_MOST_EXACT_WORDS", 20_000)
    found = ex.verify(network, "re:(aa)*a")
    assert isinstance(found, ex.Undecided)
    assert found.budget == "20000 words of exact numbers"
    assert found.proved_length > 500


def test_numbers_too_large_to_follow_still_have_signs(monkeypatch) -> None:
    monkeypatch.setattr(machine_module, "_MOST_EXACT_WORDS", 10)
    assert isinstance(ex.verify(rwkv7_parity(), "parity"), ex.Equivalent)
