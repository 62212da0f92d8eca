"""Budgets are validated all at once, enforced before memory is taken, and never turn into a wrong answer."""

from __future__ import annotations

import math
from typing import Any

import pytest

import expressivity as ex
from expressivity.verification import realise as realise_module
from expressivity.verification.exploration import budgets
from expressivity.verification.exploration.budgets import INTERRUPTED, start_budget
from expressivity.verification.repeats import periods
from expressivity.verification.search import strategies
from oracles.networks import swaps


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("max_states", 0, "max_states=0 allows no state at all; give a positive integer"),
        ("max_states", -3, "max_states=-3 allows no state at all"),
        ("max_states", math.nan, "max_states=nan is no number of states"),
        ("max_states", 2.5, "max_states=2.5 is no number of states"),
        ("max_states", True, "max_states=True is no number of states"),
        ("max_seconds", 0, "max_seconds=0 allows no time at all; give a positive number, or None"),
        ("max_seconds", -1.5, "max_seconds=-1.5 allows no time at all"),
        ("max_seconds", math.nan, "max_seconds=nan is no number of seconds"),
        ("max_seconds", "10", "max_seconds=10 is no number of seconds"),
        ("max_memory", 0, "max_memory=0 allows no memory at all; give a positive integer, or None"),
        ("max_memory", -1, "max_memory=-1 allows no memory at all"),
        ("max_memory", math.nan, "max_memory=nan is no number of bytes"),
    ],
)
def test_budgets_that_mean_nothing_are_refused(name: str, value: Any, text: str) -> None:
    with pytest.raises(ex.ExpressivityError, match=text):
        start_budget(**{"max_states": 1, name: value})


@pytest.mark.parametrize("budget", [{"max_states": 0}, {"max_seconds": -1.0}, {"max_memory": 0}])
@pytest.mark.parametrize("arithmetic", ["exact", "bf16"])
def test_every_search_validates_its_budgets(budget: dict[str, Any], arithmetic: str) -> None:
    network, language = swaps(3)
    with pytest.raises(ex.ExpressivityError, match=f"{next(iter(budget))}=.* allows no"):
        ex.verify(network, language, arithmetic=arithmetic, **budget)
    with pytest.raises(ex.ExpressivityError, match=f"{next(iter(budget))}=.* allows no"):
        ex.realise(network, arithmetic, **budget)


def test_all_wrong_budgets_are_reported_at_once() -> None:
    with pytest.raises(ex.ExpressivityError) as caught:
        start_budget(max_states=-1, max_seconds=-1, max_memory=-1)
    assert all(name in str(caught.value) for name in ("max_states", "max_seconds", "max_memory"))


def test_an_infinite_time_is_no_limit() -> None:
    assert start_budget(max_states=1, max_seconds=math.inf).spent() is None


def case(arithmetic: str) -> tuple[ex.Network, ex.Automaton]:
    """A network whose states do not close, or not soon."""
    if arithmetic == "bf16:fp32":
        return swaps(3)
    return ex.compile("tomita-4", "mamba", delay=0), ex.language("tomita-4")


@pytest.mark.parametrize("arithmetic", ["exact", "bf16:fp32", "bf16:fp64/fused"])
def test_memory_ends_a_search_before_it_is_taken(arithmetic: str) -> None:
    network, language = case(arithmetic)
    answer = ex.verify(network, language, arithmetic=arithmetic, max_memory=20_000)
    assert isinstance(answer, ex.Undecided)
    assert answer.budget == "max_memory=20000"
    assert answer.proved_length >= 0
    found = ex.realise(network, arithmetic, max_memory=20_000)
    assert isinstance(found, ex.Undecided)
    assert found.budget == "max_memory=20000"


