"""Refusals name the subgroup, the theorem and the arithmetic, and are made exactly where the construction fails."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

import expressivity as ex
from expressivity.constructions.complex_diagonal import complex_diagonal
from expressivity.constructions.diagonal_stack import mamba, mamba_signed
from expressivity.constructions.refusals import refuse
from expressivity.strategies import automata


def refusal(family: str, name: str) -> str | None:
    language = ex.language(name)
    return refuse(family, ex.describe(language), automaton=language)


@pytest.mark.parametrize(
    ("family", "name", "subgroup"),
    [
        ("mamba", "parity", "C2"),
        ("mamba", "mod3", "C3"),
        ("mamba", "S3", "S3"),
        ("mamba-signed", "mod3", "C3"),
        ("mamba-signed", "mod5", "C5"),
        ("mamba-signed", "S3", r"C3 \(inside S3\)"),
        ("complex-diagonal", "A5", "A5"),
        ("deltanet", "parity", "C2"),
        ("deltanet", "mod5", "C5"),
    ],
)
def test_the_offending_subgroup_is_named(family: str, name: str, subgroup: str) -> None:
    reason = refusal(family, name)
    assert reason is not None
    assert re.search(rf"(sub)?group {subgroup}|factor {subgroup}", reason)
    assert "in exact arithmetic" in reason


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("mamba", "flip-flop"),
        ("mamba-signed", "mod4"),
        ("complex-diagonal", "S4"),
        ("deltanet", "flip-flop"),
        ("deltanet-signed", "S4"),
        ("dense", "A5"),
    ],
)
def test_what_can_be_compiled_or_is_open_is_not_refused(family: str, name: str) -> None:
    assert refusal(family, name) is None


@given(automata(states=(1, 5)))
@settings(max_examples=30, deadline=None)
def test_a_language_is_either_compiled_or_refused(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    profile = ex.describe(minimal)
    for family, build in (("mamba", mamba), ("mamba-signed", mamba_signed), ("complex-diagonal", complex_diagonal)):
        assert (build(minimal) is None) == (refuse(family, profile) is not None)


def test_undecided_facts_refuse_nothing() -> None:
    profile = ex.describe("parity")
    unknown = replace(
        profile, aperiodic=None, solvable=None, subgroups_2_groups=None, subgroups=None, simple_factors=None
    )
    assert [refuse(family, unknown) for family in ("mamba", "mamba-signed", "complex-diagonal")] == [None] * 3
