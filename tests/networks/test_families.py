"""Membership tests: what is in a family, and which entry breaks it when it is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import expressivity as ex
from expressivity.exact import cosines, rationals, stack
from expressivity.networks.families import FAMILIES, family
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.layer import Layer, no_input, single_block


def one_layer(transition: Transition, inputs: object = None, start: object = None) -> ex.Network:
    letters, width = transition.letters, transition.width
    readout = single_block(rationals(np.zeros((1, width))), np.zeros((letters, 1), dtype=np.int64), 2)
    layer = Layer(
        transition,
        no_input(letters, width) if inputs is None else rationals(inputs),
        rationals(np.zeros((width, 1))) if start is None else rationals(start),
        readout,
    )
    return ex.Network(tuple("abcdefgh"[:letters]), (layer,))


@pytest.mark.slow
def test_every_compiled_network_is_a_member_of_its_family() -> None:
    for name in ("parity", "mod3", "S3", "S4", "D5", "A5"):
        for into in ("dense", "mamba-signed", "deltanet-signed", "deltaproduct", "gated-deltaproduct"):
            try:
                network = ex.compile(name, into)
            except ex.CannotCompile:
                continue
            assert network.family == into
            assert FAMILIES[into].problems(network) == ()


def test_the_offending_entry_is_named() -> None:
    diagonal = one_layer(DiagonalTransition(rationals([[1, Fraction(1, 2)], [Fraction(-1, 3), 1]])))
    assert FAMILIES["mamba"].problems(diagonal) == (
        "layer 0: entry 0 of the diagonal of letter 1 is -1/3, outside [0, 1]",
    )
    assert FAMILIES["mamba-signed"].problems(diagonal) == ()
    betas = one_layer(HouseholderTransition(rationals([[[1, 0]], [[0, 1]]]), rationals([[1], [Fraction(3, 2)]])))
    assert FAMILIES["deltanet"].problems(betas) == ("layer 0: β of letter 1, factor 0 is 3/2, outside [0, 1]",)
    assert FAMILIES["deltanet-signed"].problems(betas) == ()
    assert "expected DiagonalTransition" in FAMILIES["mamba"].problems(betas)[0]


def test_irrational_entries_are_compared_exactly() -> None:
    # 2cos(2π/16) − 1 lies within [−1, 1], 2cos(2π/16) does not.
    inside = cosines([1], 16) + cosines([1], 16) - rationals([1])
    outside = inside + rationals([1])
    assert FAMILIES["mamba-signed"].problems(one_layer(DiagonalTransition(stack([inside])))) == ()
    problems = FAMILIES["mamba-signed"].problems(one_layer(DiagonalTransition(stack([outside]))))
    assert problems == ("layer 0: entry 0 of the diagonal of letter 0 is 1.84776, outside [-1, 1]",)


def test_writes_are_coupled_to_keys() -> None:
    transition = HouseholderTransition(rationals([[[1, 1]]]), rationals([[1]]))
    along = one_layer(transition, inputs=[[[3], [3]]])
    across = one_layer(transition, inputs=[[[3], [2]]])
    assert FAMILIES["deltanet"].problems(along) == ()
    assert "B of letter 0 is not a combination of the keys" in FAMILIES["deltanet"].problems(across)[0]
    silent = one_layer(HouseholderTransition(rationals([[[1, 1]]]), rationals([[0]])), inputs=[[[3], [3]]])
    assert "B of letter 0" in FAMILIES["deltanet"].problems(silent)[0]


def test_later_factors_act_on_earlier_writes() -> None:
    # First write along e1, then swap: what arrives is along e2, which no key points along.
    transition = HouseholderTransition(rationals([[[1, 0], [1, -1]]]), rationals([[1, 2]]))
    assert FAMILIES["deltaproduct"].problems(one_layer(transition, inputs=[[[0], [1]]])) == ()
    only_swap = HouseholderTransition(rationals([[[1, 0], [1, -1]]]), rationals([[0, 2]]))
    assert FAMILIES["deltaproduct"].problems(one_layer(only_swap, inputs=[[[0], [1]]])) != ()
    assert "spends 2 factors" in FAMILIES["deltanet-signed"].problems(one_layer(transition))[0]


def test_gates_and_start_states() -> None:
    keys, betas = rationals([[[1, 0]]]), rationals([[1]])
    gated = one_layer(HouseholderTransition(keys, betas, rationals([Fraction(1, 2)])))
    assert "a gate α other than 1" in FAMILIES["deltanet"].problems(gated)[0]
    assert FAMILIES["gated-deltanet"].problems(gated) == ()
    started = one_layer(HouseholderTransition(keys, betas), start=[[1], [0]])
    assert "write the start with a BOS letter" in FAMILIES["deltanet"].problems(started)[0]
    assert FAMILIES["dense"].problems(started) == ()


def test_unknown_families_suggest_near_names() -> None:
    with pytest.raises(ex.ExpressivityError, match=r"did you mean .*deltaproduct"):
        family("deltaprodukt")


def test_a_planted_change_of_one_entry_is_found() -> None:
    network = ex.compile("S4", "deltaproduct")
    layer = network.layers[0]
    inputs = layer.inputs.fractions()
    inputs[0, 1, 0] = Fraction(1, 7)
    planted = replace(network, layers=(replace(layer, inputs=rationals(inputs)),))
    assert FAMILIES["deltaproduct"].problems(planted) != ()
