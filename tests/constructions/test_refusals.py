"""Refusals name the subgroup, the theorem and the arithmetic, and are made exactly where the construction fails."""

from __future__ import annotations

import pytest
from hypothesis import given

import expressivity as ex
from expressivity.constructions.complex_diagonal import complex_diagonal
from expressivity.constructions.diagonal_stack import mamba, mamba_signed
from expressivity.constructions.refusals import BOUNDS, refuse
from expressivity.files import content_folder
from expressivity.networks.families import FAMILIES
from expressivity.strategies import automata
from oracles.effort import some


def reason(family: str, name: str, arithmetic: str = "exact") -> str:
    refusal = refuse(family, ex.language(name).minimal(), arithmetic=arithmetic)
    return "" if refusal is None else refusal.reason


@pytest.mark.parametrize(
    ("family", "name", "subgroup"),
    [
        ("mamba", "parity", "subgroup C2"),
        ("mamba", "mod3", "subgroup C3"),
        ("mamba", "tomita-3", "subgroup C2"),
        ("mamba-signed", "mod3", "subgroup C3"),
        ("mamba-signed", "S3", "subgroup C3"),
        ("complex-diagonal", "A5", "not solvable"),
        ("deltanet", "parity", "subgroup C2"),
        ("deltanet", "mod5", "subgroup C5"),
        ("rwkv7", "parity", "eigenvalues above −0.46"),
    ],
)
def test_the_offending_subgroup_is_named(family: str, name: str, subgroup: str) -> None:
    assert subgroup in reason(family, name)
    assert "in exact arithmetic" in reason(family, name)


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("mamba", "flip-flop"),
        ("mamba-signed", "mod4"),
        ("complex-diagonal", "S4"),
        ("deltanet", "flip-flop"),
        ("deltanet-signed", "S4"),
        ("dense", "A5"),
        ("rwkv7-signed", "parity"),
    ],
)
def test_what_can_be_compiled_or_is_open_is_not_refused(family: str, name: str) -> None:
    assert reason(family, name) == ""


@pytest.mark.parametrize(
    ("family", "name", "arithmetic", "refused"),
    [
        ("mamba", "parity", "bf16/fused", True),
        ("mamba", "parity", "fp8_e4m3fn", True),
        ("mamba", "parity", "q3.4/per-operation/up", True),
        ("mamba", "parity", "fp16/accumulate-fp32", True),
        ("mamba", "parity", "bf16/exact-then-cast", True),
        ("mamba", "parity", "exact:bf16/exact-then-cast", True),
        # The hypotheses fail: wrap-around, a position inside a chunk, rounding at random, weights that wrap to −1.
        ("mamba", "parity", "uint8", False),
        ("mamba", "parity", "bf16/chunked:4", False),
        ("mamba", "parity", "bf16/per-operation/stochastic", False),
        ("mamba", "parity", "q0.7+wrap:fp32", False),
        ("mamba", "mod3", "uint8", True),
        ("mamba", "mod3", "int4/fused", True),
        ("mamba", "mod3", "q3.4+wrap", False),
        ("mamba-signed", "mod3", "bf16", True),
        ("mamba-signed", "parity", "bf16", False),
        ("complex-diagonal", "mod3", "uint8", True),
        ("complex-diagonal", "mod3", "bf16", False),
        ("complex-diagonal", "A5", "bf16", False),
        # A rounded key is not of length one, and A(x) stored as a rounded matrix need not be positive semidefinite.
        ("deltanet", "parity", "bf16/fused", False),
        ("deltanet", "parity", "bf16/exact-then-cast", False),
        ("deltanet", "parity", "exact:bf16/exact-then-cast", True),
        ("rwkv7", "parity", "exact:bf16/exact-then-cast", False),
    ],
)
def test_the_arithmetic_decides_which_theorem_applies(family: str, name: str, arithmetic: str, refused: bool) -> None:
    assert bool(reason(family, name, arithmetic)) == refused


@given(automata(states=(1, 5)))
@some
def test_a_language_is_either_compiled_or_refused(automaton: ex.Automaton) -> None:
    minimal = automaton.minimal()
    for family, build in (("mamba", mamba), ("mamba-signed", mamba_signed), ("complex-diagonal", complex_diagonal)):
        assert (build(minimal) is None) == (refuse(family, minimal) is not None)


def test_bounds_are_about_families_that_exist() -> None:
    assert len({bound.name for bound in BOUNDS}) == len(BOUNDS)
    assert {name for bound in BOUNDS for name in bound.families} <= set(FAMILIES)


def test_the_proofs_that_bounds_name_are_there() -> None:
    named = {bound.proof for bound in BOUNDS if bound.proof}
    assert named <= {
        path.stem for path in content_folder("proofs", "the proofs", error=ex.ExpressivityError).glob("*.py")
    }
    assert len(named) >= 4
