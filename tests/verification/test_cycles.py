"""One letter, or one word, for ever: cycles agree with a search that stores every state, and wrong ones are found."""

from __future__ import annotations

import copy
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity import checker
from expressivity.checker import invariants
from expressivity.exact import rationals, zeros
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Layer, single_block
from expressivity.simulation.machine import machine
from expressivity.verification.repeats.cycles import Periodicity, period
from oracles.effort import few
from oracles.networks import limit_cycle


def threshold(least: int) -> ex.Network:
    """H ← h + 1 accepts a^n for n ≥ least, as long as h counts."""
    points = rationals([[least - 1], [least]])
    layer = Layer(
        DiagonalTransition(rationals([[1]])),
        rationals([[[1]]]),
        zeros(1, 1),
        single_block(points, np.array([[0, 1]]), 2),
    )
    return ex.Network(("a",), (layer,))


def random_network(seed: int) -> ex.Network:
    rng = np.random.default_rng(seed)
    matrices = [[[Fraction(int(v), 16) for v in row] for row in rows] for rows in rng.integers(-20, 21, (2, 2, 2))]
    inputs = [[[Fraction(int(v), 8)] for v in row] for row in rng.integers(-8, 9, (2, 2))]
    points = rationals([[1, 0], [0, 1], [-1, -1]])
    readout = single_block(points, rng.integers(0, 2, (2, 3)), 2)
    layer = Layer(DenseTransition(rationals(matrices)), rationals(inputs), rationals([[1], [0]]), readout)
    return ex.Network(("a", "b"), (layer,), accepts_empty=bool(rng.integers(2)))


def brute_force(network: ex.Network, arithmetic: str, word: list[int], prefix: list[int]) -> tuple[int, int]:
    """Preperiod and period with every state stored."""
    made = machine(network, arithmetic)
    row, _ = made.start()
    for letter in prefix:
        row, _ = made.step(row, np.array([letter]))
    seen: dict[bytes, int] = {}
    while row.tobytes() not in seen:
        seen[row.tobytes()] = len(seen)
        for letter in word:
            row, _ = made.step(row, np.array([letter]))
    return seen[row.tobytes()], len(seen) - seen[row.tobytes()]


@few
@given(
    st.integers(0, 2**30),
    st.sampled_from(
        ["fp8_e4m3fn", "fp8_e4m3fn/fused", "fp8_e5m2/accumulate-fp32", "q3.4", "fp4_e2m1/per-operation/up"]
    ),
    st.lists(st.integers(0, 1), min_size=1, max_size=3),
    st.lists(st.integers(0, 1), max_size=3),
    st.lists(st.integers(0, 1), max_size=3),
)
def test_cycles_are_those_of_a_search_that_stores_states(
    seed: int, arithmetic: str, word: list[int], prefix: list[int], suffix: list[int]
) -> None:
    network = random_network(seed)
    spelled = [[network.letters[x] for x in part] for part in (word, prefix, suffix)]
    found = period(network, spelled[0], arithmetic, prefix=spelled[1], suffix=spelled[2])
    assert isinstance(found, Periodicity)
    assert (found.preperiod, found.period) == brute_force(network, arithmetic, word, prefix)
    assert found.period % found.verdict_period == 0
    assert found.verdict_preperiod <= max(found.preperiod, 1)  # the verdict on the empty word stands apart
    count = min(found.preperiod + 2 * found.period + 1, 40)
    words = [[*spelled[1], *(spelled[0] * k), *spelled[2]] for k in range(count)]
    flags = ex.simulate(network, words, arithmetic)
    for k, whole in enumerate(words):
        wanted = network.accepts_empty if not whole else flags[k, len(whole) - 1]
        assert found.accepts(k) == wanted
        if k >= found.verdict_preperiod + found.verdict_period:
            assert wanted == found.accepts(k - found.verdict_period)


def test_compiled_and_plain_searches_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = [period(random_network(seed), "ab", "fp8_e4m3fn", suffix="b") for seed in range(5)]
    monkeypatch.setattr("expressivity.simulation.machine.pack", lambda _: None)
    for seed, other in enumerate(compiled):
        plain = period(random_network(seed), "ab", "fp8_e4m3fn", suffix="b")
        assert isinstance(plain, Periodicity)
        assert isinstance(other, Periodicity)
        assert (plain.preperiod, plain.period) == (other.preperiod, other.period)
        assert np.array_equal(plain.verdicts, other.verdicts)


