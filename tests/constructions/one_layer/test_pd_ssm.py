"""PD-SSM holds every automaton in one layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.strategies import automata, words


@given(st.data(), automata())
def test_every_automaton_fits_in_one_certified_layer(data: st.DataObject, automaton: ex.Automaton) -> None:
    network = ex.compile(automaton, "pd-ssm")
    assert len(network.layers) == 1
    assert network.widths == (automaton.minimal().states,)
    assert FAMILIES["pd-ssm"].problems(network) == ()
    ex.assert_verified(network, automaton)
    word = data.draw(words(automaton))
    assert network.accepts([word])[0] == automaton.to_dfa().accepts_input(word)


@given(st.data())
def test_a_planted_column_is_found(data: st.DataObject) -> None:
    language = ex.language(data.draw(st.sampled_from(["S3", "mod3-with-reset", "tomita-7", "cerny-4"])))
    network = ex.compile(language, "pd-ssm")
    layer = network.layers[0]
    form = layer.transition
    assert isinstance(form, PermutationDiagonalTransition)
    index = form.index.copy()
    letter, state = (data.draw(st.integers(0, n - 1)) for n in index.shape)
    index[letter, state] = (index[letter, state] + data.draw(st.integers(1, layer.width - 1))) % layer.width
    changed = replace(layer, transition=PermutationDiagonalTransition(index, form.real))
    broken = replace(network, layers=(changed,))
    wanted = ex.Automaton.from_table(
        index.astype(np.int32),
        start=language.minimal().start,
        accepting=np.flatnonzero(language.minimal().accepting).tolist(),
        letters=language.letters,
    ).counterexample(language)
    answer = ex.verify(broken, language)
    assert wanted is not None  # every state of a minimal automaton is reached, and no two are alike
    assert isinstance(answer, ex.Counterexample)
    assert len(answer.word) == len(wanted)