def test_compiled_searches_grow_up_to_their_memory() -> None:
    network, language = swaps(3)
    few = ex.verify(network, language, arithmetic="bf16:fp32", max_memory=5_000_000)
    more = ex.verify(network, language, arithmetic="bf16:fp32", max_memory=40_000_000)
    for answer in (few, more):
        assert isinstance(answer, ex.Undecided | ex.Counterexample)
    assert isinstance(few, ex.Undecided)
    assert few.budget == "max_memory=5000000"
    assert few.states * 8 * (3 + 1 + 2 + 8) < 5_000_000
    if isinstance(more, ex.Undecided):
        assert more.states > few.states


@pytest.mark.parametrize("arithmetic", ["exact", "bf16:fp32"])
def test_time_ends_a_search(arithmetic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**9))
    monkeypatch.setattr(budgets.time, "monotonic", lambda: float(next(clock)))
    network, language = case(arithmetic)
    answer = ex.verify(network, language, arithmetic=arithmetic, max_seconds=3.0, max_states=10**9)
    assert isinstance(answer, ex.Undecided)
    assert answer.budget == "max_seconds=3"


def test_time_ends_the_search_for_a_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """Story: under exact-then-cast `verify(max_seconds=2)` ran for minutes; eventual periods never saw the clock."""
    clock = iter(range(10**9))
    monkeypatch.setattr(budgets.time, "monotonic", lambda: float(next(clock)))
    network = ex.compile("S3", "deltaproduct")
    answer = ex.verify(network, "S3", arithmetic="bf16/exact-then-cast", max_seconds=200, max_states=500)
    assert isinstance(answer, ex.Undecided)
    assert 200 < next(clock) < 250
    spent = budgets.start_budget(max_states=1, max_seconds=1)
    found = ex.eventual_period(network, network.letters[:1], arithmetic="bf16/exact-then-cast", budget=spent)
    assert isinstance(found, ex.NotDecided)
    assert found.reason == "max_seconds=1"


def test_a_period_that_is_over_time_keeps_what_was_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    network = ex.compile("mod3", "complex-diagonal")
    at_first = ex.verify(network, "mod3", arithmetic="bf16/exact-then-cast", max_states=200)
    assert isinstance(at_first, ex.Undecided)
    clock = iter(range(10**9))
    monkeypatch.setattr(budgets.time, "monotonic", lambda: float(next(clock)))
    answer = ex.verify(network, "mod3", arithmetic="bf16/exact-then-cast", max_seconds=210, max_states=10_000)
    assert isinstance(answer, ex.Undecided)
    assert answer.budget == "max_seconds=210"
    assert answer.proved_length == at_first.proved_length


def test_a_period_over_one_letter_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Story: what the search could not prove was asked for once more, by the step that looks at powers of letters."""
    asked = []
    real = periods.layer_period
    monkeypatch.setattr(periods, "layer_period", lambda *given: asked.append(1) or real(*given))
    answer = ex.verify(ex.compile("mod3", "complex-diagonal"), "mod3", arithmetic="bf16/exact-then-cast")
    assert isinstance(answer, ex.Undecided)
    assert len(asked) == 1


def interrupt(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "arithmetic"),
    [("realise_layers", "exact"), ("prove_by_boxes", "exact"), ("explore_compiled", "bf16:fp32")],
)
def test_an_interrupt_keeps_what_was_proved(name: str, arithmetic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever Ctrl-C strikes, the answer tells the length up to which all words agree."""
    network, language = case(arithmetic)
    monkeypatch.setattr(strategies, name, interrupt)
    answer = ex.verify(network, language, arithmetic=arithmetic)
    assert isinstance(answer, ex.Undecided)
    assert answer.budget == str(INTERRUPTED)
    assert answer.proved_length >= 1


def test_an_interrupt_of_realise_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    network, _ = swaps(3)
    monkeypatch.setattr(realise_module, "explore_compiled", interrupt)
    found = ex.realise(network, "bf16:fp32")
    assert isinstance(found, ex.Undecided)
    assert found.budget == str(INTERRUPTED)
    assert found.proved_length >= 5
