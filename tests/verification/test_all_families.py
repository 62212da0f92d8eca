"""One row per family: what compiles is certified, what does not says why, and formats are counted exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import expressivity as ex
from expressivity.exact import rationals
from expressivity.networks.families import FAMILIES
from expressivity.verification.all_families import compile_all, exact_formats


def test_every_family_has_a_row_with_a_certificate_or_a_reason() -> None:
    seen: list[str] = []
    rows = compile_all("parity", progress=seen.append)
    assert [row.family for row in rows] == list(FAMILIES) == seen
    for row in rows:
        assert row.reason
        if row.network is None:
            assert row.layers is row.width is row.factors is row.answer is None
            assert row.formats == ()
        else:
            assert isinstance(row.answer, ex.Equivalent)
            assert (row.layers, row.width) == (len(row.network.layers), sum(row.network.widths))
            assert row.network.family == row.family
    by_name = {row.family: row for row in rows}
    assert by_name["deltaproduct"].factors == 1
    assert "sign cells" in by_name["rwkv7"].reason
    assert by_name["deltanet"].proved
    assert "moves states round in a cycle" in by_name["deltanet"].reason
    assert by_name["pd-ssm"].formats[0] == "fp4_e2m1"


def test_limits_and_budgets_are_handed_on() -> None:
    (row,) = compile_all("S4", families=("deltaproduct",), factors=1, layers=1)
    assert row.network is None
    assert not row.proved
    assert "factors per letter" in row.reason
    (row,) = compile_all("S4", families=("dense",), max_states=5)
    assert isinstance(row.answer, ex.Undecided)
    assert row.reason.startswith("not certified: ")


def test_keys_count_with_length_one() -> None:
    """A swap has keys (1, −1)/√2, which no format holds; a reflection of one coordinate has the key 1."""
    assert exact_formats(ex.compile("S3-transpositions", "deltanet-signed")) == ()
    assert exact_formats(ex.compile("S3-transpositions", "rwkv7-signed")) == ()
    assert "fp8_e4m3fn" in exact_formats(ex.compile("parity", "deltanet-signed"))


@pytest.mark.parametrize(
    ("value", "held", "not_held"),
    [
        (Fraction(17), "bf16", "fp8_e4m3fn"),  # five significant bits
        (Fraction(257, 256), "fp16", "bf16"),
        (Fraction(2**17), "bf16", "fp16"),
        (Fraction(1, 3), None, "fp64"),
        (Fraction(2**60 + 1), None, "fp64"),
    ],
)
def test_one_weight_decides_the_formats(value: Fraction, held: str | None, not_held: str) -> None:
    network = ex.compile("flip-flop", "dense")
    layer = network.layers[0]
    inputs = layer.inputs.fractions()
    inputs[0, 0, 0] = value
    formats = exact_formats(replace(network, layers=(replace(layer, inputs=rationals(inputs)),)))
    assert held is None or held in formats
    assert not_held not in formats
