"""Refusals name the subgroup, the theorem and the arithmetic, and are made exactly where the construction fails."""

from __future__ import annotations

import pytest
from hypothesis import given

import expressivity as ex
from expressivity.constructions.refusals import BOUNDS, refuse
from expressivity.constructions.stacks.complex_diagonal import complex_diagonal
from expressivity.constructions.stacks.diagonal_stack import mamba, mamba_signed
from expressivity.files import content_folder
from expressivity.networks.families import FAMILIES
from expressivity.strategies import automata
from oracles.effort import some


def reason(family: str, name: str, arithmetic: str = "exact", given: str | None = None) -> str:
    refusal = refuse(family, ex.language(name).minimal(), arithmetic=arithmetic, given=given)
    return "" if refusal is None else refusal.reason


@pytest.mark.parametrize(
    ("family", "name", "subgroup"),
    [
        ("mamba", "parity", "subgroup C2"),
        ("mamba", "mod3", "subgroup C3"),
        ("mamba", "tomita-3", "subgroup C2"),
        ("mamba-signed", "mod3", "subgroup C3"),
        ("mamba-signed", "S3", "subgroup C3"),
        ("deltanet", "parity", "subgroup C2"),
        ("deltanet", "mod5", "subgroup C5"),
    ],
)
def test_the_offending_subgroup_is_named(family: str, name: str, subgroup: str) -> None:
    assert subgroup in reason(family, name)
    assert "in exact arithmetic" in reason(family, name)


@pytest.mark.parametrize(
    ("family", "name", "given", "which", "why"),
    [
        ("complex-diagonal", "A5", "finitely-many-states", "that reaches finitely many states", "not solvable"),
        ("rwkv7", "parity", "finitely-many-states", "that reaches finitely many states", "eigenvalues above −0.46"),
        ("rwkv7", "parity", "margin", "whose read-outs keep a margin", "eigenvalues above −0.46"),
    ],
)
def test_what_a_property_of_the_network_excludes_is_said_first(
    family: str, name: str, given: str, which: str, why: str
) -> None:
    """Fault A3: these statements were made for "every network", with the property in the last line."""
    assert reason(family, name) == ""
    first, second = reason(family, name, given=given).split(". ", 1)
    assert first.startswith(f"No network of {family!r} {which}")
    assert why in second
    with pytest.raises(ex.ExpressivityError, match=r"given='luck' is not a property.*expected margin or finitely"):
        refuse(family, ex.language(name).minimal(), given="luck")


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("mamba", "flip-flop"),
        ("complex-diagonal", "A5"),
        ("rwkv7", "parity"),
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
        # Fault A2: unsigned and saturating, i and −i are stored as [[0, 0], [1, 0]] and its transpose.
        ("complex-diagonal", "S3", "uint8+sat:uint8", False),
        ("complex-diagonal", "S3", "uq8.0:uint8", False),
        ("complex-diagonal", "S3", "uint1+sat:uint1", False),
        ("complex-diagonal", "S3", "int1+sat:int8", False),
        ("complex-diagonal", "S3", "int2+sat:uint8", True),
        ("complex-diagonal", "S3", "uint8:uint16", True),
        # Fault A5: exact weights, and a rounding that is never needed.
        ("mamba", "parity", "exact:bf16", True),
        ("mamba-signed", "mod3", "exact:bf16", True),
        ("mamba", "mod3", "uint8/per-operation/stochastic", True),
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
    given = "finitely-many-states"
    for family, build in (("mamba", mamba), ("mamba-signed", mamba_signed), ("complex-diagonal", complex_diagonal)):
        assert (build(minimal) is None) == (refuse(family, minimal, given=given) is not None)


def test_bounds_are_about_families_that_exist() -> None:
    assert len({bound.name for bound in BOUNDS}) == len(BOUNDS)
    assert {name for bound in BOUNDS for name in bound.families} <= set(FAMILIES)


def test_the_proofs_that_bounds_name_are_there() -> None:
    named = {bound.proof for bound in BOUNDS if bound.proof}
    assert named <= {
        path.stem for path in content_folder("proofs", "the proofs", error=ex.ExpressivityError).glob("*.py")
    }
    assert len(named) >= 4
