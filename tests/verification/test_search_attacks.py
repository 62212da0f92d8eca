"""Answers that an attack found false, each with its story, and the attack again on drawn networks."""

from __future__ import annotations

import numpy as np
import pytest

import expressivity as ex
from expressivity.exact import rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout
from oracles import drawn

EVERY_KIND = ("exact", "bf16", "bf16/chunked:2", "fp8_e4m3fn/fused", "exact:bf16/exact-then-cast")


def forgetful(letters: str, table: list[list[int]], *, delay: int) -> ex.Network:
    """A layer whose state is 1 after every letter, so that the letters alone decide the verdict."""
    count = len(table)
    form = DiagonalTransition(rationals(np.zeros((count, 1), dtype=np.int64)))
    inputs, start = rationals(np.ones((count, 1, 1), dtype=np.int64)), rationals(np.zeros((1, 1), dtype=np.int64))
    block = Block(np.array([0]), rationals(np.array([[0], [1]])))
    readout = Readout((block,), np.zeros((count, 1), dtype=np.int64), np.array(table), 2)
    return ex.Network(tuple(letters), (Layer(form, inputs, start, readout, delay=delay),))


@pytest.mark.parametrize("arithmetic", EVERY_KIND)
def test_a_cycle_entered_by_other_letters_may_have_another_verdict_on_entry(arithmetic: str) -> None:
    # The verdict on entry was taken for that of the state for ever: "rejects a, aa, aaa, …" of a network that accepts.
    delayed = forgetful("a", [[1, 1], [0, 0]], delay=1)  # accepts an a after an a, and rejects the first
    found = ex.period(delayed, "a", arithmetic)
    assert isinstance(found, ex.Periodicity)
    assert [found.accepts(k) for k in range(5)] == [False, False, True, True, True]
    assert (found.verdict_preperiod, found.verdict_period) == (2, 1)
    plain = forgetful("ab", [[1, 1], [0, 0]], delay=0)  # accepts what ends in a
    found = ex.period(plain, "a", arithmetic, prefix="b")
    assert isinstance(found, ex.Periodicity)
    assert [found.accepts(k) for k in range(4)] == [False, True, True, True]
    assert (found.verdict_preperiod, found.verdict_period) == (1, 1)


def repetitions(rng: np.random.Generator, family: str, arithmetic: str) -> int:
    """How many repetitions of a drawn word `period` and `trace` were compared on; they must agree."""
    network = drawn.network(rng, family)
    prefix, word = ("".join(rng.choice(network.letters, rng.integers(least, 3))) for least in (0, 1))
    try:
        found = ex.period(network, word, arithmetic, prefix=prefix, max_steps=100, max_seconds=1)
    except ex.FormatError:
        return 0
    if isinstance(found, ex.Undecided):
        return 0
    long = min(len(found.verdicts) + 2 * found.period + 2, 30)
    verdicts = ex.trace(network, prefix + word * long, arithmetic).verdicts[len(prefix) :: len(word)].tolist()
    assert [found.accepts(k) for k in range(long + 1)] == verdicts, (family, arithmetic, prefix, word)
    return long


def test_periods_of_drawn_networks_are_those_of_their_runs() -> None:
    rng = np.random.default_rng(2024)
    families = list(ex.FAMILIES)
    assert sum(repetitions(rng, str(rng.choice(families)), drawn.arithmetic(rng, exact=0.3)) for _ in range(25)) > 20