def test_the_limit_cycle_has_period_four() -> None:
    found = period(limit_cycle(), "1", "q7.8:int8/fused", prefix="00")
    assert isinstance(found, Periodicity)
    assert (found.preperiod, found.period, found.verdict_period) == (0, 4, 4)
    assert found.verdicts.tolist() == [True, False, False, False]


def test_a_letter_counted_until_it_stalls() -> None:
    """In fp16 1 + 2048 = 2048: the state stops there, after 2048 letters, and the verdict stays."""
    network, language = threshold(1000), f"re:{'a' * 1000}a*"
    answer = ex.verify(network, language, arithmetic="fp16")
    assert isinstance(answer, ex.Equivalent)
    assert answer.certificate.data["cycle"] == {"preperiod": 2048, "period": 1}
    assert answer.boxes == 2049
    assert answer.checked.by
    assert "repeat every 1" in ex.check_certificate(answer.certificate, network=network, language=language)
    wraps = ex.verify(network, language, arithmetic="uint11")
    assert isinstance(wraps, ex.Counterexample)
    assert len(wraps.word) == 2048
    ex.check_certificate(wraps.certificate, network=network, language=language)


@pytest.mark.parametrize(
    ("preperiod", "length"), [(2047, 1), (0, 1), (2048, 0), (-1, 1), (2048, 2.0), (2048, True), (2048, 10**9)]
)
def test_wrong_cycles_are_found(preperiod: int, length: int) -> None:
    answer = ex.verify(threshold(1000), f"re:{'a' * 1000}a*", arithmetic="fp16")
    assert isinstance(answer, ex.Equivalent)
    data = copy.deepcopy(answer.certificate.data)
    data["cycle"] = {"preperiod": preperiod, "period": length}
    with pytest.raises(checker.Rejected):
        checker.check(data)


def test_a_wrong_period_and_a_wrong_automaton_are_found() -> None:
    answer = ex.verify(ex.compile("parity", "deltanet-signed"), "parity", arithmetic="fp16")
    assert isinstance(answer, ex.Equivalent)
    data = copy.deepcopy(answer.certificate.data)
    data.pop("invariant", None)
    for wrong in (1, 3):
        data["cycle"] = {"preperiod": 2, "period": wrong}
        with pytest.raises(checker.Rejected, match="does not come again"):
            checker.check(data)
    data["cycle"] = {"preperiod": 2, "period": 2}
    assert checker.check(data)
    data["automaton"]["accepting"] = [1]
    with pytest.raises(checker.Rejected, match="letters the network says"):
        checker.check(data)


def test_what_the_checker_will_not_re_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MOST_STEPS", 1500)
    monkeypatch.setattr(invariants, "MOST_STEPS", 1500)
    language = f"re:{'a' * 1000}a*"
    answer = ex.verify(threshold(1000), language, arithmetic="fp16")
    assert isinstance(answer, ex.Equivalent)
    assert not answer.checked.by
    assert "rests on the compiled run alone" in answer.checked.said
    assert "has not seen the certificate" in str(answer.told())
    with pytest.raises(ex.CertificateError, match="re-runs at most 1500"):
        ex.check_certificate(answer.certificate)
    word = ex.verify(threshold(1000), language, arithmetic="uint11")
    assert isinstance(word, ex.Counterexample)
    assert not word.checked.by
    assert "2048 steps" in word.checked.said


def test_budgets_and_wrong_words() -> None:
    network = threshold(1000)
    found = period(network, "a", "fp32", max_steps=5000)
    assert isinstance(found, ex.Undecided)
    assert (found.budget, found.proved_length) == ("max_steps=5000", 5000)
    with pytest.raises(ex.LanguageError, match="at least one letter"):
        period(network, "", "fp32")
    with pytest.raises(ex.FormatError, match="rounds at random"):
        period(network, "a", "bf16/per-operation/stochastic")
    answer = ex.verify(network, f"re:{'a' * 1000}a*", arithmetic="fp32", max_states=400)
    assert isinstance(answer, ex.Undecided)
    assert answer.budget == "max_steps=400000"
    assert answer.proved_length == 400_000
