"""The search: what it finds is certified, repeatable and continued; its compiled steps are the library's own."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from expressivity.errors import ExpressivityError, FormatError
from expressivity.experiments.counting.candidates import Search, draw
from expressivity.experiments.counting.counters import Counter, certify, orbit
from expressivity.experiments.counting.exhaust import exhaust, unit_keys
from expressivity.experiments.counting.hunt import hunt, minimise, proved_or_none, run_candidates

SEARCHES = [
    Search("bf16/per-operation", width=4),
    Search("fp16/per-operation", width=2),
    Search("fp8_e4m3fn/accumulate-fp32", width=3, factors=2),
    Search("bf16/fused", width=3, factors=2),
    Search("fp8_e4m3fn/per-operation/toward-zero", width=2, shape="gated"),
    Search("bf16:q7.0/fused", shape="dense", bound=40, grid=1.0),
    Search("fp6_e3m2/per-operation", shape="triangular", bound=7, denominator_bits=2),
    Search("bf16/per-operation", shape="dense", width=3),
]


@pytest.mark.parametrize("search", SEARCHES, ids=lambda s: f"{s.arithmetic}-{s.shape}".replace("/", "-"))
def test_compiled_steps_are_the_librarys_steps(search) -> None:
    from expressivity.experiments.counting.hunt_kernels import cycles  # noqa: F401 (compiled here, not in the count below)

    drawn = draw(search, 4000, np.random.default_rng(3))
    periods, states = run_candidates(search, drawn)
    assert len(drawn) > 50
    for row in [*np.flatnonzero(periods > 1)[:6], *np.flatnonzero(periods == 1)[:6]]:
        counter = drawn.counter(search, int(row), int(periods[row]), states[row])
        assert len(orbit(counter)) == periods[row]


def test_parity_and_more_in_bf16_from_one_factor() -> None:
    found = hunt(Search("bf16/per-operation", width=4), batches=2)
    assert set(range(2, 10)) <= set(found.counters)
    assert all(certify(counter) for counter in found.counters.values())
    assert found.counters[2].family == "deltanet"


def test_one_factor_has_fixed_points_only_when_the_state_is_rounded_once() -> None:
    found = hunt(Search("bf16/fused", width=4), batches=2)
    assert found.candidates > 35_000
    assert found.periods == {}


def test_a_search_is_repeatable_and_continues() -> None:
    search = Search("fp8_e4m3fn/per-operation", width=3)
    whole = hunt(search, batches=2, seed=5)
    first = hunt(search, batches=1, seed=5)
    both = hunt(search, batches=1, seed=5, resume=first)
    assert (both.counters, both.periods, both.candidates) == (whole.counters, whole.periods, whole.candidates)


def test_an_interrupt_keeps_the_finds() -> None:
    def stop(text: str) -> None:
        raise KeyboardInterrupt

    found = hunt(Search("fp8_e4m3fn/per-operation"), batches=3, progress=stop)
    assert found.interrupted
    assert 2 in found.counters


def test_minimising_keeps_the_modulus_and_the_certificate() -> None:
    search = Search("fp8_e4m3fn/per-operation", width=3)
    drawn = draw(search, 4000, np.random.default_rng(1))
    periods, states = run_candidates(search, drawn)
    rows = np.flatnonzero(periods == 2)
    row = int(rows[np.argmax(drawn.bits()[rows])])
    counter = drawn.counter(search, row, 2, states[row])
    smaller = minimise(search, counter, starts=100)
    assert smaller.size[:3] < counter.size[:3]
    assert smaller.modulus == 2
    certify(smaller)


def test_coordinates_that_no_key_reads_are_left_out() -> None:
    wide = Counter(
        "bf16/per-operation",
        2,
        "deltanet",
        (Fraction(3), Fraction(175, 1024), Fraction(11, 64)),
        keys=((Fraction(0), Fraction(-1), Fraction(1)),),
        betas=(Fraction(1),),
    )
    certify(wide)
    narrow = proved_or_none(wide)
    assert narrow is not None
    assert narrow.width == 2


@pytest.mark.slow
def test_every_recurrence_of_fp4_over_every_state() -> None:
    assert exhaust("fp4_e2m1/per-operation").periods == {}
    sweep = exhaust("fp4_e2m1/fused", "dense")
    assert (sweep.candidates, sweep.states) == (6432, 225)
    assert set(sweep.counters) == {2, 4, 5, 6, 8, 12}
    assert exhaust("fp4_e2m1/fused", "triangular").periods == {}


def test_fp6_has_a_single_factor_that_decides_parity_per_operation_and_none_fused() -> None:
    sweep = exhaust("fp6_e3m2/per-operation")
    assert sweep.counters[2].keys == ((1, 1),)
    assert exhaust("fp6_e3m2/fused").periods == {}


def test_all_stored_unit_keys_are_listed() -> None:
    from expressivity.arithmetic.format_names import parse_format
    from expressivity.arithmetic.rounding import round_to

    form = parse_format("fp8_e4m3fn")
    listed = set()
    for key, square in unit_keys(form):
        unit = np.array([float(x) for x in key]) / np.hypot(*(float(x) for x in key))
        stored = round_to(unit, form)
        assert sum(Fraction(x) ** 2 for x in stored.tolist()) == square
        listed.add(tuple(stored.tolist()))
    angles = np.linspace(0, np.pi / 4, 20_001)
    drawn = round_to(np.stack([np.cos(angles), np.sin(angles)], axis=1), form)
    assert {tuple(row) for row in drawn.tolist()} <= listed


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(FormatError, match="'int8/fused' cannot be hunted in"):
        hunt(Search("int8/fused", shape="dense"), batches=1)
    with pytest.raises(ExpressivityError, match=r"shape .ring. is unknown; expected one of factors.*; width=0"):
        Search("bf16", shape="ring", width=0)
    with pytest.raises(ExpressivityError, match="expected one format that does not wrap"):
        exhaust("bf16:fp8_e4m3fn/fused")
    with pytest.raises(ExpressivityError, match=r"over 65279 numbers is not swept: expected .* over at most 256"):
        exhaust("bf16/fused")
