"""RWKV-7: what each range of a allows is certified, what it forbids is refused, and the borders are where we say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.constructions.refusals import refuse
from expressivity.constructions.rwkv7 import alternating_signs, as_rwkv7, copies, flip_flops
from expressivity.exact import rationals
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.rwkv7 import Rwkv7Transition
from expressivity.networks.layer import Layer, single_block
from expressivity.strategies import automata


def certified(network: ex.Network, language: object) -> None:
    assert FAMILIES[network.family].problems(network) == ()
    ex.assert_verified(network, language)


STAR_FREE = ["flip-flop", "tomita-1", "tomita-4", "tomita-7", "dyck-1-depth-3", "even-pairs", "third-from-last-a"]


@pytest.mark.parametrize("name", STAR_FREE)
@pytest.mark.parametrize("family", ["rwkv7", "rwkv7-signed"])
def test_star_free_languages_need_no_a_above_one(name: str, family: str) -> None:
    assert ex.describe(name).aperiodic
    certified(ex.compile(name, family), name)


@pytest.mark.parametrize(
    ("name", "layers", "width"),
    [
        ("parity", 1, 1),
        ("mod2-with-reset", 1, 1),
        ("binary-multiples-of-3", 1, 3),
        ("a-star-b-star", 1, 2),
        ("S3-transpositions", 1, 3),
        ("S5-transpositions", 1, 5),
        ("mod3", 2, 3),
        ("mod5", 2, 3),
    ],
)
def test_a_up_to_two_copies_and_reflects(name: str, layers: int, width: int) -> None:
    network = ex.compile(name, "rwkv7-signed")
    certified(network, name)
    assert (len(network.layers), sum(network.widths)) == (layers, width)


@pytest.mark.parametrize(
    ("name", "layers", "cells"),
    [("parity", 1, 2), ("mod4", 2, 4), ("tomita-5", 2, 4), ("tomita-3", 4, 17), ("D4", 3, 8), ("Q8", 3, 8)],
)
def test_published_rwkv7_counts_modulo_two_by_signs_in_exact_arithmetic(name: str, layers: int, cells: int) -> None:
    """Fault A3: once refused "for every network". The multiplier is −5/11, and precision has no bound."""
    network = ex.compile(name, "rwkv7")
    assert FAMILIES["rwkv7"].problems(network) == ()
    assert len(network.layers) == layers
    answer = ex.verify(network, name)
    assert isinstance(answer, ex.Equivalent)
    assert answer.statement.startswith(f"{cells} sign cells of exact states")
    assert not isinstance(ex.verify(network, name, arithmetic="bf16"), ex.Equivalent)


@pytest.mark.parametrize("name", ["S3", "mod3-with-reset", "T4", "binary-multiples-of-3"])
def test_letters_that_turn_states_need_a_read_out_without_margin(name: str) -> None:
    said = r"whose read-outs keep a margin.*moves states round in a cycle.*real eigenvalues above −0.46"
    with pytest.raises(ex.CannotCompile, match=said) as refusal:
        ex.compile(name, "rwkv7")
    assert not refusal.value.proved


def test_what_is_only_not_known_is_not_called_proved() -> None:
    with pytest.raises(ex.CannotCompile, match="covers only star-free languages") as refusal:
        ex.compile("modular-arithmetic-left-to-right", "rwkv7")
    assert not refusal.value.proved
    with pytest.raises(ex.CannotCompile) as refusal:
        ex.compile("T4", "rwkv7-signed")
    assert not refusal.value.proved


@given(automata())
def test_refused_exactly_when_a_letter_has_a_cycle(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    longest = 1
    for row, state in itertools.product(minimal.table.tolist(), range(minimal.states)):
        at, steps = row[state], 1
        while at != state and steps <= minimal.states:
            at, steps = row[at], steps + 1
        longest = max(longest, steps if at == state else 1)
    assert refuse("rwkv7", minimal) is None
    assert (refuse("rwkv7", minimal, given="margin") is None) == (longest == 1)


@given(automata())
def test_whatever_is_built_is_certified(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    built = copies(minimal)
    if built is not None:
        certified(replace(built, family="rwkv7-signed"), minimal)
    if (stacked := flip_flops(minimal)) is not None:
        certified(replace(stacked, family="rwkv7"), minimal)
    if (signs := alternating_signs(minimal)) is not None:
        assert stacked is None
        certified(replace(signs, family="rwkv7"), minimal)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_eigenvalues_are_real_and_above_minus_046_for_a_up_to_one(seed: int, width: int) -> None:
    random = np.random.default_rng(seed)
    floor = exp(-exp(-0.5))
    decays, rates = random.uniform(floor, 1, width), random.uniform(0, 1, width) * random.integers(0, 2, width)
    key = random.normal(size=width)
    key /= np.linalg.norm(key)
    values = np.linalg.eigvals(np.diag(decays) - np.outer(rates * key, key))
    assert np.abs(values.imag).max() < 1e-7
    assert floor - 1 - 1e-7 <= values.real.min() <= values.real.max() <= 1 + 1e-7


@pytest.mark.parametrize("decay", [Fraction(1), Fraction(4, 5), Fraction(3, 5)])
def test_a_copy_needs_a_rate_of_w_plus_one_over_w(decay: Fraction) -> None:
    """Row j = 1 of A is e_0 for this key and rate; at w = 1 the rate is 2, below it more than the family has."""
    rate = decay + 1 / decay
    form = Rwkv7Transition(rationals([[1, decay]]), rationals([[[-1, decay]]]), rationals([[0, rate]]))
    assert form.matrices.fractions().tolist() == [[[1, 0], [1, 0]]]
    network = one_layer(form)
    assert (FAMILIES["rwkv7-signed"].problems(network) == ()) == (decay == 1)
    assert FAMILIES["rwkv7"].problems(network) != ()


def test_no_copy_or_reflection_on_a_grid_with_a_up_to_one() -> None:
    """All 2 × 2 transitions with w and a in twelfths and keys of entries up to 4: 6·6·13·13·41 of them."""
    decays = [Fraction(k, 12) for k in range(7, 13)]
    rates = [Fraction(k, 12) for k in range(13)]
    keys = [(p, q) for p in range(5) for q in range(-4, 5) if (p or q) and not (p == 0 and q < 0)]
    w = np.array(list(itertools.product(decays, repeat=2)), dtype=float)
    a = np.array(list(itertools.product(rates, repeat=2)), dtype=float)
    k = np.array(keys, dtype=float)
    k /= np.linalg.norm(k, axis=1)[:, None]
    matrices = np.einsum("wi,ij->wij", w, np.eye(2))[:, None, None] - np.einsum("ai,ki,kj->akij", a, k, k)[None]
    assert matrices.shape[:3] == (36, 169, len(keys))
    copied = np.abs(matrices - [[1, 0], [1, 0]]).max(axis=(-2, -1))
    trace, determinant = np.trace(matrices, axis1=-2, axis2=-1), np.linalg.det(matrices)
    assert copied.min() > 0.1
    least = trace / 2 - np.sqrt(np.maximum(trace**2 / 4 - determinant, 0))
    assert least.min() > -0.46


def one_layer(form: Rwkv7Transition) -> ex.Network:
    readout = single_block(rationals(np.zeros((1, form.width))), np.zeros((form.letters, 1), dtype=np.int64), 2)
    still = rationals(np.zeros((form.letters, form.width, 1)))
    return ex.Network(("a",), (Layer(form, still, rationals(np.zeros((form.width, 1))), readout),))


def test_the_refusal_is_about_margins_not_about_infinite_precision() -> None:
    """A state h ← −h/4, read by its sign, is parity in the published range: it shrinks for ever and no box holds it."""
    form = Rwkv7Transition(rationals([[Fraction(3, 4)]] * 2), rationals([[[1]]] * 2), rationals([[1], [0]]))
    readout = single_block(rationals([[1], [-1]]), np.array([[1, 0], [1, 0]]), 2)
    layer = Layer(form, rationals([[[0]], [[1]]]), rationals([[0]]), readout)
    network = ex.Network(("1",), (layer,), bos=True, family="rwkv7")
    assert FAMILIES["rwkv7"].problems(network) == ()
    answer = ex.verify(network, "parity", max_states=40)
    assert isinstance(answer, ex.Undecided)
    assert answer.proved_length >= 20


def test_a_wrong_rate_is_found_by_a_shortest_word() -> None:
    network = ex.compile("binary-multiples-of-3", "rwkv7-signed")
    layer = network.layers[0]
    form = layer.transition
    assert isinstance(form, Rwkv7Transition)
    assert isinstance(ex.verify(network, "binary-multiples-of-3"), ex.Equivalent)
    for letter in range(2):
        rates = form.rates.fractions()
        (moved,) = np.flatnonzero(rates[letter])[:1].tolist()
        rates[letter, moved] = 0
        changed = replace(layer, transition=Rwkv7Transition(form.decays, form.keys, rationals(rates)))
        answer = ex.verify(replace(network, layers=(changed,)), "binary-multiples-of-3")
        assert isinstance(answer, ex.Counterexample)
        assert len(answer.word) <= 3


def test_other_forms_are_not_rewritten() -> None:
    assert as_rwkv7(ex.compile("parity", "dense")) is None
    assert as_rwkv7(ex.compile("S4", "deltaproduct")) is None


def test_languages_of_one_state() -> None:
    for accepting in ([], [0]):
        trivial = ex.Automaton.from_table(np.zeros((2, 1), dtype=np.int32), accepting=accepting)
        for family in ("rwkv7", "rwkv7-signed", "pd-ssm"):
            certified(ex.compile(trivial, family), trivial)
