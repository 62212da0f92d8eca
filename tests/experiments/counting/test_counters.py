"""Counters by rounding: what the certificate demands, and that false claims are found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from expressivity.errors import CertificateError
from expressivity.experiments.counting.counters import (
    Counter,
    certify,
    counter_network,
    hypothesis_problems,
    orbit,
    stored_matrices,
    transition_of,
)
from expressivity.networks.families import family

F = Fraction
NOTE = Counter("bf16:q7.0/fused", 4, "dense", (F(1), F(1)), matrix=((F(13, 8), F(-9, 8)), (F(7, 4), F(-19, 16))))
PARITY = Counter("bf16/per-operation", 2, "deltanet", (F(175, 1024), F(11, 64)), keys=((F(-1), F(1)),), betas=(F(1),))
SPACINGS = {"bf16": -133, "fp16": -24, "fp32": -149, "fp64": -1074}


def test_the_orbit_on_the_integer_grid_is_the_one_checked_by_hand() -> None:
    assert orbit(NOTE) == [(1, 1), (0, 1), (-1, -1), (0, -1)]
    certify(NOTE)


@pytest.mark.parametrize("name", SPACINGS)
def test_scaled_by_the_smallest_subnormal_it_lives_in_every_ieee_format(name) -> None:
    unit = F(2) ** SPACINGS[name]
    certify(replace(NOTE, arithmetic=f"{name}/fused", start=(unit, unit)))


def test_one_factor_decides_parity_in_the_family_as_it_is_published() -> None:
    certify(PARITY)
    network = counter_network(PARITY)
    assert network.bos
    assert not list(family("deltanet").problems(network))
    ((first, second), (third, fourth)) = stored_matrices(transition_of(PARITY), PARITY.arithmetic)[0]
    assert second == third > 0
    assert 0 < (first + fourth) - 1 < F(1, 100)  # the eigenvalue 1 − β‖k‖² of the stored key


@pytest.mark.parametrize(
    ("planted", "complaint"),
    [
        (replace(PARITY, modulus=3), r"does not recognise \(1\^3\)\* in bf16/per-operation: FALSIFIED"),
        (replace(PARITY, modulus=4), "does not recognise"),
        (replace(PARITY, betas=(F(2),)), "β = 2 lies outside"),
        (replace(PARITY, family="dense", betas=(F(3, 2),)), "no non-negative real number"),
        (replace(PARITY, family="mamba"), "expected DiagonalTransition"),
        (replace(PARITY, start=(F(1), F(0))), "not repeated"),
        (replace(PARITY, arithmetic="bf16/fused"), "not repeated"),
        (replace(NOTE, matrix=((F(0), F(-1)), (F(1), F(0)))), r"eigenvalue of the stored A\(1\) is no non-negative"),
        (replace(NOTE, arithmetic="fp8_e4m3fn/fused"), "not repeated"),
    ],
)
def test_a_false_claim_is_found(planted, complaint) -> None:
    with pytest.raises(CertificateError, match=complaint):
        certify(planted)


def test_an_orbit_that_overflows_is_no_cycle() -> None:
    with pytest.raises(CertificateError, match="overflows"):
        orbit(Counter("fp16/fused", 2, "dense", (F(1),), matrix=((F(2),),)))


def test_a_rounded_key_that_is_too_long_is_found() -> None:
    # 1/√2 is stored as 3/4 in fp6_e3m2, so that β = 1 gives the eigenvalue 1 − 2·9/16 < 0.
    problems = hypothesis_problems(
        Counter("fp6_e3m2/per-operation", 2, "deltanet", (F(-1, 2), F(3, 8)), keys=((F(1), F(1)),), betas=(F(1),))
    )
    assert any("eigenvalue" in problem for problem in problems)
