"""Jobs: stable names, canonical order, every problem reported before any work."""

from __future__ import annotations

import json
import re

import pytest

from expressivity.automaton import Automaton
from expressivity.errors import ExperimentError, ExpressivityError, LanguageError
from expressivity.experiments.horizons.jobs import FORMATS, ORDERS, Horizon, Job, jobs, subject


def test_a_name_depends_on_the_question_alone() -> None:
    first, second = subject("mod3", "deltaproduct"), subject("mod3", "deltaproduct")
    assert Job(first, "bf16", "fused").name == Job(second, "bf16", "fused").name
    names = {
        Job(first, "bf16", "fused").name,
        Job(first, "bf16", "per-operation").name,
        Job(first, "fp16", "fused").name,
        Job(first, "bf16", "fused", max_states=7).name,
        Job(first, "bf16", "fused", seed=1).name,
        Job(first, "bf16", "fused", probe_letters=1).name,
        Job(subject("mod3", "deltaproduct", key="dyadic"), "bf16", "fused").name,
        Job(subject("mod3", "deltaproduct", read_out="per-coordinate"), "bf16", "fused").name,
        Job(subject("mod3", "dense"), "bf16", "fused").name,
        Job(subject("mod4", "deltaproduct"), "bf16", "fused").name,
    }
    assert len(names) == 10


def test_the_name_of_a_job_never_changes() -> None:
    # A store written yesterday is found again tomorrow: the name is fixed by what goes into it.
    job = Job(subject("parity", "deltanet-signed"), "bf16", "fused", 1000, 100, 3)
    identity = job.identity()
    of_subject = ["language", "automaton", "family", "key", "construction", "read_out", "factors", "layers", "delay"]
    assert list(identity) == [*of_subject, "format", "order", "max_states", "probe_letters", "seed"]
    assert job.name == "078053eb8575c465ebebb0022ff438b997158919d7a500bf02e05ef362d1c177"


def test_the_automaton_itself_is_part_of_the_name() -> None:
    # Two languages that a user gives the same name, such as a file that was edited, are two jobs.
    pair = [Automaton.from_table([[1, 0]], accepting=[state]) for state in (0, 1)]
    subjects = [subject(automaton, "dense") for automaton in pair]
    assert subjects[0].language == subjects[1].language
    assert len({Job(each, "bf16", "fused").name for each in subjects}) == 2


def test_the_order_of_a_table_is_canonical_and_repeats_are_dropped() -> None:
    parity, mod3 = subject("parity", "dense"), subject("mod3", "dense")
    made = jobs([mod3, parity, mod3], formats=["bf16", "fp16", "bf16"], orders=["fused", "per-operation"])
    assert [(job.subject.language, job.format, job.order) for job in made] == [
        (language, form, order)
        for language in ("mod3", "parity")
        for form in ("bf16", "fp16")
        for order in ("fused", "per-operation")
    ]
    assert len(jobs([parity])) == len(FORMATS) * len(ORDERS)


def test_all_problems_of_a_sweep_at_once() -> None:
    with pytest.raises(ExperimentError) as caught:
        jobs([], formats=["bf17", "exact", "a:b"], orders=[], max_states=0, probe_letters=-1, seed=-2)
    text = str(caught.value)
    for part in (
        "no language, so the table would be empty",
        "no order",
        "unknown number format 'bf17'",
        "format 'exact' is exact: its horizon is infinite by construction",
        "max_states=0 allows no state",
        "probe_letters=-1 is negative",
        "seed=-2 is negative",
    ):
        assert part in text, part


def test_all_problems_of_a_subject_at_once() -> None:
    with pytest.raises(ExperimentError) as caught:
        subject(
            "mod3",
            "deltaproduct",
            key="sharp",
            construction="rottations",
            read_out="best",
            factors=0,
            layers=-1,
            delay=2,
        )
    text = str(caught.value)
    for part in (
        "key='sharp' is not a kind of keys; give 'swap' or 'dyadic'",
        "no construction of 'deltaproduct' begins with 'rottations'; expected one of:",
        "rotations (Theorem 3)",
        "read-out 'best' is not known; give nearest-point or per-coordinate",
        "factors=0 allows no network",
        "layers=-1 allows no network",
        "delay=2 is not available",
    ):
        assert part in text, part
    with pytest.raises(LanguageError, match="did you mean parity"):
        subject("paritty", "dense")
    with pytest.raises(ExpressivityError, match="did you mean mamba"):
        subject("parity", "mambo")


def test_a_label_leaves_out_what_is_usual() -> None:
    assert subject("mod3", "deltaproduct").label == "mod3, deltaproduct"
    full = subject("mod3", "deltaproduct", key="dyadic", read_out="per-coordinate", factors=2, delay=0)
    assert full.label == "mod3, deltaproduct, key dyadic, per-coordinate read-out, factors 2, delay 0"


def test_an_answer_survives_json() -> None:
    answer = Horizon("finite", 2, 1, None, ("(12)", "(23)"), confirmed_by=("a", "b"), seconds=1.5)
    assert Horizon.from_json(json.loads(json.dumps(answer.to_json()))) == answer
    assert answer.without_time().seconds == 0
    nothing = Horizon("undecided", proved_length=3)
    assert Horizon.from_json(nothing.to_json()) == nothing
    assert re.fullmatch(r"[0-9a-f]{64}", Job(subject("parity", "dense"), "bf16", "fused").name)
