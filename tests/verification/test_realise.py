"""A realised automaton is what the network does, and its states stand for the vectors they claim."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import expressivity as ex
from expressivity.cli import main
from expressivity.simulation.simulate import final_states, simulate
from expressivity.verification.realise import Realisation, realisation
from oracles.networks import limit_cycle, swaps


def spellings(automaton: ex.Automaton) -> list[list[int]]:
    """A shortest word to every state."""
    words: dict[int, list[int]] = {automaton.start: []}
    for state in (queue := [automaton.start]):
        for letter in range(len(automaton.letters)):
            target = int(automaton.table[letter, state])
            if target not in words:
                words[target] = [*words[state], letter]
                queue.append(target)
    return [words[state] for state in range(automaton.states)]


@pytest.mark.parametrize("arithmetic", ["bf16", "fp8_e4m3fn/fused", "fp4_e2m1/accumulate-fp32"])
@pytest.mark.parametrize(("name", "family"), [("S3", "deltaproduct"), ("dyck-1-depth-2", "mamba")])
def test_states_stand_for_the_vectors_a_run_ends_in(name: str, family: str, arithmetic: str) -> None:
    """The oracle is the simulator: the run along a word to a state ends in the state's vectors and verdict."""
    network = ex.compile(name, family)
    found = realisation(network, arithmetic)
    assert isinstance(found, Realisation)
    assert found.arithmetic == arithmetic
    words = [[network.letters[x] for x in word] for word in spellings(found.automaton)[:60]]
    for vectors, ends in zip(found.states, final_states(network, words, arithmetic), strict=True):
        assert np.array_equal(np.asarray(vectors)[: len(words)] + 0.0, ends + 0.0)
    verdicts = simulate(network, words, arithmetic)
    for state, word in enumerate(words):
        if word:
            assert verdicts[state, len(word) - 1] == found.automaton.accepting[state]


def test_exact_states_are_realised_exactly() -> None:
    network = ex.compile("mod5", "deltaproduct")
    found = realisation(network)
    assert isinstance(found, Realisation)
    assert found.automaton.states == 5
    assert found.minimal().counterexample(ex.language("mod5").minimal()) is None
    (vectors,) = found.states
    assert isinstance(vectors, ex.ExactArray)
    angles = np.arctan2(*vectors.to_float().T[::-1])
    steps = np.diff(angles[spelling_order(found.automaton)])
    assert np.allclose(np.abs(np.sin(steps / 2)), np.abs(np.sin(steps[0] / 2)))


def spelling_order(automaton: ex.Automaton) -> np.ndarray:
    order = [automaton.start]
    while (after := int(automaton.table[0, order[-1]])) != automaton.start:
        order.append(after)
    assert all(automaton.table[0, a] == b for a, b in pairwise(order))
    return np.array(order)


def test_infinitely_many_exact_states_are_undecided() -> None:
    wide = realisation(ex.compile("tomita-4", "mamba", delay=0), max_states=500)
    assert isinstance(wide, ex.Undecided)
    assert wide.budget == "max_states=500"
    assert wide.proved_length >= 2


def test_exact_numbers_that_grow_for_ever_end_undecided_without_any_budget() -> None:
    # The state alternates and shrinks: every letter adds bits to its denominator, and no state comes again.
    found = ex.realise(ex.compile("parity", into="rwkv7"))
    assert isinstance(found, ex.Undecided)
    assert found.budget == "1000000 words of exact numbers"
    assert found.proved_length > 1000


def test_previous_symbols_are_part_of_a_state() -> None:
    network = ex.compile("tomita-4", "mamba")
    found = realisation(network, "bf16")
    assert isinstance(found, Realisation)
    delayed = [bool(layer.delay) for layer in network.layers]
    assert any(delayed)
    for number, delay in enumerate(delayed):
        assert np.all((found.previous[:, number] >= 0) == delay)


def test_the_limit_cycle_is_a_counter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limit_cycle().save(tmp_path / "cycle.safetensors")
    file, automaton = str(tmp_path / "cycle.safetensors"), tmp_path / "counter.json"
    assert main(["realise", file, "--arithmetic", "q7.8:int8/fused", "-o", str(automaton), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["answer"], said["states"], said["minimal_states"]) == ("realised", 4, 4)
    assert said["describe"]["group"] is True
    assert ex.language(str(automaton)).counterexample(ex.language("re:(0*10*10*10*1)*0*")) is None
    assert main(["realise", file, "--arithmetic", "q7.8:int8/fused"]) == 0
    text = capsys.readouterr().out
    assert "4 reachable states, 4 after minimisation" in text


@pytest.mark.parametrize("ending", ["dot", "att", "jff"])
def test_every_file_format_is_written(ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ex.compile("parity", "deltanet-signed").save(tmp_path / "parity.safetensors")
    path = tmp_path / f"parity.{ending}"
    assert main(["realise", str(tmp_path / "parity.safetensors"), "--arithmetic", "bf16", "-o", str(path)]) == 0
    assert str(path) in capsys.readouterr().out
    assert ex.language(str(path)).counterexample(ex.language("parity")) is None


def test_budgets_reach_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network, _ = swaps(3)
    network.save(tmp_path / "swaps.safetensors")
    arguments = ["realise", str(tmp_path / "swaps.safetensors"), "--arithmetic", "bf16:fp32", "--json"]
    assert main([*arguments, "--max-states", "400"]) == 3
    assert json.loads(capsys.readouterr().out)["budget"] == "max_states=400"
    assert main([*arguments, "--max-memory", "10K"]) == 3
    assert json.loads(capsys.readouterr().out)["budget"] == "max_memory=10000"
    assert main([*arguments, "--max-seconds", "-1"]) == 2
    assert "max_seconds=-1.0 allows no time at all" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*arguments, "--max-memory", "much"])
    assert "no number of bytes" in capsys.readouterr().err
